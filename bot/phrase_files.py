"""Writing accepted phrases into the files that are learned from and judged on, in a folder, a patch or a branch.

A file keeps its comments, its order and its ends of lines: a phrase is one more line in the list of its topic.
"""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bot.settings import ROOT
from bot.training_data import TESTS, TRAINING, phrase_book
from programme.models import Correction, CorrectionUse
from programme.phrase_book import Labelled

FOLDERS = {CorrectionUse.TRAINING: TRAINING.relative_to(ROOT), CorrectionUse.TEST: TESTS.relative_to(ROOT)}
# Rasa would read « [camion](vehicle) » and « [camion]{...} » as a mark for what the message names
_ENTITY = re.compile(r"\](?=[(\[{])")
# what YAML does not let in, and what nobody sees
_HIDDEN = frozenset({"Cc", "Cs", "Cn", "Co"})


class FileRefused(Exception):
    """A file cannot be written to; the message says which and what to do."""


@dataclass(frozen=True)
class LeftOut:
    """A phrase that may not be written. ``against``: what stands in its way; None: there is no file of its topic."""

    correction: Correction
    against: Labelled | None


@dataclass
class Plan:
    """``files``: what each one would hold, by its path in the tree. ``present``: it is in the data already."""

    files: dict[Path, str] = field(default_factory=dict)
    written: list[Correction] = field(default_factory=list)
    present: list[Correction] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def in_the_data(self) -> list[Correction]:
        """What is in the data once the files are written."""
        return [*self.written, *self.present]


def plan(root: Path, accepted: Sequence[Correction]) -> Plan:
    """What would be written in the tree ``root``. Raises FileRefused when a file is not as ours are."""
    book = phrase_book(root)
    found = Plan()
    for correction in accepted:
        text, use = line_of(correction.phrase), correction.use
        area = book.areas.get(correction.topic)
        same = book.same(text)
        if area is None:
            found.left_out.append(LeftOut(correction, None))
        elif same is not None and (same.topic, same.use) == (correction.topic, use):
            found.present.append(correction)
        elif (against := book.stands_against(text, use)) is not None:
            found.left_out.append(LeftOut(correction, against))
        else:
            path = FOLDERS[use] / area / f"{correction.topic}.yml"
            found.files[path] = with_phrase(_content(root, path, found), correction.topic, text, path)
            found.written.append(correction)
            book.add(Labelled(correction.topic, text, use))
    return found


def _content(root: Path, path: Path, so_far: Plan) -> str:
    if path in so_far.files:
        return so_far.files[path]
    try:
        with (root / path).open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as problem:
        raise FileRefused(f"{path} cannot be read: {problem.strerror}.") from problem


def line_of(phrase: str) -> str:
    """The phrase as a line of a list that YAML and Rasa read as it is."""
    visible = "".join(
        " " if char.isspace() else char
        for char in phrase
        if char.isspace() or (unicodedata.category(char) not in _HIDDEN and char != "\ufeff")
    )
    return _ENTITY.sub("] ", " ".join(visible.split()).lstrip("-/ "))


def with_phrase(content: str, topic: str, line: str, path: Path) -> str:
    """``content`` with one more line at the end of the list of the topic. Raises FileRefused."""
    lines = content.splitlines(keepends=True)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    named = re.compile(rf"\s*- intent: [\"']?{re.escape(topic)}[\"']?\s*(#.*)?")
    start = next((at for at, each in enumerate(lines) if named.fullmatch(each.rstrip("\r\n"))), None)
    listed = next(
        (at for at in range(start or 0, len(lines)) if re.fullmatch(r"\s+examples: \|[-+]?\s*", lines[at])), None
    )
    if start is None or listed is None:
        raise FileRefused(f"{path} has no list « examples: | » for {topic}: write it as the other files do.")
    margin = _margin(lines[listed])
    last, indent = listed, " " * (margin + 2)
    for at in range(listed + 1, len(lines)):
        if lines[at].strip():
            if _margin(lines[at]) <= margin:
                break
            last, indent = at, lines[at][: _margin(lines[at])]
    if not lines[last].endswith(("\n", "\r")):
        lines[last] += end
    lines.insert(last + 1, f"{indent}- {line}{end}")
    written = "".join(lines)
    _check(written, topic, line, path)
    return written


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _check(content: str, topic: str, line: str, path: Path) -> None:
    try:
        entries = yaml.safe_load(content)["nlu"]
        held = [each for entry in entries if entry.get("intent") == topic for each in entry["examples"].splitlines()]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as problem:
        raise FileRefused(f"{path} cannot be read as the other files are ({type(problem).__name__}).") from problem
    if f"- {line}" not in held:
        raise FileRefused(f"{path}: « {line} » would not be read as it is written; add it by hand.")


# -- where to


def write(root: Path, found: Plan) -> None:
    """Into the tree. Raises FileRefused when one of the files has changes that nobody has committed."""
    changed = uncommitted(root, list(found.files))
    if changed:
        raise FileRefused(
            f"{', '.join(map(str, changed))}: changed and not committed. Commit it first, or export with --branch or "
            "--patch."
        )
    _put(root, found)


def _put(root: Path, found: Plan) -> None:
    for path, content in found.files.items():
        with (root / path).open("w", encoding="utf-8", newline="") as file:
            file.write(content)


def uncommitted(root: Path, paths: Sequence[Path]) -> list[Path]:
    """Those with changes of their own; none when the tree is not in git, where nothing can be told."""
    if not paths or not in_git(root):
        return []
    changed = _git(root, "status", "--porcelain", "-z", "--", *map(str, paths)).split("\0")
    names = {entry[3:] for entry in changed if entry}
    prefix = _git(root, "rev-parse", "--show-prefix").strip()
    return [path for path in paths if prefix + path.as_posix() in names]


def in_git(root: Path) -> bool:
    if shutil.which("git") is None:
        return False
    command = ["git", "-C", str(root), "rev-parse", "--is-inside-work-tree"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def as_patch(tree: Path, found: Plan) -> str:
    """What `git apply` takes, when ``found`` was planned in ``tree``, which is from `a_tree`."""
    _put(tree, found)
    return _git(tree, "diff", "--no-color", "--no-ext-diff")


def commit(tree: Path, found: Plan, branch: str) -> None:
    """On a new branch, when ``found`` was planned in ``tree``, which is from `a_tree`. Raises FileRefused."""
    _put(tree, found)
    _git(tree, "checkout", "--quiet", "-b", branch)
    numbers = ", ".join(str(each.id) for each in found.written)
    subject = "Learn from what was misread"
    body = f"From the review in the console; corrections {numbers}."
    _git(tree, "commit", "--quiet", "-m", subject, "-m", body, "--", *map(str, found.files))


@contextmanager
def a_tree(root: Path) -> Iterator[Path]:
    """The last commit of ``root`` in a folder of its own, so that what is open there is left alone.

    Raises FileRefused when it is not in git."""
    if not in_git(root):
        raise FileRefused(f"{root} is not in git: export without --patch and --branch.")
    with tempfile.TemporaryDirectory(prefix="declic-export-") as folder:
        tree = Path(folder) / "tree"
        _git(root, "worktree", "add", "--quiet", "--detach", str(tree))
        try:
            yield tree / _git(root, "rev-parse", "--show-prefix").strip()
        finally:
            _git(root, "worktree", "remove", "--force", str(tree))


def has_branch(root: Path, branch: str) -> bool:
    command = ["git", "-C", str(root), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise FileRefused(f"git {arguments[0]} refused: {' '.join(done.stderr.split()) or done.returncode}")
    return done.stdout

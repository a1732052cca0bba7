"""Reading the latest messages again with another model, to see what would be answered otherwise before it is used."""

import json
import subprocess
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import model
from bot.settings import ROOT, Settings
from programme.masking import masker
from programme.models import Author, ChannelIdentity, Conversation, Message, Person

LONG = "long"


class ReplayFailed(Exception):
    """A model could not be read; the message says where its output is."""


@dataclass(frozen=True)
class Said:
    """A message as people wrote it, without names and numbers; ``times``: how many wrote just that."""

    text: str
    times: int


@dataclass(frozen=True)
class Decision:
    """What the assistant decides on a message by itself. ``topics``: in the order in which they are answered; none: it
    asks back. ``long``: it asks to say it shortly. ``sure``: 0 to 1, of the likeliest topic."""

    topics: tuple[str, ...]
    long: bool
    sure: float

    def as_before(self, other: "Decision") -> bool:
        return (self.topics, self.long) == (other.topics, other.long)


@dataclass(frozen=True)
class Change:
    """A message that would be answered otherwise. ``safety``: it changes to or from a call for help."""

    said: Said
    before: Decision
    after: Decision
    safety: bool


def latest_said(session: Session, *, conversations: int) -> tuple[int, list[Said]]:
    """How many of the latest conversations there are, at most ``conversations``, and what was typed in them, each once.

    What a person keeps to themselves is left out; buttons too, since no model reads them.
    """
    latest = session.scalars(
        select(Conversation.id)
        .where(Conversation.last_wrote_at.is_not(None))
        .order_by(Conversation.last_wrote_at.desc())
        .limit(conversations)
    ).all()
    rows = session.execute(
        select(Message.text, Person.display_name)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(Person, Person.id == ChannelIdentity.person_id)
        .where(
            Message.conversation_id.in_(latest),
            Message.author == Author.PERSON,
            Message.payload.is_(None),
            Message.private.is_(False),
            Message.practice_run_id.is_(None),
            Message.text != "",
        )
        .order_by(Message.id)
    ).all()
    return len(latest), _masked([(text, name) for text, name in rows])


def _masked(rows: Sequence[tuple[str, str | None]]) -> list[Said]:
    nobodys = [text for text, name in rows if not name]
    theirs = Counter((text, name) for text, name in rows if name)
    times = Counter(masker().mask_all(nobodys))
    for (text, name), count in theirs.items():
        times[masker().mask(text, [name] if name else [])] += count
    return [Said(text, count) for text, count in times.items()]


def decisions(models: Sequence[Path], texts: Sequence[str], *, log: Path) -> list[list[Decision]]:
    """What each model decides on each text, in the order of both.

    Raises:
        NotSetUp: the dialogue environment is missing.
        ReplayFailed: see the log.
    """
    model.require_dialogue_environment()
    lines = "".join(json.dumps({"id": place, "text": text}) + "\n" for place, text in enumerate(texts))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:  # the warnings of old libraries
        done = subprocess.run(
            [str(model.DIALOGUE_PYTHON), "-m", "tools.parse_messages", *map(str, models)],
            cwd=ROOT,
            env=model.dialogue_environment(),
            input=lines.encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            check=False,
        )
    found: list[dict[int, Decision]] = [{} for _ in models]
    for line in done.stdout.splitlines():
        read = json.loads(line)
        found[read["model"]][read["id"]] = decided(read["ranking"], read["doubt"], read["wishes"])
    if done.returncode or any(len(each) != len(texts) for each in found):
        raise ReplayFailed(f"the messages could not be read: the last lines of {log} say why.")
    return [[each[place] for place in range(len(texts))] for each in found]


def decided(ranking: Sequence[tuple[str, float]], doubt: str, wishes: Sequence[str]) -> Decision:
    """As `RuleTablePolicy` chooses: in doubt it asks back, several wishes are answered one after the other."""
    best, sure = ranking[0]
    topics = () if doubt else tuple(wishes) or (best,)
    return Decision(topics, doubt == LONG, sure)


def changes(
    said: Sequence[Said], before: Sequence[Decision], after: Sequence[Decision], *, safety: Collection[str]
) -> list[Change]:
    """What would be answered otherwise: to or from a call for help first, then what most people wrote."""
    found = [
        Change(each, old, new, bool(set(safety) & (set(old.topics) ^ set(new.topics))))
        for each, old, new in zip(said, before, after, strict=True)
        if not old.as_before(new)
    ]
    return sorted(found, key=lambda each: (not each.safety, -each.said.times, each.before.topics, each.after.topics))


def model_in_use(settings: Settings, candidate: Path) -> Path | None:
    """The newest other model, which is the one that the dialogue server was started with; None when there is none."""
    others = [path for path in settings.models.glob("declic-*.tar.gz") if path.resolve() != candidate.resolve()]
    return max(others, key=lambda path: path.stat().st_mtime, default=None)


def evaluate(settings: Settings, folder: Path, models: Sequence[Path], *, page: Path | None = None) -> bool:
    """Print figures of each model on the labelled messages of the folder, side by side; did it work?"""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    target = page or settings.data_dir / "eval.html"
    command = [str(model.DIALOGUE_PYTHON), "-m", "tools.evaluate", str(folder), str(target), *map(str, models)]
    with evaluation_log(settings).open("wb") as errors:  # the warnings of old libraries
        done = subprocess.run(command, cwd=ROOT, env=model.dialogue_environment(), stderr=errors, check=False)
    return done.returncode == 0


def evaluation_log(settings: Settings) -> Path:
    return settings.data_dir / "eval.log"

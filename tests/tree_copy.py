"""A copy of the program in a git repository of its own, with its command: what it writes stays there."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.settings import ROOT

# what the command reads, and nothing that is made or downloaded
COPIED = (
    "actions", "bot", "content", "domain", "nlu", "programme", "requirements", "stories", "tests/nlu", "tools",
    "config.yml", "endpoints.yml", "credentials.yml",
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    root: Path
    environment: dict[str, str]

    def declic(self, *arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")


def copy_of_the_program(folder: Path, *, database_url: str) -> Tree:
    """In ``folder``, committed; it uses this database and keeps its models and logs in ``folder``."""
    root = folder / "tree"
    for name in COPIED:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (root / ".gitignore").write_text("__pycache__/\n.venv-dialogue\n.rasa\n")
    (root / ".venv-dialogue").symlink_to(ROOT / ".venv-dialogue")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECLIC_", "GIT_"))}
    environment = kept | {
        "DECLIC_DATABASE_URL": database_url,
        "DECLIC_DATA_DIR": str(folder / "data"),
        # the identity of who commits, and no habit of whoever runs the tests
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHONPATH": str(root),
    }
    (folder / "gitconfig").write_text("[user]\nname = Sacha\nemail = sacha@example.org\n")
    tree = Tree(root, environment)
    tree.git("init", "--quiet", "--initial-branch", "main")
    tree.git("add", ".")
    tree.git("commit", "--quiet", "--message", "The program")
    return tree

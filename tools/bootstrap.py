"""Makes the two environments, each from its hash-pinned lock. Needs nothing but Python 3.11 or newer.

python3.11 tools/bootstrap.py [app] [dialogue]
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / ".venv"
DIALOGUE = ROOT / ".venv-dialogue"
REQUIREMENTS = ROOT / "requirements"
STAMP = "declic-lock.sha256"
PROGRESS_EVERY_S = 10.0


def say(line: str) -> None:
    print(line, flush=True)


def stop(line: str) -> NoReturn:
    print(f"setup: {line}", file=sys.stderr)
    sys.exit(1)


def stamp_for(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_current(environment: Path, stamp: str) -> bool:
    path = environment / STAMP
    return path.exists() and path.read_text() == stamp and (environment / "bin" / "python").exists()


def run(command: list[str], what: str) -> None:
    """Run a command quietly, with a sign of life now and then; its output is shown when it fails."""
    started_at = time.monotonic()
    done = threading.Event()

    def tell() -> None:
        while not done.wait(PROGRESS_EVERY_S):
            say(f"  {what}: {time.monotonic() - started_at:.0f} s")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    done.set()
    if result.returncode:
        print(result.stdout, result.stderr, file=sys.stderr)
        stop(f"{what} failed: see above. A network fault passes: run `make setup` again.")


def uv(*arguments: str) -> list[str]:
    return [str(APP / "bin" / "uv"), *arguments]


def install(environment: Path, lock: Path, what: str) -> None:
    python = str(environment / "bin" / "python")
    run(uv("pip", "sync", "--quiet", "--require-hashes", "--compile-bytecode", "--python", python, str(lock)), what)


def make_app() -> None:
    """`.venv`, for everything but the dialogue server."""
    lock = REQUIREMENTS / "app.txt"
    stamp = stamp_for(lock.read_text(), sys.version, str(ROOT))
    if is_current(APP, stamp):
        return
    say("Setting up .venv (about half a minute)…")
    shutil.rmtree(APP, ignore_errors=True)
    venv.create(APP, with_pip=True)
    python = str(APP / "bin" / "python")
    bootstrap = str(REQUIREMENTS / "bootstrap.txt")
    run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", bootstrap], "installing uv")
    install(APP, lock, "installing the application")
    run(
        uv("pip", "install", "--quiet", "--python", python, "--no-deps", "--no-build-isolation", "--editable", "."),
        "installing the declic command",
    )
    (APP / STAMP).write_text(stamp)


def make_dialogue() -> None:
    """`.venv-dialogue`, for Rasa."""
    lock = REQUIREMENTS / "dialogue.txt"
    stamp = stamp_for(lock.read_text(), str(ROOT))
    if is_current(DIALOGUE, stamp):
        return
    python = find_python_3_10()
    say(f"Setting up .venv-dialogue with {python} (3 GB, a minute or more)…")
    shutil.rmtree(DIALOGUE, ignore_errors=True)
    run([python, "-m", "venv", "--without-pip", str(DIALOGUE)], "making .venv-dialogue")
    install(DIALOGUE, lock, "installing Rasa")
    (DIALOGUE / STAMP).write_text(stamp)


def find_python_3_10() -> str:
    """An interpreter on this machine, or one that uv fetches where it may."""
    look = ("find", "--no-project", "--no-python-downloads", "3.10")
    for arguments in (look, ("install", "3.10"), look):
        found = subprocess.run(uv("python", *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
        path = found.stdout.strip()
        if arguments[0] == "find" and found.returncode == 0 and path:
            return path
    stop(
        "Python 3.10 is missing, and could not be fetched. Install it (Debian, Ubuntu: the packages python3.10 and "
        "python3.10-venv; elsewhere: `pyenv install 3.10`), then run `make setup` again."
    )


def main() -> None:
    if sys.version_info < (3, 11):
        stop(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    # one environment at a time may be active in the shell that called us; ours are named outright
    os.environ.pop("VIRTUAL_ENV", None)
    # the machine's own certificates, as pip uses: many offices inspect what comes in
    os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    chosen = sys.argv[1:] or ["app", "dialogue"]
    make_app()  # uv comes with it
    if "dialogue" in chosen:
        make_dialogue()


if __name__ == "__main__":
    main()

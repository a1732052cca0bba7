"""What time it is. Rules take ``now`` as an argument; doors ask here."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

_file: Path | None = None


def follow(file: Path | None) -> None:
    """From now on the clock is ahead by the seconds that this file holds; it is read again each time.

    For a rehearsal: a month of reminders in an afternoon, on a machine that sends to nobody.
    """
    global _file
    _file = file


def clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC) + ahead()


def ahead() -> timedelta:
    """How far the clock is set forward; nothing without a file, or while it cannot be read."""
    if _file is None:
        return timedelta(0)
    try:
        return timedelta(seconds=float(_file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return timedelta(0)

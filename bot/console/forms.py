"""What was typed in a form, read field by field: what is wrong is said beside its field."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from programme.exchange.columns import Unreadable

Kind = TypeVar("Kind", bound=StrEnum)
Value = TypeVar("Value")
# far from now a year is a slip of the finger
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Typed:
    """The fields as they came, and what is wrong with some of them."""

    def __init__(self, values: dict[str, str] | None = None) -> None:
        # no text of PostgreSQL holds a zero byte
        self.values = {name: value.replace("\0", "").strip() for name, value in (values or {}).items()}
        self.wrong: dict[str, str] = {}

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        return self.wrong.get(name, "")

    def text(self, name: str, *, required: str = "", longest: int = 120) -> str | None:
        """None when it is empty; ``required`` is then what is wrong."""
        value = self.get(name)
        if not value and required:
            self.wrong[name] = required
        if len(value) > longest:
            self.wrong[name] = f"{longest} caractères au plus."
        return value or None

    def read(self, name: str, reader: Callable[[str], Value], *, required: str = "") -> Value | None:
        """What ``reader`` makes of it; it raises Unreadable with what it expects. None when it is empty or wrong."""
        value = self.get(name)
        if not value:
            if required:
                self.wrong[name] = required
            return None
        try:
            return reader(value)
        except Unreadable as expected:
            self.wrong[name] = f"On attend {expected}."
            return None

    def day(self, name: str, *, required: str = "") -> date | None:
        return self.read(name, _day, required=required)

    def choice(self, name: str, kind: type[Kind], *, required: str = "") -> Kind | None:
        return self.read(name, lambda value: _one_of(kind, value), required=required)


def _day(value: str) -> date:
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise Unreadable("un jour comme 2026-12-24") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"un jour entre {FIRST_YEAR} et {LAST_YEAR}")
    return found


def _one_of(kind: type[Kind], value: str) -> Kind:
    try:
        return kind(value)
    except ValueError:
        raise Unreadable("un choix de la liste") from None


def options(kind: type[Kind], words: Callable[[Kind], str], *, none: str = "") -> list[tuple[str, str]]:
    """What a list offers; ``none`` is the first line, of nothing chosen."""
    return ([("", none)] if none else []) + [(each.value, words(each)) for each in kind]

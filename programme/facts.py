"""Dated facts: amounts, rules, contacts, each with its sources and the day until which it may be relied on."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Self

from pydantic import Field, HttpUrl, model_validator

from programme import french
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.errors import ContentError


class Kind(StrEnum):
    AMOUNT = "amount"
    RULE = "rule"
    METHOD = "method"
    DATE = "date"
    PROCESS = "process"
    CONTACT = "contact"
    EXAMPLE = "example"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Source(ContentModel):
    name: str = Field(min_length=1)
    article: str = Field(default="", description="of a code of law, where the source is one")
    url: HttpUrl


class Value(ContentModel):
    """One named value; ``value`` is null where it is known to be unknown."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    value: int | float | str | None
    unit: str

    @property
    def text(self) -> str:
        """The value as a sentence may hold it: ``504,10 €``, ``27 %``, ``1er juin 2026``."""
        if self.value is None:
            raise ContentError(f"value {self.name} is unknown: no sentence may hold it")
        if isinstance(self.value, str):
            return french.day(date.fromisoformat(self.value)) if self.unit == "date" else self.value
        if self.unit.startswith("EUR"):
            return french.euros(self.value)
        if self.unit.startswith("%"):
            return french.percent(self.value)
        return french.number(self.value)


class Fact(ContentModel):
    """What is true from ``valid_from`` to ``valid_to`` (both included; null while in force)."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    series: str = Field(default="", description="shared by facts that follow one another; the id when alone")
    kind: Kind
    label: str = Field(min_length=1)
    values: tuple[Value, ...]
    valid_from: date
    valid_to: date | None
    conditions: str
    sources: tuple[Source, ...] = Field(min_length=1)
    confidence: Confidence
    checked_on: date | None = Field(description="day of the latest evidence read; null when nothing was read")
    review_by: date
    owner: str = Field(min_length=1, description="who checks it again")
    see_also: tuple[str, ...] = ()
    note: str = Field(default="", description="for developers, never shown")

    @model_validator(mode="after")
    def _dates_follow(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    @property
    def group(self) -> str:
        return self.series or self.id

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def reliable(self, on: date) -> bool:
        """May its numbers be given on that day as what holds now?"""
        return self.in_force(on) and self.trusted(on)

    def trusted(self, on: date) -> bool:
        """May its numbers be said on that day at all? Not past ``review_by``, never with low confidence."""
        return on <= self.review_by and self.confidence is not Confidence.LOW

    def value(self, name: str) -> Value:
        for value in self.values:
            if value.name == name:
                return value
        raise ContentError(f"fact {self.id} has no value named {name}")

    def amount(self, name: str) -> Decimal:
        """The value as an exact number."""
        value = self.value(name).value
        if not isinstance(value, int | float):
            raise ContentError(f"value {name} of fact {self.id} is not a number")
        return Decimal(str(value))


class FactBook:
    """All facts, found by series and day."""

    def __init__(self, facts: list[Fact]) -> None:
        self._by_group: dict[str, list[Fact]] = {}
        for fact in facts:
            self._by_group.setdefault(fact.group, []).append(fact)
        for group, dated in self._by_group.items():
            dated.sort(key=lambda fact: fact.valid_from)
            for earlier, later in pairwise(dated):
                if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                    raise ContentError(f"facts {earlier.id} and {later.id} of series {group} overlap")
                if later.valid_from - earlier.valid_to > timedelta(days=1):
                    raise ContentError(f"series {group} says nothing between {earlier.id} and {later.id}")

    @classmethod
    def load(cls, folder: Path = CONTENT_DIR / "facts") -> Self:
        """Raises ContentError when a file breaks the schema, an id comes twice, or two dates overlap."""
        facts: dict[str, Fact] = {}
        for path in sorted(folder.glob("*.yml")):
            for position, data in enumerate(read_entries(path), start=1):
                name = data.get("id", f"entry {position}") if isinstance(data, dict) else f"entry {position}"
                fact = parse(Fact, data, f"{path}, {name}")
                if fact.id in facts:
                    raise ContentError(f"{path}: fact {fact.id} is written twice")
                facts[fact.id] = fact
        return cls(list(facts.values()))

    def __contains__(self, group: str) -> bool:
        return group in self._by_group

    @property
    def series(self) -> dict[str, list[Fact]]:
        """The facts of each series, oldest first."""
        return {group: list(dated) for group, dated in self._by_group.items()}

    def in_force(self, group: str, on: date) -> Fact | None:
        """The fact of this series in force on that day; None when the series says nothing for it."""
        return next((fact for fact in self._by_group.get(group, ()) if fact.in_force(on)), None)

    def on(self, group: str, on: date) -> Fact:
        """The same, where there has to be one. Raises ContentError when there is none."""
        if (fact := self.in_force(group, on)) is None:
            raise ContentError(f"no fact {group} is in force on {on}")
        return fact

    def from_day(self, group: str, on: date) -> list[Fact]:
        """The facts of this series that are in force on that day or later."""
        return [fact for fact in self._by_group.get(group, ()) if fact.valid_to is None or on <= fact.valid_to]

    def on_or_latest(self, group: str, on: date) -> Fact:
        """The fact in force on that day, or else the last one known. Raises ContentError when there is none."""
        if group not in self._by_group:
            raise ContentError(f"no fact is named {group}")
        dated = self._by_group[group]
        return next((fact for fact in dated if fact.in_force(on)), dated[-1])

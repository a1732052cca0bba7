"""Who an event is for: age, level, a validated project. What is not known is asked, never assumed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from programme import profiles
from programme.models import PathStage, Person, Series


class Gate(StrEnum):
    AGE = "age"
    LEVEL = "level"
    PROJECT = "project"


@dataclass(frozen=True)
class Refusal:
    """The gate that stays shut. ``unknown``: because the person has not said it yet, so that it can be asked."""

    gate: Gate
    unknown: bool = False


def refusal(series: Series, person: Person, *, on: date) -> Refusal | None:
    """The first gate that the person does not pass on this day; None when all are open.

    Of a person whose age band is known and their age is not, the band decides when all of it is inside or outside the
    limits; otherwise the benefit of the doubt is theirs.
    """
    if series.min_age is not None or series.max_age is not None:
        ages = _ages(person, on)
        if ages is None:
            return Refusal(Gate.AGE, unknown=True)
        if ages[1] < (series.min_age or 0) or ages[0] > (series.max_age or 999):
            return Refusal(Gate.AGE)
    if series.min_level is not None:
        if person.level is None:
            return Refusal(Gate.LEVEL, unknown=True)
        if person.level < series.min_level:
            return Refusal(Gate.LEVEL)
    if series.needs_validated_project and person.stage is PathStage.PROJET:
        return Refusal(Gate.PROJECT)
    return None


def _ages(person: Person, on: date) -> tuple[int, int] | None:
    """Youngest and oldest that the person may be on this day."""
    age = profiles.age_on(person, on)
    if age is not None:
        return age, age
    return profiles.BANDS[person.age_band] if person.age_band is not None else None

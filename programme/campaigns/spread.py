"""When the messages of a step leave: so many a second, at decent hours, what does not fit on the next decent day.

A place in the order of sending, the rank, is all that decides: planned again, everybody has the moment they had.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from programme.campaigns.definition import Definition, Step
from programme.deliveries.hours import UNTIL, decent_day

_ONE_DAY = timedelta(days=1)
# those who answered on one day are spread over an hour, whoever they are
BRANCH_SPREAD_S = 3600


@dataclass(frozen=True)
class Window:
    """Ranks ``first`` to ``end`` − 1 leave from ``opens_at`` on, each one after the other."""

    first: int
    end: int
    opens_at: datetime

    def due_at(self, rank: int, rate: int) -> datetime:
        return self.opens_at + timedelta(seconds=(rank - self.first) / rate)


def first_days(steps: Sequence[Step], day_0: date, zone: ZoneInfo) -> dict[str, date]:
    """The day on which each step begins there, by its id: the next decent one from its own day on.

    What was meant for two days is not said on one: after a long weekend the second waits for the day after.
    """
    days: dict[str, date] = {}
    before: tuple[int, date] | None = None
    for step in sorted(steps, key=lambda each: each.day):
        day = next_decent_day(day_0 + timedelta(days=step.day), zone)
        if before is not None and step.day > before[0] and day <= before[1]:
            day = next_decent_day(before[1] + _ONE_DAY, zone)
        elif before is not None and step.day == before[0]:
            day = before[1]
        days[step.id] = day
        before = (step.day, day)
    return days


def next_decent_day(day: date, zone: ZoneInfo) -> date:
    """``day`` itself, or the next working day there."""
    while not decent_day(day, zone):
        day += _ONE_DAY
    return day


def windows(
    definition: Definition,
    step: Step,
    first_day: date,
    zone: ZoneInfo,
    *,
    people: int,
    rate: int,
    not_before: datetime | None = None,
    first_rank: int = 0,
) -> list[Window]:
    """One window a day until all ranks from ``first_rank`` to ``people`` − 1 have their moment; at least one.

    Ranks are those of the whole campaign, in every zone: places that are those of other zones stay empty, so that all
    zones together never leave faster than ``rate``.

    Args:
        rate: messages a second.
        not_before: aware; nothing leaves earlier, such as before the campaign was started.
    """
    found: list[Window] = []
    rank = first_rank
    for opens_at, closes_at in _hours(definition, step, first_day, zone):
        opens_at = max(opens_at, not_before) if not_before is not None else opens_at
        fit = int((closes_at - opens_at).total_seconds() * rate)
        if fit <= 0:
            continue
        found.append(Window(rank, min(rank + fit, max(people, rank + 1)), opens_at))
        rank += fit
        if rank >= people:
            break
    return found


def branch_windows(
    definition: Definition,
    step: Step,
    first_day: date,
    zone: ZoneInfo,
    *,
    rate: int,
    not_before: datetime | None = None,
) -> tuple[datetime, int]:
    """When a step of a branch begins to leave, and over how many places it is spread (place = rank modulo these).

    How many will have answered on one day is not known while they answer: with more than the hour takes, the queue
    lets them out at its own pace.
    """
    for opens_at, closes_at in _hours(definition, step, first_day, zone):
        opens_at = max(opens_at, not_before) if not_before is not None else opens_at
        if opens_at < closes_at:
            seconds = min(BRANCH_SPREAD_S, int((closes_at - opens_at).total_seconds()))
            return opens_at, max(1, seconds * rate)
    raise AssertionError("days go on")


def opening(first_day: date, zone: ZoneInfo) -> datetime:
    """The midnight at which a day begins there, in UTC."""
    return datetime.combine(first_day, time(0), tzinfo=zone).astimezone(UTC)


def hours_of(definition: Definition, step: Step) -> tuple[time, time]:
    """From when to when, each day, on the wall of each place."""
    at = step.at or definition.at
    return at, definition.until if at < definition.until else UNTIL


def _hours(definition: Definition, step: Step, first_day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    at, until = hours_of(definition, step)
    day = first_day
    while True:
        yield (
            datetime.combine(day, at, tzinfo=zone).astimezone(UTC),
            datetime.combine(day, until, tzinfo=zone).astimezone(UTC),
        )
        day = next_decent_day(day + _ONE_DAY, zone)

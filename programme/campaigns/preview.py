"""What a campaign would do, before it does: how many people, who is left out, when each step leaves.

Nothing is written.
Those who answer, sign or stop in between have fewer messages: numbers are the most there can be.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from programme.campaigns import audience, spread
from programme.campaigns.audience import Excluded
from programme.campaigns.definition import Definition, Step
from programme.campaigns.runs import PER_SECOND
from programme.campaigns.spread import Window

# server-side: so many rows are in memory at a time
_AT_ONCE = 5_000
# whose messages are shown
SAMPLE = 3
Say = Callable[[int, Step, str, ZoneInfo], list[str]]


@dataclass(frozen=True)
class Leaving:
    """When a step leaves in one zone, ``last`` at the latest; both are aware, in that zone."""

    zone: str
    first: datetime
    last: datetime


@dataclass(frozen=True)
class StepPreview:
    """``days``: on how many days it leaves, with those it spills to; ``bots_for_a_day``: that would make it in one."""

    step: Step
    messages: int
    seconds: float
    days: int
    bots_for_a_day: int
    leaving: tuple[Leaving, ...]


@dataclass(frozen=True)
class Sample:
    person_id: int
    step: str
    bubbles: list[str]


@dataclass(frozen=True)
class Preview:
    """``why``: how many people each key of `audience.in_words` holds for. ``territories``: by name, None: of none."""

    starts_on: date
    in_season: bool
    people: int
    excluded: dict[Excluded, int]
    territories: dict[str | None, int]
    zones: dict[str, int]
    why: dict[str, int]
    steps: tuple[StepPreview, ...]
    sample: tuple[Sample, ...]


@dataclass(frozen=True)
class Message:
    """One message that would leave, ``due_at`` in the person's zone."""

    person_id: int
    rank: int
    territory: str | None
    zone: str
    why: list[str]
    variant: str
    step: str
    due_at: datetime


def preview(
    session: Session,
    definition: Definition,
    *,
    starts_on: date,
    bots: int = 1,
    per_second: int = PER_SECOND,
    now: datetime,
    say: Say | None = None,
) -> Preview:
    """What would happen if it started on this day.

    Args:
        per_second: of one bot; Telegram takes 30 at most, answers to people come out of it too.
        now: aware; nothing leaves before.
        say: the bubbles of a step, filled for a person in one of its variants; without it there is no sample.
    Raises:
        CohortRuleWrong.
    """
    counted = audience.considered(session, definition, on=starts_on).subquery("counted")
    kinds = (counted.c.excluded, counted.c.zone, counted.c.territory, counted.c.why)
    excluded: Counter[Excluded] = Counter()
    territories: Counter[str | None] = Counter()
    zones: Counter[str] = Counter()
    why: Counter[str] = Counter()
    for reason, zone, territory, keys, count in session.execute(select(*kinds, func.count()).group_by(*kinds)):
        if reason is not None:
            excluded[Excluded(reason)] += count
            continue
        territories[territory] += count
        zones[zone] += count
        for key in keys:
            why[key] += count
    people, rate = zones.total(), max(1, bots * per_second)
    found = _windows(definition, list(zones), starts_on=starts_on, people=people, rate=rate, now=now)
    steps = [
        _step(step, definition, {zone: found[zone, step.id] for zone in zones}, people, rate, per_second)
        for step in definition.steps
        if people
    ]
    sample = [] if say is None else _sample(session, definition, starts_on, say)
    return Preview(
        starts_on=starts_on,
        in_season=starts_on.month in definition.months,
        people=people,
        excluded={reason: excluded[reason] for reason in Excluded if reason in excluded},
        territories=dict(territories.most_common()),
        zones=dict(zones.most_common()),
        why=dict(why.most_common()),
        steps=tuple(steps),
        sample=tuple(sample),
    )


def everybody(
    session: Session,
    definition: Definition,
    *,
    starts_on: date,
    people: int,
    bots: int = 1,
    per_second: int = PER_SECOND,
    now: datetime,
) -> Iterator[Message]:
    """Every message that would leave to everybody on the list, person by person in the order of sending.

    Read as it is written: a million people take no more memory than a few thousand.

    Args:
        people: how many `preview` found.
    """
    listed = audience.candidates(session, definition, on=starts_on).subquery("people")
    rank = (func.row_number().over(order_by=audience.urgency(listed)) - 1).label("rank")
    reads = audience.variant(definition, listed.c.person_id, starts_on=starts_on).label("variant")
    rate = max(1, bots * per_second)
    found: dict[tuple[str, str], list[Window]] = {}
    zones: dict[str, ZoneInfo] = {}
    query = select(listed.c.person_id, listed.c.territory, listed.c.zone, listed.c.why, reads, rank).order_by(rank)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        if row.zone not in zones:
            zones[row.zone] = ZoneInfo(row.zone)
            found |= _windows(definition, [row.zone], starts_on=starts_on, people=people, rate=rate, now=now)
        for step in definition.steps:
            windows = found[row.zone, step.id]
            window = windows[bisect_right(windows, row.rank, key=lambda each: each.first) - 1]
            yield Message(
                person_id=row.person_id,
                rank=row.rank,
                territory=row.territory,
                zone=row.zone,
                why=row.why,
                variant=row.variant if row.variant in step.says else "a",
                step=step.id,
                due_at=window.due_at(row.rank, rate).astimezone(zones[row.zone]),
            )


def _windows(
    definition: Definition, zones: list[str], *, starts_on: date, people: int, rate: int, now: datetime
) -> dict[tuple[str, str], list[Window]]:
    found = {}
    for name in zones:
        zone = ZoneInfo(name)
        days = spread.first_days(definition.steps, starts_on, zone)
        for step in definition.steps:
            found[name, step.id] = spread.windows(
                definition, step, days[step.id], zone, people=people, rate=rate, not_before=now
            )
    return found


def _step(
    step: Step, definition: Definition, windows: dict[str, list[Window]], people: int, rate: int, per_second: int
) -> StepPreview:
    opens, closes = spread.hours_of(definition, step)
    a_day = (closes.hour - opens.hour) * 3600 + (closes.minute - opens.minute) * 60 + closes.second - opens.second
    leaving = []
    for name, found in windows.items():
        zone = ZoneInfo(name)
        last = found[-1].due_at(max(people - 1, found[-1].first), rate)
        leaving.append(Leaving(name, found[0].opens_at.astimezone(zone), last.astimezone(zone)))
    return StepPreview(
        step=step,
        messages=people,
        seconds=people / rate,
        days=max(len(found) for found in windows.values()),
        bots_for_a_day=max(1, math.ceil(people / (a_day * per_second))),
        leaving=tuple(sorted(leaving, key=lambda each: each.first)),
    )


def _sample(session: Session, definition: Definition, starts_on: date, say: Say) -> list[Sample]:
    """The first of the list: what they would read."""
    listed = audience.candidates(session, definition, on=starts_on).subquery("people")
    reads = audience.variant(definition, listed.c.person_id, starts_on=starts_on)
    rows = session.execute(
        select(listed.c.person_id, listed.c.zone, reads).order_by(*audience.urgency(listed)).limit(SAMPLE)
    ).all()
    return [
        Sample(person_id, step.id, say(person_id, step, variant if variant in step.says else "a", ZoneInfo(zone)))
        for person_id, zone, variant in rows
        for step in definition.steps
    ]

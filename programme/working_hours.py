"""When the team is at work: Monday to Friday, 9:00 to 12:00 and 13:30 to 17:30 where it is, no public holiday."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from programme.deliveries.hours import decent_day

HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
A_DAY = timedelta(hours=7)
_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


def worked_between(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """How long the team was at work between two moments (aware); nothing when the end comes first."""
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    worked = _NOTHING
    while day <= last:
        for opens, closes in _stretches(day, zone):
            worked += max(min(closes, end) - max(opens, start), _NOTHING)
        day += _ONE_DAY
    return worked


def after_worked(start: datetime, worked: timedelta, zone: ZoneInfo) -> datetime:
    """The first moment at which the team has worked so long since ``start`` (aware); in UTC."""
    if worked <= _NOTHING:
        return start
    day = start.astimezone(zone).date()
    while True:
        for opens, closes in _stretches(day, zone):
            begins = max(opens, start)
            if closes - begins >= worked:
                return begins + worked
            worked -= max(closes - begins, _NOTHING)
        day += _ONE_DAY


def before_worked(end: datetime, worked: timedelta, zone: ZoneInfo) -> datetime:
    """The last moment since which the team has worked so long by ``end`` (aware); in UTC.

    Whatever waits since then or longer has waited for at least so many hours of work.
    """
    if worked <= _NOTHING:
        return end
    day = end.astimezone(zone).date()
    while True:
        for opens, closes in reversed(list(_stretches(day, zone))):
            ends = min(closes, end)
            if ends - opens >= worked:
                return ends - worked
            worked -= max(ends - opens, _NOTHING)
        day -= _ONE_DAY


def _stretches(day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The hours of work of a day, in UTC: the difference of two local times forgets that clocks change."""
    if decent_day(day, zone):
        for opens, closes in HOURS:
            yield (
                datetime.combine(day, opens, zone).astimezone(UTC),
                datetime.combine(day, closes, zone).astimezone(UTC),
            )

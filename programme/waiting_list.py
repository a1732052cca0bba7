"""How long a freed seat is held for the first one who waits."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from programme.deliveries.hours import decent, next_decent

# (at least this long before the start, held for): shorter as the date nears
HOLDS = (
    (timedelta(days=7), timedelta(hours=24)),
    (timedelta(days=3), timedelta(hours=12)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(0), timedelta(minutes=15)),
)
# whoever is told in the morning, or whose time would end at night, has until ten: the phone is not the first thing
AFTER_OPENING = timedelta(hours=1)


def held_until(*, now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The end of an offer made ``now``: counted from when it may be told, never at night nor after the start.

    Otherwise an offer of Friday night would be lost on Monday by people who were never told of it.

    Args:
        now: aware, before ``starts_at``.
    """
    that_day = starts_at.astimezone(zone).date()
    told = next_decent(now, zone, even_on=that_day)
    left = starts_at - told
    if left <= timedelta(0):
        return starts_at.astimezone(now.tzinfo)
    end = told + next(hold for at_least, hold in HOLDS if left >= at_least)
    if told > now:
        end = max(end, told + AFTER_OPENING)
    if not decent(end, zone, even_on=that_day):
        end = next_decent(end, zone, even_on=that_day) + AFTER_OPENING
    return min(end, starts_at).astimezone(now.tzinfo)

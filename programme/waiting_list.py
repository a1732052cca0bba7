"""How long a freed seat is held for the first one who waits."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# (at least this long before the start, held for): shorter as the date nears
HOLDS = (
    (timedelta(days=7), timedelta(hours=24)),
    (timedelta(days=3), timedelta(hours=12)),
    (timedelta(days=1), timedelta(hours=4)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(0), timedelta(minutes=15)),
)
# at night nobody can be expected to read: a hold that would end then ends in the morning
NIGHT_FROM, NIGHT_UNTIL, MORNING = time(20), time(9), time(10)


def held_until(*, now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The end of an offer made ``now``: never after the start, and not at night when the date leaves time for that.

    Args:
        now: aware, before ``starts_at``.
    """
    left = starts_at - now
    end = now + next(hold for at_least, hold in HOLDS if left >= at_least)
    local = end.astimezone(zone)
    if local.time() >= NIGHT_FROM or local.time() < NIGHT_UNTIL:
        morning_of = local.date() + timedelta(days=local.time() >= NIGHT_FROM)
        morning = datetime.combine(morning_of, MORNING, tzinfo=zone)
        # the next one in the list needs time as well
        if starts_at - morning >= timedelta(hours=2):
            end = morning
    return min(end, starts_at).astimezone(now.tzinfo)

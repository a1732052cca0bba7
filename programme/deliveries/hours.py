"""When a person may be written to without having asked: working days, 9:00 to 20:00, where they live."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

FROM, UNTIL = time(9), time(20)
# of the calendar of public holidays, which differs overseas (the abolition of slavery has its own day in each place)
_SUBDIVISIONS = {
    "America/Guadeloupe": "971",
    "America/Marigot": "MF",
    "America/St_Barthelemy": "BL",
    "America/Martinique": "972",
    "America/Cayenne": "973",
    "Indian/Reunion": "974",
    "Indian/Mayotte": "976",
    "America/Miquelon": "PM",
    "Pacific/Noumea": "NC",
    "Pacific/Tahiti": "PF",
    "Pacific/Wallis": "WF",
}
_ONE_DAY = timedelta(days=1)


def decent_day(day: date, zone: ZoneInfo) -> bool:
    """Monday to Friday, and no public holiday there. Source: cahier des charges, « ni la nuit, ni le week-end »."""
    return day.weekday() < 5 and day not in _public_holidays(day.year, _SUBDIVISIONS.get(zone.key))


def decent(at: datetime, zone: ZoneInfo, *, even_on: date | None = None) -> bool:
    """May something be said at this moment? ``even_on``: the day of the thing itself, be it a Sunday.

    Args:
        at: aware.
    """
    local = at.astimezone(zone)
    return FROM <= local.time() < UNTIL and (local.date() == even_on or decent_day(local.date(), zone))


def next_decent(at: datetime, zone: ZoneInfo, *, even_on: date | None = None) -> datetime:
    """``at`` itself, or the next moment at which something may be said; in UTC."""
    local = at.astimezone(zone)
    day = local.date()
    if local.time() >= UNTIL:
        day += _ONE_DAY
    while not (day == even_on or decent_day(day, zone)):
        day += _ONE_DAY
    if day == local.date() and local.time() >= FROM:
        return at
    return datetime.combine(day, FROM, tzinfo=zone).astimezone(at.tzinfo)


def previous_decent(at: datetime, zone: ZoneInfo, *, even_on: date | None = None) -> datetime:
    """``at`` itself, or the same hour of the last day before on which something may be said; never at night.

    Before 9:00 it becomes 18:00 of the day before: late enough for who works, not yet night.
    """
    local = at.astimezone(zone)
    day, hour = local.date(), local.time()
    if hour >= UNTIL:
        hour = time(18)
    elif hour < FROM:
        day, hour = day - _ONE_DAY, time(18)
    while not (day == even_on or decent_day(day, zone)):
        day -= _ONE_DAY
    return datetime.combine(day, hour, tzinfo=zone).astimezone(at.tzinfo)


@cache
def _public_holidays(year: int, subdivision: str | None) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))

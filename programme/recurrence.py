"""The dates of a series from its rule: every Tuesday from March to October, but not in the holidays."""

from collections.abc import Iterator
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.rrule import rruleset, rrulestr
from vacances_scolaires_france import SchoolHolidayDates

from programme.errors import RuleWrong, SchoolYearUnknown

# a rule that makes more than this in the time it is planned for is a slip
MOST_DATES = 400
SCHOOL_ZONES = frozenset({"A", "B", "C"})
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")


def occurrences(
    rule: str,
    *,
    starts_on: date,
    until: date,
    at: time,
    zone: ZoneInfo,
    school_zone: str | None = None,
    public_holidays: bool = False,
) -> list[datetime]:
    """When the series takes place, from ``starts_on`` to ``until``, both included; aware, in ``zone``.

    The hour is that of the clock on the wall, before and after each clock change.

    Args:
        rule: an RRULE of RFC 5545 without DTSTART: « FREQ=WEEKLY;BYDAY=TU ». Its own UNTIL or COUNT counts as well.
        school_zone: A, B or C: not in the school holidays of this zone. None: in the holidays too.
        public_holidays: true when it takes place on public holidays as well.
    Raises:
        RuleWrong: no rule of RFC 5545, one that repeats within a day, or more than 400 dates.
        SchoolYearUnknown: the school holidays are not published as far as ``until``.
    """
    if school_zone is not None and school_zone not in SCHOOL_ZONES:
        raise RuleWrong(f"there is no school zone {school_zone}: A, B or C")
    found: list[datetime] = []
    for day in _days(rule, starts_on, until):
        if not public_holidays and is_public_holiday(day):
            continue
        if school_zone is not None and in_school_holidays(day, school_zone):
            continue
        found.append(datetime.combine(day, at, tzinfo=zone))
        if len(found) > MOST_DATES:
            raise RuleWrong(f"{rule} makes more than {MOST_DATES} dates until {until}")
    return found


def is_public_holiday(day: date) -> bool:
    """In all of France; those of Alsace-Moselle and overseas are not among them."""
    return day in _public_holidays(day.year)


def in_school_holidays(day: date, school_zone: str) -> bool:
    """Raises SchoolYearUnknown when the calendar that we have does not go that far."""
    if day > last_known_school_day():
        raise SchoolYearUnknown(last_known_school_day())
    return bool(_school().is_holiday_for_zone(day, school_zone))


@cache
def last_known_school_day() -> date:
    """The last day of holidays that the published calendar tells of: after it, no day is known to be one of school."""
    days: list[date] = list(_school().holidays_for_year(_school().max_year))
    return max(days)


def _days(rule: str, starts_on: date, until: date) -> Iterator[date]:
    if "DTSTART" in rule.upper() or any(f"FREQ={often}" in rule.upper() for often in _TOO_OFTEN):
        raise RuleWrong(f"{rule}: a rule says on which days, not at what hours, and no start of its own")
    try:
        # on the wall: the zone comes afterwards, so that no hour is lost or doubled at a clock change
        made = rrulestr(rule, dtstart=datetime.combine(starts_on, time()))
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise RuleWrong(f"{rule}: {problem}") from None
    if isinstance(made, rruleset):
        raise RuleWrong(f"{rule}: one rule, no set of rules")
    before: date | None = None
    try:
        # a rule that never comes true (« 31 February ») is looked for until the year 9999: seconds, not for ever
        for moment in made:
            # a rule may say an hour of its own, which does not count
            if moment.date() > until:
                return
            if moment.date() == before:
                raise RuleWrong(f"{rule}: several times on one day")
            before = moment.date()
            yield before
    except (ValueError, OverflowError) as problem:  # steps of less than one, or beyond the calendar
        raise RuleWrong(f"{rule}: {problem}") from None


@cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


@cache
def _school() -> SchoolHolidayDates:
    return SchoolHolidayDates()

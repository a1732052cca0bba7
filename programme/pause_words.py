"""Until when somebody wants peace: « jusqu'à lundi », « dix jours », « pas avant la rentrée »."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from nlu.french.dates import NUMBER, dates, number
from nlu.french.entities import fold

# messages begin again in the morning
MORNING = time(9)
# a longer pause is a stop
LONGEST = relativedelta(months=6)
_SPAN = re.compile(rf"\b(?P<count>{NUMBER}|quelques|qq)\s?-?(?P<unit>jours?|jrs?|j|semaines?|sem|mois|quinzaines?)\b")
_ABOUT = {"quinzaine": 15, "dizaine": 10, "huitaine": 8}
_QUINZAINE = re.compile(r"\b(?P<about>quinzaine|dizaine|huitaine)\b")
_WEEKEND = re.compile(r"\bwe\b")
_CHRISTMAS = re.compile(r"\bnoel\b")
# « jusqu'au 30 »: the day alone
_DAY = re.compile(r"\b(?:au|le|jusqua?u?)\s+(?P<day>[12]?\d|3[01])(?:er)?\b(?!\s*(?:h|%|/))")
_SEPTEMBER = re.compile(r"\b(?:rentree|(?:cet|l'|tout l')\s?ete)\b")
_THIS_MONTH = re.compile(r"\b(?:ce|du) mois(?:[- ]ci)?\b")
_AFTER = re.compile(r"\bapres\b")
_END_OF = re.compile(r"\bfin\W+(?:du mois d[e'] ?)?$")
_MIDDLE_OF = re.compile(r"\bmi\W*$")
_UNTIL = re.compile(r"\b(?:avant|jusqu\w*|d'ici|des|a partir)\b")


def pause_until(text: str, today: date, zone: ZoneInfo) -> datetime | None:
    """The morning on which messages may come again, aware; None when the text says no time, or a time that is past.

    A day that is named is the first one without a pause; a week or a weekend that has begun counts to its end.
    """
    day = _day(fold(text), today)
    if day is None or day <= today:
        return None
    return datetime.combine(min(day, today + LONGEST), MORNING, tzinfo=zone)


def _day(folded: str, today: date) -> date | None:
    if (span := _SPAN.search(folded)) is not None:
        return _after(today, _count(span["count"]), span["unit"])
    if (about := _QUINZAINE.search(folded)) is not None:
        return today + timedelta(days=_ABOUT[about["about"]])
    if _SEPTEMBER.search(folded):
        return _next(today, month=9, day=1)
    if _THIS_MONTH.search(folded):
        return today.replace(day=1) + relativedelta(months=1)
    found = dates(_WEEKEND.sub("week-end", folded), today)
    if not found:
        return _named_day(folded, today)
    first, last = found[0].first, found[0].last
    before = folded[: found[0].start]
    a_month = first.day == 1 and last == first + relativedelta(months=1, days=-1)
    if a_month and _END_OF.search(before):
        return first.replace(day=25)
    if a_month and _MIDDLE_OF.search(before):
        return first.replace(day=15)
    if first == last:
        return first + timedelta(days=bool(_AFTER.search(before)) or first == today)
    # « cette semaine », « ce week-end »: to its end; « avant la semaine prochaine », « en août »: to its beginning
    if first <= today or (not _UNTIL.search(before) and not a_month):
        return last + timedelta(days=1)
    return first


def _named_day(folded: str, today: date) -> date | None:
    if _CHRISTMAS.search(folded):
        return _next(today, month=12, day=26)
    if (named := _DAY.search(folded)) is None:
        return None
    for month in range(3):  # a month without a 30th has none to wait for
        start = today.replace(day=1) + relativedelta(months=month)
        wanted = start + relativedelta(day=int(named["day"]))
        if wanted.day == int(named["day"]) and wanted > today:
            return wanted
    return None


def _count(words: str) -> int:
    return 3 if words in ("quelques", "qq") else number(words)


def _after(today: date, count: int, unit: str) -> date:
    if unit.startswith("mois"):
        return today + relativedelta(months=count)
    if unit.startswith("sem"):
        return today + timedelta(weeks=count)
    return today + timedelta(days=count * (15 if unit.startswith("quinzaine") else 1))


def _next(today: date, *, month: int, day: int) -> date:
    this_year = today.replace(month=month, day=day)
    return this_year if this_year > today else this_year.replace(year=today.year + 1)

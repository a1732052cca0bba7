"""Dates and hours as people write them: « mardi prochain 14h », « le 3 », « dans 2 semaines », « 3/12 à 9h30 ».

All of it is relative to the writer's own today, which the caller gives: what is « demain » in Paris may be today in
Guadeloupe.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Callable, Dict, Iterator, List, Match, Optional, Tuple

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = {
    "janvier": 1, "janv": 1, "jan": 1, "fevrier": 2, "fevr": 2, "fev": 2, "mars": 3, "avril": 4, "avr": 4, "mai": 5,
    "juin": 6, "juillet": 7, "juil": 7, "aout": 8, "septembre": 9, "sept": 9, "octobre": 10, "oct": 10,
    "novembre": 11, "nov": 11, "decembre": 12, "dec": 12,
}  # fmt: skip
NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "dix-sept": 17,
    "dix sept": 17, "dix-huit": 18, "dix huit": 18, "dix-neuf": 19, "dix neuf": 19, "vingt": 20, "vingt et un": 21,
    "vingt-et-un": 21, "vingt-deux": 22, "vingt deux": 22, "vingt-trois": 23, "vingt trois": 23, "vingt-quatre": 24,
    "vingt quatre": 24, "vingt-cinq": 25, "vingt cinq": 25, "vingt-six": 26, "vingt six": 26, "vingt-sept": 27,
    "vingt sept": 27, "vingt-huit": 28, "vingt huit": 28, "vingt-neuf": 29, "vingt neuf": 29, "trente": 30,
}  # fmt: skip
NUMBER = r"\d{1,2}|" + "|".join(sorted(NUMBERS, key=len, reverse=True))
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
# alone, « sept » is a number and « mar » the beginning of a name
_WHOLE_MONTH = "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
_WEEKDAY = "|".join(DAYS)
# « mardi prochain » said on a Monday is not tomorrow
_NEXT_AT_LEAST_DAYS = 2


@dataclass(frozen=True)
class FoundDate:
    """Characters ``start`` to ``end`` name the days from ``first`` to ``last`` (one day: the same twice)."""

    start: int
    end: int
    first: date
    last: date


@dataclass(frozen=True)
class FoundHour:
    start: int
    end: int
    hour: time


def number(words: str) -> int:
    """Raises KeyError for words that are no number up to thirty."""
    return int(words) if words.isdigit() else NUMBERS[words]


def dates(folded: str, today: date) -> List[FoundDate]:
    """The days that a text names, in its order; ``folded`` is lower case without accents, one sign per character."""
    found: List[FoundDate] = []
    taken = bytearray(len(folded))
    for pattern, read in _RULES:
        for match in pattern.finditer(folded):
            if any(taken[match.start() : match.end()]):
                continue
            days = read(match, today)
            if days is not None:
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                found.append(FoundDate(match.start(), match.end(), *days))
    return sorted(found, key=lambda each: each.start)


def hours(folded: str) -> Iterator[FoundHour]:
    """The hours of the day that a text names; « 35h par semaine » is a duration, not an hour."""
    for match in _HOUR.finditer(folded):
        if match["word"]:
            yield FoundHour(match.start("word"), match.end("word"), time(12 if match["word"] == "midi" else 0))
            continue
        hour = int(match["hour"])
        minute = 30 if match["half"] else int(match["minute"] or match["minute_after_colon"] or 0)
        if hour < 24 and minute < 60:
            yield FoundHour(match.start("hour"), match.end(), time(hour, minute))


_HOUR = re.compile(
    r"\b(?<!apres-)(?<!apres )(?P<word>midi|minuit)\b"
    r"|(?<![\d/,.])(?P<hour>\d{1,2})"
    r"(?:\s?(?:heures?|h)(?:\s?(?P<minute>\d{2})(?!\d)|(?P<half>\s?et\s?demie?))?|:(?P<minute_after_colon>\d{2}))"
    r"(?![\w/])(?!\s*(?:par|/|de\s+(?:travail|cours|taf|formation|trajet|route)|(?:la|une|chaque)?\s*sem))"
)

Days = Optional[Tuple[date, date]]


def _one(day: date) -> Days:
    return day, day


def _month(first: date) -> Days:
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _full(match: Match[str], today: date) -> Days:
    day = 1 if match["day"] == "1er" else int(match["day"])
    month = MONTHS[match["month"]] if not match["month"].isdigit() else int(match["month"])
    year = match["year"]
    if year:
        return _valid(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this_year = _valid(today.year, month, day)
    # « le 3 mars » said in November is the next one
    return this_year if this_year and this_year[0] >= today else _valid(today.year + 1, month, day) or this_year


def _valid(year: int, month: int, day: int) -> Days:
    try:
        return _one(date(year, month, day))
    except ValueError:
        return None


def _day_of_month(match: Match[str], today: date) -> Days:
    day = 1 if match["day"] == "1er" else int(match["day"])
    month = today.replace(day=1)
    coming = []
    for _ in range(12):
        candidate = _valid(month.year, month.month, day)
        if candidate and candidate[0] >= today:
            coming.append(candidate[0])
        month = (month + timedelta(days=32)).replace(day=1)
    # « mardi 3 » is a third that is a Tuesday, when one comes within three months
    named = [each for each in coming[:3] if match["weekday"] in (None, DAYS[each.weekday()])]
    return _one(min(named or coming)) if coming else None


def _weekday(match: Match[str], today: date) -> Days:
    wanted = DAYS.index(match["weekday"])
    monday = today - timedelta(days=today.weekday())
    how = (match["how"] or "").strip()
    if how in ("dernier", "passe", "d'avant"):
        back = (today.weekday() - wanted) % 7 or 7
        return _one(today - timedelta(days=back))
    if how in ("en huit", "de la semaine prochaine", "de la semaine pro", "d'apres"):
        return _one(monday + timedelta(days=7 + wanted))
    if match["this"] and wanted == today.weekday():
        return _one(today)
    ahead = (wanted - today.weekday()) % 7 or 7
    if how and ahead < _NEXT_AT_LEAST_DAYS:
        ahead += 7
    return _one(today + timedelta(days=ahead))


def _relative(match: Match[str], today: date) -> Days:
    return _one(today + timedelta(days=_RELATIVE[re.sub(r"[\s'-]", "", match[0])]))


def _in_a_while(match: Match[str], today: date) -> Days:
    count = number(match["count"])
    sign = -1 if match["when"].startswith("il") or match["when"].startswith("y") else 1
    unit = match["unit"]
    if unit.startswith("j"):
        return _one(today + timedelta(days=sign * count))
    if unit.startswith("sem"):
        return _one(today + timedelta(days=sign * 7 * count))
    months = today.year * 12 + today.month - 1 + sign * count * (12 if unit.startswith("an") else 1)
    year, month = divmod(months, 12)
    return _one(date(year, month + 1, min(today.day, monthrange(year, month + 1)[1])))


def _week(match: Match[str], today: date) -> Days:
    monday = today - timedelta(days=today.weekday())
    if match["which"] == "cette":
        return today, monday + timedelta(days=6)
    return monday + timedelta(days=7), monday + timedelta(days=13)


def _weekend(match: Match[str], today: date) -> Days:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5)
    if match["how"]:
        saturday += timedelta(days=7)
    return saturday, saturday + timedelta(days=1)


def _next_month(_match: Match[str], today: date) -> Days:
    return _month((today.replace(day=1) + timedelta(days=32)).replace(day=1))


def _named_month(match: Match[str], today: date) -> Days:
    month = MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    whole = _month(date(year, month, 1))
    assert whole is not None
    first, last = whole
    part = (match["part"] or "").strip(" -")
    if part == "debut":
        return first, first.replace(day=10)
    if part == "mi":
        return first.replace(day=11), first.replace(day=20)
    if part == "fin":
        return first.replace(day=21), last
    return first, last


_RELATIVE: Dict[str, int] = {
    "avanthier": -2, "hier": -1, "aujourdhui": 0, "ajd": 0, "auj": 0, "aujd": 0, "cesoir": 0, "cematin": 0,
    "cetaprem": 0, "cetapresmidi": 0, "demain": 1, "dmain": 1, "dem1": 1, "2m1": 1, "2main": 1, "apresdemain": 2,
}  # fmt: skip

# the more precise first: what one rule has read, the ones after it leave alone
_RULES: Tuple[Tuple["re.Pattern[str]", Callable[[Match[str], date], Days]], ...] = (
    (
        re.compile(
            rf"(?<![\d/])(?:(?:{_WEEKDAY})\s+)?(?:le\s+)?(?P<day>1er|\d{{1,2}})\s*(?P<month>{_MONTH})\b\.?"
            r"(?:\s*(?P<year>20\d\d)\b)?"
        ),
        _full,
    ),
    (
        re.compile(
            rf"(?<![\d/.,])(?:(?:{_WEEKDAY})\s+)?(?:le\s+)?(?P<day>\d{{1,2}})[/](?P<month>\d{{1,2}})"
            r"(?:[/](?P<year>20\d\d|\d\d))?(?![\d/])"
        ),
        _full,
    ),
    (
        re.compile(
            rf"\b(?<!au )(?P<this>ce\s+)?(?P<weekday>{_WEEKDAY})(?!\s+(?:au|a)\s+(?:{_WEEKDAY}))(?!s)\b"
            r"(?:\s+(?P<how>prochaine?|qui vient|pro|dernier|passe|d'avant|en huit|d'apres"
            r"|de la semaine pro(?:chaine)?)\b)?(?!\s+(?:le\s+)?(?:1er|\d{1,2})\b(?!\s*(?:h|:)))"
        ),
        _weekday,
    ),
    (
        re.compile(
            r"\b(?:avant[\s-]?hier|hier|aujourd'?\s?hui|ajd|aujd|auj|apres[\s-]?demain|demain|dmain|dem1|2m1|2main"
            r"|ce soir|ce matin|cet aprem|cet apres[\s-]?midi)\b"
        ),
        _relative,
    ),
    (
        re.compile(
            rf"\b(?P<when>dans|d'ici|d ici|il y a|y a|ya)\s+(?:environ\s+)?(?P<count>{NUMBER})\s*"
            r"(?P<unit>jours?|j|semaines?|sem|mois|ans?|annees?)\b"
        ),
        _in_a_while,
    ),
    (re.compile(r"\b(?:(?P<which>cette)\s+semaine|(?:la\s+)?semaine\s+pro(?:chaine)?)\b"), _week),
    (re.compile(r"\b(?:ce|le)\s+week[\s-]?end(?P<how>\s+pro(?:chain)?)?\b"), _weekend),
    (re.compile(r"\b(?:le\s+)?mois\s+pro(?:chain)?\b"), _next_month),
    (
        re.compile(
            rf"\b(?P<part>debut\s+|mi[\s-]|fin\s+)?(?:en\s+|de\s+|du\s+mois\s+de\s+|d')?(?P<month>{_WHOLE_MONTH})\b"
            r"(?:\s+(?P<year>20\d\d)\b)?"
        ),
        _named_month,
    ),
    (
        re.compile(
            rf"\b(?:(?P<weekday>{_WEEKDAY})\s+(?:le\s+)?|le\s+)(?P<day>1er|\d{{1,2}})\b"
            r"(?!\s*(?:h\b|heures?|:|[.,/%€]\s?\d|%|€|e\b|eme|ans\b|euros?|balles|places?))"
        ),
        _day_of_month,
    ),
)

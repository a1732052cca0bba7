"""Until when somebody wants peace: « jusqu'à lundi », « dix jours », « pas avant le 15 », « cette semaine ».

The answer is the first day on which messages are welcome again, on the writer's own calendar.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from nlu.french.dates import NUMBER, FoundDate, dates, number
from nlu.french.entities import fold

_ONE_DAY = timedelta(days=1)
# « jusquau 5 », « juska lundi », « jusqu'en mars »: all become « jusqu'a », « jusqu'le », « jusqu'en »
_AS_WRITTEN = re.compile(r"\bju?s(?:que?|k)(?:'|u\b)?\s*(?P<to>aux?|a|en)?\b")
_TO = {"au": "le", "en": "en"}
# right before a day: messages come again on that day
_UNTIL = re.compile(
    r"(?:\bjusqu'\s*(?:(?:aux?|a|en|le|la|ce|cette|l')\s*)*(?:rentree\s+(?:de\s+)?)?"
    r"|\bavant?\s+(?:(?:le|la|ce|l')\s*)*|\bd'?\s?ici\s+(?:(?:a|au|le|la|l')\s*)*"
    r"|\b(?:a\s+partir|a\s+compter)\s+d\w*'?\s*(?:le\s+)?|\bdes\s+(?:le\s+)?|\battend\w*\s+(?:le\s+)?"
    r"|\b(?:decal|report|differ)\w*\b[^,;.]{0,30}?\b(?:a|au)\s+(?:la\s+)?"
    r"|\b(?:c'est|cest)\s+pour\s+(?:le\s+)?)$"
)
# so do « on reprend lundi », « relance-moi en septembre », unless it is said with « pas »
_AGAIN = re.compile(
    r"\b(?:re\s?pren\w*|reprise|revien\w*|relanc\w*|recontact\w*|recommenc\w*|rappel(?:le|ez)\b|reecri\w*"
    r"|ecri[st]?(?:vez)?\b|on\s+se\s+(?:reparle|retrouve|revoit))\b[^,;.!?]{0,30}"
    r"(?:plus tard\s*,\s*(?:en\s+|le\s+)?)?$"
)
_NOT = re.compile(r"\b(?:pas?|ne|n'|rien|jamais|plus de|pu de|aucune?|sans|arret\w*)\b")
_CLAUSE_ENDS = re.compile(r"[,;.!?]|\b(?:et|puis|apres|ensuite|mais)\b")
_WELCOME = re.compile(r"^\s*(?:c'?est (?:bon|ok)|on (?:reprend|recommence)|tu (?:peux|repren\w*))")
# « après le 20 », « jusqu'à vendredi inclus »: the morning after
_AFTER = re.compile(r"\ba?pres\s+(?:(?:le|la|ce|l')\s*)?$")
_INCLUDED = re.compile(r"^\s*(?:soir\b|inclus|compris|y compris)")
_END_OF = re.compile(r"\bfin\s+(?:(?:de|du|d')\s*)?(?:(?:la|le|ce|cette)\s+)?$")
_PAST = ("il y a", "y a ", "ya ")
# what the rules of `dates` take with a day
_ARTICLE = re.compile(r"(?:(?:le|en|de|du|dans)\s+|d')")

_LENGTH = re.compile(
    rf"\b(?P<count>{NUMBER}|une?\s+(?:dizaine|quinzaine|vingtaine|trentaine)\s+de)\s*"
    r"(?P<unit>jours?|j|semaines?|sem|mois|ans?|annees?|h|heures?)\b(?!\s*(?:par\b|/))"
)
_ABOUT_DAYS = {"dizaine": 10, "quinzaine": 15, "vingtaine": 20, "trentaine": 30}
_FORTNIGHT = re.compile(r"\b(?:une\s+)?quinzaine\b")
# « il y a deux jours », « toutes les deux semaines », « j'ai 17 ans » are no length
_NO_LENGTH = re.compile(
    r"\b(?:(?:il y a|y a|ya|depuis)\s+(?:environ\s+)?|(?:par|tou[ts]\w*\s+les?|chaque)\s+|(?:j'ai|jai|ai|g)\s+)$"
)
# a length in hours is one from half a day on
_LEAST_HOURS, _DAY_HOURS = 12, 24

_THIS_WEEK = re.compile(r"\b(?:(?:toute\s+)?la\s+semaine(?!\s+(?:pro|d))|cet?te?\s+sem(?:aine)?)\b")
_WEEKEND = re.compile(r"\b(?:ce|le|du)\s+(?:w\.?-?e|wknd|weekend)\b")
_THIS_MONTH = re.compile(r"\b(?:ce|le|du)\s+mois(?:[\s-]+ci)?\b(?!\s+(?:pro|de\s))")
_NEXT_YEAR = re.compile(r"\bl'annee\s+pro(?:chaine)?\b")
_YEAR = re.compile(r"\ben\s+(?P<year>20\d\d)\b")
_MIDDLE = re.compile(r"\bmi[\s-]")
# (month, day) on which it begins, and of the first day after it; « la rentrée » is that of September
_FEASTS = (
    (re.compile(r"\brentree\b(?!\s+de)|\brentree\s+de\s+septembre\b"), (9, 1), (9, 2)),
    (re.compile(r"\bnoel\b"), (12, 25), (12, 26)),
    (re.compile(r"\b(?:nouvel an|jour de l'an|premier de l'an)\b"), (1, 1), (1, 2)),
)
_SUMMER, _SUMMER_IS_OVER = re.compile(r"\b(?:l'|cet\s+)ete\b"), (9, 1)


def pause_ends(text: str, today: date, *, bare_is_until: bool = False) -> date | None:
    """The first day on which messages are welcome again, later than ``today``; None when the text names none.

    « jusqu'à lundi » is that Monday, « cette semaine » the Monday after it, « dix jours » ten days from today. When a
    day is what was asked for (``bare_is_until``), « lundi » is « jusqu'à lundi »; else it is that day alone, and
    messages come again on Tuesday.
    """
    # `dates` reads « le 15 », not « au 15 »
    folded = _AS_WRITTEN.sub(lambda match: f"jusqu'{_TO.get(match['to'] or '', 'a')} ", fold(text))
    ends = list(_ends(folded, today, bare_is_until=bare_is_until))
    # « cette semaine, on reprend mardi »: what is said of the end counts
    said_to_be_ends = [day for day, said in ends if said]
    length = _length(folded, today)
    if length is not None and (start := _start(folded, today)) is not None:
        return max(start + (length - today), today + _ONE_DAY)
    if said_to_be_ends:
        day = said_to_be_ends[-1]
    elif length is not None:
        day = length
    elif ends:
        day = max(day for day, _ in ends)
    else:
        return None
    # « jusqu'à ce soir »
    return max(day, today + _ONE_DAY)


def says_until(text: str) -> bool:
    """« stop jusqu'à lundi » is no STOP."""
    return _AS_WRITTEN.search(fold(text)) is not None


def _ends(folded: str, today: date, *, bare_is_until: bool) -> Iterator[tuple[date, bool]]:
    """(first welcome day, is it said to be the end?) by each day or period that is named, in their order."""
    for each in sorted(_days(folded, today), key=lambda found: found.start):
        itself, after = folded[each.start : each.end], folded[each.end :]
        before = folded[: each.start]
        if (article := _ARTICLE.match(itself)) is not None:
            before += article[0]
        day_after = each.last + _ONE_DAY
        if itself.startswith(_PAST) or day_after <= today:
            continue
        # `dates` takes the eleventh for the middle of a month
        first = each.first + timedelta(days=4) if _MIDDLE.match(itself) else each.first
        if _AFTER.search(before) or _INCLUDED.match(after):
            yield day_after, True
        elif _UNTIL.search(before):
            yield (day_after if _END_OF.search(before) or itself.startswith("fin ") else first), True
        elif _asks_again(before) or _WELCOME.match(after) or itself.startswith("dans "):
            yield first, True
        else:
            # « lundi », « septembre », to « until when? »
            one = each.first == each.last or (each.first.day == 1 and day_after.day == 1)
            yield (first if bare_is_until and one else day_after), False


def _asks_again(before: str) -> bool:
    return _AGAIN.search(before) is not None and not _NOT.search(_CLAUSE_ENDS.split(before)[-1])


def _days(folded: str, today: date) -> Iterator[FoundDate]:
    """What `dates` finds, and what a pause is told by besides."""
    found = list(dates(folded, today))
    yield from found

    def free(pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.search(folded)
        if match is None or any(match.start() < each.end and each.start < match.end() for each in found):
            return None
        return match

    monday = today - timedelta(days=today.weekday())
    next_month = today.replace(day=1) + relativedelta(months=1)
    new_year = date(today.year + 1, 1, 1)
    for pattern, first, day_after in (
        (_THIS_WEEK, today, monday + timedelta(days=7)),
        (_WEEKEND, monday + timedelta(days=5), monday + timedelta(days=7)),
        (_THIS_MONTH, today, next_month),
        (_NEXT_YEAR, new_year, new_year + relativedelta(years=1)),
        (_SUMMER, _coming(today, *_SUMMER_IS_OVER), _coming(today, *_SUMMER_IS_OVER)),
    ):
        if (match := free(pattern)) is not None:
            yield FoundDate(match.start(), match.end(), first, day_after - _ONE_DAY)
    if (match := free(_YEAR)) is not None and int(match["year"]) > today.year:
        first = date(int(match["year"]), 1, 1)
        yield FoundDate(match.start(), match.end(), first, first + relativedelta(years=1, days=-1))
    for pattern, begins, is_over in _FEASTS:
        if (match := free(pattern)) is not None:
            first = _coming(today, *begins)
            yield FoundDate(match.start(), match.end(), first, _coming(first, *is_over) - _ONE_DAY)


def _coming(today: date, month: int, day: int) -> date:
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else this_year + relativedelta(years=1)


def _length(folded: str, today: date) -> date | None:
    """The day that is as far away as is said: « 15j », « trois semaines », « un mois »."""
    for match in _LENGTH.finditer(folded):
        unit = match["unit"]
        count = next((days for name, days in _ABOUT_DAYS.items() if name in match["count"]), 0) or number(
            match["count"]
        )
        if _NO_LENGTH.search(folded[: match.start()]) or (unit.startswith("h") and count < _LEAST_HOURS):
            continue
        if unit.startswith("h"):
            return today + timedelta(days=-(-count // _DAY_HOURS))
        if unit.startswith("an"):
            return today + relativedelta(years=count)
        if unit == "mois":
            return today + relativedelta(months=count)
        return today + timedelta(days=count * (1 if unit.startswith("j") else 7))
    return today + timedelta(days=15) if _FORTNIGHT.search(folded) else None


def _start(folded: str, today: date) -> date | None:
    """« à partir de lundi, pendant deux semaines »: the length is counted from then."""
    for each in dates(folded, today):
        if re.search(r"\b(?:a\s+partir|a\s+compter)\s+d\w*'?\s*(?:le\s+)?$", folded[: each.start]):
            return each.first
    return None

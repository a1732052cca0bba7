"""When a person was born, and when something begins, as people write it: « 12/03/2009 », « mars 2009 », « 03/2009 ».

Unlike `dates`, it reads years that are past, and months without a day.
"""

import re
from datetime import date
from typing import Dict, Match, Optional

from nlu.french.dates import MONTHS

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
# the more precise first
_FORMS = (
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\s?[/.-]\s?(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    # with spaces only before a whole year: « 06 12 34 56 78 » is a phone number
    re.compile(r"(?<!\d)(?P<day>\d{1,2}) (?P<month>\d{1,2}) (?P<year>(?:19|20)\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>1er|\d{{1,2}})\s*(?P<month>{_MONTH})\.?\s*(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    re.compile(rf"\b(?P<month>{_MONTH})\.?\s*(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    re.compile(r"(?<![\d/.-])(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>(?:19|20)\d\d)(?!\d)"),
)


def dated(folded: str, today: date, *, past: bool) -> Optional[date]:
    """The first day or month (as its first day) with a year that the text names; None without one.

    A year of two digits is the latest that is not to come when ``past``, else one of this century. A day that does not
    exist (« 31 février ») is none, and no month either.
    """
    found: Dict[int, Optional[date]] = {}
    taken = bytearray(len(folded))
    for form in _FORMS:
        for match in form.finditer(folded):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                found[match.start()] = _read(match, today, past)
    days = [found[start] for start in sorted(found)]
    return next((day for day in days if day is not None), None)


def _read(match: Match[str], today: date, past: bool) -> Optional[date]:
    parts = match.groupdict()
    month = parts["month"]
    day = parts.get("day")
    try:
        return date(
            _year(parts["year"], today, past),
            int(month) if month.isdigit() else MONTHS[month],
            1 if day in (None, "1er") else int(str(day)),
        )
    except ValueError:  # no such day
        return None


def _year(written: str, today: date, past: bool) -> int:
    if len(written) == len("2009"):
        return int(written)
    century = 2000
    return century + int(written) - (100 if past and century + int(written) > today.year else 0)

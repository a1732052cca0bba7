"""When a person was born, and when something begins, as people write it: « 12/03/2009 », « mars 2009 », « 03/2009 ».

Unlike `dates`, it reads years that are past, and months without a day.
"""

import re
from datetime import date
from typing import Iterator, Optional

from nlu.french.dates import MONTHS

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
# the more precise first
_FORMS = (
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\s?[/.-]\s?(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>1er|\d{{1,2}})\s*(?P<month>{_MONTH})\.?\s*(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    re.compile(rf"\b(?P<month>{_MONTH})\.?\s*(?P<year>(?:19|20)\d\d|\d\d)(?!\d)"),
    re.compile(r"(?<![\d/.-])(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>(?:19|20)\d\d)(?!\d)"),
)


def dated(folded: str, today: date, *, past: bool) -> Optional[date]:
    """The first day or month (as its first day) with a year that the text names; None without one.

    A year of two digits is the latest that is not to come when ``past``, else one of this century.
    """
    return next(_found(folded, today, past), None)


def _found(folded: str, today: date, past: bool) -> Iterator[date]:
    for form in _FORMS:
        for match in form.finditer(folded):
            parts = match.groupdict()
            try:
                yield date(
                    _year(parts["year"], today, past),
                    MONTHS[parts["month"]] if not parts["month"].isdigit() else int(parts["month"]),
                    1 if parts.get("day") in (None, "1er") else int(parts["day"]),
                )
            except ValueError:  # no such day
                continue


def _year(written: str, today: date, past: bool) -> int:
    if len(written) == len("2009"):
        return int(written)
    century = 2000
    return century + int(written) - (100 if past and century + int(written) > today.year else 0)

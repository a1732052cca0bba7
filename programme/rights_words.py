"""What a person answers to our questions on days: the rhythm between the CFA and the company."""

import re

from nlu.french.dates import NUMBER, number
from nlu.french.entities import fold
from programme.rights import AlternatingWeeks, Rhythm, WeekDays

# what the rhythm's buttons carry
RHYTHMS: dict[str, Rhythm] = {
    "rhythm_1_3": AlternatingWeeks(company=3, cfa=1),
    "rhythm_2_2": AlternatingWeeks(company=2, cfa=2),
    "rhythm_2_days": WeekDays(frozenset({0, 1, 2})),
    "rhythm_full": WeekDays(),
}
_WEEKS = re.compile(rf"\b(?P<first>{NUMBER})\s*(?:semaines?|sem)\b\D*?\b(?P<second>{NUMBER})\b")
_DAYS = re.compile(rf"\b(?P<days>{NUMBER})\s*(?:jours?|j)\b")
_CFA_FIRST = re.compile(r"\b(?:cfa|cours|ecole)\b")
_ALL_THE_TIME = re.compile(r"\btout(?:e|es)?\b|\btoujours\b|\btemps plein\b|\btous les jours\b")


def rhythm_in(text: str) -> Rhythm | None:
    """« 1 semaine au CFA 3 en entreprise », « 2 jours de cours par semaine », « tout le temps en entreprise »."""
    plain = fold(text)
    if weeks := _WEEKS.search(plain):
        first, second = number(weeks["first"]), number(weeks["second"])
        cfa = _CFA_FIRST.search(plain)
        cfa_first = cfa is not None and cfa.start() < weeks.start("second")
        if 1 <= first <= 10 and 1 <= second <= 10:
            return AlternatingWeeks(company=second, cfa=first) if cfa_first else AlternatingWeeks(first, second)
    if days := _DAYS.search(plain):
        count = number(days["days"])
        company = count if "entreprise" in plain and not _CFA_FIRST.search(plain) else 5 - count
        return WeekDays(frozenset(range(company))) if 1 <= company <= 5 else None
    return WeekDays() if _ALL_THE_TIME.search(plain) else None

"""What people answer to our questions on days and delays."""

import pytest

from programme.rights import AlternatingWeeks, Rhythm, WeekDays
from programme.rights_words import rhythm_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1 semaine au cfa 3 en entreprise", AlternatingWeeks(company=3, cfa=1), id="courses first"),
        pytest.param("3 semaines en entreprise 1 au CFA", AlternatingWeeks(company=3, cfa=1), id="company first"),
        pytest.param("une semaine de cours et deux en boîte", AlternatingWeeks(company=2, cfa=1), id="in words"),
        pytest.param("2 jours de cours par semaine", WeekDays(frozenset({0, 1, 2})), id="days of courses"),
        pytest.param("4 jours en entreprise", WeekDays(frozenset({0, 1, 2, 3})), id="days in the company"),
        pytest.param("tout le temps en entreprise", WeekDays(), id="always in the company"),
        pytest.param("0 semaine et 200 semaines", None, id="no such rhythm"),
        pytest.param("7 jours de cours", None, id="no day left"),
        pytest.param("banane", None, id="nonsense"),
    ],
)
def test_the_rhythm_is_read_as_people_say_it(text: str, expected: Rhythm | None) -> None:
    assert rhythm_in(text) == expected

"""Births and beginnings as people write them, read in November 2026."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.french.births import dated
from nlu.french.entities import fold

TODAY = date(2026, 11, 23)


def read(text: str, *, past: bool = True) -> str | None:
    found = dated(fold(text), TODAY, past=past)
    return found.isoformat() if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("12/03/2009", "2009-03-12", id="slashes"),
        pytest.param("12.03.2009", "2009-03-12", id="dots"),
        pytest.param("12-3-2009", "2009-03-12", id="hyphens"),
        pytest.param("12 / 03 / 2009", "2009-03-12", id="spaces around slashes"),
        pytest.param("2009-03-12", "2009-03-12", id="as a form sends it"),
        pytest.param("je suis né le 12 mars 2009", "2009-03-12", id="in a sentence"),
        pytest.param("12 Août 2008", "2008-08-12", id="accent and capital"),
        pytest.param("1er févr. 2010", "2010-02-01", id="the first, month cut short"),
        pytest.param("12mars2009", "2009-03-12", id="without spaces"),
        pytest.param("mars 2009", "2009-03-01", id="a month is its first day"),
        pytest.param("née en décembre 2008", "2008-12-01", id="a month in a sentence"),
        pytest.param("sept 2009", "2009-09-01", id="sept is no number"),
        pytest.param("03/2009", "2009-03-01", id="a month in digits"),
        pytest.param("29/02/2008", "2008-02-29", id="a leap day"),
        pytest.param("31/12/1999", "1999-12-31", id="the century before"),
    ],
)
def test_a_birth_is_read_as_people_write_it(text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1er septembre 2026", "2026-09-01", id="a past day"),
        pytest.param("septembre 2027", "2027-09-01", id="a month to come"),
        pytest.param("il a commencé le 15/09/2025", "2025-09-15", id="in a sentence"),
    ],
)
def test_a_beginning_may_be_past_or_to_come(text: str, expected: str) -> None:
    assert read(text, past=False) == expected


@pytest.mark.parametrize(
    ("text", "birth", "beginning"),
    [
        pytest.param("12/03/09", "2009-03-12", "2009-03-12", id="09"),
        pytest.param("5 mai 00", "2000-05-05", "2000-05-05", id="00"),
        pytest.param("mars 26", "2026-03-01", "2026-03-01", id="this year is past enough for both"),
        pytest.param("01/09/27", "1927-09-01", "2027-09-01", id="next year: nobody is born then"),
        pytest.param("01/09/99", "1999-09-01", "2099-09-01", id="99"),
    ],
)
def test_two_digits_are_a_past_year_for_a_birth_and_one_of_this_century_for_a_beginning(
    text: str, birth: str, beginning: str
) -> None:
    assert (read(text), read(text, past=False)) == (birth, beginning)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("31/02/2009", id="31 February"),
        pytest.param("29/02/2009", id="29 February of a common year"),
        pytest.param("12/13/2009", id="a thirteenth month"),
        pytest.param("13/2009", id="a thirteenth month without day"),
        pytest.param("0/2009", id="no month"),
        pytest.param("00/03/2009", id="no day"),
        pytest.param(
            "31 février 2009",
            id="31 February in words",
        ),
    ],
)
def test_a_day_that_does_not_exist_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2009",
        "né en 2009",
        "17 ans",
        "12 mars",
        "le 12",
        "mars",
        "0612345678",
        "06 12 34 56 78",
        "1/2",
        "12/03/20091",
    ],
)
def test_what_has_no_month_or_no_year_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("né le 12/03/2009, pas le 13/04/2010", "2009-03-12", id="two days"),
        pytest.param("mars 2009 ou avril 2010", "2009-03-01", id="two months"),
        pytest.param("31/02/2009 ou plutôt 03/04/2009", "2009-04-03", id="the first that exists"),
        pytest.param("12 mars 2009", "2009-03-12", id="the month of a day is not a second date"),
    ],
)
def test_of_several_dates_the_first_counts(text: str, expected: str) -> None:
    assert read(text) == expected


def test_a_month_that_comes_before_a_day_counts_too() -> None:
    assert read("né en mars 2009, mon contrat commence le 01/09/2026") == "2009-03-01"


PIECES = st.sampled_from([*"0123456789", "/", "-", ".", " ", "1er", "mars", "févr", "sept.", "20", "19", "٣", "²", "é"])


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)), st.booleans())
def test_any_text_is_a_date_or_none(text: str, past: bool) -> None:
    found = dated(fold(text), TODAY, past=past)
    assert found is None or 1900 <= found.year <= 2099

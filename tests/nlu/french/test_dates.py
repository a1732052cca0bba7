"""Days and hours as people write them, on a Monday in November."""

from datetime import date

import pytest

from nlu.french.dates import dates, hours
from nlu.french.entities import fold

MONDAY = date(2026, 11, 23)


def days_in(text: str, today: date = MONDAY) -> list[str]:
    """First days, with the last ones of periods."""
    return [
        f"{each.first}" if each.first == each.last else f"{each.first}/{each.last}" for each in dates(fold(text), today)
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        pytest.param("mardi", ["2026-11-24"], id="the next one"),
        pytest.param("lundi", ["2026-11-30"], id="today's name is a week from now"),
        pytest.param("ce lundi", ["2026-11-23"], id="unless it is this one"),
        pytest.param("Mardi prochain 14h", ["2026-12-01"], id="prochain is not tomorrow"),
        pytest.param("jeudi prochain", ["2026-11-26"], id="prochain in this week"),
        pytest.param("vendredi en huit", ["2026-12-04"], id="en huit"),
        pytest.param("mercredi dernier", ["2026-11-18"], id="dernier"),
        pytest.param("le 3", ["2026-12-03"], id="day of the month to come"),
        pytest.param("le 28", ["2026-11-28"], id="day of this month"),
        pytest.param("le 1er", ["2026-12-01"], id="the first"),
        pytest.param("le 31", ["2026-12-31"], id="a month that has it"),
        pytest.param("jeudi 26 novembre", ["2026-11-26"], id="in full"),
        pytest.param("3 déc.", ["2026-12-03"], id="month cut short"),
        pytest.param("le 3 mars", ["2027-03-03"], id="past this year"),
        pytest.param("3/12", ["2026-12-03"], id="digits"),
        pytest.param("03/12/27", ["2027-12-03"], id="digits with year"),
        pytest.param("dem1", ["2026-11-24"], id="sms"),
        pytest.param("après-demain", ["2026-11-25"], id="the day after"),
        pytest.param("dans 2 semaines", ["2026-12-07"], id="in weeks"),
        pytest.param("dans dix jours", ["2026-12-03"], id="in days, spelled out"),
        pytest.param("dans un mois", ["2026-12-23"], id="in a month"),
        pytest.param("il y a 3 jours", ["2026-11-20"], id="ago"),
        pytest.param("la semaine pro", ["2026-11-30/2026-12-06"], id="next week"),
        pytest.param("ce week-end", ["2026-11-28/2026-11-29"], id="weekend"),
        pytest.param("en septembre", ["2027-09-01/2027-09-30"], id="a month"),
        pytest.param("début mars 2027", ["2027-03-01/2027-03-10"], id="its beginning"),
        pytest.param("mardi ou le 3/12", ["2026-11-24", "2026-12-03"], id="two of them"),
    ],
)
def test_days_are_read(text: str, days: list[str]) -> None:
    assert days_in(text) == days


@pytest.mark.parametrize(
    "text",
    ["le 2e", "le 93", "du lundi au vendredi", "j'ai 17 ans", "le 3e atelier", "35h", "les mardis", "le 15 %", "3/44"],
)
def test_what_is_no_day_is_left_alone(text: str) -> None:
    assert days_in(text) == []


def test_a_month_after_the_31st_ends_with_its_month() -> None:
    assert days_in("dans un mois", date(2027, 1, 31)) == ["2027-02-28"]


def test_a_29th_of_february_waits_for_a_year_that_has_one() -> None:
    assert days_in("le 29 février 2028") == ["2028-02-29"]
    assert days_in("29/02/2027") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("14h", ["14:00"], id="h"),
        pytest.param("à 9 heures", ["09:00"], id="heures"),
        pytest.param("9h30", ["09:30"], id="minutes"),
        pytest.param("14:05", ["14:05"], id="colon"),
        pytest.param("8h et demie", ["08:30"], id="half"),
        pytest.param("midi", ["12:00"], id="noon"),
        pytest.param("après-midi", [], id="afternoon is no hour"),
        pytest.param("je fais 35h par semaine", [], id="a duration"),
        pytest.param("20h/semaine", [], id="a duration with a slash"),
        pytest.param("42h", [], id="no such hour"),
    ],
)
def test_hours_are_read(text: str, expected: list[str]) -> None:
    assert [each.hour.isoformat("minutes") for each in hours(fold(text))] == expected

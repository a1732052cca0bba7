"""Amounts, dates and hours as a French reader expects them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from programme import french

PARIS = ZoneInfo("Europe/Paris")
NARROW = "\u202f"
WIDE = "\u00a0"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0, "0", id="zero"),
        pytest.param(35, "35", id="whole"),
        pytest.param(35.0, "35", id="whole, written as a float"),
        pytest.param(100, "100", id="its zeros stay"),
        pytest.param(2.5, "2,5", id="one decimal"),
        pytest.param(151.67, "151,67", id="two decimals"),
        pytest.param(999, "999", id="below a thousand"),
        pytest.param(1000, f"1{NARROW}000", id="a thousand"),
        pytest.param(1867.02, f"1{NARROW}867,02", id="a thousand with decimals"),
        pytest.param(1234567, f"1{NARROW}234{NARROW}567", id="millions"),
        pytest.param(Decimal("1112.05"), f"1{NARROW}112,05", id="an exact number"),
    ],
)
def test_numbers_have_a_comma_and_spaced_thousands(value: float | Decimal, expected: str) -> None:
    assert french.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(500, f"500{WIDE}€", id="whole"),
        pytest.param(2000, f"2{NARROW}000{WIDE}€", id="whole thousands"),
        pytest.param(504.1, f"504,10{WIDE}€", id="one decimal is written as two"),
        pytest.param(Decimal("504.10"), f"504,10{WIDE}€", id="an exact number"),
        pytest.param(0.23, f"0,23{WIDE}€", id="cents only"),
        pytest.param(0.05, f"0,05{WIDE}€", id="five cents"),
        pytest.param(1867.02, f"1{NARROW}867,02{WIDE}€", id="thousands and cents"),
        pytest.param(Decimal("500.00"), f"500{WIDE}€", id="cents that are zero are left out"),
    ],
)
def test_amounts_are_whole_or_have_two_decimals(value: float | Decimal, expected: str) -> None:
    assert french.euros(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(27, f"27{WIDE}%", id="whole"),
        pytest.param(100, f"100{WIDE}%", id="hundred"),
        pytest.param(9.7, f"9,7{WIDE}%", id="one decimal"),
        pytest.param(21.01, f"21,01{WIDE}%", id="two decimals"),
    ],
)
def test_percents_are_kept_beside_their_sign(value: float, expected: str) -> None:
    assert french.percent(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(date(2026, 11, 3), "3 novembre 2026", id="ordinary"),
        pytest.param(date(2026, 6, 1), "1er juin 2026", id="first of the month"),
        pytest.param(date(2026, 8, 21), "21 août 2026", id="twenty-first is no first"),
        pytest.param(date(2028, 2, 29), "29 février 2028", id="leap day"),
        pytest.param(date(2026, 12, 31), "31 décembre 2026", id="last of the year"),
    ],
)
def test_days_are_written_in_full(value: date, expected: str) -> None:
    assert french.day(value) == expected


@pytest.mark.parametrize(
    ("instant", "zone", "expected"),
    [
        pytest.param("2026-11-24T13:30+00:00", "Europe/Paris", "mardi 24 novembre à 14h30", id="winter, with minutes"),
        pytest.param("2026-07-01T12:00+00:00", "Europe/Paris", "mercredi 1er juillet à 14h", id="summer, first"),
        pytest.param(
            "2026-11-24T08:05+00:00", "Europe/Paris", "mardi 24 novembre à 9h05", id="minutes have two digits"
        ),
        pytest.param(
            "2026-11-23T23:30+00:00", "Europe/Paris", "mardi 24 novembre à 0h30", id="already tomorrow in Paris"
        ),
        pytest.param(
            "2026-10-25T00:59+00:00", "Europe/Paris", "dimanche 25 octobre à 2h59", id="before clocks go back"
        ),
        pytest.param("2026-10-25T01:00+00:00", "Europe/Paris", "dimanche 25 octobre à 2h", id="after clocks went back"),
        pytest.param(
            "2027-03-28T00:59+00:00", "Europe/Paris", "dimanche 28 mars à 1h59", id="before clocks go forward"
        ),
        pytest.param("2027-03-28T01:00+00:00", "Europe/Paris", "dimanche 28 mars à 3h", id="after clocks went forward"),
        pytest.param("2026-11-24T02:30+00:00", "America/Martinique", "lundi 23 novembre à 22h30", id="still yesterday"),
        pytest.param("2026-07-01T12:00+00:00", "Indian/Reunion", "mercredi 1er juillet à 16h", id="no summer time"),
        pytest.param("2026-11-24T14:30+01:00", "Europe/Paris", "mardi 24 novembre à 14h30", id="an instant not in UTC"),
    ],
)
def test_an_instant_is_told_in_the_hours_of_the_mission_locale(instant: str, zone: str, expected: str) -> None:
    assert french.day_and_hour(datetime.fromisoformat(instant), ZoneInfo(zone)) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        pytest.param(datetime(2026, 11, 24, 13, 30, tzinfo=UTC), "mar. 24/11 14h30", id="with minutes"),
        pytest.param(datetime(2026, 12, 5, 8, 0, tzinfo=UTC), "sam. 05/12 9h", id="on the hour"),
    ],
)
def test_buttons_carry_a_short_day_and_hour(instant: datetime, expected: str) -> None:
    assert french.short_day_and_hour(instant, PARIS) == expected


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        pytest.param(1, "1er", id="first"),
        pytest.param(2, "2e", id="second"),
        pytest.param(21, "21e", id="twenty-first"),
    ],
)
def test_only_the_first_rank_is_written_er(position: int, expected: str) -> None:
    assert french.rank(position) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, "0 place", id="zero is singular in French"),
        pytest.param(1, "1 place", id="one"),
        pytest.param(2, "2 places", id="two"),
    ],
)
def test_plural_starts_at_two(count: int, expected: str) -> None:
    assert french.plural(count, "place", "places") == expected

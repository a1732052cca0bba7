"""How long the team was at work between two moments."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.working_hours import A_DAY, after_worked, before_worked, worked_between
from tests.conftest import PARIS

CAYENNE = ZoneInfo("America/Cayenne")
HOUR = timedelta(hours=1)
moments = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
works = st.integers(1, 80 * 60).map(lambda minutes: timedelta(minutes=minutes))
days = st.integers(0, 30 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def at(written: str, zone: ZoneInfo = PARIS) -> datetime:
    """« 2026-11-23 09:00 » there."""
    return datetime.fromisoformat(written).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-11-23 09:00", "2026-11-23 17:30", 7, id="a whole Monday"),
        pytest.param("2026-11-23 00:00", "2026-11-24 00:00", 7, id="a Monday from midnight to midnight"),
        pytest.param("2026-11-23 11:30", "2026-11-23 14:00", 1, id="lunch is not work"),
        pytest.param("2026-11-23 12:00", "2026-11-23 13:30", 0, id="lunch alone"),
        pytest.param("2026-11-27 16:30", "2026-11-30 10:00", 2, id="over the week-end"),
        pytest.param("2026-11-28 08:00", "2026-11-29 22:00", 0, id="a week-end alone"),
        pytest.param("2026-11-10 16:30", "2026-11-12 10:00", 2, id="over the eleventh of November"),
        pytest.param("2026-11-23 18:00", "2026-11-24 08:00", 0, id="a night"),
        pytest.param("2026-03-27 16:30", "2026-03-30 10:00", 2, id="clocks go forward in between"),
        pytest.param("2026-10-23 16:30", "2026-10-26 10:00", 2, id="clocks go back in between"),
        pytest.param("2026-11-23 10:00", "2026-11-23 10:00", 0, id="the same moment"),
        pytest.param("2026-11-23 17:00", "2026-11-23 09:00", 0, id="the end before the start"),
        pytest.param("2026-11-16 00:00", "2026-11-23 00:00", 35, id="a week"),
    ],
)
def test_only_hours_of_work_count(start: str, end: str, hours: float) -> None:
    assert worked_between(at(start), at(end), PARIS) == hours * HOUR


def test_the_hours_are_those_of_the_place() -> None:
    # noon to two in Paris is eight to ten in Cayenne
    start, end = at("2026-11-23 12:00"), at("2026-11-23 14:00")
    assert worked_between(start, end, PARIS) == HOUR / 2
    assert worked_between(start, end, CAYENNE) == HOUR


def test_a_public_holiday_of_the_place_is_no_work() -> None:
    # the tenth of June: the abolition of slavery, in Guyane alone
    start, end = datetime(2027, 6, 10, tzinfo=UTC), datetime(2027, 6, 11, tzinfo=UTC)
    assert worked_between(start, end, PARIS) == A_DAY
    assert worked_between(start, end, CAYENNE) == timedelta(0)


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        pytest.param("2026-11-23 09:00", 3, "2026-11-23 12:00", id="until lunch"),
        pytest.param("2026-11-23 10:00", 4, "2026-11-23 15:30", id="over lunch"),
        pytest.param("2026-11-27 16:30", 4, "2026-11-30 12:00", id="over the week-end"),
        pytest.param("2026-11-28 20:00", 1, "2026-11-30 10:00", id="from a Saturday night"),
        pytest.param("2026-11-10 17:00", 1, "2026-11-12 09:30", id="over a public holiday"),
        pytest.param("2026-11-28 20:00", 0, "2026-11-28 20:00", id="no work at all"),
    ],
)
def test_it_is_known_when_so_many_hours_will_be_worked(start: str, hours: int, expected: str) -> None:
    assert after_worked(at(start), hours * HOUR, PARIS) == at(expected)


@pytest.mark.parametrize(
    ("end", "hours", "expected"),
    [
        pytest.param("2026-11-23 12:00", 3, "2026-11-23 09:00", id="since the morning"),
        pytest.param("2026-11-23 15:30", 4, "2026-11-23 10:00", id="over lunch"),
        pytest.param("2026-11-30 09:30", 1, "2026-11-27 17:00", id="over the week-end"),
        pytest.param("2026-11-29 20:00", 1, "2026-11-27 16:30", id="from a Sunday night"),
        pytest.param("2026-11-29 20:00", 0, "2026-11-29 20:00", id="no work at all"),
    ],
)
def test_it_is_known_since_when_so_many_hours_were_worked(end: str, hours: int, expected: str) -> None:
    assert before_worked(at(end), hours * HOUR, PARIS) == at(expected)


@given(start=moments, worked=works)
def test_counting_forward_agrees_with_the_count_between(start: datetime, worked: timedelta) -> None:
    assert worked_between(start, after_worked(start, worked, PARIS), PARIS) == worked


@given(end=moments, worked=works)
def test_counting_back_agrees_with_the_count_between(end: datetime, worked: timedelta) -> None:
    assert worked_between(before_worked(end, worked, PARIS), end, PARIS) == worked


@given(start=moments, gone=days, worked=works)
def test_who_waits_since_then_or_longer_has_waited_for_so_many_hours(
    start: datetime, gone: timedelta, worked: timedelta
) -> None:
    end = start + gone
    assert (worked_between(start, end, PARIS) >= worked) == (start <= before_worked(end, worked, PARIS))


@given(first=moments, second=moments, third=moments)
def test_what_is_worked_in_two_parts_adds_up(first: datetime, second: datetime, third: datetime) -> None:
    start, between, end = sorted([first, second, third])
    parts = worked_between(start, between, PARIS) + worked_between(between, end, PARIS)
    assert parts == worked_between(start, end, PARIS)

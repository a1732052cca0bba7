"""How long a freed seat is held."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.waiting_list import held_until

PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "starts_at", "until"),
    [
        pytest.param("2027-03-01T11:00", "2027-03-20T14:00", "2027-03-02T11:00", id="three weeks before: a day"),
        pytest.param("2027-03-15T09:30", "2027-03-20T14:00", "2027-03-16T10:00", id="half a day would end at night"),
        pytest.param("2027-03-16T08:00", "2027-03-20T14:00", "2027-03-17T10:00", id="at eight sharp it is night"),
        pytest.param("2027-03-18T10:00", "2027-03-20T14:00", "2027-03-18T14:00", id="two days before: four hours"),
        pytest.param("2027-03-18T23:00", "2027-03-20T14:00", "2027-03-19T13:00", id="told in the morning after"),
        pytest.param("2027-03-19T22:00", "2027-03-20T14:00", "2027-03-20T10:00", id="the evening before"),
        pytest.param(
            "2027-03-19T22:00", "2027-03-20T09:00", "2027-03-20T09:00", id="no morning left: nobody can be told"
        ),
        pytest.param("2027-03-12T11:00", "2027-03-20T14:00", "2027-03-15T10:00", id="a day would end on a Saturday"),
        pytest.param("2027-03-13T11:00", "2027-03-15T14:00", "2027-03-15T10:00", id="on a Saturday, for Monday"),
        pytest.param("2027-03-20T06:30", "2027-03-20T14:00", "2027-03-20T10:00", id="in the early morning of the day"),
        pytest.param("2027-03-20T10:00", "2027-03-20T14:00", "2027-03-20T10:15", id="four hours before: a quarter"),
        pytest.param("2027-03-20T13:55", "2027-03-20T14:00", "2027-03-20T14:00", id="never after the start"),
        pytest.param("2027-03-27T21:00", "2027-04-01T14:00", "2027-03-30T13:00", id="the clocks go forward, Easter"),
        pytest.param("2027-10-30T21:00", "2027-11-04T14:00", "2027-11-02T13:00", id="the clocks go back, All Saints"),
    ],
)
def test_a_seat_is_held_for_a_shorter_time_as_the_date_nears_and_never_until_the_night(
    now: str, starts_at: str, until: str
) -> None:
    assert held_until(now=paris(now), starts_at=paris(starts_at), zone=PARIS) == paris(until)


@given(minutes=st.integers(0, 30 * 24 * 60), left=st.integers(1, 40 * 24 * 60))
def test_an_offer_always_leaves_some_time_and_ends_by_the_start(minutes: int, left: int) -> None:
    now = datetime(2027, 3, 10, tzinfo=UTC) + timedelta(minutes=minutes)
    starts_at = now + timedelta(minutes=left)
    assert now < held_until(now=now, starts_at=starts_at, zone=PARIS) <= starts_at

"""When somebody may be written to."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from programme.deliveries.hours import decent, decent_day, next_decent, previous_decent

PARIS, REUNION, CAYENNE = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("America/Cayenne")
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Paris", "Indian/Reunion", "Indian/Mayotte", "America/Cayenne", "America/Guadeloupe",
                 "America/Martinique", "America/Miquelon", "Pacific/Noumea", "Pacific/Tahiti")
]  # fmt: skip


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        pytest.param("2027-09-01T09:00+02:00", PARIS, True, id="nine sharp"),
        pytest.param("2027-09-01T08:59+02:00", PARIS, False, id="a minute before"),
        pytest.param("2027-09-01T19:59+02:00", PARIS, True, id="the last minute"),
        pytest.param("2027-09-01T20:00+02:00", PARIS, False, id="eight in the evening"),
        pytest.param("2027-09-04T11:00+02:00", PARIS, False, id="a Saturday"),
        pytest.param("2027-09-05T11:00+02:00", PARIS, False, id="a Sunday"),
        pytest.param("2027-11-11T11:00+01:00", PARIS, False, id="a public holiday"),
        pytest.param("2027-09-01T09:30+02:00", REUNION, True, id="half past eleven in La Réunion"),
        pytest.param("2027-09-01T19:00+02:00", REUNION, False, id="nine in the evening in La Réunion"),
        pytest.param("2027-09-01T10:00+02:00", CAYENNE, False, id="five in the morning in Cayenne"),
        pytest.param("2027-12-20T10:00+04:00", REUNION, False, id="the abolition of slavery, there"),
        pytest.param("2027-12-20T10:00+01:00", PARIS, True, id="the same day, elsewhere"),
        pytest.param("2027-06-10T10:00-03:00", CAYENNE, False, id="the abolition of slavery in Guyane"),
    ],
)
def test_nothing_at_night_nor_on_a_day_off(moment: str, zone: ZoneInfo, expected: bool) -> None:
    assert decent(at(moment), zone) is expected


def test_the_day_of_the_thing_itself_is_a_day_to_be_reminded() -> None:
    saturday = at("2027-09-04T10:00+02:00")
    assert decent(saturday, PARIS, even_on=date(2027, 9, 4))
    assert not decent(at("2027-09-04T07:00+02:00"), PARIS, even_on=date(2027, 9, 4))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("2027-09-01T11:00+02:00", "2027-09-01T11:00+02:00", id="now is fine"),
        pytest.param("2027-09-01T06:00+02:00", "2027-09-01T09:00+02:00", id="in the morning"),
        pytest.param("2027-09-01T23:00+02:00", "2027-09-02T09:00+02:00", id="tomorrow"),
        pytest.param("2027-09-03T21:00+02:00", "2027-09-06T09:00+02:00", id="after the weekend"),
        pytest.param("2027-03-27T12:00+01:00", "2027-03-30T09:00+02:00", id="Easter, and the clocks go forward"),
        pytest.param("2027-10-30T12:00+02:00", "2027-11-02T09:00+01:00", id="the clocks go back, then All Saints"),
    ],
)
def test_what_may_not_be_said_now_waits_for_the_morning(moment: str, expected: str) -> None:
    assert next_decent(at(moment), PARIS) == at(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param("2027-09-01T11:00+02:00", "2027-09-01T11:00+02:00", id="now is fine"),
        pytest.param("2027-09-01T07:30+02:00", "2027-08-31T18:00+02:00", id="before the morning: the evening before"),
        pytest.param("2027-09-01T22:00+02:00", "2027-09-01T18:00+02:00", id="at night: earlier on"),
        pytest.param("2027-09-05T14:00+02:00", "2027-09-03T14:00+02:00", id="on a Sunday: on Friday"),
        pytest.param("2027-03-29T14:00+02:00", "2027-03-26T14:00+01:00", id="Easter Monday: the Friday before"),
    ],
)
def test_a_reminder_comes_earlier_rather_than_on_a_day_off(moment: str, expected: str) -> None:
    assert previous_decent(at(moment), PARIS) == at(expected)


FIRST, LAST = datetime(2026, 1, 1), datetime(2029, 12, 31)  # noqa: DTZ001 (hypothesis adds the zone)
MOMENTS = some.datetimes(FIRST, LAST, timezones=some.just(ZoneInfo("UTC")))


@given(MOMENTS, some.sampled_from(ZONES))
def test_what_is_put_off_is_said_later_at_a_decent_hour_and_no_later_than_need_be(
    moment: datetime, zone: ZoneInfo
) -> None:
    put_off = next_decent(moment, zone)
    assert put_off >= moment
    assert decent(put_off, zone)
    assert next_decent(put_off, zone) == put_off
    if put_off > moment:
        assert not decent(moment, zone)


@given(MOMENTS, some.sampled_from(ZONES))
def test_what_is_brought_forward_is_said_before_at_a_decent_hour(moment: datetime, zone: ZoneInfo) -> None:
    brought = previous_decent(moment, zone)
    assert brought <= moment
    assert decent(brought, zone)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_year_has_its_days_off_everywhere(zone: ZoneInfo) -> None:
    days = [date.fromordinal(date(2027, 1, 1).toordinal() + n) for n in range(365)]
    assert 245 < sum(decent_day(day, zone) for day in days) < 256

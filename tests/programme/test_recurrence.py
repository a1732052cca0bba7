"""Dates from a rule."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.errors import RuleWrong, SchoolYearUnknown
from programme.recurrence import in_school_holidays, last_known_school_day, occurrences

PARIS = ZoneInfo("Europe/Paris")
TUESDAYS = "FREQ=WEEKLY;BYDAY=TU"


def days(rule: str, starts_on: str, until: str, **given: object) -> list[str]:
    """As month-day."""
    found = occurrences(
        rule,
        starts_on=date.fromisoformat(starts_on),
        until=date.fromisoformat(until),
        at=time(9, 30),
        zone=PARIS,
        **given,  # type: ignore[arg-type]
    )
    return [f"{moment:%m-%d}" for moment in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(TUESDAYS, ["03-02", "03-09", "03-16", "03-23", "03-30"], id="every Tuesday"),
        pytest.param("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", ["03-02", "03-04", "03-16", "03-18", "03-30"], id="two"),
        pytest.param(f"{TUESDAYS};BYHOUR=10", ["03-02", "03-09", "03-16", "03-23", "03-30"], id="an hour of its own"),
        pytest.param("FREQ=WEEKLY;BYDAY=WE;BYHOUR=23", ["03-03", "03-10", "03-17", "03-24", "03-31"], id="last day"),
        pytest.param("FREQ=MONTHLY;BYDAY=1WE", ["03-03"], id="the first Wednesday of the month"),
        pytest.param(f"{TUESDAYS};COUNT=2", ["03-02", "03-09"], id="a count of its own"),
        pytest.param(f"{TUESDAYS};UNTIL=20270316T000000", ["03-02", "03-09", "03-16"], id="an end of its own"),
    ],
)
def test_a_rule_makes_the_dates_of_a_month(rule: str, expected: list[str]) -> None:
    assert days(rule, "2027-03-01", "2027-03-31") == expected


@pytest.mark.parametrize(
    ("starts_on", "until", "hours_utc"),
    [
        pytest.param("2027-03-23", "2027-03-30", [8, 7], id="the clocks go forward in between"),
        pytest.param("2027-10-26", "2027-11-02", [7, 8], id="the clocks go back in between"),
    ],
)
def test_the_hour_on_the_wall_stays(starts_on: str, until: str, hours_utc: list[int]) -> None:
    found = occurrences(
        TUESDAYS,
        starts_on=date.fromisoformat(starts_on),
        until=date.fromisoformat(until),
        at=time(9, 30),
        zone=PARIS,
    )
    assert [moment.astimezone(UTC).hour for moment in found] == hours_utc
    assert {moment.timetz().replace(tzinfo=None) for moment in found} == {time(9, 30)}


def test_an_overseas_zone_has_hours_of_its_own() -> None:
    (found,) = occurrences(
        TUESDAYS,
        starts_on=date(2027, 3, 2),
        until=date(2027, 3, 2),
        at=time(9, 30),
        zone=ZoneInfo("Indian/Reunion"),
    )
    assert found.astimezone(UTC) == datetime(2027, 3, 2, 5, 30, tzinfo=UTC)


def test_public_holidays_are_left_out_unless_they_are_asked_for() -> None:
    # 8 May 2027 is a Saturday, 1 May as well; 6 May is Ascension Day
    assert days("FREQ=WEEKLY;BYDAY=TH", "2027-05-01", "2027-05-15") == ["05-13"]
    assert days("FREQ=WEEKLY;BYDAY=TH", "2027-05-01", "2027-05-15", public_holidays=True) == ["05-06", "05-13"]


def test_school_holidays_are_those_of_the_zone() -> None:
    # given the spring holidays of 2027, a week apart from zone to zone
    of_each = {zone: days(TUESDAYS, "2027-04-01", "2027-05-12", school_zone=zone) for zone in "ABC"}
    # then each zone has its own weeks without a date
    everything = days(TUESDAYS, "2027-04-01", "2027-05-12")
    assert all(len(everything) - len(found) == 2 for found in of_each.values())
    assert len({tuple(found) for found in of_each.values()}) == 3


def test_beyond_the_published_calendar_nothing_is_planned_in_silence() -> None:
    after = last_known_school_day().replace(year=last_known_school_day().year + 1)
    with pytest.raises(SchoolYearUnknown):
        in_school_holidays(after, "C")
    with pytest.raises(SchoolYearUnknown):
        occurrences(
            TUESDAYS,
            starts_on=date(2028, 7, 1),
            until=date(2029, 7, 1),
            at=time(9),
            zone=PARIS,
            school_zone="C",
        )


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param("tous les mardis", id="words"),
        pytest.param("", id="nothing"),
        pytest.param("FREQ=HOURLY", id="every hour"),
        pytest.param("FREQ=DAILY;BYHOUR=9,14", id="twice a day"),
        pytest.param("DTSTART:20270301T000000\nRRULE:FREQ=DAILY", id="a start of its own"),
        pytest.param("RRULE:FREQ=DAILY\nEXDATE:20270302T000000", id="a set of rules"),
        pytest.param("FREQ=WEEKLY;BYDAY=XX", id="no such day"),
        pytest.param("FREQ=DAILY;INTERVAL=0", id="a step of nothing"),
        pytest.param("FREQ=WEEKLY;INTERVAL=-1", id="a step backwards"),
    ],
)
def test_what_is_no_rule_is_refused_by_its_name(rule: str) -> None:
    with pytest.raises(RuleWrong):
        days(rule, "2027-03-01", "2027-03-31")


def test_too_many_dates_are_a_slip() -> None:
    with pytest.raises(RuleWrong, match="more than 400"):
        days("FREQ=DAILY", "2027-01-01", "2029-01-01")


@given(
    start=st.dates(date(2026, 9, 1), date(2028, 5, 1)),
    length=st.integers(0, 200),
    weekday=st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA"]),
    zone=st.sampled_from([None, "A", "B", "C"]),
)
def test_dates_are_in_order_in_their_period_and_on_their_day(
    start: date, length: int, weekday: str, zone: str | None
) -> None:
    until = min(date.fromordinal(start.toordinal() + length), date(2028, 8, 31))
    found = occurrences(
        f"FREQ=WEEKLY;BYDAY={weekday}", starts_on=start, until=until, at=time(14), zone=PARIS, school_zone=zone
    )
    assert found == sorted(set(found))
    assert all(start <= moment.date() <= until for moment in found)
    assert {moment.weekday() for moment in found} <= {["MO", "TU", "WE", "TH", "FR", "SA"].index(weekday)}
    assert zone is None or not any(in_school_holidays(moment.date(), zone) for moment in found)

"""When each message is due, and until when it is of use."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from programme.deliveries.hours import decent
from programme.deliveries.schedule import Slot, of_booking, of_call_back, of_check_in, of_offer
from programme.models import EventKind, Purpose

PARIS, REUNION, CAYENNE = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("America/Cayenne")
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def due(slots: list[Slot], zone: ZoneInfo = PARIS) -> dict[str, str]:
    """When each is due, as the clock on the wall says it."""
    return {slot.purpose.value: slot.due_at.astimezone(zone).strftime("%a %d %b %H:%M") for slot in slots}


def reminders(
    starts_at: str, *, since: datetime = LONG_AGO, kind: EventKind = EventKind.ATELIER, zone: ZoneInfo = PARIS
) -> dict[str, str]:
    start = at(starts_at)
    return due(list(of_booking(starts_at=start, ends_at=start, kind=kind, since=since, zone=zone)), zone)


@pytest.mark.parametrize(
    ("starts_at", "zone", "expected"),
    [
        pytest.param(
            "2027-09-09T14:00+02:00",
            PARIS,
            ["Thu 02 Sep 11:00", "Wed 08 Sep 17:00", "Thu 09 Sep 12:00"],
            id="a Thursday afternoon",
        ),
        pytest.param(
            "2027-09-13T10:00+02:00",
            PARIS,
            ["Mon 06 Sep 11:00", "Fri 10 Sep 17:00", "Mon 13 Sep 09:00"],
            id="a Monday: the eve is Friday, and not before nine",
        ),
        pytest.param(
            "2027-09-09T09:00+02:00",
            PARIS,
            ["Thu 02 Sep 11:00", "Wed 08 Sep 17:00"],
            id="at nine: the eve has to do",
        ),
        pytest.param(
            "2027-09-11T14:00+02:00",
            PARIS,
            ["Fri 03 Sep 11:00", "Fri 10 Sep 17:00", "Sat 11 Sep 12:00"],
            id="a Saturday: reminded on that day all the same",
        ),
        pytest.param(
            "2027-03-31T14:00+02:00",
            PARIS,
            ["Wed 24 Mar 11:00", "Tue 30 Mar 17:00", "Wed 31 Mar 12:00"],
            id="the clocks go forward in between",
        ),
        pytest.param(
            "2027-11-02T14:00+01:00",
            PARIS,
            ["Tue 26 Oct 11:00", "Fri 29 Oct 17:00", "Tue 02 Nov 12:00"],
            id="the clocks go back, and All Saints is a day off",
        ),
        pytest.param(
            "2027-09-09T14:00+04:00",
            REUNION,
            ["Thu 02 Sep 11:00", "Wed 08 Sep 17:00", "Thu 09 Sep 12:00"],
            id="in La Réunion, by its own clock",
        ),
        pytest.param(
            "2027-06-11T14:00-03:00",
            CAYENNE,
            ["Fri 04 Jun 11:00", "Wed 09 Jun 17:00", "Fri 11 Jun 12:00"],
            id="the day after a holiday of Guyane",
        ),
        pytest.param(
            "2027-09-09T21:30+02:00",
            PARIS,
            ["Thu 02 Sep 11:00", "Wed 08 Sep 17:00", "Thu 09 Sep 19:30"],
            id="in the evening",
        ),
    ],
)
def test_a_seat_is_reminded_a_week_a_day_and_two_hours_before(
    starts_at: str, zone: ZoneInfo, expected: list[str]
) -> None:
    assert list(reminders(starts_at, zone=zone).values()) == expected


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        pytest.param("2027-08-20T10:00+02:00", ["booking_week", "booking_eve", "booking_hours"], id="long before"),
        pytest.param("2027-09-01T18:00+02:00", ["booking_eve", "booking_hours"], id="eight days before"),
        pytest.param("2027-09-08T10:00+02:00", ["booking_eve", "booking_hours"], id="on the eve, in the morning"),
        pytest.param("2027-09-08T16:00+02:00", ["booking_hours"], id="on the eve, an hour before the reminder"),
        pytest.param("2027-09-09T10:59+02:00", ["booking_hours"], id="in the morning itself"),
        pytest.param("2027-09-09T11:30+02:00", [], id="just before: it is fresh in mind"),
    ],
)
def test_who_books_late_has_the_reminders_that_are_left(booked: str, expected: list[str]) -> None:
    assert list(reminders("2027-09-09T14:00+02:00", since=at(booked))) == expected


def test_a_forum_has_its_training_before_and_its_thanks_after() -> None:
    assert reminders("2027-09-09T14:00+02:00", kind=EventKind.FORUM) == {
        "booking_week": "Thu 02 Sep 11:00",
        "booking_eve": "Wed 08 Sep 17:00",
        "booking_hours": "Thu 09 Sep 12:00",
        "forum_training": "Wed 01 Sep 11:00",
        # two days after is a Saturday
        "forum_after": "Mon 13 Sep 09:00",
    }


@pytest.mark.parametrize(
    ("offered_at", "until", "expected"),
    [
        pytest.param(
            "2027-09-01T11:00+02:00",
            "2027-09-02T11:00+02:00",
            {"seat_offer": "Wed 01 Sep 11:00", "seat_offer_ends": "Thu 02 Sep 09:00"},
            id="a day to answer",
        ),
        pytest.param(
            "2027-09-01T22:00+02:00",
            "2027-09-02T10:00+02:00",
            {"seat_offer": "Thu 02 Sep 09:00", "seat_offer_ends": "Thu 02 Sep 09:40"},
            id="set free at night: said in the morning",
        ),
        pytest.param(
            "2027-09-01T11:00+02:00", "2027-09-01T11:15+02:00", {"seat_offer": "Wed 01 Sep 11:00"}, id="a quarter"
        ),
        pytest.param("2027-09-01T23:00+02:00", "2027-09-02T08:30+02:00", {}, id="over before the morning"),
    ],
)
def test_an_offer_is_said_once_and_once_more_before_its_end(
    offered_at: str, until: str, expected: dict[str, str]
) -> None:
    slots = of_offer(
        offered_at=at(offered_at), offered_until=at(until), starts_at=at("2027-09-02T15:00+02:00"), zone=PARIS
    )
    assert due(list(slots)) == expected


def test_a_call_back_is_for_its_very_day_be_it_a_saturday() -> None:
    slot = of_call_back(promised_on=date(2027, 9, 4), zone=PARIS)
    assert (slot.due_at, slot.expires_at) == (at("2027-09-04T09:30+02:00"), at("2027-09-04T20:00+02:00"))


def test_news_of_a_contract_are_asked_for_after_work_on_a_working_day() -> None:
    assert due([of_check_in(due_on=date(2027, 9, 18), zone=PARIS)]) == {"check_in": "Mon 20 Sep 09:00"}
    assert due([of_check_in(due_on=date(2027, 9, 16), zone=PARIS)]) == {"check_in": "Thu 16 Sep 17:30"}


FIRST, LAST = datetime(2027, 1, 1), datetime(2029, 12, 31)  # noqa: DTZ001 (hypothesis adds the zone)


@given(
    some.datetimes(FIRST, LAST, timezones=some.just(UTC)),
    some.sampled_from([PARIS, REUNION, CAYENNE]),
    some.sampled_from(EventKind),
    some.integers(0, 30 * 24 * 60),
)
def test_reminders_come_after_the_booking_before_they_are_useless_and_at_decent_hours(
    starts_at: datetime, zone: ZoneInfo, kind: EventKind, minutes: int
) -> None:
    since = datetime.fromtimestamp(starts_at.timestamp() - 60 * minutes, UTC)
    slots = list(of_booking(starts_at=starts_at, ends_at=starts_at, kind=kind, since=since, zone=zone))
    for slot in slots:
        that_day = starts_at.astimezone(zone).date() if slot.purpose is Purpose.BOOKING_HOURS else None
        assert since <= slot.due_at < slot.expires_at
        assert decent(slot.due_at, zone, even_on=that_day)
        assert (slot.due_at < starts_at) == (slot.purpose is not Purpose.FORUM_AFTER)

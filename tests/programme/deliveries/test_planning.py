"""What is booked, offered, promised and signed makes messages: the same ones however often it is planned."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, contacts, outcomes, structures
from programme.contact_words import Told
from programme.deliveries.planning import plan_reminders
from programme.deliveries.zones import zone_of
from programme.models import Delivery, EventDate, Person, Purpose, Teller
from tests.conftest import NOW, PARIS
from tests.programme.at_once import at_once
from tests.programme.deliveries.builders import due_of

APerson = Callable[..., int]
ADate = Callable[..., int]
IN_A_WEEK = datetime(2026, 11, 30, 13, 0, tzinfo=UTC)  # a Monday at 14:00 in Paris
REUNION = ZoneInfo("Indian/Reunion")


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def plan(session: Session, now: datetime = NOW) -> int:
    return plan_reminders(session, zone=PARIS, now=now)


def book(session: Session, person_id: int, date_id: int, now: datetime = NOW - timedelta(days=30)) -> int:
    return bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=now).id


def purposes(session: Session) -> list[str]:
    return [purpose for purpose, _ in due_of(session)]


# -- bookings


def test_a_seat_is_planned_once_however_often_one_looks(
    session: Session, a_person: APerson, an_event_date: ADate
) -> None:
    book(session, a_person(), an_event_date(starts_at=IN_A_WEEK))
    assert [plan(session) for _ in range(10)] == [3, *[0] * 9]
    assert due_of(session) == [
        ("booking_week", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("booking_eve", datetime(2026, 11, 27, 16, 0, tzinfo=UTC)),
        ("booking_hours", datetime(2026, 11, 30, 11, 0, tzinfo=UTC)),
    ]


def test_planners_at_the_same_moment_make_the_same_rows(
    session_factory: sessionmaker[Session], a_person: APerson, an_event_date: ADate
) -> None:
    people, date_id = [a_person() for _ in range(8)], an_event_date(starts_at=IN_A_WEEK)
    with session_factory.begin() as session:
        for person_id in people:
            book(session, person_id, date_id)

    def again() -> int:
        with session_factory.begin() as session:
            return plan(session)

    assert sum(at_once([again] * 6)) == 24
    with session_factory.begin() as session:
        assert len(due_of(session)) == 24


def test_who_waits_for_a_seat_is_not_reminded_of_it(session: Session, a_person: APerson, an_event_date: ADate) -> None:
    date_id = an_event_date(seats=1, starts_at=IN_A_WEEK)
    book(session, a_person(), date_id)
    waiting = a_person()
    book(session, waiting, date_id)
    plan(session)
    assert waiting not in session.scalars(select(Delivery.person_id)).all()


def test_a_date_that_moves_is_planned_anew(session: Session, a_person: APerson, an_event_date: ADate) -> None:
    date_id = an_event_date(starts_at=IN_A_WEEK)
    book(session, a_person(), date_id)
    plan(session)
    # when it moves by a day
    moved = session.get_one(EventDate, date_id)
    moved.starts_at, moved.ends_at = moved.starts_at + timedelta(days=1), moved.ends_at + timedelta(days=1)
    session.flush()
    # then there are reminders of the new hour; those of the old one are not sent, see test_sending.py
    assert plan(session) == 3
    anchors = set(session.scalars(select(Delivery.anchor_at)))
    assert anchors == {IN_A_WEEK, IN_A_WEEK + timedelta(days=1)}


def test_a_worker_that_comes_back_plans_what_is_still_of_use(
    session: Session, a_person: APerson, an_event_date: ADate
) -> None:
    book(session, a_person(), an_event_date(starts_at=IN_A_WEEK))
    plan(session, IN_A_WEEK - timedelta(hours=2, minutes=30))
    assert purposes(session) == ["booking_hours"]


@pytest.mark.parametrize("what", ["called off", "over", "far away"])
def test_nothing_is_planned_for_a_date_that_is(
    session: Session, a_person: APerson, an_event_date: ADate, what: str
) -> None:
    date_id = an_event_date(starts_at=IN_A_WEEK)
    book(session, a_person(), date_id)
    if what == "called off":
        bookings.cancel_date(session, event_date_id=date_id, reason="panne", now=NOW)
    now = {"over": IN_A_WEEK, "far away": NOW - timedelta(days=20)}.get(what, NOW)
    assert plan(session, now) == 0


def test_a_seat_that_is_offered_is_said_and_its_end_as_well(
    session: Session, a_person: APerson, an_event_date: ADate
) -> None:
    date_id, holder, waiting = an_event_date(seats=1, starts_at=IN_A_WEEK), a_person(), a_person()
    held = book(session, holder, date_id)
    book(session, waiting, date_id)
    bookings.release_place(session, person_id=holder, booking_id=held, now=NOW)
    assert [plan(session) for _ in range(3)] == [2, 0, 0]
    assert due_of(session) == [
        ("seat_offer", NOW),
        ("seat_offer_ends", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
    ]


# -- promises


@pytest.fixture
def noted(session: Session, a_person: APerson) -> Callable[..., int]:
    """Notes a promise to call back; the entry's id."""

    def note(next_on: date, *, confirmed: bool = True, remind: bool = True, person_id: int | None = None) -> int:
        told = Told(company="Garage", next_on=next_on)
        contact = contacts.note(session, person_id=person_id or a_person(), told="…", read=told, now=NOW)
        if confirmed:
            contacts.confirm(session, contact, now=NOW)
        contacts.change(session, contact, remind=remind)
        return contact.id

    return note


TOMORROW = date(2026, 11, 24)


def test_a_call_back_is_planned_for_its_morning(session: Session, noted: Callable[..., int]) -> None:
    noted(TOMORROW)
    assert [plan(session) for _ in range(3)] == [1, 0, 0]
    assert due_of(session) == [("call_back", datetime(2026, 11, 24, 8, 30, tzinfo=UTC))]


@pytest.mark.parametrize(
    ("day", "changes"),
    [
        pytest.param(TOMORROW, {"confirmed": False}, id="a confirmation"),
        pytest.param(TOMORROW, {"remind": False}, id="the wish"),
        pytest.param(NOW.date(), {}, id="a night in between: it is fresh in mind"),
        pytest.param(date(2026, 12, 1), {}, id="the day being near"),
    ],
)
def test_nothing_is_planned_without(
    session: Session, noted: Callable[..., int], day: date, changes: dict[str, bool]
) -> None:
    noted(day, **changes)
    assert plan(session) == 0


def test_a_call_back_that_is_put_off_is_said_on_its_new_day(
    session: Session, a_person: APerson, noted: Callable[..., int]
) -> None:
    person_id = a_person()
    contact_id = noted(TOMORROW, person_id=person_id)
    plan(session)
    contact = contacts.own_contact(session, contact_id, person_id=person_id)
    contacts.change(session, contact, next_on=TOMORROW + timedelta(days=1))
    assert plan(session, NOW + timedelta(days=1)) == 1


def test_a_call_back_follows_the_clock_of_the_person(
    session: Session, noted: Callable[..., int], a_person: APerson
) -> None:
    # given somebody in Saint-Denis
    structures.save_territory(
        session, slug="nord", name="Nord", region="La Réunion", communes=["Saint-Denis"], zone="Indian/Reunion"
    )
    person_id = a_person()
    session.get_one(Person, person_id).commune = structures.known_commune(session, "Saint-Denis")
    session.flush()
    noted(TOMORROW, person_id=person_id)
    plan(session)
    assert zone_of(session, person_id, PARIS) == REUNION
    assert due_of(session) == [("call_back", datetime(2026, 11, 24, 5, 30, tzinfo=UTC))]


# -- contracts


STARTS_ON = date(2026, 11, 9)


def test_how_a_contract_goes_is_asked_after_15_45_and_90_days(session: Session, a_person: APerson) -> None:
    outcomes.announce_contract(session, a_person(), starts_on=STARTS_ON, teller=Teller.PERSON, now=NOW)
    days = [STARTS_ON + timedelta(days=count) for count in (15, 45, 90)]
    for day in days:
        assert plan(session, datetime(day.year, day.month, day.day, 7, tzinfo=UTC)) == 1
    # the last one falls on a Sunday
    assert [due_at.date() - day for (_, due_at), day in zip(due_of(session), days, strict=True)] == [
        timedelta(0),
        timedelta(0),
        timedelta(days=1),
    ]


@pytest.mark.parametrize(
    ("late_by", "expected"),
    [
        pytest.param(-2, 0, id="two days before"),
        pytest.param(0, 1, id="on its day"),
        pytest.param(13, 1, id="as late as it may be"),
        pytest.param(15, 0, id="too late"),
        pytest.param(75, 1, id="nothing was asked before: one question, not three"),
        pytest.param(300, 0, id="told long after"),
    ],
)
def test_a_question_on_the_contract_is_of_use_for_two_weeks(
    session: Session, a_person: APerson, late_by: int, expected: int
) -> None:
    outcomes.announce_contract(session, a_person(), starts_on=STARTS_ON, teller=Teller.PERSON, now=NOW)
    day = STARTS_ON + timedelta(days=15 + late_by)
    assert plan(session, datetime(day.year, day.month, day.day, 7, tzinfo=UTC)) == expected


def test_what_was_asked_is_not_planned_again(session: Session, a_person: APerson) -> None:
    outcomes.announce_contract(session, a_person(), starts_on=STARTS_ON, teller=Teller.PERSON, now=NOW)
    session.execute(text("UPDATE check_ins SET asked_at = due_on"))
    assert plan(session, NOW + timedelta(days=1)) == 0


def test_each_purpose_that_is_no_campaign_is_planned_by_something(
    session: Session, a_person: APerson, an_event_date: ADate, noted: Callable[..., int]
) -> None:
    """A purpose without a planner would be a promise that nobody keeps."""
    date_id = an_event_date(seats=1, starts_at=IN_A_WEEK + timedelta(days=5))
    session.execute(text("UPDATE event_series SET kind = 'forum'"))
    other, waiting = an_event_date(seats=1, starts_at=IN_A_WEEK), a_person()
    held = book(session, person := a_person(), other)
    book(session, waiting, other)
    bookings.release_place(session, person_id=person, booking_id=held, now=NOW)
    book(session, person, date_id)
    noted(TOMORROW)
    outcomes.announce_contract(session, person, starts_on=STARTS_ON, teller=Teller.PERSON, now=NOW)
    plan(session)
    assert set(purposes(session)) == set(Purpose) - {Purpose.CAMPAIGN}

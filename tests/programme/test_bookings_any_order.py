"""Whatever people, staff and time do to a date: no seat too many, nobody twice, ranks without gap, first come first."""

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings
from programme.errors import (
    AlreadyBooked,
    BookingClosed,
    BookingNotFound,
    HoursConflict,
    OfferLapsed,
    SeatsMissing,
    WaitingListFull,
)
from programme.models import SEATED, Booking, BookingStatus, EventDate, GroupBooking, Organisation, OrganisationKind
from tests.conftest import NOW

PEOPLE = 5
REFUSALS = (
    AlreadyBooked, BookingClosed, BookingNotFound, HoursConflict, OfferLapsed, SeatsMissing, WaitingListFull,
)  # fmt: skip
ACTIONS = (
    "_asks", "_all_ask", "_gives_a_seat_back", "_leaves_the_list", "_accepts", "_moves", "_holds_for_a_class",
    "_gives_a_class_back", "_waits", "_calls_off",
)  # fmt: skip
WHO = st.integers(0, PEOPLE - 1)
WHICH = st.integers(0, 1)


class TwoDates(RuleBasedStateMachine):
    """Two dates of one series, a week apart, some people, a class, and a clock that moves on."""

    session_factory: sessionmaker[Session]
    a_person: Callable[..., int]
    an_event_date: Callable[..., int]

    @initialize(seats=st.tuples(st.integers(1, 2), st.integers(1, 3)), limit=st.sampled_from([None, 2]))
    def begin(self, seats: tuple[int, int], limit: int | None) -> None:
        self.now: datetime = NOW
        self.people = [self.a_person() for _ in range(PEOPLE)]
        self.dates = [
            self.an_event_date(seats=count, starts_at=NOW + timedelta(days=3 + 7 * number))
            for number, count in enumerate(seats)
        ]
        # the order in which people came to wait, as one would keep it on paper
        self.queues: dict[int, list[int]] = {date_id: [] for date_id in self.dates}
        with self.session_factory.begin() as session:
            for date_id in self.dates:
                session.get_one(EventDate, date_id).waiting_limit = limit
            school = Organisation(slug=f"ecole-{self.dates[0]}", kind=OrganisationKind.SCHOOL, name="École")
            session.add(school)
            session.flush()
            self.school_id = school.id

    def _do(self, work: Callable[[Session], object]) -> None:
        try:
            with self.session_factory.begin() as session:
                work(session)
        except REFUSALS:
            pass

    def _one_of(self, number: int, *statuses: BookingStatus) -> tuple[int, int, int]:
        """Person, booking and date of one of the bookings in these states; a booking of nobody when there is none."""
        with self.session_factory() as session:
            found = session.scalars(
                select(Booking)
                .where(Booking.event_date_id.in_(self.dates), Booking.status.in_(statuses))
                .order_by(Booking.id)
            ).all()
            if not found:
                return self.people[0], 0, self.dates[0]
            chosen = found[number % len(found)]
            return chosen.person_id, chosen.id, chosen.event_date_id

    @rule(what=st.sampled_from(ACTIONS), number=WHO, which=WHICH)
    def somebody_acts(self, what: str, number: int, which: int) -> None:
        """One rule for all: Hypothesis turns whole rules off in an example, and none of these may be missing."""
        getattr(self, what)(number, which)

    def _asks(self, number: int, which: int) -> None:
        self._do(lambda session: bookings.request_place(
            session, person_id=self.people[number], event_date_id=self.dates[which], now=self.now
        ))  # fmt: skip

    def _all_ask(self, _: int, which: int) -> None:
        for number in range(PEOPLE):
            self._asks(number, which)

    def _gives_a_seat_back(self, number: int, _: int) -> None:
        person_id, booking_id, _date_id = self._one_of(number, *bookings.COMING)
        self._do(lambda session: bookings.release_place(
            session, person_id=person_id, booking_id=booking_id, now=self.now
        ))  # fmt: skip

    def _leaves_the_list(self, number: int, _: int) -> None:
        person_id, booking_id, _date_id = self._one_of(number, BookingStatus.WAITING)
        self._do(lambda session: bookings.release_place(
            session, person_id=person_id, booking_id=booking_id, now=self.now
        ))  # fmt: skip

    def _accepts(self, number: int, _: int) -> None:
        person_id, booking_id, _date_id = self._one_of(number, BookingStatus.OFFERED)
        self._do(lambda session: bookings.accept_offer(
            session, person_id=person_id, booking_id=booking_id, now=self.now
        ))  # fmt: skip

    def _moves(self, number: int, _: int) -> None:
        person_id, booking_id, date_id = self._one_of(number, *bookings.COMING, BookingStatus.WAITING)
        other = next(each for each in self.dates if each != date_id)
        self._do(lambda session: bookings.move_place(
            session, person_id=person_id, booking_id=booking_id, event_date_id=other, now=self.now
        ))  # fmt: skip

    def _holds_for_a_class(self, number: int, which: int) -> None:
        self._do(lambda session: bookings.hold_group(
            session,
            event_date_id=self.dates[which],
            organisation_id=self.school_id,
            seats=1 + number % 2,
            contact="Mme Diallo",
            now=self.now,
        ))  # fmt: skip

    def _gives_a_class_back(self, number: int, _: int) -> None:
        with self.session_factory() as session:
            groups = session.scalars(
                select(GroupBooking.id).where(GroupBooking.event_date_id.in_(self.dates)).order_by(GroupBooking.id)
            ).all()
        if groups:
            self._do(lambda session: bookings.release_group(
                session, group_booking_id=groups[number % len(groups)], now=self.now
            ))  # fmt: skip

    def _waits(self, number: int, _: int) -> None:
        self.now += timedelta(hours=(1, 5, 14, 26, 50)[number])
        with self.session_factory.begin() as session:
            for date_id in bookings.dates_with_lapsed_offers(session, now=self.now):
                bookings.pass_offers_on(session, event_date_id=date_id, now=self.now)

    def _calls_off(self, number: int, which: int) -> None:
        if number == 0:  # it is final, so not too often
            self._do(lambda session: bookings.cancel_date(
                session, event_date_id=self.dates[which], reason="Salle fermée", now=self.now
            ))  # fmt: skip

    @invariant()
    def nothing_is_wrong(self) -> None:
        if not hasattr(self, "dates"):
            return
        with self.session_factory() as session:
            for date_id in self.dates:
                date = session.get_one(EventDate, date_id)
                rows = session.scalars(
                    select(Booking).where(Booking.event_date_id == date_id).order_by(Booking.id)
                ).all()
                active = [row for row in rows if row.status is not BookingStatus.CANCELLED]
                seated = [row for row in active if row.status in SEATED]
                waiting = [row for row in active if row.status is BookingStatus.WAITING]
                # never more people than seats
                assert len(seated) + date.group_seats <= date.seats
                # the seats of classes are those of their rows
                groups = session.scalars(
                    select(GroupBooking.seats).where(
                        GroupBooking.event_date_id == date_id, GroupBooking.cancelled_at.is_(None)
                    )
                )
                assert date.group_seats == sum(groups)
                # nobody twice
                assert len({row.person_id for row in active}) == len(active)
                # ranks 1, 2, 3…
                assert [bookings.waiting_rank(session, row) for row in waiting] == list(range(1, len(waiting) + 1))
                # whoever waits came in this order, and stays in it
                order = [row.id for row in waiting]
                kept = [each for each in self.queues[date_id] if each in order]
                assert order[: len(kept)] == kept
                self._first_come_first(date_id, rows, order)
                self.queues[date_id] = order
                # nobody waits while a seat is free, before the start; each of these people is free at these hours
                if waiting and date.cancelled_at is None and self.now < date.starts_at:
                    assert len(seated) + date.group_seats == date.seats
                # an offer that is over has been passed on
                assert all(row.offered_until > self.now for row in active if row.offered_until is not None)

    def _first_come_first(self, date_id: int, rows: Sequence[Booking], order: list[int]) -> None:
        """Those who left the list for an offer were its first ones."""
        states = {row.id: row.status for row in rows}
        offered = [each for each in self.queues[date_id] if states[each] is BookingStatus.OFFERED]
        for each in offered:
            assert all(each < waiting for waiting in order)


# the tables are shared by the examples on purpose: each one has dates and people of its own
SETTINGS = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def test_whatever_happens_seats_are_never_given_twice_and_nobody_is_passed_over(
    session_factory: sessionmaker[Session],
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
) -> None:
    numbers = itertools.count()
    TwoDates.session_factory = session_factory
    TwoDates.a_person = staticmethod(a_person)
    TwoDates.an_event_date = staticmethod(lambda **given: an_event_date(slug=f"serie-{next(numbers)}", **given))
    run_state_machine_as_test(TwoDates, settings=SETTINGS)

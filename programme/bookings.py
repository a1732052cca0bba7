"""Seats in a date, its waiting list, and who came.

A seat is decided under the lock of its date's row: count and write in one transaction. Locks are taken in one order,
first the person's row, then dates by their id, so that two transactions never wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, any_, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from programme import gates
from programme.errors import (
    AlreadyBooked,
    BookingClosed,
    BookingNotFound,
    EventNotFound,
    HoursConflict,
    NotEligible,
    OfferLapsed,
    SeatsMissing,
    WaitingListFull,
)
from programme.models import (
    SEATED,
    Booking,
    BookingStatus,
    Enrolment,
    EventDate,
    GroupBooking,
    MessageChoice,
    Person,
    Teller,
    Territory,
    Topic,
)
from programme.waiting_list import held_until

DEFAULT_ZONE = ZoneInfo("Europe/Paris")
# the door's code works from a little before the start
DOOR_OPENS = timedelta(minutes=45)
# these mean to come, and their hours are taken
TAKEN = (BookingStatus.BOOKED, BookingStatus.CONFIRMED)
COMING = (*TAKEN, BookingStatus.OFFERED)


@dataclass(frozen=True)
class Released:
    """A booking that was given back, and who is offered its seat, if anybody waits."""

    booking: Booking
    offered: list[Booking] = field(default_factory=list)


@dataclass(frozen=True)
class Passed:
    """Offers that ended without an answer, and those that were made in their place."""

    lapsed: list[Booking]
    offered: list[Booking]


def request_place(
    session: Session,
    *,
    person_id: int,
    event_date_id: int,
    now: datetime,
    staff_id: int | None = None,
    instead_of: Booking | None = None,
) -> Booking:
    """Give the person a seat, or the last rank of the waiting list.

    Asking twice returns the first booking; asking for a seat that is offered takes it. A seat is free only when nobody
    waits for it. The rows of the person and of the date stay locked until the caller's transaction ends.

    Args:
        now: aware; new requests are refused from ``closes_at`` on.
        staff_id: who asks on behalf of the person; the seat is then offered to them, and theirs once they say yes.
        instead_of: a booking of the person that is about to be given back, whose hours do not count as taken.
    Returns:
        A booking that is BOOKED, WAITING, OFFERED (on behalf) or as it was, not yet committed.
    Raises:
        EventNotFound: no date has this id.
        BookingClosed: it is cancelled, or ``now`` is at or after ``closes_at``.
        NotEligible: a gate of the series stays shut (programme/gates.py).
        HoursConflict: the person has a seat elsewhere at these hours.
        WaitingListFull: neither a seat nor a rank is left.
    """
    person = _lock_person(session, person_id)
    date = _lock(session, event_date_id)
    booking = _active(session, person_id=person_id, event_date_id=event_date_id)
    if booking is not None:
        asks_for_offer = booking.status is BookingStatus.OFFERED and staff_id is None
        return _accept(session, booking, date, now=now) if asks_for_offer else booking
    if date.cancelled_at is not None or now >= date.closes_at:
        raise BookingClosed(event_date_id)
    zone = _zone(session, date)
    shut = gates.refusal(date.series, person, on=date.starts_at.astimezone(zone).date())
    if shut is not None:
        raise NotEligible(shut)
    clash = _clash(session, person_id, date, besides=instead_of)
    if clash is not None:
        raise HoursConflict(clash.id)
    status, until = BookingStatus.BOOKED, None
    if _free(session, date) <= 0 or _waiting(session, date) > 0:
        if date.waiting_limit is not None and _waiting(session, date) >= date.waiting_limit:
            raise WaitingListFull(event_date_id)
        status = BookingStatus.WAITING
    elif staff_id is not None:
        status, until = BookingStatus.OFFERED, held_until(now=now, starts_at=date.starts_at, zone=zone)
    booking = Booking(
        event_date_id=event_date_id,
        person_id=person_id,
        status=status,
        requested_at=now,
        status_at=now,
        offered_until=until,
        booked_by_id=staff_id,
        moved_from_id=instead_of.id if instead_of is not None else None,
    )
    session.add(booking)
    session.flush()
    _enrol(session, date, person_id, zone=zone, now=now)
    return booking


def accept_offer(session: Session, *, person_id: int, booking_id: int, now: datetime) -> Booking:
    """Take the seat that is held, or say once more that one comes.

    Raises:
        BookingNotFound: the person has no such booking any more.
        OfferLapsed: the seat was held until before ``now``, or was never offered.
        HoursConflict: the person has taken a seat elsewhere at these hours.
    """
    _lock_person(session, person_id)
    booking, date = _own(session, person_id=person_id, booking_id=booking_id)
    return _accept(session, booking, date, now=now)


def release_place(
    session: Session, *, person_id: int, booking_id: int, now: datetime, teller: Teller = Teller.PERSON
) -> Released:
    """Cancel the person's booking, until the start of the date; a seat set free is offered in the same transaction.

    Raises:
        BookingNotFound: the person has no active booking with this id, or its date has started.
    """
    booking, date = _own(session, person_id=person_id, booking_id=booking_id)
    if now >= date.starts_at or booking.status not in (*COMING, BookingStatus.WAITING):
        raise BookingNotFound(booking_id)
    _cancel(booking, teller, now=now)
    session.flush()
    return Released(booking, _offer(session, date, now=now))


def move_place(session: Session, *, person_id: int, booking_id: int, event_date_id: int, now: datetime) -> Released:
    """Exchange the booking for a seat in another date; the old one is kept when there is none.

    Returns:
        The new booking, and who is offered the seat that it left.
    Raises:
        AlreadyBooked: the person is in that date already.
        SeatsMissing: the other date is full; nothing has changed.
        And what `request_place` and `release_place` raise.
    """
    _lock_person(session, person_id)
    old = session.get(Booking, booking_id)
    if old is None or old.person_id != person_id:
        raise BookingNotFound(booking_id)
    for each in sorted({old.event_date_id, event_date_id}):
        _lock(session, each)
    if _active(session, person_id=person_id, event_date_id=event_date_id) is not None:
        raise AlreadyBooked(event_date_id)
    with session.begin_nested():
        new = request_place(session, person_id=person_id, event_date_id=event_date_id, now=now, instead_of=old)
        if new.status is not BookingStatus.BOOKED and old.status is not BookingStatus.WAITING:
            raise SeatsMissing(event_date_id)
        released = release_place(session, person_id=person_id, booking_id=booking_id, now=now)
    return Released(new, released.offered)


def offer_free_seats(session: Session, *, event_date_id: int, now: datetime) -> list[Booking]:
    """Offer as many seats as are free to those who wait, first come first served; the offers made.

    Raises:
        EventNotFound: no date has this id.
    """
    return _offer(session, _lock(session, event_date_id), now=now)


def dates_with_lapsed_offers(session: Session, *, now: datetime, limit: int = 100) -> list[int]:
    """Ids of the dates where a seat is held for an answer that has not come in time, the longest overdue first."""
    return list(
        session.scalars(
            select(Booking.event_date_id)
            .where(Booking.status == BookingStatus.OFFERED, Booking.offered_until <= now)
            .group_by(Booking.event_date_id)
            .order_by(func.min(Booking.offered_until))
            .limit(limit)
        )
    )


def pass_offers_on(session: Session, *, event_date_id: int, now: datetime) -> Passed:
    """End the offers of a date whose time is over, and offer their seats to the next ones, in order.

    Whoever let an offer pass loses the rank: the seat cannot wait for them twice.

    Raises:
        EventNotFound: no date has this id.
    """
    date = _lock(session, event_date_id)
    lapsed = list(
        session.scalars(
            select(Booking)
            .where(
                Booking.event_date_id == event_date_id,
                Booking.status == BookingStatus.OFFERED,
                Booking.offered_until <= now,
            )
            .order_by(Booking.id)
            .execution_options(populate_existing=True)
        )
    )
    for booking in lapsed:
        _cancel(booking, Teller.SYSTEM, now=now)
    session.flush()
    return Passed(lapsed, _offer(session, date, now=now))


def cancel_date(session: Session, *, event_date_id: int, reason: str, now: datetime) -> list[Booking]:
    """Call a date off; the bookings that were cancelled with it, to be told.

    Raises:
        EventNotFound: no date has this id.
        BookingClosed: it has started, or is cancelled already.
    """
    date = _lock(session, event_date_id)
    if date.cancelled_at is not None or now >= date.starts_at:
        raise BookingClosed(event_date_id)
    date.cancelled_at, date.cancel_reason, date.sequence = now, reason, date.sequence + 1
    coming = list(
        session.scalars(
            select(Booking)
            .where(Booking.event_date_id == event_date_id, Booking.status.in_((*COMING, BookingStatus.WAITING)))
            .order_by(Booking.id)
            .execution_options(populate_existing=True)
        )
    )
    for booking in coming:
        _cancel(booking, Teller.SYSTEM, now=now)
    session.flush()
    return coming


def set_seats(session: Session, *, event_date_id: int, seats: int, now: datetime) -> list[Booking]:
    """More seats or fewer, never fewer than are taken; who is offered those that were added.

    Raises:
        EventNotFound: no date has this id.
        BookingClosed: it has started, or is cancelled.
        SeatsMissing: more are taken or held than that; nothing has changed.
    """
    date = _lock(session, event_date_id)
    if date.cancelled_at is not None or now >= date.starts_at:
        raise BookingClosed(event_date_id)
    if seats < 1 or seats < date.seats - _free(session, date):
        raise SeatsMissing(event_date_id)
    date.seats = seats
    session.flush()
    return _offer(session, date, now=now)


# -- groups


def hold_group(
    session: Session, *, event_date_id: int, organisation_id: int, seats: int, contact: str, now: datetime
) -> GroupBooking:
    """Seats for a class, all of them or none.

    Raises:
        EventNotFound, BookingClosed: as `request_place`.
        SeatsMissing: fewer are free, or somebody waits for them.
    """
    date = _lock(session, event_date_id)
    if date.cancelled_at is not None or now >= date.closes_at:
        raise BookingClosed(event_date_id)
    if _free(session, date) < seats or _waiting(session, date) > 0:
        raise SeatsMissing(event_date_id)
    group = GroupBooking(
        event_date_id=event_date_id, organisation_id=organisation_id, seats=seats, contact=contact, created_at=now
    )
    session.add(group)
    date.group_seats += seats
    session.flush()
    return group


def release_group(session: Session, *, group_booking_id: int, now: datetime) -> list[Booking]:
    """Give the seats of a class back; who is offered them.

    Raises:
        BookingNotFound: there is no such group, or its date has started.
    """
    group = session.get(GroupBooking, group_booking_id)
    if group is None:
        raise BookingNotFound(group_booking_id)
    date = _lock(session, group.event_date_id)
    session.refresh(group)
    if group.cancelled_at is not None or now >= date.starts_at:
        raise BookingNotFound(group_booking_id)
    group.cancelled_at = now
    date.group_seats -= group.seats
    session.flush()
    return _offer(session, date, now=now)


# -- at the door


def check_in(session: Session, *, person_id: int, door_code: str, now: datetime) -> Booking:
    """The person is there: they typed or scanned the code of the door.

    Raises:
        EventNotFound: no date has this code.
        BookingClosed: the door is not open yet, or the date is over.
        BookingNotFound: the person has no seat in it.
    """
    date_id = session.scalar(select(EventDate.id).where(EventDate.door_code == door_code))
    if date_id is None:
        raise EventNotFound(door_code)
    date = _lock(session, date_id)
    if date.cancelled_at is not None or not date.starts_at - DOOR_OPENS <= now <= date.ends_at:
        raise BookingClosed(date_id)
    booking = _active(session, person_id=person_id, event_date_id=date_id)
    if booking is None or booking.status not in (*COMING, BookingStatus.PRESENT, BookingStatus.ABSENT):
        raise BookingNotFound(date_id)
    _set(booking, BookingStatus.PRESENT, now=now)
    session.flush()
    return booking


def mark(session: Session, *, booking_id: int, status: BookingStatus, now: datetime) -> Booking:
    """What the staff noted at the door: present, absent or excused; it may be corrected afterwards.

    Raises:
        BookingNotFound: there is no such booking with a seat, or its door is not open yet.
        ValueError: ``status`` is none of the three.
    """
    if status not in (BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED):
        raise ValueError(status)
    booking = session.get(Booking, booking_id, options=[joinedload(Booking.event_date)])
    if booking is None:
        raise BookingNotFound(booking_id)
    date = _lock(session, booking.event_date_id)
    session.refresh(booking)
    known = (BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED)
    if booking.status not in (*COMING, *known) or now < date.starts_at - DOOR_OPENS:
        raise BookingNotFound(booking_id)
    _set(booking, status, now=now)
    session.flush()
    return booking


def walk_in(session: Session, *, person_id: int, event_date_id: int, staff_id: int, now: datetime) -> Booking:
    """Somebody came who had no seat, and was let in: present, whatever the seats, the gates and the waiting list.

    Who has a seat, an offer or a rank is noted as present with it.

    Raises:
        EventNotFound: no date has this id.
        BookingNotFound: no person has this id.
        BookingClosed: the door is not open yet, or the date is cancelled.
    """
    _lock_person(session, person_id)
    date = _lock(session, event_date_id)
    if date.cancelled_at is not None or now < date.starts_at - DOOR_OPENS:
        raise BookingClosed(event_date_id)
    booking = _active(session, person_id=person_id, event_date_id=event_date_id)
    if booking is None:
        booking = Booking(
            event_date_id=event_date_id,
            person_id=person_id,
            status=BookingStatus.PRESENT,
            requested_at=now,
            status_at=now,
            booked_by_id=staff_id,
        )
        session.add(booking)
        session.flush()
        _enrol(session, date, person_id, zone=_zone(session, date), now=now)
    else:
        _set(booking, BookingStatus.PRESENT, now=now)
        session.flush()
    return booking


def close_sheet(session: Session, *, event_date_id: int, now: datetime) -> list[Booking]:
    """After the date: whoever had a seat and was not seen is absent; those who are newly so, to be asked how they are.

    Raises:
        EventNotFound: no date has this id.
        BookingClosed: it is not over yet, or was cancelled.
    """
    date = _lock(session, event_date_id)
    if date.cancelled_at is not None or now < date.ends_at:
        raise BookingClosed(event_date_id)
    absent = list(
        session.scalars(
            select(Booking)
            .where(
                Booking.event_date_id == event_date_id,
                Booking.status.in_(TAKEN),
            )
            .order_by(Booking.id)
            .execution_options(populate_existing=True)
        )
    )
    for booking in absent:
        _set(booking, BookingStatus.ABSENT, now=now)
    session.flush()
    return absent


# -- reading


def bookings_of(session: Session, *, person_id: int, now: datetime) -> list[Booking]:
    """The person's seats, offers and ranks in dates that are not over, soonest first."""
    return list(
        session.scalars(
            _with_dates(select(Booking).join(Booking.event_date))
            .where(
                Booking.person_id == person_id,
                Booking.status.in_((*SEATED, BookingStatus.WAITING)),
                EventDate.ends_at > now,
            )
            .order_by(EventDate.starts_at, Booking.id)
        )
    )


def waiting_rank(session: Session, booking: Booking) -> int:
    """1 for the first one in the waiting list, and so on; 0 when the booking does not wait."""
    if booking.status is not BookingStatus.WAITING:
        return 0
    return (
        session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(
                Booking.event_date_id == booking.event_date_id,
                Booking.status == BookingStatus.WAITING,
                # ids are given under the date's lock, so they follow the order of the requests
                Booking.id <= booking.id,
            )
        )
        or 0
    )


def waiting_list(session: Session, *, event_date_id: int) -> list[Booking]:
    """Those who wait, first one first."""
    return list(
        session.scalars(
            select(Booking)
            .where(Booking.event_date_id == event_date_id, Booking.status == BookingStatus.WAITING)
            .order_by(Booking.id)
        )
    )


def sheet(session: Session, *, event_date_id: int) -> list[tuple[Booking, str | None]]:
    """All who have a seat, an offer or a rank, with their display name, in the order of the requests."""
    return [
        (booking, name)
        for booking, name in session.execute(
            select(Booking, Person.display_name)
            .join(Person, Person.id == Booking.person_id)
            .where(Booking.event_date_id == event_date_id, Booking.status != BookingStatus.CANCELLED)
            .order_by(Booking.id)
        )
    ]


# -- inside a transaction


def _lock_person(session: Session, person_id: int) -> Person:
    """Two requests of one person are decided one after the other, or both could take the same hours."""
    person = session.get(Person, person_id, with_for_update={"key_share": True}, populate_existing=True)
    if person is None:
        raise BookingNotFound(person_id)
    return person


def _lock(session: Session, event_date_id: int) -> EventDate:
    # read again: what the session had read before it waited for the lock may have changed
    date = session.get(EventDate, event_date_id, with_for_update=True, populate_existing=True)
    if date is None:
        raise EventNotFound(event_date_id)
    return date


def _own(session: Session, *, person_id: int, booking_id: int) -> tuple[Booking, EventDate]:
    booking = session.scalar(select(Booking).where(Booking.id == booking_id, Booking.person_id == person_id))
    if booking is None:
        raise BookingNotFound(booking_id)
    date = _lock(session, booking.event_date_id)
    session.refresh(booking)  # its status may have changed while we waited for the lock
    if booking.status is BookingStatus.CANCELLED:
        raise BookingNotFound(booking_id)
    return booking, date


def _active(session: Session, *, person_id: int, event_date_id: int) -> Booking | None:
    return session.scalar(
        select(Booking)
        .where(
            Booking.person_id == person_id,
            Booking.event_date_id == event_date_id,
            Booking.status != BookingStatus.CANCELLED,
        )
        .execution_options(populate_existing=True)
    )


def _free(session: Session, date: EventDate) -> int:
    return date.seats - date.group_seats - _count(session, date, tuple(SEATED))


def _waiting(session: Session, date: EventDate) -> int:
    return _count(session, date, (BookingStatus.WAITING,))


def _count(session: Session, date: EventDate, statuses: Sequence[BookingStatus]) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.event_date_id == date.id, Booking.status.in_(statuses))
        )
        or 0
    )


def _clash(session: Session, person_id: int, date: EventDate, *, besides: Booking | None) -> Booking | None:
    """A seat of the person in another date at these hours. To wait in two places is allowed."""
    return session.scalar(
        _with_dates(select(Booking).join(Booking.event_date))
        .where(
            Booking.person_id == person_id,
            Booking.status.in_(TAKEN),
            Booking.id != (besides.id if besides is not None else 0),
            EventDate.starts_at < date.ends_at,
            EventDate.ends_at > date.starts_at,
        )
        .limit(1)
    )


def _offer(session: Session, date: EventDate, *, now: datetime) -> list[Booking]:
    """Under the date's lock. Nobody is offered a seat once the date has started: they could not come.

    Whoever has a seat elsewhere at these hours, or wants to hear nothing now, is passed over and keeps the rank: an
    offer that nobody may tell them of would only hold the seat.
    """
    if date.cancelled_at is not None or now >= date.starts_at:
        return []
    free = _free(session, date)
    if free <= 0:
        return []
    elsewhere = (
        select(Booking.id)
        .join(Booking.event_date)
        .where(
            Booking.status.in_(TAKEN),
            EventDate.starts_at < date.ends_at,
            EventDate.ends_at > date.starts_at,
        )
    )
    waits = Booking.__table__.alias("waits")
    taken = exists(elsewhere.where(Booking.person_id == waits.c.person_id).correlate(waits))
    hushed = exists(
        select(MessageChoice.person_id).where(
            MessageChoice.person_id == waits.c.person_id,
            or_(
                MessageChoice.stopped_at.is_not(None),
                MessageChoice.paused_until > now,
                literal(Topic.WORKSHOPS.value) == any_(MessageChoice.topics_off),
            ),
        )
    )
    chosen = session.scalars(
        select(waits.c.id)
        .where(waits.c.event_date_id == date.id, waits.c.status == BookingStatus.WAITING, ~taken, ~hushed)
        .order_by(waits.c.id)
        .limit(free)
    ).all()
    if not chosen:
        return []
    until = held_until(now=now, starts_at=date.starts_at, zone=_zone(session, date))
    offered = list(
        session.scalars(
            select(Booking).where(Booking.id.in_(chosen)).order_by(Booking.id).execution_options(populate_existing=True)
        )
    )
    for booking in offered:
        _set(booking, BookingStatus.OFFERED, now=now)
        booking.offered_until = until
    session.flush()
    return offered


def _accept(session: Session, booking: Booking, date: EventDate, *, now: datetime) -> Booking:
    """Under the locks of the person and the date."""
    if booking.status is BookingStatus.CONFIRMED:
        return booking
    if booking.status is not BookingStatus.BOOKED:
        if booking.offered_until is None or now >= booking.offered_until:
            raise OfferLapsed(booking.id)
        if (clash := _clash(session, booking.person_id, date, besides=booking)) is not None:
            raise HoursConflict(clash.id)
    _set(booking, BookingStatus.CONFIRMED, now=now)
    session.flush()
    return booking


def _cancel(booking: Booking, teller: Teller, *, now: datetime) -> None:
    booking.cancelled_by = teller
    _set(booking, BookingStatus.CANCELLED, now=now)


def _set(booking: Booking, status: BookingStatus, *, now: datetime) -> None:
    booking.status, booking.status_at, booking.offered_until = status, now, None
    booking.sequence += 1


def _enrol(session: Session, date: EventDate, person_id: int, *, zone: ZoneInfo, now: datetime) -> None:
    """Whoever asks for a date of a programme takes part in it: takers are counted from the first request on."""
    if date.series.programme_id is not None:
        session.execute(
            insert(Enrolment)
            .values(programme_id=date.series.programme_id, person_id=person_id, enrolled_on=now.astimezone(zone).date())
            .on_conflict_do_nothing(constraint="enrolment_once")
        )


def _zone(session: Session, date: EventDate) -> ZoneInfo:
    if date.territory_id is None:
        return DEFAULT_ZONE
    territory = session.get(Territory, date.territory_id)
    return ZoneInfo(territory.zone) if territory is not None else DEFAULT_ZONE


def _with_dates(query: Select[Booking]) -> Select[Booking]:
    return query.options(joinedload(Booking.event_date).joinedload(EventDate.series))

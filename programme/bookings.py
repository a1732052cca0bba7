"""Places in a workshop date, and its waiting list."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from programme.errors import BookingClosed, BookingNotFound, EventNotFound
from programme.models import Booking, BookingStatus, EventDate, Teller


@dataclass(frozen=True)
class Released:
    """A place given back, and the person who got it from the waiting list, if any."""

    booking: Booking
    promoted: Booking | None


def request_place(session: Session, *, person_id: int, event_date_id: int, now: datetime) -> Booking:
    """Give the person a place, or the last rank of the waiting list.

    Asking twice returns the first booking. The date's row stays locked until the caller's transaction ends, so two
    requests for the last place are decided one after the other.

    Args:
        now: aware; new requests are refused from ``closes_at`` on.
    Returns:
        A booking whose status is CONFIRMED or WAITING, not yet committed.
    Raises:
        EventNotFound: no date has this id.
        BookingClosed: ``now`` is at or after ``closes_at``.
    """
    date = _lock(session, event_date_id)
    booking = _active(session, person_id=person_id, event_date_id=event_date_id)
    if booking is not None:
        return booking
    if now >= date.closes_at:
        raise BookingClosed(event_date_id)
    booking = Booking(
        event_date_id=event_date_id,
        person_id=person_id,
        status=BookingStatus.BOOKED if _confirmed(session, date) < date.seats else BookingStatus.WAITING,
        requested_at=now,
        status_at=now,
    )
    session.add(booking)
    session.flush()
    return booking


def release_place(session: Session, *, person_id: int, booking_id: int, now: datetime) -> Released:
    """Cancel the person's booking; a place set free goes to the first one waiting, in the same transaction.

    Raises:
        BookingNotFound: the person has no active booking with this id, or its date is over.
    """
    booking = session.scalar(select(Booking).where(Booking.id == booking_id, Booking.person_id == person_id))
    if booking is None:
        raise BookingNotFound(booking_id)
    date = _lock(session, booking.event_date_id)
    session.refresh(booking)  # its status may have changed while we waited for the lock
    if booking.status is BookingStatus.CANCELLED or now >= date.ends_at:
        raise BookingNotFound(booking_id)
    booking.status = BookingStatus.CANCELLED
    booking.cancelled_by = Teller.PERSON
    booking.status_at = now
    session.flush()
    promoted = give_free_seats(session, event_date_id=date.id, now=now)
    return Released(booking, promoted[0] if promoted else None)


def give_free_seats(session: Session, *, event_date_id: int, now: datetime) -> list[Booking]:
    """Confirm as many of those who wait as there are free seats, first come first served; who was confirmed.

    Nobody is confirmed once the date has started: they could not know.

    Raises:
        EventNotFound: no date has this id.
    """
    date = _lock(session, event_date_id)
    free = date.seats - _confirmed(session, date)
    if now >= date.starts_at or free <= 0:
        return []
    promoted = list(
        session.scalars(
            select(Booking)
            .where(Booking.event_date_id == date.id, Booking.status == BookingStatus.WAITING)
            .order_by(Booking.id)
            .limit(free)
        )
    )
    for booking in promoted:
        booking.status = BookingStatus.BOOKED
        booking.status_at = now
    session.flush()
    return promoted


def bookings_of(session: Session, *, person_id: int, now: datetime) -> list[Booking]:
    """The person's places and ranks in dates that are not over, soonest first."""
    return list(
        session.scalars(
            select(Booking)
            .join(Booking.event_date)
            .options(joinedload(Booking.event_date).joinedload(EventDate.series))
            .where(
                Booking.person_id == person_id,
                Booking.status != BookingStatus.CANCELLED,
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


def _lock(session: Session, event_date_id: int) -> EventDate:
    # read again: what the session had read before it waited for the lock may have changed
    date = session.get(EventDate, event_date_id, with_for_update=True, populate_existing=True)
    if date is None:
        raise EventNotFound(event_date_id)
    return date


def _active(session: Session, *, person_id: int, event_date_id: int) -> Booking | None:
    return session.scalar(
        select(Booking).where(
            Booking.person_id == person_id,
            Booking.event_date_id == event_date_id,
            Booking.status != BookingStatus.CANCELLED,
        )
    )


def _confirmed(session: Session, date: EventDate) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.event_date_id == date.id, Booking.status == BookingStatus.BOOKED)
        )
        or 0
    )

"""Which messages are due, from what was booked, offered, promised and signed.

Run 0, 1 or 10 times, by one worker or two: the same rows. What becomes of no use is not taken out here: it is looked at
again just before it leaves (programme/deliveries/sending.py).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.types import Date

from programme.deliveries import schedule
from programme.deliveries.schedule import Slot
from programme.deliveries.zones import zone_sql
from programme.models import (
    Booking,
    BookingStatus,
    CheckIn,
    Contact,
    Delivery,
    EventDate,
    Person,
    Purpose,
    Series,
    Territory,
    WorkContract,
)

# a seat freed for somebody waits for nothing; a reminder of what was booked passes before a campaign
PRIORITY = {
    Purpose.SEAT_OFFER: 0,
    Purpose.SEAT_OFFER_ENDS: 0,
    Purpose.CAMPAIGN: 2,
}
USUAL_PRIORITY = 1
# the first reminder of a forum is due eight days before it, or on the last working day before that
HORIZON = timedelta(days=13)
_BATCH = 1000
_OF_BOOKINGS = (
    Purpose.BOOKING_WEEK,
    Purpose.BOOKING_EVE,
    Purpose.BOOKING_HOURS,
    Purpose.FORUM_TRAINING,
    Purpose.FORUM_AFTER,
)


def plan_reminders(session: Session, *, zone: ZoneInfo, now: datetime) -> int:
    """Plan all that follows from what people booked, were offered, promised or signed; how many messages are new.

    Args:
        zone: of whom we do not know where they live, and of dates that belong to no territory.
    """
    rows = chain(
        _of_bookings(session, zone=zone, now=now),
        _of_offers(session, zone=zone, now=now),
        _of_call_backs(session, zone=zone, now=now),
        _of_check_ins(session, zone=zone, now=now),
    )
    return add(session, (row for row in rows if row["expires_at"] > now), now=now)


def plan_offer(session: Session, booking: Booking, *, zone: ZoneInfo, now: datetime) -> None:
    """In the transaction that offers the seat; `plan_reminders` would find it half a minute later."""
    session.flush()
    add(session, _of_offers(session, zone=zone, now=now, booking_id=booking.id), now=now)


def add(session: Session, rows: Iterable[dict[str, Any]], *, now: datetime) -> int:
    """Add messages; those that are there already stay as they are. How many are new."""
    new = 0
    left = iter(rows)
    while some := list(islice(left, _BATCH)):
        statement = insert(Delivery).values([{**row, "state_at": now} for row in some])
        added = statement.on_conflict_do_nothing(constraint="delivery_once").returning(Delivery.id)
        new += len(session.scalars(added).all())
    return new


def row_of(slot: Slot, *, person_id: int, object_id: int) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "purpose": slot.purpose,
        "object_id": object_id,
        "step": "",
        "anchor_at": slot.anchor_at,
        "priority": PRIORITY.get(slot.purpose, USUAL_PRIORITY),
        "due_at": slot.due_at,
        "expires_at": slot.expires_at,
    }


def _of_bookings(session: Session, *, zone: ZoneInfo, now: datetime) -> Iterator[dict[str, Any]]:
    planned = (
        select(Delivery.id)
        .where(
            Delivery.object_id == Booking.id,
            Delivery.purpose.in_(_OF_BOOKINGS),
            Delivery.anchor_at == EventDate.starts_at,
        )
        .exists()
    )
    query = (
        _with_places(select(Booking.id, Booking.person_id, Booking.status_at), zone)
        .where(
            EventDate.starts_at > now,
            EventDate.starts_at < now + HORIZON,
            EventDate.cancelled_at.is_(None),
            Booking.status.in_((BookingStatus.BOOKED, BookingStatus.CONFIRMED)),
            ~planned,
        )
        .order_by(EventDate.starts_at, Booking.id)
    )
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        for slot in schedule.of_booking(
            starts_at=row.starts_at, ends_at=row.ends_at, kind=row.kind, since=row.status_at, zone=ZoneInfo(row.zone)
        ):
            yield row_of(slot, person_id=row.person_id, object_id=row.id)


def _of_offers(
    session: Session, *, zone: ZoneInfo, now: datetime, booking_id: int | None = None
) -> Iterator[dict[str, Any]]:
    query = _with_places(select(Booking.id, Booking.person_id, Booking.status_at, Booking.offered_until), zone).where(
        Booking.status == BookingStatus.OFFERED, Booking.offered_until > now
    )
    if booking_id is not None:
        query = query.where(Booking.id == booking_id)
    for row in session.execute(query):
        for slot in schedule.of_offer(
            offered_at=row.status_at,
            offered_until=row.offered_until,
            starts_at=row.starts_at,
            zone=ZoneInfo(row.zone),
        ):
            yield row_of(slot, person_id=row.person_id, object_id=row.id)


def _of_call_backs(session: Session, *, zone: ZoneInfo, now: datetime) -> Iterator[dict[str, Any]]:
    """Those promised for today or tomorrow, wherever that is, unless they were noted on that very day."""
    today = now.date()
    zone_name = zone_sql(zone)
    query = (
        select(Contact.id, Contact.person_id, Contact.next_on, zone_name.label("zone"))
        .join(Person, Person.id == Contact.person_id)
        .where(
            Contact.next_on.between(today - timedelta(days=1), today + timedelta(days=1)),
            Contact.remind,
            Contact.confirmed_at.is_not(None),
            # it is fresh in mind
            cast(func.timezone(zone_name, Contact.confirmed_at), Date) < Contact.next_on,
        )
    )
    for row in session.execute(query):
        slot = schedule.of_call_back(promised_on=row.next_on, zone=ZoneInfo(row.zone))
        yield row_of(slot, person_id=row.person_id, object_id=row.id)


def _of_check_ins(session: Session, *, zone: ZoneInfo, now: datetime) -> Iterator[dict[str, Any]]:
    query = (
        select(CheckIn.id, WorkContract.person_id, CheckIn.due_on, zone_sql(zone).label("zone"))
        .join(WorkContract, WorkContract.id == CheckIn.contract_id)
        .join(Person, Person.id == WorkContract.person_id)
        .where(
            CheckIn.asked_at.is_(None),
            CheckIn.closed_at.is_(None),
            CheckIn.due_on.between(now.date() - schedule.CHECK_IN_DAYS, now.date() + timedelta(days=1)),
        )
    )
    for row in session.execute(query):
        slot = schedule.of_check_in(due_on=row.due_on, zone=ZoneInfo(row.zone))
        yield row_of(slot, person_id=row.person_id, object_id=row.id)


def _with_places(query: Select[*tuple[Any, ...]], zone: ZoneInfo) -> Select[*tuple[Any, ...]]:
    """With when it is, what it is, and the zone of the place."""
    return (
        query.add_columns(
            EventDate.starts_at,
            EventDate.ends_at,
            Series.kind,
            func.coalesce(Territory.zone, zone.key).label("zone"),
        )
        .join(EventDate, EventDate.id == Booking.event_date_id)
        .join(Series, Series.id == EventDate.series_id)
        .outerjoin(Territory, Territory.id == EventDate.territory_id)
    )

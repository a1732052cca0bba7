"""Bookings and dates as a calendar on a phone reads them (RFC 5545): private addresses that stay up to date."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from programme.bookings import DEFAULT_ZONE
from programme.errors import CalendarNotFound
from programme.models import (
    SEATED,
    Booking,
    BookingStatus,
    CalendarFeed,
    EventDate,
    StaffMember,
    Team,
    Territory,
)

# what is over stays this long, so that a calendar does not seem to lose it
KEPT = timedelta(days=30)
# a calendar asks again after this, when it listens to us
REFRESH = timedelta(hours=1)
REMINDED_BEFORE = timedelta(hours=2)
# a file that a phone reads every hour has to end somewhere
MOST_DATES = 500

STATUS = {
    BookingStatus.WAITING: "TENTATIVE",
    BookingStatus.OFFERED: "TENTATIVE",
    BookingStatus.CANCELLED: "CANCELLED",
}
PREFIX = {BookingStatus.WAITING: "Liste d'attente : ", BookingStatus.OFFERED: "Place à confirmer : "}


def person_feed(session: Session, person_id: int, *, now: datetime) -> str:
    """The secret of a new address for all bookings of a person; the one before it stops."""
    return _new(session, now, CalendarFeed.person_id == person_id, person_id=person_id)


def staff_feed(session: Session, staff_id: int, *, now: datetime) -> str:
    """The secret of a new address for the dates of the team's territory; the one before it stops."""
    return _new(session, now, CalendarFeed.staff_id == staff_id, staff_id=staff_id)


def revoke_feeds(session: Session, *, person_id: int | None = None, staff_id: int | None = None, now: datetime) -> None:
    """Stop all addresses of a person, or of a member of the staff."""
    owner = CalendarFeed.person_id == person_id if person_id is not None else CalendarFeed.staff_id == staff_id
    session.execute(update(CalendarFeed).where(owner, CalendarFeed.revoked_at.is_(None)).values(revoked_at=now))


def read_feed(session: Session, secret: str, *, now: datetime) -> bytes:
    """The whole calendar behind an address, as UTF-8.

    Cancelled bookings and dates stay in it for a while as CANCELLED: that is how a calendar learns to take them out.

    Raises:
        CalendarNotFound: the secret is none of ours, or was revoked.
    """
    feed = _found(session, secret)
    if feed.person_id is not None:
        return _calendar("Déclic : mes rendez-vous", _events_of_person(session, feed.person_id, now=now))
    assert feed.staff_id is not None
    return _calendar("Déclic : les dates de l'équipe", _events_of_staff(session, feed.staff_id, now=now))


def read_booking(session: Session, secret: str, booking_id: int, *, now: datetime) -> bytes:
    """One booking of the person whose address this is.

    Raises:
        CalendarNotFound: as `read_feed`; or the booking is not theirs.
    """
    feed = _found(session, secret)
    found = list(_bookings(session, Booking.id == booking_id, Booking.person_id == feed.person_id))
    if feed.person_id is None or not found:
        raise CalendarNotFound
    return _calendar("Déclic", [_of_booking(found[0], _zones(session, found))])


def _new(session: Session, now: datetime, owner: object, **ids: int) -> str:
    session.execute(update(CalendarFeed).where(owner, CalendarFeed.revoked_at.is_(None)).values(revoked_at=now))  # type: ignore[arg-type]
    secret = secrets.token_urlsafe(24)
    session.add(CalendarFeed(digest=_digest(secret), created_at=now, **ids))
    session.flush()
    return secret


def _found(session: Session, secret: str) -> CalendarFeed:
    feed = session.get(CalendarFeed, _digest(secret))
    if feed is None or feed.revoked_at is not None:
        raise CalendarNotFound
    return feed


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _bookings(session: Session, *where: object) -> Iterable[Booking]:
    return session.scalars(
        select(Booking)
        .join(Booking.event_date)
        .options(joinedload(Booking.event_date).joinedload(EventDate.series))
        .where(*where)  # type: ignore[arg-type]
        .order_by(EventDate.starts_at, Booking.id)
    )


def _events_of_person(session: Session, person_id: int, *, now: datetime) -> list[Event]:
    found = list(_bookings(session, Booking.person_id == person_id, EventDate.ends_at > now - KEPT))
    zones = _zones(session, found)
    # who cancelled and booked again has one line, the latest
    latest = {booking.event_date_id: booking for booking in sorted(found, key=lambda each: each.id)}
    return [_of_booking(booking, zones) for booking in found if latest[booking.event_date_id] is booking]


def _of_booking(booking: Booking, zones: Mapping[int | None, ZoneInfo]) -> Event:
    date, series = booking.event_date, booking.event_date.series
    gone = booking.status is BookingStatus.CANCELLED or date.cancelled_at is not None
    title = series.title if gone else PREFIX.get(booking.status, "") + series.title
    event = _event(
        # of the date, so that a booking made again takes the place of the one that was cancelled
        f"rendez-vous-{date.id}-{booking.person_id}@declic",
        date,
        zones,
        title=title,
        sequence=booking.sequence + date.sequence + booking.id,
        changed_at=max(booking.status_at, date.cancelled_at or booking.status_at),
        status="CANCELLED" if gone else STATUS.get(booking.status, "CONFIRMED"),
    )
    lines = [series.summary]
    lines += [f"{name} : {given}" for name, given in (("À apporter", series.bring), ("Accès", series.access)) if given]
    if booking.status in SEATED and series.online_url and not gone:
        lines.append(f"Salle en ligne : {series.online_url}")
    event.add("description", "\n".join(lines))
    if booking.status in SEATED and not gone:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", series.title)
        alarm.add("trigger", -REMINDED_BEFORE)
        event.add_component(alarm)
    return event


def _events_of_staff(session: Session, staff_id: int, *, now: datetime) -> list[Event]:
    """Dates with counts, never with names: a calendar is synchronised to many places."""
    territory_id = session.scalar(
        select(Team.territory_id).join(StaffMember, StaffMember.team_id == Team.id).where(StaffMember.id == staff_id)
    )
    dates = session.scalars(
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(EventDate.ends_at > now - KEPT, EventDate.starts_at > now - KEPT - timedelta(days=1))
        .where((EventDate.territory_id == territory_id) | EventDate.territory_id.is_(None))
        .order_by(EventDate.starts_at, EventDate.id)
        .limit(MOST_DATES)
    ).all()
    counts: dict[tuple[int, BookingStatus], int] = {
        (row[0], row[1]): row[2]
        for row in session.execute(
            select(Booking.event_date_id, Booking.status, func.count())
            .where(Booking.event_date_id.in_([date.id for date in dates]))
            .group_by(Booking.event_date_id, Booking.status)
        )
    }
    zones = {None: DEFAULT_ZONE} | _zones_by_id(session, {date.territory_id for date in dates})
    events = []
    for date in dates:
        seated = date.group_seats + sum(counts.get((date.id, status), 0) for status in SEATED)
        waiting = counts.get((date.id, BookingStatus.WAITING), 0)
        event = _event(
            f"date-{date.id}@declic",
            date,
            zones,
            title=f"{date.series.title} ({seated}/{date.seats})",
            # counts change without our knowing when: the clock moves them on
            sequence=date.sequence,
            changed_at=now,
            status="CANCELLED" if date.cancelled_at is not None else "CONFIRMED",
        )
        event.add("description", f"Inscrits : {seated} sur {date.seats}. En attente : {waiting}.")
        events.append(event)
    return events


def _event(
    uid: str,
    date: EventDate,
    zones: Mapping[int | None, ZoneInfo],
    *,
    title: str,
    sequence: int,
    changed_at: datetime,
    status: str,
) -> Event:
    zone = zones.get(date.territory_id, DEFAULT_ZONE)
    event = Event()
    event.add("uid", uid)
    event.add("summary", title)
    event.add("dtstart", date.starts_at.astimezone(zone))
    event.add("dtend", date.ends_at.astimezone(zone))
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", sequence)
    event.add("status", status)
    event.add("location", date.series.place)
    return event


def _calendar(name: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Déclic//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for event in events:
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _zones(session: Session, bookings: Iterable[Booking]) -> Mapping[int | None, ZoneInfo]:
    return {None: DEFAULT_ZONE} | _zones_by_id(session, {each.event_date.territory_id for each in bookings})


def _zones_by_id(session: Session, ids: Iterable[int | None]) -> dict[int | None, ZoneInfo]:
    known = [each for each in ids if each is not None]
    rows = session.execute(select(Territory.id, Territory.zone).where(Territory.id.in_(known)))
    return {territory_id: ZoneInfo(zone) for territory_id, zone in rows}

"""Bookings and dates as a calendar on a phone reads them (RFC 5545): private addresses that stay up to date."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vDuration
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, joinedload

from programme import french
from programme.bookings import DEFAULT_ZONE
from programme.errors import CalendarNotFound, PersonNotFound, StaffNotFound
from programme.models import (
    SEATED,
    Booking,
    BookingStatus,
    CalendarFeed,
    EventDate,
    Person,
    StaffMember,
    Team,
    Territory,
)

# what is over stays this long, so that a calendar does not seem to lose it
KEPT = timedelta(days=30)
# no date lasts longer: dates that began before KEPT and this are over, which lets the index on the start be used
LONGEST = timedelta(days=1)
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
# said in the title as well: not every calendar hides or strikes out what is cancelled
GONE = "Annulé : "
# a seat that is only held for an answer opens no room and rings no bell
THEIRS = SEATED - {BookingStatus.OFFERED}

Zones = Mapping[int | None, ZoneInfo]


def person_feed(session: Session, person_id: int, *, now: datetime) -> str:
    """The secret of a new address for all bookings of a person; the one before it stops.

    Raises:
        PersonNotFound: no person has this id.
    """
    # two requests at once would else leave two addresses
    if session.get(Person, person_id, with_for_update={"key_share": True}) is None:
        raise PersonNotFound(person_id)
    revoke_feeds(session, person_id=person_id, now=now)
    return _new(session, CalendarFeed(person_id=person_id, created_at=now))


def staff_feed(session: Session, staff_id: int, *, now: datetime) -> str:
    """The secret of a new address for the dates of the team's territory; the one before it stops.

    Raises:
        StaffNotFound: no active member of the staff has this id.
    """
    member = session.get(StaffMember, staff_id, with_for_update={"key_share": True}, populate_existing=True)
    if member is None or not member.active:
        raise StaffNotFound(staff_id)
    revoke_feeds(session, staff_id=staff_id, now=now)
    return _new(session, CalendarFeed(staff_id=staff_id, created_at=now))


def revoke_feeds(session: Session, *, person_id: int | None = None, staff_id: int | None = None, now: datetime) -> None:
    """Stop all addresses of a person, or of a member of the staff."""
    owner = CalendarFeed.person_id == person_id if person_id is not None else CalendarFeed.staff_id == staff_id
    session.execute(update(CalendarFeed).where(owner, CalendarFeed.revoked_at.is_(None)).values(revoked_at=now))


def read_feed(session: Session, secret: str, *, now: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> bytes:
    """The whole calendar behind an address, as UTF-8.

    Cancelled bookings and dates stay in it for a while as CANCELLED: that is how a calendar learns to take them out.

    Args:
        zone: of the dates that belong to no territory.
    Raises:
        CalendarNotFound: the secret is none of ours, was revoked, or its owner has left the staff.
    """
    feed = _found(session, secret)
    if feed.person_id is not None:
        bookings = _bookings(session, Booking.person_id == feed.person_id, EventDate.ends_at > now - KEPT)
        zones = _zones(session, (booking.event_date for booking in bookings), zone)
        return _calendar("Déclic : mes rendez-vous", [_of_booking(each, zones) for each in bookings])
    return _calendar("Déclic : les dates de l'équipe", _events_of_staff(session, feed.staff_id, now=now, zone=zone))


def read_booking(session: Session, secret: str, booking_id: int, *, zone: ZoneInfo = DEFAULT_ZONE) -> bytes:
    """One booking of the person whose address this is.

    Raises:
        CalendarNotFound: as `read_feed`; or the booking is not theirs.
    """
    feed = _found(session, secret)
    if feed.person_id is None:
        raise CalendarNotFound
    found = _bookings(session, Booking.id == booking_id, Booking.person_id == feed.person_id)
    if not found:
        raise CalendarNotFound
    return _calendar("Déclic", [_of_booking(found[0], _zones(session, [found[0].event_date], zone))])


def _new(session: Session, feed: CalendarFeed) -> str:
    secret = secrets.token_urlsafe(24)
    feed.digest = _digest(secret)
    session.add(feed)
    session.flush()
    return secret


def _found(session: Session, secret: str) -> CalendarFeed:
    feed = session.get(CalendarFeed, _digest(secret), populate_existing=True)
    if feed is None or feed.revoked_at is not None:
        raise CalendarNotFound
    return feed


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _bookings(session: Session, *where: ColumnElement[bool]) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .join(Booking.event_date)
        .options(joinedload(Booking.event_date).joinedload(EventDate.series))
        .where(*where)
        .order_by(EventDate.starts_at, Booking.id)
    ).all()


def _of_booking(booking: Booking, zones: Zones) -> Event:
    at, series = booking.event_date, booking.event_date.series
    gone = booking.status is BookingStatus.CANCELLED or at.cancelled_at is not None
    event = _event(
        f"booking-{booking.id}@declic",
        at,
        zones,
        title=(GONE if gone else PREFIX.get(booking.status, "")) + series.title,
        # both only grow, and so does their sum
        sequence=booking.sequence + at.sequence,
        changed_at=max(booking.status_at, at.cancelled_at or booking.status_at),
        status="CANCELLED" if gone else STATUS.get(booking.status, "CONFIRMED"),
    )
    lines = [series.summary]
    lines += [f"{name} : {given}" for name, given in (("À apporter", series.bring), ("Accès", series.access)) if given]
    seated = booking.status in THEIRS and not gone
    if seated and series.online_url:
        lines.append(f"Salle en ligne : {series.online_url}")
    event.add("description", "\n".join(lines))
    if seated:
        event.add_component(_bell(series.title))
    return event


def _bell(title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -REMINDED_BEFORE)
    return alarm


def _events_of_staff(session: Session, staff_id: int | None, *, now: datetime, zone: ZoneInfo) -> list[Event]:
    """Dates with counts, never with names: a calendar is synchronised to many places."""
    team = session.execute(
        select(Team.territory_id)
        .join(StaffMember, StaffMember.team_id == Team.id)
        .where(StaffMember.id == staff_id, StaffMember.active)
    ).one_or_none()
    if team is None:
        raise CalendarNotFound
    dates = _dates(session, team.territory_id, now=now)
    counts: dict[int, dict[BookingStatus, int]] = {at.id: {} for at in dates}
    for date_id, status, count in session.execute(
        select(Booking.event_date_id, Booking.status, func.count())
        .where(Booking.event_date_id.in_(counts))
        .group_by(Booking.event_date_id, Booking.status)
    ):
        counts[date_id][status] = count
    zones = _zones(session, dates, zone)
    return [_of_date(at, counts[at.id], zones, now=now) for at in dates]


def _dates(session: Session, territory_id: int | None, *, now: datetime) -> list[EventDate]:
    """Those of the territory and those that belong to none, soonest first."""
    query = (
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(EventDate.starts_at > now - KEPT - LONGEST, EventDate.ends_at > now - KEPT)
        .order_by(EventDate.starts_at, EventDate.id)
        .limit(MOST_DATES)
    )
    # two walks through the index on (territory, start), instead of a sort of all that is to come
    found = list(session.scalars(query.where(EventDate.territory_id.is_(None))))
    if territory_id is not None:
        found += session.scalars(query.where(EventDate.territory_id == territory_id))
    return sorted(found, key=lambda at: (at.starts_at, at.id))[:MOST_DATES]


def _of_date(at: EventDate, counts: Mapping[BookingStatus, int], zones: Zones, *, now: datetime) -> Event:
    gone = at.cancelled_at is not None
    seated = at.group_seats + sum(counts.get(status, 0) for status in SEATED)
    told = f"{french.plural(seated, 'inscrit', 'inscrits')} sur {at.seats}"
    if waiting := counts.get(BookingStatus.WAITING, 0):
        told += f", {waiting} en attente"
    event = _event(
        f"date-{at.id}@declic",
        at,
        zones,
        title=f"{GONE if gone else ''}{at.series.title} ({told})",
        sequence=at.sequence,
        # counts change without a trace of when
        changed_at=now,
        status="CANCELLED" if gone else "CONFIRMED",
    )
    event.add("description", at.series.summary)
    return event


def _event(
    uid: str,
    at: EventDate,
    zones: Zones,
    *,
    title: str,
    sequence: int,
    changed_at: datetime,
    status: str,
) -> Event:
    zone = zones.get(at.territory_id, zones[None])
    event = Event()
    event.add("uid", uid)
    event.add("summary", title)
    event.add("dtstart", at.starts_at.astimezone(zone))
    event.add("dtend", at.ends_at.astimezone(zone))
    # required; without METHOD it says when the event was last changed (RFC 5545, 3.8.7.2)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", sequence)
    event.add("status", status)
    event.add("location", at.series.place)
    return event


def _calendar(name: str, events: Sequence[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Déclic//FR")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    # the same, as Outlook calls it
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(event)
    if events:
        # the clock changes of these years only: all those since 1970 would be most of the file
        years = [event.start.year for event in events]
        calendar.add_missing_timezones(date(min(years), 1, 1), date(max(years) + 2, 1, 1))
    return bytes(calendar.to_ical())


def _zones(session: Session, dates: Iterable[EventDate], zone: ZoneInfo) -> Zones:
    """By territory; ``zone`` is that of dates which belong to none."""
    ids = {at.territory_id for at in dates} - {None}
    rows = session.execute(select(Territory.id, Territory.zone).where(Territory.id.in_(ids)))
    return {None: zone} | {territory_id: ZoneInfo(name) for territory_id, name in rows}

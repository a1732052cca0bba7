"""What the team's pages about dates read: the dates, who is in one, who within reach may be booked into it.

Dates are open to all of the team, as they are to anybody in the chat; they are changed by those whose teams serve
their territory. Who is in a date is named to those who may see that person, and to those who stand at its door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from programme import bookings, events, permissions
from programme.errors import EventNotFound
from programme.events import Availability
from programme.models import (
    Booking,
    BookingStatus,
    EventDate,
    EventKind,
    GroupBooking,
    Organisation,
    OrganisationKind,
    Person,
    Series,
    Team,
)
from programme.permissions import Member

PAGE = 25
# those that hold seats for their classes
SCHOOLS = (OrganisationKind.SCHOOL, OrganisationKind.CFA)
ATTENDED = (BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED)


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. ``near``: only where one's own teams work."""

    past: bool = False
    near: bool = True
    kind: EventKind | None = None


@dataclass(frozen=True)
class Line:
    """Somebody in a date. ``name``: None when they gave none; ``within_reach``: their own page may be opened."""

    booking: Booking
    name: str | None
    within_reach: bool
    rank: int


@dataclass(frozen=True)
class Sheet:
    """Who is in a date, in the order of the requests."""

    seated: list[Line]
    offered: list[Line]
    waiting: list[Line]


def page(
    session: Session, who: Member, filters: Filters, *, now: datetime, after: int | None = None, size: int = PAGE
) -> tuple[list[Availability], int | None]:
    """The next dates, soonest first, or the last ones, latest first; and ``after`` of the following page, if any."""
    query = select(EventDate).options(joinedload(EventDate.series))
    if filters.past:
        query = query.where(EventDate.ends_at <= now)
        query = query.order_by(EventDate.starts_at.desc(), EventDate.id.desc())
    else:
        query = query.where(EventDate.ends_at > now)
        query = query.order_by(EventDate.starts_at, EventDate.id)
    if filters.near:
        query = query.where(_near(session, who))
    if filters.kind is not None:
        query = query.join(EventDate.series).where(Series.kind == filters.kind)
    if after is not None and (last := session.get(EventDate, after)) is not None:
        same = EventDate.starts_at == last.starts_at
        query = query.where(
            or_(EventDate.starts_at < last.starts_at, and_(same, EventDate.id < last.id))
            if filters.past
            else or_(EventDate.starts_at > last.starts_at, and_(same, EventDate.id > last.id))
        )
    found = events.availabilities(session, session.scalars(query.limit(size + 1)).all())
    return (found, None) if len(found) <= size else (found[:size], found[size - 1].date.id)


def within_reach(session: Session, who: Member, event_date_id: int) -> EventDate:
    """The date, when this member's teams serve its territory. Raises EventNotFound."""
    found = session.scalar(
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(EventDate.id == event_date_id, _near(session, who))
    )
    if found is None:
        raise EventNotFound(event_date_id)
    return found


def series_within_reach(session: Session, who: Member) -> Sequence[Series]:
    """Those to which this member may add a date, by title."""
    territories = _territories(session, who)
    query = select(Series).order_by(Series.title, Series.id)
    if territories is not None:
        query = query.where(or_(Series.territory_id.is_(None), Series.territory_id.in_(territories)))
    return session.scalars(query).all()


def sheet(session: Session, who: Member, event_date_id: int) -> Sheet:
    """Who is in a date. The names of those out of reach are left out; their seats are there."""
    reached = permissions.people_within_reach(session, who)
    found = session.execute(
        select(Booking, Person.display_name, reached.label("reached"))
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.event_date_id == event_date_id, Booking.status != BookingStatus.CANCELLED)
        .order_by(Booking.id)
    ).all()
    lines: dict[str, list[Line]] = {"seated": [], "offered": [], "waiting": []}
    for booking, name, reaches in found:
        match booking.status:
            case BookingStatus.WAITING:
                key = "waiting"
            case BookingStatus.OFFERED:
                key = "offered"
            case _:
                key = "seated"
        lines[key].append(Line(booking, name if reaches else None, bool(reaches), len(lines[key]) + 1))
    return Sheet(**lines)


def at_the_door(session: Session, event_date_id: int) -> list[Line]:
    """Those who have a seat or a held one, by name: whoever stands at the door calls them by it."""
    found = bookings.sheet(session, event_date_id=event_date_id)
    seated = [(booking, name) for booking, name in found if booking.status is not BookingStatus.WAITING]
    seated.sort(key=lambda each: ((each[1] or "~").casefold(), each[0].id))
    return [Line(booking, name, False, rank) for rank, (booking, name) in enumerate(seated, start=1)]


def booking_of(session: Session, event_date_id: int, booking_id: int) -> Booking | None:
    """The booking, when it is one of this date."""
    return session.scalar(select(Booking).where(Booking.id == booking_id, Booking.event_date_id == event_date_id))


def groups(session: Session, event_date_id: int) -> Sequence[tuple[GroupBooking, str]]:
    """Classes that hold seats, with the name of their school."""
    return [
        (group, name)
        for group, name in session.execute(
            select(GroupBooking, Organisation.name)
            .join(Organisation, Organisation.id == GroupBooking.organisation_id)
            .where(GroupBooking.event_date_id == event_date_id, GroupBooking.cancelled_at.is_(None))
            .order_by(GroupBooking.id)
        )
    ]


def schools(session: Session) -> Sequence[Organisation]:
    return session.scalars(
        select(Organisation).where(Organisation.kind.in_(SCHOOLS)).order_by(func.lower(Organisation.name))
    ).all()


def _near(session: Session, who: Member) -> ColumnElement[bool]:
    territories = _territories(session, who)
    if territories is None:
        return true()
    return or_(EventDate.territory_id.is_(None), EventDate.territory_id.in_(territories))


def _territories(session: Session, who: Member) -> list[int] | None:
    """Where the teams within reach work; None: anywhere, as one of them has no territory."""
    condition = permissions.teams_within_reach(who)
    if condition is None:
        return []
    found = session.scalars(select(Team.territory_id).where(condition).distinct()).all()
    return None if None in found else [each for each in found if each is not None]

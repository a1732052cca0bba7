"""Workshops, forums, visits and job datings, and their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from programme import french
from programme.errors import EventNotFound, RuleWrong
from programme.models import (
    SEATED,
    Booking,
    BookingStatus,
    EventDate,
    EventKind,
    Person,
    Series,
    Territory,
    TerritoryCommune,
)
from programme.recurrence import occurrences

# of a series that belongs to no territory
DEFAULT_SCHOOL_ZONE = "C"
# dates that are looked at to find those with a seat
LOOKED_AT = 30

# words that name no workshop in particular
_EMPTY_WORDS = frozenset(
    """
    a au aux avec c ce cette d dans de des du en est et il j je l la le les m ma me mes moi mon n on ou par pas pour
    place prendre qu que qui reserver inscrire inscris inscrit s se sur t ta te toi ton tu un une vais veux venir viens
    voudrais y atelier ateliers jour semaine
    """.split()  # noqa: SIM905 (a word list reads better as words)
)


@dataclass(frozen=True)
class Availability:
    """One date with what is left of it. ``waiting`` is how many already wait."""

    date: EventDate
    free_seats: int
    waiting: int


def upcoming(
    session: Session,
    *,
    now: datetime,
    limit: int | None = 6,
    days: tuple[date, date] | None = None,
    zone: ZoneInfo | None = None,
) -> list[Availability]:
    """The next dates that still take requests, soonest first; on ``days`` only, first and last, in ``zone``."""
    return availabilities(session, session.scalars(_open(now, days, zone).limit(limit)).all())


def near(session: Session, person_id: int, *, now: datetime, limit: int = 6) -> list[Availability]:
    """The next dates for this person, soonest first: those of their territory and those that belong to none.

    Without a commune that we know, and when there are fewer than ``limit``, those of other territories follow.
    """
    territory_id = session.scalar(
        select(TerritoryCommune.territory_id)
        .join(Person, Person.commune == TerritoryCommune.commune)
        .where(Person.id == person_id)
    )
    if territory_id is None:
        return upcoming(session, now=now, limit=limit)
    query = _open(now).limit(limit)
    # two walks through the index on (territory, start), instead of a sort of all that is open
    own = session.scalars(query.where(EventDate.territory_id == territory_id)).all()
    everywhere = session.scalars(query.where(EventDate.territory_id.is_(None))).all()
    found = sorted([*own, *everywhere], key=lambda each: (each.starts_at, each.id))[:limit]
    if len(found) < limit:
        known = {each.id for each in found}
        more = session.scalars(query.where(EventDate.territory_id.is_not(None))).all()
        found += [each for each in more if each.id not in known][: limit - len(found)]
    return availabilities(session, found)


def training_for(session: Session, event_date_id: int, *, now: datetime) -> EventDate | None:
    """The date that prepares for this one (a forum's half-day of training): the last before it that is still open."""
    date = session.get(EventDate, event_date_id)
    if date is None:
        return None
    return session.scalar(
        _open(now)
        .join(EventDate.series)
        .where(Series.prepares_id == date.series_id, EventDate.starts_at < date.starts_at)
        .order_by(None)
        .order_by(EventDate.starts_at.desc())
        .limit(1)
    )


def alternatives(session: Session, event_date_id: int, *, now: datetime, limit: int = 3) -> list[Availability]:
    """Other dates with a free seat: those of the same series first, then of the same kind; soonest first."""
    full = session.get(EventDate, event_date_id, options=[joinedload(EventDate.series)])
    if full is None:
        return []
    query = _open(now).where(EventDate.id != event_date_id).limit(LOOKED_AT)
    same_series = session.scalars(query.where(EventDate.series_id == full.series_id)).all()
    same_kind = session.scalars(
        query.join(EventDate.series).where(Series.kind == full.series.kind, Series.id != full.series_id)
    ).all()
    found = [each for each in availabilities(session, [*same_series, *same_kind]) if each.free_seats > 0]
    return found[:limit]


def find_by_words(
    session: Session, text: str, *, now: datetime, days: tuple[date, date] | None = None, zone: ZoneInfo | None = None
) -> list[Availability]:
    """The coming dates of the series whose title, kind or key shares the most words with ``text``; [] if none.

    On ``days`` only, first and last, in ``zone``, when they are given.
    """
    wanted = _words(text)
    if not wanted:
        return []
    scores: dict[int, int] = {}
    coming = select(EventDate.id).where(EventDate.series_id == Series.id, EventDate.starts_at > now).exists()
    for series_id, title, slug, kind in session.execute(
        select(Series.id, Series.title, Series.slug, Series.kind).where(coming)
    ):
        if common := len(wanted & _words(f"{title} {slug} {kind.value}")):
            scores[series_id] = common
    if not scores:
        return []
    best = max(scores.values())
    chosen = [key for key, score in scores.items() if score == best]
    return availabilities(
        session, session.scalars(_open(now, days, zone).where(EventDate.series_id.in_(chosen)).limit(LOOKED_AT)).all()
    )


def availability(session: Session, event_date_id: int) -> Availability:
    """Raises EventNotFound."""
    date = session.get(EventDate, event_date_id, options=[joinedload(EventDate.series)])
    if date is None:
        raise EventNotFound(event_date_id)
    return availabilities(session, [date])[0]


def dates_with_free_seats_and_people_waiting(session: Session, *, now: datetime) -> list[int]:
    """Ids of the dates to come where somebody waits although a seat is free: seats were added."""
    waiting = select(Booking.event_date_id).where(Booking.status == BookingStatus.WAITING).distinct()
    dates = session.scalars(
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(EventDate.id.in_(waiting), EventDate.starts_at > now, EventDate.cancelled_at.is_(None))
        .order_by(EventDate.starts_at, EventDate.id)
    ).all()
    return [each.date.id for each in availabilities(session, dates) if each.free_seats > 0]


def availabilities(session: Session, dates: Sequence[EventDate]) -> list[Availability]:
    """What is left of each of these dates, in their order."""
    counts: dict[tuple[int, BookingStatus], int] = {
        (row[0], row[1]): row[2]
        for row in session.execute(
            select(Booking.event_date_id, Booking.status, func.count())
            .where(Booking.event_date_id.in_([date.id for date in dates]))
            .group_by(Booking.event_date_id, Booking.status)
        )
    }
    return [
        Availability(
            date,
            free_seats=max(0, date.seats - date.group_seats - sum(counts.get((date.id, each), 0) for each in SEATED)),
            waiting=counts.get((date.id, BookingStatus.WAITING), 0),
        )
        for date in dates
    ]


def _open(now: datetime, days: tuple[date, date] | None = None, zone: ZoneInfo | None = None) -> Select[EventDate]:
    """Dates that take requests, soonest first."""
    query = (
        select(EventDate)
        .options(joinedload(EventDate.series))
        # a date closes at its start at the latest: saying so lets the index on the start be used
        .where(EventDate.starts_at > now, EventDate.closes_at > now, EventDate.cancelled_at.is_(None))
        .order_by(EventDate.starts_at, EventDate.id)
    )
    if days is not None:
        first, after = (datetime.combine(day, time(), tzinfo=zone) for day in (days[0], days[1] + timedelta(days=1)))
        query = query.where(EventDate.starts_at >= first, EventDate.starts_at < after)
    return query


class SeriesDetails(TypedDict, total=False):
    """What a series may have besides: columns of `programme.models.Series`."""

    programme_id: int | None
    territory_id: int | None
    access: str | None
    bring: str | None
    animator: str | None
    audience: str | None
    online_url: str | None
    min_age: int | None
    max_age: int | None
    min_level: int | None
    needs_validated_project: bool
    prepares_id: int | None
    rrule: str | None
    starts_on: date | None
    at: time | None
    minutes: int | None
    seats: int | None
    waiting_limit: int | None
    skips_school_holidays: bool
    closes_minutes_before: int


def save_series(
    session: Session,
    *,
    slug: str,
    kind: EventKind,
    title: str,
    summary: str,
    place: str,
    demonstration: bool = False,
    **details: Unpack[SeriesDetails],
) -> int:
    """Add the series, or bring the one with this slug up to date; its id. Details that are not given stay."""
    values = {
        "kind": kind,
        "title": title,
        "summary": summary,
        "place": place,
        "demonstration": demonstration,
        **details,
    }
    series_id: int | None = session.scalar(
        insert(Series)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=[Series.slug], set_=values)
        .returning(Series.id)
    )
    assert series_id is not None
    return series_id


def save_date(
    session: Session,
    *,
    series_id: int,
    starts_at: datetime,
    duration: timedelta,
    seats: int,
    closes_before: timedelta = timedelta(hours=1),
    waiting_limit: int | None = None,
) -> int:
    """Add a date; the same start again changes its length and closing, and its seats when there are more. Its id."""
    values = {
        "ends_at": starts_at + duration,
        "closes_at": starts_at - closes_before,
        "waiting_limit": waiting_limit,
        "territory_id": select(Series.territory_id).where(Series.id == series_id).scalar_subquery(),
    }
    statement = insert(EventDate).values(series_id=series_id, starts_at=starts_at, seats=seats, **values)
    date_id: int | None = session.scalar(
        statement.on_conflict_do_update(
            constraint="event_date_once",
            set_={
                **values,
                # fewer seats would leave confirmed people without one: that is a decision, not a reload
                "seats": func.greatest(EventDate.seats, statement.excluded.seats),
                # calendars take a new length only with a new number
                "sequence": EventDate.sequence + case((EventDate.ends_at != statement.excluded.ends_at, 1), else_=0),
            },
        ).returning(EventDate.id)
    )
    assert date_id is not None
    return date_id


def add_date(
    session: Session, series: Series, *, day: date, at: time, duration: timedelta, seats: int, zone: ZoneInfo
) -> int:
    """Add a date of a series at an hour of its territory, closing and waiting as the series says; its id.

    Args:
        zone: of a series without a territory.
    """
    return save_date(
        session,
        series_id=series.id,
        starts_at=datetime.combine(day, at, _zone_of(session, series) or zone),
        duration=duration,
        seats=seats,
        closes_before=timedelta(minutes=series.closes_minutes_before),
        waiting_limit=series.waiting_limit,
    )


def _zone_of(session: Session, series: Series) -> ZoneInfo | None:
    territory = session.get(Territory, series.territory_id) if series.territory_id is not None else None
    return ZoneInfo(territory.zone) if territory is not None else None


def plan_dates(session: Session, series_id: int, *, until: date, zone: ZoneInfo) -> int:
    """Write the dates of the series' rule, up to a day; how many there are. Again, it changes nothing.

    A date that exists keeps its bookings and its seats; one that was called off stays called off. A holiday that
    is published later does not take away a date that was planned.

    Args:
        zone: of a series without a territory.
    Raises:
        EventNotFound: no series has this id.
        RuleWrong, SchoolYearUnknown: see programme/recurrence.py; RuleWrong as well when a part of the rule is missing.
    """
    series = session.get(Series, series_id)
    if series is None:
        raise EventNotFound(series_id)
    if not (series.rrule and series.starts_on and series.at and series.minutes and series.seats):
        raise RuleWrong(f"{series.slug}: its dates need a rule, a first day, an hour, a length and seats")
    territory = session.get(Territory, series.territory_id) if series.territory_id is not None else None
    found = occurrences(
        series.rrule,
        starts_on=series.starts_on,
        until=until,
        at=series.at,
        zone=ZoneInfo(territory.zone) if territory is not None else zone,
        school_zone=(territory.school_zone if territory is not None else DEFAULT_SCHOOL_ZONE)
        if series.skips_school_holidays
        else None,
    )
    for starts_at in found:
        save_date(
            session,
            series_id=series_id,
            starts_at=starts_at,
            duration=timedelta(minutes=series.minutes),
            seats=series.seats,
            closes_before=timedelta(minutes=series.closes_minutes_before),
            waiting_limit=series.waiting_limit,
        )
    return len(found)


def _words(text: str) -> frozenset[str]:
    letters = "".join(char if char.isalnum() else " " for char in french.plain(text))
    return frozenset(letters.split()) - _EMPTY_WORDS

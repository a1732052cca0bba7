"""Workshops, forums, visits and job datings, and their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from programme import french
from programme.errors import EventNotFound
from programme.models import Booking, BookingStatus, EventDate, EventKind, Series

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


def upcoming(session: Session, *, now: datetime, limit: int | None = 6) -> list[Availability]:
    """The next dates that still take requests, soonest first."""
    dates = session.scalars(
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(EventDate.closes_at > now)
        .order_by(EventDate.starts_at, EventDate.id)
        .limit(limit)
    ).all()
    return _availabilities(session, dates)


def find_by_words(session: Session, text: str, *, now: datetime) -> list[Availability]:
    """The coming dates of the workshops whose title, kind or key shares the most words with ``text``; [] if none."""
    wanted = _words(text)
    scores: dict[int, int] = {}
    for workshop in session.scalars(select(Series)):
        own = _words(f"{workshop.title} {workshop.slug} {workshop.kind.value}")
        if common := len(wanted & own):
            scores[workshop.id] = common
    if not scores:
        return []
    best = max(scores.values())
    dates = session.scalars(
        select(EventDate)
        .options(joinedload(EventDate.series))
        .where(
            EventDate.series_id.in_([key for key, score in scores.items() if score == best]),
            EventDate.closes_at > now,
        )
        .order_by(EventDate.starts_at, EventDate.id)
    ).all()
    return _availabilities(session, dates)


def availability(session: Session, event_date_id: int) -> Availability:
    """Raises EventNotFound."""
    date = session.get(EventDate, event_date_id, options=[joinedload(EventDate.series)])
    if date is None:
        raise EventNotFound(event_date_id)
    return _availabilities(session, [date])[0]


def _availabilities(session: Session, dates: Sequence[EventDate]) -> list[Availability]:
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
            free_seats=max(0, date.seats - counts.get((date.id, BookingStatus.BOOKED), 0)),
            waiting=counts.get((date.id, BookingStatus.WAITING), 0),
        )
        for date in dates
    ]


def save_series(
    session: Session,
    *,
    slug: str,
    kind: EventKind,
    title: str,
    summary: str,
    place: str,
    demonstration: bool = False,
) -> int:
    """Add the workshop, or bring the one with this slug up to date; its id."""
    values = {"kind": kind, "title": title, "summary": summary, "place": place, "demonstration": demonstration}
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
) -> None:
    """Add a date; the same start again changes its length and closing, and its seats when there are more."""
    values = {"ends_at": starts_at + duration, "closes_at": starts_at - closes_before}
    statement = insert(EventDate).values(series_id=series_id, starts_at=starts_at, seats=seats, **values)
    session.execute(
        statement.on_conflict_do_update(
            constraint="event_date_once",
            # fewer seats would leave confirmed people without one: that is a decision, not a reload
            set_={**values, "seats": func.greatest(EventDate.seats, statement.excluded.seats)},
        )
    )


def _words(text: str) -> frozenset[str]:
    letters = "".join(char if char.isalnum() else " " for char in french.plain(text))
    return frozenset(letters.split()) - _EMPTY_WORDS

"""Workshops, forums, visits and job datings, and their dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from programme import french
from programme.errors import WorkshopNotFound
from programme.models import Booking, BookingStatus, Workshop, WorkshopDate, WorkshopKind

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

    date: WorkshopDate
    free_seats: int
    waiting: int


def upcoming(session: Session, *, now: datetime, limit: int | None = 6) -> list[Availability]:
    """The next dates that still take requests, soonest first."""
    dates = session.scalars(
        select(WorkshopDate)
        .options(joinedload(WorkshopDate.workshop))
        .where(WorkshopDate.closes_at > now)
        .order_by(WorkshopDate.starts_at, WorkshopDate.id)
        .limit(limit)
    ).all()
    return _availabilities(session, dates)


def find_by_words(session: Session, text: str, *, now: datetime) -> list[Availability]:
    """The coming dates of the workshops whose title, kind or key shares the most words with ``text``; [] if none."""
    wanted = _words(text)
    scores: dict[int, int] = {}
    for workshop in session.scalars(select(Workshop)):
        own = _words(f"{workshop.title} {workshop.slug} {workshop.kind.value}")
        if common := len(wanted & own):
            scores[workshop.id] = common
    if not scores:
        return []
    best = max(scores.values())
    dates = session.scalars(
        select(WorkshopDate)
        .options(joinedload(WorkshopDate.workshop))
        .where(
            WorkshopDate.workshop_id.in_([key for key, score in scores.items() if score == best]),
            WorkshopDate.closes_at > now,
        )
        .order_by(WorkshopDate.starts_at, WorkshopDate.id)
    ).all()
    return _availabilities(session, dates)


def availability(session: Session, workshop_date_id: int) -> Availability:
    """Raises WorkshopNotFound."""
    date = session.get(WorkshopDate, workshop_date_id, options=[joinedload(WorkshopDate.workshop)])
    if date is None:
        raise WorkshopNotFound(workshop_date_id)
    return _availabilities(session, [date])[0]


def _availabilities(session: Session, dates: Sequence[WorkshopDate]) -> list[Availability]:
    counts: dict[tuple[int, BookingStatus], int] = {
        (row[0], row[1]): row[2]
        for row in session.execute(
            select(Booking.workshop_date_id, Booking.status, func.count())
            .where(Booking.workshop_date_id.in_([date.id for date in dates]))
            .group_by(Booking.workshop_date_id, Booking.status)
        )
    }
    return [
        Availability(
            date,
            free_seats=max(0, date.seats - counts.get((date.id, BookingStatus.CONFIRMED), 0)),
            waiting=counts.get((date.id, BookingStatus.WAITING), 0),
        )
        for date in dates
    ]


def save_workshop(
    session: Session,
    *,
    slug: str,
    kind: WorkshopKind,
    title: str,
    summary: str,
    place: str,
    demonstration: bool = False,
) -> int:
    """Add the workshop, or bring the one with this slug up to date; its id."""
    values = {"kind": kind, "title": title, "summary": summary, "place": place, "demonstration": demonstration}
    workshop_id: int | None = session.scalar(
        insert(Workshop)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=[Workshop.slug], set_=values)
        .returning(Workshop.id)
    )
    assert workshop_id is not None
    return workshop_id


def save_date(
    session: Session,
    *,
    workshop_id: int,
    starts_at: datetime,
    duration: timedelta,
    seats: int,
    closes_before: timedelta = timedelta(hours=1),
) -> None:
    """Add a date; the same start again changes its length and closing, and its seats when there are more."""
    values = {"ends_at": starts_at + duration, "closes_at": starts_at - closes_before}
    statement = insert(WorkshopDate).values(workshop_id=workshop_id, starts_at=starts_at, seats=seats, **values)
    session.execute(
        statement.on_conflict_do_update(
            constraint="workshop_date_once",
            # fewer seats would leave confirmed people without one: that is a decision, not a reload
            set_={**values, "seats": func.greatest(WorkshopDate.seats, statement.excluded.seats)},
        )
    )


def _words(text: str) -> frozenset[str]:
    letters = "".join(char if char.isalnum() else " " for char in french.plain(text))
    return frozenset(letters.split()) - _EMPTY_WORDS

"""The young people whom a counsellor follows, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from programme.models import (
    Booking,
    BookingStatus,
    ChannelIdentity,
    Conversation,
    EventDate,
    Flag,
    Message,
    PathStage,
    Person,
    StaffMember,
)

PAGE = 25


@dataclass(frozen=True)
class Followed:
    """One line of the page."""

    person_id: int
    name: str | None
    stage: PathStage
    stage_at: datetime | None
    last_message_at: datetime | None
    next_date_at: datetime | None
    waits_for: int
    # why somebody should look at a conversation of theirs now
    flags: tuple[str, ...]
    counsellor: str | None


def page(
    session: Session,
    counsellor_id: int,
    *,
    now: datetime,
    stage: PathStage | None = None,
    after: int = 0,
    size: int = PAGE,
) -> Sequence[Followed]:
    """The next lines after the person ``after``, in the order in which they came to the programme.

    One query, whose work is that of the page and not of the table: what each line shows is looked up by an index.
    """
    people = select(Person).where(Person.counsellor_id == counsellor_id, Person.id > after)
    if stage is not None:
        people = people.where(Person.stage == stage)
    return followed(session, people.order_by(Person.id).limit(size), now=now)


def followed(session: Session, people: Select[Person], *, now: datetime) -> list[Followed]:
    """The lines of the few whom this query finds, by the order of their arrival."""
    columns = (Person.id, Person.display_name, Person.stage, Person.stage_at, Person.counsellor_id)
    lines = people.with_only_columns(*columns).subquery("lines")
    counsellor = select(StaffMember.name).where(StaffMember.id == lines.c.counsellor_id).scalar_subquery()
    latest_of_each = (
        select(Message.sent_at)
        .where(Message.conversation_id == Conversation.id)
        .order_by(Message.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )
    last_message = (
        select(func.max(latest_of_each).label("at"))
        .select_from(Conversation)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == lines.c.id)
        .lateral("last_message")
    )
    coming = (
        select(
            func.min(EventDate.starts_at).filter(Booking.status != BookingStatus.WAITING).label("next_at"),
            func.count().filter(Booking.status == BookingStatus.WAITING).label("waits_for"),
        )
        .select_from(Booking)
        .join(EventDate, EventDate.id == Booking.event_date_id)
        .where(
            Booking.person_id == lines.c.id,
            Booking.status.in_(
                (BookingStatus.BOOKED, BookingStatus.CONFIRMED, BookingStatus.OFFERED, BookingStatus.WAITING)
            ),
            EventDate.starts_at > now,
        )
        .lateral("coming")
    )
    flags = (
        select(func.array_agg(Flag.reason).label("reasons"))
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == lines.c.id, Flag.closed_at.is_(None))
        .lateral("flags")
    )
    rows = session.execute(
        select(
            lines.c.id,
            lines.c.display_name,
            lines.c.stage,
            lines.c.stage_at,
            last_message.c.at,
            coming.c.next_at,
            coming.c.waits_for,
            flags.c.reasons,
            counsellor,
        )
        .select_from(lines)
        .join(last_message, true())
        .join(coming, true())
        .join(flags, true())
        .order_by(lines.c.id)
    )
    return [Followed(*row[:7], tuple(sorted(row[7] or ())), row[8]) for row in rows]

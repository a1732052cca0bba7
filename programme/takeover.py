"""Who of the team holds a conversation: the assistant, and all that is due, keep quiet meanwhile.

Holding is a lease: it lasts half an hour from the latest thing that the counsellor did there, and ends by itself, so
that nobody is left with nobody. Who takes, and who is told that another one has it, is decided by one insert.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.models import Author, Flag, Message, StaffMember, Takeover, TakeoverEnd

# a counsellor who is called away must not leave the person with nobody
HELD_FOR = timedelta(minutes=30)
# a counsellor who has written nothing for so long may not be at the screen: a call for help is answered at once then
SILENT = timedelta(minutes=3)


@dataclass(frozen=True)
class Held:
    """A takeover as whoever asked for it reads it. ``new``: it began with this very call."""

    takeover: Takeover
    new: bool


def take(
    session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime, reason: str | None = None
) -> Held:
    """Hold the conversation for half an hour, or half an hour more; the one who holds it when that is somebody else."""
    end_lapsed(session, conversation_id, now=now)
    statement = insert(Takeover).values(
        conversation_id=conversation_id, staff_id=staff_id, reason=reason, taken_at=now, until=now + HELD_FOR
    )
    new = session.scalar(
        statement.on_conflict_do_nothing(
            index_elements=[Takeover.conversation_id], index_where=Takeover.ended_at.is_(None)
        ).returning(Takeover.id)
    )
    if new is None:
        prolong(session, conversation_id, staff_id=staff_id, now=now)
    held = holder(session, conversation_id, now=now)
    assert held is not None
    return Held(held, new is not None)


def prolong(session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime) -> bool:
    """Half an hour from now on, because they are at it; False when they do not hold the conversation."""
    prolonged = session.scalar(
        update(Takeover)
        .where(
            Takeover.conversation_id == conversation_id,
            Takeover.staff_id == staff_id,
            Takeover.ended_at.is_(None),
            Takeover.until > now,
        )
        .values(until=now + HELD_FOR)
        .returning(Takeover.id)
    )
    return prolonged is not None


def give_back(
    session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime, summary: str | None = None
) -> bool:
    """The assistant answers again; False, and nothing happens, when they do not hold it."""
    ended = session.scalar(
        update(Takeover)
        .where(
            Takeover.conversation_id == conversation_id,
            Takeover.staff_id == staff_id,
            Takeover.ended_at.is_(None),
            Takeover.until > now,
        )
        .values(ended_at=now, ended_by=TakeoverEnd.GIVEN_BACK, summary=summary or None)
        .returning(Takeover.id)
    )
    return ended is not None


def holder(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> Takeover | None:
    """Who holds the conversation now; None when the assistant does."""
    return session.scalar(
        select(Takeover)
        .where(Takeover.conversation_id == conversation_id, Takeover.ended_at.is_(None), Takeover.until > now)
        .execution_options(populate_existing=True)
    )


def lapsed(session: Session, *, now: datetime, limit: int = 100) -> Sequence[uuid.UUID]:
    """Conversations whose counsellor let the time run out, and whose person was not told yet."""
    return session.scalars(
        select(Takeover.conversation_id)
        .where(Takeover.ended_at.is_(None), Takeover.until <= now)
        .order_by(Takeover.until)
        .limit(limit)
    ).all()


def end_lapsed(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> Takeover | None:
    """End the takeover whose time is over; None when there is none, or another process did."""
    return session.scalar(
        update(Takeover)
        .where(Takeover.conversation_id == conversation_id, Takeover.ended_at.is_(None), Takeover.until <= now)
        .values(ended_at=Takeover.until, ended_by=TakeoverEnd.LAPSED)
        .returning(Takeover)
        .execution_options(populate_existing=True)
    )


def is_silent(session: Session, held: Takeover, *, now: datetime) -> bool:
    """Has the counsellor written nothing for a while?"""
    wrote = session.scalar(
        select(Message.sent_at)
        .where(Message.conversation_id == held.conversation_id, Message.author == Author.STAFF)
        .order_by(Message.id.desc())
        .limit(1)
    )
    return max(held.taken_at, wrote or held.taken_at) < now - SILENT


def first_answered(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> None:
    """Somebody of the team wrote: what they were called for has its first human answer."""
    session.execute(
        update(Flag)
        .where(Flag.conversation_id == conversation_id, Flag.closed_at.is_(None), Flag.answered_at.is_(None))
        .values(answered_at=now)
    )


def summaries(session: Session, conversation_id: uuid.UUID, *, limit: int = 5) -> Sequence[tuple[Takeover, str | None]]:
    """What was summed up when the conversation was given back, the latest first, each with the counsellor's name."""
    rows = session.execute(
        select(Takeover, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Takeover.staff_id)
        .where(Takeover.conversation_id == conversation_id, Takeover.summary.is_not(None))
        .order_by(Takeover.id.desc())
        .limit(limit)
    )
    return [(found, name) for found, name in rows]

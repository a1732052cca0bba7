"""Conversations that somebody of the team should read now, and why."""

import uuid
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.errors import FlagNotFound
from programme.models import Conversation, Flag, FlagReason

# the topics that raise a flag
RAISED_BY = {
    "distress": FlagReason.DISTRESS,
    "harassment": FlagReason.HARASSMENT,
    "danger_at_work": FlagReason.DANGER_AT_WORK,
    "money_emergency": FlagReason.MONEY_EMERGENCY,
    "talk_to_human": FlagReason.HUMAN_WANTED,
}
# calls for help come before wishes to speak to somebody; among equals the oldest first
URGENT = tuple(reason for reason in FlagReason if reason is not FlagReason.HUMAN_WANTED)


def raise_flag(session: Session, conversation_id: uuid.UUID, *, reason: FlagReason, now: datetime) -> None:
    """Ask the team to look at the conversation. Raised again while it is open, the flag keeps its first time."""
    if session.get(Conversation, conversation_id) is None:
        return  # a conversation that nobody holds: a load test's, Rasa's own shell
    session.execute(
        insert(Flag)
        .values(conversation_id=conversation_id, reason=reason, raised_at=now)
        .on_conflict_do_update(
            index_elements=[Flag.conversation_id, Flag.reason],
            index_where=Flag.closed_at.is_(None),
            set_={"raised_again_at": now},
        )
    )


def open_flags(session: Session, *, limit: int = 100) -> list[Flag]:
    """The most urgent first."""
    urgent_first = Flag.reason.in_(URGENT).desc()
    return list(
        session.scalars(
            select(Flag).where(Flag.closed_at.is_(None)).order_by(urgent_first, Flag.raised_at, Flag.id).limit(limit)
        )
    )


def conversation_of(session: Session, flag_id: int) -> uuid.UUID:
    """Which conversation it is about, be it open or closed. Raises FlagNotFound."""
    found = session.scalar(select(Flag.conversation_id).where(Flag.id == flag_id))
    if found is None:
        raise FlagNotFound(flag_id)
    return found


def take(session: Session, flag_id: int, *, staff_id: int) -> int:
    """« Je m'en occupe »: the first one has it; the id of who has it, be it somebody else.

    Raises FlagNotFound when no open flag has this id.
    """
    holder: int | None = session.scalar(
        update(Flag)
        .where(Flag.id == flag_id, Flag.closed_at.is_(None))
        .values(taken_by_id=func.coalesce(Flag.taken_by_id, staff_id))
        .returning(Flag.taken_by_id)
    )
    if holder is None:
        raise FlagNotFound(flag_id)
    return holder


def release(session: Session, flag_id: int) -> None:
    """Back to the team: nobody takes care of it any more. Raises FlagNotFound when no open flag has this id."""
    freed = session.scalar(
        update(Flag).where(Flag.id == flag_id, Flag.closed_at.is_(None)).values(taken_by_id=None).returning(Flag.id)
    )
    if freed is None:
        raise FlagNotFound(flag_id)


def close_flag(session: Session, flag_id: int, *, now: datetime, staff_id: int | None = None) -> None:
    """Somebody has taken care of it: this member of the staff, when it is known who.

    Raises FlagNotFound when no open flag has this id.
    """
    closed = session.execute(
        update(Flag)
        .where(Flag.id == flag_id, Flag.closed_at.is_(None))
        .values(closed_at=now, closed_by_id=staff_id)
        .returning(Flag.id)
    )
    if closed.scalar() is None:
        raise FlagNotFound(flag_id)

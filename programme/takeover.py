"""Who of the team holds a conversation: the assistant, and all that is due, keep quiet meanwhile."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.models import Takeover

# a counsellor who is called away must not leave the person with nobody
HELD_FOR = timedelta(minutes=30)


def take(
    session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime, reason: str | None = None
) -> Takeover:
    """Hold the conversation for half an hour, or half an hour more; the one who holds it when that is somebody else."""
    session.execute(
        update(Takeover)
        .where(Takeover.conversation_id == conversation_id, Takeover.ended_at.is_(None), Takeover.until <= now)
        .values(ended_at=Takeover.until)
    )
    statement = insert(Takeover).values(
        conversation_id=conversation_id, staff_id=staff_id, reason=reason, taken_at=now, until=now + HELD_FOR
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Takeover.conversation_id],
            index_where=Takeover.ended_at.is_(None),
            set_={"until": now + HELD_FOR},
            where=Takeover.staff_id == staff_id,
        )
    )
    held = holder(session, conversation_id, now=now)
    assert held is not None
    return held


def give_back(session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime) -> None:
    """The assistant answers again; nothing happens when somebody else holds it."""
    session.execute(
        update(Takeover)
        .where(Takeover.conversation_id == conversation_id, Takeover.staff_id == staff_id, Takeover.ended_at.is_(None))
        .values(ended_at=now)
    )


def holder(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> Takeover | None:
    """Who holds the conversation now; None when the assistant does."""
    return session.scalar(
        select(Takeover)
        .where(Takeover.conversation_id == conversation_id, Takeover.ended_at.is_(None), Takeover.until > now)
        .execution_options(populate_existing=True)
    )

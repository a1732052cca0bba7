"""The queue of messages that somebody should look at."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.conversations import unanswered
from programme.models import Message, Review, ReviewReason


def ask_review(
    session: Session,
    conversation_id: uuid.UUID,
    *,
    reason: ReviewReason,
    ranking: Sequence[tuple[str, float]],
    now: datetime,
) -> None:
    """Queue the message that is being answered in this conversation; once, however often its turn is tried."""
    for message in unanswered(session, conversation_id, limit=1):
        session.execute(
            insert(Review)
            .values(
                message_id=message.id,
                conversation_id=conversation_id,
                reason=reason,
                ranking=[list(entry) for entry in ranking],
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=[Review.message_id])
        )


def open_reviews(session: Session, *, limit: int = 50) -> list[tuple[Review, Message]]:
    """What nobody has closed yet, oldest first, with the message it is about."""
    rows = session.execute(
        select(Review, Message)
        .join(Message, Message.id == Review.message_id)
        .where(Review.closed_at.is_(None))
        .order_by(Review.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]

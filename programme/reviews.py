"""The queue of messages that somebody should look at."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.conversations import replies_to, unanswered
from programme.models import Author, Message, MessageState, Review, ReviewReason


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


def ask_review_of_typed(
    session: Session,
    conversation_id: uuid.UUID,
    *,
    reason: ReviewReason,
    meant: str | None,
    now: datetime,
    offered: str | None = None,
) -> None:
    """Queue what the person typed before the button that is being answered: the button says how it was misread.

    ``meant``: the topic that they picked then, None when it was none of those offered. ``offered``: only when a button
    with this payload stands under the answer to it.
    """
    typed = session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.author == Author.PERSON,
            Message.state == MessageState.ANSWERED,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    if typed is None or typed.payload is not None or typed.private:
        return
    buttons = (button["payload"] for reply in replies_to(session, typed.id) for button in reply.buttons)
    if offered is not None and offered not in buttons:
        return
    ranking: list[list[str | float]] = [[meant, 1.0]] if meant is not None else []
    if typed.intent is not None and typed.intent != meant:
        ranking.append([typed.intent, typed.confidence or 0.0])
    session.execute(
        insert(Review)
        .values(message_id=typed.id, conversation_id=conversation_id, reason=reason, ranking=ranking, created_at=now)
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

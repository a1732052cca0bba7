"""From planned to queued: what is due, in which order, how much at a time. The sending itself is a job of the queue.

A row and its job are written in one transaction. The queue (Procrastinate) is in the same database: a worker that dies
leaves rows that are queued, and are queued again a minute later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.orm import Session

from programme.models import Delivery, DeliveryState, Message

TASK, QUEUE = "send_delivery", "deliveries"
# queued for so long without a bubble in the transcript: its job died with its worker
LOST = timedelta(minutes=1)
PRIORITIES = (0, 1, 2)
# Procrastinate's own function, the one that its client calls: a job in the transaction of the row. Answers come first
_DEFER = text(
    "SELECT procrastinate_defer_jobs_v1(ARRAY(SELECT ROW("
    ":queue, :task, -1, NULL, NULL, jsonb_build_object('delivery_id', id), NULL"
    ")::procrastinate_job_to_defer_v1 FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS due(id, n) ORDER BY n))"
)


def expire(session: Session, *, now: datetime, limit: int = 10_000) -> int:
    """Mark what waited too long; how many. To be called until it says 0: at once, a great many rows would be locked."""
    late = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.PLANNED, Delivery.expires_at <= now)
        .order_by(Delivery.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("late")
    )
    done = session.execute(
        update(Delivery)
        .where(Delivery.id == late.c.id)
        .values(state=DeliveryState.EXPIRED, state_at=now, reason="too_late")
        .execution_options(synchronize_session=False)
    )
    return done.rowcount  # type: ignore[attr-defined, no-any-return]


def pick(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Queue what is due, most urgent first, then longest due; the ids, in this order. Two pickers share it out."""
    ids: list[int] = []
    for priority in PRIORITIES:
        if len(ids) < limit:
            ids += _take(session, priority, now=now, limit=limit - len(ids))
    _defer(session, ids)
    return ids


def queue_lost_again(session: Session, *, now: datetime, limit: int = 500) -> list[int]:
    """Queue again what was queued by, or for, a worker that died before it said anything."""
    said = exists(select(Message.id).where(Message.delivery_id == Delivery.id))
    lost = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.state_at <= now - LOST, ~said)
        .order_by(Delivery.state_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("lost")
    )
    ids = list(
        session.scalars(
            update(Delivery)
            .where(Delivery.id == lost.c.id)
            .values(state_at=now)
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
    )
    _defer(session, ids)
    return ids


def under_way(session: Session, *, now: datetime) -> int:
    """How many were queued lately and have not left: those of long ago wait for the channel, and hold nobody up."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.state == DeliveryState.QUEUED, Delivery.state_at > now - LOST)
        )
        or 0
    )


@dataclass(frozen=True)
class Backlog:
    """``due`` wait to be picked, the oldest of them since ``oldest_due_at``; ``queued`` wait to leave."""

    due: int
    oldest_due_at: datetime | None
    queued: int
    planned_later: int


def backlog(session: Session, *, now: datetime) -> Backlog:
    planned = Delivery.state == DeliveryState.PLANNED
    due, oldest = session.execute(
        select(func.count(), func.min(Delivery.due_at)).where(
            planned, Delivery.priority.in_(PRIORITIES), Delivery.due_at <= now
        )
    ).one()
    later = session.scalar(
        select(func.count()).where(planned, Delivery.priority.in_(PRIORITIES), Delivery.due_at > now)
    )
    queued = session.scalar(select(func.count()).where(Delivery.state == DeliveryState.QUEUED))
    return Backlog(due, oldest, queued or 0, later or 0)


def _take(session: Session, priority: int, *, now: datetime, limit: int) -> list[int]:
    due = (
        select(Delivery.id, Delivery.due_at)
        .where(
            Delivery.state == DeliveryState.PLANNED,
            Delivery.priority == priority,
            Delivery.due_at <= now,
            Delivery.expires_at > now,
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = session.execute(
        update(Delivery)
        .where(Delivery.id == due.c.id)
        .values(state=DeliveryState.QUEUED, state_at=now, reason=None)
        .returning(due.c.due_at, Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    return [delivery_id for _, delivery_id in sorted(tuple(row) for row in taken)]


def _defer(session: Session, ids: Sequence[int]) -> None:
    if ids:
        session.execute(_DEFER, {"queue": QUEUE, "task": TASK, "ids": list(ids)})

"""Messages that are due, of which a test says what it is about."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.deliveries import queue
from programme.deliveries.planning import add
from programme.deliveries.sending import Sending
from programme.models import Delivery, Purpose
from tests.conftest import NOW


def a_delivery(session: Session, person_id: int, **changes: Any) -> int:
    """A reminder that is due now and of use for two hours; its id."""
    row: dict[str, Any] = {
        "person_id": person_id,
        "purpose": Purpose.BOOKING_EVE,
        "object_id": 1,
        "step": "",
        "anchor_at": NOW + timedelta(days=1),
        "priority": 1,
        "due_at": NOW,
        "expires_at": NOW + timedelta(hours=2),
        **changes,
    }
    add(session, [row], now=NOW)
    keys = ("person_id", "purpose", "object_id", "step", "anchor_at")
    delivery_id = session.scalar(select(Delivery.id).where(*(getattr(Delivery, key) == row[key] for key in keys)))
    assert delivery_id is not None
    return delivery_id


def say_due(session: Session, sending: Sending, *, now: datetime) -> None:
    """What the worker does with all that is due at this moment, up to the transcript."""
    while picked := queue.pick(session, now=now, limit=100):
        for delivery_id in picked:
            sending.prepare(session, delivery_id, now=now)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def states(session: Session) -> dict[int, str]:
    return {row.id: row.state.value for row in session.execute(select(Delivery.id, Delivery.state))}


def due_of(session: Session) -> list[tuple[str, datetime]]:
    rows = session.execute(select(Delivery.purpose, Delivery.due_at).order_by(Delivery.due_at))
    return [(purpose.value, due_at) for purpose, due_at in rows]

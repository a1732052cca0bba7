"""Who did what to whose data: lines that are added, never changed, and never hold the data itself."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from programme.models import AuditLine, Teller

# names, counts and ids
Detail = str | int | bool | list[str] | list[int] | None


def record(
    session: Session,
    action: str,
    *,
    teller: Teller,
    now: datetime,
    person_id: int | None = None,
    staff_id: int | None = None,
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Add a line, in the transaction of what it tells. ``action`` is an object and a verb: « profile.share »."""
    record_each(session, action, [(person_id, details or {})], teller=teller, now=now, staff_id=staff_id)


def record_each(
    session: Session,
    action: str,
    people: Iterable[tuple[int | None, Mapping[str, Detail]]],
    *,
    teller: Teller,
    now: datetime,
    staff_id: int | None = None,
) -> None:
    """A line about each of these people, with its details, in one go."""
    common = {"at": now, "teller": teller, "staff_id": staff_id, "action": action}
    lines = [{**common, "person_id": person_id, "details": dict(details)} for person_id, details in people]
    if lines:
        session.execute(insert(AuditLine), lines)


def about(session: Session, person_id: int, *, limit: int = 100) -> Sequence[AuditLine]:
    """What was done to this person's data, the latest first."""
    return session.scalars(
        select(AuditLine).where(AuditLine.person_id == person_id).order_by(AuditLine.id.desc()).limit(limit)
    ).all()

"""What counsellors write down about a young person, for their team; the person reads it in their own data."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.models import Note, StaffMember

# a note is a few sentences; a report belongs elsewhere
LONGEST = 2000


def add(session: Session, person_id: int, *, staff_id: int, text: str, now: datetime) -> Note | None:
    """Keep the note, at most LONGEST characters of it; None when there is nothing in it."""
    written = text.strip()[:LONGEST]
    if not written:
        return None
    note = Note(person_id=person_id, staff_id=staff_id, text=written, created_at=now)
    session.add(note)
    session.flush()
    return note


def of_person(session: Session, person_id: int, *, limit: int = 50) -> Sequence[tuple[Note, str | None]]:
    """The latest first, each with the name of who wrote it; None when they are gone."""
    rows = session.execute(
        select(Note, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Note.staff_id)
        .where(Note.person_id == person_id)
        .order_by(Note.id.desc())
        .limit(limit)
    )
    return [(note, name) for note, name in rows]

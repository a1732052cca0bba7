"""The notebook: the companies that a person spoke to, what they need, what was promised."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from programme.contact_words import Told
from programme.errors import ContactNotFound
from programme.models import Contact

# so many in a row without an answer, and the help changes
SILENCE = 3


def note(session: Session, *, person_id: int, told: str, read: Told, now: datetime) -> Contact:
    """Keep what was told, whole, with what was read in it; it counts once confirmed."""
    contact = Contact(
        person_id=person_id,
        told=told,
        company=read.company,
        spoke_to=read.spoke_to,
        need=read.need,
        urgency=read.urgency,
        next_step=read.next_step,
        next_on=read.next_on,
        answered=read.answered,
        created_at=now,
    )
    session.add(contact)
    session.flush()
    return contact


def own_contact(session: Session, contact_id: int | None, *, person_id: int) -> Contact:
    """Raises ContactNotFound when it is nobody's, or somebody else's."""
    contact = session.get(Contact, contact_id) if contact_id is not None else None
    if contact is None or contact.person_id != person_id:
        raise ContactNotFound(contact_id)
    return contact


def confirm(session: Session, contact: Contact, *, now: datetime) -> None:
    contact.confirmed_at = now
    session.flush()


def change(session: Session, contact: Contact, **changes: object) -> None:
    """Set fields of the entry; a new day is brought to mind anew."""
    if "next_on" in changes and changes["next_on"] != contact.next_on:
        contact.reminded_at = None
    for name, value in changes.items():
        setattr(contact, name, value)
    session.flush()


def remove(session: Session, contact: Contact) -> None:
    session.execute(delete(Contact).where(Contact.id == contact.id))


def share(session: Session, contact: Contact, *, shared: bool, now: datetime) -> None:
    """Let the counsellors read this entry, or no more."""
    contact.shared_at = now if shared else None
    session.flush()


def notebook(session: Session, person_id: int) -> Sequence[Contact]:
    """What comes next first, then the latest; entries that were not confirmed are there too: nothing told is lost."""
    return session.scalars(
        select(Contact).where(Contact.person_id == person_id).order_by(Contact.next_on.nulls_last(), Contact.id.desc())
    ).all()


def silent_in_a_row(session: Session, person_id: int) -> int:
    """How many of the latest contacts had no answer, up to the first that had one."""
    latest = session.scalars(
        select(Contact.answered).where(Contact.person_id == person_id).order_by(Contact.id.desc()).limit(50)
    ).all()
    return next((count for count, answered in enumerate(latest) if answered), len(latest))


def latest_need(session: Session, person_id: int) -> Contact | None:
    """The latest entry in which a need was heard."""
    return session.scalar(
        select(Contact)
        .where(Contact.person_id == person_id, Contact.need.is_not(None))
        .order_by(Contact.id.desc())
        .limit(1)
    )


def is_past(contact: Contact, today: date) -> bool:
    return contact.next_on is not None and contact.next_on < today

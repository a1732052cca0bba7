"""The notebook: the companies that a person spoke to, what they need, what was promised."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from programme.contact_words import Told
from programme.errors import ContactNotFound
from programme.models import Contact

# so many in a row without an answer, and the help changes
SILENCE = 3
# a promised call-back is brought to mind within these hours of its day, in the person's zone
REMIND_FROM, REMIND_UNTIL = time(9), time(20)


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


def claim_call_backs(session: Session, *, zone: ZoneInfo, now: datetime) -> Sequence[Contact]:
    """The entries whose promised day is today, now marked as brought to mind; [] outside decent hours.

    The rows stay locked until the transaction ends: two workers never claim the same one. What is said must be stored
    in the same transaction, so that it is said once whatever happens.
    """
    local = now.astimezone(zone)
    if not REMIND_FROM <= local.time() < REMIND_UNTIL:
        return []
    due = session.scalars(
        select(Contact)
        .where(
            Contact.next_on == local.date(),
            Contact.remind,
            Contact.confirmed_at.is_not(None),
            Contact.reminded_at.is_(None),
            # promised for a day on which it was noted already: it is fresh in mind
            func.date(func.timezone(str(zone), Contact.confirmed_at)) < local.date(),
        )
        .order_by(Contact.id)
        .with_for_update(skip_locked=True)
        .limit(100)
    ).all()
    if due:
        session.execute(update(Contact).where(Contact.id.in_([contact.id for contact in due])).values(reminded_at=now))
    return due


def is_past(contact: Contact, today: date) -> bool:
    return contact.next_on is not None and contact.next_on < today

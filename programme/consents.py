"""What a person agreed to, purpose by purpose, with the words that were shown. The latest yes or no counts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from programme import audit, path
from programme.models import Consent, ConsentPurpose, ProfileShare, Teller


def give(
    session: Session, person_id: int, purpose: ConsentPurpose, *, text_version: str, text_shown: str, now: datetime
) -> Consent:
    """The person says yes to what they were shown. Raises PersonNotFound."""
    return _say(session, person_id, purpose, True, text_version=text_version, text_shown=text_shown, now=now)


def withdraw(
    session: Session,
    person_id: int,
    purpose: ConsentPurpose,
    *,
    text_version: str,
    text_shown: str,
    now: datetime,
    teller: Teller = Teller.PERSON,
    staff_id: int | None = None,
) -> Consent:
    """The person says no, or no more: from now on nothing of their profile is shared, when that is the purpose.

    Raises PersonNotFound.
    """
    said = _say(session, person_id, purpose, False, text_version=text_version, text_shown=text_shown, now=now)
    if purpose is ConsentPurpose.SHARE_PROFILE:
        ended = session.scalars(
            update(ProfileShare)
            .where(ProfileShare.person_id == person_id, ProfileShare.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
            .returning(ProfileShare.organisation_id)
        ).all()
        for organisation_id in sorted(ended):
            audit.record(
                session,
                "profile.unshare",
                teller=teller,
                now=now,
                person_id=person_id,
                staff_id=staff_id,
                details={"organisation": organisation_id},
            )
    return said


def latest(session: Session, person_id: int, purpose: ConsentPurpose) -> Consent | None:
    """What was said last; None when the person was never asked."""
    return session.scalar(
        select(Consent)
        .where(Consent.person_id == person_id, Consent.purpose == purpose)
        .order_by(Consent.id.desc())
        .limit(1)
    )


def holds(session: Session, person_id: int, purpose: ConsentPurpose) -> bool:
    """Is the latest word a yes? Never asked is no."""
    said = latest(session, person_id, purpose)
    return said is not None and said.given


def history(session: Session, person_id: int) -> Sequence[Consent]:
    """Every yes and no, the first one first."""
    return session.scalars(select(Consent).where(Consent.person_id == person_id).order_by(Consent.id)).all()


def _say(
    session: Session,
    person_id: int,
    purpose: ConsentPurpose,
    given: bool,
    *,
    text_version: str,
    text_shown: str,
    now: datetime,
) -> Consent:
    # one word after the other: a share that begins meanwhile is seen by the withdrawal, or comes after it
    path.locked(session, person_id)
    consent = Consent(
        person_id=person_id, purpose=purpose, given=given, text_version=text_version, text_shown=text_shown, at=now
    )
    session.add(consent)
    session.flush()
    return consent

"""What another organisation may see of a person, because they said so: named fields, until a day, withdrawn at once.

Each share, each reading and each end leaves a line in the audit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from programme import audit, consents, path, profiles
from programme.errors import OrganisationNotFound, ShareRefused
from programme.models import ConsentPurpose, Organisation, Person, ProfileShare, Teller

LONGEST = relativedelta(years=1)


class SharedField(StrEnum):
    """All that may be shared. Not among them: birth month, neighbourhood, guardian, conversations, notebook."""

    DISPLAY_NAME = "display_name"
    AGE_BAND = "age_band"
    COMMUNE = "commune"
    LEVEL = "level"
    LANGUAGES = "languages"
    STAGE = "stage"
    SCHOOL_STATUS = "school_status"
    EMPLOYER_STATUS = "employer_status"


@dataclass(frozen=True)
class SharedProfile:
    """One person as an organisation sees them; what is not known is None."""

    person_id: int
    values: dict[SharedField, str | None]
    ends_on: date


def share(
    session: Session,
    person_id: int,
    organisation_id: int,
    *,
    fields: Iterable[SharedField],
    on: date,
    ends_on: date,
    text_version: str,
    text_shown: str,
    now: datetime,
) -> ProfileShare:
    """The person lets the organisation see these fields from ``on`` to ``ends_on``, both included.

    It takes the place of what they let it see before. The consent, with the words shown, is of the same transaction.
    Raises PersonNotFound, OrganisationNotFound, ShareRefused (no field, an end that is past or over a year away).
    """
    wanted = sorted(set(fields), key=list(SharedField).index)
    if not wanted or not on <= ends_on <= on + LONGEST:
        raise ShareRefused(organisation_id)
    if session.get(Organisation, organisation_id) is None:
        raise OrganisationNotFound(organisation_id)
    consent = consents.give(
        session,
        person_id,
        ConsentPurpose.SHARE_PROFILE,
        text_version=text_version,
        text_shown=text_shown,
        now=now,
    )
    _end(session, person_id, organisation_id, now=now)
    shared = ProfileShare(
        person_id=person_id,
        organisation_id=organisation_id,
        consent_id=consent.id,
        fields=",".join(wanted),
        starts_on=on,
        ends_on=ends_on,
    )
    session.add(shared)
    session.flush()
    audit.record(session, "profile.share", teller=Teller.PERSON, now=now, person_id=person_id, details=_told(shared))
    return shared


def stop(session: Session, person_id: int, organisation_id: int, *, now: datetime) -> bool:
    """This organisation sees nothing any more, the others still do; False when it saw nothing.

    Raises PersonNotFound. To stop all of it: `consents.withdraw`.
    """
    path.locked(session, person_id)
    ended = _end(session, person_id, organisation_id, now=now)
    if ended is None:
        return False
    audit.record(
        session,
        "profile.unshare",
        teller=Teller.PERSON,
        now=now,
        person_id=person_id,
        details={"organisation": organisation_id, "share": ended},
    )
    return True


def shares_of(session: Session, person_id: int, *, on: date) -> Sequence[ProfileShare]:
    """Who may see what of this person on this day."""
    return session.scalars(
        select(ProfileShare)
        .where(ProfileShare.person_id == person_id, ProfileShare.withdrawn_at.is_(None))
        .where(ProfileShare.starts_on <= on, ProfileShare.ends_on >= on)
        .order_by(ProfileShare.id)
    ).all()


def shared_with(
    session: Session,
    organisation_id: int,
    *,
    on: date,
    now: datetime,
    staff_id: int | None = None,
    limit: int = 50,
    after: int = 0,
) -> list[SharedProfile]:
    """What the organisation may see on this day, a page at a time, by person; ``after`` is the last person seen.

    Each profile handed out leaves a line in the audit, with the names of the fields.
    """
    rows = session.execute(
        select(ProfileShare, Person)
        .join(Person, Person.id == ProfileShare.person_id)
        .where(ProfileShare.organisation_id == organisation_id, ProfileShare.withdrawn_at.is_(None))
        .where(ProfileShare.starts_on <= on, ProfileShare.ends_on >= on, ProfileShare.person_id > after)
        .order_by(ProfileShare.person_id)
        .limit(limit)
    ).all()
    seen = [
        SharedProfile(
            person_id=person.id,
            values={SharedField(name): _value(person, SharedField(name), on) for name in shared.fields.split(",")},
            ends_on=shared.ends_on,
        )
        for shared, person in rows
    ]
    read = [(shared.person_id, _told(shared)) for shared, _ in rows]
    audit.record_each(session, "profile.read", read, teller=Teller.STAFF, now=now, staff_id=staff_id)
    return seen


def _value(person: Person, field: SharedField, on: date) -> str | None:
    value = profiles.age_band_on(person, on) if field is SharedField.AGE_BAND else getattr(person, field)
    return None if value is None else str(value)


def _end(session: Session, person_id: int, organisation_id: int, *, now: datetime) -> int | None:
    """Close the open share, if one is; its id."""
    return session.scalar(
        update(ProfileShare)
        .where(
            ProfileShare.person_id == person_id,
            ProfileShare.organisation_id == organisation_id,
            ProfileShare.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(ProfileShare.id)
    )


def _told(shared: ProfileShare) -> dict[str, audit.Detail]:
    return {"organisation": shared.organisation_id, "share": shared.id, "fields": shared.fields.split(",")}

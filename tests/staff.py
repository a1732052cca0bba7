"""Somebody of the staff who can log in: a member, a password, a phone."""

from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from programme import accounts, second_factor, structures
from programme.models import OrganisationKind, Role

GOOD = "trois velos sous la pluie"


def somebody(session: Session, email: str, *, name: str = "Sam Benali", role: Role = Role.COUNSELLOR) -> int:
    """A member of the one team; their id."""
    organisation = structures.save_organisation(session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="ML")
    team = structures.save_team(session, organisation_id=organisation, name="Équipe")
    return structures.save_staff(session, email=email, team_id=team, role=role, name=name)


def with_password(session: Session, staff_id: int, *, now: datetime, password: str = GOOD) -> int:
    accounts.set_password(session, accounts.invite(session, staff_id, now=now), password, now=now)
    return staff_id


def phone_of(session: Session, staff_id: int) -> pyotp.TOTP:
    """What the application on the phone makes of the picture."""
    parsed = pyotp.parse_uri(second_factor.begin(session, staff_id).uri)
    assert isinstance(parsed, pyotp.TOTP)
    return parsed

"""Keeping the team's accounts: who is of it, with which role; each change leaves a line.

``by`` is the staff id of who changes it, None on the command line: whoever has the machine has that. Nobody shuts
themselves out or takes away their own role, so that somebody who keeps the accounts is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from programme import accounts, audit, second_factor, structures
from programme.errors import AddressTaken, AddressWrong, OwnAccount, StaffNotFound
from programme.models import Account, Organisation, Role, StaffMember, Team, Teller

PAGE = 50


@dataclass(frozen=True)
class Line:
    """Somebody of the team, with what is known of their account (None: they never got a link)."""

    staff: StaffMember
    team: str
    organisation: str
    account: Account | None

    @property
    def opened(self) -> bool:
        """They chose a password, or come in through the identity provider."""
        return self.account is not None and bool(self.account.password_hash or self.account.subject)

    def locked(self, now: datetime) -> bool:
        return self.account is not None and accounts.is_locked(self.account, now=now)


def listed(session: Session, *, words: str = "", after: int | None = None, limit: int | None = PAGE) -> list[Line]:
    """By name, then id; those whose name or address has these words; after the one with this id (None: from the
    first)."""
    query = (
        select(StaffMember, Team.name, Organisation.name, Account)
        .join(Team, Team.id == StaffMember.team_id)
        .join(Organisation, Organisation.id == Team.organisation_id)
        .outerjoin(Account, Account.staff_id == StaffMember.id)
        .order_by(func.lower(StaffMember.name), StaffMember.id)
        .limit(limit)
    )
    for word in words.lower().split():
        within = func.lower(StaffMember.name).contains(word, autoescape=True)
        query = query.where(or_(within, StaffMember.email.contains(word, autoescape=True)))
    if after is not None:
        last = select(func.lower(StaffMember.name), StaffMember.id).where(StaffMember.id == after)
        query = query.where(tuple_(func.lower(StaffMember.name), StaffMember.id) > last.scalar_subquery())
    return [Line(*row) for row in session.execute(query)]


def line_of(session: Session, staff_id: int) -> Line:
    """Raises StaffNotFound."""
    row = session.execute(
        select(StaffMember, Team.name, Organisation.name, Account)
        .join(Team, Team.id == StaffMember.team_id)
        .join(Organisation, Organisation.id == Team.organisation_id)
        .outerjoin(Account, Account.staff_id == StaffMember.id)
        .where(StaffMember.id == staff_id)
    ).one_or_none()
    if row is None:
        raise StaffNotFound(staff_id)
    return Line(*row)


def teams(session: Session) -> Sequence[tuple[int, str]]:
    """All teams as (id, « Mission locale, équipe »), in that order."""
    rows = session.execute(
        select(Team.id, Organisation.name, Team.name)
        .join(Organisation, Organisation.id == Team.organisation_id)
        .order_by(Organisation.name, Team.name, Team.id)
    )
    return [(team_id, f"{organisation}, {team}") for team_id, organisation, team in rows]


def add(session: Session, *, email: str, name: str, role: Role, team_id: int, by: int | None, now: datetime) -> int:
    """Somebody new; their id. Raises AddressWrong, AddressTaken."""
    address = email.strip().lower()
    start, _, site = address.partition("@")
    if not start or not site or any(sign.isspace() for sign in address) or "@" in site:
        raise AddressWrong(email)
    if session.scalar(select(StaffMember.id).where(func.lower(StaffMember.email) == address)) is not None:
        raise AddressTaken(address)
    staff_id = structures.save_staff(session, email=address, team_id=team_id, role=role, name=name.strip())
    _record(session, "account.add", staff_id, by=by, now=now, role=role.value)
    return staff_id


def change(
    session: Session, staff_id: int, *, name: str, role: Role, team_id: int, by: int | None, now: datetime
) -> None:
    """Their name, role and team. Raises StaffNotFound; OwnAccount for one's own role."""
    staff = _staff(session, staff_id)
    if staff_id == by and role is not staff.role:
        raise OwnAccount
    before = staff.role
    staff.name, staff.role, staff.team_id = name.strip(), role, team_id
    _record(session, "account.change", staff_id, by=by, now=now, role_before=before.value, role=role.value)


def set_active(session: Session, staff_id: int, active: bool, *, by: int | None, now: datetime) -> None:
    """Shut somebody out at once, in all browsers, or let them in again. Raises StaffNotFound, OwnAccount."""
    if staff_id == by:
        raise OwnAccount
    staff = _staff(session, staff_id)
    if staff.active == active:
        return
    staff.active = active
    if not active:
        accounts.revoke_all_but(session, staff_id, None, now=now)
    _record(session, "account.reactivate" if active else "account.deactivate", staff_id, by=by, now=now)


def invite(session: Session, staff_id: int, *, by: int | None, now: datetime) -> str:
    """The secret of a link that sets their password (`accounts.invite`). Raises StaffNotFound."""
    token = accounts.invite(session, staff_id, now=now)
    _record(session, "account.invite", staff_id, by=by, now=now)
    return token


def unlock(session: Session, staff_id: int, *, by: int | None, now: datetime) -> None:
    """Let them try again at once, after wrong passwords. Raises StaffNotFound: they have no account."""
    accounts.unlock(session, staff_id)
    _record(session, "account.unlock", staff_id, by=by, now=now)


def reset_second_factor(session: Session, staff_id: int, *, by: int | None, now: datetime) -> None:
    """Their phone is lost: the next login sets one up. Raises StaffNotFound: they have no account."""
    second_factor.reset(session, staff_id, now=now)
    _record(session, "account.reset_second_factor", staff_id, by=by, now=now)


def _staff(session: Session, staff_id: int) -> StaffMember:
    found = session.get(StaffMember, staff_id)
    if found is None:
        raise StaffNotFound(staff_id)
    return found


def _record(session: Session, action: str, staff_id: int, *, by: int | None, now: datetime, **details: str) -> None:
    audit.record(
        session,
        action,
        teller=Teller.SYSTEM if by is None else Teller.STAFF,
        now=now,
        staff_id=by,
        details={"staff_id": staff_id, **details},
    )

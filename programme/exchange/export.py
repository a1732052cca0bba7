"""Taking data out: the columns that an import reads, for those who may, with a line in the audit."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from programme import audit
from programme.errors import ExportNotAllowed, ExportTooLarge, StaffNotFound
from programme.exchange import companies, events, people
from programme.exchange.preview import Context, Kind, written_rows
from programme.exchange.tables import MAX_ROWS, Written
from programme.models import Person, Role, StaffMember, Team, Teller

# whose data may leave, by whom: least data. Counts for committees leave by programme/figures.py.
MAY = {
    people.KIND.name: {Role.COUNSELLOR, Role.TEAM_LEAD, Role.PROGRAMME_MANAGER, Role.ADMIN},
    # with names and telephone numbers of people at work
    companies.KIND.name: {Role.ANIMATOR, Role.TEAM_LEAD, Role.PROGRAMME_MANAGER, Role.ADMIN},
    events.KIND.name: set(Role),
    "figures": {Role.COUNSELLOR, Role.ANIMATOR, Role.TEAM_LEAD, Role.PROGRAMME_MANAGER, Role.ADMIN},
}


def staff_by_email(session: Session, email: str) -> int:
    """Raises StaffNotFound: nobody active has this mail."""
    found = session.scalar(
        select(StaffMember.id).where(func.lower(StaffMember.email) == email.lower(), StaffMember.active)
    )
    if found is None:
        raise StaffNotFound
    return found


def allowed(session: Session, what: str, *, staff_id: int) -> StaffMember:
    """Whoever may take this out. Raises ExportNotAllowed."""
    staff = session.get(StaffMember, staff_id)
    if staff is None or not staff.active or staff.role not in MAY[what]:
        raise ExportNotAllowed(staff_id)
    return staff


def export(
    session: Session,
    kind: Kind,
    *,
    staff_id: int,
    zone: ZoneInfo,
    now: datetime,
    only: Select[Any] | None = None,
) -> tuple[list[str], list[list[Written]]]:
    """Titles and rows, for tables.to_csv or to_xlsx; importing them again changes nothing.

    Of the young people, a counsellor gets those they follow, a team lead those of the team, a programme manager those
    of the organisation, an administrator all.

    Args:
        only: ids of people, dates or companies, by kind; all of them by default.
    Raises:
        ExportNotAllowed: this member of the staff may not.
        ExportTooLarge: more rows than an import takes.
    """
    staff = allowed(session, kind.name, staff_id=staff_id)
    if kind is people.KIND:
        only = _people_of(staff, only)
        if (session.scalar(select(func.count()).select_from(only.limit(MAX_ROWS + 1).subquery())) or 0) > MAX_ROWS:
            raise ExportTooLarge(MAX_ROWS)
    rows = kind.rows(session, only, Context(zone, now, staff_id))
    if len(rows) > MAX_ROWS:
        raise ExportTooLarge(MAX_ROWS)
    audit.record(
        session, f"{kind.name}.export", teller=Teller.STAFF, now=now, staff_id=staff_id, details={"rows": len(rows)}
    )
    return written_rows(kind, rows)


def _people_of(staff: StaffMember, only: Select[Any] | None) -> Select[Any]:
    found = select(Person.id)
    if only is not None:
        found = found.where(Person.id.in_(only))
    match staff.role:
        case Role.COUNSELLOR:
            return found.where(Person.counsellor_id == staff.id)
        case Role.TEAM_LEAD:
            return found.where(Person.team_id == staff.team_id)
        case Role.PROGRAMME_MANAGER:
            own = select(Team.organisation_id).where(Team.id == staff.team_id).scalar_subquery()
            return found.where(Person.team_id.in_(select(Team.id).where(Team.organisation_id == own)))
    return found

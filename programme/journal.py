"""The audit lines, to read: who did what to whose data, the latest first. Young people stand there by number alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from programme import permissions
from programme.models import AuditLine, Role, StaffMember
from programme.permissions import Member

PAGE = 50


@dataclass(frozen=True)
class Filter:
    """Which lines; None: all."""

    staff_id: int | None = None
    person_id: int | None = None
    action: str | None = None


def listed(
    session: Session, who: Member, filter: Filter, *, before: int | None = None, limit: int = PAGE
) -> Sequence[tuple[AuditLine, str | None]]:
    """Lines with the name of who of the staff did it (None: nobody of the staff, or somebody who is gone).

    An admin reads all of them; who else has the right, those of the staff of the teams within reach.
    """
    query = (
        select(AuditLine, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == AuditLine.staff_id)
        .where(_within_reach(session, who))
        .order_by(AuditLine.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditLine.id < before)
    if filter.staff_id is not None:
        query = query.where(AuditLine.staff_id == filter.staff_id)
    if filter.person_id is not None:
        query = query.where(AuditLine.person_id == filter.person_id)
    if filter.action is not None:
        query = query.where(AuditLine.action == filter.action)
    return [(line, name) for line, name in session.execute(query)]


def staff_within_reach(session: Session, who: Member) -> list[tuple[int, str]]:
    """(id, name) of those whose lines this member reads, by name; those who left as well."""
    query = select(StaffMember.id, StaffMember.name).order_by(StaffMember.name, StaffMember.id)
    if who.role is not Role.ADMIN:
        query = query.where(StaffMember.team_id.in_(permissions.team_ids(session, who)))
    return [(staff_id, name) for staff_id, name in session.execute(query)]


def _within_reach(session: Session, who: Member) -> ColumnElement[bool]:
    if who.role is Role.ADMIN:
        return AuditLine.id.is_not(None)
    ids = [staff_id for staff_id, _ in staff_within_reach(session, who)]
    return AuditLine.staff_id.in_(ids) if ids else false()

"""Who of the team is away, and who has their young people meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, aliased

from programme import permissions
from programme.errors import AbsenceDatesWrong, AbsenceNotFound, AbsenceOverlaps, DeputyNotPossible, StaffNotFound
from programme.models import Absence, StaffMember, Team
from programme.permissions import Right

NamedAbsence = tuple[Absence, StaffMember, StaffMember | None]


def add(
    session: Session, staff_id: int, *, starts_on: date, ends_on: date, deputy_id: int | None = None, today: date
) -> Absence:
    """Note that somebody is away, both days included; without a deputy the whole team sees who needs them.

    Raises:
        StaffNotFound: no active member of the staff has this id.
        AbsenceDatesWrong: it ends before it starts, or is over.
        AbsenceOverlaps: they are away on one of these days already.
        DeputyNotPossible: not one of `possible_deputies`.
    """
    # locked, so that two forms sent together are looked at one after the other
    absent = session.get(StaffMember, staff_id, with_for_update={"key_share": True}, populate_existing=True)
    if absent is None or not absent.active:
        raise StaffNotFound(staff_id)
    if ends_on < starts_on or ends_on < today:
        raise AbsenceDatesWrong(starts_on, ends_on)
    if deputy_id is not None and deputy_id not in {each.id for each in possible_deputies(session, absent)}:
        raise DeputyNotPossible(deputy_id)
    overlapping = select(Absence.id).where(
        Absence.staff_id == staff_id, Absence.starts_on <= ends_on, Absence.ends_on >= starts_on
    )
    if session.scalar(overlapping.limit(1)) is not None:
        raise AbsenceOverlaps(staff_id)
    absence = Absence(staff_id=staff_id, starts_on=starts_on, ends_on=ends_on, deputy_id=deputy_id)
    session.add(absence)
    session.flush()
    return absence


def remove(session: Session, absence_id: int) -> None:
    """They are there after all. Raises AbsenceNotFound."""
    if session.scalar(delete(Absence).where(Absence.id == absence_id).returning(Absence.id)) is None:
        raise AbsenceNotFound(absence_id)


def listed(session: Session, staff_ids: Sequence[int], *, today: date) -> list[NamedAbsence]:
    """Absences of these that are not over, the soonest first: who is away, and their deputy."""
    deputy = aliased(StaffMember)
    rows = session.execute(
        select(Absence, StaffMember, deputy)
        .join(StaffMember, StaffMember.id == Absence.staff_id)
        .outerjoin(deputy, deputy.id == Absence.deputy_id)
        .where(Absence.staff_id.in_(staff_ids), Absence.ends_on >= today)
        .order_by(Absence.starts_on, Absence.id)
    )
    return [(absence, absent, named) for absence, absent, named in rows]


def possible_deputies(session: Session, absent: StaffMember) -> list[StaffMember]:
    """Who can answer the young people of this member of the staff: active, of the same organisation, and within whose
    reach the team is; by name."""
    colleagues = session.scalars(
        select(StaffMember)
        .join(Team, Team.id == StaffMember.team_id)
        .where(
            Team.organisation_id == select(Team.organisation_id).where(Team.id == absent.team_id).scalar_subquery(),
            StaffMember.active,
            StaffMember.id != absent.id,
            StaffMember.role.in_([role for role, rights in permissions.RIGHTS.items() if Right.ANSWER in rights]),
        )
        .order_by(StaffMember.name, StaffMember.id)
    ).all()
    return [each for each in colleagues if each.team_id == absent.team_id or _reaches(session, each, absent.team_id)]


def _reaches(session: Session, colleague: StaffMember, team_id: int) -> bool:
    found = permissions.member(session, colleague.id)
    return found is not None and team_id in permissions.team_ids(session, found)


def away(session: Session, staff_id: int, *, on: date) -> Absence | None:
    """Their absence on this day; None when they are there."""
    return session.scalar(
        select(Absence).where(Absence.staff_id == staff_id, Absence.starts_on <= on, Absence.ends_on >= on).limit(1)
    )


def stand_ins(session: Session, organisation_id: int, *, on: date) -> dict[int, int | None]:
    """Who of the organisation is away on this day, each with who has their young people then.

    When the deputy is away as well, it is the deputy's own deputy, and so on; None when nobody is left.
    """
    deputy = aliased(StaffMember)
    rows = session.execute(
        select(Absence.staff_id, deputy.id)
        .join(StaffMember, StaffMember.id == Absence.staff_id)
        .join(Team, Team.id == StaffMember.team_id)
        # whoever has left the staff since stands in for nobody
        .outerjoin(deputy, (deputy.id == Absence.deputy_id) & deputy.active)
        .where(Team.organisation_id == organisation_id, Absence.starts_on <= on, Absence.ends_on >= on)
    )
    deputies: dict[int, int | None] = {row[0]: row[1] for row in rows}
    return {absent: _who_is_there(absent, deputies) for absent in deputies}


def _who_is_there(absent: int, deputies: Mapping[int, int | None]) -> int | None:
    """Along the deputies to the first one who is not away; None when it ends, or comes back to somebody."""
    seen = {absent}
    following = deputies[absent]
    while following is not None and following in deputies:
        if following in seen:
            return None
        seen.add(following)
        following = deputies[following]
    return following


def stands_in_for(session: Session, staff_id: int, *, on: date) -> list[int]:
    """Staff ids whom this one replaces on this day; nobody while they are away themselves."""
    found = permissions.member(session, staff_id)
    if found is None:
        return []
    return sorted(
        absent for absent, there in stand_ins(session, found.organisation_id, on=on).items() if there == staff_id
    )

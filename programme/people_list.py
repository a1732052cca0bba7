"""The young people within reach of a member of the staff, a page at a time.

The latest who came first. A team's part of the table is found by its index; of a reach of tens of thousands a filter
or a name reads that part whole, about a tenth of a second for each 50,000 people. A number is one look-up whatever the
reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from programme.models import (
    EmployerStatus,
    Enrolment,
    PathStage,
    Person,
    Programme,
    Role,
    StaffMember,
    Team,
)
from programme.permissions import Member, people_within_reach, teams_within_reach
from programme.portfolio import PAGE, Followed, followed
from programme.sql_words import begins_a_word

# somebody whose employer is sure
HAS_EMPLOYER = (EmployerStatus.PROMISED, EmployerStatus.SIGNED)
# beyond that a number is of no table of ours
MOST_DIGITS = 18


class Whose(StrEnum):
    ALL = "all"
    MINE = "mine"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. ``words``: the beginning of a name, our number, or that of their own software."""

    whose: Whose = Whose.ALL
    counsellor_id: int | None = None
    stage: PathStage | None = None
    without_employer: bool = False
    programme_id: int | None = None
    words: str = ""


def page(
    session: Session, who: Member, filters: Filters, *, now: datetime, before: int | None = None, size: int = PAGE
) -> tuple[list[Followed], int | None]:
    """The next lines, of who came before that person; and ``before`` of the following page, if there is one."""
    people = select(Person).where(people_within_reach(session, who), *_conditions(filters, who))
    if before is not None:
        people = people.where(Person.id < before)
    found = followed(session, people.order_by(Person.id.desc()).limit(size + 1), now=now)[::-1]
    return (found, None) if len(found) <= size else (found[:size], found[size - 1].person_id)


def _conditions(filters: Filters, who: Member) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.whose is Whose.MINE:
        conditions.append(Person.counsellor_id == who.staff_id)
    elif filters.whose is Whose.NOBODYS:
        conditions.append(Person.counsellor_id.is_(None))
    if filters.counsellor_id is not None:
        conditions.append(Person.counsellor_id == filters.counsellor_id)
    if filters.stage is not None:
        conditions.append(Person.stage == filters.stage)
    if filters.without_employer:
        conditions.append(Person.employer_status.not_in(HAS_EMPLOYER))
    if filters.programme_id is not None:
        conditions.append(
            exists().where(
                Enrolment.person_id == Person.id,
                Enrolment.programme_id == filters.programme_id,
                Enrolment.left_on.is_(None),
            )
        )
    # no text of PostgreSQL holds a zero byte
    if words := " ".join(filters.words.replace("\0", "").split()):
        conditions.append(_found_by(words))
    return conditions


def _found_by(words: str) -> ColumnElement[bool]:
    """By a number, or by the beginning of any word of the name."""
    if words.isascii() and words.isdecimal():
        by_reference = Person.external_ref == words
        return or_(Person.id == int(words), by_reference) if len(words) <= MOST_DIGITS else by_reference
    return or_(begins_a_word(Person.display_name, words), Person.external_ref == words)


def counsellors(session: Session, who: Member) -> Sequence[StaffMember]:
    """Those of the teams within reach who may have young people in charge, by name."""
    teams = teams_within_reach(who)
    if teams is None:
        return []
    return session.scalars(_counsellors().where(teams)).all()


def counsellors_of_organisation(session: Session, who: Member) -> Sequence[StaffMember]:
    """Whom a young person may be entrusted to, by name."""
    return session.scalars(_counsellors().where(Team.organisation_id == who.organisation_id)).all()


def _counsellors() -> Select[StaffMember]:
    return (
        select(StaffMember)
        .join(Team, Team.id == StaffMember.team_id)
        .where(StaffMember.active, StaffMember.role.in_((Role.COUNSELLOR, Role.TEAM_LEAD)))
        .order_by(StaffMember.name, StaffMember.id)
    )


def programmes(session: Session, who: Member) -> Sequence[Programme]:
    """Those of the organisation and those that are nobody's own, the latest to end first."""
    return session.scalars(
        select(Programme)
        .where(or_(Programme.organisation_id == who.organisation_id, Programme.organisation_id.is_(None)))
        .order_by(Programme.ends_on.desc(), Programme.id.desc())
    ).all()


def teams(session: Session, who: Member) -> Sequence[Team]:
    """Those of the organisation, by name."""
    return session.scalars(
        select(Team).where(Team.organisation_id == who.organisation_id).order_by(Team.name, Team.id)
    ).all()

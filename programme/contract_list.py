"""Contracts of the young people within reach: those that begin, those that broke, and of whom news is due.

The people within reach are found by their index, then the contracts of each by theirs: of a whole region all contracts
are walked, some hundred milliseconds for a hundred thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from programme.models import CheckIn, Company, ContractKind, Person, StaffMember, WorkContract
from programme.permissions import Member, people_within_reach

PAGE = 25
# news that is asked for soon, and news that was asked for and did not come: later on it is no news
AHEAD, BACK = timedelta(days=7), timedelta(days=45)
MOST_DUE = 50


class What(StrEnum):
    BEGUN = "begun"
    BROKEN = "broken"


@dataclass(frozen=True)
class Line:
    """A contract, whose it is, where, and who of the staff follows them."""

    contract: WorkContract
    name: str | None
    employer: str | None
    counsellor: str | None


@dataclass(frozen=True)
class Due:
    """News of a contract: ``asked`` and not answered yet, or still to be asked on ``due_on``."""

    person_id: int
    name: str | None
    employer: str | None
    counsellor: str | None
    day: int
    due_on: date
    asked: bool


def page(
    session: Session,
    who: Member,
    what: What,
    *,
    month: date,
    kind: ContractKind | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> tuple[list[Line], int | None]:
    """The contracts of a month, the latest noted first; and what ``before`` is for the following page, if any.

    Those that begin in it (or are announced in it without a first day), or those that broke in it. ``month`` is any
    day of it.
    """
    query = (
        select(WorkContract, Person.display_name, Company.name, StaffMember.name)
        .join(Person, Person.id == WorkContract.person_id)
        .outerjoin(Company, Company.id == WorkContract.company_id)
        .outerjoin(StaffMember, StaffMember.id == Person.counsellor_id)
        .where(people_within_reach(session, who), _of_month(what, month.replace(day=1)))
        .order_by(WorkContract.id.desc())
        .limit(size + 1)
    )
    if kind is not None:
        query = query.where(WorkContract.kind == kind)
    if before is not None:
        query = query.where(WorkContract.id < before)
    lines = [
        Line(contract, name, company or contract.employer, staff)
        for contract, name, company, staff in session.execute(query)
    ]
    return (lines, None) if len(lines) <= size else (lines[:size], lines[size - 1].contract.id)


def _of_month(what: What, first: date) -> ColumnElement[bool]:
    following = first + relativedelta(months=1)
    if what is What.BROKEN:
        return and_(WorkContract.broken_on >= first, WorkContract.broken_on < following)
    return or_(
        and_(WorkContract.starts_on >= first, WorkContract.starts_on < following),
        # announced without its first day: by the day of UTC, which may be the neighbour of the one in words
        and_(
            WorkContract.starts_on.is_(None), WorkContract.announced_at >= first, WorkContract.announced_at < following
        ),
    )


def due(session: Session, who: Member, *, today: date) -> Sequence[Due]:
    """Of whom news is due: asked and not answered first, then the earliest day; MOST_DUE at most."""
    asked = CheckIn.asked_at.is_not(None)
    query = (
        select(
            Person.id,
            Person.display_name,
            func.coalesce(Company.name, WorkContract.employer),
            StaffMember.name,
            CheckIn.day,
            CheckIn.due_on,
            asked,
        )
        .join(WorkContract, WorkContract.id == CheckIn.contract_id)
        .join(Person, Person.id == WorkContract.person_id)
        .outerjoin(Company, Company.id == WorkContract.company_id)
        .outerjoin(StaffMember, StaffMember.id == Person.counsellor_id)
        .where(
            people_within_reach(session, who),
            CheckIn.closed_at.is_(None),
            CheckIn.due_on.between(today - BACK, today + AHEAD),
        )
        .order_by(asked.desc(), CheckIn.due_on, CheckIn.id)
        .limit(MOST_DUE)
    )
    return [Due(*row) for row in session.execute(query)]

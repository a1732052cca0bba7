"""The companies within reach of a member of the staff, a page at a time: thousands in a region, not millions.

A name or a need is looked for among those within reach, without an index of its own: a few milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, false, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from programme.errors import CompanyNotFound
from programme.models import Company, CompanyVisit, Convention, Need, Site, StaffMember, Team
from programme.permissions import Member, teams_within_reach
from programme.sql_words import begins_a_word

PAGE = 25


@dataclass(frozen=True)
class Filters:
    """``words``: the beginning of a word of the name, or a SIREN."""

    words: str = ""
    sector: str = ""
    mine: bool = False
    with_needs: bool = False


@dataclass(frozen=True)
class Line:
    """A company, where it works, what is open with it, and the last day on which somebody went there."""

    company: Company
    communes: tuple[str, ...]
    animator: str | None
    open_needs: int
    visited_on: date | None
    in_convention: bool


def within_reach(session: Session, who: Member) -> ColumnElement[bool]:
    """A condition on `Company`: those that work in a territory of the teams within reach, and those that somebody of
    these teams is in charge of; all of them for a member whose own team has no territory."""
    teams = teams_within_reach(who)
    if teams is None:
        return false()
    if who.territory_id is None:
        return true()
    territories = session.scalars(select(Team.territory_id).where(teams, Team.territory_id.is_not(None))).all()
    in_charge = select(StaffMember.id).join(Team, Team.id == StaffMember.team_id).where(teams)
    return or_(
        exists().where(Site.company_id == Company.id, Site.territory_id.in_(set(territories))),
        Company.animator_id.in_(in_charge),
    )


def reach_company(session: Session, who: Member, company_id: int) -> Company:
    """Raises CompanyNotFound: who is out of reach is not there."""
    company = session.scalar(select(Company).where(Company.id == company_id, within_reach(session, who)))
    if company is None:
        raise CompanyNotFound(company_id)
    return company


def page(
    session: Session, who: Member, filters: Filters, *, on: date, after: int | None = None, size: int = PAGE
) -> tuple[list[Line], int | None]:
    """The next lines by name, after this company; and ``after`` of the following page, if there is one."""
    query = (
        select(
            Company,
            _communes(),
            select(StaffMember.name).where(StaffMember.id == Company.animator_id).scalar_subquery(),
            _open_needs(on),
            _last_visit(),
            _in_convention(on),
        )
        .where(within_reach(session, who), *_conditions(filters, who, on))
        .order_by(Company.name, Company.id)
        .limit(size + 1)
    )
    if after is not None:
        seen = select(Company.name).where(Company.id == after).scalar_subquery()
        query = query.where(tuple_(Company.name, Company.id) > tuple_(seen, after))
    lines = [Line(row[0], tuple(row[1] or ()), *row[2:]) for row in session.execute(query)]
    return (lines, None) if len(lines) <= size else (lines[:size], lines[size - 1].company.id)


def sectors(session: Session, who: Member) -> Sequence[str]:
    """Of the companies within reach, in order."""
    return session.scalars(
        select(Company.sector).where(within_reach(session, who)).distinct().order_by(Company.sector)
    ).all()


def _conditions(filters: Filters, who: Member, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    # no text of PostgreSQL holds a zero byte
    if words := " ".join(filters.words.replace("\0", "").split()):
        conditions.append(or_(begins_a_word(Company.name, words), Company.siren == words.replace(" ", "")))
    if filters.sector:
        conditions.append(Company.sector == filters.sector.replace("\0", ""))
    if filters.mine:
        conditions.append(Company.animator_id == who.staff_id)
    if filters.with_needs:
        conditions.append(_open_needs(on) > 0)
    return conditions


def _communes() -> ColumnElement[list[str]]:
    return (
        select(func.array_agg(aggregate_order_by(Site.commune.distinct(), Site.commune)))
        .where(Site.company_id == Company.id)
        .correlate(Company)
        .scalar_subquery()
    )


def _open_needs(on: date) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Need)
        .join(Site, Site.id == Need.site_id)
        .where(Site.company_id == Company.id, Need.closed_on.is_(None))
        .where(or_(Need.needed_by.is_(None), Need.needed_by >= on))
        .correlate(Company)
        .scalar_subquery()
    )


def _last_visit() -> ColumnElement[date]:
    return (
        select(func.max(CompanyVisit.visited_on))
        .join(Site, Site.id == CompanyVisit.site_id)
        .where(Site.company_id == Company.id)
        .correlate(Company)
        .scalar_subquery()
    )


def _in_convention(on: date) -> ColumnElement[bool]:
    return exists().where(
        Convention.company_id == Company.id,
        Convention.signed_on <= on,
        Convention.starts_on <= on,
        Convention.ends_on >= on,
    )

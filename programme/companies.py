"""Companies, where they work, whom to talk to there, and who went to see them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import structures
from programme.errors import CompanyNotFound, SirenTaken, SirenWrong, StaffNotFound
from programme.models import Company, CompanyContact, CompanySize, CompanyVisit, Site, StaffMember, Univers


@dataclass(frozen=True)
class Seen:
    """A company, and the last day on which somebody of the staff went there; None: nobody did."""

    company: Company
    visited_on: date | None


def is_siren(digits: str) -> bool:
    """Nine digits whose last one is the key of the others (Luhn)."""
    if not re.fullmatch(r"[0-9]{9}", digits):
        return False
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(digits))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def save_company(
    session: Session,
    *,
    slug: str,
    name: str,
    sector: str,
    siren: str | None = None,
    univers: Univers | None = None,
    size: CompanySize | None = None,
    animator_id: int | None = None,
    demonstration: bool = False,
) -> int:
    """Add the company, or bring the one with this slug up to date; its id. What is left out is forgotten.

    Args:
        siren: as people type it, « 732 829 320 »; nine digits are kept.
        animator_id: who of the staff is in charge.

    Raises:
        SirenWrong: a slip of the finger: the last digit is not the key of the others.
        SirenTaken: another company has it.
        StaffNotFound: nobody active of the staff has this id.
    """
    if siren is not None:
        siren = "".join(siren.split())
        if not is_siren(siren):
            raise SirenWrong
        other = session.scalar(select(Company.slug).where(Company.siren == siren, Company.slug != slug))
        if other is not None:
            raise SirenTaken(other)
    if animator_id is not None:
        _check_staff(session, animator_id)
    values = {
        "name": name,
        "sector": sector,
        "siren": siren,
        "univers": univers,
        "size": size,
        "animator_id": animator_id,
        "demonstration": demonstration,
    }
    return session.scalars(
        insert(Company)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=[Company.slug], set_=values)
        .returning(Company.id)
    ).one()


def save_site(
    session: Session,
    *,
    company_id: int,
    name: str,
    commune: str,
    address: str | None = None,
    receives_visits: bool = False,
) -> int:
    """Add a place of work, or bring it up to date; its id. It belongs to the territory of its commune.

    When it moves, so do the needs that were declared for it. Raises CompanyNotFound.
    """
    if session.get(Company, company_id) is None:
        raise CompanyNotFound(company_id)
    values = {
        "commune": structures.known_commune(session, commune),
        "address": address,
        "receives_visits": receives_visits,
    }
    site_id = session.scalars(
        insert(Site)
        .values(company_id=company_id, name=name, **values)
        .on_conflict_do_update(constraint="site_once", set_=values)
        .returning(Site.id)
    ).one()
    structures.settle_sites(session, Site.id == site_id)
    return site_id


def save_contact(
    session: Session, *, company_id: int, name: str, role: str, email: str | None = None, phone: str | None = None
) -> CompanyContact:
    """Add somebody to talk to, or bring them up to date: one name once in a company."""
    contact = session.scalar(
        select(CompanyContact).where(CompanyContact.company_id == company_id, CompanyContact.name == name)
    )
    if contact is None:
        contact = CompanyContact(company_id=company_id, name=name)
        session.add(contact)
    contact.role, contact.email, contact.phone = role, email, phone
    session.flush()
    return contact


def contacts_of(session: Session, company_id: int) -> Sequence[CompanyContact]:
    """Whom to talk to there, by name."""
    return session.scalars(
        select(CompanyContact)
        .where(CompanyContact.company_id == company_id)
        .order_by(CompanyContact.name, CompanyContact.id)
    ).all()


def find(session: Session, key: str) -> Company | None:
    """The company that has this slug, or this SIREN as people type it; None when there is none."""
    company = session.scalar(select(Company).where(Company.slug == key))
    return company or session.scalar(select(Company).where(Company.siren == "".join(key.split())))


def of_animator(session: Session, staff_id: int) -> Sequence[Company]:
    """The companies that somebody of the staff is in charge of, by name."""
    return session.scalars(
        select(Company).where(Company.animator_id == staff_id).order_by(Company.name, Company.id)
    ).all()


def in_territory(session: Session, territory_id: int) -> Sequence[Company]:
    """The companies that work in a territory, by name."""
    works_there = select(Site.company_id).where(Site.territory_id == territory_id)
    return session.scalars(select(Company).where(Company.id.in_(works_there)).order_by(Company.name, Company.id)).all()


def note_visit(session: Session, *, site_id: int, staff_id: int | None, visited_on: date, notes: str) -> CompanyVisit:
    """Somebody of the staff went to see a company. Raises CompanyNotFound when there is no such site, StaffNotFound."""
    if session.get(Site, site_id) is None:
        raise CompanyNotFound(site_id)
    if staff_id is not None:
        _check_staff(session, staff_id)
    visit = CompanyVisit(site_id=site_id, staff_id=staff_id, visited_on=visited_on, notes=notes)
    session.add(visit)
    session.flush()
    return visit


def visits_of(session: Session, company_id: int, *, limit: int = 50) -> Sequence[CompanyVisit]:
    """Who went to see a company, at any of its sites, the latest first."""
    return session.scalars(
        select(CompanyVisit)
        .join(Site, Site.id == CompanyVisit.site_id)
        .where(Site.company_id == company_id)
        .order_by(CompanyVisit.visited_on.desc(), CompanyVisit.id.desc())
        .limit(limit)
    ).all()


def last_seen(session: Session, *, animator_id: int | None = None, before: date | None = None) -> list[Seen]:
    """Each company with its last visit, the longest ago first, those never seen before them.

    Args:
        animator_id: only those that this member of the staff is in charge of.
        before: only those that nobody has gone to see since this day.
    """
    last = (
        select(Site.company_id, func.max(CompanyVisit.visited_on).label("visited_on"))
        .join(CompanyVisit, CompanyVisit.site_id == Site.id)
        .group_by(Site.company_id)
        .subquery()
    )
    query = (
        select(Company, last.c.visited_on)
        .outerjoin(last, last.c.company_id == Company.id)
        .order_by(last.c.visited_on.asc().nulls_first(), Company.name, Company.id)
    )
    if before is not None:
        query = query.where(or_(last.c.visited_on.is_(None), last.c.visited_on < before))
    if animator_id is not None:
        query = query.where(Company.animator_id == animator_id)
    return [Seen(company, visited_on) for company, visited_on in session.execute(query)]


def not_seen_since(session: Session, day: date, *, animator_id: int | None = None) -> list[Seen]:
    """Companies that nobody has gone to see since this day, in the order of `last_seen`."""
    return last_seen(session, animator_id=animator_id, before=day)


def _check_staff(session: Session, staff_id: int) -> None:
    staff = session.get(StaffMember, staff_id)
    if staff is None or not staff.active:
        raise StaffNotFound(staff_id)

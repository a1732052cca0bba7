"""What a company and an organisation promise each other: objectives, commitments, follow-up, criteria, signatories."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from programme.errors import CompanyNotFound, ContractDatesWrong, ConventionNotFound, OrganisationNotFound
from programme.models import Company, Convention, Organisation, Signatory

# before its end somebody asks what came of it, and whether it goes on
SOON = timedelta(days=60)


class Standing(StrEnum):
    """Where a convention stands on a day."""

    DRAFT = "draft"
    TO_COME = "to_come"
    RUNNING = "running"
    ENDS_SOON = "ends_soon"
    # it is over, and nobody has written down what came of it
    TO_EVALUATE = "to_evaluate"
    EVALUATED = "evaluated"


def save_convention(
    session: Session,
    *,
    company_id: int,
    organisation_id: int,
    objectives: str,
    commitments: str,
    follow_up: str,
    criteria: str,
    starts_on: date,
    ends_on: date,
    signed_on: date | None = None,
    signatories: Mapping[str, str] | None = None,
) -> Convention:
    """Add a convention, or bring the one of these two that starts on this day up to date.

    Args:
        ends_on: the last day on which it holds.
        signed_on: None while it is a draft.
        signatories: role by name.

    Raises:
        CompanyNotFound, OrganisationNotFound: one of the two does not exist.
        ContractDatesWrong: it would end before it starts.

    Source: « La convention Profession-emploi » (objectives, plan of actions, engagement, follow-up, criteria).
    """
    if session.get(Company, company_id) is None:
        raise CompanyNotFound(company_id)
    if session.get(Organisation, organisation_id) is None:
        raise OrganisationNotFound(organisation_id)
    if ends_on < starts_on:
        raise ContractDatesWrong(starts_on, ends_on)
    convention = session.scalar(
        select(Convention).where(
            Convention.company_id == company_id,
            Convention.organisation_id == organisation_id,
            Convention.starts_on == starts_on,
        )
    )
    if convention is None:
        convention = Convention(company_id=company_id, organisation_id=organisation_id, starts_on=starts_on)
        session.add(convention)
    convention.objectives, convention.commitments = objectives, commitments
    convention.follow_up, convention.criteria = follow_up, criteria
    convention.ends_on, convention.signed_on = ends_on, signed_on
    convention.signatories = [Signatory(name=name, role=role) for name, role in (signatories or {}).items()]
    session.flush()
    return convention


def in_force(session: Session, *, on: date, company_id: int | None = None) -> Sequence[Convention]:
    """Conventions that are signed and hold on this day, of one company or of all; the earliest end first."""
    query = (
        select(Convention)
        .options(selectinload(Convention.signatories))
        .where(Convention.signed_on <= on, Convention.starts_on <= on, Convention.ends_on >= on)
        .order_by(Convention.ends_on, Convention.id)
    )
    if company_id is not None:
        query = query.where(Convention.company_id == company_id)
    return session.scalars(query).all()


def standing(convention: Convention, *, on: date) -> Standing:
    """One that is evaluated while it still holds goes on running."""
    if convention.signed_on is None or convention.signed_on > on:
        return Standing.DRAFT
    if convention.starts_on > on:
        return Standing.TO_COME
    if convention.ends_on < on:
        return Standing.TO_EVALUATE if convention.evaluated_on is None else Standing.EVALUATED
    soon = convention.ends_on <= on + SOON and convention.evaluated_on is None
    return Standing.ENDS_SOON if soon else Standing.RUNNING


def of_company(session: Session, company_id: int) -> Sequence[Convention]:
    """All of a company's conventions, the latest end first."""
    return session.scalars(
        select(Convention)
        .options(selectinload(Convention.signatories))
        .where(Convention.company_id == company_id)
        .order_by(Convention.ends_on.desc(), Convention.id.desc())
    ).all()


def to_look_at(session: Session, *, on: date, within: timedelta = SOON) -> Sequence[Convention]:
    """Signed conventions that are not evaluated and end soon, or ended already; the earliest end first."""
    return session.scalars(
        select(Convention)
        .where(Convention.signed_on.is_not(None), Convention.evaluated_on.is_(None), Convention.ends_on <= on + within)
        .order_by(Convention.ends_on, Convention.id)
    ).all()


def evaluate(session: Session, convention_id: int, *, evaluation: str, on: date) -> Convention:
    """What came of it, by its own criteria. Raises ConventionNotFound."""
    convention = session.get(Convention, convention_id)
    if convention is None:
        raise ConventionNotFound(convention_id)
    convention.evaluation, convention.evaluated_on = evaluation, on
    session.flush()
    return convention

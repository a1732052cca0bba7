"""What a company and an organisation promise each other: objectives, commitments, follow-up, criteria, signatories."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from programme.errors import ConventionNotFound
from programme.models import Convention, Signatory


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
        signatories: role by name.
    """
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


def in_force(session: Session, *, on: date) -> Sequence[Convention]:
    """Conventions that are signed and hold on this day."""
    return session.scalars(
        select(Convention)
        .options(selectinload(Convention.signatories))
        .where(Convention.signed_on <= on, Convention.starts_on <= on, Convention.ends_on >= on)
        .order_by(Convention.ends_on, Convention.id)
    ).all()


def to_look_at(session: Session, *, on: date, within: timedelta = timedelta(days=60)) -> Sequence[Convention]:
    """Signed conventions that end soon, or have ended and were not evaluated; the earliest end first."""
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

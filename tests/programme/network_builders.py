"""A territory, a company with a place of work in it, what it needs, and somebody who lives there."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from programme import companies, needs, structures
from programme.models import Need, NeedKind, OrganisationKind, PathStage, Person, Role, Urgency
from programme.practice.persona import Family

ON = date(2027, 3, 15)


def a_territory(session: Session, slug: str = "bievre", communes: Iterable[str] = ("Cachan", "Arcueil")) -> int:
    return structures.save_territory(session, slug=slug, name=slug, region="Île-de-France", communes=communes)


def a_company(session: Session, slug: str = "garage-dumas", **changes: object) -> int:
    values = {"name": "Garage Dumas", "sector": "automobile"} | changes
    return companies.save_company(session, slug=slug, **values)  # type: ignore[arg-type]


def a_site(session: Session, company_id: int | None = None, commune: str = "CACHAN") -> int:
    company_id = company_id or a_company(session)
    return companies.save_site(session, company_id=company_id, name="Atelier", commune=commune)


def an_organisation(session: Session) -> int:
    return structures.save_organisation(session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")


def a_team(session: Session, name: str = "Équipe") -> int:
    return structures.save_team(session, organisation_id=an_organisation(session), name=name)


def an_animator(session: Session, email: str = "lea@exemple.fr", *, active: bool = True) -> int:
    return structures.save_staff(
        session, email=email, team_id=a_team(session), role=Role.ANIMATOR, name="Léa", active=active
    )


def a_need(session: Session, site_id: int, **changes: object) -> Need:
    """An apprenticeship in the garage, soon, open to all."""
    values = {
        "kind": NeedKind.ALTERNANCE,
        "family": Family.GARAGE,
        "trade": "mécanicien auto",
        "words": "Quelqu'un le samedi",
        "urgency": Urgency.SOON,
        "declared_on": ON,
    } | changes
    return needs.declare(session, site_id=site_id, **values)  # type: ignore[arg-type]


def known(session: Session, person_id: int, **values: object) -> int:
    """A person of Cachan who searches, with a few more facts; their id."""
    person = session.get_one(Person, person_id)
    for name, value in ({"commune": "cachan", "stage": PathStage.PROJET_VALIDE} | values).items():
        setattr(person, name, value)
    session.flush()
    return person_id

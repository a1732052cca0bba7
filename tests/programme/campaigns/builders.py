"""A definition that is valid, of which a test changes what it is about; and people whom it fits."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import structures
from programme.campaigns import runs
from programme.campaigns.definition import Definition, load_campaigns
from programme.models import Campaign, Consent, ConsentPurpose, PathStage, Person
from tests.conftest import NOW

# a Tuesday; NOW is the Monday before
FIRST_DAY = date(2026, 11, 24)


def a_text(said: str) -> dict[str, Any]:
    return {"bubbles": [said]}


def a_step(id: str, day: int, **changes: Any) -> dict[str, Any]:
    return {"id": id, "day": day, "says": {"a": a_text(f"Message {id}")}, **changes}


def a_definition(**changes: Any) -> Definition:
    """Three steps, of which two are for who has not answered, and two branches of which one ends it."""
    entry: dict[str, Any] = {
        "id": "essai",
        "title": "Un essai",
        "purpose": "Aider à trouver un employeur.",
        "source": "banc d'essai",
        "who": {"stages": [PathStage.ECOLE_TROUVEE, PathStage.RUPTURE, PathStage.DEUX_ANS]},
        "employer": ["searching", "in_view"],
        "months": [11, 12],
        "at": "10:00",
        "silent_after_days": 16,
        "steps": [
            a_step("jour_0", 0, says={"a": a_text("Ça bloque ?"), "b": a_text("Où en es-tu ?")}, asks=True),
            a_step("jour_3", 3, only_if="unanswered"),
            a_step("jour_7", 7, only_if="unanswered"),
        ],
        "branches": {
            "transport": {
                "title": "Le transport",
                "now": a_text("On regarde les trajets."),
                "steps": [a_step("trajet_1", 1), a_step("trajet_4", 4)],
            },
            "trouve": {"title": "J'ai trouvé !", "now": a_text("Bravo !"), "ends": "found"},
        },
    }
    return Definition.model_validate(entry | changes)


def fits(session_factory: sessionmaker[Session], a_person: Callable[..., int], **known: Any) -> int:
    """Somebody whom the definition fits: a school, no employer, and a yes to being written to."""
    person_id = a_person()
    with session_factory.begin() as session:
        person = session.get_one(Person, person_id)
        for name, value in ({"stage": PathStage.ECOLE_TROUVEE} | known).items():
            setattr(person, name, value)
        session.add(says_of_reminders(person_id, True))
    return person_id


def says_of_reminders(person_id: int, given: bool) -> Consent:
    return Consent(
        person_id=person_id,
        purpose=ConsentPurpose.REMINDERS,
        given=given,
        text_version="1",
        text_shown="Je veux bien.",
        at=NOW,
    )


def many(session_factory: sessionmaker[Session], a_person: Callable[..., int], count: int, **known: Any) -> list[int]:
    return [fits(session_factory, a_person, **known) for _ in range(count)]


def a_territory(session_factory: sessionmaker[Session], slug: str, zone: str, commune: str) -> None:
    with session_factory.begin() as session:
        structures.save_territory(session, slug=slug, name=slug, region="R", communes=[commune], zone=zone)


def everybody(session_factory: sessionmaker[Session]) -> list[int]:
    with session_factory.begin() as session:
        return list(session.scalars(select(Person.id).order_by(Person.id)))


def begun(session: Session, name: str = "septembre") -> Campaign:
    """A run of one of our campaigns that begins today, whatever its months."""
    definition = load_campaigns()[name].model_copy(update={"months": frozenset({NOW.month})})
    return runs.start(session, definition, starts_on=NOW.date(), now=NOW)

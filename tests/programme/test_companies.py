"""Companies, conventions, needs, and what may suit whom."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from programme import companies, conventions, matching, needs, structures
from programme.errors import CompanyNotFound, ConventionNotFound, NeedNotFound, PersonNotFound
from programme.models import AgeBand, Need, NeedKind, OrganisationKind, PathStage, Person, Urgency
from programme.practice.persona import Family
from tests.conftest import NOW

ON = date(2027, 3, 15)
APerson = Callable[..., int]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def territory_id(session: Session) -> int:
    return structures.save_territory(
        session, slug="bievre", name="Val de Bièvre", region="Île-de-France", communes=["Cachan", "Arcueil"]
    )


@pytest.fixture
def site_id(session: Session, territory_id: int) -> int:
    company_id = companies.save_company(session, slug="garage-dumas", name="Garage Dumas", sector="automobile")
    return companies.save_site(session, company_id=company_id, name="Atelier", commune="CACHAN")


def a_need(session: Session, site_id: int, **changes: object) -> Need:
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
    """A person of Cachan who searches, with a few more facts."""
    person = session.get_one(Person, person_id)
    for name, value in ({"commune": "cachan", "stage": PathStage.PROJET_VALIDE} | values).items():
        setattr(person, name, value)
    session.flush()
    return person_id


# -- companies


def test_a_site_belongs_to_the_territory_of_its_commune(session: Session, territory_id: int, site_id: int) -> None:
    assert [each.name for each in companies.in_territory(session, territory_id)] == ["Garage Dumas"]


def test_a_company_saved_again_is_the_same_one_brought_up_to_date(session: Session, territory_id: int) -> None:
    first = companies.save_company(session, slug="b", name="Boulangerie", sector="alimentation")
    again = companies.save_company(session, slug="b", name="Boulangerie Petit", sector="alimentation")
    assert (first == again, len(companies.not_seen_since(session, ON))) == (True, 1)


def test_companies_that_nobody_went_to_see_come_first(session: Session, site_id: int) -> None:
    other = companies.save_company(session, slug="labo", name="Labo Nord", sector="santé")
    companies.note_visit(
        session, site_id=site_id, staff_id=None, visited_on=ON - timedelta(days=90), notes="Atelier vu"
    )
    seen = companies.not_seen_since(session, ON - timedelta(days=60))
    assert [(each.company.id == other, each.visited_on) for each in seen] == [
        (True, None),
        (False, ON - timedelta(days=90)),
    ]
    # one that was seen since then is left in peace
    companies.note_visit(session, site_id=site_id, staff_id=None, visited_on=ON, notes="Revu")
    assert len(companies.not_seen_since(session, ON - timedelta(days=60))) == 1


def test_one_person_to_talk_to_is_there_once(session: Session, site_id: int) -> None:
    company_id = companies.in_territory(session, 1)[0].id
    first = companies.save_contact(session, company_id=company_id, name="Mme Roy", role="gérante")
    again = companies.save_contact(
        session, company_id=company_id, name="Mme Roy", role="directrice", phone="0100000000"
    )
    assert (first.id == again.id, again.role) == (True, "directrice")


def test_nobody_visits_a_place_that_does_not_exist(session: Session) -> None:
    with pytest.raises(CompanyNotFound):
        companies.note_visit(session, site_id=404, staff_id=None, visited_on=ON, notes="…")


# -- conventions


def test_a_convention_holds_between_its_days_once_it_is_signed(session: Session, site_id: int) -> None:
    organisation_id = structures.save_organisation(
        session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
    )
    company_id = companies.in_territory(session, 1)[0].id

    def save(signed_on: date | None) -> int:
        return conventions.save_convention(
            session,
            company_id=company_id,
            organisation_id=organisation_id,
            objectives="Trois alternants",
            commitments="Deux visites par an",
            follow_up="Un point par trimestre",
            criteria="Contrats signés",
            starts_on=ON,
            ends_on=ON + timedelta(days=365),
            signed_on=signed_on,
            signatories={"Mme Roy": "gérante", "M. Diallo": "directeur de la Mission locale"},
        ).id

    first = save(None)
    assert conventions.in_force(session, on=ON) == []
    assert save(ON) == first
    (held,) = conventions.in_force(session, on=ON + timedelta(days=365))
    assert [each.name for each in held.signatories] == ["Mme Roy", "M. Diallo"]
    assert conventions.in_force(session, on=ON + timedelta(days=366)) == []
    # it is looked at again before its end, until it is evaluated
    assert len(conventions.to_look_at(session, on=ON + timedelta(days=310))) == 1
    conventions.evaluate(session, first, evaluation="Deux contrats sur trois", on=ON + timedelta(days=330))
    assert conventions.to_look_at(session, on=ON + timedelta(days=400)) == []
    with pytest.raises(ConventionNotFound):
        conventions.evaluate(session, 404, evaluation="…", on=ON)


# -- needs


def test_needs_come_by_urgency_then_by_their_day(session: Session, territory_id: int, site_id: int) -> None:
    later = a_need(session, site_id, urgency=Urgency.LATER)
    soon = a_need(session, site_id, needed_by=ON + timedelta(days=20))
    sooner = a_need(session, site_id, needed_by=ON + timedelta(days=10))
    now = a_need(session, site_id, urgency=Urgency.NOW)
    a_need(session, site_id, needed_by=ON - timedelta(days=1))
    needs.close(session, a_need(session, site_id).id, on=ON)
    found = needs.open_needs(session, territory_id=territory_id, on=ON)
    assert [each.id for each in found] == [now.id, sooner.id, soon.id, later.id]
    with pytest.raises(NeedNotFound):
        needs.close(session, 404, on=ON)


def test_a_tension_is_noted_once_for_its_day(session: Session, territory_id: int) -> None:
    def note() -> int:
        return needs.note_tension(
            session,
            family=Family.MAINTENANCE_PHARMA,
            trade="technicien de maintenance",
            offers="premier métier en nombre d'offres",
            blocks="la façon de recruter",
            source="étude du territoire",
            observed_on=ON,
            now=NOW,
            territory_id=territory_id,
        ).id

    assert note() == note()
    (noted,) = needs.tensions(session, territory_id=territory_id)
    assert noted.blocks == "la façon de recruter"


# -- what may suit whom


def test_a_match_says_why_in_words(session: Session, a_person: APerson, territory_id: int, site_id: int) -> None:
    a_need(session, site_id, min_level=3, needed_by=ON + timedelta(days=10))
    person_id = known(session, a_person(), level=3, age_band=AgeBand.FROM_18)
    (match,) = matching.needs_for(session, person_id, on=ON, family=Family.GARAGE)
    assert match.reasons == (
        "une alternance", "dans le métier que tu cherches", "dans ton secteur", "à ton niveau", "à ton âge",
        "pour dans 10 jours",
    )  # fmt: skip
    assert match.to_ask == ()


def test_what_is_not_known_is_asked_and_rules_nothing_out(
    session: Session, a_person: APerson, territory_id: int, site_id: int
) -> None:
    a_need(session, site_id, min_level=4, adults_only=True)
    (match,) = matching.needs_for(session, known(session, a_person()), on=ON)
    assert match.to_ask == ("quel métier te plaît", "ton diplôme", "ton âge")


@pytest.mark.parametrize(
    ("person", "need"),
    [
        pytest.param({"level": 3}, {"min_level": 4}, id="the level is not reached"),
        pytest.param({"age_band": AgeBand.FROM_15}, {"adults_only": True}, id="a minor, for adults"),
        pytest.param({"commune": "dijon"}, {}, id="far away"),
        pytest.param({"commune": None}, {}, id="we do not know where"),
        pytest.param({"stage": PathStage.CONTRAT_SIGNE}, {}, id="signed already"),
        pytest.param({"stage": PathStage.PROJET}, {}, id="an alternance, before the project is validated"),
        pytest.param({}, {"kind": NeedKind.JOB}, id="a job, before the alternance"),
        pytest.param({}, {"needed_by": ON - timedelta(days=1)}, id="too late"),
    ],
)
def test_a_rule_that_says_no_leaves_the_need_out(
    session: Session,
    a_person: APerson,
    territory_id: int,
    site_id: int,
    person: dict[str, object],
    need: dict[str, object],
) -> None:
    declared = a_need(session, site_id, **need)
    person_id = known(session, a_person(), **person)
    assert matching.needs_for(session, person_id, on=ON) == []
    # the other way round it is the same
    assert matching.people_for(session, declared.id, on=ON) == []


def test_those_who_wait_longest_come_first_for_a_need(
    session: Session, a_person: APerson, territory_id: int, site_id: int
) -> None:
    need = a_need(session, site_id)
    recent = known(session, a_person(), stage_at=NOW)
    long_since = known(session, a_person(), stage_at=NOW - timedelta(days=200))
    assert [person.id for person, _ in matching.people_for(session, need.id, on=ON)] == [long_since, recent]
    assert len(matching.people_for(session, need.id, on=ON, limit=1)) == 1


def test_nobody_and_nothing_unknown_is_matched(session: Session) -> None:
    with pytest.raises(PersonNotFound):
        matching.needs_for(session, 404, on=ON)
    with pytest.raises(NeedNotFound):
        matching.people_for(session, 404, on=ON)


@given(
    level=st.none() | st.integers(1, 8),
    asked=st.none() | st.integers(1, 8),
    band=st.none() | st.sampled_from(AgeBand),
    adults_only=st.booleans(),
    stage=st.sampled_from(PathStage),
    kind=st.sampled_from(NeedKind),
    closed=st.booleans(),
    left=st.none() | st.integers(-5, 50),
)
def test_no_rule_is_ever_passed_over(
    level: int | None,
    asked: int | None,
    band: AgeBand | None,
    adults_only: bool,
    stage: PathStage,
    kind: NeedKind,
    closed: bool,
    left: int | None,
) -> None:
    person = Person(level=level, age_band=band, stage=stage)
    need = Need(
        kind=kind,
        family=Family.GARAGE.value,
        territory_id=1,
        min_level=asked,
        adults_only=adults_only,
        closed_on=ON if closed else None,
        needed_by=ON + timedelta(days=left) if left is not None else None,
    )
    match = matching.judge(need, person, on=ON, wish=matching.Wish(1, None))
    if match is None:
        return
    assert not closed
    assert left is None or left >= 0
    assert not (adults_only and band is AgeBand.FROM_15)
    assert asked is None or level is None or level >= asked
    assert stage not in (PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT)
    # what was not checked is among what is to be asked
    assert ("ton diplôme" in match.to_ask) == (asked is not None and level is None)

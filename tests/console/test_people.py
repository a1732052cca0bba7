"""The pages about young people."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import contacts, notes, outcomes
from programme.clock import clock
from programme.contact_words import Told
from programme.flags import raise_flag
from programme.models import (
    AuditLine,
    BreakReason,
    ChannelIdentity,
    Conversation,
    EmployerStatus,
    FlagReason,
    PathStage,
    Person,
    Role,
    SchoolStatus,
    StageChange,
    Teller,
    WorkContract,
)
from programme.permissions import Member
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
APerson = Callable[..., int]
SEEN = "projet searching searching"


def of_person(session_factory: sessionmaker[Session], person_id: int) -> Person:
    with session_factory() as session:
        return session.get_one(Person, person_id)


def actions_about(session_factory: sessionmaker[Session], person_id: int) -> list[str]:
    with session_factory() as session:
        return list(
            session.scalars(select(AuditLine.action).where(AuditLine.person_id == person_id).order_by(AuditLine.id))
        )


def conversation_of(session: Session, person_id: int) -> Any:
    return session.scalars(
        select(Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id)
    ).one()


# -- the list


def test_a_counsellor_sees_their_own_first_and_finds_the_others_of_the_team(
    a_browser: ABrowser, a_member: Callable[..., Member], a_young_person: APerson
) -> None:
    browser = a_browser()
    colleague = a_member(team_id=browser.who.team_id)
    a_young_person(counsellor=browser.who, name="Lina")
    a_young_person(counsellor=colleague, name="Yanis")
    a_young_person(counsellor=a_member(), name="Maëlle")
    mine = browser.get("/console/jeunes").text
    assert "Lina" in mine
    assert "Yanis" not in mine
    assert "Yanis" in browser.get(f"/console/jeunes?suivi={colleague.staff_id}").text
    found = browser.get("/console/jeunes?mots=ya").text
    assert "Yanis" in found
    assert "Lina</a>" not in found
    assert "Maëlle" not in browser.get("/console/jeunes?suivi=tous").text


def test_somebody_without_a_name_has_a_number_and_an_alert_shows(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    with session_factory.begin() as session:
        raise_flag(session, conversation_of(session, person_id), reason=FlagReason.HUMAN_WANTED, now=clock())
    shown = browser.get("/console/jeunes").text
    assert f"Sans prénom (n° {person_id})" in shown
    assert "demande quelqu'un" in shown.replace("&#39;", "'")


def test_an_empty_list_says_what_to_do(a_browser: ABrowser) -> None:
    assert "n'est suivi par personne" in a_browser().get("/console/jeunes").text
    assert "Enlève un filtre" in a_browser(Role.PROGRAMME_MANAGER).get("/console/jeunes?mots=zzz").text


@pytest.mark.parametrize("address", ["?etape=x&suivi=x&programme=x&apres=x", "?mots=%00", "?suivi=9999999999999999"])
def test_what_cannot_be_in_the_address_is_left_out(a_browser: ABrowser, address: str) -> None:
    assert a_browser().get(f"/console/jeunes{address}").status_code == 200


def test_the_following_page_keeps_the_filters(a_browser: ABrowser, a_young_person: APerson) -> None:
    browser = a_browser()
    people = [a_young_person(counsellor=browser.who) for _ in range(26)]
    first = browser.get("/console/jeunes?suivi=moi&etape=projet").text
    assert f"?etape=projet&amp;suivi=moi&amp;apres={people[1]}" in first
    second = browser.get(f"/console/jeunes?etape=projet&suivi=moi&apres={people[1]}").text
    assert f"/console/jeunes/{people[0]}" in second
    assert f'/console/jeunes/{people[1]}"' not in second


# -- one person


def test_opening_the_page_leaves_one_line_for_one_reading(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who, name="Lina")
    assert browser.get(f"/console/jeunes/{person_id}").status_code == 200
    assert browser.get(f"/console/jeunes/{person_id}").status_code == 200
    assert actions_about(session_factory, person_id) == ["person.open"]


@pytest.mark.parametrize("path", ["", "/contrat", "/rupture", "/export.json"])
def test_who_is_out_of_reach_is_not_there(
    a_browser: ABrowser, a_member: Callable[..., Member], a_young_person: APerson, path: str
) -> None:
    person_id = a_young_person(counsellor=a_member(), name="Maëlle")
    answer = a_browser().get(f"/console/jeunes/{person_id}{path}")
    assert answer.status_code == 404
    assert "Maëlle" not in answer.text


@pytest.mark.parametrize("action", ["etape", "suivi", "note", "contrat", "rupture"])
def test_who_is_out_of_reach_is_not_changed(
    a_browser: ABrowser,
    a_member: Callable[..., Member],
    a_young_person: APerson,
    session_factory: sessionmaker[Session],
    action: str,
) -> None:
    person_id = a_young_person(counsellor=a_member())
    fields = {"stage": "entretien", "text": "Bonjour", "reason": "health", "broken_on": "2026-11-01", "to": "personne"}
    assert a_browser().send(f"/console/jeunes/{person_id}/{action}", fields).status_code == 404
    assert actions_about(session_factory, person_id) == []
    assert of_person(session_factory, person_id).stage is PathStage.PROJET


def test_what_the_person_keeps_to_themselves_is_not_shown(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    with session_factory.begin() as session:
        for told, shared in (("J'ai vu le garage Petit", True), ("J'ai vu la boulangerie", False)):
            read = Told(company=None, spoke_to=None, need=None, urgency=None, next_step=None, next_on=None)
            entry = contacts.note(session, person_id=person_id, told=told, read=read, now=clock())
            contacts.share(session, entry, shared=shared, now=clock())
    shown = browser.get(f"/console/jeunes/{person_id}").text
    assert "garage Petit" in shown
    assert "boulangerie" not in shown


def test_a_programme_manager_reads_no_note_and_changes_nothing(
    a_browser: ABrowser,
    a_member: Callable[..., Member],
    a_young_person: APerson,
    session_factory: sessionmaker[Session],
) -> None:
    manager = a_browser(Role.PROGRAMME_MANAGER)
    counsellor = a_member(team_id=manager.who.team_id)
    person_id = a_young_person(counsellor=counsellor, name="Lina")
    with session_factory.begin() as session:
        notes.add(session, person_id, staff_id=counsellor.staff_id, text="Vue au forum", now=clock())
    shown = manager.get(f"/console/jeunes/{person_id}").text
    assert "Lina" in shown
    assert "Vue au forum" not in shown
    assert f'action="/console/jeunes/{person_id}' not in shown
    assert manager.get(f"/console/jeunes/{person_id}/export.json").status_code == 403
    assert manager.send(f"/console/jeunes/{person_id}/etape", {"stage": "entretien"}).status_code == 403


def test_the_copy_of_their_data_leaves_a_line_and_lacks_what_only_they_read(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who, name="Lina")
    answer = browser.get(f"/console/jeunes/{person_id}/export.json")
    assert answer.headers["content-disposition"] == f'attachment; filename="declic-{person_id}.json"'
    assert answer.json()["Ton profil"]["Prénom ou nom"] == "Lina"
    assert "sans tes entraînements" in answer.json()["Cette copie"]["Contient"]
    assert actions_about(session_factory, person_id) == ["person.export"]


# -- where they stand


def test_what_the_team_hears_is_dated_with_the_name_of_who_told_it(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    # the stage is sent as the page showed it, and follows the employer
    fields = {"stage": "projet", "school": "searching", "employer": "interview", "seen": SEEN, "training": "2026-09-01"}
    answer = browser.send(f"/console/jeunes/{person_id}/etape", fields)
    assert answer.headers["location"] == f"/console/jeunes/{person_id}"
    person = of_person(session_factory, person_id)
    assert (person.stage, person.employer_status) == (PathStage.ENTRETIEN, EmployerStatus.INTERVIEW)
    assert person.training_starts_on == date(2026, 9, 1)
    with session_factory() as session:
        told = session.execute(select(StageChange.teller, StageChange.staff_id).distinct()).all()
    assert [tuple(each) for each in told] == [(Teller.STAFF, browser.who.staff_id)]
    assert "de « employeur cherché » à « entretien »" in browser.get(f"/console/jeunes/{person_id}").text


def test_a_stage_that_is_chosen_has_the_last_word(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    fields = {"stage": "autre_solution", "school": "found", "employer": "searching", "seen": SEEN}
    browser.send(f"/console/jeunes/{person_id}/etape", fields)
    person = of_person(session_factory, person_id)
    assert (person.stage, person.school_status) == (PathStage.AUTRE_SOLUTION, SchoolStatus.FOUND)


def test_a_page_left_open_takes_back_nothing_that_changed_meanwhile(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    browser.send(f"/console/jeunes/{person_id}/etape", {"employer": "promised", "seen": SEEN})
    # the other page still shows « searching », and tells of the school only
    browser.send(
        f"/console/jeunes/{person_id}/etape",
        {"stage": "projet", "school": "enrolled", "employer": "searching", "seen": SEEN},
    )
    person = of_person(session_factory, person_id)
    assert (person.employer_status, person.stage) == (EmployerStatus.PROMISED, PathStage.PROMESSE)
    assert person.school_status is SchoolStatus.ENROLLED


def test_what_cannot_be_a_stage_or_a_day_is_said_beside_its_field(a_browser: ABrowser, a_young_person: APerson) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    answer = browser.send(f"/console/jeunes/{person_id}/etape", {"stage": "x", "training": "demain"})
    assert answer.status_code == 422
    assert "un choix de la liste" in answer.text
    assert 'id="training-error"' in answer.text


# -- who is in charge


def test_taking_charge_and_handing_on_within_the_organisation(
    a_browser: ABrowser,
    a_member: Callable[..., Member],
    a_team: Callable[..., int],
    a_young_person: APerson,
    session_factory: sessionmaker[Session],
) -> None:
    browser = a_browser()
    person_id = a_young_person()
    answer = browser.send(f"/console/jeunes/{person_id}/suivi", {"to": f"staff-{browser.who.staff_id}"})
    assert answer.headers["location"] == f"/console/jeunes/{person_id}"
    assert of_person(session_factory, person_id).counsellor_id == browser.who.staff_id
    # to another team: the page is out of reach from then on
    other = a_team()
    answer = browser.send(f"/console/jeunes/{person_id}/suivi", {"to": f"team-{other}"})
    assert answer.headers["location"] == "/console/jeunes"
    person = of_person(session_factory, person_id)
    assert (person.team_id, person.counsellor_id) == (other, None)
    assert actions_about(session_factory, person_id) == ["person.assign", "person.assign"]


def test_nobody_is_entrusted_to_another_organisation(
    a_browser: ABrowser,
    a_member: Callable[..., Member],
    a_team: Callable[..., int],
    a_young_person: APerson,
    session_factory: sessionmaker[Session],
) -> None:
    browser = a_browser()
    stranger = a_member(team_id=a_team(organisation="ailleurs"))
    person_id = a_young_person(counsellor=browser.who)
    for to in (f"staff-{stranger.staff_id}", f"team-{stranger.team_id}", "staff-x", ""):
        assert browser.send(f"/console/jeunes/{person_id}/suivi", {"to": to}).status_code == 404
    assert of_person(session_factory, person_id).counsellor_id == browser.who.staff_id


# -- notes


def test_a_note_with_sensitive_words_is_asked_about_first(a_browser: ABrowser, a_young_person: APerson) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    address = f"/console/jeunes/{person_id}/note"
    asked = browser.send(address, {"text": "Il est diabétique."})
    assert "Relire avant de garder" in asked.text
    assert "diabétique" not in browser.get(f"/console/jeunes/{person_id}").text
    assert browser.send(address, {"text": "A vu deux garages."}).status_code == 303
    assert "A vu deux garages." in browser.get(f"/console/jeunes/{person_id}").text
    assert browser.send(address, {"text": "Il est diabétique.", "despite": "oui"}).status_code == 303
    assert "diabétique" in browser.get(f"/console/jeunes/{person_id}").text


# -- contracts


def test_a_contract_is_noted_then_completed_then_broken(
    a_browser: ABrowser, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    today = clock().date()
    start = (today - timedelta(days=20)).isoformat()
    address = f"/console/jeunes/{person_id}/contrat"
    first = browser.send(address, {"kind": "apprentissage", "employer": "Garage Petit", "starts_on": start})
    assert first.headers["location"] == f"/console/jeunes/{person_id}"
    # the form has what is known, and an empty field forgets nothing
    assert "Garage Petit" in browser.get(address).text
    browser.send(address, {"diploma": "CAP Maintenance", "family": "garage"})
    with session_factory() as session:
        contract = session.scalars(select(WorkContract)).one()
    assert (contract.employer, contract.diploma, contract.teller) == ("Garage Petit", "CAP Maintenance", Teller.STAFF)
    assert of_person(session_factory, person_id).employer_status is EmployerStatus.SIGNED
    broken = {"reason": "trial_period", "broken_on": today.isoformat()}
    assert browser.send(f"/console/jeunes/{person_id}/rupture", broken).status_code == 303
    with session_factory() as session:
        contract = outcomes.contracts_of(session, person_id)[0]
    assert contract.break_reason is BreakReason.TRIAL_PERIOD
    person = of_person(session_factory, person_id)
    assert (person.stage, person.employer_status) == (PathStage.RUPTURE, EmployerStatus.SEARCHING)
    assert actions_about(session_factory, person_id) == ["person.contract", "person.contract", "person.break"]
    shown = browser.get(f"/console/jeunes/{person_id}").text
    assert "pendant la période d’essai" in shown


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"starts_on": "2026-09-01", "ends_on": "2026-08-01"}, "ends_on", id="ends before it starts"),
        pytest.param({"starts_on": "bientôt"}, "starts_on", id="no day"),
        pytest.param({"starts_on": "0026-09-01"}, "starts_on", id="a year nobody means"),
        pytest.param({"siren": "123"}, "siren", id="no number of a company"),
        pytest.param({"siren": "732829320"}, "siren", id="a company that is not in the list"),
        pytest.param({"kind": "stage"}, "kind", id="no kind of contract"),
        pytest.param({"employer": "x" * 121}, "employer", id="a name too long"),
    ],
)
def test_what_is_wrong_with_a_contract_is_said_beside_its_field(
    a_browser: ABrowser,
    a_young_person: APerson,
    session_factory: sessionmaker[Session],
    fields: dict[str, str],
    field: str,
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    answer = browser.send(f"/console/jeunes/{person_id}/contrat", {"school": "CFA du Bois", **fields})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "CFA du Bois" in answer.text
    with session_factory() as session:
        assert session.scalars(select(WorkContract)).all() == []


def test_a_break_needs_a_reason_and_a_day_that_has_come(a_browser: ABrowser, a_young_person: APerson) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    tomorrow = (clock().date() + timedelta(days=2)).isoformat()
    answer = browser.send(f"/console/jeunes/{person_id}/rupture", {"broken_on": tomorrow})
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    assert 'id="broken_on-error"' in answer.text

"""Campaigns in the console: read, counted, started, held, stopped."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import choices
from programme.campaigns import runs
from programme.clock import clock
from programme.models import AuditLine, CampaignState, Delivery, PathStage, Person, Role, SchoolStatus
from programme.permissions import Member
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
APerson = Callable[..., int]
PAGE = "/console/campagnes/septembre"


def in_september() -> str:
    """A day to come on which the campaign may start."""
    today = clock().date()
    return date(today.year + 1, 9, 1).isoformat()


@pytest.fixture
def a_candidate(session_factory: sessionmaker[Session], a_young_person: APerson) -> APerson:
    """Builds somebody who looks for an employer and agreed to be written to; their id."""

    def build(*, counsellor: Member | None = None, name: str | None = None) -> int:
        person_id = a_young_person(counsellor=counsellor, name=name)
        with session_factory.begin() as session:
            choices.agree(session, person_id, shown="oui", now=clock())
            person = session.get_one(Person, person_id)
            person.stage, person.school_status = PathStage.ECOLE_TROUVEE, SchoolStatus.ENROLLED
        return person_id

    return build


def state(session_factory: sessionmaker[Session]) -> CampaignState:
    with session_factory() as session:
        return runs.latest(session, "septembre").state


def actions(session_factory: sessionmaker[Session]) -> list[str]:
    with session_factory() as session:
        query = select(AuditLine.action).where(AuditLine.action.startswith("campaign.")).order_by(AuditLine.id)
        return list(session.scalars(query))


def start(browser: Browser) -> None:
    answer = browser.send(f"{PAGE}/lancer", {"le": in_september(), "sure": "oui"})
    assert answer.status_code == 303, answer.text


def test_a_counsellor_reads_what_a_campaign_says_and_starts_none(a_browser: ABrowser, a_candidate: APerson) -> None:
    browser = a_browser()
    a_candidate(counsellor=browser.who)
    assert "Protocole de septembre" in browser.get("/console/campagnes").text
    shown = browser.get(PAGE).text
    assert "c'est la rentrée" in shown.replace("&#39;", "'")
    assert "jamais lancée" in shown
    assert "/lancer" not in shown
    assert browser.send(f"{PAGE}/lancer", {"le": in_september(), "sure": "oui"}).status_code == 403


def test_the_dry_run_counts_and_writes_to_nobody(
    a_browser: ABrowser, a_candidate: APerson, a_young_person: APerson, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    a_candidate(counsellor=browser.who, name="Lina")
    silent = a_young_person()
    with session_factory.begin() as session:
        session.get_one(Person, silent).stage = PathStage.ECOLE_TROUVEE
    shown = browser.get(f"{PAGE}/apercu?le={in_september()}").text.replace("&#39;", "'")
    assert "1 personne recevrait" in shown
    assert "n'a pas dit oui aux messages" in shown
    assert "Lina" in shown
    with session_factory() as session:
        assert session.scalars(select(Delivery.id)).all() == []


def test_the_sample_names_nobody_of_another_team(
    a_browser: ABrowser, a_candidate: APerson, a_member: Callable[..., Member]
) -> None:
    a_candidate(counsellor=a_member(), name="Maëlle")
    shown = a_browser().get(f"{PAGE}/apercu?le={in_september()}").text
    assert "1 personne recevrait" in shown
    assert "Maëlle" not in shown
    assert "{bonjour}" in shown


def test_a_day_out_of_season_is_said(a_browser: ABrowser, a_candidate: APerson) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    a_candidate()
    january = in_september().replace("-09-", "-01-")
    assert "le lancement refusera ce jour" in lead.get(f"{PAGE}/apercu?le={january}").text
    answer = lead.send(f"{PAGE}/lancer", {"le": january, "sure": "oui"})
    assert answer.status_code == 422
    assert "septembre" in answer.text


@pytest.mark.parametrize("day", ["", "demain", "0001-01-01", "2026-13-45"])
def test_a_day_that_is_none_is_said(a_browser: ABrowser, day: str) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    assert lead.get(f"{PAGE}/apercu?le={day}").status_code == 200
    assert lead.send(f"{PAGE}/lancer", {"le": day, "sure": "oui"}).status_code == 422


def test_every_message_of_the_dry_run_is_in_a_file_without_names(
    a_browser: ABrowser, a_candidate: APerson, session_factory: sessionmaker[Session]
) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    person_id = a_candidate(counsellor=lead.who, name="Lina")
    answer = lead.get(f"{PAGE}/apercu.csv?le={in_september()}")
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert lines[0].startswith("personne;rang")
    assert lines[1].startswith(f"{person_id};1;")
    assert "Lina" not in answer.text
    assert actions(session_factory) == ["campaign.export"]
    assert a_browser().get(f"{PAGE}/apercu.csv").status_code == 403


def test_it_starts_only_when_one_is_sure_and_when_there_is_somebody(
    a_browser: ABrowser, a_candidate: APerson, session_factory: sessionmaker[Session]
) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    nobody = lead.send(f"{PAGE}/lancer", {"le": in_september(), "sure": "oui"})
    assert nobody.status_code == 422
    assert "Personne n'est sur sa liste" in nobody.text.replace("&#39;", "'")
    a_candidate()
    assert lead.send(f"{PAGE}/lancer", {"le": in_september()}).status_code == 422
    start(lead)
    assert state(session_factory) is CampaignState.RUNNING
    again = lead.send(f"{PAGE}/lancer", {"le": in_september(), "sure": "oui"})
    assert again.status_code == 422
    assert "déjà en cours" in again.text
    assert actions(session_factory) == ["campaign.start"]
    assert "en cours" in lead.get("/console/campagnes").text


def test_it_stands_still_goes_on_and_is_stopped(
    a_browser: ABrowser, a_candidate: APerson, session_factory: sessionmaker[Session]
) -> None:
    manager = a_browser(Role.PROGRAMME_MANAGER)
    a_candidate()
    start(manager)
    manager.send(f"{PAGE}/pause", {})
    assert state(session_factory) is CampaignState.PAUSED
    # somebody else was faster
    late = manager.send(f"{PAGE}/pause", {})
    assert "campaigns_other_state" in late.headers["set-cookie"]
    manager.send(f"{PAGE}/reprendre", {})
    assert state(session_factory) is CampaignState.RUNNING
    assert manager.send(f"{PAGE}/arreter", {}).status_code == 422
    manager.send(f"{PAGE}/arreter", {"sure": "oui"})
    assert state(session_factory) is CampaignState.STOPPED
    assert actions(session_factory) == ["campaign.start", "campaign.pause", "campaign.resume", "campaign.stop"]
    shown = manager.get(PAGE).text
    assert "arrêtée" in shown
    assert "Messages par étape et par texte" in shown


@pytest.mark.parametrize("path", ["", "/apercu"])
def test_a_campaign_that_is_not_there_is_no_page(a_browser: ABrowser, path: str) -> None:
    assert a_browser().get(f"/console/campagnes/noel{path}").status_code == 404

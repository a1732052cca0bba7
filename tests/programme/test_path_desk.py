"""The desk of the path: what is asked, noted, said and taken back, and how a message is read."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from actions.path import speaks_of_oneself
from programme import path
from programme.assistant import Assistant
from programme.models import Aspect, PathStage, Person, Teller
from programme.path_desk import PathDesk
from tests.conftest import NOW

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def desk(assistant: Assistant) -> PathDesk:
    return assistant.path


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


def test_a_break_is_noted_once(session_factory: sessionmaker[Session], desk: PathDesk, person_id: int) -> None:
    with session_factory.begin() as session:
        assert desk.broken(session, person_id=person_id, now=NOW) is not None
        assert desk.broken(session, person_id=person_id, now=LATER) is None


@pytest.mark.parametrize("stage", [PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT])
def test_a_signature_that_is_known_is_not_asked_about(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int, stage: PathStage
) -> None:
    with session_factory.begin() as session:
        assert desk.ask_if_signed(session, person_id=person_id) is not None
        path.set_stage(session, person_id, stage, teller=Teller.STAFF, now=NOW)
        assert desk.ask_if_signed(session, person_id=person_id) is None


def test_the_way_back_undoes_what_was_noted(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int
) -> None:
    with session_factory.begin() as session:
        (said,) = desk.signed(session, person_id=person_id, now=NOW).replies
        told = path.latest(session, person_id, Aspect.EMPLOYER)
        assert told is not None
        assert said.buttons[-1].payload == f'/contract_signed{{"go": "undo.{told.id}"}}'
        desk.undo(session, person_id=person_id, change_id=told.id, now=LATER)
        assert session.get_one(Person, person_id).stage is PathStage.PROJET


@pytest.mark.parametrize("stage", [PathStage.EMPLOYEUR_EN_VUE, PathStage.ENTRETIEN, PathStage.PROMESSE])
def test_each_hope_has_its_words(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int, stage: PathStage
) -> None:
    with session_factory.begin() as session:
        path.set_stage(session, person_id, stage, teller=Teller.STAFF, now=NOW)
        assert desk.no_employer(session, person_id=person_id) is not None


@pytest.mark.parametrize("stage", [PathStage.PROJET, PathStage.EN_CONTRAT, PathStage.RUPTURE])
def test_without_a_hope_nothing_is_asked(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int, stage: PathStage
) -> None:
    with session_factory.begin() as session:
        path.set_stage(session, person_id, stage, teller=Teller.STAFF, now=NOW)
        assert desk.no_employer(session, person_id=person_id) is None


@pytest.mark.parametrize(
    ("text", "own"),
    [
        pytest.param("j'ai signé mon contrat", True, id="of oneself"),
        pytest.param("mon patron m'a viré", True, id="of oneself, by another"),
        pytest.param("g plu de patron depui hier", True, id="as one types"),
        pytest.param("contrat rompu", True, id="bare"),
        pytest.param("mon fils vient de perdre son apprentissage", False, id="a child"),
        pytest.param("ma sœur a signé chez Leclerc", False, id="a sister"),
        pytest.param("j'ai quitté la boîte de mon cousin", True, id="of oneself, at a cousin's"),
        pytest.param("si mon contrat est rompu", False, id="supposed"),
        pytest.param("et si je trouve pas de patron", False, id="supposed too"),
        pytest.param("mon contrat est rompu, je fais quoi ?", True, id="told, then asked"),
        pytest.param("mon contrat est rompu ?", False, id="asked"),
    ],
)
def test_only_what_is_said_of_oneself_is_noted(text: str, own: bool) -> None:
    assert speaks_of_oneself(text) is own

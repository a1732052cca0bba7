"""The desk of the path: what is asked, noted, said and taken back, and how a message is read."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from actions.path import speaks_of_oneself
from programme import path
from programme.assistant import Assistant
from programme.dialogue_state import Question, Shown
from programme.models import Aspect, BreakReason, EmployerStatus, PathStage, Person, Teller, WorkContract
from programme.path_desk import PathDesk
from programme.replies import MAX_PAYLOAD_BYTES, Button
from tests.conftest import NOW

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def desk(assistant: Assistant) -> PathDesk:
    return assistant.path


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


def signed(desk: PathDesk, session: Session, person_id: int, *, starts_on: date | None = None) -> Shown:
    return desk.signed(session, person_id=person_id, kind=None, starts_on=starts_on, now=NOW, today=TODAY)


def buttons(shown: Shown | None) -> list[Button]:
    assert shown is not None
    return [button for reply in shown.replies for button in reply.buttons]


def test_every_button_fits_in_a_telegram_button(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int
) -> None:
    with session_factory.begin() as session:
        asked = desk.ask_if_signed(session, person_id=person_id, starts_on=date(2027, 9, 1), today=TODAY)
        shown = [asked, signed(desk, session, person_id), desk.not_signed()]
        shown.append(desk.broken(session, person_id=person_id, now=LATER, today=TODAY))
        payloads = [button.payload for each in shown for button in buttons(each)]
    # the numbers of steps and contracts grow
    grown = [re.sub(r"undo[.\d]+", f"undo.{10**12}.{10**12}", payload) for payload in payloads]
    assert max(len(payload.encode()) for payload in grown) <= MAX_PAYLOAD_BYTES


def test_the_first_day_told_along_rides_with_the_question(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int
) -> None:
    with session_factory.begin() as session:
        asked = desk.ask_if_signed(session, person_id=person_id, starts_on=date(2027, 9, 1), today=TODAY)
    assert asked is not None
    assert asked.question == Question(kind="path_signed", place="2027-09-01")
    assert buttons(asked)[0].payload == '/contract_signed{"go": "yes.2027-09-01"}'
    assert desk.ask(asked.question) == asked.replies[0]


@pytest.mark.parametrize(
    ("starts_on", "kept"),
    [
        pytest.param(date(2027, 9, 1), True, id="next autumn"),
        pytest.param(TODAY - timedelta(days=20), True, id="begun already"),
        pytest.param(date(2035, 9, 1), False, id="far ahead"),
        pytest.param(date(2019, 9, 1), False, id="long ago"),
    ],
)
def test_a_first_day_that_is_far_away_was_misread(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int, starts_on: date, kept: bool
) -> None:
    with session_factory.begin() as session:
        shown = signed(desk, session, person_id, starts_on=starts_on)
        contract = session.query(WorkContract).one()
    assert contract.starts_on == (starts_on if kept else None)
    # then it is asked for
    assert (shown.question is None) is kept


def test_of_a_break_health_is_not_asked(session_factory: sessionmaker[Session], desk: PathDesk, person_id: int) -> None:
    with session_factory.begin() as session:
        told = desk.broken(session, person_id=person_id, now=NOW, today=TODAY)
    assert not [button for button in buttons(told) if BreakReason.HEALTH in button.payload]


def test_a_break_is_noted_once(session_factory: sessionmaker[Session], desk: PathDesk, person_id: int) -> None:
    with session_factory.begin() as session:
        signed(desk, session, person_id)
        assert desk.broken(session, person_id=person_id, now=LATER, today=TODAY) is not None
        assert desk.broken(session, person_id=person_id, now=LATER, today=TODAY) is None
        (contract,) = session.query(WorkContract).all()
        assert (contract.broken_on, contract.break_reason) == (TODAY, BreakReason.NOT_SAID)


@pytest.mark.parametrize("reason", BreakReason)
def test_whatever_the_reason_somebody_can_be_spoken_to(
    session_factory: sessionmaker[Session], desk: PathDesk, person_id: int, reason: BreakReason
) -> None:
    with session_factory.begin() as session:
        desk.broken(session, person_id=person_id, now=NOW, today=TODAY)
        said = desk.reason(session, person_id=person_id, reason=reason)
        (contract,) = session.query(WorkContract).all()
        assert contract.break_reason is reason
    assert "/talk_to_human" in [button.payload for button in buttons(said)]


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


def test_nobody_takes_back_the_contract_of_somebody_else(
    session_factory: sessionmaker[Session], desk: PathDesk, a_person: Callable[..., int]
) -> None:
    person_id, other_id = a_person(), a_person()
    with session_factory.begin() as session:
        signed(desk, session, person_id)
        (contract,) = session.query(WorkContract).all()
        # given a word of their own to take back, and the id of the other's contract
        path.set_employer(session, other_id, EmployerStatus.PROMISED, teller=Teller.PERSON, now=NOW)
        own = path.latest(session, other_id, Aspect.EMPLOYER)
        assert own is not None
        desk.undo(session, person_id=other_id, change_id=own.id, contract_id=contract.id, now=LATER)
    with session_factory.begin() as session:
        assert session.query(WorkContract).count() == 1
        assert session.get_one(Person, person_id).stage is PathStage.CONTRAT_SIGNE


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

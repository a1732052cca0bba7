"""Answers to a campaign in the chat: its buttons however late, what is typed, and what always comes before."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from actions import questions
from actions.door import Context
from actions.server import ACTIONS
from bot.settings import ROOT
from programme import choices
from programme.assistant import Assistant
from programme.campaigns import runs
from programme.campaigns.definition import load_campaigns
from programme.content import read_yaml
from programme.dialogue_state import DialogueState, Question, load_state, save_state
from programme.models import (
    CampaignMember,
    ChannelIdentity,
    Conversation,
    EmployerStatus,
    EndReason,
    Flag,
    MessageChoice,
    PathStage,
    Person,
    SchoolStatus,
)
from tests.conftest import NOW
from tests.programme.campaigns.builders import begun

CAMPAIGNS = load_campaigns()
# which action follows which intent
RULES = {
    steps[0]["intent"]: steps[1]["action"]
    for file in (ROOT / "stories" / "rules").glob("*.yml")
    for rule in read_yaml(file)["rules"]
    if (steps := rule["steps"]) and "intent" in steps[0]
}
SURE, UNSURE = 0.97, 0.3


class Chat:
    """A conversation with somebody in the protocol, and the question of it left open."""

    def __init__(self, context: Context, person_id: int, name: str) -> None:
        self.context, self.person_id = context, person_id
        with context.session_factory.begin() as session:
            self.conversation_id = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()
            self.campaign_id = begun(session, name).id
        self.asked("campaign_blocked")

    def asked(self, kind: str) -> None:
        with self.context.session_factory.begin() as session:
            question = Question(kind=kind, subject=self.campaign_id)
            save_state(session, self.conversation_id, DialogueState(question=question))

    def press(self, intent: str = "inform", **entities: str) -> str:
        return self._turn(f"/{intent}", intent, entities)

    def say(self, text: str, intent: str = "out_of_scope", *, doubt: str = "", confidence: float = SURE) -> str:
        return self._turn(text, intent, {}, doubt, confidence)

    def _turn(self, text: str, intent: str, entities: dict[str, str], doubt: str = "", confidence: float = 1.0) -> str:
        tracker = Tracker(
            sender_id=str(self.conversation_id),
            slots={},
            latest_message={
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "intent_ranking": [],
                "doubt": doubt,
                "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            },
            events=[],
            paused=False,
            followup_action=None,
            active_loop={},
            latest_action_name=None,
        )
        dispatcher = CollectingDispatcher()
        asyncio.run(_action_of(self.context, intent).run(dispatcher, tracker, {}))
        return "\n".join(message["text"] for message in dispatcher.messages)

    def member(self) -> CampaignMember:
        with self.context.session_factory() as session:
            found = runs.member(session, self.campaign_id, self.person_id)
            assert found is not None
            return found

    def person(self) -> Person:
        with self.context.session_factory() as session:
            return session.get_one(Person, self.person_id)

    def open_question(self) -> str | None:
        with self.context.session_factory() as session:
            question = load_state(session, self.conversation_id).question
            return question.kind if question is not None else None


def _action_of(context: Context, intent: str) -> Any:
    """The action that the dialogue chooses for an intent, as its rules have it."""
    return next(action for each in ACTIONS if (action := each(context)).name() == RULES[intent])


@pytest.fixture
def a_chat(
    assistant: Assistant, session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> Callable[..., Chat]:
    def build(name: str = "septembre", **known: Any) -> Chat:
        person_id = a_person()
        with session_factory.begin() as session:
            choices.agree(session, person_id, shown="oui", now=NOW)
            person = session.get_one(Person, person_id)
            person.stage, person.school_status = PathStage.ECOLE_TROUVEE, SchoolStatus.ENROLLED
            for key, value in known.items():
                setattr(person, key, value)
        context = Context(assistant, session_factory, NOW.date(), questions.answered)
        return Chat(context, person_id, name)

    return build


# -- buttons


def test_a_button_answers(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    said = chat.press(go=f"campaign.{chat.campaign_id}.transport")
    assert CAMPAIGNS["septembre"].branches["transport"].now.bubbles[0] in said
    assert chat.member().branch == "transport"


@pytest.mark.parametrize("end", [runs.stop, runs.pause])
def test_a_button_answers_when_the_campaign_is_over_or_stands_still(a_chat: Callable[..., Chat], end: Any) -> None:
    chat = a_chat()
    with chat.context.session_factory.begin() as session:
        end(session, chat.campaign_id, now=NOW)
    assert "ça se calcule" in chat.press(go=f"campaign.{chat.campaign_id}.argent")


@pytest.mark.parametrize(
    "where",
    ["campaign.999.transport", "campaign.1.velo", "campaign.1", "campaign.1.", "campaign.99999999999999999999.trouve"],
)
def test_a_button_that_names_what_there_is_not_breaks_nothing(a_chat: Callable[..., Chat], where: str) -> None:
    chat = a_chat()
    said = chat.press(go=where)
    assert said
    assert chat.context.assistant.texts.say("fault") not in said
    assert chat.member().branch is None


def test_a_place_of_another_desk_with_the_same_name_is_not_taken_for_ours(a_chat: Callable[..., Chat]) -> None:
    # « un autre jour », under the first day of a contract
    chat = a_chat()
    said = chat.press("contract_signed", go="start")
    assert said == chat.context.assistant.texts.say("path_ask_start")
    assert chat.open_question() == "path_start"


def each_way() -> list[Any]:
    ways = {(way.intent, way.go) for c in CAMPAIGNS.values() for t in c.every_text() for way in t.buttons if way.intent}
    return [pytest.param(intent, go, id=f"{intent} {go}") for intent, go in sorted(ways)]


@pytest.mark.parametrize(("intent", "go"), each_way())
def test_each_way_under_a_message_leads_somewhere(a_chat: Callable[..., Chat], intent: str, go: str) -> None:
    chat = a_chat()
    texts = chat.context.assistant.texts
    said = chat.press(intent, **({"go": go} if go else {}))
    assert said
    assert texts.say("fault") not in said


def test_a_pause_of_three_days_is_taken_at_once(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    chat.press("pause_messages", go="for.d3")
    with chat.context.session_factory() as session:
        assert session.scalars(select(MessageChoice.paused_until)).one() is not None


# -- in one's own words


@pytest.mark.parametrize(
    ("said", "intent", "branch"),
    [
        pytest.param("bah j'ai pas de permis", "out_of_scope", "transport", id="by its words"),
        pytest.param("rien, ils font les morts", "no_reply", "pas_de_reponse", id="by its topic"),
        pytest.param(
            "franchement j'ai envoyé au moins trente CV depuis le mois de juin et personne me répond c'est dur",
            "chitchat",
            "pas_de_reponse",
            id="at length",
        ),
        pytest.param("j'ai trouvé !!", "contract_signed", "trouve", id="found"),
    ],
)
def test_what_is_typed_answers(a_chat: Callable[..., Chat], said: str, intent: str, branch: str) -> None:
    chat = a_chat()
    chat.say(said, intent)
    assert chat.member().branch == branch


def test_what_was_only_guessed_is_no_answer_by_its_topic(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    chat.say("hein", "no_reply", doubt="low", confidence=UNSURE)
    assert chat.member().branch is None


def test_something_else_is_answered_as_usual_and_the_next_message_still_answers(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    said = chat.say("c'est quoi les vacances", "holidays")
    assert "campaign" not in said
    assert chat.member().branch is None
    chat.say("sinon c'est l'argent", "out_of_scope")
    assert chat.member().branch == "argent"


def test_after_something_else_a_bare_yes_is_not_about_the_campaign(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat("juillet")
    chat.say("c'est quoi les vacances", "holidays")
    chat.say("hmm", "affirm")
    assert chat.member().branch is None


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        pytest.param("j'en peux plus, marre de vivre", "distress", id="a call for help"),
        pytest.param("stop, marre de tes messages", "stop_messages", id="stop"),
        pytest.param("marre, laisse-moi jusqu'à lundi", "pause_messages", id="a pause"),
        pytest.param("j'en ai marre, je veux parler à quelqu'un", "talk_to_human", id="a person"),
    ],
)
def test_safety_stop_and_a_person_come_first(a_chat: Callable[..., Chat], said: str, intent: str) -> None:
    chat = a_chat()
    chat.say(said, intent)
    assert chat.member().branch is None


def test_stop_ends_it(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    chat.say("stop", "stop_messages")
    with chat.context.session_factory() as session:
        assert session.scalars(select(MessageChoice.stopped_at)).one() is not None


def test_a_call_for_help_is_handed_on(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    chat.say("j'ai plus envie de rien, je veux mourir", "distress")
    with chat.context.session_factory() as session:
        assert [flag.reason for flag in session.scalars(select(Flag))] == ["distress"]


def test_a_signature_is_heard_by_the_path_and_congratulated_there(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    said = chat.say("j'ai trouvé et j'ai signé hier !!", "contract_signed")
    assert chat.context.assistant.texts.say("path_ask_signed") in said
    chat.press("contract_signed", go="yes")
    assert chat.person().employer_status is EmployerStatus.SIGNED
    with chat.context.session_factory.begin() as session:
        runs.close_finished(session, now=NOW)
    assert chat.member().end_reason is EndReason.SIGNED


def test_not_found_is_not_congratulated(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    said = chat.say("j'ai toujours pas trouvé une entreprise", "no_employer")
    assert "Bravo" not in said
    assert chat.member().ended_at is None
    assert chat.person().employer_status is EmployerStatus.SEARCHING


# -- the day the training began


@pytest.mark.parametrize(
    ("said", "day"),
    [
        pytest.param("le 1er septembre", date(2026, 9, 1), id="past, without a year"),
        pytest.param("1er décembre", date(2026, 12, 1), id="to come"),
        pytest.param("en septembre", date(2026, 9, 1), id="a month"),
        pytest.param("01/09/2026", date(2026, 9, 1), id="in figures"),
        pytest.param("elle a pas encore commencé, c'est le 5 janvier", date(2027, 1, 5), id="not yet, with its day"),
    ],
)
def test_the_day_the_training_began_is_read(a_chat: Callable[..., Chat], said: str, day: date) -> None:
    chat = a_chat()
    chat.asked("campaign_start")
    assert "C'est noté" in chat.say(said, "inform")
    assert chat.person().training_starts_on == day


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        pytest.param("je sais pas", "deny", id="not known"),
        pytest.param("aucune idée", "out_of_scope", id="no idea"),
        pytest.param("pas encore", "out_of_scope", id="not yet"),
    ],
)
def test_not_to_know_the_day_is_fine(a_chat: Callable[..., Chat], said: str, intent: str) -> None:
    chat = a_chat()
    chat.asked("campaign_start")
    assert "Pas de souci" in chat.say(said, intent)
    assert (chat.person().training_starts_on, chat.open_question()) == (None, None)


def test_not_to_know_the_day_can_be_pressed(a_chat: Callable[..., Chat]) -> None:
    assert "Pas de souci" in a_chat().press(go="start.?")


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        pytest.param("y a un atelier jeudi ?", "list_workshops", id="a question"),
        pytest.param("inscris-moi jeudi", "book_workshop", id="a workshop"),
    ],
)
def test_the_day_of_something_else_is_not_that_of_the_training(
    a_chat: Callable[..., Chat], said: str, intent: str
) -> None:
    chat = a_chat()
    chat.asked("campaign_start")
    chat.say(said, intent)
    assert chat.person().training_starts_on is None


def test_what_blocks_may_be_told_instead_of_the_day(a_chat: Callable[..., Chat]) -> None:
    chat = a_chat()
    chat.asked("campaign_start")
    chat.say("en fait c'est l'argent", "out_of_scope")
    assert chat.member().branch == "argent"

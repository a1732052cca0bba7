"""What every action does around its service, with rasa-sdk's own tracker and dispatcher."""

import asyncio
import logging
from collections.abc import Callable
from datetime import date
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from actions.door import Context, Door, Outcome, Turn
from actions.pay import Pay
from actions.server import ACTIONS
from actions.topics import AnswerTopic, Repeat
from actions.workshops import AskToBook, AskToCancel, Confirm, ListWorkshops, MyBookings
from bot.settings import ROOT
from programme.assistant import Assistant
from programme.content import read_yaml
from programme.models import ChannelIdentity, Conversation, Person
from programme.replies import Reply
from tests.conftest import NOW
from tests.programme.at_once import PATIENCE_S, at_once


class Failing(Door):
    """A service with a fault; what was written is in the error, as a database driver may do."""

    action_name = "action_failing"

    def respond(self, turn: Turn) -> Outcome:
        raise RuntimeError("a fault")


class Crossing(Door):
    """Locks two people's rows; the first time only when another one has locked the second of them."""

    action_name = "action_crossing"

    def __init__(self, context: Context, order: tuple[int, int], both: Barrier) -> None:
        super().__init__(context)
        self.order, self.both, self.tries = order, both, 0

    def respond(self, turn: Turn) -> Outcome:
        first, second = self.order
        self.tries += 1
        turn.session.get_one(Person, first, with_for_update=True)
        if self.tries == 1:
            self.both.wait(PATIENCE_S)
        turn.session.get_one(Person, second, with_for_update=True)
        return Outcome([Reply("C'est fait")], turn.state)


@pytest.fixture
def context(assistant: Assistant, session_factory: sessionmaker[Session]) -> Context:
    return Context(assistant, session_factory, NOW.date())


def a_tracker(
    intent: str, *, sender_id: str = "0", text: str = "", pending: str | None = None, **entities: str
) -> Tracker:
    return Tracker(
        sender_id=sender_id,
        slots={"pending": pending},
        latest_message={
            "text": text,
            "intent": {"name": intent, "confidence": 1.0},
            "intent_ranking": [],
            "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        },
        events=[],
        paused=False,
        followup_action=None,
        active_loop={},
        latest_action_name=None,
    )


def run(action: Door, tracker: Tracker) -> tuple[list[str], list[dict[str, Any]]]:
    """What it says, and the events it returns."""
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    return [message["text"] for message in dispatcher.messages], events


def test_a_fault_in_a_service_is_said_plainly_and_logged_without_what_was_written(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        said, events = run(Failing(context), a_tracker("greet", text="un secret"))
    assert said == [context.assistant.texts.say("fault")]
    assert [event["name"] for event in events] == ["action_listen"]
    assert "action_failing" in caplog.text
    assert "un secret" not in caplog.text


def test_two_turns_that_wait_for_each_other_are_both_answered(context: Context, a_person: Callable[..., int]) -> None:
    # given two people, each of whose turns holds what the other's needs
    one, other = a_person(), a_person()
    both = Barrier(2)
    crossing = [Crossing(context, order, both) for order in ((one, other), (other, one))]
    # when they meet
    answers = at_once([partial(run, action, a_tracker("greet")) for action in crossing])
    # then both are answered, one of them at the second try
    assert [said for said, _ in answers] == [["C'est fait"], ["C'est fait"]]
    assert sorted(action.tries for action in crossing) == [1, 2]


def test_a_question_is_answered_also_to_someone_unknown(context: Context) -> None:
    said, _ = run(AnswerTopic(context), a_tracker("trial_period", sender_id="a load test"))
    assert "Source" in said[-1]


def test_someone_unknown_books_nothing(context: Context) -> None:
    said, _ = run(AskToBook(context), a_tracker("book_workshop", sender_id="a load test", workshop_date="1"))
    assert said == [context.assistant.texts.say("fault")]


@pytest.mark.parametrize(
    ("action", "topic"),
    [
        pytest.param(ListWorkshops, "list_workshops", id="no date is open"),
        pytest.param(AskToBook, "book_workshop", id="no date to book"),
        pytest.param(AskToCancel, "cancel_booking", id="no booking to cancel"),
        pytest.param(MyBookings, "my_bookings", id="no booking to show"),
        pytest.param(Repeat, "repeat", id="nothing to say again"),
    ],
)
def test_where_there_is_nothing_to_show_the_answer_says_so(
    context: Context, a_person: Callable[..., int], action: type[Door], topic: str
) -> None:
    # given somebody new, and no workshop
    person_id = a_person()
    with context.session_factory() as session:
        conversation_id = session.scalar(
            select(Conversation.id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(ChannelIdentity.person_id == person_id)
        )
    # when they ask
    said, _ = run(action(context), a_tracker(topic, sender_id=str(conversation_id)))
    # then the answer to the topic is said
    assert said == [reply.text for reply in context.assistant.answers.answer(topic, on=NOW.date())]


def test_oui_without_a_question_asks_what_it_is_about(context: Context) -> None:
    said, _ = run(Confirm(context), a_tracker("affirm"))
    assert said == [reply.text for reply in context.assistant.answers.answer("affirm", on=NOW.date())]


def test_each_action_of_the_domain_is_served_and_no_other(context: Context) -> None:
    domain = read_yaml(ROOT / "domain" / "actions.yml")
    assert sorted(action(context).name() for action in ACTIONS) == sorted(domain["actions"])


def test_past_the_review_date_the_page_is_given_and_not_the_amount(
    assistant: Assistant, session_factory: sessionmaker[Session]
) -> None:
    later = Context(assistant, session_factory, date(2027, 6, 1))
    said, _ = run(Pay(later), a_tracker("pay_simulation", age="17"))
    assert "€" not in "".join(said)
    assert "https://" in said[-1]

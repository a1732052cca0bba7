"""What is remembered of a conversation."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from programme.conversations import mark_answered, store_incoming
from programme.dialogue_state import DialogueState, Question, load_state, save_state
from programme.models import ChannelIdentity, Conversation, Message, ReviewReason
from programme.profile import Profile
from programme.reviews import ask_review, open_reviews
from tests.conftest import NOW


@pytest.fixture
def conversation_id(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> uuid.UUID:
    person_id = a_person()
    with session_factory.begin() as session:
        found = session.scalar(
            select(Conversation.id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(ChannelIdentity.person_id == person_id)
        )
        assert found is not None
        return found


def test_a_conversation_begins_with_nothing_remembered(
    session_factory: sessionmaker[Session], conversation_id: uuid.UUID
) -> None:
    with session_factory() as session:
        assert load_state(session, conversation_id) == DialogueState()


def test_what_is_kept_comes_back(session_factory: sessionmaker[Session], conversation_id: uuid.UUID) -> None:
    state = DialogueState(
        question=Question(kind="book", subject=3, taken_up=True),
        topic="list_workshops",
        known=Profile(age=17),
        listed=(3, 1),
        misses=1,
    )
    with session_factory.begin() as session:
        save_state(session, conversation_id, state)
    with session_factory() as session:
        assert load_state(session, conversation_id) == state


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param({"question": {"kind": "no_such_kind"}}, id="a question of another version"),
        pytest.param({"misses": "many"}, id="a value of another kind"),
    ],
)
def test_what_cannot_be_read_any_more_is_forgotten(
    session_factory: sessionmaker[Session], conversation_id: uuid.UUID, kept: dict[str, object]
) -> None:
    with session_factory.begin() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(dialogue_state=kept))
        assert load_state(session, conversation_id) == DialogueState()


def test_what_a_later_version_kept_besides_is_left_out(
    session_factory: sessionmaker[Session], conversation_id: uuid.UUID
) -> None:
    kept = {"topic": "mentor", "mood": "bright"}
    with session_factory.begin() as session:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(dialogue_state=kept))
        assert load_state(session, conversation_id) == DialogueState(topic="mentor")


def test_an_unknown_conversation_is_a_blank(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_state(session, uuid.uuid4(), DialogueState(topic="mentor"))
        assert load_state(session, uuid.uuid4()) == DialogueState()


def test_what_is_said_anew_replaces_and_what_is_not_said_stays() -> None:
    assert DialogueState().knowing(age=17).knowing(age=18).knowing(age=None).known == Profile(age=18)


# -- messages to review


def _store(session: Session, conversation_id: uuid.UUID, text: str) -> Message:
    return store_incoming(session, conversation_id=conversation_id, public_id=text, text=text, payload=None, now=NOW)


def test_the_message_being_answered_is_queued_once(
    session_factory: sessionmaker[Session], conversation_id: uuid.UUID
) -> None:
    # given a message that was answered, and one that is being answered
    with session_factory.begin() as session:
        answered = _store(session, conversation_id, "first")
        mark_answered(session, answered, intent="greet", confidence=1.0, now=NOW)
        _store(session, conversation_id, "second")
    # when its turn is tried twice
    for _ in range(2):
        with session_factory.begin() as session:
            ask_review(
                session,
                conversation_id,
                reason=ReviewReason.NOT_UNDERSTOOD,
                ranking=[("mentor", 0.2)],
                now=NOW,
            )
    # then it waits once, with what it was taken for
    with session_factory() as session:
        found = [
            (message.text, review.ranking)
            for review, message in open_reviews(session)
            if message.conversation_id == conversation_id
        ]
    assert found == [("second", [["mentor", 0.2]])]

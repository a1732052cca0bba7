"""What follows an answer to « how is it going? », and who speaks for each purpose."""

import uuid
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import outcomes
from programme.assistant import Assistant
from programme.deliveries.sending import TOPICS
from programme.delivery_desk import MOODS
from programme.models import ChannelIdentity, CheckIn, Conversation, Flag, Purpose, Teller
from programme.replies import Reply
from tests.conftest import NOW

APerson = Callable[..., int]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


class Asked:
    """Somebody in a contract who was asked how it goes."""

    def __init__(self, session: Session, assistant: Assistant, person_id: int) -> None:
        self.session, self._assistant, self.person_id = session, assistant, person_id
        outcomes.announce_contract(session, person_id, starts_on=date(2026, 11, 9), teller=Teller.PERSON, now=NOW)
        self.check_in = session.scalars(select(CheckIn).where(CheckIn.day == 15)).one()

    def says(self, mood: str, *, person_id: int | None = None) -> list[Reply]:
        return self._assistant.check_ins.answered(
            self.session,
            person_id=person_id or self.person_id,
            check_in_id=self.check_in.id,
            mood=mood,
            conversation_id=self._conversation(),
            now=NOW,
        )

    def flags(self) -> list[str]:
        return [flag.reason.value for flag in self.session.scalars(select(Flag))]

    def _conversation(self) -> uuid.UUID:
        query = select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == self.person_id)
        return self.session.scalars(query).one()


@pytest.fixture
def asked(session: Session, assistant: Assistant, a_person: APerson) -> Asked:
    return Asked(session, assistant, a_person())


@pytest.mark.parametrize(
    ("mood", "words", "flags"),
    [
        pytest.param("good", "Ça fait plaisir", [], id="well"),
        pytest.param("soso", "en parlant tôt", [], id="so so"),
        pytest.param("bad", "J'ai prévenu ta Mission locale", ["human_wanted"], id="badly: somebody is asked to look"),
    ],
)
def test_each_answer_is_heard_and_closes_the_question(asked: Asked, mood: str, words: str, flags: list[str]) -> None:
    assert words in asked.says(mood)[0].text
    assert (asked.check_in.closed_at, asked.flags()) == (NOW, flags)


def test_answering_again_asks_for_nobody_twice(asked: Asked) -> None:
    asked.says("bad")
    asked.says("bad")
    assert asked.flags() == ["human_wanted"]


def test_somebody_else_s_question_is_not_answered(asked: Asked, a_person: APerson) -> None:
    (said,) = asked.says("bad", person_id=a_person())
    assert "n'est plus ouverte" in said.text
    assert (asked.check_in.closed_at, asked.flags()) == (None, [])


def test_every_way_that_is_shown_leads_to_a_topic(asked: Asked, assistant: Assistant) -> None:
    shown = {button.payload.lstrip("/") for mood in MOODS for button in asked.says(mood)[0].buttons}
    assert shown <= assistant.answers.titles.keys()


def test_each_purpose_has_a_topic_that_can_be_switched_off() -> None:
    assert TOPICS.keys() == set(Purpose)

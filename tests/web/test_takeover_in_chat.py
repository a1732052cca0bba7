"""While a counsellor has the conversation the assistant is silent, in the running whole; help and STOP still work."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import conversations, permissions, readings, structures, takeover
from programme.assistant import Assistant
from programme.models import Flag, FlagReason, Message, MessageState, OrganisationKind, Role, Takeover
from programme.takeover import SILENT
from tests.stack import Chat, Stack, said


@pytest.fixture
def counsellor(stack: Stack) -> int:
    with Session(stack.engine) as session, session.begin():
        organisation = structures.save_organisation(
            session, slug="ml-relais", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale du relais"
        )
        team = structures.save_team(session, organisation_id=organisation, name="Relais")
        return structures.save_staff(
            session, email="relais@ml.example", team_id=team, role=Role.COUNSELLOR, name="Camille"
        )


@pytest.fixture
def held(stack: Stack, assistant: Assistant, counsellor: int) -> Callable[..., Chat]:
    """Builds a chat that a counsellor has taken over; since a while, without a word, when they are ``away``."""

    def build(*, away: bool = False) -> Chat:
        chat = stack.chat()
        chat.say("salut")
        at = stack.now() - (SILENT + timedelta(minutes=1) if away else timedelta(0))
        with Session(stack.engine) as session, session.begin():
            assistant.takeovers.take(session, uuid.UUID(chat.conversation_id), staff_id=counsellor, now=at)
        return chat

    return build


def kept(stack: Stack, chat: Chat, text: str) -> Message:
    with Session(stack.engine) as session:
        return session.scalars(
            select(Message).where(Message.conversation_id == uuid.UUID(chat.conversation_id), Message.text == text)
        ).one()


def test_the_assistant_says_nothing_and_the_message_waits_for_the_counsellor(
    stack: Stack, held: Callable[..., Chat]
) -> None:
    chat = held()
    assert chat.say("c'est quoi un contrat d'apprentissage ?") == []
    message = kept(stack, chat, "c'est quoi un contrat d'apprentissage ?")
    assert message.state is MessageState.HELD
    # and the counsellor sees what it looks like
    assert message.intent is not None
    assert message.confidence is not None
    assert message.confidence > 0.5


def test_the_person_sees_who_speaks(
    stack: Stack, assistant: Assistant, counsellor: int, held: Callable[..., Chat]
) -> None:
    chat = held()
    with Session(stack.engine) as session, session.begin():
        assistant.takeovers.write(
            session, uuid.UUID(chat.conversation_id), staff_id=counsellor, text="Coucou !", now=stack.now()
        )
    message = chat.history()[-1]
    assert (message["author"], message["speaker"], message["text"]) == ("staff", "Camille", "Coucou !")


def test_a_button_still_works(held: Callable[..., Chat]) -> None:
    assert "prochains rendez-vous" in said(held().press("/list_workshops"))


@pytest.mark.parametrize("word", ["STOP", "stop !"])
def test_stop_is_done_at_once(held: Callable[..., Chat], word: str) -> None:
    assert "plus" in said(held().say(word))


def test_a_call_for_help_alerts_the_team_and_the_assistant_leaves_it_to_the_counsellor(
    stack: Stack, held: Callable[..., Chat]
) -> None:
    chat = held()
    assert chat.say("j'ai envie de mourir") == []
    with Session(stack.engine) as session:
        flags = session.scalars(select(Flag).where(Flag.conversation_id == uuid.UUID(chat.conversation_id))).all()
        assert [flag.reason for flag in flags] == [FlagReason.DISTRESS]


def test_a_call_for_help_to_a_counsellor_who_is_not_there_is_answered(held: Callable[..., Chat]) -> None:
    assert "3114" in said(held(away=True).say("j'ai envie de mourir"))


def test_once_it_is_given_back_the_assistant_answers_again(
    stack: Stack, assistant: Assistant, counsellor: int, held: Callable[..., Chat]
) -> None:
    chat = held()
    chat.say("une question")
    with Session(stack.engine) as session, session.begin():
        assistant.takeovers.give_back(session, uuid.UUID(chat.conversation_id), staff_id=counsellor, now=stack.now())
    assert chat.say("c'est quoi un contrat d'apprentissage ?")


def test_a_counsellor_who_goes_away_leaves_nobody_with_nobody(stack: Stack, held: Callable[..., Chat]) -> None:
    # given a message that waits for a counsellor whose time runs out
    chat = held()
    chat.say("vous êtes là ?")
    with Session(stack.engine) as session, session.begin():
        taken = session.scalars(
            select(Takeover).where(Takeover.conversation_id == uuid.UUID(chat.conversation_id))
        ).one()
        taken.until = stack.now()
    # then the worker tells the person and calls the team
    chat.wait_to_hear("l'équipe est prévenue")
    with Session(stack.engine) as session:
        assert takeover.holder(session, uuid.UUID(chat.conversation_id), now=stack.now()) is None
        [flag] = session.scalars(select(Flag).where(Flag.conversation_id == uuid.UUID(chat.conversation_id)))
        assert flag.reason is FlagReason.HUMAN_WANTED


def test_typing_is_shown(stack: Stack, held: Callable[..., Chat]) -> None:
    chat = held()
    with chat.stream() as stream:
        lines = stream.iter_lines()
        next(lines)
        with Session(stack.engine) as session, session.begin():
            conversations.announce_typing(session, uuid.UUID(chat.conversation_id))
        assert "event: typing" in (line for line in lines)


def test_who_asks_who_read_is_told_who(stack: Stack, counsellor: int) -> None:
    chat = stack.chat()
    assert "personne de l'équipe n'a ouvert" in said(chat.say("qui a lu ma conversation ?"))
    with Session(stack.engine) as session, session.begin():
        who = permissions.member(session, counsellor)
        assert who is not None
        readings.opened(session, who, uuid.UUID(chat.conversation_id), now=stack.now())
    assert "Camille (Mission locale du relais)" in said(chat.say("qui a lu ma conversation ?"))

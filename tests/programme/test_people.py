"""Who writes, in which channel."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from programme.conversations import conversations_to_deliver, store_replies
from programme.models import Channel, ChannelIdentity, Person
from programme.people import block, conversation_for, find_conversation, unblock
from programme.replies import Reply
from tests.conftest import NOW
from tests.programme.at_once import PATIENCE_S, at_once

ROUNDS = 25


def conversation_of(
    session_factory: sessionmaker[Session], external_id: str, channel: Channel = Channel.TELEGRAM
) -> tuple[uuid.UUID, int]:
    """The conversation's and the person's id, as a door would get them: in a transaction of its own."""
    with session_factory.begin() as session:
        conversation = conversation_for(session, channel=channel, external_id=external_id, now=NOW)
        return conversation.id, conversation.identity.person_id


def people_without_identity(session: Session) -> int:
    identity = select(ChannelIdentity.id).where(ChannelIdentity.person_id == Person.id)
    return session.scalar(select(func.count()).select_from(Person).where(~identity.exists())) or 0


def test_the_same_sender_finds_the_same_conversation(session_factory: sessionmaker[Session]) -> None:
    assert conversation_of(session_factory, "42") == conversation_of(session_factory, "42")


def test_another_sender_is_another_person(session_factory: sessionmaker[Session]) -> None:
    first, second = conversation_of(session_factory, "42"), conversation_of(session_factory, "43")
    assert (first[0] != second[0], first[1] != second[1]) == (True, True)


def test_the_same_id_in_another_channel_is_another_person(session_factory: sessionmaker[Session]) -> None:
    telegram = conversation_of(session_factory, "42", Channel.TELEGRAM)
    web = conversation_of(session_factory, "42", Channel.WEB)
    assert telegram[1] != web[1]


def test_somebody_who_never_wrote_has_no_conversation(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        assert find_conversation(session, channel=Channel.WEB, external_id="42") is None


def test_a_first_message_that_comes_while_another_is_stored_waits_for_it(
    session_factory: sessionmaker[Session],
) -> None:
    with ThreadPoolExecutor(1) as pool, session_factory.begin() as session:
        # given a first message whose transaction is not over
        first = conversation_for(session, channel=Channel.TELEGRAM, external_id="42", now=NOW)
        # when a second one comes
        second = pool.submit(conversation_of, session_factory, "42")
        _until_somebody_waits_for_a_lock(session_factory)
        session.commit()
        # then both are in one conversation, and the person made for nothing is gone
        assert second.result(PATIENCE_S)[0] == first.id
    with session_factory.begin() as session:
        assert people_without_identity(session) == 0


def test_two_first_messages_at_the_same_moment_give_one_person(session_factory: sessionmaker[Session]) -> None:
    # given many newcomers, when two messages of each come at the same moment
    # (with a plain INSERT in conversation_for, one of the two fails on channel_identity_once in most rounds)
    for newcomer in range(ROUNDS):
        found = at_once([partial(conversation_of, session_factory, str(newcomer))] * 2)
        # then both find the same conversation
        assert len(set(found)) == 1
    # and nobody is left without identity
    with session_factory.begin() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == ROUNDS
        assert people_without_identity(session) == 0


def _until_somebody_waits_for_a_lock(session_factory: sessionmaker[Session]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with session_factory.begin() as session:
            if session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_two_bots_of_one_programme_do_not_mix_up_their_chats(session_factory: sessionmaker[Session]) -> None:
    # given the same chat number at two bots
    with session_factory.begin() as session:
        ids = {
            bot: conversation_for(session, channel=Channel.TELEGRAM, external_id="42", now=NOW, bot=bot).id
            for bot in ("", "nord", "nord")
        }
        # and something to say in each
        for conversation_id in ids.values():
            store_replies(session, conversation_id=conversation_id, replies=[Reply("Salut")], now=NOW)
    # then each bot's worker sends its own
    with session_factory.begin() as session:
        for bot, conversation_id in ids.items():
            due = conversations_to_deliver(session, channel=Channel.TELEGRAM, now=NOW, bot=bot)
            assert due == [conversation_id]


def test_a_blocked_channel_is_noted_once_and_lifted_by_writing(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        conversation = conversation_for(session, channel=Channel.TELEGRAM, external_id="42", now=NOW)
        block(session, conversation.id, now=NOW)
        block(session, conversation.id, now=NOW + timedelta(days=1))
        session.refresh(conversation.identity)
        assert conversation.identity.blocked_at == NOW
        unblock(session, conversation.id)
        session.refresh(conversation.identity)
        assert conversation.identity.blocked_at is None

"""Conversations that somebody of the team should read."""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from programme.assistant import Assistant
from programme.errors import FlagNotFound
from programme.flags import RAISED_BY, close_flag, conversation_of, open_flags, raise_flag, release, take
from programme.models import ChannelIdentity, Conversation, Flag, FlagReason
from tests.bot.test_command import declic, refusal
from tests.conftest import NOW
from tests.programme.at_once import at_once
from tests.programme.network_builders import an_animator

LATER = NOW + timedelta(hours=1)
TOGETHER = 8


@pytest.fixture
def a_conversation(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> Callable[[], uuid.UUID]:
    """Builds a conversation with a person of its own; its id."""

    def build() -> uuid.UUID:
        person_id = a_person()
        with session_factory() as session:
            found = session.scalar(
                select(Conversation.id)
                .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
                .where(ChannelIdentity.person_id == person_id)
            )
        assert found is not None
        return found

    return build


@pytest.fixture
def flag(session_factory: sessionmaker[Session]) -> Callable[..., None]:
    """Raises a flag, as a turn does."""

    def build(conversation_id: uuid.UUID, *, reason: FlagReason = FlagReason.HUMAN_WANTED, now: datetime = NOW) -> None:
        with session_factory.begin() as session:
            raise_flag(session, conversation_id, reason=reason, now=now)

    return build


@pytest.fixture
def all_flags(session_factory: sessionmaker[Session]) -> Callable[[], list[Flag]]:
    """Open and closed, in the order in which they were raised."""

    def read() -> list[Flag]:
        with session_factory() as session:
            return list(session.scalars(select(Flag).order_by(Flag.id)))

    return read


def test_a_flag_is_raised_once_while_it_is_open(
    a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None], all_flags: Callable[[], list[Flag]]
) -> None:
    # given somebody who asks for a human, and again an hour later
    conversation_id = a_conversation()
    flag(conversation_id)
    flag(conversation_id, now=LATER)
    # then there is one flag, which knows both times
    assert [(each.raised_at, each.raised_again_at, each.closed_at) for each in all_flags()] == [(NOW, LATER, None)]


def test_a_flag_that_was_closed_is_raised_anew(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    all_flags: Callable[[], list[Flag]],
) -> None:
    # given a flag that somebody took care of
    conversation_id = a_conversation()
    flag(conversation_id)
    with session_factory.begin() as session:
        close_flag(session, all_flags()[0].id, now=NOW)
    # when the person asks again
    flag(conversation_id, now=LATER)
    # then a second one is open, and the first keeps its times
    assert [(each.raised_at, each.raised_again_at, each.closed_at) for each in all_flags()] == [
        (NOW, None, NOW),
        (LATER, None, None),
    ]


def test_each_reason_and_each_conversation_has_its_own_flag(
    a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None], all_flags: Callable[[], list[Flag]]
) -> None:
    one, other = a_conversation(), a_conversation()
    flag(one, reason=FlagReason.DISTRESS)
    flag(one, reason=FlagReason.HUMAN_WANTED)
    flag(other, reason=FlagReason.DISTRESS)
    assert [(each.conversation_id, each.reason) for each in all_flags()] == [
        (one, FlagReason.DISTRESS),
        (one, FlagReason.HUMAN_WANTED),
        (other, FlagReason.DISTRESS),
    ]


def test_several_turns_at_the_same_moment_raise_one_flag(
    session_factory: sessionmaker[Session], a_conversation: Callable[[], uuid.UUID], all_flags: Callable[[], list[Flag]]
) -> None:
    conversation_id = a_conversation()

    def raise_one() -> None:
        with session_factory.begin() as session:
            raise_flag(session, conversation_id, reason=FlagReason.DISTRESS, now=NOW)

    # when eight turns raise it together
    at_once([raise_one] * TOGETHER)
    # then there is one, raised again by the others
    assert [(each.raised_at, each.raised_again_at) for each in all_flags()] == [(NOW, NOW)]


def test_a_conversation_that_nobody_holds_raises_nothing(
    flag: Callable[..., None], all_flags: Callable[[], list[Flag]]
) -> None:
    flag(uuid.uuid4())
    assert all_flags() == []


def test_the_topics_that_raise_a_flag_exist_and_every_reason_has_one(assistant: Assistant) -> None:
    assert set(RAISED_BY) - set(assistant.answers.titles) == set()
    assert set(RAISED_BY.values()) == set(FlagReason)


# -- the list


def test_calls_for_help_come_first_then_the_oldest(
    session_factory: sessionmaker[Session], a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None]
) -> None:
    # given, in the order of time, wishes for a human and calls for help, written down in another order
    conversations = [a_conversation() for _ in range(5)]
    raised = [
        (FlagReason.HUMAN_WANTED, 1),
        (FlagReason.MONEY_EMERGENCY, 4),
        (FlagReason.HUMAN_WANTED, 0),
        (FlagReason.DISTRESS, 3),
        (FlagReason.HARASSMENT, 2),
    ]
    for conversation_id, (reason, hours) in zip(conversations, raised, strict=True):
        flag(conversation_id, reason=reason, now=NOW + timedelta(hours=hours))
    # then
    expected = [
        (FlagReason.HARASSMENT, 2),
        (FlagReason.DISTRESS, 3),
        (FlagReason.MONEY_EMERGENCY, 4),
        (FlagReason.HUMAN_WANTED, 0),
        (FlagReason.HUMAN_WANTED, 1),
    ]
    with session_factory() as session:
        listed = [(each.reason, (each.raised_at - NOW) // timedelta(hours=1)) for each in open_flags(session)]
        first = [each.reason for each in open_flags(session, limit=1)]
    assert (listed, first) == (expected, [FlagReason.HARASSMENT])


def test_every_call_for_help_is_more_urgent_than_a_wish_for_a_human(
    session_factory: sessionmaker[Session], a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None]
) -> None:
    conversation_id = a_conversation()
    for hours, reason in enumerate(reversed(FlagReason)):
        flag(conversation_id, reason=reason, now=NOW + timedelta(hours=hours))
    with session_factory() as session:
        assert open_flags(session)[-1].reason is FlagReason.HUMAN_WANTED


# -- closing


def test_a_flag_that_was_closed_is_listed_no_more(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    all_flags: Callable[[], list[Flag]],
) -> None:
    # given two flags
    one, other = a_conversation(), a_conversation()
    flag(one)
    flag(other)
    # when the first is closed
    with session_factory.begin() as session:
        close_flag(session, all_flags()[0].id, now=LATER)
    # then the other is left
    with session_factory() as session:
        assert [each.conversation_id for each in open_flags(session)] == [other]
    assert [each.closed_at for each in all_flags()] == [LATER, None]


def test_a_flag_is_closed_once(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    all_flags: Callable[[], list[Flag]],
) -> None:
    flag(a_conversation())
    flag_id = all_flags()[0].id
    with session_factory.begin() as session:
        close_flag(session, flag_id, now=NOW)
    # when somebody else closes it later
    with session_factory() as session, pytest.raises(FlagNotFound):
        close_flag(session, flag_id, now=LATER)
    # then the first time stays
    assert [each.closed_at for each in all_flags()] == [NOW]


def test_two_who_close_it_at_the_same_moment_are_told_apart(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    all_flags: Callable[[], list[Flag]],
) -> None:
    flag(a_conversation())
    flag_id = all_flags()[0].id

    def close() -> bool:
        try:
            with session_factory.begin() as session:
                close_flag(session, flag_id, now=NOW)
        except FlagNotFound:
            return False
        return True

    assert sorted(at_once([close] * TOGETHER)) == [False] * (TOGETHER - 1) + [True]


def test_a_flag_that_does_not_exist_is_not_closed(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session, pytest.raises(FlagNotFound):
        close_flag(session, 12, now=NOW)


# -- somebody takes care of it


@pytest.fixture
def sofia(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        return an_animator(session, "sofia@exemple.fr")


@pytest.fixture
def karim(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        return an_animator(session, "karim@exemple.fr")


def test_the_first_one_who_takes_a_flag_has_it(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    sofia: int,
    karim: int,
) -> None:
    flag(a_conversation())
    # when one takes it, then the other, then the first again
    holders = []
    for staff_id in (sofia, karim, sofia):
        with session_factory.begin() as session:
            holders.append(take(session, 1, staff_id=staff_id))
    # then each is told that the first has it
    assert holders == [sofia] * 3


def test_of_those_who_take_it_at_the_same_moment_all_are_told_the_same_one(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    sofia: int,
    karim: int,
) -> None:
    flag(a_conversation())

    def take_it(staff_id: int) -> int:
        with session_factory.begin() as session:
            return take(session, 1, staff_id=staff_id)

    holders = at_once([partial(take_it, staff_id) for staff_id in (sofia, karim) * 4])
    assert len(set(holders)) == 1


def test_a_flag_that_is_released_may_be_taken_by_somebody_else(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    sofia: int,
    karim: int,
) -> None:
    flag(a_conversation())
    with session_factory.begin() as session:
        take(session, 1, staff_id=sofia)
        release(session, 1)
        assert take(session, 1, staff_id=karim) == karim


def test_what_is_closed_is_neither_taken_nor_released(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    flag: Callable[..., None],
    all_flags: Callable[[], list[Flag]],
    sofia: int,
) -> None:
    conversation_id = a_conversation()
    flag(conversation_id)
    with session_factory.begin() as session:
        close_flag(session, 1, now=NOW, staff_id=sofia)
    with session_factory() as session:
        with pytest.raises(FlagNotFound):
            take(session, 1, staff_id=sofia)
        with pytest.raises(FlagNotFound):
            release(session, 1)
        # but it is known whose it was, and who closed it
        assert conversation_of(session, 1) == conversation_id
    assert [(each.closed_by_id, each.taken_by_id) for each in all_flags()] == [(sofia, None)]


def test_a_flag_that_never_was_is_of_no_conversation(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session, pytest.raises(FlagNotFound):
        conversation_of(session, 12)


# -- the commands


@pytest.fixture
def environment(engine: Engine) -> dict[str, str]:
    """The same database as the test's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECLIC_")}
    return kept | {"DECLIC_DATABASE_URL": engine.url.render_as_string(hide_password=False)}


def test_the_command_lists_flags_in_the_hour_of_the_place(
    environment: dict[str, str], a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None]
) -> None:
    # given two flags, one more urgent
    one, other = a_conversation(), a_conversation()
    flag(one)
    flag(other, reason=FlagReason.DISTRESS, now=datetime(2026, 11, 23, 10, 30, tzinfo=UTC))
    # when they are listed
    done = declic(environment, "flags", "list")
    # then the urgent one comes first, with the hour in Paris
    assert done.returncode == 0, done.stderr
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["2", "2026-11-23", "11:30", "distress", "conversation", str(other)],
        ["1", "2026-11-23", "10:00", "human_wanted", "conversation", str(one)],
        ["2", "open", "flags."],
    ]


def test_the_command_closes_a_flag_and_says_when_there_is_none(
    environment: dict[str, str], a_conversation: Callable[[], uuid.UUID], flag: Callable[..., None]
) -> None:
    flag(a_conversation())
    # when it is closed twice
    first, second = (declic(environment, "flags", "close", "1") for _ in range(2))
    # then the second time says so, and none is left
    assert (first.returncode, first.stdout) == (0, "Flag 1: closed.\n"), first.stderr
    assert refusal(second) == "declic: no open flag has the number 1: `declic flags list` shows them."
    assert declic(environment, "flags", "list").stdout.startswith("0 open flag")

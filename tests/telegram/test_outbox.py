"""What happens to a bubble that Telegram takes, delays or refuses: real PostgreSQL, real HTTP, no dialogue server."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.telegram.outbox import Outbox, bot_for
from programme import conversations
from programme.assistant import Assistant
from programme.models import Channel, Message, MessageState
from programme.people import conversation_for
from programme.replies import Button, Reply
from tests.telegram.bot_api_server import BotApiServer

CHAT = 90_001
# long ago: the outbox reads the real clock, and sends what was planned before
PLANNED_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9"  # nothing here asks the dialogue server


@pytest.fixture
def telegram() -> Iterator[BotApiServer]:
    """One for each test: what a test makes fail must not fall on another's bubbles."""
    with BotApiServer() as server:
        yield server


@dataclass(frozen=True)
class Post:
    """The outbox of one conversation."""

    telegram: BotApiServer
    session_factory: sessionmaker[Session]
    assistant: Assistant
    conversation_id: uuid.UUID

    def plan(self, *replies: Reply) -> None:
        with self.session_factory.begin() as session:
            conversations.store_replies(session, conversation_id=self.conversation_id, replies=replies, now=PLANNED_AT)

    def deliver(self) -> None:
        self.run(lambda outbox: outbox.deliver(self.conversation_id))

    def run(self, work: Callable[[Outbox], Awaitable[object]]) -> None:
        async def inside() -> None:
            async with DialogueClient(NOBODY) as dialogue:
                talk = Conversations(
                    session_factory=self.session_factory,
                    dialogue=dialogue,
                    assistant=self.assistant,
                    clock=lambda: datetime.now(UTC),
                )
                async with bot_for(SecretStr(self.telegram.token), self.telegram.url) as bot:
                    await work(Outbox(bot, talk, self.assistant.sending, lambda: datetime.now(UTC)))

        asyncio.run(inside())

    def bubbles(self) -> list[Message]:
        with self.session_factory.begin() as session:
            return list(session.scalars(select(Message).order_by(Message.id)))

    def states(self) -> list[MessageState]:
        return [bubble.state for bubble in self.bubbles()]

    def wait(self) -> timedelta:
        """How long after its failure the first bubble is to be tried again."""
        return self.bubbles()[0].state_at - datetime.now(UTC)

    def let_time_pass(self, by: timedelta) -> None:
        with self.session_factory.begin() as session:
            session.execute(update(Message).values(state_at=Message.state_at - by))

    def arrived(self) -> list[str]:
        return [sent.text for sent in self.telegram.sent_to(CHAT)]


@pytest.fixture
def post(telegram: BotApiServer, session_factory: sessionmaker[Session], assistant: Assistant) -> Post:
    with session_factory.begin() as session:
        conversation = conversation_for(session, channel=Channel.TELEGRAM, external_id=str(CHAT), now=PLANNED_AT)
        return Post(telegram, session_factory, assistant, conversation.id)


def test_bubbles_leave_in_the_order_in_which_they_were_said(post: Post) -> None:
    post.plan(Reply("un"), Reply("deux"), Reply("trois"))
    post.deliver()
    assert post.arrived() == ["un", "deux", "trois"]
    assert post.states() == [MessageState.DELIVERED] * 3


def test_what_was_delivered_does_not_leave_again(post: Post) -> None:
    post.plan(Reply("un"))
    post.deliver()
    post.deliver()
    assert post.arrived() == ["un"]


def test_two_processes_deliver_each_bubble_once(post: Post) -> None:
    post.plan(*(Reply(str(number)) for number in range(6)))
    # when the bot and the worker deliver the same conversation at the same moment, for as long as something is due
    post.run(lambda outbox: asyncio.gather(*(outbox.deliver(post.conversation_id) for _ in range(4))))
    post.deliver()
    assert post.arrived() == ["0", "1", "2", "3", "4", "5"]


def test_buttons_carry_their_payload(post: Post) -> None:
    post.plan(
        Reply("Je te réserve une place ?", (Button("Oui", '/affirm{"workshop_date": "3"}'), Button("Non", "/deny")))
    )
    post.deliver()
    [sent] = post.telegram.sent_to(CHAT)
    assert sent.buttons == [("Oui", '/affirm{"workshop_date": "3"}'), ("Non", "/deny")]


def test_a_bubble_refused_twice_arrives_later_once_and_before_those_after_it(post: Post) -> None:
    post.plan(Reply("un"), Reply("deux"))
    post.telegram.fail_next("sendMessage", times=2, status=500, description="Internal Server Error")

    # when it fails, it waits, and the bubble after it waits too
    post.deliver()
    post.deliver()  # too early: not tried
    assert post.telegram.calls("sendMessage") == 1
    assert post.states() == [MessageState.DUE, MessageState.DUE]
    assert timedelta(seconds=5) < post.wait() <= timedelta(seconds=10)

    # when it fails again, it waits twice as long
    post.let_time_pass(timedelta(seconds=10))
    post.deliver()
    assert post.telegram.calls("sendMessage") == 2
    assert timedelta(seconds=15) < post.wait() <= timedelta(seconds=20)

    # then all arrives
    post.let_time_pass(timedelta(seconds=20))
    post.deliver()
    assert post.arrived() == ["un", "deux"]
    assert post.states() == [MessageState.DELIVERED] * 2


# python-telegram-bot announces on each refusal that `retry_after` will change its type; the outbox takes both
@pytest.mark.filterwarnings("ignore:.*retry_after:telegram.warnings.PTBDeprecationWarning")
def test_it_waits_as_long_as_telegram_asks(post: Post) -> None:
    post.plan(Reply("un"))
    post.telegram.fail_next(
        "sendMessage", times=1, status=429, description="Too Many Requests: retry after 47", retry_after=47
    )
    post.deliver()
    assert timedelta(seconds=40) < post.wait() <= timedelta(seconds=47)

    post.let_time_pass(timedelta(seconds=47))
    post.deliver()
    assert post.arrived() == ["un"]


@pytest.mark.parametrize(
    ("status", "description"),
    [
        pytest.param(403, "Forbidden: bot was blocked by the user", id="blocked"),
        pytest.param(403, "Forbidden: user is deactivated", id="account deleted"),
        pytest.param(400, "Bad Request: chat not found", id="no such chat"),
    ],
)
def test_a_bubble_refused_for_good_is_tried_once(post: Post, status: int, description: str) -> None:
    post.plan(Reply("un"))
    post.telegram.fail_next("sendMessage", times=1, status=status, description=description)
    post.deliver()
    assert post.states() == [MessageState.FAILED]

    post.let_time_pass(timedelta(days=2))
    post.deliver()
    assert post.telegram.calls("sendMessage") == 1
    assert post.arrived() == []


def test_a_bubble_that_is_never_taken_is_given_up(post: Post) -> None:
    # given a bubble that failed on all its tries but one
    post.plan(Reply("un"))
    with post.session_factory.begin() as session:
        session.execute(update(Message).values(tries=conversations.MAX_TRIES - 1))
    post.telegram.fail_next("sendMessage", times=1, status=500, description="Internal Server Error")
    # when the last try fails
    post.deliver()
    assert post.states() == [MessageState.FAILED]
    # then there is none after it
    post.let_time_pass(timedelta(days=2))
    post.deliver()
    assert post.telegram.calls("sendMessage") == 1


def test_a_bubble_whose_sender_died_is_taken_up_by_another(post: Post) -> None:
    # given a process that claimed a bubble and never came back
    post.plan(Reply("un"))
    with post.session_factory.begin() as session:
        conversations.claim_due(session, post.conversation_id, now=datetime.now(UTC))
    post.deliver()
    assert post.arrived() == []  # it may still be on its way

    # when it has been silent for long enough
    post.let_time_pass(conversations.SENDING_TIMEOUT + timedelta(seconds=1))
    post.deliver()
    assert post.arrived() == ["un"]

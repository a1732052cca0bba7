"""The door in polling mode, with real PostgreSQL and real HTTP; what is asked here needs no dialogue server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from telegram import Update

from bot.conversation import UNREADABLE, Conversations
from bot.dialogue_client import DialogueClient
from bot.settings import Settings
from bot.telegram.door import TelegramDoor
from programme.assistant import Assistant
from programme.models import Author, ChannelIdentity, Message, MessageState
from tests.telegram.bot_api_server import BotApiServer

CHAT = 91_001
GROUP = -91_002
NOBODY = "http://127.0.0.1:9"  # the dialogue server is down
STICKER = {
    "file_id": "1",
    "file_unique_id": "1",
    "width": 1,
    "height": 1,
    "type": "regular",
    "is_animated": False,
    "is_video": False,
}


@pytest.fixture
def telegram() -> Iterator[BotApiServer]:
    with BotApiServer() as server:
        yield server


@dataclass(frozen=True)
class House:
    telegram: BotApiServer
    session_factory: sessionmaker[Session]
    assistant: Assistant

    def with_door(self, work: Callable[[TelegramDoor], Awaitable[None]], *, token: str = "") -> None:
        """Run ``work`` with the door there but not started."""

        async def inside() -> None:
            async with self._door(token or self.telegram.token) as door:
                await work(door)

        asyncio.run(inside())

    def open_until(self, condition: Callable[[], bool]) -> None:
        """Have the door poll until the condition holds."""

        async def work(door: TelegramDoor) -> None:
            door.start()
            await until(condition)

        self.with_door(work)

    def say(self, key: str) -> str:
        return self.assistant.texts.say(key)

    def arrived(self, chat_id: int = CHAT) -> list[str]:
        return [sent.text for sent in self.telegram.sent_to(chat_id)]

    def messages(self, author: Author) -> list[Message]:
        with self.session_factory.begin() as session:
            return list(session.scalars(select(Message).where(Message.author == author).order_by(Message.id)))

    def people(self) -> int:
        with self.session_factory.begin() as session:
            return session.scalar(select(func.count()).select_from(ChannelIdentity)) or 0

    @asynccontextmanager
    async def _door(self, token: str) -> AsyncIterator[TelegramDoor]:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            telegram_token=SecretStr(token),
            telegram_api_url=self.telegram.url,  # type: ignore[arg-type]
            public_url=None,
        )
        async with DialogueClient(NOBODY) as dialogue:
            talk = Conversations(
                session_factory=self.session_factory,
                dialogue=dialogue,
                assistant=self.assistant,
                clock=lambda: datetime.now(UTC),
            )
            door = TelegramDoor(settings, talk, self.assistant)
            try:
                yield door
            finally:
                await door.stop()


async def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 (what is waited for happens in a thread and in a database)
            await asyncio.sleep(0.02)


@pytest.fixture
def house(telegram: BotApiServer, session_factory: sessionmaker[Session], assistant: Assistant) -> House:
    return House(telegram, session_factory, assistant)


def test_polling_takes_the_webhook_away_and_sets_the_menu(house: House) -> None:
    house.open_until(lambda: house.telegram.calls("getUpdates") > 0)
    assert house.telegram.calls("deleteWebhook") == 1
    assert house.telegram.calls("setMyCommands") == 1


def test_a_wrong_token_is_said_in_the_health(house: House) -> None:
    async def work(door: TelegramDoor) -> None:
        door.start()
        async with asyncio.timeout(20):
            while "DECLIC_TELEGRAM_TOKEN" not in (await door.health()).detail:  # noqa: ASYNC110 (no event says so)
                await asyncio.sleep(0.02)
        assert not (await door.health()).ready

    house.with_door(work, token="123456:wrong")


def test_an_update_given_twice_at_once_is_answered_once(house: House) -> None:
    # given two copies that wait when the door opens, and a message after them
    update = house.telegram.message_update(CHAT, sticker=STICKER)
    house.telegram.send_raw(update)
    house.telegram.send_raw(update)
    house.telegram.press(CHAT, "/no_such_button")
    house.open_until(lambda: len(house.arrived()) >= 2)
    assert house.arrived() == [house.say("unsupported_kind"), house.say("unknown_button")]
    assert len(house.messages(Author.PERSON)) == 2


def test_an_update_given_again_after_a_restart_is_answered_once(house: House) -> None:
    update = house.telegram.message_update(CHAT, sticker=STICKER)
    house.telegram.send_raw(update)
    # a door that closes between Telegram's answer and its own note of it leaves the bubble to be sent again
    house.open_until(lambda: [each.state for each in house.messages(Author.ASSISTANT)] == [MessageState.DELIVERED])
    # when Telegram gives it again to the next process, and something new after it
    house.telegram.send_raw(update)
    house.telegram.press(CHAT, "/no_such_button")
    house.open_until(lambda: len(house.arrived()) >= 2)
    assert house.arrived() == [house.say("unsupported_kind"), house.say("unknown_button")]


def test_messages_that_come_together_are_answered_in_order(house: House) -> None:
    house.telegram.write(CHAT, "//")
    house.telegram.send_other(CHAT, sticker=STICKER)
    house.telegram.press(CHAT, "/no_such_button")
    house.telegram.write(CHAT, "/")
    house.open_until(lambda: len(house.arrived()) >= 4)
    assert house.arrived() == [house.say(key) for key in ("empty", "unsupported_kind", "unknown_button", "empty")]


def test_a_sticker_is_kept_as_a_message_without_text(house: House) -> None:
    house.telegram.send_other(CHAT, sticker=STICKER)
    house.open_until(lambda: len(house.arrived()) == 1)
    assert [message.text for message in house.messages(Author.PERSON)] == [UNREADABLE]


def test_a_pressed_button_stops_its_spinner(house: House) -> None:
    update_id = house.telegram.press(CHAT, "/no_such_button")
    house.open_until(lambda: bool(house.arrived()) and bool(house.telegram.answered_callbacks))
    assert house.telegram.answered_callbacks == [f"callback-{update_id}"]


def test_while_the_dialogue_server_is_down_the_message_is_kept_and_the_person_told(house: House) -> None:
    house.telegram.write(CHAT, "c payé combien a 17 ans")
    house.open_until(lambda: len(house.arrived()) == 1)
    assert house.arrived() == [house.say("dialogue_down")]
    assert [message.state for message in house.messages(Author.PERSON)] == [MessageState.WAITING]


def test_a_group_is_left_alone_unless_a_command_is_written(house: House) -> None:
    house.telegram.write_in_group(GROUP, "on mange où")
    house.telegram.write_in_group(GROUP, "/start@declic_bot")
    house.telegram.write_in_group(GROUP, "merci")
    house.telegram.send_other(CHAT, sticker=STICKER)  # the last to be read: all before it is over then
    house.open_until(lambda: len(house.arrived()) == 1)
    assert house.arrived(GROUP) == [house.say("group_chat")]
    assert house.people() == 1  # the one who sent the sticker


@pytest.mark.parametrize(
    ("status", "description"),
    [
        pytest.param(403, "Forbidden: bot was kicked from the group chat", id="kicked"),
        pytest.param(
            400, "Bad Request: not enough rights to send text messages to the chat", id="not allowed to write"
        ),
        pytest.param(500, "Internal Server Error", id="Telegram in trouble"),
    ],
)
def test_a_group_that_takes_no_sentence_is_no_fault(house: House, status: int, description: str) -> None:
    """A webhook that raised would answer 500, and Telegram would deliver the same command again and again."""
    update = a_group_command(house.telegram)
    house.telegram.fail_next("sendMessage", times=1, status=status, description=description)

    async def work(door: TelegramDoor) -> None:
        await door.bot.initialize()
        await door.receive(Update.de_json(update, door.bot))

    house.with_door(work)
    assert house.telegram.calls("sendMessage") == 1


def a_group_command(telegram: BotApiServer) -> dict[str, Any]:
    update = telegram.message_update(GROUP, text="/start")
    update["message"]["chat"] = {"id": GROUP, "type": "group", "title": "Terminale B"}
    return update

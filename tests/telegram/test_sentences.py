"""Which sentence a command or an odd message gets, on the running whole."""

import itertools
import time

import pytest
from sqlalchemy import text

from programme.assistant import Assistant
from tests.stack import Stack
from tests.telegram.bot_api_server import BotApiServer, Sent

_chats = itertools.count(92_001)


def first_turn(stack: Stack, bot_api: BotApiServer, chat: int, timeout_s: float = 30) -> list[Sent]:
    """All bubbles of the answer to the first message of this chat, once Telegram has them all."""
    deadline = time.monotonic() + timeout_s
    unfinished = text(
        "SELECT count(*) FILTER (WHERE m.state NOT IN ('answered', 'delivered')), count(*) FROM messages m "
        "JOIN conversations c ON c.id = m.conversation_id JOIN channel_identities i ON i.id = c.identity_id "
        "WHERE i.channel = 'telegram' AND i.external_id = :chat"
    )
    while time.monotonic() < deadline:
        with stack.engine.connect() as connection:
            left, stored = connection.execute(unfinished, {"chat": str(chat)}).one()
        if stored > 1 and left == 0:
            return bot_api.sent_to(chat)
        time.sleep(0.05)
    raise AssertionError(f"no whole answer; there is: {[sent.text for sent in bot_api.sent_to(chat)]}")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param("/start", "moi c'est Déclic", id="start"),
        pytest.param("/start@declic_bot", "moi c'est Déclic", id="start with the bot's name"),
        pytest.param("/aide", "Je réponds à tes questions", id="aide"),
        pytest.param("/stop", "je ne t'écris plus en premier", id="stop"),
    ],
)
def test_a_command_gets_its_topic(stack: Stack, bot_api: BotApiServer, command: str, expected: str) -> None:
    chat = next(_chats)
    bot_api.write(chat, command)
    answer = first_turn(stack, bot_api, chat)
    assert expected in answer[0].text
    assert answer[-1].buttons


@pytest.mark.parametrize(
    ("written", "key"),
    [
        pytest.param("/", "empty", id="a slash alone"),
        pytest.param("a" * 4000, "too_long", id="4,000 characters"),
    ],
)
def test_what_cannot_be_understood_is_said_so(
    stack: Stack, bot_api: BotApiServer, assistant: Assistant, written: str, key: str
) -> None:
    chat = next(_chats)
    bot_api.write(chat, written)
    assert [sent.text for sent in first_turn(stack, bot_api, chat)] == [assistant.texts.say(key)]


@pytest.mark.parametrize("payload", ["/no_such_button", "", "pas une commande", '/affirm{"secret": "1"}', "/affirm{"])
def test_a_button_that_leads_nowhere_is_said_so(
    stack: Stack, bot_api: BotApiServer, assistant: Assistant, payload: str
) -> None:
    chat = next(_chats)
    bot_api.press(chat, payload)
    answer = first_turn(stack, bot_api, chat)
    assert [sent.text for sent in answer] == [assistant.texts.say("unknown_button")]
    assert answer[0].buttons


@pytest.mark.parametrize(
    "written", ["😀", "🥖🥖🥖", "<b>salut</b> & <script>", "*gras* _italique_ [lien](x)", "/nimportequoi"]
)
def test_anything_else_gets_a_readable_answer(stack: Stack, bot_api: BotApiServer, written: str) -> None:
    chat = next(_chats)
    bot_api.write(chat, written)
    for sent in first_turn(stack, bot_api, chat):
        assert 0 < len(sent.text) <= 300
        assert "coincé" not in sent.text  # no action failed

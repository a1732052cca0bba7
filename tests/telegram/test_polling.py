"""The same conversations through Telegram, by polling, on the running whole."""

import itertools
import time
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tests.stack import Stack
from tests.telegram.bot_api_server import BotApiServer, Sent

PAY_QUESTION = "slt jcherche une alternance en boulangerie, c payé combien a 17 ans ?"
_chats = itertools.count(70_001)


def a_chat() -> int:
    """A chat that no other test uses."""
    return next(_chats)


def wait_until(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def press_titled(bot_api: BotApiServer, chat: int, sent: Sent, title: str) -> None:
    bot_api.press(chat, next(payload for shown, payload in sent.buttons if title in shown))


def rows(stack: Stack, chat: int, author: str) -> list[tuple[str, str]]:
    """(text, state) of one side's messages."""
    with stack.engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT m.text, m.state FROM messages m JOIN conversations c ON c.id = m.conversation_id "
                "JOIN channel_identities i ON i.id = c.identity_id "
                "WHERE i.channel = 'telegram' AND i.external_id = :chat AND m.author = :author ORDER BY m.id"
            ),
            {"chat": str(chat), "author": author},
        )
        return [(row.text, row.state) for row in found]


def test_a_person_asks_about_pay_and_books_a_workshop(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    # when they ask
    bot_api.write(chat, PAY_QUESTION)
    # then an amount comes with its source
    bot_api.wait_for(chat, "504,10")
    bot_api.wait_for(chat, "vérifié le")

    # when they ask for workshops, choose one and confirm
    bot_api.write(chat, "y a quoi comme ateliers")
    press_titled(bot_api, chat, bot_api.wait_for(chat, "prochains rendez-vous"), "Club de l'alternance")
    question = bot_api.wait_for(chat, "Je te réserve une place ?")
    press_titled(bot_api, chat, question, "Oui, je réserve")
    bot_api.wait_for(chat, "C'est réservé")

    # then the row is in PostgreSQL, and the phone's spinner was stopped
    with stack.engine.connect() as connection:
        statuses = connection.execute(
            text(
                "SELECT b.status FROM bookings b JOIN channel_identities i ON i.person_id = b.person_id "
                "WHERE i.external_id = :chat"
            ),
            {"chat": str(chat)},
        ).scalars()
        assert list(statuses) == ["booked"]
    wait_until(lambda: len(bot_api.answered_callbacks) >= 2)
    wait_until(lambda: {state for _, state in rows(stack, chat, "assistant")} == {"delivered"})


def test_the_commands_of_the_menu(stack: Stack, bot_api: BotApiServer) -> None:
    for command, words in (("/start", "moi c'est Déclic"), ("/aide", ""), ("/stop", "")):
        chat = a_chat()
        bot_api.write(chat, command)
        bot_api.wait_for(chat, words)


def test_a_voice_message_and_a_sticker_get_a_kind_sentence(stack: Stack, bot_api: BotApiServer) -> None:
    voice = {"file_id": "1", "file_unique_id": "1", "duration": 3}
    sticker = {
        "file_id": "1", "file_unique_id": "1", "width": 1, "height": 1, "type": "regular", "is_animated": False,
        "is_video": False,
    }  # fmt: skip
    photo = [{"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}]
    for content in ({"voice": voice}, {"sticker": sticker}, {"photo": photo, "caption": "mon cv"}):
        chat = a_chat()
        bot_api.send_other(chat, **content)
        bot_api.wait_for(chat, "Je ne sais lire que les messages écrits")


def test_in_a_group_it_answers_a_command_only_and_keeps_nothing(stack: Stack, bot_api: BotApiServer) -> None:
    group = -a_chat()
    bot_api.write_in_group(group, "vous faites quoi ce soir")
    bot_api.write_in_group(group, "/start")
    bot_api.wait_for(group, "en conversation privée")
    assert len(bot_api.sent_to(group)) == 1
    assert rows(stack, group, "person") == []


def test_an_update_delivered_twice_is_answered_once(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    update = bot_api.message_update(chat, text="c'est quoi le cej")
    bot_api.send_raw(update)
    bot_api.send_raw(update)
    bot_api.wait_for(chat, "CEJ")
    bot_api.send_raw(update)
    bot_api.write(chat, "merci")
    wait_until(lambda: len(rows(stack, chat, "person")) == 2)
    wait_until(lambda: all(state == "answered" for _, state in rows(stack, chat, "person")))
    wait_until(lambda: {state for _, state in rows(stack, chat, "assistant")} == {"delivered"})
    texts = [sent.text for sent in bot_api.sent_to(chat)]
    assert len(texts) == len(set(texts))


def test_messages_sent_together_are_answered_in_order(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    for age in (17, 19, 22):
        bot_api.write(chat, f"c payé combien a {age} ans")
    for words in ("À 17 ans", "À 19 ans", "À 22 ans"):
        bot_api.wait_for(chat, words)
    ages = [sent.text[:7] for sent in bot_api.sent_to(chat) if sent.text.startswith("À ")]
    assert ages == ["À 17 an", "À 19 an", "À 22 an"]


def test_what_telegram_does_not_take_arrives_later_once_and_in_order(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    bot_api.fail_next("sendMessage", times=1, status=500, description="Internal Server Error", chat_id=chat)
    bot_api.write(chat, PAY_QUESTION)
    bot_api.wait_for(chat, "vérifié le", timeout_s=60)
    assert [sent.text for sent in bot_api.sent_to(chat)] == [shown for shown, _ in rows(stack, chat, "assistant")]


def test_it_waits_as_long_as_telegram_asks(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    bot_api.fail_next("sendMessage", times=1, status=429, description="Too Many Requests", retry_after=1, chat_id=chat)
    bot_api.write(chat, "merci")
    wait_until(lambda: bool(bot_api.sent_to(chat)), timeout_s=30)


def test_a_person_who_blocked_the_bot_is_not_tried_again(stack: Stack, bot_api: BotApiServer) -> None:
    chat = a_chat()
    bot_api.fail_next(
        "sendMessage", times=1, status=403, description="Forbidden: bot was blocked by the user", chat_id=chat
    )
    bot_api.write(chat, "merci")
    wait_until(lambda: [state for _, state in rows(stack, chat, "assistant")][:1] == ["failed"])
    assert bot_api.sent_to(chat) == []


def test_odd_messages_get_a_sentence(stack: Stack, bot_api: BotApiServer) -> None:
    for written in ("😀", "a" * 4000, "<b>salut</b>", "'; DROP TABLE people; --", "/nimportequoi", "/"):
        chat = a_chat()
        bot_api.write(chat, written)
        bot_api.wait_for(chat, "")
    chat = a_chat()
    bot_api.press(chat, "/no_such_button")
    bot_api.wait_for(chat, "Ce bouton ne marche plus")


@pytest.mark.usefixtures("stack")
def test_a_call_is_practised_and_prepared_on_telegram(bot_api: BotApiServer) -> None:
    # given an employer of a garage who picks up
    chat = a_chat()
    bot_api.write(chat, "je veux m'entraîner à parler à un garage")
    press_titled(bot_api, chat, bot_api.wait_for(chat, "quel niveau"), "Facile")
    press_titled(bot_api, chat, bot_api.wait_for(chat, "Ton but"), "Passer")
    bot_api.wait_for(chat, "Ça sonne")
    # when they are spoken to, they answer under their name
    bot_api.write(chat, "Comment s'organise une journée dans votre atelier ?")
    bot_api.wait_for(chat, "🗣 ")
    # then the debrief is there as text, the picture as numbered lines
    bot_api.write(chat, "bilan")
    bot_api.wait_for(chat, "1. Activité ✔")
    bot_api.wait_for(chat, "À essayer avec")

    # a call card is a message, without a link that a phone could not open
    bot_api.write(chat, "je dois appeler la boulangerie Martin demain je dis quoi")
    press_titled(bot_api, chat, bot_api.wait_for(chat, "Qu'est-ce que tu sais déjà"), "Rien pour l'instant")
    card = bot_api.wait_for(chat, "Lis ta fiche")
    assert "/document/" not in card.text

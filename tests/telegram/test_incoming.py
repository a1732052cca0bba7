"""What an update of Telegram's means for us; the updates are shaped as Telegram sends them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import Update

from bot.conversation import Incoming
from bot.telegram.door import incoming_from
from programme.models import Channel

CHAT = 5_210_334_871  # ids of newer accounts need more than 32 bits
SENT_AT = 1_795_424_400
PERSON: dict[str, Any] = {"id": CHAT, "is_bot": False, "first_name": "Lina", "language_code": "fr"}
BOT: dict[str, Any] = {"id": 123456, "is_bot": True, "first_name": "Déclic", "username": "declic_bot"}
PRIVATE: dict[str, Any] = {"id": CHAT, "first_name": "Lina", "type": "private"}
GROUP: dict[str, Any] = {"id": -4_120_000_001, "title": "Terminale B", "type": "group"}
SUPERGROUP: dict[str, Any] = {"id": -1_001_234_567_890, "title": "Alternance 2026", "type": "supergroup"}
NEWS: dict[str, Any] = {"id": -1_001_998_877_665, "title": "Infos alternance", "type": "channel"}

VOICE = {"voice": {"file_id": "AwACAgQ", "file_unique_id": "AgAD", "duration": 4, "mime_type": "audio/ogg"}}
STICKER = {
    "sticker": {
        "file_id": "CAACAgQ",
        "file_unique_id": "AgAE",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": "👋",
    }
}
PHOTO = {"photo": [{"file_id": "AgACAgQ", "file_unique_id": "AQAD", "width": 90, "height": 67}], "caption": "mon cv"}
CONTACT = {"contact": {"phone_number": "+33600000000", "first_name": "Lina"}}
PLACE = {"location": {"latitude": 48.85, "longitude": 2.35}}
DOCUMENT = {"document": {"file_id": "BQACAgQ", "file_unique_id": "AgAF", "file_name": "cv.pdf"}}


def a_message(*, chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {"message_id": 42, "from": PERSON, "chat": chat, "date": SENT_AT, **content}


def a_press(*, chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {
        "id": "4382bfdwdsb323b2d9",
        "from": PERSON,
        "chat_instance": "-3207892811337645319",
        "message": {"message_id": 41, "from": BOT, "chat": chat, "date": SENT_AT, "text": "Je te réserve une place ?"},
        **content,
    }


def read(**content: Any) -> Incoming | None:
    """What we make of an update that holds this."""
    update = Update.de_json({"update_id": 870_012_345, **content}, None)
    return incoming_from(update)


def kept(**content: Any) -> Incoming:
    incoming = read(**content)
    assert incoming is not None
    return incoming


def test_a_text_is_taken_as_it_was_written() -> None:
    before = datetime.now(UTC)
    incoming = kept(message=a_message(text="slt jcherche une alternance\nen boulangerie 🥖"))

    assert incoming == Incoming(
        channel=Channel.TELEGRAM,
        sender=str(CHAT),
        message_id="870012345",
        received_at=incoming.received_at,
        text="slt jcherche une alternance\nen boulangerie 🥖",
    )
    assert incoming.received_at.tzinfo is UTC
    assert before <= incoming.received_at <= datetime.now(UTC)


def test_an_update_sent_again_carries_the_same_message_id() -> None:
    message = a_message(text="merci")
    assert kept(message=message).message_id == kept(message=message).message_id


@pytest.mark.parametrize(
    ("written", "payload"),
    [
        pytest.param("/start", "/greet", id="start"),
        pytest.param("/aide", "/help", id="aide"),
        pytest.param("/help", "/help", id="help, which every bot of Telegram's has"),
        pytest.param("/stop", "/stop_messages", id="stop"),
        pytest.param("/start@declic_bot", "/greet", id="with the bot's name"),
        pytest.param("/start affiche-lycee", "/greet", id="with the argument of a t.me link"),
        pytest.param("/start@declic_bot affiche-lycee", "/greet", id="with both"),
        pytest.param("/STOP", "/stop_messages", id="in capitals, as a phone may write it"),
        pytest.param("/stop\nmerci", "/stop_messages", id="with a second line"),
        pytest.param("/aide lina@exemple.fr", "/help", id="with an address as argument"),
    ],
)
def test_a_command_is_a_button_that_one_types(written: str, payload: str) -> None:
    incoming = kept(message=a_message(text=written))
    assert (incoming.payload, incoming.text, incoming.unreadable) == (payload, "", False)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("/ateliers", id="a command that is none of ours"),
        pytest.param("/startx", id="a command that only starts like ours"),
        pytest.param("/", id="a slash alone"),
        pytest.param("/ start", id="a slash apart"),
        pytest.param("/@declic_bot", id="a name without a command"),
        pytest.param("je tape /start et rien", id="a command within a sentence"),
        pytest.param('/affirm{"workshop_date": "1"}', id="a payload typed by hand"),
    ],
)
def test_what_is_no_command_of_ours_stays_a_text(written: str) -> None:
    incoming = kept(message=a_message(text=written))
    assert (incoming.payload, incoming.text) == (None, written)


def test_a_pressed_button_brings_its_payload() -> None:
    incoming = kept(callback_query=a_press(data='/affirm{"workshop_date": "3"}'))
    assert (incoming.payload, incoming.text, incoming.sender) == ('/affirm{"workshop_date": "3"}', "", str(CHAT))
    assert incoming.message_id == "870012345"


def test_a_button_under_a_message_that_telegram_no_longer_gives_still_works() -> None:
    inaccessible = {"message_id": 41, "chat": PRIVATE, "date": 0}
    assert kept(callback_query=a_press(data="/help", message=inaccessible)).payload == "/help"


def test_a_button_without_data_leads_nowhere_and_is_no_text() -> None:
    assert kept(callback_query=a_press(game_short_name="quiz")).payload == ""


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(VOICE, id="voice"),
        pytest.param(STICKER, id="sticker"),
        pytest.param(PHOTO, id="photo, even with a caption"),
        pytest.param(CONTACT, id="contact"),
        pytest.param(PLACE, id="location"),
        pytest.param(DOCUMENT, id="document"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(content: dict[str, Any]) -> None:
    incoming = kept(message=a_message(**content))
    assert (incoming.unreadable, incoming.text, incoming.payload) == (True, "", None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"edited_message": a_message(text="17 ans", edit_date=SENT_AT + 5)}, id="an edit"),
        pytest.param({"message": a_message(chat=GROUP, text="on mange où")}, id="a group's talk"),
        pytest.param({"message": a_message(chat=GROUP, text="/start@declic_bot")}, id="a command in a group"),
        pytest.param({"message": a_message(chat=SUPERGROUP, text="bonjour")}, id="a supergroup"),
        pytest.param({"message": a_message(chat=GROUP, **VOICE)}, id="a voice message in a group"),
        pytest.param({"callback_query": a_press(chat=GROUP, data="/help")}, id="a button pressed in a group"),
        pytest.param(
            {"channel_post": {"message_id": 7, "chat": NEWS, "date": SENT_AT, "text": "Forum jeudi"}}, id="a channel"
        ),
        pytest.param(
            {"edited_channel_post": {"message_id": 7, "chat": NEWS, "date": SENT_AT, "text": "Forum vendredi"}},
            id="an edit in a channel",
        ),
        pytest.param(
            {
                "callback_query": {
                    "id": "1",
                    "from": PERSON,
                    "chat_instance": "1",
                    "inline_message_id": "AAA",
                    "data": "/x",
                }
            },
            id="a button under an inline message, which has no chat",
        ),
        pytest.param({}, id="a kind of update that this version does not know"),
    ],
)
def test_what_is_not_for_us_is_nothing(content: dict[str, Any]) -> None:
    assert read(**content) is None

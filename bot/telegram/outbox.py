"""Sending what is due to Telegram; the bot uses it after a turn, the worker for what could not leave then."""

import uuid
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import SecretStr
from sqlalchemy.orm import Session
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot.conversation import Conversations
from programme import conversations
from programme.models import Message

log = structlog.get_logger()


def bot_for(token: SecretStr, api_url: str) -> Bot:
    """A client of the Bot API at ``api_url`` (Telegram's own, or one that the operator runs)."""
    base = api_url.rstrip("/")
    return Bot(
        token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(connection_pool_size=16, connect_timeout=5, read_timeout=10),
        # a long poll holds its connection: it has one of its own
        get_updates_request=HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=35),
    )


class Outbox:
    """Delivers the bubbles of one conversation in order, each claimed in the database first."""

    def __init__(self, bot: Bot, talk: Conversations) -> None:
        self._bot = bot
        self._talk = talk

    async def deliver(self, conversation_id: uuid.UUID) -> None:
        """Send all that is due; what Telegram does not take is tried again later, or never when it says so."""
        while (claimed := await self._claim(conversation_id)) is not None:
            message, chat_id = claimed
            try:
                await self._bot.send_message(
                    chat_id=int(chat_id),
                    text=_spoken(message),
                    reply_markup=_keyboard(message),
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
            except (Forbidden, BadRequest) as error:  # the person blocked the bot, or left Telegram
                await self._mark_undelivered(message, error, final=True)
                return
            except RetryAfter as error:
                wait = error.retry_after
                after = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
                await self._mark_undelivered(message, error, final=False, retry_after=after)
                return
            except TelegramError as error:
                await self._mark_undelivered(message, error, final=False)
                return
            now = datetime.now(UTC)
            ids = [message.id]
            await self._talk.transaction(
                lambda session, ids=ids, now=now: conversations.mark_delivered(session, ids, now=now)  # type: ignore[misc]
            )

    async def _claim(self, conversation_id: uuid.UUID) -> tuple[Message, str] | None:
        now = datetime.now(UTC)

        def work(session: Session) -> tuple[Message, str] | None:
            message = conversations.claim_due(session, conversation_id, now=now)
            if message is None:
                return None
            return message, conversations.address_of(session, conversation_id)[1]

        return await self._talk.transaction(work)

    async def _mark_undelivered(
        self, message: Message, error: TelegramError, *, final: bool, retry_after: timedelta | None = None
    ) -> None:
        log.warning("not_delivered", message=message.id, reason=type(error).__name__, final=final)
        now = datetime.now(UTC)
        await self._talk.transaction(
            lambda session: conversations.mark_undelivered(
                session, message.id, now=now, final=final, retry_after=retry_after
            )
        )


def _spoken(message: Message) -> str:
    """A simulated employer has no other face here than a name above the words."""
    return f"🗣 {message.speaker}\n{message.text}" if message.speaker else message.text


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    # one button a row: titles stay readable on a narrow phone
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button["title"], callback_data=button["payload"])] for button in message.buttons]
    )

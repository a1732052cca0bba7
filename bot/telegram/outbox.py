"""Sending to Telegram what is due; the bot uses it after a turn, the worker for all the rest."""

import asyncio
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import structlog
from pydantic import SecretStr
from sqlalchemy.orm import Session
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.conversation import Conversations
from programme import conversations, people
from programme.deliveries import sending
from programme.deliveries.sending import Sending
from programme.models import Author, Message

log = structlog.get_logger()
# it logs each refusal with a traceback; we log them ourselves, in one line
logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)

# Telegram's own limits: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
MOST_A_SECOND = 30
BETWEEN_BUBBLES = timedelta(seconds=1)
# what Telegram says of a chat that is gone for good
_GONE = ("chat not found", "user is deactivated", "bot was blocked", "user not found")
# these mean that nothing reached Telegram
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def bot_for(token: SecretStr, api_url: str, *, a_second: int = MOST_A_SECOND) -> Bot:
    """A client of the Bot API at ``api_url`` (Telegram's own, or one that the operator runs), at Telegram's pace."""
    base = api_url.rstrip("/")
    return ExtBot(
        token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=HTTPXRequest(connection_pool_size=64, connect_timeout=5, read_timeout=10),
        # a long poll holds its connection: it has one of its own
        get_updates_request=HTTPXRequest(connection_pool_size=1, connect_timeout=5, read_timeout=35),
        # a refusal for going too fast is ours to wait for: it is written down, and outlives the process
        rate_limiter=AIORateLimiter(overall_max_rate=a_second, overall_time_period=1, max_retries=0),
    )


@dataclass(frozen=True)
class Claimed:
    message: Message
    chat_id: str


class Outbox:
    """Delivers the bubbles of one conversation in order, each claimed in the database first."""

    def __init__(self, bot: Bot, talk: Conversations, wanted: Sending, clock: Callable[[], datetime]) -> None:
        """``wanted`` looks once more at what nobody asked for."""
        self._bot = bot
        self._talk = talk
        self._wanted = wanted
        self._clock = clock
        self._rests_until: datetime | None = None

    async def deliver(self, conversation_id: uuid.UUID) -> None:
        """Send all that is due; what Telegram does not take is tried again later, or never when it says so."""
        if self._rests_until is not None and self._clock() < self._rests_until:
            return  # Telegram asked for silence: what is due stays due
        nobody_asked = False
        claimed = await self._talk.transaction(lambda session: self._claim(session, conversation_id))
        while claimed is not None:
            if nobody_asked and claimed.message.delivery_id is not None:
                await asyncio.sleep(BETWEEN_BUBBLES.total_seconds())
            nobody_asked = claimed.message.delivery_id is not None
            claimed = await self._send(claimed)

    async def _send(self, claimed: Claimed) -> Claimed | None:
        """Send one bubble and write down what came of it; the next one, claimed in the same transaction."""
        message = claimed.message
        try:
            sent = await self._bot.send_message(
                chat_id=int(claimed.chat_id),
                text=_spoken(message),
                reply_markup=_keyboard(message),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            await self._not_sent(message, error)
            return None
        now = self._clock()

        def work(session: Session) -> Claimed | None:
            conversations.mark_delivered(session, [message.id], now=now)
            if message.delivery_id is not None:
                sending.mark_left(session, message.delivery_id, provider_id=str(sent.message_id), now=now)
            return self._claim(session, message.conversation_id)

        return await self._talk.transaction(work)

    def _claim(self, session: Session, conversation_id: uuid.UUID) -> Claimed | None:
        now = self._clock()
        while (message := conversations.claim_due(session, conversation_id, now=now)) is not None:
            if self._wanted.still_wanted(session, message, now=now):
                return Claimed(message, conversations.address_of(session, conversation_id).external_id)
        return None

    async def _not_sent(self, message: Message, error: TelegramError) -> None:
        now = self._clock()
        gone = isinstance(error, Forbidden) or (isinstance(error, BadRequest) and _says_gone(error))
        final = gone or isinstance(error, BadRequest)
        retry_after = None
        if isinstance(error, RetryAfter):
            wait = error.retry_after
            retry_after = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
            self._rests_until = now + retry_after
        log.warning(
            "not_delivered", message=message.id, delivery=message.delivery_id, reason=type(error).__name__, final=final
        )

        def work(session: Session) -> None:
            conversations.mark_undelivered(
                session, message.id, now=now, final=final, retry_after=retry_after, in_doubt=_in_doubt(error)
            )
            if gone:
                people.block(session, message.conversation_id, now=now)
            if final and message.delivery_id is not None:
                reason = "blocked" if gone else "refused"
                sending.mark_refused(session, message.delivery_id, reason=reason, now=now)

        await self._talk.transaction(work)


def _says_gone(error: TelegramError) -> bool:
    said = error.message.lower()
    return any(words in said for words in _GONE)


def _in_doubt(error: TelegramError) -> bool:
    """Telegram may have taken it: the request left, and no answer came back, or none that can be read."""
    cause = error.__cause__
    if isinstance(cause, httpx.TransportError):
        return not isinstance(cause, _NOTHING_SENT)
    return type(error) is TelegramError


def _spoken(message: Message) -> str:
    """A counsellor and a simulated employer have no other face here than a name above the words."""
    if not message.speaker:
        return message.text
    face = "👤" if message.author is Author.STAFF else "🗣"
    return f"{face} {message.speaker}\n{message.text}"


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    if not message.buttons:
        return None
    # one button a row: titles stay readable on a narrow phone
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button["title"], callback_data=button["payload"])] for button in message.buttons]
    )

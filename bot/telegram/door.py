"""Telegram: updates in (polling, or a webhook when we have a public address), replies out through the outbox."""

import asyncio
import hmac
import json
import uuid

import structlog
from fastapi import APIRouter, HTTPException, Request, Response, status
from sqlalchemy.exc import OperationalError
from telegram import Bot, BotCommand, Update
from telegram.constants import ChatAction, ChatType
from telegram.error import BadRequest, InvalidToken, TelegramError

from bot.conversation import Conversations, Incoming, Stored
from bot.health import Part
from bot.settings import Settings
from bot.telegram.outbox import Outbox, bot_for
from programme import conversations
from programme.assistant import Assistant
from programme.clock import clock
from programme.models import Channel

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)

WEBHOOK_PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)
# commands are buttons that one types; their payloads are intents of the catalogue
COMMANDS = {"/start": "/greet", "/aide": "/help", "/help": "/help", "/stop": "/stop_messages"}
ALLOWED_UPDATES = ["message", "callback_query"]
RETRY_S = 5.0
# what turns under way have to finish when we stop; the supervisor waits longer
FINISH_S = 4.0
# how long Telegram holds a request for news that has none
POLL_S = 25


def incoming_from(update: Update, *, bot: str = "") -> Incoming | None:
    """What the update means for us; None for what is not for us (an edit, a group, a channel)."""
    query = update.callback_query
    chat = update.effective_chat
    if chat is None or chat.type != ChatType.PRIVATE:
        return None
    if query is not None:
        return _incoming(update, bot=bot, payload=query.data or "")
    if update.message is None:
        return None
    if update.message.text is None:
        return _incoming(update, bot=bot, unreadable=True)
    text = update.message.text
    command = text.split("@", 1)[0].split(maxsplit=1)[0].lower() if text.startswith("/") else ""
    if command in COMMANDS:
        return _incoming(update, bot=bot, payload=COMMANDS[command])
    return _incoming(update, bot=bot, text=text)


def _incoming(
    update: Update, *, bot: str, text: str = "", payload: str | None = None, unreadable: bool = False
) -> Incoming:
    assert update.effective_chat is not None
    return Incoming(
        channel=Channel.TELEGRAM,
        sender=str(update.effective_chat.id),
        message_id=str(update.update_id),  # Telegram sends an update again under the same id
        received_at=clock(),
        text=text,
        payload=payload,
        bot=bot,
        unreadable=unreadable,
    )


class TelegramDoor:
    """Runs in the bot process for as long as it lives."""

    def __init__(self, settings: Settings, talk: Conversations, assistant: Assistant) -> None:
        assert settings.telegram_token is not None
        self._settings = settings
        self._talk = talk
        self._texts = assistant.texts
        self._bot = bot_for(settings.telegram_token, str(settings.telegram_api_url))
        self._outbox = Outbox(self._bot, talk, assistant.sending, clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._state = Part(ready=False, detail="connecting")

    def start(self) -> None:
        self._runner = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        if self._tasks:  # a bubble that Telegram took and that we did not mark would leave again
            await asyncio.wait(self._tasks, timeout=FINISH_S)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._bot.shutdown()

    @property
    def bot(self) -> Bot:
        return self._bot

    async def health(self) -> Part:
        return self._state

    async def show_typing(self, conversation_id: uuid.UUID) -> None:
        """A counsellor types in this conversation, which may be none of this bot's."""
        address = await self._talk.transaction(lambda session: conversations.address_of(session, conversation_id))
        if address.channel is Channel.TELEGRAM and address.bot == self._settings.telegram_bot:
            self._keep(asyncio.create_task(self._show_typing(address.external_id)))

    async def receive(self, update: Update) -> None:
        """Keep what the update brings before Telegram is told that we have it, then answer on our own time."""
        query = update.callback_query
        if query is not None:
            self._keep(asyncio.create_task(self._stop_spinner(query.id)))
        incoming = incoming_from(update, bot=self._settings.telegram_bot)
        if incoming is None:
            await self._refuse_group(update)
            return
        stored = await self._talk.store(incoming)
        self._keep(asyncio.create_task(self._answer(stored, incoming.sender)))

    async def _run(self) -> None:
        """Reach Telegram, however long it takes; a wrong token is said once and not tried again."""
        while True:
            try:
                await self._bot.initialize()
                await self._bot.set_my_commands(
                    [
                        BotCommand("start", "Commencer"),
                        BotCommand("aide", "Ce que je sais faire"),
                        BotCommand("stop", "Ne plus recevoir de messages"),
                    ]
                )
                if self._settings.public_url is not None:
                    await self._open_webhook()
                    self._state = Part(ready=True)
                    return
                await self._bot.delete_webhook()
                await self._poll()
            except InvalidToken:
                self._state = Part(
                    ready=False, detail="Telegram refuses DECLIC_TELEGRAM_TOKEN: copy it again from @BotFather"
                )
                log.error("telegram_token_refused", todo="check DECLIC_TELEGRAM_TOKEN, then start again")
                return
            except TelegramError as error:
                self._state = Part(ready=False, detail=f"Telegram does not answer ({type(error).__name__})")
                log.warning("telegram_unreachable", reason=type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _open_webhook(self) -> None:
        assert self._settings.telegram_webhook_secret is not None
        await self._bot.set_webhook(
            f"{str(self._settings.public_url).rstrip('/')}{WEBHOOK_PATH}",
            secret_token=self._settings.telegram_webhook_secret.get_secret_value(),
            allowed_updates=ALLOWED_UPDATES,
        )

    async def _poll(self) -> None:
        """Ask for news for ever. An update is confirmed by the next request, hence only once it is stored."""
        offset = None
        while True:
            updates = await self._bot.get_updates(offset=offset, timeout=POLL_S, allowed_updates=ALLOWED_UPDATES)
            self._state = Part(ready=True)
            for update in updates:
                try:
                    await self.receive(update)
                except OperationalError:
                    log.warning("database_unreachable", update=update.update_id)
                    await asyncio.sleep(RETRY_S)
                    break  # not confirmed: Telegram gives it again
                except Exception:  # one update that cannot be kept must not silence all the others
                    log.exception("update_refused", update=update.update_id)
                offset = update.update_id + 1

    async def _answer(self, stored: Stored, chat_id: str) -> None:
        typing = asyncio.create_task(self._show_typing(chat_id))
        try:
            await self._talk.answer(stored)
            await self._outbox.deliver(stored.conversation_id)
        except Exception:
            # the message is kept: the worker finds it unanswered
            log.exception("turn_failed", conversation=str(stored.conversation_id))
        finally:
            typing.cancel()

    async def _show_typing(self, chat_id: str) -> None:
        try:
            await self._bot.send_chat_action(int(chat_id), ChatAction.TYPING)
        except TelegramError as error:
            log.info("typing_not_shown", reason=type(error).__name__)

    async def _stop_spinner(self, query_id: str) -> None:
        try:
            await self._bot.answer_callback_query(query_id)
        except BadRequest:
            log.info("callback_query_too_old")  # pressed long ago: the phone shows no spinner any more
        except TelegramError as error:
            log.warning("callback_query_not_answered", reason=type(error).__name__)

    async def _refuse_group(self, update: Update) -> None:
        chat = update.effective_chat
        if chat is None or update.message is None or chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
            return
        addressed = (update.message.text or "").startswith("/")
        if not addressed:  # we are not part of the group's talk
            return
        try:
            await self._bot.send_message(chat.id, self._texts.say("group_chat"))
        except TelegramError as error:  # thrown out, or muted: on the webhook, an error would bring the update again
            log.info("group_not_answered", reason=type(error).__name__)

    def _keep(self, task: asyncio.Task[None]) -> None:
        """The event loop itself holds tasks only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@router.post(WEBHOOK_PATH)
async def webhook(request: Request) -> Response:
    """Telegram calls it; whoever does not know the secret learns nothing."""
    door: TelegramDoor | None = request.app.state.telegram
    settings: Settings = request.app.state.settings
    secret = settings.telegram_webhook_secret
    if door is None or settings.public_url is None or secret is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    given = request.headers.get(SECRET_HEADER, "")
    if not hmac.compare_digest(given.encode(), secret.get_secret_value().encode()):
        raise HTTPException(status.HTTP_403_FORBIDDEN)
    try:
        update = Update.de_json(json.loads(await request.body()), door.bot)
        int(update.update_id)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, "not an update") from error
    await door.receive(update)
    return Response(status_code=status.HTTP_200_OK)

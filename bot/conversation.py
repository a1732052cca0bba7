"""One turn, whatever the channel: keep the message, answer it once and in order, keep the replies."""

import asyncio
import json
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session, sessionmaker

from bot.dialogue_client import DialogueClient, TurnAnswer
from programme import conversations, flags, takeover
from programme.assistant import Assistant
from programme.deliveries.sending import mark_answered
from programme.errors import DialogueDown
from programme.models import Channel, Message, MessageState
from programme.people import conversation_for, unblock
from programme.replies import Reply

log = structlog.get_logger()
Result = TypeVar("Result")

# handed to the dialogue server; of a longer message the beginning and the end are read, all of it is kept
MAX_READ = 6000
# how often a turn asks whether the one before it is over, and how long it waits in all
LEASE_POLL_S = 0.05
LEASE_WAIT_S = 40.0
# how the transcript shows a voice message, a photo or a sticker; nobody can type it, since « storable » strips it
UNREADABLE = "\u00a0[message sans texte]\u00a0"
STOP = re.compile(r"\W*stop\W*", re.IGNORECASE)
PAYLOAD = re.compile(r"/([a-z_]+)(\{.*\})?")
ENTITIES = frozenset(
    {"age", "aid", "booking", "choice", "contract_type", "contract_year", "detail", "go", "held", "months", "more",
     "rights", "workshop_date"}
)  # fmt: skip


@dataclass(frozen=True)
class Incoming:
    """A message as every channel hands it over; the rest of the code never sees Telegram's own objects."""

    channel: Channel
    sender: str  # the person's id in that channel; never logged in clear
    message_id: str  # unique within the conversation: a message delivered twice carries the same id
    received_at: datetime  # aware, UTC
    text: str = ""
    payload: str | None = None  # of a button
    bot: str = ""  # which of several Telegram bots
    unreadable: bool = False  # a voice message, a photo, a sticker: kept as a message without text


@dataclass(frozen=True)
class Stored:
    conversation_id: uuid.UUID
    message_id: int


@dataclass(frozen=True)
class Next:
    """The oldest message to answer, if any. ``leased``: we are the ones who answer in this conversation.

    ``held``: a counsellor has it; ``alone``: they have written nothing for a while.
    """

    leased: bool
    message: Message | None = None
    held: bool = False
    alone: bool = False


class Conversations:
    """Answers what people write. Several processes may run one each over the same database."""

    def __init__(
        self,
        *,
        session_factory: sessionmaker[Session],
        dialogue: DialogueClient,
        assistant: Assistant,
        clock: Callable[[], datetime],
    ) -> None:
        self._session_factory = session_factory
        self._dialogue = dialogue
        self._assistant = assistant
        self._clock = clock

    async def open(self, channel: Channel, sender: str) -> uuid.UUID:
        """The id of the sender's conversation, new if need be."""
        now = self._clock()

        def work(session: Session) -> uuid.UUID:
            return conversation_for(session, channel=channel, external_id=sender, now=now).id

        return await self.transaction(work)

    async def handle(self, incoming: Incoming) -> list[Message]:
        """Keep the message, have it answered, and give the replies; a redelivery gives the replies already stored."""
        return await self.answer(await self.store(incoming))

    async def store(self, incoming: Incoming) -> Stored:
        """Keep the message before anything else is tried with it."""

        def work(session: Session) -> Stored:
            conversation = conversation_for(
                session,
                channel=incoming.channel,
                external_id=incoming.sender,
                now=incoming.received_at,
                bot=incoming.bot,
            )
            text = UNREADABLE if incoming.unreadable else storable(incoming.text)
            if incoming.payload is not None:
                text = self._title(session, conversation.id, incoming.payload)
            message = conversations.store_incoming(
                session,
                conversation_id=conversation.id,
                public_id=incoming.message_id,
                text=text,
                payload=None if incoming.payload is None else storable(incoming.payload),
                now=incoming.received_at,
            )
            unblock(session, conversation.id)
            mark_answered(session, conversation.identity.person_id, now=incoming.received_at)
            return Stored(conversation.id, message.id)

        return await self.transaction(work)

    async def answer(self, stored: Stored) -> list[Message]:
        """Answer everything up to this message, unless another turn does already; then its replies."""
        await self.answer_all(stored.conversation_id)
        return await self.transaction(lambda session: conversations.replies_to(session, stored.message_id))

    async def answer_all(self, conversation_id: uuid.UUID) -> None:
        """Answer every message of the conversation that waits for it, in order, one turn at a time.

        When the dialogue server is down the person is told once for each message, and the message stays.
        """
        owner = uuid.uuid4()
        turn = await self._begin(conversation_id, owner)
        leased = turn.leased
        if not leased:
            log.warning("conversation_busy", conversation=str(conversation_id))
            return
        try:
            while turn.message is not None:
                turn = await self._answer_one(turn, turn.message, owner)
            leased = False  # given back with the last answer
        except DialogueDown as fault:
            log.warning("dialogue_down", conversation=str(conversation_id), reason=str(fault))
            await self._say_it_waits(conversation_id)
        finally:
            if leased:
                await self.transaction(
                    lambda session: conversations.release_lease(session, conversation_id, owner=owner)
                )

    async def transaction(self, work: Callable[[Session], Result]) -> Result:
        """Run ``work`` in one transaction, off the event loop."""

        def run() -> Result:
            with self._session_factory.begin() as session:
                return work(session)

        return await asyncio.to_thread(run)

    async def _begin(self, conversation_id: uuid.UUID, owner: uuid.UUID) -> Next:
        """Wait for the lease, and find the first message to answer (without one the lease is given back)."""
        give_up_at = self._clock() + timedelta(seconds=LEASE_WAIT_S)
        while True:
            now = self._clock()
            found = await self.transaction(lambda session, at=now: self._next(session, conversation_id, owner, now=at))  # type: ignore[misc]
            if found.leased or now >= give_up_at:
                return found
            await asyncio.sleep(LEASE_POLL_S)

    @staticmethod
    def _next(session: Session, conversation_id: uuid.UUID, owner: uuid.UUID, *, now: datetime) -> Next:
        """Take or renew the lease for the oldest message to answer; give it back when there is none."""
        if not conversations.take_lease(session, conversation_id, owner=owner, now=now):
            return Next(leased=False)  # another turn is on, or ours took too long and another process goes on
        message = next(iter(conversations.unanswered(session, conversation_id, limit=1)), None)
        if message is None:
            conversations.release_lease(session, conversation_id, owner=owner)
            return Next(leased=True)
        held = takeover.holder(session, conversation_id, now=now)
        if held is None:
            return Next(leased=True, message=message)
        alone = takeover.is_silent(session, held, now=now)
        return Next(leased=True, message=message, held=True, alone=alone)

    async def _answer_one(self, turn: Next, message: Message, owner: uuid.UUID) -> Next:
        """Answer this message; the next one to answer, in the same transaction. Raises DialogueDown."""
        if turn.held and _is_for_staff(message):
            left = await self._leave_to_staff(turn, message, owner)
            if left is not None:
                return left
        answer = self._without_dialogue(message)
        if answer is None:
            said = message.payload or _readable(message.text)
            answer = await self._dialogue.turn(message.conversation_id, said)
        now = self._clock()

        def work(session: Session) -> Next:
            conversations.mark_answered(
                session,
                message,
                intent=answer.intent,
                confidence=answer.confidence,
                now=now,
                practice_run_id=answer.practice_run_id,
                private=answer.private,
            )
            conversations.store_replies(
                session,
                conversation_id=message.conversation_id,
                replies=answer.replies,
                now=now,
                in_reply_to=message.id,
            )
            return self._next(session, message.conversation_id, owner, now=now)

        following = await self.transaction(work)
        log.info(
            "answered",
            conversation=str(message.conversation_id),
            message=message.id,
            intent=answer.intent,
            confidence=answer.confidence,
        )
        return following

    async def _leave_to_staff(self, turn: Next, message: Message, owner: uuid.UUID) -> Next | None:
        """Say nothing: a counsellor does. A call for help alerts the team; None when it cannot wait for anybody.

        It is still read, so that the counsellor sees beside it what it looks like.
        """
        intent, confidence = None, None
        if message.text != UNREADABLE and message.text.strip("/ \n\t"):
            try:
                intent, confidence = await self._dialogue.understand(_readable(message.text))
            except DialogueDown as fault:
                log.warning("not_understood_while_held", message=message.id, reason=str(fault))
        reason = flags.RAISED_BY.get(intent or "")
        urgent = reason if reason in flags.URGENT else None
        if urgent is not None and turn.alone:
            return None
        now = self._clock()

        def work(session: Session) -> Next:
            conversations.leave_to_staff(session, message, intent=intent, confidence=confidence, now=now)
            if urgent is not None:
                flags.raise_flag(session, message.conversation_id, reason=urgent, now=now)
            return self._next(session, message.conversation_id, owner, now=now)

        return await self.transaction(work)

    def _without_dialogue(self, message: Message) -> TurnAnswer | None:
        """What needs no understanding: nothing written, a button that leads nowhere."""
        texts = self._assistant.texts
        help_button = self._assistant.topic_button("help")
        reply: Reply | None = None
        if message.payload is not None:
            if not self._leads_somewhere(message.payload):
                workshops = self._assistant.topic_button("list_workshops")
                reply = texts.reply("unknown_button", help_button, workshops)
        elif message.text == UNREADABLE:
            reply = texts.reply("unsupported_kind", help_button)
        elif not message.text.strip("/ \n\t"):
            reply = texts.reply("empty", help_button)
        return None if reply is None else TurnAnswer(None, None, [reply])

    async def _say_it_waits(self, conversation_id: uuid.UUID) -> None:
        now = self._clock()

        def work(session: Session) -> None:
            for message in conversations.unanswered(session, conversation_id):
                first_time = message.state is MessageState.RECEIVED
                conversations.mark_waiting(session, message, now=now)
                if first_time:
                    conversations.store_replies(
                        session,
                        conversation_id=conversation_id,
                        replies=[self._assistant.texts.reply("dialogue_down")],
                        now=now,
                        in_reply_to=message.id,
                    )

        await self.transaction(work)

    def _leads_somewhere(self, payload: str) -> bool:
        """Is it an intent of ours with entities of ours? Nothing else reaches the dialogue server as a command."""
        match = PAYLOAD.fullmatch(payload)
        if match is None or match[1] not in self._assistant.answers.titles:
            return False
        if match[2] is None:
            return True
        try:
            entities = json.loads(match[2])
        except ValueError:
            return False
        return all(key in ENTITIES and isinstance(value, str) for key, value in entities.items())

    def _title(self, session: Session, conversation_id: uuid.UUID, payload: str) -> str:
        """What the person sees of the button they pressed."""
        offered = conversations.title_offered(session, conversation_id, storable(payload))
        if offered is not None:
            return offered
        match = PAYLOAD.fullmatch(payload)
        return self._assistant.answers.titles.get(match[1], "") if match else ""


def _is_for_staff(message: Message) -> bool:
    """What is typed is for whom they talk to; a button asks the assistant for what it says, and STOP is a right."""
    return message.payload is None and STOP.fullmatch(message.text) is None


def _readable(text: str) -> str:
    """What the dialogue server reads: a slash at the start would make a command of it."""
    said = text.lstrip("/ ")
    return said if len(said) <= MAX_READ else f"{said[: MAX_READ // 2]}\n{said[-MAX_READ // 2 :]}"


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold (NUL, half of a surrogate pair) nor a reader see (controls)."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(char for char in whole if char in "\n\t" or unicodedata.category(char) != "Cc").strip()

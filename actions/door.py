"""What every action shares: read the turn, ask one service inside a transaction, say what it answered."""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session, sessionmaker

from programme.assistant import Assistant
from programme.conversations import person_of
from programme.replies import Reply

log = logging.getLogger(__name__)

FALLBACK_INTENT = "nlu_fallback"


@dataclass(frozen=True)
class Context:
    """Handed to the actions at start-up."""

    assistant: Assistant
    session_factory: sessionmaker[Session]
    today: date | None = None  # the day of the answers, when it is not the clock's


@dataclass(frozen=True)
class Turn:
    """What Rasa understood, without Rasa's own objects."""

    session: Session
    conversation_id: uuid.UUID
    now: datetime
    today: date
    text: str
    intent: str
    ranking: list[tuple[str, float]]
    entities: dict[str, str]
    pending: str

    @property
    def person_id(self) -> int:
        """Raises ConversationNotFound."""
        return person_of(self.session, self.conversation_id)

    def number(self, entity: str) -> int | None:
        """The entity as a whole number; None when it is absent or is none (a payload may hold anything)."""
        value = self.entities.get(entity, "")
        # ids are 64-bit in the database: a longer one exists nowhere
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else None


@dataclass(frozen=True)
class Outcome:
    """What to say, and the question it leaves open (``pending``; "" for none, None to leave it as it is)."""

    replies: Sequence[Reply]
    pending: str | None = None
    events: Sequence[dict[str, Any]] = field(default=())


class Door(Action):
    """An action of the assistant: subclasses give ``action_name`` and ``respond``."""

    action_name: str

    def __init__(self, context: Context) -> None:
        self._context = context
        self._assistant = context.assistant

    def name(self) -> str:
        return self.action_name

    def respond(self, turn: Turn) -> Outcome:
        raise NotImplementedError

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        try:
            outcome = await asyncio.to_thread(self._in_transaction, tracker)
        except Exception:
            # the person gets a sentence whatever happened; the log gets the traceback, which holds no parameter
            log.exception("action %s failed in conversation %s", self.action_name, tracker.sender_id)
            outcome = Outcome([self._assistant.texts.reply("fault", self._assistant.topic_button("talk_to_human"))])
        for reply in outcome.replies:
            dispatcher.utter_message(
                text=reply.text,
                buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
            )
        pending = [] if outcome.pending is None else [SlotSet("pending", outcome.pending or None)]
        return [*outcome.events, *pending]

    def _in_transaction(self, tracker: Tracker) -> Outcome:
        now = datetime.now(UTC)
        latest = tracker.latest_message
        with self._context.session_factory.begin() as session:
            return self.respond(
                Turn(
                    session=session,
                    conversation_id=_conversation_id(tracker.sender_id),
                    now=now,
                    today=self._context.today or now.astimezone(self._assistant.zone).date(),
                    text=latest.get("text") or "",
                    intent=latest["intent"]["name"],
                    ranking=[
                        (entry["name"], entry["confidence"])
                        for entry in latest.get("intent_ranking", ())
                        if entry["name"] != FALLBACK_INTENT
                    ],
                    entities={entity["entity"]: str(entity["value"]) for entity in latest.get("entities", ())},
                    pending=tracker.get_slot("pending") or "",
                )
            )


def _conversation_id(sender_id: str) -> uuid.UUID:
    """An id that is no UUID (a load test's, Rasa's own shell) is a conversation that nobody holds."""
    try:
        return uuid.UUID(sender_id)
    except ValueError:
        return uuid.UUID(int=0)

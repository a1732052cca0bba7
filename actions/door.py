"""What every action shares: read the turn, ask one service inside a transaction, say what it answered."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from psycopg.errors import DeadlockDetected
from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from nlu.french.dates import dates
from nlu.french.entities import fold
from nlu.french.speakers import may_be_own_age, says_own_age
from programme.assistant import Assistant
from programme.clock import clock
from programme.conversations import address_of, person_of
from programme.dialogue_state import DialogueState, load_state, save_state
from programme.models import Channel
from programme.profile import Contract, stage_told
from programme.replies import Reply

log = logging.getLogger(__name__)

# of a transaction that met a deadlock
TRIES = 3

# after these a contract named is the person's own, not one that is compared
_SAYS_CONTRACT = frozenset({"contract_signed", "contract_broken"})


@dataclass(frozen=True)
class Context:
    """Handed to the actions at start-up."""

    assistant: Assistant
    session_factory: sessionmaker[Session]
    today: date | None = None  # the day of the answers, when it is not the clock's
    # what a message says to the question that was left open; None when it answers nothing
    answered: Callable[["Door", "Turn"], "Outcome | None"] = lambda _door, _turn: None
    # of the site, without a slash at the end
    public_url: str | None = None


@dataclass(frozen=True)
class Turn:
    """What Rasa understood, without Rasa's own objects. ``doubt`` is that of the intent classifier."""

    session: Session
    conversation_id: uuid.UUID
    now: datetime
    today: date
    text: str
    intent: str
    ranking: list[tuple[str, float]]
    doubt: str
    entities: dict[str, str]
    state: DialogueState
    # the message whole, when it holds several wishes; the intents of all of them; what it is when said to an employer
    whole: str = ""
    intents: frozenset[str] = frozenset()
    line: tuple[str, float] = ("", 0.0)
    # of the intent
    confidence: float = 1.0

    @property
    def person_id(self) -> int:
        """Raises ConversationNotFound."""
        return person_of(self.session, self.conversation_id)

    @property
    def pressed(self) -> bool:
        """Is it a button? What people type never begins with a slash (bot/conversation.py)."""
        return self.text.startswith("/")

    @property
    def days(self) -> tuple[date, date] | None:
        """The first day or period that the text names, on the calendar of the person."""
        found = dates(fold(self.text), self.today)
        return (found[0].first, found[0].last) if found else None

    def number(self, entity: str) -> int | None:
        """The entity as a whole number; None when it is absent or is none (a payload may hold anything)."""
        return number(self.entities.get(entity, ""))


@dataclass(frozen=True)
class Outcome:
    """What to say, and what to remember of the conversation."""

    replies: Sequence[Reply]
    state: DialogueState
    # was the whole message answered, whatever wishes it holds?
    whole: bool = False


class Door(Action):
    """An action of the assistant: subclasses give ``action_name`` and ``respond``."""

    action_name: str
    # is the message understood when this action is chosen?
    understood = True

    def __init__(self, context: Context) -> None:
        self._context = context
        self.assistant = context.assistant

    def name(self) -> str:
        return self.action_name

    def respond(self, turn: Turn) -> Outcome:
        raise NotImplementedError

    def outcome(self, turn: Turn) -> Outcome:
        """Around `respond`: a question of ours that the message answers comes before what it looks like."""
        return self._context.answered(self, turn) or self.respond(turn)

    def link(self, turn: Turn) -> str | None:
        """What makes a path of ours an address in this channel: "" on the site itself, None when nothing does."""
        if address_of(turn.session, turn.conversation_id).channel is Channel.WEB:
            return ""
        return self._context.public_url

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        try:
            outcome = await asyncio.to_thread(self._until_no_deadlock, tracker)
            replies, whole = outcome.replies, outcome.whole
        except Exception:
            # the person gets a sentence whatever happened; the log gets the traceback, which holds no parameter
            log.exception("action %s failed in conversation %s", self.action_name, tracker.sender_id)
            replies, whole = [self.assistant.texts.reply("fault", self.assistant.topic_button("talk_to_human"))], False
        for reply in replies:
            dispatcher.utter_message(
                text=reply.text,
                buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
                json_message=_besides(reply),
            )
        # Rasa need not predict that it listens now, unless the message holds another wish
        return [] if _wishes_left(tracker) and not whole else [FollowupAction("action_listen")]

    def _until_no_deadlock(self, tracker: Tracker) -> Outcome:
        """Two people who each give a seat to the other write in each other's conversation: PostgreSQL lets one of them
        go on and undoes the other one's transaction, which is then done again, whole."""
        for _ in range(TRIES - 1):
            try:
                return self._in_transaction(tracker)
            except OperationalError as error:
                if not isinstance(error.orig, DeadlockDetected):
                    raise
                log.warning("action %s in conversation %s met a deadlock", self.action_name, tracker.sender_id)
        return self._in_transaction(tracker)

    def _in_transaction(self, tracker: Tracker) -> Outcome:
        now = clock()
        conversation_id = _conversation_id(tracker.sender_id)
        latest = tracker.latest_message
        text, intent = _wish(tracker)
        with self._context.session_factory.begin() as session:
            before = load_state(session, conversation_id)
            turn = Turn(
                session=session,
                conversation_id=conversation_id,
                now=now,
                today=self._context.today or now.astimezone(self.assistant.zone).date(),
                text=text,
                intent=intent,
                ranking=[(entry["name"], entry["confidence"]) for entry in latest.get("intent_ranking", ())],
                doubt=latest.get("doubt", ""),
                entities=_first_of_each(latest.get("entities", ())),
                state=before,
                whole=latest.get("text") or "",
                intents=_intents(latest),
                line=_line(latest),
                confidence=latest["intent"].get("confidence") or 0.0,
            )
            outcome = self.outcome(replace(turn, state=_told(turn)))
            state = outcome.state
            if self.understood and state.misses:
                state = state.model_copy(update={"misses": 0})
            if state != before:
                save_state(session, conversation_id, state)
            return outcome


def number(text: str) -> int | None:
    """The id that a part of a payload says; None when it says none."""
    # ids are 64-bit in the database: a longer one exists nowhere
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _besides(reply: Reply) -> dict[str, Any] | None:
    """What a reply holds beside text and buttons, as Rasa carries it."""
    besides: dict[str, Any] = {}
    if reply.chart:
        besides["chart"] = [asdict(bar) for bar in reply.chart]
    if reply.path:
        besides["path"] = [asdict(step) for step in reply.path]
    if reply.speaker:
        besides["speaker"] = reply.speaker
    if reply.run:
        besides["run"] = reply.run
    if reply.private:
        besides["private"] = True
    return besides or None


def _told(turn: Turn) -> DialogueState:
    """The state with what the message says of the person in passing: age, contract, where they stand."""
    if turn.pressed:  # a button says what its own action reads
        return turn.state
    contract = turn.entities.get("contract_type")
    folded, known = fold(turn.text), turn.state.known
    # an age that is known gives way only to « j'ai … ans »: a minor must not be taken for an adult
    own = says_own_age(folded) if known.age is not None else may_be_own_age(folded)
    return turn.state.knowing(
        age=turn.number("age") if own else None,
        contract=Contract(contract) if contract in frozenset(Contract) and turn.intent in _SAYS_CONTRACT else None,
        stage=stage_told(turn.intent, before=known.stage),
    )


def _wish(tracker: Tracker) -> tuple[str, str]:
    """(text, intent) of the wish whose turn it is: a message may hold several, each answered by an action."""
    latest = tracker.latest_message
    wishes = latest.get("wishes") or ()
    if not wishes:
        return latest.get("text") or "", latest["intent"]["name"]
    wish = wishes[min(_wishes_done(tracker), len(wishes) - 1)]
    return wish["text"], wish["intent"]["name"]


def _intents(latest: dict[str, Any]) -> frozenset[str]:
    """Those of every wish, and of the message as a whole."""
    wishes = latest.get("wishes") or ()
    return frozenset({latest["intent"]["name"], *(wish["intent"]["name"] for wish in wishes)})


def _line(latest: dict[str, Any]) -> tuple[str, float]:
    found = latest.get("question_class") or {}
    return found.get("name", ""), found.get("confidence", 0.0)


def _wishes_left(tracker: Tracker) -> bool:
    """Are there any after the one whose turn it is?"""
    return _wishes_done(tracker) + 1 < len(tracker.latest_message.get("wishes") or ())


def _wishes_done(tracker: Tracker) -> int:
    done = 0
    for event in tracker.events:
        if event["event"] == "user":
            done = 0
        elif event["event"] == "action" and event["name"] != "action_listen":
            done += 1
    return done


def _first_of_each(entities: Iterable[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entity in entities:
        found.setdefault(entity["entity"], str(entity["value"]))
    return found


def _conversation_id(sender_id: str) -> uuid.UUID:
    """An id that is no UUID (a load test's, Rasa's own shell) is a conversation that nobody holds."""
    try:
        return uuid.UUID(sender_id)
    except ValueError:
        return uuid.UUID(int=0)

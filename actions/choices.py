"""« stop », « laisse-moi tranquille jusqu'à lundi », « écris-moi à nouveau », and what one wants to hear of."""

import re

from actions.door import Door, Outcome, Turn
from nlu.french.entities import fold
from programme.choice_desk import PAUSE, RESUME, SPANS, TOPICS
from programme.dialogue_state import Question, Shown
from programme.errors import ConversationNotFound
from programme.models import Topic
from programme.pause_words import says_until

# after these a search that drags on is spoken of
SEARCHING = frozenset({"no_employer", "cfa_without_employer", "no_reply", "rejected"})
_YES = re.compile(
    r"^\W*(?:oui|ouais|ouep|yes|ok|okay|d'accord|dac|vas[- ]?y|volontiers|avec plaisir|j\W?e? ?veux bien)\b"
)
_PLAINLY_YES = re.compile(r"\b(?:oui|ouais|ouep|yes|ecris|volontiers|plaisir|veux bien)\b")
# « ok merci » may be said of the seat that was just taken
_THANKS = re.compile(r"\bmerci\b")
_NO = re.compile(r"^\W*(?:non|nan|nope|pas besoin|pas envie|ca ira|sans facon|jamais)\b")
_NEVER_MIND = re.compile(r"\b(?:laisse tomber|annule|finalement non|oublie)\b")
# what is longer, said to « until when? », is about something else
LONGEST_DAY_WORDS = 6


def begun(door: Door, turn: Turn) -> Outcome | None:
    """None when it is about something else, or nobody holds the conversation."""
    if turn.intent not in TOPICS:
        return None
    try:
        person_id = turn.person_id
    except ConversationNotFound:
        return None
    if turn.pressed and (where := turn.entities.get("go", "")):
        return _pressed(door, turn, where, person_id)
    desk, session, now = door.assistant.choice, turn.session, turn.now
    if turn.intent == RESUME:
        return _outcome(turn, desk.resume(session, person_id=person_id, asked=turn.state.nudges_asked, now=now))
    # « stop jusqu'à lundi » is a pause
    if not turn.pressed and (turn.intent == PAUSE or says_until(turn.text)):
        paused = desk.pause(session, person_id=person_id, text=turn.text, now=now)
        if paused is not None:
            return _outcome(turn, paused)
    if turn.intent == PAUSE:
        return _outcome(turn, desk.ask_pause(session, person_id=person_id, now=now))
    return _outcome(turn, desk.stop(session, person_id=person_id, now=now))


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question left open; None when it says something else."""
    question, said = turn.state.question, fold(turn.text)
    assert question is not None
    desk = door.assistant.choice
    if question.kind == "choice_nudges":
        yes = _yes_or_no(turn.intent, said)
        if yes is None:
            return None
        return _outcome(turn, desk.nudges(turn.session, person_id=turn.person_id, yes=yes, now=turn.now))
    if turn.intent in TOPICS - {PAUSE}:
        return None
    if turn.intent == "deny" or _NO.search(said) or _NEVER_MIND.search(said):
        return _outcome(turn, desk.drop_pause())
    if turn.intent != PAUSE and (said.rstrip().endswith("?") or len(said.split()) > LONGEST_DAY_WORDS):
        return None
    paused = desk.pause(turn.session, person_id=turn.person_id, text=turn.text, now=turn.now, bare_is_until=True)
    return _outcome(turn, paused) if paused is not None else None


def not_read(door: Door, turn: Turn) -> Outcome | None:
    """How to answer, when that is all that can be meant."""
    question = turn.state.question
    if question is None or question.kind != "choice_pause":
        return None
    shown = door.assistant.choice.ask_pause(turn.session, person_id=turn.person_id, now=turn.now, odd=True)
    return _outcome(turn, shown)


def ask_once(door: Door, turn: Turn, outcome: Outcome, *, after_a_seat: bool = False) -> Outcome:
    """The outcome, and behind it the question whether nudges are welcome: once, and with no other question open.

    ``after_a_seat``: only if the turn took one.
    """
    # of several wishes the answer to the next one would come after it
    several = turn.text != turn.whole
    if outcome.state.question is not None or outcome.state.nudges_asked or several:
        return outcome
    try:
        person_id = turn.person_id
    except ConversationNotFound:
        return outcome
    desk = door.assistant.choice
    if after_a_seat and not desk.seat_taken(turn.session, person_id=person_id, now=turn.now):
        return outcome
    if not desk.may_ask_nudges(turn.session, person_id=person_id, now=turn.now):
        return outcome
    state = outcome.state.model_copy(update={"nudges_asked": True, "question": Question(kind="choice_nudges")})
    return Outcome([*outcome.replies, desk.nudges_question()], state, outcome.whole)


def _pressed(door: Door, turn: Turn, where: str, person_id: int) -> Outcome:
    desk, session, now = door.assistant.choice, turn.session, turn.now
    word, _, rest = where.partition(".")
    match word:
        case "on" | "off" if rest in frozenset(Topic):
            shown = desk.switch(session, person_id=person_id, topic=Topic(rest), on=word == "on", now=now)
        case "yes" | "no" if not rest:
            shown = desk.nudges(session, person_id=person_id, yes=word == "yes", now=now)
        case "for" if rest in SPANS:
            shown = desk.pause_for(session, person_id=person_id, span=rest, now=now)
        case "ask":
            shown = desk.ask_pause(session, person_id=person_id, now=now)
        case _:  # a payload may hold anything
            shown = desk.topics(session, person_id=person_id, now=now)
    return _outcome(turn, shown)


def _yes_or_no(intent: str, folded: str) -> bool | None:
    """A yes is a plain one; what is neither counts as no, and is not answered here."""
    if intent == "deny" or _NO.search(folded):
        return False
    says_yes = intent == "affirm" or _YES.search(folded) is not None
    return True if says_yes and (_PLAINLY_YES.search(folded) or not _THANKS.search(folded)) else None


def _outcome(turn: Turn, shown: Shown) -> Outcome:
    asks_nudges = shown.question is not None and shown.question.kind == "choice_nudges"
    changes: dict[str, object] = {"question": shown.question, "nudges_asked": turn.state.nudges_asked or asks_nudges}
    if turn.intent in TOPICS:
        changes["topic"] = turn.intent
    return Outcome(shown.replies, turn.state.model_copy(update=changes))

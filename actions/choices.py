"""« stop », « laisse-moi tranquille jusqu'à lundi », « écris-moi à nouveau », and what one wants to hear of."""

from actions.door import Door, Outcome, Turn, number
from programme import bookings, choices
from programme.choice_desk import SPANS_DAYS, TOPICS
from programme.dialogue_state import Shown
from programme.errors import ConversationNotFound
from programme.models import Topic

# after these a search that drags on is spoken of
SEARCHING = frozenset({"no_employer", "cfa_without_employer", "no_reply", "rejected"})


def begun(door: Door, turn: Turn) -> Outcome | None:
    """None when it is about something else, or nobody holds the conversation."""
    if turn.intent not in TOPICS:
        return None
    try:
        person_id = turn.person_id
    except ConversationNotFound:
        return None
    desk, session, now = door.assistant.choice, turn.session, turn.now
    where, _, rest = turn.entities.get("go", "").partition(".") if turn.pressed else ("", "", "")
    match turn.intent, where:
        case ("resume_messages", "choose"):
            shown = desk.topics(session, person_id=person_id)
        case ("resume_messages", "on" | "off") if rest in frozenset(Topic):
            shown = desk.switch(session, person_id=person_id, topic=Topic(rest), on=where == "on", now=now)
        case ("resume_messages", "yes" | "no"):
            shown = desk.nudges(session, person_id=person_id, yes=where == "yes", now=now)
        case ("resume_messages", _):
            shown = desk.resume(session, person_id=person_id, now=now)
        case ("pause_messages", "days") if number(rest) in SPANS_DAYS:
            shown = desk.pause_for(session, person_id=person_id, days=int(rest), now=now, today=turn.today)
        case ("pause_messages", _):
            shown = desk.pause(session, person_id=person_id, text=turn.text, now=now, today=turn.today)
        case ("stop_messages", "workshops"):
            shown = desk.workshops_only(session, person_id=person_id, now=now)
        case _:
            shown = desk.stop(session, person_id=person_id, now=now)
    return _outcome(turn, shown)


def answer(door: Door, turn: Turn) -> Outcome | None:
    """« deux semaines », to « until when? »; None when it says no time."""
    shown = door.assistant.choice.pause(
        turn.session, person_id=turn.person_id, text=turn.text, now=turn.now, today=turn.today
    )
    return _outcome(turn, shown) if shown.question is None else None


def not_read(door: Door, turn: Turn) -> Outcome | None:
    return _outcome(turn, door.assistant.choice.ask_pause())


def ask_once(door: Door, turn: Turn, outcome: Outcome) -> Outcome:
    """The outcome, with the question on nudges behind it when this is the moment: once, and with no other one open."""
    if outcome.state.question is not None or outcome.state.nudges_asked:
        return outcome
    try:
        person_id = turn.person_id
    except ConversationNotFound:
        return outcome
    fits = turn.intent in SEARCHING or bookings.bookings_of(turn.session, person_id=person_id, now=turn.now)
    if not fits or choices.was_asked(turn.session, person_id):
        return outcome
    state = outcome.state.model_copy(update={"nudges_asked": True})
    return Outcome([*outcome.replies, door.assistant.choice.nudges_question()], state, outcome.whole)


def _outcome(turn: Turn, shown: Shown) -> Outcome:
    state = turn.state.about(turn.intent) if turn.intent in TOPICS else turn.state
    return Outcome(shown.replies, state.model_copy(update={"question": shown.question}))

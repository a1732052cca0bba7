"""Answers to what was said without having been asked for: « how is it going? », by a button."""

from actions.door import Door, Outcome, Turn, number
from programme.delivery_desk import MOODS


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """None when the button is not one of these."""
    if not turn.pressed:
        return None
    kind, _, rest = turn.entities.get("go", "").partition(".")
    check_in, _, mood = rest.partition(".")
    check_in_id = number(check_in)
    if kind != "check" or check_in_id is None or mood not in MOODS:
        return None
    replies = door.assistant.check_ins.answered(
        turn.session,
        person_id=turn.person_id,
        check_in_id=check_in_id,
        mood=mood,
        conversation_id=turn.conversation_id,
        now=turn.now,
    )
    return Outcome(replies, turn.state.without_question())

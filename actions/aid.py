"""The aid check-up: its questions, one at a time, and its list."""

from actions.door import Door, Outcome, Turn
from programme.aids import Situation
from programme.dialogue_state import DialogueState
from programme.replies import Reply

TOPIC = "aid_overview"


def begin(door: Door, turn: Turn, replies: list[Reply]) -> Outcome:
    """The answer to the topic, then the first question."""
    return _go_on(door, turn, door.assistant.aid.begin(turn.state.known), before=replies)


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """A button of the check-up; None when the turn is none."""
    carried = turn.entities.get("aid", "")
    situation = door.assistant.aid.pressed(turn.state.aid, carried) if carried else None
    return None if situation is None else _go_on(door, turn, situation)


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message answers to the question left open; None when it says something else."""
    question = _question(turn.state)
    situation = door.assistant.aid.answered(turn.state.aid, question, turn.text, age=turn.number("age"))
    return None if situation is None else _go_on(door, turn, situation)


def not_read(door: Door, turn: Turn) -> Outcome:
    return Outcome([door.assistant.aid.ask_again(_question(turn.state))], turn.state)


def _question(state: DialogueState) -> str:
    assert state.question is not None
    return state.question.kind.removeprefix("aid_")


def _go_on(door: Door, turn: Turn, situation: Situation, *, before: list[Reply] | None = None) -> Outcome:
    desk = door.assistant.aid
    state = turn.state.about(TOPIC).model_copy(update={"aid": situation}).knowing(age=situation.age)
    question = desk.next_question(situation)
    if question is None:
        return Outcome([*(before or []), *desk.result(situation, on=turn.today)], state.without_question())
    asked = desk.ask(question) if before is None else desk.first(question)
    return Outcome([*(before or []), asked], state.asking(f"aid_{question}"))

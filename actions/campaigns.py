"""Answers to the question of a campaign, by its buttons or in one's own words, and the day a training began."""

import re
from datetime import date

from actions.door import Door, Outcome, Turn, number
from nlu.french.entities import fold
from programme.campaigns.desk import KIND
from programme.dialogue_state import Shown

_UNKNOWN = re.compile(r"\b(?:sais? pas|c pas|aucune idee|pas encore|jsp)\b")
START_UNKNOWN = "start"


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """A button of a campaign, however long ago it was shown; None when it is another one."""
    if not turn.pressed:
        return None
    kind, _, rest = turn.entities.get("go", "").partition(".")
    if kind == START_UNKNOWN:
        return _starts(door, turn, None)
    campaign, _, branch = rest.partition(".")
    campaign_id = number(campaign)
    if kind != KIND or campaign_id is None:
        return None
    return _answered(door, turn, campaign_id, branch)


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question left open; None when it says something else."""
    question = turn.state.question
    assert question is not None
    if question.kind == "campaign_start":
        if turn.intent == "deny" or _UNKNOWN.search(fold(turn.text)):
            return _starts(door, turn, None)
        day = turn.days
        return _starts(door, turn, day[0]) if day is not None else None
    if question.subject is None:
        return None
    branch = door.assistant.campaigns.branch_in(turn.session, question.subject, turn.text, turn.intents)
    return _answered(door, turn, question.subject, branch) if branch is not None else None


def not_read(door: Door, turn: Turn) -> Outcome | None:
    """How to answer, when that is all that can be meant."""
    question = turn.state.question
    if question is None or question.kind != "campaign_start":
        return None
    return Outcome([door.assistant.campaigns.start_odd()], turn.state)


def _answered(door: Door, turn: Turn, campaign_id: int, branch: str) -> Outcome:
    return _outcome(
        turn,
        door.assistant.campaigns.answered(
            turn.session,
            person_id=turn.person_id,
            campaign_id=campaign_id,
            branch=branch,
            now=turn.now,
            today=turn.today,
        ),
    )


def _starts(door: Door, turn: Turn, day: date | None) -> Outcome:
    shown = door.assistant.campaigns.starts(
        turn.session, person_id=turn.person_id, day=day, now=turn.now, today=turn.today
    )
    return _outcome(turn, shown)


def _outcome(turn: Turn, shown: Shown) -> Outcome:
    return Outcome(shown.replies, turn.state.model_copy(update={"question": shown.question}))

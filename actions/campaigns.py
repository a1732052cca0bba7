"""Answers to the question of a campaign, by its buttons or in one's own words, and the day a training began."""

import re
from datetime import date

from actions import path
from actions.door import Door, Outcome, Turn, number
from nlu.french.entities import fold
from programme.campaigns.desk import KIND, START
from programme.choice_desk import PAUSE
from programme.dialogue_state import Shown
from programme.path_desk import SIGNED

_UNKNOWN = re.compile(r"\b(?:sais? pas|c pas|aucune idee|pas encore|jsp)\b")
_SIGNED = re.compile(r"\bsign")
_HAVE_DAYS = frozenset(
    {"list_workshops", "workshop_info", "book_workshop", "cancel_booking", "move_booking", "my_bookings", "log_contact"}
)
START_UNKNOWN = "start"


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """A button of a campaign, however long ago it was shown; None when it is another one."""
    # other desks have places called « start » as well
    if not turn.pressed or turn.intent != "inform":
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
    if question.kind == START:
        day = path.day_told(turn.text, turn.today)
        if day is not None and not _of_another_day(turn):
            return _starts(door, turn, day)
        if turn.intent == "deny" or _UNKNOWN.search(fold(turn.text)):
            return _starts(door, turn, None)
        # the question before still counts, by its words
        return _told(door, turn, frozenset())
    # a question that other things came after is not what a bare « oui » is about
    return _told(door, turn, turn.intents if not (turn.doubt or question.taken_up) else frozenset())


def _told(door: Door, turn: Turn, intents: frozenset[str]) -> Outcome | None:
    campaign_id = turn.state.question.subject if turn.state.question is not None else None
    # a pause is wanted at once, and who signed is congratulated on that
    if campaign_id is None or (turn.intent == PAUSE and not turn.doubt):
        return None
    if SIGNED in turn.intents and _SIGNED.search(fold(turn.text)):
        return None
    branch = door.assistant.campaigns.branch_in(turn.session, campaign_id, turn.text, intents)
    return _answered(door, turn, campaign_id, branch) if branch is not None else None


def _of_another_day(turn: Turn) -> bool:
    """« y a un atelier mardi ? », « j'annule jeudi »: that day is none of a training."""
    return turn.text.rstrip().endswith("?") or (turn.intent in _HAVE_DAYS and not turn.doubt)


def not_read(door: Door, turn: Turn) -> Outcome | None:
    """How to answer, when that is all that can be meant."""
    question = turn.state.question
    if question is None or question.kind != START:
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

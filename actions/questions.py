"""Answers to the questions of our desks, whatever the message looks like besides (« mars 2008 », « en 2 ans »)."""

import re

from actions import aid, campaigns, choices, coaching, notebook, nudges, path, pay, practice, rights, workshops
from actions.door import Door, Outcome, Turn
from nlu.french.entities import fold

# heard before any question of ours
SAFETY = frozenset({"distress", "harassment", "danger_at_work", "money_emergency"})
# so are these, unless the message was not understood and they are only a guess
OTHER_WISHES = frozenset({"talk_to_human", "stop_messages", "delete_my_data", "restart", "repeat"})
# these say little by themselves: with them the text may be of any length
BARE = frozenset({"inform", "affirm", "deny"})
LONGEST_ANSWER_WORDS = 9

DESKS = {
    "aid": aid,
    "campaign": campaigns,
    "card": coaching,
    "choice": choices,
    "contact": notebook,
    "game": coaching,
    "interview": coaching,
    "lesson": coaching,
    "path": path,
    "pay": pay,
    "pitch": coaching,
    "practice": practice,
    "quiz": coaching,
    "rights": rights,
}
# here a message is read whole, however long: it is said to an employer, or tells of one
WHOLE = frozenset({"card", "contact", "interview", "lesson", "pitch", "practice"})
# here as well, but a call for help is one however faint
OF_ANY_LENGTH = frozenset({"campaign_blocked"})
# here a line is said to an employer, or as if
TO_AN_EMPLOYER = frozenset({"interview", "lesson", "practice"})
# here something is told: a question is none of it
TALES = frozenset({"card", "contact", "pitch"})
_ASKS = re.compile(r"\?\s*$|^\W*(?:c(?:'est)? quoi|combien|comment|pourquoi|est-ce que|qu'est-ce)\b")
# a line to try is asked for there, and another wish is heard if it is plain
EXERCISES = frozenset({"lesson_try", "interview_answer", "interview_back"})
PLAIN_WISH = 0.9
# of 224 calls for help that the model had not seen, one was less likely than this
FAINT = 0.4


def answered(door: Door, turn: Turn) -> Outcome | None:
    """What the message answers to the question left open; None when there is none, or it says something else."""
    question = turn.state.question
    if (arrived := workshops.at_the_door(door, turn)) is not None:
        return arrived
    if (pressed := nudges.pressed(door, turn) or campaigns.pressed(door, turn)) is not None:
        return pressed
    if question is None or turn.pressed:
        return None
    subject = question.kind.partition("_")[0]
    in_the_game = subject in TO_AN_EMPLOYER and practice.said_to_the_employer(turn)
    # a bare « c'est juste » looks a little like anything: where any words are an answer, a faint likeness is not enough
    calls_for_help = bool(turn.intents & SAFETY) and not (subject in WHOLE and turn.confidence < FAINT)
    if not in_the_game and (calls_for_help or (turn.intent in OTHER_WISHES and not turn.doubt)):
        return None
    if question.kind in EXERCISES and _plainly_another_wish(turn, question.kind):
        return None
    if subject in TALES and _ASKS.search(fold(turn.whole)):
        return None
    desk = DESKS.get(subject)
    short = turn.intent in BARE or len(turn.text.split()) <= LONGEST_ANSWER_WORDS
    read = short or subject in WHOLE or question.kind in OF_ANY_LENGTH
    return desk.answer(door, turn) if desk is not None and read else None


def _plainly_another_wish(turn: Turn, exercise: str) -> bool:
    """« y a quoi comme ateliers » in the middle of a lesson; what is said to « vous » is always the line asked for."""
    if turn.doubt or turn.confidence < PLAIN_WISH or turn.intent in {"greet", *BARE} or practice.speaks_to_them(turn):
        return False
    # who answers a recruiter tells of themselves, and that looks like many a topic
    return exercise != "interview_answer" or turn.text.rstrip().endswith("?")


def not_read(door: Door, turn: Turn) -> Outcome | None:
    """To a message that is no answer and nothing else either: how to answer the question left open, if one is."""
    question = turn.state.question
    desk = DESKS.get(question.kind.partition("_")[0]) if question is not None else None
    return desk.not_read(door, turn) if desk is not None else None

"""Days and delays that are computed: the free first days, when to start, how to leave, the hours of a minor."""

import re
from collections.abc import Callable
from datetime import date

from dateutil.relativedelta import relativedelta

from actions.door import Door, Outcome, Turn
from nlu.french.births import dated
from nlu.french.dates import dates
from nlu.french.entities import fold
from programme.dialogue_state import DialogueState
from programme.pay_desk import age_of
from programme.pay_words import age_in
from programme.profile import ADULT_FROM, Audience
from programme.replies import Button, Reply
from programme.rights import Rhythm, is_far
from programme.rights_words import RHYTHMS, rhythm_in

# the topics whose answer can go on with a computation, and what their button carries and is called
OFFERED = {
    "trial_period": ("trial_start", "button_compute_date"),
    "start_window": ("start", "button_compute_dates"),
    "cfa_without_employer": ("cfa", "button_compute_date"),
    "end_contract": ("leave", "button_compute_delays"),
    "night_and_minor_work": ("hours_age", "button_compute_hours"),
}
TOPICS = {carried: topic for topic, (carried, _) in OFFERED.items()} | {
    "trial_rhythm": "trial_period",
    "hours_trade": "night_and_minor_work",
}
MINORS_TOPICS = frozenset({"night_and_minor_work", "working_hours"})
_YEAR = re.compile(r"\b20\d\d\b")


def computed(door: Door, turn: Turn) -> Outcome | None:
    """What the button asks to compute, or what the message holds enough for; None when it is an ordinary question."""
    carried = turn.entities.get("rights", "")
    if carried in RHYTHMS:
        return _trial(door, turn, RHYTHMS[carried])
    if carried in TOPICS:
        return _ask(door, turn.state.about(TOPICS[carried]), carried)
    return _at_once(door, turn)


def with_button(door: Door, turn: Turn, replies: list[Reply]) -> list[Reply]:
    """The answer to a topic, its last bubble with a way to the computation."""
    offered = OFFERED.get(turn.intent)
    audiences = turn.state.known.audiences
    if offered is None or Audience.PROFESSIONNALISATION in audiences:  # the rules are those of apprentices
        return replies
    if turn.intent == "night_and_minor_work" and Audience.ADULT in audiences:
        return replies
    carried, title = offered
    *others, last = replies
    button = Button(door.assistant.texts.say(title), f'/{turn.intent}{{"rights": "{carried}"}}')
    return [*others, Reply(last.text, (button, *last.buttons), last.chart)]


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message answers to the question that was left open; None when it answers something else."""
    assert turn.state.question is not None
    return _ANSWERS[turn.state.question.kind.removeprefix("rights_")](door, turn)


def not_read(door: Door, turn: Turn) -> Outcome:
    """The answer cannot be read: say how to write it; the question stays open."""
    assert turn.state.question is not None
    asked = ask(door, turn.state.question.kind)
    again = door.assistant.texts.say("rights_not_read", question=asked.text)
    return Outcome([Reply(again, asked.buttons)], turn.state)


def ask(door: Door, kind: str) -> Reply:
    return door.assistant.ask_rights(kind)


def _ask(door: Door, state: DialogueState, carried: str) -> Outcome:
    kind = f"rights_{carried}"
    return Outcome([ask(door, kind)], state.asking(kind))


def _at_once(door: Door, turn: Turn) -> Outcome | None:
    """A message that names the day of the courses, or the age and trade of a minor, needs no question."""
    desk, on = door.assistant.rights, turn.today
    named = dates(fold(turn.text), on)
    if turn.intent == "start_window" and len(named) == 1:
        return _done(turn, desk.start_window(courses_start=_nearest(turn, named[0].first), today=on))
    if turn.intent == "cfa_without_employer" and len(named) == 1:
        return _done(turn, desk.cfa_without_employer(cycle_start=_nearest(turn, named[0].first), today=on))
    age, trade = age_of(turn.state.known, on), turn.entities.get("trade")
    if turn.intent in MINORS_TOPICS and age is not None and age < ADULT_FROM and trade:
        return _done(turn, desk.minor_hours(age=age, work=trade, today=on))
    return None


def _done(turn: Turn, replies: list[Reply]) -> Outcome:
    topic = TOPICS.get((turn.state.question.kind if turn.state.question else "").removeprefix("rights_"), turn.intent)
    return Outcome(replies, turn.state.about(topic).without_question())


# -- the answers


def _trial_start(door: Door, turn: Turn) -> Outcome | None:
    first_day = _day(turn)
    if first_day is None or is_far(first_day, turn.today):
        return None
    return _ask(door, turn.state.knowing(starts_on=first_day), "trial_rhythm")


def _trial_rhythm(door: Door, turn: Turn) -> Outcome | None:
    rhythm = rhythm_in(turn.text)
    return None if rhythm is None else _trial(door, turn, rhythm)


def _trial(door: Door, turn: Turn, rhythm: Rhythm) -> Outcome:
    first_day = turn.state.known.starts_on
    if first_day is None:
        return _ask(door, turn.state.about("trial_period"), "trial_start")
    return _done(turn, door.assistant.rights.trial_end(first_day=first_day, rhythm=rhythm, today=turn.today))


def _start(door: Door, turn: Turn) -> Outcome | None:
    day = _day(turn)
    return None if day is None else _done(turn, door.assistant.rights.start_window(courses_start=day, today=turn.today))


def _cfa(door: Door, turn: Turn) -> Outcome | None:
    day = _day(turn)
    if day is None:
        return None
    return _done(turn, door.assistant.rights.cfa_without_employer(cycle_start=day, today=turn.today))


def _leave(door: Door, turn: Turn) -> Outcome | None:
    if not turn.days:
        return None
    age = age_of(turn.state.known, turn.today)
    return _done(turn, door.assistant.rights.resignation(mediator_on=turn.days[0], today=turn.today, age=age))


def _hours_age(door: Door, turn: Turn) -> Outcome | None:
    age = turn.number("age") or age_in(turn.text)
    return None if age is None else _ask(door, turn.state.knowing(age=age), "hours_trade")


def _hours_trade(door: Door, turn: Turn) -> Outcome | None:
    age = age_of(turn.state.known, turn.today)
    if age is None:
        return _ask(door, turn.state, "hours_age")
    # a trade that the tables do not know still has the general rules
    return _done(turn, door.assistant.rights.minor_hours(age=age, work=turn.entities.get("trade"), today=turn.today))


_ANSWERS: dict[str, Callable[[Door, Turn], Outcome | None]] = {
    "trial_start": _trial_start,
    "trial_rhythm": _trial_rhythm,
    "start": _start,
    "cfa": _cfa,
    "leave": _leave,
    "hours_age": _hours_age,
    "hours_trade": _hours_trade,
}


# -- reading


def _day(turn: Turn) -> date | None:
    """The day that the answer names; a month is its first day."""
    if exact := dated(fold(turn.text), turn.today, past=False):
        return exact
    return _nearest(turn, turn.days[0]) if turn.days else None


def _nearest(turn: Turn, day: date) -> date:
    """Without a year, « septembre » is the one nearest to today, past or to come: courses may have begun."""
    if _YEAR.search(turn.text):
        return day
    return min((day, day - relativedelta(years=1)), key=lambda each: abs(each - turn.today))

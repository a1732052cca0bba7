"""The employer's side of a practice: a pure function from the state and a line to the reply and the new state.

Nothing here reads a clock, a database or chance: the same lines give the same conversation.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from nlu.french.entities import fold
from programme.practice.classes import HELPFUL, QUESTIONS, QuestionClass
from programme.practice.persona import Persona

# the class of a line is believed from this probability on; below, the employer asks back
SURE = 0.4
# early CVs, first conditions and rude lines that an employer bears, by level
PATIENCE = {1: 6, 2: 5, 3: 4}
# open questions that must come before the need, by level; from level 2 on the activity must be known besides
TRUST = {1: 1, 2: 1, 3: 2}
# nobody stays on the phone for ever
MOST_LINES = 30
QUOTED = 160

_WEEKDAY = re.compile(r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|week-?end)\b")
_GREETING = re.compile(r"^\W*(?:bonjour|bonsoir|bjr|salut|slt|hello|coucou|allo|re bonjour)\b")
_HESITATION = re.compile(r"(?:euh+|heu+|hum+|hmm*|bah+|ben+|bon|alors|et|donc|\W|_)*")
_AGAIN = re.compile(
    r"\b(?:repeter|repetez|redire|redites|pouvez redire|pas (?:bien )?(?:entendu|compris)|pardon)\b|"
    r"^\W*comment(?: ca)?\W*$"
)
SHORT_LINE_WORDS = 9
# what comes before the same words, said once more on demand
_SAID_AGAIN = ("Je disais", "Je répète")

# the employer takes up a word of the person in these moments
_ECHOING = frozenset(
    {"opening", "pressed", "activity", "need_guarded", "skill", "skill_need", "short_term", "short_term_need",
     "rephrase", "offer", "next_step"}
)  # fmt: skip


class Mark(StrEnum):
    """What a line was worth: a step, the step that let the need out, a CV too early, or nothing."""

    STEP = "step"
    NEED = "need"
    COST = "cost"
    NONE = "none"


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Line(_State):
    """What the person said, how it was read (None: not read), and what it got."""

    text: str
    kind: QuestionClass | None = None
    moment: str = ""
    mark: Mark = Mark.NONE


class Practice(_State):
    """A conversation with one employer. ``offset`` makes a replay begin elsewhere in each list of replies."""

    persona: str
    level: int
    offset: int = 0
    lines: tuple[Line, ...] = ()
    # steps that counted, in the order in which they came
    steps: tuple[QuestionClass, ...] = ()
    need_heard: bool = False
    lost_patience: int = 0
    # how many variants of each moment were said, and the kinds of words taken up
    said: dict[str, int] = {}
    echoed: tuple[str, ...] = ()
    # what the coach gave: steps whose hint, then whose line, was shown
    helped: tuple[str, ...] = ()
    last: str = ""
    over: bool = False


@dataclass(frozen=True)
class Heard:
    """A line of the person. ``trade`` is the trade that it names, if it names one."""

    text: str
    kind: QuestionClass
    confidence: float
    trade: str = ""


@dataclass(frozen=True)
class Answered:
    """What comes back: the employer's words, and the coach's when the employer cannot go on."""

    practice: Practice
    employer: str = ""
    coach: str = ""


def begin(persona: Persona, *, level: int, offset: int = 0) -> Answered:
    """The employer picks up."""
    practice = Practice(persona=persona.id, level=level, offset=offset)
    said, practice = _next(persona, practice, "picks_up")
    return Answered(practice.model_copy(update={"last": said}), said)


def answer(persona: Persona, practice: Practice, heard: Heard) -> Answered:
    """What the employer says to this line. A practice that is over stays so."""
    if practice.over:
        return Answered(practice)
    if _asks_again(practice, heard):
        return _said_again(practice, heard)
    moment, steps, mark, lost = _read(persona, practice, heard)
    line = Line(text=heard.text[:QUOTED], kind=_kind(heard, moment), moment=moment, mark=mark)
    practice = practice.model_copy(
        update={
            "lines": (*practice.lines, line),
            "steps": (*practice.steps, *steps),
            "need_heard": practice.need_heard or mark is Mark.NEED,
            "lost_patience": practice.lost_patience + lost,
        }
    )
    if moment in ("closing", "closing_cold"):
        return _goodbye(persona, practice, moment)
    if practice.lost_patience >= PATIENCE[practice.level]:
        return _goodbye(persona, practice, "hangs_up")
    if len(practice.lines) >= MOST_LINES:
        return _goodbye(persona, practice, "closing" if practice.need_heard else "hangs_up")
    if moment in ("unsure", "silence") and _exhausted(persona, practice, moment):
        return _coach_instead(persona, practice)
    if _exhausted(persona, practice, moment):
        moment = "repeated"
        if _exhausted(persona, practice, moment):
            return _goodbye(persona, practice, "closing" if practice.need_heard else "hangs_up")
    said, practice = _next(persona, practice, moment, without_day=bool(_WEEKDAY.search(fold(heard.text))))
    said, practice = _with_echo(persona, practice, heard, moment, said)
    return Answered(practice.model_copy(update={"last": said}), said)


def hint(persona: Persona, practice: Practice) -> tuple[str, Practice]:
    """The coach's next help, "" when all was given: what to do now, and asked again, a line to say."""
    first = next_step(practice)
    steps = [first, *(step for step in HELPFUL if step not in practice.steps and step is not first)]
    for step in steps:
        for kind, words in (("hint", persona.hints), ("line", persona.try_lines)):
            key = f"{kind}.{step}"
            if key not in practice.helped:
                given = words[step] if kind == "hint" else f"« {words[step]} »"
                return given, practice.model_copy(update={"helped": (*practice.helped, key)})
    return "", practice


def next_step(practice: Practice) -> QuestionClass:
    """What would help most now."""
    open_steps = [step for step in HELPFUL if step not in practice.steps]
    if not practice.lines:
        return QuestionClass.OPENING
    if practice.need_heard:
        after = [step for step in open_steps if HELPFUL.index(step) >= HELPFUL.index(QuestionClass.REPHRASE)]
        return after[0] if after else QuestionClass.CLOSING
    return QuestionClass.ACTIVITY if QuestionClass.ACTIVITY not in practice.steps else QuestionClass.NEED


# -- reading a line


def _read(persona: Persona, practice: Practice, heard: Heard) -> tuple[str, tuple[QuestionClass, ...], Mark, int]:
    """(moment, steps that count, mark, patience lost)."""
    folded = fold(heard.text)
    if _HESITATION.fullmatch(folded):
        return "silence", (), Mark.NONE, 0
    if heard.confidence < SURE:
        return "unsure", (), Mark.NONE, 0
    kind = heard.kind
    # « Bonjour, c'est Lina. Comment s'organise une journée ? » greets as well
    greets = not practice.lines and kind in QUESTIONS and _GREETING.match(folded) is not None
    before = (QuestionClass.OPENING,) if greets else ()
    moment, counts, mark, lost = _moment(persona, practice, heard)
    counts = counts and kind not in practice.steps
    if mark is Mark.NONE and counts:
        mark = Mark.STEP
    return moment, (*before, kind) if counts else before, Mark.STEP if before and mark is Mark.NONE else mark, lost


def _moment(persona: Persona, practice: Practice, heard: Heard) -> tuple[str, bool, Mark, int]:
    """(moment, does it count, mark if it is a special one, patience lost)."""
    kind, need_heard = heard.kind, practice.need_heard
    activity_known = QuestionClass.ACTIVITY in practice.steps
    if kind in (QuestionClass.NEED, QuestionClass.SKILL, QuestionClass.SHORT_TERM) and not need_heard:
        if _opens_up(practice, kind):
            return ("need" if kind is QuestionClass.NEED else f"{kind}_need"), True, Mark.NEED, 0
        if kind is QuestionClass.NEED:
            return "need_guarded", False, Mark.NONE, 0
        return kind.value, activity_known, Mark.NONE, 0
    match kind:
        case QuestionClass.OPENING:
            asked = any(line.kind in QUESTIONS for line in practice.lines)
            return "pressed" if practice.level == 3 else "opening", not asked and len(practice.lines) < 2, Mark.NONE, 0
        case QuestionClass.NEED:
            return "need_more", True, Mark.NONE, 0
        case QuestionClass.ACTIVITY | QuestionClass.SKILL | QuestionClass.SHORT_TERM:
            return kind.value, True, Mark.NONE, 0
        case QuestionClass.REPHRASE:
            return _after_the_need(need_heard, persona.names_the_need(heard.text), "rephrase")
        case QuestionClass.OFFER:
            return _after_the_need(need_heard, persona.answers_the_need(heard.text), "offer")
        case QuestionClass.NEXT_STEP:
            return "next_step" if need_heard else "next_step_early", need_heard, Mark.NONE, 0
        case QuestionClass.CLOSING:
            asked = any(line.kind in QUESTIONS for line in practice.lines)
            return "closing" if need_heard else "closing_cold", asked, Mark.NONE, 0
        case QuestionClass.CV_PUSH:
            if {QuestionClass.REPHRASE, QuestionClass.OFFER} & set(practice.steps):
                return "cv_push_late", False, Mark.NONE, 0
            return "cv_push", False, Mark.NONE if need_heard else Mark.COST, int(not need_heard)
        case QuestionClass.SELF_FIRST:
            return "self_first", False, Mark.NONE, int(not need_heard)
        case QuestionClass.OFF_TOPIC:
            return "off_topic", False, Mark.NONE, 1
        case _:
            return "closed", False, Mark.NONE, 0


def _opens_up(practice: Practice, kind: QuestionClass) -> bool:
    """Does this question let the need out? Never the first one; a CV pushed before asks for one question more."""
    asked = sum(line.kind in QUESTIONS for line in practice.lines)
    pushed = any(line.mark is Mark.COST for line in practice.lines)
    activity_known = QuestionClass.ACTIVITY in practice.steps
    if not activity_known and (practice.level > 1 or kind is not QuestionClass.NEED):
        return False
    return asked >= TRUST[practice.level] + pushed


def _after_the_need(need_heard: bool, right: bool, moment: str) -> tuple[str, bool, Mark, int]:
    if not need_heard:
        return f"{moment}_early", False, Mark.NONE, 0
    return (moment, True, Mark.NONE, 0) if right else (f"{moment}_wrong", False, Mark.NONE, 0)


def _kind(heard: Heard, moment: str) -> QuestionClass | None:
    return None if moment in ("unsure", "silence") else heard.kind


# -- saying


def _next(persona: Persona, practice: Practice, moment: str, *, without_day: bool = False) -> tuple[str, Practice]:
    """The next variant that was not said; to who names a day, one that names no other."""
    variants = persona.replies.of(moment)
    told = practice.said.get(moment, 0)
    # a bit for each variant that was said: order may be left for one that fits better
    left = [
        position
        for position in ((practice.offset + step) % len(variants) for step in range(len(variants)))
        if not told >> position & 1
    ]
    fitting = [position for position in left if not (without_day and _WEEKDAY.search(fold(variants[position])))]
    chosen = (fitting or left)[0]
    return variants[chosen], practice.model_copy(update={"said": {**practice.said, moment: told | 1 << chosen}})


def _exhausted(persona: Persona, practice: Practice, moment: str) -> bool:
    return practice.said.get(moment, 0) == (1 << len(persona.replies.of(moment))) - 1


def _with_echo(persona: Persona, practice: Practice, heard: Heard, moment: str, said: str) -> tuple[str, Practice]:
    """The reply, after a word of the person that is taken up: once for each kind of word."""
    if moment not in _ECHOING:
        return said, practice
    day = _WEEKDAY.search(fold(heard.text))
    words = {"machine": persona.machine_in(heard.text), "trade": heard.trade, "day": day[0] if day else ""}
    for kind, word in words.items():
        if not word or kind in practice.echoed or fold(word) in fold(said):
            continue
        variants = persona.echoes.of(kind)
        echo = variants[practice.offset % len(variants)].format(word=word)
        updated = practice.model_copy(update={"echoed": (*practice.echoed, kind)})
        return f"{echo[0].upper()}{echo[1:]} {said}", updated
    return said, practice


def _asks_again(practice: Practice, heard: Heard) -> bool:
    asks = _AGAIN.search(fold(heard.text)) is not None and len(heard.text.split()) <= SHORT_LINE_WORDS
    told = sum(line.moment == "again" for line in practice.lines)
    return asks and told < len(_SAID_AGAIN)


def _said_again(practice: Practice, heard: Heard) -> Answered:
    told = sum(line.moment == "again" for line in practice.lines)
    line = Line(text=heard.text[:QUOTED], moment="again")
    practice = practice.model_copy(update={"lines": (*practice.lines, line)})
    return Answered(practice, f"{_SAID_AGAIN[told]} : {practice.last}")


def _goodbye(persona: Persona, practice: Practice, moment: str) -> Answered:
    said, practice = _next(persona, practice, moment)
    return Answered(practice.model_copy(update={"over": True, "last": said}), said)


def _coach_instead(persona: Persona, practice: Practice) -> Answered:
    """The employer has asked back in every way: the coach helps; when that is used up too, the practice ends."""
    given, practice = hint(persona, practice)
    if not given:
        return _goodbye(persona, practice, "hangs_up")
    return Answered(practice, coach=given)

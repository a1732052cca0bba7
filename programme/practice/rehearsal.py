"""An employer heard from beginning to end without a dialogue server: for who writes one, and for the checks."""

from collections.abc import Iterator
from dataclasses import dataclass

from programme.practice import engine
from programme.practice.classes import HELPFUL, QuestionClass
from programme.practice.debrief import Debrief, debrief
from programme.practice.engine import Heard
from programme.practice.persona import Persona

SURE = 1.0
# lines that fall short, one of each class that does
_CLUMSY = (
    (QuestionClass.CV_PUSH, "Bonjour, je cherche une alternance, vous recrutez ?"),
    (QuestionClass.CLOSED, "Vous êtes ouverts le lundi ?"),
    (QuestionClass.SELF_FIRST, "C'est payé combien ?"),
)


@dataclass(frozen=True)
class Exchange:
    """What the person says, "" when the phone is picked up, and what comes back."""

    line: str
    reply: str


@dataclass(frozen=True)
class Rehearsal:
    exchanges: tuple[Exchange, ...]
    debrief: Debrief


# at level three the need takes one question more: the trade is spoken of first
_HARD = (
    QuestionClass.OPENING,
    QuestionClass.ACTIVITY,
    QuestionClass.SKILL,
    QuestionClass.NEED,
    *HELPFUL[HELPFUL.index(QuestionClass.SHORT_TERM) :],
)


def good_call(persona: Persona, *, level: int) -> Rehearsal:
    """A call with the lines of the file itself, in an order that works at this level."""
    return _call(persona, level, [(step, persona.try_lines[step]) for step in (_HARD if level > 2 else HELPFUL)])


def clumsy_call(persona: Persona, *, level: int) -> Rehearsal:
    """A call that begins badly, and finds its way."""
    found = [(step, persona.try_lines[step]) for step in HELPFUL[1:]]
    return _call(persona, level, [*_CLUMSY, *found])


def problems(persona: Persona) -> Iterator[str]:
    """Is the need found by who asks well, at each level, and never by the first question?"""
    for level in (1, 2, 3):
        found = good_call(persona, level=level).debrief
        if found.need_at is None:
            yield f"employer {persona.id}, level {level}: a good call does not find the need"
        if missed := [step for step in HELPFUL if step not in {praise.step for praise in found.praises}]:
            yield f"employer {persona.id}, level {level}: in a good call these do not count: {', '.join(missed)}"
        if clumsy_call(persona, level=level).debrief.need_at is None:
            yield f"employer {persona.id}, level {level}: who begins badly does not find the need any more"
        for step in HELPFUL:
            if _call(persona, level, [(step, persona.try_lines[step])]).debrief.need_at is not None:
                yield f"employer {persona.id}, level {level}: the first question ({step}) finds the need"


def _call(persona: Persona, level: int, lines: list[tuple[QuestionClass, str]]) -> Rehearsal:
    answered = engine.begin(persona, level=level)
    exchanges = [Exchange("", answered.employer)]
    for kind, line in lines:
        answered = engine.answer(persona, answered.practice, Heard(line, kind, SURE))
        exchanges.append(Exchange(line, answered.employer or answered.coach))
        if answered.practice.over:
            break
    return Rehearsal(tuple(exchanges), debrief(answered.practice))

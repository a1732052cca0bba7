"""What a practice is worth, said with the person's own lines. The same lines always give the same debrief."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, parse, read_yaml
from programme.errors import ContentError
from programme.practice.classes import HELPFUL, QuestionClass
from programme.practice.engine import Line, Mark, Practice
from programme.practice.persona import Persona

# what would have helped most, first to last
USEFULNESS = (
    QuestionClass.NEED,
    QuestionClass.REPHRASE,
    QuestionClass.OFFER,
    QuestionClass.NEXT_STEP,
    QuestionClass.ACTIVITY,
    QuestionClass.OPENING,
    QuestionClass.SHORT_TERM,
    QuestionClass.SKILL,
    QuestionClass.CLOSING,
)
# of what was done well, so many are quoted
MOST_QUOTED = 3

Sentence = Annotated[str, Field(min_length=10, max_length=160)]


class StepWords(ContentModel):
    """How the debrief speaks of a step: ``good`` goes on after the person's line, the others are sentences."""

    title: str = Field(min_length=3, max_length=16)
    good: Annotated[str, Field(min_length=10, max_length=90)]
    missed: Sentence
    early: Sentence


@dataclass(frozen=True)
class Praise:
    """A step that counted, and the line that made it."""

    step: QuestionClass
    line: str


@dataclass(frozen=True)
class Debrief:
    """``points`` are the steps that counted less the CVs pushed early, 0 at least; ``need_at`` numbers its line from 1.

    ``missed`` is the step that would have helped most; ``tried`` when its class was said, at a moment when it could not
    work. ``pushed`` is the first CV that came too early.
    """

    praises: tuple[Praise, ...]
    missed: QuestionClass | None
    tried: bool
    pushed: str
    points: int
    need_at: int | None
    lines: tuple[Line, ...]

    @property
    def best(self) -> tuple[Praise, ...]:
        """The praises that say most, in the order of the conversation."""
        ranked = sorted(self.praises, key=lambda praise: USEFULNESS.index(praise.step))[:MOST_QUOTED]
        return tuple(praise for praise in self.praises if praise in ranked)


def debrief(practice: Practice) -> Debrief:
    """Of a practice that is over, or that the person ends here."""
    praises = _praises(practice)
    steps = {praise.step for praise in praises}
    missed = _missed(practice, steps)
    costs = [line for line in practice.lines if line.mark is Mark.COST]
    # « vous pouvez répéter ? » is no line of its own
    lines = tuple(line for line in practice.lines if line.moment != "again")
    need_at = next((number for number, line in enumerate(lines, 1) if line.mark is Mark.NEED), None)
    return Debrief(
        praises=praises,
        missed=missed,
        tried=any(line.kind is missed for line in practice.lines),
        pushed=costs[0].text if costs else "",
        points=max(0, len(steps) - len(costs)),
        need_at=need_at,
        lines=lines,
    )


def try_line(persona: Persona, found: Debrief) -> str:
    """The one line to try next time with this employer; of the need when nothing was missed."""
    return persona.try_lines[found.missed or QuestionClass.NEED]


def load_step_words(path: Path = CONTENT_DIR / "steps.yml") -> Mapping[QuestionClass, StepWords]:
    """Raises ContentError."""
    data = read_yaml(path)
    if not isinstance(data, dict) or set(data) != set(HELPFUL):
        raise ContentError(f"{path}: one entry for each of {', '.join(HELPFUL)}")
    return {QuestionClass(name): parse(StepWords, entry, f"{path}, {name}") for name, entry in data.items()}


def _praises(practice: Practice) -> tuple[Praise, ...]:
    praises = []
    left = list(practice.steps)
    for position, line in enumerate(practice.lines):
        if line.mark not in (Mark.STEP, Mark.NEED):
            continue
        # the first line may greet and ask at once: two steps
        if position == 0 and left[:1] == [QuestionClass.OPENING] and line.kind is not QuestionClass.OPENING:
            praises.append(Praise(left.pop(0), line.text))
        if line.kind in left:
            left.remove(line.kind)
            praises.append(Praise(line.kind, line.text))
    return tuple(praises)


def _missed(practice: Practice, steps: set[QuestionClass]) -> QuestionClass | None:
    if not practice.need_heard:
        # who asked for the need and was put off lacks what comes before it
        asked = any(line.kind is QuestionClass.NEED for line in practice.lines)
        return QuestionClass.ACTIVITY if asked and QuestionClass.ACTIVITY not in steps else QuestionClass.NEED
    return next((step for step in USEFULNESS if step not in steps and step is not QuestionClass.NEED), None)

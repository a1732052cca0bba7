"""The employers to practise with: ``content/practice/``, one file each (docs/ecrire-un-employeur.md)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from nlu.french.entities import fold
from programme.content import CONTENT_DIR, ContentModel, read_folder
from programme.practice.classes import HELPFUL, QuestionClass
from programme.replies import MAX_BUBBLE

# an echo of the person's word and a reply make one bubble
MAX_REPLY = 220
MAX_ECHO = 75
FEWEST_VARIANTS = 3


class Family(StrEnum):
    """The kinds of employers: the job families of the health industries, the trades of the Club de l'alternance."""

    RD = "rd"
    PRODUCTION = "production"
    COMMERCIALISATION = "commercialisation"
    FONCTION_SUPPORT = "fonction_support"
    MAINTENANCE_PHARMA = "maintenance_pharma"
    SECRETARIAT_MEDICAL = "secretariat_medical"
    CUISINE = "cuisine"
    MAINTENANCE_ENERGETIQUE = "maintenance_energetique"
    BOULANGERIE = "boulangerie"
    GARAGE = "garage"
    COMMERCE = "commerce"
    BTP = "btp"
    AIDE_A_LA_PERSONNE = "aide_a_la_personne"


HEALTH_INDUSTRIES = frozenset(
    {Family.RD, Family.PRODUCTION, Family.COMMERCIALISATION, Family.FONCTION_SUPPORT, Family.MAINTENANCE_PHARMA}
)

Said = Annotated[str, Field(min_length=2, max_length=MAX_REPLY)]
Variants = Annotated[tuple[Said, ...], Field(min_length=FEWEST_VARIANTS, max_length=6)]
Echo = Annotated[str, Field(max_length=MAX_ECHO, pattern=r"\{word\}")]
Stem = Annotated[str, Field(min_length=3, max_length=30)]
# one for each step of a good conversation
BySteps = dict[QuestionClass, Annotated[str, Field(min_length=5, max_length=MAX_REPLY)]]


class Who(ContentModel):
    """``title`` is how the assistant speaks of the person: « M. Haddad »."""

    name: str = Field(min_length=3, max_length=40)
    title: str = Field(min_length=3, max_length=25)
    role: str = Field(min_length=3, max_length=60)
    mood: str = Field(min_length=3, max_length=120)
    speech: str = Field(min_length=3, max_length=160)


class Company(ContentModel):
    name: str = Field(min_length=2, max_length=40)
    activity: str = Field(min_length=3, max_length=60)
    size: int = Field(ge=1, le=5000)
    town: str = Field(min_length=2, max_length=40)


class Need(ContentModel):
    """The one need that is hidden. ``words`` and ``answers`` are the beginnings of words, without accents.

    A rephrasing that names one of ``words`` has understood; an offer that names one of them or of ``answers`` helps.
    """

    text: str = Field(min_length=10, max_length=160)
    words: tuple[Stem, ...] = Field(min_length=2, max_length=14)
    answers: tuple[Stem, ...] = Field(min_length=2, max_length=20)


class Replies(ContentModel):
    """What the employer says, by moment. Each list is used up before anything is said twice."""

    picks_up: Variants
    opening: Variants
    pressed: Variants
    activity: Variants
    need_guarded: Variants
    need: Variants
    need_more: Variants
    skill: Variants
    skill_need: Variants
    short_term: Variants
    short_term_need: Variants
    rephrase: Variants
    rephrase_wrong: Variants
    rephrase_early: Variants
    offer: Variants
    offer_wrong: Variants
    offer_early: Variants
    next_step: Variants
    next_step_early: Variants
    closing: Variants
    closing_cold: Variants
    cv_push: Variants
    cv_push_late: Variants
    closed: Variants
    self_first: Variants
    off_topic: Variants
    unsure: Variants
    repeated: Variants
    silence: Variants
    hangs_up: Variants

    def of(self, moment: str) -> tuple[str, ...]:
        variants: tuple[str, ...] = getattr(self, moment)
        return variants


# what gives the need away
RELEASING = ("need", "skill_need", "short_term_need")
# what may be said before it is known
BEFORE_THE_NEED = (
    "picks_up", "opening", "pressed", "activity", "need_guarded", "skill", "short_term", "rephrase_early",
    "offer_early", "next_step_early", "closing_cold", "cv_push", "closed", "self_first", "off_topic", "unsure",
    "repeated", "silence", "hangs_up",
)  # fmt: skip


class Echoes(ContentModel):
    """How the employer takes up a word of the person; {word} stands for it."""

    trade: tuple[Echo, ...] = Field(min_length=2, max_length=4)
    day: tuple[Echo, ...] = Field(min_length=2, max_length=4)
    machine: tuple[Echo, ...] = Field(min_length=2, max_length=4)

    def of(self, kind: str) -> tuple[str, ...]:
        variants: tuple[str, ...] = getattr(self, kind)
        return variants


class Persona(ContentModel):
    """An employer. ``level`` is 1 (takes the time), 2 (busy) or 3 (closed), by nature; a practice may ask for another.

    ``hints`` are the coach's words (« tu »), ``try_lines`` what the person could have said to this very employer.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{2,30}$")
    family: Family
    level: int = Field(ge=1, le=3)
    who: Who
    company: Company
    # how young people name the trades of this place, the first one as a title
    trades: tuple[str, ...] = Field(min_length=2, max_length=12)
    visible: str = Field(min_length=30, max_length=MAX_REPLY)
    need: Need
    skills: tuple[str, ...] = Field(min_length=2, max_length=6)
    deadline: str = Field(min_length=5, max_length=120)
    # tools, machines, software of the place; beginnings of words, without accents
    machines: tuple[Stem, ...] = Field(min_length=3, max_length=20)
    replies: Replies
    echoes: Echoes
    hints: BySteps
    try_lines: BySteps

    @model_validator(mode="after")
    def _each_step_has_its_words(self) -> Self:
        for name, said in (("hints", self.hints), ("try_lines", self.try_lines)):
            if set(said) != set(HELPFUL):
                raise ValueError(f"{name}: one line for each of {', '.join(HELPFUL)}")
        return self

    @cached_property
    def _need(self) -> re.Pattern[str]:
        return _beginnings(self.need.words)

    @cached_property
    def _answer(self) -> re.Pattern[str]:
        return _beginnings((*self.need.words, *self.need.answers))

    @cached_property
    def _machine(self) -> re.Pattern[str]:
        return _beginnings(self.machines)

    def names_the_need(self, text: str) -> bool:
        return self._need.search(fold(text)) is not None

    def answers_the_need(self, text: str) -> bool:
        return self._answer.search(fold(text)) is not None

    def machine_in(self, text: str) -> str:
        """The tool of this place that the text names, as written; "" when it names none."""
        match = self._machine.search(fold(text))
        return text[match.start() : match.end()].lower() if match else ""


def _beginnings(stems: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(re.escape(fold(stem)) for stem in stems)})\w*")


def load_personas(folder: Path = CONTENT_DIR / "practice") -> dict[str, Persona]:
    """By id, in the order of their files. Raises ContentError."""
    return read_folder(Persona, folder)


def problems(persona: Persona) -> Iterator[str]:
    """What the schema does not say, in words that a writer can act on."""
    where = f"employer {persona.id}"
    said: dict[str, str] = {}
    for moment in Replies.model_fields:
        for line in persona.replies.of(moment):
            key = " ".join(re.findall(r"\w+", fold(line)))
            if key in said:
                yield f"{where}: « {line} » stands under {said[key]} and under {moment}: an employer does not repeat"
            said[key] = moment
            if moment in BEFORE_THE_NEED and persona.names_the_need(line):
                yield f"{where}, {moment}: « {line} » names the need (one of {', '.join(persona.need.words)}) too early"
            if moment in RELEASING and not persona.names_the_need(line):
                yield f"{where}, {moment}: « {line} » names none of {', '.join(persona.need.words)}: it gives nothing"
            if "{" in line or "}" in line:
                yield f"{where}, {moment}: a brace in « {line} »"
            if re.search(r"\d", line):
                yield f"{where}, {moment}: write numbers in words: « {line} »"
    if persona.names_the_need(persona.visible):
        yield f"{where}: what is visible names the need: « {persona.visible} »"
    for step in (QuestionClass.OPENING, QuestionClass.ACTIVITY, QuestionClass.NEED, QuestionClass.SKILL,
                 QuestionClass.SHORT_TERM):  # fmt: skip
        for name, line in (("hints", persona.hints[step]), ("try_lines", persona.try_lines[step])):
            if persona.names_the_need(line):
                yield f"{where}, {name}.{step}: « {line} » names the need"
    if not persona.names_the_need(persona.try_lines[QuestionClass.REPHRASE]):
        yield f"{where}, try_lines.rephrase: it names none of {', '.join(persona.need.words)}"
    if not persona.answers_the_need(persona.try_lines[QuestionClass.OFFER]):
        yield f"{where}, try_lines.offer: it names none of the words under need"
    if len(persona.visible) > MAX_BUBBLE:
        yield f"{where}, visible: longer than a bubble"

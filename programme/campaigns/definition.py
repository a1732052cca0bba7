"""A campaign as data, ``content/campaigns/``: who is written to, when, with which words, and when it is over."""

import string
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from programme.cohorts import Rule
from programme.content import CONTENT_DIR, ContentModel, read_folder
from programme.errors import ContentError
from programme.models import EmployerStatus, EndReason
from programme.replies import MAX_BUBBLE

CAMPAIGNS_DIR = CONTENT_DIR / "campaigns"
Bubble = Annotated[str, Field(min_length=2, max_length=MAX_BUBBLE)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,23}$")]
# whole words without accents or signs, « j ai trouve »; « motiv* » is any word that begins so
Words = Annotated[str, Field(pattern=r"^[a-z0-9]+\*?(?: [a-z0-9]+\*?)*$")]
Hours = Annotated[int, Field(ge=1, le=14 * 24)]
# the day of a step, counted from the first day of the campaign, or from the answer that opened its branch
Day = Annotated[int, Field(ge=0, le=60)]

# the longest that a fact of a person may be, so that a bubble stays one: see `Text.longest`
FACTS = {
    # « Bonjour Léa », or « Bonjour »
    "bonjour": 28,
    # « encore 23 jours », and « 30 novembre »: of the months at the CFA without an employer
    "jours_cfa": 16,
    "fin_cfa": 16,
    # the next workshop near the person: « Atelier CV, mardi 8 septembre à 14 h »
    "atelier": 80,
    # of the counsellor
    "conseiller": 30,
}


# of a button: none of the answers yet, the question once more
ASK_AGAIN = "?"


class If(StrEnum):
    """To whom a step goes, besides those for whom the campaign is not over."""

    UNANSWERED = "unanswered"
    ANSWERED = "answered"


class Way(ContentModel):
    """A button. ``answer`` names a branch, and answers the question of the campaign (« ? » asks it again); otherwise it
    leads to a topic."""

    title: str = Field(min_length=2, max_length=32)
    intent: str = ""
    go: str = ""
    answer: str = ""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if bool(self.intent) == bool(self.answer):
            raise ValueError(f"« {self.title} »: either an intent or an answer")
        return self


class Text(ContentModel):
    """Bubbles, with buttons under the last one.

    Blanks are facts of the person (`FACTS`). When one of them is not known, ``otherwise`` is said, which needs none
    but « bonjour ».
    """

    bubbles: tuple[Bubble, ...] = Field(min_length=1, max_length=3)
    otherwise: tuple[Bubble, ...] = Field(default=(), max_length=3)
    buttons: tuple[Way, ...] = Field(default=(), max_length=7)

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        for bubble in (*self.bubbles, *self.otherwise):
            if unknown := blanks(bubble) - FACTS.keys():
                raise ValueError(f"« {bubble[:30]}… » asks for {', '.join(sorted(unknown))}; known: {', '.join(FACTS)}")
            if longest(bubble) > MAX_BUBBLE:
                raise ValueError(f"« {bubble[:30]}… »: may be {longest(bubble)} characters long once filled")
        if any(blanks(bubble) - {"bonjour"} for bubble in self.otherwise):
            raise ValueError("otherwise: needs no fact but « bonjour »")
        if any(blanks(bubble) - {"bonjour"} for bubble in self.bubbles) and not self.otherwise:
            raise ValueError("a fact may be unknown: say what is said « otherwise »")
        return self


class Step(ContentModel):
    """One message. ``says`` has one text, or two (« a », « b ») of which each person reads one, always the same."""

    id: Key
    day: Day
    at: time | None = None
    only_if: If | None = None
    expires_after_hours: Hours = 48
    says: dict[str, Text]
    # its buttons, and what is written next, answer the question of the campaign
    asks: bool = False

    @model_validator(mode="after")
    def _variants(self) -> Self:
        if set(self.says) not in ({"a"}, {"a", "b"}):
            raise ValueError(f"step {self.id}: says « a », or « a » and « b »")
        return self


class Branch(ContentModel):
    """What follows an answer: said at once, then on the days after. ``ends`` closes the campaign for the person."""

    title: str = Field(min_length=2, max_length=32)
    # what else, typed, means this answer: words, or intents (`hearing`); with one of ``unless`` it is not meant
    words: tuple[Words, ...] = ()
    unless: tuple[Words, ...] = ()
    intents: tuple[str, ...] = ()
    now: Text
    steps: tuple[Step, ...] = Field(default=(), max_length=8)
    ends: EndReason | None = None
    # the day the training began is asked for behind it, once; not where it would be one thing too many
    asks_start: bool = True


class Exclusions(ContentModel):
    """Who is left out, whatever the rule says. Who has not said yes to being written to always is."""

    # had a message of another campaign in the last days
    campaign_within_days: Annotated[int, Field(ge=1, le=365)] | None = None
    # went through this very campaign
    again_within_days: Annotated[int, Field(ge=1, le=730)] | None = None
    # a counsellor has them in the programme « parcours de deux ans », or they told of another way
    other_way: bool = True


class Definition(ContentModel):
    id: Key
    title: str = Field(min_length=3, max_length=60)
    # what it is for, in words that a counsellor reads
    purpose: str = Field(min_length=10, max_length=400)
    # which paper of the programme asked for it
    source: str = Field(min_length=3)
    who: Rule
    # where the search for an employer stands
    employer: frozenset[EmployerStatus] = Field(min_length=1)
    exclude: Exclusions = Exclusions()
    # in which months it may start
    months: frozenset[Annotated[int, Field(ge=1, le=12)]] = Field(min_length=1)
    at: time
    # what does not leave between ``at`` and this hour leaves on the next day
    until: time = time(19, 30)
    # after so many days without a word from the person it is over for them
    silent_after_days: Day
    steps: tuple[Step, ...] = Field(min_length=1, max_length=15)
    branches: dict[Key, Branch] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not time(9) <= self.at < self.until <= time(20):
            raise ValueError("at, until: between 9:00 and 20:00, in this order")
        ids = [step.id for step in self.every_step()]
        if len(set(ids)) < len(ids):
            raise ValueError("two steps have the same id")
        for text in self.every_text():
            for way in text.buttons:
                if way.answer and way.answer not in (ASK_AGAIN, *self.branches):
                    raise ValueError(f"« {way.title} » answers {way.answer}, which is no branch")
        for step in self.every_step():
            if step.at is not None and not time(9) <= step.at < time(20):
                raise ValueError(f"step {step.id}: between 9:00 and 20:00")
        if self.branches and not any(step.asks for step in self.steps):
            raise ValueError("branches, but no step asks")
        return self

    def every_step(self) -> tuple[Step, ...]:
        return (*self.steps, *(step for branch in self.branches.values() for step in branch.steps))

    def every_text(self) -> tuple[Text, ...]:
        texts = tuple(text for step in self.every_step() for text in step.says.values())
        return (*texts, *(branch.now for branch in self.branches.values()))

    def step(self, step_id: str) -> Step:
        """Raises KeyError."""
        return {step.id: step for step in self.every_step()}[step_id]

    def branch_of(self, step_id: str) -> str | None:
        """The branch that a step belongs to; None: to all."""
        return next(
            (key for key, branch in self.branches.items() if any(step.id == step_id for step in branch.steps)), None
        )


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def longest(sentence: str) -> int:
    """How long it may be once its blanks are filled."""
    parsed = string.Formatter().parse(sentence)
    return sum(len(text) + FACTS.get(name or "", 0) for text, name, _, _ in parsed)


def load_campaigns(folder: Path = CAMPAIGNS_DIR) -> dict[str, Definition]:
    """By id. Raises ContentError."""
    return read_folder(Definition, folder)


def check_ways(campaigns: dict[str, Definition], topics: set[str]) -> None:
    """Raises ContentError when a button, or an answer, names a topic that there is none of."""
    for campaign in campaigns.values():
        named = {way.intent for text in campaign.every_text() for way in text.buttons if way.intent}
        named |= {intent for branch in campaign.branches.values() for intent in branch.intents}
        if unknown := named - topics:
            raise ContentError(f"campaign {campaign.id}: no topic is called {', '.join(sorted(unknown))}")

"""What the assistant remembers of a conversation between two turns: the question it left open, what was last spoken of.

It is kept in the conversation's row, so that every process finds it, whichever answers next. The dialogue server keeps
nothing (docs/decisions/).
"""

import uuid
from dataclasses import dataclass
from typing import Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from programme.aids import Situation
from programme.models import Conversation
from programme.profile import Contract, Profile
from programme.replies import Reply

# read and written in every turn: the table itself costs half of what mapped objects do
_TABLE = cast(Table, Conversation.__table__)


class _State(BaseModel):
    # a later version may have kept more: what is not known any more is left out
    model_config = ConfigDict(frozen=True, extra="ignore")


class PaySpoken(_State):
    """What a question on pay was about, beside the person: ``months`` when month by month was asked for."""

    age: int | None = None
    year: int | None = None
    contract: Contract | None = None
    licence_pro: bool = False
    months: bool = False


class Question(_State):
    """What « oui », « non », « 17 » or « mars 2008 » answers.

    ``kind`` is ``book`` or ``cancel`` (``subject`` is the id of the workshop date or booking), or a question of a desk:
    ``pay_…``, ``aid_…``, ``rights_…``, ``practice_…`` (``subject`` is the run), ``contact_…`` (the entry of the
    notebook), ``lesson_…``, ``game_…``, ``quiz_…``, ``card_…``, ``interview_…``, ``pitch_…``, ``path_…`` (``place``
    says where in them), ``choice_…``, ``campaign_…`` (the campaign).
    """

    kind: str = Field(
        pattern=r"^(?:book|cancel|(?:pay|aid|rights|practice|contact|lesson|game|quiz|card|interview|pitch|path|choice|campaign)_[a-z_]+)$"
    )
    subject: int | None = None
    place: str = ""
    # asked again once after another question came between; not a second time
    taken_up: bool = False


@dataclass(frozen=True)
class Shown:
    """What a desk of the coaching says, and the question that is then open."""

    replies: list[Reply]
    question: Question | None = None


class DialogueState(_State):
    question: Question | None = None
    # the topic last answered, what « et si je suis mineur ? » goes on with
    topic: str = ""
    known: Profile = Profile()
    # the last pay that was said: « et à 21 ans ? » is no new age of the person
    pay: PaySpoken = PaySpoken()
    # what was answered in the aid check-up
    aid: Situation = Situation()
    # how often each answer that has variants was said
    heard: dict[str, int] = {}
    # workshop dates as they were last listed, for « le 2e »
    listed: tuple[int, ...] = ()
    # what was told so far for a call card or a pitch
    draft: dict[str, str] = {}
    # messages in a row that were not understood
    misses: int = 0
    # whether one may be written to without asking was asked, and may have been left open
    nudges_asked: bool = False

    def asking(self, kind: str, subject: int | None = None) -> Self:
        return self.model_copy(update={"question": Question(kind=kind, subject=subject)})

    def without_question(self) -> Self:
        return self.model_copy(update={"question": None})

    def about(self, topic: str) -> Self:
        return self.model_copy(update={"topic": topic})

    def knowing(self, **said: object) -> Self:
        """What is said anew replaces what was; None leaves it."""
        changes = {name: value for name, value in said.items() if value is not None}
        return self.model_copy(update={"known": self.known.model_copy(update=changes)}) if changes else self


def load_state(session: Session, conversation_id: uuid.UUID) -> DialogueState:
    """A blank state for a conversation that is unknown, or whose state cannot be read any more."""
    kept = session.scalar(select(_TABLE.c.dialogue_state).where(_TABLE.c.id == conversation_id))
    try:
        return DialogueState.model_validate(kept or {})
    except ValidationError:
        return DialogueState()


def save_state(session: Session, conversation_id: uuid.UUID, state: DialogueState) -> None:
    kept = state.model_dump(mode="json", exclude_defaults=True)
    session.execute(update(_TABLE).where(_TABLE.c.id == conversation_id).values(dialogue_state=kept))

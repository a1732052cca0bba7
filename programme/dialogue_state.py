"""What the assistant remembers of a conversation between two turns: the question it left open, what was last spoken of.

It is kept in the conversation's row, so that every process finds it, whichever answers next. The dialogue server keeps
nothing (docs/decisions/).
"""

import uuid
from typing import Literal, Self, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from programme.models import Conversation

# read and written in every turn: the table itself costs half of what mapped objects do
_TABLE = cast(Table, Conversation.__table__)


class _State(BaseModel):
    # a later version may have kept more: what is not known any more is left out
    model_config = ConfigDict(frozen=True, extra="ignore")


class Question(_State):
    """What « oui », « non » or « 17 » answers. ``subject`` is the id of a workshop date (book) or booking (cancel)."""

    kind: Literal["book", "cancel", "pay_age"]
    subject: int | None = None
    # asked again once after another question came between; not a second time
    taken_up: bool = False


class Known(_State):
    """What the person said of themselves in this conversation, for « et en 2e année ? »."""

    age: int | None = None


class DialogueState(_State):
    question: Question | None = None
    # the topic last answered, what « et si je suis mineur ? » goes on with
    topic: str = ""
    known: Known = Known()
    # workshop dates as they were last listed, for « le 2e »
    listed: tuple[int, ...] = ()
    # messages in a row that were not understood
    misses: int = 0

    def asking(self, kind: Literal["book", "cancel", "pay_age"], subject: int | None = None) -> Self:
        return self.model_copy(update={"question": Question(kind=kind, subject=subject)})

    def without_question(self) -> Self:
        return self.model_copy(update={"question": None})

    def about(self, topic: str) -> Self:
        return self.model_copy(update={"topic": topic})

    def knowing(self, *, age: int | None) -> Self:
        """What is said anew replaces what was; None leaves it."""
        return self if age is None else self.model_copy(update={"known": Known(age=age)})


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

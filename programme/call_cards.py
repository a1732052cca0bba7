"""The card for a real call: what to say, what to ask, what to listen for; ``content/cards/``, one file a family."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from nlu.french.entities import fold
from programme.content import CONTENT_DIR, ContentModel, read_folder
from programme.errors import ContentError
from programme.practice.classes import QuestionClass

GENERIC = "autre"
# in this order; skill and short_term may change places
ORDER = (
    QuestionClass.ACTIVITY,
    QuestionClass.NEED,
    QuestionClass.SKILL,
    QuestionClass.SHORT_TERM,
    QuestionClass.NEXT_STEP,
)


class CardQuestion(ContentModel):
    """``ask`` is said to the employer, ``listen`` tells the person what to listen for in the answer."""

    kind: QuestionClass
    ask: Annotated[str, Field(min_length=10, max_length=130)]
    listen: Annotated[str, Field(min_length=5, max_length=90)]


class CardText(ContentModel):
    """The card of a family; ``{trade}`` stands for the trade that the person named (« boulanger », « le commerce »)."""

    family: str
    title: str = Field(min_length=3, max_length=40)
    # beginnings of words of the trades of this family, without accents
    trades: tuple[Annotated[str, Field(min_length=3)], ...] = ()
    when: Annotated[str, Field(min_length=10, max_length=150)]
    opening: Annotated[str, Field(min_length=20, max_length=200)]
    questions: tuple[CardQuestion, ...] = Field(min_length=5, max_length=5)
    rephrase: Annotated[str, Field(min_length=10, max_length=140)]
    end: Annotated[str, Field(min_length=10, max_length=160)]
    avoid: Annotated[str, Field(min_length=10, max_length=140)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if tuple(question.kind for question in self.questions) != ORDER:
            raise ValueError(f"questions: one each of {', '.join(ORDER)}, in this order")
        return self


def load_cards(folder: Path = CONTENT_DIR / "cards") -> dict[str, CardText]:
    """By family; « autre » serves all other trades. Raises ContentError."""
    cards = read_folder(CardText, folder, key="family")
    if GENERIC not in cards:
        raise ContentError(f"{folder}: {GENERIC}.yml is missing")
    return cards


class CardBook:
    """The cards by family, and which family a trade belongs to."""

    def __init__(self, cards: Mapping[str, CardText]) -> None:
        self._cards = cards
        self.titles = {family: card.title for family, card in cards.items()}

    @classmethod
    def load(cls, folder: Path = CONTENT_DIR / "cards") -> Self:
        """Raises ContentError."""
        return cls(load_cards(folder))

    def card(self, family: str) -> CardText:
        return self._cards[family]

    def family_of(self, text: str) -> str:
        """The family whose trade the text names, the longest name first; « autre » when it names none."""
        found = [
            (len(match[0]), family) for family, stems in self._stems.items() if (match := stems.search(fold(text)))
        ]
        return max(found)[1] if found else GENERIC

    @cached_property
    def _stems(self) -> dict[str, re.Pattern[str]]:
        return {
            family: re.compile(
                rf"\b(?:{'|'.join(sorted(map(re.escape, map(fold, card.trades)), key=len, reverse=True))})"
            )
            for family, card in self._cards.items()
            if card.trades
        }

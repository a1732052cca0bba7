"""The quiz on received ideas about trades in demand: ``content/quiz.yml``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.errors import ContentError
from programme.replies import MAX_BUBBLE


class QuizItem(ContentModel):
    """One idea that people have, whether it ``holds``, and why."""

    id: str = Field(pattern=r"^[a-z][a-z_]{2,30}$")
    claim: Annotated[str, Field(min_length=10, max_length=200)]
    holds: bool
    because: Annotated[str, Field(min_length=20, max_length=MAX_BUBBLE - 30)]


def load_quiz(path: Path = CONTENT_DIR / "quiz.yml") -> tuple[QuizItem, ...]:
    """Raises ContentError."""
    items = tuple(
        parse(QuizItem, data, f"{path}, entry {position}") for position, data in enumerate(read_entries(path), start=1)
    )
    if len({item.id for item in items}) < len(items):
        raise ContentError(f"{path}: two entries have the same id")
    return items

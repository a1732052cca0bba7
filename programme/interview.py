"""Questions that an employer is likely to ask, and the one to ask back: ``content/interview.yml``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.practice.classes import QuestionClass
from programme.replies import MAX_BUBBLE


class InterviewQuestion(ContentModel):
    """``asks`` is the employer's question, ``seeks`` what is behind it, ``how`` a way to answer, ``back`` what to ask.

    ``back_class`` is the class of a good question back.
    """

    id: str = Field(pattern=r"^[a-z_]{3,24}$")
    asks: Annotated[str, Field(min_length=5, max_length=150)]
    seeks: Annotated[str, Field(min_length=10, max_length=140)]
    how: Annotated[str, Field(min_length=20, max_length=MAX_BUBBLE)]
    back: Annotated[str, Field(min_length=10, max_length=160)]
    back_class: QuestionClass


def load_interview(path: Path = CONTENT_DIR / "interview.yml") -> tuple[InterviewQuestion, ...]:
    """Raises ContentError."""
    return tuple(
        parse(InterviewQuestion, data, f"{path}, entry {position}")
        for position, data in enumerate(read_entries(path), start=1)
    )

"""Lessons: short steps with an example and a line to try, ``content/lessons/``."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, read_folder
from programme.errors import ContentError
from programme.practice.classes import QuestionClass
from programme.replies import MAX_BUBBLE

Bubble = Annotated[str, Field(min_length=2, max_length=MAX_BUBBLE)]


class Try(ContentModel):
    """A line that the person writes, which is classified and commented.

    ``wants`` are the classes that succeed; ``comments`` what to say to others, « default » to all that have none.
    ``model`` is a line that would do, shown to who asks or after a second try that fails.
    """

    ask: Bubble
    wants: tuple[QuestionClass, ...] = Field(min_length=1)
    right: tuple[Bubble, ...] = Field(min_length=2, max_length=4)
    comments: dict[str, Bubble]
    model: Annotated[str, Field(min_length=10, max_length=200)]


class Step(ContentModel):
    """``todo`` are things to do, one line each, said as a list."""

    id: str = Field(pattern=r"^[a-z_]{3,20}$")
    title: str = Field(min_length=3, max_length=30)
    says: tuple[Bubble, ...] = Field(min_length=1, max_length=2)
    example: Bubble | None = None
    todo: tuple[Annotated[str, Field(min_length=3, max_length=90)], ...] = Field(default=(), max_length=5)
    trial: Try | None = Field(default=None, alias="try")


class Lesson(ContentModel):
    id: str = Field(pattern=r"^[a-z]{3,12}$")
    title: str = Field(min_length=3, max_length=30)
    steps: tuple[Step, ...] = Field(min_length=3, max_length=6)
    # said at the end
    ends: Bubble


def load_lessons(folder: Path = CONTENT_DIR / "lessons") -> dict[str, Lesson]:
    """By id. Raises ContentError."""
    lessons = read_folder(Lesson, folder)
    for lesson in lessons.values():
        for step in lesson.steps:
            known = {*QuestionClass, "default", "unsure"}
            if step.trial is not None and (unknown := set(step.trial.comments) - known):
                raise ContentError(f"lesson {lesson.id}, {step.id}: no class is called {', '.join(sorted(unknown))}")
            if step.trial is not None and "default" not in step.trial.comments:
                raise ContentError(f"lesson {lesson.id}, {step.id}: comments need a default")
    return lessons

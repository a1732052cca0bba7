"""Lessons in the chat: a step, an example, a line to try that is classified and commented."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from programme.bubbles import packed
from programme.dialogue_state import Question, Shown
from programme.lessons import Lesson, Step, load_lessons
from programme.practice.classes import QuestionClass
from programme.practice.engine import SURE
from programme.replies import Button, Reply, go
from programme.texts import Texts

METHOD, FORUM = "methode", "forum"
TOPICS = {METHOD: "explain_method", FORUM: "forum_prepare"}
# after so many tries the model line is shown
TRIES = 2


@dataclass(frozen=True)
class LessonDesk:
    lessons: Mapping[str, Lesson]
    texts: Texts

    @classmethod
    def load(cls, texts: Texts) -> Self:
        """Raises ContentError."""
        return cls(load_lessons(), texts)

    def step(self, lesson_id: str, number: int) -> Shown:
        """A step (from 0); past the last one, the end."""
        lesson = self.lessons[lesson_id]
        if number >= len(lesson.steps):
            return Shown([Reply(lesson.ends, self._ways_on(lesson_id))])
        step = lesson.steps[number]
        head = self.texts.say("lesson_head", number=number + 1, count=len(lesson.steps), title=step.title)
        texts = [head, *step.says]
        if len(head) + 1 + len(step.says[0]) <= 300:
            texts = [f"{head}\n{step.says[0]}", *step.says[1:]]
        if step.example:
            texts.append(step.example)
        if step.todo:
            texts += packed(self.texts.say("lesson_todo"), [f"• {line}" for line in step.todo])
        following = self._button(lesson_id, number + 1, "lesson_button_next")
        if step.trial is None:
            return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], (following,))])
        model = self._button(lesson_id, number, "lesson_button_model", "model")
        asked = Question(kind="lesson_try", place=f"{lesson_id}.{number}.0")
        return Shown([*map(Reply, texts), Reply(f"✍️ {step.trial.ask}", (model, following))], asked)

    def named(self, lesson_id: str, step_id: str) -> Shown:
        """A step by its name, the first one when there is none of this name."""
        names = [step.id for step in self.lessons[lesson_id].steps]
        return self.step(lesson_id, names.index(step_id) if step_id in names else 0)

    def model(self, lesson_id: str, number: int) -> Shown:
        step = self._found(lesson_id, number)
        if step is None or step.trial is None:
            return self.step(lesson_id, number)
        following = self._button(lesson_id, number + 1, "lesson_button_next")
        return Shown(
            [self.texts.reply("lesson_model", following, line=step.trial.model)],
            Question(kind="lesson_try", place=f"{lesson_id}.{number}.0"),
        )

    def tried(self, place: str, kind: QuestionClass, confidence: float) -> Shown | None:
        """The comment on a line; None when the lesson does not exist any more."""
        lesson_id, number, tries = _place(place)
        step = self._found(lesson_id, number)
        if step is None or step.trial is None:
            return None
        following = self._button(lesson_id, number + 1, "lesson_button_next")
        if confidence >= SURE and kind in step.trial.wants:
            return Shown([Reply(step.trial.right[tries % len(step.trial.right)], (following,))])
        read = kind.value if confidence >= SURE else "unsure"
        comment = step.trial.comments.get(read, step.trial.comments["default"])
        asked = Question(kind="lesson_try", place=f"{lesson_id}.{number}.{tries + 1}")
        if tries + 1 < TRIES:
            model = self._button(lesson_id, number, "lesson_button_model", "model")
            return Shown([Reply(comment, (model, following))], asked)
        line = self.texts.reply("lesson_model", following, line=step.trial.model)
        return Shown([Reply(comment), line], asked)

    def _found(self, lesson_id: str, number: int) -> Step | None:
        lesson = self.lessons.get(lesson_id)
        return lesson.steps[number] if lesson is not None and 0 <= number < len(lesson.steps) else None

    def _button(self, lesson_id: str, number: int, title: str, what: str = "") -> Button:
        where = f"{lesson_id}.{number}" + (f".{what}" if what else "")
        return go(TOPICS[lesson_id], self.texts.say(title), where)

    def _ways_on(self, lesson_id: str) -> tuple[Button, ...]:
        practise = Button(self.texts.say("lesson_button_practise"), "/start_roleplay")
        prepare = Button(self.texts.say("contact_button_prepare"), "/prepare_call")
        return (practise, prepare)


def _place(place: str) -> tuple[str, int, int]:
    lesson_id, number, tries = place.split(".")
    return lesson_id, int(number), int(tries)

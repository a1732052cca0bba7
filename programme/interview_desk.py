"""Getting ready for an interview: likely questions, the question to ask back; and the pitch in three answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from programme.bubbles import cut, packed
from programme.dialogue_state import Question, Shown
from programme.interview import InterviewQuestion, load_interview
from programme.practice.classes import QUESTIONS, QuestionClass
from programme.practice.engine import SURE
from programme.replies import MAX_BUBBLE, Button, Reply, go
from programme.texts import Texts

INTERVIEW, PITCH = "prepare_interview", "pitch"
PITCH_PARTS = ("who", "done", "why")
LONGEST_PART = 160


@dataclass(frozen=True)
class InterviewDesk:
    questions: Sequence[InterviewQuestion]
    texts: Texts

    @classmethod
    def load(cls, texts: Texts) -> Self:
        """Raises ContentError."""
        return cls(load_interview(), texts)

    # -- interview

    def ask(self, number: int) -> Shown:
        """The employer's question (from 0); past the last one, the end."""
        if not 0 <= number < len(self.questions):
            practise = Button(self.texts.say("lesson_button_practise"), "/start_roleplay")
            return Shown(
                [self.texts.reply("interview_end", practise, Button(self.texts.say("button_pitch"), "/pitch"))]
            )
        asked = self.questions[number].asks
        how = go(INTERVIEW, self.texts.say("interview_button_how"), f"{number}.how")
        head = self.texts.say("interview_head", number=number + 1, count=len(self.questions))
        return Shown(
            [Reply(head), Reply(asked, (how, self._next(number)), speaker=self.texts.say("interview_speaker"))],
            Question(kind="interview_answer", place=str(number)),
        )

    def answered(self, place: str) -> Shown:
        """After the person's answer: what is behind the question, what to check, and the turn to ask."""
        number = int(place)
        if number >= len(self.questions):  # the content has changed meanwhile
            return self.ask(number)
        asked = self.questions[number]
        return Shown(
            [
                self.texts.reply("interview_seeks", seeks=asked.seeks),
                self.texts.reply("interview_check"),
                self.texts.reply("interview_ask_back", self._how(number), self._next(number)),
            ],
            Question(kind="interview_back", place=place),
        )

    def how(self, number: int) -> Shown:
        if not 0 <= number < len(self.questions):
            return self.ask(number)
        asked = self.questions[number]
        return Shown(
            [
                Reply(asked.how),
                self.texts.reply("interview_back_line", self._next(number), line=asked.back),
            ],
            Question(kind="interview_answer", place=str(number)),
        )

    def asked_back(self, place: str, kind: QuestionClass, confidence: float) -> Shown:
        """The comment on the question that the person asks back."""
        number = int(place)
        if number >= len(self.questions):
            return self.ask(number)
        asked = self.questions[number]
        if confidence >= SURE and kind in {*QUESTIONS, asked.back_class}:
            return Shown([self.texts.reply("interview_back_good", self._next(number), line=asked.back)])
        key = "interview_back_conditions" if kind is QuestionClass.SELF_FIRST else "interview_back_other"
        asked_again = Question(kind="interview_back", place=place)
        return Shown([self.texts.reply(key, self._next(number), line=asked.back)], asked_again)

    def _next(self, number: int) -> Button:
        return go(INTERVIEW, self.texts.say("interview_button_next"), str(number + 1))

    def _how(self, number: int) -> Button:
        return go(INTERVIEW, self.texts.say("interview_button_how"), f"{number}.how")

    # -- pitch

    def ask_part(self, part: str) -> Shown:
        return Shown([self.texts.reply(f"pitch_ask_{part}")], Question(kind=f"pitch_{part}"))

    def part_told(self, part: str, text: str, draft: Mapping[str, str]) -> tuple[Shown, dict[str, str]]:
        """The next question, or the pitch; and what was told so far."""
        told = {**draft, part: cut(text, LONGEST_PART)}
        missing = [each for each in PITCH_PARTS if each not in told]
        if missing:
            return self.ask_part(missing[0]), told
        lines = [_sentence(told[each]) for each in PITCH_PARTS]
        start = self.texts.say("pitch_start")
        pitch = " ".join([start, *lines, self.texts.say("pitch_question")])
        texts = [pitch] if len(pitch) <= MAX_BUBBLE else list(packed(start, [*lines, self.texts.say("pitch_question")]))
        buttons = (
            go(PITCH, self.texts.say("pitch_button_again"), PITCH_PARTS[0]),
            Button(self.texts.say("lesson_button_practise"), "/start_roleplay"),
        )
        return Shown(
            [self.texts.reply("pitch_done"), *map(Reply, texts), self.texts.reply("pitch_aloud", *buttons)]
        ), told


def _sentence(text: str) -> str:
    text = text.strip(" .,;")
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}" + ("" if text[-1] in "!?…" else ".")

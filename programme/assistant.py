"""All that the assistant knows and says, loaded once at start-up."""

from dataclasses import dataclass
from datetime import date
from typing import Self
from zoneinfo import ZoneInfo

from programme.answers import AnswerBook
from programme.booking_desk import BookingDesk
from programme.errors import ContentError
from programme.facts import FactBook
from programme.replies import Button, Reply
from programme.texts import Texts

# topics offered when a message was not understood; below the floor a guess would be noise
CHOICES = 3
CHOICE_FLOOR = 0.05


@dataclass(frozen=True)
class Assistant:
    """Content and the services that speak from it; ``zone`` is where the Mission locale lives."""

    zone: ZoneInfo
    facts: FactBook
    answers: AnswerBook
    texts: Texts
    desk: BookingDesk

    @classmethod
    def load(cls, zone: ZoneInfo, *, on: date) -> Self:
        """Raises ContentError when anything under ``content/`` is wrong."""
        facts = FactBook.load()
        texts = Texts.load()
        return cls(
            zone=zone,
            facts=facts,
            answers=AnswerBook.load(facts, on=on),
            texts=texts,
            desk=BookingDesk(texts, zone),
        )

    def answer(self, topic: str, *, on: date) -> list[Reply]:
        """The answer to a topic, or an honest sentence where there is none yet."""
        if topic in self.answers:
            return self.answers.answer(topic, on=on)
        if topic not in self.answers.titles:
            raise ContentError(f"no such topic: {topic}")
        return [
            self.texts.reply(
                "not_yet",
                self.topic_button("talk_to_human"),
                self.topic_button("help"),
                topic=self.answers.titles[topic],
            )
        ]

    def ask_back(self, ranking: list[tuple[str, float]]) -> list[Reply]:
        """Ask what was meant, offering the likeliest topics; ``ranking`` is (intent, confidence), likeliest first."""
        likely = [intent for intent, confidence in ranking if confidence >= CHOICE_FLOOR]
        choices = [self.topic_button(intent) for intent in likely if intent in self.answers.offered][:CHOICES]
        if not choices:
            return [self.texts.reply("ask_back_nothing", self.topic_button("help"), self.topic_button("talk_to_human"))]
        return [self.texts.reply("ask_back", *choices, Button(self.texts.say("button_other"), "/help"))]

    def topic_button(self, topic: str) -> Button:
        return Button(self.answers.titles[topic], f"/{topic}")

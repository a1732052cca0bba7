"""Answers to the topics of the catalogue, filled with the facts in force and signed with their sources."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field

from programme import french
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries, read_yaml
from programme.errors import ContentError
from programme.facts import Confidence, Fact, FactBook
from programme.replies import MAX_BUBBLE, Button, Reply

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\.([a-z0-9_]+)\}")
MAX_SOURCES = 2


class ButtonText(ContentModel):
    title: str = Field(min_length=1, max_length=30)
    intent: str = Field(pattern=r"^[a-z_]+$")


class Answer(ContentModel):
    """What is said on one topic. Each list holds one to three bubbles.

    ``facts`` are the series that the answer relies on, most important first: they sign it.
    ``without_numbers`` is said instead as soon as one of them may not be relied on any more.
    """

    topic: str
    bubbles: tuple[str, ...] = Field(min_length=1, max_length=3)
    without_numbers: tuple[str, ...] = Field(default=(), max_length=3)
    facts: tuple[str, ...] = ()
    buttons: tuple[ButtonText, ...] = Field(default=(), max_length=4)


class Topic(ContentModel):
    """A topic of the catalogue: the name of an intent, and what a button calls it."""

    id: str
    title: str = Field(min_length=1, max_length=30)
    # « Tu veux parler de : Oui ? » would be no choice
    offered: bool = Field(default=True, description="may be proposed when a message was not understood")
    ends: bool = Field(default=False, description="a question that was open is dropped, not taken up again")


def source_line(facts: Iterable[Fact]) -> str:
    """« Source : …, vérifié le … » for the first source of each fact, in one bubble; "" without facts.

    Each address comes once. The day is that of the oldest check among the facts named.
    """
    chosen: list[Fact] = []
    for fact in facts:
        if all(fact.sources[0].url != other.sources[0].url for other in chosen):
            chosen.append(fact)
    for count in range(min(len(chosen), MAX_SOURCES), 0, -1):
        names = " ; ".join(f"{fact.sources[0].name} {fact.sources[0].url}" for fact in chosen[:count])
        checks = [fact.checked_on for fact in chosen[:count]]
        known = [day for day in checks if day is not None]
        checked = f" (vérifié le {french.day(min(known))})" if len(known) == len(checks) else ""
        line = f"📌 Source : {names}{checked}"
        if len(line) <= MAX_BUBBLE:
            return line
    if chosen:
        raise ContentError(f"the source of fact {chosen[0].id} does not fit in one bubble")
    return ""


class AnswerBook:
    """All answers, and the titles of all topics.

    Every reference is checked when it is built, for the day given: an answer that loads can be said.
    """

    def __init__(self, topics: list[Topic], answers: list[Answer], facts: FactBook, *, on: date) -> None:
        self.titles = {topic.id: topic.title for topic in topics}
        self.offered = {topic.id for topic in topics if topic.offered}
        self.ending = {topic.id for topic in topics if topic.ends}
        self._answers = {answer.topic: answer for answer in answers}
        self._facts = facts
        for answer in answers:
            self._check(answer, on)

    @classmethod
    def load(cls, facts: FactBook, *, on: date, folder: Path = CONTENT_DIR) -> Self:
        """Raises ContentError when a file breaks its schema or refers to something that does not exist."""
        topics = [
            parse(Topic, data, f"{folder / 'topics.yml'}, entry {position}")
            for position, data in enumerate(read_entries(folder / "topics.yml"), start=1)
        ]
        answers = []
        for path in sorted((folder / "answers").rglob("*.yml")):
            answer = parse(Answer, read_yaml(path), str(path))
            if answer.topic != path.stem:
                raise ContentError(f"{path}: topic is {answer.topic}, the file's name says {path.stem}")
            answers.append(answer)
        return cls(topics, answers, facts, on=on)

    def __contains__(self, topic: str) -> bool:
        return topic in self._answers

    @property
    def topics(self) -> list[str]:
        """The topics that have an answer."""
        return list(self._answers)

    def answer(self, topic: str, *, on: date) -> list[Reply]:
        """The bubbles for this topic on that day, its sources last, buttons under the last one.

        Raises:
            ContentError: the topic has no answer.
        """
        if topic not in self._answers:
            raise ContentError(f"topic {topic} has no answer")
        answer = self._answers[topic]
        # a series that ended without a successor is like a stale fact: its page is given, not its number
        facts = [self._facts.on_or_latest(group, on) for group in answer.facts]
        reliable = all(fact.reliable(on) for fact in facts)
        bubbles = answer.bubbles if reliable else answer.without_numbers
        texts = [self._fill(bubble, on) for bubble in bubbles]
        if facts:
            texts.append(source_line(facts))
        buttons = tuple(Button(button.title, f"/{button.intent}") for button in answer.buttons)
        return [Reply(text) for text in texts[:-1]] + [Reply(texts[-1], buttons)]

    def _fill(self, bubble: str, on: date) -> str:
        return PLACEHOLDER.sub(lambda match: self._facts.on_or_latest(match[1], on).value(match[2]).text, bubble)

    def _check(self, answer: Answer, on: date) -> None:
        where = f"answer {answer.topic}"
        if answer.topic not in self.titles:
            raise ContentError(f"{where}: no such topic in topics.yml")
        for button in answer.buttons:
            if button.intent not in self.titles:
                raise ContentError(f"{where}: button « {button.title} » leads to unknown topic {button.intent}")
        # a series that has ended loads all the same: a date that passes must not keep the assistant from starting
        source_line(self._facts.on_or_latest(group, on) for group in answer.facts)
        for bubble in answer.bubbles:
            for group, name in PLACEHOLDER.findall(bubble):
                if group not in answer.facts:
                    raise ContentError(f"{where}: {group} is used in a bubble and missing under facts")
                for fact in self._facts.from_day(group, on):
                    if fact.confidence is not Confidence.LOW:  # its number would not be said anyway
                        fact.value(name)
        if answer.facts and not answer.without_numbers:
            raise ContentError(f"{where}: it relies on facts, so without_numbers must say what to say without them")
        for bubble in (*answer.bubbles, *answer.without_numbers):
            self._check_bubble(where, self._fill(bubble, on))
        for bubble in answer.without_numbers:
            if PLACEHOLDER.search(bubble):
                raise ContentError(f"{where}: without_numbers holds a placeholder")

    @staticmethod
    def _check_bubble(where: str, text: str) -> None:
        if len(text) > MAX_BUBBLE:
            raise ContentError(f"{where}: a bubble has {len(text)} characters, {MAX_BUBBLE} at most: {text[:60]}…")
        if "{" in text or "}" in text:
            raise ContentError(f"{where}: « {text[:60]}… » holds a brace that is no {{series.value}} placeholder")

"""Answers to the topics of the catalogue, filled with the facts in force and signed with their sources."""

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from programme import french
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries, read_yaml
from programme.errors import ContentError
from programme.facts import Confidence, Fact, FactBook
from programme.profile import Audience, Profile
from programme.replies import MAX_BUBBLE, Button, Reply, go

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\.([a-z0-9_]+)\}")
MAX_SOURCES = 2
MAX_BUBBLES = 3
MORE = "more"
MORE_TITLE = "En savoir plus"
NOBODY = Profile()


class ButtonText(ContentModel):
    title: str = Field(min_length=1, max_length=30)
    intent: str = Field(pattern=r"^[a-z_]+$")
    # where in a topic of the coaching it leads
    go: str | None = Field(default=None, pattern=r"^[a-z0-9_.]+$")

    @property
    def button(self) -> Button:
        return Button(self.title, f"/{self.intent}") if self.go is None else go(self.intent, self.title, self.go)


class Wording(ContentModel):
    """What is said. Each list holds one to three bubbles.

    ``facts`` are the series that the bubbles rely on, most important first: they sign them.
    ``without_numbers`` is said instead as soon as one of them may not be relied on any more.
    ``more`` is said when the person asks to know more, ``variants`` in turn with ``bubbles`` when they ask again.
    """

    bubbles: tuple[str, ...] = Field(min_length=1, max_length=3)
    without_numbers: tuple[str, ...] = Field(default=(), max_length=3)
    more: tuple[str, ...] = Field(default=(), max_length=3)
    variants: tuple[tuple[str, ...], ...] = ()
    facts: tuple[str, ...] = ()
    buttons: tuple[ButtonText, ...] = Field(default=(), max_length=4)

    @property
    def sayings(self) -> tuple[tuple[str, ...], ...]:
        """Every group of bubbles that is said at once."""
        return tuple(group for group in (self.bubbles, *self.variants, self.more, self.without_numbers) if group)


class Answer(Wording):
    """What is said on one topic, and the versions ``for`` the people to whom something else applies.

    A version takes the facts and the buttons of the answer unless it writes its own.
    """

    topic: str
    versions: dict[Audience, Wording] = Field(default={}, alias="for")

    @model_validator(mode="before")
    @classmethod
    def _versions_take_facts_and_buttons(cls, data: Any) -> Any:
        if not (isinstance(data, dict) and isinstance(data.get("for"), dict)):
            return data
        shared = {key: data[key] for key in ("facts", "buttons") if key in data}
        versions = {
            name: {**shared, **version} if isinstance(version, dict) else version
            for name, version in data["for"].items()
        }
        return {**data, "for": versions}

    @property
    def wordings(self) -> dict[str, Wording]:
        """The answer under "", each version under its audience."""
        return {"": self} | {str(audience): version for audience, version in self.versions.items()}

    def wording(self, profile: Profile) -> Wording:
        return next((self.versions[each] for each in profile.audiences if each in self.versions), self)


class Approval(ContentModel):
    """Who must agree before a wording changes, and when they last read it; null: nobody did yet."""

    by: tuple[str, ...] = Field(min_length=1)
    reviewed_on: date | None


class SafetyAnswer(Answer):
    """An answer to a call for help."""

    approval: Approval


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
        # what the search may propose: no small talk, no call for help
        self.searchable = self.offered - {each.topic for each in answers if isinstance(each, SafetyAnswer)}
        self.ending = {topic.id for topic in topics if topic.ends}
        self._answers = {answer.topic: answer for answer in answers}
        self.facts = facts
        for answer in answers:
            self._check(answer, on)

    @classmethod
    def load(cls, facts: FactBook, *, on: date, folder: Path = CONTENT_DIR) -> Self:
        """Raises ContentError when a file breaks its schema or refers to something that does not exist."""
        topics = [
            parse(Topic, data, f"{folder / 'topics.yml'}, entry {position}")
            for position, data in enumerate(read_entries(folder / "topics.yml"), start=1)
        ]
        answers: list[Answer] = []
        for kind, subfolder in ((Answer, "answers"), (SafetyAnswer, "safety")):
            for path in sorted((folder / subfolder).rglob("*.yml")):
                answer = parse(kind, read_yaml(path), str(path))
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

    @property
    def all(self) -> list[Answer]:
        return list(self._answers.values())

    def answer(self, topic: str, *, on: date, profile: Profile = NOBODY, heard: int = 0) -> list[Reply]:
        """The bubbles for this person on that day, its sources last, buttons under the last one.

        ``heard`` is how often this conversation had the answer before: its variants take turns.

        Raises:
            ContentError: the topic has no answer.
        """
        wording = self._found(topic).wording(profile)
        reliable = self._reliable(wording, on)
        spoken = (wording.bubbles, *wording.variants)
        bubbles = spoken[heard % len(spoken)] if reliable else wording.without_numbers
        return self._said(topic, wording, bubbles, on, offer_more=reliable and bool(wording.more))

    def more(self, topic: str, *, on: date, profile: Profile = NOBODY) -> list[Reply]:
        """The details; the answer itself when there are none, or a number among them may not be given any more.

        Raises:
            ContentError: the topic has no answer.
        """
        wording = self._found(topic).wording(profile)
        if not (wording.more and self._reliable(wording, on)):
            return self.answer(topic, on=on, profile=profile)
        return self._said(topic, wording, wording.more, on, offer_more=False)

    def speaks_to(self, topic: str, profile: Profile) -> bool:
        """Has the answer a version for such a person?"""
        answer = self._found(topic)
        return answer.wording(profile) is not answer

    def has_variants(self, topic: str) -> bool:
        return topic in self._answers and any(each.variants for each in self._answers[topic].wordings.values())

    def _found(self, topic: str) -> Answer:
        if topic not in self._answers:
            raise ContentError(f"topic {topic} has no answer")
        return self._answers[topic]

    def _reliable(self, wording: Wording, on: date) -> bool:
        # a series that ended without a successor is like a stale fact: its page is given, not its number
        return all(self.facts.on_or_latest(group, on).reliable(on) for group in wording.facts)

    def _said(
        self, topic: str, wording: Wording, bubbles: tuple[str, ...], on: date, *, offer_more: bool
    ) -> list[Reply]:
        texts = [self._fill(bubble, on) for bubble in bubbles]
        if wording.facts:
            texts.append(source_line(self.facts.on_or_latest(group, on) for group in wording.facts))
        buttons = [button.button for button in wording.buttons]
        if offer_more:
            buttons.insert(0, Button(MORE_TITLE, f'/{topic}{{"{MORE}": "1"}}'))
        return [Reply(text) for text in texts[:-1]] + [Reply(texts[-1], tuple(buttons))]

    def _fill(self, bubble: str, on: date) -> str:
        return PLACEHOLDER.sub(lambda match: self.facts.on_or_latest(match[1], on).value(match[2]).text, bubble)

    def _check(self, answer: Answer, on: date) -> None:
        if answer.topic not in self.titles:
            raise ContentError(f"answer {answer.topic}: no such topic in topics.yml")
        for audience, wording in answer.wordings.items():
            where = f"answer {answer.topic}" + (f", for {audience}" if audience else "")
            self._check_wording(where, wording, on)

    def _check_wording(self, where: str, wording: Wording, on: date) -> None:
        for button in wording.buttons:
            if button.intent not in self.titles:
                raise ContentError(f"{where}: button « {button.title} » leads to unknown topic {button.intent}")
        # a series that has ended loads all the same: a date that passes must not keep the assistant from starting
        source_line(self.facts.on_or_latest(group, on) for group in wording.facts)
        for bubble in (bubble for group in (wording.bubbles, *wording.variants, wording.more) for bubble in group):
            for group, name in PLACEHOLDER.findall(bubble):
                if group not in wording.facts:
                    raise ContentError(f"{where}: {group} is used in a bubble and missing under facts")
                for fact in self.facts.from_day(group, on):
                    if fact.confidence is not Confidence.LOW:  # its number would not be said anyway
                        fact.value(name)
        if wording.facts and not wording.without_numbers:
            raise ContentError(f"{where}: it relies on facts, so without_numbers must say what to say without them")
        for bubble in wording.without_numbers:
            if PLACEHOLDER.search(bubble):
                raise ContentError(f"{where}: without_numbers holds a placeholder")
        # what may not be said on that day is not filled: a fact of next year may lack the values of this one
        said = wording.sayings if self._reliable(wording, on) else (wording.without_numbers,)
        for bubbles in wording.sayings:
            if len(bubbles) > MAX_BUBBLES:
                raise ContentError(f"{where}: {len(bubbles)} bubbles at once, {MAX_BUBBLES} at most")
            for bubble in bubbles:
                self._check_bubble(where, self._fill(bubble, on) if bubbles in said else PLACEHOLDER.sub("", bubble))

    @staticmethod
    def _check_bubble(where: str, text: str) -> None:
        if len(text) > MAX_BUBBLE:
            raise ContentError(f"{where}: a bubble has {len(text)} characters, {MAX_BUBBLE} at most: {text[:60]}…")
        if "{" in text or "}" in text:
            raise ContentError(f"{where}: « {text[:60]}… » holds a brace that is no {{series.value}} placeholder")

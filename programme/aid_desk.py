"""The aid check-up in chat (« j'ai droit à quoi ? »): a few questions, then the list of one person."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field

from nlu.french.entities import OLDEST, YOUNGEST
from programme import french
from programme.aids import (
    EMPLOYER_VALUES,
    RULES,
    Condition,
    Housing,
    Level,
    Situation,
    Standing,
    Transport,
    Verdict,
)
from programme.answers import PLACEHOLDER, source_line
from programme.bubbles import packed
from programme.content import CONTENT_DIR, ContentModel, parse, read_yaml
from programme.errors import ContentError
from programme.facts import Fact, FactBook
from programme.pay_words import age_in
from programme.profile import Contract, Profile, Stage
from programme.replies import MAX_BUBBLE, Button, Reply

CHOICES: dict[str, type[Standing] | type[Level] | type[Housing] | type[Transport]] = {
    "standing": Standing,
    "level": Level,
    "housing": Housing,
    "transport": Transport,
}
PASS = "pass"  # noqa: S105 (what the button « Passer » carries)
# the buttons to the details that may be the most use; the rest is in the catalogue
MAX_DETAILS = 3
_PASSES = re.compile(r"\bpass(?:e|er|ons)\b|\bje sais pas\b|\bsais pas\b|\bjsp\b")


class AidQuestion(ContentModel):
    ask: str = Field(min_length=1, max_length=MAX_BUBBLE)
    answers: dict[str, str] = Field(default={}, description="what each button is called")
    words: dict[str, tuple[str, ...]] = Field(default={}, description="beginnings of words that say it, tried in order")


class Aid(ContentModel):
    id: str
    title: str = Field(min_length=1)
    line: str = Field(min_length=1)
    without_numbers: str = Field(min_length=1)
    facts: tuple[str, ...] = Field(min_length=1)
    topic: str


class AidSays(ContentModel):
    intro: str
    again: str
    pass_: str = Field(alias="pass")
    ready: str
    almost: str
    employer: str
    employer_unknown: str


class AidContent(ContentModel):
    questions: dict[str, AidQuestion]
    conditions: dict[Condition, str]
    aids: tuple[Aid, ...]
    says: AidSays


class AidDesk:
    def __init__(self, content: AidContent, facts: FactBook, titles: dict[str, str]) -> None:
        self._content = content
        self._facts = facts
        self._titles = titles
        self._check()

    @classmethod
    def load(cls, facts: FactBook, titles: dict[str, str], path: Path = CONTENT_DIR / "aid_checkup.yml") -> Self:
        """``titles`` are those of the topics. Raises ContentError when the file is wrong."""
        return cls(parse(AidContent, read_yaml(path), str(path)), facts, titles)

    # -- the questions

    def begin(self, profile: Profile) -> Situation:
        """With what the person said before."""
        standing = {
            Stage.SANS_EMPLOYEUR: Standing.SEARCHING,
            Stage.ECOLE_TROUVEE: Standing.SEARCHING,
            Stage.RUPTURE: Standing.SEARCHING,
            Stage.CONTRAT_SIGNE: Standing.IN_CONTRACT,
            Stage.EN_CONTRAT: Standing.IN_CONTRACT,
        }
        stage = profile.stage
        return Situation(age=profile.age, contract=profile.contract, standing=standing[stage] if stage else None)

    def next_question(self, situation: Situation) -> str | None:
        """The first that was neither answered nor passed over, and can still change the list; None at the end."""
        questions = [name for name in self._content.questions if name not in situation.passed]
        if situation.standing is Standing.SEARCHING and "transport" in questions:
            questions.remove("transport")  # there is no way to work yet
        if situation.contract is Contract.PROFESSIONNALISATION and "level" in questions:
            questions.remove("level")  # equipment and the employer's aid are those of apprentices
        return next((name for name in questions if getattr(situation, name) is None), None)

    def ask(self, question: str) -> Reply:
        """The question with its usual answers as buttons; the last one passes it over."""
        asked = self._content.questions[question]
        buttons = [Button(title, _payload(f"{question}_{value}")) for value, title in asked.answers.items()]
        return Reply(asked.ask, (*buttons, Button(self._content.says.pass_, _payload(f"{question}_{PASS}"))))

    def first(self, question: str) -> Reply:
        """The first question, with what it is for."""
        asked = self.ask(question)
        return Reply(f"{self._content.says.intro} {asked.text}", asked.buttons)

    def ask_again(self, question: str) -> Reply:
        asked = self.ask(question)
        return Reply(self._content.says.again.format(question=asked.text), asked.buttons)

    def pressed(self, situation: Situation, carried: str) -> Situation | None:
        """What a button says (``housing_rent``); None when it is no button of ours."""
        question, _, value = carried.partition("_")
        if question not in self._content.questions:
            return None
        if value == PASS:
            return situation.model_copy(update={"passed": (*situation.passed, question)})
        if question in CHOICES and value in tuple(CHOICES[question]):
            return situation.model_copy(update={question: CHOICES[question](value)})
        return None

    def answered(self, situation: Situation, question: str, text: str, *, age: int | None = None) -> Situation | None:
        """What the words say to this question (``age`` when they hold one); None when they say something else."""
        plain = re.sub(r"\s*\+\s*", "+", french.plain(text))
        if _PASSES.search(plain):
            return self.pressed(situation, f"{question}_{PASS}")
        if question == "age":
            said = age or age_in(text)
            if said is not None and YOUNGEST <= said <= OLDEST:
                return situation.model_copy(update={"age": said})
        else:
            for value, words in self._content.questions[question].words.items():
                if re.search(rf"\b(?:{'|'.join(map(re.escape, words))})", plain):
                    return situation.model_copy(update={question: CHOICES[question](value)})
        return None

    # -- the list

    def result(self, situation: Situation, *, on: date) -> list[Reply]:
        """What to ask for, what still lacks a condition, what the employer gets; signed, with ways to the details."""
        verdicts = [(aid, RULES[aid.id](situation, self._facts, on)) for aid in self._content.aids]
        ready = [(aid, verdict) for aid, verdict in verdicts if verdict.applies and not verdict.missing]
        almost = [(aid, verdict) for aid, verdict in verdicts if verdict.applies and verdict.missing]
        says = self._content.says
        texts = [*packed(says.ready, (f"• {self._line(aid, on)}" for aid, _ in ready))] if ready else []
        if almost:
            texts += packed(says.almost, self._by_condition(almost))
        used = [self._facts.on_or_latest(group, on) for aid, _ in [*ready, *almost] for group in aid.facts]
        employer = self._employer(situation, on)
        if employer is not None:
            # signed on its own: the list alone fills its signature
            texts += [employer[0], source_line([employer[1]])]
        return [*map(Reply, texts), Reply(source_line(used), self._details([*ready, *almost]))]

    def _line(self, aid: Aid, on: date) -> str:
        facts = {group: self._facts.on_or_latest(group, on) for group in aid.facts}
        if not all(fact.reliable(on) for fact in facts.values()):
            return aid.without_numbers
        return PLACEHOLDER.sub(lambda match: facts[match[1]].value(match[2]).text, aid.line)

    def _by_condition(self, almost: Iterable[tuple[Aid, Verdict]]) -> Iterator[str]:
        """One line for each thing that is missing, with the aids that wait for it."""
        waiting: dict[tuple[Condition, ...], list[str]] = {}
        for aid, verdict in almost:
            waiting.setdefault(verdict.missing, []).append(aid.title)
        for missing, titles in waiting.items():
            condition = ", ".join(self._content.conditions[each] for each in missing)
            yield f"• {condition[0].upper()}{condition[1:]} : {', '.join(titles)}"

    def _employer(self, situation: Situation, on: date) -> tuple[str, Fact] | None:
        """The argument for the employer, where there is one: an apprenticeship that is still to be signed."""
        if situation.contract is Contract.PROFESSIONNALISATION or situation.standing is Standing.IN_CONTRACT:
            return None
        fact = self._facts.on_or_latest("aide_embauche", on)
        name = EMPLOYER_VALUES[situation.level] if situation.level else ""
        known = fact.reliable(on) and fact.valid_to is not None and any(value.name == name for value in fact.values)
        if not known or fact.valid_to is None:
            return self._content.says.employer_unknown, fact
        amount = fact.value(name).text
        return self._content.says.employer.format(amount=amount, last_day=french.day(fact.valid_to)), fact

    def _details(self, listed: Iterable[tuple[Aid, Verdict]]) -> tuple[Button, ...]:
        topics = dict.fromkeys(aid.topic for aid, _ in listed if aid.topic != "aid_overview")
        buttons = [Button(self._titles[topic], f"/{topic}") for topic in list(topics)[:MAX_DETAILS]]
        return (*buttons, Button(self._titles["talk_to_human"], "/talk_to_human"))

    def _check(self) -> None:
        content = self._content
        if [aid.id for aid in content.aids] != list(dict.fromkeys(aid.id for aid in content.aids)):
            raise ContentError("aid_checkup.yml: an aid is written twice")
        if {aid.id for aid in content.aids} != set(RULES):
            odd = ", ".join(sorted({aid.id for aid in content.aids} ^ set(RULES)))
            raise ContentError(f"aid_checkup.yml: aids and the rules of programme/aids.py differ: {odd}")
        if set(content.conditions) != set(Condition):
            raise ContentError("aid_checkup.yml: every condition needs its words, and no other")
        if list(content.questions) != ["age", *CHOICES]:
            raise ContentError(f"aid_checkup.yml: the questions are age, {', '.join(CHOICES)}")
        for question, choices in CHOICES.items():
            if list(content.questions[question].answers) != [choice.value for choice in choices]:
                raise ContentError(f"aid_checkup.yml, {question}: the answers are {', '.join(choices)}")
            if set(content.questions[question].words) != set(choices):
                raise ContentError(f"aid_checkup.yml, {question}: each answer needs the words that say it")
        for aid in content.aids:
            if aid.topic not in self._titles:
                raise ContentError(f"aid_checkup.yml, {aid.id}: no such topic: {aid.topic}")
            if PLACEHOLDER.search(aid.without_numbers):
                raise ContentError(f"aid_checkup.yml, {aid.id}: without_numbers holds a placeholder")
            for group, name in PLACEHOLDER.findall(aid.line):
                if group not in aid.facts:
                    raise ContentError(f"aid_checkup.yml, {aid.id}: {group} is used and missing under facts")
                for fact in self._facts.series.get(group, ()):
                    fact.value(name)
            for group in aid.facts:
                if group not in self._facts:
                    raise ContentError(f"aid_checkup.yml, {aid.id}: no fact is named {group}")


def _payload(carried: str) -> str:
    return f'/aid_overview{{"aid": "{carried}"}}'

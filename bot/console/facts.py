"""The dated facts that the answers rely on, those that grow stale first. Read only: they are files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from bot.console import talk
from bot.console.doors import Doors
from bot.console.pages import render, today_in
from programme import french
from programme.answers import AnswerBook
from programme.facts import Confidence, Fact, FactBook, Value
from programme.facts_check import SOON, topics_of
from programme.permissions import Right

router = Doors("/reperes")

PAGE = 25


@dataclass(frozen=True)
class Line:
    """A fact, why it needs somebody, which answers hold it, and those of its series that came before or come later."""

    fact: Fact
    state: str
    urgent: bool
    topics: Sequence[str]
    others: Sequence[Fact]


@router.page("", Right.FACTS)
def listed(
    request: Request,
    words: Annotated[str, Query(alias="mots", max_length=80)] = "",
    owner: Annotated[str, Query(alias="qui", max_length=80)] = "",
    after: Annotated[str, Query(alias="apres", max_length=6)] = "",
) -> Response:
    assistant = talk.assistant_of(request)
    every = lines(assistant.facts, assistant.answers, on=today_in(request))
    wanted = french.plain(words).split()
    found = [each for each in every if owner in ("", each.fact.owner) and all(word in _text(each) for word in wanted)]
    start = int(after) if after.isascii() and after.isdecimal() else 0
    address = urlencode([(name, value) for name, value in (("mots", words), ("qui", owner)) if value])
    return render(
        request,
        "facts/list.html",
        lines=found[start : start + PAGE],
        count=len(found),
        words=words,
        owner=owner,
        owners=[("", "tout le monde"), *((each, each) for each in sorted({line.fact.owner for line in every}))],
        value=value_in_words,
        unsure=Confidence.LOW,
        first_page=f"?{address}" if start else "",
        following=f"?{address}&apres={start + PAGE}" if start + PAGE < len(found) else "",
    )


def lines(facts: FactBook, answers: AnswerBook, *, on: date) -> list[Line]:
    """One of each series: the fact in force on that day, or else the nearest; the first to be checked again first."""
    topics = topics_of(answers)
    shown = []
    for group, dated in facts.series.items():
        fact = facts.in_force(group, on) or (dated[-1] if dated[-1].valid_from <= on else dated[0])
        state, urgent = _state(fact, dated, on)
        others = [each for each in dated if each is not fact]
        shown.append(Line(fact, state, urgent, [answers.titles[each] for each in topics.get(group, ())], others))
    return sorted(shown, key=lambda line: (not line.urgent, line.fact.review_by, line.fact.label))


def _state(fact: Fact, dated: Sequence[Fact], on: date) -> tuple[str, bool]:
    """What there is to do, and is it now? Without its number an answer says less."""
    if fact.valid_to is not None and fact.valid_to < on:
        return "terminé, et rien ne le remplace : les réponses n'en disent plus le chiffre", True
    if fact.review_by < on:
        return "à revérifier maintenant : les réponses n'en disent plus le chiffre", True
    if fact.review_by <= on + SOON:
        return "à revérifier bientôt", True
    if fact.valid_to is not None and fact.valid_to <= on + SOON and fact is dated[-1]:
        return "se termine bientôt, et rien ne le remplace encore", True
    return ("à venir", False) if fact.valid_from > on else ("à jour", False)


def _text(line: Line) -> str:
    """What a search looks in."""
    fact = line.fact
    values = " ".join(f"{each.name.replace('_', ' ')} {value_in_words(each)}" for each in fact.values)
    return french.plain(" ".join((fact.label, fact.conditions, values, *line.topics)))


def value_in_words(value: Value) -> str:
    """« 11,52 €/heure », « 27 % SMIC », « 3 mois », « 3114 »; the kind of a text is not said twice."""
    if value.value is None:
        return f"pas connu ({value.unit})"
    if isinstance(value.value, str):
        return value.text
    for sign in ("EUR", "%"):
        if value.unit.startswith(sign):
            return f"{value.text}{value.unit.removeprefix(sign)}"
    return f"{value.text} {value.unit}"

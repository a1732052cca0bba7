"""Which facts have to be looked at: stale, soon stale, ended, used by nothing (`declic facts check`)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from programme.answers import AnswerBook
from programme.content import CONTENT_DIR
from programme.facts import Fact, FactBook

SOON = timedelta(days=60)
# where a rule or a table may name a series, besides the answers
NAMED_IN = ((Path(__file__).parent, "*.py"), (CONTENT_DIR, "*.yml"))
_WORD = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class FactsReport:
    """What to do, on one day. Each fact comes with the topics whose numbers depend on it."""

    stale: list[tuple[Fact, list[str]]]
    soon: list[tuple[Fact, list[str]]]
    # series that say nothing any more: their last fact
    ended: list[tuple[Fact, list[str]]]
    unused: list[Fact]

    @property
    def costs_numbers(self) -> bool:
        """Does an answer already go without its numbers because nobody checked a fact again?"""
        return any(topics for _, topics in [*self.stale, *self.ended])


def check_facts(facts: FactBook, answers: AnswerBook, *, on: date) -> FactsReport:
    """Only what still counts: a fact that another one replaced needs no review."""
    topics = topics_of(answers)
    named = {
        word for folder, kind in NAMED_IN for path in folder.glob(kind) for word in _WORD.findall(path.read_text())
    }
    present = [
        fact for dated in facts.series.values() for fact in dated if fact.valid_to is None or on <= fact.valid_to
    ]
    last = [dated[-1] for dated in facts.series.values()]
    return FactsReport(
        stale=_with_topics((fact for fact in present if fact.review_by < on), topics),
        soon=_with_topics((fact for fact in present if on <= fact.review_by <= on + SOON), topics),
        ended=_with_topics((fact for fact in last if fact.valid_to is not None and fact.valid_to < on), topics),
        unused=[fact for fact in present if fact.group not in topics and fact.group not in named],
    )


def topics_of(answers: AnswerBook) -> dict[str, list[str]]:
    """The topics that rely on each series."""
    found: dict[str, list[str]] = {}
    for answer in answers.all:
        for group in dict.fromkeys(group for wording in answer.wordings.values() for group in wording.facts):
            found.setdefault(group, []).append(answer.topic)
    return found


def _with_topics(facts: Iterable[Fact], topics: dict[str, list[str]]) -> list[tuple[Fact, list[str]]]:
    return [(fact, topics.get(fact.group, [])) for fact in sorted(facts, key=lambda fact: (fact.review_by, fact.id))]

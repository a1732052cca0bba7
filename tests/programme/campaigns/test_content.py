"""Our campaigns as they stand: every text for who is known and who is not, every button, how it reads."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from programme.assistant import Assistant
from programme.campaigns.definition import Definition, If, Text, load_campaigns
from programme.campaigns.facts import facts_of, fill
from programme.campaigns.hearing import branch_told
from programme.facts import FactBook
from programme.models import EndReason
from programme.readability import hard_to_read
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES
from tests.conftest import NOW, PARIS
from tests.programme.network_builders import an_animator

CAMPAIGNS = load_campaigns()
BOOK = FactBook.load()
TODAY = NOW.date()
# of campaigns in a week (programme/deliveries/sending.py)
MOST_A_WEEK = 4


def each_text() -> Iterator[Any]:
    for campaign in CAMPAIGNS.values():
        for step in campaign.every_step():
            for variant, text in step.says.items():
                yield pytest.param(text, id=f"{campaign.id} {step.id} {variant}")
        for key, branch in campaign.branches.items():
            yield pytest.param(branch.now, id=f"{campaign.id} {key}")


def each_branch() -> Iterator[Any]:
    for campaign in CAMPAIGNS.values():
        for key in campaign.branches:
            yield pytest.param(campaign, key, id=f"{campaign.id} {key}")


@pytest.fixture
def facts_of_two(
    session: Session, a_candidate: Callable[..., int], an_event_date: Callable[..., int]
) -> tuple[dict[str, str], dict[str, str]]:
    """Of somebody of whom nothing is known, and of somebody of whom all is, at its longest."""
    nothing = facts_of(session, a_candidate(), book=BOOK, zone=PARIS, now=NOW, today=TODAY)
    an_event_date(title="Atelier pour écrire son CV et ses lettres avec une professionnelle du métier")
    person_id = a_candidate(
        display_name="Marie-Emmanuelle",
        training_starts_on=TODAY - timedelta(days=1),
        counsellor_id=an_animator(session, "sofia@exemple.fr"),
    )
    return nothing, facts_of(session, person_id, book=BOOK, zone=PARIS, now=NOW, today=TODAY)


@pytest.mark.parametrize("text", list(each_text()))
def test_each_text_is_whole_whether_all_is_known_or_nothing(
    facts_of_two: tuple[dict[str, str], dict[str, str]], text: Text
) -> None:
    nothing, known = facts_of_two
    assert nothing.keys() == {"bonjour"}
    assert known.keys() == {"bonjour", "jours_cfa", "fin_cfa", "atelier", "conseiller"}
    for bubble in (*fill(text, nothing), *fill(text, known)):
        assert "{" not in bubble
        assert len(bubble) <= MAX_BUBBLE


@pytest.mark.parametrize("text", list(each_text()))
def test_each_text_is_easy_to_read(text: Text) -> None:
    assert hard_to_read(text.bubbles) + hard_to_read(text.otherwise) == []


@pytest.mark.parametrize("campaign", CAMPAIGNS.values(), ids=list(CAMPAIGNS))
def test_no_sentence_of_a_campaign_is_said_twice(campaign: Definition) -> None:
    bubbles = [bubble for text in campaign.every_text() for bubble in (*text.bubbles, *text.otherwise)]
    assert [bubble for bubble, count in Counter(bubbles).items() if count > 1] == []
    # nor do two messages begin alike, but the two wordings of one
    openings = Counter(
        " ".join(text.bubbles[0].split()[:4])
        for step in campaign.every_step()
        for name, text in step.says.items()
        if name == "a"
    )
    assert [opening for opening, count in openings.items() if count > 1] == []


@pytest.mark.parametrize("text", list(each_text()))
def test_under_each_text_there_is_something_to_do(assistant: Assistant, text: Text) -> None:
    assert text.buttons
    titles = [way.title for way in text.buttons]
    assert len(set(titles)) == len(titles)
    for way in text.buttons:
        assert not way.intent or way.intent in assistant.answers.titles
        assert (
            len(f'/{way.intent or "inform"}{{"go": "{way.go or f"campaign.{10**9}.{way.answer}"}"}}')
            <= MAX_PAYLOAD_BYTES
        )


def test_each_way_of_a_button_is_one_that_its_topic_knows() -> None:
    # given what is walked through in tests/actions/test_campaigns.py
    ways = {(way.intent, way.go) for c in CAMPAIGNS.values() for t in c.every_text() for way in t.buttons if way.go}
    assert ways == {("log_contact", "new"), ("pause_messages", "for.d3"), ("pause_messages", "for.m1")}


@pytest.mark.parametrize(("campaign", "key"), list(each_branch()))
def test_its_own_title_typed_means_the_branch(campaign: Definition, key: str) -> None:
    assert branch_told(campaign, campaign.branches[key].title, frozenset()) == key


@pytest.mark.parametrize(("campaign", "key"), list(each_branch()))
def test_an_answer_that_ends_nothing_goes_on_for_some_days(campaign: Definition, key: str) -> None:
    branch = campaign.branches[key]
    days = [step.day for step in branch.steps]
    assert (branch.ends is None) == bool(days)
    assert days == sorted(set(days))
    # with what goes to all who answered it stays below what is sent in a week
    days += [step.day for step in campaign.steps if step.only_if is not If.UNANSWERED]
    assert all(sum(first <= day < first + 7 for day in days) <= MOST_A_WEEK for first in days)


def test_september_is_what_the_programme_wants() -> None:
    september = CAMPAIGNS["septembre"]
    assert september.months == {7, 8, 9, 10}
    assert [step.day for step in september.steps if step.only_if is If.UNANSWERED] == [3, 7, 14]
    assert set(september.steps[0].says) == {"a", "b"}
    ends = {key: branch.ends for key, branch in september.branches.items() if branch.ends is not None}
    assert ends == {"trouve": EndReason.FOUND, "autre_route": EndReason.OTHER_WAY}
    # another blocker can be told in each branch, at once and at its end
    for branch in september.branches.values():
        last = branch.steps[-1].says["a"] if branch.steps else branch.now
        assert all(any(way.answer == "?" for way in text.buttons) for text in (branch.now, last) if not branch.ends)


def test_july_is_three_messages_and_peace() -> None:
    july = CAMPAIGNS["juillet"]
    assert len(july.steps) == 3
    assert not july.steps[-1].asks

"""The search in the answers, on the real content."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme.answers import Answer, AnswerBook, SafetyAnswer, Topic
from programme.assistant import Assistant
from programme.knowledge import index, search
from programme.models import Knowledge
from tests.conftest import NOW
from tests.programme.at_once import at_once

TOGETHER = 4


def a_book(
    assistant: Assistant,
    *,
    without: str = "",
    titles: dict[str, str] = {},  # noqa: B006 (never changed)
    **bubbles: str,
) -> AnswerBook:
    """The real answers, but for the one left out, the titles given, and the topics that say something else."""
    book = assistant.answers
    topics = [
        Topic(id=id, title=titles.get(id, title), offered=id in book.offered) for id, title in book.titles.items()
    ]
    answers: list[Answer] = [
        answer.model_copy(update={"bubbles": (bubbles[answer.topic],)}) if answer.topic in bubbles else answer
        for answer in book.all
        if answer.topic != without
    ]
    return AnswerBook(topics, answers, assistant.facts, on=NOW.date())


@pytest.fixture
def indexed(session_factory: sessionmaker[Session], assistant: Assistant) -> sessionmaker[Session]:
    """The real answers, ready to be searched."""
    with session_factory.begin() as session:
        index(session, assistant.answers)
    return session_factory


@pytest.fixture
def found(indexed: sessionmaker[Session]) -> Callable[..., list[str]]:
    def ask(question: str, **limit: int) -> list[str]:
        with indexed() as session:
            return search(session, question, **limit)

    return ask


def topics_indexed(factory: sessionmaker[Session]) -> set[str]:
    with factory() as session:
        return set(session.scalars(select(Knowledge.topic)))


def reindexed(factory: sessionmaker[Session], book: AnswerBook) -> int:
    with factory.begin() as session:
        return index(session, book)


# -- the index


def test_the_answers_are_indexed_once(session_factory: sessionmaker[Session], assistant: Assistant) -> None:
    # given an empty index, when it is brought up to date twice
    counts = [reindexed(session_factory, assistant.answers) for _ in range(2)]
    # then the first time takes all that may be searched, the second nothing
    searched = assistant.answers.searchable & set(assistant.answers.topics)
    assert counts == [len(searched), 0]
    assert topics_indexed(session_factory) == searched


def test_several_processes_that_start_together_index_once(
    session_factory: sessionmaker[Session], assistant: Assistant
) -> None:
    counts = at_once([lambda: reindexed(session_factory, assistant.answers)] * TOGETHER)
    assert sorted(counts) == [0] * (TOGETHER - 1) + [len(topics_indexed(session_factory))]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"mentor": "Parle-lui de la trottinette."}, id="another bubble"),
        pytest.param({"titles": {"mentor": "La trottinette"}}, id="another title"),
    ],
)
def test_an_answer_that_changed_is_indexed_again(
    indexed: sessionmaker[Session], assistant: Assistant, found: Callable[..., list[str]], changes: dict[str, Any]
) -> None:
    before = found("ma trottinette")
    # when one answer says something new
    count = reindexed(indexed, a_book(assistant, **changes))
    # then it alone is indexed again, and found
    assert (before, count, found("ma trottinette")) == ([], 1, ["mentor"])


def test_what_an_answer_says_no_more_is_not_found(
    indexed: sessionmaker[Session], assistant: Assistant, found: Callable[..., list[str]]
) -> None:
    reindexed(indexed, a_book(assistant, mentor="Parle-lui de la trottinette."))
    reindexed(indexed, assistant.answers)
    assert found("ma trottinette") == []


def test_an_answer_that_is_gone_is_not_found(
    indexed: sessionmaker[Session], assistant: Assistant, found: Callable[..., list[str]]
) -> None:
    before = found("un garant pour mon loyer")
    # when the answer on housing is taken away
    count = reindexed(indexed, a_book(assistant, without="aid_housing"))
    # then it is found no more, and nothing else had to change
    assert ("aid_housing" in before, count, "aid_housing" in topics_indexed(indexed)) == (True, 0, False)
    assert "aid_housing" not in found("un garant pour mon loyer")


# -- what is found


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        pytest.param("est ce que je peux bosser la nuit à 16 ans", "night_and_minor_work", id="night"),
        pytest.param("je suis tombé malade, j'envoie le papier à qui", "sick_leave", id="ill"),
        pytest.param("j'ai besoin d'un garant pour mon loyer", "aid_housing", id="guarantor"),
        pytest.param("qui achète mes outils et mon ordinateur", "aid_equipment", id="tools"),
        pytest.param("je voudrais faire un semestre en espagne avec erasmus", "abroad", id="erasmus"),
        pytest.param("c'est quoi les réductions ciné et resto u", "student_card", id="cinema"),
        pytest.param("on me fait faire que le ménage", "tasks_not_in_contract", id="cleaning"),
        pytest.param("l'école me demande de payer des frais", "training_cost", id="fees"),
        pytest.param("la caf me verse un complément si je gagne assez ?", "prime_activite", id="caf"),
        pytest.param("pourquoi on me retient des cotisations sur le brut", "net_pay", id="contributions"),
    ],
)
def test_a_question_in_other_words_finds_its_topic(found: Callable[..., list[str]], question: str, topic: str) -> None:
    assert topic in found(question)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("congé", "conge", id="accent"),
        pytest.param("congés", "conge", id="plural and accent"),
        pytest.param("CONGÉS", "congé", id="capitals"),
        pytest.param("garants", "garant", id="plural"),
        pytest.param("une réduction", "des reductions", id="plural, with an article"),
        pytest.param("l’ordinateur", "l'ordinateur", id="apostrophe"),
        pytest.param(
            "loyers",
            "loyer",
            id="a stem that changes in the plural",
        ),
    ],
)
def test_accents_plurals_and_capitals_meet(found: Callable[..., list[str]], one: str, other: str) -> None:
    assert found(one) == found(other)
    assert found(one) != []


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("alternance", id="the subject of all answers"),
        pytest.param("un contrat d'apprentissage en entreprise", id="words of many answers"),
        pytest.param("est-ce que je peux le faire avec toi", id="no word of its own"),
    ],
)
def test_words_that_many_answers_share_find_nothing(found: Callable[..., list[str]], question: str) -> None:
    assert found(question) == []


@pytest.mark.parametrize("question", ["azerty qsdfgh", "la recette de la tarte aux pommes", "🍕🍕", "?!…", "", "   "])
def test_what_no_answer_speaks_of_finds_nothing(found: Callable[..., list[str]], question: str) -> None:
    assert found(question) == []


def test_an_empty_index_finds_nothing(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        assert search(session, "j'ai besoin d'un garant pour mon loyer") == []


@pytest.mark.parametrize(("limit", "count"), [({}, 3), ({"limit": 1}, 1), ({"limit": 5}, 5), ({"limit": 0}, 0)])
def test_no_more_than_the_limit_is_found(found: Callable[..., list[str]], limit: dict[str, int], count: int) -> None:
    # given a question that many answers speak of
    question = "le garant de mon loyer, mes congés, ma maladie, erasmus, mes outils, le ménage"
    # then the best ones come, each once
    topics = found(question, **limit)
    assert (len(topics), topics) == (count, found(question, limit=100)[:count])
    assert len(set(topics)) == count


def test_calls_for_help_and_small_talk_are_never_proposed(
    found: Callable[..., list[str]], assistant: Assistant
) -> None:
    # given the very words of each answer that is not to be proposed
    answers = [answer for answer in assistant.answers.all if answer.topic not in assistant.answers.searchable]
    assert {answer.topic for answer in answers if isinstance(answer, SafetyAnswer)} == {
        "distress",
        "harassment",
        "danger_at_work",
        "money_emergency",
    }
    # then none of them comes
    hidden = {answer.topic for answer in answers}
    for answer in answers:
        question = " ".join((assistant.answers.titles[answer.topic], *answer.bubbles))
        assert hidden.intersection(found(question, limit=100)) == set()


def test_the_words_of_an_answer_find_it(found: Callable[..., list[str]], assistant: Assistant) -> None:
    # given all that may be proposed, each by its own words
    missed = [
        answer.topic
        for answer in assistant.answers.all
        if answer.topic in assistant.answers.searchable
        and answer.topic not in found(" ".join((assistant.answers.titles[answer.topic], *answer.bubbles)))
    ]
    assert missed == []


# NUL and halves of surrogate pairs are taken out where a message comes in (bot/conversation.py)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
SYNTAX = st.lists(
    st.sampled_from(["'", "''", "\\", "&", "|", "!", ":*", "<->", "(", ")", '"', "loyer", "%", ";--", " "])
)


@given(st.one_of(st.text(CHARACTERS), SYNTAX.map("".join)))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_searched(found: Callable[..., list[str]], question: str) -> None:
    assert len(found(question)) <= 3


@pytest.mark.parametrize("around", ["'{}'", '"{}"', "({})", "\\{}", "{}:*", "!{}", "{} & |", "');{};--"])
def test_signs_of_the_search_language_are_plain_signs(found: Callable[..., list[str]], around: str) -> None:
    assert found(around.format("loyer")) == found("loyer") != []

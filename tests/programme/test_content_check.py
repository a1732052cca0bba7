"""What a writer is told about an answer that loads and is not good yet."""

from datetime import date
from typing import Any

import pytest

from programme.answers import Answer, AnswerBook, SafetyAnswer, Topic
from programme.content_check import awaiting_approval, problems
from programme.facts import FactBook
from tests.programme.builders import a_fact

TODAY = date(2026, 11, 23)
PLAIN = "Le CEJ, c'est un accompagnement."
HARD = "Oui " * 28 + "non."
APPROVAL = {"by": ["direction"], "reviewed_on": None}


def an_answer(topic: str = "cej", **changes: Any) -> Answer:
    """In order: plain words, and a button that leads on."""
    return Answer.model_validate(a_wording(topic, **changes))


def a_safety_answer(topic: str = "distress", **changes: Any) -> SafetyAnswer:
    return SafetyAnswer.model_validate(a_wording(topic, **{"approval": APPROVAL, **changes}))


def a_wording(topic: str, **changes: Any) -> dict[str, Any]:
    return {"topic": topic, "bubbles": [PLAIN], "buttons": [a_button("help")], **changes}


def a_button(intent: str, title: str = "") -> dict[str, str]:
    return {"title": title or intent, "intent": intent}


def a_book(*answers: Answer, unanswered: tuple[str, ...] = ()) -> AnswerBook:
    """Every button leads to an answer that is in order; only the topics named are left without one."""
    others = [
        an_answer(topic, buttons=[a_button("mentor")])
        for topic in ("help", "list_workshops", "play_quiz")
        if topic not in {answer.topic for answer in answers}
    ]
    complete = [*answers, *others, an_answer("mentor")]
    topics = [Topic(id=topic, title=topic) for topic in (*(answer.topic for answer in complete), *unanswered)]
    return AnswerBook(topics, complete, FactBook([a_fact("cej")]), on=TODAY)


def test_an_answer_in_order_has_no_problem() -> None:
    answer = an_answer(
        bubbles=["C'est {cej.montant} au plus."],
        without_numbers=["La page officielle le dit."],
        facts=["cej"],
        more=["Demande au CFA avant de signer."],
        variants=[["Encore : {cej.montant}."]],
        buttons=[a_button("help"), a_button("list_workshops")],
        **{"for": {"minor": {"bubbles": ["Pour toi aussi."], "facts": []}}},
    )
    assert problems(a_book(answer, a_safety_answer())) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(
            {"bubbles": [HARD]},
            "a sentence has 29 words, 28 at most: Oui Oui Oui Oui Oui Oui…",
            id="a long sentence",
        ),
        pytest.param(
            {"bubbles": ["Accompagnement administratif renouvelable."]},
            "hard to read: LIX 103, 45 at most (shorter sentences, shorter words)",
            id="long words",
        ),
        pytest.param(
            {"bubbles": ["Tu as 15 jours."]},
            "a number that is no fact: « Tu as 15 jours.… » (write {series.value})",
            id="a number of its own",
        ),
        pytest.param(
            {"bubbles": ["Va voir https://exemple.fr"]},
            "an address in a bubble: sources come from the facts",
            id="an address",
        ),
        pytest.param({"buttons": []}, "no button: the person is left without a way to go on", id="no button"),
        pytest.param(
            {"buttons": [a_button("help", "Aide"), a_button("help", "Que fais-tu ?")]},
            "two buttons are the same",
            id="two buttons to one topic",
        ),
        pytest.param(
            {"buttons": [a_button("help", "Voir"), a_button("list_workshops", "Voir")]},
            "two buttons are the same",
            id="two buttons with one title",
        ),
        pytest.param(
            {"buttons": [a_button("cej")]}, "a button leads back to the answer itself", id="a button that leads back"
        ),
    ],
)
def test_each_thing_to_change_is_one_line(changes: dict[str, Any], problem: str) -> None:
    assert problems(a_book(an_answer(**changes))) == [f"answer cej: {problem}"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        pytest.param({"more": ["En 2026."]}, "answer cej", id="more"),
        pytest.param({"variants": [["Bien."], ["En 2026."]]}, "answer cej", id="a variant"),
        pytest.param({"without_numbers": ["En 2026."]}, "answer cej", id="without numbers"),
        pytest.param(
            {"for": {"minor": {"bubbles": ["Bien."], "more": ["En 2026."]}}}, "answer cej, for minor", id="a version"
        ),
    ],
)
def test_all_that_may_be_said_is_read(changes: dict[str, Any], where: str) -> None:
    assert problems(a_book(an_answer(**changes))) == [
        f"{where}: a number that is no fact: « En 2026.… » (write {{series.value}})"
    ]


def test_a_version_without_buttons_of_its_own_is_not_blamed() -> None:
    assert problems(a_book(an_answer(**{"for": {"minor": {"bubbles": ["Pour toi."]}}}))) == []


def test_a_version_that_takes_the_buttons_away_is_blamed() -> None:
    answer = an_answer(**{"for": {"adult": {"bubbles": ["Pour toi."], "buttons": []}}})
    assert problems(a_book(answer)) == ["answer cej, for adult: no button: the person is left without a way to go on"]


@pytest.mark.parametrize("intent", ["list_workshops", "play_quiz"])
def test_a_call_for_help_is_not_answered_with_the_programme(intent: str) -> None:
    # given the same buttons under a call for help and under another answer
    buttons = [a_button("help"), a_button(intent)]
    found = problems(a_book(an_answer(buttons=buttons), a_safety_answer(buttons=buttons)))
    # then only the first is wrong
    assert found == [f"answer distress: a call for help is not answered with {intent}"]


def test_a_topic_that_nobody_wrote_is_missing() -> None:
    # given two topics without answer; one of them is what a person says to a question of ours
    book = a_book(unanswered=("cv_help", "inform"))
    # then the other is missing
    assert problems(book) == ["topic cv_help has no answer"]


def test_an_answer_that_must_be_approved_waits_until_somebody_read_it() -> None:
    # given a wording that nobody read, and one that somebody did
    book = a_book(
        an_answer(),
        a_safety_answer("distress", approval={"by": ["santé", "direction"], "reviewed_on": None}),
        a_safety_answer("harassment", approval={"by": ["direction"], "reviewed_on": "2026-11-20"}),
    )
    # then the first waits, and that is no problem of the content
    assert awaiting_approval(book) == ["safety answer distress: not read yet by santé, direction"]
    assert problems(book) == []

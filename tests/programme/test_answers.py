"""Answers filled with the facts in force, signed with their sources."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from programme.answers import Answer, AnswerBook, Topic, source_line
from programme.errors import ContentError
from programme.facts import Fact, FactBook
from programme.profile import Contract, Profile, Stage
from programme.replies import MAX_BUBBLE, Button, Reply
from tests.programme.builders import a_fact, a_source

TODAY = date(2026, 11, 23)


def an_answer(topic: str = "cej", **changes: Any) -> Answer:
    """An answer that relies on no fact."""
    return Answer.model_validate({"topic": topic, "bubbles": ["Le CEJ, c'est un accompagnement."], **changes})


def an_answer_with_a_fact(**changes: Any) -> Answer:
    return an_answer(
        **{
            "bubbles": ["C'est {cej.montant} au plus."],
            "without_numbers": ["La page officielle dit combien."],
            "facts": ["cej"],
            **changes,
        }
    )


def a_book(*answers: Answer, facts: tuple[Fact, ...] = (a_fact("cej"),), on: date = TODAY) -> AnswerBook:
    topics = [Topic(id="cej", title="Le CEJ"), Topic(id="help", title="Que peux-tu faire ?")]
    return AnswerBook(topics, list(answers), FactBook(list(facts)), on=on)


# -- what is said


def test_a_placeholder_is_filled_with_the_fact_in_force_that_day() -> None:
    # given a series whose amount changes in June
    book = a_book(
        an_answer_with_a_fact(),
        facts=(
            a_fact("cej_1", series="cej", valid_to="2026-05-31"),
            a_fact(
                "cej_2",
                series="cej",
                valid_from="2026-06-01",
                values=[{"name": "montant", "value": 1234.5, "unit": "EUR/mois"}],
            ),
        ),
    )
    # then each day has its own
    said = [book.answer("cej", on=day)[0].text for day in (date(2026, 5, 31), date(2026, 6, 1))]
    assert said == ["C'est 10\u00a0€ au plus.", "C'est 1\u202f234,50\u00a0€ au plus."]


def test_an_answer_is_signed_with_its_source_and_the_day_of_the_check() -> None:
    assert a_book(an_answer_with_a_fact()).answer("cej", on=TODAY) == [
        Reply("C'est 10\u00a0€ au plus."),
        Reply("📌 Source : Page cej https://exemple.fr/cej (vérifié le 6 octobre 2026)"),
    ]


def test_an_answer_without_fact_is_not_signed() -> None:
    assert a_book(an_answer()).answer("cej", on=TODAY) == [Reply("Le CEJ, c'est un accompagnement.")]


def test_buttons_come_under_the_last_bubble() -> None:
    answer = an_answer_with_a_fact(buttons=[{"title": "Et sinon ?", "intent": "help"}])
    *others, last = a_book(answer).answer("cej", on=TODAY)
    assert ([reply.buttons for reply in others], last.buttons) == ([()], (Button("Et sinon ?", "/help"),))


@pytest.mark.parametrize(
    ("changes", "on", "numbers"),
    [
        pytest.param({"review_by": "2026-12-20"}, "2026-12-20", True, id="day of the review"),
        pytest.param({"review_by": "2026-12-20"}, "2026-12-21", False, id="day after the review"),
        pytest.param({"valid_to": "2026-11-30"}, "2026-11-30", True, id="last day of the series"),
        pytest.param({"valid_to": "2026-11-30"}, "2026-12-01", False, id="series ended without successor"),
        pytest.param({"confidence": "low"}, "2026-11-23", False, id="low confidence"),
    ],
)
def test_numbers_are_given_only_while_their_fact_may_be_relied_on(
    changes: dict[str, str], on: str, numbers: bool
) -> None:
    # given an answer that relies on such a fact
    book = a_book(an_answer_with_a_fact(), facts=(a_fact("cej", **changes),))
    # when it is asked for on that day
    first, source = book.answer("cej", on=date.fromisoformat(on))
    # then the number is there or not, and the source always
    expected = "C'est 10\u00a0€ au plus." if numbers else "La page officielle dit combien."
    assert (first.text, "https://exemple.fr/cej" in source.text) == (expected, True)


def test_one_stale_fact_among_several_is_enough_to_leave_all_numbers_out() -> None:
    book = a_book(
        an_answer_with_a_fact(facts=["cej", "smic"]),
        facts=(a_fact("cej"), a_fact("smic", review_by="2026-01-31")),
    )
    assert book.answer("cej", on=TODAY)[0].text == "La page officielle dit combien."


def test_the_assistant_starts_after_a_series_has_ended() -> None:
    # given a series that ended in November
    ended = a_fact("cej", valid_to="2026-11-30")
    # when the answers are loaded in December
    december = date(2026, 12, 1)
    book = a_book(an_answer_with_a_fact(), facts=(ended,), on=december)
    # then they load, without its numbers
    assert book.answer("cej", on=december)[0].text == "La page officielle dit combien."


def test_a_topic_without_answer_is_refused() -> None:
    with pytest.raises(ContentError, match="topic help has no answer"):
        a_book(an_answer()).answer("help", on=TODAY)


def test_the_assistant_starts_when_the_fact_of_the_new_year_lacks_a_value() -> None:
    # given a series whose next fact is not sure, and does not say everything yet
    this_year = a_fact("cej_1", series="cej", valid_to="2026-12-31")
    unsure = {"values": [{"name": "autres", "value": None, "unit": "inconnu"}], "confidence": "low"}
    next_year = a_fact("cej_2", series="cej", valid_from="2027-01-01", review_by="2027-12-31", **unsure)
    # when the answers are loaded in the new year
    january = date(2027, 1, 2)
    book = a_book(an_answer_with_a_fact(), facts=(this_year, next_year), on=january)
    # then they load, without its numbers
    assert book.answer("cej", on=january)[0].text == "La page officielle dit combien."


# -- what is refused when it loads


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(an_answer("cje"), "answer cje: no such topic", id="unknown topic"),
        pytest.param(
            an_answer(buttons=[{"title": "Et sinon ?", "intent": "hlep"}]),
            "answer cej: button « Et sinon [?] » leads to unknown topic hlep",
            id="button that leads nowhere",
        ),
        pytest.param(
            an_answer_with_a_fact(bubbles=["C'est {smic.montant}."]),
            "answer cej: smic is used in a bubble and missing under facts",
            id="placeholder whose fact is not listed",
        ),
        pytest.param(
            an_answer_with_a_fact(bubbles=["C'est {cej.maximum}."]),
            "fact cej has no value named maximum",
            id="value that the fact does not have",
        ),
        pytest.param(an_answer_with_a_fact(facts=["cje"]), "no fact is named cje", id="unknown fact"),
        pytest.param(
            an_answer_with_a_fact(without_numbers=[]),
            "without_numbers must say what to say",
            id="nothing to say instead",
        ),
        pytest.param(
            an_answer_with_a_fact(without_numbers=["C'est {cej.montant}."]),
            "without_numbers holds a placeholder",
            id="number in what is said without numbers",
        ),
        pytest.param(an_answer(bubbles=["x" * 301]), "a bubble has 301 characters", id="bubble too long"),
        pytest.param(
            an_answer_with_a_fact(bubbles=["x" * 287 + "{cej.montant} {cej.montant} {cej.montant}"]),
            "a bubble has 301 characters",
            id="bubble too long once filled",
        ),
        pytest.param(
            an_answer_with_a_fact(without_numbers=["x" * 301]), "a bubble has 301 characters", id="long without numbers"
        ),
        pytest.param(an_answer(bubbles=["Tu as {12} jours."]), "holds a brace", id="digits left in braces"),
        pytest.param(an_answer(bubbles=["Tu as {delai} jours."]), "holds a brace", id="placeholder without series"),
        pytest.param(an_answer(bubbles=["Tu as {Cej.Montant}."]), "holds a brace", id="placeholder with capitals"),
    ],
)
def test_an_answer_that_could_not_be_said_does_not_load(answer: Answer, problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        a_book(answer, facts=(a_fact("cej"), a_fact("smic")))


def test_a_bubble_of_three_hundred_characters_loads() -> None:
    assert len(a_book(an_answer(bubbles=["x" * MAX_BUBBLE])).answer("cej", on=TODAY)[0].text) == 300


def test_an_answer_whose_source_does_not_fit_does_not_load() -> None:
    endless = a_fact("cej", sources=[{"name": "x" * 300, "url": "https://exemple.fr"}])
    with pytest.raises(ContentError, match="the source of fact cej does not fit"):
        a_book(an_answer_with_a_fact(), facts=(endless,))


def test_a_file_named_otherwise_than_its_topic_is_refused(tmp_path: Path) -> None:
    # given the answer on one topic in the file of another
    (tmp_path / "topics.yml").write_text('- {id: cej, title: "Le CEJ"}\n', encoding="utf-8")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "smic.yml").write_text("topic: cej\nbubbles: [Bonjour]\n", encoding="utf-8")
    # then both names are told
    with pytest.raises(ContentError, match=r"smic\.yml: topic is cej, the file's name says smic"):
        AnswerBook.load(FactBook([]), on=TODAY, folder=tmp_path)


# -- versions, for the people to whom something else applies

MINOR = Profile(age=17)


def a_version(text: str, **changes: Any) -> dict[str, Any]:
    return {"bubbles": [text], **changes}


def first_said(book: AnswerBook, profile: Profile) -> str:
    return book.answer("cej", on=TODAY, profile=profile)[0].text


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param(Profile(), "À tous.", id="nothing known"),
        pytest.param(Profile(age=18), "À tous.", id="no version for adults"),
        pytest.param(MINOR, "Aux mineurs.", id="a minor"),
        pytest.param(Profile(stage=Stage.EN_CONTRAT), "En contrat.", id="in contract"),
        pytest.param(Profile(age=18, stage=Stage.EN_CONTRAT), "En contrat.", id="an adult in contract"),
        pytest.param(Profile(age=17, stage=Stage.EN_CONTRAT), "Aux mineurs.", id="both: the order of the audiences"),
        pytest.param(
            Profile(age=30, contract=Contract.PROFESSIONNALISATION, stage=Stage.EN_CONTRAT),
            "En contrat.",
            id="the first audience has no version",
        ),
    ],
)
def test_the_first_version_that_fits_is_said(profile: Profile, expected: str) -> None:
    # given versions that are written in another order than that of the audiences
    book = a_book(
        an_answer(
            bubbles=["À tous."],
            **{
                "for": {
                    "professionnalisation": a_version("En contrat pro."),
                    "in_contract": a_version("En contrat."),
                    "minor": a_version("Aux mineurs."),
                }
            },
        )
    )
    # then the order of the audiences decides
    assert first_said(book, profile) == expected


def test_a_version_takes_the_facts_and_the_buttons_of_the_answer() -> None:
    # given a version that writes neither
    version = a_version("Mineur : {cej.montant}.", without_numbers=["La page le dit."])
    answer = an_answer_with_a_fact(buttons=[{"title": "Et sinon ?", "intent": "help"}], **{"for": {"minor": version}})
    # when a minor asks
    replies = a_book(answer).answer("cej", on=TODAY, profile=MINOR)
    # then the number is filled, signed, and leads on as in the answer
    assert replies == [
        Reply("Mineur : 10\u00a0€."),
        Reply(
            "📌 Source : Page cej https://exemple.fr/cej (vérifié le 6 octobre 2026)", (Button("Et sinon ?", "/help"),)
        ),
    ]


def test_a_version_with_facts_and_buttons_of_its_own_keeps_them() -> None:
    # given a version that relies on another fact and leads back nowhere
    version = a_version("Mineur : {smic.montant}.", without_numbers=["La page le dit."], facts=["smic"], buttons=[])
    answer = an_answer_with_a_fact(buttons=[{"title": "Et sinon ?", "intent": "help"}], **{"for": {"minor": version}})
    # when a minor asks
    replies = a_book(answer, facts=(a_fact("cej"), a_fact("smic"))).answer("cej", on=TODAY, profile=MINOR)
    # then only its own fact signs, without button
    assert replies == [
        Reply("Mineur : 10\u00a0€."),
        Reply("📌 Source : Page smic https://exemple.fr/smic (vérifié le 6 octobre 2026)"),
    ]


def test_a_version_goes_without_numbers_by_its_own_facts() -> None:
    # given a version that relies on a fact past its review, and an answer that does not
    version = a_version("Mineur : {smic.montant}.", without_numbers=["La page le dit."], facts=["smic"])
    book = a_book(
        an_answer_with_a_fact(**{"for": {"minor": version}}),
        facts=(a_fact("cej"), a_fact("smic", review_by="2026-11-22")),
    )
    # then only the version goes without
    assert (first_said(book, MINOR), first_said(book, Profile())) == ("La page le dit.", "C'est 10\u00a0€ au plus.")


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        pytest.param(
            a_version("{smic.montant}.", without_numbers=["Non."]),
            "answer cej, for minor: smic is used in a bubble and missing under facts",
            id="placeholder whose fact is not listed",
        ),
        pytest.param(
            a_version("{cej.maximum}.", without_numbers=["Non."]),
            "fact cej has no value named maximum",
            id="value that the fact does not have",
        ),
        pytest.param(a_version("Oui.", facts=["cje"]), "no fact is named cje", id="unknown fact"),
        pytest.param(a_version("Oui."), "for minor: it relies on facts, so without_numbers", id="nothing instead"),
        pytest.param(
            a_version("Oui.", facts=[], buttons=[{"title": "Là", "intent": "hlep"}]),
            "answer cej, for minor: button « Là » leads to unknown topic hlep",
            id="button that leads nowhere",
        ),
        pytest.param(
            a_version("x" * 301, facts=[]), "answer cej, for minor: a bubble has 301 characters", id="bubble too long"
        ),
    ],
)
def test_a_version_that_could_not_be_said_does_not_load(version: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        a_book(an_answer_with_a_fact(**{"for": {"minor": version}}), facts=(a_fact("cej"), a_fact("smic")))


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param({"children": {"bubbles": ["Oui."]}}, id="an audience that does not exist"),
        pytest.param({"minor": "Oui."}, id="a version that is no wording"),
        pytest.param({"minor": {"bubles": ["Oui."]}}, id="an unknown key"),
        pytest.param(["minor"], id="no versions at all"),
    ],
)
def test_versions_have_a_schema(versions: object) -> None:
    with pytest.raises(ValueError, match="for"):
        an_answer(**{"for": versions})


# -- details


def test_details_are_offered_by_the_first_button() -> None:
    answer = an_answer(more=["En détail."], buttons=[{"title": "Et sinon ?", "intent": "help"}])
    book = a_book(answer)
    # given the answer, then its details
    said, more = book.answer("cej", on=TODAY), book.more("cej", on=TODAY)
    # then the first button of the answer leads to the details, which do not offer themselves again
    other = Button("Et sinon ?", "/help")
    assert said[-1].buttons == (Button("En savoir plus", '/cej{"more": "1"}'), other)
    assert more == [Reply("En détail.", (other,))]


def test_details_are_filled_and_signed() -> None:
    more = a_book(an_answer_with_a_fact(more=["Soit {cej.montant}."])).more("cej", on=TODAY)
    assert [reply.text for reply in more] == [
        "Soit 10\u00a0€.",
        "📌 Source : Page cej https://exemple.fr/cej (vérifié le 6 octobre 2026)",
    ]


def test_details_are_not_offered_once_a_number_is_stale() -> None:
    # given details that rely on a fact past its review
    book = a_book(an_answer_with_a_fact(more=["Soit {cej.montant}."]), facts=(a_fact("cej", review_by="2026-11-22"),))
    # then they are not offered, and an old button gives the answer without numbers
    assert book.answer("cej", on=TODAY)[-1].buttons == ()
    assert book.more("cej", on=TODAY) == book.answer("cej", on=TODAY)
    assert book.more("cej", on=TODAY)[0].text == "La page officielle dit combien."


def test_without_details_the_answer_is_said_again() -> None:
    book = a_book(an_answer())
    assert book.more("cej", on=TODAY) == [Reply("Le CEJ, c'est un accompagnement.")]


def test_a_version_has_its_own_details_or_none() -> None:
    # given details for everybody, and a version for minors without any
    book = a_book(an_answer(more=["En détail."], **{"for": {"minor": a_version("Mineur.")}}))
    # then a minor is offered none
    assert book.answer("cej", on=TODAY, profile=MINOR) == [Reply("Mineur.")]
    assert book.more("cej", on=TODAY, profile=MINOR) == [Reply("Mineur.")]


# -- variants


def test_variants_take_turns() -> None:
    # given an answer and two other ways to say it
    book = a_book(an_answer(bubbles=["Un."], variants=[["Deux."], ["Trois."]]))
    # when it is asked for five times
    said = [book.answer("cej", on=TODAY, heard=heard)[0].text for heard in range(5)]
    # then they come round
    assert said == ["Un.", "Deux.", "Trois.", "Un.", "Deux."]


def test_a_stale_number_silences_the_variants_too() -> None:
    book = a_book(
        an_answer_with_a_fact(variants=[["Encore {cej.montant}."]]), facts=(a_fact("cej", review_by="2026-11-22"),)
    )
    said = {book.answer("cej", on=TODAY, heard=heard)[0].text for heard in range(3)}
    assert said == {"La page officielle dit combien."}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(an_answer(variants=[["Deux."]]), True, id="in the answer"),
        pytest.param(an_answer(**{"for": {"minor": a_version("A.", variants=[["B."]])}}), True, id="in a version"),
        pytest.param(an_answer(), False, id="nowhere"),
    ],
)
def test_which_answers_have_variants_is_known(answer: Answer, expected: bool) -> None:
    book = a_book(answer)
    assert (book.has_variants("cej"), book.has_variants("help")) == (expected, False)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"variants": [["{smic.montant}."]]}, "smic is used in a bubble and missing", id="fact"),
        pytest.param({"more": ["{cej.maximum}."]}, "fact cej has no value named maximum", id="value, in details"),
        pytest.param({"variants": [["x" * 301]]}, "a bubble has 301 characters", id="length"),
        pytest.param({"variants": [["a", "b", "c", "d"]]}, "4 bubbles at once, 3 at most", id="too many at once"),
        pytest.param({"more": ["Tu as {delai} jours."]}, "holds a brace", id="brace, in details"),
    ],
)
def test_variants_and_details_are_checked_like_the_answer(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContentError, match=problem):
        a_book(an_answer_with_a_fact(**changes), facts=(a_fact("cej"), a_fact("smic")))


# -- calls for help


@pytest.mark.parametrize(
    ("approval", "problem"),
    [
        pytest.param("", "approval: Field required", id="none"),
        pytest.param("approval: {by: [], reviewed_on: null}", "approval.by", id="by nobody"),
        pytest.param("approval: {by: [direction]}", "approval.reviewed_on: Field required", id="without a day"),
    ],
)
def test_an_answer_to_a_call_for_help_says_who_must_approve_it(tmp_path: Path, approval: str, problem: str) -> None:
    # given a file under safety
    a_safety_file(tmp_path, approval)
    # then it does not load without its approval
    with pytest.raises(ContentError, match=rf"cej\.yml: {problem}"):
        AnswerBook.load(FactBook([]), on=TODAY, folder=tmp_path)


def test_a_call_for_help_is_offered_but_not_found_by_the_search(tmp_path: Path) -> None:
    # given a call for help that nobody has approved yet, and another answer
    a_safety_file(tmp_path, "approval: {by: [direction], reviewed_on: null}")
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "help.yml").write_text("topic: help\nbubbles: [Oui]\n", encoding="utf-8")
    # when they are loaded
    book = AnswerBook.load(FactBook([]), on=TODAY, folder=tmp_path)
    # then it is said, and only the other one is searched
    assert book.answer("cej", on=TODAY) == [Reply("Appelle.")]
    assert (book.offered, book.searchable) == ({"cej", "help"}, {"help"})


def a_safety_file(folder: Path, approval: str) -> None:
    (folder / "topics.yml").write_text('- {id: cej, title: "Le CEJ"}\n- {id: help, title: "Aide"}\n', encoding="utf-8")
    (folder / "safety").mkdir()
    (folder / "safety" / "cej.yml").write_text(f"topic: cej\nbubbles: [Appelle.]\n{approval}\n", encoding="utf-8")


# -- the signature


def test_two_sources_at_most_are_named() -> None:
    facts = [a_fact(name) for name in ("a", "b", "c")]
    assert source_line(facts) == (
        "📌 Source : Page a https://exemple.fr/a ; Page b https://exemple.fr/b (vérifié le 6 octobre 2026)"
    )


def test_an_address_shared_by_two_facts_is_given_once() -> None:
    facts = [a_fact("a"), a_fact("b", sources=[a_source("a")]), a_fact("c")]
    assert source_line(facts) == (
        "📌 Source : Page a https://exemple.fr/a ; Page c https://exemple.fr/c (vérifié le 6 octobre 2026)"
    )


def test_the_day_is_that_of_the_oldest_check_among_the_facts_named() -> None:
    # given a third fact, not named, checked before the others
    facts = [
        a_fact("a", checked_on="2026-10-06"),
        a_fact("b", checked_on="2026-08-01"),
        a_fact("c", checked_on="2020-01-01"),
    ]
    assert source_line(facts).endswith("(vérifié le 1er août 2026)")


def test_no_day_is_given_when_one_of_the_facts_was_never_checked() -> None:
    facts = [a_fact("a"), a_fact("b", checked_on=None)]
    assert source_line(facts) == "📌 Source : Page a https://exemple.fr/a ; Page b https://exemple.fr/b"


@pytest.mark.parametrize(
    ("length", "names"),
    [
        pytest.param(100, ["a", "b"], id="both fit"),
        pytest.param(150, ["a"], id="the second does not fit"),
    ],
)
def test_the_signature_fits_in_one_bubble(length: int, names: list[str]) -> None:
    # given two sources with long names
    facts = [a_fact(id, sources=[{"name": id * length, "url": f"https://exemple.fr/{id}"}]) for id in ("a", "b")]
    # when they sign
    line = source_line(facts)
    # then only what fits is named
    assert ([name for name in ("a", "b") if name * length in line], len(line) <= MAX_BUBBLE) == (names, True)


def test_without_fact_there_is_no_signature() -> None:
    assert source_line([]) == ""

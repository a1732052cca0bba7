"""The aid check-up as it is held: its questions, its list."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest

from programme.aid_desk import CHOICES, PASS, AidDesk
from programme.aids import Situation
from programme.answers import PLACEHOLDER
from programme.assistant import Assistant
from programme.profile import Profile, Stage
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Reply
from tests.conftest import NOW

TODAY = NOW.date()
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "


@pytest.fixture(scope="module")
def desk(assistant: Assistant) -> AidDesk:
    return assistant.aid


def said(replies: list[Reply]) -> str:
    return "\n".join(reply.text for reply in replies).replace("\u00a0", " ").replace("\u202f", " ")


def every_situation() -> Iterator[Situation]:
    """All that the buttons can say, at the ages where a rule changes."""
    values = {name: [None, *choices] for name, choices in CHOICES.items()}
    for age in (None, 15, 16, 17, 18, 20, 25, 26, 29, 30, 31, 47):
        for contract in (None, "professionnalisation"):
            for chosen in product(*values.values()):
                yield Situation.model_validate(
                    {"age": age, "contract": contract, **dict(zip(values, chosen, strict=True))}
                )


# -- the questions


def test_five_questions_at_most_lead_to_the_list(desk: AidDesk) -> None:
    # given every way to answer by buttons
    open_ways = [(desk.begin(Profile()), 0)]
    while open_ways:
        situation, asked = open_ways.pop()
        question = desk.next_question(situation)
        assert asked <= 5
        if question is None:
            continue
        values = [PASS] if question == "age" else [*CHOICES[question], PASS]
        for value in values:
            following = desk.pressed(situation, f"{question}_{value}")
            assert following is not None
            open_ways.append((following, asked + 1))


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param(Profile(), "age", id="nothing known"),
        pytest.param(Profile(age=17), "standing", id="the age is known"),
        pytest.param(Profile(age=17, stage=Stage.SANS_EMPLOYEUR), "level", id="and that they search"),
    ],
)
def test_what_was_said_before_is_not_asked(desk: AidDesk, profile: Profile, expected: str) -> None:
    assert desk.next_question(desk.begin(profile)) == expected


def test_who_searches_is_not_asked_how_they_get_to_work(desk: AidDesk) -> None:
    known: dict[str, Any] = {"age": 17, "standing": "searching", "level": "bts", "housing": "rent"}
    assert desk.next_question(Situation(**known)) is None


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        pytest.param("age", "17 ans", {"age": 17}, id="an age"),
        pytest.param("age", "dix-sept ans", {"age": 17}, id="an age in words"),
        pytest.param("standing", "bah je cherche encore", {"standing": "searching"}, id="searching"),
        pytest.param("standing", "j'ai signé !!", {"standing": "in_contract"}, id="signed"),
        pytest.param("standing", "on m'a promis, pas signé", {"standing": "soon"}, id="promised"),
        pytest.param("level", "un bac+5", {"level": "bac3"}, id="bac +5"),
        pytest.param("level", "CAP cuisine", {"level": "cap_bac"}, id="a CAP"),
        pytest.param("housing", "ouais je paie un loyer", {"housing": "rent"}, id="a rent"),
        pytest.param("housing", "chez mes parents", {"housing": "no_rent"}, id="at home"),
        pytest.param("housing", "je cherche un appart", {"housing": "rent_soon"}, id="looking for one"),
        pytest.param("transport", "j'ai le navigo", {"transport": "subscription"}, id="a subscription"),
        pytest.param("transport", "non j'y vais en voiture", {"transport": "other"}, id="a car"),
        pytest.param("level", "je sais pas", {"passed": ("level",)}, id="does not know"),
        pytest.param("housing", "passe", {"passed": ("housing",)}, id="passes"),
        pytest.param("transport", "j'ai un pass navigo", {"transport": "subscription"}, id="a pass"),
        pytest.param("transport", "je sais pas", {"passed": ("transport",)}, id="does not know: not a no"),
        pytest.param("standing", "je suis pas en contrat", {"standing": "searching"}, id="denied"),
        pytest.param("standing", "non c'est bon je suis en contrat", {"standing": "in_contract"}, id="no, then yes"),
        pytest.param("level", "bac + 5", {"level": "bac3"}, id="bac + 5 with spaces"),
    ],
)
def test_answers_are_read_as_people_write_them(
    desk: AidDesk, question: str, text: str, expected: dict[str, Any]
) -> None:
    assert desk.answered(Situation(), question, text) == Situation(**expected)


@pytest.mark.parametrize("question", ["age", *CHOICES])
def test_what_is_no_answer_is_none(desk: AidDesk, question: str) -> None:
    assert desk.answered(Situation(), question, "blorg") is None


@pytest.mark.parametrize("text", ["j'ai 4 frères", "0", "3", "99"])
def test_a_number_that_is_nobodys_age_is_none(desk: AidDesk, text: str) -> None:
    assert desk.answered(Situation(), "age", text) is None


@pytest.mark.parametrize("carried", ["", "housing", "housing_castle", "age_17", "wealth_none"])
def test_a_button_that_is_not_ours_says_nothing(desk: AidDesk, carried: str) -> None:
    assert desk.pressed(Situation(), carried) is None


# -- the list


def test_the_list_names_amounts_where_to_ask_and_what_is_missing(desk: AidDesk) -> None:
    known: dict[str, Any] = {"age": 20, "standing": "in_contract", "level": "bts", "housing": "rent_soon"}
    text = said(desk.result(Situation(**known, transport="subscription"), on=TODAY))
    assert "Mobili-Jeune : de 10 € à 100 € par mois" in text
    assert "(Action Logement)" in text
    assert "l'employeur rembourse 50 %" in text
    assert re.search(r"• Si ta paie est assez haute[^\n]* : Prime d'activité", text)


def test_a_promise_is_no_contract_and_the_argument_is_signed_with_its_own_source(desk: AidDesk) -> None:
    known: dict[str, Any] = {"age": 20, "standing": "soon", "level": "bts", "housing": "rent"}
    replies = desk.result(Situation(**known), on=TODAY)
    text = said(replies)
    assert "• Dès que ton contrat commence : Mobili-Jeune (loyer)" in text
    position = next(number for number, reply in enumerate(replies) if "argument" in reply.text)
    assert ("4 500 € la première année" in text, "31 décembre 2026" in text) == (True, True)
    assert replies[position + 1].text.startswith(SOURCE)
    assert "aide-exceptionnelle" in replies[position + 1].text


def test_the_aid_that_ended_is_never_promised(desk: AidDesk) -> None:
    for situation in every_situation():
        line = next((line for line in said(desk.result(situation, on=TODAY)).splitlines() if "Permis" in line), "")
        assert "500" not in line


@pytest.mark.parametrize(
    ("known", "argument"),
    [
        pytest.param({"standing": "searching", "level": "cap_bac"}, "5 000 €", id="a CAP"),
        pytest.param({"standing": "searching", "level": "bac3"}, "2 000 €", id="a licence"),
        pytest.param({"standing": "searching"}, "à vérifier", id="level not known"),
        pytest.param({"standing": "in_contract", "level": "bts"}, "", id="already signed"),
        pytest.param({"contract": "professionnalisation", "level": "bts"}, "", id="contrat pro"),
    ],
)
def test_the_employers_aid_is_an_argument_before_signing(desk: AidDesk, known: dict[str, Any], argument: str) -> None:
    text = said(desk.result(Situation(**known), on=TODAY))
    assert (argument in text) if argument else ("employeur peut" not in text and "argument" not in text)


def test_an_amount_of_next_year_is_not_given(desk: AidDesk) -> None:
    # on 2 January the aid of the new year has low confidence
    text = said(desk.result(Situation(level="cap_bac"), on=date(2027, 1, 2)))  # type: ignore[arg-type]
    assert "5 000" not in text


@pytest.mark.parametrize("on", [pytest.param(TODAY, id="now"), pytest.param(LATER, id="in 2030")])
def test_every_list_is_short_signed_and_leads_on(desk: AidDesk, on: date) -> None:
    for situation in every_situation():
        *bubbles, last = desk.result(situation, on=on)
        assert max(len(reply.text) for reply in [*bubbles, last]) <= MAX_BUBBLE
        assert len([reply for reply in bubbles if not reply.text.startswith(SOURCE)]) <= 6
        assert last.text.startswith(SOURCE)
        assert last.buttons[-1].payload == "/talk_to_human"


def test_in_2030_no_list_holds_a_number(desk: AidDesk) -> None:
    for situation in every_situation():
        bubbles = [reply.text for reply in desk.result(situation, on=LATER) if not reply.text.startswith(SOURCE)]
        assert [text for text in bubbles if re.search(r"\d", text)] == []


def test_every_number_of_the_content_is_a_fact(desk: AidDesk) -> None:
    lines = [PLACEHOLDER.sub("", text) for aid in desk._content.aids for text in (aid.line, aid.without_numbers)]
    assert [line for line in lines if re.search(r"\d", line)] == []


def test_every_button_fits_in_telegram(desk: AidDesk) -> None:
    for question in ("age", *CHOICES):
        for button in desk.ask(question).buttons:
            assert len(button.payload.encode()) <= MAX_PAYLOAD_BYTES
            assert len(button.title) <= 30

"""What is said to a person who asks what an apprentice earns."""

from datetime import date, timedelta

import pytest

from programme.assistant import Assistant
from programme.facts import FactBook
from programme.pay_desk import age_in, ask_age, pay_replies, year_in, year_named
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Reply
from tests.conftest import NOW

TODAY = NOW.date()
# every fact on pay and on age is to be checked again long before
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "


def said(assistant: Assistant, age: int, year: int | None = None, on: date = TODAY) -> list[str]:
    """The bubbles, with plain spaces so that tables can be read."""
    return [plain(reply) for reply in pay_replies(assistant.facts, assistant.texts, age=age, year=year, on=on)]


def plain(reply: Reply) -> str:
    return reply.text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("17", 17, id="bare"),
        pytest.param("j'ai 17 ans", 17, id="in a sentence"),
        pytest.param("17ans", 17, id="stuck to the word"),
        pytest.param("17 ans et demi", 17, id="and a half"),
        pytest.param("17!!", 17, id="stuck to punctuation"),
        pytest.param("8", 8, id="one digit"),
        pytest.param("né en 2009", None, id="a year of birth"),
        pytest.param("né en 2009, donc 17 ans", 17, id="a year of birth and an age"),
        pytest.param("100", None, id="three digits"),
        pytest.param("17 ou 18", None, id="two ages"),
        pytest.param("17 ans en 2e année", None, id="an age and something else"),
        pytest.param("dix-sept", None, id="in words"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_age_is_the_only_small_number_of_a_message(text: str, expected: int | None) -> None:
    assert age_in(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("1ere", 1, id="1ere"),
        pytest.param("1re", 1, id="1re"),
        pytest.param("1", 1, id="1"),
        pytest.param("première", 1, id="première"),
        pytest.param("Premiere", 1, id="capital, no accent"),
        pytest.param("2e", 2, id="2e"),
        pytest.param("2ème", 2, id="2ème"),
        pytest.param("2nde", 2, id="2nde"),
        pytest.param("deuxième", 2, id="deuxième"),
        pytest.param(" seconde ", 2, id="seconde, with spaces"),
        pytest.param("3eme", 3, id="3eme"),
        pytest.param("troisième", 3, id="troisième"),
        pytest.param("4e", None, id="a year that does not exist"),
        pytest.param("dernière", None, id="a year that has no number"),
        pytest.param("banane", None, id="nonsense"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_year_of_the_contract_is_read_as_people_write_it(words: str, expected: int | None) -> None:
    assert year_in(words) == expected


def test_asking_for_the_age_offers_one_button_for_each_band(assistant: Assistant) -> None:
    assert [(button.title, button.payload) for button in ask_age(assistant.texts).buttons] == [
        ("16-17 ans", '/pay_simulation{"age": "16"}'),
        ("18-20 ans", '/pay_simulation{"age": "18"}'),
        ("21-25 ans", '/pay_simulation{"age": "21"}'),
        ("26 ans et plus", '/pay_simulation{"age": "26"}'),
    ]


@pytest.mark.parametrize(
    ("age", "year", "expected"),
    [
        pytest.param(
            15,
            None,
            ["À 15 ans", "504,10 €", "27 %", "1re année", "728,14 €", "1 026,86 €"],
            id="15: as at 16, each year",
        ),
        pytest.param(17, None, ["À 17 ans", "504,10 €", "27 %", "728,14 €", "1 026,86 €"], id="17: each year"),
        pytest.param(17, 2, ["À 17 ans", "2e année", "728,14 €", "39 %"], id="17, 2nd year: that year"),
        pytest.param(19, 1, ["À 19 ans", "1re année", "802,82 €", "43 %"], id="19, 1st year: that year"),
        pytest.param(
            17, 7, ["À 17 ans", "504,10 €", "728,14 €", "1 026,86 €"], id="17, a year that is none: each year"
        ),
        pytest.param(28, None, ["À 28 ans", "1 867,02 €", "100 %", "quelle que soit l'année"], id="28: same each year"),
        pytest.param(28, 2, ["À 28 ans", "1 867,02 €", "quelle que soit l'année"], id="28, 2nd year: same each year"),
        pytest.param(35, None, ["À 35 ans", "1 867,02 €"], id="35: the last age"),
    ],
)
def test_the_amounts_of_an_age_are_told(assistant: Assistant, age: int, year: int | None, expected: list[str]) -> None:
    amount = said(assistant, age, year)[0]
    assert [part for part in expected if part not in amount] == []


def test_one_year_asked_for_leaves_the_others_out(assistant: Assistant) -> None:
    amount = said(assistant, 17, 2)[0]
    assert [other for other in ("504,10", "1 026,86") if other in amount] == []


def test_the_minimum_is_said_to_be_a_minimum_and_signed(assistant: Assistant) -> None:
    amount, more, source = said(assistant, 17)
    assert ("au moins" in amount, "minimum légal" in more, source.startswith(SOURCE)) == (True, True, True)


def test_the_signature_names_the_article_of_the_grid(assistant: Assistant) -> None:
    assert "D6222-26" in said(assistant, 17)[-1]


@pytest.mark.parametrize("age", [0, 12, 14])
def test_below_fifteen_no_amount_is_given_but_the_age_to_sign(assistant: Assistant, age: int) -> None:
    first, source = said(assistant, age)
    assert (f"À {age} ans" in first, "15 ans" in first, "€" in first) == (True, True, False)
    assert source.startswith(SOURCE)


@pytest.mark.parametrize("age", [36, 40, 99])
def test_above_thirty_five_no_amount_is_given_but_the_limits(assistant: Assistant, age: int) -> None:
    first, source = said(assistant, age)
    assert ("29 ans" in first, "35 ans" in first, "€" in first) == (True, True, False)
    assert source.startswith(SOURCE)


@pytest.mark.parametrize("age", [12, 15, 17, 21, 28, 40])
def test_past_the_review_date_no_number_is_given_but_the_page(assistant: Assistant, age: int) -> None:
    *bubbles, source = said(assistant, age, on=LATER)
    assert [character for bubble in bubbles for character in bubble if character.isdigit()] == []
    assert source.startswith(SOURCE)


@pytest.mark.parametrize(
    ("ended", "age"),
    [
        pytest.param("smic", 17, id="the SMIC"),
        pytest.param("apprenti_grille_taux", 17, id="the grid"),
        pytest.param("age_15_ans", 12, id="the lowest age"),
        pytest.param("age_general", 40, id="the usual highest age"),
        pytest.param("age_jusqu_a_35_ans", 40, id="the highest age"),
    ],
)
def test_no_number_is_given_when_its_series_ended_without_successor(assistant: Assistant, ended: str, age: int) -> None:
    # given facts to be checked again in years, one of which ended yesterday
    series = ("smic", "apprenti_grille_taux", "age_15_ans", "age_general", "age_jusqu_a_35_ans")
    facts = [assistant.facts.on(name, TODAY).model_copy(update={"review_by": LATER}) for name in series]
    yesterday = {"valid_to": TODAY - timedelta(days=1)}
    book = FactBook([fact.model_copy(update=yesterday) if fact.group == ended else fact for fact in facts])
    # when the pay is asked for
    first, *_, source = pay_replies(book, assistant.texts, age=age, year=None, on=TODAY)
    # then the page is given instead
    assert (first.text, source.text.startswith(SOURCE)) == (assistant.texts.say("pay_without_numbers"), True)


@pytest.mark.parametrize("on", [pytest.param(TODAY, id="now"), pytest.param(LATER, id="past the review date")])
@pytest.mark.parametrize("age", [0, 12, 15, 17, 18, 25, 26, 35, 36, 99])
@pytest.mark.parametrize("year", [None, 1, 2, 3])
def test_every_bubble_is_short_and_the_last_one_leads_on(
    assistant: Assistant, age: int, year: int | None, on: date
) -> None:
    replies = pay_replies(assistant.facts, assistant.texts, age=age, year=year, on=on)
    assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE
    assert [len(reply.buttons) > 0 for reply in replies] == [False] * (len(replies) - 1) + [True]


def test_every_button_leads_to_a_topic_and_fits_in_telegram(assistant: Assistant) -> None:
    # given all the buttons of the desk
    replies = [ask_age(assistant.texts)]
    for age in (12, 17, 28, 40):
        for on in (TODAY, LATER):
            replies += pay_replies(assistant.facts, assistant.texts, age=age, year=None, on=on)
    payloads = {button.payload for reply in replies for button in reply.buttons}
    # then each of them names a topic, in few bytes
    assert [
        payload
        for payload in payloads
        if payload[1:].partition("{")[0] not in assistant.answers.titles or len(payload.encode()) > MAX_PAYLOAD_BYTES
    ] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("et en 2e ?", 2),
        ("la 3eme", 3),
        ("en première", 1),
        ("1ère année", 1),
        ("la deuxième", 2),
        ("17", None),
        ("17 ans", None),
        ("2 mois", None),
        ("merci", None),
    ],
)
def test_the_year_that_a_fragment_names(words: str, expected: int | None) -> None:
    assert year_named(words) == expected

"""What is said to a person who asks what an apprentice earns."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from programme.assistant import Assistant
from programme.facts import Confidence, FactBook
from programme.pay_desk import PayDesk
from programme.profile import Contract, DiplomaHeld, Profile
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Bar, Reply
from tests.conftest import NOW

TODAY = NOW.date()
# every fact on pay and on age is to be checked again long before
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "
PRO = Contract.PROFESSIONNALISATION
KNOWN = {"born_on": date(2009, 3, 12), "starts_on": date(2026, 9, 1), "contract_months": 36}


def plain(reply: Reply) -> str:
    """With plain spaces, so that tables can be read."""
    return reply.text.replace("\u202f", " ").replace("\u00a0", " ")


def said(assistant: Assistant, *, on: date = TODAY, year: int | None = None, **known: Any) -> list[str]:
    """What is said of the pay by year, or why it is not."""
    profile = Profile(**known)
    desk = assistant.pay
    replies = desk.refusal(profile, on=on, year=year) or desk.by_year(profile, on=on, year=year)
    return [plain(reply) for reply in replies]


def months(assistant: Assistant, *, on: date = TODAY, **changes: Any) -> list[str]:
    return [plain(reply) for reply in assistant.pay.by_month(Profile(**{**KNOWN, **changes}), on=on)]


# -- what is asked


@pytest.mark.parametrize(
    ("known", "by_month", "expected"),
    [
        pytest.param({}, False, "pay_age", id="nothing known"),
        pytest.param({"age": 17}, False, None, id="an age is enough"),
        pytest.param({"born_on": date(2009, 3, 1)}, False, None, id="a birth tells the age"),
        pytest.param({"age": 19, "contract": PRO}, False, "pay_diploma", id="a contrat pro needs the diploma"),
        pytest.param({"age": 27, "contract": PRO}, False, None, id="but not from 26 on"),
        pytest.param({"age": 17}, True, "pay_birth", id="months need the birth, not the age"),
        pytest.param({"born_on": date(2009, 3, 1)}, True, "pay_start", id="then the start"),
        pytest.param({**KNOWN, "contract_months": None}, True, "pay_length", id="then the length"),
        pytest.param(KNOWN, True, None, id="then nothing"),
        pytest.param({**KNOWN, "contract": PRO}, True, "pay_diploma", id="and the diploma in a contrat pro"),
    ],
)
def test_only_what_is_missing_is_asked(
    assistant: Assistant, known: dict[str, Any], by_month: bool, expected: str | None
) -> None:
    assert assistant.pay.missing(Profile(**known), months=by_month, on=TODAY) == expected


def test_asking_for_the_age_offers_one_button_for_each_band(assistant: Assistant) -> None:
    assert [(button.title, button.payload) for button in assistant.pay.ask("pay_age").buttons] == [
        ("16-17 ans", '/pay_simulation{"age": "16"}'),
        ("18-20 ans", '/pay_simulation{"age": "18"}'),
        ("21-25 ans", '/pay_simulation{"age": "21"}'),
        ("26 ans et plus", '/pay_simulation{"age": "26"}'),
    ]


# -- by year


@pytest.mark.parametrize(
    ("known", "year", "expected"),
    [
        pytest.param({"age": 15}, None, ["À 15 ans", "1re année : 504,10 € (27 %", "728,14 €", "1 026,86 €"], id="15"),
        pytest.param({"age": 17}, 2, ["À 17 ans", "2e année", "728,14 €", "39 %"], id="17, 2nd year"),
        pytest.param({"age": 19}, 4, ["4e année", "1 250,90 €", "67 %"], id="a rare 4th year is paid as the 3rd"),
        pytest.param({"age": 28}, None, ["1 867,02 €", "100 %", "quelle que soit l'année"], id="28: same each year"),
        pytest.param({"born_on": date(2007, 11, 23)}, 1, ["À 19 ans", "802,82 €"], id="19 today"),
        pytest.param(
            {"age": 19, "contract": PRO, "diploma_held": DiplomaHeld.BAC_GENERAL},
            None,
            ["professionnalisation", "1 026,86 €", "55 %"],
            id="contrat pro, bac général",
        ),
        pytest.param(
            {"age": 19, "contract": PRO, "diploma_held": DiplomaHeld.BAC_TECHNOLOGIQUE},
            None,
            ["55 % ou 65 % du SMIC"],
            id="contrat pro, bac technologique: both rates",
        ),
        pytest.param({"age": 47, "contract": PRO}, None, ["À 47 ans", "1 867,02 €"], id="contrat pro at 47"),
    ],
)
def test_the_amounts_of_an_age_are_told(
    assistant: Assistant, known: dict[str, Any], year: int | None, expected: list[str]
) -> None:
    amount = said(assistant, year=year, **known)[0]
    assert [part for part in expected if part not in amount] == []


def test_one_year_asked_for_leaves_the_others_out(assistant: Assistant) -> None:
    amount = said(assistant, age=17, year=2)[0]
    assert [other for other in ("504,10", "1 026,86") if other in amount] == []


def test_a_rate_that_is_not_decided_has_no_amount(assistant: Assistant) -> None:
    bubbles = said(assistant, age=19, contract=PRO, diploma_held=DiplomaHeld.BAC_TECHNOLOGIQUE)
    assert [bubble for bubble in bubbles if "€" in bubble] == []


def test_a_licence_pro_is_paid_as_a_second_year(assistant: Assistant) -> None:
    replies = assistant.pay.by_year(Profile(age=22), on=TODAY, licence_pro=True)
    assert "1 138,88 €" in plain(replies[0])
    assert "D6222-32" in replies[-1].text


def test_the_net_is_an_estimate_and_the_amount_a_minimum(assistant: Assistant) -> None:
    _, net, source = said(assistant, age=18)
    assert "803 €, 948 € puis 1 184 €" in net
    assert ("estimation" in net, "minimum légal" in net, source.startswith(SOURCE)) == (True, True, True)


def test_the_years_are_drawn_too(assistant: Assistant) -> None:
    chart = assistant.pay.by_year(Profile(age=17), on=TODAY)[0].chart
    assert [(bar.label, bar.share) for bar in chart] == [("1re année", 27), ("2e année", 39), ("3e année", 55)]


def test_a_short_contract_after_a_break_is_paid_like_any(assistant: Assistant) -> None:
    profile = Profile(**{**KNOWN, "contract_months": 3})
    assert assistant.pay.refusal(profile, on=TODAY) is None
    assert "sept. à nov. 2026 : 504,10 €" in plain(assistant.pay.by_month(profile, on=TODAY)[0])


@pytest.mark.parametrize(("age", "restricted"), [(29, False), (30, True), (35, True)])
def test_past_the_usual_age_it_is_said_that_signing_is_restricted(
    assistant: Assistant, age: int, restricted: bool
) -> None:
    assert any("certains cas" in bubble for bubble in said(assistant, age=age)) is restricted


def test_a_contrat_pro_is_not_said_to_rise_every_year(assistant: Assistant) -> None:
    bubbles = months(assistant, contract=PRO, diploma_held=DiplomaHeld.SANS_BAC_PRO, contract_months=3)
    assert any("anniversaires" in bubble for bubble in bubbles)
    assert not any("nouvelle année de contrat" in bubble for bubble in bubbles)


# -- what no contract has


@pytest.mark.parametrize(
    ("known", "year", "expected"),
    [
        pytest.param({"age": 0}, None, ["À 0 ans", "15 ans"], id="no age at all"),
        pytest.param({"age": 14}, None, ["À 14 ans", "15 ans"], id="14"),
        pytest.param({"age": 36}, None, ["29 ans", "35 ans"], id="36"),
        pytest.param({"age": 99}, None, ["29 ans", "35 ans"], id="99"),
        pytest.param({"age": 100, "contract": PRO}, None, ["Je n'ai pas compris ton âge"], id="no age at all, pro"),
        pytest.param({"born_on": date(2026, 11, 24)}, None, ["pas encore arrivée"], id="born tomorrow"),
        pytest.param({"born_on": date(2013, 5, 1)}, None, ["À 13 ans"], id="13 by the birth"),
        pytest.param({"age": 17, "contract_months": 84}, None, ["6 à 36 mois (48"], id="seven years"),
        pytest.param({"age": 15, "contract": PRO}, None, ["À 15 ans", "16 ans"], id="a contrat pro at 15"),
        pytest.param({"age": 19, "contract": PRO, "contract_months": 48}, None, ["6 à 12 mois (36"], id="pro, 4 years"),
        pytest.param({"age": 17}, 7, ["6 à 36 mois"], id="a seventh year"),
        pytest.param({"age": 17, "starts_on": date(2036, 9, 1)}, None, ["quand ton contrat commence"], id="in 2036"),
    ],
)
def test_what_cannot_be_is_said_plainly_and_without_amount(
    assistant: Assistant, known: dict[str, Any], year: int | None, expected: list[str]
) -> None:
    bubbles = said(assistant, year=year, **known)
    assert [part for part in expected if part not in bubbles[0]] == []
    assert "€" not in bubbles[0]


# -- month by month


def test_each_period_has_its_amount_or_its_percentage(assistant: Assistant) -> None:
    # given 18 years in March 2027 and a contract of three years from September 2026 on
    first, *_, source = months(assistant)
    # then the months of 2026 have an amount, and those whose SMIC is unknown a percentage
    assert first.splitlines()[1:4] == [
        "• sept. à déc. 2026 : 504,10 € (27 % du SMIC)",
        "• janv. à mars 2027 : 27 % du SMIC, montant à venir",
        "• avril à août 2027 : 43 % du SMIC, montant à venir",
    ]
    assert source.startswith(SOURCE)


def test_what_is_not_known_yet_is_said_to_be_so(assistant: Assistant) -> None:
    assert any("pas encore fixé" in bubble for bubble in months(assistant))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"starts_on": date(2025, 9, 15)}, "partagée", id="a contract that began on the 15th"),
        pytest.param(
            {"born_on": date(2008, 9, 20)}, "ne tranchent pas", id="a birthday in the month the contract starts"
        ),
    ],
)
def test_a_month_that_the_law_leaves_open_has_its_reason(
    assistant: Assistant, changes: dict[str, Any], expected: str
) -> None:
    bubbles = months(assistant, **changes)
    assert any(expected in bubble for bubble in bubbles)
    assert any("27 % ou" in bubble for bubble in bubbles)


def test_every_period_is_drawn(assistant: Assistant) -> None:
    replies = assistant.pay.by_month(Profile(**KNOWN), on=TODAY)
    chart = next(reply.chart for reply in replies if reply.chart)
    assert chart[0] == Bar("sept. à déc. 2026", "504,10\u00a0€", 27)
    assert len(chart) == sum(plain(reply).count("•") for reply in replies)


# -- facts that may not be relied on


@pytest.mark.parametrize("age", [12, 15, 17, 21, 28, 40])
def test_past_the_review_date_no_number_is_given_but_the_page(assistant: Assistant, age: int) -> None:
    *bubbles, source = said(assistant, age=age, on=LATER)
    assert [character for bubble in bubbles for character in bubble if character.isdigit()] == []
    assert source.startswith(SOURCE)


def test_past_the_review_date_no_month_has_a_number(assistant: Assistant) -> None:
    *bubbles, _ = months(assistant, on=date(2027, 1, 10))
    assert [bubble for bubble in bubbles if re.search(r"\d", bubble)] == []


def test_a_month_whose_smic_was_never_checked_gives_no_number(assistant: Assistant) -> None:
    # given the SMIC of today with low confidence
    facts = [
        fact.model_copy(update={"confidence": Confidence.LOW}) if fact.id == "smic_2026_06" else fact
        for dated in assistant.facts.series.values()
        for fact in dated
    ]
    desk = PayDesk(FactBook(facts), assistant.texts)
    # then neither way of asking gives it
    for replies in (desk.by_year(Profile(age=17), on=TODAY), desk.by_month(Profile(**KNOWN), on=TODAY)):
        assert "€" not in "".join(reply.text for reply in replies)


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
def test_no_number_is_given_when_a_review_is_overdue(assistant: Assistant, ended: str, age: int) -> None:
    # given one series whose review was due yesterday
    yesterday = TODAY - timedelta(days=1)
    facts = [
        fact.model_copy(update={"review_by": yesterday}) if group == ended else fact
        for group, dated in assistant.facts.series.items()
        for fact in dated
    ]
    desk = PayDesk(FactBook(facts), assistant.texts)
    # when the pay is asked for
    profile = Profile(age=age)
    first, *_, source = desk.refusal(profile, on=TODAY) or desk.by_year(profile, on=TODAY)
    # then the page is given instead
    assert (first.text, source.text.startswith(SOURCE)) == (assistant.texts.say("pay_without_numbers"), True)


# -- every reply

EVERYBODY = [
    {"age": age, "contract": contract, "diploma_held": held}
    for age in (0, 12, 15, 17, 18, 25, 26, 35, 36, 99)
    for contract, held in [(None, None), *((PRO, held) for held in DiplomaHeld)]
]


@pytest.mark.parametrize("on", [pytest.param(TODAY, id="now"), pytest.param(LATER, id="past the review date")])
@pytest.mark.parametrize("year", [None, 1, 2, 3, 9])
def test_every_bubble_is_short_and_the_last_one_leads_on(assistant: Assistant, year: int | None, on: date) -> None:
    for known in EVERYBODY:
        profile = Profile(**known)
        replies = assistant.pay.refusal(profile, on=on, year=year) or assistant.pay.by_year(profile, on=on, year=year)
        assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE
        assert bool(replies[-1].buttons) or len(replies) == 2


def test_months_stay_short_for_any_start(assistant: Assistant) -> None:
    for count in range(48):
        starts_on = date(2023 + count // 12, count % 12 + 1, 17)
        replies = assistant.pay.by_month(
            Profile(**{**KNOWN, "born_on": date(2005, 3, 12), "starts_on": starts_on}), on=TODAY
        )
        assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE


def test_every_button_leads_to_a_topic_and_fits_in_telegram(assistant: Assistant) -> None:
    # given all the buttons of the desk
    kinds = ("pay_age", "pay_diploma", "pay_birth", "pay_start", "pay_length")
    replies = [assistant.pay.ask(kind) for kind in kinds]
    for known in EVERYBODY:
        for on in (TODAY, LATER):
            profile = Profile(**known)
            replies += assistant.pay.refusal(profile, on=on) or assistant.pay.by_year(profile, on=on)
    payloads = {button.payload for reply in replies for button in reply.buttons}
    # then each of them names a topic, in few bytes
    assert [
        payload
        for payload in payloads
        if payload[1:].partition("{")[0] not in assistant.answers.titles or len(payload.encode()) > MAX_PAYLOAD_BYTES
    ] == []

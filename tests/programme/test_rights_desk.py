"""What is said to a person who asks for a day or a delay."""

import re
import string
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.assistant import Assistant
from programme.content import CONTENT_DIR, read_yaml
from programme.facts import FactBook
from programme.readability import hard_to_read
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Reply
from programme.rights import FULL_TIME, AlternatingWeeks, MinorWork, WeekDays
from programme.rights_desk import RightsDesk
from programme.texts import Texts
from tests.conftest import NOW

TODAY = NOW.date()
# every fact is to be checked again long before
LATER = date(2030, 1, 1)
SOURCE = "📌 Source : "
FACTS = FactBook.load()
DESK = RightsDesk.load(FACTS)
WORK = MinorWork.load()
SENTENCES: dict[str, str] = read_yaml(CONTENT_DIR / "rights.yml")

# each answer, asked so that it has one
ASKED: dict[str, Callable[[RightsDesk, date], list[Reply]]] = {
    "trial": lambda desk, on: desk.trial_end(first_day=on, rhythm=AlternatingWeeks(1, 3), today=on),
    "window": lambda desk, on: desk.start_window(courses_start=on, today=on),
    "cfa": lambda desk, on: desk.cfa_without_employer(cycle_start=on, today=on),
    "resignation": lambda desk, on: desk.resignation(mediator_on=on, today=on),
    "diploma": lambda desk, on: desk.leave_with_diploma(employer_told_on=on, today=on),
    "hours": lambda desk, on: desk.minor_hours(age=17, work="boulanger", today=on),
}
USED = {
    "trial": ["premiers_45_jours"],
    "window": ["dates_debut", "cfa_sans_employeur"],
    "cfa": ["cfa_sans_employeur"],
    "resignation": ["rupture_demission"],
    "diploma": ["rupture_diplome_obtenu"],
    "hours": ["temps_travail_mineurs", "travail_nuit_mineurs", "dimanche_feries_mineurs"],
}


def day(text: str) -> date:
    return date.fromisoformat(text)


def said(replies: list[Reply]) -> str:
    """All but the source."""
    return " ".join(reply.text for reply in replies[:-1])


def missing(parts: list[str], text: str) -> list[str]:
    return [part for part in parts if part not in text]


# -- what is said


@pytest.mark.parametrize(
    ("rhythm", "expected", "estimated"),
    [
        pytest.param(FULL_TIME, "vers le 7 décembre 2026", True, id="the usual rhythm"),
        pytest.param(WeekDays(estimated=False), "finissent le 7 décembre 2026", False, id="the real rhythm"),
    ],
)
def test_the_end_of_the_free_days_is_an_estimate_when_the_rhythm_is(
    rhythm: WeekDays, expected: str, estimated: bool
) -> None:
    text = said(DESK.trial_end(first_day=day("2026-10-05"), rhythm=rhythm, today=TODAY))
    assert missing(["45 premiers jours", expected, "à partir du 5 octobre 2026", "1 jour férié."], text) == []
    assert ("estimation" in text) is estimated


def test_free_days_that_are_over_are_said_to_be() -> None:
    text = said(DESK.trial_end(first_day=day("2026-01-05"), rhythm=FULL_TIME, today=TODAY))
    assert ("ont fini vers le" in text, "sans donner de raison" in text) == (True, False)


def test_the_last_free_day_is_still_free() -> None:
    last = day("2026-12-07")
    asked = {"first_day": day("2026-10-05"), "rhythm": FULL_TIME}
    assert "sans donner de raison" in said(DESK.trial_end(**asked, today=last))
    assert "sans donner de raison" not in said(DESK.trial_end(**asked, today=last + timedelta(days=1)))


@pytest.mark.parametrize(
    ("first_day", "away", "expected"),
    [
        pytest.param("2027-01-04", [], None, id="nothing"),
        pytest.param("2027-01-04", ["2027-01-05"], "J'ai sauté 1 jour d'absence ou de CFA.", id="one day away"),
        pytest.param("2026-12-21", [], "J'ai sauté 2 jours fériés.", id="two holidays"),
        pytest.param(
            "2026-12-21",
            ["2027-01-05", "2027-01-06"],
            "J'ai sauté 2 jours fériés et 2 jours d'absence ou de CFA.",
            id="both",
        ),
    ],
)
def test_the_days_that_did_not_count_are_told(first_day: str, away: list[str], expected: str | None) -> None:
    text = said(DESK.trial_end(first_day=day(first_day), rhythm=FULL_TIME, today=TODAY, away=map(day, away)))
    assert expected in text if expected else "sauté" not in text


def test_the_window_is_told_with_its_two_delays() -> None:
    text = said(DESK.start_window(courses_start=day("2027-05-31"), today=TODAY))
    assert missing(["31 mai 2027", "entre le 1er mars 2027 et le 31 août 2027", "3 mois"], text) == []


@pytest.mark.parametrize(
    ("today", "closed"), [pytest.param("2026-12-01", False, id="last day"), pytest.param("2026-12-02", True, id="over")]
)
def test_a_window_that_is_over_is_said_to_be(today: str, closed: bool) -> None:
    text = said(DESK.start_window(courses_start=day("2026-09-01"), today=day(today)))
    assert ("C'est passé" in text) is closed


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("2027-01-01", "Tu pourras rester au CFA sans employeur jusqu'au 1er avril 2027", id="not begun"),
        pytest.param("2026-09-01", "jusqu'au 1er décembre 2026 : il te reste 8 jours", id="days left"),
        pytest.param("2026-08-24", "il te reste 1 jour pour", id="one day left"),
        pytest.param("2026-08-23", "C'est aujourd'hui, le 23 novembre 2026", id="last day"),
        pytest.param("2026-08-22", "jusqu'au 22 novembre 2026. C'est passé", id="over"),
    ],
)
def test_the_time_left_at_the_cfa_is_told(start: str, expected: str) -> None:
    text = said(DESK.cfa_without_employer(cycle_start=day(start), today=TODAY))
    assert missing([expected, "3 mois à partir du début de la formation"], text) == []


@pytest.mark.parametrize(
    ("age", "signs"),
    [pytest.param(None, True, id="age not told"), pytest.param(17, True, id="17"), pytest.param(18, False, id="18")],
)
def test_a_resignation_is_told_step_by_step(age: int | None, signs: bool) -> None:
    text = said(DESK.resignation(mediator_on=TODAY, today=TODAY, age=age))
    steps = ["23 novembre 2026", "28 novembre 2026", "5 décembre 2026", "5 jours", "7 jours"]
    assert missing(steps, text) == []
    assert ("représentant légal" in text) is signs


def test_leaving_with_the_diploma_takes_one_month() -> None:
    text = said(DESK.leave_with_diploma(employer_told_on=day("2027-01-31"), today=TODAY))
    assert missing(["31 janvier 2027", "28 février 2027", "1 mois"], text) == []


@pytest.mark.parametrize(
    ("age", "work", "expected"),
    [
        pytest.param(
            17,
            "boulanger",
            ["À 17 ans", "8 heures", "35 heures", "12 heures", "De 22 h à 6 h", "à partir de 4 h", "inspection"],
            id="bakery at 17",
        ),
        pytest.param(15, "boulanger", ["14 heures", "De 20 h à 6 h", "À ton âge", "même dans"], id="bakery at 15"),
        pytest.param(16, "cuisinier", ["jusqu'à 23 h 30", "dimanche : possible"], id="restaurant"),
        pytest.param(16, "spectacles", ["jusqu'à minuit", "dimanche : interdit", "fériés : possible"], id="shows"),
        pytest.param(16, "maçon", ["10 heures", "40 heures", "fériés : interdits"], id="building site"),
        pytest.param(16, "coiffeur", ["pas d'exception", "fériés : interdits."], id="in no list"),
        pytest.param(16, "trapéziste", ["demande à ton CFA", "sauf dans certains secteurs"], id="not known"),
        pytest.param(16, None, ["demande à ton CFA", "sauf dans certains secteurs"], id="no trade told"),
        pytest.param(14, "coiffeur", ["à partir de 15 ans"], id="too young to sign"),
    ],
)
def test_a_minor_is_told_their_hours(age: int, work: str | None, expected: list[str]) -> None:
    assert missing(expected, said(DESK.minor_hours(age=age, work=work, today=TODAY))) == []


@pytest.mark.parametrize(("age", "other"), [(15, "à partir de 4 h"), (16, "20 h")])
def test_a_minor_is_not_told_the_hours_of_another_age(age: int, other: str) -> None:
    assert other not in said(DESK.minor_hours(age=age, work="boulanger", today=TODAY))


# -- what is refused

FAR = day("2029-11-24")
LONG_AGO = day("2023-11-22")
YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("replies", "key"),
    [
        pytest.param(DESK.start_window(courses_start=FAR, today=TODAY), "rights_far_date", id="courses far away"),
        pytest.param(DESK.start_window(courses_start=LONG_AGO, today=TODAY), "rights_far_date", id="courses long ago"),
        pytest.param(DESK.cfa_without_employer(cycle_start=FAR, today=TODAY), "rights_far_date", id="cycle far away"),
        pytest.param(
            DESK.trial_end(first_day=LONG_AGO, rhythm=FULL_TIME, today=TODAY),
            "rights_far_date",
            id="first day long ago",
        ),
        pytest.param(DESK.resignation(mediator_on=FAR, today=TODAY), "rights_far_date", id="mediator far away"),
        pytest.param(
            DESK.leave_with_diploma(employer_told_on=YESTERDAY, today=TODAY), "rights_past_date", id="letter yesterday"
        ),
        pytest.param(DESK.minor_hours(age=13, work=None, today=TODAY), "rights_too_young", id="13"),
        pytest.param(DESK.minor_hours(age=18, work="boulanger", today=TODAY), "rights_not_minor", id="18"),
    ],
)
def test_what_has_no_answer_gets_one_clear_sentence(replies: list[Reply], key: str) -> None:
    (reply,) = replies
    said_before, _, said_after = SENTENCES[key].partition("{age}")
    assert (reply.text.startswith(said_before), reply.text.endswith(said_after)) == (True, True)
    assert reply.buttons


@pytest.mark.parametrize("age", [13, 18])
def test_an_age_that_is_refused_is_said_again(age: int) -> None:
    (reply,) = DESK.minor_hours(age=age, work="boulanger", today=TODAY)
    assert reply.text.startswith(f"À {age} ans")


# -- facts that may not be said any more


@pytest.mark.parametrize("asked", ASKED)
def test_past_the_review_date_the_rule_is_said_without_number_nor_day(asked: str) -> None:
    *bubbles, source = ASKED[asked](DESK, LATER)
    assert [bubble.text for bubble in bubbles if re.search(r"\d", bubble.text)] == []
    assert [button.title for button in source.buttons if re.search(r"\d", button.title)] == []
    assert (len(bubbles), source.text.startswith(SOURCE)) == (1, True)


@pytest.mark.parametrize(("asked", "ended"), [(asked, series) for asked, used in USED.items() for series in used])
def test_one_fact_that_ended_is_enough_to_say_no_number(asked: str, ended: str) -> None:
    # given a series that ended yesterday without successor
    facts = [fact for dated in FACTS.series.values() for fact in dated]
    book = FactBook(
        [fact.model_copy(update={"valid_to": YESTERDAY}) if fact.group == ended else fact for fact in facts]
    )
    # when something that rests on it is asked for
    *bubbles, source = ASKED[asked](RightsDesk.load(book), TODAY)
    # then no bubble holds a number
    assert [bubble.text for bubble in bubbles if re.search(r"\d", bubble.text)] == []
    assert source.text.startswith(SOURCE)


def test_the_age_to_sign_is_used_for_those_below_it_only() -> None:
    facts = [fact for dated in FACTS.series.values() for fact in dated]
    book = FactBook(
        [fact.model_copy(update={"valid_to": YESTERDAY}) if fact.group == "age_15_ans" else fact for fact in facts]
    )
    desk = RightsDesk.load(book)
    assert "8 heures" in said(desk.minor_hours(age=15, work="boulanger", today=TODAY))
    assert "8 heures" not in said(desk.minor_hours(age=14, work="boulanger", today=TODAY))


# -- form


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("on", [pytest.param(TODAY, id="now"), pytest.param(LATER, id="past the review date")])
def test_the_answer_ends_with_its_source_and_two_or_three_ways_on(asked: str, on: date) -> None:
    *bubbles, source = ASKED[asked](DESK, on)
    assert len(bubbles) in (1, 2)
    assert [bubble.buttons for bubble in bubbles] == [()] * len(bubbles)
    assert (source.text.startswith(SOURCE), len(source.buttons) in (2, 3)) == (True, True)


@pytest.mark.parametrize("age", [14, 15, 16, 17])
@pytest.mark.parametrize("work", [None, *(sector.id for sector in WORK.sectors)])
def test_hours_fit_in_two_bubbles(age: int, work: str | None) -> None:
    replies = DESK.minor_hours(age=age, work=work, today=TODAY)
    assert (len(replies), max(len(reply.text) for reply in replies) <= MAX_BUBBLE) == (3, True)


near_days = st.dates(day("2023-11-23"), day("2029-11-23"))
coming_days = st.dates(TODAY, day("2029-11-23"))


@given(near_days, coming_days, st.frozensets(st.integers(0, 4), min_size=1), st.booleans())
def test_no_day_makes_a_bubble_too_long(any_day: date, coming: date, weekdays: frozenset[int], estimated: bool) -> None:
    away = [any_day + timedelta(days=gap) for gap in range(100)]
    replies = [
        *DESK.trial_end(first_day=any_day, rhythm=WeekDays(weekdays, estimated), today=TODAY, away=away),
        *DESK.start_window(courses_start=any_day, today=TODAY),
        *DESK.cfa_without_employer(cycle_start=any_day, today=TODAY),
        *DESK.resignation(mediator_on=coming, today=TODAY),
        *DESK.leave_with_diploma(employer_told_on=coming, today=TODAY),
    ]
    assert max(len(reply.text) for reply in replies) <= MAX_BUBBLE


def test_every_button_leads_to_a_topic_by_its_name_and_fits_in_telegram(assistant: Assistant) -> None:
    buttons = {button for ask in ASKED.values() for reply in ask(DESK, TODAY) for button in reply.buttons}
    assert [
        button
        for button in buttons
        if button.payload.removeprefix("/") not in assistant.answers.titles
        or len(button.payload.encode()) > MAX_PAYLOAD_BYTES
    ] == []


def test_no_number_is_typed_in_a_sentence() -> None:
    assert [key for key, sentence in SENTENCES.items() if re.search(r"\d", sentence)] == []


def test_the_blanks_are_plain_names() -> None:
    blanks = [
        (key, name, form, conversion)
        for key, sentence in SENTENCES.items()
        for _, name, form, conversion in string.Formatter().parse(sentence)
        if name is not None
    ]
    assert [blank for blank in blanks if not re.fullmatch("[a-z]+", blank[1]) or blank[2] or blank[3]] == []


def test_every_sentence_is_said_somewhere_and_none_has_the_key_of_another(assistant: Assistant) -> None:
    code = (Path(__file__).parents[2] / "programme" / "rights_desk.py").read_text(encoding="utf-8")
    assert [key for key in SENTENCES if f'"{key}"' not in code] == []
    assert Texts.load(CONTENT_DIR / "rights.yml").keys() & assistant.texts.keys() == set()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("on", [pytest.param(TODAY, id="now"), pytest.param(LATER, id="past the review date")])
def test_the_answers_are_easy_to_read(asked: str, on: date) -> None:
    *bubbles, _ = ASKED[asked](DESK, on)
    assert hard_to_read(tuple(bubble.text for bubble in bubbles)) == []

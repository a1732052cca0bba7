"""What the texts of campaigns say of a person."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from programme.campaigns.definition import FACTS, Text
from programme.campaigns.facts import facts_in, facts_of, fill
from programme.facts import FactBook
from programme.models import StaffMember
from tests.conftest import NOW, PARIS
from tests.programme.network_builders import an_animator

ACandidate = Callable[..., int]
BOOK = FactBook.load()
TODAY = NOW.date()


def known(session: Session, person_id: int, today: date = TODAY, **wanted: frozenset[str]) -> dict[str, str]:
    return facts_of(session, person_id, book=BOOK, zone=PARIS, now=NOW, today=today, **wanted)


def test_of_somebody_unknown_only_the_greeting_is_known(session: Session, a_candidate: ACandidate) -> None:
    assert known(session, a_candidate()) == {"bonjour": "Bonjour"}


def test_all_that_is_known_is_said_as_one_would_say_it(
    session: Session, a_candidate: ACandidate, an_event_date: Callable[..., int]
) -> None:
    an_event_date(title="Atelier CV")
    staff_id = an_animator(session, "sofia@exemple.fr")
    name = session.get_one(StaffMember, staff_id).name
    person_id = a_candidate(display_name="Léa", training_starts_on=date(2026, 11, 2), counsellor_id=staff_id)
    assert known(session, person_id) == {
        "bonjour": "Bonjour Léa",
        "jours_cfa": "71 jours",
        "fin_cfa": "2 février",
        "atelier": "Atelier CV, jeudi 26 novembre à 10h",
        "conseiller": name,
    }


@pytest.mark.parametrize(
    ("starts_on", "today", "said"),
    [
        pytest.param(date(2026, 11, 2), date(2026, 11, 2), ("92 jours", "2 février"), id="the first day"),
        pytest.param(date(2026, 11, 2), date(2027, 2, 1), ("1 jour", "2 février"), id="the last but one"),
        pytest.param(date(2026, 11, 1), date(2027, 1, 15), ("17 jours", "1er février"), id="the first of a month"),
        pytest.param(date(2026, 11, 30), date(2027, 1, 15), ("44 jours", "28 février"), id="a month without that day"),
        pytest.param(date(2026, 11, 2), date(2027, 2, 2), None, id="over"),
        pytest.param(date(2026, 11, 24), date(2026, 11, 23), None, id="not begun"),
        pytest.param(None, TODAY, None, id="not known"),
        pytest.param(date(2027, 9, 1), date(2027, 9, 20), None, id="the rule is due for a check"),
        pytest.param(date(1990, 9, 1), TODAY, None, id="a day that was misread"),
    ],
)
def test_the_months_at_the_cfa_are_counted(
    session: Session, a_candidate: ACandidate, starts_on: date | None, today: date, said: tuple[str, str] | None
) -> None:
    facts = known(session, a_candidate(training_starts_on=starts_on), today)
    assert (facts.get("jours_cfa"), facts.get("fin_cfa")) == (said or (None, None))


def test_what_is_too_long_for_its_blank_is_cut_or_left_out(
    session: Session, a_candidate: ACandidate, an_event_date: Callable[..., int]
) -> None:
    an_event_date(title="Atelier pour écrire son CV et ses lettres avec une professionnelle du métier et du territoire")
    staff_id = an_animator(session, "sofia@exemple.fr")
    session.get_one(StaffMember, staff_id).name = "Marie-Emmanuelle de la Rochefoucauld-Montbel"
    facts = known(session, a_candidate(display_name="Jean-Baptiste-Emmanuel-Marie", counsellor_id=staff_id))
    assert facts["bonjour"] == "Bonjour"
    assert len(facts["atelier"]) <= FACTS["atelier"]
    assert facts["atelier"].endswith("jeudi 26 novembre à 10h")
    assert "conseiller" not in facts


def test_a_counsellor_who_left_is_not_named(session: Session, a_candidate: ACandidate) -> None:
    staff_id = an_animator(session, "sofia@exemple.fr")
    session.get_one(StaffMember, staff_id).active = False
    assert "conseiller" not in known(session, a_candidate(counsellor_id=staff_id))


def test_a_workshop_that_has_begun_is_not_told_of(
    session: Session, a_candidate: ACandidate, an_event_date: Callable[..., int]
) -> None:
    an_event_date(starts_at=NOW - timedelta(minutes=5))
    assert "atelier" not in known(session, a_candidate())


def test_only_what_is_wanted_is_looked_up(
    session: Session, a_candidate: ACandidate, an_event_date: Callable[..., int]
) -> None:
    an_event_date()
    person_id = a_candidate(training_starts_on=date(2026, 11, 2))
    assert known(session, person_id, wanted=frozenset({"fin_cfa"})).keys() == {"bonjour", "jours_cfa", "fin_cfa"}
    assert known(session, person_id, wanted=frozenset({"atelier"})).keys() == {"bonjour", "atelier"}


TEXT = Text(bubbles=("{bonjour}, encore {jours_cfa}.", "Viens : {atelier}."), otherwise=("{bonjour}, on s'y met ?",))


def test_a_text_is_said_whole_or_otherwise() -> None:
    facts = {"bonjour": "Bonjour Léa", "jours_cfa": "3 jours", "atelier": "Atelier CV, lundi"}
    assert facts_in(TEXT) == facts.keys()
    assert fill(TEXT, facts) == ("Bonjour Léa, encore 3 jours.", "Viens : Atelier CV, lundi.")
    del facts["atelier"]
    assert fill(TEXT, facts) == ("Bonjour Léa, on s'y met ?",)

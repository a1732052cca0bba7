"""To which audiences a person belongs, and which comes first."""

from datetime import date
from typing import Any

import pytest

from programme.profile import Audience, Contract, Profile, Stage, month_end, stage_told


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param({}, [], id="nothing known"),
        pytest.param({"age": 0}, ["minor"], id="0"),
        pytest.param({"age": 17}, ["minor"], id="17"),
        pytest.param({"age": 18}, ["adult"], id="18"),
        pytest.param({"age": 29}, ["adult"], id="29"),
        pytest.param({"age": 30}, ["over_29", "adult"], id="30"),
        pytest.param({"stage": Stage.SANS_EMPLOYEUR}, ["without_employer"], id="no employer"),
        pytest.param({"stage": Stage.ECOLE_TROUVEE}, ["without_employer"], id="a school, no employer"),
        pytest.param({"stage": Stage.CONTRAT_SIGNE}, ["in_contract"], id="signed"),
        pytest.param({"stage": Stage.EN_CONTRAT}, ["in_contract"], id="at work"),
        pytest.param({"stage": Stage.RUPTURE}, ["after_a_break"], id="broken"),
        pytest.param({"contract": Contract.APPRENTISSAGE}, [], id="the usual contract"),
        pytest.param({"contract": Contract.PROFESSIONNALISATION}, ["professionnalisation"], id="contrat pro"),
        pytest.param({"born_on": date(2010, 1, 1)}, [], id="a birth is no age without a day"),
    ],
)
def test_what_a_person_said_decides_the_audiences(known: dict[str, Any], expected: list[str]) -> None:
    assert Profile(**known).audiences == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            {"age": 17, "stage": Stage.EN_CONTRAT, "contract": Contract.PROFESSIONNALISATION},
            ["minor", "in_contract", "professionnalisation"],
            id="a minor at work",
        ),
        pytest.param(
            {"age": 30, "stage": Stage.RUPTURE, "contract": Contract.PROFESSIONNALISATION},
            ["over_29", "after_a_break", "professionnalisation", "adult"],
            id="over 29 after a break",
        ),
        pytest.param(
            {"age": 20, "stage": Stage.SANS_EMPLOYEUR, "contract": Contract.PROFESSIONNALISATION},
            ["professionnalisation", "without_employer", "adult"],
            id="an adult who looks for a contrat pro",
        ),
    ],
)
def test_the_version_that_protects_most_comes_first(known: dict[str, Any], expected: list[str]) -> None:
    assert Profile(**known).audiences == expected


def test_every_audience_has_somebody() -> None:
    people = [
        Profile(age=age, stage=stage, contract=contract)
        for age in (None, 17, 18, 30)
        for stage in (None, *Stage)
        for contract in (None, *Contract)
    ]
    assert {audience for person in people for audience in person.audiences} == set(Audience)


def test_what_a_later_version_kept_besides_is_left_out() -> None:
    assert Profile.model_validate({"age": 17, "mood": "bright"}) == Profile(age=17)


def test_the_topics_that_tell_a_stage_lead_to_an_audience_each() -> None:
    topics = ("no_employer", "school_found", "contract_signed", "contract_broken", "cej")
    assert {topic: Profile(stage=stage_told(topic, before=None)).audiences for topic in topics} == {
        "no_employer": [Audience.WITHOUT_EMPLOYER],
        "school_found": [Audience.WITHOUT_EMPLOYER],
        "contract_signed": [Audience.IN_CONTRACT],
        "contract_broken": [Audience.AFTER_A_BREAK],
        "cej": [],
    }


def test_who_has_no_employer_after_a_break_is_still_after_a_break() -> None:
    assert stage_told("no_employer", before=Stage.RUPTURE) is Stage.RUPTURE
    assert stage_told("contract_signed", before=Stage.RUPTURE) is Stage.CONTRAT_SIGNE


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2009, 3, 12), date(2009, 3, 31), id="a day"),
        pytest.param(date(2008, 2, 1), date(2008, 2, 29), id="a leap year"),
        pytest.param(date(2009, 12, 31), date(2009, 12, 31), id="already the end"),
    ],
)
def test_of_a_birth_only_the_month_is_kept(day: date, expected: date) -> None:
    assert month_end(day) == expected

"""What is left of a gross pay: in November 2026, half of the SMIC is 933.51 € and 79 % of it 1474.95 €."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.facts import FactBook
from programme.net_pay import NetEstimate, net_estimate
from programme.pay import PayCase, Sector, Zone, month_pay
from programme.profile import Contract, DiplomaHeld

FACTS = FactBook.load()
NOVEMBER = date(2026, 11, 1)
# the contributions changed for contracts concluded from 1 March 2025 on
BEFORE, SINCE = date(2025, 2, 28), date(2025, 3, 1)
PRO = Contract.PROFESSIONNALISATION


def a_case(**changes: Any) -> PayCase:
    """An adult in a private company of metropolitan France, in a contract that began in September 2025."""
    return PayCase(
        **{
            "contract": Contract.APPRENTISSAGE,
            "birth_date": date(1999, 4, 4),
            "starts_on": date(2025, 9, 1),
            "signed_on": date(2025, 7, 18),
            **changes,
        }
    )


def estimate(case: PayCase, gross: str | Decimal | None = None, month: date = NOVEMBER) -> NetEstimate | None:
    """Of the legal minimum, or of another gross."""
    pay = month_pay(FACTS, case, month)
    return net_estimate(FACTS, case, pay if gross is None else replace(pay, gross=Decimal(gross)))


def net(case: PayCase, gross: str | Decimal | None = None) -> Decimal:
    found = estimate(case, gross)
    assert found is not None
    return found.monthly


@pytest.mark.parametrize(
    ("signed_on", "gross", "expected"),
    [
        pytest.param(SINCE, "504.10", "504.10", id="since March 2025, far below"),
        pytest.param(SINCE, "933.51", "933.51", id="since March 2025, exactly half of the SMIC"),
        pytest.param(SINCE, "933.52", "933.52", id="one cent above: a fifth of a cent is withheld"),
        pytest.param(SINCE, "933.54", "933.53", id="three cents above: the first cent is withheld"),
        pytest.param(SINCE, "952.18", "948.26", id="the example of our method"),
        pytest.param(SINCE, "1867.02", "1670.89", id="since March 2025, the SMIC"),
        pytest.param(BEFORE, "1474.94", "1474.94", id="before, up to 79 % of the SMIC"),
        pytest.param(BEFORE, "1474.95", "1474.95", id="before, less than one cent above"),
        pytest.param(BEFORE, "1475.00", "1474.99", id="before, five cents above: the first cent is withheld"),
        pytest.param(BEFORE, "1867.02", "1822.68", id="before, the SMIC"),
    ],
)
def test_only_what_is_above_the_threshold_of_the_day_of_conclusion_is_reduced(
    signed_on: date, gross: str, expected: str
) -> None:
    assert net(a_case(signed_on=signed_on), gross) == Decimal(expected)


def test_without_a_day_of_conclusion_the_start_decides() -> None:
    # given two contracts that began around the change
    cases = [a_case(signed_on=None, starts_on=starts_on) for starts_on in (BEFORE, SINCE)]
    # then each has the regime of its own day
    found = [estimate(case) for case in cases]
    assert [each and each.withheld_from for each in found] == [Decimal(79), Decimal(50)]


def test_the_regime_stays_that_of_the_conclusion_until_the_contract_ends() -> None:
    # given a contract concluded before the change, and a month long after it
    found = estimate(a_case(signed_on=BEFORE), month=NOVEMBER)
    assert found is not None
    assert found.regime.id == "cotisations_apprenti_avant_2025_03"


def test_the_threshold_follows_the_smic_of_the_month() -> None:
    # given the same gross in May and in November, with half of the SMIC at 911.52 € then 933.51 €
    found = [estimate(a_case(), "930.00", month) for month in (date(2026, 5, 1), NOVEMBER)]
    # then only May goes above
    assert [each and each.monthly for each in found] == [Decimal("926.12"), Decimal("930.00")]


@pytest.mark.parametrize(
    ("month", "gross", "expected"),
    [
        pytest.param(NOVEMBER, "1026.86", "812.86", id="from the first euro"),
        pytest.param(NOVEMBER, "1867.02", "1477.93", id="the net SMIC"),
        pytest.param(date(2025, 11, 1), "1000.00", "791.60", id="before the rate on record: estimated with it"),
    ],
)
def test_a_contrat_pro_contributes_from_the_first_euro(month: date, gross: str, expected: str) -> None:
    case = a_case(contract=PRO, diploma_held=DiplomaHeld.SANS_BAC_PRO)
    found = estimate(case, gross, month)
    assert found is not None
    assert (found.monthly, found.withheld_from) == (Decimal(expected), 0)


@pytest.mark.parametrize(
    ("changes", "month"),
    [
        pytest.param({"sector": Sector.PUBLIC}, NOVEMBER, id="public sector"),
        pytest.param({"zone": Zone.MAYOTTE}, NOVEMBER, id="Mayotte"),
        pytest.param({}, date(2027, 1, 1), id="SMIC not known yet"),
        pytest.param({"contract": PRO}, date(2027, 1, 1), id="SMIC not known yet, contrat pro"),
        pytest.param({"starts_on": date(2025, 11, 15), "birth_date": date(2005, 4, 4)}, NOVEMBER, id="no one rate"),
    ],
)
def test_what_is_not_certain_is_not_estimated(changes: dict[str, Any], month: date) -> None:
    assert estimate(a_case(**changes), month=month) is None


def test_the_other_overseas_departments_are_estimated_alike() -> None:
    assert net(a_case(zone=Zone.DROM)) == net(a_case())


# -- what holds for every gross

CASES = st.sampled_from(
    [a_case(signed_on=BEFORE), a_case(signed_on=SINCE), a_case(contract=PRO, diploma_held=DiplomaHeld.SANS_BAC_PRO)]
)
# from 10 € on: below, the rounding to a cent is more than the rate
AMOUNTS = st.integers(10_00, 6000_00).map(lambda cents: Decimal(cents) / 100)


@given(CASES, AMOUNTS)
def test_between_nothing_and_the_highest_rate_is_withheld(case: PayCase, gross: Decimal) -> None:
    assert 0 <= gross - net(case, gross) <= Decimal("0.2101") * gross


@given(CASES, AMOUNTS, AMOUNTS)
def test_more_gross_is_never_less_net(case: PayCase, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))
    assert net(case, low) <= net(case, high)

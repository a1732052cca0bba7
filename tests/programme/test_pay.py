"""The least that an apprentice earns, against worked pays."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.errors import ContentError
from programme.facts import FactBook
from programme.pay import YEARS, minimum_pay
from tests.programme.builders import a_fact

NOVEMBER = date(2026, 11, 15)
FEBRUARY = date(2026, 2, 15)
FACTS = FactBook.load()


@pytest.mark.parametrize(
    ("age", "year", "on", "percent", "gross"),
    [
        # worked pays, checked elsewhere (simulator of La bonne alternance, OpenFisca's SMIC)
        pytest.param(17, 1, NOVEMBER, 27, "504.10", id="17 years, 1st year, November 2026"),
        pytest.param(18, 1, date(2026, 9, 15), 43, "802.82", id="18 years, 1st year, September 2026"),
        pytest.param(22, 2, FEBRUARY, 61, "1112.05", id="22 years, 2nd year, February 2026"),
        pytest.param(28, 1, date(2026, 12, 15), 100, "1867.02", id="28 years, 1st year, December 2026"),
        pytest.param(18, 2, date(2026, 12, 15), 51, "952.18", id="18 years since November, 2nd year, December 2026"),
        pytest.param(22, 2, NOVEMBER, 61, "1138.88", id="22 years, 2nd year, November 2026"),
        # the other cells of the grid, percent × 1 867.02 € computed apart
        pytest.param(17, 2, NOVEMBER, 39, "728.14", id="16-17, 2nd year"),
        pytest.param(17, 3, NOVEMBER, 55, "1026.86", id="16-17, 3rd year"),
        pytest.param(18, 3, NOVEMBER, 67, "1250.90", id="18-20, 3rd year"),
        pytest.param(21, 1, NOVEMBER, 53, "989.52", id="21-25, 1st year"),
        pytest.param(21, 3, NOVEMBER, 78, "1456.28", id="21-25, 3rd year"),
        pytest.param(26, 2, NOVEMBER, 100, "1867.02", id="26 and more, 2nd year"),
        pytest.param(26, 3, NOVEMBER, 100, "1867.02", id="26 and more, 3rd year"),
        # the SMIC of the day counts
        pytest.param(17, 1, date(2026, 5, 31), 27, "492.22", id="last day before the SMIC of June"),
        pytest.param(17, 1, date(2026, 6, 1), 27, "504.10", id="first day of the SMIC of June"),
        # 1 766.92 × 27 % = 477.0684 and × 55 % = 971.806: rounded to the cent, down and up
        pytest.param(17, 1, date(2024, 3, 15), 27, "477.07", id="rounded to the nearest cent"),
    ],
)
def test_the_minimum_is_a_share_of_the_smic_by_age_and_year(
    age: int, year: int, on: date, percent: int, gross: str
) -> None:
    pay = minimum_pay(FACTS, age=age, year=year, on=on)
    assert (pay.percent, pay.gross_monthly) == (Decimal(percent), Decimal(gross))


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(15, 27, id="15, as at 16"),
        pytest.param(16, 27, id="16, the band starts"),
        pytest.param(17, 27, id="17, the band ends"),
        pytest.param(18, 43, id="18, the band starts"),
        pytest.param(20, 43, id="20, the band ends"),
        pytest.param(21, 53, id="21, the band starts"),
        pytest.param(25, 53, id="25, the band ends"),
        pytest.param(26, 100, id="26, the band starts"),
        pytest.param(35, 100, id="35"),
    ],
)
def test_each_age_falls_in_its_band(age: int, expected: int) -> None:
    assert minimum_pay(FACTS, age=age, year=1, on=NOVEMBER).percent == expected


@pytest.mark.parametrize(
    ("smic", "percent", "gross"),
    [
        pytest.param(100.50, 1, "1.01", id="half a cent goes up, even cent below"),
        pytest.param(101.50, 1, "1.02", id="half a cent goes up, odd cent below"),
        pytest.param(101.49, 1, "1.01", id="less than half goes down"),
        pytest.param(0.29, 100, "0.29", id="exact where binary floats are not"),
    ],
)
def test_half_a_cent_is_rounded_up(smic: float, percent: int, gross: str) -> None:
    # given a SMIC and a rate chosen for their product
    facts = FactBook(
        [
            a_fact("smic", values=[{"name": "mensuel_brut_35h", "value": smic, "unit": "EUR/mois"}]),
            a_fact("apprenti_grille_taux", values=[{"name": "26_et_plus", "value": percent, "unit": "% SMIC"}]),
        ]
    )
    # then the pay is rounded to the cent, half up
    assert minimum_pay(facts, age=26, year=1, on=NOVEMBER).gross_monthly == Decimal(gross)


def test_no_pay_is_computed_for_a_fourth_year() -> None:
    with pytest.raises(ContentError, match="16_17_annee_4"):
        minimum_pay(FACTS, age=17, year=4, on=NOVEMBER)


DAYS_OF_2026 = st.integers(0, 364).map(lambda days: date(2026, 1, 1) + timedelta(days=days))


@given(
    ages=st.tuples(st.integers(14, 60), st.integers(14, 60)).map(sorted),
    years=st.tuples(st.sampled_from(YEARS), st.sampled_from(YEARS)).map(sorted),
    days=st.tuples(DAYS_OF_2026, DAYS_OF_2026).map(sorted),
)
def test_the_pay_never_falls_when_age_year_or_date_rises(ages: list[int], years: list[int], days: list[date]) -> None:
    before, after = (
        minimum_pay(FACTS, age=age, year=year, on=on).gross_monthly
        for age, year, on in zip(ages, years, days, strict=True)
    )
    assert before <= after

"""The least that an apprentice earns, from the facts in force."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from programme.facts import FactBook

YEARS = (1, 2, 3)
# the series that the computation relies on
PAY_FACTS = ("apprenti_grille_taux", "smic")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class MinimumPay:
    """Gross EUR per month for 35 hours a week."""

    age: int
    year: int
    percent: Decimal
    gross_monthly: Decimal


def minimum_pay(facts: FactBook, *, age: int, year: int, on: date) -> MinimumPay:
    """The legal minimum of an apprentice of ``age`` in the ``year``-th year of the contract (1 to 3).

    Not covered, and more favourable to the apprentice: collective agreements, licence professionnelle, successive
    contracts, the 15 points of a related diploma, Mayotte's own SMIC.
    Source: Code du travail, art. D6222-26; published monthly SMIC × percent, rounded to the cent, half up.
    """
    grid, smic = (facts.on(group, on) for group in PAY_FACTS)
    percent = grid.amount(_grid_cell(age, year))
    gross = (smic.amount("mensuel_brut_35h") * percent / 100).quantize(CENT, ROUND_HALF_UP)
    return MinimumPay(age, year, percent, gross)


def _grid_cell(age: int, year: int) -> str:
    if age < 18:  # under 16 the rate is that of 16-17
        return f"16_17_annee_{year}"
    if age < 21:
        return f"18_20_annee_{year}"
    if age < 26:
        return f"21_25_annee_{year}"
    return "26_et_plus"

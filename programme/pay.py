"""The least that an apprentice earns, from the facts in force."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from programme.facts import Fact, FactBook

MIN_AGE = 14
MAX_AGE = 35
YEARS = (1, 2, 3)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class MinimumPay:
    """Gross EUR per month for 35 hours a week, and the facts that it was computed from."""

    age: int
    year: int
    percent: Decimal
    gross_monthly: Decimal
    facts: tuple[Fact, ...]


def minimum_pay(facts: FactBook, *, age: int, year: int, on: date) -> MinimumPay:
    """The legal minimum of an apprentice of ``age`` in the ``year``-th year of the contract (1 to 3).

    Not covered, and more favourable to the apprentice: collective agreements, licence professionnelle, successive
    contracts, the 15 points of a related diploma, Mayotte's own SMIC.
    Source: Code du travail, art. D6222-26; published monthly SMIC × percent, rounded to the cent, half up.
    """
    grid = facts.on("apprenti_grille_taux", on)
    smic = facts.on("smic", on)
    percent = grid.amount(_grid_cell(age, year))
    gross = (smic.amount("mensuel_brut_35h") * percent / 100).quantize(CENT, ROUND_HALF_UP)
    return MinimumPay(age, year, percent, gross, (grid, smic))


def _grid_cell(age: int, year: int) -> str:
    if age < 18:  # under 16 the rate is that of 16-17
        return f"16_17_annee_{year}"
    if age < 21:
        return f"18_20_annee_{year}"
    if age < 26:
        return f"21_25_annee_{year}"
    return "26_et_plus"

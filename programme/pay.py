"""The legal minimum pay of an apprentice or of a contrat de professionnalisation, month by month.

Every rate and every SMIC comes from dated facts. What the law leaves open is not decided here: such a month has several
possible percentages and no amount. A month whose SMIC is not known yet has a percentage and no amount.

Convention: published monthly SMIC for 35 hours × percentage, rounded to the cent, half up. The age of a month is the
one reached before its first day (D6222-31, D6325-16): a birthday on the 1st counts from the next month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from programme.errors import ProgrammeError
from programme.facts import Fact, FactBook
from programme.profile import Contract, DiplomaHeld

CENT = Decimal("0.01")
YEARS = (1, 2, 3)
LAST_YEAR = 3
# the longest contract of all: RQTH or high-level sport (R6222-46-1, R6222-60)
LONGEST_MONTHS = 48
# the birthdays that change the percentage, as the grids of D6222-26 and D6325-15 cut the ages
BAND_AGES = {Contract.APPRENTISSAGE: (18, 21, 26), Contract.PROFESSIONNALISATION: (21, 26)}


class Zone(StrEnum):
    METROPOLE = "metropole"
    DROM = "drom"  # Guadeloupe, Guyane, Martinique, La Réunion: the same SMIC
    MAYOTTE = "mayotte"


class Sector(StrEnum):
    PRIVE = "prive"
    PUBLIC = "public"


class Extension(StrEnum):
    ECHEC_EXAMEN = "echec_examen"
    RQTH = "rqth"


class Base(StrEnum):
    SMIC = "smic"
    SMC = "smc"  # minimum of the collective agreement for the job
    PREVIOUS_PAY = "previous_pay"


class Undecided(StrEnum):
    """Why the law does not give one percentage for a month."""

    ANNIVERSARY_IN_MONTH = "anniversary_in_month"
    BIRTHDAY_IN_FIRST_MONTH = "birthday_in_first_month"
    MONTHS_AT_CFA = "months_at_cfa"
    BAC_TECHNOLOGIQUE = "bac_technologique"


class PayError(ProgrammeError):
    """The pay cannot be computed from what is given."""


class BornTooLate(PayError):
    """Not 14 yet when the contract starts, or born in the future."""


class OutsideContract(PayError):
    """The month is not one of the contract's."""


class ContractTooLong(PayError):
    """No contract lasts that long."""


@dataclass(frozen=True)
class PreviousContract:
    """The contract that ended just before (D6222-29); amounts are gross EUR per month."""

    same_employer: bool
    diploma_obtained: bool
    last_percent: Decimal | None = None  # legal rate of its last year
    last_actual_gross: Decimal | None = None  # what was really paid


@dataclass(frozen=True)
class PayCase:
    """One contract, and what decides its pay.

    Only the month of ``birth_date`` matters. ``credited_years`` are years of the cycle that count as done before
    (D6222-28-1), or done for the diploma already held (D6222-30).
    """

    contract: Contract
    birth_date: date
    starts_on: date
    signed_on: date | None = None  # decides the contributions; the start when not given
    ends_on: date | None = None
    zone: Zone = Zone.METROPOLE
    sector: Sector = Sector.PRIVE
    credited_years: int = 0
    months_at_cfa: int = 0  # spent at the CFA before this contract without an employer (L6222-12-1)
    licence_pro: bool = False
    same_level_related_diploma: bool = False
    extension: Extension | None = None
    years_before_extension: int | None = None
    previous: PreviousContract | None = None
    conventional_minimum: Decimal | None = None  # gross EUR per month for 35 h
    diploma_held: DiplomaHeld | None = None
    public_extra_points: int = 0

    def __post_init__(self) -> None:
        if self.birth_date + relativedelta(years=14) > self.starts_on:
            raise BornTooLate("not 14 years old when the contract starts")
        if self.ends_on is not None and self.starts_on + relativedelta(months=LONGEST_MONTHS) < self.ends_on:
            raise ContractTooLong(f"a contract of more than {LONGEST_MONTHS} months")


@dataclass(frozen=True)
class MonthPay:
    """The minimum for one whole month, before overtime; amounts in EUR.

    ``percents`` holds one percentage, or each that may apply when ``undecided`` says why the law does not tell.
    Without amount: the SMIC of the month is not known (``smic`` is None), or the percentage is not decided.
    ``facts`` are those that were used; the caller decides whether they may still be relied on.
    """

    month: date  # its first day
    age: int
    age_band: str
    year: int | None  # of the grid, 1 to 3; none in a contrat pro
    percents: tuple[Decimal, ...]
    undecided: Undecided | None
    base: Base
    base_monthly: Decimal | None
    smic: Fact | None
    gross: Decimal | None
    facts: tuple[Fact, ...]

    @property
    def percent(self) -> Decimal | None:
        return self.percents[0] if len(self.percents) == 1 else None

    @property
    def said(self) -> tuple[object, ...]:
        """What a person is told: months that say the same are one line."""
        return self.percents, self.undecided, self.base_monthly, self.gross


def month_pay(facts: FactBook, case: PayCase, month: date) -> MonthPay:
    """The minimum pay of ``case`` in the month of that day.

    Source: Code du travail, art. D6222-26 to D6222-32 (apprenticeship), L6325-8, L6325-9, D6325-15 and D6325-16
    (professionnalisation), D6272-2 (public sector).

    Raises:
        OutsideContract: the contract has not begun, or is over.
        ContentError: a fact that the rules need is missing.
    """
    first = month.replace(day=1)
    if first < case.starts_on.replace(day=1) or (case.ends_on is not None and first > case.ends_on):
        raise OutsideContract(f"{first:%Y-%m} is not a month of the contract")
    ages, age_open = _ages(case, first)
    years, year_open = _years(facts, case, first)
    smic = smic_of(facts, case.zone, first)
    rates = {
        _rate(facts, case, age, year, diploma, smic, first)
        for age in ages
        for year in years
        for diploma in _diplomas(case)
    }
    percents = tuple(sorted({rate.percent for rate in rates}))
    rate = max(rates, key=lambda each: each.percent)
    base, base_monthly, gross = rate.base, rate.base_monthly, None
    if len(rates) == 1 and base_monthly is not None:
        gross = share(base_monthly, rate.percent)
        if (floor := _paid_before(case)) is not None and floor > gross:
            base, base_monthly, gross = Base.PREVIOUS_PAY, floor, floor
    undecided = (age_open or year_open or Undecided.BAC_TECHNOLOGIQUE) if len(percents) > 1 else None
    used = tuple(dict.fromkeys(fact for each in rates for fact in each.facts)) + ((smic,) if smic else ())
    return MonthPay(
        month=first,
        age=ages[0],
        age_band=age_band(case.contract, ages[0]),
        year=years[0] if case.contract is Contract.APPRENTISSAGE else None,
        percents=percents,
        undecided=undecided,
        base=base,
        base_monthly=base_monthly,
        smic=smic,
        gross=gross,
        facts=used,
    )


def schedule(facts: FactBook, case: PayCase) -> Iterator[MonthPay]:
    """Every month of the contract, in order. Raises ContractTooLong when ``case`` has no end."""
    if case.ends_on is None:
        raise ContractTooLong("a contract without an end has no last month")
    month = case.starts_on.replace(day=1)
    while month <= case.ends_on:
        yield month_pay(facts, case, month)
        month += relativedelta(months=1)


def spans(months: Iterable[MonthPay]) -> list[list[MonthPay]]:
    """Months that follow one another and say the same, together."""
    found: list[list[MonthPay]] = []
    for month in months:
        if found and found[-1][-1].said == month.said:
            found[-1].append(month)
        else:
            found.append([month])
    return found


def share(monthly: Decimal, percent: Decimal) -> Decimal:
    return (monthly * percent / 100).quantize(CENT, ROUND_HALF_UP)


# -- the SMIC


def smic_of(facts: FactBook, zone: Zone, month: date) -> Fact | None:
    """The SMIC of that month; None when it is not known: before the first one on record, or not decreed yet.

    The last one known ends, as far as can be said, the day before its next likely change.
    """
    known = facts.in_force("smic_mayotte" if zone is Zone.MAYOTTE else "smic", month)
    if known is None or known.valid_to is not None:
        return known
    return known if month < _next_change(facts, known) else None


def _next_change(facts: FactBook, smic: Fact) -> date:
    """When the SMIC in force is likely to change: the day on record, or else the 1 January after it began."""
    announced = facts.on_or_latest("smic_prochaine_revalorisation", smic.valid_from).value("date_probable").value
    expected = date.fromisoformat(str(announced))
    return expected if expected > smic.valid_from else date(smic.valid_from.year + 1, 1, 1)


# -- ages and years


def age_on(birth_date: date, day: date) -> int:
    """Full years on that day; who was born on 29 February is a year older on 28 February of a common year."""
    return int(relativedelta(day, birth_date).years)


def age_band(contract: Contract, age: int) -> str:
    """As the grids name it: ``16-17``, ``18-20``, ``21-25``, ``26+``; below 21 in a contrat pro ``<21``."""
    if age >= 26:
        return "26+"
    if age >= 21:
        return "21-25"
    if contract is Contract.PROFESSIONNALISATION:
        return "<21"
    return "18-20" if age >= 18 else "16-17"


def _ages(case: PayCase, first: date) -> tuple[list[int], Undecided | None]:
    """The age of the month, first; then the one that a birthday in the very first month of the contract may give."""
    age = age_on(case.birth_date, first - timedelta(days=1))
    starts = first == case.starts_on.replace(day=1)
    turns = age_on(case.birth_date, first + relativedelta(months=1, days=-1))
    if starts and turns > age and turns in BAND_AGES[case.contract]:
        return [age, turns], Undecided.BIRTHDAY_IN_FIRST_MONTH
    return [age], None


def _years(facts: FactBook, case: PayCase, first: date) -> tuple[list[int], Undecided | None]:
    """The year of the grid; two when the year changes inside the month, or the law does not say when it does."""
    if case.contract is Contract.PROFESSIONNALISATION:
        return [1], None
    if case.extension is not None:
        return [_capped(case.years_before_extension or LAST_YEAR)], None
    last = first + relativedelta(months=1, days=-1)
    done = relativedelta(first, case.starts_on).years if first >= case.starts_on else 0
    year = case.credited_years + done + 1
    latest = case.credited_years + relativedelta(last, case.starts_on).years + 1
    if case.months_at_cfa:
        early = case.starts_on - relativedelta(months=case.months_at_cfa)
        latest = case.credited_years + relativedelta(last, early).years + 1
    if case.licence_pro:  # prepared in one year, paid as the second one (D6222-32)
        year = max(year, int(facts.on("apprenti_licence_pro", first).amount("annee_de_reference")))
        latest = max(latest, year)
    possible = sorted({_capped(year), _capped(latest)})
    if len(possible) == 1:
        return possible, None
    return possible, Undecided.MONTHS_AT_CFA if case.months_at_cfa else Undecided.ANNIVERSARY_IN_MONTH


def _capped(year: int) -> int:
    return min(year, LAST_YEAR)


def _diplomas(case: PayCase) -> tuple[DiplomaHeld | None, ...]:
    """Whether a bac technologique alone gives the higher rate of a contrat pro is not settled."""
    if case.diploma_held is DiplomaHeld.BAC_TECHNOLOGIQUE:
        return DiplomaHeld.SANS_BAC_PRO, DiplomaHeld.BAC_PRO_OU_PLUS
    return (case.diploma_held,)


# -- percentages


@dataclass(frozen=True)
class _Rate:
    percent: Decimal
    base: Base
    base_monthly: Decimal | None
    facts: tuple[Fact, ...]


def _rate(
    facts: FactBook,
    case: PayCase,
    age: int,
    year: int,
    diploma: DiplomaHeld | None,
    smic: Fact | None,
    month: date,
) -> _Rate:
    monthly = None if smic is None else smic.amount("mensuel_brut_35h")
    agreed = case.conventional_minimum
    if case.contract is Contract.PROFESSIONNALISATION:
        grid = facts.on("pro_grille_taux", month)
        percent = grid.amount(_pro_cell(age, diploma))
        used: list[Fact] = [grid]
        above = grid.amount("26_et_plus_smc")
        if age >= 26 and agreed is not None and monthly is not None and share(agreed, above) > monthly:
            return _Rate(above, Base.SMC, agreed, tuple(used))  # D6325-18
        return _Rate(percent, Base.SMIC, monthly, tuple(used))
    percent, used = _apprentice_percent(facts, case, age, year, month)
    if agreed is not None and monthly is not None and age >= 21 and agreed > monthly:
        used.append(facts.on("apprenti_smc_a_partir_de_21_ans", month))
        return _Rate(percent, Base.SMC, agreed, tuple(used))  # D6222-26
    return _Rate(percent, Base.SMIC, monthly, tuple(used))


def _apprentice_percent(facts: FactBook, case: PayCase, age: int, year: int, month: date) -> tuple[Decimal, list[Fact]]:
    used = [facts.on("apprenti_grille_taux", month)]
    if case.licence_pro:
        used.append(facts.on("apprenti_licence_pro", month))
    percent = used[0].amount(_apprentice_cell(age, year))
    if (floor := _percent_before(case)) is not None:
        used.append(facts.on("apprenti_contrats_successifs_autre_employeur", month))
        percent = max(percent, floor)
    points = Decimal(case.public_extra_points)  # D6272-2
    if case.same_level_related_diploma:  # D6222-30
        used.append(facts.on("apprenti_formation_connexe_15_points", month))
        points += used[-1].amount("majoration")
    if case.extension is Extension.RQTH:  # R6222-48
        used.append(facts.on("apprenti_rqth_prolongation", month))
        points += used[-1].amount("majoration")
    if points:  # D6222-31
        used.append(facts.on("apprenti_plafond_majorations", month))
        percent = min(percent + points, used[-1].amount("plafond"))
    return percent, used


def _apprentice_cell(age: int, year: int) -> str:
    if age < 18:  # under 16 the rate is that of 16-17 (D6222-27)
        return f"16_17_annee_{year}"
    if age < 21:
        return f"18_20_annee_{year}"
    if age < 26:
        return f"21_25_annee_{year}"
    return "26_et_plus"


def _pro_cell(age: int, diploma: DiplomaHeld | None) -> str:
    if age >= 26:
        return "26_et_plus_smic"
    band = "moins_21" if age < 21 else "21_25"
    # a bac général alone does not give the higher rate
    held = "bac_pro_ou_plus" if diploma is DiplomaHeld.BAC_PRO_OU_PLUS else "sans_bac_pro"
    return f"{band}_{held}"


# -- the contract before (D6222-29)


def _percent_before(case: PayCase) -> Decimal | None:
    """The legal rate that a new contract may not go below."""
    before = case.previous
    if before is None or not before.diploma_obtained or _paid_before(case) is not None:
        return None
    return before.last_percent


def _paid_before(case: PayCase) -> Decimal | None:
    """What a new contract with the same employer may not go below; gross EUR per month."""
    before = case.previous
    if case.contract is not Contract.APPRENTISSAGE or before is None:
        return None
    return before.last_actual_gross if before.same_employer and before.diploma_obtained else None


# -- without a contract: an age and a year are enough for what it is worth today


def pay_today(
    facts: FactBook,
    *,
    age: int,
    on: date,
    year: int = 1,
    contract: Contract = Contract.APPRENTISSAGE,
    diploma_held: DiplomaHeld | None = None,
    licence_pro: bool = False,
) -> tuple[PayCase, MonthPay]:
    """The minimum this month for somebody of that age, in that year (1 to 3) of a contract signed now."""
    first = on.replace(day=1)
    case = PayCase(
        contract=contract,
        birth_date=first - relativedelta(years=age, months=6),  # no birthday near
        starts_on=first,
        credited_years=year - 1,
        licence_pro=licence_pro,
        diploma_held=diploma_held,
    )
    return case, month_pay(facts, case, first)

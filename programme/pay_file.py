"""Worked pays in a file, to compare with what is computed (`declic pay FILE`).

The form is that of a list of ``cases``, each with ``id``, ``input`` and ``expected``; `docs/pay.md` shows one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from programme.content import ContentModel, parse, read_yaml
from programme.errors import ContentError, ProgrammeError
from programme.facts import FactBook
from programme.net_pay import net_estimate
from programme.pay import (
    Base,
    Extension,
    MonthPay,
    PayCase,
    PreviousContract,
    Sector,
    Zone,
    month_pay,
    share,
)
from programme.profile import Contract, DiplomaHeld

# two ways to count the hours of a month differ by four cents at most (35 × 52 ÷ 12 and 151.67)
TOLERANCE = Decimal("0.05")
NET_TOLERANCE = Decimal(15)
_DROM = ("drom", "outre_mer", "guadeloupe", "guyane", "martinique", "reunion", "la_reunion")


def _zone(written: Any) -> Any:
    return Zone.DROM if written in _DROM else written


def _sector(written: Any) -> Any:
    return Sector.PUBLIC if str(written).startswith("public") else written


def _month(written: Any) -> Any:
    return f"{written}-01" if isinstance(written, str) and len(written) == len("2026-11") else written


Money = Annotated[Decimal, Field(ge=0)]
Month = Annotated[date, BeforeValidator(_month), AfterValidator(lambda day: day.replace(day=1))]


class Previous(ContentModel):
    same_employer: bool
    diploma_obtained: bool
    last_percent: Money | None = None
    last_actual_gross_monthly: Money | None = None

    @property
    def contract(self) -> PreviousContract:
        return PreviousContract(
            same_employer=self.same_employer,
            diploma_obtained=self.diploma_obtained,
            last_percent=self.last_percent,
            last_actual_gross=self.last_actual_gross_monthly,
        )


class Input(ContentModel):
    contract: Contract
    birth_date: date
    contract_signed_on: date | None = None
    contract_starts_on: date
    contract_ends_on: date | None = None
    pay_month: Month
    zone: Annotated[Zone, BeforeValidator(_zone)] = Zone.METROPOLE
    sector: Annotated[Sector, BeforeValidator(_sector)] = Sector.PRIVE
    credited_years: int = Field(default=0, ge=0, le=3)
    months_at_cfa: int = Field(default=0, ge=0, le=3)
    licence_pro: bool = False
    same_level_related_diploma: bool = False
    extension: Extension | None = None
    years_before_extension: int | None = Field(default=None, ge=1, le=4)
    previous_contract: Previous | None = None
    conventional_minimum_monthly: Money | None = None
    diploma_held: DiplomaHeld | None = None
    public_extra_points: int = Field(default=0, ge=0, le=20)

    @property
    def case(self) -> PayCase:
        """Raises PayError."""
        before = self.previous_contract
        return PayCase(
            contract=self.contract,
            birth_date=self.birth_date,
            starts_on=self.contract_starts_on,
            signed_on=self.contract_signed_on,
            ends_on=self.contract_ends_on,
            zone=self.zone,
            sector=self.sector,
            credited_years=self.credited_years,
            months_at_cfa=self.months_at_cfa,
            licence_pro=self.licence_pro,
            same_level_related_diploma=self.same_level_related_diploma,
            extension=self.extension,
            years_before_extension=self.years_before_extension,
            previous=before.contract if before else None,
            conventional_minimum=self.conventional_minimum_monthly,
            diploma_held=self.diploma_held,
            public_extra_points=self.public_extra_points,
        )


class WorkedPay(ContentModel):
    """``expected`` is read line by line: what it does not hold is not compared. Other keys are for its readers."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    input: dict[str, Any]
    expected: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One value beside the other. ``same`` is None when there is nothing to compare with."""

    name: str
    expected: object
    computed: object
    same: bool | None


@dataclass(frozen=True)
class Compared:
    id: str
    lines: tuple[Line, ...] = ()
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.problem and all(line.same is not False for line in self.lines)


def compare_file(facts: FactBook, path: Path) -> list[Compared]:
    """Raises ContentError when the file is no list of cases."""
    read = read_yaml(path)
    cases = read.get("cases") if isinstance(read, dict) else read
    if not isinstance(cases, list) or not cases:
        raise ContentError(f"{path}: expected a list under « cases »")
    return [_compare(facts, case, f"{path}, case {position}") for position, case in enumerate(cases, start=1)]


def _compare(facts: FactBook, data: Any, where: str) -> Compared:
    worked = parse(WorkedPay, data, where)
    try:
        given = parse(Input, worked.input, f"case {worked.id}")
        pay = month_pay(facts, given.case, given.pay_month)
    except ProgrammeError as problem:
        return Compared(worked.id, problem=f"{type(problem).__name__}: {problem}")
    return Compared(worked.id, tuple(_lines(facts, given.case, pay, worked.expected)))


def _lines(facts: FactBook, case: PayCase, pay: MonthPay, expected: dict[str, Any]) -> Iterator[Line]:
    tolerance = _tolerance(expected, TOLERANCE)
    computed: dict[str, object] = {
        "age_for_pay": pay.age,
        "age_band": pay.age_band,
        "year_of_execution": pay.year,
        "percent": pay.percent,
        "base": pay.base.value,
        "base_monthly": pay.base_monthly,
        "smic_valid_from": pay.smic and pay.smic.valid_from,
        "gross_monthly": pay.gross,
        "gross_monthly_at_151_67_h": _at_reference_hours(facts, pay),
    }
    for name, value in computed.items():
        if name in expected:
            yield Line(name, expected[name], value, _same(name, expected[name], value, tolerance))
    net = expected.get("net_estimate")
    if isinstance(net, dict) and "monthly" in net:
        estimate = net_estimate(facts, case, pay)
        mine = estimate and estimate.monthly
        margin = _tolerance(net, NET_TOLERANCE)
        yield Line("net_estimate", net["monthly"], mine, _same("net_estimate", net["monthly"], mine, margin))


def _tolerance(expected: dict[str, Any], otherwise: Decimal) -> Decimal:
    try:
        return Decimal(str(expected.get("tolerance", otherwise)))
    except InvalidOperation as error:
        raise ContentError(f"tolerance: « {expected['tolerance']} » is no number") from error


def _at_reference_hours(facts: FactBook, pay: MonthPay) -> Decimal | None:
    """The same gross from the hourly SMIC and 151.67 hours, the other usual way to count."""
    if pay.gross is None or pay.smic is None or pay.percent is None or pay.base is not Base.SMIC:
        return pay.gross
    hours = facts.on("duree_mensuelle_reference", pay.month).amount("heures")
    return share(pay.smic.amount("horaire_brut") * hours, pay.percent)


def _same(name: str, expected: Any, computed: object, tolerance: Decimal) -> bool | None:
    # a file may leave a line open, except the amount itself: « null » then says that there is none
    if expected is None:
        return computed is None if name == "gross_monthly" else None
    if name == "base" and expected not in tuple(Base):
        return None  # another word for where the amount comes from
    if isinstance(expected, int | float) and isinstance(computed, int | Decimal):
        return abs(Decimal(str(expected)) - computed) <= (tolerance if isinstance(computed, Decimal) else 0)
    return str(expected) == str(computed)

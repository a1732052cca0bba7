"""An honest estimate of what is left of a gross pay, before the company's health cover (mutuelle)."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from programme.facts import Fact, FactBook
from programme.pay import CENT, MonthPay, PayCase, Sector, Zone
from programme.profile import Contract


@dataclass(frozen=True)
class NetEstimate:
    """EUR per month; ``regime`` is the fact whose rates were used, chosen by the day the contract was concluded."""

    monthly: Decimal
    regime: Fact

    @property
    def withheld_from(self) -> Decimal:
        """Percentage of the SMIC up to which nothing is withheld; 0 in a contrat pro."""
        exempt = {"seuil_exoneration"} & {value.name for value in self.regime.values}
        return self.regime.amount("seuil_exoneration") if exempt else Decimal(0)


def net_estimate(facts: FactBook, case: PayCase, pay: MonthPay) -> NetEstimate | None:
    """None where there is no gross, or the rules are not certain (public sector, Mayotte).

    The contributions of an apprentice are those of the day the contract was concluded, until its end. The rate of a
    contrat pro is on record since 2026 only; it also estimates earlier months.
    Source: Code du travail, art. L6243-2 and D6243-5.
    """
    if pay.gross is None or pay.smic is None or case.sector is Sector.PUBLIC or case.zone is Zone.MAYOTTE:
        return None
    concluded_on = case.signed_on or case.starts_on
    if case.contract is Contract.PROFESSIONNALISATION:
        regime = _at_or_first(facts, "pro_cotisations_net", pay.month)
        return NetEstimate(_rounded(pay.gross - pay.gross * regime.amount("taux_salarial_estime") / 100), regime)
    regime = facts.on("cotisations_apprenti", concluded_on)
    threshold = pay.smic.amount("mensuel_brut_35h") * regime.amount("seuil_exoneration") / 100
    withheld = max(pay.gross - threshold, Decimal(0)) * _rate_above(regime) / 100
    return NetEstimate(_rounded(pay.gross - withheld), regime)


def _rate_above(regime: Fact) -> Decimal:
    names = {value.name for value in regime.values}
    return regime.amount("taux_global_part_au_dela" if "taux_global_part_au_dela" in names else "taux_part_au_dela")


def _at_or_first(facts: FactBook, group: str, day: date) -> Fact:
    return facts.in_force(group, day) or facts.series[group][0]


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)

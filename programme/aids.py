"""Which aid a person may ask for: one small rule for each, from few answers and the facts in force.

A rule says yes, no, or yes as soon as a condition is met. It never refuses for what it does not know: an aid that may
apply is named with its condition.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from programme.facts import FactBook
from programme.profile import ADULT_FROM, Contract


class Standing(StrEnum):
    SEARCHING = "searching"
    SOON = "soon"  # an employer has promised
    IN_CONTRACT = "in_contract"


class Level(StrEnum):
    """Of the diploma aimed at, as the rules on equipment and employers cut them."""

    CAP_BAC = "cap_bac"
    BTS = "bts"
    BAC3 = "bac3"


class Housing(StrEnum):
    RENT = "rent"
    RENT_SOON = "rent_soon"
    NO_RENT = "no_rent"


class Transport(StrEnum):
    SUBSCRIPTION = "subscription"
    OTHER = "other"


class Situation(BaseModel):
    """What the person answered; None is not known, or passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    age: int | None = None
    contract: Contract | None = None
    standing: Standing | None = None
    level: Level | None = None
    housing: Housing | None = None
    transport: Transport | None = None
    passed: tuple[str, ...] = ()


class Condition(StrEnum):
    """What is still missing."""

    CONTRACT = "contract"
    RENT = "rent"
    AGE_18 = "age_18"
    EARNINGS = "earnings"
    NOTHING_ELSE = "nothing_else"
    FOLLOWED = "followed"
    REGISTERED = "registered"
    RQTH = "rqth"


@dataclass(frozen=True)
class Verdict:
    """``applies`` with ``missing`` empty is a plain yes."""

    applies: bool
    missing: tuple[Condition, ...] = ()


NO = Verdict(False)
YES = Verdict(True)
Rule = Callable[[Situation, FactBook, date], Verdict]


def _yes(*missing: Condition | None) -> Verdict:
    return Verdict(True, tuple(condition for condition in missing if condition is not None))


def _contract(situation: Situation) -> Condition | None:
    return None if situation.standing is Standing.IN_CONTRACT else Condition.CONTRACT  # a promise is no contract


def _older(situation: Situation, facts: FactBook, group: str, name: str, on: date) -> bool:
    """Older than the last age that the fact names?"""
    return situation.age is not None and situation.age > facts.on_or_latest(group, on).amount(name)


def _within(situation: Situation, facts: FactBook, group: str, on: date, name: str = "age") -> bool:
    """Inside the ages that the fact writes as « 16-25 »? Also when the age is not known."""
    first, last = (int(part) for part in str(facts.on_or_latest(group, on).value(name).value).split("-"))
    return situation.age is None or first <= situation.age <= last


# -- a roof


def mobili_jeune(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Under 30, a contract in a private company, a rent to pay (Action Logement)."""
    if situation.housing is Housing.NO_RENT or _older(situation, facts, "mobili_jeune", "age_max", on):
        return NO
    return _yes(_contract(situation), _rent(situation))


def apl(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Whoever pays a rent; the amount depends on income (CAF)."""
    return NO if situation.housing is Housing.NO_RENT else _yes(_rent(situation))


def visale(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """From 18 to 30, asked for before the lease is signed."""
    minor = situation.age is not None and situation.age < ADULT_FROM
    if situation.housing in (Housing.RENT, Housing.NO_RENT) or not (minor or _within(situation, facts, "visale", on)):
        return NO
    return _yes(Condition.AGE_18 if minor else None, _rent(situation))


def loca_pass(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """An advance on the deposit, until shortly after moving in; past 30 for employees of the private sector only."""
    return NO if situation.housing is Housing.NO_RENT else _yes(_contract(situation), _rent(situation))


def _rent(situation: Situation) -> Condition | None:
    return Condition.RENT if situation.housing is None else None


# -- learning and moving


def premier_equipement(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Tools, clothes or a computer of an apprentice, up to the level of a BTS (D6332-83)."""
    if situation.contract is Contract.PROFESSIONNALISATION or situation.level is Level.BAC3:
        return NO
    return _yes(_contract(situation))


def repas_cfa(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Meals and nights at the CFA cost an apprentice less (D6332-83)."""
    return NO if situation.contract is Contract.PROFESSIONNALISATION else _yes(_contract(situation))


def abonnement(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """The employer pays part of the subscription (L3261-2)."""
    return NO if situation.transport is Transport.OTHER else _yes(_contract(situation))


def tarifs_apprenti(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Cheaper trains and buses for apprentices."""
    return NO if situation.contract is Contract.PROFESSIONNALISATION else _yes(_contract(situation))


def carte_etudiant(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Given by the CFA (D6222-42)."""
    return _yes(_contract(situation))


def permis(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """The licence at one euro a day; the aid of 500 € has ended and is no entry of the list."""
    return YES if _within(situation, facts, "permis_autres_aides", on, "permis_1_euro_age") else NO


# -- money to live on


def prime_activite(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """From 18 on, for those who earn enough: an apprentice from 26 on does, a younger one perhaps (CAF)."""
    fact = facts.on_or_latest("prime_activite", on)
    if situation.standing is Standing.SEARCHING:
        return NO
    if situation.age is not None and situation.age < fact.amount("age_minimum"):
        return NO
    enough = situation.age is not None and situation.age >= EARNS_ENOUGH_FROM
    return _yes(_contract(situation) if enough else Condition.EARNINGS)


# the SMIC whole, as apprentice or in a contrat pro (D6222-26, L6325-9), is above the threshold of 55 % for 169 hours
EARNS_ENOUGH_FROM = 26


def cej(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Neither in work nor in training, 16 to 25, longer with RQTH."""
    if not _searching(situation) or _older(situation, facts, "cej", "age_maximum_rqth", on):
        return NO
    busy = Condition.NOTHING_ELSE if situation.standing is None else None
    if _within(situation, facts, "cej", on):
        return _yes(busy)
    young = situation.age is not None and situation.age < ADULT_FROM
    return NO if young else _yes(busy, Condition.RQTH)


def pacea(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """One-off help for those whom the Mission locale follows; its counsellor decides."""
    if not _searching(situation) or not _within(situation, facts, "mission_locale", on):
        return NO
    return _yes(Condition.FOLLOWED)


def mobilite(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Trips to an interview, for those registered at France Travail."""
    return _yes(Condition.REGISTERED) if _searching(situation) else NO


def _searching(situation: Situation) -> bool:
    """Also when it is not known."""
    return situation.standing in (Standing.SEARCHING, None)


def pass_culture(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """At 17 and 18."""
    return YES if situation.age in (17, 18) else NO


def handicap(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Never asked; always said with its condition."""
    return _yes(Condition.RQTH)


def regionales(situation: Situation, facts: FactBook, on: date) -> Verdict:
    """Each region has its own."""
    return YES


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        cej,
        mobili_jeune,
        apl,
        visale,
        loca_pass,
        prime_activite,
        premier_equipement,
        abonnement,
        repas_cfa,
        tarifs_apprenti,
        carte_etudiant,
        permis,
        pass_culture,
        pacea,
        mobilite,
        regionales,
        handicap,
    )
}

# what a small company gets in the first year, by the level aimed at: the value's name in `aide_embauche`
EMPLOYER_VALUES = {
    Level.CAP_BAC: "moins_250_niveaux_3_4",
    Level.BTS: "moins_250_niveau_5",
    Level.BAC3: "moins_250_niveaux_6_7",
}

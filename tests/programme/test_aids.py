"""Which aid applies to whom: each rule against a table."""

from datetime import date
from typing import Any

import pytest

from programme.aids import NO, RULES, YES, Condition, Situation, Verdict
from programme.facts import FactBook

FACTS = FactBook.load()
TODAY = date(2026, 11, 23)
CONTRACT, RENT, AGE_18 = Condition.CONTRACT, Condition.RENT, Condition.AGE_18


def verdict(rule: str, **known: Any) -> Verdict:
    return RULES[rule](Situation(**known), FACTS, TODAY)


def lacks(*missing: Condition) -> Verdict:
    return Verdict(True, missing)


IN_CONTRACT = {"standing": "in_contract"}
SEARCHING = {"standing": "searching"}


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [
        ("mobili_jeune", {"age": 20, "housing": "rent", **IN_CONTRACT}, YES),
        ("mobili_jeune", {"age": 29, "housing": "rent", **IN_CONTRACT}, YES),
        ("mobili_jeune", {"age": 30, "housing": "rent", **IN_CONTRACT}, NO),
        ("mobili_jeune", {"age": 20, "housing": "no_rent", **IN_CONTRACT}, NO),
        ("mobili_jeune", {"age": 20, "housing": "rent", **SEARCHING}, lacks(CONTRACT)),
        ("mobili_jeune", {"age": 20, **SEARCHING}, lacks(CONTRACT, RENT)),
        ("apl", {"housing": "rent"}, YES),
        ("apl", {"housing": "rent_soon"}, YES),
        ("apl", {"housing": "no_rent"}, NO),
        ("apl", {}, lacks(RENT)),
        ("visale", {"age": 18, "housing": "rent_soon"}, YES),
        ("visale", {"age": 30, "housing": "rent_soon"}, YES),
        ("visale", {"age": 31, "housing": "rent_soon"}, NO),
        ("visale", {"age": 17, "housing": "rent_soon"}, lacks(AGE_18)),
        ("visale", {"age": 20, "housing": "rent"}, NO),
        ("loca_pass", {"age": 29, "housing": "rent_soon", **IN_CONTRACT}, YES),
        ("loca_pass", {"age": 40, "housing": "rent", **IN_CONTRACT}, YES),
        ("loca_pass", {"age": 20, "housing": "no_rent", **IN_CONTRACT}, NO),
        ("loca_pass", {"age": 20, **IN_CONTRACT}, lacks(Condition.RENT)),
        ("visale", {"age": 20}, lacks(Condition.RENT)),
        ("loca_pass", {"age": 20, "housing": "rent_soon", **SEARCHING}, lacks(CONTRACT)),
        ("premier_equipement", {"level": "cap_bac", **IN_CONTRACT}, YES),
        ("premier_equipement", {"level": "bac3", **IN_CONTRACT}, NO),
        ("premier_equipement", {"contract": "professionnalisation", **IN_CONTRACT}, NO),
        ("premier_equipement", {"level": "bts", **SEARCHING}, lacks(CONTRACT)),
        ("repas_cfa", IN_CONTRACT, YES),
        ("repas_cfa", {"contract": "professionnalisation", **IN_CONTRACT}, NO),
        ("abonnement", {"transport": "subscription", **IN_CONTRACT}, YES),
        ("abonnement", {"transport": "other", **IN_CONTRACT}, NO),
        ("abonnement", SEARCHING, lacks(CONTRACT)),
        ("tarifs_apprenti", IN_CONTRACT, YES),
        ("tarifs_apprenti", {"contract": "professionnalisation"}, NO),
        ("carte_etudiant", {"standing": "soon"}, lacks(CONTRACT)),
        ("carte_etudiant", {}, lacks(CONTRACT)),
        ("carte_etudiant", SEARCHING, lacks(CONTRACT)),
        ("permis", {"age": 15}, YES),
        ("permis", {"age": 25}, YES),
        ("permis", {"age": 26}, NO),
        ("permis", {}, YES),
        ("prime_activite", {"age": 17, **IN_CONTRACT}, NO),
        ("prime_activite", {"age": 18, **IN_CONTRACT}, lacks(Condition.EARNINGS)),
        ("prime_activite", {"age": 26, **IN_CONTRACT}, YES),
        ("prime_activite", {"age": 26, **SEARCHING}, NO),
        ("prime_activite", {"age": 26, "standing": "soon"}, lacks(CONTRACT)),
        ("cej", {"age": 15, **SEARCHING}, NO),
        ("cej", {"age": 16, **SEARCHING}, YES),
        ("cej", {"age": 25, **SEARCHING}, YES),
        ("cej", {"age": 26, **SEARCHING}, lacks(Condition.RQTH)),
        ("cej", {"age": 29, **SEARCHING}, lacks(Condition.RQTH)),
        ("cej", {"age": 30, **SEARCHING}, NO),
        ("cej", {"age": 20}, lacks(Condition.NOTHING_ELSE)),
        ("cej", {"age": 20, **IN_CONTRACT}, NO),
        ("pacea", {"age": 20, **SEARCHING}, lacks(Condition.FOLLOWED)),
        ("pacea", {"age": 20, **IN_CONTRACT}, NO),
        ("mobilite", SEARCHING, lacks(Condition.REGISTERED)),
        ("mobilite", IN_CONTRACT, NO),
        ("pass_culture", {"age": 16}, NO),
        ("pass_culture", {"age": 17}, YES),
        ("pass_culture", {"age": 18}, YES),
        ("pass_culture", {"age": 19}, NO),
        ("regionales", {}, YES),
        ("handicap", {}, lacks(Condition.RQTH)),
    ],
)
def test_each_rule_says_yes_no_or_what_is_missing(rule: str, known: dict[str, Any], expected: Verdict) -> None:
    assert verdict(rule, **known) == expected


@pytest.mark.parametrize("rule", RULES)
def test_what_is_not_known_never_refuses_outright_what_may_apply(rule: str) -> None:
    # only the age says it of the Pass Culture
    assert verdict(rule).applies is (rule != "pass_culture")

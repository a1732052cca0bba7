"""Valid facts, of which a test changes what it is about."""

from typing import Any

from programme.facts import Fact


def a_fact(id: str = "smic", **changes: Any) -> Fact:
    """An amount of 10 € in force since 2026, checked on 6 October 2026, to be checked again after 2026."""
    return Fact.model_validate(a_fact_entry(id, **changes))


def a_fact_entry(id: str = "smic", **changes: Any) -> dict[str, Any]:
    """The same as it is written in a file."""
    return {
        "id": id,
        "kind": "amount",
        "label": "Un montant",
        "values": [{"name": "montant", "value": 10, "unit": "EUR"}],
        "valid_from": "2026-01-01",
        "valid_to": None,
        "conditions": "Partout.",
        "sources": [a_source(id)],
        "confidence": "high",
        "checked_on": "2026-10-06",
        "review_by": "2026-12-31",
        "owner": "référent paie",
        **changes,
    }


def a_source(name: str) -> dict[str, str]:
    return {"name": f"Page {name}", "url": f"https://exemple.fr/{name}"}

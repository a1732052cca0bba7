"""How well the running dialogue server understands phrases that it was not trained on."""

from collections import defaultdict
from pathlib import Path

import httpx
import pytest
import yaml

from tests.stack import Stack

FOLDER = Path(__file__).parent
SAFETY = ("distress", "harassment", "danger_at_work", "money_emergency")
# lower than what `make eval` prints (90.4 % and 97.1 % on 2026-11-23), so that only a real fall is an error
FIRST_FLOOR = 0.89
AMONG_THREE_FLOOR = 0.95
SAFETY_AMONG_THREE_FLOOR = 0.9


def phrases() -> list[tuple[str, str]]:
    found = []
    for path in sorted(FOLDER.rglob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = entry["examples"].splitlines()
            found += [(entry["intent"], line.removeprefix("- ").strip()) for line in lines if line.strip()]
    return found


@pytest.fixture(scope="module")
def parsed(stack: Stack) -> list[tuple[str, list[str]]]:
    """(meant, ranking of what was understood) for each phrase."""
    with httpx.Client(base_url=stack.dialogue_url, timeout=30, trust_env=False) as http:
        return [
            (
                meant,
                [
                    entry["name"]
                    for entry in http.post("/model/parse", json={"text": text}).json()["intent_ranking"]
                    if entry["name"] != "nlu_fallback"
                ],
            )
            for meant, text in phrases()
        ]


def share(rights: list[bool]) -> float:
    return sum(rights) / len(rights)


def test_most_phrases_are_understood(parsed: list[tuple[str, list[str]]]) -> None:
    assert share([meant == ranking[0] for meant, ranking in parsed]) >= FIRST_FLOOR
    assert share([meant in ranking[:3] for meant, ranking in parsed]) >= AMONG_THREE_FLOOR


def test_no_intent_is_never_understood(parsed: list[tuple[str, list[str]]]) -> None:
    by_intent: dict[str, list[bool]] = defaultdict(list)
    for meant, ranking in parsed:
        by_intent[meant].append(meant == ranking[0])
    assert [intent for intent, rights in by_intent.items() if share(rights) < 0.5] == []


def test_calls_for_help_are_among_what_is_understood(parsed: list[tuple[str, list[str]]]) -> None:
    rights = [meant in ranking[:3] for meant, ranking in parsed if meant in SAFETY]
    assert share(rights) >= SAFETY_AMONG_THREE_FLOOR


def test_age_and_year_of_contract_are_read(stack: Stack) -> None:
    answer = httpx.post(
        f"{stack.dialogue_url}/model/parse", json={"text": "j'aurai 19 ans en 2ème année, c payé cmb"}, timeout=30
    ).json()
    found = {entity["entity"]: entity["value"] for entity in answer["entities"]}
    assert found == {"age": "19", "contract_year": "2ème"}

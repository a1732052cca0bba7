"""What is read in messages: tried on labelled messages of another hand, then on the traps one by one."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.french.entities import find, fold

TODAY = date(2026, 11, 23)
MESSAGES = [json.loads(line) for line in (Path(__file__).parent / "entities.jsonl").read_text().splitlines()]
# below what was measured on 2026-11-23; a company that no « chez » announces is not recognised
FLOORS = {
    "trade": (0.95, 0.95), "diploma": (0.95, 0.95), "town": (0.94, 0.94), "age": (0.98, 0.98),
    "amount": (0.95, 0.9), "contract_year": (0.95, 0.95), "contract_type": (0.95, 0.95), "company": (0.9, 0.65),
}  # fmt: skip


def values(text: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for entity in find(text, TODAY):
        found.setdefault(entity.name, []).append(entity.value)
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_an_entity_is_found_where_it_is_and_nowhere_else(name: str) -> None:
    # given messages labelled by somebody else
    right, found, wanted = 0, 0, 0
    for message in MESSAGES:
        labels, read = (
            Counter(str(value).casefold() for value in side.get(name, ()))
            for side in (message["entities"], values(message["text"]))
        )
        right += (labels & read).total()
        found += read.total()
        wanted += labels.total()
    # then what is read is right, and what is there is read
    precision, recall = FLOORS[name]
    assert right / found >= precision
    assert right / wanted >= recall


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("jcherche à Nice ou a tours", {"town": ["Nice", "Tours"]}, id="towns that are words"),
        pytest.param("c'est nice, 2 tours de piste", {}, id="words that are towns"),
        pytest.param("je me suis fait vire a Vire", {"town": ["Vire"]}, id="both"),
        pytest.param("st etienne", {"town": ["Saint-Étienne"]}, id="saint cut short"),
        pytest.param("dix-sept ans", {"age": [17]}, id="an age in words"),
        pytest.param("un contrat de 2 ans", {}, id="a duration is no age"),
        pytest.param("j'ai 19", {"age": [19]}, id="an age without ans"),
        pytest.param("né en 2008", {"age": [18]}, id="a year of birth"),
        pytest.param("20 piges", {"age": [20]}, id="slang"),
        pytest.param("1 200,50 €", {"amount": [1200.5]}, id="an amount with blanks and cents"),
        pytest.param("1,5k€", {"amount": [1500]}, id="thousands"),
        pytest.param("2eme annee", {"contract_year": [2]}, id="a year without accents"),
        pytest.param("en contrat pro", {"contract_type": ["professionnalisation"]}, id="contrat pro"),
        pytest.param("bac pro", {"diploma": ["bac pro"]}, id="bac pro is a diploma, no contract"),
        pytest.param("chez moi", {}, id="nobody's company"),
        pytest.param("le 3/12 à 14h", {"date": ["2026-12-03"], "hour": ["14:00"]}, id="day and hour"),
    ],
)
def test_traps(text: str, expected: dict[str, list[object]]) -> None:
    assert values(text) == expected


def test_an_entity_says_where_it_stands() -> None:
    text = "Ma fille de 17 ans à Saint-Étienne"
    assert [text[entity.start : entity.end] for entity in find(text, TODAY)] == ["17 ans", "Saint-Étienne"]


@given(st.text(max_size=200))
def test_any_text_is_read_without_fault_and_within_its_bounds(text: str) -> None:
    assert len(fold(text)) == len(text)
    for entity in find(text, TODAY):
        assert 0 <= entity.start < entity.end <= len(text)


@given(st.text(st.sampled_from("0123456789/.,: h€eklmardijunovs-'le"), max_size=120))
def test_numbers_in_any_order_are_read_without_fault(text: str) -> None:
    find(text, TODAY)

"""How well the running dialogue server understands phrases that it was not trained on."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.settings import ROOT
from bot.training_data import QUESTION_CLASS, read_phrases
from tests.stack import Stack

SAFETY = ("distress", "harassment", "danger_at_work", "money_emergency")
OUT_OF_SCOPE = "out_of_scope"
# below what `make eval` printed on 2026-11-23 (95.8 %, 99.4 %, 98 to 100 %, 90.9 % and 0.3 %, 95.6 %)
FIRST_FLOOR = 0.94
AMONG_THREE_FLOOR = 0.98
INTENT_FLOOR = 0.7
SAFETY_FLOOR = 0.98
OUT_OF_SCOPE_FLOOR = 0.85
REFUSED_CEILING = 0.04
QUESTION_CLASS_FLOOR = 0.9


@dataclass(frozen=True)
class Read:
    meant: str
    text: str
    ranking: list[str]
    line_class: str

    @property
    def right(self) -> bool:
        return self.ranking[0] == self.meant


@pytest.fixture(scope="module")
def parse(stack: Stack) -> Any:
    """Asks the dialogue server what a text means."""
    with httpx.Client(base_url=stack.dialogue_url, timeout=10, trust_env=False) as http:
        yield lambda text: http.post("/model/parse", json={"text": text}).raise_for_status().json()


@pytest.fixture(scope="module")
def everything(parse: Any) -> list[Read]:
    found = []
    for phrase in read_phrases(ROOT / "tests" / "nlu"):
        parsed = parse(phrase.text)
        ranking = [entry["name"] for entry in parsed["intent_ranking"]]
        found.append(Read(phrase.label, phrase.text, ranking, QUESTION_CLASS + parsed["question_class"]["name"]))
    return found


@pytest.fixture(scope="module")
def messages(everything: list[Read]) -> list[Read]:
    return [each for each in everything if not each.meant.startswith(QUESTION_CLASS)]


def share(rights: list[bool]) -> float:
    return sum(rights) / len(rights)


# -- labelled phrases


def test_most_phrases_are_understood(messages: list[Read]) -> None:
    assert share([each.right for each in messages]) >= FIRST_FLOOR
    assert share([each.meant in each.ranking[:3] for each in messages]) >= AMONG_THREE_FLOOR


def test_every_intent_is_mostly_understood(messages: list[Read]) -> None:
    by_intent: dict[str, list[bool]] = defaultdict(list)
    for each in messages:
        by_intent[each.meant].append(each.right)
    assert [intent for intent, rights in by_intent.items() if share(rights) < INTENT_FLOOR] == []


@pytest.mark.parametrize("intent", SAFETY)
def test_calls_for_help_are_heard(messages: list[Read], intent: str) -> None:
    assert share([each.right for each in messages if each.meant == intent]) >= SAFETY_FLOOR


def test_what_is_not_ours_is_refused_and_nothing_else(messages: list[Read]) -> None:
    refused = [(each.meant == OUT_OF_SCOPE, each.ranking[0] == OUT_OF_SCOPE) for each in messages]
    assert share([refusal for strange, refusal in refused if strange]) >= OUT_OF_SCOPE_FLOOR
    assert share([refusal for strange, refusal in refused if not strange]) <= REFUSED_CEILING


def test_lines_to_an_employer_get_their_class(everything: list[Read]) -> None:
    lines = [each for each in everything if each.meant.startswith(QUESTION_CLASS)]
    scores = []
    for name in sorted({each.meant for each in lines}):
        right = sum(each.meant == each.line_class == name for each in lines)
        said = sum(each.line_class == name for each in lines) + sum(each.meant == name for each in lines)
        scores.append(2 * right / said)
    assert sum(scores) / len(scores) >= QUESTION_CLASS_FLOOR


# -- what a parse holds


def test_every_parse_has_the_class_of_the_line_and_our_doubt(parse: Any) -> None:
    parsed = parse("Qu'est-ce qui vous fait perdre le plus de temps en ce moment ?")
    assert parsed["question_class"]["name"] == "need"
    assert 0 < parsed["question_class"]["confidence"] <= 1
    assert parsed["doubt"] in ("", "unsure", "near", "long")


def test_confidences_are_probabilities_in_order(parse: Any) -> None:
    parsed = parse("je peux commencer le cfa sans patron ?")
    confidences = [entry["confidence"] for entry in parsed["intent_ranking"]]
    assert parsed["intent"] == parsed["intent_ranking"][0]
    assert confidences == sorted(confidences, reverse=True)
    assert 0.9 < sum(confidences) <= 1.0001


def test_what_a_message_names_is_read(parse: Any) -> None:
    parsed = parse("j'aurai 19 ans en 2ème année de BTS MCO à Nice, c payé cmb")
    found = {entity["entity"]: entity["value"] for entity in parsed["entities"]}
    assert found == {"age": 19, "contract_year": 2, "diploma": "BTS MCO", "town": "Nice"}


def test_a_call_for_help_is_heard_at_the_end_of_something_else(parse: Any) -> None:
    long = "Bonjour, je voulais savoir comment améliorer mon CV pour une alternance en vente. Il fait deux pages. " * 8
    assert parse(f"{long} Sinon j'en peux plus, j'ai envie de mourir.")["intent"]["name"] == "distress"


def test_two_wishes_in_one_message_are_both_read(parse: Any) -> None:
    wishes = [
        wish["intent"]["name"] for wish in parse("c payé combien et faut quoi comme papiers pour signer")["wishes"]
    ]
    # the one that may end with a question comes last
    assert wishes == ["signing_steps", "pay_simulation"]


def test_one_wish_said_in_two_sentences_is_one(parse: Any) -> None:
    assert "wishes" not in parse("Bonjour ! J'ai 17 ans. Je peux commencer le CFA sans patron ? Merci d'avance")


def test_what_is_gibberish_is_doubted(parse: Any) -> None:
    assert parse("blorg frutz")["doubt"] in ("unsure", "near")


# -- bad input


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 10_000, id="one letter"),
        pytest.param("a" * 500, id="one letter 500 times"),
        pytest.param("je cherche un patron à Lyon, c payé 1 200 € ? " * 220, id="10,000 characters of words"),
        pytest.param("le 3 " * 2_000, id="2,000 dates"),
        pytest.param("1" * 10_000, id="one number"),
        pytest.param("1 " * 5_000, id="numbers"),
        pytest.param("1" + " " * 9_999, id="blanks"),
        pytest.param("et puis " * 1_250, id="words that begin something else"),
        pytest.param("?!" * 5_000, id="signs"),
        pytest.param("😂" * 5_000, id="emoji"),
        pytest.param("\u202eje cherche\u202c un\u200b patron", id="right-to-left marks and zero width"),
        pytest.param("привет 你好 שלום مرحبا bonjour", id="mixed scripts"),
        pytest.param("\x00\x01\x02 bonjour \x7f", id="control characters"),
        pytest.param("\ud83d", id="half of a pair"),
        pytest.param("e\u0301" * 3_000, id="accents apart"),
        pytest.param("", id="nothing"),
        pytest.param("{}[]()\"'\\/", id="signs of code"),
    ],
)
def test_the_worst_that_a_phone_can_send_is_read_in_time(parse: Any, text: str) -> None:
    # the client gives up after ten seconds: a path that grows with the square would be longer
    parsed = parse(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    assert parsed["intent"]["name"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=400))
def test_any_text_is_read(parse: Any, text: str) -> None:
    parsed = parse(text)
    for entity in parsed["entities"]:
        assert 0 <= entity["start"] < entity["end"] <= len(text)

"""What a file of content/campaigns/ may say, and what is refused with a reason that its writer understands."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from programme.campaigns.definition import FACTS, Definition, Text, check_ways, load_campaigns, longest
from programme.errors import ContentError
from programme.replies import MAX_BUBBLE
from tests.programme.campaigns.builders import a_definition, a_step, a_text


def a_branch(**changes: Any) -> dict[str, Any]:
    return {"title": "Le transport", "now": a_text("On regarde les trajets."), **changes}


def asking(**changes: Any) -> dict[str, Any]:
    return a_step("jour_0", 0, asks=True) | changes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"at": "08:30"}, "between 9:00 and 20:00", id="too early"),
        pytest.param({"until": "20:30"}, "between 9:00 and 20:00", id="too late"),
        pytest.param({"at": "18:00", "until": "11:00"}, "in this order", id="ends before it begins"),
        pytest.param({"steps": [asking(at="20:00")]}, "step jour_0: between 9:00 and 20:00", id="a step at night"),
        pytest.param({"months": [13]}, "months", id="a month that there is not"),
        pytest.param({"employer": []}, "employer", id="of nobody"),
        pytest.param({"steps": []}, "steps", id="no step"),
        pytest.param({"steps": [asking(), a_step("jour_0", 2)]}, "two steps have the same id", id="the same id"),
        pytest.param(
            {"branches": {"transport": a_branch(steps=[a_step("jour_0", 2)])}},
            "two steps have the same id",
            id="the same id in a branch",
        ),
        pytest.param({"steps": [a_step("jour_0", 0)]}, "branches, but no step asks", id="nobody asks"),
        pytest.param({"steps": [asking(day=61)]}, "steps.0.day", id="too many days"),
        pytest.param(
            {"steps": [asking(says={"b": a_text("Bonjour")})]}, "says « a », or « a » and « b »", id="b without a"
        ),
        pytest.param(
            {"steps": [asking(says={"a": a_text("Bonjour") | {"buttons": [{"title": "Vélo", "answer": "velo"}]}})]},
            "« Vélo » answers velo, which is no branch",
            id="an answer that there is not",
        ),
        pytest.param(
            {"branches": {"transport": a_branch(words=["J'ai trouvé"])}}, "words", id="words with signs and accents"
        ),
        pytest.param({"branches": {"Transport": a_branch()}}, "branches", id="a key in capitals"),
        pytest.param({"couleur": "bleu"}, "couleur", id="a word that means nothing"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_reason(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        a_definition(**changes)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param({"bubbles": ["Salut {prenom}"]}, "asks for prenom; known: bonjour", id="an unknown blank"),
        pytest.param({"bubbles": ["Encore {jours_cfa}"]}, "say what is said « otherwise »", id="no otherwise"),
        pytest.param(
            {"bubbles": ["Encore {jours_cfa}"], "otherwise": ["Viens : {atelier}"]},
            "needs no fact but « bonjour »",
            id="an otherwise that needs a fact",
        ),
        pytest.param(
            {"bubbles": ["x" * (MAX_BUBBLE - 20) + "{atelier}"], "otherwise": ["Viens"]},
            "characters long once filled",
            id="too long once filled",
        ),
        pytest.param({"bubbles": ["x" * (MAX_BUBBLE + 1)]}, "bubbles", id="too long"),
        pytest.param({"bubbles": []}, "bubbles", id="nothing"),
        pytest.param(
            {"bubbles": ["Salut"], "buttons": [{"title": "Où", "intent": "help", "answer": "?"}]},
            "either an intent or an answer",
            id="a button that leads to two places",
        ),
        pytest.param(
            {"bubbles": ["Salut"], "buttons": [{"title": "Où"}]}, "either an intent or an answer", id="and to none"
        ),
    ],
)
def test_a_text_that_could_not_be_said_is_refused(text: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Text.model_validate(text)
    assert told in str(refused.value)


def test_the_longest_that_a_text_may_get_is_counted() -> None:
    assert longest("{bonjour}, encore {jours_cfa}.") == FACTS["bonjour"] + len(", encore ") + FACTS["jours_cfa"] + 1


def test_a_step_is_found_with_its_branch() -> None:
    definition = a_definition()
    assert definition.step("trajet_4").day == 4
    assert definition.branch_of("trajet_4") == "transport"
    assert definition.branch_of("jour_3") is None
    with pytest.raises(KeyError):
        definition.step("jour_4")


def test_it_is_the_same_after_it_was_kept() -> None:
    definition = a_definition()
    assert Definition.model_validate(definition.model_dump(mode="json")) == definition


def test_a_button_to_a_topic_that_there_is_not_is_told_to_its_writer() -> None:
    text = a_text("Salut") | {"buttons": [{"title": "Là", "intent": "nulle_part"}]}
    branch = a_branch(intents=["ailleurs"])
    definition = a_definition(steps=[asking(says={"a": text})], branches={"transport": branch})
    with pytest.raises(ContentError, match="no topic is called ailleurs, nulle_part"):
        check_ways({"essai": definition}, {"help"})
    check_ways({"essai": definition}, {"nulle_part", "ailleurs"})


def test_a_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "essai.yml").write_text("id: essai\ntitle: Un essai\n", encoding="utf-8")
    with pytest.raises(ContentError, match="essai"):
        load_campaigns(tmp_path)

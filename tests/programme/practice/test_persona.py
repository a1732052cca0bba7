"""Employers as data: what a file must hold, what the checks say in words, and the real ones."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from programme.assistant import Assistant
from programme.errors import ContentError
from programme.practice import rehearsal
from programme.practice.classes import HELPFUL
from programme.practice.persona import BEFORE_THE_NEED, RELEASING, Family, Persona, load_personas, problems
from programme.replies import MAX_PAYLOAD_BYTES, go
from tests.programme.practice.builders import a_persona, persona_data

PERSONAS = load_personas()


def with_replies(**moments: list[str]) -> Persona:
    return a_persona(replies={**persona_data()["replies"], **moments})


# -- the schema


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"family": "coiffure"}, id="an unknown family"),
        pytest.param({"level": 4}, id="a level too high"),
        pytest.param({"hints": {"opening": "Dis bonjour d'abord."}}, id="steps without a hint"),
        pytest.param({"surprise": "!"}, id="a key that means nothing"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_persona(**change)


def test_fewer_than_three_variants_are_refused() -> None:
    with pytest.raises(ValidationError):
        with_replies(activity=["une phrase", "deux phrases"])


def test_the_files_name_is_the_id(tmp_path: Path) -> None:
    (tmp_path / "autre_nom.yml").write_text(yaml.safe_dump(persona_data()), encoding="utf-8")
    with pytest.raises(ContentError, match=r"id is garage_test, the file's name says autre_nom"):
        load_personas(tmp_path)


# -- what the schema does not say


@pytest.mark.parametrize(
    ("persona", "said"),
    [
        pytest.param(with_replies(activity=["Les pneus !", "deux", "trois"]), "names the need", id="given away early"),
        pytest.param(with_replies(need=["Rien.", "Les pneus.", "Le samedi."]), "it gives nothing", id="nothing given"),
        pytest.param(with_replies(skill=["activity un", "deux", "trois"]), "does not repeat", id="said twice"),
        pytest.param(with_replies(skill=["On est 4.", "deux", "trois"]), "numbers in words", id="a digit"),
        pytest.param(a_persona(visible="Des pneus partout, et une file de voitures."), "visible", id="visible"),
    ],
)
def test_what_is_wrong_is_said_in_words(persona: Persona, said: str) -> None:
    assert any(said in problem for problem in problems(persona))


def test_a_persona_in_order_has_no_problem() -> None:
    assert [*problems(a_persona()), *rehearsal.problems(a_persona())] == []


# -- the real ones


def test_every_family_has_an_employer_and_every_level_too() -> None:
    assert {persona.family for persona in PERSONAS.values()} == set(Family)
    assert {persona.level for persona in PERSONAS.values()} == {1, 2, 3}
    assert len(PERSONAS) >= 16


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
def test_the_need_of_every_employer_is_found_by_who_asks_well_and_never_by_the_first_question(persona: Persona) -> None:
    assert [*problems(persona), *rehearsal.problems(persona)] == []


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=list(PERSONAS))
@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_rehearsed_call_praises_every_step(persona: Persona, level: int) -> None:
    heard = rehearsal.good_call(persona, level=level)
    assert {praise.step for praise in heard.debrief.praises} == set(HELPFUL)
    assert all(exchange.reply for exchange in heard.exchanges)


def test_the_moments_before_and_after_the_need_are_told_apart() -> None:
    assert set(BEFORE_THE_NEED) & set(RELEASING) == set()


def test_every_button_of_the_coaching_fits_into_telegram(assistant: Assistant) -> None:
    ways = [go("start_roleplay", "", f"f.{family}.3").payload for family in Family]
    ways += [
        go("play_quiz", "", f"{game.id}.{room.id}.{len(room.choices)}").payload
        for game in assistant.games.games.values()
        for room in game.rooms
    ]
    ways += [go("log_contact", "", f"{10**12}.urgency.later").payload]
    assert [way for way in ways if len(way.encode()) > MAX_PAYLOAD_BYTES] == []

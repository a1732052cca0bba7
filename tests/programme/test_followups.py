"""What a short message goes on with."""

from pathlib import Path

import pytest

from programme.assistant import Assistant
from programme.errors import ContentError
from programme.followups import FollowUps, is_minor


def test_what_is_said_and_the_topic_before_give_the_topic(assistant: Assistant) -> None:
    assert assistant.followups.topic("minor", after="working_hours") == "night_and_minor_work"


def test_a_topic_without_a_line_of_its_own_takes_the_common_one(assistant: Assistant) -> None:
    assert assistant.followups.topic("professionnalisation", after="mentor") == "apprenticeship_vs_pro"


@pytest.mark.parametrize(
    ("said", "after"),
    [
        pytest.param("minor", "", id="nothing was spoken of"),
        pytest.param("cdi", "mentor", id="nothing is known of it"),
        pytest.param("age", "mentor", id="it changes nothing there"),
    ],
)
def test_there_may_be_nothing_to_go_on_with(assistant: Assistant, said: str, after: str) -> None:
    assert assistant.followups.topic(said, after=after) is None


def test_a_topic_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "followups.yml"
    path.write_text("minor:\n  any: no_such_topic\n")
    with pytest.raises(ContentError, match="no such topic: no_such_topic"):
        FollowUps.load({"mentor"}, path)


def test_every_topic_that_follows_has_an_answer(assistant: Assistant) -> None:
    table = assistant.followups._table
    assert {after for lines in table.values() for after in lines.values()} - set(assistant.answers.topics) == set()


@pytest.mark.parametrize(
    ("text", "age", "minor"),
    [
        pytest.param("et si je suis MINEURE ?", None, True, id="in words"),
        pytest.param("j'ai moins de 18 ans", None, True, id="under 18"),
        pytest.param("je suis pas encore majeur", None, True, id="not of age yet"),
        pytest.param("17", 17, True, id="by the age"),
        pytest.param("18", 18, False, id="of age"),
        pytest.param("le mineral", None, False, id="a word that begins so"),
    ],
)
def test_a_minor_is_recognised(text: str, age: int | None, minor: bool) -> None:
    assert is_minor(text, age) is minor

"""The short sentences: found by key, filled, refused when they cannot be said."""

from pathlib import Path

import pytest

from programme.errors import ContentError
from programme.replies import Button, Reply
from programme.texts import Texts


def test_a_sentence_is_filled_and_carries_its_buttons() -> None:
    texts = Texts({"waiting": "Tu es {rank}."})
    button = Button("Voir", "/list_workshops")
    assert texts.reply("waiting", button, rank="2e") == Reply("Tu es 2e.", (button,))


def test_the_blanks_of_a_sentence_are_known() -> None:
    assert Texts({"booked": "{title}, {when}, {title}"}).blanks("booked") == {"title", "when"}


@pytest.mark.parametrize(
    ("key", "values"),
    [
        pytest.param("wating", {"rank": "2e"}, id="unknown key"),
        pytest.param("waiting", {}, id="missing value"),
    ],
)
def test_a_sentence_that_cannot_be_said_is_a_fault(key: str, values: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        Texts({"waiting": "Tu es {rank}."}).say(key, **values)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("hello: ''\n", r"texts\.yml, hello: expected a sentence", id="empty sentence"),
        pytest.param("hello: 12\n", r"texts\.yml, hello: expected a sentence", id="a number"),
        pytest.param(f"hello: {'x' * 301}\n", r"texts\.yml, hello: 301 characters", id="too long"),
        pytest.param("", r"texts\.yml: expected", id="empty file"),
        pytest.param("- hello\n", r"texts\.yml: expected", id="a list"),
    ],
)
def test_a_sentence_that_fits_in_no_bubble_does_not_load(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "texts.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=problem):
        Texts.load(path)

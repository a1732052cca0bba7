"""Where to go with what is not ours."""

import re

import pytest

from programme.assistant import Assistant
from programme.content import CONTENT_DIR, read_entries
from programme.elsewhere import Elsewhere, Place


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("Comment refaire mon PASSEPORT ?", "ants.gouv.fr", id="capitals"),
        pytest.param("je dois declarer mes impots", "impots.gouv.fr", id="plural"),
        pytest.param("j'ai de la fièvre", "sante.fr", id="accents"),
        pytest.param("j'ai des idées suicidaires", "15", id="a word begun"),
        pytest.param("une dissertation sur Zola", "lumni.fr", id="homework"),
    ],
)
def test_a_known_place_is_named(assistant: Assistant, text: str, address: str) -> None:
    assert address in (assistant.elsewhere.find(text) or "")


@pytest.mark.parametrize(
    "text", ["écris un poème pour ma copine", "je suis en train de manger", "ma cafetière", "du bacon", ""]
)
def test_words_that_only_look_alike_name_none(assistant: Assistant, text: str) -> None:
    assert assistant.elsewhere.find(text) is None


def test_the_first_place_wins() -> None:
    places = Elsewhere([Place(words=("a*",), say="first"), Place(words=("abc",), say="second")])
    assert places.find("abc") == "first"


def test_every_place_has_a_number_or_a_public_address() -> None:
    for entry in read_entries(CONTENT_DIR / "elsewhere.yml"):
        assert re.search(r"https://[\w.-]+|\b\d{2}\b|3018", entry["say"]), entry

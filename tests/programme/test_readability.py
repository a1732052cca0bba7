"""How hard a text is to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programme.readability import hard_to_read, lix, sentences


def words(count: int, *, long: int = 0) -> str:
    """A sentence of that many words, of which so many have seven letters."""
    return " ".join(["bonjour"] * long + ["oui"] * (count - long)) + "."


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        pytest.param("Oui. Et toi ?", [1, 2], id="full stop and question mark"),
        pytest.param("Bravo ! On y va… Prêt ?", [1, 3, 1], id="exclamation and dots"),
        pytest.param("Il dit : « Oui. » Puis il sort.", [3, 3], id="a stop inside quotes"),
        pytest.param("Demande :\n• le prix\n• la date", [1, 2, 2], id="each line of a list"),
        pytest.param("Il gagne 12.5 euros.", [4 + 1], id="the dot of a number is no stop"),
        pytest.param("L'été, peut-être", [3], id="an elision is two words, a hyphen one"),
        pytest.param("Tu as {cej.montant} par mois.", [5], id="a blank is one word"),
        pytest.param("👇 🙂", [], id="no word"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_sentences_are_cut_as_they_are_read(text: str, counts: list[int]) -> None:
    assert [len(found) for found in sentences(text)] == counts


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param(("Oui, oui, oui, oui.",), 4, id="one sentence of short words"),
        pytest.param((words(10, long=2),), 10 + 20, id="two long words of ten"),
        pytest.param((words(4), words(6, long=5)), 5 + 50, id="over two bubbles"),
        pytest.param(("maison",), 1, id="six letters are short"),
        pytest.param(("maisons",), 1 + 100, id="seven letters are long"),
        pytest.param(("{serie_au_nom_long.valeur}",), 1, id="a blank is short"),
        pytest.param(("",), 0, id="no words"),
        pytest.param((), 0, id="no text"),
    ],
)
def test_lix_is_the_length_of_sentences_plus_the_share_of_long_words(texts: tuple[str, ...], expected: float) -> None:
    assert lix(texts) == expected


def test_a_hyphen_is_no_letter() -> None:
    # « peux-tu » has six letters
    assert lix(("peux-tu",)) == 1


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param((words(28),), [], id="28 words"),
        pytest.param(
            (words(29),), ["a sentence has 29 words, 28 at most: oui oui oui oui oui oui…"], id="a word too many"
        ),
        pytest.param((words(20, long=5),), [], id="LIX 45"),
        pytest.param(
            (words(20, long=6),),
            ["hard to read: LIX 50, 45 at most (shorter sentences, shorter words)"],
            id="a long word too many",
        ),
        pytest.param(
            (words(30, long=6),),
            [
                "a sentence has 30 words, 28 at most: bonjour bonjour bonjour bonjour bonjour bonjour…",
                "hard to read: LIX 50, 45 at most (shorter sentences, shorter words)",
            ],
            id="both",
        ),
        pytest.param((words(20, long=6), words(20)), [], id="an easy bubble makes up for a hard one"),
        pytest.param((words(29), words(30)), ["29", "30"], id="each bubble has its sentences"),
    ],
)
def test_a_writer_is_told_what_to_change(texts: tuple[str, ...], expected: list[str]) -> None:
    problems = hard_to_read(texts)
    assert len(problems) == len(expected)
    assert [part for part, problem in zip(expected, problems, strict=True) if part not in problem] == []


@given(st.lists(st.text()).map(tuple))
def test_any_text_has_a_level(texts: tuple[str, ...]) -> None:
    found = sum(len(words) for text in texts for words in sentences(text))
    assert 0 <= lix(texts) <= found + 100

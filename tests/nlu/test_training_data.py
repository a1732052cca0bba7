"""The labelled phrases themselves: enough, varied, and none that judges what it has taught."""

from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.training_data import (
    ENOUGH,
    ENOUGH_OF_THESE,
    IMPORTANT,
    QUESTION_CLASS,
    TRAINING,
    Phrase,
    near_duplicates,
    read_phrases,
    seen_in_training,
    too_few,
)
from programme.content import read_yaml

TESTS = ROOT / "tests" / "nlu"
QUESTION_CLASSES = (
    "opening", "activity", "need", "skill", "short_term", "rephrase", "offer", "next_step", "closing", "cv_push",
    "closed", "self_first", "off_topic",
)  # fmt: skip


@pytest.fixture(scope="module")
def training() -> list[Phrase]:
    return read_phrases(TRAINING)


@pytest.fixture(scope="module")
def tests() -> list[Phrase]:
    return read_phrases(TESTS)


def labels() -> set[str]:
    intents = read_yaml(ROOT / "domain" / "intents.yml")["intents"]
    return set(intents) | {QUESTION_CLASS + name for name in QUESTION_CLASSES}


def phrases(*texts: str, label: str = "greet") -> list[Phrase]:
    return [Phrase(label, text, Path("a.yml")) for text in texts]


def test_every_label_is_trained_and_tested_and_no_other(training: list[Phrase], tests: list[Phrase]) -> None:
    assert {phrase.label for phrase in training} == labels()
    assert {phrase.label for phrase in tests} == labels()


def test_a_file_has_the_name_of_its_label_and_its_mirror_on_the_other_side(
    training: list[Phrase], tests: list[Phrase]
) -> None:
    assert {phrase.path for phrase in training + tests if phrase.path.stem != phrase.label.split("/")[-1]} == set()
    assert {each.path.relative_to(TRAINING) for each in training} == {each.path.relative_to(TESTS) for each in tests}


def test_every_label_has_enough_phrases(training: list[Phrase]) -> None:
    wanted = dict.fromkeys(labels(), ENOUGH) | dict.fromkeys(IMPORTANT, ENOUGH_OF_THESE)
    assert dict(too_few(training, wanted)) == {}


def test_every_label_has_enough_test_phrases_for_a_share_to_mean_something(tests: list[Phrase]) -> None:
    assert dict(too_few(tests, dict.fromkeys(labels(), 18))) == {}


def test_no_training_phrase_says_what_another_one_says(training: list[Phrase]) -> None:
    assert [(once.text, again.text) for once, again in near_duplicates(training)] == []


def test_no_test_phrase_was_seen_in_training(training: list[Phrase], tests: list[Phrase]) -> None:
    assert [(seen.text, phrase.text) for seen, phrase in seen_in_training(training, tests)] == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("J'ai quand même peur", "jai kan meme peur", id="another spelling"),
        pytest.param("merci beaucoup", "MERCIIII bcp !!", id="capitals, letters and signs"),
        pytest.param("tu peux m'aider", "m'aider tu peux", id="the order of the words"),
        pytest.param("il me faut une place en pâtisserie", "il me faut une place en coiffure", id="one word exchanged"),
    ],
)
def test_a_phrase_that_says_the_same_is_found(first: str, second: str) -> None:
    (pair,) = near_duplicates(phrases(first, second))
    assert [each.text for each in pair] == [first, second]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("je veux annuler", "je veux réserver", id="short, and about something else"),
        pytest.param("mon patron me paie pas", "j'ai toujours pas reçu mon salaire", id="two ways to tell it"),
    ],
)
def test_phrases_that_differ_are_kept(first: str, second: str) -> None:
    assert list(near_duplicates(phrases(first, second))) == []


def test_a_line_of_practice_may_be_a_message_too() -> None:
    line = phrases("bonjour", label="question_class/opening")
    assert list(near_duplicates([*phrases("bonjour"), *line])) == []

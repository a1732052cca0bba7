"""The practice the other way round: what an adult says, read by rules; a candidate who asks for what is missing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.practice.reversed import (
    MOST_LINES,
    Candidate,
    Part,
    TutorPractice,
    answer,
    begin,
    load_candidates,
    read_line,
)

CANDIDATES = load_candidates()
LINA = CANDIDATES["lina"]
TASK, MOMENT, SKILL, STEP = Part


def told(*lines: str, candidate: Candidate = LINA) -> tuple[list[list[str]], TutorPractice]:
    practice, said = begin(candidate)[1], []
    for line in lines:
        replies, practice = answer(candidate, practice, line)
        said.append(replies)
    return said, practice


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Il faut servir les petits déjeuners, surtout le dimanche matin", (TASK, MOMENT)),
        ("Le samedi je n'arrive plus à monter les pneus avant midi", (TASK, MOMENT)),
        ("on vous montre, il faut être patient", (SKILL,)),
        ("venez mardi à 10h", (MOMENT, STEP)),
        ("passez voir l'atelier, on étiquette les lots, il faut être précis", (SKILL, STEP)),
        ("On cherche quelqu'un de motivé et dynamique", ()),
        ("on manque de monde", ()),
        ("oui", ()),
        ("", ()),
    ],
)
def test_what_a_line_gives(text: str, parts: tuple[Part, ...]) -> None:
    assert read_line(text).parts == parts


@pytest.mark.parametrize(
    ("text", "word"),
    [("quelqu'un de Sérieux", "sérieux"), ("de la motivation", "motivation"), ("une bonne équipe", "")],
)
def test_a_vague_word_is_taken_up_as_it_was_said(text: str, word: str) -> None:
    assert read_line(text).vague == word


def test_a_candidate_asks_for_what_is_missing_in_order() -> None:
    said, practice = told("Il faut remplir les bacs", "le matin", "on vous montre", "passez jeudi")
    assert said[0][-1] in LINA.asks[MOMENT]
    assert said[1][-1] in LINA.asks[SKILL]
    assert said[2][-1] in LINA.asks[STEP]
    assert said[3][-1] in LINA.thanks
    assert (practice.over, set(practice.given)) == (True, set(Part))


def test_a_candidate_rephrases_with_the_adults_own_words() -> None:
    said, _ = told("Il faut remplir les bacs le matin")
    assert "« Il faut remplir les bacs le matin »" in said[0][0]


def test_a_cv_that_is_asked_for_brings_back_to_the_work() -> None:
    said, _ = told("Envoyez-moi votre CV")
    assert said[0][0] in LINA.on_filter


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=60), st.sampled_from(["motivé", "le lundi", "CV", "vendre"])), max_size=25))
def test_whatever_is_said_the_candidate_answers_once_and_the_call_ends(lines: list[str]) -> None:
    for candidate in CANDIDATES.values():
        said, practice = told(*lines, candidate=candidate)
        spoken = [reply for replies in said for reply in replies]
        assert len(set(spoken)) == len(spoken)
        # every line is answered until the call is over, which it is some day
        silent = next((number for number, replies in enumerate(said) if not replies), len(said))
        assert all(said[:silent])
        if len(lines) >= MOST_LINES:
            assert practice.over

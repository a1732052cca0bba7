"""What a practice is worth, in the person's own words."""

import pytest
from hypothesis import given, settings

from programme.practice.classes import HELPFUL, QuestionClass
from programme.practice.debrief import Praise, debrief, load_step_words, try_line
from programme.practice.engine import Heard, Mark, begin
from tests.programme.practice.builders import GOOD_CALL, a_persona, after, say
from tests.programme.practice.test_engine import conversations

EMPLOYER = a_persona()
ACTIVITY, NEED = say("activity", "Vous faites quoi ?"), say("need", "Ça coince où ?")
REPHRASE = say("rephrase", "Donc les pneus ?")


def test_a_good_call_is_praised_with_its_own_lines() -> None:
    found = debrief(after(EMPLOYER, *GOOD_CALL))
    assert (found.points, found.missed, found.need_at, found.pushed) == (9, None, 3, "")
    assert found.praises[1] == Praise(QuestionClass.ACTIVITY, "Comment s'organise une journée ?")
    assert [praise.step for praise in found.best] == [QuestionClass.NEED, QuestionClass.REPHRASE, QuestionClass.OFFER]


def test_a_cv_pushed_early_takes_a_point_and_is_quoted() -> None:
    found = debrief(after(EMPLOYER, say("cv_push", "Vous recrutez ?"), ACTIVITY, ACTIVITY, NEED))
    assert (found.points, found.pushed) == (1, "Vous recrutez ?")


def test_points_never_fall_below_zero() -> None:
    assert debrief(after(EMPLOYER, say("cv_push"), say("cv_push"))).points == 0


@pytest.mark.parametrize(
    ("lines", "missed", "tried"),
    [
        pytest.param([ACTIVITY], QuestionClass.NEED, False, id="the need was not asked for"),
        pytest.param([say("cv_push")], QuestionClass.NEED, False, id="only a CV"),
        pytest.param([NEED], QuestionClass.ACTIVITY, False, id="the need was asked for too early"),
        pytest.param([ACTIVITY, NEED], QuestionClass.REPHRASE, False, id="the need was left as it was"),
        pytest.param(
            [ACTIVITY, NEED, say("rephrase", "Tout va bien ?")], QuestionClass.REPHRASE, True, id="rephrased beside it"
        ),
        pytest.param([ACTIVITY, NEED, REPHRASE], QuestionClass.OFFER, False, id="nothing was offered"),
        pytest.param(
            [ACTIVITY, NEED, REPHRASE, say("offer", "Je viens aider")],
            QuestionClass.NEXT_STEP,
            False,
            id="nothing was agreed",
        ),
    ],
)
def test_the_step_that_would_have_helped_most_is_named(lines: list[Heard], missed: QuestionClass, tried: bool) -> None:
    found = debrief(after(EMPLOYER, *lines))
    assert (found.missed, found.tried) == (missed, tried)
    assert try_line(EMPLOYER, found) == EMPLOYER.try_lines[missed]


def test_a_greeting_with_a_question_is_praised_for_both() -> None:
    first = "Bonjour, comment vous travaillez ?"
    found = debrief(after(EMPLOYER, say("activity", first)))
    assert found.praises == (Praise(QuestionClass.OPENING, first), Praise(QuestionClass.ACTIVITY, first))


def test_nothing_said_is_worth_nothing_and_no_reproach() -> None:
    found = debrief(begin(EMPLOYER, level=1).practice)
    assert (found.points, found.praises, found.pushed, found.need_at) == (0, (), "", None)


@settings(max_examples=200, deadline=None)
@given(conversations)
def test_whatever_was_said_the_debrief_holds_together(said: list[Heard]) -> None:
    practice = after(EMPLOYER, *said) if said else begin(EMPLOYER, level=1).practice
    found = debrief(practice)
    assert found == debrief(practice)
    assert 0 <= found.points <= len(HELPFUL)
    # each praise quotes a line of the person's, each step once
    assert {praise.line for praise in found.praises} <= {line.text for line in practice.lines}
    assert sorted(praise.step for praise in found.praises) == sorted(practice.steps)
    assert (found.need_at is not None) == practice.need_heard
    if found.need_at is not None:
        assert found.lines[found.need_at - 1].mark is Mark.NEED


def test_the_words_of_the_debrief_are_there_for_every_step() -> None:
    assert set(load_step_words()) == set(HELPFUL)

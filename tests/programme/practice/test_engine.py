"""The employer's side of a practice: a table of moments, and what holds for every conversation."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programme.practice.classes import HELPFUL, QuestionClass
from programme.practice.engine import MOST_LINES, SURE, Heard, Mark, Practice, begin, hint, next_step
from programme.practice.persona import RELEASING
from tests.programme.practice.builders import GOOD_CALL, NEED_WORD, a_persona, after, play, say

EMPLOYER = a_persona()
ACTIVITY, NEED = say("activity"), say("need")
REPHRASE = say("rephrase", "Donc ce sont les pneus ?")


def moments(*lines: Heard, level: int = 1) -> list[str]:
    return [line.moment for line in after(EMPLOYER, *lines, level=level).lines]


# -- which moment a line makes


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([say("opening")], "opening", id="a greeting"),
        pytest.param([ACTIVITY], "activity", id="a question on the work"),
        pytest.param([NEED], "need_guarded", id="the need, as the first question"),
        pytest.param([say("opening"), NEED], "need_guarded", id="the need, as the first question after a greeting"),
        pytest.param([ACTIVITY, NEED], "need", id="the need, once the work is known"),
        pytest.param([NEED, NEED], "need", id="at level 1, the need asked for again"),
        pytest.param([ACTIVITY, say("skill")], "skill_need", id="a question of the trade, once the work is known"),
        pytest.param([ACTIVITY, say("short_term")], "short_term_need", id="the calendar, once the work is known"),
        pytest.param([say("skill")], "skill", id="a question of the trade, before it"),
        pytest.param([say("skill"), say("short_term")], "short_term", id="the calendar, before it"),
        pytest.param([ACTIVITY, NEED, NEED], "need_more", id="the need, when it is known"),
        pytest.param([REPHRASE], "rephrase_early", id="to rephrase what nobody said"),
        pytest.param([ACTIVITY, NEED, REPHRASE], "rephrase", id="to rephrase the need"),
        pytest.param(
            [ACTIVITY, NEED, say("rephrase", "Donc c'est calme ?")], "rephrase_wrong", id="to rephrase beside it"
        ),
        pytest.param([say("offer", "Je peux aider")], "offer_early", id="to offer before the need"),
        pytest.param([ACTIVITY, NEED, say("offer", "Je peux aider")], "offer", id="to offer what helps"),
        pytest.param(
            [ACTIVITY, NEED, say("offer", "Je repeins la façade")], "offer_wrong", id="to offer something else"
        ),
        pytest.param([say("next_step")], "next_step_early", id="to call back for no reason"),
        pytest.param([ACTIVITY, NEED, say("next_step")], "next_step", id="to agree on what follows"),
        pytest.param([say("cv_push")], "cv_push", id="a CV first"),
        pytest.param(
            [ACTIVITY, NEED, REPHRASE, say("cv_push")], "cv_push_late", id="a CV after the need was understood"
        ),
        pytest.param([say("closed")], "closed", id="a question for yes or no"),
        pytest.param([say("self_first")], "self_first", id="the conditions"),
        pytest.param([say("off_topic")], "off_topic", id="something else"),
        pytest.param([say("need", confidence=SURE - 0.01)], "unsure", id="a line that was not read"),
        pytest.param([say("off_topic", "euh…")], "silence", id="hesitation"),
        pytest.param([say("need", "...")], "silence", id="dots"),
        pytest.param([say("closing")], "closing_cold", id="goodbye at once"),
        pytest.param([ACTIVITY, NEED, say("closing")], "closing", id="goodbye, the need known"),
        pytest.param([say("closed", "Vous pouvez répéter ?")], "again", id="to have it said again"),
    ],
)
def test_a_line_makes_this_moment(lines: list[Heard], expected: str) -> None:
    assert moments(*lines)[-1] == expected


@pytest.mark.parametrize(
    ("level", "lines", "heard"),
    [
        pytest.param(1, [NEED, NEED], True, id="easy: insisting is enough"),
        pytest.param(2, [NEED, NEED], False, id="normal: the work must be known"),
        pytest.param(2, [ACTIVITY, NEED], True, id="normal: the work, then the need"),
        pytest.param(3, [ACTIVITY, NEED], False, id="hard: one more question"),
        pytest.param(3, [ACTIVITY, say("skill")], False, id="hard: likewise with a question of the trade"),
        pytest.param(3, [ACTIVITY, NEED, NEED], True, id="hard: then it comes"),
        pytest.param(1, [say("cv_push"), ACTIVITY, NEED], False, id="after a CV, one more question"),
        pytest.param(1, [say("cv_push"), ACTIVITY, NEED, NEED], True, id="after a CV, it still comes"),
    ],
)
def test_the_level_says_how_much_trust_it_takes(level: int, lines: list[Heard], heard: bool) -> None:
    assert after(EMPLOYER, *lines, level=level).need_heard is heard


def test_a_good_call_has_every_step() -> None:
    practice = after(EMPLOYER, *GOOD_CALL)
    assert (set(practice.steps), practice.need_heard, practice.over) == (set(HELPFUL), True, True)


def test_a_first_line_that_greets_and_asks_counts_for_both() -> None:
    practice = after(EMPLOYER, say("activity", "Bonjour madame, comment s'organise votre équipe ?"))
    assert practice.steps == (QuestionClass.OPENING, QuestionClass.ACTIVITY)


def test_a_step_counts_once() -> None:
    assert after(EMPLOYER, ACTIVITY, ACTIVITY, ACTIVITY).steps == (QuestionClass.ACTIVITY,)


def test_at_level_three_a_greeting_finds_somebody_in_a_hurry() -> None:
    assert moments(say("opening"), level=3) == ["pressed"]


# -- words taken up


@pytest.mark.parametrize(
    ("line", "start"),
    [
        pytest.param(say("activity", "Le pont, vous l'avez depuis quand ?"), "Machine pont un.", id="a machine"),
        pytest.param(say("activity", "Et pour un plombier ?", trade="plombier"), "Trade plombier un.", id="a trade"),
        pytest.param(say("activity", "Comment ça va le Jeudi ?"), "Day jeudi un.", id="a day"),
    ],
)
def test_the_employer_takes_up_a_word(line: Heard, start: str) -> None:
    said = play(EMPLOYER, line)[0].employer
    assert said == f"{start} activity un"


def test_a_kind_of_word_is_taken_up_once() -> None:
    first, second = play(EMPLOYER, say("activity", "le jeudi ?"), say("activity", "et le mardi ?"))
    assert (first.employer, second.employer) == ("Day jeudi un. activity un", "activity deux")


def test_who_names_a_day_is_not_given_another_one() -> None:
    # given an employer whose first reply names a day
    data = {**EMPLOYER.model_dump()["replies"], "next_step": ["Mardi ?", "Quand vous voulez.", "Jeudi."]}
    persona = a_persona(replies=data)
    # when the person names one
    replies = play(persona, ACTIVITY, NEED, say("next_step", "Je vous rappelle vendredi ?"))
    # then the one without a day is said
    assert replies[-1].employer == "Day vendredi un. Quand vous voulez."


# -- replays, endings, help


def test_a_replay_finds_other_words() -> None:
    assert play(EMPLOYER, ACTIVITY, offset=0)[0].employer != play(EMPLOYER, ACTIVITY, offset=1)[0].employer


def test_an_employer_who_is_pushed_hangs_up() -> None:
    answered = play(EMPLOYER, *[say("cv_push")] * 4, level=3)
    assert (answered[-1].practice.over, answered[-1].practice.lines[-1].moment) == (True, "cv_push")
    assert answered[-1].employer.startswith("hangs_up")


def test_what_is_not_read_costs_nothing_and_ends_in_help() -> None:
    answered = play(EMPLOYER, *[say("need", confidence=0.1)] * 5)
    assert [bool(each.coach) for each in answered] == [False, False, False, True, True]
    assert answered[-1].practice.lost_patience == 0


def test_a_practice_that_is_over_stays_so() -> None:
    ended = after(EMPLOYER, say("closing"))
    assert play(EMPLOYER, say("closing"), ACTIVITY)[-1].practice == ended


def test_hints_follow_the_conversation_and_do_not_repeat() -> None:
    practice = begin(EMPLOYER, level=1).practice
    given = []
    while (found := hint(EMPLOYER, practice))[0]:
        given.append(found[0])
        practice = found[1]
    assert given[:2] == ["Conseil pour opening", "« Essai pour opening »"]
    assert len(set(given)) == len(given) == 2 * len(HELPFUL)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], QuestionClass.OPENING),
        ([say("opening")], QuestionClass.ACTIVITY),
        ([ACTIVITY], QuestionClass.NEED),
        ([ACTIVITY, NEED], QuestionClass.REPHRASE),
        ([ACTIVITY, NEED, REPHRASE], QuestionClass.OFFER),
    ],
)
def test_what_would_help_most_now(lines: list[Heard], expected: QuestionClass) -> None:
    assert next_step(after(EMPLOYER, *lines) if lines else Practice(persona="x", level=1)) is expected


# -- whatever is said

words = st.one_of(
    st.sampled_from(
        ["", "euh", "le pont", "samedi", "les pneus", "aider", "vous pouvez répéter ?", "bonjour", "lundi"]
    ),
    st.text(max_size=40),
)
lines = st.builds(
    Heard, text=words, kind=st.sampled_from(QuestionClass), confidence=st.sampled_from([0.1, 0.9]),
    trade=st.sampled_from(["", "boulanger"]),
)  # fmt: skip
conversations = st.lists(lines, max_size=MOST_LINES + 10)


@settings(max_examples=300, deadline=None)
@given(conversations, st.sampled_from([1, 2, 3]), st.integers(0, 5))
def test_nobody_is_ever_stuck(said: list[Heard], level: int, offset: int) -> None:
    # every line gets an answer until the call is over, and it is over some day
    answered = play(EMPLOYER, *said, level=level, offset=offset)
    for each in answered:
        assert each.practice.over or each.employer or each.coach
    if len(answered) >= MOST_LINES + 2:  # two lines may ask to have it said again
        assert answered[-1].practice.over


@settings(max_examples=300, deadline=None)
@given(conversations, st.sampled_from([1, 2, 3]), st.integers(0, 5))
def test_no_reply_comes_twice(said: list[Heard], level: int, offset: int) -> None:
    answered = play(EMPLOYER, *said, level=level, offset=offset)
    replies = [each.employer or each.coach for each in answered if each.employer or each.coach]
    assert len(set(replies)) == len(replies)


@settings(max_examples=300, deadline=None)
@given(conversations, st.sampled_from([1, 2, 3]), st.integers(0, 5))
def test_the_need_is_given_to_open_questions_only(said: list[Heard], level: int, offset: int) -> None:
    answered = play(EMPLOYER, *said, level=level, offset=offset)
    # the need out of an employer's mouth: only in the moments that release it, and never at the first question
    for before, each in itertools.pairwise([None, *answered]):
        assert each is not None
        if NEED_WORD in each.employer and (before is None or not before.practice.need_heard):
            line = each.practice.lines[-1]
            assert line.moment in RELEASING
            assert line.kind in (QuestionClass.NEED, QuestionClass.SKILL, QuestionClass.SHORT_TERM)
    closed = [each for each in answered if each.practice.lines[-1].moment == "closed"]
    assert not any(NEED_WORD in each.employer for each in closed)


@settings(max_examples=100, deadline=None)
@given(conversations, st.sampled_from([1, 2, 3]))
def test_the_same_lines_give_the_same_conversation(said: list[Heard], level: int) -> None:
    assert play(EMPLOYER, *said, level=level) == play(EMPLOYER, *said, level=level)


@settings(max_examples=200, deadline=None)
@given(conversations)
def test_a_state_survives_being_stored(said: list[Heard]) -> None:
    practice = after(EMPLOYER, *said) if said else begin(EMPLOYER, level=1).practice
    assert Practice.model_validate(practice.model_dump(mode="json", exclude_defaults=True)) == practice


def test_a_cv_before_the_need_costs_and_one_after_does_not() -> None:
    practice = after(EMPLOYER, say("cv_push"), ACTIVITY, ACTIVITY, NEED, REPHRASE, say("cv_push"))
    assert [line.mark for line in practice.lines if line.kind is QuestionClass.CV_PUSH] == [Mark.COST, Mark.NONE]

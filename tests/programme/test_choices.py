"""What a person wants to hear of: STOP, a pause, topics, a yes to nudges."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session, sessionmaker

from programme import choices, consents
from programme.choices import ASKED_FOR, Chosen, Hush
from programme.errors import PauseOutOfRange, PersonNotFound
from programme.models import ConsentPurpose, MessageChoice, Topic
from tests.conftest import NOW
from tests.programme.at_once import at_once

LATER = NOW + timedelta(hours=1)
UNTIL = NOW + timedelta(days=7)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


def stop(session: Session, person_id: int) -> None:
    choices.stop(session, person_id, shown="C'est fait.", now=NOW)


def agree(session: Session, person_id: int) -> None:
    choices.agree(session, person_id, shown="Je peux t'écrire ?", now=NOW)


def decline(session: Session, person_id: int) -> None:
    choices.decline(session, person_id, shown="Je peux t'écrire ?", now=NOW)


def pause(session: Session, person_id: int) -> None:
    choices.pause(session, person_id, until=UNTIL, now=NOW)


def resume(session: Session, person_id: int) -> None:
    choices.resume(session, person_id, now=LATER)


def off(topic: Topic) -> Callable[[Session, int], None]:
    return lambda session, person_id: choices.switch(session, person_id, topic, on=False, now=NOW)


def on(topic: Topic) -> Callable[[Session, int], None]:
    return lambda session, person_id: choices.switch(session, person_id, topic, on=True, now=NOW)


OK = None
ALL_STOPPED = dict.fromkeys(Topic, Hush.STOPPED)
ALL_PAUSED = dict.fromkeys(Topic, Hush.PAUSED)
AS_AT_FIRST = dict.fromkeys(ASKED_FOR, OK) | {Topic.NUDGES: Hush.NO_CONSENT}
ALL_ON = dict.fromkeys(Topic, OK)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param([], AS_AT_FIRST, id="nothing said: what was asked for"),
        pytest.param([agree], ALL_ON, id="a yes"),
        pytest.param([decline], AS_AT_FIRST, id="a no"),
        pytest.param([agree, decline], AS_AT_FIRST, id="a change of mind"),
        pytest.param([decline, agree], ALL_ON, id="the other way round"),
        pytest.param([stop], ALL_STOPPED, id="stop"),
        pytest.param([agree, stop], ALL_STOPPED, id="stop after a yes"),
        pytest.param([agree, stop, resume], AS_AT_FIRST, id="resumed after stop: no yes is left"),
        pytest.param([stop, agree], ALL_STOPPED, id="a yes does not undo a stop"),
        pytest.param([agree, pause], ALL_PAUSED, id="paused"),
        pytest.param(
            [pause], dict.fromkeys(ASKED_FOR, Hush.PAUSED) | {Topic.NUDGES: Hush.NO_CONSENT}, id="no use in waiting"
        ),
        pytest.param([agree, pause, resume], ALL_ON, id="resumed after a pause: the yes stands"),
        pytest.param([agree, pause, stop], ALL_STOPPED, id="stop in a pause"),
        pytest.param([stop, pause], ALL_STOPPED, id="a pause does not undo a stop"),
        pytest.param([stop, pause, resume], AS_AT_FIRST, id="resumed after both"),
        pytest.param(
            [off(Topic.CALL_BACKS)], AS_AT_FIRST | {Topic.CALL_BACKS: Hush.TOPIC_OFF}, id="one topic switched off"
        ),
        pytest.param([off(Topic.CALL_BACKS), on(Topic.CALL_BACKS)], AS_AT_FIRST, id="and on again"),
        pytest.param([agree, off(Topic.NUDGES)], ALL_ON | {Topic.NUDGES: Hush.TOPIC_OFF}, id="nudges switched off"),
        pytest.param([off(Topic.NUDGES), agree], ALL_ON, id="a later yes switches them on"),
        pytest.param([on(Topic.NUDGES)], AS_AT_FIRST, id="switched on without a yes"),
        pytest.param(
            [agree, off(Topic.WORKSHOPS), pause],
            ALL_PAUSED | {Topic.WORKSHOPS: Hush.TOPIC_OFF},
            id="what is off need not wait for the end of the pause",
        ),
        pytest.param(
            [agree, stop, on(Topic.WORKSHOPS)],
            {
                Topic.WORKSHOPS: OK,
                Topic.CALL_BACKS: Hush.TOPIC_OFF,
                Topic.CHECK_INS: Hush.TOPIC_OFF,
                Topic.NUDGES: Hush.NO_CONSENT,
            },
            id="what is switched on after stop comes back alone",
        ),
        pytest.param([stop, off(Topic.WORKSHOPS)], ALL_STOPPED, id="switching off after stop"),
        pytest.param([stop, on(Topic.WORKSHOPS), resume], AS_AT_FIRST, id="then resumed: all of it"),
        pytest.param(
            [off(Topic.CHECK_INS), stop, resume],
            AS_AT_FIRST | {Topic.CHECK_INS: Hush.TOPIC_OFF},
            id="what was off before stop stays off",
        ),
        pytest.param([off(each) for each in ASKED_FOR] + [stop, resume], AS_AT_FIRST, id="unless nothing would come"),
    ],
)
def test_what_may_be_said_follows_from_what_was_chosen(
    session: Session, person_id: int, said: list[Callable[[Session, int], None]], expected: dict[Topic, Hush | None]
) -> None:
    for choose in said:
        choose(session, person_id)
    assert {topic: choices.hush(session, person_id, topic, now=LATER) for topic in Topic} == expected
    # and what is shown of it says the same, a pause apart
    shown = set(choices.chosen(session, person_id, now=LATER).on)
    assert shown == {topic for topic in Topic if expected[topic] in (OK, Hush.PAUSED)}


def test_a_pause_ends_on_its_second(session: Session, person_id: int) -> None:
    pause(session, person_id)
    second = timedelta(seconds=1)
    assert choices.hush(session, person_id, Topic.WORKSHOPS, now=UNTIL - second) is Hush.PAUSED
    assert choices.hush(session, person_id, Topic.WORKSHOPS, now=UNTIL) is None
    assert choices.paused_until(session, person_id) == UNTIL
    assert choices.chosen(session, person_id, now=UNTIL) == Chosen()


@pytest.mark.parametrize(
    ("until", "allowed"),
    [
        pytest.param(NOW, False, id="now"),
        pytest.param(NOW - timedelta(days=1), False, id="yesterday"),
        pytest.param(NOW + timedelta(seconds=1), True, id="in a second"),
        pytest.param(NOW + timedelta(days=184, hours=9), True, id="six months"),
        pytest.param(NOW + timedelta(days=186), False, id="longer"),
    ],
)
def test_a_pause_lasts_six_months_at_most(session: Session, person_id: int, until: Any, allowed: bool) -> None:
    if allowed:
        choices.pause(session, person_id, until=until, now=NOW)
    else:
        with pytest.raises(PauseOutOfRange):
            choices.pause(session, person_id, until=until, now=NOW)
    assert choices.paused_until(session, person_id) == (until if allowed else None)


def test_a_later_pause_takes_the_place_of_the_former(session: Session, person_id: int) -> None:
    pause(session, person_id)
    sooner = NOW + timedelta(days=1)
    choices.pause(session, person_id, until=sooner, now=LATER)
    assert choices.paused_until(session, person_id) == sooner


def test_resuming_says_whether_it_changed_anything(session: Session, person_id: int) -> None:
    assert not choices.resume(session, person_id, now=NOW)
    pause(session, person_id)
    assert choices.resume(session, person_id, now=NOW)
    assert not choices.resume(session, person_id, now=NOW)
    off(Topic.WORKSHOPS)(session, person_id)
    assert choices.resume(session, person_id, now=NOW)


def test_a_yes_is_kept_with_the_words_that_were_shown(session: Session, person_id: int) -> None:
    agree(session, person_id)
    stop(session, person_id)
    assert [
        (said.purpose, said.given, said.text_version, said.text_shown) for said in consents.history(session, person_id)
    ] == [
        (ConsentPurpose.REMINDERS, True, choices.NUDGES_VERSION, "Je peux t'écrire ?"),
        (ConsentPurpose.REMINDERS, False, choices.STOP_VERSION, "C'est fait."),
    ]


def test_a_stop_without_a_yes_before_it_is_no_word_on_nudges(session: Session, person_id: int) -> None:
    stop(session, person_id)
    assert consents.history(session, person_id) == []
    assert choices.chosen(session, person_id, now=NOW).nudges is None


@pytest.mark.parametrize(("choose", "words"), [(agree, 1), (decline, 1), (stop, 0), (pause, 0)])
def test_the_same_choice_again_changes_nothing(
    session: Session, person_id: int, choose: Callable[[Session, int], None], words: int
) -> None:
    choose(session, person_id)
    before = session.execute(select(MessageChoice.__table__)).all()
    choose(session, person_id)
    choose(session, person_id)
    assert session.execute(select(MessageChoice.__table__)).all() == before
    assert len(consents.history(session, person_id)) == words


def test_a_second_stop_keeps_the_moment_of_the_first(session: Session, person_id: int) -> None:
    stop(session, person_id)
    choices.stop(session, person_id, shown="C'est fait.", now=LATER)
    assert session.scalar(select(MessageChoice.stopped_at)) == NOW


@pytest.mark.parametrize(
    "choose",
    [stop, pause, resume, agree, decline, on(Topic.WORKSHOPS)],
    ids=["stop", "pause", "resume", "yes", "no", "on"],
)
def test_somebody_unknown_chooses_nothing(session: Session, choose: Callable[[Session, int], None]) -> None:
    with pytest.raises(PersonNotFound):
        choose(session, 1)
    assert choices.hush(session, 1, Topic.WORKSHOPS, now=NOW) is None


def test_of_many_taps_at_once_each_is_one_choice(session_factory: sessionmaker[Session], person_id: int) -> None:
    # given four taps on « Oui », four that switch topics off, at the same time
    def yes() -> None:
        with session_factory.begin() as session:
            agree(session, person_id)

    def switch_off(topic: Topic) -> Callable[[], None]:
        def tap() -> None:
            with session_factory.begin() as session:
                choices.switch(session, person_id, topic, on=False, now=NOW)

        return tap

    topics = [Topic.WORKSHOPS, Topic.CALL_BACKS, Topic.CHECK_INS, Topic.WORKSHOPS]
    at_once([yes, yes, yes, yes, *map(switch_off, topics)])
    # then there is one yes, and no tap was lost
    with session_factory() as session:
        assert len(consents.history(session, person_id)) == 1
        assert choices.chosen(session, person_id, now=NOW).on == (Topic.NUDGES,)


def test_before_a_message_leaves_two_quick_queries_are_enough(session: Session, person_id: int) -> None:
    agree(session, person_id)
    asked: list[str] = []
    event.listen(session.bind, "before_cursor_execute", lambda *args: asked.append(args[2]))
    choices.hush(session, person_id, Topic.NUDGES, now=NOW)
    assert len(asked) == 2

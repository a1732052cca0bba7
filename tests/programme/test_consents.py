"""Consents: the latest word counts, and a no ends what the yes allowed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import consents
from programme.errors import PersonNotFound
from programme.models import ConsentPurpose
from tests.conftest import NOW

REMINDERS = ConsentPurpose.REMINDERS


def say(session: Session, person_id: int, given: bool, purpose: ConsentPurpose = REMINDERS) -> None:
    word = consents.give if given else consents.withdraw
    word(session, person_id, purpose, text_version="2026-11", text_shown="Je peux t'écrire ?", now=NOW)


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        pytest.param([], False, id="never asked"),
        pytest.param([True], True, id="yes"),
        pytest.param([False], False, id="no"),
        pytest.param([True, False], False, id="no more"),
        pytest.param([True, False, True], True, id="yes again"),
    ],
)
def test_the_latest_word_counts(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], words: list[bool], holds: bool
) -> None:
    # all said at the same instant: what was said last is what was stored last
    person_id = a_person()
    with session_factory.begin() as session:
        for given in words:
            say(session, person_id, given)
        assert consents.holds(session, person_id, REMINDERS) is holds
        assert [said.given for said in consents.history(session, person_id)] == words


def test_each_purpose_and_each_person_stands_alone(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id, other_id = a_person(), a_person()
    with session_factory.begin() as session:
        say(session, person_id, True)
        say(session, person_id, False, ConsentPurpose.PROFILE)
        assert consents.holds(session, person_id, REMINDERS)
        assert not consents.holds(session, person_id, ConsentPurpose.PROFILE)
        assert not consents.holds(session, other_id, REMINDERS)


def test_the_words_that_were_shown_are_kept(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        consents.give(
            session, person_id, REMINDERS, text_version="v2", text_shown="Oui ?", now=NOW + timedelta(hours=1)
        )
    with session_factory.begin() as session:
        said = consents.latest(session, person_id, REMINDERS)
        assert said is not None
        assert (said.text_version, said.text_shown, said.at) == ("v2", "Oui ?", NOW + timedelta(hours=1))


def test_nobody_consents_for_who_does_not_exist(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session, pytest.raises(PersonNotFound):
        say(session, 404, True)

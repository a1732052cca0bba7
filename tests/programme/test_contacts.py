"""The notebook of contacts: kept, changed, shared entry by entry, and brought to mind on the promised day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import contacts
from programme.contact_words import Told
from programme.errors import ContactNotFound
from programme.models import Contact
from tests.conftest import NOW, PARIS
from tests.programme.at_once import at_once

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)
NINE_TOMORROW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 9:00 in Paris

Noted = Callable[..., int]


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


@pytest.fixture
def noted(session_factory: sessionmaker[Session], person_id: int) -> Noted:
    """Notes an exchange; the entry's id."""

    def note(company: str = "Garage", *, confirmed: bool = True, person: int | None = None, **read: object) -> int:
        with session_factory.begin() as session:
            told = Told(company=company, **read)  # type: ignore[arg-type]
            contact = contacts.note(session, person_id=person or person_id, told="mes mots", read=told, now=NOW)
            if confirmed:
                contacts.confirm(session, contact, now=NOW)
            return contact.id

    return note


def claimed(session_factory: sessionmaker[Session], now: datetime) -> list[int]:
    with session_factory.begin() as session:
        return [contact.id for contact in contacts.claim_call_backs(session, zone=PARIS, now=now)]


# -- the notebook


def test_what_comes_next_stands_first(session_factory: sessionmaker[Session], person_id: int, noted: Noted) -> None:
    # given entries with and without a day
    for company, day in (("sans jour", None), ("jeudi", date(2026, 11, 26)), ("demain", TOMORROW)):
        noted(company, next_on=day)
    with session_factory.begin() as session:
        companies = [contact.company for contact in contacts.notebook(session, person_id)]
    assert companies == ["demain", "jeudi", "sans jour"]


def test_an_entry_that_was_not_confirmed_is_kept_too(
    session_factory: sessionmaker[Session], person_id: int, noted: Noted
) -> None:
    noted("à vérifier", confirmed=False)
    with session_factory.begin() as session:
        assert [contact.told for contact in contacts.notebook(session, person_id)] == ["mes mots"]


def test_nobody_reads_the_entry_of_somebody_else(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], noted: Noted
) -> None:
    contact_id, other = noted(), a_person()
    with session_factory.begin() as session, pytest.raises(ContactNotFound):
        contacts.own_contact(session, contact_id, person_id=other)


@pytest.mark.parametrize(
    ("answered", "in_a_row"),
    [([False, False, False], 3), ([False, True, False], 1), ([True], 0), ([False, False, True], 0), ([], 0)],
)
def test_silence_is_counted_since_the_last_answer(
    session_factory: sessionmaker[Session], person_id: int, noted: Noted, answered: list[bool], in_a_row: int
) -> None:
    for each in answered:
        noted(answered=each)
    with session_factory.begin() as session:
        assert contacts.silent_in_a_row(session, person_id) == in_a_row


def test_a_removed_entry_is_gone(session_factory: sessionmaker[Session], person_id: int, noted: Noted) -> None:
    contact_id = noted()
    with session_factory.begin() as session:
        contacts.remove(session, contacts.own_contact(session, contact_id, person_id=person_id))
    with session_factory.begin() as session:
        assert session.get(Contact, contact_id) is None


# -- the promised day


@pytest.mark.parametrize(
    ("at", "due"),
    [
        pytest.param(NINE_TOMORROW, True, id="nine in the morning of the day"),
        pytest.param(NINE_TOMORROW - timedelta(minutes=1), False, id="before nine"),
        pytest.param(NINE_TOMORROW + timedelta(hours=10, minutes=59), True, id="late, before twenty"),
        pytest.param(NINE_TOMORROW + timedelta(hours=11), False, id="at twenty"),
        pytest.param(NINE_TOMORROW - timedelta(days=1), False, id="the day before"),
        pytest.param(NINE_TOMORROW + timedelta(days=1), False, id="the day after: too late"),
    ],
)
def test_a_call_back_is_brought_to_mind_on_its_day(
    session_factory: sessionmaker[Session], noted: Noted, at: datetime, due: bool
) -> None:
    contact_id = noted(next_on=TOMORROW)
    assert claimed(session_factory, at) == ([contact_id] if due else [])


def test_it_is_brought_to_mind_once_even_by_several_workers(
    session_factory: sessionmaker[Session], noted: Noted
) -> None:
    contact_id = noted(next_on=TOMORROW)
    found = at_once([lambda: claimed(session_factory, NINE_TOMORROW)] * 6)
    assert sorted(found) == [[], [], [], [], [], [contact_id]]
    assert claimed(session_factory, NINE_TOMORROW + timedelta(hours=1)) == []


def test_a_new_day_is_brought_to_mind_anew(
    session_factory: sessionmaker[Session], person_id: int, noted: Noted
) -> None:
    # given a call-back that was said
    contact_id = noted(next_on=TOMORROW)
    claimed(session_factory, NINE_TOMORROW)
    # when it is put off by a day
    with session_factory.begin() as session:
        contact = contacts.own_contact(session, contact_id, person_id=person_id)
        contacts.change(session, contact, next_on=TOMORROW + timedelta(days=1))
    # then it is said on that day
    assert claimed(session_factory, NINE_TOMORROW + timedelta(days=1)) == [contact_id]


@pytest.mark.parametrize("without", ["a confirmation", "the wish"])
def test_nothing_is_said_without(
    session_factory: sessionmaker[Session], person_id: int, noted: Noted, without: str
) -> None:
    contact_id = noted(next_on=TOMORROW, confirmed=without != "a confirmation")
    if without == "the wish":
        with session_factory.begin() as session:
            contacts.change(session, contacts.own_contact(session, contact_id, person_id=person_id), remind=False)
    assert claimed(session_factory, NINE_TOMORROW) == []


def test_what_was_noted_for_today_is_fresh_in_mind(session_factory: sessionmaker[Session], noted: Noted) -> None:
    noted(next_on=TODAY)
    assert claimed(session_factory, NOW + timedelta(hours=2)) == []

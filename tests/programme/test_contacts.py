"""The notebook of contacts: kept, changed, shared entry by entry, and brought to mind on the promised day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import contacts
from programme.contact_words import Told
from programme.errors import ContactNotFound
from programme.models import Contact
from tests.conftest import NOW

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

"""The audit: lines about a person, the latest first, that outlive nothing but the person."""

from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from programme import audit
from programme.models import AuditLine, Person, Teller
from tests.conftest import NOW


def test_the_latest_line_about_a_person_comes_first(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id, other_id = a_person(), a_person()
    with session_factory.begin() as session:
        audit.record(session, "profile.read", teller=Teller.STAFF, now=NOW, person_id=person_id, details={"share": 1})
        audit.record_each(
            session, "people.export", [(person_id, {"rows": 2}), (other_id, {"rows": 2})], teller=Teller.STAFF, now=NOW
        )
        lines = [(line.action, line.details) for line in audit.about(session, person_id)]
    assert lines == [("people.export", {"rows": 2}), ("profile.read", {"share": 1})]


def test_a_line_stays_when_the_person_is_erased_but_no_longer_names_them(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        audit.record(session, "person.erase", teller=Teller.PERSON, now=NOW, person_id=person_id)
        session.execute(delete(Person).where(Person.id == person_id))
    with session_factory.begin() as session:
        assert session.execute(select(AuditLine.action, AuditLine.person_id)).all() == [("person.erase", None)]


def test_nothing_to_tell_leaves_no_line(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        audit.record_each(session, "people.export", [], teller=Teller.STAFF, now=NOW)
        assert session.scalars(select(AuditLine)).all() == []

"""Who opened a conversation is written down, once a reading, and told to the person in plain words."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import audit, permissions, readings, structures
from programme.assistant import Assistant
from programme.models import Conversation, OrganisationKind, Role, StaffMember, Teller
from programme.permissions import Member
from programme.readings import Reader
from programme.replies import MAX_BUBBLE
from programme.texts import Texts
from tests.conftest import NOW, PARIS

TEXTS = Texts.load()


@pytest.fixture
def a_reader(session_factory: sessionmaker[Session]) -> Callable[[str], Member]:
    def build(name: str) -> Member:
        with session_factory.begin() as session:
            organisation = structures.save_organisation(
                session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
            )
            team = structures.save_team(session, organisation_id=organisation, name="Équipe")
            staff_id = structures.save_staff(
                session, email=f"{name}@ml.example", team_id=team, role=Role.COUNSELLOR, name=name
            )
            found = permissions.member(session, staff_id)
        assert found is not None
        return found

    return build


def test_each_reader_is_told_once_with_the_last_day_and_reading_on_is_one_line(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], a_reader: Callable[[str], Member]
) -> None:
    # given a conversation that Camille opened on two days, the second time twice, and Noa once
    person_id = a_person()
    camille, noa = a_reader("Camille"), a_reader("Noa")
    with session_factory.begin() as session:
        conversation = session.scalars(select(Conversation)).one()
        moments = [(camille, 0), (noa, 1), (camille, 24 * 60), (camille, 24 * 60 + 5)]
        for who, minutes in moments:
            readings.opened(session, who, conversation.id, now=NOW + timedelta(minutes=minutes))
        # when the person asks, then
        found = readings.readers(session, person_id, zone=PARIS)
        assert found == [
            Reader("Camille", "Mission locale", date(2026, 11, 24)),
            Reader("Noa", "Mission locale", date(2026, 11, 23)),
        ]
        assert len(audit.about(session, person_id)) == 3
        session.refresh(conversation)
        assert conversation.read_at == NOW + timedelta(minutes=24 * 60 + 5)


def test_other_lines_of_the_audit_are_no_readings(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        audit.record(session, "profile.share", teller=Teller.PERSON, now=NOW, person_id=person_id)
        assert readings.readers(session, person_id, zone=PARIS) == []


def test_a_copy_of_the_data_is_a_reading_even_of_somebody_who_left(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], a_reader: Callable[[str], Member]
) -> None:
    person_id, camille = a_person(), a_reader("Camille")
    with session_factory.begin() as session:
        audit.record(
            session, readings.EXPORTED, teller=Teller.STAFF, now=NOW, person_id=person_id, staff_id=camille.staff_id
        )
        session.delete(session.get_one(StaffMember, camille.staff_id))
    with session_factory.begin() as session:
        [reader] = readings.readers(session, person_id, zone=PARIS)
    assert reader == Reader(None, None, date(2026, 11, 23))
    assert "partie de l'équipe, le 23 novembre 2026" in readings.told([reader], TEXTS)


def test_nobody_read_is_said_plainly(assistant: Assistant) -> None:
    assert "personne de l'équipe n'a ouvert" in readings.told([], assistant.texts)


@given(st.lists(st.text(min_size=1, max_size=120), min_size=1, max_size=60))
def test_however_many_read_it_is_one_bubble(names: list[str]) -> None:
    found = [Reader(name, "Mission locale", date(2026, 11, 23)) for name in names]
    assert len(readings.told(found, TEXTS)) <= MAX_BUBBLE

"""The page of a counsellor."""

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import structures
from programme.bookings import request_place
from programme.conversations import tell
from programme.flags import raise_flag
from programme.models import (
    ChannelIdentity,
    Conversation,
    FlagReason,
    OrganisationKind,
    PathStage,
    Person,
    Role,
)
from programme.portfolio import page
from programme.replies import Reply
from tests.conftest import NOW

APerson = Callable[..., int]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def counsellor(session: Session) -> Callable[[], int]:
    numbers = itertools.count()

    def build() -> int:
        organisation_id = structures.save_organisation(
            session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
        )
        team_id = structures.save_team(session, organisation_id=organisation_id, name="Alternance")
        email = f"c{next(numbers)}@exemple.fr"
        return structures.save_staff(session, email=email, team_id=team_id, role=Role.COUNSELLOR, name="Sofia")

    return build


def followed(session: Session, person_id: int, counsellor_id: int, **values: object) -> int:
    person = session.get_one(Person, person_id)
    person.counsellor_id = counsellor_id
    for name, value in values.items():
        setattr(person, name, value)
    session.flush()
    return person_id


def test_a_line_says_where_the_person_stands_and_what_is_next(
    session: Session, counsellor: Callable[[], int], a_person: APerson, an_event_date: Callable[..., int]
) -> None:
    # given somebody with a seat, a rank, a message and a flag
    counsellor_id, holder = counsellor(), a_person()
    person_id = followed(session, a_person(), counsellor_id, display_name="Lina", stage=PathStage.ENTRETIEN)
    sooner, later = NOW + timedelta(days=3), NOW + timedelta(days=9)
    full = an_event_date(seats=1, starts_at=NOW + timedelta(days=1))
    for date_id in (an_event_date(starts_at=later), an_event_date(starts_at=sooner)):
        request_place(session, person_id=person_id, event_date_id=date_id, now=NOW)
    for each in (holder, person_id):
        request_place(session, person_id=each, event_date_id=full, now=NOW)
    tell(session, person_id=person_id, replies=[Reply("Bonjour"), Reply("Encore moi")], now=NOW)
    conversation_id = session.scalars(
        select(Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id)
    ).one()
    raise_flag(session, conversation_id, reason=FlagReason.HUMAN_WANTED, now=NOW)
    session.flush()
    # then the line shows them
    (line,) = page(session, counsellor_id, now=NOW)
    assert (line.name, line.stage, line.last_message_at, line.next_date_at, line.waits_for, line.flags) == (
        "Lina", PathStage.ENTRETIEN, NOW, sooner, 1, ("human_wanted",),
    )  # fmt: skip


def test_somebody_who_never_wrote_has_a_line_as_well(session: Session, counsellor: Callable[[], int]) -> None:
    counsellor_id = counsellor()
    person = Person(created_at=NOW)
    session.add(person)
    session.flush()
    followed(session, person.id, counsellor_id)
    (line,) = page(session, counsellor_id, now=NOW)
    assert (line.last_message_at, line.next_date_at, line.waits_for, line.flags) == (None, None, 0, ())


def test_pages_follow_each_other_without_a_gap_and_hold_only_one_s_own(
    session: Session, counsellor: Callable[[], int], a_person: APerson
) -> None:
    mine, other = counsellor(), counsellor()
    people = [followed(session, a_person(), each) for _ in range(5) for each in (mine, other)][::2]
    first = page(session, mine, now=NOW, size=3)
    second = page(session, mine, now=NOW, size=3, after=first[-1].person_id)
    assert [line.person_id for line in (*first, *second)] == people


def test_a_stage_alone_is_shown(session: Session, counsellor: Callable[[], int], a_person: APerson) -> None:
    counsellor_id = counsellor()
    followed(session, a_person(), counsellor_id)
    broken = followed(session, a_person(), counsellor_id, stage=PathStage.RUPTURE)
    assert [line.person_id for line in page(session, counsellor_id, now=NOW, stage=PathStage.RUPTURE)] == [broken]

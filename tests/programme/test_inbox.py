"""The team's list of conversations: who is in it, in which order, and what each line says."""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, conversations, flags, inbox, permissions, structures, takeover
from programme.inbox import About, Filters, Line, Place
from programme.models import (
    Campaign,
    CampaignMember,
    CampaignState,
    ChannelIdentity,
    Conversation,
    Flag,
    FlagReason,
    Message,
    OrganisationKind,
    PathStage,
    Review,
    ReviewReason,
    Role,
)
from programme.permissions import Member
from programme.replies import Reply
from tests.conftest import NOW, PARIS

MINUTE = timedelta(minutes=1)
Staff = Callable[..., Member]
Person = Callable[..., int]
Listed = Callable[..., list[Line]]


@pytest.fixture
def a_member(session_factory: sessionmaker[Session]) -> Staff:
    """Builds somebody of the staff; those of the same ``team`` and ``territory`` share it."""
    numbers = count(1)

    def build(role: Role = Role.COUNSELLOR, *, team: str = "", territory: str = "", organisation: str = "ml") -> Member:
        number = next(numbers)
        with session_factory.begin() as session:
            organisation_id = structures.save_organisation(
                session, slug=organisation, kind=OrganisationKind.MISSION_LOCALE, name=organisation
            )
            territory_id = (
                structures.save_territory(session, slug=territory, name=territory, region="Île-de-France")
                if territory
                else None
            )
            team_id = structures.save_team(
                session, organisation_id=organisation_id, name=team or f"Équipe {number}", territory_id=territory_id
            )
            staff_id = structures.save_staff(
                session, email=f"{number}@ml.example", team_id=team_id, role=role, name=f"Camille {number}"
            )
            found = permissions.member(session, staff_id)
        assert found is not None
        return found

    return build


@pytest.fixture
def somebody(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> Person:
    """Builds a young person of a counsellor or of a team, who wrote ``text`` at ``now``; their id."""

    def build(
        who: Member | None = None, *, text: str = "salut", now: datetime = NOW, team_id: int | None = None
    ) -> int:
        person_id = a_person()
        with session_factory.begin() as session:
            if who is not None:
                structures.assign(session, person_id, counsellor_id=who.staff_id)
            if team_id is not None:
                structures.assign(session, person_id, team_id=team_id)
            if text:
                _write(session, _conversation_of(session, person_id), text, now=now)
        return person_id

    return build


@pytest.fixture
def listed(session_factory: sessionmaker[Session]) -> Listed:
    """The first page, as this member sees it."""

    def read(who: Member, filters: Filters | None = None, *, now: datetime = NOW) -> list[Line]:
        with session_factory() as session:
            return inbox.page(session, who, filters or Filters(), now=now, zone=PARIS)[0]

    return read


def _conversation_of(session: Session, person_id: int) -> uuid.UUID:
    return session.scalars(
        select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
    ).one()


def _write(
    session: Session,
    conversation_id: uuid.UUID,
    text: str,
    *,
    now: datetime = NOW,
    private: bool = False,
    read: bool = True,
) -> Message:
    message = conversations.store_incoming(
        session, conversation_id=conversation_id, public_id=str(uuid.uuid4()), text=text, payload=None, now=now
    )
    if read:
        conversations.mark_answered(session, message, intent=None, confidence=None, now=now, private=private)
    return message


def people(lines: Iterable[Line]) -> list[int]:
    return [line.person_id for line in lines]


# -- who is in it


def test_the_latest_comes_first_and_who_never_wrote_is_not_in_it(
    a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    early, late = somebody(who, now=NOW - MINUTE), somebody(who)
    somebody(who, text="")
    assert people(listed(who)) == [late, early]


def test_a_counsellor_sees_their_team_and_those_whom_nobody_has(
    a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who, colleague, stranger = a_member(team="A"), a_member(team="A"), a_member(team="B")
    expected = {somebody(who), somebody(colleague), somebody()}
    somebody(stranger)
    assert set(people(listed(who))) == expected


def test_a_team_lead_sees_the_teams_of_their_territory(a_member: Staff, somebody: Person, listed: Listed) -> None:
    lead = a_member(Role.TEAM_LEAD, team="A", territory="nord")
    expected = {somebody(lead), somebody(a_member(team="B", territory="nord"))}
    somebody(a_member(team="C", territory="sud"))
    somebody(a_member(team="D", territory="nord", organisation="autre"))
    assert set(people(listed(lead))) == expected


def test_who_reads_nobody_s_conversation_is_told_of_none(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person
) -> None:
    admin = a_member(Role.ADMIN)
    somebody(), somebody(a_member())
    with session_factory() as session:
        everything = list(session.scalars(select(Conversation.id)))
        assert inbox.reached(session, admin, everything) == set()


def test_of_some_conversations_those_within_reach_are_told(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person
) -> None:
    who = a_member()
    mine = somebody(who)
    somebody(a_member())
    with session_factory() as session:
        everything = [*session.scalars(select(Conversation.id)), uuid.uuid4()]
        assert inbox.reached(session, who, everything) == {_conversation_of(session, mine)}


# -- pages


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_hold_everybody_once_when_many_wrote_at_the_same_moment(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, size: int
) -> None:
    who = a_member()
    everybody = {somebody(who, now=NOW - MINUTE * (number // 4)) for number in range(7)}
    seen: list[int] = []
    after: Place | None = None
    with session_factory() as session:
        for _ in range(8):
            lines, after = inbox.page(session, who, Filters(), now=NOW, zone=PARIS, after=after, size=size)
            seen += people(lines)
            if after is None:
                break
            after = Place.read(str(after))
    assert after is None
    assert len(seen) == len(everybody)
    assert set(seen) == everybody


@given(moment=st.datetimes(timezones=st.just(UTC)), conversation_id=st.uuids())
def test_a_place_is_read_as_it_is_written(moment: datetime, conversation_id: uuid.UUID) -> None:
    place = Place(moment, conversation_id)
    assert Place.read(str(place)) == place


@given(written=st.text() | st.datetimes().map(lambda moment: f"{moment.isoformat()}~{uuid.UUID(int=1)}"))
def test_what_is_no_place_is_none(written: str) -> None:
    assert Place.read(written) is None


# -- what a line says


def test_a_line_says_who_and_what(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    person_id = somebody(who, text="c payé\n\n  combien ?")
    with session_factory.begin() as session:
        conversation_id = _conversation_of(session, person_id)
        conversations.store_replies(session, conversation_id=conversation_id, replies=[Reply("Le Smic")], now=NOW)
        structures.path.locked(session, person_id).display_name = "Inès"
    [line] = listed(who)
    assert line == Line(
        conversation_id=conversation_id,
        person_id=person_id,
        name="Inès",
        stage=PathStage.PROJET,
        counsellor=who.name,
        channel=line.channel,
        last_wrote_at=NOW,
        unread=True,
        excerpt="c payé combien ?",
        flags=(),
        not_understood=0,
        held_by=None,
    )


def test_a_long_message_is_cut(a_member: Staff, somebody: Person, listed: Listed) -> None:
    who = a_member()
    somebody(who, text="a" * 1000)
    [line] = listed(who)
    assert line.excerpt == "a" * (inbox.EXCERPT - 1) + "…"


@pytest.mark.parametrize(
    ("private", "read"),
    [pytest.param(True, True, id="private"), pytest.param(False, False, id="the assistant has not read it yet")],
)
def test_the_excerpt_is_the_latest_message_that_is_surely_not_private(
    session_factory: sessionmaker[Session],
    a_member: Staff,
    somebody: Person,
    listed: Listed,
    private: bool,
    read: bool,
) -> None:
    who = a_member()
    person_id = somebody(who, text="salut")
    with session_factory.begin() as session:
        conversation_id = _conversation_of(session, person_id)
        _write(session, conversation_id, "mon secret", now=NOW + MINUTE, private=private, read=read)
    [line] = listed(who)
    assert (line.excerpt, line.last_wrote_at) == ("salut", NOW + MINUTE)


def test_open_flags_and_reviews_are_told_and_closed_ones_are_not(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    person_id = somebody(who)
    with session_factory.begin() as session:
        conversation_id = _conversation_of(session, person_id)
        for minutes, reason in enumerate(
            (FlagReason.HARASSMENT, FlagReason.HUMAN_WANTED, FlagReason.DISTRESS), start=1
        ):
            flags.raise_flag(session, conversation_id, reason=reason, now=NOW - minutes * MINUTE)
        flags.close_flag(
            session, session.scalars(select(Flag.id).where(Flag.reason == FlagReason.HARASSMENT)).one(), now=NOW
        )
        for closed_at in (None, None, NOW):
            session.add(
                Review(
                    message_id=_write(session, conversation_id, "euh").id,
                    conversation_id=conversation_id,
                    reason=ReviewReason.NOT_UNDERSTOOD,
                    created_at=NOW,
                    closed_at=closed_at,
                )
            )
    [line] = listed(who)
    assert line.flags == (FlagReason.DISTRESS, FlagReason.HUMAN_WANTED)
    assert line.not_understood == 2


def test_it_is_unread_again_once_they_wrote_after_it_was_read(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    person_id = somebody(who)
    with session_factory.begin() as session:
        conversation_id = _conversation_of(session, person_id)
        session.get_one(Conversation, conversation_id).read_at = NOW + MINUTE
    assert [line.unread for line in listed(who)] == [False]
    assert listed(who, Filters(frozenset({About.UNREAD}))) == []
    with session_factory.begin() as session:
        _write(session, conversation_id, "et ?", now=NOW + 2 * MINUTE)
    assert [line.unread for line in listed(who)] == [True]
    assert people(listed(who, Filters(frozenset({About.UNREAD})))) == [person_id]


# -- filters


def test_what_is_asked_for_must_all_hold(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who, colleague = a_member(team="A"), a_member(team="A")
    mine, theirs, nobodys = somebody(who), somebody(colleague), somebody()
    with session_factory.begin() as session:
        for person_id, reason in ((mine, FlagReason.DISTRESS), (theirs, FlagReason.DISTRESS)):
            flags.raise_flag(session, _conversation_of(session, person_id), reason=reason, now=NOW)
        flags.raise_flag(session, _conversation_of(session, nobodys), reason=FlagReason.HUMAN_WANTED, now=NOW)

    def asked(*about: About) -> set[int]:
        return set(people(listed(who, Filters(frozenset(about)))))

    assert asked(About.MINE) == {mine}
    assert asked(About.NOBODYS) == {nobodys}
    assert asked(About.SAFETY) == {mine, theirs}
    assert asked(About.SAFETY, About.MINE) == {mine}
    assert asked(About.HUMAN_WANTED) == {nobodys}
    assert asked(About.HUMAN_WANTED, About.SAFETY) == set()


def test_a_conversation_is_held_until_it_is_given_back_or_its_time_is_over(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    person_id = somebody(who)
    held = Filters(frozenset({About.HELD}))
    assert listed(who, held) == []
    with session_factory.begin() as session:
        takeover.take(session, _conversation_of(session, person_id), staff_id=who.staff_id, now=NOW)
    assert [line.held_by for line in listed(who, held)] == [who.name]
    over = NOW + takeover.HELD_FOR
    assert listed(who, held, now=over) == []
    assert [line.held_by for line in listed(who, now=over)] == [None]


def test_messages_that_were_not_understood_are_found_until_they_are_looked_at(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    person_id = somebody(who)
    asked = Filters(frozenset({About.NOT_UNDERSTOOD}))
    with session_factory.begin() as session:
        conversation_id = _conversation_of(session, person_id)
        message = _write(session, conversation_id, "euh")
        review = Review(
            message_id=message.id,
            conversation_id=conversation_id,
            reason=ReviewReason.NOT_UNDERSTOOD,
            created_at=NOW,
        )
        session.add(review)
    assert people(listed(who, asked)) == [person_id]
    with session_factory.begin() as session:
        session.get_one(Review, review.id).closed_at = NOW
    assert listed(who, asked) == []


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        pytest.param(None, None, True, id="any day"),
        pytest.param(date(2026, 11, 24), date(2026, 11, 24), True, id="that day"),
        pytest.param(date(2026, 11, 25), None, False, id="from the next day on"),
        pytest.param(None, date(2026, 11, 23), False, id="until the day before"),
        pytest.param(date.min, date.max, True, id="as far as days go"),
    ],
)
def test_days_are_those_of_the_team(
    a_member: Staff, somebody: Person, listed: Listed, first: date | None, last: date | None, found: bool
) -> None:
    # half past midnight in Paris, the day before in London
    who = a_member()
    somebody(who, now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert bool(listed(who, Filters(first=first, last=last))) is found


def test_who_gave_their_seat_back_is_not_of_the_workshop(
    session_factory: sessionmaker[Session],
    a_member: Staff,
    somebody: Person,
    listed: Listed,
    an_event_date: Callable[..., int],
) -> None:
    who = a_member()
    comes, does_not = somebody(who), somebody(who)
    somebody(who)
    date_id = an_event_date()
    with session_factory.begin() as session:
        for person_id in (comes, does_not):
            booking = bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=NOW)
        bookings.release_place(session, person_id=does_not, booking_id=booking.id, now=NOW)
    assert people(listed(who, Filters(event_date_id=date_id))) == [comes]
    assert listed(who, Filters(event_date_id=date_id + 1)) == []
    assert listed(who, Filters(event_date_id=10**17)) == []


def test_of_a_campaign_its_latest_run_counts(
    session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed
) -> None:
    who = a_member()
    before, now = somebody(who), somebody(who)
    with session_factory.begin() as session:
        for person_id in (before, now):
            run = Campaign(
                name="septembre",
                definition={},
                state=CampaignState.FINISHED,
                starts_on=NOW.date(),
                started_at=NOW,
                state_at=NOW,
            )
            session.add(run)
            session.flush()
            session.add(CampaignMember(campaign_id=run.id, person_id=person_id, rank=1))
    assert people(listed(who, Filters(campaign="septembre"))) == [now]
    assert listed(who, Filters(campaign="autre")) == []


def test_a_stage(session_factory: sessionmaker[Session], a_member: Staff, somebody: Person, listed: Listed) -> None:
    who = a_member()
    person_id, _ = somebody(who), somebody(who)
    with session_factory.begin() as session:
        structures.path.locked(session, person_id).stage = PathStage.ECOLE_TROUVEE
    assert people(listed(who, Filters(stage=PathStage.ECOLE_TROUVEE))) == [person_id]

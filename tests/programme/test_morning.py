"""Who needs a human this morning, and who of the team sees it."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from programme import (
    absences,
    bookings,
    contacts,
    conversations,
    flags,
    morning,
    outcomes,
    path,
    permissions,
    structures,
    takeover,
)
from programme.campaigns import runs
from programme.contact_words import Told
from programme.facts import FactBook
from programme.models import (
    BreakReason,
    ChannelIdentity,
    CheckIn,
    Conversation,
    EmployerStatus,
    Flag,
    FlagReason,
    Message,
    OrganisationKind,
    PathStage,
    Person,
    Role,
    SchoolStatus,
    Teller,
)
from programme.morning import Need, Whose
from programme.morning_sources import MOST, Why
from programme.permissions import Member
from tests.conftest import NOW, PARIS
from tests.programme.campaigns.builders import begun, says_of_reminders

BOOK = FactBook.load()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = NOW.date()
# NOW is Monday, ten in Paris. On the Friday before the team left at half past five: four hours of work before NOW was
# half past two of that day
FRIDAY_LATE = datetime(2026, 11, 20, 13, 31, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
Staff = Callable[..., Member]
Somebody = Callable[..., int]


class Desk:
    """What happens to young people, and what a member of the staff then reads."""

    def __init__(self, factory: sessionmaker[Session]) -> None:
        self.factory = factory

    def conversation_of(self, person_id: int) -> uuid.UUID:
        with self.factory() as session:
            return session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()

    def flag(self, person_id: int, reason: FlagReason = FlagReason.HUMAN_WANTED, *, at: datetime = NOW) -> int:
        conversation_id = self.conversation_of(person_id)
        with self.factory.begin() as session:
            flags.raise_flag(session, conversation_id, reason=reason, now=at)
            return session.scalars(select(Flag.id).order_by(Flag.id.desc()).limit(1)).one()

    def take(self, flag_id: int, who: Member) -> None:
        with self.factory.begin() as session:
            flags.take(session, flag_id, staff_id=who.staff_id)

    def away(self, who: Member, deputy: Member | None = None) -> None:
        with self.factory.begin() as session:
            deputy_id = deputy.staff_id if deputy else None
            absences.add(session, who.staff_id, starts_on=TODAY, ends_on=TODAY, deputy_id=deputy_id, today=TODAY)

    def knows(self, person_id: int, **values: Any) -> None:
        with self.factory.begin() as session:
            person = session.get_one(Person, person_id)
            for name, value in values.items():
                setattr(person, name, value)

    def write(self, person_id: int, *, at: datetime = NOW, held: bool = False, intent: str | None = None) -> Message:
        conversation_id = self.conversation_of(person_id)
        with self.factory.begin() as session:
            message = conversations.store_incoming(
                session, conversation_id=conversation_id, public_id=str(uuid.uuid4()), text="?", payload=None, now=at
            )
            settle = conversations.leave_to_staff if held else conversations.mark_answered
            settle(session, message, intent=intent, confidence=None, now=at)
        return message

    def hold(self, person_id: int, who: Member, *, at: datetime = NOW) -> None:
        conversation_id = self.conversation_of(person_id)
        with self.factory.begin() as session:
            takeover.take(session, conversation_id, staff_id=who.staff_id, now=at)

    def give_back(self, person_id: int, who: Member, *, at: datetime = NOW) -> None:
        conversation_id = self.conversation_of(person_id)
        with self.factory.begin() as session:
            assert takeover.give_back(session, conversation_id, staff_id=who.staff_id, now=at)

    def note(
        self, person_id: int, *, at: datetime, answered: bool = True, shared: bool = True, next_on: date | None = None
    ) -> int:
        with self.factory.begin() as session:
            read = Told(company="Garage Mercadal", answered=answered, next_on=next_on)
            contact = contacts.note(session, person_id=person_id, told="…", read=read, now=at)
            contacts.confirm(session, contact, now=at)
            contacts.share(session, contact, shared=shared, now=at)
            return contact.id

    def read(self, who: Member, *, now: datetime = NOW) -> list[Need]:
        with self.factory() as session:
            return morning.needs(session, who, now=now, zone=PARIS, book=BOOK)


@pytest.fixture
def desk(session_factory: sessionmaker[Session]) -> Desk:
    return Desk(session_factory)


@pytest.fixture
def a_member(session_factory: sessionmaker[Session]) -> Staff:
    """Builds somebody of the staff, of the same team unless another one is named."""
    numbers = count(1)

    def build(role: Role = Role.COUNSELLOR, *, team: str = "A", organisation: str = "ml") -> Member:
        number = next(numbers)
        with session_factory.begin() as session:
            organisation_id = structures.save_organisation(
                session, slug=organisation, kind=OrganisationKind.MISSION_LOCALE, name=organisation
            )
            team_id = structures.save_team(session, organisation_id=organisation_id, name=team)
            staff_id = structures.save_staff(
                session, email=f"{number}@ml.example", team_id=team_id, role=role, name=f"Camille {number}"
            )
            found = permissions.member(session, staff_id)
        assert found is not None
        return found

    return build


@pytest.fixture
def somebody(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> Somebody:
    """Builds a young person whom this member of the staff follows, nobody when none is given; their id."""

    def build(who: Member | None = None, *, team_id: int | None = None) -> int:
        person_id = a_person()
        with session_factory.begin() as session:
            structures.assign(
                session, person_id, team_id=team_id, counsellor_id=who.staff_id if who is not None else None
            )
        return person_id

    return build


def who_and_why(needs: Sequence[Need]) -> list[tuple[int, Why]]:
    return [(need.person_id, need.why) for need in needs]


# -- whose it is


def test_a_counsellor_reads_what_their_own_young_people_need(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    who, colleague = a_member(), a_member()
    mine, other = somebody(who), somebody(colleague)
    flag_id = desk.flag(mine)
    desk.flag(other)
    assert desk.read(who) == [
        Need(
            person_id=mine,
            name=None,
            conversation_id=desk.conversation_of(mine),
            why=Why.HUMAN_WANTED,
            words="a demandé un humain",
            since=NOW,
            counsellor=who.name,
            for_whom=Whose.MINE,
            flag_id=flag_id,
        )
    ]


def test_who_waited_for_four_hours_of_work_is_shown_to_the_whole_team(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    # given two who asked for a human on Friday, one of them a minute later
    who, colleague = a_member(), a_member()
    early, late = somebody(colleague), somebody(colleague)
    desk.flag(early, at=FRIDAY)
    desk.flag(late, at=FRIDAY_LATE)
    # then on Monday at ten the team reads of the first
    [need] = desk.read(who)
    assert (need.person_id, need.for_whom, need.counsellor, need.waited) == (
        early,
        Whose.TEAM,
        colleague.name,
        4 * HOUR,
    )
    # and a minute later of the second
    assert [each.person_id for each in desk.read(who, now=NOW + timedelta(minutes=1))] == [early, late]
    # while their counsellor read of both from the start
    assert [each.person_id for each in desk.read(colleague)] == [early, late]


def test_what_somebody_takes_care_of_does_not_go_back_to_the_team(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who, colleague, third = a_member(), a_member(), a_member()
    person_id = somebody(colleague)
    flag_id = desk.flag(person_id, at=FRIDAY)
    # when a third one takes it
    desk.take(flag_id, third)
    # then they and the counsellor read it, nobody else
    assert desk.read(who) == []
    assert [(need.taken_by, need.mine) for need in desk.read(third)] == [(third.name, True)]
    assert [(need.taken_by, need.mine) for need in desk.read(colleague)] == [(third.name, False)]
    # but once that third one is away, it is the team's again
    desk.away(third)
    assert [need.person_id for need in desk.read(who)] == [person_id]


@pytest.mark.parametrize("reason", flags.URGENT)
def test_a_call_for_help_is_everybodys_at_once(
    desk: Desk, a_member: Staff, somebody: Somebody, reason: FlagReason
) -> None:
    who, colleague = a_member(), a_member()
    flag_id = desk.flag(somebody(colleague), reason)
    [need] = desk.read(who)
    assert (need.why, need.for_whom, need.waited) == (Why(reason), Whose.TEAM, None)
    # and stays there, with the name, when somebody takes care of it
    desk.take(flag_id, colleague)
    assert [need.taken_by for need in desk.read(who)] == [colleague.name]


def test_a_team_lead_reads_what_all_of_their_teams_need(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    lead, one, other = a_member(Role.TEAM_LEAD), a_member(), a_member(team="B")
    people = [somebody(one), somebody(other), somebody()]
    for person_id in people:
        desk.flag(person_id)
    assert [(need.person_id, need.for_whom) for need in desk.read(lead)] == list(
        zip(people, (Whose.TEAM, Whose.TEAM, Whose.NOBODYS), strict=True)
    )


def test_another_team_reads_nothing_not_even_a_call_for_help(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    stranger = a_member(team="B")
    desk.flag(somebody(a_member()), FlagReason.DISTRESS, at=FRIDAY)
    assert desk.read(stranger) == []


def test_those_whom_nobody_follows_are_everybodys(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    who, other_team = a_member(), a_member(team="B")
    without_team, without_counsellor = somebody(), somebody(team_id=who.team_id)
    desk.flag(without_team)
    desk.flag(without_counsellor)
    assert [need.person_id for need in desk.read(who)] == [without_team, without_counsellor]
    assert [need.for_whom for need in desk.read(other_team)] == [Whose.NOBODYS]


def test_the_deputy_reads_what_the_young_people_of_who_is_away_need(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    deputy, absent, third = a_member(), a_member(), a_member()
    person_id = somebody(absent)
    desk.flag(person_id)
    assert desk.read(deputy) == []
    desk.away(absent, deputy)
    assert [(need.person_id, need.for_whom, need.counsellor) for need in desk.read(deputy)] == [
        (person_id, Whose.DEPUTY, absent.name)
    ]
    assert desk.read(third) == []


def test_without_a_deputy_the_whole_team_reads_it_at_once(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    who, absent = a_member(), a_member()
    person_id = somebody(absent)
    desk.flag(person_id)
    desk.away(absent)
    assert [(need.person_id, need.for_whom, need.uncovered) for need in desk.read(who)] == [
        (person_id, Whose.TEAM, True)
    ]


def test_who_has_the_conversation_at_this_moment_is_told(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    who = a_member()
    person_id = somebody(who)
    desk.flag(person_id)
    desk.hold(person_id, who)
    assert [need.held_by for need in desk.read(who)] == [who.name]
    assert [need.held_by for need in desk.read(who, now=NOW + takeover.HELD_FOR)] == [None]


# -- the order


def test_reasons_come_in_their_order_and_then_who_has_waited_longest(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    # given alerts raised in the opposite order of what presses, and two of the same
    who = a_member()
    people = [somebody(who) for _ in range(6)]
    for hours, (person_id, reason) in enumerate(zip(people, [*reversed(FlagReason), FlagReason.DISTRESS], strict=True)):
        desk.flag(person_id, reason, at=NOW - (9 - hours) * HOUR)
    found = desk.read(who)
    assert [need.why.value for need in found] == ["distress", *[reason.value for reason in FlagReason]]
    assert [need.person_id for need in found[:2]] == [people[4], people[5]]


def test_the_list_of_one_reason_has_an_end(
    session_factory: sessionmaker[Session], desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who = a_member()
    oldest = somebody(who)
    desk.flag(oldest, at=NOW - DAY)
    for _ in range(MOST + 5):
        desk.flag(somebody(who))
    desk.flag(somebody(who), FlagReason.DISTRESS)
    found = [need for need in desk.read(who) if need.why is Why.HUMAN_WANTED]
    assert (len(found), found[0].person_id) == (MOST, oldest)


# -- where needs come from


def test_an_alert_that_is_closed_is_no_need(desk: Desk, a_member: Staff, somebody: Somebody) -> None:
    who = a_member()
    flag_id = desk.flag(somebody(who))
    with desk.factory.begin() as session:
        flags.close_flag(session, flag_id, now=NOW, staff_id=who.staff_id)
    assert desk.read(who) == []


def test_who_answered_that_the_contract_goes_badly_is_told_as_such(
    session_factory: sessionmaker[Session], desk: Desk, a_member: Staff, somebody: Somebody, assistant: Any
) -> None:
    # given two in a contract, asked how it goes
    who = a_member()
    bad, other = somebody(who), somebody(who)
    with session_factory.begin() as session:
        for person_id in (bad, other):
            outcomes.announce_contract(session, person_id, starts_on=TODAY - 20 * DAY, teller=Teller.PERSON, now=NOW)
        for check_in in session.scalars(select(CheckIn).where(CheckIn.day == 15)):
            check_in.asked_at = NOW - HOUR
    # when one answers « pas bien du tout », and the other asks for a human
    conversation_id = desk.conversation_of(bad)
    with session_factory.begin() as session:
        assistant.check_ins.answered(
            session,
            person_id=bad,
            check_in_id=session.scalars(select(CheckIn.id).where(CheckIn.day == 15).order_by(CheckIn.id)).first(),
            mood="bad",
            conversation_id=conversation_id,
            now=NOW,
        )
    desk.flag(other)
    assert who_and_why(desk.read(who)) == [(other, Why.HUMAN_WANTED), (bad, Why.CHECK_IN_BAD)]


def test_who_wrote_to_a_counsellor_and_was_given_back_without_an_answer_is_a_need(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who = a_member()
    person_id = somebody(who)
    desk.hold(person_id, who)
    desk.write(person_id, held=True, at=NOW + timedelta(minutes=1))
    # while the conversation is held, it is being answered
    assert desk.read(who, now=NOW + timedelta(minutes=2)) == []
    # when it is given back
    desk.give_back(person_id, who, at=NOW + timedelta(minutes=3))
    [need] = desk.read(who, now=NOW + HOUR)
    assert (need.person_id, need.why, need.since, need.flag_id) == (
        person_id,
        Why.UNANSWERED,
        NOW + timedelta(minutes=3),
        None,
    )
    # and once the assistant has answered something else, or a week later, it is none any more
    assert desk.read(who, now=NOW + 8 * DAY) == []
    desk.write(person_id, at=NOW + HOUR)
    assert desk.read(who, now=NOW + HOUR) == []


@pytest.mark.parametrize("intent", ["thank", "goodbye"])
def test_thanks_and_goodbyes_wait_for_no_answer(desk: Desk, a_member: Staff, somebody: Somebody, intent: str) -> None:
    who = a_member()
    person_id = somebody(who)
    desk.hold(person_id, who)
    desk.write(person_id, held=True, intent=intent)
    desk.give_back(person_id, who)
    assert desk.read(who) == []


def test_a_takeover_that_lapsed_over_an_unanswered_message_is_one_line_with_its_alert(
    desk: Desk, a_member: Staff, somebody: Somebody, assistant: Any
) -> None:
    # given somebody who wrote to a counsellor who went away from the screen
    who = a_member()
    person_id = somebody(who)
    desk.hold(person_id, who)
    desk.write(person_id, held=True)
    # when the time of the counsellor runs out
    later = NOW + takeover.HELD_FOR
    conversation_id = desk.conversation_of(person_id)
    with desk.factory.begin() as session:
        assert assistant.takeovers.let_lapse(session, conversation_id, now=later)
    # then it is said what happened, not that they had asked for a human
    [need] = desk.read(who, now=later)
    assert (need.why, need.words) == (
        Why.UNANSWERED,
        "a écrit pendant que l'équipe avait la conversation, et personne n'a répondu",
    )
    assert need.flag_id is not None


def test_a_seat_that_is_held_for_somebody_is_a_need_until_they_answer(
    session_factory: sessionmaker[Session],
    desk: Desk,
    a_member: Staff,
    somebody: Somebody,
    an_event_date: Callable[..., int],
) -> None:
    # given a full workshop, and somebody who waits for a seat
    who = a_member()
    first, waits = somebody(who), somebody(who)
    date_id = an_event_date(seats=1, starts_at=NOW + 9 * DAY)
    with session_factory.begin() as session:
        booked = bookings.request_place(session, person_id=first, event_date_id=date_id, now=NOW - DAY)
        bookings.request_place(session, person_id=waits, event_date_id=date_id, now=NOW - DAY)
        # when the seat is given back
        bookings.release_place(session, person_id=first, booking_id=booked.id, now=NOW)
    # then it is held for the one who waits
    [need] = desk.read(who)
    assert (need.person_id, need.why, need.words) == (
        waits,
        Why.SEAT_OFFERED,
        "place libérée à confirmer avant mardi 24 novembre à 10h : Atelier CV",
    )
    assert desk.read(who, now=NOW + 2 * DAY) == []


def test_a_broken_contract_is_a_need_until_something_is_planned(
    session_factory: sessionmaker[Session],
    desk: Desk,
    a_member: Staff,
    somebody: Somebody,
    an_event_date: Callable[..., int],
) -> None:
    who = a_member()
    person_id = somebody(who)
    with session_factory.begin() as session:
        outcomes.announce_break(
            session,
            person_id,
            reason=BreakReason.TRIAL_PERIOD,
            broken_on=date(2026, 11, 3),
            teller=Teller.PERSON,
            now=NOW,
        )
        path.set_stage(session, person_id, PathStage.RUPTURE, teller=Teller.PERSON, now=NOW - 5 * DAY)
    [need] = desk.read(who)
    assert (need.why, need.words) == (Why.BROKEN, "contrat rompu le 3 novembre 2026, aucun rendez-vous à venir")
    # two months later it is no news
    assert desk.read(who, now=NOW + 60 * DAY) == []
    # and with a workshop to come there is a next step
    with session_factory.begin() as session:
        bookings.request_place(session, person_id=person_id, event_date_id=an_event_date(), now=NOW)
    assert desk.read(who) == []


def test_three_companies_that_do_not_answer_in_a_week_are_a_need(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who = a_member()
    person_id = somebody(who)
    for days in (1, 2, 3):
        assert desk.read(who) == []
        desk.note(person_id, at=NOW - days * DAY, answered=False)
    [need] = desk.read(who)
    assert (need.why, need.words) == (
        Why.SILENT_COMPANIES,
        "sans employeur, 3 entreprises sans réponse cette semaine (carnet partagé)",
    )
    # who has an employer by now needs nobody for it
    desk.knows(person_id, employer_status=EmployerStatus.PROMISED)
    assert desk.read(who) == []


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([{"shared": False}] * 3, id="not shared"),
        pytest.param([{"answered": True}] * 3, id="answered"),
        pytest.param([{"at": NOW - 8 * DAY}] * 3, id="of the week before"),
        pytest.param([{}, {}, {"shared": False}], id="one of three not shared"),
    ],
)
def test_the_notebook_says_nothing_of_what_is_not_shared_nor_old_nor_answered(
    desk: Desk, a_member: Staff, somebody: Somebody, entries: list[dict[str, Any]]
) -> None:
    who = a_member()
    person_id = somebody(who)
    for entry in entries:
        desk.note(person_id, **({"at": NOW - DAY, "answered": False} | entry))
    assert desk.read(who) == []


def test_a_call_that_was_promised_for_a_day_past_is_a_need_until_something_is_noted(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who = a_member()
    person_id = somebody(who)
    desk.note(person_id, at=NOW - 9 * DAY, next_on=TODAY - 3 * DAY)
    desk.note(somebody(who), at=NOW - 9 * DAY, next_on=TODAY - 2 * DAY)
    desk.note(somebody(who), at=NOW - 9 * DAY, next_on=TODAY - 3 * DAY, shared=False)
    [need] = desk.read(who)
    assert (need.person_id, need.why, need.words) == (
        person_id,
        Why.PROMISE_PAST,
        "devait recontacter Garage Mercadal le 20 novembre 2026, rien de noté depuis (carnet partagé)",
    )
    # when something is noted since, be it for the person alone
    desk.note(person_id, at=NOW - DAY, shared=False)
    assert desk.read(who) == []


def test_what_a_colleagues_young_people_do_by_themselves_stays_with_that_colleague(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    # given a colleague's, with a contract broken long ago and a promise past
    who, colleague = a_member(), a_member()
    person_id = somebody(colleague)
    desk.knows(person_id, stage=PathStage.RUPTURE, stage_at=NOW - 9 * DAY)
    desk.note(person_id, at=NOW - 9 * DAY, next_on=TODAY - 3 * DAY)
    # then no other counsellor reads it, but the deputy does
    assert desk.read(who) == []
    desk.away(colleague, who)
    assert who_and_why(desk.read(who)) == [(person_id, Why.BROKEN), (person_id, Why.PROMISE_PAST)]


def test_who_wrote_and_has_no_counsellor_is_a_need_until_it_is_read(
    session_factory: sessionmaker[Session], desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    who = a_member()
    person_id = somebody()
    somebody()  # never wrote
    desk.write(somebody(who))
    desk.write(person_id)
    [need] = desk.read(who)
    assert (need.person_id, need.why, need.since) == (person_id, Why.NOBODYS, NOW)
    with session_factory.begin() as session:
        session.get_one(Conversation, desk.conversation_of(person_id)).read_at = NOW + HOUR
    assert desk.read(who) == []


def test_who_wrote_without_a_counsellor_and_asked_for_a_human_is_one_line(
    desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    person_id = somebody()
    desk.write(person_id)
    desk.flag(person_id)
    assert who_and_why(desk.read(a_member())) == [(person_id, Why.HUMAN_WANTED)]


def test_the_answers_of_a_campaign_are_there_and_alerts_are_not_told_twice(
    session_factory: sessionmaker[Session], desk: Desk, a_member: Staff, somebody: Somebody
) -> None:
    # given two of a campaign, of whom one answered, and the other asked for a human
    who = a_member()
    answered, human = somebody(who), somebody(who)
    with session_factory.begin() as session:
        for person_id in (answered, human):
            session.add(says_of_reminders(person_id, True))
            person = session.get_one(Person, person_id)
            person.stage, person.school_status = PathStage.ECOLE_TROUVEE, SchoolStatus.ENROLLED
        session.flush()
        campaign = begun(session)
        runs.answer(session, campaign.id, answered, "transport", now=NOW, today=TODAY)
    desk.flag(human)
    found = desk.read(who)
    assert who_and_why(found) == [(human, Why.HUMAN_WANTED), (answered, Why.CAMPAIGN)]
    assert (found[1].words, found[1].since) == ("a répondu « Trop loin, pas de transport »", None)


# -- how much work it is


def test_the_number_of_queries_does_not_grow_with_the_people(
    engine: Engine, desk: Desk, a_member: Staff, somebody: Somebody, an_event_date: Callable[..., int]
) -> None:
    who = a_member(Role.TEAM_LEAD)
    asked: list[str] = []

    def count_it(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    def some(number: int) -> None:
        for _ in range(number):
            person_id = somebody(who)
            desk.flag(person_id)
            desk.knows(person_id, stage=PathStage.RUPTURE, stage_at=NOW - DAY)
            desk.note(person_id, at=NOW - 9 * DAY, next_on=TODAY - 5 * DAY)
            desk.write(somebody())

    def queries() -> int:
        asked.clear()
        event.listen(engine, "before_cursor_execute", count_it)
        try:
            desk.read(who)
        finally:
            event.remove(engine, "before_cursor_execute", count_it)
        return len(asked)

    some(1)
    few = queries()
    some(20)
    assert queries() == few
    assert few <= 16

"""The last look before a message leaves: what may have changed since it was planned."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, contacts, conversations, outcomes, takeover
from programme.assistant import Assistant
from programme.contact_words import Told
from programme.deliveries import queue, sending
from programme.deliveries.planning import plan_reminders
from programme.models import (
    Booking,
    BookingStatus,
    Channel,
    ChannelIdentity,
    CheckIn,
    Conversation,
    Delivery,
    DeliveryState,
    EventDate,
    Message,
    MessageChoice,
    MessageState,
    Organisation,
    OrganisationKind,
    Purpose,
    Role,
    Series,
    StaffMember,
    Team,
    Teller,
)
from programme.people import block, conversation_for, unblock
from programme.replies import Reply
from tests.conftest import NOW, PARIS
from tests.programme.deliveries.builders import minutes, say_due

APerson = Callable[..., int]
ADate = Callable[..., int]
# Thursday at 14:00 in Paris; the eve is said on Wednesday at 17:00
STARTS_AT = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
EVE = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


class Reminded:
    """Somebody with a seat, whose reminder of the eve is due."""

    def __init__(self, session: Session, assistant: Assistant, person_id: int, date_id: int) -> None:
        self.session, self._assistant, self.person_id, self.date_id = session, assistant, person_id, date_id
        self.booking_id = bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=NOW).id
        plan_reminders(session, zone=PARIS, now=NOW)

    @property
    def conversation_id(self) -> uuid.UUID:
        query = select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == self.person_id)
        return self.session.scalars(query).one()

    @property
    def delivery(self) -> Delivery:
        query = select(Delivery).where(Delivery.purpose == Purpose.BOOKING_EVE)
        return self.session.scalars(query.execution_options(populate_existing=True)).one()

    def outcome(self, now: datetime = EVE) -> tuple[str, str | None]:
        """What became of the reminder once the worker had looked at it."""
        say_due(self.session, self._assistant.sending, now=now)
        return self.delivery.state.value, self.delivery.reason

    def said(self) -> list[Message]:
        query = select(Message).where(Message.delivery_id.is_not(None)).order_by(Message.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))


@pytest.fixture
def reminded(session: Session, assistant: Assistant, a_person: APerson, an_event_date: ADate) -> Reminded:
    return Reminded(session, assistant, a_person(), an_event_date(starts_at=STARTS_AT))


def on_telegram(reminded: Reminded) -> None:
    reminded.session.scalars(select(ChannelIdentity)).one().channel = Channel.TELEGRAM
    reminded.session.flush()


# -- what is said


def test_a_reminder_says_what_when_and_where_with_three_buttons(reminded: Reminded) -> None:
    assert reminded.outcome() == ("sent", None)
    (said,) = reminded.said()
    assert said.text == "Atelier CV, c'est jeudi 26 novembre à 14h, Mission locale, salle 2. Tu viens ?"
    assert [(button["title"], button["payload"]) for button in said.buttons] == [
        ("Je viens", f'/book_workshop{{"booking": "{reminded.booking_id}"}}'),
        ("Je ne peux plus", f'/cancel_booking{{"booking": "{reminded.booking_id}"}}'),
        ("Où c'est ?", f'/my_bookings{{"go": "where.{reminded.booking_id}"}}'),
    ]


def test_what_to_bring_is_said_on_the_eve(reminded: Reminded) -> None:
    reminded.session.scalars(select(Series)).one().bring = "ton CV, même brouillon"
    reminded.outcome()
    first, second = reminded.said()
    assert (first.buttons, second.text) == ([], "À prendre avec toi : ton CV, même brouillon")


def test_where_it_is_is_said_with_the_way_in_to_the_person_alone(
    reminded: Reminded, assistant: Assistant, a_person: APerson
) -> None:
    reminded.session.scalars(select(Series)).one().access = "bus 14, arrêt Mairie, plain-pied"

    def where(person_id: int) -> list[str]:
        replies = assistant.reminders.where(reminded.session, person_id=person_id, booking_id=reminded.booking_id)
        return [reply.text for reply in replies]

    assert where(reminded.person_id) == [
        "Atelier CV, jeudi 26 novembre à 14h. C'est ici : Mission locale, salle 2.",
        "Pour venir : bus 14, arrêt Mairie, plain-pied",
    ]
    assert where(a_person()) == []


def test_a_call_back_is_said_once_with_the_need_that_was_heard(
    session: Session, assistant: Assistant, a_person: APerson
) -> None:
    # given a promise for the 24th
    told = Told(company="Garage Haddad", need="personne au téléphone", next_step="rappeler", next_on=date(2026, 11, 24))
    contact = contacts.note(session, person_id=a_person(), told="…", read=told, now=NOW)
    contacts.confirm(session, contact, now=NOW)
    # when the worker looks on that day, several times
    for hour in (8, 9, 10):
        now = datetime(2026, 11, 24, hour, 45, tzinfo=UTC)
        plan_reminders(session, zone=PARIS, now=now)
        say_due(session, assistant.sending, now=now)
    # then it was said once, and belongs to the person alone
    said = session.scalars(select(Message).order_by(Message.id)).all()
    assert [message.text for message in said] == [
        "C'est aujourd'hui : Garage Haddad. Tu avais noté : « rappeler ».",
        "Leur besoin, avec tes mots : « personne au téléphone ». Commence par là : « Où en êtes-vous ? »",
    ]
    assert all(message.private for message in said)
    assert contact.reminded_at == datetime(2026, 11, 24, 8, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "words"),
    [(15, "deux semaines"), (45, "Un mois et demi"), (90, "Trois mois")],
)
def test_how_it_goes_is_asked_with_three_answers(
    session: Session, assistant: Assistant, a_person: APerson, days: int, words: str
) -> None:
    starts_on = date(2026, 12, 1) - timedelta(days=days)  # a Tuesday is the day to ask
    outcomes.announce_contract(session, a_person(), starts_on=starts_on, teller=Teller.PERSON, now=NOW)
    now = datetime(2026, 12, 1, 16, 30, tzinfo=UTC)
    plan_reminders(session, zone=PARIS, now=now)
    say_due(session, assistant.sending, now=now)
    said = session.scalars(select(Message).order_by(Message.id)).all()[-1]
    assert words in said.text
    check_in = session.scalars(select(CheckIn).where(CheckIn.day == days)).one()
    assert check_in.asked_at == now
    assert [button["payload"] for button in said.buttons] == [
        f'/inform{{"go": "check.{check_in.id}.{mood}"}}' for mood in ("good", "soso", "bad")
    ]


# -- what has changed meanwhile


def cancelled(reminded: Reminded) -> None:
    bookings.release_place(reminded.session, person_id=reminded.person_id, booking_id=reminded.booking_id, now=EVE)


def called_off(reminded: Reminded) -> None:
    bookings.cancel_date(reminded.session, event_date_id=reminded.date_id, reason="panne", now=EVE)


def moved(reminded: Reminded) -> None:
    held = reminded.session.get_one(EventDate, reminded.date_id)
    held.starts_at, held.ends_at = held.starts_at + timedelta(days=1), held.ends_at + timedelta(days=1)
    reminded.session.flush()


def stopped(reminded: Reminded) -> None:
    _choose(reminded, stopped_at=EVE)


def switched_off(reminded: Reminded) -> None:
    _choose(reminded, topics_off=["workshops"])


def paused_for_long(reminded: Reminded) -> None:
    _choose(reminded, paused_until=EVE + timedelta(days=9))


def blocked(reminded: Reminded) -> None:
    block(reminded.session, reminded.conversation_id, now=EVE)


def _choose(reminded: Reminded, **choice: object) -> None:
    reminded.session.add(MessageChoice(person_id=reminded.person_id, changed_at=EVE, **choice))
    reminded.session.flush()


CHANGES = [
    pytest.param(cancelled, ("skipped", "cancelled"), id="the person cancelled"),
    pytest.param(called_off, ("skipped", "cancelled"), id="the date was called off"),
    pytest.param(moved, ("skipped", "moved"), id="the date moved"),
    pytest.param(stopped, ("skipped", "stopped"), id="STOP"),
    pytest.param(switched_off, ("skipped", "topic_off"), id="no reminders of workshops"),
    pytest.param(paused_for_long, ("skipped", "paused"), id="a pause beyond its use"),
    pytest.param(blocked, ("skipped", "no_channel"), id="the bot is blocked"),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_nothing_is_said_when_meanwhile(
    reminded: Reminded, change: Callable[[Reminded], None], expected: tuple[str, str]
) -> None:
    change(reminded)
    assert (reminded.outcome(), reminded.said()) == (expected, [])


@pytest.mark.parametrize(("change", "expected"), CHANGES[:-1])
def test_nothing_leaves_when_in_the_last_second_before_telegram_is_asked(
    reminded: Reminded, assistant: Assistant, change: Callable[[Reminded], None], expected: tuple[str, str]
) -> None:
    # given a reminder that stands in the transcript, due to leave through Telegram
    on_telegram(reminded)
    assert reminded.outcome() == ("queued", None)
    # when something changes after that
    change(reminded)
    # then the bubble is withdrawn
    bubble = conversations.claim_due(reminded.session, reminded.conversation_id, now=EVE)
    assert bubble is not None
    assert not assistant.sending.still_wanted(reminded.session, bubble, now=EVE)
    assert ((reminded.delivery.state.value, reminded.delivery.reason), reminded.said()[0].state) == (
        expected,
        MessageState.WITHDRAWN,
    )


def a_counsellor(session: Session) -> int:
    organisation = Organisation(slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")
    session.add(organisation)
    session.flush()
    team = Team(organisation_id=organisation.id, name="Alternance")
    session.add(team)
    session.flush()
    member = StaffMember(team_id=team.id, role=Role.COUNSELLOR, name="Sofia", email="sofia@exemple.fr")
    session.add(member)
    session.flush()
    return member.id


def test_a_reminder_waits_while_a_counsellor_has_the_conversation(reminded: Reminded) -> None:
    # given a counsellor who takes it over just before
    staff_id = a_counsellor(reminded.session)
    takeover.take(reminded.session, reminded.conversation_id, staff_id=staff_id, now=EVE)
    assert (reminded.outcome(), reminded.said()) == (("planned", "taken_over"), [])
    # when it is given back
    takeover.give_back(reminded.session, reminded.conversation_id, staff_id=staff_id, now=EVE + minutes(5))
    # then it is said a little later
    assert reminded.outcome(EVE + minutes(14)) == ("planned", "taken_over")
    assert reminded.outcome(EVE + minutes(15)) == ("sent", None)


def test_a_reminder_withdrawn_for_a_counsellor_is_said_afterwards_once(
    reminded: Reminded, assistant: Assistant
) -> None:
    # given that it was about to leave when the conversation was taken over
    on_telegram(reminded)
    reminded.outcome()
    staff_id = a_counsellor(reminded.session)
    takeover.take(reminded.session, reminded.conversation_id, staff_id=staff_id, now=EVE)
    bubble = conversations.claim_due(reminded.session, reminded.conversation_id, now=EVE)
    assert bubble is not None
    assert not assistant.sending.still_wanted(reminded.session, bubble, now=EVE)
    # when the counsellor's time is over
    assert reminded.outcome(EVE + takeover.HELD_FOR) == ("queued", None)
    # then one bubble is due
    assert [message.state.value for message in reminded.said()] == ["withdrawn", "due"]


def test_a_short_pause_puts_a_reminder_off(reminded: Reminded) -> None:
    _choose(reminded, paused_until=EVE + timedelta(hours=2))
    assert reminded.outcome() == ("planned", "paused")
    assert reminded.outcome(EVE + timedelta(hours=2)) == ("sent", None)


def test_a_turn_that_is_under_way_is_not_interrupted(reminded: Reminded) -> None:
    conversation = reminded.session.get_one(Conversation, reminded.conversation_id)
    conversation.lease_until = EVE + timedelta(seconds=15)
    reminded.session.flush()
    assert reminded.outcome() == ("planned", "talking")
    assert reminded.outcome(EVE + sending.TURN) == ("sent", None)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(EVE + timedelta(hours=4), ("planned", "at_night"), id="late in the evening: in the morning"),
        pytest.param(STARTS_AT - timedelta(hours=3), ("expired", "too_late"), id="three hours before: too late"),
    ],
)
def test_a_worker_that_comes_back_late_keeps_the_hours(
    reminded: Reminded, now: datetime, expected: tuple[str, str]
) -> None:
    queue.expire(reminded.session, now=now)
    assert (reminded.outcome(now), reminded.said()) == (expected, [])


def test_what_was_put_off_overnight_is_said_at_nine(reminded: Reminded) -> None:
    reminded.outcome(EVE + timedelta(hours=4))
    assert reminded.delivery.due_at == datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


# -- one channel, the one used last


def test_it_is_said_where_the_person_wrote_last_and_nowhere_else(
    session: Session, assistant: Assistant, a_person: APerson, an_event_date: ADate
) -> None:
    # given somebody on the web and on Telegram, who wrote on the web
    person_id = a_person(Channel.WEB, "web")
    other = conversation_for(session, channel=Channel.TELEGRAM, external_id="42", now=NOW)
    other.identity.person_id = person_id
    web = conversation_for(session, channel=Channel.WEB, external_id="web", now=NOW)
    for conversation in (other, web):
        conversations.store_incoming(
            session, conversation_id=conversation.id, public_id="1", text="salut", payload=None, now=NOW
        )
    session.flush()
    reminded = Reminded(session, assistant, person_id, an_event_date(starts_at=STARTS_AT))
    # when the reminder is due
    assert reminded.outcome() == ("sent", None)
    # then it stands there alone
    assert [message.conversation_id for message in reminded.said()] == [web.id]


def test_a_blocked_channel_is_open_again_once_the_person_writes(reminded: Reminded) -> None:
    blocked(reminded)
    unblock(reminded.session, reminded.conversation_id)
    assert reminded.outcome() == ("sent", None)


# -- what comes back


def test_what_the_person_writes_next_answers_what_they_were_sent(reminded: Reminded) -> None:
    reminded.outcome()
    sending.mark_answered(reminded.session, reminded.person_id, now=EVE + minutes(10))
    assert reminded.delivery.state is DeliveryState.ANSWERED


def test_a_word_of_a_week_later_is_no_answer(reminded: Reminded) -> None:
    reminded.outcome()
    sending.mark_answered(reminded.session, reminded.person_id, now=EVE + timedelta(days=7))
    assert reminded.delivery.state is DeliveryState.SENT


def test_saying_one_comes_confirms_the_seat_and_the_next_reminder_still_comes(
    reminded: Reminded, assistant: Assistant
) -> None:
    reminded.outcome()
    assistant.desk.take_offer(reminded.session, person_id=reminded.person_id, booking_id=reminded.booking_id, now=EVE)
    assert reminded.session.get_one(Booking, reminded.booking_id).status is BookingStatus.CONFIRMED
    say_due(reminded.session, assistant.sending, now=STARTS_AT - timedelta(hours=2))
    assert [message.text for message in reminded.said()][-1].startswith("C'est bientôt")


def test_a_bubble_that_nobody_planned_is_always_wanted(reminded: Reminded, assistant: Assistant) -> None:
    (message,) = conversations.store_replies(
        reminded.session, conversation_id=reminded.conversation_id, replies=[Reply("Salut")], now=NOW
    )
    stopped(reminded)
    assert assistant.sending.still_wanted(reminded.session, message, now=EVE)

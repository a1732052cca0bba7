"""What is said to somebody who did not ask: their bookings, seats set free, call-backs, how a contract goes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, joinedload

from programme import bookings, events, flags, french, outcomes
from programme.deliveries.schedule import FORUMS, day_anchor
from programme.deliveries.sending import Said, Speaker
from programme.errors import CheckInNotFound
from programme.models import (
    Booking,
    BookingStatus,
    CheckIn,
    Contact,
    Delivery,
    EventDate,
    FlagReason,
    Purpose,
    WorkContract,
)
from programme.notebook_desk import NotebookDesk
from programme.replies import Button, Reply, go
from programme.texts import Texts

COMING = frozenset({BookingStatus.BOOKED, BookingStatus.CONFIRMED})
REMINDERS = frozenset({Purpose.BOOKING_WEEK, Purpose.BOOKING_EVE, Purpose.BOOKING_HOURS})
# what a person may answer to « how is it going? »
MOODS = ("good", "soso", "bad")


@dataclass(frozen=True)
class BookingSpeaker:
    """Reminders of a seat, the training before a forum and the thanks after it."""

    texts: Texts
    zone: ZoneInfo

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        booking = _booking(session, delivery.object_id)
        if booking is None or booking.status is BookingStatus.CANCELLED or booking.event_date.cancelled_at is not None:
            return "cancelled"
        if booking.event_date.starts_at != delivery.anchor_at:
            return "moved"
        if delivery.purpose is Purpose.FORUM_AFTER:
            return None if booking.status in (*COMING, BookingStatus.PRESENT) else "was_not_there"
        if booking.status not in COMING or now >= booking.event_date.starts_at:
            return "over"
        if delivery.purpose is Purpose.FORUM_TRAINING:
            training = events.training_for(session, booking.event_date_id, now=now)
            if training is None:
                return "no_training"
            if training.id in {
                each.event_date_id for each in bookings.bookings_of(session, person_id=delivery.person_id, now=now)
            }:
                return "training_booked"
        return None

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        booking = _booking(session, delivery.object_id)
        assert booking is not None
        date_ = booking.event_date
        if delivery.purpose is Purpose.FORUM_TRAINING:
            return self._training(session, booking, now=now)
        if delivery.purpose is Purpose.FORUM_AFTER:
            note = go("log_contact", self.texts.say("button_log_contacts"), "new")
            lesson = go("explain_method", self.texts.say("button_forum_lesson"), "forum")
            return Said([self.texts.reply("nudge_forum_after", note, lesson, title=date_.series.title)])
        forum = "forum" if date_.series.kind in FORUMS else "booking"
        key = {
            Purpose.BOOKING_WEEK: f"nudge_{forum}_week",
            Purpose.BOOKING_EVE: "nudge_booking_eve",
            Purpose.BOOKING_HOURS: f"nudge_{forum}_hours",
        }[delivery.purpose]
        replies = [self._about(key, date_)]
        if delivery.purpose is Purpose.BOOKING_EVE and date_.series.bring:
            replies.append(self.texts.reply("nudge_bring", given=date_.series.bring))
        if delivery.purpose is not Purpose.BOOKING_WEEK and date_.series.online_url:
            replies.append(self.texts.reply("room_online", url=date_.series.online_url))
        last = replies[-1]
        return Said([*replies[:-1], Reply(last.text, self._buttons(booking))])

    def where(self, session: Session, *, person_id: int, booking_id: int | None) -> list[Reply]:
        """« Où c'est ? »: the place, and how to get there and in; nothing when it is not their booking."""
        booking = _booking(session, booking_id) if booking_id is not None else None
        if booking is None or booking.person_id != person_id:
            return []
        replies = [self._about("nudge_where", booking.event_date)]
        if booking.event_date.series.access:
            replies.append(self.texts.reply("nudge_where_access", given=booking.event_date.series.access))
        if booking.event_date.series.online_url and booking.status in COMING:
            replies.append(self.texts.reply("room_online", url=booking.event_date.series.online_url))
        last = replies[-1]
        calendar = go("my_bookings", self.texts.say("button_calendar"), "calendar")
        return [*replies[:-1], Reply(last.text, (calendar,))]

    def _training(self, session: Session, booking: Booking, *, now: datetime) -> Said:
        training = events.training_for(session, booking.event_date_id, now=now)
        assert training is not None
        yes = Button(self.texts.say("button_yes_training"), f'/book_workshop{{"workshop_date": "{training.id}"}}')
        said = self.texts.reply(
            "nudge_forum_training",
            yes,
            title=booking.event_date.series.title,
            training=training.series.title,
            training_when=french.day_and_hour(training.starts_at, self.zone),
        )
        return Said([said])

    def _buttons(self, booking: Booking) -> tuple[Button, ...]:
        return (
            Button(self.texts.say("button_coming"), f'/book_workshop{{"booking": "{booking.id}"}}'),
            Button(self.texts.say("button_not_coming"), f'/cancel_booking{{"booking": "{booking.id}"}}'),
            go("my_bookings", self.texts.say("button_where"), f"where.{booking.id}"),
        )

    def _about(self, key: str, date_: EventDate) -> Reply:
        when = french.day_and_hour(date_.starts_at, self.zone)
        return self.texts.reply(key, title=date_.series.title, when=when, place=date_.series.place)


@dataclass(frozen=True)
class OfferSpeaker:
    """A seat that is held for an answer."""

    texts: Texts
    zone: ZoneInfo

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        booking = _booking(session, delivery.object_id)
        if booking is None or booking.event_date.cancelled_at is not None:
            return "cancelled"
        # an offer that was made again ends at another hour
        if booking.status is not BookingStatus.OFFERED or booking.offered_until != delivery.anchor_at:
            return "answered"
        return None

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        booking = _booking(session, delivery.object_id)
        assert booking is not None
        assert booking.offered_until is not None
        key = "nudge_offer_ends"
        if delivery.purpose is Purpose.SEAT_OFFER:
            key = "seat_offered" if booking.booked_by_id is None else "booked_for_you"
        said = self.texts.reply(
            key,
            Button(self.texts.say("button_take_seat"), f'/book_workshop{{"booking": "{booking.id}"}}'),
            Button(self.texts.say("button_leave_seat"), f'/deny{{"booking": "{booking.id}"}}'),
            title=booking.event_date.series.title,
            when=french.day_and_hour(booking.event_date.starts_at, self.zone),
            place=booking.event_date.series.place,
            until=french.day_and_hour(booking.offered_until, self.zone),
        )
        return Said([said])


@dataclass(frozen=True)
class CallBackSpeaker:
    """What was promised to an employer for today."""

    notebook: NotebookDesk

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        contact = session.get(Contact, delivery.object_id, populate_existing=True)
        if contact is None or not contact.remind or contact.confirmed_at is None:
            return "cancelled"
        if contact.next_on is None or day_anchor(contact.next_on) != delivery.anchor_at:
            return "moved"
        return None

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        contact = session.get_one(Contact, delivery.object_id)
        contact.reminded_at = now
        return Said(self.notebook.call_back(contact))


@dataclass(frozen=True)
class CheckInSpeaker:
    """How is it going? 15, 45 and 90 days after the first one."""

    texts: Texts

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        check_in = session.get(CheckIn, delivery.object_id, populate_existing=True)
        if check_in is None or check_in.closed_at is not None:
            return "over"
        contract = session.get_one(WorkContract, check_in.contract_id)
        if contract.broken_on is not None or (contract.ends_on is not None and contract.ends_on < now.date()):
            return "over"
        return "moved" if day_anchor(check_in.due_on) != delivery.anchor_at else None

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        check_in = session.get_one(CheckIn, delivery.object_id)
        check_in.asked_at = now
        buttons = [
            go("inform", self.texts.say(f"button_check_{mood}"), f"check.{check_in.id}.{mood}") for mood in MOODS
        ]
        return Said([self.texts.reply(f"nudge_check_in_{check_in.day}", *buttons)])

    def answered(
        self,
        session: Session,
        *,
        person_id: int,
        check_in_id: int,
        mood: str,
        conversation_id: uuid.UUID,
        now: datetime,
    ) -> list[Reply]:
        """The person pressed one of `MOODS`; « bad » asks the team to look."""
        human = Button(self.texts.say("button_human"), "/talk_to_human")
        try:
            outcomes.answer_check_in(session, check_in_id, person_id=person_id, now=now)
        except CheckInNotFound:
            return [self.texts.reply("nudge_check_in_gone", human)]
        if mood == "good":
            return [self.texts.reply("nudge_good")]
        rights = Button(self.texts.say("button_rights_work"), "/working_hours")
        mentor = Button(self.texts.say("button_change_employer"), "/change_employer")
        if mood == "bad":
            flags.raise_flag(session, conversation_id, reason=FlagReason.HUMAN_WANTED, now=now)
            return [self.texts.reply("nudge_bad", rights, mentor, human)]
        return [self.texts.reply("nudge_soso", rights, mentor, human)]


def speakers_for(texts: Texts, notebook: NotebookDesk, campaigns: Speaker, zone: ZoneInfo) -> Mapping[Purpose, Speaker]:
    """Who speaks for each purpose; all of them, or a message could be planned that nobody can say."""
    of_bookings, of_offers = BookingSpeaker(texts, zone), OfferSpeaker(texts, zone)
    speakers: dict[Purpose, Speaker] = {
        Purpose.SEAT_OFFER: of_offers,
        Purpose.SEAT_OFFER_ENDS: of_offers,
        Purpose.CALL_BACK: CallBackSpeaker(notebook),
        Purpose.CHECK_IN: CheckInSpeaker(texts),
        Purpose.CAMPAIGN: campaigns,
    }
    return {purpose: speakers.get(purpose, of_bookings) for purpose in Purpose}


def _booking(session: Session, booking_id: int) -> Booking | None:
    return session.get(
        Booking,
        booking_id,
        options=[joinedload(Booking.event_date).joinedload(EventDate.series)],
        populate_existing=True,
    )

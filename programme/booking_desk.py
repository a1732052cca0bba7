"""What is said to a person who looks at workshops, takes a place, or gives it back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme import bookings, calendars, choices, events, french, profiles
from programme.conversations import person_of, tell
from programme.deliveries.planning import plan_offer
from programme.dialogue_state import Question
from programme.errors import (
    AlreadyBooked,
    BookingClosed,
    BookingNotFound,
    ConversationNotFound,
    EventNotFound,
    HoursConflict,
    NotEligible,
    OfferLapsed,
    ProgrammeError,
    SeatsMissing,
    WaitingListFull,
)
from programme.events import Availability
from programme.gates import Gate
from programme.models import AgeBand, Booking, BookingStatus, EventDate, Person, Teller, Topic
from programme.replies import Button, Reply, go
from programme.texts import Texts

LISTED_DATES = 6
# that may be said on a button, of the national framework: CAP, bac, BTS, licence, master
LEVELS = ("2", "3", "4", "5", "6", "7")

# first and last day of a period, in the person's zone
Days = tuple[date, date]


@dataclass(frozen=True)
class Shown:
    """What to say, the id that « oui » is about (None when nothing is asked), and the dates listed, in order."""

    replies: list[Reply]
    asked: int | None = None
    listed: tuple[int, ...] = ()


class BookingDesk:
    """Speaks for the services ``workshops`` and ``bookings``; hours are those of ``zone``."""

    def __init__(self, texts: Texts, zone: ZoneInfo) -> None:
        self._texts = texts
        self._zone = zone
        self._list_button = Button("Voir les dates", "/list_workshops")
        self._mine_button = Button("Mes inscriptions", "/my_bookings")
        self._calendar_button = go("my_bookings", texts.say("button_calendar"), "calendar")

    def coming(
        self,
        session: Session,
        *,
        now: datetime,
        days: Days | None = None,
        person_id: int | None = None,
        skip: int = 0,
    ) -> Shown:
        """The next dates, those of ``days`` when any is, one button each; nothing when no date is open.

        Those near the person come first, when we know where they live. ``skip`` of them were shown before.
        """
        wanted = skip + LISTED_DATES + 1
        found: list[Availability] = []
        if days is not None:
            found = events.upcoming(session, now=now, limit=wanted, days=days, zone=self._zone)
        if not found and person_id is not None:
            found = events.near(session, person_id, now=now, limit=wanted)
        elif not found:
            found = events.upcoming(session, now=now, limit=wanted)
        following = found[skip : skip + LISTED_DATES]
        if not following:
            return self.coming(session, now=now, person_id=person_id) if skip else Shown([])
        shown = self._list("workshops_intro", following)
        if len(found) < wanted or days is not None:
            return shown
        later = go("list_workshops", self._texts.say("button_later_dates"), str(skip + LISTED_DATES))
        listed = shown.replies[0]
        return replace(shown, replies=[replace(listed, buttons=(*listed.buttons, later))])

    def ask_to_book(
        self,
        session: Session,
        *,
        person_id: int,
        event_date_id: int | None,
        text: str,
        now: datetime,
        days: Days | None = None,
    ) -> Shown:
        """Show a date and ask whether to book it.

        The date is the one given, or else the one that ``text`` (the workshop's words) and ``days`` name; several are
        shown to choose from; nothing when no date is open. ``asked`` is the id of the date that « oui » would book.
        """
        if event_date_id is None:
            found = events.find_by_words(session, text, now=now)
            if days is not None:
                on_days = (
                    events.find_by_words(session, text, now=now, days=days, zone=self._zone)
                    if found
                    else events.upcoming(session, now=now, limit=LISTED_DATES, days=days, zone=self._zone)
                )
                found = on_days or found
            if not found:
                return self.coming(session, now=now, person_id=person_id)
            if len(found) > 1:
                return self._list("workshops_matching", found)
            chosen = found[0]
        else:
            try:
                chosen = events.availability(session, event_date_id)
            except EventNotFound:
                return Shown([self._texts.reply("date_unknown", self._list_button)])
        date = chosen.date
        held = next(
            (
                booking
                for booking in bookings.bookings_of(session, person_id=person_id, now=now)
                if booking.event_date_id == date.id
            ),
            None,
        )
        if held is not None:
            return Shown([self._already(session, held)])
        if now >= date.closes_at or date.cancelled_at is not None:
            return Shown([self._texts.reply("date_closed", self._list_button)])
        full = chosen.free_seats == 0 or chosen.waiting > 0
        yes = Button(
            self._texts.say("button_yes_wait" if full else "button_yes_book"),
            f'/affirm{{"workshop_date": "{date.id}"}}',
        )
        question = self._texts.reply(
            "ask_to_wait" if full else "ask_to_book",
            yes,
            Button(self._texts.say("button_no"), "/deny"),
            when=self._when(date),
            place=date.series.place,
            seats=french.plural(chosen.free_seats, "place", "places"),
            rank=french.rank(chosen.waiting + 1),
        )
        details = self._texts.reply("workshop_details", title=date.series.title, summary=date.series.summary)
        return Shown([details, *self._practical(date), question], asked=date.id)

    def book(
        self, session: Session, *, person_id: int, event_date_id: int, now: datetime, age: int | None = None
    ) -> list[Reply]:
        """Take the seat, the one that is held, or a rank in the waiting list, and say which; or what stands against it.

        ``age`` is what the person said of themselves in passing: kept as a band only when the event asks for it.
        """
        try:
            booking = self._request(session, person_id, event_date_id, now=now, age=age)
        except ProgrammeError as refusal:
            return self._refused(session, refusal, event_date_id, now=now)
        if booking.status is BookingStatus.WAITING:
            rank = french.rank(bookings.waiting_rank(session, booking))
            return [self._about("waiting", booking.event_date, self._mine_button, self._list_button, rank=rank)]
        if booking.status is BookingStatus.CONFIRMED:
            return [self._about("seat_taken", booking.event_date, self._mine_button, self._calendar_button)]
        return [
            self._about("booked", booking.event_date),
            *self._room_online(booking.event_date),
            self._texts.reply("booked_hint", self._mine_button, self._calendar_button),
            *self._training(session, booking, now=now),
        ]

    def tell_and_book(
        self, session: Session, *, person_id: int, event_date_id: int, said: str, now: datetime
    ) -> list[Reply]:
        """Keep what the person says of themselves for an event that asks for it (« age.18_20 »), then book."""
        person = session.get_one(Person, person_id)
        gate, _, value = said.partition(".")
        if gate == Gate.AGE and value in frozenset(AgeBand):
            person.age_band = AgeBand(value)
        elif gate == Gate.LEVEL and value in LEVELS:
            person.level = int(value)
        session.flush()
        return self.book(session, person_id=person_id, event_date_id=event_date_id, now=now)

    def take_offer(self, session: Session, *, person_id: int, booking_id: int, now: datetime) -> list[Reply]:
        """« Oui, je viens »: to a seat that is held, or to one that is booked."""
        try:
            booking = bookings.accept_offer(session, person_id=person_id, booking_id=booking_id, now=now)
        except (OfferLapsed, BookingNotFound):
            return [self._texts.reply("offer_over", self._list_button, self._mine_button)]
        except HoursConflict as clash:
            return [self._clash(session, clash)]
        return [
            self._about("seat_taken", booking.event_date, self._mine_button, self._calendar_button),
            *self._room_online(booking.event_date),
        ]

    def leave_offer(self, session: Session, *, person_id: int, booking_id: int, now: datetime) -> list[Reply]:
        """« Non, je laisse la place »: it goes to the next one at once."""
        try:
            released = bookings.release_place(session, person_id=person_id, booking_id=booking_id, now=now)
        except BookingNotFound:
            return [self._texts.reply("offer_over", self._list_button, self._mine_button)]
        self._tell_offers(session, released.offered, now=now)
        return [self._texts.reply("offer_left", self._list_button)]

    def ask_to_move(
        self, session: Session, *, person_id: int, booking_id: int | None, now: datetime, days: Days | None = None
    ) -> Shown:
        """The dates that a booking can be moved to, one button each; nothing when the person has no booking."""
        held = [each for each in self._held(session, person_id, now) if each.event_date.starts_at > now]
        if booking_id is not None:
            held = [booking for booking in held if booking.id == booking_id]
            if not held:
                return Shown([self._texts.reply("booking_unknown", self._mine_button)])
        if not held:
            return Shown([])
        if len(held) > 1:
            buttons = [
                Button(self._title(each.event_date), f'/move_booking{{"booking": "{each.id}"}}') for each in held
            ]
            return Shown([self._texts.reply("ask_which_to_move", *buttons[:LISTED_DATES])])
        booking = held[0]
        found = events.alternatives(session, booking.event_date_id, now=now, limit=LISTED_DATES)
        found = self._on(found, days) or found
        if not found:
            return Shown([self._about("no_other_date", booking.event_date, self._list_button, self._mine_button)])
        buttons = [
            Button(
                self._title(each.date), f'/move_booking{{"booking": "{booking.id}", "workshop_date": "{each.date.id}"}}'
            )
            for each in found
        ]
        return Shown([self._about("ask_where_to_move", booking.event_date, *buttons)])

    def move(
        self, session: Session, *, person_id: int, booking_id: int, event_date_id: int, now: datetime
    ) -> list[Reply]:
        """Exchange one booking for another; the first is kept when the other date has no seat."""
        try:
            moved = bookings.move_place(
                session, person_id=person_id, booking_id=booking_id, event_date_id=event_date_id, now=now
            )
        except BookingNotFound:
            return [self._texts.reply("booking_unknown", self._mine_button)]
        except (SeatsMissing, WaitingListFull):
            return [self._texts.reply("move_full", self._list_button, self._mine_button)]
        except AlreadyBooked:
            return [self._texts.reply("move_already", self._mine_button)]
        except ProgrammeError as refusal:
            return self._refused(session, refusal, event_date_id, now=now)
        self._tell_offers(session, moved.offered, now=now)
        return [self._about("moved", moved.booking.event_date, self._mine_button, self._calendar_button)]

    def calendar(self, session: Session, *, person_id: int, site: str | None, now: datetime) -> list[Reply]:
        """The address of the person's own calendar. ``site`` makes a path an address; None when nothing does."""
        if site is None:
            return [self._texts.reply("calendar_only_on_the_site", self._mine_button)]
        secret = calendars.person_feed(session, person_id, now=now)
        return [self._texts.reply("calendar", self._mine_button, link=f"{site}/agenda/{secret}.ics")]

    def check_in(self, session: Session, *, person_id: int, door_code: str, now: datetime) -> list[Reply]:
        """The person typed the code of the door."""
        try:
            booking = bookings.check_in(session, person_id=person_id, door_code=door_code, now=now)
        except EventNotFound:
            return [self._texts.reply("door_code_unknown")]
        except BookingClosed:
            return [self._texts.reply("door_closed", self._mine_button)]
        except BookingNotFound:
            return [self._texts.reply("door_without_booking", self._mine_button)]
        return [self._about("present", booking.event_date)]

    def mine(self, session: Session, *, person_id: int, now: datetime) -> list[Reply]:
        """The person's bookings, one bubble each, with a button to cancel it; nothing without any."""
        held = bookings.bookings_of(session, person_id=person_id, now=now)
        if not held:
            return []
        intro = self._texts.reply("my_bookings_intro", self._calendar_button)
        return [intro, *(bubble for booking in held for bubble in self._mine_one(session, booking))]

    def ask_to_cancel(self, session: Session, *, person_id: int, booking_id: int | None, now: datetime) -> Shown:
        """Ask to confirm the cancelling of the booking given, or of the only one (nothing without any).

        ``asked`` is its id.
        """
        held = bookings.bookings_of(session, person_id=person_id, now=now)
        if booking_id is not None:
            held = [booking for booking in held if booking.id == booking_id]
            if not held:
                return Shown([self._texts.reply("booking_unknown", self._mine_button)])
        if not held:
            return Shown([])
        if len(held) > 1:
            buttons = [Button(self._title(booking.event_date), _cancel_payload(booking)) for booking in held]
            return Shown([self._texts.reply("ask_which_to_cancel", *buttons[:LISTED_DATES])])
        booking = held[0]
        yes = Button(self._texts.say("button_yes_cancel"), f'/affirm{{"booking": "{booking.id}"}}')
        no = Button(self._texts.say("button_no"), "/deny")
        return Shown([self._about("ask_to_cancel", booking.event_date, yes, no)], asked=booking.id)

    def question(self, session: Session, question: Question, *, person_id: int, now: datetime) -> Reply | None:
        """The bubble that asks to confirm a booking or its cancelling; None when there is nothing to confirm now."""
        if question.kind == "book":
            shown = self.ask_to_book(session, person_id=person_id, event_date_id=question.subject, text="", now=now)
        else:
            shown = self.ask_to_cancel(session, person_id=person_id, booking_id=question.subject, now=now)
        return shown.replies[-1] if shown.asked is not None else None

    def cancel(self, session: Session, *, person_id: int, booking_id: int, now: datetime) -> list[Reply]:
        """Give the seat back; the person who is offered it is told in their own conversation."""
        try:
            released = bookings.release_place(session, person_id=person_id, booking_id=booking_id, now=now)
        except BookingNotFound:
            return [self._texts.reply("booking_unknown", self._mine_button)]
        self._tell_offers(session, released.offered, now=now)
        return [self._about("cancelled", released.booking.event_date, self._list_button)]

    # -- what is done without the person having asked, and told to them

    def fill(self, session: Session, *, now: datetime) -> int:
        """Offer the seats that were added to dates to those who wait, and tell them; how many were told."""
        told = 0
        for date_id in events.dates_with_free_seats_and_people_waiting(session, now=now):
            offered = bookings.offer_free_seats(session, event_date_id=date_id, now=now)
            self._tell_offers(session, offered, now=now)
            told += len(offered)
        return told

    def pass_on(self, session: Session, *, event_date_id: int, now: datetime) -> int:
        """End the offers of a date whose time is over, offer the seats to the next ones, and tell both."""
        passed = bookings.pass_offers_on(session, event_date_id=event_date_id, now=now)
        for booking in passed.lapsed:
            again = Button(self._texts.say("button_wait_again"), _book_payload(booking.event_date_id))
            news = self._about("offer_lapsed", booking.event_date, again, self._list_button)
            self._tell(session, booking.person_id, news, now=now)
        self._tell_offers(session, passed.offered, now=now)
        return len(passed.lapsed)

    def book_for(
        self, session: Session, *, person_id: int, event_date_id: int, staff_id: int, now: datetime
    ) -> Booking:
        """Ask for a seat on behalf of a person, who is told and says yes or no. Raises what `request_place` raises."""
        booking = bookings.request_place(
            session, person_id=person_id, event_date_id=event_date_id, staff_id=staff_id, now=now
        )
        if booking.status is BookingStatus.OFFERED and booking.status_at == now:
            self._tell_offers(session, [booking], now=now)
        elif booking.status is BookingStatus.WAITING and booking.requested_at == now:
            rank = french.rank(bookings.waiting_rank(session, booking))
            news = self._about("waiting_for_you", booking.event_date, self._mine_button, rank=rank)
            self._tell(session, person_id, news, now=now)
        return booking

    def cancel_for(self, session: Session, *, person_id: int, booking_id: int, now: datetime) -> Booking:
        """Give a person's seat or rank back on behalf of the staff, and tell them. Raises BookingNotFound."""
        released = bookings.release_place(
            session, person_id=person_id, booking_id=booking_id, now=now, teller=Teller.STAFF
        )
        self._tell_offers(session, released.offered, now=now)
        news = self._about("cancelled_for_you", released.booking.event_date, self._list_button)
        self._tell(session, person_id, news, now=now)
        return released.booking

    def move_for(
        self, session: Session, *, person_id: int, booking_id: int, event_date_id: int, now: datetime
    ) -> Booking:
        """Exchange a person's seat on behalf of the staff, and tell them. Raises what `move_place` raises."""
        moved = bookings.move_place(
            session, person_id=person_id, booking_id=booking_id, event_date_id=event_date_id, now=now
        )
        self._tell_offers(session, moved.offered, now=now)
        news = self._about("moved_for_you", moved.booking.event_date, self._mine_button, self._list_button)
        self._tell(session, person_id, news, now=now)
        return moved.booking

    def change_seats(self, session: Session, *, event_date_id: int, seats: int, now: datetime) -> int:
        """More seats or fewer; how many who waited are offered one. Raises what `set_seats` raises."""
        offered = bookings.set_seats(session, event_date_id=event_date_id, seats=seats, now=now)
        self._tell_offers(session, offered, now=now)
        return len(offered)

    def release_group(self, session: Session, *, group_booking_id: int, now: datetime) -> int:
        """Give a class's seats back; how many who waited are offered one. Raises BookingNotFound."""
        offered = bookings.release_group(session, group_booking_id=group_booking_id, now=now)
        self._tell_offers(session, offered, now=now)
        return len(offered)

    def call_off(self, session: Session, *, event_date_id: int, reason: str, now: datetime) -> int:
        """Cancel a date and tell everybody who was to come or waited, with other dates; how many were told."""
        cancelled = bookings.cancel_date(session, event_date_id=event_date_id, reason=reason, now=now)
        others = self._date_buttons(events.alternatives(session, event_date_id, now=now))
        for booking in cancelled:
            news = self._about("date_called_off", booking.event_date, *others, self._list_button, reason=reason)
            tell(session, person_id=booking.person_id, replies=[news], now=now)
        return len(cancelled)

    def close_sheet(self, session: Session, *, event_date_id: int, now: datetime) -> int:
        """Note as absent whoever was not seen, and ask them how they are; how many were asked."""
        absent = bookings.close_sheet(session, event_date_id=event_date_id, now=now)
        others = self._date_buttons(events.alternatives(session, event_date_id, now=now, limit=2))
        human = Button(self._texts.say("button_human"), "/talk_to_human")
        for booking in absent:
            news = self._about("missed_you", booking.event_date, *others, human)
            self._tell(session, booking.person_id, news, now=now)
        return len(absent)

    def kept(self, session: Session, *, conversation_id: uuid.UUID, now: datetime) -> list[Reply]:
        """What to say of someone's bookings when they start the conversation anew: nothing when there is none."""
        try:
            person_id = person_of(session, conversation_id)
        except ConversationNotFound:
            return []
        held = bookings.bookings_of(session, person_id=person_id, now=now)
        return [self._texts.reply("bookings_kept", self._mine_button)] if held else []

    def names_a_date(self, session: Session, text: str, *, now: datetime) -> bool:
        """Does the text name a workshop that is to come?"""
        return bool(events.find_by_words(session, text, now=now))

    def drop_booking(self) -> list[Reply]:
        return [self._texts.reply("not_booked", self._list_button)]

    def drop_cancelling(self) -> list[Reply]:
        return [self._texts.reply("not_cancelled", self._mine_button)]

    def _request(
        self, session: Session, person_id: int, event_date_id: int, *, now: datetime, age: int | None
    ) -> Booking:
        try:
            return bookings.request_place(session, person_id=person_id, event_date_id=event_date_id, now=now)
        except NotEligible as shut:
            if shut.refusal.gate is not Gate.AGE or not shut.refusal.unknown or age is None:
                raise
            session.get_one(Person, person_id).age_band = profiles.band_of(age)
            session.flush()
            return bookings.request_place(session, person_id=person_id, event_date_id=event_date_id, now=now)

    def _refused(self, session: Session, refusal: ProgrammeError, event_date_id: int, *, now: datetime) -> list[Reply]:
        """What stands against a seat, and the way round it."""
        match refusal:
            case BookingClosed():
                return [self._texts.reply("date_closed", self._list_button)]
            case EventNotFound():
                return [self._texts.reply("date_unknown", self._list_button)]
            case HoursConflict():
                return [self._clash(session, refusal)]
            case OfferLapsed():
                return [self._texts.reply("offer_over", self._list_button, self._mine_button)]
            case WaitingListFull():
                others = self._date_buttons(events.alternatives(session, event_date_id, now=now))
                return [self._texts.reply("full_with_others" if others else "full", *others, self._list_button)]
            case NotEligible():
                return [self._shut(session, refusal, event_date_id)]
        raise refusal

    def _shut(self, session: Session, shut: NotEligible, event_date_id: int) -> Reply:
        """A gate that stays shut: asked when we do not know, else said with where to go."""
        series = session.get_one(EventDate, event_date_id).series
        gate = shut.refusal.gate
        if shut.refusal.unknown:
            choices = {Gate.AGE: [f"age.{band.value}" for band in AgeBand], Gate.LEVEL: [f"level.{n}" for n in LEVELS]}
            buttons = [
                Button(
                    self._texts.say(f"button_gate_{each.replace('.', '_')}"),
                    f'/book_workshop{{"workshop_date": "{event_date_id}", "go": "{each}"}}',
                )
                for each in choices[gate]
            ]
            return self._texts.reply(f"ask_gate_{gate}", *buttons)
        human = Button(self._texts.say("button_human"), "/talk_to_human")
        audience = series.audience or self._texts.say("audience_others")
        return self._texts.reply(f"gate_{gate}", self._list_button, human, title=series.title, audience=audience)

    def _clash(self, session: Session, clash: HoursConflict) -> Reply:
        booking = session.get_one(Booking, clash.booking_id)
        move = Button(self._texts.say("button_cancel_other"), _cancel_payload(booking))
        return self._about("hours_conflict", booking.event_date, move, self._mine_button)

    def _practical(self, date: EventDate) -> list[Reply]:
        """Who it is for, what to bring and how to get in, when that is known."""
        series = date.series
        lines = [
            self._texts.say(key, given=given)
            for key, given in (
                ("audience", series.audience),
                ("bring", series.bring),
                ("access", series.access),
                ("animator", series.animator),
            )
            if given
        ]
        return [Reply("\n".join(lines))] if lines else []

    def _training(self, session: Session, booking: Booking, *, now: datetime) -> list[Reply]:
        """The training that comes before a forum, unless it is booked already."""
        training = events.training_for(session, booking.event_date_id, now=now)
        if training is None or training.id in {
            each.event_date_id for each in self._held(session, booking.person_id, now)
        }:
            return []
        yes = Button(self._texts.say("button_yes_training"), _book_payload(training.id))
        return [self._about("training_before", training, yes)]

    def _room_online(self, date: EventDate) -> list[Reply]:
        """The address of an online room, only for those who have a seat."""
        url = date.series.online_url
        return [self._texts.reply("room_online", url=url)] if url else []

    @staticmethod
    def _tell(session: Session, person_id: int, news: Reply, *, now: datetime) -> None:
        """Unless they want nothing of workshops now; that a date is called off is told all the same."""
        if choices.hush(session, person_id, Topic.WORKSHOPS, now=now) is None:
            tell(session, person_id=person_id, replies=[news], now=now)

    def _tell_offers(self, session: Session, offered: Sequence[Booking], *, now: datetime) -> None:
        """Due at once, or in the morning; said by the worker, who looks again before (programme/deliveries/)."""
        for booking in offered:
            plan_offer(session, booking, zone=self._zone, now=now)

    def _offer_buttons(self, booking: Booking) -> tuple[Button, Button]:
        return (
            Button(self._texts.say("button_take_seat"), f'/book_workshop{{"booking": "{booking.id}"}}'),
            Button(self._texts.say("button_leave_seat"), f'/deny{{"booking": "{booking.id}"}}'),
        )

    def _already(self, session: Session, booking: Booking) -> Reply:
        if booking.status is BookingStatus.WAITING:
            rank = french.rank(bookings.waiting_rank(session, booking))
            return self._about("already_waiting", booking.event_date, self._mine_button, rank=rank)
        if booking.status is BookingStatus.OFFERED:
            return self._offered(booking)
        return self._about("already_confirmed", booking.event_date, self._mine_button)

    def _mine_one(self, session: Session, booking: Booking) -> list[Reply]:
        cancel = Button(self._texts.say("button_cancel_booking"), _cancel_payload(booking))
        move = Button(self._texts.say("button_move_booking"), f'/move_booking{{"booking": "{booking.id}"}}')
        if booking.status is BookingStatus.WAITING:
            rank = french.rank(bookings.waiting_rank(session, booking))
            return [self._about("my_booking_waiting", booking.event_date, cancel, rank=rank)]
        if booking.status is BookingStatus.OFFERED:
            return [self._offered(booking)]
        return [
            self._about("my_booking_confirmed", booking.event_date, move, cancel),
            *self._room_online(booking.event_date),
        ]

    def _offered(self, booking: Booking) -> Reply:
        assert booking.offered_until is not None
        until = french.day_and_hour(booking.offered_until, self._zone)
        return self._about("my_booking_offered", booking.event_date, *self._offer_buttons(booking), until=until)

    def _held(self, session: Session, person_id: int, now: datetime) -> list[Booking]:
        return bookings.bookings_of(session, person_id=person_id, now=now)

    def _about(self, key: str, date: EventDate, *buttons: Button, **values: object) -> Reply:
        return self._texts.reply(
            key, *buttons, title=date.series.title, when=self._when(date), place=date.series.place, **values
        )

    def _when(self, date: EventDate) -> str:
        return french.day_and_hour(date.starts_at, self._zone)

    def _title(self, date: EventDate) -> str:
        return f"{french.short_day_and_hour(date.starts_at, self._zone)} · {date.series.title}"

    def _list(self, key: str, found: Sequence[Availability]) -> Shown:
        shown = found[:LISTED_DATES]
        return Shown([self._texts.reply(key, *self._date_buttons(shown))], listed=tuple(each.date.id for each in shown))

    def _on(self, found: list[Availability], days: Days | None) -> list[Availability]:
        """Those whose day, where the Mission locale lives, lies within ``days``; all without ``days``."""
        if days is None:
            return found
        return [each for each in found if days[0] <= each.date.starts_at.astimezone(self._zone).date() <= days[1]]

    def _date_buttons(self, found: Sequence[Availability]) -> list[Button]:
        return [Button(self._title(each.date), _book_payload(each.date.id)) for each in found]


def _book_payload(event_date_id: int) -> str:
    return f'/book_workshop{{"workshop_date": "{event_date_id}"}}'


def _cancel_payload(booking: Booking) -> str:
    return f'/cancel_booking{{"booking": "{booking.id}"}}'

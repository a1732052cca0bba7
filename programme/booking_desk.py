"""What is said to a person who looks at workshops, takes a place, or gives it back."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme import bookings, events, french
from programme.conversations import person_of, tell
from programme.dialogue_state import Question
from programme.errors import BookingClosed, BookingNotFound, ConversationNotFound, EventNotFound
from programme.events import Availability
from programme.models import Booking, BookingStatus, EventDate
from programme.replies import Button, Reply
from programme.texts import Texts

LISTED_DATES = 6

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

    def coming(self, session: Session, *, now: datetime, days: Days | None = None) -> Shown:
        """The next dates, those of ``days`` when any is, one button each; nothing when no date is open."""
        found = self._on(events.upcoming(session, now=now, limit=None), days)
        found = found or events.upcoming(session, now=now, limit=LISTED_DATES)
        if not found:
            return Shown([])
        return self._list("workshops_intro", found)

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
                found = self._on(found or events.upcoming(session, now=now, limit=None), days) or found
            if not found:
                return self.coming(session, now=now)
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
        if now >= date.closes_at:
            return Shown([self._texts.reply("date_closed", self._list_button)])
        full = chosen.free_seats == 0
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
        return Shown([details, question], asked=date.id)

    def book(self, session: Session, *, person_id: int, event_date_id: int, now: datetime) -> list[Reply]:
        """Take the place, or a rank in the waiting list, and say which."""
        try:
            booking = bookings.request_place(session, person_id=person_id, event_date_id=event_date_id, now=now)
        except BookingClosed:
            return [self._texts.reply("date_closed", self._list_button)]
        except EventNotFound:
            return [self._texts.reply("date_unknown", self._list_button)]
        if booking.status is BookingStatus.WAITING:
            rank = french.rank(bookings.waiting_rank(session, booking))
            return [self._about("waiting", booking.event_date, self._mine_button, self._list_button, rank=rank)]
        return [
            self._about("booked", booking.event_date),
            self._texts.reply("booked_hint", self._mine_button),
        ]

    def mine(self, session: Session, *, person_id: int, now: datetime) -> list[Reply]:
        """The person's bookings, one bubble each, with a button to cancel it; nothing without any."""
        held = bookings.bookings_of(session, person_id=person_id, now=now)
        if not held:
            return []
        return [self._texts.reply("my_bookings_intro"), *(self._mine_one(session, booking) for booking in held)]

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
        """Give the place back; the person who gets it from the waiting list is told in their own conversation."""
        try:
            released = bookings.release_place(session, person_id=person_id, booking_id=booking_id, now=now)
        except BookingNotFound:
            return [self._texts.reply("booking_unknown", self._mine_button)]
        if released.promoted is not None:
            self._tell_place_freed(session, released.promoted, now=now)
        return [self._about("cancelled", released.booking.event_date, self._list_button)]

    def fill(self, session: Session, *, now: datetime) -> int:
        """Give the seats that were added to dates to those who wait, and tell them; how many were told."""
        told = 0
        for each in events.upcoming(session, now=now, limit=None):
            if each.waiting and each.free_seats:
                for booking in bookings.give_free_seats(session, event_date_id=each.date.id, now=now):
                    self._tell_place_freed(session, booking, now=now)
                    told += 1
        return told

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

    def _tell_place_freed(self, session: Session, booking: Booking, *, now: datetime) -> None:
        news = self._about("place_freed", booking.event_date, self._mine_button)
        tell(session, person_id=booking.person_id, replies=[news], now=now)

    def _already(self, session: Session, booking: Booking) -> Reply:
        if booking.status is BookingStatus.BOOKED:
            return self._about("already_confirmed", booking.event_date, self._mine_button)
        rank = french.rank(bookings.waiting_rank(session, booking))
        return self._about("already_waiting", booking.event_date, self._mine_button, rank=rank)

    def _mine_one(self, session: Session, booking: Booking) -> Reply:
        cancel = Button(self._texts.say("button_cancel_booking"), _cancel_payload(booking))
        if booking.status is BookingStatus.BOOKED:
            return self._about("my_booking_confirmed", booking.event_date, cancel)
        rank = french.rank(bookings.waiting_rank(session, booking))
        return self._about("my_booking_waiting", booking.event_date, cancel, rank=rank)

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
        return [
            Button(self._title(each.date), f'/book_workshop{{"workshop_date": "{each.date.id}"}}') for each in found
        ]


def _cancel_payload(booking: Booking) -> str:
    return f'/cancel_booking{{"booking": "{booking.id}"}}'

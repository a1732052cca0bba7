"""Workshops: see, book, cancel."""

import re

from actions import choices
from actions.door import Door, Outcome, Turn, number
from programme import french
from programme.booking_desk import Shown
from programme.dialogue_state import Question
from programme.door_codes import code_in
from programme.errors import ConversationNotFound
from programme.replies import Reply

_ORDINALS = {"premier": 1, "premiere": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4,
             "cinquieme": 5, "sixieme": 6}  # fmt: skip
_ORDINAL = re.compile(rf"\b(?:(?P<word>{'|'.join(_ORDINALS)})|(?P<digit>[1-6])\s?(?:er|re|ere|e|eme|nd|nde))\b")


def ordinal_in(turn: Turn) -> int | None:
    """Which of the dates last listed the text names (« le 2e »), as its id."""
    match = _ORDINAL.search(french.plain(turn.text))
    if match is None:
        return None
    position = _ORDINALS[match["word"]] if match["word"] else int(match["digit"])
    return turn.state.listed[position - 1] if position <= len(turn.state.listed) else None


def ask_to_book(door: Door, turn: Turn, event_date_id: int | None = None) -> Outcome:
    """Show the date that the message names, or the dates that it may mean."""
    shown = door.assistant.desk.ask_to_book(
        turn.session,
        person_id=turn.person_id,
        event_date_id=event_date_id or ordinal_in(turn),
        text=turn.text,
        now=turn.now,
        days=turn.days,
    )
    return _outcome(door, turn, shown, "book", otherwise="book_workshop")


def begun(door: Door, turn: Turn) -> Outcome | None:
    """« je peux venir jeudi à la place ? »; None when it is about something else, or there is nothing to move."""
    if turn.intent != "move_booking":
        return None
    desk, booking_id, event_date_id = door.assistant.desk, turn.number("booking"), turn.number("workshop_date")
    if turn.pressed and booking_id is not None and event_date_id is not None:
        replies = desk.move(
            turn.session, person_id=turn.person_id, booking_id=booking_id, event_date_id=event_date_id, now=turn.now
        )
        return Outcome(replies, turn.state.without_question())
    shown = desk.ask_to_move(
        turn.session, person_id=turn.person_id, booking_id=booking_id, now=turn.now, days=turn.days
    )
    return Outcome(shown.replies, turn.state.about("move_booking").without_question()) if shown.replies else None


def at_the_door(door: Door, turn: Turn) -> Outcome | None:
    """The code of the door, whatever the message looks like besides; None when it holds none."""
    code = code_in(turn.whole) if not turn.pressed else None
    if code is None:
        return None
    replies = door.assistant.desk.check_in(turn.session, person_id=turn.person_id, door_code=code, now=turn.now)
    return Outcome(replies, turn.state, whole=True)


def _book(door: Door, turn: Turn, event_date_id: int) -> list[Reply]:
    return door.assistant.desk.book(
        turn.session,
        person_id=turn.person_id,
        event_date_id=event_date_id,
        now=turn.now,
        age=turn.state.known.age,
    )


def _booked(door: Door, turn: Turn, replies: list[Reply]) -> Outcome:
    """What was said to a booking; behind a seat that was taken, nudges are asked for, once."""
    return choices.ask_once(door, turn, Outcome(replies, turn.state.without_question()), after_a_seat=True)


def _outcome(door: Door, turn: Turn, shown: Shown, kind: str, *, otherwise: str) -> Outcome:
    """``otherwise`` is the topic whose answer is said when there is nothing to show."""
    if not shown.replies:
        return Outcome(door.assistant.answer(otherwise, on=turn.today, state=turn.state), turn.state.without_question())
    question = None if shown.asked is None else Question.model_validate({"kind": kind, "subject": shown.asked})
    changes: dict[str, object] = {"question": question, "topic": "book_workshop"}
    if shown.listed:
        changes["listed"] = shown.listed
    return Outcome(shown.replies, turn.state.model_copy(update=changes))


class ListWorkshops(Door):
    action_name = "action_list_workshops"

    def respond(self, turn: Turn) -> Outcome:
        try:
            person_id: int | None = turn.person_id
        except ConversationNotFound:  # the dates are no secret
            person_id = None
        shown = self.assistant.desk.coming(
            turn.session, now=turn.now, days=turn.days, person_id=person_id, skip=turn.number("go") or 0
        )
        return _outcome(self, turn, shown, "book", otherwise="list_workshops")


class AskToBook(Door):
    action_name = "action_ask_to_book"

    def respond(self, turn: Turn) -> Outcome:
        desk = self.assistant.desk
        event_date_id = turn.number("workshop_date")
        if turn.pressed and (booking_id := turn.number("booking")) is not None:  # « Oui, je viens »
            replies = desk.take_offer(turn.session, person_id=turn.person_id, booking_id=booking_id, now=turn.now)
            return _booked(self, turn, replies)
        if turn.pressed and event_date_id is not None and (said := turn.entities.get("go")):
            replies = desk.tell_and_book(
                turn.session, person_id=turn.person_id, event_date_id=event_date_id, said=said, now=turn.now
            )
            return _booked(self, turn, replies)
        question = turn.state.question
        names_one = event_date_id or ordinal_in(turn) or turn.days
        if (
            question is not None
            and question.kind == "book"
            and question.subject is not None
            and not names_one
            and not desk.names_a_date(turn.session, turn.text, now=turn.now)
        ):
            # « ok réserve », said of the date just shown
            return _booked(self, turn, _book(self, turn, question.subject))
        return ask_to_book(self, turn, event_date_id)


class AskToCancel(Door):
    action_name = "action_ask_to_cancel"

    def respond(self, turn: Turn) -> Outcome:
        shown = self.assistant.desk.ask_to_cancel(
            turn.session, person_id=turn.person_id, booking_id=turn.number("booking"), now=turn.now
        )
        return _outcome(self, turn, shown, "cancel", otherwise="cancel_booking")


class MyBookings(Door):
    action_name = "action_my_bookings"

    def respond(self, turn: Turn) -> Outcome:
        if turn.entities.get("go") == "calendar":
            link = self.assistant.desk.calendar(
                turn.session, person_id=turn.person_id, site=self.link(turn), now=turn.now
            )
            return Outcome(link, turn.state)
        place, _, booking_id = turn.entities.get("go", "").partition(".")
        if place == "where":
            found = self.assistant.reminders.where(
                turn.session, person_id=turn.person_id, booking_id=number(booking_id)
            )
            if found:
                return Outcome(found, turn.state)
        replies = self.assistant.desk.mine(turn.session, person_id=turn.person_id, now=turn.now)
        if not replies:
            replies = self.assistant.answer("my_bookings", on=turn.today, state=turn.state)
        return Outcome(replies, turn.state.without_question())


class Confirm(Door):
    """« oui »: to what its button carries, or else to the question left open."""

    action_name = "action_confirm"

    def respond(self, turn: Turn) -> Outcome:
        event_date_id = turn.number("workshop_date")
        booking_id = turn.number("booking")
        question = turn.state.question
        if event_date_id is None and booking_id is None and question is not None:
            event_date_id = question.subject if question.kind == "book" else None
            booking_id = question.subject if question.kind == "cancel" else None
        desk = self.assistant.desk
        if event_date_id is not None:
            return _booked(self, turn, _book(self, turn, event_date_id))
        if booking_id is not None:
            replies = desk.cancel(turn.session, person_id=turn.person_id, booking_id=booking_id, now=turn.now)
        else:
            return Outcome(self.assistant.answer("affirm", on=turn.today, state=turn.state), turn.state)
        return Outcome(replies, turn.state.without_question())


class Decline(Door):
    action_name = "action_decline"

    def respond(self, turn: Turn) -> Outcome:
        question, state = turn.state.question, turn.state.without_question()
        if turn.pressed and (booking_id := turn.number("booking")) is not None:  # « Non, je laisse la place »
            replies = self.assistant.desk.leave_offer(
                turn.session, person_id=turn.person_id, booking_id=booking_id, now=turn.now
            )
            return Outcome(replies, state)
        if question is not None and question.kind == "book":
            return Outcome(self.assistant.desk.drop_booking(), state)
        if question is not None and question.kind == "cancel":
            return Outcome(self.assistant.desk.drop_cancelling(), state)
        return Outcome(self.assistant.answer("deny", on=turn.today, state=turn.state), state)

"""Workshops: see, book, cancel. `pending` is ``book:<date id>`` or ``cancel:<booking id>``."""

from actions.door import Door, Outcome, Turn

BOOK = "book"
CANCEL = "cancel"


def _question(kind: str, subject: int | None) -> str:
    return f"{kind}:{subject}" if subject is not None else ""


class ListWorkshops(Door):
    action_name = "action_list_workshops"

    def respond(self, turn: Turn) -> Outcome:
        return Outcome(self._assistant.desk.coming(turn.session, now=turn.now), pending="")


class AskToBook(Door):
    action_name = "action_ask_to_book"

    def respond(self, turn: Turn) -> Outcome:
        desk = self._assistant.desk
        kind, _, subject = turn.pending.partition(":")
        workshop_date_id = turn.number("workshop_date")
        if kind == BOOK and workshop_date_id is None and not desk.names_a_date(turn.session, turn.text, now=turn.now):
            # « ok réserve », said of the date just shown
            replies = desk.book(turn.session, person_id=turn.person_id, workshop_date_id=int(subject), now=turn.now)
            return Outcome(replies, pending="")
        replies, asked = desk.ask_to_book(
            turn.session,
            person_id=turn.person_id,
            workshop_date_id=workshop_date_id,
            text=turn.text,
            now=turn.now,
        )
        return Outcome(replies, pending=_question(BOOK, asked))


class AskToCancel(Door):
    action_name = "action_ask_to_cancel"

    def respond(self, turn: Turn) -> Outcome:
        replies, asked = self._assistant.desk.ask_to_cancel(
            turn.session, person_id=turn.person_id, booking_id=turn.number("booking"), now=turn.now
        )
        return Outcome(replies, pending=_question(CANCEL, asked))


class MyBookings(Door):
    action_name = "action_my_bookings"

    def respond(self, turn: Turn) -> Outcome:
        return Outcome(self._assistant.desk.mine(turn.session, person_id=turn.person_id, now=turn.now), pending="")


class Confirm(Door):
    """« oui »: to what its button carries, or else to the question left open."""

    action_name = "action_confirm"

    def respond(self, turn: Turn) -> Outcome:
        kind, _, subject = turn.pending.partition(":")
        workshop_date_id = turn.number("workshop_date")
        booking_id = turn.number("booking")
        if workshop_date_id is None and booking_id is None and subject:
            workshop_date_id = int(subject) if kind == BOOK else None
            booking_id = int(subject) if kind == CANCEL else None
        desk = self._assistant.desk
        if workshop_date_id is not None:
            replies = desk.book(turn.session, person_id=turn.person_id, workshop_date_id=workshop_date_id, now=turn.now)
        elif booking_id is not None:
            replies = desk.cancel(turn.session, person_id=turn.person_id, booking_id=booking_id, now=turn.now)
        else:
            return Outcome(self._assistant.answer("affirm", on=turn.today))
        return Outcome(replies, pending="")


class Decline(Door):
    action_name = "action_decline"

    def respond(self, turn: Turn) -> Outcome:
        kind = turn.pending.partition(":")[0]
        if kind == BOOK:
            return Outcome(self._assistant.desk.drop_booking(), pending="")
        if kind == CANCEL:
            return Outcome(self._assistant.desk.drop_cancelling(), pending="")
        return Outcome(self._assistant.answer("deny", on=turn.today), pending="")

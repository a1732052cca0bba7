"""What changes in the last second before a reminder is due: real workers, PostgreSQL and Bot API server."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from programme import bookings, choices, takeover
from programme.models import Booking, ChannelIdentity, Conversation, Delivery
from tests.bot.field import Field, a_field, pairs, seats_in

# the eve of a Thursday's workshop is said at 17:00 in Paris
STARTS_AT = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
DUE_AT = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
EACH = 10


def test_nothing_leaves_for_who_cancelled_moved_stopped_or_was_taken_over_a_second_before(folder: Path) -> None:
    with a_field(folder / "last-second") as field:
        # given five workshops, whose reminders are planned; nothing is due
        for first in range(1, 5 * EACH, EACH):
            seats_in(field.engine, STARTS_AT, people=EACH, first_chat=first, booked=DUE_AT - timedelta(days=2))
        field.set_clock(DUE_AT - timedelta(minutes=30))
        field.start_worker()
        field.start_worker()
        field.wait_until_planned(5 * EACH * 2)
        counsellor = a_counsellor(field)
        # when, a second before they are due, ten people cancel, ten are moved to another day, ten say stop, ten are
        # taken over by a counsellor
        field.set_clock(DUE_AT - timedelta(seconds=1))
        with Session(field.engine) as session, session.begin():
            for booking_id, person_id in bookings_of(session, 0):
                bookings.release_place(session, person_id=person_id, booking_id=booking_id, now=DUE_AT)
            session.execute(
                text(
                    "UPDATE event_dates SET starts_at = starts_at + interval '1 day', ends_at = ends_at + interval "
                    "'1 day' WHERE id = (SELECT event_date_id FROM bookings WHERE person_id = :first)"
                ),
                {"first": EACH + 1},
            )
            for _, person_id in bookings_of(session, 2):
                choices.stop(session, person_id, shown="stop", now=DUE_AT)
            for _, person_id in bookings_of(session, 3):
                takeover.take(session, conversation_of(session, person_id), staff_id=counsellor, now=DUE_AT)
        field.wait_for(lambda: len(field.telegram.sent) >= EACH or None)
        time.sleep(5)
        # then only the ten others have had theirs
        assert sorted(each.chat_id for each in field.telegram.sent) == list(range(4 * EACH + 1, 5 * EACH + 1))
        with Session(field.engine) as session:
            query = select(Delivery.person_id, Delivery.reason).where(
                Delivery.purpose == "booking_eve", Delivery.due_at < DUE_AT + timedelta(hours=1)
            )
            reasons = pairs(session, query)
        assert [reasons[group * EACH + 1] for group in range(4)] == ["cancelled", "moved", "stopped", "taken_over"]


def bookings_of(session: Session, group: int) -> list[tuple[int, int]]:
    """(booking, person) of the ten people of a group."""
    people = range(group * EACH + 1, (group + 1) * EACH + 1)
    found = session.execute(select(Booking.id, Booking.person_id).where(Booking.person_id.in_(people)))
    return [(booking_id, person_id) for booking_id, person_id in found]


def conversation_of(session: Session, person_id: int) -> uuid.UUID:
    query = select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
    return session.scalars(query).one()


def a_counsellor(field: Field) -> int:
    with field.engine.begin() as connection:
        for statement in (
            "INSERT INTO organisations (slug, kind, name) VALUES ('ml', 'mission_locale', 'Mission locale')",
            "INSERT INTO teams (organisation_id, name) VALUES (1, 'Alternance')",
            "INSERT INTO staff (team_id, role, name, email) VALUES (1, 'counsellor', 'Sofia', 'sofia@exemple.fr')",
        ):
            connection.execute(text(statement))
    return 1

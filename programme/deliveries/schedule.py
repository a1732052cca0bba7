"""When each message is due and until when it is of use: pure, from what it is about.

Source: cahier des charges, rappels « J-7, J-1, H-2 » ; forum : une semaine avant, le jour même, le surlendemain.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from programme.deliveries.hours import next_decent, previous_decent
from programme.models import EventKind, Purpose

# these are met by many companies at once, and are prepared for
FORUMS = frozenset({EventKind.FORUM, EventKind.JOB_DATING})

WEEK_AT, EVE_AT, TRAINING_AT, THANKS_AT = time(11), time(17), time(11), time(10)
HOURS_BEFORE = timedelta(hours=2)
# who has just booked has it in mind: a reminder comes so long after at the earliest
FRESH = {
    Purpose.BOOKING_WEEK: timedelta(days=1),
    Purpose.FORUM_TRAINING: timedelta(hours=3),
    Purpose.BOOKING_EVE: timedelta(hours=3),
    Purpose.BOOKING_HOURS: timedelta(hours=1),
    Purpose.FORUM_AFTER: timedelta(0),
}
# the end of an offer is brought to mind when there is so much of it in all, and so long before its end at most
OFFER_WORTH_A_WORD, OFFER_WORD = timedelta(hours=1), timedelta(hours=2)
OFFER_TIME_TO_ANSWER = timedelta(minutes=15)
CALL_BACK_AT, CALL_BACK_UNTIL = time(9, 30), time(20)
# « how were the first days? » is no question any more after two weeks. Shorter than what lies between two check-ins:
# somebody who tells late, or a worker that stood still, never makes for two questions at once.
CHECK_IN_AT, CHECK_IN_DAYS = time(17, 30), timedelta(days=14)


@dataclass(frozen=True)
class Slot:
    """One message: due from, and of no use from ``expires_at`` on. Both in UTC."""

    purpose: Purpose
    anchor_at: datetime
    due_at: datetime
    expires_at: datetime


def of_booking(
    *, starts_at: datetime, ends_at: datetime, kind: EventKind, since: datetime, zone: ZoneInfo
) -> Iterator[Slot]:
    """The reminders of a seat that is held ``since`` then; those that would come too soon after are left out.

    What falls on a day off is said on the last working day before, except on the day of the thing itself.

    Args:
        starts_at, ends_at, since: aware.
        zone: of the place.
    """
    starts_on = starts_at.astimezone(zone).date()
    found = [
        (
            Purpose.BOOKING_WEEK,
            previous_decent(_on(starts_on - timedelta(days=7), WEEK_AT, zone), zone),
            starts_at - timedelta(days=3),
        ),
        (
            Purpose.BOOKING_EVE,
            previous_decent(_on(starts_on - timedelta(days=1), EVE_AT, zone), zone),
            starts_at - timedelta(hours=3),
        ),
    ]
    soon = _hours_before(starts_at, starts_on, zone)
    if soon is not None:
        found.append((Purpose.BOOKING_HOURS, soon, starts_at - timedelta(minutes=15)))
    if kind in FORUMS:
        training = previous_decent(_on(starts_on - timedelta(days=8), TRAINING_AT, zone), zone)
        found.append((Purpose.FORUM_TRAINING, training, starts_at - timedelta(days=2)))
        ended_on = ends_at.astimezone(zone).date()
        thanks = next_decent(_on(ended_on + timedelta(days=2), THANKS_AT, zone), zone)
        found.append((Purpose.FORUM_AFTER, thanks, thanks + timedelta(days=4)))
    for purpose, due_at, expires_at in found:
        if due_at >= since + FRESH[purpose]:
            yield Slot(purpose, starts_at.astimezone(UTC), due_at.astimezone(UTC), expires_at.astimezone(UTC))


def of_offer(*, offered_at: datetime, offered_until: datetime, starts_at: datetime, zone: ZoneInfo) -> Iterator[Slot]:
    """A seat that is held for an answer: said as soon as may be, and once more shortly before it goes on."""
    that_day = starts_at.astimezone(zone).date()
    told = next_decent(offered_at, zone, even_on=that_day)
    if told >= offered_until:
        return
    yield Slot(Purpose.SEAT_OFFER, offered_until.astimezone(UTC), told.astimezone(UTC), offered_until.astimezone(UTC))
    left = offered_until - told
    reminded = next_decent(offered_until - min(left / 3, OFFER_WORD), zone, even_on=that_day)
    if left >= OFFER_WORTH_A_WORD and told < reminded <= offered_until - OFFER_TIME_TO_ANSWER:
        yield Slot(
            Purpose.SEAT_OFFER_ENDS,
            offered_until.astimezone(UTC),
            reminded.astimezone(UTC),
            offered_until.astimezone(UTC),
        )


def of_call_back(*, promised_on: date, zone: ZoneInfo) -> Slot:
    """On the very day, be it a Saturday: they promised."""
    due_at, expires_at = _on(promised_on, CALL_BACK_AT, zone), _on(promised_on, CALL_BACK_UNTIL, zone)
    return Slot(Purpose.CALL_BACK, day_anchor(promised_on), due_at.astimezone(UTC), expires_at.astimezone(UTC))


def of_check_in(*, due_on: date, zone: ZoneInfo) -> Slot:
    """After work, on a working day."""
    due_at = next_decent(_on(due_on, CHECK_IN_AT, zone), zone)
    expires_at = _on(due_on, CHECK_IN_AT, zone) + CHECK_IN_DAYS
    return Slot(Purpose.CHECK_IN, day_anchor(due_on), due_at.astimezone(UTC), expires_at.astimezone(UTC))


def day_anchor(day: date) -> datetime:
    """What is reckoned from a day, and not from an hour, is anchored at its midnight in UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)


def _hours_before(starts_at: datetime, starts_on: date, zone: ZoneInfo) -> datetime | None:
    """Two hours before, from 9:00 on; None for what begins so early that the evening before has to do."""
    due_at = max(starts_at - HOURS_BEFORE, _on(starts_on, time(9), zone))
    if due_at > starts_at - timedelta(minutes=30):
        return None
    return previous_decent(due_at, zone, even_on=starts_on)


def _on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """This hour of the wall, before and after a clock change."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)

"""Reminders while workers are killed and Telegram answers badly: each person has theirs once, none comes too late.

`DECLIC_FIRE=10000:20` makes it 10,000 reminders and 20 kills; the report is printed with `pytest -s`.
"""

import os
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.deliveries.planning import plan_reminders
from programme.models import Delivery, DeliveryState, Message, Purpose
from tests.bot.field import Field, a_field, pairs, seats_in
from tests.conftest import PARIS
from tests.telegram.bot_api_server import Weather

PEOPLE, KILLS = (int(part) for part in os.environ.get("DECLIC_FIRE", "600:6").split(":"))
# of these the reminder is of no use any more when the workers start, or soon after
TOO_LATE = SOON_TOO_LATE = PEOPLE // 50
SOON = timedelta(seconds=40)
# the eve of the workshops, at half past five in Paris; they are at two
NOW = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
# a reminder of the eve is of use until so long before the start
USE = timedelta(hours=3)
# between the last look and Telegram's answer
REQUEST = timedelta(seconds=12)
# two minutes for those that wait to be taken over from the dead, and 15 messages a second on two cores
PATIENCE_S = 240 + PEOPLE / 15


def test_each_person_has_their_reminder_once_whatever_happens_meanwhile(folder: Path) -> None:
    chance = random.Random(7)
    blocked = frozenset(chat for chat in range(1, PEOPLE + 1) if chat % 50 == 0)
    with a_field(folder / "fire") as field:
        # given reminders that are due, some of them too late, and a Telegram that answers badly
        fill(field)
        field.set_clock(NOW)
        field.telegram.change(
            Weather(too_many=0.005, server_error=0.03, silence=0.003, broken_line=0.01, blocked=blocked)
        )
        # when two workers send them, and one or the other is killed again and again
        started = time.monotonic()
        field.start_worker()
        field.start_worker()
        for _ in range(KILLS):
            time.sleep(chance.uniform(2, 5))
            field.kill(chance.choice(field.workers).pid)
            field.start_worker()
        field.wait_until_idle(patience_s=PATIENCE_S)
        # then each has theirs, once
        check(field, took=time.monotonic() - started, blocked=blocked)


def fill(field: Field) -> None:
    """Seats of tomorrow, and of today so soon that the reminder of the eve is, or soon will be, too late."""
    booked = NOW - timedelta(days=30)
    first = 1
    for starts_at, people in (
        (NOW + USE - timedelta(seconds=1), TOO_LATE),
        (NOW + USE + SOON, SOON_TOO_LATE),
        (TOMORROW, PEOPLE - TOO_LATE - SOON_TOO_LATE),
    ):
        seats_in(field.engine, starts_at, people=people, first_chat=first, booked=booked)
        first += people
    with Session(field.engine) as session, session.begin():  # while it was time for all of them
        plan_reminders(session, zone=PARIS, now=NOW - timedelta(minutes=20))


def check(field: Field, *, took: float, blocked: frozenset[int]) -> None:
    sent = field.telegram.sent
    received = Counter(each.chat_id for each in sent)
    with Session(field.engine) as session:
        bubbles = select(Delivery.person_id, Message.doubts).join(Message, Message.delivery_id == Delivery.id)
        doubts = pairs(session, bubbles)
        on_trial = Delivery.purpose == Purpose.BOOKING_EVE
        expiry = pairs(session, select(Delivery.person_id, Delivery.expires_at).where(on_trial))
        expired = set(
            session.scalars(select(Delivery.person_id).where(on_trial, Delivery.state == DeliveryState.EXPIRED))
        )
    twice = {chat: count for chat, count in received.items() if count > 1}
    print(  # noqa: T201 (read with -s)
        f"\n{PEOPLE:,} reminders, {KILLS} kills, {took:.0f} s: {dict(field.states())}\n"
        f"  Telegram took {len(sent):,} messages for {len(received):,} people; wrong: {field.telegram.refused}\n"
        f"  more than once: {len(twice)} people, each in the accepted window, which "
        f"{sum(1 for count in doubts.values() if count)} bubbles were in"
    )
    assert set(range(TOO_LATE + 1, PEOPLE + 1)) - blocked - expired - received.keys() == set(), "never had theirs"
    assert received.keys() & (set(range(1, TOO_LATE + 1)) | blocked) == set(), "too late for these, or blocked"
    assert {chat for chat in twice if twice[chat] - 1 > doubts.get(chat, 0)} == set(), "twice, and we do not know why"
    assert [each for each in sent if _at(field, each.at) > expiry[each.chat_id] + REQUEST] == [], "after its expiry"
    # nobody's is expired but those for whom it was, or became, too late
    assert set(range(1, TOO_LATE + 1)) <= expired <= set(range(1, TOO_LATE + SOON_TOO_LATE + 1))


def _at(field: Field, moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC) + field.ahead

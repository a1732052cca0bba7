"""Reminders while workers are killed and Telegram answers badly: each person has theirs once, none comes too late.

`DECLIC_FIRE=10000:20` makes it 10,000 reminders and 20 kills; the report is printed with `pytest -s`.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, func, select, text
from sqlalchemy.orm import Session

from bot.settings import ROOT
from programme.database import engine_for
from programme.deliveries.planning import plan_reminders
from programme.embedded import EmbeddedDatabase
from programme.migrate import migrate
from programme.models import Delivery, DeliveryState, Message, Purpose
from tests.conftest import PARIS
from tests.stack import DECLIC
from tests.telegram.bot_api_server import BotApiServer, Weather

PEOPLE, KILLS = (int(part) for part in os.environ.get("DECLIC_FIRE", "600:6").split(":"))
# of these the reminder is of no use any more when the workers start, or soon after
TOO_LATE, SOON_TOO_LATE = PEOPLE // 50, PEOPLE // 50
SOON = timedelta(seconds=40)
# the eve of the workshops, at half past five in Paris
NOW = datetime(2026, 11, 25, 16, 30, tzinfo=UTC)
PACE = 200
PATIENCE_S = 240 + PEOPLE / 15
ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)


@dataclass
class Field:
    """A database of its own, a Bot API server, and workers that live and die."""

    engine: Engine
    telegram: BotApiServer
    environment: dict[str, str]
    clock_file: Path
    log: Path

    def __post_init__(self) -> None:
        self.workers: list[subprocess.Popen[bytes]] = []
        self.set_clock(NOW)

    def set_clock(self, now: datetime) -> None:
        self.clock_file.write_text(str((now - datetime.now(UTC)).total_seconds()))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.clock_file.read_text()))

    def start_worker(self) -> None:
        with self.log.open("ab") as log:
            command = [*DECLIC, "run", "worker"]
            self.workers.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
            )

    def kill_one(self, chance: random.Random) -> None:
        worker = self.workers.pop(chance.randrange(len(self.workers)))
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def stop(self) -> None:
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(15)
            worker.kill()
        self.workers.clear()

    def states(self) -> Counter[DeliveryState]:
        """Of the reminders that are on trial."""
        with Session(self.engine) as session:
            query = select(Delivery.state, func.count()).where(Delivery.purpose == Purpose.BOOKING_EVE)
            return Counter(pairs(session, query.group_by(Delivery.state)))

    def wait_until_all_ended(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not (states := self.states()) or any(state not in ENDED for state in states):
            assert time.monotonic() < deadline, f"{states}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.5)


def pairs(session: Session, query: Select[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in session.execute(query)}  # noqa: C416 (rows are no pairs to mypy)


@contextmanager
def a_field(folder: Path) -> Iterator[Field]:
    folder.mkdir()
    embedded = EmbeddedDatabase(folder)
    engine = engine_for(embedded.url)
    migrate(engine)
    with BotApiServer() as telegram:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DECLIC_")} | {
            "DECLIC_DATABASE_URL": embedded.url,
            "DECLIC_DATA_DIR": str(folder),
            "DECLIC_TELEGRAM_TOKEN": telegram.token,
            "DECLIC_TELEGRAM_API_URL": telegram.url,
            "DECLIC_TELEGRAM_A_SECOND": str(PACE),
            "DECLIC_CLOCK_FILE": str(folder / "clock"),
        }
        field = Field(engine, telegram, environment, folder / "clock", folder / "workers.log")
        try:
            yield field
        finally:
            field.stop()
    engine.dispose()
    embedded.stop()


def fill(engine: Engine, *, people: int) -> None:
    """People on Telegram, chat 1 to ``people``, each with a seat in a workshop of tomorrow at 14:00.

    The first ones have a seat in one that starts so soon that the reminder of the eve is, or is soon, too late.
    """
    tomorrow = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    three_hours = timedelta(hours=3)
    # planned while it was time
    before = NOW - timedelta(minutes=20)
    starts = [NOW + three_hours - timedelta(seconds=1), NOW + three_hours + SOON, tomorrow]
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO event_series (slug, kind, title, summary, place) "
            "VALUES ('cv', 'atelier', 'Atelier CV', 'On fait ton CV.', 'salle 2')",
            "INSERT INTO event_dates (series_id, starts_at, ends_at, closes_at, seats) "
            "SELECT 1, at, at + interval '2 hours', at, 1000000 FROM unnest(CAST(:starts AS timestamptz[])) AS at",
            "INSERT INTO people (created_at) SELECT :booked FROM generate_series(1, :people)",
            "INSERT INTO channel_identities (person_id, channel, external_id, created_at) "
            "SELECT id, 'telegram', id::text, :booked FROM people",
            "INSERT INTO conversations (id, identity_id, created_at) "
            "SELECT gen_random_uuid(), id, :booked FROM channel_identities",
            "INSERT INTO bookings (event_date_id, person_id, status, requested_at, status_at) "
            "SELECT CASE WHEN id <= :late THEN 1 WHEN id <= :late + :soon THEN 2 ELSE 3 END, id, 'booked', :booked, "
            ":booked FROM people",
            # only the reminder of the eve is on trial: those of the week before are long over, those of the day not due
        ):
            connection.execute(
                text(statement),
                {
                    "starts": starts,
                    "booked": NOW - timedelta(days=30),
                    "people": people,
                    "late": TOO_LATE,
                    "soon": SOON_TOO_LATE,
                },
            )
    with Session(engine) as session, session.begin():
        plan_reminders(session, zone=PARIS, now=before)


def test_each_person_has_their_reminder_once_whatever_happens_meanwhile(folder: Path) -> None:
    chance = random.Random(7)
    blocked = frozenset(chat for chat in range(1, PEOPLE + 1) if chat % 50 == 0)
    with a_field(folder / "fire") as field:
        # given reminders that are due, some of them too late, and a Telegram that answers badly
        fill(field.engine, people=PEOPLE)
        field.telegram.change(
            Weather(too_many=0.005, server_error=0.03, silence=0.003, broken_line=0.01, blocked=blocked)
        )
        # when two workers send them, and one or the other is killed again and again
        started = time.monotonic()
        field.start_worker()
        field.start_worker()
        for _ in range(KILLS):
            time.sleep(chance.uniform(2, 5))
            field.kill_one(chance)
            field.start_worker()
        field.wait_until_all_ended()
        took = time.monotonic() - started
        # then each has theirs, once
        report(field, took=took, blocked=blocked)


def report(field: Field, *, took: float, blocked: frozenset[int]) -> None:
    sent = field.telegram.sent
    received = Counter(each.chat_id for each in sent)
    outcomes = field.states()
    with Session(field.engine) as session:
        of_message = select(Delivery.person_id, Message.doubts).join(Message, Message.delivery_id == Delivery.id)
        doubts = pairs(session, of_message)
        on_trial = Delivery.purpose == Purpose.BOOKING_EVE
        expiry = pairs(session, select(Delivery.person_id, Delivery.expires_at).where(on_trial))
        expired = set(session.scalars(select(Delivery.person_id).where(Delivery.state == DeliveryState.EXPIRED)))
    twice = {chat: count for chat, count in received.items() if count > 1}
    print(  # noqa: T201 (read with -s)
        f"\n{PEOPLE:,} reminders, {KILLS} kills, {took:.0f} s: {outcomes}\n"
        f"  Telegram refused: {field.telegram.refused}; took {len(sent):,} messages for {len(received):,} people\n"
        f"  more than once: {len(twice)}, each in the accepted window "
        f"({sum(1 for count in doubts.values() if count)} bubbles left again without our knowing)"
    )
    shift = timedelta(seconds=float(field.clock_file.read_text()))
    late = [each for each in sent if datetime.fromtimestamp(each.at, UTC) + shift > expiry[each.chat_id] + REQUEST]
    expected = set(range(TOO_LATE + 1, PEOPLE + 1)) - blocked - expired
    assert expected - received.keys() == set(), "these never had theirs"
    assert received.keys() & set(range(1, TOO_LATE + 1)) == set(), "it was too late for these"
    assert {chat for chat in twice if twice[chat] - 1 > doubts.get(chat, 0)} == set(), "twice, and we do not know why"
    assert late == []
    assert received.keys() & blocked == set()
    # nobody is expired but those for whom it was, or became, too late
    assert set(range(1, TOO_LATE + 1)) <= expired <= set(range(1, TOO_LATE + SOON_TOO_LATE + 1))


# between the last look and Telegram's answer
REQUEST = timedelta(seconds=12)

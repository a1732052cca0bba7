"""A place to try the sending: a database of its own, a Bot API server, and workers that live and die."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, Select, func, or_, select, text
from sqlalchemy.orm import Session

from bot.settings import ROOT
from programme.database import engine_for
from programme.embedded import EmbeddedDatabase
from programme.migrate import migrate
from programme.models import Delivery, DeliveryState
from tests.stack import DECLIC
from tests.telegram.bot_api_server import BotApiServer

# messages a second: nobody waits here
PACE = 200
PATIENCE_S = 90.0
T = TypeVar("T")


@dataclass
class Field:
    """Its clock stands ahead of ours by what a file says; the workers read it too."""

    engine: Engine
    telegram: BotApiServer
    environment: dict[str, str]
    clock_file: Path
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def set_clock(self, now: datetime) -> None:
        # in one step: a worker must never read half of it
        new = self.clock_file.with_suffix(".new")
        new.write_text(str((now - datetime.now(UTC)).total_seconds()))
        new.replace(self.clock_file)

    @property
    def ahead(self) -> timedelta:
        return timedelta(seconds=float(self.clock_file.read_text()))

    def start_worker(self) -> None:
        with self.log.open("ab") as log:
            command = [*DECLIC, "run", "worker"]
            self.workers.append(
                subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT)
            )

    def kill(self, pid: int) -> None:
        """As when the machine goes: without a word."""
        worker = next(each for each in self.workers if each.pid == pid)
        self.workers.remove(worker)
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

    def wait_until_planned(self, count: int) -> None:
        self.wait_for(lambda: self._count(Delivery.id.is_not(None)) >= count or None)

    def wait_until_idle(self, *, patience_s: float = PATIENCE_S) -> None:
        """Until nothing is due, nor on its way."""
        waits = or_(
            Delivery.state == DeliveryState.QUEUED,
            (Delivery.state == DeliveryState.PLANNED) & (Delivery.due_at <= datetime.now(UTC) + self.ahead),
        )
        self.wait_for(lambda: self._count(waits) == 0 or None, patience_s=patience_s)

    def wait_for(self, look: Callable[[], T | None], *, patience_s: float = PATIENCE_S) -> T:
        """What ``look`` finds, once it finds something."""
        deadline = time.monotonic() + patience_s
        while (found := look()) is None:
            assert time.monotonic() < deadline, f"{self.states()}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.2)
        return found

    def states(self) -> Counter[str]:
        with Session(self.engine) as session:
            query = select(Delivery.purpose, Delivery.state, func.count()).group_by(Delivery.purpose, Delivery.state)
            return Counter({f"{purpose} {state}": count for purpose, state, count in session.execute(query)})

    def _count(self, condition: Any) -> int:
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).select_from(Delivery).where(condition)) or 0


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
        made = Field(engine, telegram, environment, folder / "clock", folder / "workers.log")
        try:
            yield made
        finally:
            made.stop()
    engine.dispose()
    embedded.stop()


def seats_in(engine: Engine, starts_at: datetime, *, people: int, first_chat: int, booked: datetime) -> None:
    """A workshop with so many people on Telegram, chats ``first_chat`` and on. A chat is numbered as its person."""
    values = {"start": starts_at, "booked": booked, "first": first_chat, "last": first_chat + people - 1}
    with engine.begin() as connection:
        for statement in (
            # each has a series of its own: two may begin at the same hour
            "INSERT INTO event_series (slug, kind, title, summary, place) "
            "VALUES ('cv-' || :first, 'atelier', 'Atelier CV', 'On fait ton CV.', 'salle 2')",
            "INSERT INTO event_dates (series_id, starts_at, ends_at, closes_at, seats) "
            "SELECT max(id), CAST(:start AS timestamptz), CAST(:start AS timestamptz) + interval '2 hours', "
            "CAST(:start AS timestamptz), 1000000 FROM event_series",
            "INSERT INTO people (id, created_at) "
            "SELECT n, :booked FROM generate_series(CAST(:first AS bigint), :last) AS n",
            "INSERT INTO channel_identities (person_id, channel, external_id, created_at) "
            "SELECT n, 'telegram', n::text, :booked FROM generate_series(CAST(:first AS bigint), :last) AS n",
            "INSERT INTO conversations (id, identity_id, created_at) SELECT gen_random_uuid(), id, :booked "
            "FROM channel_identities WHERE person_id BETWEEN :first AND :last",
            "INSERT INTO bookings (event_date_id, person_id, status, requested_at, status_at) "
            "SELECT (SELECT max(id) FROM event_dates), n, 'booked', :booked, :booked "
            "FROM generate_series(CAST(:first AS bigint), :last) AS n",
        ):
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), names)

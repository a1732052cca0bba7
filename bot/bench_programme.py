"""How long the services take on a million young people, and whether any of them walks through a whole table."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, event, select, text
from sqlalchemy.orm import Session, sessionmaker

from bot.bench_data import COHORTS, LARGE_COHORTS, NOW, POPULAR_EVERY
from programme import bookings, events, figures, portfolio
from programme.database import session_factory_for
from programme.errors import ProgrammeError
from programme.models import Booking, BookingStatus, CohortMember, EventDate

TARGET_MS = 50.0
# a walk through less is nothing
BIG_TABLE = 10_000
WARM_UP = 20

Work = Callable[[Session], object]


@dataclass(frozen=True)
class Measured:
    """Times of one service, in milliseconds, and what the plans of its queries hold."""

    name: str
    times: list[float]
    scans: list[str]
    walks: list[str]
    # of a size that no target was set for
    informative: bool = False

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def measure(engine: Engine, *, calls: int, say: Callable[[str], None]) -> list[Measured]:
    """Time each service on random people and dates, one client; print the table and the plans."""
    factory = session_factory_for(engine)
    chance = random.Random(7)  # noqa: S311
    with engine.connect() as connection:
        people = connection.scalar(text("SELECT max(id) FROM people")) or 0
        staff = connection.scalar(text("SELECT max(id) FROM staff")) or 0
        coming = list(
            connection.scalars(
                select(EventDate.id).where(EventDate.starts_at > NOW + timedelta(days=1)).order_by(EventDate.id)
            )
        )
        popular = [each for each in coming if each % POPULAR_EVERY == 0]
        ranked = list(
            connection.scalars(
                select(Booking.id).where(
                    Booking.event_date_id.in_(popular[:200]), Booking.status == BookingStatus.WAITING
                )
            )
        )

    def somebody() -> int:
        return chance.randrange(1, people + 1)

    def book(session: Session) -> object:
        try:
            return bookings.request_place(session, person_id=somebody(), event_date_id=chance.choice(coming), now=NOW)
        except ProgrammeError as refusal:
            return refusal

    def book_popular(session: Session) -> object:
        try:
            return bookings.request_place(session, person_id=somebody(), event_date_id=chance.choice(popular), now=NOW)
        except ProgrammeError as refusal:
            return refusal

    def give_back(session: Session) -> object:
        booking = session.get_one(Booking, chance.choice(ranked))
        try:
            return bookings.release_place(session, person_id=booking.person_id, booking_id=booking.id, now=NOW)
        except ProgrammeError as refusal:
            return refusal

    def mine(session: Session) -> object:
        return bookings.bookings_of(session, person_id=somebody(), now=NOW)

    def rank(session: Session) -> object:
        return bookings.waiting_rank(session, session.get_one(Booking, chance.choice(ranked)))

    def cohort(numbers: range) -> Work:
        return lambda session: figures.indicators(session, _members(chance.choice(numbers)), on=NOW.date())

    measured = [
        _measure(factory, engine, "book a seat, committed", book, calls, commit=True),
        _measure(factory, engine, "book where 250 wait, committed", book_popular, calls, commit=True),
        _measure(factory, engine, "give a rank back, committed", give_back, calls, commit=True),
        _measure(factory, engine, "dates near a person", lambda s: events.near(s, somebody(), now=NOW), calls),
        _measure(factory, engine, "one's bookings", mine, calls),
        _measure(factory, engine, "rank in a list of hundreds", rank, calls),
        _measure(
            factory, engine, "portfolio page",
            lambda s: portfolio.page(s, chance.randrange(1, staff + 1), now=NOW, after=chance.choice((0, people // 2))),
            calls,
        ),
        _measure(factory, engine, "figures of a cohort of 2,000", cohort(range(LARGE_COHORTS + 1, COHORTS + 1)), calls),
        _measure(
            factory, engine, "figures of a cohort of 50,000", cohort(range(1, LARGE_COHORTS + 1)), max(3, calls // 20),
            informative=True,
        ),
    ]  # fmt: skip
    _print(measured, say)
    return measured


def problems(measured: list[Measured]) -> list[str]:
    """What is over the target, and each walk through a big table."""
    slow = [
        f"{each.name}: {each.p95:.1f} ms at p95, {TARGET_MS:.0f} ms at most"
        for each in measured
        if each.p95 > TARGET_MS and not each.informative
    ]
    return slow + [f"{each.name}: {walk}" for each in measured for walk in each.walks if not each.informative]


def _members(cohort_id: int) -> Select[Any]:
    return select(CohortMember.person_id).where(CohortMember.cohort_id == cohort_id)


def _measure(
    factory: sessionmaker[Session],
    engine: Engine,
    name: str,
    work: Work,
    calls: int,
    *,
    commit: bool = False,
    informative: bool = False,
) -> Measured:
    times = []
    for number in range(calls + min(WARM_UP, calls)):
        started = time.perf_counter()
        with factory() as session:
            work(session)
            if commit:
                session.commit()
            else:
                session.rollback()
        if number >= min(WARM_UP, calls):
            times.append((time.perf_counter() - started) * 1000)
    scans, walks = _plans(factory, engine, work)
    return Measured(name, times, scans, walks, informative)


def _plans(factory: sessionmaker[Session], engine: Engine, work: Work) -> tuple[list[str], list[str]]:
    """How the queries of one call find their rows: each kind of scan once, and those that walk a big table."""
    scans: dict[str, None] = {}
    walks: dict[str, None] = {}
    with factory() as session:
        sent: list[tuple[str, Any]] = []
        with _listening(engine, sent):
            work(session)
        session.rollback()
    with engine.connect() as connection:
        sizes: dict[str, float] = {
            row[0]: row[1]
            for row in connection.execute(text("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'"))
        }
        for statement, parameters in sent:
            if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
                continue
            for node in _nodes(_plan_of(connection, statement, parameters)):
                kind, table = node["Node Type"], node.get("Relation Name")
                if table is None or "Scan" not in kind:
                    continue
                scans[f"{kind} on {table}" + (f" by {node['Index Name']}" if "Index Name" in node else "")] = None
                if kind == "Seq Scan" and sizes.get(table, 0) > BIG_TABLE:
                    walks[f"walks through {table} ({sizes[table]:,.0f} rows)"] = None
        connection.rollback()
    return list(scans), list(walks)


def _plan_of(connection: Connection, statement: str, parameters: Any) -> dict[str, Any]:
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters).scalar_one()
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


@contextmanager
def _listening(engine: Engine, sent: list[tuple[str, Any]]) -> Iterator[None]:
    """The very statements that the services send."""

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _print(measured: list[Measured], say: Callable[[str], None]) -> None:
    say(f"{'one client, ms':34}{'p50':>9}{'p95':>9}{'p99':>9}{'calls':>8}")
    for each in measured:
        ordered = statistics.quantiles(each.times, n=100)
        say(f"{each.name:34}{ordered[49]:9.1f}{ordered[94]:9.1f}{ordered[98]:9.1f}{len(each.times):8}")
    say("")
    for each in measured:
        say(f"{each.name}:")
        for scan in each.scans:
            say(f"    {scan}")

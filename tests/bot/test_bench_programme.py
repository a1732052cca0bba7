"""The data of the bench, small, and its eye for queries that walk through a whole table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot import bench_data, bench_programme
from bot.bench_data import NoRoom, NotABench, fill
from bot.bench_programme import measure, problems
from programme.database import engine_for
from programme.migrate import pending_changes
from programme.models import Base, Booking, BookingStatus, EventDate, Message, Person

SCALE = 0.0005


@pytest.fixture(scope="module")
def filled(engine: Engine, folder: Path) -> Iterator[Engine]:
    """The bench's own database, with five hundred people."""
    with _database(engine, "bench_test") as bench:
        fill(bench, folder, scale=SCALE, again=False, say=lambda _: None)
        yield bench


@contextmanager
def _database(engine: Engine, name: str) -> Iterator[Engine]:
    """One of its own, on the same server."""
    owner = engine.execution_options(isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    bench = engine_for(engine.url.set(database=name).render_as_string(hide_password=False))
    try:
        yield bench
    finally:
        bench.dispose()
        with owner.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))


def _keys_checks_and_indexes(engine: Engine) -> list[tuple[str, ...]]:
    """Of our tables, as PostgreSQL has them."""
    query = text(
        # PostgreSQL writes a condition that it has read back in other words: conditions are compared by their name
        "SELECT conrelid::regclass::text, conname, CASE WHEN contype = 'c' THEN '' ELSE pg_get_constraintdef(oid) END "
        "FROM pg_constraint WHERE contype <> 'n' AND conrelid::regclass::text = ANY(:ours) "
        "UNION ALL SELECT tablename, indexname, split_part(indexdef, ' WHERE ', 1) FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename = ANY(:ours)"
    )
    with engine.connect() as connection:
        rows = connection.execute(query, {"ours": [table.name for table in Base.metadata.sorted_tables]})
        return sorted(map(tuple, rows))


def test_people_bookings_and_messages_are_as_many_as_promised(filled: Engine) -> None:
    with Session(filled) as session:
        people, bookings, messages = (
            session.scalar(select(func.count()).select_from(table)) for table in (Person, Booking, Message)
        )
    assert (people, messages) == (500, 10_000)
    # a person who would be drawn twice for one date is left out, which is only seen among few people
    assert bookings is not None
    assert 2_000 < bookings < 3_000


def test_no_date_has_more_people_than_seats_and_some_have_a_list(filled: Engine) -> None:
    seated = (BookingStatus.BOOKED, BookingStatus.PRESENT, BookingStatus.ABSENT)
    with Session(filled) as session:
        rows = session.execute(
            select(
                EventDate.seats,
                func.count().filter(Booking.status.in_(seated)),
                func.count().filter(Booking.status == BookingStatus.WAITING),
            )
            .join(Booking, Booking.event_date_id == EventDate.id)
            .group_by(EventDate.id)
        ).all()
    assert all(taken <= seats for seats, taken, _ in rows)
    assert max(waiting for _, _, waiting in rows) > 100


def test_keys_checks_and_indexes_are_back_as_the_models_say(filled: Engine, engine: Engine) -> None:
    assert _keys_checks_and_indexes(filled) == _keys_checks_and_indexes(engine)
    # and nothing else has changed, beside the mark of the bench itself
    assert len(pending_changes(filled)) == 1


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("  bookings ", id="while the rows are copied"),
        pytest.param("  CREATE ", id="while the indexes are made again"),
        pytest.param("  VACUUM", id="when all is there but the mark"),
    ],
)
def test_after_a_load_that_was_broken_off_the_next_one_has_every_key_and_index(
    engine: Engine, folder: Path, last: str
) -> None:
    def stopped(line: str) -> None:
        if line.startswith(last):
            raise KeyboardInterrupt

    with _database(engine, "bench_broken_off") as bench:
        with pytest.raises(KeyboardInterrupt):
            fill(bench, folder, scale=SCALE, again=False, say=stopped)

        said: list[str] = []
        fill(bench, folder, scale=SCALE, again=False, say=said.append)

        assert said[-1].startswith("Data: 500 people in ")
        assert _keys_checks_and_indexes(bench) == _keys_checks_and_indexes(engine)


def test_a_database_that_is_not_called_a_bench_is_not_emptied(engine: Engine, folder: Path) -> None:
    with pytest.raises(NotABench):
        fill(engine, folder, scale=SCALE, again=True, say=lambda _: None)


def test_a_server_elsewhere_is_filled_without_a_look_at_its_disk(filled: Engine) -> None:
    said: list[str] = []
    fill(filled, None, scale=SCALE, again=True, say=said.append)
    assert said[0] == "Data: the server keeps it where its disk cannot be looked at from here."


def test_every_counsellor_has_young_people_at_every_stage() -> None:
    # somebody's people are so many apart: the counsellor's number follows from the person's
    of_one = {bench_data.stage_of(n) for n in range(3, bench_data.PEOPLE, bench_data.STAFF)}
    assert of_one == set(bench_data.STAGES)


def test_what_is_there_at_this_scale_is_kept(filled: Engine, folder: Path) -> None:
    said: list[str] = []
    fill(filled, folder, scale=SCALE, again=False, say=said.append)
    assert said == ["Data: there already, 500 people."]


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(filled: Engine, folder: Path) -> None:
    with pytest.raises(NoRoom, match="GB are needed"):
        fill(filled, folder, scale=10_000, again=False, say=lambda _: None)


def test_each_service_is_timed_and_none_walks_through_a_big_table(filled: Engine) -> None:
    said: list[str] = []
    measured = measure(filled, calls=20, say=said.append)
    assert [len(each.times) for each in measured if not each.informative] == [20] * (len(measured) - 1)
    assert [each.name for each in measured if not each.scans] == []
    assert not [problem for problem in problems(measured) if "walks" in problem]


def test_a_walk_through_a_big_table_is_told(filled: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # given that a thousand rows are many, and a service that reads all messages
    monkeypatch.setattr(bench_programme, "BIG_TABLE", 1_000)
    factory = bench_programme.session_factory_for(filled)
    slow = bench_programme._measure(
        factory,
        filled,
        "reads it all",
        lambda s: s.scalar(select(func.count()).where(Message.text.like("%garage%"))),
        20,
    )
    assert problems([slow])[-1] == "reads it all: walks through messages (10,000 rows)"


def test_the_bench_never_looks_at_the_programme_s_own_database() -> None:
    assert bench_data.DATABASE == "declic_bench"

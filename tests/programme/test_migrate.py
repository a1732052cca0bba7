"""The schema in force."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Column, Connection, Engine, Enum, MetaData, Table, func, insert, inspect, select, text, update
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.types import Boolean, Date, DateTime, Integer, String, Uuid

from programme.database import engine_for
from programme.migrate import _config, migrate, pending_changes
from programme.models import Base, Booking
from tests.conftest import NOW
from tests.programme.at_once import at_once

# the tables of before the programme's own: workshops, their dates, bookings in three states
BEFORE = "0004"


@pytest.fixture
def a_database(engine: Engine) -> Iterator[Callable[[], Engine]]:
    """Makes databases of their own, without any table."""
    owner = engine.execution_options(isolation_level="AUTOCOMMIT")
    made: list[Engine] = []

    def build() -> Engine:
        name = f"blank_{len(made)}"
        with owner.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        made.append(engine_for(engine.url.set(database=name).render_as_string(hide_password=False)))
        return made[-1]

    yield build
    for each in made:
        each.dispose()
        with owner.connect() as connection:
            connection.execute(text(f"DROP DATABASE {each.url.database}"))


@pytest.fixture
def empty_database(a_database: Callable[[], Engine]) -> Engine:
    return a_database()


# -- migrations


def test_the_migrations_say_all_that_the_models_say(engine: Engine) -> None:
    assert pending_changes(engine) == []


def test_a_table_that_no_migration_makes_is_noticed(engine: Engine) -> None:
    # given a database in which a column is missing
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE heartbeats DROP COLUMN beat_at"))
    try:
        # then it is told
        assert len(pending_changes(engine)) == 1
    finally:
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE heartbeats ADD COLUMN beat_at timestamptz NOT NULL"))


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    migrate(engine)
    assert (inspect(engine).get_table_names(), pending_changes(engine)) == (before, [])


def test_two_processes_may_migrate_an_empty_database_at_once(empty_database: Engine) -> None:
    # given a database without any table, when two processes start on it
    at_once([lambda: migrate(empty_database)] * 2)
    # then our tables and those of the job queue are there
    tables = set(inspect(empty_database).get_table_names())
    assert {table.name for table in Base.metadata.sorted_tables} | {"procrastinate_jobs"} <= tables
    assert pending_changes(empty_database) == []


def test_the_database_has_what_the_models_say_down_to_checks_and_conditions(
    engine: Engine, a_database: Callable[[], Engine]
) -> None:
    # given one database that our migrations made, and one that the models make: Alembic compares neither checks nor
    # the conditions of indexes
    modelled = a_database()
    Base.metadata.create_all(modelled)
    # then PostgreSQL says the same of both
    assert as_postgresql_says(engine) == as_postgresql_says(modelled)


def test_a_check_that_no_migration_makes_is_noticed(a_database: Callable[[], Engine]) -> None:
    modelled, lacking = a_database(), a_database()
    for each in (modelled, lacking):
        Base.metadata.create_all(each)
    with lacking.begin() as connection:
        connection.execute(text("ALTER TABLE bookings DROP CONSTRAINT ck_bookings_offer_has_an_end"))
    difference = as_postgresql_says(modelled) ^ as_postgresql_says(lacking)
    assert [name for _, name, _ in difference] == ["ck_bookings_offer_has_an_end"]


# -- on a database that is in use


def test_workshops_and_bookings_are_found_again_under_their_new_names_and_states(empty_database: Engine) -> None:
    # given people with seats, ranks and a cancelled booking, before there were series of dates
    with empty_database.begin() as connection:
        command.upgrade(_config(connection), BEFORE)
        fill_before(connection)
        before = contents(connection)
    # when the migrations run
    migrate(empty_database)
    # then every row is there, with each of its values
    with empty_database.begin() as connection:
        after = contents(connection)
    for table in before.keys() - {"workshops", "workshop_dates", "bookings"}:
        assert without_new_columns(after[table], before[table]) == before[table], table
    assert without_new_columns(after["event_series"], before["workshops"]) == before["workshops"]
    dates = [{"series_id": row.pop("workshop_id"), **row} for row in before["workshop_dates"]]
    assert without_new_columns(after["event_dates"], dates) == dates
    # and a seat is booked, and who cancelled is said
    assert [
        (row["id"], row["event_date_id"], row["person_id"], row["status"], row["cancelled_by"], row["requested_at"])
        for row in after["bookings"]
    ] == [
        (1, 1, 1, "booked", None, NOW),
        (2, 1, 2, "waiting", None, NOW),
        (3, 1, 3, "cancelled", "person", NOW),
        (4, 2, 3, "booked", None, NOW),
    ]
    # and numbers go on where they were
    with empty_database.begin() as connection:
        added = connection.execute(
            text(
                "INSERT INTO event_series (slug, kind, title, summary, place) "
                "VALUES ('n', 'atelier', 'N', 'N', 'N') RETURNING id"
            )
        )
        assert added.scalar_one() == 5


def test_going_back_and_forth_loses_nothing_of_before(empty_database: Engine) -> None:
    # given a database that was migrated while in use, and used since: no table is empty
    with empty_database.begin() as connection:
        command.upgrade(_config(connection), BEFORE)
        fill_before(connection)
        before = contents(connection)
    migrate(empty_database)
    with empty_database.begin() as connection:
        fill_what_is_empty(connection)
        assert [table for table in Base.metadata.sorted_tables if not count(connection, table)] == []
    # when it goes back, then all of before is as it was
    with empty_database.begin() as connection:
        command.downgrade(_config(connection), BEFORE)
        assert contents(connection) == before
    # and forth again, then the schema is the one of the models
    migrate(empty_database)
    assert pending_changes(empty_database) == []
    with empty_database.begin() as connection:
        assert count(connection, Base.metadata.tables["bookings"]) == len(before["bookings"])


def test_the_last_migrations_can_go_back_to_nothing(empty_database: Engine) -> None:
    migrate(empty_database)
    with empty_database.begin() as connection:
        command.downgrade(_config(connection), "base")
    left = {name for name in inspect(empty_database).get_table_names() if not name.startswith("procrastinate_")}
    assert left == {"alembic_version"}
    migrate(empty_database)
    assert pending_changes(empty_database) == []


@pytest.mark.parametrize(
    ("status", "before"),
    [
        pytest.param("booked", "confirmed", id="a seat"),
        pytest.param("confirmed", "confirmed", id="a seat that was confirmed"),
        pytest.param("offered", "confirmed", id="a seat that was held"),
        pytest.param("present", "confirmed", id="who came"),
        pytest.param("absent", "confirmed", id="who did not come"),
        pytest.param("excused", "cancelled", id="who gave the seat back"),
        pytest.param("waiting", "waiting", id="a rank"),
        pytest.param("cancelled", "cancelled", id="cancelled"),
    ],
)
def test_a_state_that_was_not_there_before_becomes_the_nearest_one(
    empty_database: Engine, status: str, before: str
) -> None:
    migrate(empty_database)
    with empty_database.begin() as connection:
        fill_what_is_empty(connection)
        connection.execute(
            update(Booking).values(
                status=status,
                offered_until=NOW if status == "offered" else None,
                cancelled_by="staff" if status == "cancelled" else None,
            )
        )
        connection.execute(text("UPDATE event_series SET kind = 'table_ronde'"))
        command.downgrade(_config(connection), BEFORE)
        assert connection.execute(text("SELECT status FROM bookings")).scalars().all() == [before]
        assert connection.execute(text("SELECT kind FROM workshops")).scalars().all() == ["atelier"]


def as_postgresql_says(engine: Engine) -> set[tuple[str, str, str]]:
    """Table, name and definition of each column, constraint and index of ours."""
    ours = (
        "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'procrastinate_%' AND relname <> 'alembic_version'"
    )
    with engine.connect() as connection:
        found = connection.execute(
            text(
                f"""
                SELECT relname, conname, pg_get_constraintdef(c.oid)
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                WHERE contype <> 'n' AND {ours}
                UNION ALL
                SELECT relname, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
                FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE {ours}
                UNION ALL
                SELECT relname, attname,
                    concat_ws(' ', format_type(atttypid, atttypmod), attidentity, attnotnull,
                              pg_get_expr(adbin, adrelid))
                FROM pg_attribute JOIN pg_class t ON t.oid = attrelid
                LEFT JOIN pg_attrdef ON adrelid = t.oid AND adnum = attnum
                WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND {ours}
                """
            )
        )
        return {(row[0], row[1], row[2]) for row in found}


def contents(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows of all our tables as they are now, in the order of their keys."""
    schema = MetaData()
    schema.reflect(connection)
    return {
        table.name: [
            dict(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        ]
        for table in schema.sorted_tables
        if not table.name.startswith(("procrastinate_", "alembic_"))
    }


def without_new_columns(after: list[dict[str, Any]], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert before, "an empty table shows nothing"
    return [{name: row[name] for name in before[0]} for row in after]


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def fill_before(connection: Connection) -> None:
    """Some of everything, as it was kept at BEFORE."""
    values = {"now": NOW, "conversation": "5f0c6b0e-0000-4000-8000-000000000001"}
    for statement in (
        "INSERT INTO people (created_at) SELECT :now FROM generate_series(1, 3)",
        "INSERT INTO heartbeats VALUES ('worker', :now)",
        "INSERT INTO knowledge VALUES ('cej', 'abc', to_tsvector('french', 'contrat engagement jeune'))",
        "INSERT INTO channel_identities (person_id, channel, external_id, created_at) VALUES (1, 'web', 'abc', :now)",
        "INSERT INTO conversations (id, identity_id, created_at, dialogue_state) "
        'VALUES (:conversation, 1, :now, \'{"topic": "cej"}\')',
        "INSERT INTO practice_runs (person_id, mode, persona, level, state, started_at, last_at) "
        "VALUES (1, 'employer', 'garage', 1, '{}', :now, :now)",
        "INSERT INTO messages (conversation_id, public_id, author, text, state, sent_at, state_at, practice_run_id) "
        "VALUES (:conversation, 'm1', 'person', 'C''est où l''été ? 🎓', 'answered', :now, :now, 1)",
        "INSERT INTO reviews (message_id, reason, created_at) VALUES (1, 'not_understood', :now)",
        "INSERT INTO flags (conversation_id, reason, raised_at) VALUES (:conversation, 'distress', :now)",
        "INSERT INTO contacts (person_id, told, created_at, urgency) VALUES (1, 'J''ai appelé', :now, 'soon')",
        "INSERT INTO documents VALUES ('secret', 1, '{}', :now)",
        "INSERT INTO workshops (slug, kind, title, summary, place, demonstration) "
        "SELECT 's' || kind, kind, 'Été ' || kind, 'Résumé', 'Salle 2', kind = 'forum' "
        "FROM unnest(ARRAY['atelier', 'forum', 'visite', 'job_dating']) AS kind",
        "INSERT INTO workshop_dates (workshop_id, starts_at, ends_at, closes_at, seats) "
        "SELECT id, :now + interval '1 day', :now + interval '26 hours', :now, 1 FROM workshops ORDER BY id",
        "INSERT INTO bookings (workshop_date_id, person_id, status, requested_at, status_at) VALUES "
        "(1, 1, 'confirmed', :now, :now), (1, 2, 'waiting', :now, :now), (1, 3, 'cancelled', :now, :now), "
        "(2, 3, 'confirmed', :now, :now)",
    ):
        connection.execute(text(statement), values)


def fill_what_is_empty(connection: Connection) -> None:
    """A row in each empty table of the models, with what it needs and no more."""
    for table in Base.metadata.sorted_tables:
        if not count(connection, table):
            row = {each.name: a_value(connection, each) for each in table.columns if is_needed(each)}
            if table.name == "calendar_feeds":  # of one owner
                row["person_id"] = connection.execute(text("SELECT min(id) FROM people")).scalar_one()
            connection.execute(insert(table).values(row))


def is_needed(column: Column[Any]) -> bool:
    return not (column.nullable or column.server_default is not None or column.identity is not None)


_numbers = itertools.count(1)


def a_value(connection: Connection, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return connection.execute(select(key.column).limit(1)).scalar_one()
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    if column.name in ("ends_at", "expires_at"):
        return NOW.replace(hour=12)
    values: dict[type[Any], Any] = {
        Integer: 1,
        Boolean: True,
        Date: date(2026, 11, 1),
        DateTime: NOW,
        String: f"mot {next(_numbers)}",
        TSVECTOR: "mot",
        Uuid: uuid.uuid4(),
    }
    for kind, value in values.items():
        if isinstance(column.type, kind):
            return value
    return {}

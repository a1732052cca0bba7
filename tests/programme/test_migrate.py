"""The schema in force, and what the dialogue server may see of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from programme.database import engine_for
from programme.embedded import TRACKER_ROLE, TRACKER_SCHEMA, EmbeddedDatabase, give_tracker_its_schema
from programme.migrate import migrate, pending_changes
from programme.models import Base
from tests.programme.at_once import at_once


@pytest.fixture(scope="module")
def tracker(engine: Engine, folder: Path) -> Iterator[Engine]:
    """The same server as `engine`, as the dialogue server reaches it."""
    tracker = engine_for(EmbeddedDatabase(folder / "unit").tracker_url)
    yield tracker
    tracker.dispose()


@pytest.fixture
def empty_database(engine: Engine) -> Iterator[Engine]:
    """A database of its own, without any table."""
    owner = engine.execution_options(isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("CREATE DATABASE blank"))
    blank = engine_for(engine.url.set(database="blank").render_as_string(hide_password=False))
    yield blank
    blank.dispose()
    with owner.connect() as connection:
        connection.execute(text("DROP DATABASE blank"))


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


# -- the dialogue server's role


def test_the_dialogue_server_connects_as_its_own_role(tracker: Engine) -> None:
    with tracker.connect() as connection:
        row = connection.execute(text("SELECT current_user, current_schema()")).one()
    assert tuple(row) == (TRACKER_ROLE, TRACKER_SCHEMA)


@pytest.mark.parametrize("table", sorted(table.name for table in Base.metadata.sorted_tables))
def test_the_dialogue_server_reads_none_of_our_tables(tracker: Engine, table: str) -> None:
    with tracker.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"SELECT * FROM public.{table}"))


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("CREATE TABLE public.mine (id int)", id="making a table among ours"),
        pytest.param("CREATE SCHEMA mine", id="making a schema"),
        pytest.param("DELETE FROM public.messages", id="erasing"),
        pytest.param("CREATE ROLE other", id="making a role"),
    ],
)
def test_the_dialogue_server_changes_nothing_outside_its_schema(tracker: Engine, statement: str) -> None:
    with tracker.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(statement))


def test_the_dialogue_server_has_a_schema_of_its_own_to_write_in(tracker: Engine) -> None:
    # when it makes its table without naming any schema
    with tracker.connect() as connection:
        connection.execute(text("CREATE TABLE events_of_a_test (id int)"))
        connection.execute(text("INSERT INTO events_of_a_test VALUES (1)"))
        found = connection.scalar(
            text("SELECT schemaname FROM pg_tables WHERE tablename = 'events_of_a_test'"),
        )
        connection.rollback()
    # then it is in its schema
    assert found == TRACKER_SCHEMA


def test_giving_the_dialogue_server_its_schema_again_changes_nothing(engine: Engine, tracker: Engine) -> None:
    give_tracker_its_schema(engine)
    with tracker.connect() as connection:
        assert connection.scalar(text("SELECT current_schema()")) == TRACKER_SCHEMA

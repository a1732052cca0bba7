"""The schema in force."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text

from programme.database import engine_for
from programme.migrate import migrate, pending_changes
from programme.models import Base
from tests.programme.at_once import at_once


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

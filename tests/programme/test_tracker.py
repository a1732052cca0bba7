"""The dialogue server's role: what it may do in the database, and what it may not."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from programme.database import engine_for
from programme.models import Base
from programme.tracker import PASSWORD_FILE, SCHEMA, prepare_tracker, role_of


@pytest.fixture(scope="module")
def tracker(engine: Engine, folder: Path) -> Iterator[Engine]:
    """The same server as `engine`, as the dialogue server reaches it."""
    tracker = engine_for(prepare_tracker(engine, folder))
    yield tracker
    tracker.dispose()


def test_the_dialogue_server_connects_as_its_own_role(engine: Engine, tracker: Engine) -> None:
    with tracker.connect() as connection:
        row = connection.execute(text("SELECT current_user, current_schema()")).one()
    assert tuple(row) == (role_of(engine), SCHEMA)


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
    assert found == SCHEMA


def test_preparing_again_gives_the_same_address(engine: Engine, tracker: Engine, folder: Path) -> None:
    assert prepare_tracker(engine, folder) == prepare_tracker(engine, folder)
    with tracker.connect() as connection:
        assert connection.scalar(text("SELECT current_schema()")) == SCHEMA


def test_its_password_is_readable_by_its_owner_alone(tracker: Engine, folder: Path) -> None:
    assert stat.S_IMODE((folder / PASSWORD_FILE).stat().st_mode) == 0o600


def test_a_role_that_may_make_no_roles_is_refused(engine: Engine, folder: Path) -> None:
    # given a programme role without that right
    with engine.begin() as connection:
        connection.execute(text("CREATE ROLE plain_owner LOGIN"))
    plain = engine_for(engine.url.set(username="plain_owner").render_as_string(hide_password=False))
    try:
        with pytest.raises(ProgrammingError, match="permission denied"):
            prepare_tracker(plain, folder)
    finally:
        plain.dispose()
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE plain_owner"))

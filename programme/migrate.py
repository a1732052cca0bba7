"""Bringing the programme database to the current schema."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, inspect, text

from programme.locks import Lock
from programme.models import Base

MIGRATIONS = Path(__file__).parent / "migrations"


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Run the migrations that are missing; safe to call from several processes at once."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": Lock.MIGRATION})
        command.upgrade(_config(connection), "head")
        _ensure_job_queue(connection)


def _ensure_job_queue(connection: Connection) -> None:
    """Procrastinate's own tables. A later version of it that changes them ships SQL files to run by hand."""
    if inspect(connection).has_table("procrastinate_jobs"):
        return
    # without parameters psycopg sends the script as it is: several statements, and "%" left alone
    connection.connection.cursor().execute(SchemaManager.get_schema())


def new_migration(engine: Engine, message: str) -> None:
    """Write a migration file from what the models add to the database."""
    with engine.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    """Procrastinate's tables live in the same schema and are not described by our models."""
    return not (name or "").startswith("procrastinate_")


def pending_changes(engine: Engine) -> list[object]:
    """What the models say and no migration does yet; empty when all is in order."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        return list(compare_metadata(context, Base.metadata))

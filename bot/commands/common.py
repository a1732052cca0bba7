"""What the commands share: a line said or a refusal, the settings, the database."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import OperationalError

from bot.settings import ROOT, Settings
from programme.assistant import Assistant
from programme.clock import clock, follow
from programme.database import engine_for
from programme.embedded import EmbeddedDatabase
from programme.errors import ContentError
from programme.event_file import read_events
from programme.migrate import migrate


def say(line: str) -> None:
    print(line, flush=True)


def stop(line: str) -> NoReturn:
    """One line that says what is wrong and what to do."""
    print(f"declic: {line}", file=sys.stderr, flush=True)
    raise typer.Exit(1)


def read_settings() -> Settings:
    try:
        settings = Settings()
        follow(settings.clock_file)
        return settings
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = f"DECLIC_{str(first['loc'][0]).upper()}: " if first["loc"] else ""
        stop(f"{name}{first['msg'].removeprefix('Value error, ')}")


@contextmanager
def database_url(settings: Settings) -> Iterator[str]:
    """The address of the programme database; an embedded server runs meanwhile."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    try:
        embedded = EmbeddedDatabase(settings.data_dir)
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        stop(
            f"the embedded PostgreSQL does not start in {settings.data_dir} ({type(error).__name__}): see "
            f"{settings.data_dir}/postgresql/log, or name a server in DECLIC_DATABASE_URL."
        )
    try:
        yield embedded.url
    finally:
        embedded.stop()


@contextmanager
def programme_engine(settings: Settings) -> Iterator[Engine]:
    """The programme database, reachable and migrated."""
    with database_url(settings) as url:
        engine = engine_for(url)
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError:
            where = make_url(engine.url)
            stop(
                f"PostgreSQL does not answer at {where.host}:{where.port or 5432}, database {where.database}: check "
                "DECLIC_DATABASE_URL, and that the server runs and lets this machine in."
            )
        migrate(engine)
        yield engine
        engine.dispose()


def load_content(settings: Settings) -> Assistant:
    """What the assistant says and knows, or a refusal that names the file and the entry that are wrong."""
    try:
        read_events(ROOT / "content" / "demonstration" / "workshops.yml")
        return Assistant.load(settings.zone, on=clock().astimezone(settings.zone).date())
    except ContentError as problem:
        stop(str(problem))

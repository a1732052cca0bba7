"""Connecting to the programme database."""

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.orm import Session, sessionmaker

# turns of one process that may read or write at the same time; PostgreSQL accepts 100 connections by default,
# shared by four processes
POOL_SIZE = 10
MAX_OVERFLOW = 10
# our queries look a few things up by an index: compiling them costs more than running them, and on today's disks a jump
# costs little more than a walk
OPTIONS = "-c jit=off -c random_page_cost=1.1"


def engine_for(database_url: str) -> Engine:
    """An engine on PostgreSQL through psycopg 3, whatever driver the address names.

    What a person wrote is a parameter of our statements: it is kept out of error messages, hence out of the logs.
    """
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    return create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=MAX_OVERFLOW,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 5, "options": OPTIONS},
    )


def session_factory_for(engine: Engine) -> sessionmaker[Session]:
    """Doors open transactions with it: ``with session_factory.begin() as session``."""
    return sessionmaker(engine, expire_on_commit=False)


def plain_url(database_url: str) -> str:
    """The same address as libpq reads it, for psycopg and Procrastinate."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)

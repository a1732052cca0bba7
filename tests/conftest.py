"""What tests share: a real PostgreSQL with our migrations, builders, and the whole of Déclic running."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from programme.assistant import Assistant
from programme.database import engine_for, session_factory_for
from programme.deliveries.hours import next_decent
from programme.embedded import EmbeddedDatabase
from programme.events import save_date, save_series
from programme.migrate import migrate
from programme.models import Base, Channel, EventKind
from programme.people import conversation_for
from tests.stack import Stack, running_stack
from tests.telegram.bot_api_server import BotApiServer

PARIS = ZoneInfo("Europe/Paris")
# a Monday in winter time, inside the period for which the facts were checked
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EMPTYING_TRIES = 5


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A short path of our own: PostgreSQL's sockets do not fit in pytest's long ones."""
    path = Path(tempfile.mkdtemp(prefix="declic-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def engine(folder: Path) -> Iterator[Engine]:
    """The embedded PostgreSQL, its schema built by our migrations."""
    embedded = EmbeddedDatabase(folder / "unit")
    engine = engine_for(embedded.url)
    migrate(engine)
    yield engine
    engine.dispose()
    embedded.stop()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Transactions on tables that are empty when the test starts."""
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    for tries_left in range(EMPTYING_TRIES - 1, -1, -1):
        try:
            with engine.begin() as connection:
                connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
            break
        except OperationalError as error:
            # a stream of the test before may be reading its last page, in another order than we empty the tables
            if not tries_left or not isinstance(error.orig, DeadlockDetected):
                raise
    return session_factory_for(engine)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that hold a browser open come last: while one is, no other test can run a loop of its own."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    """The real content, as of NOW."""
    return Assistant.load(PARIS, on=NOW.date())


@pytest.fixture
def a_person(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    """Builds a person who has a conversation; their id."""
    count = 0

    def build(channel: Channel = Channel.WEB, external_id: str = "") -> int:
        nonlocal count
        count += 1
        with session_factory.begin() as session:
            conversation = conversation_for(
                session, channel=channel, external_id=external_id or f"person-{count}", now=NOW
            )
            return conversation.identity.person_id

    return build


@pytest.fixture
def an_event_date(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    """Builds a workshop with one date; the date's id."""
    count = 0

    def build(
        *, seats: int = 8, starts_at: datetime = NOW + timedelta(days=3), title: str = "Atelier CV", slug: str = ""
    ) -> int:
        nonlocal count
        count += 1
        with session_factory.begin() as session:
            series_id = save_series(
                session,
                slug=slug or f"atelier-{count}",
                kind=EventKind.ATELIER,
                title=title,
                summary="On fait ton CV ensemble.",
                place="Mission locale, salle 2",
            )
            save_date(session, series_id=series_id, starts_at=starts_at, duration=timedelta(hours=2), seats=seats)
            date_id = session.scalar(text("SELECT id FROM event_dates WHERE series_id = :id"), {"id": series_id})
        assert isinstance(date_id, int)
        return date_id

    return build


@pytest.fixture(scope="session")
def bot_api() -> Iterator[BotApiServer]:
    """A Bot API server of our own, over real HTTP."""
    with BotApiServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _close_chats(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "stack" in request.fixturenames:
        request.getfixturevalue("stack").close_chats()


def next_morning(now: datetime) -> datetime:
    """Ten o'clock in Paris, on the next day on which people may be written to."""
    tomorrow = (now.astimezone(PARIS) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    return next_decent(tomorrow, PARIS).astimezone(PARIS).replace(hour=10)


@pytest.fixture(scope="session")
def stack(folder: Path, bot_api: BotApiServer) -> Iterator[Stack]:
    """All of Déclic, started as a user starts it, with the trained model and Telegram by polling."""
    own = folder / "stack"
    own.mkdir()
    clock_file = own / "clock"
    # what nobody asked for is said at decent hours: it is ten in the morning of a working day, whenever the tests run
    clock_file.write_text(str((next_morning(datetime.now(UTC)) - datetime.now(UTC)).total_seconds()))
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DECLIC_") or name == "DECLIC_MODELS_DIR"
    } | {
        "DECLIC_CLOCK_FILE": str(clock_file),
        "DECLIC_TELEGRAM_TOKEN": bot_api.token,
        "DECLIC_TELEGRAM_API_URL": bot_api.url,
        # amounts are checked in the tests, and no longer said once their review date has passed
        "DECLIC_TODAY": NOW.date().isoformat(),
    }
    with running_stack(own, environment) as running:
        # many tests take a seat in the dates of the demonstration: there is room for all of them
        with running.engine.begin() as connection:
            connection.execute(text("UPDATE event_dates SET seats = 1000"))
        yield running

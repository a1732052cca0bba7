"""Hearing from PostgreSQL that a conversation has a new message or that somebody types, whichever process did it."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import psycopg
import structlog
from psycopg import sql

from programme.conversations import NOTIFICATION, TYPING

log = structlog.get_logger()
RECONNECT_S = 1.0
# conversations that a listener to all of them has not looked at yet; one that sleeps longer looks at everything
MOST_KEPT = 1000


@dataclass(eq=False)
class News:
    """What happened in a conversation since it was last cleared."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    typing: bool = False

    async def wait(self) -> None:
        await self.event.wait()

    def clear(self) -> None:
        self.event.clear()
        self.typing = False


@dataclass(eq=False)
class AllNews:
    """Conversations that have something new, since it was last asked. ``missed``: there may be others as well."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    conversations: set[str] = field(default_factory=set)
    missed: bool = False

    async def wait(self) -> None:
        await self.event.wait()

    def take(self) -> set[uuid.UUID]:
        """Those of now; from here on it is empty."""
        found, self.conversations, self.missed = self.conversations, set(), False
        self.event.clear()
        return {uuid.UUID(each) for each in found}


class Notifications:
    """One database connection that listens, for all the streams of this process."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._listeners: dict[str, set[News]] = defaultdict(set)
        self._to_all: set[AllNews] = set()
        self._when_typing: list[Callable[[uuid.UUID], Awaitable[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self.closing = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End the streams and the connection."""
        self.closing.set()
        self._wake_all()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def when_typing(self, show: Callable[[uuid.UUID], Awaitable[None]]) -> None:
        """Call ``show`` with the conversation each time a counsellor types in one."""
        self._when_typing.append(show)

    @asynccontextmanager
    async def of(self, conversation_id: uuid.UUID) -> AsyncIterator[News]:
        """What is set each time this conversation may have something new."""
        news = News()
        listeners = self._listeners[str(conversation_id)]
        listeners.add(news)
        try:
            yield news
        finally:
            listeners.discard(news)
            if not listeners:
                self._listeners.pop(str(conversation_id), None)

    @asynccontextmanager
    async def all(self) -> AsyncIterator[AllNews]:
        """What is set each time any conversation may have something new."""
        news = AllNews()
        self._to_all.add(news)
        try:
            yield news
        finally:
            self._to_all.discard(news)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._database_url, autocommit=True)
                async with connection:
                    for channel in (NOTIFICATION, TYPING):
                        await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
                    self._wake_all()  # something may have been stored while nobody listened
                    async for notification in connection.notifies():
                        if notification.channel == TYPING:
                            await self._typing(notification.payload)
                        else:
                            self._new(notification.payload)
            except psycopg.Error as error:
                log.warning("listening_lost", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    def _new(self, conversation_id: str) -> None:
        for news in self._listeners.get(conversation_id, ()):
            news.event.set()
        for everything in self._to_all:
            if len(everything.conversations) < MOST_KEPT:
                everything.conversations.add(conversation_id)
            else:
                everything.missed = True
            everything.event.set()

    async def _typing(self, conversation_id: str) -> None:
        for news in self._listeners.get(conversation_id, ()):
            news.typing = True
            news.event.set()
        for show in self._when_typing:
            await show(uuid.UUID(conversation_id))

    def _wake_all(self) -> None:
        for listeners in self._listeners.values():
            for news in listeners:
                news.event.set()
        for everything in self._to_all:
            everything.missed = True
            everything.event.set()

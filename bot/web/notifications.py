"""Hearing from PostgreSQL that a conversation has a new message, whichever process stored it."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg
import structlog
from psycopg import sql

from programme.conversations import NOTIFICATION

log = structlog.get_logger()
RECONNECT_S = 1.0


class Notifications:
    """One database connection that listens, for all the streams of this process."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
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

    @asynccontextmanager
    async def of(self, conversation_id: uuid.UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set each time this conversation may have something new."""
        event = asyncio.Event()
        listeners = self._listeners[str(conversation_id)]
        listeners.add(event)
        try:
            yield event
        finally:
            listeners.discard(event)
            if not listeners:
                self._listeners.pop(str(conversation_id), None)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._database_url, autocommit=True)
                async with connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(NOTIFICATION)))
                    self._wake_all()  # something may have been stored while nobody listened
                    async for notification in connection.notifies():
                        for event in self._listeners.get(notification.payload, ()):
                            event.set()
            except psycopg.Error as error:
                log.warning("listening_lost", reason=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    def _wake_all(self) -> None:
        for listeners in self._listeners.values():
            for event in listeners:
                event.set()

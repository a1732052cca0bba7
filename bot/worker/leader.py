"""Several workers may run; one of them plans and picks what is due, as long as it holds a lock in the database."""

import asyncio
import os
import socket

import structlog
from psycopg import AsyncConnection, OperationalError

from programme.locks import Lock

log = structlog.get_logger()

# the leader's connection shows it to `declic worker status`
APPLICATION = "declic leader"


class Leader:
    """The lock is that of a connection: whoever loses the connection leads no more, and says so at the next look.

    PostgreSQL lets go of it by itself when the connection ends, however it ends."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: AsyncConnection | None = None
        self._leads = False
        # jobs begin at the same moment, and ask
        self._asking = asyncio.Lock()

    async def leads(self) -> bool:
        """Do we lead now? Becomes the leader when nobody is. A job asks before it begins.

        Two leaders are possible for the time of one job, when a connection breaks; the rows are locked and unique all
        the same, so nothing is planned or picked twice.
        """
        async with self._asking:
            return await self._look()

    async def _look(self) -> bool:
        try:
            if self._connection is None:
                self._connection = await AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=5,
                    application_name=f"{APPLICATION} {socket.gethostname()}:{os.getpid()}"[:63],
                )
            if self._leads:
                await self._connection.execute("SELECT 1")
            else:
                found = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", (Lock.LEADER,))
                row = await found.fetchone()
                self._leads = row is not None and bool(row[0])
                if self._leads:
                    log.info("leads")
        except OperationalError as error:
            log.warning("leads_no_more", reason=type(error).__name__)
            await self.let_go()
        return self._leads

    async def let_go(self) -> None:
        """Another worker may lead."""
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            await connection.close()

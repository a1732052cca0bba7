"""What is done in the background: answer what waits for the dialogue server, send what Telegram did not take."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DeleteJobCondition
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.health import WORKER
from bot.telegram.outbox import Outbox
from programme import bookings, contacts, conversations, outcomes, profiles
from programme.booking_desk import BookingDesk
from programme.models import Channel, Heartbeat
from programme.notebook_desk import NotebookDesk

log = structlog.get_logger()

# a message this old and still not answered was left by a process that died: a living one marks it waiting
ABANDONED = timedelta(seconds=45)


class Jobs:
    """`find_due` asks the database what is due and queues it; the queue runs each job in one worker only."""

    def __init__(
        self,
        database_url: str,
        talk: Conversations,
        dialogue: DialogueClient,
        notebook: NotebookDesk,
        desk: BookingDesk,
        outbox: Outbox | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._talk = talk
        self._clock = clock
        self._notebook = notebook
        self._desk = desk
        self._dialogue = dialogue
        self._outbox = outbox
        self.queue = App(connector=PsycopgConnector(conninfo=database_url))
        self._answer_task = self.queue.task(name="answer")(self._answer)
        self._deliver_task = self.queue.task(name="deliver")(self._deliver)

    async def find_due(self) -> None:
        """Queue one job for each conversation that waits for something; one already queued is not queued twice."""
        now = self._clock()
        unanswered = await self._talk.transaction(
            lambda session: conversations.conversations_left_unanswered(session, now=now, older_than=ABANDONED)
        )
        if unanswered and await self._dialogue.ready():
            for conversation_id in unanswered:
                await self._queue(self._answer_task, "answer", conversation_id)
        if self._outbox is None:
            return
        due = await self._talk.transaction(
            lambda session: conversations.conversations_to_deliver(session, channel=Channel.TELEGRAM, now=now)
        )
        for conversation_id in due:
            await self._queue(self._deliver_task, "deliver", conversation_id)

    async def bring_call_backs_to_mind(self) -> None:
        """Say to each person, on the day that they noted, whom they promised to call back. Said and marked at once."""
        now = self._clock()

        def work(session: Session) -> None:
            for contact in contacts.claim_call_backs(session, zone=self._notebook.zone, now=now):
                replies = self._notebook.call_back(contact)
                conversations.tell(session, person_id=contact.person_id, replies=replies, now=now)

        await self._talk.transaction(work)

    async def pass_offers_on(self) -> None:
        """Seats that were held for an answer go to the next ones; each date in a transaction of its own."""
        now = self._clock()
        overdue = await self._talk.transaction(lambda session: bookings.dates_with_lapsed_offers(session, now=now))
        for date_id in overdue:
            await self._talk.transaction(partial(self._desk.pass_on, event_date_id=date_id, now=now))

    async def keep_the_day(self) -> None:
        """What a new day changes by itself: contracts begin and end; who comes of age has no guardian kept any more."""
        now = self._clock()
        today = now.astimezone(self._notebook.zone).date()

        def work(session: Session) -> None:
            outcomes.begin_contracts(session, on=today, now=now)
            outcomes.end_contracts(session, on=today, now=now)
            profiles.forget_guardians_of_adults(session, on=today)

        await self._talk.transaction(work)

    async def beat(self) -> None:
        """Say that we live; the health page reads it."""
        now = self._clock()

        def work(session: Session) -> None:
            session.execute(
                insert(Heartbeat)
                .values(process=WORKER, beat_at=now)
                .on_conflict_do_update(index_elements=[Heartbeat.process], set_={"beat_at": now})
            )

        await self._talk.transaction(work)

    async def run(self) -> None:
        """Work through the queue until cancelled."""
        await self.queue.run_worker_async(
            concurrency=4,
            wait=True,
            install_signal_handlers=False,
            listen_notify=True,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            shutdown_graceful_timeout=5,
        )

    async def _answer(self, conversation_id: str) -> None:
        await self._talk.answer_all(uuid.UUID(conversation_id))
        await self._deliver(conversation_id)

    async def _deliver(self, conversation_id: str) -> None:
        """Only Telegram needs sending: a web page reads what is there."""
        if self._outbox is None:
            return
        channel, _ = await self._talk.transaction(
            lambda session: conversations.address_of(session, uuid.UUID(conversation_id))
        )
        if channel is Channel.TELEGRAM:
            await self._outbox.deliver(uuid.UUID(conversation_id))

    @staticmethod
    async def _queue(task: object, kind: str, conversation_id: uuid.UUID) -> None:
        key = f"{kind}:{conversation_id}"
        try:
            await task.configure(lock=key, queueing_lock=key).defer_async(  # type: ignore[attr-defined]
                conversation_id=str(conversation_id)
            )
        except AlreadyEnqueued:
            log.debug("already_queued", job=kind, conversation=str(conversation_id))

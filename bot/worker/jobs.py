"""What is done in the background: plan and pick what is due, send it, answer what waits for the dialogue server."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DeleteJobCondition, Status
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.health import WORKER, WORKER_SILENCE, beat_name
from bot.telegram.outbox import Outbox
from bot.worker.leader import Leader
from programme import bookings, conversation_search, conversations, outcomes, profiles, takeover
from programme.assistant import Assistant
from programme.campaigns import runs
from programme.deliveries import planning, queue
from programme.models import Channel, Heartbeat

log = structlog.get_logger()

# a message this old and still not answered was left by a process that died: a living one marks it waiting
ABANDONED = timedelta(seconds=45)
# planned and picked at once, so that a morning's work holds few rows locked
EXPIRED_AT_ONCE = 10_000
# how many seconds' worth may be queued and not yet gone: more would only wait there, out of order
QUEUED_SECONDS = 4
# what a worker does side by side: most of the time each waits for Telegram
CONCURRENCY = 32
# a worker that says nothing for so long is dead, and its jobs are taken over
STALLED_S = 20
BEAT_S = 5


class Jobs:
    """The leader plans, picks and queues; the queue runs each job in one worker only."""

    def __init__(
        self,
        database_url: str,
        talk: Conversations,
        dialogue: DialogueClient,
        assistant: Assistant,
        outbox: Outbox | None,
        clock: Callable[[], datetime],
        *,
        a_second: int = 25,
        bot: str = "",
    ) -> None:
        """``a_second``: how many messages that nobody asked for leave a second through one bot; ``bot``: ours."""
        self._talk = talk
        self._clock = clock
        self._assistant = assistant
        self._dialogue = dialogue
        self._outbox = outbox
        self._a_second = a_second
        self._bot = bot
        self._picked_at: datetime | None = None
        self.leader = Leader(database_url)
        self.queue = App(connector=PsycopgConnector(conninfo=database_url))
        self._answer_task = self.queue.task(name="answer")(self._answer)
        self._deliver_task = self.queue.task(name="deliver")(self._deliver)
        self.queue.task(name=queue.TASK, queue=queue.QUEUE)(self._send)

    # -- every worker

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
            lambda session: conversations.conversations_to_deliver(
                session, channel=Channel.TELEGRAM, bot=self._bot, now=now
            )
        )
        for conversation_id in due:
            await self._queue(self._deliver_task, "deliver", conversation_id)

    async def beat(self) -> None:
        """Say that we live; the health page reads it."""
        now = self._clock()

        def work(session: Session) -> None:
            session.execute(
                insert(Heartbeat)
                .values(process=beat_name(self._bot), beat_at=now)
                .on_conflict_do_update(index_elements=[Heartbeat.process], set_={"beat_at": now})
            )

        await self._talk.transaction(work)

    # -- the leader

    async def led(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run the job if we lead. A database that does not answer is said in one line; the job comes again."""
        try:
            if await self.leader.leads():
                await job()
        except OperationalError as error:
            log.warning("job_put_off", job=getattr(job, "__name__", "?"), reason=type(error.orig).__name__)

    async def plan(self) -> None:
        """Plan what follows from bookings, offers, promises and contracts."""
        now = self._clock()
        new = await self._talk.transaction(
            lambda session: planning.plan_reminders(session, zone=self._assistant.zone, now=now)
        )
        if new:
            log.info("planned", messages=new)

    async def plan_campaigns(self) -> None:
        """Plan the steps whose day comes; each campaign in a transaction of its own."""
        now = self._clock()
        under_way = await self._talk.transaction(lambda session: [each.id for each in runs.under_way(session)])
        for campaign_id in under_way:
            new = await self._talk.transaction(partial(_plan_campaign, campaign_id=campaign_id, now=now))
            if new:
                log.info("campaign_planned", campaign=campaign_id, messages=new)

    async def close_campaigns(self) -> None:
        """End campaigns for whom they are over: signed, silent, or had all there is."""
        now = self._clock()
        await self._talk.transaction(lambda session: runs.close_finished(session, now=now))

    async def pick(self) -> None:
        """Expire what is too late, then queue as much of what is due as leaves until the next look."""
        now = self._clock()
        while (
            await self._talk.transaction(lambda session: queue.expire(session, now=now, limit=EXPIRED_AT_ONCE))
            == EXPIRED_AT_ONCE
        ):
            pass
        elapsed = (now - self._picked_at).total_seconds() if self._picked_at is not None else 1.0
        self._picked_at = now

        def work(session: Session) -> list[int]:
            pace = self._a_second * _living_bots(session, now=now)
            room = QUEUED_SECONDS * pace - queue.under_way(session, now=now)
            limit = min(round(pace * min(max(elapsed, 0), 2.0)), room)
            return queue.pick(session, now=now, limit=limit) if limit > 0 else []

        await self._talk.transaction(work)

    async def take_over_lost(self) -> None:
        """What a dead worker left: its jobs are dropped, and what they were about is queued again."""
        for job in await self.queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            log.warning("job_of_a_dead_worker", job=job.id, task=job.task_name)
            assert job.id is not None
            await self.queue.job_manager.finish_job_by_id_async(job_id=job.id, status=Status.FAILED, delete_job=True)
        now = self._clock()
        lost = await self._talk.transaction(lambda session: queue.queue_lost_again(session, now=now))
        if lost:
            log.info("queued_again", messages=len(lost))

    async def pass_offers_on(self) -> None:
        """Seats that were held for an answer go to the next ones; each date in a transaction of its own."""
        now = self._clock()
        overdue = await self._talk.transaction(lambda session: bookings.dates_with_lapsed_offers(session, now=now))
        for date_id in overdue:
            await self._talk.transaction(partial(self._assistant.desk.pass_on, event_date_id=date_id, now=now))

    async def end_takeovers(self) -> None:
        """Conversations whose counsellor let the time run out go back to the assistant; each in its own transaction."""
        now = self._clock()
        over = await self._talk.transaction(lambda session: takeover.lapsed(session, now=now))
        for conversation_id in over:
            await self._talk.transaction(
                partial(self._assistant.takeovers.let_lapse, conversation_id=conversation_id, now=now)
            )

    async def index_words(self) -> None:
        """What was said lately can be searched."""
        now = self._clock()
        await self._talk.transaction(lambda session: conversation_search.index_lately(session, now=now))

    async def index_missed_words(self) -> None:
        """What was said before there was a search, or while no worker lived, can be searched as well."""
        now = self._clock()
        while await self._talk.transaction(lambda session: conversation_search.index_missed(session, now=now)):
            pass

    async def keep_the_day(self) -> None:
        """What a new day changes by itself: contracts begin and end; who comes of age has no guardian kept any more."""
        now = self._clock()
        today = now.astimezone(self._assistant.zone).date()

        def work(session: Session) -> None:
            outcomes.begin_contracts(session, on=today, now=now)
            outcomes.end_contracts(session, on=today, now=now)
            profiles.forget_guardians_of_adults(session, on=today)

        await self._talk.transaction(work)

    # -- the queue

    async def run(self) -> None:
        """Work through the queue until cancelled."""
        await self.queue.run_worker_async(
            concurrency=CONCURRENCY,
            wait=True,
            install_signal_handlers=False,
            listen_notify=True,
            delete_jobs=DeleteJobCondition.SUCCESSFUL,
            shutdown_graceful_timeout=5,
            update_heartbeat_interval=BEAT_S,
            stalled_worker_timeout=3 * STALLED_S,
        )

    async def _answer(self, conversation_id: str) -> None:
        await self._talk.answer_all(uuid.UUID(conversation_id))
        await self._deliver(conversation_id)

    async def _deliver(self, conversation_id: str) -> None:
        """Only Telegram needs sending: a web page reads what is there."""
        if self._outbox is None:
            return
        address = await self._talk.transaction(
            lambda session: conversations.address_of(session, uuid.UUID(conversation_id))
        )
        if address.channel is Channel.TELEGRAM and address.bot == self._bot:
            await self._outbox.deliver(uuid.UUID(conversation_id))

    async def _send(self, delivery_id: int) -> None:
        """Look at one message that is due, have it said, and send it."""
        now = self._clock()
        conversation_id = await self._talk.transaction(
            lambda session: self._assistant.sending.prepare(session, delivery_id, now=now)
        )
        if conversation_id is not None:
            await self._deliver(str(conversation_id))

    @staticmethod
    async def _queue(task: Any, kind: str, conversation_id: uuid.UUID) -> None:
        # no lock on the job itself, which a dead worker would hold: the conversation's own lease and claims are enough
        try:
            await task.configure(queueing_lock=f"{kind}:{conversation_id}").defer_async(
                conversation_id=str(conversation_id)
            )
        except AlreadyEnqueued:
            log.debug("already_queued", job=kind, conversation=str(conversation_id))


def _plan_campaign(session: Session, *, campaign_id: int, now: datetime) -> int:
    return runs.plan_ahead(session, campaign_id, now=now)


def _living_bots(session: Session, *, now: datetime) -> int:
    """Each bot has a pace of its own; at least one."""
    query = select(func.count()).where(
        Heartbeat.process.startswith(WORKER, autoescape=True), Heartbeat.beat_at > now - WORKER_SILENCE
    )
    return max(session.scalar(query) or 0, 1)

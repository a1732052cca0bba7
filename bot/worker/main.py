"""The worker process: APScheduler finds what is due, Procrastinate does it."""

import asyncio
import signal
from contextlib import suppress
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.health import WORKER_BEAT
from bot.settings import Settings
from bot.telegram.outbox import MOST_A_SECOND, Outbox, bot_for
from bot.worker.jobs import Jobs
from programme.assistant import Assistant
from programme.clock import clock
from programme.database import engine_for, plain_url, session_factory_for

FIND_DUE_S = 2
PICK_S = 1
PLAN_S = 20
CAMPAIGNS_S = 60
CLOSE_CAMPAIGNS_S = 1800
LOST_S = 10
# a quarter of an hour is the shortest time that a seat is held for
OFFERS_S = 20
TAKEOVERS_S = 15
WORDS_S = 5
MISSED_WORDS_S = 3600
# looked at every hour, so that a worker that was down at midnight is late by an hour at most
DAY_S = 3600


async def work(settings: Settings, database_url: str) -> None:
    """Run until SIGTERM or SIGINT.

    Raises:
        ContentError: the content does not load.
    """
    assistant = Assistant.load(settings.zone, on=clock().astimezone(settings.zone).date())
    engine = engine_for(database_url)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    async with DialogueClient(settings.dialogue_url) as dialogue:
        talk = Conversations(
            session_factory=session_factory_for(engine), dialogue=dialogue, assistant=assistant, clock=clock
        )
        outbox = None
        if settings.telegram_token is not None:
            pace = max(MOST_A_SECOND, settings.telegram_a_second)
            bot = bot_for(settings.telegram_token, str(settings.telegram_api_url), a_second=pace)
            outbox = Outbox(bot, talk, assistant.sending, clock)
        jobs = Jobs(
            plain_url(database_url),
            talk,
            dialogue,
            assistant,
            outbox,
            clock,
            a_second=settings.telegram_a_second,
            bot=settings.telegram_bot,
        )
        scheduler = _scheduler(jobs)
        async with jobs.queue.open_async():
            scheduler.start()
            worker = asyncio.create_task(jobs.run())
            stop = asyncio.create_task(stopping.wait())
            # a queue that ends by itself is a fault: let it be seen and the process be started again
            await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
            scheduler.shutdown(wait=False)
            await jobs.leader.let_go()
            if worker.done():
                worker.result()
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
            stop.cancel()
    engine.dispose()


def _scheduler(jobs: Jobs) -> AsyncIOScheduler:
    """When each job is run. What a job missed while it was still running, or the machine asleep, is run once."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job, seconds in ((jobs.beat, WORKER_BEAT.total_seconds()), (jobs.find_due, FIND_DUE_S)):
        scheduler.add_job(job, "interval", seconds=seconds, next_run_time=datetime.now(UTC))
    for job, seconds in (
        (jobs.pick, PICK_S),
        (jobs.plan, PLAN_S),
        (jobs.plan_campaigns, CAMPAIGNS_S),
        (jobs.close_campaigns, CLOSE_CAMPAIGNS_S),
        (jobs.take_over_lost, LOST_S),
        (jobs.pass_offers_on, OFFERS_S),
        (jobs.end_takeovers, TAKEOVERS_S),
        (jobs.index_words, WORDS_S),
        (jobs.index_missed_words, MISSED_WORDS_S),
        (jobs.keep_the_day, DAY_S),
    ):
        scheduler.add_job(jobs.led, "interval", args=[job], seconds=seconds, next_run_time=datetime.now(UTC))
    return scheduler

"""The worker process: APScheduler finds what is due, Procrastinate does it."""

import asyncio
import signal
from contextlib import suppress

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import clock
from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.health import WORKER_BEAT
from bot.settings import Settings
from bot.telegram.outbox import Outbox, bot_for
from bot.worker.jobs import Jobs
from programme.assistant import Assistant
from programme.database import engine_for, plain_url, session_factory_for

FIND_DUE_S = 2
CALL_BACKS_S = 60
# a quarter of an hour is the shortest time that a seat is held for
OFFERS_S = 20
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
        bot = None
        if settings.telegram_token is not None:
            bot = bot_for(settings.telegram_token, str(settings.telegram_api_url))
        outbox = Outbox(bot, talk) if bot is not None else None
        jobs = Jobs(plain_url(database_url), talk, dialogue, assistant.notebook, assistant.desk, outbox, clock)
        scheduler = AsyncIOScheduler(timezone="UTC")
        scheduler.add_job(jobs.beat, "interval", seconds=WORKER_BEAT.total_seconds(), next_run_time=clock())
        scheduler.add_job(
            jobs.bring_call_backs_to_mind, "interval", seconds=CALL_BACKS_S, coalesce=True, max_instances=1
        )
        scheduler.add_job(jobs.pass_offers_on, "interval", seconds=OFFERS_S, coalesce=True, max_instances=1)
        scheduler.add_job(
            jobs.keep_the_day, "interval", seconds=DAY_S, coalesce=True, max_instances=1, next_run_time=clock()
        )
        scheduler.add_job(jobs.find_due, "interval", seconds=FIND_DUE_S, coalesce=True, max_instances=1)
        async with jobs.queue.open_async():
            scheduler.start()
            worker = asyncio.create_task(jobs.run())
            stop = asyncio.create_task(stopping.wait())
            # a queue that ends by itself is a fault: let it be seen and the process be started again
            await asyncio.wait({worker, stop}, return_when=asyncio.FIRST_COMPLETED)
            scheduler.shutdown(wait=False)
            if worker.done():
                worker.result()
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
            stop.cancel()
    engine.dispose()

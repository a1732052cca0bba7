"""Which part is ready: `GET /health`, for the operator, the start-up line and a supervisor."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

import httpx
import structlog
from fastapi import APIRouter, Depends, Request, Response, status
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.settings import Settings
from programme.clock import clock
from programme.models import Heartbeat

log = structlog.get_logger()
router = APIRouter(tags=["health"])

WORKER = "worker"
WORKER_BEAT = timedelta(seconds=5)
# three beats missed
WORKER_SILENCE = timedelta(seconds=16)
CHECK_TIMEOUT_S = 3.0


class Part(BaseModel):
    ready: bool
    detail: str = ""


class Health(BaseModel):
    ready: bool
    parts: dict[str, Part]


class HealthChecks:
    """One check for each part; a check that raises or takes too long says « not ready »."""

    def __init__(self, settings: Settings, talk: Conversations, dialogue: DialogueClient) -> None:
        self._settings = settings
        self._talk = talk
        self._dialogue = dialogue
        self._checks: dict[str, Callable[[], Awaitable[Part]]] = {
            "database": self._database,
            "dialogue": self._dialogue_server,
            "actions": self._actions,
            "worker": self._worker,
        }

    def add(self, name: str, check: Callable[[], Awaitable[Part]]) -> None:
        self._checks[name] = check

    async def run(self) -> Health:
        found = await asyncio.gather(*(self._one(check) for check in self._checks.values()))
        parts = dict(zip(self._checks, found, strict=True))
        return Health(ready=all(part.ready for part in parts.values()), parts=parts)

    async def _one(self, check: Callable[[], Awaitable[Part]]) -> Part:
        try:
            return await asyncio.wait_for(check(), CHECK_TIMEOUT_S)
        except (TimeoutError, SQLAlchemyError, httpx.HTTPError) as error:
            return Part(ready=False, detail=f"no answer ({type(error).__name__})")

    async def _database(self) -> Part:
        await self._talk.transaction(lambda session: session.execute(text("SELECT 1")))
        return Part(ready=True)

    async def _dialogue_server(self) -> Part:
        ready = await self._dialogue.ready()
        return Part(ready=ready, detail="" if ready else "down, or still loading its model")

    async def _actions(self) -> Part:
        async with httpx.AsyncClient(trust_env=False) as http:
            response = await http.get(f"{self._settings.actions_url}/health")
        return Part(ready=response.status_code == httpx.codes.OK)

    async def _worker(self) -> Part:
        def beat(session: Session) -> datetime | None:
            ours = beat_name(self._settings.telegram_bot)
            return session.scalar(select(Heartbeat.beat_at).where(Heartbeat.process == ours))

        beat_at = await self._talk.transaction(beat)
        alive = beat_at is not None and clock() - beat_at < WORKER_SILENCE
        return Part(ready=alive, detail="" if alive else "no sign of life")


def beat_name(bot: str) -> str:
    """Under which name the worker of a bot shows that it lives."""
    return f"{WORKER}:{bot}" if bot else WORKER


def get_checks(request: Request) -> HealthChecks:
    checks: HealthChecks = request.app.state.health
    return checks


@router.get("/health", responses={503: {"model": Health, "description": "At least one part is not ready."}})
async def health(checks: Annotated[HealthChecks, Depends(get_checks)], response: Response) -> Health:
    """Every part with its state; 200 only when all are ready."""
    found = await checks.run()
    if not found.ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return found

"""The bot process: chat page and API, Telegram, health; assembled once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import uvicorn
from fastapi import FastAPI, Request, Response, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.middleware.base import RequestResponseEndpoint

from bot import health
from bot.console import app as console
from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.settings import Settings
from bot.telegram import door as telegram_door
from bot.telegram.door import TelegramDoor
from bot.web import api, calendar, documents, page
from bot.web.notifications import Notifications
from programme.assistant import Assistant
from programme.clock import clock
from programme.database import engine_for, plain_url, session_factory_for

# far above what a person writes (5,000 characters are 20 kB at most), far below what would hurt
MAX_BODY_BYTES = 256 * 1024


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The ASGI application over this database.

    Raises:
        ContentError: the content does not load.
    """
    assistant = Assistant.load(settings.zone, on=clock().astimezone(settings.zone).date())
    engine = engine_for(database_url)
    dialogue = DialogueClient(settings.dialogue_url)
    session_factory = session_factory_for(engine)
    talk = Conversations(session_factory=session_factory, dialogue=dialogue, assistant=assistant, clock=clock)
    notifications = Notifications(plain_url(database_url))
    telegram = TelegramDoor(settings, talk, assistant) if settings.telegram_token is not None else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        notifications.start()
        if telegram is not None:
            telegram.start()
            notifications.when_typing(telegram.show_typing)
        yield
        if telegram is not None:
            await telegram.stop()
        await notifications.stop()
        await dialogue.close()
        engine.dispose()

    app = FastAPI(
        title="Déclic",
        summary="Chat API of Déclic, the assistant for young people who look for an apprenticeship in France.",
        version="0.1.0",
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        # FastAPI's pages of documentation load their script from another site
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.assistant = assistant
    app.state.session_factory = session_factory
    app.state.conversations = talk
    app.state.notifications = notifications
    app.state.telegram = telegram
    app.state.health = health.HealthChecks(settings, talk, dialogue)
    if telegram is not None:
        app.state.health.add("telegram", telegram.health)
    app.include_router(api.router, max_body_size=MAX_BODY_BYTES)
    app.include_router(documents.router)
    app.include_router(calendar.router)
    app.include_router(health.router)
    app.include_router(telegram_door.router, max_body_size=MAX_BODY_BYTES)
    app.middleware("http")(_too_large_in_json)
    app.add_exception_handler(RequestValidationError, _say_what_is_wrong)  # type: ignore[arg-type]
    console.mount(app)
    page.mount(app)
    return app


async def _too_large_in_json(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """FastAPI refuses a large body in plain text; our clients read `detail`."""
    response = await call_next(request)
    if response.status_code != status.HTTP_413_CONTENT_TOO_LARGE:
        return response
    return JSONResponse({"detail": f"At most {MAX_BODY_BYTES // 1024} kB."}, response.status_code)


async def _say_what_is_wrong(request: Request, error: RequestValidationError) -> Response:
    """One sentence, without what was sent: it may be anything, and it is nobody else's."""
    if request.url.path.startswith("/console"):
        return console.incomplete(request)
    problems = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'][1:]) or 'body'}: {problem['msg']}"
        for problem in error.errors()
    )
    return JSONResponse({"detail": problems.encode("utf-8", "replace").decode()}, status_code=422)


class Server(uvicorn.Server):
    """Ends the streams first: they would otherwise keep a stopping server waiting for its clients."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    @classmethod
    def of(cls, settings: Settings, app: FastAPI) -> Self:
        """Listening where the settings say, once it runs."""
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            server_header=False,
        )
        return cls(config, app)

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await self._app.state.notifications.stop()
        await super().shutdown(sockets)  # type: ignore[arg-type]


def serve(settings: Settings, database_url: str) -> None:
    """Run until stopped."""
    Server.of(settings, create_app(settings, database_url)).run()

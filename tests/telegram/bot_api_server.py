"""A Telegram Bot API server for the tests, over real HTTP: what Telegram's own does, as far as we ask it."""

import asyncio
import json
import random
import secrets
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

POLL_S = 0.05


@dataclass
class Sent:
    """One message that the bot sent. ``buttons`` are (title, callback data)."""

    chat_id: int
    text: str
    buttons: list[tuple[str, str]]
    at: float = field(default_factory=time.time)


@dataclass
class Failure:
    """How the next calls of a method are refused."""

    times: int
    status: int
    description: str
    retry_after: int | None = None
    chat_id: int | None = None

    def concerns(self, parameters: dict[str, Any]) -> bool:
        return self.times > 0 and self.chat_id in (None, int(parameters.get("chat_id", 0)))


@dataclass(frozen=True)
class Weather:
    """How often, of 1, sendMessage goes wrong. Timeouts and broken lines may or may not have taken the message."""

    too_many: float = 0
    server_error: float = 0
    silence: float = 0
    broken_line: float = 0
    # these chats have blocked the bot
    blocked: frozenset[int] = frozenset()
    # longer than the client waits
    silence_s: float = 12


@dataclass
class _State:
    weather: Weather = field(default_factory=Weather)
    chance: random.Random = field(default_factory=lambda: random.Random(11))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    updates: list[dict[str, Any]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    answered_callbacks: list[str] = field(default_factory=list)
    webhook: dict[str, str] = field(default_factory=dict)
    next_update: int = 1000


class BotApiServer:
    """Used as a context manager; the test thread writes updates and reads what was sent."""

    def __init__(self) -> None:
        self.token = f"123456:{secrets.token_hex(16)}"
        self._state = _State()
        self._lock = threading.Lock()
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        # a broken line is one on purpose, and would be logged as an error
        config = uvicorn.Config(self._app(), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    # -- what people do

    def write(self, chat_id: int, text: str) -> int:
        """A person writes to the bot; the update's id."""
        return self.send_raw(self.message_update(chat_id, text=text))

    def send_other(self, chat_id: int, **content: object) -> int:
        """A voice message, a photo, a sticker."""
        return self.send_raw(self.message_update(chat_id, **content))

    def write_in_group(self, group_id: int, text: str) -> int:
        update = self.message_update(group_id, text=text)
        update["message"]["chat"] = {"id": group_id, "type": "group", "title": "Terminale B"}
        return self.send_raw(update)

    def press(self, chat_id: int, payload: str) -> int:
        """A person presses a button; the update's id."""
        update_id = self._new_id()
        return self.send_raw(
            {
                "update_id": update_id,
                "callback_query": {
                    "id": f"callback-{update_id}",
                    "from": _person(chat_id),
                    "chat_instance": "1",
                    "data": payload,
                    "message": _message(chat_id, update_id, text="avant"),
                },
            }
        )

    def send_raw(self, update: dict[str, Any]) -> int:
        """Deliver this update, also a second time."""
        with self._lock:
            self._state.updates.append(update)
        return int(update["update_id"])

    def message_update(self, chat_id: int, **content: object) -> dict[str, Any]:
        update_id = self._new_id()
        return {"update_id": update_id, "message": _message(chat_id, update_id, **content)}

    # -- what the bot did

    def sent_to(self, chat_id: int) -> list[Sent]:
        with self._lock:
            return [sent for sent in self._state.sent if sent.chat_id == chat_id]

    def wait_for(self, chat_id: int, words: str, *, timeout_s: float = 30) -> Sent:
        """The first message to this chat that holds these words."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for sent in self.sent_to(chat_id):
                if words in sent.text:
                    return sent
            time.sleep(POLL_S)
        raise AssertionError(f"« {words} » never came; there is: {[sent.text for sent in self.sent_to(chat_id)]}")

    def fail_next(
        self,
        method: str,
        *,
        times: int,
        status: int,
        description: str,
        retry_after: int | None = None,
        chat_id: int | None = None,
    ) -> None:
        """Refuse the next calls of this method, of this chat alone when it is given."""
        with self._lock:
            self._state.failures[method] = Failure(times, status, description, retry_after, chat_id)

    def change(self, weather: Weather) -> None:
        """From now on messages go wrong as often as this says."""
        with self._lock:
            self._state.weather = weather

    @property
    def sent(self) -> list[Sent]:
        with self._lock:
            return list(self._state.sent)

    @property
    def refused(self) -> dict[str, int]:
        """What went wrong, and how often."""
        with self._lock:
            return dict(self._state.refused)

    def calls(self, method: str) -> int:
        with self._lock:
            return self._state.calls[method]

    @property
    def answered_callbacks(self) -> list[str]:
        with self._lock:
            return list(self._state.answered_callbacks)

    @property
    def webhook(self) -> dict[str, str]:
        with self._lock:
            return dict(self._state.webhook)

    # -- the server

    def _new_id(self) -> int:
        with self._lock:
            self._state.next_update += 1
            return self._state.next_update

    def _app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/bot{token}/{method}")
        async def call(token: str, method: str, request: Request) -> Response:
            if token != self.token:
                return _refusal(401, "Unauthorized")
            parameters = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            with self._lock:
                self._state.calls[method] += 1
                failure = self._state.failures.get(method)
                if failure is not None and failure.concerns(parameters):
                    failure.times -= 1
                    return _refusal(failure.status, failure.description, failure.retry_after)
            if method == "getUpdates":
                return _result(await self._updates(parameters))
            if method == "sendMessage" and (wrong := await self._bad_weather(parameters)) is not None:
                return wrong
            return _result(self._answer(method, parameters))

        return app

    async def _bad_weather(self, parameters: dict[str, Any]) -> Response | None:
        """What goes wrong with this message; None when nothing does."""
        with self._lock:
            weather, chance = self._state.weather, self._state.chance
            if int(parameters["chat_id"]) in weather.blocked:
                self._state.refused["blocked"] += 1
                return _refusal(403, "Forbidden: bot was blocked by the user")
            kinds = ("too_many", "server_error", "silence", "broken_line")
            weights = [weather.too_many, weather.server_error, weather.silence, weather.broken_line]
            (kind,) = chance.choices((*kinds, ""), (*weights, 1 - sum(weights)))
            if not kind:
                return None
            self._state.refused[kind] += 1
            taken = chance.random() < 0.5
        if kind == "too_many":
            return _refusal(429, "Too Many Requests: retry after 1", 1)
        if kind == "server_error":
            return _refusal(500, "Internal Server Error")
        if taken:
            self._answer("sendMessage", parameters)
        if kind == "silence":
            await asyncio.sleep(weather.silence_s)
        return _BrokenLine()

    async def _updates(self, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Those from ``offset`` on, waiting for one; an update below the offset is confirmed and forgotten."""
        offset = int(parameters.get("offset", 0))
        deadline = time.monotonic() + min(int(parameters.get("timeout", 0)), 2)
        while True:
            with self._lock:
                self._state.updates = [each for each in self._state.updates if each["update_id"] >= offset]
                waiting = list(self._state.updates)
            if waiting or time.monotonic() > deadline:
                return waiting
            await asyncio.sleep(POLL_S)

    def _answer(self, method: str, parameters: dict[str, Any]) -> object:
        with self._lock:
            if method == "getMe":
                return {"id": 123456, "is_bot": True, "first_name": "Déclic", "username": "declic_bot"}
            if method == "sendMessage":
                markup = json.loads(parameters.get("reply_markup", "{}"))
                buttons = [
                    (button["text"], button["callback_data"])
                    for row in markup.get("inline_keyboard", [])
                    for button in row
                ]
                chat_id = int(parameters["chat_id"])
                self._state.sent.append(Sent(chat_id, parameters["text"], buttons))
                return _message(chat_id, len(self._state.sent), text=parameters["text"])
            if method == "answerCallbackQuery":
                self._state.answered_callbacks.append(parameters["callback_query_id"])
            if method == "setWebhook":
                self._state.webhook = {"url": parameters["url"], "secret_token": parameters["secret_token"]}
            if method == "deleteWebhook":
                self._state.webhook = {}
            return True


class _BrokenLine(Response):
    """Promises more than it says: the client learns nothing."""

    def __init__(self) -> None:
        super().__init__(b"{", headers={"content-length": "100"}, media_type="application/json")


def _person(chat_id: int) -> dict[str, Any]:
    return {"id": chat_id, "is_bot": False, "first_name": "Test", "language_code": "fr"}


def _message(chat_id: int, message_id: int, **content: object) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "date": 1_795_000_000,
        "from": _person(chat_id),
        "chat": {"id": chat_id, "type": "private", "first_name": "Test"},
        **content,
    }


def _result(result: object) -> JSONResponse:
    return JSONResponse({"ok": True, "result": result})


def _refusal(status: int, description: str, retry_after: int | None = None) -> JSONResponse:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status_code=status)

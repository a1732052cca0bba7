"""Running the whole of Déclic beside the tests: own ports, own database, the real model."""

import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
from sqlalchemy import Engine

from bot.settings import ROOT
from programme.database import engine_for
from programme.embedded import EmbeddedDatabase

READY_TIMEOUT_S = 180
DECLIC = [sys.executable, "-m", "bot.cli"]
T = TypeVar("T")


@dataclass(frozen=True)
class Stack:
    """Where the running parts are. ``output`` is what `declic up` prints."""

    url: str
    dialogue_url: str
    engine: Engine
    process: psutil.Process
    environment: Mapping[str, str]
    output: Path
    chats: list["Chat"] = field(default_factory=list)

    def now(self) -> datetime:
        """What time it is there."""
        file = Path(self.environment["DECLIC_CLOCK_FILE"])
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    def chat(self, url: str = "") -> "Chat":
        """A new person, at another server of the same database when ``url`` says so; `close_chats` ends them."""
        chat = Chat(url or self.url)
        self.chats.append(chat)
        return chat

    def close_chats(self) -> None:
        while self.chats:
            self.chats.pop().close()


class Chat:
    """A person in the web chat, through the public API."""

    def __init__(self, url: str) -> None:
        # the server closes an idle connection after 5 s: let go before, or a request may meet the closing
        limits = httpx.Limits(keepalive_expiry=3)
        self._http = httpx.Client(base_url=f"{url}/api/chat", timeout=60, trust_env=False, limits=limits)
        opened = self._http.post("/sessions").raise_for_status().json()
        self.token = opened["token"]
        self.conversation_id = opened["conversation_id"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def close(self) -> None:
        self._http.close()

    def post(self, body: object) -> httpx.Response:
        return self._http.post("/messages", json=body)

    def say(self, text: str, *, message_id: str = "") -> list[dict[str, object]]:
        return self._replies({"id": message_id or str(uuid.uuid4()), "text": text})

    def press(self, payload: str) -> list[dict[str, object]]:
        return self._replies({"id": str(uuid.uuid4()), "payload": payload})

    def press_titled(self, messages: list[dict[str, object]], title: str) -> list[dict[str, object]]:
        """Press the first button whose title contains ``title``."""
        buttons = [button for message in messages for button in message["buttons"]]  # type: ignore[attr-defined]
        return self.press(next(button["payload"] for button in buttons if title in button["title"]))

    def history(self, **params: str) -> list[dict[str, object]]:
        return self._http.get("/messages", params=params).raise_for_status().json()["messages"]  # type: ignore[no-any-return]

    def get(self, path: str, **params: str) -> httpx.Response:
        return self._http.get(path, params=params)

    def wait_to_hear(self, words: str) -> list[dict[str, object]]:
        """All messages that hold these words, once there is one: what is due comes by itself."""

        def look() -> list[dict[str, object]] | None:
            return [message for message in self.history() if words in str(message["text"])] or None

        return wait_for(look)

    def stream(self, **params: str):  # type: ignore[no-untyped-def]
        return self._http.stream("GET", "/stream", params=params, timeout=60)

    def _replies(self, body: object) -> list[dict[str, object]]:
        return self.post(body).raise_for_status().json()["messages"]  # type: ignore[no-any-return]


def wait_for(look: Callable[[], T | None], *, patience_s: float = 30) -> T:
    """What ``look`` finds, once it finds something."""
    deadline = time.monotonic() + patience_s
    while (found := look()) is None:
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.2)
    return found


def said(messages: list[dict[str, object]]) -> str:
    """All the text of some messages, in one string."""
    return "\n".join(str(message["text"]) for message in messages)


def titles(messages: list[dict[str, object]]) -> str:
    """The titles of all buttons of some messages, in one string."""
    return "\n".join(str(button["title"]) for message in messages for button in message["buttons"])  # type: ignore[attr-defined]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def running_stack(folder: Path, environment: Mapping[str, str]) -> Iterator[Stack]:
    """`declic prepare`, then `declic up` until the block ends; fails if a process is left after that."""
    folder.mkdir(parents=True, exist_ok=True)
    port, dialogue_port, actions_port = free_ports(3)
    settings = {
        "DECLIC_PORT": str(port),
        "DECLIC_DIALOGUE_PORT": str(dialogue_port),
        "DECLIC_ACTIONS_PORT": str(actions_port),
        "DECLIC_DATA_DIR": str(folder),
    }
    # the trained model is worth keeping between runs: it is named after what it is made from
    whole = {"DECLIC_MODELS_DIR": str(ROOT / "var" / "models"), **environment, **settings}
    subprocess.run([*DECLIC, "prepare"], cwd=ROOT, env=whole, check=True)
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen([*DECLIC, "up"], cwd=ROOT, env=whole, stdout=log, stderr=subprocess.STDOUT)
    up = psutil.Process(process.pid)
    embedded = None
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, output)
        embedded = EmbeddedDatabase(folder)
        engine = engine_for(embedded.url)
        yield Stack(url, f"http://127.0.0.1:{dialogue_port}", engine, up, whole, output)
        engine.dispose()
    finally:
        children = up.children(recursive=True) if up.is_running() else []
        process.send_signal(signal.SIGINT)
        process.wait(30)
        if embedded is not None:
            embedded.stop()
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, f"processes left after Ctrl-C: {alive}"


def wait_until_ready(url: str, process: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"Déclic is not ready; its last lines:\n{output.read_text()[-3000:]}")

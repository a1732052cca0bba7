"""Measuring turns: this dialogue server beside the project that `rasa init` makes, then whole turns of the chat API.

Everything is started for the measure, on ports of its own, and stopped after it. The two servers are measured in turn,
round by round, so that a busy moment of the machine falls on both.
"""

import asyncio
import itertools
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bot import model
from bot.settings import ROOT, Settings

# eight turns of one person: questions, a fragment, the workshops
CONVERSATION = (
    "slt",
    "c payé combien en alternance ?",
    "18 ans",
    "je peux commencer le cfa sans patron ?",
    "c'est quoi la période d'essai",
    "y a quoi comme ateliers",
    "mon patron m'a pas payé ce mois-ci",
    "merci",
)
# a call with a simulated employer: how it begins, then eight lines to them
PRACTICE_BEGINS = ('/start_roleplay{"go": "f.garage.1"}', '/start_roleplay{"go": "skip"}')
PRACTICE = (
    "Bonjour, je m'appelle Lina, je prépare un CAP mécanique",
    "Comment s'organise une journée dans votre atelier ?",
    "vous êtes ouverts le lundi ?",
    "Qu'est-ce qui vous fait perdre le plus de temps en ce moment ?",
    "et dans les semaines qui viennent, qu'est-ce qui arrive ?",
    "euh",
    "je peux venir deux matins pour vous aider",
    "Est-ce que je peux vous rappeler mardi ?",
)
# the same for the project of `rasa init`, in the words that it knows
INIT_CONVERSATION = ("hello", "I am sad", "no", "hi", "are you a bot?", "great", "bye", "hey")
LONG_TURNS = 300
CLIENTS = (1, 16)
READY_TIMEOUT_S = 240
# of people who write the worst a phone can: no slow path
LONG_TEXTS = {
    "10,000 letters": "a" * 10_000,
    "10,000 characters of words": ("je cherche un patron à Lyon, c payé 1 200 € ? " * 250)[:10_000],
    "10,000 signs": "?!. \u202e\u200b" * 1_667,
}


@dataclass(frozen=True)
class Server:
    """A dialogue server: where it is, how to send it a turn, and what to say to it."""

    name: str
    url: str
    path: str
    keys: tuple[str, str]  # of the sender and of the text, in the body
    conversation: tuple[str, ...]
    process: psutil.Process
    start_s: float


def bench(settings: Settings, *, rounds: int, conversations: int, say: Callable[[str], None]) -> None:
    """Raises NotSetUp, TrainingFailed."""
    trained = model.train(settings, say)
    init = _init_project(settings.data_dir / "bench" / "rasa-init", say)
    with tempfile.TemporaryDirectory(prefix="declic-bench-") as folder, _declic(settings, Path(folder), say) as api:
        ours_command, environment = model.server_command(trained, port=(port := _free_port()))
        actions = {"DECLIC_ACTIONS_PORT": str(api.actions_port)}
        # Déclic's own bot talks to this very server
        with (
            _server(ours_command, environment | actions, ROOT, port, Path(folder) / "declic.log") as (process, start_s),
        ):
            ours = Server(
                "Déclic", f"http://127.0.0.1:{port}", "/webhooks/turn/message", ("conversation_id", "text"),
                CONVERSATION, process, start_s,
            )  # fmt: skip
            port = _free_port()
            command = [
                str(model.DIALOGUE_PYTHON), "-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port),
                "--credentials", "credentials.yml", "--quiet",
            ]  # fmt: skip
            log = Path(folder) / "init.log"
            with _server(command, model.dialogue_environment(), init, port, log) as (process, start_s):
                stock = Server(
                    "rasa init", f"http://127.0.0.1:{port}", "/webhooks/rest/webhook", ("sender", "message"),
                    INIT_CONVERSATION, process, start_s,
                )  # fmt: skip
                asyncio.run(_compare((ours, stock), rounds=rounds, conversations=conversations, say=say))
            asyncio.run(_long_texts(ours, say))
        say("")
        asyncio.run(_chat_api(api.url, conversations=conversations, say=say))


async def _compare(servers: Sequence[Server], *, rounds: int, conversations: int, say: Callable[[str], None]) -> None:
    say(f"{'':34}" + "".join(f"{server.name:>14}" for server in servers))

    def row(name: str, values: Sequence[float], form: str = ".1f") -> None:
        say(f"{name:34}" + "".join(f"{value:14{form}}" for value in values))

    row("start until it answers, s", [server.start_s for server in servers])
    for clients in CLIENTS:
        measured: list[list[tuple[list[float], float]]] = [[] for _ in servers]
        for _ in range(rounds):
            for server, found in zip(servers, measured, strict=True):
                found.append(await _short(server, clients=clients, conversations=conversations))
        times = [[each for batch, _ in found for each in batch] for found in measured]
        seconds = [sum(elapsed for _, elapsed in found) for found in measured]
        name = f"{clients} client" + ("s" if clients > 1 else "")
        row(f"{name}: turns/s", [len(t) / s for t, s in zip(times, seconds, strict=True)])
        row(f"{name}: p50, ms", [statistics.median(t) for t in times])
        row(f"{name}: p95, ms", [statistics.quantiles(t, n=20)[-1] for t in times])
    longs = [await _long(server) for server in servers]
    row("one long conversation: 10th turn, ms", [statistics.median(times[5:15]) for times in longs])
    row(f"one long conversation: {LONG_TURNS}th, ms", [statistics.median(times[-10:]) for times in longs])
    row("memory after it, MB", [server.process.memory_info().rss / 1e6 for server in servers], ".0f")


async def _short(server: Server, *, clients: int, conversations: int) -> tuple[list[float], float]:
    """Times in ms of every turn, and how long all of it took in s: eight turns a conversation, each a new person."""
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as http:

        async def one_client() -> list[float]:
            times = []
            for _ in range(conversations):
                sender = str(uuid.uuid4())
                times += [await _turn(http, server, sender, text) for text in server.conversation]
            return times

        started_at = time.perf_counter()
        batches = await asyncio.gather(*(one_client() for _ in range(clients)))
        return [each for batch in batches for each in batch], time.perf_counter() - started_at


async def _long(server: Server) -> list[float]:
    sender = str(uuid.uuid4())
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as http:
        texts = server.conversation * (LONG_TURNS // len(server.conversation) + 1)
        # the stock project falls silent now and then once it has lost its thread; its time counts all the same
        return [await _turn(http, server, sender, text, may_be_silent=True) for text in texts[:LONG_TURNS]]


async def _turn(
    http: httpx.AsyncClient, server: Server, sender: str, text: str, *, may_be_silent: bool = False
) -> float:
    who, what = server.keys
    before = time.perf_counter()
    answer = await http.post(server.path, json={who: sender, what: text})
    elapsed_ms = (time.perf_counter() - before) * 1000
    answer.raise_for_status()
    said = answer.json()
    if not (said["replies"] if isinstance(said, dict) else said) and not may_be_silent:
        raise RuntimeError(f"{server.name} has nothing to say to {text!r}: its figures would mean nothing")
    return elapsed_ms


async def _long_texts(server: Server, say: Callable[[str], None]) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as http:
        for name, text in LONG_TEXTS.items():
            times = [await _turn(http, server, str(uuid.uuid4()), text) for _ in range(5)]
            say(f"one message of {name}: {statistics.median(times):.0f} ms")


async def _chat_api(url: str, *, conversations: int, say: Callable[[str], None]) -> None:
    """Whole turns, as a person waits for them: chat API, dialogue server, actions, database.

    Ordinary turns and those of a practice take turns, so that both meet the same machine; the lines of the practice are
    also said without one, since longer lines take longer to read.
    """
    talks = {
        "ordinary": ((), CONVERSATION),
        "practice": (PRACTICE_BEGINS, PRACTICE),
        "practice lines, ordinary": ((), PRACTICE),
    }
    for clients, (name, (begins, lines)) in itertools.product(CLIENTS, talks.items()):
        async with httpx.AsyncClient(base_url=f"{url}/api/chat", timeout=60, trust_env=False) as http:
            started_at = time.perf_counter()
            batches = await asyncio.gather(*(_chat_client(http, begins, lines, conversations) for _ in range(clients)))
            elapsed_s = time.perf_counter() - started_at
        times = [each for batch in batches for each in batch]
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        pace = f"{len(times) / elapsed_s:.1f} turns/s, " if not begins else ""
        say(f"chat API, {name} turns, {clients} client(s): {pace}p50 {p50:.0f} ms, p95 {p95:.0f} ms")


async def _chat_client(
    http: httpx.AsyncClient, begins: Sequence[str], lines: Sequence[str], conversations: int
) -> list[float]:
    """Times in ms of the lines; what begins the talk is not timed."""
    times_ms = []
    for _ in range(conversations):
        opened = (await http.post("/sessions")).raise_for_status().json()
        headers = {"Authorization": f"Bearer {opened['token']}"}
        for payload in begins:
            body = {"id": str(uuid.uuid4()), "payload": payload}
            (await http.post("/messages", headers=headers, json=body)).raise_for_status()
        for text in lines:
            before = time.perf_counter()
            answer = await http.post("/messages", headers=headers, json={"id": str(uuid.uuid4()), "text": text})
            answer.raise_for_status()
            times_ms.append((time.perf_counter() - before) * 1000)
    return times_ms


# -- starting what is measured


@dataclass(frozen=True)
class _Running:
    url: str
    actions_port: int


@contextmanager
def _declic(settings: Settings, folder: Path, say: Callable[[str], None]) -> Iterator[_Running]:
    """All of Déclic with a database of its own; its action server also serves the dialogue server under measure."""
    port, dialogue_port, actions_port = (_free_port() for _ in range(3))
    environment = os.environ | {
        "DECLIC_PORT": str(port),
        "DECLIC_DIALOGUE_PORT": str(dialogue_port),
        "DECLIC_ACTIONS_PORT": str(actions_port),
        "DECLIC_DATA_DIR": str(folder / "data"),
        "DECLIC_MODELS_DIR": str(settings.models),
    }
    declic = [sys.executable, "-m", "bot.cli"]
    say("Starting a Déclic of its own for the measure…")
    subprocess.run([*declic, "prepare"], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    with _process([*declic, "up"], environment, ROOT, folder / "up.log"):
        url = f"http://127.0.0.1:{port}"
        _wait(f"{url}/health", folder / "up.log")
        yield _Running(url, actions_port)


@contextmanager
def _server(
    command: Sequence[str], environment: dict[str, str], folder: Path, port: int, log: Path
) -> Iterator[tuple[psutil.Process, float]]:
    """A dialogue server, and the seconds until it answers."""
    started_at = time.perf_counter()
    with _process(command, environment, folder, log) as process:
        _wait(f"http://127.0.0.1:{port}/", log)
        yield process, time.perf_counter() - started_at


@contextmanager
def _process(command: Sequence[str], environment: dict[str, str], folder: Path, log: Path) -> Iterator[psutil.Process]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise model.NotSetUp(f"a server did not start; its last lines:\n{log.read_text(errors='replace')[-2000:]}")


def _init_project(folder: Path, say: Callable[[str], None]) -> Path:
    """The untouched project that `rasa init` makes, trained; kept between runs. Its door is Rasa's REST channel."""
    if not any((folder / "models").glob("*.tar.gz")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        say("Making and training the project of `rasa init`, once: about two minutes.")
        with (folder.parent / "rasa-init.log").open("wb") as log:
            subprocess.run(
                [str(model.DIALOGUE_PYTHON), "-m", "rasa", "init", "--no-prompt"],
                cwd=folder, env=model.dialogue_environment(), stdout=log, stderr=subprocess.STDOUT, check=True,
            )  # fmt: skip
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Starting Déclic's processes on one machine, starting again what dies, stopping all of it."""

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

# a process that dies is started again after 1, 2, 4 … 30 s; after a minute of life the count starts anew
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 30.0
STEADY_S = 60.0
STOP_TIMEOUT_S = 10.0
READY_POLL_S = 0.3
SLOW_START_S = 120.0
PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


@dataclass(frozen=True)
class Process:
    """What to run. ``port`` is where it listens, 0 when nowhere; ``ready_url`` answers 200 once it works."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int = 0
    port_setting: str = ""
    ready_url: str = ""


class PortTaken(Exception):
    """Another program listens where one of ours should."""


def check_ports(processes: Sequence[Process], host: str) -> None:
    """Raises PortTaken with what to do."""
    for process in processes:
        if not process.port:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host if process.name == "bot" else "127.0.0.1", process.port))
            except OSError as error:
                raise PortTaken(
                    f"{process.name} cannot listen on port {process.port} ({error.strerror}): stop the program that "
                    f"uses it, or set {process.port_setting} to a free port."
                ) from error


class Supervisor:
    """Runs the processes until SIGINT, SIGTERM or SIGHUP, then stops each with all its children."""

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None]) -> None:
        self._processes = processes
        self._say = say
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._width = max(len(process.name) for process in processes)

    async def run(self, when_ready: str) -> None:
        """``when_ready`` is said once, when every process works."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(name, self._stopping.set)
        keepers = [asyncio.create_task(self._keep(process)) for process in self._processes]
        announcer = asyncio.create_task(self._announce(when_ready))
        await self._stopping.wait()
        self._say("Stopping…")
        announcer.cancel()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(announcer, *keepers, return_exceptions=True)
        await asyncio.gather(*(self._stop(child) for child in self._running.values()))

    async def _keep(self, process: Process) -> None:
        wait = FIRST_WAIT_S
        while True:
            started_at = time.monotonic()
            child = await asyncio.create_subprocess_exec(
                *process.command,
                env=dict(process.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                # a group of its own: Ctrl-C in the terminal reaches us alone, and we stop everything in order
                start_new_session=True,
                preexec_fn=_die_with_parent,
                limit=1 << 20,
            )
            self._running[process.name] = child
            await self._copy_output(process.name, child)
            code = await child.wait()
            if time.monotonic() - started_at > STEADY_S:
                wait = FIRST_WAIT_S
            self._say(f"{process.name} ended (code {code}); starting it again in {wait:.0f} s.")
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    async def _copy_output(self, name: str, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        while True:
            try:
                line = await child.stdout.readline()
            except ValueError:  # a line longer than the limit: what follows it is still wanted
                continue
            if not line:
                return
            sys.stdout.write(f"{name:{self._width}} | {line.decode(errors='replace').rstrip()}\n")
            sys.stdout.flush()

    async def _announce(self, when_ready: str) -> None:
        started_at = time.monotonic()
        slow = False
        waiting = {process.name: process.ready_url for process in self._processes if process.ready_url}
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            while waiting:
                for name, url in list(waiting.items()):
                    with suppress(httpx.HTTPError):
                        if (await http.get(url)).status_code == httpx.codes.OK:
                            del waiting[name]
                if not slow and time.monotonic() - started_at > SLOW_START_S:
                    slow = True
                    self._say(f"Still waiting for {', '.join(waiting)}: see the lines above.")
                await asyncio.sleep(READY_POLL_S)
        self._say(f"{when_ready} (ready in {time.monotonic() - started_at:.0f} s, Ctrl-C stops it)")

    async def _stop(self, child: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), STOP_TIMEOUT_S)
        with suppress(ProcessLookupError):  # what is left of its group
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _die_with_parent() -> None:
    """Linux: if we are killed outright, our children are asked to stop too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

"""The supervisor, with small processes of the tests' own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

SCRIPT = """
import asyncio, os, sys
from bot.processes import Process, Supervisor
sleep = "import time; time.sleep(600)"
code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{sleep}']); {sleep}"
steady = Process("steady", [sys.executable, "-c", code], dict(os.environ))
dying = Process("dying", [sys.executable, "-c", "print('alive')"], dict(os.environ))
asyncio.run(Supervisor([steady, dying], lambda line: print(line, flush=True)).run("All ready"))
"""


def _start(log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=output, stderr=subprocess.STDOUT)


def _wait_for(log: Path, words: str, times: int = 1) -> None:
    deadline = time.monotonic() + 20
    while log.read_text().count(words) < times:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_a_process_that_dies_is_started_again_and_the_others_live_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = _start(log)
    _wait_for(log, "dying  | alive", times=2)
    assert log.read_text().count("steady ended") == 0
    assert "starting it again in 1 s" in log.read_text()
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(20) == 0


def test_ctrl_c_stops_the_processes_and_their_children(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = _start(log)
    _wait_for(log, "All ready")
    _wait_for(log, "dying  | alive")
    children = psutil.Process(supervisor.pid).children(recursive=True)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(20) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []


def test_a_supervisor_killed_outright_takes_its_processes_along(tmp_path: Path) -> None:
    log = tmp_path / "log"
    supervisor = _start(log)
    _wait_for(log, "All ready")
    children = psutil.Process(supervisor.pid).children()
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait(10)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []

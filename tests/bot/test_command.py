"""The `declic` command when something is missing: one line that says what to do."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.stack import DECLIC, free_ports


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DECLIC_")}
    ports = free_ports(3)
    return kept | {
        "DECLIC_DATA_DIR": str(folder / "command"),
        "DECLIC_PORT": str(ports[0]),
        "DECLIC_DIALOGUE_PORT": str(ports[1]),
        "DECLIC_ACTIONS_PORT": str(ports[2]),
    }


def declic(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DECLIC, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a refusal."""
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def taken_port(environment: dict[str, str]) -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["DECLIC_PORT"])))
        other.listen()
        yield int(environment["DECLIC_PORT"])


def test_a_port_that_is_taken(environment: dict[str, str], taken_port: int) -> None:
    line = refusal(declic(environment, "up", "bot"))
    assert f"port {taken_port}" in line
    assert "DECLIC_PORT" in line


def test_a_database_that_does_not_answer(environment: dict[str, str]) -> None:
    nobody = free_ports(1)[0]
    address = f"postgresql://declic:hidden@127.0.0.1:{nobody}/declic"
    line = refusal(declic(environment | {"DECLIC_DATABASE_URL": address}, "up", "bot"))
    assert f"127.0.0.1:{nobody}" in line
    assert "DECLIC_DATABASE_URL" in line
    assert "hidden" not in line


def test_a_process_that_does_not_exist(environment: dict[str, str]) -> None:
    assert "choose among dialogue, actions, bot, worker" in refusal(declic(environment, "up", "nothing"))


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("DECLIC_PORT", "seventy", "DECLIC_PORT"),
        ("DECLIC_PORT", "70000", "DECLIC_PORT"),
        ("DECLIC_TIME_ZONE", "Paris", "Europe/Paris"),
        ("DECLIC_DATABASE_URL", "mysql://x", "postgresql://"),
    ],
)
def test_a_setting_that_is_wrong(environment: dict[str, str], setting: str, value: str, expected: str) -> None:
    assert expected in refusal(declic(environment | {setting: value}, "up", "bot"))


def test_a_model_that_was_not_trained(environment: dict[str, str], tmp_path: Path) -> None:
    line = refusal(declic(environment | {"DECLIC_MODELS_DIR": str(tmp_path)}, "up", "dialogue"))
    assert "declic train" in line


def test_a_workshop_file_that_is_wrong(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ateliers.yml"
    file.write_text("- slug: Atelier CV\n  title: CV\n")
    line = refusal(declic(environment, "workshops", "load", str(file)))
    assert "ateliers.yml, entry 1" in line
    assert "slug" in line


def test_workshops_are_loaded_and_listed(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "ateliers.yml"
    file.write_text(
        """
- slug: atelier-cv
  kind: atelier
  title: Atelier CV
  summary: On fait ton CV ensemble.
  place: Mission locale, salle 2
  dates:
    - {day: 2096-03-01, at: "14:00", minutes: 120, seats: 8}
"""
    )
    assert declic(environment, "workshops", "load", str(file)).returncode == 0
    listed = declic(environment, "workshops", "list")
    assert "2096-03-01 14:00  atelier-cv" in listed.stdout
    assert "8/8 free, 0 waiting" in listed.stdout


def test_the_content_is_in_order(environment: dict[str, str]) -> None:
    done = declic(environment, "content", "check")
    assert done.returncode == 0, done.stderr
    assert "all in order" in done.stdout


def test_a_date_is_run_from_the_command_line(environment: dict[str, str], tmp_path: Path) -> None:
    # given a date with three places
    file = tmp_path / "visites.yml"
    file.write_text(
        """
- slug: visite-atelier
  kind: visite
  title: Visite d'un atelier
  summary: On voit les machines de près.
  place: Devant la Mission locale
  dates:
    - {day: 2096-04-01, at: "14:00", minutes: 120, seats: 3}
"""
    )
    declic(environment, "workshops", "load", str(file))
    listed = next(line for line in declic(environment, "workshops", "list").stdout.splitlines() if "visite-" in line)
    date_id = listed.split()[0]
    # then each refusal says what is wrong
    for arguments, expected in (
        (["who", "999999"], "there is no such date"),
        (["close", date_id], "not over yet"),
        (["mark", "1", "late"], "none of present, absent, excused"),
        (["mark", "999999", "present"], "no such person or booking"),
        (["book", date_id, "--person", "1", "--staff", "x@y.fr"], "nobody of the team has the address x@y.fr"),
        (["group", date_id, "--school", "cfa", "--seats", "2", "--contact", "M. X"], "there is no organisation cfa"),
    ):
        assert expected in refusal(declic(environment, "workshops", *arguments))
    assert declic(environment, "workshops", "who", date_id).stdout == ""
    # and it is called off once
    done = declic(environment, "workshops", "call-off", date_id, "--reason", "salle fermée")
    assert "is cancelled; people told: 0" in done.stdout
    assert "it is cancelled" in refusal(declic(environment, "workshops", "call-off", date_id, "--reason", "encore"))


def test_the_demonstration_is_put_in_twice_and_taken_out(environment: dict[str, str]) -> None:
    for _ in range(2):
        done = declic(environment, "demo", "load")
        assert "64 invented young people" in done.stdout, done.stderr
    assert "club-saison" in declic(environment, "workshops", "list").stdout
    # a counsellor of it has the address of a calendar; somebody else has none
    address = declic(environment, "workshops", "calendar", "--by", "sofia@demo.exemple.fr").stdout.splitlines()[0]
    assert re.fullmatch(r"http://localhost:\d+/agenda/[\w-]{20,}\.ics", address)
    assert "nobody of the team" in refusal(declic(environment, "workshops", "calendar", "--by", "x@y.fr"))
    assert "gone" in declic(environment, "demo", "remove").stdout
    assert "club-saison" not in declic(environment, "workshops", "list").stdout

"""`declic workshops door`: the poster as a file."""

import re
from pathlib import Path

import pytest

from tests.bot.test_command import declic, environment, refusal

__all__ = ["environment"]

WORKSHOPS = """
- slug: atelier-cv
  kind: atelier
  title: Atelier CV
  summary: On fait ton CV ensemble.
  place: Mission locale, salle 2
  dates:
    - {day: 2096-03-01, at: "14:00", minutes: 120, seats: 8}
"""


@pytest.fixture
def with_a_date(environment: dict[str, str], tmp_path: Path) -> tuple[dict[str, str], str]:
    file = tmp_path / "ateliers.yml"
    file.write_text(WORKSHOPS)
    assert declic(environment, "workshops", "load", str(file)).returncode == 0
    listed = declic(environment, "workshops", "list").stdout
    found = re.search(r"^ *(\d+)  2096-03-01 14:00  atelier-cv", listed, re.MULTILINE)
    assert found is not None, listed
    return environment, found[1]


def test_a_poster_is_written_with_the_same_code_each_time(
    with_a_date: tuple[dict[str, str], str], tmp_path: Path
) -> None:
    environment, date_id = with_a_date
    file = tmp_path / "affiche.html"
    public = {"DECLIC_PUBLIC_URL": "https://declic.exemple.fr/"}
    done = declic(environment | public, "workshops", "door", date_id, "--out", str(file))
    assert done.returncode == 0, done.stderr
    page = file.read_text(encoding="utf-8")
    code = re.search(r"ICI-\w{5}", page)
    assert code is not None
    assert "Jeudi 1er mars à 14h, jusqu&#x27;à 16h" in page
    assert "<svg" in page
    # and again, where phones cannot reach the page
    again = declic(environment, "workshops", "door", date_id, "--out", str(file))
    assert f"code {code[0]}. Without DECLIC_PUBLIC_URL" in again.stdout
    assert "<svg" not in file.read_text(encoding="utf-8")


def test_a_poster_that_cannot_be_made(with_a_date: tuple[dict[str, str], str], tmp_path: Path) -> None:
    environment, date_id = with_a_date
    file = tmp_path / "nowhere" / "affiche.html"
    assert "cannot be written" in refusal(declic(environment, "workshops", "door", date_id, "--out", str(file)))
    assert "no such date" in refusal(declic(environment, "workshops", "door", "404404", "--out", str(file)))

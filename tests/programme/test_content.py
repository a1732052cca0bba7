"""Reading ``content/`` strictly."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from programme.content import ContentModel, parse, read_entries, read_yaml
from programme.errors import ContentError


class Series(ContentModel):
    title: str
    seats: int


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "fichier.yml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param({"title": "CV", "seats": 8, "colour": "red"}, "colour: Extra inputs", id="unknown key"),
        pytest.param({"title": "CV"}, "seats: Field required", id="missing key"),
        pytest.param({"title": "CV", "seats": "huit"}, "seats: Input should be a valid integer", id="wrong value"),
        pytest.param(None, "entry: Input should be", id="empty entry"),
        pytest.param("CV", "entry: Input should be", id="a word instead of keys"),
    ],
)
def test_an_entry_that_breaks_its_schema_is_refused_with_file_entry_and_key(data: Any, problem: str) -> None:
    with pytest.raises(ContentError, match=f"^ateliers.yml, entry 3: .*{problem}"):
        parse(Series, data, "ateliers.yml, entry 3")


def test_all_the_problems_of_an_entry_are_told_at_once() -> None:
    with pytest.raises(ContentError, match=r"seats: Field required; colour: Extra"):
        parse(Series, {"title": "CV", "colour": "red"}, "ateliers.yml, entry 1")


def test_the_message_does_not_repeat_a_value_that_was_read() -> None:
    with pytest.raises(ContentError) as refusal:
        parse(Series, {"title": "CV", "seats": "un secret"}, "ateliers.yml, entry 1")
    assert "un secret" not in str(refusal.value)


def test_what_was_loaded_does_not_change() -> None:
    workshop = parse(Series, {"title": "CV", "seats": 8}, "ateliers.yml, entry 1")
    with pytest.raises(ValidationError):
        workshop.seats = 9  # type: ignore[misc]


def test_accents_and_emoji_are_read_as_they_were_written(tmp_path: Path) -> None:
    assert read_yaml(written(tmp_path, "titre: Métiers d'été 🎉\n")) == {"titre": "Métiers d'été 🎉"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("seats: 8\ntitle: CV\nseats: 9\n", id="at the top"),
        pytest.param("- {title: CV, seats: 8, seats: 9}\n", id="in braces"),
        pytest.param("dates:\n  first:\n    seats: 8\n    seats: 8\n", id="below, even with the same value"),
    ],
)
def test_a_key_written_twice_is_refused_with_its_line(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ContentError, match=rf"(?s)^{re.escape(str(path))}: .*« seats » is written twice.*line \d"):
        read_yaml(path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("- title: [CV\n", "not valid YAML", id="a bracket left open"),
        pytest.param("title: CV\n seats: 8\n", "not valid YAML", id="one space too many"),
        pytest.param("title: {{smic}}\n", "not valid YAML", id="a placeholder without quotes"),
        pytest.param("title: été\n".encode("cp1252"), "not saved as UTF-8", id="saved by an old editor"),
    ],
)
def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path: Path, content: str | bytes, problem: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ContentError, match=f"^{re.escape(str(path))}: {problem}"):
        read_yaml(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("title: CV\n", id="keys instead of entries"),
    ],
)
def test_a_file_of_entries_that_is_no_list_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ContentError, match=f"^{re.escape(str(path))}: expected a list"):
        read_entries(path)

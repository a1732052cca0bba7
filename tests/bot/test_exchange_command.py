"""`declic import` and `declic export`, as they are typed."""

from pathlib import Path

import pytest

from tests.bot.test_command import declic, environment, refusal

__all__ = ["environment"]

COMPANIES = "Nom;Secteur;Commune\r\nChez Été;Commerce;Cachan\r\n"


@pytest.fixture
def a_file(tmp_path: Path) -> Path:
    file = tmp_path / "entreprises.csv"
    file.write_bytes(COMPANIES.encode("cp1252"))
    return file


def test_a_file_is_shown_first_then_written_then_the_same(environment: dict[str, str], a_file: Path) -> None:
    first = declic(environment, "import", "companies", str(a_file))
    assert first.stdout.splitlines() == [
        "1 nouvelle, 0 changée, 0 identique, 0 erreur.",
        "Nothing was written: `--apply` does it.",
    ]
    assert "Written." in declic(environment, "import", "companies", str(a_file), "--apply").stdout
    assert "1 identique" in declic(environment, "import", "companies", str(a_file)).stdout


def test_an_error_is_said_with_its_line_and_nothing_is_written(environment: dict[str, str], a_file: Path) -> None:
    a_file.write_text("Nom;Secteur;SIREN\nX;Commerce;123456789\n")
    done = declic(environment, "import", "companies", str(a_file), "--apply")
    assert (
        "Ligne 2, « SIREN » : « 123456789 » ; attendu : un SIREN de neuf chiffres, sans faute de frappe." in done.stdout
    )
    assert "nothing was written" in refusal(done)


def test_a_file_that_is_no_table_is_refused(environment: dict[str, str], a_file: Path) -> None:
    a_file.write_bytes(b"\x00\x01")
    assert "Ce n’est pas un tableau" in refusal(declic(environment, "import", "people", str(a_file)))


def test_nobody_takes_data_out_without_being_of_the_team(environment: dict[str, str], tmp_path: Path) -> None:
    out = tmp_path / "sortie.csv"
    done = declic(environment, "export", "people", "--by", "x@exemple.fr", "--out", str(out))
    assert "nobody of the team has this address" in refusal(done)
    assert not out.exists()

"""Files as Excel writes them, and as somebody with bad intentions does."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from programme.errors import TableUnreadable
from programme.exchange import tables
from programme.exchange.tables import Bad, Cell, Table, column_letters, read_table, to_csv, to_xlsx

TEXT = "Prénom;Ville\r\nZoé;L’Haÿ-les-Roses\r\n"
ROW = ("Zoé", "L’Haÿ-les-Roses")


def cells(table: Table) -> list[tuple[Cell, ...]]:
    return [row.cells for row in table.rows]


def a_workbook(*rows: tuple[object, ...], sheets: tuple[str, ...] = ("Feuil1",)) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The same workbook, with some of its parts replaced or added (« __ » stands for « / »)."""
    out = io.BytesIO()
    new = {name.replace("__", "/") + ".xml": content for name, content in parts.items()}
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in old.namelist():
            if name not in new:
                package.writestr(name, old.read(name))
        for name, content in new.items():
            package.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TEXT.encode("utf-8"), id="utf-8"),
        pytest.param(b"\xef\xbb\xbf" + TEXT.encode("utf-8"), id="utf-8 with its mark: Excel’s « CSV UTF-8 »"),
        pytest.param(TEXT.encode("cp1252", errors="strict"), id="windows-1252: Excel’s « CSV »"),
        pytest.param(b"\xff\xfe" + TEXT.replace(";", "\t").encode("utf-16-le"), id="utf-16: Excel’s « Texte Unicode »"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), id="utf-16 the other way round"),
        pytest.param(TEXT.replace(";", ",").encode("utf-8"), id="commas"),
        pytest.param(TEXT.replace("\r\n", "\n").encode("utf-8"), id="unix lines"),
        pytest.param(TEXT.replace("\r\n", "\r").encode("utf-8"), id="old Mac lines"),
        pytest.param(("sep=;\r\n" + TEXT).encode("utf-8"), id="sep="),
        pytest.param(b"\r\n;\r\n" + TEXT.encode("utf-8"), id="empty lines first"),
        pytest.param(a_workbook(("Prénom", "Ville"), ROW), id="xlsx"),
    ],
)
def test_a_table_is_read_whatever_program_wrote_it(data: bytes) -> None:
    table = read_table(data)
    assert table.columns == ("Prénom", "Ville")
    assert cells(table) == [ROW]


def test_lines_have_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read_table(b'A;B\r\n"x\r\ny";1\r\n\r\nz;2\r\n')
    assert [(row.number, row.cells) for row in table.rows] == [(2, ("x\ny", "1")), (4, ("z", "2"))]


def test_a_header_may_hold_the_other_delimiter() -> None:
    assert read_table("Nom, prénom;Ville\nA;B".encode()).columns == ("Nom, prénom", "Ville")


def test_a_cell_too_many_is_kept_beside_the_header() -> None:
    table = read_table(b"A;B\n1;2;3\n4;5")
    assert table.columns == ("A", "B", "")
    assert cells(table) == [("1", "2", "3"), ("4", "5", None)]


def test_dates_hours_and_numbers_of_a_workbook_keep_their_kind() -> None:
    data = a_workbook(("A", "B", "C", "D"), (date(2027, 12, 31), time(14, 30), 12, True))
    assert cells(read_table(data)) == [(datetime(2027, 12, 31), time(14, 30), 12, True)]  # noqa: DTZ001 (as Excel has it)


def test_the_sheet_is_the_first_or_the_one_that_is_named() -> None:
    data = a_workbook(("A",), ("x",), sheets=("Un", "Deux"))
    assert cells(read_table(data, sheet="Deux")) == [("x",)]
    with pytest.raises(TableUnreadable, match="Il n’y a pas de feuille « Trois » ; il y a : Un, Deux"):
        read_table(data, sheet="Trois")


def test_a_formula_gives_the_value_that_was_kept_and_is_never_computed() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c><c r="B1" t="inlineStr"><is><t>B</t></is></c></row>'
        b'<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>WEBSERVICE("http://x")</f></c></row>'
        b'<row r="3"><c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
        b"</sheetData></worksheet>"
    )
    table = read_table(repacked(a_workbook(("A",)), xl__worksheets__sheet1=sheet))
    assert cells(table) == [
        (2, Bad('=WEBSERVICE("http://x")', "une valeur : la formule n’a pas été calculée")),
        (Bad("#DIV/0!", "une valeur, pas une erreur de formule"), None),
    ]


def a_bomb() -> bytes:
    return repacked(a_workbook(("A",)), xl__sharedStrings=b" " * (tables.MAX_UNPACKED_BYTES + 1))


def with_entities() -> bytes:
    return repacked(
        a_workbook(("A",)),
        xl__sharedStrings=b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst>&b;</sst>',
    )


def far_away() -> bytes:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c></row>'
        b'<row r="2"><c r="DZ2"><v>1</v></c></row><row r="999999999"><c r="A999999999"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    return repacked(a_workbook(("A",)), xl__worksheets__sheet1=sheet)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(lambda: b"", "vide", id="nothing"),
        pytest.param(lambda: b"\r\n;;\r\n", "vide", id="empty lines alone"),
        pytest.param(lambda: b"A;B\nx\x00;y", "octet nul", id="a NUL byte"),
        pytest.param(lambda: b"\xff\xfe" + "A;B\nx\x00".encode("utf-16-le"), "caractère nul", id="a NUL in UTF-16"),
        pytest.param(lambda: b"A;B\n\x81\x8d", "ne se lisent pas", id="no known encoding"),
        pytest.param(lambda: b"A\n" + b"x\n" * 60_000, "plus de 50 000 lignes", id="60,000 rows"),
        pytest.param(
            lambda: b"A\n" + b"x" * (1024 * 1024), "ligne 2 ne se lit pas : une case trop longue", id="1 MB cell"
        ),
        pytest.param(lambda: b" " * (tables.MAX_BYTES + 1), "limite est 20 Mo", id="21 MB"),
        pytest.param(lambda: b"A;B\n" + b";" * 200 + b"x", "plus de 100 colonnes", id="200 columns"),
        pytest.param(lambda: b'A;B\n"x;y\nz;t\n', "guillemet", id="a quote that never closes"),
        pytest.param(lambda: b"\xd0\xcf\x11\xe0" + b"x" * 600, "mot de passe", id="old Excel, or encrypted"),
        pytest.param(lambda: b"PK\x03\x04" + b"x" * 600, "abîmé", id="a broken archive"),
        pytest.param(lambda: a_workbook(("A",))[:-200], "abîmé", id="a workbook cut short"),
        pytest.param(a_bomb, "trop gros", id="a zip bomb"),
        pytest.param(with_entities, "n’ont rien à y faire", id="entities that grow"),
        pytest.param(lambda: repacked(a_workbook(("A",)), xl__worksheets__sheet1=b"<w><x"), "abîmé", id="broken XML"),
        pytest.param(far_away, "plus de 100 colonnes", id="a cell far away"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(data: Callable[[], bytes], why: str) -> None:
    with pytest.raises(TableUnreadable, match=why):
        read_table(data())


@pytest.mark.parametrize("pack", [pytest.param(True, id="xlsx"), pytest.param(False, id="csv")])
def test_a_long_cell_is_an_error_of_its_own_line(pack: bool) -> None:
    long = "x" * 20_000
    data = a_workbook(("A", "B"), (long, 1)) if pack else f"A;B\n{long};1".encode()
    (found,) = read_table(data).rows
    assert found.cells[0] == Bad("x" * 40 + "…", "une case de 5000 caractères au plus")


def test_a_control_character_is_an_error_of_its_cell() -> None:
    assert cells(read_table(b"A\na\x07b")) == [(Bad("a�b", "un texte sans caractère invisible"),)]


def test_sixty_thousand_rows_of_a_workbook_are_refused() -> None:
    data = to_xlsx(["A"], (["x"] for _ in range(60_000)))
    with pytest.raises(TableUnreadable, match="plus de 50 000 lignes"):
        read_table(data)


@pytest.mark.parametrize("text", ["=1+1", "+33 6 12", "-1", "@SUM(A1)", "\t=1", "＝1+1", "'=already", "''-twice"])
def test_no_cell_of_a_csv_is_a_formula_and_it_comes_back_as_it_was(text: str) -> None:
    written = to_csv(["A"], [[text]])
    cell = written.decode("utf-8-sig").split("\r\n")[1].strip('"')
    assert cell.startswith("'")
    assert cells(read_table(written)) == [(text.strip(),)]


def test_no_cell_of_a_workbook_is_a_formula() -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx(["A"], [["=1+1"]]))).worksheets[0]
    assert (sheet["A2"].data_type, sheet["A2"].value) == ("s", "=1+1")


def test_a_csv_opens_in_excel_with_its_accents() -> None:
    assert to_csv(["Prénom", "Né le"], [["Zoé", date(2027, 3, 2)]]) == (
        b"\xef\xbb\xbf" + "Prénom;Né le\r\nZoé;02/03/2027\r\n".encode()
    )


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n=+-@'\"_x;,"), max_size=30)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=5))
@pytest.mark.parametrize("write", [pytest.param(to_csv, id="csv"), pytest.param(to_xlsx, id="xlsx")])
def test_any_text_comes_back(write: Callable[..., bytes], rows: list[list[str]]) -> None:
    wanted = [
        tuple(tables.clean(text) or None for text in row) for row in rows if any(tables.clean(text) for text in row)
    ]
    # a first column that is never empty: empty lines are left out, and trailing empty cells have no column
    back = cells(read_table(write(["n", "a", "b"], [["x", *row] for row in rows])))
    assert [row[1:] for row in back if any(row[1:])] == wanted


@pytest.mark.parametrize(("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_have_the_letters_of_a_spreadsheet(index: int, letters: str) -> None:
    assert column_letters(index) == letters

"""Reading a CSV or XLSX into rows, and writing one, as Excel in France makes and opens them.

A file is untrusted: its size, what it unpacks to, its rows, columns and cells are bounded, formulas are never computed.
"""

import codecs
import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from programme import french
from programme.errors import TableUnreadable

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 100
# Excel's own last row
LAST_ROW = 1_048_576
# of one cell: more than any field holds, less than a letter
MAX_CELL = 5_000
# what an XLSX of 20 MB may unpack to: ten times as much is ordinary, a thousand times is a bomb
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_PARTS = 1_000

_DELIMITERS = ";,\t"
# a spreadsheet takes a cell that starts so for a formula (OWASP, CSV injection); fullwidth ones too
_ACTIVE = "=+\\-@\t\r\n＝＋－＠"
_MUST_BE_INERT = re.compile(rf"'*[{_ACTIVE}]")
_MADE_INERT = re.compile(rf"'+[{_ACTIVE}]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# OOXML writes control characters so; a text that looks like it has to be written so itself (ECMA-376, 22.9.2.19)
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be taken as it is: what it shows, and why, in French."""

    shown: str
    why: str


Cell = str | int | float | bool | date | datetime | time | timedelta | Bad | None


@dataclass(frozen=True)
class Row:
    """``number`` is the one that a spreadsheet shows; there are as many cells as columns."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(data: bytes, *, sheet: str | None = None) -> Table:
    """The rows of a CSV or XLSX file, by what it holds rather than by its name; empty rows are left out.

    Args:
        sheet: of an XLSX; its first one by default.
    Raises:
        TableUnreadable: its message says in French what is wrong with the file, and what to do.
    """
    if len(data) > MAX_BYTES:
        raise TableUnreadable(
            f"Le fichier pèse {len(data) / 1024 / 1024:.0f} Mo ; la limite est {MAX_BYTES // 1024 // 1024} Mo. "
            "Coupez-le en plusieurs fichiers."
        )
    if data.startswith(b"PK\x03\x04"):
        return _table(_xlsx_rows(data, sheet))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableUnreadable(
            "C’est un ancien fichier Excel (.xls), ou il est protégé par un mot de passe. "
            "Dans Excel : « Enregistrer sous », « Classeur Excel (.xlsx) », sans mot de passe."
        )
    if sheet is not None:
        raise TableUnreadable("Un fichier CSV n’a pas de feuilles : enlevez le nom de la feuille.")
    return _table(_csv_rows(_decoded(data)))


def clean(text: str) -> str:
    """One way to write the same text: composed accents, \\n for a line break, no blank around."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def column_letters(index: int) -> str:
    """0 is A, 26 is AA: what a spreadsheet writes above a column."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _table(lines: Iterator[tuple[int, list[Cell]]]) -> Table:
    header: tuple[str, ...] | None = None
    rows: list[Row] = []
    for number, raw in lines:
        cells = [_checked(cell) for cell in raw]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MAX_COLUMNS:
            raise TableUnreadable(f"La ligne {number} a plus de {MAX_COLUMNS} colonnes.")
        if header is None:
            header = tuple(_title(cell) for cell in cells)
            continue
        if len(rows) == MAX_ROWS:
            raise TableUnreadable(
                f"Le fichier a plus de {MAX_ROWS:,} lignes. Coupez-le en plusieurs fichiers.".replace(",", " ")
            )
        if len(cells) > len(header):
            # kept beside the header's own, so that a semicolon too many is said and nothing shifts unseen
            header += tuple("" for _ in range(len(cells) - len(header)))
        rows.append(Row(number, tuple(cells)))
    if header is None:
        raise TableUnreadable("Le fichier est vide : la première ligne doit porter les noms des colonnes.")
    width = len(header)
    return Table(header, tuple(Row(row.number, row.cells + (None,) * (width - len(row.cells))) for row in rows))


def _title(cell: Cell) -> str:
    if isinstance(cell, Bad):
        raise TableUnreadable(f"Un nom de colonne ne se lit pas : {cell.why}.")
    return "" if cell is None else str(cell)


def _checked(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    text = clean(cell)
    if len(text) > MAX_CELL:
        return Bad(text[:40] + "…", f"une case de {MAX_CELL} caractères au plus")
    if _CONTROL.search(text):
        return Bad(_CONTROL.sub("�", text[:40]), "un texte sans caractère invisible")
    return text or None


# CSV


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return _decoded_as(data, encoding)
    if b"\x00" in data:
        raise TableUnreadable("Ce n’est pas un tableau : le fichier contient un octet nul. Enregistrez-le en .xlsx.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded_as(data, "cp1252")


def _decoded_as(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise TableUnreadable(
            "Les caractères du fichier ne se lisent pas. Dans Excel : « Enregistrer sous », « CSV UTF-8 »."
        ) from None
    if "\x00" in text:
        raise TableUnreadable("Ce n’est pas un tableau : le fichier contient un caractère nul.")
    return text


def _csv_rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    # Excel's own way to name the delimiter
    named = re.match(r"sep=(.)\r?\n", text)
    start, delimiter = (2, named[1]) if named else (1, None)
    body = text[named.end() :] if named else text
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter or _delimiter(body), strict=True)
    number = start - 1
    try:
        for number, row in enumerate(reader, start=start):
            yield number, [cell[1:] if _MADE_INERT.match(cell) else cell for cell in row]
    except csv.Error as problem:
        hint = "une case trop longue" if "limit" in str(problem) else "un guillemet mal fermé"
        raise TableUnreadable(f"La ligne {number + 1} ne se lit pas : {hint}.") from None


def _delimiter(text: str) -> str:
    """The one that cuts the header line into most cells; quotes are heeded."""

    def cells(delimiter: str) -> int:
        try:
            return next((len(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row), 0)
        except csv.Error:
            return 0

    return max(_DELIMITERS, key=cells)  # the first of equals: « ; »


# XLSX


def _xlsx_rows(data: bytes, sheet: str | None) -> Iterator[tuple[int, list[Cell]]]:
    _check_package(data)
    with warnings.catch_warnings():
        # of what we do not use: validations, styles, drawings
        warnings.filterwarnings("ignore", module="openpyxl")
        try:
            yield from _sheet_rows(data, sheet)
        except TableUnreadable:
            raise
        except Exception as problem:
            # openpyxl lets whatever it stumbles on through: KeyError, TypeError, ParseError, zlib.error…
            raise TableUnreadable(
                "Le classeur est abîmé. Ouvrez-le dans Excel ou LibreOffice et enregistrez-le à nouveau en .xlsx."
            ) from problem


def _check_package(data: bytes) -> None:
    """Refuse what would fill the memory before openpyxl reads it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            # zipfile never hands out more than the size that is declared
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise TableUnreadable(
                    "Une fois décompressé, le classeur est trop gros. "
                    "Copiez les seules cases utiles dans un nouveau classeur."
                )
            if "xl/workbook.xml" not in package.namelist():
                raise TableUnreadable(
                    "Ce n’est pas un classeur Excel. Enregistrez le tableau en .xlsx ou en CSV, puis recommencez."
                )
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_doctype(package, part)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        raise TableUnreadable("Le classeur est abîmé, ou protégé par un mot de passe.") from None


def _refuse_doctype(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """No spreadsheet has a document type; only there can entities that grow without end be declared."""
    root_seen = False

    def on_doctype(*_: object) -> None:
        raise TableUnreadable("Le classeur contient des instructions qui n’ont rien à y faire : il n’est pas lu.")

    def on_root(*_: object) -> None:
        nonlocal root_seen
        root_seen = True

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = on_doctype
    parser.StartElementHandler = on_root
    with package.open(part) as source:
        while not root_seen and (chunk := source.read(4096)):
            try:
                parser.Parse(chunk)
            except expat.ExpatError:
                return  # openpyxl says so, if it needs this part at all


def _sheet_rows(data: bytes, sheet: str | None) -> Iterator[tuple[int, list[Cell]]]:
    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    names = [each.title for each in values.worksheets]
    if not names:
        raise TableUnreadable("Le classeur n’a pas de feuille de calcul.")
    if sheet is not None and sheet not in names:
        raise TableUnreadable(f"Il n’y a pas de feuille « {sheet} » ; il y a : {', '.join(names)}.")
    index = names.index(sheet) if sheet is not None else 0
    # a cached value that is missing looks like an empty cell: only the formulas tell them apart
    formulas: Iterator[tuple[object, ...]] | None = None
    if _has_formulas(data):
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        formulas = _rows_of(book.worksheets[index])
    for number, row in enumerate(_rows_of(values.worksheets[index]), start=1):
        written = next(formulas, ()) if formulas is not None else ()
        yield number, [_xlsx_cell(value, written[at] if at < len(written) else None) for at, value in enumerate(row)]


def _rows_of(sheet: object) -> Iterator[tuple[object, ...]]:
    # the dimensions that a file declares may be wrong, by mistake or by malice
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    row: tuple[object, ...]
    for row in sheet.iter_rows(min_row=1, max_row=LAST_ROW, values_only=True):  # type: ignore[attr-defined]
        if len(row) > 10 * MAX_COLUMNS:  # even empty ones: a million rows of them take hours
            raise TableUnreadable(f"La feuille a plus de {MAX_COLUMNS} colonnes.")
        yield row


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with package.open(name) as source:
                    before = b""
                    while chunk := source.read(1 << 20):
                        if b"<f>" in before + chunk or b"<f " in before + chunk or b":f" in before + chunk:
                            return True
                        before = chunk[-2:]
    return False


def _xlsx_cell(value: object, written: object) -> Cell:
    if isinstance(value, str):
        if value.startswith("#") and value in _EXCEL_ERRORS:
            return Bad(value, "une valeur, pas une erreur de formule")
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if value is None:
        is_formula = written is not None and str(written).startswith("=")
        return Bad(str(written)[:40], "une valeur : la formule n’a pas été calculée") if is_formula else None
    if isinstance(value, bool | int | float | datetime | date | time | timedelta):
        return value
    return Bad(type(value).__name__, "un texte, un nombre ou une date")


_EXCEL_ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"})


# writing

Written = str | int | date | time | None


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Written]]) -> bytes:
    """UTF-8 with its mark, semicolons, CRLF: what Excel in France opens with a double click. No cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_inert(title) for title in columns])
    for row in rows:
        writer.writerow([_inert(_text(cell)) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Written]], *, title: str = "Export") -> bytes:
    """One sheet, its header in bold and always in sight; texts stay texts, dates are dates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    def cell(value: Written, *, bold: bool = False) -> SheetCell:
        written = WriteOnlyCell(sheet)
        if isinstance(value, str):
            # openpyxl takes « =… » for a formula; the type is set after the value
            written.value = _LOOKS_ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", value))
            written.data_type = "s"
            written.number_format = "@"
        elif value is not None:
            written.value = value
            if isinstance(value, date):
                written.number_format = "dd/mm/yyyy"
            elif isinstance(value, time):
                written.number_format = "hh:mm"
        if bold:
            written.font = Font(bold=True)
        return written

    sheet.append([cell(name, bold=True) for name in columns])
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text(cell: Written) -> str:
    match cell:
        case None:
            return ""
        case date():
            return f"{cell:%d/%m/%Y}"
        case time():
            return f"{cell:%H:%M}"
    return str(cell)


def _inert(text: str) -> str:
    """Led by an apostrophe when a spreadsheet would compute it; reading takes that apostrophe off again."""
    return f"'{text}" if _MUST_BE_INERT.match(text) else text


def same_title(title: str) -> str:
    """A header as headers compare: « Date  de\\u00a0naissance (mois) » is « date de naissance mois »."""
    return " ".join("".join(char if char.isalnum() else " " for char in french.plain(title)).split())

"""What an import would do, line by line, before it does anything; then doing it, all or nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from programme import audit, french
from programme.errors import ImportRefused
from programme.exchange.columns import Column, Unreadable
from programme.exchange.tables import Bad, Cell, Row, Table, Written, column_letters
from programme.models import Teller

# one import of a kind at a time: two of the same file would both find its lines new
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('declic import ' || :kind))"


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    ERROR = "error"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: what it shows, what was expected. For the eyes of who imports; never logged."""

    column: str
    value: str = field(repr=False)
    expected: str


@dataclass(frozen=True)
class Change:
    column: str
    before: str = field(repr=False)
    after: str = field(repr=False)


@dataclass(frozen=True)
class Line:
    """``number`` as the spreadsheet shows it; ``work`` is what the kind needs to write it."""

    number: int
    outcome: Outcome
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()
    work: Any = field(default=None, repr=False)


@dataclass(frozen=True)
class Entry:
    """A line that could be read: the values of its columns that are not empty."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """``zone`` is the one of hours without another; ``staff_id`` who imports, when it is known."""

    zone: ZoneInfo
    now: datetime
    staff_id: int | None = None


@dataclass(frozen=True)
class Kind:
    """One sort of table. Its lines are planned together, with as few queries as there are tables to look into."""

    name: str
    columns: tuple[Column, ...]
    # columns without which nothing can be found: one of each tuple
    needs: tuple[tuple[str, ...], ...]
    plan: Callable[[Session, Sequence[Entry], Context], list[Line]]
    write: Callable[[Session, Sequence[Line], Context], None]
    rows: Callable[[Session, Select[Any] | None, Context], list[Mapping[str, Any]]]
    # why a column with such a title is not taken, whatever it holds; None for any other
    refusal: Callable[[str], str | None] = lambda _: None
    # what whoever imports should know of what is there already
    notes: Callable[[Session], tuple[str, ...]] = lambda _: ()

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True)
class Preview:
    kind: str
    lines: tuple[Line, ...]
    # columns that nobody knows: said, then left aside
    ignored: tuple[str, ...] = ()
    # of the whole file: nothing can be imported before it is mended
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(line.outcome for line in self.lines)

    @property
    def is_clean(self) -> bool:
        return not self.refusals and not self.counts[Outcome.ERROR]


def preview(session: Session, kind: Kind, table: Table, *, zone: ZoneInfo, now: datetime) -> Preview:
    """What importing this table would do. Nothing is written."""
    return _preview(session, kind, table, Context(zone, now))


def apply(
    session: Session,
    kind: Kind,
    table: Table,
    *,
    zone: ZoneInfo,
    now: datetime,
    staff_id: int | None = None,
    skip_errors: bool = False,
) -> Preview:
    """Write the lines that are new or changed, in the caller's one transaction; what was done.

    The table is looked at again first: what changed since the preview counts. Importing the same table twice changes
    nothing the second time. An empty cell, or a missing column, leaves what is there.

    Raises:
        ImportRefused: the file as a whole is refused, or a line has an error and ``skip_errors`` is not set.
    """
    session.execute(text(_LOCK), {"kind": kind.name})
    context = Context(zone, now, staff_id)
    found = _preview(session, kind, table, context)
    if found.refusals or (not found.is_clean and not skip_errors):
        raise ImportRefused(found)
    kind.write(session, [line for line in found.lines if line.outcome in (Outcome.NEW, Outcome.CHANGED)], context)
    counts = {outcome.value: found.counts[outcome] for outcome in Outcome}
    audit.record(session, f"{kind.name}.import", teller=Teller.IMPORT, now=now, staff_id=staff_id, details=counts)
    return found


def words(found: Preview, *, at_most: int = 50) -> list[str]:
    """The preview in French, for whoever imports: the file, what is wrong first, what changes, what is there already,
    then how many."""
    said = list(found.refusals)
    if found.ignored:
        said.append("Colonnes inconnues, laissées de côté : " + ", ".join(found.ignored) + ".")
    errors = [
        f"Ligne {line.number}, « {problem.column} » : « {problem.value} » ; attendu : {problem.expected}."
        for line in found.lines
        for problem in line.problems
    ]
    changes = [
        f"Ligne {line.number}, « {change.column} » : « {change.before} » devient « {change.after} »."
        for line in found.lines
        if line.outcome is Outcome.CHANGED
        for change in line.changes
    ]
    for sentences in (errors, changes):
        said += sentences[:at_most]
        if len(sentences) > at_most:
            said.append(f"… et {len(sentences) - at_most} autres.")
    said += found.notes
    if not found.refusals:
        counts = found.counts
        said.append(
            f"{french.plural(counts[Outcome.NEW], 'nouvelle', 'nouvelles')}, "
            f"{french.plural(counts[Outcome.CHANGED], 'changée', 'changées')}, "
            f"{french.plural(counts[Outcome.SAME], 'identique', 'identiques')}, "
            f"{french.plural(counts[Outcome.ERROR], 'erreur', 'erreurs')}."
        )
    return said


def changes_of(kind: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """The values of ``after`` that differ, as they are shown; what ``after`` does not say does not change."""
    return tuple(
        Change(kind.column(key).title, shown(kind, key, before.get(key)), shown(kind, key, value))
        for key, value in after.items()
        if before.get(key) != value
    )


def problem(kind: Kind, key: str, value: Any, expected: str) -> Problem:
    return Problem(kind.column(key).title, _short(shown(kind, key, value)), expected)


def shown(kind: Kind, key: str, value: Any) -> str:
    return "" if value is None else str(kind.column(key).write(value))


def error(number: int, *problems: Problem) -> Line:
    return Line(number, Outcome.ERROR, problems=problems)


def of_line(number: int, *, new: bool, changes: tuple[Change, ...], problems: Sequence[Problem], work: Any) -> Line:
    if problems:
        return error(number, *problems)
    outcome = Outcome.NEW if new else Outcome.CHANGED if changes else Outcome.SAME
    return Line(number, outcome, changes, work=work)


def written_rows(kind: Kind, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Written]]]:
    """The titles and cells of an export: every column, also those that are empty."""
    titles = [column.title for column in kind.columns]
    return titles, [
        [None if (value := row.get(column.key)) is None else column.write(value) for column in kind.columns]
        for row in rows
    ]


def _preview(session: Session, kind: Kind, table: Table, context: Context) -> Preview:
    columns, ignored, refusals = _columns(kind, table)
    if refusals:
        return Preview(kind.name, (), tuple(ignored), tuple(refusals))
    entries: list[Entry] = []
    lines: list[Line] = []
    for row in table.rows:
        values, problems = _read(columns, row)
        if problems:
            lines.append(error(row.number, *problems))
        else:
            entries.append(Entry(row.number, values))
    with session.no_autoflush:
        lines += kind.plan(session, entries, context)
    in_order = tuple(sorted(lines, key=lambda line: line.number))
    return Preview(kind.name, in_order, tuple(ignored), notes=kind.notes(session))


def _columns(kind: Kind, table: Table) -> tuple[list[Column | None], list[str], list[str]]:
    """The column under each title, with the titles left aside and the reasons why the file cannot be taken."""
    found: list[Column | None] = []
    ignored: list[str] = []
    refusals: list[str] = []
    for at, title in enumerate(table.columns):
        column = next((each for each in kind.columns if title and each.is_named(title)), None)
        if column is not None and column in found:
            first = table.columns[found.index(column)]
            refusals.append(
                f"Les colonnes « {first} » et « {title} » disent toutes deux « {column.title} » : gardez-en une."
            )
        elif column is None and (why := kind.refusal(title)):
            refusals.append(f"La colonne « {_short(title)} » n’est pas acceptée. {why} Retirez-la du fichier.")
        elif column is None and (title or any(row.cells[at] is not None for row in table.rows)):
            ignored.append(_short(title) if title else f"{column_letters(at)} (sans titre)")
        found.append(column)
    keys = {column.key for column in found if column is not None}
    for some in kind.needs:
        if not keys.intersection(some):
            titles = " ou ".join(f"« {kind.column(key).title} »" for key in some)
            refusals.append(f"Il manque la colonne {titles}.")
    return found, ignored, refusals


def _read(columns: Sequence[Column | None], row: Row) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column, cell in zip(columns, row.cells, strict=True):
        if column is None or cell is None:
            continue
        try:
            values[column.key] = column.read(cell)
        except Unreadable as unread:
            problems.append(Problem(column.title, _short(_cell_shown(cell)), str(unread)))
    return values, problems


def _cell_shown(cell: Cell) -> str:
    return cell.shown if isinstance(cell, Bad) else str(cell)


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:59] + "…"


def mark_repeated(lines: Sequence[Line], keys: Sequence[tuple[object, str]], column: Column) -> list[Line]:
    """Lines whose key an earlier line has are errors: which of the two counts, nobody can tell.

    A key is what is compared, and what of it is shown.
    """
    first: dict[object, int] = {}
    checked = []
    for line, (key, seen) in zip(lines, keys, strict=True):
        if key in first:
            said = Problem(column.title, _short(seen), f"une seule fois : c’est déjà à la ligne {first[key]}")
            line = error(line.number, *line.problems, said)
        else:
            first[key] = line.number
        checked.append(line)
    return checked

"""`declic import` and `declic export`: tables in and out. What is said of a file is in French, for who made it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.common import load_content, programme_engine, read_settings, say, stop
from bot.settings import Settings
from programme import french
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import (
    CohortNotFound,
    CohortRuleWrong,
    ExportNotAllowed,
    ExportTooLarge,
    ImportRefused,
    StaffNotFound,
    TableUnreadable,
)
from programme.exchange import companies, events, people
from programme.exchange.export import export, staff_by_email
from programme.exchange.preview import Kind, Preview, apply, preview, words
from programme.exchange.tables import MAX_BYTES, Table, Written, read_table, to_csv, to_xlsx
from programme.figures import as_table, cohort_figures

imports = typer.Typer(no_args_is_help=True, help="Take in a CSV or XLSX file (docs/importer-exporter.md).")
exports = typer.Typer(no_args_is_help=True, help="Write a CSV or XLSX file, for those who may.")


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV or XLSX file.")]
Sheet = Annotated[str | None, typer.Option(help="The sheet of an XLSX file; its first one by default.")]
Apply = Annotated[bool, typer.Option("--apply", help="Write what the preview shows; without it nothing is written.")]
SkipErrors = Annotated[bool, typer.Option("--skip-errors", help="Write the other lines when some have errors.")]
By = Annotated[str, typer.Option("--by", help="Your own e-mail address, as it is in the team.")]
AsStaff = Annotated[str | None, typer.Option("--by", help="Your own e-mail address, noted in the audit.")]
Out = Annotated[Path, typer.Option(dir_okay=False, help="The file to write; only you will be able to read it.")]
As = Annotated[Format, typer.Option("--format")]


@imports.command("people")
def import_people(
    file: File, sheet: Sheet = None, apply: Apply = False, skip_errors: SkipErrors = False, by: AsStaff = None
) -> None:
    """Young people, found by their reference."""
    _import(people.KIND, file, sheet, apply, skip_errors, by)


@imports.command("events")
def import_events(
    file: File, sheet: Sheet = None, apply: Apply = False, skip_errors: SkipErrors = False, by: AsStaff = None
) -> None:
    """Workshops and their dates, found by code and start."""
    _import(events.KIND, file, sheet, apply, skip_errors, by)


@imports.command("companies")
def import_companies(
    file: File, sheet: Sheet = None, apply: Apply = False, skip_errors: SkipErrors = False, by: AsStaff = None
) -> None:
    """Companies, their sites and contacts, found by SIREN, else by name and commune."""
    _import(companies.KIND, file, sheet, apply, skip_errors, by)


@exports.command("people")
def export_people(by: By, out: Out, format: As = Format.CSV) -> None:
    """The young people that are yours to follow."""
    _export(people.KIND, by, out, format)


@exports.command("events")
def export_events(by: By, out: Out, format: As = Format.CSV) -> None:
    """Workshops and their dates."""
    _export(events.KIND, by, out, format)


@exports.command("companies")
def export_companies(by: By, out: Out, format: As = Format.CSV) -> None:
    """Companies, their sites and contacts."""
    _export(companies.KIND, by, out, format)


@exports.command("figures")
def export_figures(
    cohort: Annotated[str, typer.Argument(help="The key of a cohort.")],
    by: By,
    out: Out,
    format: As = Format.CSV,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; today's by default.")
    ] = None,
) -> None:
    """What committees ask of a cohort; counts below five are hidden."""
    settings = read_settings()
    now = clock()
    on = day.date() if day is not None else now.astimezone(settings.zone).date()
    with _transaction(settings) as session:
        titles, rows = as_table(cohort_figures(session, cohort, staff_id=staff_by_email(session, by), on=on, now=now))
        _write(out, format, titles, rows)


def _import(kind: Kind, file: Path, sheet: str | None, write: bool, skip_errors: bool, by: str | None) -> None:
    settings = read_settings()
    table = _read(file, sheet)
    now = clock()
    with _transaction(settings) as session:
        if not write:
            _say(preview(session, kind, table, zone=settings.zone, now=now))
            say("Nothing was written: `--apply` does it.")
            return
        staff_id = staff_by_email(session, by) if by is not None else None
        try:
            done = apply(session, kind, table, zone=settings.zone, now=now, staff_id=staff_id, skip_errors=skip_errors)
        except ImportRefused as refused:
            _say(refused.preview)
            stop("nothing was written. Mend the file, or leave the lines with errors aside with --skip-errors.")
        _say(done)
        # more seats: those who wait are offered one
        told = load_content(settings).desk.fill(session, now=now) if kind is events.KIND else 0
    say("Written.")
    if told:
        say(f"{french.plural(told, 'person', 'people')} on a waiting list are offered a seat and told.")


def _export(kind: Kind, by: str, out: Path, format: Format) -> None:
    settings = read_settings()
    with _transaction(settings) as session:
        titles, rows = export(session, kind, staff_id=staff_by_email(session, by), zone=settings.zone, now=clock())
        _write(out, format, titles, rows)


def _read(file: Path, sheet: str | None) -> Table:
    try:
        with file.open("rb") as source:
            # one byte more than may be read says that it is too large, however large it is
            return read_table(source.read(MAX_BYTES + 1), sheet=sheet)
    except OSError as problem:
        stop(f"{file} cannot be read: {problem.strerror}.")
    except TableUnreadable as problem:
        stop(f"{file.name} : {problem}")


def _write(out: Path, format: Format, titles: list[str], rows: list[list[Written]]) -> None:
    """Before the transaction ends: what could not be written is not noted as taken out."""
    data = to_csv(titles, rows) if format is Format.CSV else to_xlsx(titles, rows)
    try:
        out.touch(mode=0o600)
        out.chmod(0o600)  # an older file may have been everybody's
        out.write_bytes(data)
    except OSError as problem:
        stop(f"{out} cannot be written: {problem.strerror}.")
    say(f"{out}: {french.plural(len(rows), 'row', 'rows')}.")


def _say(found: Preview) -> None:
    for line in words(found):
        say(line)


@contextmanager
def _transaction(settings: Settings) -> Iterator[Session]:
    """A refusal of the programme becomes one line."""
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        try:
            yield session
        except StaffNotFound:
            stop("nobody of the team has this address.")
        except ExportNotAllowed:
            stop("your role does not allow to take these data out.")
        except ExportTooLarge as large:
            stop(f"there are more than {large} rows: take out less at a time.")
        except CohortNotFound:
            stop("there is no such cohort.")
        except CohortRuleWrong as wrong:
            stop(f"the rule of this cohort names {wrong}, which does not exist.")

"""`declic bench`: what Déclic costs, measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine, make_url, text

from bot import model
from bot.commands.common import database_url, read_settings, say, stop
from bot.settings import Settings
from programme.clock import clock
from programme.database import engine_for

app = typer.Typer(help="Measure turns, times and memory; and the services on a million people.")


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, help="How often the two servers are measured in turn.")] = 3,
    conversations: Annotated[int, typer.Option(min=1, help="Conversations of eight turns for each client.")] = 3,
) -> None:
    """Measure turns per second, times, memory and start of our dialogue server beside the project of `rasa init`."""
    if context.invoked_subcommand is not None:
        return
    from bot.bench import bench as measure

    try:
        measure(read_settings(), rounds=rounds, conversations=conversations, say=say)
    except (model.NotSetUp, model.TrainingFailed) as problem:
        stop(str(problem))


# a Wednesday
SEPTEMBER = date(2027, 9, 1)
Scale = Annotated[float, typer.Option(min=0.0005, max=10, help="1 is a million people, 5 million bookings.")]
People = Annotated[
    int | None, typer.Option(min=500, max=10_000_000, help="So many people, instead of a scale.", show_default=False)
]


@app.command()
def data(
    scale: Scale = 1.0,
    people: People = None,
    again: Annotated[bool, typer.Option("--again", help="Make it anew.")] = False,
) -> None:
    """Make up a programme in a database of its own, beside the real one; kept until its scale or the schema changes."""
    with _database(read_settings()) as (engine, folder):
        _fill(engine, folder, scale=_scale(scale, people), again=again)


@app.command()
def programme(
    scale: Scale = 1.0,
    people: People = None,
    calls: Annotated[int, typer.Option(min=20, help="How often each service is called.")] = 300,
) -> None:
    """Time the services on that database, and check by their plans that none walks through a big table."""
    from bot.bench_programme import measure, problems

    with _database(read_settings()) as (engine, folder):
        _fill(engine, folder, scale=_scale(scale, people), again=False)
        measured = measure(engine, calls=calls, say=say)
    if found := problems(measured):
        stop("; ".join(found))
    say("Each is within its target, and none walks through a big table.")


@app.command()
def console(
    messages: Annotated[int, typer.Option(min=10_000, max=200_000_000, help="Twenty for each person.")] = 20_000_000,
    calls: Annotated[int, typer.Option(min=2, help="How often each page is asked for.")] = 50,
) -> None:
    """Time the team's list of conversations and its search on that database, for who reaches few and many people."""
    from bot.bench_console import measure, problems
    from bot.bench_data import MESSAGES_EACH, Size

    scale = _scale(1, messages // MESSAGES_EACH)
    with _database(read_settings()) as (engine, folder):
        _fill(engine, folder, scale=scale, again=False)
        measured = measure(engine, size=Size(scale), calls=calls, say=say)
    if found := problems(measured):
        stop("; ".join(found))
    say("Each is within its target.")


@app.command()
def september(
    people: Annotated[int, typer.Option(min=100, max=10_000_000, help="Candidates.")] = 1_000_000,
    bots: Annotated[int, typer.Option(min=1, max=100)] = 2,
    name: Annotated[str, typer.Option("--campaign")] = "septembre",
    out: Annotated[
        Path | None, typer.Option("--out", file_okay=False, help="Write a report with plots into this folder.")
    ] = None,
) -> None:
    """Play a whole September with made-up people in a database of its own, and measure planning and picking."""
    from bot.september import DATABASE, simulate, write_report
    from programme.campaigns.definition import load_campaigns

    definitions = load_campaigns()
    if name not in definitions:
        stop(f"there is no campaign {name}: there are {', '.join(definitions)}.")
    definition = definitions[name]
    with _database(read_settings(), DATABASE) as (engine, _):
        season = simulate(engine, definition, people=people, bots=bots, starts_on=SEPTEMBER, say=say)
    sent, took = sum(each.sent for each in season.hours), max(each for _, each in season.picks)
    say(f"{sent:,} sent, {season.expired:,} expired; started in {season.started_s:.0f} s; longest pick {took:.0f} ms.")
    if out is not None:
        command = f"declic bench september --people {people} --bots {bots}"
        report = write_report(season, definition, out, on=clock().date(), command=command)
        say(f"Report: {report}")


def _scale(scale: float, people: int | None) -> float:
    from bot.bench_data import PEOPLE

    return scale if people is None else people / PEOPLE


def _fill(engine: Engine, folder: Path | None, *, scale: float, again: bool) -> None:
    from bot.bench_data import NoRoom, fill

    try:
        fill(engine, folder, scale=scale, again=again, say=say)
    except NoRoom as problem:
        stop(f"{problem}: give a smaller --scale, or make room.")


@contextmanager
def _database(settings: Settings, name: str = "declic_bench") -> Iterator[tuple[Engine, Path | None]]:
    """A database for the bench alone, on the same server; never that of the programme. And where its data is kept."""
    # the embedded server of the bench is its own: filling it leaves the real one alone
    own = settings.model_copy(update={"data_dir": settings.data_dir / "bench"})
    with database_url(own) as url:
        if make_url(url).database == name:
            stop(f"DECLIC_DATABASE_URL names {name}, which the bench empties: give the programme another one.")
        server = engine_for(url)
        with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
                connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        engine = engine_for(make_url(url).set(database=name).render_as_string(hide_password=False))
        yield engine, own.data_dir if own.database_url is None else None
        engine.dispose()

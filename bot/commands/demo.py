"""`declic demo`: a made-up Mission locale to look at, and to take out again."""

import typer

from bot.commands.common import programme_engine, read_settings, say, stop
from programme import demonstration
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import CommuneTaken, ContentError

app = typer.Typer(no_args_is_help=True, help="A made-up Mission locale, to look at and to show.")


@app.command()
def load() -> None:
    """Put in invented young people, companies and a season of dates; again, it brings the dates up to today."""
    settings = read_settings()
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        try:
            people = demonstration.load(session, zone=settings.zone, now=clock())
        except CommuneTaken as problem:
            stop(f"{problem}: the demonstration is for a database without territories of your own.")
        except ContentError as problem:
            stop(str(problem))
    say(f"Demonstration: {people} invented young people, with their season. `declic demo remove` takes it out again.")


@app.command()
def remove() -> None:
    """Take the demonstration out, with all that was booked or noted in it."""
    with programme_engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        demonstration.remove(session)
    say("The demonstration is gone.")

"""The `declic` command: every operator's task goes through it."""

import asyncio
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from bot import model, replay, training_data
from bot.commands import bench as bench_commands
from bot.commands import campaign as campaign_commands
from bot.commands import deliveries as delivery_commands
from bot.commands import demo as demo_commands
from bot.commands import exchange as exchange_commands
from bot.commands import nlu as nlu_commands
from bot.commands import user as user_commands
from bot.commands import workshops as workshop_commands
from bot.commands.common import load_content, read_settings, say, stop
from bot.commands.common import programme_engine as _engine
from bot.processes import PortTaken, Process, Supervisor, check_ports
from bot.settings import Settings
from programme import coaching_check, content_check, flags, french, pay_file
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import ContentError, FlagNotFound
from programme.event_file import keep_demonstration
from programme.facts import FactBook
from programme.facts_check import check_facts
from programme.migrate import new_migration
from programme.practice import rehearsal
from programme.profile import Contract, Profile, Stage
from programme.replies import Reply

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Run and look after Déclic."
)
database = typer.Typer(no_args_is_help=True, help="The programme database.")
flag = typer.Typer(no_args_is_help=True, help="Conversations that ask for somebody of the team.")
fact = typer.Typer(no_args_is_help=True, help="Amounts, rules and contacts with their dates.")
content = typer.Typer(no_args_is_help=True, help="Answers, facts and sentences.")
app.add_typer(database, name="db")
app.add_typer(workshop_commands.app, name="workshops")
app.add_typer(bench_commands.app, name="bench")
app.add_typer(campaign_commands.app, name="campaign")
app.add_typer(demo_commands.app, name="demo")
app.add_typer(exchange_commands.imports, name="import")
app.add_typer(exchange_commands.exports, name="export")
app.add_typer(nlu_commands.app, name="nlu")
app.add_typer(user_commands.app, name="user")
app.add_typer(delivery_commands.app, name="deliveries")
app.add_typer(delivery_commands.worker, name="worker")
data = typer.Typer(no_args_is_help=True, help="Training data, rules and stories.")
app.add_typer(flag, name="flags")
app.add_typer(fact, name="facts")
app.add_typer(content, name="content")
app.add_typer(data, name="data")

PROCESSES = ("dialogue", "actions", "bot", "worker")


def main() -> None:
    app()


@app.command()
def prepare() -> None:
    """Bring everything up to date before a start: database, demonstration workshops, trained model."""
    settings = read_settings()
    load_content(settings)
    with _engine(settings) as engine:
        say("Database: ready.")
        if settings.demo:
            with session_factory_for(engine).begin() as session:
                if keep_demonstration(session, zone=settings.zone, now=clock()):
                    say("Demonstration workshops: added for the coming weeks.")
    _train(settings)


@app.command()
def train() -> None:
    """Train the model, unless there is one for the present data."""
    say(f"Model: {_train(read_settings()).name}")


@app.command()
def up(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Which of {', '.join(PROCESSES)}; all by default.", show_default=False)
    ] = None,
) -> None:
    """Start the processes, and keep them running until Ctrl-C."""
    settings = read_settings()
    chosen = names or list(PROCESSES)
    for name in chosen:
        if name not in PROCESSES:
            stop(f"there is no process {name}: choose among {', '.join(PROCESSES)}.")
    if "dialogue" in chosen:
        try:
            model.require_dialogue_environment()
        except model.NotSetUp as problem:
            stop(str(problem))
        if not model.current_model(settings).exists():
            stop("there is no model for the present data: run `declic train` (or `make run`, which does it).")
    with _engine(settings) as engine:
        url = engine.url.render_as_string(hide_password=False)
        engine.dispose()  # the processes have connections of their own
        processes = [_process(name, settings, url) for name in PROCESSES if name in chosen]
        try:
            check_ports(processes, settings.host)
        except PortTaken as problem:
            stop(str(problem))
        address = f"http://localhost:{settings.port}"
        ready = f"Déclic is ready: {address}" if "bot" in chosen else f"Running: {', '.join(chosen)}."
        asyncio.run(Supervisor(processes, say).run(ready))


def _process(name: str, settings: Settings, url: str) -> Process:
    declic = [sys.executable, "-m", "bot.cli", "run", name]
    ours = os.environ | {"DECLIC_DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
    ours |= {"PTB_TIMEDELTA": "true"}  # python-telegram-bot's way to come for waiting times; it warns otherwise
    if name == "dialogue":
        command, environment = model.server_command(model.current_model(settings), port=settings.dialogue_port)
        environment |= {"DECLIC_ACTIONS_PORT": str(settings.actions_port)}
        status = f"{settings.dialogue_url}/status"
        return Process(name, command, environment, settings.dialogue_port, "DECLIC_DIALOGUE_PORT", status)
    if name == "actions":
        status = f"{settings.actions_url}/health"
        return Process(name, declic, ours, settings.actions_port, "DECLIC_ACTIONS_PORT", status)
    if name == "bot":
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
        return Process(
            name, declic, ours, settings.port, "DECLIC_PORT", f"http://{host}:{settings.port}/api/openapi.json"
        )
    return Process(name, declic, ours)


@app.command(hidden=True)
def run(name: str) -> None:
    """Be one of our processes, in the foreground; `declic up` starts them so."""
    from bot import logs  # each process loads only its own libraries

    settings = read_settings()
    logs.set_up(name)
    if settings.database_url is None:
        stop("DECLIC_DATABASE_URL is not set: start processes with `declic up`.")
    url = settings.database_url.get_secret_value()
    serve: Callable[[], None]
    if name == "bot":
        from bot.app import serve as serve_bot

        def serve() -> None:
            serve_bot(settings, url)
    elif name == "actions":
        from actions.server import serve as serve_actions

        def serve() -> None:
            site = str(settings.public_url).rstrip("/") if settings.public_url is not None else None
            serve_actions(
                database_url=url, port=settings.actions_port, zone=settings.zone, today=settings.today, public_url=site
            )
    elif name == "worker":
        from bot.worker.main import work

        def serve() -> None:
            asyncio.run(work(settings, url))
    else:
        stop(f"there is no process {name}")
    try:
        serve()
    except ContentError as problem:
        stop(str(problem))


@database.command("migrate")
def db_migrate() -> None:
    """Run the migrations that are missing."""
    with _engine(read_settings()):
        say("Database: up to date.")


@database.command("revision")
def db_revision(message: str) -> None:
    """Write a migration from what changed in programme/models.py; read it before you commit it."""
    with _engine(read_settings()) as engine:
        new_migration(engine, message)


@flag.command("list")
def flags_list() -> None:
    """Show the conversations that ask for somebody of the team, the most urgent first."""
    settings = read_settings()
    with _engine(settings) as engine, session_factory_for(engine).begin() as session:
        found = flags.open_flags(session)
        for each in found:
            local = each.raised_at.astimezone(settings.zone)
            say(f"{each.id:6}  {local:%Y-%m-%d %H:%M}  {each.reason:16} conversation {each.conversation_id}")
        say(f"{french.plural(len(found), 'open flag', 'open flags')}.")


@flag.command("close")
def flags_close(flag_id: Annotated[int, typer.Argument(min=1, max=2**63 - 1)]) -> None:
    """Say that somebody has taken care of it."""
    with _engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        try:
            flags.close_flag(session, flag_id, now=clock())
        except FlagNotFound:
            stop(f"no open flag has the number {flag_id}: `declic flags list` shows them.")
    say(f"Flag {flag_id}: closed.")


@content.command("check")
def check() -> None:
    """Check every answer, fact, sentence, employer, game and workshop of the content, and how hard it is to read."""
    assistant = load_content(read_settings())
    if problems := [*content_check.problems(assistant.answers), *coaching_check.problems(assistant)]:
        stop(f"{french.plural(len(problems), 'thing', 'things')} to change in the content:\n" + "\n".join(problems))
    for line in content_check.awaiting_approval(assistant.answers):
        say(f"To be approved: {line}")
    say(
        f"Content: {len(assistant.answers.topics)} answers, {len(assistant.texts.keys())} sentences, "
        f"{len(assistant.practice.personas)} employers, all in order."
    )


@content.command("employer")
def employer(
    name: Annotated[str, typer.Argument(help="The id of an employer: the name of its file without .yml.")],
    level: Annotated[int | None, typer.Option(min=1, max=3, help="1 to 3; the employer's own by default.")] = None,
) -> None:
    """Read one employer as a good call and as one that begins badly, with what the debrief would praise."""
    personas = load_content(read_settings()).practice.personas
    if name not in personas:
        stop(f"there is no employer {name}: there are {', '.join(personas)}.")
    persona = personas[name]
    for title, call in (("A good call", rehearsal.good_call), ("A call that begins badly", rehearsal.clumsy_call)):
        heard = call(persona, level=level or persona.level)
        say(f"\n== {title} ==")
        for exchange in heard.exchanges:
            if exchange.line:
                say(f"   — {exchange.line}")
            say(f"{persona.who.title}: {exchange.reply}")
        found = heard.debrief
        need = f"found at line {found.need_at}" if found.need_at is not None else "not found"
        say(f"[{found.points} steps of 9, need {need}, missed most: {found.missed or 'nothing'}]")


@fact.command("check")
def facts_check(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; today's by default.")
    ] = None,
) -> None:
    """List the facts that are stale, those to check within 60 days, and those that nothing uses."""
    settings = read_settings()
    assistant = load_content(settings)
    on = day.date() if day else clock().astimezone(settings.zone).date()
    report = check_facts(assistant.facts, assistant.answers, on=on)
    for title, found in (
        ("Stale: their numbers are not given any more", report.stale),
        ("To check within 60 days", report.soon),
        ("Ended without a successor", report.ended),
        ("Used by no answer and no rule", [(fact, []) for fact in report.unused]),
    ):
        say(f"{title}: {len(found) or 'none'}")
        for each, topics in found:
            used = f"  ({', '.join(topics)})" if topics else ""
            say(f"  {each.review_by}  {each.id}, {each.owner}: {each.sources[0].url}{used}")
    if report.costs_numbers:
        stop("answers go without their numbers: check the stale facts again (docs/facts.md).")


@content.command("links")
def links(
    visit: Annotated[bool, typer.Option("--visit", help="Open each one; this needs the internet.")] = False,
) -> None:
    """List the addresses of the sources; with --visit say which ones do not open."""
    series = load_content(read_settings()).facts.series
    addresses = sorted({str(each.url) for dated in series.values() for fact in dated for each in fact.sources})
    if not visit:
        for address in addresses:
            say(address)
        say(f"{len(addresses)} addresses. `declic content links --visit` opens them, which needs the internet.")
        return
    dead = 0
    with httpx.Client(timeout=20, follow_redirects=True, headers={"User-Agent": "declic content links"}) as client:
        for address in addresses:
            try:
                answer = str(client.get(address).status_code)
            except httpx.HTTPError as problem:
                answer = type(problem).__name__
            dead += answer != "200"
            say(f"{answer:>16}  {address}")
    if dead:
        stop(
            f"{dead} of {len(addresses)} addresses did not open: look at them in a browser (some sites refuse robots)."
        )


@content.command("preview")
def preview(
    topic: str,
    age: Annotated[int | None, typer.Option(help="In years.")] = None,
    stage: Annotated[Stage | None, typer.Option(help="Where the person stands.")] = None,
    contract: Annotated[Contract | None, typer.Option(help="The contract they speak of.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As of this day; today's by default.")
    ] = None,
) -> None:
    """Show an answer as this person would read it, with its details and its other wordings."""
    settings = read_settings()
    answers = load_content(settings).answers
    if topic not in answers:
        stop(f"there is no answer on {topic}: `content/topics.yml` lists the topics.")
    on = day.date() if day else clock().astimezone(settings.zone).date()
    profile = Profile(age=age, stage=stage, contract=contract)
    wording = next(answer for answer in answers.all if answer.topic == topic).wording(profile)
    for heard in range(1 + len(wording.variants)):
        say(f"— {topic}" + (f", asked again ({heard})" if heard else ""))
        _show(answers.answer(topic, on=on, profile=profile, heard=heard))
    if wording.more:
        say("— En savoir plus")
        _show(answers.more(topic, on=on, profile=profile))


def _show(replies: list[Reply]) -> None:
    for reply in replies:
        say(reply.text)
        if reply.buttons:
            say(" ".join(f"[{button.title}]" for button in reply.buttons))
        say("")


@data.command("check")
def data_check() -> None:
    """Check the phrases (enough, none said twice, none seen in training that judges), then all of it with Rasa."""
    problems = training_data.problems()
    if problems:
        stop("the training data is not in order:\n" + "\n".join(problems))
    try:
        model.check_data()
    except (model.NotSetUp, model.TrainingFailed) as problem:
        stop(str(problem))
    say("Training data: in order.")


@app.command()
def pay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Worked pays, as docs/pay.md shows.")],
) -> None:
    """Compare worked pays with what is computed; fails when one differs by more than the file allows."""
    try:
        compared = pay_file.compare_file(FactBook.load(), file)
    except ContentError as problem:
        stop(str(problem))
    for case in compared:
        say(f"{'ok  ' if case.holds else 'DIFF'} {case.id}")
        if case.problem:
            say(f"       {case.problem}")
        for line in case.lines:
            mark = {True: " ", False: "≠", None: "·"}[line.same]
            say(f"     {mark} {line.name:26} expected {line.expected!s:>10}   computed {line.computed!s:>10}")
    differing = [case.id for case in compared if not case.holds]
    if differing:
        stop(f"{len(differing)} of {len(compared)} cases differ: {', '.join(differing)}")
    say(f"All {len(compared)} cases hold.")


@app.command("eval")
def evaluate(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Labelled messages, as tests/nlu.")],
    against: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Another trained model, shown beside ours.")
    ] = None,
    page: Annotated[Path | None, typer.Option(help="Where to write the page with the confusion matrix.")] = None,
) -> None:
    """Print how well the model understands labelled messages, and write a page with the confusion matrix."""
    settings = read_settings()
    models = [_train(settings), *([against] if against else [])]
    if not replay.evaluate(settings, folder, models, page=page):
        stop(f"the evaluation failed: the last lines of {replay.evaluation_log(settings)} say why.")


def _train(settings: Settings) -> Path:
    try:
        return model.train(settings, say)
    except (model.NotSetUp, model.TrainingFailed) as problem:
        stop(str(problem))


if __name__ == "__main__":
    main()

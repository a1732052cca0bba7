"""`declic campaign`: who would be written to, starting, standing still, what became of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from bot.commands.common import programme_engine, read_settings, say, stop
from programme import french
from programme.campaigns import audience, daily, dry_run, preview, runs
from programme.campaigns.definition import Definition, load_campaigns
from programme.campaigns.preview import Message, Preview
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import (
    CampaignEmpty,
    CampaignNotFound,
    CampaignOutOfSeason,
    CampaignStateWrong,
    CampaignUnderWay,
    CohortRuleWrong,
    ContentError,
    StaffNotFound,
)
from programme.exchange.export import staff_by_email
from programme.exchange.tables import to_csv
from programme.facts import FactBook

app = typer.Typer(no_args_is_help=True, help="Campaigns: messages to many people, over some weeks.")

Name = Annotated[str, typer.Argument(help="The name of a campaign: `declic campaign list` shows them.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="The first day; today by default.", show_default=False),
]
Bots = Annotated[int, typer.Option(min=1, max=100, help="How many Telegram bots share the sending.")]
# territories and reasons that a preview lists; the file has them all
MOST_LINES = 12
EVERY, AT_ONCE = 500_000, 10_000
# so many people may have their messages filled in the file
FILLED = 3000
END_OF_LINE = b"\r\n"


@contextmanager
def _transaction() -> Iterator[Session]:
    """A refusal of the programme becomes one line."""
    with programme_engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        try:
            yield session
        except CampaignNotFound:
            stop("it was never started: `declic campaign list` shows which are under way.")
        except CampaignUnderWay as refused:
            stop(f"{refused.args[0]} is under way: wait for its end, or `declic campaign stop {refused.args[0]}`.")
        except CampaignOutOfSeason as refused:
            stop(f"it does not start on {refused.args[0]}: give a day to come, in one of its months, with --on.")
        except CampaignEmpty as refused:
            stop(f"nobody is on its list: `declic campaign preview {refused.args[0]}` says who is left out and why.")
        except CampaignStateWrong as refused:
            stop(f"its last run is {refused.args[0]}, which does not allow it: see `declic campaign list`.")
        except CohortRuleWrong as refused:
            stop(f"its rule names {refused.args[0]}, which does not exist here: add it, or change content/campaigns/.")
        except StaffNotFound:
            stop("nobody of the team has this address: give your own, as it is in the team.")


def _definitions() -> dict[str, Definition]:
    try:
        return load_campaigns()
    except ContentError as problem:
        stop(str(problem))


def _definition(name: str) -> Definition:
    found = _definitions()
    if name not in found:
        stop(f"there is no campaign {name}: there are {', '.join(found) or 'none in content/campaigns/'}.")
    return found[name]


@app.command("list")
def list_() -> None:
    """Show the campaigns that there are, and those that are under way."""
    definitions = _definitions()
    with _transaction() as session:
        going = {campaign.name: campaign for campaign in runs.under_way(session)}
    for name in sorted({*definitions, *going}):
        definition = definitions.get(name) or runs.definition_of(going[name])
        months = ", ".join(french.MONTHS[month - 1] for month in sorted(definition.months))
        run = going.get(name)
        state = f"{run.state} since {run.starts_on}" if run is not None else "not under way"
        say(f"{name:16} {definition.title}: {state}; may start in {months}")
    if not definitions and not going:
        say("There is none in content/campaigns/.")


@app.command("preview")
def preview_(
    name: Name,
    on: On = None,
    bots: Bots = 1,
    everybody: Annotated[
        Path | None, typer.Option("--everybody", dir_okay=False, help="Write every person and message to this CSV.")
    ] = None,
) -> None:
    """Say what would happen, without writing to anybody: who, who is left out and why, when each step leaves."""
    definition, now = _definition(name), clock()
    day = _day(on, now)
    with _transaction() as session:
        say(f"{definition.title}, from {french.weekday_and_day(day)} {day.year} on; counting…")
        filled = dry_run.filled(session, FactBook.load(), now)
        found = preview.preview(session, definition, starts_on=day, bots=bots, now=now, say=filled)
        _show(found, bots)
        if everybody is not None:
            messages = preview.everybody(session, definition, starts_on=day, people=found.people, bots=bots, now=now)
            # of a million people the texts are written with their blanks: filling them would take hours
            texts = filled if found.people <= FILLED else dry_run.with_blanks
            count = _write(everybody, messages, definition, texts)
            say(f"{everybody}: {french.plural(count, 'message', 'messages')}. Nobody was written to.")


@app.command("start")
def start(
    name: Name,
    on: On = None,
    bots: Bots = 1,
    by: Annotated[str | None, typer.Option("--by", help="Your own e-mail address, noted with the run.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Really start.")] = False,
) -> None:
    """Freeze the list of people and plan their messages; the worker sends them."""
    definition, now = _definition(name), clock()
    day = _day(on, now)
    if not yes:
        stop(f"this writes to people: look at `declic campaign preview {name}` first, then start it with --yes.")
    with _transaction() as session:
        staff_id = staff_by_email(session, by) if by is not None else None
        say("Drawing the list, planning what is near…")
        campaign = runs.start(session, definition, starts_on=day, bots=bots, staff_id=staff_id, now=now)
        people = int(campaign.definition["people"])
    say(
        f"{definition.title} runs from {day} on, for {french.plural(people, 'person', 'people')}. "
        f"`declic campaign pause {name}` holds it at once."
    )


@app.command("pause")
def pause(name: Name) -> None:
    """Hold everything that has not left, at once."""
    with _transaction() as session:
        runs.pause(session, runs.latest(session, name).id, now=clock())
    say(f"{name} stands still. `declic campaign resume {name}` goes on.")


@app.command("resume")
def resume(name: Name) -> None:
    """Go on: what has not left is due later by the days it stood still."""
    with _transaction() as session:
        say("Dating again what has not left…")
        moved = runs.resume(session, runs.latest(session, name).id, now=clock())
    say(f"{name} goes on; messages dated again: {moved}.")


@app.command("stop")
def stop_(name: Name) -> None:
    """End it for good: nothing more of it leaves."""
    with _transaction() as session:
        off = runs.stop(session, runs.latest(session, name).id, now=clock())
    say(f"{name} is stopped; messages called off: {off}.")


@app.command("figures")
def figures(name: Name) -> None:
    """Show what became of its last run, by step and by text."""
    with _transaction() as session:
        campaign = runs.latest(session, name)
        found = runs.figures(session, campaign.id)
    say(f"{name}, {campaign.state}, from {campaign.starts_on} on: {found.people} people")
    for step in found.steps:
        skipped = ", ".join(f"{reason} {count}" for reason, count in sorted(step.skipped.items()))
        say(
            f"  {step.step:16} {step.variant}  planned {step.planned}, sent {step.sent}, read on the page {step.read}, "
            f"answered {step.answered}, waiting {step.waiting}, expired {step.expired}, failed {step.failed}, "
            f"skipped {skipped or 0}"
        )
    for each in found.variants:
        say(
            f"  text {each.variant}: {each.people} people, {_share(each.answered, each.people)} answered, "
            f"{_share(each.booked, each.people)} booked a date, {_share(each.signed, each.people)} signed"
        )
    for branch, count in sorted(found.branches.items(), key=lambda item: -item[1]):
        say(f"  answer {branch}: {count}")
    for reason, count in sorted(found.ended.items(), key=lambda item: -item[1]):
        say(f"  over, {reason}: {count}")


@app.command("day")
def day(counsellor: Annotated[str, typer.Option("--counsellor", help="The counsellor's e-mail address.")]) -> None:
    """The list of the day of a counsellor: who answered, who wants somebody, who is silent, whose time runs out."""
    now = clock()
    with _transaction() as session:
        staff_id = staff_by_email(session, counsellor)
        today = now.astimezone(audience.DEFAULT_ZONE).date()
        entries = daily.for_counsellor(session, staff_id, book=FactBook.load(), today=today, now=now)
    for line in daily.lines(entries):
        say(line)
    if not entries:
        say("Personne à appeler aujourd'hui dans les campagnes en cours.")


def _day(on: datetime | None, now: datetime) -> date:
    return on.date() if on is not None else now.astimezone(audience.DEFAULT_ZONE).date()


def _share(count: int, people: int) -> str:
    return f"{count} ({100 * count / people:.1f} %)" if people else str(count)


def _show(found: Preview, bots: int) -> None:
    say(f"{french.plural(found.people, 'person', 'people')} would be written to.")
    if not found.in_season:
        say("It does not start in this month: `start` will refuse this day.")
    for title, lines in (
        ("Left out", {audience.EXCLUDED_NAMES[reason]: count for reason, count in found.excluded.items()}),
        ("Why", {audience.in_words([key])[0]: count for key, count in found.why.items()}),
        ("Territory", {name or "(none known)": count for name, count in found.territories.items()}),
        ("Zone", found.zones),
    ):
        say(f"{title}:" if lines else f"{title}: nobody")
        for at, (name, count) in enumerate(lines.items()):
            if at == MOST_LINES:
                say(f"  … and {len(lines) - at} more")
                break
            say(f"  {count:>9}  {name}")
    for each in found.steps:
        say(
            f"Step {each.step.id}: {each.messages} messages at most, {timedelta(seconds=round(each.seconds))} "
            f"of sending with {french.plural(bots, 'bot', 'bots')}, on {french.plural(each.days, 'day', 'days')}; "
            f"in one day with {french.plural(each.bots_for_a_day, 'bot', 'bots')}"
        )
        for zone in each.leaving:
            say(f"    {zone.zone:20} {zone.first:%Y-%m-%d %H:%M} to {zone.last:%Y-%m-%d %H:%M}")
    for sample in found.sample:
        say(f"Person {sample.person_id}, {sample.step}:")
        for bubble in sample.bubbles:
            say(f"    {bubble}")


def _write(file: Path, messages: Iterator[Message], definition: Definition, texts: preview.Say) -> int:
    """A line for each message, some thousands at a time; only you can read the file."""
    rows = dry_run.rows(messages, definition, texts)
    count = 0
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)  # an older file may have been everybody's
        with file.open("wb") as out:
            out.write(to_csv(dry_run.TITLES, []))
            while some := list(islice(rows, AT_ONCE)):
                _, _, lines = to_csv(dry_run.TITLES, some).partition(END_OF_LINE)
                out.write(lines)
                count += len(some)
                if count % EVERY == 0:
                    say(f"  {count:,} messages…")
    except OSError as problem:
        stop(f"{file} cannot be written: {problem.strerror}.")
    return count

"""`declic deliveries …` and `declic worker status`: what is due, what was sent, who works on it."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot.commands.common import programme_engine, read_settings, say, stop
from bot.health import WORKER, WORKER_SILENCE
from bot.worker.leader import APPLICATION
from programme import french
from programme.clock import clock
from programme.deliveries import planning, queue
from programme.deliveries.zones import zone_of
from programme.locks import Lock
from programme.models import Delivery, DeliveryState, Heartbeat

app = typer.Typer(no_args_is_help=True, help="Messages that are due to people without having been asked for.")
worker = typer.Typer(no_args_is_help=True, help="The process that plans and sends them.")

OLD = timedelta(days=1)
SHOWN = 5


@app.command()
def due(
    at: Annotated[str, typer.Option(help="When: 2027-09-01T10:00+02:00. Without it, now.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Plan as if it were then, show it, and leave the database as it is.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
) -> None:
    """What is due at a moment, in the order in which it would leave. Nothing is ever sent by this command."""
    moment = _moment(at)
    settings = read_settings()
    with programme_engine(settings) as engine, Session(engine) as session:
        new = planning.plan_reminders(session, zone=settings.zone, now=moment) if dry_run else 0
        waiting = (Delivery.state == DeliveryState.PLANNED, Delivery.due_at <= moment, Delivery.expires_at > moment)
        count = session.scalar(select(func.count()).select_from(Delivery).where(*waiting)) or 0
        rows = session.scalars(
            select(Delivery).where(*waiting).order_by(Delivery.priority, Delivery.due_at, Delivery.id).limit(limit)
        ).all()
        for each in rows:
            local = each.due_at.astimezone(zone_of(session, each.person_id, settings.zone))
            step = f" ({each.step})" if each.step else ""
            put_off = f", put off: {each.reason}" if each.reason else ""
            say(
                f"{french.day(local.date())} {local:%H:%M}  person {each.person_id:>8}  {each.purpose.value}{step} of "
                f"{each.object_id}, until {each.expires_at.astimezone(local.tzinfo):%d/%m %H:%M}{put_off}"
            )
        if count > len(rows):
            say(f"… and {count - len(rows):,} more: --limit shows them.")
        late = session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.state == DeliveryState.PLANNED, Delivery.expires_at <= moment)
        )
        say(f"{count:,} due at {moment.isoformat()}; {late or 0:,} too late by then, which would be marked, not sent.")
        if dry_run:
            session.rollback()
            say(f"{new:,} of all that is planned was planned for this look alone; the database is as it was.")


@worker.command()
def status() -> None:
    """Who leads, how far behind it is, what waits, what went wrong lately."""
    settings = read_settings()
    with programme_engine(settings) as engine, Session(engine) as session:
        now = clock()
        problems = [*_workers(session, engine, now=now), *_backlog(session, now=now)]
        _errors(session, now=now)
    if problems:
        stop("; ".join(problems))


def _workers(session: Session, engine: Engine, *, now: datetime) -> list[str]:
    beats = session.execute(select(Heartbeat.process, Heartbeat.beat_at).where(Heartbeat.process.startswith(WORKER)))
    living = [name for name, beat_at in beats if beat_at > now - WORKER_SILENCE]
    say(f"Workers:  {', '.join(sorted(living)) or 'none shows a sign of life'}")
    # an advisory lock of one number is held as (high half, low half)
    leader = session.scalar(
        text(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND objid = :key AND pg_stat_activity.datname = current_database()"
        ),
        {"key": Lock.LEADER},
    )
    say(f"Leader:   {(leader or 'nobody').removeprefix(APPLICATION).strip()}")
    if not living:
        return ["no worker runs: nothing is planned nor sent. Start it with « declic up » or « declic run worker »"]
    return [] if leader else ["no worker leads: if this lasts for more than a few seconds, start the workers again"]


def _backlog(session: Session, *, now: datetime) -> list[str]:
    found = queue.backlog(session, now=now)
    lag = now - found.oldest_due_at if found.oldest_due_at is not None else timedelta(0)
    say(f"Due:      {found.due:,}, the oldest for {_span(lag)}")
    say(f"Queued:   {found.queued:,}")
    say(f"Later:    {found.planned_later:,}")
    sent = session.scalar(
        select(func.count())
        .select_from(Delivery)
        .where(
            Delivery.state.in_((DeliveryState.SENT, DeliveryState.ANSWERED)),
            Delivery.state_at > now - timedelta(hours=1),
        )
    )
    say(f"Sent:     {sent or 0:,} in the last hour")
    # a campaign takes hours by design: it is what nobody picks at all that is a fault
    if found.due and not found.queued and not sent and lag > timedelta(minutes=5):
        return [f"messages are due for {_span(lag)} and none leaves: see the worker's log"]
    return []


def _errors(session: Session, *, now: datetime) -> None:
    """Reasons and counts: no words and no names."""
    refused = session.execute(
        select(Delivery.reason, func.count(), func.max(Delivery.state_at))
        .where(
            Delivery.state.in_((DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)),
            Delivery.state_at > now - OLD,
        )
        .group_by(Delivery.reason)
        .order_by(func.count().desc())
    ).all()
    for reason, count, last in refused:
        say(f"Not sent: {count:,} × {reason or 'no reason'}, last at {last:%d/%m %H:%M} UTC")
    failed = session.execute(
        text(
            "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' "
            "GROUP BY task_name ORDER BY 2 DESC"
        )
    ).all()
    for task, count in failed[:SHOWN]:
        say(f"Failed:   {count:,} × job {task}; the worker's log has each with its traceback")
    if not refused and not failed:
        say("Errors:   none in the last day")


def _moment(given: str) -> datetime:
    if not given:
        return clock()
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        stop(f"--at {given} is no moment: write it like 2027-09-01T10:00+02:00.")
    if moment.tzinfo is None:
        stop(f"--at {given} names no zone: write it like {given}+02:00, or {given}Z for UTC.")
    return moment


def _span(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 48 * 3600 else f"{seconds // 86400} days"

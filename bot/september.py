"""A whole September for a million candidates: the real planning on a real PostgreSQL, with people made up.

The clock is moved from hour to hour. What is due leaves set-based, at the pace of so many bots and in the order of the
picker; who answers, stops or signs is drawn from `Assumptions`, which are guesses and no facts.
"""

import os
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.orm import Session

from bot.bench_data import NotABench
from programme.campaigns import runs
from programme.campaigns.definition import Definition
from programme.deliveries import queue
from programme.deliveries.hours import decent_day
from programme.migrate import migrate
from programme.models import CampaignMember

DATABASE = "declic_bench_september"
PARIS = ZoneInfo("Europe/Paris")
FIRST_HOUR, LAST_HOUR = 9, 20
# how often the picker is timed in an hour, and for how many messages
PICKS, PICKED = 3, 25
SAMPLE_MS = 1000.0


@dataclass(frozen=True)
class Assumptions:
    """Shares of people, made up to load the machinery; nothing here was observed."""

    # of those who are asked, on the day itself
    answers: float = 0.18
    branches: tuple[tuple[str, float], ...] = (
        ("pas_de_reponse", 0.38), ("transport", 0.14), ("cible", 0.12), ("motivation", 0.14), ("argent", 0.12),
        ("trouve", 0.07), ("autre_route", 0.03),
    )  # fmt: skip
    # of those who are written to, each time
    stops: float = 0.004
    blocked: float = 0.002
    # of all, each working day
    signs: float = 0.004


@dataclass
class Hour:
    at: datetime
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass
class Season:
    """What was measured; times in seconds, picks in milliseconds."""

    people: int
    bots: int
    per_second: int
    started_s: float = 0.0
    hours: list[Hour] = field(default_factory=list)
    # by day: how long planning took, how many were planned, how long closing took
    planning: list[tuple[date, float, int]] = field(default_factory=list)
    closing: list[tuple[date, float, int]] = field(default_factory=list)
    picks: list[tuple[int, float]] = field(default_factory=list)
    expired: int = 0
    steps: list[tuple[str, str, int]] = field(default_factory=list)
    branches: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    most_in_a_week: int = 0
    sizes_mb: dict[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0


def simulate(
    engine: Engine,
    definition: Definition,
    *,
    people: int,
    bots: int,
    starts_on: date,
    per_second: int = runs.PER_SECOND,
    guesses: Assumptions = Assumptions(),
    say: Callable[[str], None],
) -> Season:
    """Play the campaign from its first day until nobody is in it. Empties and fills the database of ``engine``."""
    season = Season(people, bots, per_second)
    _fill(engine, people=people, starts_on=starts_on, say=say)
    started = time.monotonic()
    eve = datetime.combine(starts_on - timedelta(days=1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=12)
    with Session(engine) as session, session.begin():
        campaign_id = runs.start(session, definition, starts_on=starts_on, bots=bots, per_second=per_second, now=eve).id
    season.started_s = time.monotonic() - started
    say(f"Started and planned in {season.started_s:.0f} s.")
    for day in _days(engine, campaign_id, starts_on):
        _one_day(engine, campaign_id, definition, day, season, guesses)
        if season.hours:
            say(f"{day}: {sum(each.sent for each in season.hours):,} sent, {season.hours[-1].waiting:,} wait")
    _sum_up(engine, campaign_id, season)
    return season


def _fill(engine: Engine, *, people: int, starts_on: date, say: Callable[[str], None]) -> None:
    """Candidates who said yes, each on Telegram, in training for up to two months."""
    if "september" not in (engine.url.database or ""):
        raise NotABench(f"the database {engine.url.database} is not one of a simulation, and would be emptied")
    migrate(engine)
    say(f"Making up {people:,} candidates…")
    values = {"people": people, "starts_on": starts_on}
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE people, campaigns, deliveries RESTART IDENTITY CASCADE"))
        for statement in (
            "INSERT INTO people (created_at, stage, stage_at, school_status, employer_status, training_starts_on) "
            "SELECT now(), 'ecole_trouvee', now() - n % 90 * interval '1 day', 'enrolled', 'searching', "
            "CAST(:starts_on AS date) - CAST(n * 7 % 60 AS int) FROM generate_series(1, CAST(:people AS bigint)) AS n",
            "INSERT INTO channel_identities (person_id, channel, external_id, created_at) "
            "SELECT id, 'telegram', id::text, now() FROM people",
            "INSERT INTO consents (person_id, purpose, given, text_version, text_shown, at) "
            "SELECT id, 'reminders', true, 'bench', 'bench', now() FROM people",
        ):
            names = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), names)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _days(engine: Engine, campaign_id: int, starts_on: date) -> Iterator[date]:
    """Until nobody is in the campaign any more."""
    day = starts_on
    while day < starts_on + timedelta(days=60):
        yield day
        with engine.connect() as connection:
            state = connection.scalar(text("SELECT state FROM campaigns WHERE id = :id"), {"id": campaign_id})
        if state == "finished":
            return
        day += timedelta(days=1)


def _one_day(
    engine: Engine, campaign_id: int, definition: Definition, day: date, season: Season, guesses: Assumptions
) -> None:
    morning = _at(day, FIRST_HOUR - 1)
    planned, seconds = _timed(engine, lambda session: runs.plan_ahead(session, campaign_id, now=morning))
    season.planning.append((day, seconds, planned))
    if decent_day(day, PARIS):
        for hour in range(FIRST_HOUR, LAST_HOUR):
            season.hours.append(_one_hour(engine, _at(day, hour), season, guesses))
    evening = _at(day, LAST_HOUR)
    asking = [step.id for step in definition.every_step() if step.asks]
    with Session(engine) as session, session.begin():
        _answers(session, campaign_id, asking, day, evening, definition, guesses)
        _signs(session, campaign_id, day, evening, guesses)
    closed, seconds = _timed(engine, lambda session: runs.close_finished(session, now=evening))
    season.closing.append((day, seconds, closed))


def _one_hour(engine: Engine, now: datetime, season: Season, guesses: Assumptions) -> Hour:
    """What is due in this hour leaves, as much of it as the bots take."""
    while True:
        with Session(engine) as session, session.begin():
            late = queue.expire(session, now=now)
        season.expired += late
        if not late:
            break
    until = now + timedelta(hours=1)
    season.picks += [_time_a_pick(engine, until) for _ in range(PICKS)]
    found = Hour(now)
    with engine.begin() as connection:
        rows = connection.execute(
            text(
                "WITH due AS ("
                "  SELECT id, person_id, object_id FROM deliveries WHERE state = 'planned' AND priority = 2 "
                "  AND due_at < :until AND expires_at > :now ORDER BY due_at, id LIMIT :room), "
                "left_now AS (UPDATE deliveries SET state_at = :now, "
                "  state = CASE WHEN choice.stopped_at IS NOT NULL OR member.ended_at IS NOT NULL THEN 'skipped' "
                "  WHEN mod(abs(hashint8(deliveries.id)), 1000) < :blocked THEN 'failed' ELSE 'sent' END "
                "FROM due LEFT JOIN message_choices AS choice ON choice.person_id = due.person_id "
                "LEFT JOIN campaign_members AS member ON member.person_id = due.person_id "
                "  AND member.campaign_id = due.object_id "
                "WHERE deliveries.id = due.id RETURNING deliveries.state) "
                "SELECT state, count(*) FROM left_now GROUP BY state"
            ),
            {
                "now": now,
                "until": until,
                "room": season.per_second * season.bots * 3600,
                "blocked": round(guesses.blocked * 1000),
            },
        )
        for state, count in rows:
            setattr(found, state, count)
        # who stops does so after having read
        connection.execute(
            text(
                "INSERT INTO message_choices (person_id, stopped_at, changed_at) "
                "SELECT DISTINCT person_id, CAST(:now AS timestamptz), CAST(:now AS timestamptz) FROM deliveries "
                "WHERE state = 'sent' AND state_at = :now AND mod(abs(hashint8(id + 7)), 1000) < :stops "
                "ON CONFLICT DO NOTHING"
            ),
            {"now": now, "stops": round(guesses.stops * 1000)},
        )
        found.waiting = (
            connection.scalar(
                text("SELECT count(*) FROM deliveries WHERE state = 'planned' AND priority = 2 AND due_at < :until"),
                {"until": until},
            )
            or 0
        )
    return found


def _time_a_pick(engine: Engine, now: datetime) -> tuple[int, float]:
    """(How many were due, milliseconds) of what the leader does each second; undone afterwards."""
    with Session(engine) as session:
        due = session.scalar(
            text(
                "SELECT count(*) FROM deliveries WHERE state = 'planned' AND priority = 2 AND due_at <= :now "
                "AND expires_at > :now"
            ),
            {"now": now},
        )
        begun = time.perf_counter()
        queue.expire(session, now=now - timedelta(hours=1))
        queue.under_way(session, now=now)
        queue.pick(session, now=now, limit=PICKED)
        took = (time.perf_counter() - begun) * SAMPLE_MS
        session.rollback()
    return due or 0, took


def _answers(
    session: Session,
    campaign_id: int,
    asking: list[str],
    day: date,
    now: datetime,
    definition: Definition,
    guesses: Assumptions,
) -> None:
    """Some of those who were asked today answer in the evening."""
    low = 0.0
    for branch, share in guesses.branches:
        if branch not in definition.branches:
            continue
        ends = definition.branches[branch].ends
        session.execute(
            text(
                "UPDATE campaign_members AS member SET branch = :branch, branch_on = :day, answered_at = :now, "
                "ended_at = CASE WHEN CAST(:ends AS text) IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END, "
                "end_reason = :ends "
                "FROM deliveries WHERE member.campaign_id = :campaign AND member.branch IS NULL "
                "AND member.ended_at IS NULL AND deliveries.person_id = member.person_id "
                "AND deliveries.object_id = :campaign AND deliveries.step = ANY(:asking) "
                "AND deliveries.state = 'sent' AND deliveries.state_at >= :morning "
                "AND mod(abs(hashint8(deliveries.id + 13)), 10000) >= :low "
                "AND mod(abs(hashint8(deliveries.id + 13)), 10000) < :high"
            ),
            {
                "branch": branch,
                "day": day,
                "now": now,
                "ends": ends.value if ends is not None else None,
                "campaign": campaign_id,
                "asking": asking,
                "morning": now - timedelta(hours=12),
                "low": round(low * guesses.answers * 10_000),
                "high": round((low + share) * guesses.answers * 10_000),
            },
        )
        low += share


def _signs(session: Session, campaign_id: int, day: date, now: datetime, guesses: Assumptions) -> None:
    if not decent_day(day, PARIS):
        return
    session.execute(
        text(
            "UPDATE people SET stage = 'contrat_signe', employer_status = 'signed', stage_at = :now "
            "FROM campaign_members AS member WHERE member.campaign_id = :campaign AND member.person_id = people.id "
            "AND member.ended_at IS NULL AND mod(abs(hashint8(people.id + :salt)), 10000) < :share"
        ),
        {"now": now, "campaign": campaign_id, "salt": day.toordinal(), "share": round(guesses.signs * 10_000)},
    )


def _sum_up(engine: Engine, campaign_id: int, season: Season) -> None:
    with engine.connect() as connection:
        season.steps = [
            (step, state, count)
            for step, state, count in connection.execute(
                text("SELECT step, state, count(*) FROM deliveries GROUP BY step, state ORDER BY min(due_at), state")
            )
        ]
        season.branches = _counted(connection, CampaignMember.branch, campaign_id)
        season.ends = _counted(connection, CampaignMember.end_reason, campaign_id)
        season.most_in_a_week = (
            connection.scalar(
                text(
                    "SELECT max(found) FROM (SELECT count(*) OVER (PARTITION BY person_id ORDER BY state_at "
                    "RANGE BETWEEN interval '7 days' PRECEDING AND CURRENT ROW) AS found FROM deliveries "
                    "WHERE state = 'sent') AS counted"
                )
            )
            or 0
        )
        for table in ("deliveries", "campaign_members"):
            size = connection.scalar(text("SELECT pg_total_relation_size(:name)"), {"name": table})
            season.sizes_mb[table] = (size or 0) / 1e6
    season.memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _counted(connection: Connection, column: Any, campaign_id: int) -> dict[str, int]:
    query = select(column, func.count()).where(CampaignMember.campaign_id == campaign_id).group_by(column)
    return {str(name or "none"): count for name, count in connection.execute(query)}


def _timed(engine: Engine, work: Callable[[Session], int]) -> tuple[int, float]:
    begun = time.monotonic()
    with Session(engine) as session, session.begin():
        found = work(session)
    return found, time.monotonic() - begun


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS).astimezone(UTC)


# -- the report


def write_report(season: Season, definition: Definition, folder: Path, *, on: date, command: str) -> Path:
    """``report.md`` and its plots (SVG); its path."""
    folder.mkdir(parents=True, exist_ok=True)
    _plot(season, folder)
    picks = sorted(took for _, took in season.picks)
    sent = sum(each.sent for each in season.hours)
    by_step: dict[str, Counter[str]] = {}
    for step, state, count in season.steps:
        by_step.setdefault(step, Counter())[state] += count
    guesses = asdict(Assumptions())
    lines = [
        f"# A September of {season.people:,} candidates",
        "",
        f"`{command}`, {on.isoformat()}, {os.cpu_count()} cores. Campaign « {definition.title} », bots: {season.bots}, "
        f"{season.per_second} messages a second each. Planning, picking and closing are the real code on a real "
        "PostgreSQL; sending is one statement an hour at the bots' pace; what people do is drawn from the assumptions "
        "below, which are guesses and no facts.",
        "",
        "| what | figure |",
        "| --- | --- |",
        f"| list frozen and first days planned | {season.started_s:.0f} s |",
        f"| planning on one day, longest | {max(seconds for _, seconds, _ in season.planning):.1f} s |",
        f"| closing on one day, longest | {max(seconds for _, seconds, _ in season.closing):.1f} s |",
        f"| picking {PICKED} of what is due: p50 / p95 / longest | {statistics.median(picks):.1f} / "
        f"{picks[int(len(picks) * 0.95)]:.1f} / {picks[-1]:.1f} ms, with up to "
        f"{max(due for due, _ in season.picks):,} due |",
        f"| messages sent / expired | {sent:,} / {season.expired:,} |",
        f"| most messages to one person in seven days | {season.most_in_a_week} |",
        f"| memory of the Python process, peak | {season.memory_mb:.0f} MB |",
        *(f"| table {name} | {size:,.0f} MB |" for name, size in season.sizes_mb.items()),
        "",
        "![Messages that left, by hour, and those that waited](hours.svg)",
        "",
        "![How long picking took, by how much was due](picks.svg)",
        "",
        "![What people answered, and how it ended for them](people.svg)",
        "",
        "| step | sent | expired | skipped | failed |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {step} | {states['sent']:,} | {states['expired']:,} | {states['skipped']:,} | {states['failed']:,} |"
            for step, states in by_step.items()
        ),
        "",
        "Assumed: "
        + ", ".join(f"{name} {value}" for name, value in guesses.items() if name != "branches")
        + "; of those who answer: "
        + ", ".join(f"{name} {share:.0%}" for name, share in guesses["branches"])
        + ".",
        "",
    ]
    report = folder / "report.md"
    report.write_text("\n".join(lines), encoding="utf-8")
    return report


def _plot(season: Season, folder: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import MaxNLocator

    mpl.rcParams["svg.hashsalt"] = "declic"
    hours = [each.at.astimezone(PARIS) for each in season.hours]
    figure, axes = plt.subplots(2, 1, figsize=(9, 5), sharex=True)
    axes[0].bar(hours, [each.sent for each in season.hours], width=1 / 24, label="sent in the hour")
    axes[0].set_ylabel("messages")
    axes[0].legend()
    axes[1].plot(
        hours, [each.waiting for each in season.hours], drawstyle="steps-post", color="tab:red", label="due, waiting"
    )
    axes[1].set_ylabel("messages")
    axes[1].legend()
    figure.autofmt_xdate()
    _keep(folder / "hours.svg")
    figure, axis = plt.subplots(figsize=(9, 3.5))
    axis.scatter([due for due, _ in season.picks], [took for _, took in season.picks], s=8)
    axis.axhline(50, color="tab:red", linewidth=1, label="50 ms")
    axis.set_xlabel("messages due")
    axis.set_ylabel(f"picking {PICKED}, ms")
    axis.legend()
    _keep(folder / "picks.svg")
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5))
    for axis, title, counts in ((axes[0], "answers", season.branches), (axes[1], "ends", season.ends)):
        axis.barh(list(counts), list(counts.values()))
        axis.xaxis.set_major_locator(MaxNLocator(4))
        axis.set_title(title)
    _keep(folder / "people.svg")


def _keep(file: Path) -> None:
    from matplotlib import pyplot as plt

    plt.tight_layout()
    plt.savefig(file, metadata={"Date": None})
    plt.close()

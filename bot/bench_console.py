"""How long the team's inbox and its search take on many messages, for who reaches few people and who reaches many."""

import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.orm import Session

from bot.bench_data import COMPANIES, NOW, POPULAR_EVERY, Size, conversation_of
from programme import conversation_search, inbox, permissions
from programme.database import session_factory_for
from programme.inbox import About, Filters, Place
from programme.models import EventDate, PathStage, Role, StaffMember
from programme.permissions import Member

TARGET_MS = 200.0
PARIS = ZoneInfo("Europe/Paris")
# how many people each one reaches among a million; the fewest are as few in a smaller programme
FEW, TEAM, LEAD, WIDE, NOBODYS = 80, 2_000, 20_000, 300_000, 10_000
LEAD_TEAMS = 10
HELD_EACH = 20
CAMPAIGN, CAMPAIGN_EVERY = "septembre", 20
# people are spread over the reaches by another number than their last messages over the days
SPREAD = 104_729
ORGANISATION = "bench"

Work = Callable[[Session], object]


@dataclass(frozen=True)
class Reach:
    """Somebody of the staff, by how many people are in the charge of the teams that they see."""

    name: str
    role: Role
    people: int
    teams: int = 1


@dataclass(frozen=True)
class Timed:
    """Times of one thing that is asked for, in milliseconds; the first of them on cold pages."""

    reach: str
    asked: str
    times: list[float]

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1]


def reaches(size: Size) -> list[Reach]:
    """From the fewest to the most."""
    return [
        Reach("few", Role.COUNSELLOR, min(FEW, size.people // 10)),
        Reach("team", Role.COUNSELLOR, size.of(TEAM)),
        Reach("lead", Role.TEAM_LEAD, size.of(LEAD), teams=LEAD_TEAMS),
        Reach("wide", Role.TEAM_LEAD, size.of(WIDE)),
    ]


def measure(engine: Engine, *, size: Size, calls: int, say: Callable[[str], None]) -> list[Timed]:
    """Time each filter, a far page and searches for each reach, one client; a line for each of them."""
    prepare(engine, size=size)
    found = []
    say(f"{'one client, ms':38}{'first':>9}{'p50':>9}{'p95':>9}{'calls':>8}")
    for reach in reaches(size):
        for asked, work in _works(engine, reach):
            timed = Timed(reach.name, asked, _times(engine, work, calls))
            found.append(timed)
            p50 = statistics.median(timed.times)
            say(f"{reach.name:8}{asked:30}{timed.times[0]:9.1f}{p50:9.1f}{timed.p95:9.1f}{calls:8}")
    return found


def problems(measured: list[Timed]) -> list[str]:
    """What is over the target."""
    return [
        f"{each.asked}, {each.reach}: {each.p95:.0f} ms at p95, {TARGET_MS:.0f} ms at most"
        for each in measured
        if each.p95 > TARGET_MS
    ]


def prepare(engine: Engine, *, size: Size) -> None:
    """Give the data of the bench teams of these sizes, people without a team, held conversations, a campaign; once."""
    with engine.begin() as connection:
        if connection.scalar(text("SELECT 1 FROM organisations WHERE slug = :slug"), {"slug": ORGANISATION}):
            return
        first = 0
        for reach in reaches(size):
            _add_reach(connection, reach, first=first, size=size)
            first += reach.people
        connection.execute(
            text(
                "UPDATE people SET team_id = NULL, counsellor_id = NULL, commune = NULL "
                "WHERE id * :spread % :people BETWEEN :first AND :last"
            ),
            {"spread": SPREAD, "people": size.people, "first": first, "last": first + size.of(NOBODYS) - 1},
        )
        connection.execute(
            text(
                "INSERT INTO campaigns (name, definition, state, starts_on, started_at, state_at) "
                "VALUES (:name, '{}', 'finished', :day, :now, :now)"
            ),
            {"name": CAMPAIGN, "day": NOW.date(), "now": NOW},
        )
        connection.execute(
            text(
                "INSERT INTO campaign_members (campaign_id, person_id, rank) "
                "SELECT (SELECT max(id) FROM campaigns), id, id FROM people WHERE id % :every = 0"
            ),
            {"every": CAMPAIGN_EVERY},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _add_reach(connection: Connection, reach: Reach, *, first: int, size: Size) -> None:
    """Its teams and its people, the first of which are the counsellor's own; some of their conversations are held.

    Each has an organisation of its own: who leads a team without territory sees all of those of theirs.
    """
    organisation = ORGANISATION if reach.name == "few" else f"{ORGANISATION}-{reach.name}"
    organisation_id = connection.scalar(
        text("INSERT INTO organisations (slug, kind, name) VALUES (:slug, 'mission_locale', :slug) RETURNING id"),
        {"slug": organisation},
    )
    teams = connection.scalars(
        text(
            "INSERT INTO teams (organisation_id, name) "
            "SELECT :organisation, 'Équipe ' || n FROM generate_series(1, :teams) n RETURNING id"
        ),
        {"organisation": organisation_id, "teams": reach.teams},
    ).all()
    staff_id = connection.scalar(
        text("INSERT INTO staff (team_id, role, name, email) VALUES (:team, :role, :name, :email) RETURNING id"),
        {"team": teams[0], "role": reach.role, "name": reach.name, "email": _email(reach)},
    )
    people = connection.scalars(
        text(
            "UPDATE people SET team_id = :team + id % :teams, "
            "counsellor_id = CASE WHEN id * :spread % :people < :first + 80 THEN :staff ELSE counsellor_id END "
            "WHERE id * :spread % :people BETWEEN :first AND :last RETURNING id"
        ),
        {
            "team": teams[0],
            "teams": reach.teams,
            "spread": SPREAD,
            "people": size.people,
            "first": first,
            "last": first + reach.people - 1,
            "staff": staff_id,
        },
    ).all()
    for person_id in people[:HELD_EACH]:
        connection.execute(
            text(
                "INSERT INTO takeovers (conversation_id, staff_id, taken_at, until) "
                "VALUES (:conversation, :staff, :now, :until)"
            ),
            {
                "conversation": conversation_of(person_id),
                "staff": staff_id,
                "now": NOW,
                "until": NOW + timedelta(hours=1),
            },
        )


def _works(engine: Engine, reach: Reach) -> Iterator[tuple[str, Work]]:
    chance = random.Random(7)  # noqa: S311 (the same each time)
    with session_factory_for(engine)() as session:
        staff_id = session.scalars(select(StaffMember.id).where(StaffMember.email == _email(reach))).one()
        who = permissions.member(session, staff_id)
        assert who is not None
        dates = session.scalars(
            select(EventDate.id).where(EventDate.id % POPULAR_EVERY == 0).order_by(EventDate.id).limit(50)
        ).all()
    month_ago = (NOW - timedelta(days=30)).date()
    rare = [f"garagex{chance.randrange(COMPANIES)}" for _ in range(50)]
    yield "all", _list(who, Filters)
    yield "all, a month before", _list(who, Filters, after=Place(NOW - timedelta(days=30), uuid.UUID(int=0)))
    for about in About:
        yield about.value, _list(who, _about(about))
    yield "unread and mine", _list(who, _about(About.UNREAD, About.MINE))
    yield "a stage", _list(who, lambda: Filters(stage=chance.choice(list(PathStage))))
    yield "a campaign", _list(who, lambda: Filters(campaign=CAMPAIGN))
    yield "a workshop", _list(who, lambda: Filters(event_date_id=chance.choice(dates)))
    yield "two days", _list(who, lambda: Filters(first=month_ago, last=month_ago + timedelta(days=1)))
    yield "words: rare", _list(who, lambda: Filters(words=chance.choice(rare)))
    yield "words: common", _list(who, lambda: Filters(words="boulangerie"))
    yield "words: rare and common", _list(who, lambda: Filters(words=f"{chance.choice(rare)} boulangerie"))
    yield "words: the beginning of many", _list(who, lambda: Filters(words="garagex1"))
    yield "words: none has it", _list(who, lambda: Filters(words="introuvable"))
    yield "words: rare, not read", _list(who, lambda: Filters(frozenset({About.UNREAD}), words=chance.choice(rare)))


def _list(who: Member, filters: Callable[[], Filters], *, after: Place | None = None) -> Work:
    """A page of the list as the console shows it, with the messages that hold the words."""

    def work(session: Session) -> object:
        asked = filters()
        lines, _ = inbox.page(session, who, asked, now=NOW, zone=PARIS, after=after)
        return conversation_search.where(session, [line.conversation_id for line in lines], asked.words)

    return work


def _about(*about: About) -> Callable[[], Filters]:
    return lambda: Filters(frozenset(about))


def _times(engine: Engine, work: Work, calls: int) -> list[float]:
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        with session_factory_for(engine)() as session:
            work(session)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _email(reach: Reach) -> str:
    return f"{reach.name}@bench.example"

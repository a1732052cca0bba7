"""How long the team's inbox and its search take on many messages, for who reaches eighty people and who reaches many."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select, text

from bot import bench_programme
from bot.bench_data import COMPANIES, NOW, POPULAR_EVERY, Size
from bot.bench_programme import Measured
from programme import conversation_search, inbox, permissions
from programme.database import session_factory_for
from programme.inbox import About, Filters, Place
from programme.models import EventDate, PathStage, Role, StaffMember
from programme.permissions import Member

TARGET_MS = 200.0
PARIS = ZoneInfo("Europe/Paris")
# of who belongs to no other team; in a smaller programme as many in proportion, but for the smallest
SMALL, TEAM, LEAD, WIDE, NOBODYS = 80, 2_000, 20_000, 300_000, 10_000
LEAD_TEAMS = 10
HELD = 200
CAMPAIGN, CAMPAIGN_EVERY = "septembre", 20
# spreads people over the reaches whatever their number; another one than what their last message goes by
SPREAD = 104_729


@dataclass(frozen=True)
class Reach:
    """Somebody of the staff, by how many people they reach."""

    title: str
    slug: str
    role: Role
    people: int
    teams: int = 1
    # a lead of a territory sees its teams; without one, those of the whole organisation
    territory: bool = True


def reaches(size: Size) -> list[Reach]:
    """From the fewest to the most."""
    return [
        Reach("counsellor, few people", "bench-few", Role.COUNSELLOR, min(SMALL, size.people // 10)),
        Reach("counsellor, a big team", "bench-team", Role.COUNSELLOR, size.of(TEAM)),
        Reach("lead of a territory", "bench-lead", Role.TEAM_LEAD, size.of(LEAD), teams=LEAD_TEAMS),
        Reach("lead without territory", "bench-wide", Role.TEAM_LEAD, size.of(WIDE), territory=False),
    ]


def measure(engine: Engine, *, size: Size, calls: int, say: Callable[[str], None]) -> list[Measured]:
    """Time the first page of each filter, a far page and searches, for each reach; print the table and the plans."""
    prepare(engine, size=size)
    measured = [
        bench_programme.timed(engine, name, work, calls)
        for reach in reaches(size)
        for name, work in _works(engine, reach)
    ]
    bench_programme.show(measured, say)
    return measured


def problems(measured: list[Measured]) -> list[str]:
    """What is over the target."""
    return [
        f"{each.name}: {each.p95:.1f} ms at p95, {TARGET_MS:.0f} ms at most"
        for each in measured
        if each.p95 > TARGET_MS
    ]


def _works(engine: Engine, reach: Reach) -> Iterator[tuple[str, bench_programme.Work]]:
    chance = random.Random(7)  # noqa: S311
    with session_factory_for(engine)() as session:
        who = permissions.member(session, session.scalars(_staff_of(reach)).one())
        dates = session.scalars(
            select(EventDate.id).where(EventDate.id % POPULAR_EVERY == 0).order_by(EventDate.id).limit(50)
        ).all()
    assert who is not None
    day = NOW.date()

    def listed(filters: Callable[[], Filters], after: Place | None = None) -> bench_programme.Work:
        return lambda session: inbox.page(session, _sure(who), filters(), now=NOW, zone=PARIS, after=after)

    def searched(words: Callable[[], str]) -> bench_programme.Work:
        def work(session: bench_programme.Session) -> object:
            asked = words()
            lines, _ = inbox.page(session, _sure(who), Filters(words=asked), now=NOW, zone=PARIS)
            return conversation_search.where(session, [line.conversation_id for line in lines], asked)

        return work

    far = Place(NOW - timedelta(days=30), inbox.uuid.UUID(int=0))
    for title, work in (
        ("all", listed(Filters)),
        ("all, a month before", listed(Filters, far)),
        *((f"about {about}", listed(lambda about=about: Filters(frozenset({about})))) for about in About),
        ("unread and mine", listed(lambda: Filters(frozenset({About.UNREAD, About.MINE})))),
        ("a stage", listed(lambda: Filters(stage=chance.choice(list(PathStage))))),
        ("a campaign", listed(lambda: Filters(campaign=CAMPAIGN))),
        ("a workshop", listed(lambda: Filters(event_date_id=chance.choice(dates)))),
        (
            "two days",
            listed(lambda: Filters(first=day - timedelta(days=31), last=day - timedelta(days=30))),
        ),
        ("search a rare word", searched(lambda: f"garagex{chance.randrange(COMPANIES)}")),
        ("search a common word", searched(lambda: "boulangerie")),
        ("search two words", searched(lambda: f"garagex{chance.randrange(COMPANIES)} boulangerie")),
        ("search a beginning", searched(lambda: "garagex1")),
        ("search in vain", searched(lambda: "introuvable")),
    ):
        yield f"{reach.slug.removeprefix('bench-')}: {title}", work

"""Figures that a team looks at: the people within somebody's reach, over some months, small counts hidden.

What is shown adds up in one direction only (a total, its months, what each month is made of): the counts of months and
of kinds are never both split the same way, as what is hidden in one table could then be computed from the other. What
two pages say of nearly the same people or months when they are compared is not guarded against, as in
programme/figures.py.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, and_, case, cast, distinct, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from programme import audit, cohorts, french, path, permissions
from programme.errors import CohortNotFound
from programme.exchange.export import allowed
from programme.figures import BREAK_REASONS, FLOOR, HIDDEN, Block, Figure, hide_small
from programme.models import (
    SEATED,
    Aspect,
    Author,
    Booking,
    BookingStatus,
    ChannelIdentity,
    Cohort,
    Conversation,
    EventDate,
    EventKind,
    Flag,
    Message,
    PathStage,
    Person,
    PracticeMode,
    PracticeRun,
    Review,
    ReviewReason,
    Series,
    StageChange,
    Team,
    Teller,
    WorkContract,
)
from programme.permissions import Member
from programme.working_hours import worked_between

# the way to a contract; who has another solution, or follows the path of two years, stands beside it
WAY = (
    PathStage.PROJET,
    PathStage.PROJET_VALIDE,
    PathStage.ECOLE_TROUVEE,
    PathStage.EMPLOYEUR_EN_VUE,
    PathStage.ENTRETIEN,
    PathStage.PROMESSE,
    PathStage.CONTRAT_SIGNE,
    PathStage.EN_CONTRAT,
    PathStage.POST_ALTERNANCE,
)
# whose contract was broken had signed one
STANDS_AT = {**{stage: stage for stage in WAY}, PathStage.RUPTURE: PathStage.CONTRAT_SIGNE}
KINDS = {
    EventKind.ATELIER: "ateliers",
    EventKind.FORUM: "forums",
    EventKind.FORMATION: "formations avant un forum",
    EventKind.JOB_DATING: "job datings",
    EventKind.VISITE: "visites d'entreprise",
    EventKind.IMMERSION: "immersions",
    EventKind.TABLE_RONDE: "tables rondes",
    EventKind.INFORMATION: "réunions d'information",
    EventKind.EN_LIGNE: "rendez-vous en ligne",
}
PRESENT, ABSENT, HELD, WAITING, GIVEN_BACK = (
    "présences",
    "absences",
    "places tenues",
    "en liste d'attente",
    "annulées ou excusées",
)
_BECAME = {
    BookingStatus.PRESENT: PRESENT,
    BookingStatus.ABSENT: ABSENT,
    BookingStatus.WAITING: WAITING,
    BookingStatus.CANCELLED: GIVEN_BACK,
    BookingStatus.EXCUSED: GIVEN_BACK,
    **dict.fromkeys(SEATED - {BookingStatus.PRESENT, BookingStatus.ABSENT}, HELD),
}
ANSWERED, NOT_ANSWERED = "avec une réponse", "sans réponse"
UNDERSTOOD, NOT_UNDERSTOOD = "compris", "pas compris"
MORE, SAME, LESS = "plus confiance après", "autant confiance", "moins confiance après"
MOST_TOPICS = 20
# messages have no index by day: the conversations in which somebody wrote last are read, this many at most
MOST_CONVERSATIONS = 5_000
LONGEST_MONTHS = 36


@dataclass(frozen=True)
class Scope:
    """Whose figures, and of which months (their first days, in order, without a gap)."""

    people: Select[int]
    territory_ids: tuple[int, ...]
    months: tuple[date, ...]
    zone: ZoneInfo

    @property
    def starts_on(self) -> date:
        return self.months[0]

    @property
    def before(self) -> date:
        """The first day after."""
        return following(self.months[-1])

    @property
    def starts_at(self) -> datetime:
        return _midnight(self.starts_on, self.zone)

    @property
    def ends_at(self) -> datetime:
        return _midnight(self.before, self.zone)


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def months_between(first: date, last: date) -> tuple[date, ...]:
    """Their first days, both included; ``first`` and ``last`` are any days of theirs. None when out of order."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = following(month)
    return tuple(found)


def latest_months(today: date, count: int = 6) -> tuple[date, ...]:
    """The month of ``today`` and those before it."""
    back = today.year * 12 + today.month - count
    return months_between(date(back // 12, back % 12 + 1, 1), today)


def month_name(month: date) -> str:
    """« mars 2027 »."""
    return f"{french.MONTHS[month.month - 1]} {month.year}"


def scope(
    session: Session, who: Member, *, months: Sequence[date], zone: ZoneInfo, on: date, cohort: str | None = None
) -> Scope:
    """The people within reach of ``who``, of this cohort (a slug) when one is given, as of the day ``on``.

    Raises CohortNotFound, CohortRuleWrong; ValueError when there is no month, or more than LONGEST_MONTHS.
    """
    if not 0 < len(months) <= LONGEST_MONTHS:
        raise ValueError(f"{len(months)} months")
    people = select(Person.id).where(permissions.people_within_reach(session, who))
    if cohort is not None:
        cohort_id = session.scalar(select(Cohort.id).where(Cohort.slug == cohort))
        if cohort_id is None:
            raise CohortNotFound(cohort)
        people = people.where(Person.id.in_(cohorts.listed(session, cohort_id, on=on)))
    territories = session.scalars(
        select(Team.territory_id)
        .where(Team.id.in_(permissions.team_ids(session, who)), Team.territory_id.is_not(None))
        .distinct()
    )
    return Scope(people, tuple(each for each in territories if each is not None), tuple(months), zone)


def note_export(
    session: Session, who: Member, name: str, of: Scope, *, cohort: str | None = None, now: datetime
) -> None:
    """Write down that these figures were taken out. Raises ExportNotAllowed."""
    allowed(session, "figures", staff_id=who.staff_id)
    audit.record(
        session,
        "figures.export",
        teller=Teller.STAFF,
        now=now,
        staff_id=who.staff_id,
        details={
            "name": name,
            "cohort": cohort,
            "from": of.months[0].isoformat()[:7],
            "to": of.months[-1].isoformat()[:7],
        },
    )


# -- the way to a contract


EVERYBODY, ON_THE_WAY = "jeunes suivis", "sur le chemin de l'alternance"


def reached(session: Session, of: Scope) -> tuple[Figure, ...]:
    """Where people stand today: all of them, those on the way, those at each stage of it or beyond."""
    counts = _counted(session, select(Person.stage).where(Person.id.in_(of.people)))
    stages = {stage: counts[(stage,)] for stage in PathStage}
    at: Counter[PathStage] = Counter()
    for stage, number in stages.items():
        if stage in STANDS_AT:
            at[STANDS_AT[stage]] += number
    chain = [(EVERYBODY, sum(stages.values())), (ON_THE_WAY, sum(at.values()))]
    # all who are on the way are at its first stage or beyond
    chain += [
        (path.STAGE_NAMES[stage], sum(at[each] for each in WAY[place:])) for place, stage in enumerate(WAY) if place
    ]
    return hide_in_chain(chain)


def hide_in_chain(chain: Sequence[tuple[str, int]], *, floor: int = FLOOR) -> tuple[Figure, ...]:
    """Counts of which each is part of the one before it: those of 1 to ``floor`` − 1 are hidden, and those that leave
    so few behind.

    A count is compared with the last one that is shown, so that whatever is hidden may have been several numbers.
    """
    of = chain[0][1] if chain else 0
    whole_hidden = 0 < of < floor
    shown, last = [], of
    for name, value in chain:
        if whole_hidden:
            shown.append(Figure(name, None, None, HIDDEN))
        elif 0 < value < floor or 0 < last - value < floor:
            # which of the two is not said: next to 6, who is not small could only be 5
            shown.append(Figure(name, None, of, HIDDEN))
        else:
            shown.append(Figure(name, value, of))
            last = value
    return tuple(shown)


def moves(session: Session, of: Scope) -> tuple[Block, ...]:
    """For each stage, how often it was reached in each month."""
    counts = _counted(
        session,
        select(StageChange.after, _month(StageChange.at, of.zone)).where(
            StageChange.person_id.in_(of.people),
            StageChange.aspect == Aspect.STAGE,
            StageChange.at >= of.starts_at,
            StageChange.at < of.ends_at,
        ),
    )
    # the first stage is where everybody begins: coming back to it is no step
    names = {stage.value: path.STAGE_NAMES[stage] for stage in PathStage if stage is not PathStage.PROJET}
    # no total of all stages is shown: each stands for itself
    return tuple(
        hide_small([_of_months(name, {key[1:]: counts[key] for key in counts if key[0] == stage}, of)])[0]
        for stage, name in names.items()
    )


# -- places and who takes them


@dataclass(frozen=True)
class Offered:
    """``seats`` by the name of a kind or month; counts of the requests for them, by the same names."""

    seats_by_kind: Mapping[str, int]
    seats_by_month: Mapping[str, int]
    # requests for each kind, and for each kind what became of them
    kinds: Block
    became: tuple[Block, ...]
    months: Block


def places(session: Session, of: Scope) -> Offered:
    """Places of the dates in the territories within reach, or for everybody, and the requests of these people for them.

    Without the places that schools hold for a class, and without dates that were cancelled.
    """
    held = and_(
        EventDate.starts_at >= of.starts_at,
        EventDate.starts_at < of.ends_at,
        EventDate.cancelled_at.is_(None),
        or_(EventDate.territory_id.in_(of.territory_ids), EventDate.territory_id.is_(None)),
    )
    month = _month(EventDate.starts_at, of.zone)
    dates = (
        select(Series.kind, month, (EventDate.seats - EventDate.group_seats).label("seats"))
        .join(Series, Series.id == EventDate.series_id)
        .where(held)
        .subquery()
    )
    seats = session.execute(
        select(dates.c.kind, dates.c.month, func.sum(dates.c.seats)).group_by(dates.c.kind, dates.c.month)
    ).all()
    booked = _counted(
        session,
        select(Series.kind, Booking.status, month)
        .select_from(Booking)
        .join(EventDate, EventDate.id == Booking.event_date_id)
        .join(Series, Series.id == EventDate.series_id)
        .where(held, Booking.person_id.in_(of.people)),
    )
    seats_by_kind: Counter[str] = Counter()
    seats_by_month: Counter[str] = Counter(dict.fromkeys(_month_names(of).values(), 0))
    for kind, first, number in seats:
        seats_by_kind[KINDS[kind]] += int(number)
        seats_by_month[month_name(first)] += int(number)
    became: Counter[tuple[Any, ...]] = Counter()
    asked: Counter[tuple[Any, ...]] = Counter()
    for (kind, status, first), number in booked.items():
        became[(kind, _BECAME[status])] += number
        asked[(first,)] += number
    names = {kind: name for kind, name in KINDS.items() if seats_by_kind[name] or any(kind == key[0] for key in became)}
    kinds, *blocks = hide_small(
        _tree("demandes", became, names, {name: name for name in dict.fromkeys(_BECAME.values())})
    )
    (months,) = hide_small([_of_months("demandes par mois", asked, of)])
    return Offered(seats_by_kind, seats_by_month, kinds, tuple(blocks), months)


def attendance(became: Block) -> Figure | None:
    """Those who came, out of those whose presence was noted; None when either is hidden, or nothing was noted."""
    values = {figure.name: figure.value for figure in became.figures}
    came, stayed_away = values[PRESENT], values[ABSENT]
    if came is None or stayed_away is None or came + stayed_away == 0:
        return None
    return Figure(PRESENT, came, came + stayed_away)


# -- how long it takes until somebody answers


@dataclass(frozen=True)
class Waited:
    """How long people waited for a human, in hours and in hours of work; None when few were answered, or hidden."""

    median: float | None = None
    nine_in_ten: float | None = None
    worked_median: float | None = None
    worked_nine_in_ten: float | None = None


@dataclass(frozen=True)
class Answers:
    """``raised``: calls for a human by month; ``split`` and ``waited``: for each month, in the same order."""

    raised: Block
    split: tuple[Block, ...]
    waited: tuple[Waited, ...]


def first_answers(session: Session, of: Scope) -> Answers:
    """From the call for a human to the first answer of one."""
    calls: dict[date, list[tuple[datetime, datetime | None]]] = {month: [] for month in of.months}
    rows = session.execute(
        select(Flag.raised_at, Flag.answered_at)
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(Flag.raised_at >= of.starts_at, Flag.raised_at < of.ends_at, ChannelIdentity.person_id.in_(of.people))
    )
    for raised_at, answered_at in rows:
        calls[raised_at.astimezone(of.zone).date().replace(day=1)].append((raised_at, answered_at))
    counts: Counter[tuple[Any, ...]] = Counter(
        (month, ANSWERED if answered_at else NOT_ANSWERED) for month, found in calls.items() for _, answered_at in found
    )
    raised, *split = hide_small(
        _tree("demandes d'une personne", counts, _month_names(of), {name: name for name in (ANSWERED, NOT_ANSWERED)})
    )
    waited = tuple(
        _waited([(start, end) for start, end in calls[month] if end is not None], asked, block, of.zone)
        for month, asked, block in zip(of.months, raised.figures, split, strict=True)
    )
    return Answers(raised, tuple(split), waited)


def _waited(answered: Sequence[tuple[datetime, datetime]], asked: Figure, split: Block, zone: ZoneInfo) -> Waited:
    # where the split is hidden, that something is said tells that FLOOR were answered at least: of twice as many, how
    # many were not may still be several numbers
    said = split.figures[0].value is not None or (asked.value or 0) >= 2 * FLOOR
    if not said or len(answered) < FLOOR:
        return Waited()
    plain = [_hours(end - start) for start, end in answered]
    at_work = [_hours(worked_between(start, end, zone)) for start, end in answered]
    return Waited(quantile(plain, 0.5), quantile(plain, 0.9), quantile(at_work, 0.5), quantile(at_work, 0.9))


def quantile(values: Iterable[float], share: float) -> float:
    """The least value that this share of them does not exceed; rounded to a tenth.

    Raises ValueError when there is none.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no value")
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 1)


# -- what people ask


@dataclass(frozen=True)
class Topics:
    """``asked``: how many people asked each topic, most asked first, by intent. ``messages`` by month, and ``split``,
    for each month, whether they were understood. ``cut``: only the latest MOST_CONVERSATIONS conversations are in it.
    """

    asked: Block
    messages: Block
    split: tuple[Block, ...]
    cut: bool


def topics(session: Session, of: Scope, *, most: int = MOST_CONVERSATIONS) -> Topics:
    """What people wrote about, in the conversations that the team may read: practice and notebook are not counted."""
    lately = (
        select(Conversation.id, ChannelIdentity.person_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        # whoever wrote in these months wrote last in one of them, or later
        .where(Conversation.last_wrote_at >= of.starts_at, ChannelIdentity.person_id.in_(of.people))
        .order_by(Conversation.last_wrote_at.desc())
        .limit(most)
        .cte("lately")
        .prefix_with("MATERIALIZED")
    )
    written = (
        select(
            _month(Message.sent_at, of.zone),
            Message.intent,
            lately.c.person_id,
            Review.id.is_not(None).label("misread"),
        )
        .join(lately, lately.c.id == Message.conversation_id)
        .outerjoin(Review, and_(Review.message_id == Message.id, Review.reason == ReviewReason.NOT_UNDERSTOOD))
        .where(
            Message.author == Author.PERSON,
            Message.private.is_(False),
            Message.sent_at >= of.starts_at,
            Message.sent_at < of.ends_at,
        )
        .subquery()
    )
    by = written.c
    rows = session.execute(
        select(
            func.grouping(by.intent),
            by.month,
            by.misread,
            by.intent,
            func.count(),
            func.count(distinct(by.person_id)),
            select(func.count()).select_from(lately).scalar_subquery(),
        ).group_by(func.grouping_sets(tuple_(by.month, by.misread), tuple_(by.intent), tuple_()))
    ).all()
    counts: Counter[tuple[Any, ...]] = Counter()
    people: dict[str, int] = {}
    everybody = read = 0
    for not_by_intent, month, misread, intent, number, who, of_all in rows:
        read = of_all
        if month is not None:
            counts[(month, NOT_UNDERSTOOD if misread else UNDERSTOOD)] += number
        elif intent is not None:
            people[intent] = who
        elif not_by_intent:
            everybody = who
    largest = sorted(people, key=lambda intent: (-people[intent], intent))[:MOST_TOPICS]
    asked = Block("sujets", tuple(Figure(intent, people[intent], everybody) for intent in largest), among=everybody)
    months, *split = hide_small(
        _tree("messages", counts, _month_names(of), {name: name for name in (UNDERSTOOD, NOT_UNDERSTOOD)})
    )
    return Topics(_without_small_whole(asked), months, tuple(split), cut=read == most)


def _without_small_whole(block: Block) -> Block:
    """Hidden, with what it is out of when that is small itself."""
    (safe,) = hide_small([block])
    if block.among is None or not 0 < block.among < FLOOR:
        return safe
    return Block(block.title, tuple(Figure(each.name, None, None, HIDDEN) for each in block.figures))


# -- practice


@dataclass(frozen=True)
class Practised:
    """A month of practice: ``people`` who practised, ``runs`` with a debrief, in how many of these the need was heard,
    and the mean of their points; all but ``people`` hidden with it."""

    month: date
    people: Figure
    runs: Figure
    need_heard: Figure
    points: float | None


@dataclass(frozen=True)
class Practices:
    """``confidence``: people who had more, the same, less of it after a practice than before, where they said both.

    Who practised several times may be in several of them.
    """

    months: tuple[Practised, ...]
    confidence: Block


def practices(session: Session, of: Scope) -> Practices:
    """Practices with simulated employers that were led to their debrief. They are private: counts, and no content."""
    runs = (
        select(
            _month(PracticeRun.started_at, of.zone),
            PracticeRun.person_id,
            PracticeRun.need_heard,
            PracticeRun.points,
            case(
                (PracticeRun.confidence_after > PracticeRun.confidence_before, MORE),
                (PracticeRun.confidence_after < PracticeRun.confidence_before, LESS),
                (PracticeRun.confidence_after == PracticeRun.confidence_before, SAME),
            ).label("confidence"),
        )
        .where(
            PracticeRun.person_id.in_(of.people),
            PracticeRun.mode == PracticeMode.EMPLOYER,
            PracticeRun.points.is_not(None),
            PracticeRun.started_at >= of.starts_at,
            PracticeRun.started_at < of.ends_at,
        )
        .subquery()
    )
    by_month = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                runs.c.month,
                func.count(distinct(runs.c.person_id)),
                func.count(),
                func.count().filter(runs.c.need_heard),
                func.avg(runs.c.points),
            ).group_by(runs.c.month)
        )
    }
    told = _counted(
        session, select(runs.c.confidence).where(runs.c.confidence.is_not(None)), distinct_of=runs.c.person_id
    )
    return Practices(
        tuple(_practised(month, *by_month.get(month, (0, 0, 0, None))) for month in of.months),
        _confidence(told),
    )


def _practised(month: date, people: int, runs: int, need_heard: int, points: Any) -> Practised:
    name = month_name(month)
    if 0 < people < FLOOR:
        gone = Figure(name, None, None, HIDDEN)
        return Practised(month, Figure(name, None, None, f"< {FLOOR}"), gone, gone, None)
    # runs of few people may be many: what counts is whether few of them stand out
    (heard,) = hide_small([Block("need", (Figure(name, need_heard, runs),), among=runs)])
    mean = None if points is None else round(float(points), 1)
    return Practised(month, Figure(name, people), Figure(name, runs), heard.figures[0], mean)


def _confidence(told: Mapping[tuple[Any, ...], int]) -> Block:
    (safe,) = hide_small([Block("confiance", tuple(Figure(name, told.get((name,), 0)) for name in (MORE, SAME, LESS)))])
    return safe


# -- contracts


@dataclass(frozen=True)
class Contracts:
    signed: Block
    broken: Block
    reasons: Block


def contracts(session: Session, of: Scope) -> Contracts:
    """Contracts by the month in which they were signed (or told of, when that day is not known), and those broken."""
    told_on = cast(func.timezone(of.zone.key, WorkContract.announced_at), Date)
    days = (
        select(
            func.coalesce(WorkContract.signed_on, told_on).label("signed_on"),
            WorkContract.broken_on,
            WorkContract.break_reason,
        )
        .where(WorkContract.person_id.in_(of.people))
        .subquery()
    )
    signed = _counted(
        session,
        select(_first_of_month(days.c.signed_on)).where(days.c.signed_on >= of.starts_on, days.c.signed_on < of.before),
    )
    broken = _counted(
        session,
        select(_first_of_month(days.c.broken_on), days.c.break_reason).where(
            days.c.broken_on >= of.starts_on, days.c.broken_on < of.before
        ),
    )
    by_month: Counter[tuple[Any, ...]] = Counter()
    by_reason: Counter[str] = Counter()
    for (month, reason), number in broken.items():
        by_month[(month,)] += number
        by_reason[BREAK_REASONS[reason]] += number
    reasons = tuple(Figure(name, by_reason[name], broken.total()) for name in BREAK_REASONS.values())
    safe = hide_small(
        [
            _of_months("contrats signés", signed, of),
            _of_months("contrats rompus", by_month, of),
            Block("raisons des ruptures", reasons, whole=broken.total()),
        ]
    )
    return Contracts(*safe)


# -- counting


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _hours(gone: timedelta) -> float:
    return gone / timedelta(hours=1)


def _month(at: InstrumentedAttribute[datetime], zone: ZoneInfo) -> ColumnElement[date]:
    return _first_of_month(func.timezone(zone.key, at))


def _first_of_month(day: ColumnElement[Any]) -> ColumnElement[date]:
    return cast(func.date_trunc("month", day), Date).label("month")


def _counted(
    session: Session, query: Select[*tuple[Any, ...]], *, distinct_of: ColumnElement[Any] | None = None
) -> Counter[tuple[Any, ...]]:
    """How many rows of the query hold the same values."""
    # a subquery, as an expression with parameters is not the same in SELECT and in GROUP BY
    counted = query if distinct_of is None else query.add_columns(distinct_of.label("of")).distinct()
    rows = counted.subquery()
    columns = [column for column in rows.c if column.name != "of"]
    grouped = select(*columns, func.count()).group_by(*columns)
    return Counter({tuple(row[:-1]): row[-1] for row in session.execute(grouped)})


def _month_names(of: Scope) -> dict[date, str]:
    return {month: month_name(month) for month in of.months}


def _of_months(title: str, counts: Mapping[tuple[Any, ...], int], of: Scope) -> Block:
    """A figure for each month."""
    total = sum(counts.values())
    return Block(
        title, tuple(Figure(name, counts.get((month,), 0), total) for month, name in _month_names(of).items()), total
    )


def _tree(
    title: str, counts: Mapping[tuple[Any, ...], int], names: Mapping[Any, str], parts: Mapping[Any, str]
) -> list[Block]:
    """A block with a figure for each name, and for each of these a block of what it is made of."""
    totals: Counter[Any] = Counter()
    for (key, _), number in counts.items():
        totals[key] += number
    whole = sum(totals[key] for key in names)
    return [
        Block(title, tuple(Figure(name, totals[key], whole) for key, name in names.items()), whole),
        *(
            Block(
                name,
                tuple(Figure(part, counts.get((key, each), 0), totals[key]) for each, part in parts.items()),
                totals[key],
                inside=(title, name),
            )
            for key, name in names.items()
        ),
    ]

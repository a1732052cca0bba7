"""Figures of a cohort for those who finance and follow the programme: counts, and nothing that points at somebody."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from programme import audit, cohorts, french, path, profiles
from programme.errors import CohortNotFound
from programme.exchange.columns import write_level
from programme.exchange.export import allowed
from programme.exchange.tables import Written
from programme.models import (
    Booking,
    BookingStatus,
    BreakReason,
    Cohort,
    EmployerStatus,
    Enrolment,
    PathStage,
    Person,
    Programme,
    Teller,
    WorkContract,
)

# counts of 1 to 4 are not shown: in a small town they are somebody
FLOOR = 5
HIDDEN = "masqué"
UNKNOWN = "inconnu"

BREAK_REASONS = {
    BreakReason.TRIAL_PERIOD: "pendant la période d’essai",
    BreakReason.AGREEMENT: "d’un commun accord",
    BreakReason.RESIGNATION: "démission",
    BreakReason.DISMISSAL: "licenciement",
    BreakReason.EMPLOYER_CLOSED: "l’entreprise a fermé",
    BreakReason.TRANSPORT_OR_HOUSING: "transport ou logement",
    BreakReason.RELATIONS_AT_WORK: "relations au travail",
    BreakReason.TRADE_NOT_LIKED: "le métier ne plaisait pas",
    BreakReason.HEALTH: "santé",
    BreakReason.OTHER: "autre raison",
    BreakReason.NOT_SAID: "raison non dite",
}
EMPLOYERS = {
    "contract": "avec un contrat",
    "promised": "avec une promesse",
    "in_view": "avec un employeur en vue",
    "none": "encore sans employeur",
}
_BOOKINGS = {
    "place tenue, présence pas encore notée": {BookingStatus.BOOKED, BookingStatus.OFFERED, BookingStatus.CONFIRMED},
    "en liste d’attente": {BookingStatus.WAITING},
    "présence notée": {BookingStatus.PRESENT, BookingStatus.ABSENT},
    "excusée": {BookingStatus.EXCUSED},
    "annulée": {BookingStatus.CANCELLED},
}


@dataclass(frozen=True)
class Figure:
    """``value`` out of ``of``; None when it is hidden, and ``mark`` is shown in its place."""

    name: str
    value: int | None
    of: int | None = None
    mark: str = ""

    @property
    def shown(self) -> str:
        return self.mark if self.value is None else str(self.value)

    @property
    def percent(self) -> str:
        """« 15,6 % »; nothing when a part of it is hidden, or out of nothing."""
        if self.value is None or not self.of:
            return ""
        return french.percent(round(Decimal(100 * self.value) / self.of, 1))


@dataclass(frozen=True)
class Block:
    """Figures that belong together.

    ``whole``: they add up to it, so that one that is hidden could be computed from the others. Without it they stand
    each for itself, counted among ``among`` people. ``inside`` names the block and figure that ``whole`` is.
    """

    title: str
    figures: tuple[Figure, ...]
    whole: int | None = None
    among: int | None = None
    inside: tuple[str, str] | None = None


def indicators(session: Session, people: Select[Any], *, on: date) -> list[Block]:
    """All the figures of these people, as of the day ``on``; nothing is hidden yet, see `hide_small`.

    Args:
        people: selects ids, such as `cohorts.listed`.
    """
    counts = _of_people(session, people, on)
    total = sum(counts["stage"].values())
    communes = counts["commune"]
    largest_first = sorted((name for name in communes if name is not None), key=lambda name: (-communes[name], name))
    return [
        Block("Jeunes", (Figure("jeunes suivis", total),)),
        _parts(f"Âge au {french.day(on)}", counts["minor"], {True: "mineurs", False: "majeurs"}, total),
        _parts("Quartier prioritaire (QPV)", counts["qpv"], {True: "oui", False: "non"}, total),
        _parts("Niveau", counts["level"], {level: write_level(level) for level in range(1, 9)}, total),
        _parts("Commune", communes, {name: name.title() for name in largest_first}, total),
        _parts("Étape", counts["stage"], {stage: path.STAGE_NAMES[stage] for stage in PathStage}, total),
        _parts(f"Employeur au {french.day(on)}", counts["employer"], EMPLOYERS, total),
        _programmes(session, people, total),
        *_bookings(session, people),
        *_contracts(session, people, on),
    ]


def cohort_figures(
    session: Session, slug: str, *, staff_id: int, on: date, now: datetime, floor: int = FLOOR
) -> list[Block]:
    """What may leave of a cohort's figures: small counts hidden, and the taking out written down.

    Raises CohortNotFound, CohortRuleWrong, ExportNotAllowed.
    """
    allowed(session, "figures", staff_id=staff_id)
    cohort_id = session.scalar(select(Cohort.id).where(Cohort.slug == slug))
    if cohort_id is None:
        raise CohortNotFound(slug)
    blocks = hide_small(indicators(session, cohorts.listed(session, cohort_id, on=on), on=on), floor=floor)
    audit.record(
        session, "figures.export", teller=Teller.STAFF, now=now, staff_id=staff_id, details={"cohort_id": cohort_id}
    )
    return blocks


def as_table(blocks: Iterable[Block]) -> tuple[list[str], list[list[Written]]]:
    """Titles and rows, for exchange.tables.to_csv or to_xlsx."""
    rows: list[list[Written]] = [
        [
            block.title,
            figure.name,
            figure.value if figure.value is not None else figure.mark,
            figure.of,
            figure.percent or None,
        ]
        for block in blocks
        for figure in block.figures
    ]
    return ["Rubrique", "Indicateur", "Nombre", "Sur", "Part"], rows


# hiding


def hide_small(blocks: Sequence[Block], *, floor: int = FLOOR) -> list[Block]:
    """The blocks without the counts that point at somebody: those of 1 to ``floor`` − 1 show « < 5 ».

    In a block that adds up, the next smallest is hidden too (« masqué ») where a small one could be computed from the
    total and from this rule; when that is not enough, the whole block is hidden, its zeros too.
    What two exports of nearly the same people say when they are compared is not guarded against: that is why a cohort
    is frozen once it is used.
    """
    shown: list[Block] = []
    hidden: set[tuple[str, str]] = set()
    for block in blocks:
        safe = _hide_in(block, floor, inside_hidden=block.inside in hidden)
        hidden |= {(safe.title, figure.name) for figure in safe.figures if figure.value is None}
        shown.append(safe)
    return shown


def _hide_in(block: Block, floor: int, *, inside_hidden: bool) -> Block:
    if block.whole is None:
        return replace(block, figures=tuple(_hide_alone(each, block.among, floor) for each in block.figures))
    values = [figure.value or 0 for figure in block.figures]
    to_hide = set(range(len(values))) if inside_hidden else _to_hide(values, floor)
    everything = len(to_hide) == len(values)
    whole_hidden = inside_hidden or 0 < block.whole < floor
    return replace(
        block,
        whole=None if whole_hidden else block.whole,
        figures=tuple(
            replace(
                figure,
                value=None if at in to_hide else figure.value,
                of=None if whole_hidden else figure.of,
                # where everything is hidden, even which ones are small would tell
                mark="" if at not in to_hide else f"< {floor}" if 0 < values[at] < floor and not everything else HIDDEN,
            )
            for at, figure in enumerate(block.figures)
        ),
    )


def _hide_alone(figure: Figure, among: int | None, floor: int) -> Figure:
    assert figure.value is not None
    if 0 < figure.value < floor:
        return replace(figure, value=None, mark=f"< {floor}")
    if among is not None and 0 < among - figure.value < floor:
        return replace(figure, value=None, mark=HIDDEN)  # who is not counted here would be known
    return figure


def _to_hide(values: Sequence[int], floor: int) -> set[int]:
    """Which counts of a whole may not be shown: the small ones, or with the next smallest, or all.

    Each step is decided by what is shown afterwards, so that which step was taken tells nothing more.
    """
    top = floor - 1
    small = {at for at, value in enumerate(values) if 0 < value < floor}
    if not small:
        return set()
    others = sorted((value, at) for at, value in enumerate(values) if value >= floor)
    small_sum = sum(values[at] for at in small)
    if others and len(small) > 1 and len(small) < small_sum < len(small) * top:
        return small
    if len(others) > 1:
        (beside, at), (least_shown, next_at) = others[:2]
        together = small_sum + beside
        # of two that are equal the first is hidden
        most = least_shown if at < next_at else least_shown - 1
        if len(small) == 1:
            uncertain = max(1, together - most) < min(top, together - floor)
        else:
            # it is known that all of the small ones are 1, or all are the most they may be: both must be possible
            uncertain = together - len(small) <= most and together - len(small) * top >= floor
        if uncertain:
            return small | {at}
    return set(range(len(values)))


# the blocks


def _counts(session: Session, query: Select[*tuple[Any, ...]]) -> dict[Any, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _parts(title: str, counts: Mapping[Any, int], names: Mapping[Any, str], total: int, **more: Any) -> Block:
    """A figure for each name; what has no value is unknown, and counts."""
    figures = [Figure(name, counts.get(key, 0), total) for key, name in names.items()]
    if None not in names and None in counts:
        figures.append(Figure(UNKNOWN, counts[None], total))
    return Block(title, tuple(figures), whole=total, **more)


def _of_people(session: Session, people: Select[Any], on: date) -> dict[str, dict[Any, int]]:
    """How many have each value of what we know of people: they are read once, and counted in several ways."""
    contracts = (
        select(
            WorkContract.person_id,
            func.bool_or(
                and_(
                    or_(WorkContract.ends_on.is_(None), WorkContract.ends_on >= on),
                    or_(WorkContract.broken_on.is_(None), WorkContract.broken_on > on),
                )
            ).label("running"),
        )
        .where(WorkContract.person_id.in_(people))
        .group_by(WorkContract.person_id)
        .subquery("contracts")
    )
    # who has a contract on this day, whatever they told before; the others by what they told last
    stands = case(
        (contracts.c.running, "contract"),
        # a contract that is over or was broken is no contract
        (and_(Person.employer_status == EmployerStatus.SIGNED, contracts.c.person_id.is_(None)), "contract"),
        (Person.employer_status == EmployerStatus.PROMISED, "promised"),
        (Person.employer_status.in_([EmployerStatus.INTERVIEW, EmployerStatus.IN_VIEW]), "in_view"),
        else_="none",
    )
    # a subquery, as an expression with parameters is not the same in SELECT and in GROUP BY
    facts = (
        select(
            profiles.minor_sql(on).label("minor"),
            Person.qpv,
            Person.level,
            Person.commune,
            Person.stage,
            stands.label("employer"),
        )
        .outerjoin(contracts, contracts.c.person_id == Person.id)
        .where(Person.id.in_(people))
        .subquery("facts")
    )
    columns = list(facts.c)
    query = select(func.grouping(*columns), *columns, func.count()).group_by(
        func.grouping_sets(*(tuple_(column) for column in columns))
    )
    counts: dict[str, dict[Any, int]] = {column.name: {} for column in columns}
    # a bit of the first value is 0 for the column that was counted by; the first column has the highest bit
    every = 2 ** len(columns) - 1
    for mask, *values, number in session.execute(query):
        at = len(columns) - (every - mask).bit_length()
        counts[columns[at].name][values[at]] = number
    return counts


def _programmes(session: Session, people: Select[Any], total: int) -> Block:
    """Takers against the places that were planned: « 64 sur 55 »."""
    query = (
        select(Programme.name, func.count(), Programme.places)
        .join(Enrolment, Enrolment.programme_id == Programme.id)
        .where(Enrolment.person_id.in_(people))
        .group_by(Programme.id)
        .order_by(Programme.starts_on, Programme.id)
    )
    return Block(
        "Participants pour les places prévues",
        tuple(Figure(name, takers, places) for name, takers, places in session.execute(query)),
        among=total,
    )


def _bookings(session: Session, people: Select[Any]) -> list[Block]:
    query = select(Booking.status, func.count()).where(Booking.person_id.in_(people)).group_by(Booking.status)
    counts = _counts(session, query)
    groups = {name: sum(counts.get(status, 0) for status in statuses) for name, statuses in _BOOKINGS.items()}
    noted = groups["présence notée"]
    return [
        _parts("Réservations", groups, {name: name for name in groups}, sum(groups.values())),
        _parts(
            "Présence",
            counts,
            {BookingStatus.PRESENT: "présents", BookingStatus.ABSENT: "absents"},
            noted,
            inside=("Réservations", "présence notée"),
        ),
    ]


def _contracts(session: Session, people: Select[Any], on: date) -> list[Block]:
    stands = case(
        (WorkContract.broken_on <= on, "broken"),
        (WorkContract.ends_on < on, "ended"),
        else_="running",
    )
    parts = (
        select(stands.label("state"), WorkContract.break_reason).where(WorkContract.person_id.in_(people)).subquery()
    )
    query = select(parts.c.state, parts.c.break_reason, func.count()).group_by(parts.c.state, parts.c.break_reason)
    states: dict[str, int] = {}
    reasons: dict[BreakReason, int] = {}
    for state, reason, number in session.execute(query):
        states[state] = states.get(state, 0) + number
        if state == "broken":
            reasons[reason] = reasons.get(reason, 0) + number
    names = {"running": "en cours ou à venir", "ended": "allés à leur terme", "broken": "rompus"}
    return [
        _parts("Contrats signés", states, names, sum(states.values())),
        _parts(
            "Raisons des ruptures",
            reasons,
            BREAK_REASONS,
            states.get("broken", 0),
            inside=("Contrats signés", "rompus"),
        ),
    ]

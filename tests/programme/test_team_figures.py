"""Figures that a team looks at: what is counted, for whom, and what is hidden of it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import cohorts, permissions, structures, team_figures
from programme.errors import CohortNotFound, ExportNotAllowed
from programme.figures import Block, Figure, hide_small
from programme.models import (
    Aspect,
    AuditLine,
    Author,
    Booking,
    BookingStatus,
    BreakReason,
    Channel,
    Conversation,
    EventDate,
    EventKind,
    Flag,
    FlagReason,
    Message,
    MessageState,
    OrganisationKind,
    PathStage,
    Person,
    PracticeMode,
    PracticeRun,
    Review,
    ReviewReason,
    Role,
    Series,
    StageChange,
    Teller,
    WorkContract,
)
from programme.people import conversation_for
from programme.permissions import Member
from programme.team_figures import (
    ABSENT,
    ANSWERED,
    LESS,
    MORE,
    NOT_ANSWERED,
    NOT_UNDERSTOOD,
    PRESENT,
    SAME,
    UNDERSTOOD,
    WAITING,
    Scope,
    Waited,
    hide_in_chain,
    latest_months,
    month_name,
    months_between,
    quantile,
)
from tests.conftest import NOW, PARIS

FACTORY = sessionmaker[Session]
ON = NOW.date()
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
MONTHS = (SEPTEMBER, OCTOBER, NOVEMBER)


def at(month: int, day: int, hour: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def values(block: Block) -> list[int | None]:
    return [figure.value for figure in block.figures]


def named(block: Block) -> dict[str, str]:
    return {figure.name: figure.shown for figure in block.figures}


@pytest.fixture
def lead(session_factory: FACTORY) -> Member:
    """A team lead, whose team serves Cachan; another team of the organisation serves Dijon."""
    with session_factory.begin() as session:
        organisation = structures.save_organisation(
            session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
        )
        members = []
        for name in ("cachan", "dijon"):
            territory = structures.save_territory(session, slug=name, name=name, region="R", communes=[name])
            team = structures.save_team(session, organisation_id=organisation, name=name, territory_id=territory)
            staff_id = structures.save_staff(
                session, email=f"{name}@ml.example", team_id=team, role=Role.TEAM_LEAD, name=name
            )
            members.append(permissions.member(session, staff_id))
    assert members[0] is not None
    return members[0]


@pytest.fixture
def young(session_factory: FACTORY, lead: Member) -> Callable[..., list[int]]:
    """Builds this many young people of the lead's team; their ids."""

    def build(number: int, *, stage: PathStage = PathStage.PROJET, team_id: int | None = None) -> list[int]:
        people = [
            Person(created_at=NOW, stage=stage, team_id=team_id or lead.team_id, commune="cachan")
            for _ in range(number)
        ]
        with session_factory.begin() as session:
            session.add_all(people)
            session.flush()
            return [person.id for person in people]

    return build


@pytest.fixture
def of_lead(session_factory: FACTORY, lead: Member) -> Callable[..., Scope]:
    def build(*, months: Sequence[date] = MONTHS, cohort: str | None = None) -> Scope:
        with session_factory() as session:
            return team_figures.scope(session, lead, months=months, zone=PARIS, on=ON, cohort=cohort)

    return build


def elsewhere(session_factory: FACTORY, lead: Member) -> int:
    """The other team's id."""
    with session_factory() as session:
        return session.scalars(
            select(structures.Team.id).where(structures.Team.id != lead.team_id).order_by(structures.Team.id)
        ).one()


# -- the period


@pytest.mark.parametrize(
    ("today", "number", "expected"),
    [
        pytest.param(date(2026, 11, 23), 3, [(2026, 9), (2026, 10), (2026, 11)], id="within a year"),
        pytest.param(date(2027, 1, 31), 2, [(2026, 12), (2027, 1)], id="over the new year"),
        pytest.param(date(2026, 12, 1), 1, [(2026, 12)], id="one month, December"),
        pytest.param(
            date(2026, 12, 1), 13, [(2025, 12), *((2026, each) for each in range(1, 13))], id="more than a year"
        ),
    ],
)
def test_the_latest_months_end_with_the_month_of_today(
    today: date, number: int, expected: list[tuple[int, int]]
) -> None:
    assert [(month.year, month.month) for month in latest_months(today, number)] == expected


def test_months_out_of_order_are_none() -> None:
    assert months_between(NOVEMBER, OCTOBER) == ()


def test_a_period_of_no_month_or_of_too_many_is_refused(session_factory: FACTORY, lead: Member) -> None:
    with session_factory() as session:
        for months in ((), latest_months(ON, team_figures.LONGEST_MONTHS + 1)):
            with pytest.raises(ValueError, match="months"):
                team_figures.scope(session, lead, months=months, zone=PARIS, on=ON)


# -- the way to a contract


def test_people_are_counted_at_each_stage_or_beyond(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    for stage, number in {
        PathStage.PROJET: 10, PathStage.PROJET_VALIDE: 20, PathStage.PROMESSE: 6, PathStage.EN_CONTRAT: 12,
        # broken: a contract had been signed
        PathStage.RUPTURE: 5,
        # beside the way
        PathStage.AUTRE_SOLUTION: 7,
    }.items():  # fmt: skip
        young(number, stage=stage)
    # when
    with session_factory() as session:
        reached = team_figures.reached(session, of_lead())
    # then
    assert [(figure.name, figure.shown) for figure in reached] == [
        ("jeunes suivis", "60"),
        ("sur le chemin de l'alternance", "53"),
        ("projet validé", "43"),
        ("école trouvée", "23"),
        ("employeur en vue", "23"),
        ("entretien", "23"),
        ("promesse d'embauche", "23"),
        ("contrat signé", "17"),
        ("en contrat", "12"),
        ("après l'alternance", "0"),
    ]


def test_people_of_another_team_or_without_one_that_others_serve_are_not_counted(
    session_factory: FACTORY, lead: Member, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    young(6)
    young(9, team_id=elsewhere(session_factory, lead))
    # when
    with session_factory() as session:
        reached = team_figures.reached(session, of_lead())
    # then
    assert reached[0] == Figure("jeunes suivis", 6, 6)


def test_a_cohort_is_counted_as_far_as_it_is_within_reach(
    session_factory: FACTORY, lead: Member, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    young(6, stage=PathStage.PROMESSE)
    young(8)
    young(9, stage=PathStage.PROMESSE, team_id=elsewhere(session_factory, lead))
    rule = cohorts.Rule(stages=frozenset({PathStage.PROMESSE}))
    with session_factory.begin() as session:
        cohorts.save(session, slug="promesses", name="Promesses", rule=rule, now=NOW)
    # when
    with session_factory() as session:
        reached = team_figures.reached(session, of_lead(cohort="promesses"))
    # then
    assert reached[0].value == 6


def test_a_cohort_that_does_not_exist_is_refused(of_lead: Callable[..., Scope]) -> None:
    with pytest.raises(CohortNotFound):
        of_lead(cohort="rien")


def test_steps_count_in_the_month_of_paris_in_which_they_were_taken(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given six steps on the last evening of September in UTC, which is October in Paris, and one long before
    people = young(12)
    with session_factory.begin() as session:
        for person_id, moment in [
            *((each, datetime(2026, 9, 30, 22, 30, tzinfo=UTC)) for each in people[:6]),
            *((each, at(11, 3)) for each in people[6:]),
            (people[0], at(6, 3)),
        ]:
            session.add(
                StageChange(
                    person_id=person_id, aspect=Aspect.STAGE, before="projet", after="projet_valide", at=moment,
                    teller=Teller.STAFF,
                )
            )  # fmt: skip
    # when
    with session_factory() as session:
        moves = team_figures.moves(session, of_lead())
    # then
    block = next(each for each in moves if each.title == "projet validé")
    assert (values(block), block.whole) == ([0, 6, 6], 12)


# -- what is hidden of a chain


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param((60, 53, 43), ["60", "53", "43"], id="nothing small"),
        pytest.param((60, 58, 40), ["60", "masqué", "40"], id="two left behind would be known"),
        pytest.param((60, 40, 3, 0), ["60", "40", "masqué", "0"], id="three arrived"),
        pytest.param((60, 60, 0), ["60", "60", "0"], id="all of them, and nobody"),
        pytest.param((9, 6, 3), ["9", "masqué", "masqué"], id="everything is near"),
        pytest.param((6, 5, 0), ["6", "masqué", "0"], id="next to six"),
        pytest.param((4, 4, 0), ["masqué", "masqué", "masqué"], id="a whole that is small"),
        pytest.param((0, 0), ["0", "0"], id="nobody at all"),
    ],
)
def test_small_counts_of_a_chain_and_small_steps_are_hidden(numbers: tuple[int, ...], expected: list[str]) -> None:
    assert [
        each.shown for each in hide_in_chain([(str(place), each) for place, each in enumerate(numbers)])
    ] == expected


def chains(whole: int, length: int) -> Iterator[tuple[int, ...]]:
    if length == 1:
        yield (whole,)
        return
    for part in range(whole + 1):
        yield from ((whole, *rest) for rest in chains(part, length - 1))


@pytest.mark.parametrize(("length", "largest"), [(2, 40), (3, 24), (4, 18), (5, 13)])
def test_no_small_step_of_a_chain_can_be_computed_even_by_who_knows_the_rule(length: int, largest: int) -> None:
    # given every chain there is, by what is shown of it
    same: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
    for whole in range(largest):
        for chain in chains(whole, length):
            same[tuple(each.shown for each in hide_in_chain([("", each) for each in chain]))].append(chain)
    # then neither a small count nor a small number of those left behind is the only possible one
    for possible in same.values():
        for place in range(length):
            counts = {chain[place] for chain in possible}
            assert not (len(counts) == 1 and 0 < min(counts) < 5), possible[0]
        for place in range(length - 1):
            left = {chain[place] - chain[place + 1] for chain in possible}
            assert not (len(left) == 1 and 0 < min(left) < 5), possible[0]


# -- what is hidden of totals, months and their parts


def computed(blocks: Sequence[Block], known: Sequence[Block]) -> set[tuple[str, str]]:
    """Which hidden counts follow from those shown, when each block adds up to its total and to the figure it is in."""
    unknown: dict[tuple[str, str], int] = {}
    equations: list[dict[int, Fraction]] = []

    def place(key: tuple[str, str]) -> int:
        return unknown.setdefault(key, len(unknown))

    for block, shown in zip(blocks, known, strict=True):
        row: dict[int, Fraction] = {}
        for figure in shown.figures:
            if figure.value is None:
                row[place((block.title, figure.name))] = Fraction(1)
        if shown.whole is None and block.inside is not None:
            row[place(block.inside)] = Fraction(-1)
        elif shown.whole is None:
            row[place((block.title, ""))] = Fraction(-1)
        if row:
            equations.append(row)
    rows = [[row.get(column, Fraction(0)) for column in range(len(unknown))] for row in equations]
    rank = 0
    for column in range(len(unknown)):
        pivot = next((at for at in range(rank, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        rows[rank] = [each / rows[rank][column] for each in rows[rank]]
        for other in range(len(rows)):
            if other != rank and (factor := rows[other][column]):
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[rank], strict=True)]
        rank += 1
    alone = {columns[0] for row in rows if len(columns := [at for at, each in enumerate(row) if each]) == 1}
    return {key for key, column in unknown.items() if column in alone}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.lists(
            st.integers(min_value=0, max_value=30) | st.integers(min_value=0, max_value=6), min_size=3, max_size=3
        ),
        min_size=2,
        max_size=6,
    )
)
def test_no_hidden_count_of_months_and_their_parts_follows_from_those_shown(counts: list[list[int]]) -> None:
    # given what `_tree` makes: months that add up, and what each is made of
    table = {(month, part): number for month, row in enumerate(counts) for part, number in enumerate(row)}
    months = {month: f"mois {month}" for month in range(len(counts))}
    blocks = team_figures._tree("tout", table, months, {part: f"part {part}" for part in range(3)})
    # when
    shown = hide_small(blocks)
    # then
    assert computed(blocks, shown) == set()
    for block in shown:
        assert all(each.value is None or each.value == 0 or each.value >= 5 for each in block.figures)


# -- places


@pytest.fixture
def a_date(session_factory: FACTORY, lead: Member) -> Callable[..., int]:
    numbers = count(1)

    def build(
        kind: EventKind, moment: datetime, *, seats: int = 12, territory_id: int | None = None, cancelled: bool = False
    ) -> int:
        with session_factory.begin() as session:
            series = Series(slug=f"s{next(numbers)}", kind=kind, title="x", summary="x", place="x")
            session.add(series)
            session.flush()
            found = EventDate(
                series_id=series.id,
                territory_id=territory_id or lead.territory_id,
                starts_at=moment,
                ends_at=moment + timedelta(hours=2),
                closes_at=moment,
                seats=seats,
                group_seats=2,
                cancelled_at=NOW if cancelled else None,
            )
            session.add(found)
            session.flush()
            return found.id

    return build


def book(session_factory: FACTORY, date_id: int, people: Sequence[int], statuses: dict[BookingStatus, int]) -> None:
    who = iter(people)
    with session_factory.begin() as session:
        for status, number in statuses.items():
            for _ in range(number):
                session.add(
                    Booking(
                        event_date_id=date_id,
                        person_id=next(who),
                        status=status,
                        requested_at=NOW,
                        status_at=NOW,
                        cancelled_by=Teller.PERSON if status is BookingStatus.CANCELLED else None,
                    )
                )


def test_places_are_set_against_requests_and_what_became_of_them(
    session_factory: FACTORY,
    lead: Member,
    young: Callable[..., list[int]],
    a_date: Callable[..., int],
    of_lead: Callable[..., Scope],
) -> None:
    # given a workshop and a forum, a date of the other territory, and one that was cancelled
    people = young(60)
    book(
        session_factory, a_date(EventKind.ATELIER, at(9, 15), seats=42), people,
        {BookingStatus.PRESENT: 24, BookingStatus.ABSENT: 6, BookingStatus.WAITING: 7, BookingStatus.CANCELLED: 9},
    )  # fmt: skip
    book(session_factory, a_date(EventKind.FORUM, at(11, 5), seats=102), people, {BookingStatus.CONFIRMED: 30})
    with session_factory() as session:
        dijon = session.scalars(
            select(structures.Territory.id).where(structures.Territory.id != lead.territory_id)
        ).one()
    book(session_factory, a_date(EventKind.FORUM, at(11, 6), territory_id=dijon), people, {BookingStatus.BOOKED: 9})
    book(session_factory, a_date(EventKind.FORUM, at(11, 7), cancelled=True), people, {BookingStatus.BOOKED: 8})
    # when
    with session_factory() as session:
        found = team_figures.places(session, of_lead())
    # then
    assert found.seats_by_kind == {"ateliers": 40, "forums": 100}
    assert found.seats_by_month == {"septembre 2026": 40, "octobre 2026": 0, "novembre 2026": 100}
    assert (found.kinds.whole, named(found.kinds)) == (76, {"ateliers": "46", "forums": "30"})
    assert values(found.months) == [46, 0, 30]
    workshops, forums = found.became
    assert {name: named(workshops)[name] for name in (PRESENT, ABSENT, WAITING)} == {
        PRESENT: "24",
        ABSENT: "6",
        WAITING: "7",
    }
    rate = team_figures.attendance(workshops)
    assert rate is not None
    assert rate.percent == "80\u00a0%"
    assert team_figures.attendance(forums) is None


def test_attendance_is_not_said_when_few_were_absent(
    session_factory: FACTORY, young: Callable[..., list[int]], a_date: Callable[..., int], of_lead: Callable[..., Scope]
) -> None:
    # given
    people = young(30)
    book(
        session_factory, a_date(EventKind.ATELIER, at(9, 15)), people,
        {BookingStatus.PRESENT: 20, BookingStatus.ABSENT: 2},
    )  # fmt: skip
    # when
    with session_factory() as session:
        (workshops,) = team_figures.places(session, of_lead()).became
    # then
    assert team_figures.attendance(workshops) is None


# -- answers


def a_conversation(session: Session, person_id: int, *, wrote: datetime = NOW) -> Conversation:
    """Somebody's conversation, of a person made by hand."""
    conversation = conversation_for(session, channel=Channel.WEB, external_id=f"p{person_id}", now=NOW)
    own, conversation.identity.person_id = conversation.identity.person_id, person_id
    conversation.last_wrote_at = wrote
    session.flush()
    session.delete(session.get_one(Person, own))
    return conversation


def test_the_first_human_answer_is_measured_by_month_and_who_waits_still_is_counted(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given ten calls at noon of a Monday in October, answered in 1 to 10 hours, and six that nobody answered
    people = young(16)
    with session_factory.begin() as session:
        for place, person_id in enumerate(people):
            raised_at = at(10, 5) if place < 10 else at(11, 5)
            session.add(
                Flag(
                    conversation_id=a_conversation(session, person_id).id,
                    reason=FlagReason.HUMAN_WANTED,
                    raised_at=raised_at,
                    answered_at=raised_at + timedelta(hours=place + 1) if place < 10 else None,
                )
            )
    # when
    with session_factory() as session:
        found = team_figures.first_answers(session, of_lead())
    # then
    assert values(found.raised) == [0, 10, 6]
    assert [named(block) for block in found.split] == [
        {ANSWERED: "0", NOT_ANSWERED: "0"},
        {ANSWERED: "10", NOT_ANSWERED: "0"},
        {ANSWERED: "0", NOT_ANSWERED: "6"},
    ]
    assert found.waited == (Waited(), Waited(5.0, 9.0, 3.5, 4.0), Waited())


def test_how_long_a_few_waited_is_not_said(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    with session_factory.begin() as session:
        for person_id in young(4):
            conversation_id = a_conversation(session, person_id).id
            session.add(
                Flag(
                    conversation_id=conversation_id, reason=FlagReason.DISTRESS, raised_at=at(10, 5),
                    answered_at=at(10, 6),
                )
            )  # fmt: skip
    # when
    with session_factory() as session:
        found = team_figures.first_answers(session, of_lead())
    # then
    assert found.raised.whole is None
    assert found.waited == (Waited(), Waited(), Waited())


def test_whether_it_is_said_how_long_people_waited_does_not_tell_how_many_wait_still() -> None:
    # given every month there is, by what is shown of it
    same: dict[tuple[object, ...], set[int]] = defaultdict(set)
    moment = at(10, 5)
    for raised in range(5, 40):
        for answered in range(raised + 1):
            counts = {("m", ANSWERED): answered, ("m", NOT_ANSWERED): raised - answered}
            parts = {name: name for name in (ANSWERED, NOT_ANSWERED)}
            months, split = hide_small(team_figures._tree("x", counts, {"m": "m"}, parts))
            waited = team_figures._waited([(moment, moment)] * answered, months.figures[0], split, PARIS)
            same[(raised, *named(split).values(), waited.median is None)].add(raised - answered)
    # then a small number of those who wait still is never the only possible one
    assert [shown for shown, left in same.items() if len(left) == 1 and 0 < min(left) < 5] == []


@pytest.mark.parametrize(
    ("share", "expected"),
    [pytest.param(0.5, 3.0, id="the middle of five"), pytest.param(0.9, 9.3, id="nine in ten of five: the longest")],
)
def test_a_share_of_the_values_is_at_most_the_quantile(share: float, expected: float) -> None:
    assert quantile([9.26, 1, 2, 3, 4], share) == expected


# -- topics


def say(session: Session, conversation: Conversation, intent: str | None, moment: datetime, **changes: bool) -> Message:
    message = Message(
        conversation_id=conversation.id,
        public_id=f"{conversation.id}-{intent}-{moment}",
        author=Author.PERSON,
        text="x",
        state=MessageState.ANSWERED,
        intent=intent,
        sent_at=moment,
        state_at=moment,
        private=changes.get("private", False),
    )
    session.add(message)
    session.flush()
    return message


def test_topics_count_people_and_messages_that_were_not_understood(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    with session_factory.begin() as session:
        for place, person_id in enumerate(young(20)):
            conversation = a_conversation(session, person_id)
            # asked twice, by one person
            say(session, conversation, "pay_amount", at(10, 5))
            say(session, conversation, "pay_amount", at(10, 6))
            if place < 8:
                say(session, conversation, "find_employer", at(11, 5))
            if place < 3:
                say(session, conversation, "distress", at(11, 5))
            if place < 6:
                misread = say(session, conversation, None, at(10, 7))
                session.add(
                    Review(
                        message_id=misread.id, conversation_id=conversation.id, created_at=NOW,
                        reason=ReviewReason.NOT_UNDERSTOOD,
                    )
                )  # fmt: skip
            # nobody else's: a practice, and what was said before the period
            say(session, conversation, "greet", at(11, 6), private=True)
            say(session, conversation, "greet", at(8, 6))
    # when
    with session_factory() as session:
        found = team_figures.topics(session, of_lead())
    # then
    assert named(found.asked) == {"pay_amount": "20", "find_employer": "8", "distress": "< 5"}
    assert {figure.of for figure in found.asked.figures} == {20}
    assert values(found.messages) == [0, 46, 11]
    assert named(found.split[1]) == {UNDERSTOOD: "40", NOT_UNDERSTOOD: "6"}
    assert not found.cut


def test_only_the_latest_conversations_are_read_and_it_is_said(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given
    with session_factory.begin() as session:
        for place, person_id in enumerate(young(9)):
            moment = at(10, 1 + place)
            say(session, a_conversation(session, person_id, wrote=moment), f"topic_{place < 3}", moment)
    # when
    with session_factory() as session:
        found = team_figures.topics(session, of_lead(), most=6)
    # then
    assert named(found.asked) == {"topic_False": "6"}
    assert found.cut


# -- practice


def test_practices_are_counted_with_the_people_and_hidden_with_them(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given six people who practised twice in October, and two who practised often in November
    people = young(8)
    with session_factory.begin() as session:

        def practise(person_id: int, moment: datetime, *, before: int | None, after: int | None, points: int) -> None:
            session.add(
                PracticeRun(
                    person_id=person_id, mode=PracticeMode.EMPLOYER, persona="garage", level=1, state={},
                    points=points, need_heard=points > 2, confidence_before=before, confidence_after=after,
                    started_at=moment, last_at=moment, ended_at=moment,
                )
            )  # fmt: skip

        for person_id in people[:6]:
            practise(person_id, at(10, 3), before=2, after=4, points=2)
            practise(person_id, at(10, 4), before=3, after=3, points=3)
        for person_id in people[6:]:
            for day in range(1, 6):
                practise(person_id, at(11, day), before=3, after=2, points=1)
    # when
    with session_factory() as session:
        found = team_figures.practices(session, of_lead())
    # then
    september, october, november = found.months
    assert (september.people.value, september.points) == (0, None)
    assert [each.value for each in (october.people, october.runs, october.need_heard)] == [6, 12, 6]
    assert october.points == 2.5
    assert [each.shown for each in (november.people, november.runs, november.need_heard)] == ["< 5", "masqué", "masqué"]
    assert november.points is None
    assert named(found.confidence) == {MORE: "6", SAME: "6", LESS: "< 5"}


# -- contracts


def test_contracts_count_when_they_are_signed_and_when_they_are_broken(
    session_factory: FACTORY, young: Callable[..., list[int]], of_lead: Callable[..., Scope]
) -> None:
    # given six signed in September, seven told of in October without their day, five of the first broken in November
    people = young(13)
    with session_factory.begin() as session:
        for place, person_id in enumerate(people):
            session.add(
                WorkContract(
                    person_id=person_id,
                    announced_at=at(10, 20),
                    teller=Teller.PERSON,
                    signed_on=date(2026, 9, 3) if place < 6 else None,
                    broken_on=date(2026, 11, 2) if place < 5 else None,
                    break_reason=BreakReason.RELATIONS_AT_WORK if place < 5 else None,
                )
            )
    # when
    with session_factory() as session:
        found = team_figures.contracts(session, of_lead())
    # then
    assert (found.signed.whole, values(found.signed)) == (13, [6, 7, 0])
    assert values(found.broken) == [0, 0, 5]
    assert {name: shown for name, shown in named(found.reasons).items() if shown != "0"} == {
        "relations au travail": "5"
    }


def test_a_period_in_which_nothing_happened_gives_zeros(
    session_factory: FACTORY, of_lead: Callable[..., Scope]
) -> None:
    with session_factory() as session:
        scope = of_lead(months=latest_months(date(2020, 3, 1)))
        assert team_figures.reached(session, scope)[0].value == 0
        assert team_figures.places(session, scope).months.whole == 0
        assert team_figures.first_answers(session, scope).raised.whole == 0
        assert team_figures.topics(session, scope).asked.figures == ()
        assert team_figures.practices(session, scope).months[0].runs.value == 0
        assert team_figures.contracts(session, scope).signed.whole == 0


def test_months_are_named_in_french() -> None:
    assert month_name(date(2027, 8, 1)) == "août 2027"


# -- taking out


def test_taking_figures_out_is_written_down_and_not_for_everybody(
    session_factory: FACTORY, lead: Member, of_lead: Callable[..., Scope]
) -> None:
    with session_factory.begin() as session:
        team_figures.note_export(session, lead, "contrats", of_lead(), now=NOW)
        author = structures.save_staff(
            session, email="a@ml.example", team_id=lead.team_id, role=Role.CONTENT_AUTHOR, name="A"
        )
        who = permissions.member(session, author)
        assert who is not None
        with pytest.raises(ExportNotAllowed):
            team_figures.note_export(session, who, "contrats", of_lead(), now=NOW)
    with session_factory() as session:
        line = session.scalars(select(AuditLine)).one()
        assert (line.action, line.staff_id) == ("figures.export", lead.staff_id)
        assert line.details == {"name": "contrats", "cohort": None, "from": "2026-09", "to": "2026-11"}

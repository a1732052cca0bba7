"""The demonstration gives the figures of the five real programmes, on any day of the year."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from programme import cohorts, conventions, demonstration, figures, matching, needs, profiles, sharing
from programme.models import (
    SEATED,
    AuditLine,
    Base,
    Booking,
    BookingStatus,
    Cohort,
    Company,
    Enrolment,
    EventDate,
    EventKind,
    GroupBooking,
    Guardian,
    Organisation,
    PathStage,
    Person,
    Programme,
    Role,
    Series,
    StaffMember,
    Territory,
    Univers,
    WorkContract,
)
from programme.practice.persona import Family
from tests.conftest import NOW, PARIS

DAYS = [
    pytest.param(NOW, id="in November, the season is over"),
    pytest.param(datetime(2027, 5, 12, 8, 0, tzinfo=UTC), id="in the middle of a season"),
    pytest.param(datetime(2028, 2, 29, 8, 0, tzinfo=UTC), id="on a leap day"),
]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def now(request: pytest.FixtureRequest) -> datetime:
    """NOW, or another day where a test asks for it."""
    found: datetime = getattr(request, "param", NOW)
    return found


on_any_day = pytest.mark.parametrize("now", DAYS, indirect=True)


@pytest.fixture
def loaded(session: Session, now: datetime) -> Session:
    demonstration.load(session, zone=PARIS, now=now)
    return session


def series(session: Session, slug: str) -> Series:
    return session.scalars(select(Series).where(Series.slug == slug)).one()


@on_any_day
def test_last_season_had_64_takers_for_55_places_16_percent_minors_20_percent_qpv(
    loaded: Session, now: datetime
) -> None:
    cohort_id = loaded.scalars(select(Cohort.id).where(Cohort.slug == "demo-club")).one()
    blocks = {
        block.title: {figure.name: figure for figure in block.figures}
        for block in figures.indicators(loaded, cohorts.listed(loaded, cohort_id, on=now.date()), on=now.date())
    }
    places = next(iter(blocks["Participants pour les places prévues"].values()))
    assert (places.value, places.of) == (64, 55)
    minors = next(block for title, block in blocks.items() if title.startswith("Âge"))["mineurs"]
    qpv = blocks["Quartier prioritaire (QPV)"]["oui"]
    assert [(each.value, each.of) for each in (minors, qpv)] == [(10, 64), (13, 64)]
    assert [round(100 * (each.value or 0) / 64) for each in (minors, qpv)] == [16, 20]


@on_any_day
@pytest.mark.parametrize("slug", ["club-derniere-saison", "club-saison"])
def test_the_club_is_weekly_from_march_to_october(loaded: Session, slug: str) -> None:
    starts = [
        start.astimezone(PARIS)
        for start in loaded.scalars(
            select(EventDate.starts_at)
            .where(EventDate.series_id == series(loaded, slug).id)
            .order_by(EventDate.starts_at)
        )
    ]
    assert {(each.weekday(), each.hour, each.minute) for each in starts} == {(1, 9, 30)}
    assert {each.month for each in starts} <= set(range(3, 11))
    assert (starts[0].month, starts[-1].month) == (3, 10)
    # every week, holidays left out
    assert {(b.date() - a.date()).days % 7 for a, b in itertools.pairwise(starts)} == {0}
    assert len(starts) >= 20


def test_last_season_nobody_sat_where_there_was_no_seat_and_somebody_was_missing(loaded: Session) -> None:
    rows = loaded.execute(
        select(EventDate.seats, func.count().filter(Booking.status.in_(SEATED)))
        .join(Booking, Booking.event_date_id == EventDate.id)
        .where(EventDate.series_id == series(loaded, "club-derniere-saison").id)
        .group_by(EventDate.id)
    ).all()
    assert rows
    assert all(taken <= seats for seats, taken in rows)
    statuses = set(loaded.scalars(select(Booking.status)))
    assert {BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED} <= statuses


@on_any_day
def test_the_forum_has_its_training_seven_days_before_for_40_to_50_people(loaded: Session) -> None:
    forum = series(loaded, "demo-forum-sante")
    training = loaded.scalars(select(Series).where(Series.prepares_id == forum.id)).one()
    day, before = (
        loaded.scalars(select(EventDate.starts_at).where(EventDate.series_id == each.id)).one().astimezone(PARIS)
        for each in (forum, training)
    )
    assert (day.date() - before.date(), training.kind) == (timedelta(days=7), EventKind.FORMATION)
    seats = loaded.scalars(select(EventDate.seats).where(EventDate.series_id.in_((forum.id, training.id)))).all()
    assert all(40 <= each <= 50 for each in seats)
    assert (forum.min_level, training.min_level) == (4, 4)


@on_any_day
def test_there_are_dates_to_come_of_every_kind(loaded: Session, now: datetime) -> None:
    kinds = set(loaded.scalars(select(Series.kind).join(EventDate).where(EventDate.closes_at > now)))
    assert kinds == set(EventKind)


def test_one_date_is_full_with_a_list_and_a_class_holds_seats(loaded: Session) -> None:
    date_id = loaded.scalars(select(EventDate.id).where(EventDate.series_id == series(loaded, "demo-appels").id)).one()
    statuses = loaded.scalars(select(Booking.status).where(Booking.event_date_id == date_id)).all()
    assert (statuses.count(BookingStatus.BOOKED), statuses.count(BookingStatus.WAITING)) == (6, 4)
    assert loaded.scalars(select(GroupBooking.seats)).one() == 24


def test_young_people_stand_everywhere_with_the_least_data(loaded: Session, now: datetime) -> None:
    people = loaded.scalars(select(Person)).all()
    assert {person.stage for person in people} == set(PathStage)
    assert len({person.display_name for person in people}) == 64
    minors = [person for person in people if profiles.is_minor(person, now.date())]
    assert {guardian.person_id for guardian in loaded.scalars(select(Guardian))} == {person.id for person in minors}
    # a birth month is kept only where a rule needs it
    assert {person.id for person in people if person.birth_month} == {person.id for person in minors}


def test_three_of_them_found_what_the_three_of_the_real_club_found(loaded: Session) -> None:
    contracts = loaded.scalars(select(WorkContract).order_by(WorkContract.id).limit(3)).all()
    assert [
        (each.kind, round((each.ends_on - each.starts_on).days / 365), each.family)  # type: ignore[operator]
        for each in contracts
    ] == [
        ("professionnalisation", 1, Family.SECRETARIAT_MEDICAL),
        ("apprentissage", 3, Family.CUISINE),
        ("apprentissage", 2, Family.MAINTENANCE_ENERGETIQUE),
    ]
    assert loaded.scalar(select(func.count()).where(WorkContract.broken_on.is_not(None))) == 3


def test_companies_signed_what_they_promise_and_needs_suit_somebody(loaded: Session, now: datetime) -> None:
    signed = conventions.in_force(loaded, on=now.date())
    assert len(signed) == 3
    assert all(len(each.signatories) == 2 and each.criteria and each.follow_up for each in signed)
    assert set(loaded.scalars(select(Company.univers).where(Company.univers.is_not(None)))) == set(Univers)
    found = [
        person_id
        for person_id in loaded.scalars(select(Person.id))
        if matching.needs_for(loaded, person_id, on=now.date())
    ]
    assert len(found) > 10
    dijon = loaded.scalars(select(Territory.id).where(Territory.slug == "demo-dijon")).one()
    assert "recruter" in needs.tensions(loaded, territory_id=dijon)[0].blocks


def test_every_role_has_somebody_and_networks_see_what_was_agreed(loaded: Session, now: datetime) -> None:
    assert set(loaded.scalars(select(StaffMember.role))) == set(Role)
    network = loaded.scalars(select(Organisation.id).where(Organisation.slug == "demo-cap-orientation")).one()
    seen = sharing.shared_with(loaded, network, on=now.date(), now=now)
    assert len(seen) == 4
    assert loaded.scalars(select(Programme.id)).all()
    assert loaded.scalar(select(func.count()).select_from(Enrolment)) == 64


def test_loading_twice_changes_nothing(loaded: Session, now: datetime) -> None:
    def rows() -> dict[str, int | None]:
        return {
            table.name: loaded.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }

    before = rows()
    assert demonstration.load(loaded, zone=PARIS, now=now) == 64
    assert rows() == before


def test_removing_it_leaves_nothing_but_the_lines_of_the_audit(loaded: Session) -> None:
    demonstration.remove(loaded)
    left = {
        table.name for table in Base.metadata.sorted_tables if loaded.scalar(select(func.count()).select_from(table))
    }
    assert left <= {AuditLine.__tablename__}


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2027, 2, 28), date(2027, 3, 1)),
        (date(2027, 10, 31), date(2027, 3, 1)),
        (date(2027, 11, 1), date(2028, 3, 1)),
    ],
)
def test_the_season_is_the_one_that_goes_on_or_the_next_one(today: date, first: date) -> None:
    assert demonstration.season_of(today)[0] == first

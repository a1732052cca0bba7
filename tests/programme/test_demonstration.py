"""The demonstration gives the figures of the five real programmes, on any day of the year."""

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from programme import cohorts, companies, conventions, demonstration, figures, matching, needs, profiles, sharing
from programme.events import save_series
from programme.models import (
    SEATED,
    AgeBand,
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
    Need,
    Organisation,
    OrganisationKind,
    PathStage,
    Person,
    Programme,
    Role,
    Series,
    Site,
    StaffMember,
    Territory,
    Univers,
    WorkContract,
)
from programme.practice.persona import HEALTH_INDUSTRIES, Family
from tests.conftest import NOW, PARIS

DAYS = [
    pytest.param(NOW, id="in November, the season is over"),
    pytest.param(datetime(2027, 5, 12, 8, 0, tzinfo=UTC), id="in the middle of a season"),
    pytest.param(datetime(2028, 2, 29, 8, 0, tzinfo=UTC), id="on a leap day"),
    # contracts that are signed begin twenty days later: on a leap day
    pytest.param(datetime(2028, 2, 9, 8, 0, tzinfo=UTC), id="before a leap day"),
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
@pytest.mark.parametrize("slug", ["demo-club-derniere-saison", "demo-club-saison"])
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
        .where(EventDate.series_id == series(loaded, "demo-club-derniere-saison").id)
        .group_by(EventDate.id)
    ).all()
    assert rows
    assert all(taken <= seats for seats, taken in rows)
    statuses = set(loaded.scalars(select(Booking.status)))
    assert {BookingStatus.PRESENT, BookingStatus.ABSENT, BookingStatus.EXCUSED} <= statuses


def test_the_forums_are_held_in_three_regions(loaded: Session) -> None:
    regions = loaded.scalars(
        select(Territory.region)
        .join(Series, Series.territory_id == Territory.id)
        .where(Series.kind == EventKind.FORUM)
        .order_by(Territory.region)
    ).all()
    assert regions == ["Auvergne-Rhône-Alpes", "Centre-Val de Loire", "Île-de-France"]


@on_any_day
@pytest.mark.parametrize("slug", ["demo-forum-sante", "demo-forum-sante-lyon", "demo-forum-sante-chartres"])
def test_a_forum_has_its_training_seven_days_before_for_40_to_50_people(loaded: Session, slug: str) -> None:
    forum = series(loaded, slug)
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
    assert len(signed) == 4
    assert all(len(each.signatories) == 2 and each.criteria and each.follow_up for each in signed)
    assert set(loaded.scalars(select(Company.univers).where(Company.univers.is_not(None)))) == set(Univers)
    assert set(loaded.scalars(select(Need.family))) >= HEALTH_INDUSTRIES
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
    networks = loaded.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.NETWORK)).all()
    seen = [sharing.shared_with(loaded, network, on=now.date(), now=now) for network in networks]
    assert [len(each) for each in seen] == [4, 4]
    shared = {profile.person_id for each in seen for profile in each}
    assert not [each for each in shared if profiles.is_minor(loaded.get_one(Person, each), now.date())]
    assert loaded.scalars(select(Programme.id)).all()
    assert loaded.scalar(select(func.count()).select_from(Enrolment)) == 64


def test_those_who_have_a_contract_have_it_in_a_company_of_their_trade(loaded: Session) -> None:
    pairs = loaded.execute(
        select(WorkContract.family, Need.family)
        .join(Site, Site.company_id == WorkContract.company_id)
        .join(Need, Need.site_id == Site.id)
    ).all()
    assert len(pairs) == loaded.scalar(select(func.count()).select_from(WorkContract))
    assert [contract for contract, need in pairs if contract != need] == []


def test_nobody_under_age_holds_a_diploma_above_a_cap(loaded: Session) -> None:
    levels = loaded.scalars(select(Person.level).where(Person.age_band == AgeBand.FROM_15)).all()
    assert levels == [None] * 10


def rows(session: Session) -> dict[str, int | None]:
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize("later", [timedelta(), timedelta(days=1)], ids=["at once", "the day after"])
def test_loading_twice_changes_nothing(loaded: Session, now: datetime, later: timedelta) -> None:
    before = rows(loaded)
    assert demonstration.load(loaded, zone=PARIS, now=now + later) == 64
    assert rows(loaded) == before


def test_weeks_later_there_are_dates_to_come_again(loaded: Session) -> None:
    # given the demonstration, with all its days past but for the season's
    later = NOW + timedelta(days=60)
    # when it is loaded again
    demonstration.load(loaded, zone=PARIS, now=later)
    # then each kind has a date to come, and the next training in calling is full again
    kinds = set(loaded.scalars(select(Series.kind).join(EventDate).where(EventDate.closes_at > later)))
    assert kinds == set(EventKind)
    waiting = select(func.count()).select_from(Booking).where(Booking.status == BookingStatus.WAITING)
    assert loaded.scalar(waiting.join(EventDate).where(EventDate.closes_at > later)) == 4


def test_another_season_begins_it_anew(loaded: Session) -> None:
    demonstration.load(loaded, zone=PARIS, now=NOW.replace(year=2027))
    programme = loaded.scalars(select(Programme).where(Programme.slug == demonstration.LAST_CLUB)).one()
    enrolled = loaded.scalars(select(Enrolment.enrolled_on)).all()
    assert (programme.starts_on, len(enrolled)) == (date(2027, 3, 1), 64)
    assert all(programme.starts_on <= each <= programme.ends_on for each in enrolled)


def test_removing_it_leaves_nothing_but_the_lines_of_the_audit(loaded: Session) -> None:
    demonstration.remove(loaded)
    left = {
        table.name for table in Base.metadata.sorted_tables if loaded.scalar(select(func.count()).select_from(table))
    }
    assert left <= {AuditLine.__tablename__}


def test_no_key_of_it_can_be_one_of_the_mission_locale(loaded: Session) -> None:
    tables = (Series, Programme, Company, Organisation, Territory, Cohort)
    slugs = [slug for table in tables for slug in loaded.scalars(select(table.slug))]
    assert [slug for slug in slugs if not slug.startswith("demo-")] == []


def test_removing_it_leaves_what_is_of_the_mission_locale(loaded: Session) -> None:
    # given a workshop, a company and a person of its own, looked after by somebody of the demonstration
    series_id = save_series(
        loaded,
        slug="atelier-cv",
        kind=EventKind.ATELIER,
        title="Atelier CV",
        summary="On fait ton CV.",
        place="Salle 2",
    )
    company_id = companies.save_company(loaded, slug="garage", name="Garage", sector="automobile")
    person = Person(created_at=NOW, counsellor_id=loaded.scalars(select(StaffMember.id).limit(1)).one())
    loaded.add(person)
    loaded.flush()
    # when the demonstration goes
    demonstration.remove(loaded)
    # then they stay
    left = [loaded.scalars(select(table.id)).all() for table in (Series, Company, Person)]
    assert left == [[series_id], [company_id], [person.id]]


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

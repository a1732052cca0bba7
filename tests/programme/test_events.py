"""Workshops and their dates: what is coming, what words mean, what loading changes."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from programme import structures
from programme.bookings import release_place, request_place
from programme.errors import EventNotFound, RuleWrong
from programme.events import availability, find_by_words, plan_dates, save_date, save_series, upcoming
from programme.models import EventDate, EventKind, Series, Territory
from tests.conftest import NOW, PARIS

STARTS_AT = NOW + timedelta(days=3)
CLOSES_AT = STARTS_AT - timedelta(hours=1)
HOUR = timedelta(hours=1)

AWorkshopDate = Callable[..., int]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction for the whole test."""
    with session_factory.begin() as session:
        yield session


def a_workshop(session: Session, slug: str = "atelier-cv", title: str = "Atelier CV") -> int:
    return save_series(
        session, slug=slug, kind=EventKind.ATELIER, title=title, summary="On fait ton CV ensemble.", place="Salle 2"
    )


# -- what is coming


def test_coming_dates_are_shown_soonest_first(session: Session, an_event_date: AWorkshopDate) -> None:
    days = {an_event_date(starts_at=NOW + timedelta(days=day)): day for day in (9, 2, 5)}
    assert [days[each.date.id] for each in upcoming(session, now=NOW)] == [2, 5, 9]


def test_dates_at_the_same_hour_keep_the_order_in_which_they_were_added(
    session: Session, an_event_date: AWorkshopDate
) -> None:
    dates = [an_event_date() for _ in range(3)]
    assert [each.date.id for each in upcoming(session, now=NOW)] == dates


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        pytest.param(CLOSES_AT - timedelta(seconds=1), 1, id="a second before it closes"),
        pytest.param(CLOSES_AT, 0, id="when it closes"),
        pytest.param(STARTS_AT, 0, id="when it starts"),
    ],
)
def test_a_date_is_shown_until_it_closes(
    session: Session, an_event_date: AWorkshopDate, now: datetime, shown: int
) -> None:
    an_event_date(starts_at=STARTS_AT)
    assert len(upcoming(session, now=now)) == shown


def test_full_dates_are_shown_too(session: Session, an_event_date: AWorkshopDate, a_person: Callable[..., int]) -> None:
    date_id = an_event_date(seats=1)
    request_place(session, person_id=a_person(), event_date_id=date_id, now=NOW)
    assert [(each.date.id, each.free_seats) for each in upcoming(session, now=NOW)] == [(date_id, 0)]


def test_no_more_dates_come_than_asked_for(session: Session, an_event_date: AWorkshopDate) -> None:
    for _ in range(3):
        an_event_date()
    assert len(upcoming(session, now=NOW, limit=2)) == 2


# -- what is left


@pytest.mark.parametrize(
    ("people", "free", "waiting"),
    [
        pytest.param(0, 2, 0, id="nobody"),
        pytest.param(1, 1, 0, id="one place left"),
        pytest.param(2, 0, 0, id="full"),
        pytest.param(5, 0, 3, id="three wait"),
    ],
)
def test_free_places_and_the_waiting_list_are_counted(
    session: Session,
    an_event_date: AWorkshopDate,
    a_person: Callable[..., int],
    people: int,
    free: int,
    waiting: int,
) -> None:
    # given a date with two places, another that is full, and people who ask for the first
    date_id, other = an_event_date(seats=2), an_event_date(seats=1)
    request_place(session, person_id=a_person(), event_date_id=other, now=NOW)
    for _ in range(people):
        request_place(session, person_id=a_person(), event_date_id=date_id, now=NOW)
    # then only its own count
    left = availability(session, date_id)
    assert (left.free_seats, left.waiting) == (free, waiting)


def test_a_cancelled_booking_takes_no_place(
    session: Session, an_event_date: AWorkshopDate, a_person: Callable[..., int]
) -> None:
    person_id, date_id = a_person(), an_event_date(seats=2)
    booking = request_place(session, person_id=person_id, event_date_id=date_id, now=NOW)
    release_place(session, person_id=person_id, booking_id=booking.id, now=NOW)
    assert availability(session, date_id).free_seats == 2


def test_a_date_that_does_not_exist_is_refused(session: Session) -> None:
    with pytest.raises(EventNotFound):
        availability(session, 999_999)


# -- what words mean


@pytest.fixture
def programme(an_event_date: AWorkshopDate) -> dict[int, str]:
    """The workshops of a Mission locale; the name of each by its date."""
    titles = {
        "cv": "Atelier CV",
        "club": "Club de l'alternance",
        "appels": "S'entraîner à appeler",
        "visite": "Visite d'un site pharmaceutique",
        "forum": "Forum de l'alternance",
        "métiers": "À la découverte des métiers d'été",
    }
    return {
        an_event_date(title=title, slug=f"seance-{number}"): name for number, (name, title) in enumerate(titles.items())
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("inscris moi à l'atelier cv", ["cv"], id="a title"),
        pytest.param("CV !!!", ["cv"], id="capitals and punctuation"),
        pytest.param("je veux venir au forum", ["forum"], id="one word of a title"),
        pytest.param("le forum de l’alternance", ["forum"], id="curly apostrophe, more words in common"),
        pytest.param("le club alternance", ["club"], id="without small words"),
        pytest.param("un truc sur l'alternance", ["club", "forum"], id="a word that two titles share"),
        pytest.param("s'entrainer a appeler", ["appels"], id="accents left out"),
        pytest.param("la découverte des métiers", ["métiers"], id="accents"),
        pytest.param("METIERS D'ETE", ["métiers"], id="capitals without accents"),
        pytest.param("s'il te plaît, inscris-moi au forum", ["forum"], id="an elided word is no word of a title"),
        pytest.param("je veux m'inscrire à l'atelier", [], id="no word that names one"),
        pytest.param("je voudrais faire du parachute", [], id="nothing that matches"),
        pytest.param("", [], id="nothing written"),
    ],
)
def test_words_find_the_workshops_that_share_the_most_with_them(
    session: Session, programme: dict[int, str], text: str, expected: list[str]
) -> None:
    assert [programme[each.date.id] for each in find_by_words(session, text, now=NOW)] == expected


def test_a_kind_finds_its_workshops(session: Session, an_event_date: AWorkshopDate) -> None:
    # given a job dating whose title does not say so
    an_event_date()
    series_id = save_series(
        session, slug="rdv", kind=EventKind.JOB_DATING, title="Rencontres", summary="Dix employeurs.", place="Mairie"
    )
    save_date(session, series_id=series_id, starts_at=STARTS_AT, duration=HOUR, seats=5)
    # when its kind is named
    found = find_by_words(session, "je viens au job dating", now=NOW)
    # then it is found
    assert [each.date.series_id for each in found] == [series_id]


def test_words_find_only_the_dates_still_open_soonest_first(session: Session) -> None:
    # given a workshop with a closed date and two open ones
    series_id = a_workshop(session)
    for days in (9, 0, 2):
        save_date(session, series_id=series_id, starts_at=NOW + timedelta(days=days), duration=HOUR, seats=1)
    # when it is named
    found = find_by_words(session, "atelier cv", now=NOW)
    # then the open ones are found
    assert [(each.date.starts_at - NOW).days for each in found] == [2, 9]


# -- loading


def test_a_workshop_saved_again_is_brought_up_to_date(session: Session) -> None:
    first = a_workshop(session, title="Atelier CV")
    second = a_workshop(session, title="Atelier CV et lettre")
    assert (second, session.scalar(select(Series.title))) == (first, "Atelier CV et lettre")


@pytest.mark.parametrize(
    ("seats_again", "expected"),
    [
        pytest.param(8, 8, id="the same"),
        pytest.param(12, 12, id="more places: added"),
        pytest.param(3, 8, id="fewer places: nobody loses one"),
    ],
)
def test_a_date_saved_again_never_loses_places(session: Session, seats_again: int, expected: int) -> None:
    # given a date with eight places
    series_id = a_workshop(session)
    save_date(session, series_id=series_id, starts_at=STARTS_AT, duration=HOUR, seats=8)
    # when it is saved again
    save_date(session, series_id=series_id, starts_at=STARTS_AT, duration=HOUR, seats=seats_again)
    # then it is the same date
    assert session.scalars(select(EventDate.seats)).all() == [expected]


def test_a_date_saved_again_changes_its_length_and_closing(session: Session) -> None:
    # given a date of an hour
    series_id = a_workshop(session)
    save_date(session, series_id=series_id, starts_at=STARTS_AT, duration=HOUR, seats=8)
    # when it is saved with two hours, and closing the day before
    save_date(
        session,
        series_id=series_id,
        starts_at=STARTS_AT,
        duration=2 * HOUR,
        seats=8,
        closes_before=timedelta(days=1),
    )
    # then it lasts two hours, and closes the day before
    rows = session.execute(select(EventDate.ends_at, EventDate.closes_at)).all()
    assert [tuple(row) for row in rows] == [(STARTS_AT + 2 * HOUR, STARTS_AT - timedelta(days=1))]


def test_requests_close_an_hour_before_the_start_unless_said(session: Session) -> None:
    save_date(session, series_id=a_workshop(session), starts_at=STARTS_AT, duration=HOUR, seats=8)
    assert session.scalar(select(EventDate.closes_at)) == CLOSES_AT


def test_the_same_hour_in_another_workshop_is_another_date(session: Session) -> None:
    for slug in ("atelier-cv", "forum"):
        save_date(session, series_id=a_workshop(session, slug), starts_at=STARTS_AT, duration=HOUR, seats=8)
    assert session.scalar(select(func.count()).select_from(EventDate)) == 2


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        pytest.param({"seats": 0}, "seats_positive", id="no place"),
        pytest.param({"duration": timedelta(0)}, "ends_after_start", id="no length"),
        pytest.param({"closes_before": -HOUR}, "closes_before_start", id="closing after the start"),
    ],
)
def test_the_database_refuses_a_date_that_makes_no_sense(
    session_factory: sessionmaker[Session], changes: dict[str, object], constraint: str
) -> None:
    values = {"starts_at": STARTS_AT, "duration": HOUR, "seats": 8, **changes}
    with session_factory() as session, pytest.raises(IntegrityError, match=constraint):
        save_date(session, series_id=a_workshop(session), **values)  # type: ignore[arg-type]


# -- dates that come again


def a_weekly_club(session: Session, **changes: Any) -> int:
    """Tuesdays from 2 March 2027, half past nine, twelve seats."""
    rule = {
        "rrule": "FREQ=WEEKLY;BYDAY=TU",
        "starts_on": date(2027, 3, 1),
        "at": time(9, 30),
        "minutes": 150,
        "seats": 12,
    }
    return save_series(
        session,
        slug="club",
        kind=EventKind.ATELIER,
        title="Club de l'alternance",
        summary="On cherche ensemble.",
        place="Salle 1",
        **{**rule, **changes},
    )


def test_the_dates_of_a_rule_are_written_with_what_the_series_says_of_them(session: Session) -> None:
    series_id = a_weekly_club(session, closes_minutes_before=120, waiting_limit=5)
    # when two weeks are planned, the clocks going forward in between
    count = plan_dates(session, series_id, until=date(2027, 3, 30), zone=PARIS)
    # then the hour on the wall stays
    dates = session.scalars(select(EventDate).order_by(EventDate.starts_at)).all()
    assert (count, len(dates)) == (5, 5)
    assert [each.starts_at.astimezone(UTC).hour for each in dates] == [8, 8, 8, 8, 7]
    last = dates[-1]
    assert (last.seats, last.waiting_limit, last.ends_at - last.starts_at, last.starts_at - last.closes_at) == (
        12,
        5,
        timedelta(minutes=150),
        timedelta(minutes=120),
    )


def test_planning_again_and_further_keeps_bookings_and_what_was_called_off(
    session: Session, a_person: Callable[..., int]
) -> None:
    # given two dates, one booked, the other called off
    series_id = a_weekly_club(session)
    plan_dates(session, series_id, until=date(2027, 3, 9), zone=PARIS)
    booked, off = session.scalars(select(EventDate).order_by(EventDate.starts_at)).all()
    booking = request_place(session, person_id=a_person(), event_date_id=booked.id, now=NOW)
    off.cancelled_at, off.cancel_reason = NOW, "salle fermée"
    session.flush()
    # when a third week is planned
    plan_dates(session, series_id, until=date(2027, 3, 16), zone=PARIS)
    session.expire_all()
    # then the two are as they were
    dates = session.scalars(select(EventDate).order_by(EventDate.starts_at)).all()
    assert [(each.id, each.cancelled_at) for each in dates[:2]] == [(booked.id, None), (off.id, NOW)]
    assert (len(dates), booking.event_date_id) == (3, booked.id)


def test_the_dates_of_a_territory_follow_its_clock_and_its_school_holidays(session: Session) -> None:
    # given a territory of zone A, at the spring holidays of 2027 (from 10 April in zone A, from 3 April in zone C)
    territory_id = structures.save_territory(
        session, slug="lyon", name="Lyon", region="Auvergne-Rhône-Alpes", school_zone="A", zone="Europe/Paris"
    )
    series_id = a_weekly_club(session, territory_id=territory_id, skips_school_holidays=True)
    of_a = plan_dates(session, series_id, until=date(2027, 6, 29), zone=PARIS)
    # then its dates are not those of a territory of zone C
    session.get_one(Territory, territory_id).school_zone = "C"
    session.get_one(Series, series_id).slug = "club-c"
    of_both = set(session.scalars(select(EventDate.starts_at)))
    plan_dates(session, series_id, until=date(2027, 6, 29), zone=PARIS)
    assert len(of_both) == of_a
    assert set(session.scalars(select(EventDate.starts_at))) > of_both


@pytest.mark.parametrize("missing", ["rrule", "starts_on", "at", "minutes", "seats"])
def test_a_series_without_a_part_of_its_rule_has_no_dates_to_plan(session: Session, missing: str) -> None:
    series_id = a_weekly_club(session, **{missing: None})
    with pytest.raises(RuleWrong, match="need a rule, a first day, an hour, a length and seats"):
        plan_dates(session, series_id, until=date(2027, 3, 30), zone=PARIS)


def test_a_series_that_does_not_exist_has_no_dates_to_plan(session: Session) -> None:
    with pytest.raises(EventNotFound):
        plan_dates(session, 1, until=date(2027, 3, 30), zone=PARIS)

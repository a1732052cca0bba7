"""A Mission locale's workshops, read from a YAML file."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from bot.settings import ROOT
from programme import structures
from programme.errors import ContentError
from programme.event_file import DEMONSTRATION, keep_demonstration, load_events, parse_events, read_events
from programme.events import upcoming
from programme.models import EventDate, EventKind, Programme, Series
from tests.conftest import NOW, PARIS

# a Monday
TODAY = date(2026, 11, 23)
DEMONSTRATION_DATES = 8

Written = Callable[..., Path]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction for the whole test."""
    with session_factory.begin() as session:
        yield session


def an_entry(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "atelier-cv",
        "kind": "atelier",
        "title": "Atelier CV",
        "summary": "Tu repars avec un CV d'une page.",
        "place": "Mission locale, salle 2",
        "dates": [a_date()],
        **changes,
    }


def a_date(**changes: Any) -> dict[str, Any]:
    """Two hours, one afternoon of December; a change to None takes the key out."""
    whole = {"day": date(2026, 12, 8), "at": "14:00", "minutes": 120, "seats": 8, **changes}
    return {key: value for key, value in whole.items() if value is not None}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes entries to a file; its path."""

    def write(*entries: Any) -> Path:
        path = tmp_path / "ateliers.yml"
        path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
        return path

    return write


def load(session: Session, path: Path, today: date = TODAY) -> int:
    return load_events(session, read_events(path), zone=PARIS, today=today)


def starts(session: Session) -> list[datetime]:
    return [start.astimezone(UTC) for start in session.scalars(select(EventDate.starts_at).order_by(EventDate.id))]


# -- reading and loading


def test_a_file_is_loaded_as_it_was_written(session: Session, tmp_path: Path) -> None:
    # given a file as docs/ateliers.md shows it
    path = tmp_path / "ateliers.yml"
    path.write_text(
        """
- slug: atelier-cv
  kind: atelier
  title: Atelier CV
  summary: "Tu repars avec un CV d'une page, lu et corrigé avec toi."
  place: "Mission locale, 12 rue des Acacias, salle 2"
  dates:
    - {day: 2027-01-12, at: "14:00", minutes: 120, seats: 8}
    - {day: 2027-01-26, at: "09:30", minutes: 90, seats: 6}
""",
        encoding="utf-8",
    )
    # when it is loaded
    count = load(session, path)
    # then the workshop is there with both dates
    (workshop,) = session.scalars(select(Series)).unique()
    assert (count, workshop.slug, workshop.title, workshop.demonstration) == (2, "atelier-cv", "Atelier CV", False)
    assert [
        (each.starts_at.astimezone(UTC), each.ends_at - each.starts_at, each.seats)
        for each in sorted(workshop.dates, key=lambda each: each.id)
    ] == [
        (datetime(2027, 1, 12, 13, 0, tzinfo=UTC), timedelta(minutes=120), 8),
        (datetime(2027, 1, 26, 8, 30, tzinfo=UTC), timedelta(minutes=90), 6),
    ]


def test_loading_the_same_file_twice_adds_nothing(session: Session, written: Written) -> None:
    path = written(an_entry(dates=[a_date(), a_date(at="16:30")]))
    assert (load(session, path), load(session, path), len(starts(session))) == (2, 2, 2)


def test_a_file_saved_by_the_windows_notepad_is_read(session: Session, tmp_path: Path) -> None:
    # given a file that opens with a byte order mark and ends its lines as Windows does
    path = tmp_path / "ateliers.yml"
    content = yaml.safe_dump([an_entry(title="Métiers d'été")], allow_unicode=True).replace("\n", "\r\n")
    path.write_bytes(content.encode("utf-8-sig"))
    # then it loads, accents and all
    assert (load(session, path), session.scalar(select(Series.title))) == (1, "Métiers d'été")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param(an_entry(colour="red"), "entry 2: colour: Extra inputs", id="unknown key"),
        pytest.param(
            an_entry(dates=[a_date(room=3)]), "entry 2: dates.0.room: Extra inputs", id="unknown key in a date"
        ),
        pytest.param(an_entry(kind="stage"), "entry 2: kind: Input should be 'atelier', 'forum'", id="unknown kind"),
        pytest.param(an_entry(slug="Atelier CV"), "entry 2: slug: String should match", id="slug with a space"),
        pytest.param(an_entry(title="x" * 51), "entry 2: title: String should have at most 50", id="title too long"),
        pytest.param(
            an_entry(summary="x" * 221), "entry 2: summary: String should have at most 220", id="long summary"
        ),
        pytest.param(an_entry(place="x" * 81), "entry 2: place: String should have at most 80", id="place too long"),
        pytest.param(an_entry(dates=[]), "entry 2: .*there are no dates: write « dates », or « every »", id="no date"),
        pytest.param(
            an_entry(dates=[a_date(), a_date(seats=0)]),
            "entry 2: dates.1.seats: Input should be greater",
            id="no place",
        ),
        pytest.param(an_entry(dates=[a_date(at="25:00")]), "entry 2: dates.0.at:", id="no such hour"),
        pytest.param(an_entry(dates=[a_date(at="14h")]), "entry 2: dates.0.at:", id="an hour in letters"),
        pytest.param(an_entry(dates=[a_date(day="2026-02-30")]), "entry 2: dates.0.day:", id="no such day"),
        pytest.param(an_entry(dates=[a_date(minutes=5)]), "entry 2: dates.0.minutes: Input", id="too short"),
        pytest.param(
            an_entry(dates=[a_date(in_days=3)]), "atelier-cv: each date has « day » or « in_days »", id="two days"
        ),
        pytest.param(
            an_entry(dates=[a_date(day=None)]), "atelier-cv: each date has « day » or « in_days »", id="no day"
        ),
    ],
)
def test_a_mistake_is_refused_with_file_and_entry(written: Written, entry: dict[str, Any], problem: str) -> None:
    # given a mistake in the second entry
    path = written(an_entry(slug="forum"), entry)
    # then the message leads to it
    with pytest.raises(ContentError, match=rf"ateliers\.yml, {problem}"):
        read_events(path)


@pytest.mark.parametrize(
    "hour",
    [
        pytest.param("14:00", id="an hour that YAML reads as 840"),
        pytest.param("14", id="a number"),
    ],
)
def test_an_hour_without_quotes_is_refused_rather_than_misread(tmp_path: Path, hour: str) -> None:
    # given an hour typed without quotes, which YAML takes for a number
    path = tmp_path / "ateliers.yml"
    content = yaml.safe_dump([an_entry(dates=[a_date(at="HOUR")])], allow_unicode=True)
    path.write_text(content.replace("HOUR", hour), encoding="utf-8")
    # then the workshop is not put at fourteen minutes past midnight
    with pytest.raises(ContentError, match=r"entry 1: dates\.0\.at: .*write the hour between quotes"):
        read_events(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("slug: atelier-cv\n", id="one workshop without its dash"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_is_expected(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ateliers.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=r"ateliers\.yml: expected a list of workshops"):
        read_events(path)


# -- days and hours


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        pytest.param(date(2026, 12, 8), "14:00", "2026-12-08T13:00+00:00", id="winter"),
        pytest.param(date(2026, 7, 7), "14:00", "2026-07-07T12:00+00:00", id="summer"),
        pytest.param(date(2026, 10, 24), "14:00", "2026-10-24T12:00+00:00", id="eve of the change to winter time"),
        pytest.param(date(2026, 10, 25), "14:00", "2026-10-25T13:00+00:00", id="day of the change to winter time"),
        pytest.param(date(2027, 3, 27), "14:00", "2027-03-27T13:00+00:00", id="eve of the change to summer time"),
        pytest.param(date(2027, 3, 28), "14:00", "2027-03-28T12:00+00:00", id="day of the change to summer time"),
        pytest.param(date(2026, 12, 8), "00:30", "2026-12-07T23:30+00:00", id="still the day before in UTC"),
    ],
)
def test_hours_are_those_of_the_mission_locale_all_year(
    session: Session, written: Written, day: date, at: str, expected: str
) -> None:
    load(session, written(an_entry(dates=[a_date(day=day, at=at)])))
    assert starts(session) == [datetime.fromisoformat(expected)]


@pytest.mark.parametrize(
    ("in_days", "expected"),
    [
        pytest.param(0, date(2026, 11, 23), id="today, a Monday"),
        pytest.param(4, date(2026, 11, 27), id="Friday stays"),
        pytest.param(5, date(2026, 11, 30), id="Saturday moves to Monday"),
        pytest.param(6, date(2026, 11, 30), id="Sunday moves to Monday"),
        pytest.param(7, date(2026, 11, 30), id="Monday stays"),
        pytest.param(32, date(2026, 12, 28), id="Christmas, a Friday, moves to Monday"),
    ],
)
def test_days_counted_from_today_leave_weekends_out(
    session: Session, written: Written, in_days: int, expected: date
) -> None:
    load(session, written(an_entry(dates=[a_date(day=None, in_days=in_days)])))
    assert [start.astimezone(PARIS).date() for start in starts(session)] == [expected]


def test_a_day_written_out_may_be_a_saturday(session: Session, written: Written) -> None:
    saturday = date(2026, 12, 5)
    load(session, written(an_entry(dates=[a_date(day=saturday)])))
    assert [start.astimezone(PARIS).date() for start in starts(session)] == [saturday]


# -- the demonstration


def test_the_demonstration_file_loads(session: Session) -> None:
    assert load(session, DEMONSTRATION) == DEMONSTRATION_DATES


@pytest.mark.parametrize("weekday", range(7))
def test_the_demonstration_has_all_its_dates_whatever_the_day_it_is_loaded(session: Session, weekday: int) -> None:
    load(session, DEMONSTRATION, today=TODAY + timedelta(days=weekday))
    assert len(starts(session)) == DEMONSTRATION_DATES


def test_the_demonstration_is_added_once(session: Session) -> None:
    # given no workshop, when it is asked for twice
    added = [keep_demonstration(session, zone=PARIS, now=NOW) for _ in range(2)]
    # then it is there once
    assert (added, len(starts(session))) == ([True, False], DEMONSTRATION_DATES)


def test_the_demonstration_is_marked_as_such(session: Session) -> None:
    keep_demonstration(session, zone=PARIS, now=NOW)
    assert set(session.scalars(select(Series.demonstration))) == {True}


def test_the_demonstration_is_added_again_when_its_weeks_have_passed(session: Session) -> None:
    # given the demonstration of three weeks ago
    keep_demonstration(session, zone=PARIS, now=NOW)
    later = NOW + timedelta(days=21)
    assert len(upcoming(session, now=later)) < 3
    # when it is asked for again
    added = keep_demonstration(session, zone=PARIS, now=later)
    # then there are dates to come, in the same workshops
    assert (added, len(upcoming(session, now=later)) >= 3) == (True, True)
    assert session.scalar(select(func.count()).select_from(Series)) == 5


def test_the_demonstration_leaves_the_place_to_the_mission_locale_s_own_workshops(
    session: Session, written: Written
) -> None:
    # given a workshop of the Mission locale, even one that is over
    load(session, written(an_entry(dates=[a_date(day=date(2020, 1, 7))])))
    # when the demonstration is asked for
    added = keep_demonstration(session, zone=PARIS, now=NOW)
    # then nothing is added
    assert (added, len(starts(session))) == (False, 1)


def test_the_mission_locale_s_own_workshops_take_the_place_of_the_demonstration(
    session: Session, written: Written
) -> None:
    # given the demonstration
    keep_demonstration(session, zone=PARIS, now=NOW)
    # when the Mission locale loads a workshop of its own
    load(session, written(an_entry()))
    # then nothing else is left
    assert list(session.scalars(select(Series.demonstration))) == [False]


def test_a_demonstration_workshop_loaded_by_the_mission_locale_becomes_its_own(session: Session) -> None:
    # given the demonstration
    keep_demonstration(session, zone=PARIS, now=NOW)
    # when the Mission locale loads a file with the same keys
    load(session, DEMONSTRATION)
    # then they are its own
    assert set(session.scalars(select(Series.demonstration))) == {False}


def test_today_is_that_of_the_mission_locale(session: Session) -> None:
    # given a Sunday evening in UTC that is Monday in Paris
    keep_demonstration(session, zone=PARIS, now=datetime(2026, 11, 22, 23, 30, tzinfo=UTC))
    # then the first date is two days after Monday
    assert min(starts(session)).astimezone(PARIS).date() == date(2026, 11, 25)


# -- dates that come again, gates, a forum and its training


EVERY = {
    "weekdays": ["mardi"],
    "first": date(2027, 3, 1),
    "last": date(2027, 10, 31),
    "at": "09:30",
    "minutes": 150,
    "seats": 12,
    "school_holidays": False,
}


def test_every_tuesday_from_march_to_october_but_not_in_the_holidays(session: Session, written: Written) -> None:
    entry = an_entry(every=EVERY)
    del entry["dates"]
    count = load(session, written(entry))
    found = starts(session)
    assert count == len(found)
    local = [start.astimezone(PARIS) for start in found]
    assert {(each.weekday(), each.hour, each.minute) for each in local} == {(1, 9, 30)}
    assert (local[0].date(), local[-1].date()) == (date(2027, 3, 2), date(2027, 10, 19))
    # the summer is left out
    assert not [each for each in local if each.month == 8]


def test_a_rule_says_what_days_of_the_week_do_not(session: Session, written: Written) -> None:
    # given the first Wednesday of each month
    every = {**EVERY, "rrule": "FREQ=MONTHLY;BYDAY=1WE", "last": date(2027, 6, 30), "school_holidays": True}
    del every["weekdays"]
    load(session, written(an_entry(every=every, dates=[])))
    assert [f"{start.astimezone(PARIS):%d/%m}" for start in starts(session)] == ["03/03", "07/04", "05/05", "02/06"]


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"dates": [{"day": date(2027, 3, 2), "at": "09:30", "minutes": 60, "seats": 8}]}, id="a day"),
        pytest.param({"dates": [], "every": {"last": date(2027, 3, 2)}}, id="days that come again"),
        pytest.param(
            {
                "kind": "forum",
                "dates": [{"day": date(2027, 3, 9), "at": "09:30", "minutes": 60, "seats": 8}],
                "training": {
                    "at": "09:30", "minutes": 60, "seats": 8, "place": "Salle 4",
                    "title": "Préparer", "summary": "Jeux de rôle, questions.",
                },
            },
            id="a training",
        ),
    ],
)  # fmt: skip
def test_hours_are_those_of_the_territory(session: Session, written: Written, entry: dict[str, Any]) -> None:
    # given a territory four hours ahead of UTC
    structures.save_territory(session, slug="sud", name="Sud", region="La Réunion", zone="Indian/Reunion")
    if "every" in entry:
        entry = {**entry, "every": {**EVERY, **entry["every"]}}
    # then half past nine on its walls is half past five in UTC
    load(session, written(an_entry(territory="sud", **entry)))
    assert datetime(2027, 3, 2, 5, 30, tzinfo=UTC) in starts(session)


def test_a_forum_that_is_called_off_gets_no_training(session: Session, written: Written) -> None:
    # given a forum of which one date is called off
    days = [a_date(day=date(2027, 3, 30)), a_date(day=date(2027, 4, 27))]
    load(session, written(an_entry(kind="forum", dates=days)))
    first = session.scalars(select(EventDate).order_by(EventDate.starts_at)).first()
    assert first is not None
    first.cancelled_at = NOW
    session.flush()
    # when its training is added
    training = {
        "at": "09:00", "minutes": 210, "seats": 50, "place": "Salle 4",
        "title": "Prépare ton forum", "summary": "Une matinée de jeux de rôle.",
    }  # fmt: skip
    load(session, written(an_entry(kind="forum", dates=days, training=training)))
    # then only the other one has its half-day
    dates = session.scalars(select(EventDate.starts_at).join(Series).where(Series.kind == EventKind.FORMATION))
    assert [f"{start.astimezone(PARIS):%d/%m}" for start in dates] == ["20/04"]


def test_loading_again_keeps_the_dates_that_come_again_as_they_are(session: Session, written: Written) -> None:
    path = written(an_entry(every=EVERY))
    assert [load(session, path), load(session, path)] == [load(session, path)] * 2
    assert len(starts(session)) == load(session, path)


def test_a_forum_has_its_training_seven_days_before_at_its_own_hour(session: Session, written: Written) -> None:
    # given a forum just after the clocks go forward
    training = {
        "at": "09:00", "minutes": 210, "seats": 50, "place": "Maison des associations",
        "title": "Prépare ton forum", "summary": "Une matinée de jeux de rôle.",
    }  # fmt: skip
    load(
        session,
        written(
            an_entry(
                slug="forum",
                kind="forum",
                dates=[a_date(day=date(2027, 3, 30), at="10:00")],
                training=training,
                min_level=4,
            )
        ),
    )
    # then the training is a date of its own that prepares for it, with the same gates
    forum, before = session.scalars(select(Series).order_by(Series.id)).all()
    assert (before.kind, before.prepares_id, before.min_level) == (EventKind.FORMATION, forum.id, 4)
    local = [start.astimezone(PARIS).strftime("%d/%m %H:%M") for start in starts(session)]
    assert local == ["30/03 10:00", "23/03 09:00"]


def test_a_programme_counts_what_belongs_to_it(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "saison.yml"
    programme = {
        "slug": "club-2027", "name": "Club de l'alternance 2027", "purpose": "Chercher ensemble, chaque semaine.",
        "starts_on": date(2027, 3, 1), "ends_on": date(2027, 10, 31), "places": 55,
    }  # fmt: skip
    whole = {"programmes": [programme], "series": [an_entry(programme="club-2027")]}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True), encoding="utf-8")
    load(session, path)
    (series,) = session.scalars(select(Series))
    found = session.scalars(select(Programme)).one()
    assert (series.programme_id, found.places) == (found.id, 55)


def test_a_programme_does_not_end_before_it_starts() -> None:
    programme = {
        "slug": "club-2027", "name": "Club de l'alternance 2027", "purpose": "Chercher ensemble, chaque semaine.",
        "starts_on": date(2027, 3, 1), "ends_on": date(2026, 10, 31),
    }  # fmt: skip
    with pytest.raises(ContentError, match=r"ateliers.yml, programme 1: .*« ends_on » comes before"):
        parse_events({"programmes": [programme], "series": []}, "ateliers.yml")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param(
            {"programme": "club"},
            "atelier-cv, programme: there is no programme « club »",
            id="a programme that does not exist",
        ),
        pytest.param(
            {"territory": "ici"},
            "atelier-cv, territory: there is no territory « ici »",
            id="a territory that does not exist",
        ),
        pytest.param(
            {"companies": ["x"]}, "atelier-cv, company: there is no company « x »", id="a company that does not exist"
        ),
        pytest.param(
            {"every": {**EVERY, "last": date(2030, 1, 1)}}, "known until", id="holidays that are not published yet"
        ),
    ],
)
def test_what_the_file_names_and_we_do_not_know_is_said(
    session: Session, written: Written, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ContentError, match=says):
        load(session, written(an_entry(**changes)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"training": {}}, "training", id="an empty training"),
        pytest.param({"every": {**EVERY, "weekdays": ["dimanche"]}}, "every.weekdays", id="a Sunday"),
        pytest.param({"every": {**EVERY, "last": date(2027, 2, 1)}}, "comes before", id="an end before the start"),
        pytest.param({"every": {**EVERY, "rrule": "FREQ=DAILY"}}, "one of both", id="days of the week and a rule"),
        pytest.param({"every": {**EVERY, "weekdays": []}}, "one of both", id="neither days of the week nor a rule"),
        pytest.param(
            {"every": {**EVERY, "weekdays": [], "rrule": "FREQ=HOURLY"}}, "every: .*on which days", id="every hour"
        ),
        pytest.param(
            {"every": {**EVERY, "weekdays": [], "rrule": "FREQ=DAILY", "weeks": 2}}, "INTERVAL", id="weeks of a rule"
        ),
        pytest.param(
            {"every": {**EVERY, "last": date(2027, 3, 1)}}, "there is no date between", id="no Tuesday in between"
        ),
        pytest.param({"min_age": 26, "max_age": 18}, "« max_age » is below", id="ages the wrong way round"),
        pytest.param({"every": {**EVERY, "at": 930}}, "between quotes", id="an hour without quotes"),
        pytest.param({"online_url": "salle"}, "online_url", id="no address"),
        pytest.param({"min_level": 9}, "min_level", id="no such level"),
    ],
)
def test_a_mistake_in_what_is_new_is_refused_as_well(written: Written, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ContentError, match=says):
        read_events(written(an_entry(**changes)))


GUIDE = (ROOT / "docs" / "ateliers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_every_example_of_the_guide_loads(session: Session, tmp_path: Path, example: str) -> None:
    path = tmp_path / "ateliers.yml"
    path.write_text(example, encoding="utf-8")
    assert load(session, path) >= 2

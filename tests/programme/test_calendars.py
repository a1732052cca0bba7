"""Calendars, read back as a phone reads them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, calendars
from programme.errors import CalendarNotFound, PersonNotFound, StaffNotFound
from programme.models import (
    Booking,
    BookingStatus,
    CalendarFeed,
    EventDate,
    Organisation,
    OrganisationKind,
    Role,
    Series,
    StaffMember,
    Team,
    Territory,
)
from tests.conftest import NOW
from tests.programme.at_once import at_once

SOON = NOW + timedelta(days=3)
ROOM = "https://salle.exemple.fr/atelier-cv"


def test_a_seat_is_an_event_with_all_that_is_needed_to_come(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    # given a seat in a workshop that says everything
    date_id = an_event_date(starts_at=SOON)
    change(session_factory, date_id, bring="une pièce d'identité", access="Bus 12, porte bleue", online_url=ROOM)
    person_id = a_person()
    booking_id = book(session_factory, person_id, date_id)
    # when the person's calendar is read
    calendar = feed_of(session_factory, person_id)
    # then there is one event, which says all of it
    [seat] = calendar.events
    assert seat["UID"] == f"booking-{booking_id}@declic"
    assert seat["SUMMARY"] == "Atelier CV"
    assert seat["STATUS"] == "CONFIRMED"
    assert seat["LOCATION"] == "Mission locale, salle 2"
    assert seat["DESCRIPTION"] == (
        "On fait ton CV ensemble.\n"
        "À apporter : une pièce d'identité\n"
        "Accès : Bus 12, porte bleue\n"
        f"Salle en ligne : {ROOM}"
    )
    assert (seat.start, seat.end) == (SOON, SOON + timedelta(hours=2))
    assert seat["LAST-MODIFIED"].dt == NOW
    assert [alarm["TRIGGER"].dt for alarm in seat.walk("VALARM")] == [-timedelta(hours=2)]
    assert calendar["X-WR-CALNAME"] == "Déclic : mes rendez-vous"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"


@pytest.mark.parametrize(
    ("status", "title", "stated", "told_the_room"),
    [
        pytest.param(BookingStatus.BOOKED, "Atelier CV", "CONFIRMED", True, id="booked"),
        pytest.param(BookingStatus.CONFIRMED, "Atelier CV", "CONFIRMED", True, id="confirmed"),
        pytest.param(BookingStatus.WAITING, "Liste d'attente : Atelier CV", "TENTATIVE", False, id="waiting"),
        pytest.param(BookingStatus.OFFERED, "Place à confirmer : Atelier CV", "TENTATIVE", False, id="offered"),
        pytest.param(BookingStatus.CANCELLED, "Annulé : Atelier CV", "CANCELLED", False, id="cancelled"),
        pytest.param(BookingStatus.PRESENT, "Atelier CV", "CONFIRMED", True, id="present"),
        pytest.param(BookingStatus.ABSENT, "Atelier CV", "CONFIRMED", True, id="absent: no reproach"),
        pytest.param(BookingStatus.EXCUSED, "Atelier CV", "CONFIRMED", False, id="excused"),
    ],
)
def test_the_state_of_a_booking_is_said_and_only_a_seat_opens_the_room_and_rings(
    session_factory: sessionmaker[Session],
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
    status: BookingStatus,
    title: str,
    stated: str,
    told_the_room: bool,
) -> None:
    date_id = an_event_date()
    change(session_factory, date_id, online_url=ROOM)
    person_id = a_person()
    book(session_factory, person_id, date_id)
    with session_factory.begin() as session:
        session.execute(
            update(Booking).values(
                status=status,
                offered_until=NOW if status is BookingStatus.OFFERED else None,
                cancelled_by="person" if status is BookingStatus.CANCELLED else None,
            )
        )
    [seat] = feed_of(session_factory, person_id).events
    assert (seat["SUMMARY"], seat["STATUS"]) == (title, stated)
    assert (ROOM in seat["DESCRIPTION"], bool(seat.walk("VALARM"))) == (told_the_room, told_the_room)


# -- zones


@pytest.mark.parametrize(
    ("starts_at", "hour", "offset_hours"),
    [
        pytest.param("2027-03-27T13:00+00:00", 14, 1, id="the day before clocks go forward"),
        pytest.param("2027-03-28T12:00+00:00", 14, 2, id="the day they do"),
        pytest.param("2027-10-30T12:00+00:00", 14, 2, id="the day before they go back"),
        pytest.param("2027-10-31T13:00+00:00", 14, 1, id="the day they do again"),
    ],
)
def test_an_hour_is_right_on_both_sides_of_a_clock_change(
    session_factory: sessionmaker[Session],
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
    starts_at: str,
    hour: int,
    offset_hours: int,
) -> None:
    person_id = a_person()
    book(session_factory, person_id, an_event_date(starts_at=datetime.fromisoformat(starts_at)))
    calendar = feed_of(session_factory, person_id)
    [seat] = calendar.events
    # the hour on the wall, and the zone that goes with it
    assert (seat["DTSTART"].params["TZID"], seat["DTSTART"].dt.hour) == ("Europe/Paris", hour)
    # the rules that the file carries say the same instant, for a phone that does not know the name
    [carried] = calendar.timezones
    wall = seat["DTSTART"].dt.replace(tzinfo=None)
    assert carried.to_tz(lookup_tzid=False).utcoffset(wall) == timedelta(hours=offset_hours)
    assert seat.start == datetime.fromisoformat(starts_at)


def test_each_territory_has_its_own_hours(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    # given one date in Cayenne, and one that belongs to no territory, for a Mission locale of La Réunion
    in_cayenne, nowhere = an_event_date(starts_at=SOON), an_event_date(starts_at=SOON + timedelta(days=1))
    place(session_factory, a_territory(session_factory, "guyane", "America/Cayenne"), in_cayenne)
    person_id = a_person()
    for date_id in (in_cayenne, nowhere):
        book(session_factory, person_id, date_id)
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, person_id, now=NOW)
        calendar = parsed(calendars.read_feed(session, secret, now=NOW, zone=ZoneInfo("Indian/Reunion")))
    # then each is told in its own
    assert [(each["DTSTART"].params["TZID"], each["DTSTART"].dt.hour) for each in calendar.events] == [
        ("America/Cayenne", 6),
        ("Indian/Reunion", 13),
    ]
    assert {zone.tz_name for zone in calendar.timezones} == {"America/Cayenne", "Indian/Reunion"}


# -- what changes


def test_an_event_keeps_its_name_and_its_number_grows_until_it_is_cancelled(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    # given a seat, in a calendar that keeps its address
    date_id, person_id = an_event_date(), a_person()
    booking_id = book(session_factory, person_id, date_id)
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, person_id, now=NOW)
    seen = [read(session_factory, secret).events[0]]
    # when the person confirms it, the date itself changes, and then is called off
    with session_factory.begin() as session:
        bookings.accept_offer(session, person_id=person_id, booking_id=booking_id, now=NOW + timedelta(hours=1))
    seen.append(read(session_factory, secret).events[0])
    with session_factory.begin() as session:
        session.execute(update(EventDate).values(sequence=EventDate.sequence + 1))
    seen.append(read(session_factory, secret).events[0])
    with session_factory.begin() as session:
        later = NOW + timedelta(hours=2)
        bookings.cancel_date(session, event_date_id=date_id, reason="salle fermée", now=later)
    seen.append(read(session_factory, secret).events[0])
    # then it is one event, each time newer
    assert len({each["UID"] for each in seen}) == 1
    sequences = [each["SEQUENCE"] for each in seen]
    assert sequences == sorted(set(sequences))
    assert [each["STATUS"] for each in seen] == ["CONFIRMED", "CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [each["LAST-MODIFIED"].dt for each in seen] == [NOW, *[NOW + timedelta(hours=1)] * 2, later]


def test_a_booking_made_again_is_an_event_of_its_own_beside_the_cancelled_one(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    date_id, person_id = an_event_date(), a_person()
    first = book(session_factory, person_id, date_id)
    with session_factory.begin() as session:
        bookings.release_place(session, person_id=person_id, booking_id=first, now=NOW)
    second = book(session_factory, person_id, date_id)
    assert [(each["UID"], each["STATUS"]) for each in feed_of(session_factory, person_id).events] == [
        (f"booking-{first}@declic", "CANCELLED"),
        (f"booking-{second}@declic", "CONFIRMED"),
    ]


def test_what_is_over_stays_for_thirty_days(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    person_id = a_person()
    book(session_factory, person_id, an_event_date(starts_at=SOON))
    ends_at = SOON + timedelta(hours=2)
    kept = feed_of(session_factory, person_id, now=ends_at + timedelta(days=30, minutes=-1))
    gone = feed_of(session_factory, person_id, now=ends_at + timedelta(days=30))
    assert (len(kept.events), len(gone.events)) == (1, 0)


def test_a_person_without_bookings_has_a_calendar_that_is_empty(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    calendar = feed_of(session_factory, a_person())
    assert (calendar["X-WR-CALNAME"], calendar.events) == ("Déclic : mes rendez-vous", [])


# -- the format


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("Métiers d'été : à l'œuvre, n° 2 ; « élève »", id="accents and marks"),
        pytest.param("Forum 🎓👩🏽‍🔧 de l'alternance", id="emoji"),
        pytest.param("Atelier\nsur deux lignes", id="line break"),
        pytest.param("Atelier\r\nBEGIN:VALARM\r\nSTATUS:CANCELLED", id="lines that would be others of the file"),
        pytest.param("C:\\chemins\\n et , virgules", id="backslashes"),
        pytest.param("É" * 300, id="longer than a line"),
    ],
)
def test_a_title_comes_back_as_it_was_and_lines_keep_to_the_format(
    session_factory: sessionmaker[Session],
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
    title: str,
) -> None:
    person_id = a_person()
    book(session_factory, person_id, an_event_date(title=title))
    with session_factory.begin() as session:
        body = calendars.read_feed(session, calendars.person_feed(session, person_id, now=NOW), now=NOW)
    [seat] = parsed(body).events
    assert seat["SUMMARY"] == title.replace("\r\n", "\n")
    assert seat["STATUS"] == "CONFIRMED"
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line for line in lines)
    assert max(len(line) for line in lines) <= 75


def test_a_year_of_bookings_is_read_by_few_queries(
    engine: Engine,
    session_factory: sessionmaker[Session],
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
) -> None:
    person_id = a_person()
    for week in range(12):
        book(session_factory, person_id, an_event_date(starts_at=SOON + timedelta(weeks=week)))
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, person_id, now=NOW)
    asked: list[str] = []

    def note(*given: Any) -> None:
        asked.append(given[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert len(read(session_factory, secret).events) == 12
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert 2 <= len(asked) <= 3


# -- whose


def test_nobody_sees_the_booking_of_another(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    # given two people with a seat each
    date_id, ada, ben = an_event_date(), a_person(), a_person()
    of_ada, of_ben = book(session_factory, ada, date_id), book(session_factory, ben, date_id)
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, ada, now=NOW)
        # then Ada's address shows hers, alone or among all, and not Ben's
        assert uids(calendars.read_feed(session, secret, now=NOW)) == [f"booking-{of_ada}@declic"]
        assert uids(calendars.read_booking(session, secret, of_ada)) == [f"booking-{of_ada}@declic"]
        for other in (of_ben, 404):
            with pytest.raises(CalendarNotFound):
                calendars.read_booking(session, secret, other)


def test_a_new_address_ends_the_one_before_and_no_other(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    ada, ben = a_person(), a_person()
    with session_factory.begin() as session:
        first, of_ben = (calendars.person_feed(session, each, now=NOW) for each in (ada, ben))
        second = calendars.person_feed(session, ada, now=NOW)
    assert [opens(session_factory, each) for each in (first, second, of_ben)] == [False, True, True]


def test_two_addresses_asked_for_at_once_leave_one(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id = a_person()

    def ask() -> str:
        with session_factory.begin() as session:
            return calendars.person_feed(session, person_id, now=NOW)

    given = at_once([ask] * 4)
    assert sum(opens(session_factory, each) for each in given) == 1


def test_a_revoked_address_opens_nothing(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, person_id, now=NOW)
        calendars.revoke_feeds(session, person_id=person_id, now=NOW)
    assert not opens(session_factory, secret)


def test_an_address_that_was_never_given_opens_nothing(session_factory: sessionmaker[Session]) -> None:
    assert [opens(session_factory, each) for each in ("", "a" * 32, "é\udc80", "x" * 10_000)] == [False] * 4


def test_the_table_holds_no_secret(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> None:
    with session_factory.begin() as session:
        secret = calendars.person_feed(session, a_person(), now=NOW)
        kept = session.scalars(select(CalendarFeed)).one()
        assert secret not in kept.digest
    assert not opens(session_factory, kept.digest)


def test_nobody_has_no_calendar(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        with pytest.raises(PersonNotFound):
            calendars.person_feed(session, 404, now=NOW)
        with pytest.raises(StaffNotFound):
            calendars.staff_feed(session, 404, now=NOW)


# -- the team


def test_the_team_sees_the_dates_of_its_territory_with_counts_and_without_names(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    # given a date of the team's territory with two seats of which a class holds one, and somebody who waits
    here = a_territory(session_factory, "val-de-bievre", "Europe/Paris")
    elsewhere = a_territory(session_factory, "guyane", "America/Cayenne")
    date_id = an_event_date(seats=2, title="Atelier CV", starts_at=SOON)
    away = an_event_date(title="Atelier à Cayenne")
    of_all = an_event_date(title="Webinaire", starts_at=SOON + timedelta(days=1))
    place(session_factory, here, date_id)
    place(session_factory, elsewhere, away)
    with session_factory.begin() as session:
        session.execute(update(EventDate).where(EventDate.id == date_id).values(group_seats=1))
    for person_id in (a_person(), a_person()):
        book(session_factory, person_id, date_id)
    # when one of the staff reads their calendar
    member = a_member(session_factory, here)
    calendar = staff_calendar(session_factory, member)
    # then it has that date and those that belong to no territory, with numbers
    assert [(each["UID"], each["SUMMARY"]) for each in calendar.events] == [
        (f"date-{date_id}@declic", "Atelier CV (2 inscrits sur 2, 1 en attente)"),
        (f"date-{of_all}@declic", "Webinaire (0 inscrit sur 8)"),
    ]
    assert "booking" not in calendar.to_ical().decode()


def test_a_date_that_is_called_off_is_cancelled_in_the_calendar_of_the_team(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    here = a_territory(session_factory, "val-de-bievre", "Europe/Paris")
    date_id = an_event_date()
    place(session_factory, here, date_id)
    with session_factory.begin() as session:
        bookings.cancel_date(session, event_date_id=date_id, reason="salle fermée", now=NOW)
    [called_off] = staff_calendar(session_factory, a_member(session_factory, here)).events
    assert (called_off["STATUS"], called_off["SEQUENCE"]) == ("CANCELLED", 1)
    assert called_off["SUMMARY"].startswith("Annulé : Atelier CV")


def test_whoever_left_the_staff_has_no_calendar(
    session_factory: sessionmaker[Session], an_event_date: Callable[..., int]
) -> None:
    an_event_date()
    member = a_member(session_factory, None)
    with session_factory.begin() as session:
        secret = calendars.staff_feed(session, member, now=NOW)
    assert opens(session_factory, secret)
    with session_factory.begin() as session:
        session.execute(update(StaffMember).values(active=False))
    assert not opens(session_factory, secret)
    with session_factory.begin() as session, pytest.raises(StaffNotFound):
        calendars.staff_feed(session, member, now=NOW)


def test_the_address_of_a_team_opens_no_booking(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    booking_id = book(session_factory, a_person(), an_event_date())
    member = a_member(session_factory, None)
    with session_factory.begin() as session:
        secret = calendars.staff_feed(session, member, now=NOW)
        with pytest.raises(CalendarNotFound):
            calendars.read_booking(session, secret, booking_id)


# -- builders


def book(session_factory: sessionmaker[Session], person_id: int, event_date_id: int) -> int:
    with session_factory.begin() as session:
        return bookings.request_place(session, person_id=person_id, event_date_id=event_date_id, now=NOW).id


def change(session_factory: sessionmaker[Session], date_id: int, **values: Any) -> None:
    """Set columns of the date's series."""
    with session_factory.begin() as session:
        date = session.get_one(EventDate, date_id)
        session.execute(update(Series).where(Series.id == date.series_id).values(values))


def a_territory(session_factory: sessionmaker[Session], slug: str, zone: str) -> int:
    with session_factory.begin() as session:
        territory = Territory(slug=slug, name=slug, region="Région", zone=zone)
        session.add(territory)
        session.flush()
        return territory.id


def place(session_factory: sessionmaker[Session], territory_id: int, date_id: int) -> None:
    with session_factory.begin() as session:
        session.execute(update(EventDate).where(EventDate.id == date_id).values(territory_id=territory_id))


def a_member(session_factory: sessionmaker[Session], territory_id: int | None) -> int:
    with session_factory.begin() as session:
        organisation = Organisation(slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")
        session.add(organisation)
        session.flush()
        team = Team(organisation_id=organisation.id, territory_id=territory_id, name="Alternance")
        session.add(team)
        session.flush()
        member = StaffMember(team_id=team.id, role=Role.COUNSELLOR, name="Inès", email="ines@exemple.fr")
        session.add(member)
        session.flush()
        return member.id


def parsed(body: bytes) -> Calendar:
    calendar = Calendar.from_ical(body)
    assert isinstance(calendar, Calendar)
    assert all(isinstance(each, Event) and not each.errors for each in calendar.events)
    return calendar


def uids(body: bytes) -> list[str]:
    return [str(each["UID"]) for each in parsed(body).events]


def read(session_factory: sessionmaker[Session], secret: str, *, now: datetime = NOW) -> Calendar:
    with session_factory.begin() as session:
        return parsed(calendars.read_feed(session, secret, now=now))


def feed_of(session_factory: sessionmaker[Session], person_id: int, *, now: datetime = NOW) -> Calendar:
    with session_factory.begin() as session:
        return parsed(calendars.read_feed(session, calendars.person_feed(session, person_id, now=NOW), now=now))


def staff_calendar(session_factory: sessionmaker[Session], member: int) -> Calendar:
    with session_factory.begin() as session:
        return parsed(calendars.read_feed(session, calendars.staff_feed(session, member, now=NOW), now=NOW))


def opens(session_factory: sessionmaker[Session], secret: str) -> bool:
    try:
        read(session_factory, secret)
    except CalendarNotFound:
        return False
    return True

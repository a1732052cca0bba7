"""Dates in the console: who is in, bookings on behalf, seats, classes, called off, the sheet at the door."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import audit, bookings, conversations, events, structures
from programme.clock import clock
from programme.models import (
    Booking,
    BookingStatus,
    ChannelIdentity,
    Conversation,
    EventDate,
    EventKind,
    GroupBooking,
    OrganisationKind,
    Role,
    Series,
    Territory,
)
from programme.permissions import Member
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
APerson = Callable[..., int]
ADate = Callable[..., int]


@pytest.fixture
def a_date(session_factory: sessionmaker[Session]) -> ADate:
    """Builds a date of a workshop of its own, in two days unless told; its id."""
    count = 0

    def build(
        *, seats: int = 3, starts_at: datetime | None = None, title: str = "Atelier CV",
        territory_id: int | None = None,
        min_age: int | None = None,
    ) -> int:  # fmt: skip
        nonlocal count
        count += 1
        with session_factory.begin() as session:
            series_id = events.save_series(
                session, slug=f"atelier-{count}", kind=EventKind.ATELIER, title=title, summary="On fait ton CV.",
                place="Salle 2", territory_id=territory_id, min_age=min_age,
            )  # fmt: skip
            return events.save_date(
                session, series_id=series_id, starts_at=starts_at or clock() + timedelta(days=2),
                duration=timedelta(hours=2), seats=seats,
            )  # fmt: skip

    return build


@pytest.fixture
def booked(session_factory: sessionmaker[Session]) -> Callable[[int, int], int]:
    """Books a place in a date as the person themselves would; the booking's id."""

    def build(person_id: int, date_id: int) -> int:
        with session_factory.begin() as session:
            made = bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=clock())
            return made.id

    return build


def states(session_factory: sessionmaker[Session], date_id: int) -> dict[int, BookingStatus]:
    """By person: the last booking in this date."""
    with session_factory() as session:
        query = select(Booking).where(Booking.event_date_id == date_id).order_by(Booking.id)
        return {each.person_id: each.status for each in session.scalars(query)}


def actions_about(session_factory: sessionmaker[Session], person_id: int) -> list[str]:
    with session_factory() as session:
        return [line.action for line in audit.about(session, person_id)]


def told(session_factory: sessionmaker[Session], person_id: int) -> str:
    """All that was written to the person."""
    with session_factory() as session:
        conversation = session.scalars(
            select(Conversation.id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(ChannelIdentity.person_id == person_id)
        ).one()
        return "\n".join(each.text for each in conversations.transcript(session, conversation))


# -- the list


def test_the_list_shows_what_is_to_come_with_what_is_left(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int]
) -> None:
    browser = a_browser()
    date_id = a_date(seats=1)
    a_date(title="Atelier d'hier", starts_at=clock() - timedelta(days=1))
    booked(a_young_person(), date_id)
    booked(a_young_person(), date_id)
    shown = browser.get("/console/dates").text
    assert "Atelier CV" in shown
    assert "0 sur 1" in shown
    assert "hier" not in shown
    assert "hier" in browser.get("/console/dates?quand=passees").text


def test_the_list_goes_on_by_pages(a_browser: ABrowser, a_date: ADate) -> None:
    browser = a_browser()
    dates = [a_date(starts_at=clock() + timedelta(days=2, hours=hour)) for hour in range(26)]
    first = browser.get("/console/dates").text
    assert f"/console/dates/{dates[24]}" in first
    assert f'/console/dates/{dates[25]}"' not in first
    assert f"apres={dates[24]}" in first
    second = browser.get(f"/console/dates?apres={dates[24]}").text
    assert f'/console/dates/{dates[25]}"' in second
    assert f'/console/dates/{dates[24]}"' not in second


def test_dates_of_another_territory_are_shown_when_asked_for(
    a_browser: ABrowser, a_member: Callable[..., Member], a_team: Callable[..., int], a_date: ADate,
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    browser = a_browser()
    with session_factory.begin() as session:
        far = structures.save_territory(session, slug="loin", name="Loin", region="Bretagne", communes=[])
    date_id = a_date(title="Forum de Brest", territory_id=far)
    assert "Brest" not in browser.get("/console/dates").text
    assert "Brest" in browser.get("/console/dates?ou=partout").text
    # and may be looked at, not changed
    assert browser.get(f"/console/dates/{date_id}").status_code == 200
    lead = a_browser(Role.TEAM_LEAD)
    assert lead.send(f"/console/dates/{date_id}/places", {"seats": "9"}).status_code == 404
    assert lead.get(f"/console/dates/{date_id}/presence").status_code == 404


# -- one date


def test_only_who_is_within_reach_is_named(
    a_browser: ABrowser, a_member: Callable[..., Member], a_young_person: APerson, a_date: ADate,
    booked: Callable[[int, int], int],
) -> None:  # fmt: skip
    browser = a_browser()
    date_id = a_date()
    booked(a_young_person(counsellor=browser.who, name="Lina"), date_id)
    booked(a_young_person(counsellor=a_member(), name="Maëlle"), date_id)
    shown = browser.get(f"/console/dates/{date_id}").text
    assert "Lina" in shown
    assert "Maëlle" not in shown
    assert "une personne d'une autre équipe" in shown.replace("&#39;", "'")


def test_a_counsellor_books_for_somebody_who_is_asked(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id, date_id = a_young_person(counsellor=browser.who, name="Lina"), a_date()
    assert f'value="{person_id}"' in browser.get(f"/console/dates/{date_id}?mots=li").text
    answer = browser.send(f"/console/dates/{date_id}/inscrire", {"person": str(person_id)})
    assert answer.status_code == 303
    assert states(session_factory, date_id) == {person_id: BookingStatus.OFFERED}
    assert "Lina" in browser.get(f"/console/dates/{date_id}").text
    assert actions_about(session_factory, person_id) == ["booking.add"]
    # again it changes nothing
    browser.send(f"/console/dates/{date_id}/inscrire", {"person": str(person_id)})
    assert actions_about(session_factory, person_id) == ["booking.add"]


def test_two_people_for_the_last_seat_are_one_seat_and_one_rank(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    first, second = (a_young_person(counsellor=browser.who) for _ in range(2))
    date_id = a_date(seats=1)
    for person_id in (first, second):
        browser.send(f"/console/dates/{date_id}/inscrire", {"person": str(person_id)})
    assert states(session_factory, date_id) == {first: BookingStatus.OFFERED, second: BookingStatus.WAITING}
    assert "attente" in told(session_factory, second)


def test_somebody_out_of_reach_is_not_booked(
    a_browser: ABrowser, a_member: Callable[..., Member], a_young_person: APerson, a_date: ADate,
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    person_id, date_id = a_young_person(counsellor=a_member()), a_date()
    assert a_browser().send(f"/console/dates/{date_id}/inscrire", {"person": str(person_id)}).status_code == 404
    assert states(session_factory, date_id) == {}


def test_a_gate_that_stays_shut_is_said(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id, date_id = a_young_person(counsellor=browser.who), a_date(min_age=18)
    answer = browser.send(f"/console/dates/{date_id}/inscrire", {"person": str(person_id)})
    assert answer.status_code == 422
    assert "ne sait pas son âge" in answer.text
    assert states(session_factory, date_id) == {}


def test_hours_that_are_taken_are_said(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    when = clock() + timedelta(days=2)
    booked(person_id, a_date(starts_at=when))
    answer = browser.send(f"/console/dates/{a_date(starts_at=when)}/inscrire", {"person": str(person_id)})
    assert answer.status_code == 422
    assert "déjà une place ailleurs" in answer.text


def test_a_cancelled_seat_goes_to_who_waits_and_both_are_told(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    browser = a_browser()
    first, second = (a_young_person(counsellor=browser.who) for _ in range(2))
    date_id = a_date(seats=1)
    booking_id = booked(first, date_id)
    booked(second, date_id)
    browser.send(f"/console/dates/{date_id}/inscriptions/{booking_id}/annuler", {})
    assert states(session_factory, date_id) == {first: BookingStatus.CANCELLED, second: BookingStatus.OFFERED}
    assert "a annulé ta place" in told(session_factory, first)
    # a second tap finds nothing to cancel
    assert browser.send(f"/console/dates/{date_id}/inscriptions/{booking_id}/annuler", {}).status_code == 404


def test_a_seat_is_moved_to_another_date(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    here, there = a_date(), a_date(starts_at=clock() + timedelta(days=5))
    booking_id = booked(person_id, here)
    assert f'<option value="{there}">' in browser.get(f"/console/dates/{here}").text
    browser.send(f"/console/dates/{here}/inscriptions/{booking_id}/deplacer", {"to": str(there)})
    assert states(session_factory, here) == {person_id: BookingStatus.CANCELLED}
    assert states(session_factory, there) == {person_id: BookingStatus.BOOKED}
    assert "a changé ta date" in told(session_factory, person_id)


def test_a_seat_is_kept_when_the_other_date_is_full(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who)
    here, there = a_date(), a_date(seats=1, starts_at=clock() + timedelta(days=5))
    booking_id = booked(person_id, here)
    booked(a_young_person(), there)
    answer = browser.send(f"/console/dates/{here}/inscriptions/{booking_id}/deplacer", {"to": str(there)})
    assert answer.status_code == 422
    assert "garde sa place" in answer.text
    assert states(session_factory, here) == {person_id: BookingStatus.BOOKED}


# -- the date itself


def test_added_seats_go_to_who_waits_and_fewer_than_taken_is_refused(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    lead = a_browser(Role.TEAM_LEAD)
    date_id = a_date(seats=1)
    first, second = a_young_person(), a_young_person()
    booked(first, date_id)
    booked(second, date_id)
    lead.send(f"/console/dates/{date_id}/places", {"seats": "2"})
    assert states(session_factory, date_id)[second] is BookingStatus.OFFERED
    refused = lead.send(f"/console/dates/{date_id}/places", {"seats": "1"})
    assert refused.status_code == 422
    assert "déjà prises" in refused.text
    for odd in ("", "0", "-1", "douze", "100000"):
        assert lead.send(f"/console/dates/{date_id}/places", {"seats": odd}).status_code == 422


def test_a_date_called_off_tells_everybody_with_the_reason(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    lead = a_browser(Role.TEAM_LEAD)
    person_id, date_id = a_young_person(), a_date()
    booked(person_id, date_id)
    unsure = lead.send(f"/console/dates/{date_id}/annuler", {"reason": "salle inondée"})
    assert unsure.status_code == 422
    assert "salle inondée" in unsure.text
    assert lead.send(f"/console/dates/{date_id}/annuler", {"sure": "oui"}).status_code == 422
    lead.send(f"/console/dates/{date_id}/annuler", {"reason": "salle inondée", "sure": "oui"})
    assert "salle inondée" in told(session_factory, person_id)
    assert states(session_factory, date_id) == {person_id: BookingStatus.CANCELLED}
    assert "Annulé" in lead.get(f"/console/dates/{date_id}").text


def test_a_class_holds_seats_and_gives_them_back(
    a_browser: ABrowser, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    with session_factory.begin() as session:
        school = structures.save_organisation(session, slug="cfa", kind=OrganisationKind.CFA, name="CFA des Bords")
    date_id = a_date(seats=20)
    lead.send(f"/console/dates/{date_id}/groupe", {"school": str(school), "places": "15", "contact": "M. Roux"})
    assert "CFA des Bords" in lead.get(f"/console/dates/{date_id}").text
    too_many = lead.send(f"/console/dates/{date_id}/groupe", {"school": str(school), "places": "9", "contact": "x"})
    assert too_many.status_code == 422
    with session_factory() as session:
        group_id = session.scalars(select(GroupBooking.id)).one()
        assert events.availability(session, date_id).free_seats == 5
    lead.send(f"/console/dates/{date_id}/groupes/{group_id}/rendre", {})
    with session_factory() as session:
        assert events.availability(session, date_id).free_seats == 20


def test_a_date_is_added_to_a_series(
    a_browser: ABrowser, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    a_date(title="Atelier CV")
    with session_factory() as session:
        series_id = session.scalars(select(Series.id)).one()
    fields = {"series": str(series_id), "day": "2090-01-10", "at": "14:30", "minutes": "90", "seats": "12"}
    answer = lead.send("/console/dates/nouvelle", fields)
    assert answer.status_code == 303
    with session_factory() as session:
        made = session.scalars(select(EventDate).order_by(EventDate.id.desc()).limit(1)).one()
        assert made.ends_at - made.starts_at == timedelta(minutes=90)
        assert made.starts_at.isoformat() == "2090-01-10T13:30:00+00:00"
    for name, wrong in {"series": "0", "day": "2001-01-01", "at": "25h", "minutes": "0", "seats": "x"}.items():
        assert lead.send("/console/dates/nouvelle", {**fields, name: wrong}).status_code == 422


def test_the_hour_of_a_new_date_is_that_of_its_territory(
    a_browser: ABrowser, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    manager = a_browser(Role.TEAM_LEAD)
    with session_factory.begin() as session:
        # the territory of this team is at another hour than Paris
        assert manager.who.territory_id is not None
        session.get_one(Territory, manager.who.territory_id).zone = "Indian/Reunion"
    a_date(territory_id=manager.who.territory_id)
    with session_factory() as session:
        series_id = session.scalars(select(Series.id)).one()
    manager.send(
        "/console/dates/nouvelle",
        {"series": str(series_id), "day": "2090-01-10", "at": "14:30", "minutes": "90", "seats": "12"},
    )
    with session_factory() as session:
        made = session.scalars(select(EventDate).order_by(EventDate.id.desc()).limit(1)).one()
        assert made.starts_at.isoformat() == "2090-01-10T10:30:00+00:00"


def test_the_poster_is_a_file_to_print(a_browser: ABrowser, a_date: ADate) -> None:
    answer = a_browser().get(f"/console/dates/{a_date()}/affiche.html")
    assert "attachment" in answer.headers["content-disposition"]
    assert "ICI-" in answer.text


# -- at the door


def test_who_came_is_noted_by_one_tap_and_corrected_by_another(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int],
    session_factory: sessionmaker[Session],
) -> None:  # fmt: skip
    animator = a_browser(Role.ANIMATOR)
    person_id = a_young_person(name="Lina")
    date_id = a_date(starts_at=clock() + timedelta(hours=2))
    booking_id = booked(person_id, date_id)
    door = f"/console/dates/{date_id}/presence"
    before = animator.get(door).text
    assert "La feuille s'ouvre" in before.replace("&#39;", "'")
    assert animator.send(door, {"inscription": str(booking_id), "note": "present"}).status_code == 422
    with session_factory.begin() as session:
        date = session.get_one(EventDate, date_id)
        date.closes_at, date.starts_at = clock() - timedelta(hours=1), clock() + timedelta(minutes=5)
    # the animator sees no young person's page, and calls them by their name here
    assert "Lina" in animator.get(door).text
    for mark, state in (("absent", BookingStatus.ABSENT), ("present", BookingStatus.PRESENT)):
        assert animator.send(door, {"inscription": str(booking_id), "note": mark}).status_code == 303
        assert states(session_factory, date_id) == {person_id: state}
    assert "1 sur 1 est là" in animator.get(door).text
    assert animator.send(door, {"inscription": str(booking_id), "note": "autre"}).status_code == 404


def test_somebody_without_a_seat_is_let_in(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who, name="Yanis")
    date_id = a_date(seats=1, starts_at=clock() + timedelta(minutes=10))
    assert f'value="{person_id}"' in browser.get(f"/console/dates/{date_id}/presence?mots=ya").text
    browser.send(f"/console/dates/{date_id}/presence/arrivee", {"person": str(person_id)})
    assert states(session_factory, date_id) == {person_id: BookingStatus.PRESENT}
    assert "Yanis" in browser.get(f"/console/dates/{date_id}/presence").text


def test_a_booking_of_another_date_is_not_noted_here(
    a_browser: ABrowser, a_young_person: APerson, a_date: ADate, booked: Callable[[int, int], int]
) -> None:
    soon = clock() + timedelta(hours=2)
    here, there = a_date(starts_at=soon), a_date(starts_at=soon + timedelta(days=1))
    booking_id = booked(a_young_person(), there)
    fields = {"inscription": str(booking_id), "note": "present"}
    assert a_browser().send(f"/console/dates/{here}/presence", fields).status_code == 404


@pytest.mark.parametrize("path", ["", "/presence", "/affiche.html"])
def test_a_date_that_is_not_there_is_no_page(a_browser: ABrowser, path: str) -> None:
    assert a_browser().get(f"/console/dates/999{path}").status_code == 404

"""Seats through the chat API: moved, offered, put into a calendar, taken at the door."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import text
from sqlalchemy.orm import Session

from programme.door_codes import door_code
from programme.events import save_date, save_series
from programme.models import EventKind
from tests.stack import Chat, Stack, said, titles

SLUG = "test-seats-"


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


@pytest.fixture
def a_date(stack: Stack) -> Iterator[Callable[..., int]]:
    """Puts a date of a visit into the running database; its id."""

    def build(title: str, *, days: float, seats: int = 5, slug: str = "visite") -> int:
        starts_at = (stack.now() + timedelta(days=days)).replace(second=0, microsecond=0)
        with Session(stack.engine) as session, session.begin():
            series_id = save_series(
                session, slug=SLUG + slug, kind=EventKind.IMMERSION, title=title, summary="Une journée.", place="Ici"
            )
            save_date(
                session,
                series_id=series_id,
                starts_at=starts_at,
                duration=timedelta(hours=1),
                seats=seats,
                closes_before=timedelta(minutes=5),
            )
            found: int = session.execute(
                text("SELECT id FROM event_dates WHERE series_id = :series AND starts_at = :at"),
                {"series": series_id, "at": starts_at},
            ).scalar_one()
        return found

    yield build
    with stack.engine.begin() as connection:
        connection.execute(text("DELETE FROM event_series WHERE slug LIKE :slug"), {"slug": f"{SLUG}%"})


def book(chat: Chat, date_id: int) -> str:
    return said(chat.press(f'/affirm{{"workshop_date": "{date_id}"}}'))


@pytest.mark.parametrize("asks", ["je peux venir un autre jour à la place ?", "je veux changer la date de mon atelier"])
def test_a_seat_is_moved_in_one_s_own_words(chat: Chat, a_date: Callable[..., int], asks: str) -> None:
    # given a seat
    book(chat, a_date("Immersion en atelier", days=40))
    a_date("Immersion en atelier", days=47)
    # when one asks for another day, and chooses it
    choice = chat.say(asks)
    assert "Tu préfères quelle date ?" in said(choice)
    moved = chat.press_titled(choice, "Immersion en atelier")
    # then there is one booking, the new one
    assert "C'est changé" in said(moved)
    mine = said(chat.say("mes inscriptions"))
    assert mine.count("Immersion en atelier") == 1


def test_without_a_seat_to_move_the_answer_says_how(chat: Chat) -> None:
    assert "réserve d'abord" in said(chat.say("je peux changer de date ?"))


def test_a_seat_is_offered_and_taken_in_words_and_buttons(stack: Stack, a_date: Callable[..., int]) -> None:
    # given one seat, and somebody who waits
    date_id = a_date("Immersion en cuisine", days=40, seats=1)
    holder, waits = stack.chat(), stack.chat()
    book(holder, date_id)
    assert "tu es 1er sur la liste" in book(waits, date_id)
    # when it is given back
    holder.press_titled(holder.press_titled(holder.say("mes inscriptions"), "Annuler ma place"), "Oui, j'annule")
    # then the other one reads it in their own conversation, among their bookings too, and says yes
    offer = waits.wait_to_hear("Une place s'est libérée")
    assert len(offer) == 1
    assert "gardée pour toi jusqu'à" in said(waits.say("mes inscriptions"))
    assert "C'est noté, tu viens" in said(waits.press_titled(offer, "Oui, je viens"))


def test_one_s_seats_are_in_a_calendar_that_learns_of_a_cancelling(
    stack: Stack, chat: Chat, a_date: Callable[..., int]
) -> None:
    # given a seat, and the address of one's calendar
    book(chat, a_date("Immersion à l'hôpital", days=40))
    told = said(chat.press_titled(chat.say("mes inscriptions"), "Dans mon agenda"))
    path = re.search(r"/agenda/[\w-]+\.ics", told)
    assert path is not None
    before = _events(stack, path[0])
    assert [(str(each["summary"]), str(each["status"])) for each in before] == [("Immersion à l'hôpital", "CONFIRMED")]
    # when it is given back
    chat.press_titled(chat.press_titled(chat.say("mes inscriptions"), "Annuler ma place"), "Oui, j'annule")
    # then the calendar learns it
    (after,) = _events(stack, path[0])
    assert (str(after["status"]), after["sequence"] > before[0]["sequence"], after["uid"]) == (
        "CANCELLED", True, before[0]["uid"],
    )  # fmt: skip


def _events(stack: Stack, path: str) -> list[dict[str, object]]:
    answer = httpx.get(stack.url + path, trust_env=False).raise_for_status()
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))  # type: ignore[arg-type]


def test_an_address_of_no_calendar_says_what_to_do(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/agenda/{'x' * 32}.ics", trust_env=False)
    assert (answer.status_code, "mes inscriptions" in answer.text) == (404, True)


def test_the_code_of_the_door_is_read_in_the_middle_of_anything(
    stack: Stack, chat: Chat, a_date: Callable[..., int]
) -> None:
    # given a seat in a date that begins in half an hour, and a question of another kind left open
    date_id = a_date("Immersion au garage", days=0.5 / 24)
    book(chat, date_id)
    with Session(stack.engine) as session, session.begin():
        code = door_code(session, date_id)
    chat.say("c payé combien en alternance")
    # when the code is typed as a phone writes it
    replies = chat.say(f"{code.lower().replace('-', ' ')} jsuis là")
    # then one is there
    assert "Ta présence est notée" in said(replies)


def test_an_age_that_a_date_asks_for_is_asked_with_buttons(
    stack: Stack, chat: Chat, a_date: Callable[..., int]
) -> None:
    date_id = a_date("Immersion sur un chantier", days=40, slug="adultes")
    with stack.engine.begin() as connection:
        connection.execute(
            text("UPDATE event_series SET min_age = 18, audience = 'dès 18 ans' WHERE slug = :slug"),
            {"slug": f"{SLUG}adultes"},
        )
    asked = chat.press(f'/affirm{{"workshop_date": "{date_id}"}}')
    assert "18-20 ans" in titles(asked)
    assert "C'est réservé" in said(chat.press_titled(asked, "18-20 ans"))
    minor = stack.chat()
    refused = minor.press_titled(minor.press(f'/affirm{{"workshop_date": "{date_id}"}}'), "15-17 ans")
    assert "n'est pas prévu pour ton âge (dès 18 ans)" in said(refused)

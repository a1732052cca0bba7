"""What is said to a person who looks at workshops, takes a place, or gives it back."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme.assistant import Assistant
from programme.booking_desk import LISTED_DATES, BookingDesk
from programme.bookings import request_place
from programme.events import save_date, save_series
from programme.models import Author, Conversation, EventDate, EventKind, Message, MessageState
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Button, Reply
from tests.conftest import NOW
from tests.programme.deliveries.builders import say_due

# Thursday 26 November 2026, 10:00 in Paris
STARTS_AT = NOW + timedelta(days=3)
CLOSES_AT = STARTS_AT - timedelta(hours=1)
WHEN = "jeudi 26 novembre à 10h"
PLACE = "Mission locale, salle 2"
LIST_BUTTON = Button("Voir les dates", "/list_workshops")
MINE_BUTTON = Button("Mes inscriptions", "/my_bookings")
CALENDAR_BUTTON = Button("Dans mon agenda", '/my_bookings{"go": "calendar"}')
LATER = NOW + timedelta(days=10)

APerson = Callable[..., int]
ADate = Callable[..., int]
Book = Callable[[int, int], int]


@pytest.fixture
def desk(assistant: Assistant) -> BookingDesk:
    return assistant.desk


@pytest.fixture
def booked(session_factory: sessionmaker[Session]) -> Book:
    """Takes a place, or a rank, without the desk; the booking's id."""

    def book(person_id: int, date_id: int) -> int:
        with session_factory.begin() as session:
            return request_place(session, person_id=person_id, event_date_id=date_id, now=NOW).id

    return book


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """One transaction for the whole test."""
    with session_factory.begin() as session:
        yield session


def to_book(desk: BookingDesk, session: Session, **asked: Any) -> tuple[list[Reply], int | None]:
    """What is said to who wants a place, and what « oui » would book."""
    shown = desk.ask_to_book(session, **asked)
    return shown.replies, shown.asked


def to_cancel(desk: BookingDesk, session: Session, **asked: Any) -> tuple[list[Reply], int | None]:
    shown = desk.ask_to_cancel(session, **asked)
    return shown.replies, shown.asked


# -- looking at dates


def test_the_next_dates_are_shown_with_one_button_each(
    session: Session, desk: BookingDesk, an_event_date: ADate
) -> None:
    # given two dates
    later = an_event_date(starts_at=STARTS_AT + timedelta(days=9), title="Forum")
    sooner = an_event_date(starts_at=STARTS_AT)
    # then the sooner one comes first
    (reply,) = desk.coming(session, now=NOW).replies
    assert reply.buttons == (
        Button("jeu. 26/11 10h · Atelier CV", f'/book_workshop{{"workshop_date": "{sooner}"}}'),
        Button("sam. 05/12 10h · Forum", f'/book_workshop{{"workshop_date": "{later}"}}'),
    )


def test_no_more_dates_are_shown_than_a_screen_holds(session: Session, desk: BookingDesk, an_event_date: ADate) -> None:
    for _ in range(LISTED_DATES + 1):
        an_event_date()
    shown = desk.coming(session, now=NOW)
    (reply,) = shown.replies
    assert (len(shown.listed), reply.buttons[-1].title) == (LISTED_DATES, "Les dates suivantes")


def test_without_any_date_there_is_nothing_to_show(session: Session, desk: BookingDesk) -> None:
    assert desk.coming(session, now=NOW).replies == []


# -- asking about one date


def test_a_date_with_free_places_is_offered(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    # given a date with eight places
    person_id, date_id = a_person(), an_event_date(seats=8)
    # when it is asked about
    replies, asked = to_book(desk, session, person_id=person_id, event_date_id=date_id, text="", now=NOW)
    # then it is shown, and its booking is one « oui » away
    assert replies == [
        Reply("Atelier CV : On fait ton CV ensemble."),
        Reply(
            f"📅 {WHEN}\n📍 {PLACE}\nIl reste 8 places. Je te réserve une place ?",
            (Button("Oui, je réserve", f'/affirm{{"workshop_date": "{date_id}"}}'), Button("Non", "/deny")),
        ),
    ]
    assert asked == date_id


def test_the_last_place_is_said_in_the_singular(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id = an_event_date(seats=1)
    replies, _ = to_book(desk, session, person_id=a_person(), event_date_id=date_id, text="", now=NOW)
    assert "Il reste 1 place." in replies[-1].text


def test_a_full_date_offers_the_rank_that_one_would_have(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    # given a full date, and one person who waits
    date_id = an_event_date(seats=1)
    booked(a_person(), date_id)
    booked(a_person(), date_id)
    # when a third one asks about it
    replies, asked = to_book(desk, session, person_id=a_person(), event_date_id=date_id, text="", now=NOW)
    # then the second rank is offered
    assert replies[-1] == Reply(
        f"📅 {WHEN}\n📍 {PLACE}\nC'est complet. Tu serais 2e sur la liste d'attente. Je t'y inscris ?",
        (Button("Oui, en attente", f'/affirm{{"workshop_date": "{date_id}"}}'), Button("Non", "/deny")),
    )
    assert asked == date_id


def test_a_date_that_one_has_booked_is_said_to_be_booked(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id, date_id = a_person(), an_event_date()
    booked(person_id, date_id)
    assert to_book(desk, session, person_id=person_id, event_date_id=date_id, text="", now=NOW) == (
        [Reply(f"Tu as déjà ta place : Atelier CV, {WHEN}, {PLACE}.", (MINE_BUTTON,))],
        None,
    )


def test_a_date_for_which_one_waits_is_said_with_one_s_rank(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id, date_id = a_person(), an_event_date(seats=1)
    booked(a_person(), date_id)
    booked(person_id, date_id)
    assert to_book(desk, session, person_id=person_id, event_date_id=date_id, text="", now=NOW) == (
        [Reply(f"Tu es déjà 1er sur la liste d'attente : Atelier CV, {WHEN}.", (MINE_BUTTON,))],
        None,
    )


def test_a_closed_date_is_not_offered(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    date_id = an_event_date(starts_at=STARTS_AT)
    replies, asked = to_book(desk, session, person_id=a_person(), event_date_id=date_id, text="", now=CLOSES_AT)
    assert (replies[0].text.startswith("Cette date n'est plus ouverte"), replies[0].buttons, asked) == (
        True,
        (LIST_BUTTON,),
        None,
    )


def test_one_who_has_a_place_is_told_so_even_after_closing(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id, date_id = a_person(), an_event_date(starts_at=STARTS_AT)
    booked(person_id, date_id)
    replies, _ = to_book(desk, session, person_id=person_id, event_date_id=date_id, text="", now=CLOSES_AT)
    assert replies[0].text.startswith("Tu as déjà ta place")


def test_a_date_that_does_not_exist_is_said_to_be_gone(session: Session, desk: BookingDesk, a_person: APerson) -> None:
    replies, asked = to_book(desk, session, person_id=a_person(), event_date_id=999_999, text="", now=NOW)
    assert (replies[0].text.startswith("Je ne retrouve pas cette date"), replies[0].buttons, asked) == (
        True,
        (LIST_BUTTON,),
        None,
    )


# -- asking in one's own words


def test_words_that_name_one_date_show_it(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    an_event_date(title="Forum de l'alternance")
    date_id = an_event_date(title="Atelier CV")
    _, asked = to_book(
        desk, session, person_id=a_person(), event_date_id=None, text="inscris moi à l'atelier cv", now=NOW
    )
    assert asked == date_id


def test_words_that_name_several_dates_let_one_choose(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    # given two workshops on the same theme
    dates = [an_event_date(title="Atelier CV"), an_event_date(title="CV en anglais")]
    # when the theme alone is named
    replies, asked = to_book(desk, session, person_id=a_person(), event_date_id=None, text="le cv", now=NOW)
    # then both are shown, and « oui » would book none
    assert [button.payload for button in replies[0].buttons] == [
        f'/book_workshop{{"workshop_date": "{date_id}"}}' for date_id in dates
    ]
    assert (replies[0].text.startswith("Voilà les dates"), asked) == (True, None)


def test_words_that_name_nothing_show_what_is_coming(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    an_event_date()
    replies, asked = to_book(
        desk, session, person_id=a_person(), event_date_id=None, text="je veux réserver une place", now=NOW
    )
    assert (replies, asked) == (desk.coming(session, now=NOW).replies, None)


def test_the_dates_shown_are_remembered_in_their_order(
    session: Session, desk: BookingDesk, an_event_date: ADate
) -> None:
    later = an_event_date(starts_at=STARTS_AT + timedelta(days=9))
    sooner = an_event_date(starts_at=STARTS_AT)
    assert desk.coming(session, now=NOW).listed == (sooner, later)


def test_a_day_alone_names_the_date_of_that_day(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    # given a Thursday and the Saturday of the week after
    thursday = an_event_date(starts_at=STARTS_AT)
    an_event_date(starts_at=STARTS_AT + timedelta(days=9))
    # when « celui de jeudi » is asked for
    _, asked = to_book(
        desk,
        session,
        person_id=a_person(),
        event_date_id=None,
        text="celui de jeudi",
        now=NOW,
        days=(date(2026, 11, 26), date(2026, 11, 26)),
    )
    assert asked == thursday


def test_a_day_without_date_shows_what_is_coming(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    dates = [an_event_date(starts_at=STARTS_AT + timedelta(days=day)) for day in (0, 1)]
    shown = desk.ask_to_book(
        session,
        person_id=a_person(),
        event_date_id=None,
        text="",
        now=NOW,
        days=(date(2026, 12, 24), date(2026, 12, 24)),
    )
    assert (shown.listed, shown.asked) == (tuple(dates), None)


# -- booking


def test_a_booking_is_confirmed_with_day_hour_and_place(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    first, hint = desk.book(session, person_id=a_person(), event_date_id=an_event_date(), now=NOW)
    assert first.text == f"C'est réservé ✅ Atelier CV, {WHEN}, {PLACE}."
    assert hint.buttons == (MINE_BUTTON, CALENDAR_BUTTON)


def test_a_booking_without_place_tells_the_rank(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    date_id = an_event_date(seats=1)
    booked(a_person(), date_id)
    (reply,) = desk.book(session, person_id=a_person(), event_date_id=date_id, now=NOW)
    assert reply.text == (
        f"C'est complet : tu es 1er sur la liste d'attente pour Atelier CV, {WHEN}. "
        "Je t'écris ici si une place se libère."
    )


def test_saying_yes_twice_confirms_the_same_booking(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate
) -> None:
    person_id, date_id = a_person(), an_event_date(seats=1)
    once, twice = (desk.book(session, person_id=person_id, event_date_id=date_id, now=NOW) for _ in range(2))
    assert once == twice


@pytest.mark.parametrize(
    ("exists", "opening"),
    [
        pytest.param(True, "Cette date n'est plus ouverte", id="it closed since the question"),
        pytest.param(False, "Je ne retrouve pas cette date", id="it does not exist"),
    ],
)
def test_a_date_that_cannot_be_booked_leads_to_the_others(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, exists: bool, opening: str
) -> None:
    date_id = an_event_date(starts_at=STARTS_AT) if exists else 999_999
    (reply,) = desk.book(session, person_id=a_person(), event_date_id=date_id, now=CLOSES_AT)
    assert (reply.text.startswith(opening), reply.buttons) == (True, (LIST_BUTTON,))


def test_saying_no_books_nothing_and_leads_to_the_other_dates(desk: BookingDesk) -> None:
    assert desk.drop_booking()[0].buttons == (LIST_BUTTON,)


# -- one's own bookings


def test_one_s_bookings_are_shown_with_a_way_to_cancel_each(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    # given a place, and a rank
    person_id = a_person()
    full = an_event_date(seats=1, starts_at=STARTS_AT + timedelta(days=1), title="Forum")
    booked(a_person(), full)
    place, rank = booked(person_id, an_event_date()), booked(person_id, full)
    # then each has its bubble
    assert desk.mine(session, person_id=person_id, now=NOW) == [
        Reply("Voici tes inscriptions :", (CALENDAR_BUTTON,)),
        Reply(
            f"✅ Atelier CV\n📅 {WHEN}\n📍 {PLACE}",
            (
                Button("Changer de date", f'/move_booking{{"booking": "{place}"}}'),
                Button("Annuler ma place", f'/cancel_booking{{"booking": "{place}"}}'),
            ),
        ),
        Reply(
            "⏳ Forum\n📅 vendredi 27 novembre à 10h\nListe d'attente : tu es 1er.",
            (Button("Annuler ma place", f'/cancel_booking{{"booking": "{rank}"}}'),),
        ),
    ]


def test_without_booking_there_is_none_to_show(session: Session, desk: BookingDesk, a_person: APerson) -> None:
    assert desk.mine(session, person_id=a_person(), now=NOW) == []


# -- cancelling


def test_the_only_booking_is_the_one_to_cancel(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id = a_person()
    booking_id = booked(person_id, an_event_date())
    assert to_cancel(desk, session, person_id=person_id, booking_id=None, now=NOW) == (
        [
            Reply(
                f"J'annule ton inscription à « Atelier CV », {WHEN} ?",
                (Button("Oui, j'annule", f'/affirm{{"booking": "{booking_id}"}}'), Button("Non", "/deny")),
            )
        ],
        booking_id,
    )


def test_with_several_bookings_one_chooses_which_to_cancel(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    # given two bookings
    person_id = a_person()
    held = [booked(person_id, an_event_date()), booked(person_id, an_event_date(starts_at=LATER))]
    # when none is named
    replies, asked = to_cancel(desk, session, person_id=person_id, booking_id=None, now=NOW)
    # then both are shown, and « oui » would cancel none
    assert [button.payload for button in replies[0].buttons] == [f'/cancel_booking{{"booking": "{id}"}}' for id in held]
    assert asked is None


def test_with_several_bookings_the_one_named_is_the_one_to_cancel(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id = a_person()
    booked(person_id, an_event_date(starts_at=LATER))
    booking_id = booked(person_id, an_event_date())
    _, asked = to_cancel(desk, session, person_id=person_id, booking_id=booking_id, now=NOW)
    assert asked == booking_id


def test_without_booking_there_is_nothing_to_cancel(session: Session, desk: BookingDesk, a_person: APerson) -> None:
    assert to_cancel(desk, session, person_id=a_person(), booking_id=None, now=NOW) == ([], None)


def test_another_person_s_booking_is_unknown(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    # given two people, each with a booking
    mine, theirs = a_person(), a_person()
    date_id = an_event_date()
    booked(mine, date_id)
    booking_id = booked(theirs, date_id)
    # when one names the other's
    replies, asked = to_cancel(desk, session, person_id=mine, booking_id=booking_id, now=NOW)
    cancelled = desk.cancel(session, person_id=mine, booking_id=booking_id, now=NOW)
    # then it is not found, asked about or cancelled
    assert (asked, replies, cancelled[0].text.startswith("Je ne retrouve pas")) == (None, cancelled, True)


def test_cancelling_is_confirmed(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    person_id = a_person()
    booking_id = booked(person_id, an_event_date())
    assert desk.cancel(session, person_id=person_id, booking_id=booking_id, now=NOW) == [
        Reply(f"C'est annulé : Atelier CV, {WHEN}. Merci d'avoir prévenu !", (LIST_BUTTON,))
    ]


def test_saying_no_cancels_nothing_and_leads_to_one_s_bookings(desk: BookingDesk) -> None:
    assert desk.drop_cancelling()[0].buttons == (MINE_BUTTON,)


def test_the_person_who_gets_the_place_is_told_in_their_own_conversation(
    session_factory: sessionmaker[Session],
    desk: BookingDesk,
    assistant: Assistant,
    a_person: APerson,
    an_event_date: ADate,
    booked: Book,
) -> None:
    # given one place, one who holds it and two who wait
    date_id = an_event_date(seats=1)
    holder, first, second = a_person(), a_person(), a_person()
    booking_id = booked(holder, date_id)
    booked(first, date_id)
    booked(second, date_id)
    # when the holder cancels
    with session_factory.begin() as session:
        desk.cancel(session, person_id=holder, booking_id=booking_id, now=NOW)
    # then one message is due, to the first one
    with session_factory.begin() as session:
        say_due(session, assistant.sending, now=NOW)
        (news,) = session.scalars(select(Message))
        person_id = session.get_one(Conversation, news.conversation_id).identity.person_id
        assert (person_id, news.author, news.state, news.state_at) == (
            first,
            Author.ASSISTANT,
            MessageState.DUE,
            NOW,
        )
        assert f"Atelier CV, {WHEN}, {PLACE}. Elle est gardée pour toi jusqu'à mardi 24 novembre à 10h" in news.text
        assert [button["title"] for button in news.buttons] == ["Oui, je viens", "Non, je laisse la place"]


def test_leaving_the_waiting_list_tells_nobody(
    session: Session, desk: BookingDesk, a_person: APerson, an_event_date: ADate, booked: Book
) -> None:
    # given one who holds the place and two who wait
    date_id = an_event_date(seats=1)
    booked(a_person(), date_id)
    first = a_person()
    booking_id = booked(first, date_id)
    booked(a_person(), date_id)
    # when the first leaves
    desk.cancel(session, person_id=first, booking_id=booking_id, now=NOW)
    # then nothing is sent
    assert session.scalars(select(Message)).all() == []


# -- the longest that a Mission locale may write


def test_every_bubble_is_short_and_every_button_fits_in_telegram_with_the_longest_texts(
    session: Session, desk: BookingDesk, a_person: APerson
) -> None:
    # given a workshop whose texts are as long as its file may hold, on the day with the longest name
    series_id = save_series(
        session, slug="long", kind=EventKind.ATELIER, title="T" * 50, summary="s" * 220, place="p" * 80
    )
    starts_at = NOW.replace(month=9, day=23, hour=10, minute=30)
    asked_at = starts_at - timedelta(days=10)
    save_date(session, series_id=series_id, starts_at=starts_at, duration=timedelta(hours=1), seats=1)
    people = [a_person() for _ in range(3)]

    # when all that the desk says about it is gathered
    def ask(person_id: int) -> list[Reply]:
        return to_book(desk, session, person_id=person_id, event_date_id=None, text="long", now=asked_at)[0]

    date_id = int(ask(people[0])[-1].buttons[0].payload.split('"')[3])
    said = desk.coming(session, now=asked_at).replies
    for person_id in people:
        said += ask(person_id)
        said += desk.book(session, person_id=person_id, event_date_id=date_id, now=asked_at)
        said += ask(person_id)
        said += desk.mine(session, person_id=person_id, now=asked_at)
        replies, booking_id = to_cancel(desk, session, person_id=person_id, booking_id=None, now=asked_at)
        said += replies
    assert booking_id is not None
    said += desk.cancel(session, person_id=people[-1], booking_id=booking_id, now=asked_at)
    first = int(desk.mine(session, person_id=people[0], now=asked_at)[1].buttons[0].payload.split('"')[3])
    said += desk.cancel(session, person_id=people[0], booking_id=first, now=asked_at)
    said += [Reply(message.text) for message in session.scalars(select(Message))]
    # then no bubble is too long, and no button neither
    assert [reply.text for reply in said if len(reply.text) > MAX_BUBBLE] == []
    buttons = [button for reply in said for button in reply.buttons]
    assert [button for button in buttons if len(button.payload.encode()) > MAX_PAYLOAD_BYTES] == []


@pytest.mark.parametrize("name", ["book_workshop", "cancel_booking", "affirm"])
def test_a_button_holds_the_largest_id_of_the_database(name: str) -> None:
    entity = "booking" if name == "cancel_booking" else "workshop_date"
    assert len(f'/{name}{{"{entity}": "{2**63 - 1}"}}'.encode()) <= MAX_PAYLOAD_BYTES


def test_who_waits_is_told_when_seats_are_added(
    session: Session, desk: BookingDesk, assistant: Assistant, a_person: APerson, an_event_date: ADate
) -> None:
    # given a full date with one who waits
    date_id = an_event_date(seats=1)
    holder, waiting = a_person(), a_person()
    for person_id in (holder, waiting):
        desk.book(session, person_id=person_id, event_date_id=date_id, now=NOW)
    assert desk.fill(session, now=NOW) == 0
    # when a seat is added
    session.get_one(EventDate, date_id).seats = 2
    session.flush()
    # then they have it and are told, once
    assert desk.fill(session, now=NOW) == 1
    assert desk.fill(session, now=NOW) == 0
    say_due(session, assistant.sending, now=NOW)
    news = session.scalars(select(Message).where(Message.author == Author.ASSISTANT)).one()
    assert news.text.startswith("Une place s'est libérée")

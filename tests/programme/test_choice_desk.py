"""The desk of what one wants to hear of: what is said and offered, and the words that a yes is kept with."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, choices, consents
from programme.assistant import Assistant
from programme.choice_desk import SPANS, ChoiceDesk
from programme.dialogue_state import Question, Shown
from programme.models import EmployerStatus, Person, Territory, TerritoryCommune, Topic
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES, Button
from tests.conftest import NOW


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def desk(assistant: Assistant) -> ChoiceDesk:
    return assistant.choice


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


def buttons(shown: Shown) -> list[Button]:
    return [button for reply in shown.replies for button in reply.buttons]


def titles(shown: Shown) -> list[str]:
    return [button.title for button in buttons(shown)]


def text(shown: Shown) -> str:
    return "\n".join(reply.text for reply in shown.replies)


def paused(desk: ChoiceDesk, session: Session, person_id: int, said: str, *, now: datetime = NOW) -> Shown:
    shown = desk.pause(session, person_id=person_id, text=said, now=now)
    assert shown is not None
    return shown


# -- the words of a yes or a no


@pytest.mark.parametrize(
    ("key", "version", "sha256"),
    [
        ("choice_ask_nudges", choices.NUDGES_VERSION, "nudges-1 1b7bda9661953c89"),
        ("choice_nudges_off", choices.NUDGES_OFF_VERSION, "nudges-off-1 d682f2fbba58fd50"),
        ("choice_stopped", choices.STOP_VERSION, "stop-2 3b30fdef8d1d40bf"),
    ],
)
def test_a_sentence_that_changes_gets_another_version(desk: ChoiceDesk, key: str, version: str, sha256: str) -> None:
    """Red? Then the sentence was changed: give it a new version in programme/choices.py, and write both here."""
    digest = hashlib.sha256(desk.texts.say(key).encode()).hexdigest()[:16]
    assert f"{version} {digest}" == sha256


def test_a_yes_is_kept_with_the_very_sentence_shown(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    shown = desk.nudges_question().text
    desk.nudges(session, person_id=person_id, yes=True, now=NOW)
    assert [(said.given, said.text_shown) for said in consents.history(session, person_id)] == [(True, shown)]


# -- stop and resume


def test_stop_is_confirmed_the_same_each_time_with_ways_back(
    session: Session, desk: ChoiceDesk, person_id: int
) -> None:
    shown = desk.stop(session, person_id=person_id, now=NOW)
    assert [(each.title, each.payload) for each in buttons(shown)] == [
        ("Garder les rappels d'ateliers", '/resume_messages{"go": "on.workshops"}'),
        ("Reprendre", "/resume_messages"),
        ("Tout effacer", "/delete_my_data"),
    ]
    assert desk.stop(session, person_id=person_id, now=NOW) == shown
    assert choices.chosen(session, person_id, now=NOW).stopped


def test_the_reminders_of_workshops_are_kept_and_the_rest_stays_off(
    session: Session, desk: ChoiceDesk, person_id: int
) -> None:
    desk.stop(session, person_id=person_id, now=NOW)
    shown = desk.switch(session, person_id=person_id, topic=Topic.WORKSHOPS, on=True, now=NOW)
    assert "seulement pour ça : rappels d'ateliers." in text(shown)
    assert choices.chosen(session, person_id, now=NOW).on == (Topic.WORKSHOPS,)


def test_resuming_says_what_will_come(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    paused(desk, session, person_id, "jusqu'à lundi")
    shown = desk.resume(session, person_id=person_id, asked=False, now=NOW)
    assert "pour : rappels d'ateliers, rappels d'employeurs et nouvelles du contrat." in text(shown)
    assert "reparti" in text(shown)
    # nudges are no part of it, and this is not the moment to ask
    assert shown.question is None
    # again: nothing was off
    assert "Rien n'est coupé" in text(desk.resume(session, person_id=person_id, asked=False, now=NOW))


@pytest.mark.parametrize(
    ("before", "asked_before", "asks"),
    [
        pytest.param(True, True, True, id="stop took the yes back"),
        pytest.param(False, True, False, id="a no was said"),
        pytest.param(None, False, True, id="never asked"),
        pytest.param(None, True, False, id="asked, and left open"),
    ],
)
def test_after_a_stop_nudges_are_asked_for_unless_they_were_refused(
    session: Session, desk: ChoiceDesk, person_id: int, before: bool | None, asked_before: bool, asks: bool
) -> None:
    if before is not None:
        desk.nudges(session, person_id=person_id, yes=before, now=NOW)
    desk.stop(session, person_id=person_id, now=NOW)
    shown = desk.resume(session, person_id=person_id, asked=asked_before, now=NOW)
    assert (shown.question == Question(kind="choice_nudges")) is asks
    assert ("Oui, écris-moi" in titles(shown)) is asks


def test_a_no_after_a_stop_is_not_asked_again(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    desk.nudges(session, person_id=person_id, yes=True, now=NOW)
    desk.stop(session, person_id=person_id, now=NOW)
    desk.resume(session, person_id=person_id, asked=True, now=NOW)
    desk.nudges(session, person_id=person_id, yes=False, now=NOW)
    desk.stop(session, person_id=person_id, now=NOW)
    assert desk.resume(session, person_id=person_id, asked=True, now=NOW).question is None


def test_an_old_yes_button_does_not_undo_a_stop(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    desk.stop(session, person_id=person_id, now=NOW)
    shown = desk.nudges(session, person_id=person_id, yes=True, now=NOW)
    assert titles(shown) == ["Reprendre"]
    assert choices.chosen(session, person_id, now=NOW).nudges is None


# -- a pause


@pytest.mark.parametrize(
    ("said", "now", "until", "named"),
    [
        pytest.param("jusqu'à lundi", "2026-11-23T10:00+01:00", "2026-11-30T09:00+01:00", "lundi 30 novembre",
                     id="a day"),
        pytest.param("jusqu'à demain", "2026-11-23T23:30+01:00", "2026-11-24T09:00+01:00", "mardi 24 novembre",
                     id="late in the evening"),
        pytest.param("jusqu'à demain", "2026-11-24T00:30+01:00", "2026-11-25T09:00+01:00", "mercredi 25 novembre",
                     id="after midnight, UTC is a day behind"),
        pytest.param("cette semaine", "2027-03-22T10:00+01:00", "2027-03-29T09:00+02:00", "lundi 29 mars",
                     id="clocks go forward in between"),
        pytest.param("dix jours", "2027-10-25T10:00+02:00", "2027-11-04T09:00+01:00", "jeudi 4 novembre",
                     id="clocks go back in between"),
        pytest.param("une semaine", "2027-10-24T10:00+02:00", "2027-10-31T09:00+01:00", "dimanche 31 octobre",
                     id="until the day on which clocks go back"),
        pytest.param("un mois", "2027-01-31T10:00+01:00", "2027-02-28T09:00+01:00", "dimanche 28 février",
                     id="a short month"),
        pytest.param("six mois", "2026-11-23T06:00+01:00", "2027-05-23T09:00+02:00", "dimanche 23 mai",
                     id="the longest, asked for before nine"),
        pytest.param("un an", "2026-11-23T10:00+01:00", "2027-05-23T09:00+02:00", "dimanche 23 mai",
                     id="longer than the longest"),
        pytest.param("jusqu'à la rentrée", "2027-06-20T10:00+02:00", "2027-09-01T09:00+02:00",
                     "mercredi 1er septembre", id="the new school year"),
    ],
)  # fmt: skip
def test_a_pause_ends_at_nine_in_the_morning(
    session: Session, desk: ChoiceDesk, person_id: int, said: str, now: str, until: str, named: str
) -> None:
    shown = paused(desk, session, person_id, said, now=datetime.fromisoformat(now))
    assert choices.paused_until(session, person_id) == datetime.fromisoformat(until)
    assert f"jusqu'au {named}" in text(shown)
    assert titles(shown) == ["Changer le jour", "Reprendre", "Tout arrêter"]


def test_a_pause_that_is_too_long_is_cut_and_says_so(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    assert "Six mois, c'est mon maximum" in text(paused(desk, session, person_id, "un an"))
    assert "maximum" not in text(paused(desk, session, person_id, "six mois"))


def test_nine_o_clock_is_where_the_person_lives(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    # given somebody in Saint-Denis de La Réunion, where it is already Tuesday
    territory = Territory(slug="nord", name="Nord", region="La Réunion", zone="Indian/Reunion")
    session.add(territory)
    session.flush()
    session.add(TerritoryCommune(territory_id=territory.id, commune="97411"))
    session.get_one(Person, person_id).commune = "97411"
    session.flush()
    shown = paused(desk, session, person_id, "jusqu'à demain", now=datetime.fromisoformat("2026-11-23T21:00+00:00"))
    assert "mercredi 25 novembre" in text(shown)
    assert choices.paused_until(session, person_id) == datetime.fromisoformat("2026-11-25T09:00+04:00")


@pytest.mark.parametrize(
    ("span", "until"),
    [
        ("d3", "2026-11-26T09:00+01:00"),
        ("w1", "2026-11-30T09:00+01:00"),
        ("w2", "2026-12-07T09:00+01:00"),
        ("m1", "2026-12-23T09:00+01:00"),
    ],
)
def test_a_length_is_pressed(session: Session, desk: ChoiceDesk, person_id: int, span: str, until: str) -> None:
    asked = desk.ask_pause(session, person_id=person_id, now=NOW)
    assert asked.question == Question(kind="choice_pause")
    assert [button.payload for button in buttons(asked)][: len(SPANS)] == [
        f'/pause_messages{{"go": "for.{each}"}}' for each in SPANS
    ]
    desk.pause_for(session, person_id=person_id, span=span, now=NOW)
    assert choices.paused_until(session, person_id) == datetime.fromisoformat(until)


def test_in_a_pause_the_day_is_told_when_another_is_asked_for(
    session: Session, desk: ChoiceDesk, person_id: int
) -> None:
    paused(desk, session, person_id, "jusqu'à lundi")
    assert "lundi 30 novembre" in text(desk.ask_pause(session, person_id=person_id, now=NOW))


def test_without_a_day_nothing_is_paused(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    assert desk.pause(session, person_id=person_id, text="laisse-moi tranquille", now=NOW) is None
    assert choices.paused_until(session, person_id) is None


def test_after_a_stop_a_pause_promises_no_return(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    desk.stop(session, person_id=person_id, now=NOW)
    for shown in (
        paused(desk, session, person_id, "jusqu'à lundi"),
        desk.ask_pause(session, person_id=person_id, now=NOW),
    ):
        assert "Tout est déjà arrêté" in text(shown)
        assert shown.question is None
    assert choices.chosen(session, person_id, now=NOW).stopped


def test_places_inside_a_pause_are_not_forgotten(
    session_factory: sessionmaker[Session],
    desk: ChoiceDesk,
    person_id: int,
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
) -> None:
    # given seats on Thursday, on the Monday that ends the pause, and on Tuesday; and a rank in a waiting list
    held = [
        an_event_date(title="Atelier CV", starts_at=NOW + timedelta(days=3)),
        an_event_date(title="Forum des métiers", starts_at=NOW + timedelta(days=7, hours=3)),
        an_event_date(title="Visite du CFA", starts_at=NOW + timedelta(days=8)),
    ]
    full = an_event_date(title="Atelier complet", starts_at=NOW + timedelta(days=4), seats=1)
    with session_factory.begin() as session:
        bookings.request_place(session, person_id=a_person(), event_date_id=full, now=NOW)
        for date_id in (*held, full):
            bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=NOW)
        shown = paused(desk, session, person_id, "jusqu'à lundi")
    (reply,) = shown.replies
    assert reply.text.splitlines()[1:] == ["• Atelier CV, jeudi 26 novembre", "• Forum des métiers, lundi 30 novembre"]


def test_however_many_places_one_bubble_holds_what_fits(
    session_factory: sessionmaker[Session], desk: ChoiceDesk, person_id: int, an_event_date: Callable[..., int]
) -> None:
    for day in range(1, 7):
        date_id = an_event_date(title=f"Atelier {day} " + "très long " * 9, starts_at=NOW + timedelta(days=day))
        with session_factory.begin() as session:
            bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=NOW)
    with session_factory.begin() as session:
        (reply,) = paused(desk, session, person_id, "un an").replies
    assert len(reply.text) <= MAX_BUBBLE
    *_, last_place, others = reply.text.splitlines()
    assert last_place.startswith("• Atelier")
    listed = reply.text.count("\n• ")
    assert others.startswith(f"et {6 - listed} autres")


# -- topic by topic


def test_each_topic_is_listed_with_the_button_that_changes_it(
    session: Session, desk: ChoiceDesk, person_id: int
) -> None:
    desk.nudges(session, person_id=person_id, yes=True, now=NOW)
    shown = desk.switch(session, person_id=person_id, topic=Topic.CHECK_INS, on=False, now=NOW)
    assert [line.rpartition(" ")[2] for line in text(shown).splitlines()[1:]] == ["oui", "oui", "non", "oui"]
    assert [(each.title, each.payload) for each in buttons(shown)] == [
        ("Couper : rappels d'ateliers", '/resume_messages{"go": "off.workshops"}'),
        ("Couper : rappels d'employeurs", '/resume_messages{"go": "off.call_backs"}'),
        ("Recevoir : nouvelles du contrat", '/resume_messages{"go": "on.check_ins"}'),
        ("Couper : coups de pouce", '/resume_messages{"go": "off.nudges"}'),
    ]
    again = desk.switch(session, person_id=person_id, topic=Topic.CHECK_INS, on=True, now=NOW)
    assert text(again).count(": oui") == 4


def test_nudges_are_switched_on_by_a_yes_alone(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    shown = desk.switch(session, person_id=person_id, topic=Topic.NUDGES, on=True, now=NOW)
    assert shown.replies == [desk.nudges_question()]
    assert Topic.NUDGES not in choices.chosen(session, person_id, now=NOW).on
    desk.nudges(session, person_id=person_id, yes=True, now=NOW)
    assert Topic.NUDGES in choices.chosen(session, person_id, now=NOW).on
    # and off by one tap
    off = desk.switch(session, person_id=person_id, topic=Topic.NUDGES, on=False, now=NOW)
    assert "plus de coups de pouce" in text(off)
    assert Topic.NUDGES not in choices.chosen(session, person_id, now=NOW).on


def test_the_list_tells_a_pause_and_a_stop(session: Session, desk: ChoiceDesk, person_id: int) -> None:
    paused(desk, session, person_id, "jusqu'à lundi")
    assert "jusqu'au lundi 30 novembre" in text(desk.topics(session, person_id=person_id, now=NOW))
    desk.stop(session, person_id=person_id, now=NOW)
    shown = desk.topics(session, person_id=person_id, now=NOW)
    assert "Tout est arrêté" in text(shown)
    assert all(title.startswith("Recevoir") for title in titles(shown))


# -- when nudges are asked for


def stop(desk: ChoiceDesk, session: Session, person_id: int) -> None:
    desk.stop(session, person_id=person_id, now=NOW)


def pause(desk: ChoiceDesk, session: Session, person_id: int) -> None:
    paused(desk, session, person_id, "jusqu'à lundi")


def refuse(desk: ChoiceDesk, session: Session, person_id: int) -> None:
    desk.nudges(session, person_id=person_id, yes=False, now=NOW)


def agree(desk: ChoiceDesk, session: Session, person_id: int) -> None:
    desk.nudges(session, person_id=person_id, yes=True, now=NOW)


def sign(_desk: ChoiceDesk, session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).employer_status = EmployerStatus.SIGNED


@pytest.mark.parametrize(
    ("before", "asks"),
    [
        pytest.param(None, True, id="nothing said"),
        pytest.param(stop, False, id="stopped"),
        pytest.param(pause, False, id="paused"),
        pytest.param(refuse, False, id="refused"),
        pytest.param(agree, False, id="agreed"),
        pytest.param(sign, False, id="a contract is signed: there is no search"),
    ],
)
def test_nudges_are_asked_for_when_they_may_serve_and_no_word_was_said(
    session: Session,
    desk: ChoiceDesk,
    person_id: int,
    before: Callable[[ChoiceDesk, Session, int], None] | None,
    asks: bool,
) -> None:
    if before is not None:
        before(desk, session, person_id)
    assert desk.may_ask_nudges(session, person_id=person_id, now=NOW) is asks


def test_only_a_seat_taken_just_now_is_the_moment(
    session_factory: sessionmaker[Session],
    desk: ChoiceDesk,
    person_id: int,
    a_person: Callable[..., int],
    an_event_date: Callable[..., int],
) -> None:
    full, free = an_event_date(seats=1), an_event_date(starts_at=NOW + timedelta(days=5))
    with session_factory.begin() as session:
        bookings.request_place(session, person_id=a_person(), event_date_id=full, now=NOW)
    taken: list[bool] = []
    for date_id, now in ((full, NOW), (free, NOW), (free, NOW + timedelta(minutes=1))):
        with session_factory.begin() as session:
            bookings.request_place(session, person_id=person_id, event_date_id=date_id, now=now)
            taken.append(desk.seat_taken(session, person_id=person_id, now=now))
    assert taken == [False, True, False]


# -- bubbles and buttons


def test_every_bubble_is_short_and_every_button_fits_in_telegram(
    session: Session, desk: ChoiceDesk, person_id: int
) -> None:
    everything = [
        paused(desk, session, person_id, "un an"),
        desk.topics(session, person_id=person_id, now=NOW),
        desk.ask_pause(session, person_id=person_id, now=NOW),
        desk.ask_pause(session, person_id=person_id, now=NOW, odd=True),
        desk.drop_pause(),
        desk.resume(session, person_id=person_id, asked=False, now=NOW),
        desk.nudges(session, person_id=person_id, yes=True, now=NOW),
        desk.stop(session, person_id=person_id, now=NOW),
        desk.topics(session, person_id=person_id, now=NOW),
        desk.resume(session, person_id=person_id, asked=False, now=NOW),
    ]
    replies = [reply for shown in everything for reply in shown.replies]
    assert [reply.text for reply in replies if len(reply.text) > MAX_BUBBLE or not reply.buttons] == []
    payloads = [button.payload for shown in everything for button in buttons(shown)]
    assert max(len(payload.encode()) for payload in payloads) <= MAX_PAYLOAD_BYTES

"""« stop », a pause and a choice of messages through the chat API and on Telegram."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from programme import choices, french
from programme.conversations import person_of
from programme.events import save_date, save_series
from programme.models import Consent, EventKind, Topic
from tests.conftest import PARIS
from tests.stack import Chat, Stack, said
from tests.telegram.bot_api_server import BotApiServer

SLUG = "test-choices"
ASKED = "une chose utile à faire ?"


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


@pytest.fixture
def a_date(stack: Stack) -> Iterator[int]:
    """A date in three days, with seats for all; its id."""
    starts_at = (stack.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    with Session(stack.engine) as session, session.begin():
        series_id = save_series(
            session,
            slug=SLUG,
            kind=EventKind.IMMERSION,
            title="Immersion au fournil",
            summary="Une journée.",
            place="Ici",
        )
        save_date(session, series_id=series_id, starts_at=starts_at, duration=timedelta(hours=1), seats=100)
        date_id: int = session.execute(
            text("SELECT id FROM event_dates WHERE series_id = :series"), {"series": series_id}
        ).scalar_one()
    yield date_id
    with stack.engine.begin() as connection:
        connection.execute(text("DELETE FROM event_series WHERE slug = :slug"), {"slug": SLUG})


def chosen(stack: Stack, chat: Chat) -> choices.Chosen:
    with Session(stack.engine) as session:
        return choices.chosen(session, person_of(session, chat.conversation_id), now=stack.now())  # type: ignore[arg-type]


def words_on_nudges(stack: Stack, chat: Chat) -> list[Any]:
    with Session(stack.engine) as session:
        person_id = person_of(session, chat.conversation_id)  # type: ignore[arg-type]
        return list(
            session.execute(
                select(Consent.given, Consent.text_shown).where(Consent.person_id == person_id).order_by(Consent.id)
            )
        )


def today(stack: Stack) -> date:
    return stack.now().astimezone(PARIS).date()


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=PARIS)


def next_weekday(stack: Stack, weekday: int) -> date:
    day = today(stack) + timedelta(days=1)
    while day.weekday() != weekday:
        day += timedelta(days=1)
    return day


# -- stop


@pytest.mark.parametrize("words", ["stop", "STOP", "arrête de m'écrire", "ne m'écris plus jamais"])
def test_stop_ends_everything_at_once(stack: Stack, chat: Chat, words: str) -> None:
    stopped = chat.say(words)
    assert "je ne t'écris plus en premier" in said(stopped)
    assert len(stopped) == 1
    assert chosen(stack, chat).on == ()
    # again, the same; and whoever writes is answered
    assert said(chat.say(words)) == said(stopped)
    assert "OPCO" in said(chat.say("c'est quoi un opco ?"))


def test_stop_is_heard_while_a_question_is_open(stack: Stack, chat: Chat) -> None:
    chat.say("laisse-moi tranquille un moment")
    chat.say("stop, ne m'envoie plus rien")
    assert chosen(stack, chat).stopped


def test_after_a_stop_the_reminders_of_workshops_are_kept(stack: Stack, chat: Chat) -> None:
    kept = chat.press_titled(chat.say("stop"), "Garder les rappels d'ateliers")
    assert "seulement pour ça" in said(kept)
    assert chosen(stack, chat).on == (Topic.WORKSHOPS,)


@pytest.mark.parametrize("how", ["Reprendre", "tu peux m'écrire à nouveau"])
def test_after_a_stop_one_may_resume(stack: Stack, chat: Chat, how: str) -> None:
    stopped = chat.say("stop")
    resumed = chat.press_titled(stopped, how) if how == "Reprendre" else chat.say(how)
    assert "C'est reparti" in said(resumed)
    assert set(chosen(stack, chat).on) == choices.ASKED_FOR
    # nudges are not part of it: they are asked for
    assert ASKED in said(resumed)


# -- a pause


def test_a_pause_until_a_day_is_confirmed_with_that_day(stack: Stack, chat: Chat) -> None:
    monday = next_weekday(stack, 0)
    paused = chat.say("laisse-moi tranquille jusqu'à lundi")
    assert f"Je me tais jusqu'au {french.weekday_and_day(monday)}" in said(paused)
    assert chosen(stack, chat).paused_until == morning(monday)
    # and it may be longer, or over
    changed = chat.press_titled(chat.press_titled(paused, "Changer le jour"), "2 semaines")
    assert french.weekday_and_day(today(stack) + timedelta(days=14)) in said(changed)
    chat.press_titled(changed, "Reprendre")
    assert chosen(stack, chat).paused_until is None


@pytest.mark.parametrize(
    ("words", "days"),
    [("tu peux te taire dix jours ?", 10), ("en sommeil quinze jours", 15), ("jsui en vac laisse moi 2 semaine", 14)],
)
def test_a_pause_of_some_days(stack: Stack, chat: Chat, words: str, days: int) -> None:
    assert "Je me tais" in said(chat.say(words))
    assert chosen(stack, chat).paused_until == morning(today(stack) + timedelta(days=days))


@pytest.mark.parametrize(("answer", "days"), [("3 jours", 3), ("deux semaines", 14), ("une semaine stp", 7)])
def test_without_a_day_it_is_asked_for_and_typed(stack: Stack, chat: Chat, answer: str, days: int) -> None:
    assert "jusqu'à quand" in said(chat.say("mets en pause"))
    assert "Je me tais" in said(chat.say(answer))
    assert chosen(stack, chat).paused_until == morning(today(stack) + timedelta(days=days))


def test_a_weekday_alone_answers_until_when(stack: Stack, chat: Chat) -> None:
    chat.say("mets en pause")
    chat.say("vendredi")
    assert chosen(stack, chat).paused_until == morning(next_weekday(stack, 4))


def test_another_question_is_no_day(stack: Stack, chat: Chat) -> None:
    chat.say("mets en pause")
    assert "Je me tais" not in said(chat.say("y a quoi comme ateliers lundi ?"))
    assert chosen(stack, chat).paused_until is None


def test_what_is_booked_inside_a_pause_is_named(chat: Chat, a_date: int) -> None:
    chat.press(f'/affirm{{"workshop_date": "{a_date}"}}')
    paused = said(chat.say("pas de messages pendant deux semaines"))
    assert "• Immersion au fournil, " in paused
    assert len(paused) <= 300


# -- topic by topic


def test_topics_are_switched_off_and_on(stack: Stack, chat: Chat) -> None:
    listed = chat.press_titled(chat.say("tu peux m'écrire à nouveau"), "Choisir mes messages")
    listed = chat.press_titled(listed, "Couper : rappels d'employeurs")
    assert chosen(stack, chat).off == {Topic.CALL_BACKS}
    chat.press_titled(listed, "Recevoir : rappels d'employeurs")
    assert chosen(stack, chat).off == frozenset()


def test_a_button_made_up_by_hand_does_no_harm(stack: Stack, chat: Chat) -> None:
    for payload in ("on.everything", "off", "for.x9", "yes.yes.yes", "", "on.nudges.x", "🙂"):
        for topic in ("stop_messages", "pause_messages", "resume_messages"):
            assert "souci" not in said(chat.press(f'/{topic}{{"go": "{payload}"}}'))
    assert words_on_nudges(stack, chat) == []


# -- nudges


def book(chat: Chat, date_id: int) -> list[dict[str, object]]:
    return chat.press(f'/affirm{{"workshop_date": "{date_id}"}}')


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        pytest.param(lambda chat, asked: chat.press_titled(asked, "Oui, écris-moi"), True, id="button yes"),
        pytest.param(lambda chat, asked: chat.press_titled(asked, "Non merci"), False, id="button no"),
        pytest.param(lambda chat, asked: chat.say("oui"), True, id="typed yes"),
        pytest.param(lambda chat, asked: chat.say("non merci"), False, id="typed no"),
    ],
)
def test_after_a_booking_nudges_are_asked_for(
    stack: Stack,
    chat: Chat,
    a_date: int,
    answer: Callable[[Chat, list[dict[str, object]]], list[dict[str, object]]],
    given: bool,
) -> None:
    booked = book(chat, a_date)
    # in a bubble of its own, behind all that is said of the booking
    assert ASKED in str(booked[-1]["text"])
    assert "C'est réservé" in said(booked[:-1])
    answer(chat, booked)
    assert words_on_nudges(stack, chat) == [(given, booked[-1]["text"])]
    # and never again
    assert ASKED not in said(chat.say("je trouve pas d'employeur"))


def test_thanks_for_a_seat_are_no_yes(stack: Stack, chat: Chat, a_date: int) -> None:
    book(chat, a_date)
    chat.say("ok merci")
    assert words_on_nudges(stack, chat) == []


@pytest.mark.parametrize("words", ["je trouve pas d'employeur", "personne ne répond à mes candidatures"])
def test_when_a_search_drags_on_nudges_are_asked_for_once(stack: Stack, chat: Chat, words: str) -> None:
    assert ASKED in said(chat.say(words))
    # left open counts as no, and is not asked again, not even after a new start
    assert ASKED not in said(chat.say(words))
    chat.say("recommence")
    assert ASKED not in said(chat.say(words))
    assert words_on_nudges(stack, chat) == []


def test_an_open_question_is_not_talked_over(chat: Chat, a_date: int) -> None:
    # given a date that waits for « oui »
    chat.press(f'/book_workshop{{"workshop_date": "{a_date}"}}')
    between = said(chat.say("je trouve pas d'employeur"))
    assert ASKED not in between
    # then « oui » books it
    assert "C'est réservé" in said(chat.say("oui"))


def test_who_stopped_is_not_asked(chat: Chat, a_date: int) -> None:
    chat.say("stop")
    assert ASKED not in said(book(chat, a_date))


# -- on Telegram


@pytest.mark.usefixtures("stack")
def test_stop_is_a_command_on_telegram(bot_api: BotApiServer) -> None:
    telegram_chat = 73_001
    bot_api.write(telegram_chat, "/stop")
    stopped = bot_api.wait_for(telegram_chat, "je ne t'écris plus en premier")
    bot_api.press(telegram_chat, next(payload for title, payload in stopped.buttons if "Garder" in title))
    bot_api.wait_for(telegram_chat, "seulement pour ça")

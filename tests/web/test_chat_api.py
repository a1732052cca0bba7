"""The chat API, on the running whole."""

import json
import re
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from tests.stack import Chat, Stack, said

PAY_QUESTION = "slt jcherche une alternance en boulangerie, c payé combien a 17 ans ?"


def test_a_question_on_pay_gets_an_amount_and_its_source(stack: Stack) -> None:
    replies = stack.chat().say(PAY_QUESTION)

    assert "504,10\u00a0€" in said(replies)
    assert "vérifié le" in said(replies)
    assert "https://www.legifrance.gouv.fr/" in said(replies)
    assert all(len(str(reply["text"])) <= 300 for reply in replies)
    assert replies[-1]["buttons"]


def test_a_place_is_booked_seen_and_given_back(stack: Stack) -> None:
    chat = stack.chat()
    dates = chat.say("y a quoi comme ateliers")
    question = chat.press_titled(dates, "Club de l'alternance")
    confirmed = chat.press_titled(question, "Oui, je réserve")
    assert "C'est réservé" in said(confirmed)
    assert "Club de l'alternance" in said(chat.press("/my_bookings"))
    assert _statuses(stack, chat) == ["booked"]

    asked = chat.press_titled(chat.press("/my_bookings"), "Annuler")
    assert "C'est annulé" in said(chat.press_titled(asked, "Oui, j'annule"))
    assert _statuses(stack, chat) == ["cancelled"]


def test_oui_in_words_books_the_date_that_was_shown(stack: Stack) -> None:
    chat = stack.chat()
    chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance")
    assert "C'est réservé" in said(chat.say("oui vas-y"))


def test_non_in_words_books_nothing(stack: Stack) -> None:
    chat = stack.chat()
    chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance")
    assert "je ne réserve rien" in said(chat.say("non"))
    assert _statuses(stack, chat) == []


def test_an_age_alone_answers_the_question_that_was_asked(stack: Stack) -> None:
    chat = stack.chat()
    assert "quel âge" in said(chat.press("/pay_simulation"))
    assert "1\u202f138,88" in said(chat.say("22"))


def test_pay_goes_on_with_the_age_that_was_given(stack: Stack) -> None:
    chat = stack.chat()
    chat.say("c'est payé combien à 17 ans")
    assert "en 2e année de contrat" in said(chat.say("et en 2e année ?"))
    assert "728,14" in said(chat.history())
    assert "802,82" in said(chat.say("et à 18 ans ?"))


def test_two_questions_in_between_end_the_open_one(stack: Stack) -> None:
    # given a place, and a cancelling that was asked for but not confirmed
    chat = stack.chat()
    chat.press_titled(chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance"), "Oui")
    assert "J'annule ton inscription" in said(chat.press("/cancel_booking"))
    # when something else is asked the question comes again, a second time it does not, and « oui » comes after that
    assert "J'annule ton inscription" in said(chat.press("/workshop_info"))
    assert "J'annule ton inscription" not in said(chat.press("/mentor"))
    chat.say("oui")
    # then the place is still there
    assert _statuses(stack, chat) == ["booked"]


def test_ok_said_of_the_date_just_shown_books_it(stack: Stack) -> None:
    chat = stack.chat()
    chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance")
    assert "C'est réservé" in said(chat.say("ok réserve"))


def test_starting_again_keeps_the_bookings_and_says_so(stack: Stack) -> None:
    chat = stack.chat()
    chat.press_titled(chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance"), "Oui")
    replies = chat.say("on recommence à zéro")
    assert "Tes inscriptions aux ateliers ne changent pas" in said(replies)
    assert "On repart de zéro" in said(replies)
    assert _statuses(stack, chat) == ["booked"]
    assert said(chat.say("salut"))


def test_thirty_people_who_want_the_last_place_get_it_once(stack: Stack) -> None:
    # given a date with one place, and thirty people who look at it
    date_id = _date_with_one_place(stack)
    chats = [stack.chat() for _ in range(30)]
    start = threading.Barrier(len(chats))

    def ask(chat: Chat) -> str:
        start.wait()
        return said(chat.press(f'/affirm{{"workshop_date": "{date_id}"}}'))

    # when they press « oui » together
    with ThreadPoolExecutor(len(chats)) as pool:
        answers = list(pool.map(ask, chats))

    # then one has it, and the others have the ranks from 1 to 29
    assert sum("C'est réservé" in answer for answer in answers) == 1
    ranks = [int(found[1]) for answer in answers if (found := re.search(r"tu es (\d+)er? sur la liste", answer))]
    assert sorted(ranks) == list(range(1, 30))
    with stack.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT status FROM bookings WHERE event_date_id = :id"), {"id": date_id}
        ).scalars()
        assert Counter(rows) == {"booked": 1, "waiting": 29}


def test_who_waits_is_told_when_a_place_is_given_back(stack: Stack) -> None:
    # given one who has the last place and one who waits, listening
    date_id = _date_with_one_place(stack)
    lucky, waiting = stack.chat(), stack.chat()
    lucky.press(f'/affirm{{"workshop_date": "{date_id}"}}')
    assert "liste d'attente" in said(waiting.press(f'/affirm{{"workshop_date": "{date_id}"}}'))
    with waiting.stream() as stream:
        # when the place is given back
        asked = lucky.press_titled(lucky.press("/my_bookings"), "Annuler")
        lucky.press_titled(asked, "Oui, j'annule")
        # then the other one hears of it at once
        news = _next_message(stream)
    assert "Une place s'est libérée" in news["text"]
    assert "Une place s'est libérée" in said(waiting.history())


def test_the_same_id_again_gives_the_same_replies_once(stack: Stack) -> None:
    chat = stack.chat()
    once = chat.say("c'est quoi le cej", message_id="same")
    assert chat.say("c'est quoi le cej", message_id="same") == once
    assert [message["id"] for message in chat.history()].count("same") == 1


def test_the_same_id_sent_ten_times_at_once_is_answered_once(stack: Stack) -> None:
    chat = stack.chat()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: chat.say("c'est quoi le cej", message_id="burst"), range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert len(chat.history()) == 1 + len(answers[0])


def test_messages_sent_together_are_answered_in_order(stack: Stack) -> None:
    chat = stack.chat()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: chat.say(f"j'ai {number} ans", message_id=f"m{number}"), (16, 18, 21, 26)))
    history = chat.history()
    people = [message["id"] for message in history if message["author"] == "person"]
    with stack.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT asked.public_id FROM messages answer JOIN messages asked ON asked.id = answer.in_reply_to "
                "WHERE answer.conversation_id = :id ORDER BY answer.id"
            ),
            {"id": chat.conversation_id},
        ).scalars()
        answered = list(dict.fromkeys(rows))
    assert answered == people


def test_history_gives_what_comes_after_a_message_of_either_side(stack: Stack) -> None:
    chat = stack.chat()
    first = chat.say("bonjour", message_id="mine-1")
    chat.say("merci", message_id="mine-2")
    history = chat.history()
    assert [message["id"] for message in history][:1] == ["mine-1"]
    assert chat.history(after="mine-1") == history[1:]
    assert chat.history(after=str(first[-1]["id"])) == history[1 + len(first) :]
    assert chat.get("/messages", after="never-seen").status_code == 404


def test_the_stream_starts_after_the_message_that_the_client_knows(stack: Stack) -> None:
    chat = stack.chat()
    replies = chat.say("bonjour", message_id="known")
    with chat.stream(after="known") as stream:
        assert _next_message(stream)["id"] == replies[0]["id"]


def test_each_message_is_kept_with_what_was_understood(stack: Stack) -> None:
    chat = stack.chat()
    chat.say(PAY_QUESTION, message_id="kept")
    with stack.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT author, text, state, intent, confidence FROM messages WHERE conversation_id = :id ORDER BY id"
            ),
            {"id": chat.conversation_id},
        ).all()
    assert rows[0][:4] == ("person", PAY_QUESTION, "answered", "pay_simulation")
    assert 0.2 < rows[0].confidence <= 1
    assert {row.author for row in rows[1:]} == {"assistant"}
    assert {row.state for row in rows[1:]} == {"delivered"}


@pytest.mark.parametrize(
    "text_sent",
    [
        pytest.param("", id="empty"),
        pytest.param("   \n\t ", id="blank"),
        pytest.param("/", id="a slash"),
        pytest.param("/restart{}", id="a command of the dialogue server"),
        pytest.param("a" * 5000, id="5,000 characters"),
        pytest.param("bonjour " * 600, id="a very long message"),
        pytest.param("😀😀😀", id="emoji only"),
        pytest.param("<script>alert(1)</script><b>salut</b>", id="HTML"),
        pytest.param("'; DROP TABLE messages; --", id="SQL"),
        pytest.param("\x00\x07 salut \u202e", id="control characters"),
        pytest.param("I am looking for an apprenticeship in London", id="English"),
        pytest.param("أبحث عن تدريب", id="Arabic"),
        pytest.param("jjjjjjjjjjjjjjj", id="one letter"),
        pytest.param("{0} {age} %s ${HOME}", id="placeholders"),
    ],
)
def test_whatever_is_written_gets_a_sentence_and_is_kept(stack: Stack, text_sent: str) -> None:
    chat = stack.chat()
    replies = chat.say(text_sent, message_id="odd")
    assert replies
    assert all(reply["text"] and len(str(reply["text"])) <= 300 for reply in replies)
    assert chat.history()[0]["id"] == "odd"
    assert chat.say("bonjour")


def test_half_a_surrogate_pair_is_no_error(stack: Stack) -> None:
    chat = stack.chat()
    answer = httpx.post(
        f"{stack.url}/api/chat/messages",
        content=b'{"id": "half", "text": "salut \\ud83d"}',
        headers={"Authorization": f"Bearer {chat.token}", "Content-Type": "application/json"},
        timeout=30,
    )
    assert answer.status_code == 200
    assert answer.json()["messages"]


@pytest.mark.parametrize(
    "payload",
    [
        "/no_such_intent",
        "/affirm{",
        '/affirm{"workshop_date": 3}',
        '/greet{"admin": "1"}',
        "salut",
        "/",
        "/greet\n/help",
    ],
)
def test_a_button_that_leads_nowhere_gets_a_sentence(stack: Stack, payload: str) -> None:
    assert "Ce bouton ne marche plus" in said(stack.chat().press(payload))


@pytest.mark.parametrize("date_id", ["999999", "99999999999999999999999", "-1", "abc"])
def test_a_date_that_does_not_exist_is_not_booked(stack: Stack, date_id: str) -> None:
    chat = stack.chat()
    assert chat.press(f'/book_workshop{{"workshop_date": "{date_id}"}}')
    chat.press(f'/affirm{{"workshop_date": "{date_id}"}}')
    assert _statuses(stack, chat) == []


def test_a_date_that_is_closed_by_now_is_not_booked(stack: Stack) -> None:
    date_id = _date_with_one_place(stack, starts_at=stack.now() - timedelta(days=1))
    chat = stack.chat()
    assert "n'est plus ouverte" in said(chat.press(f'/affirm{{"workshop_date": "{date_id}"}}'))
    assert _statuses(stack, chat) == []


def test_one_person_cannot_cancel_the_place_of_another(stack: Stack) -> None:
    date_id = _date_with_one_place(stack)
    owner, other = stack.chat(), stack.chat()
    owner.press(f'/affirm{{"workshop_date": "{date_id}"}}')
    with stack.engine.connect() as connection:
        booking_id = connection.scalar(text("SELECT id FROM bookings WHERE event_date_id = :id"), {"id": date_id})
    other.press(f'/affirm{{"booking": "{booking_id}"}}')
    assert _statuses(stack, owner) == ["booked"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "1"}, 422),
        ({"id": "1", "text": "a", "payload": "/greet"}, 422),
        ({"text": "a"}, 422),
        ({"id": "", "text": "a"}, 422),
        ({"id": "x" * 65, "text": "a"}, 422),
        ({"id": "1", "text": 5}, 422),
        ([], 422),
        ({"id": "1", "text": "a" * 300_000}, 413),
    ],
)
def test_a_request_that_is_wrong_is_told_why(stack: Stack, body: object, status: int) -> None:
    answer = stack.chat().post(body)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert "aaaa" not in answer.text


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic x"}])
def test_a_token_that_opens_nothing_is_refused(stack: Stack, headers: dict[str, str]) -> None:
    for method, path in (("POST", "messages"), ("GET", "messages"), ("GET", "stream")):
        answer = httpx.request(method, f"{stack.url}/api/chat/{path}", headers=headers, json={"id": "1", "text": "a"})
        assert answer.status_code == 401
        assert answer.json()["detail"]


def test_one_person_does_not_see_the_conversation_of_another(stack: Stack) -> None:
    one, other = stack.chat(), stack.chat()
    one.say("bonjour", message_id="of-one")
    assert other.history() == []
    assert other.get("/messages", after="of-one").status_code == 404


def test_the_api_is_described_by_openapi(stack: Stack) -> None:
    described = httpx.get(f"{stack.url}/api/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/chat/sessions",
        "/api/chat/messages",
        "/api/chat/stream",
        "/health",
    }


def test_health_names_each_part(stack: Stack) -> None:
    answer = httpx.get(f"{stack.url}/health")
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == {"database", "dialogue", "actions", "worker", "telegram"}


def test_the_page_asks_nothing_of_other_sites(stack: Stack) -> None:
    page = httpx.get(stack.url)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(address.startswith("/") for address in addresses if not address.startswith("#"))


def test_the_logs_hold_nothing_that_a_person_wrote(stack: Stack) -> None:
    chat = stack.chat()
    secret = f"zanzibar-{uuid.uuid4()}"
    chat.say(f"{secret} {PAY_QUESTION}")
    chat.press("/my_bookings")
    logs = stack.output.read_text()
    assert chat.conversation_id in logs
    assert "zanzibar" not in logs
    assert chat.token not in logs
    assert stack.environment["DECLIC_TELEGRAM_TOKEN"] not in logs


def _statuses(stack: Stack, chat: Chat) -> list[str]:
    with stack.engine.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT b.status FROM bookings b JOIN channel_identities i ON i.person_id = b.person_id "
                    "JOIN conversations c ON c.identity_id = i.id WHERE c.id = :id ORDER BY b.id"
                ),
                {"id": chat.conversation_id},
            ).scalars()
        )


def _date_with_one_place(stack: Stack, starts_at: datetime | None = None) -> int:
    starts_at = starts_at or stack.now() + timedelta(days=200, seconds=time.monotonic_ns() % 10**6)
    with stack.engine.begin() as connection:
        series_id = connection.scalar(
            text(
                "INSERT INTO event_series (slug, kind, title, summary, place) VALUES (:slug, 'atelier', "
                "'Dernière place', 'Une seule place.', 'Mission locale') RETURNING id"
            ),
            {"slug": str(uuid.uuid4())},
        )
        date_id = connection.scalar(
            text(
                "INSERT INTO event_dates (series_id, starts_at, ends_at, closes_at, seats) "
                "VALUES (:id, :start, CAST(:start AS timestamptz) + interval '2 hours', :start, 1) RETURNING id"
            ),
            {"id": series_id, "start": starts_at},
        )
    assert isinstance(date_id, int)
    return date_id


def _next_message(stream: httpx.Response) -> dict[str, str]:
    for line in stream.iter_lines():
        if line.startswith("data:"):
            found: dict[str, str] = json.loads(line.removeprefix("data:"))
            return found
    raise AssertionError("the stream ended without a message")

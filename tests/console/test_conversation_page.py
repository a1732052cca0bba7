"""One conversation as the team sees it: what is not known to be theirs to read is not shown, in the page nor live."""

import json
import queue
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from programme import conversations, structures
from programme.clock import clock
from programme.models import ChannelIdentity, ConsoleSession, Conversation, Message, Role
from programme.permissions import Member
from programme.replies import Reply
from tests.console.conftest import Browser

# nothing comes in this time: long beside the milliseconds that a message takes
QUIET_S = 1.0


class Talk:
    """A conversation, from the side of the person and of the assistant."""

    def __init__(self, factory: sessionmaker[Session], person_id: int) -> None:
        self._factory = factory
        with factory() as session:
            self.id = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()
        self.path = f"/console/conversations/{self.id}"

    def writes(self, text: str) -> Message:
        """The person does; the assistant has not read it yet."""
        with self._factory.begin() as session:
            return conversations.store_incoming(
                session, conversation_id=self.id, public_id=str(uuid.uuid4()), text=text, payload=None, now=clock()
            )

    def answers(self, message: Message, text: str, *, private: bool = False) -> None:
        with self._factory.begin() as session:
            conversations.mark_answered(session, message, intent=None, confidence=None, now=clock(), private=private)
            conversations.store_replies(
                session,
                conversation_id=self.id,
                replies=[Reply(text, private=private)],
                now=clock(),
                in_reply_to=message.id,
            )

    def is_down(self, message: Message) -> None:
        """The dialogue server is: the message waits, and the person is told."""
        with self._factory.begin() as session:
            conversations.mark_waiting(session, session.get_one(Message, message.id), now=clock())
            conversations.store_replies(
                session,
                conversation_id=self.id,
                replies=[Reply("Je suis en panne")],
                now=clock(),
                in_reply_to=message.id,
            )

    def is_left_to_staff(self, message: Message) -> None:
        with self._factory.begin() as session:
            conversations.leave_to_staff(session, message, intent=None, confidence=None, now=clock())


@pytest.fixture
def a_talk(session_factory: sessionmaker[Session], a_young_person: Callable[..., int]) -> Callable[..., Talk]:
    def build(counsellor: Member) -> Talk:
        return Talk(session_factory, a_young_person(counsellor=counsellor))

    return build


@contextmanager
def live(browser: Browser, path: str) -> Iterator["queue.Queue[str | None]"]:
    """What a stream says, as it comes; None when it ends."""
    said: queue.Queue[str | None] = queue.Queue()
    with ExitStack() as stack:
        client = stack.enter_context(
            httpx.Client(base_url=browser.client.base_url, cookies=browser.client.cookies, trust_env=False, timeout=30)
        )
        answer = stack.enter_context(client.stream("GET", path))

        def read() -> None:
            try:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        said.put(str(json.loads(line.removeprefix("data:"))))
            except (httpx.HTTPError, OSError):
                pass
            said.put(None)

        threading.Thread(target=read, daemon=True).start()
        yield said


def quiet(said: "queue.Queue[str | None]") -> bool:
    try:
        said.get(timeout=QUIET_S)
    except queue.Empty:
        return True
    return False


# -- what is not known to be private or not


def test_a_message_that_is_being_read_is_not_shown_before_it_is_known_not_to_be_private(
    a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    talk.answers(talk.writes("salut"), "Salut !")
    secret = talk.writes("mon secret")
    assert "mon secret" not in browser.get(talk.path).text
    talk.answers(secret, "C'est noté.", private=True)
    assert "mon secret" not in browser.get(talk.path).text
    talk.answers(talk.writes("et le salaire ?"), "Le Smic.")
    assert "et le salaire ?" in browser.get(talk.path).text


def test_live_as_well(a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    first = talk.writes("salut")
    talk.answers(first, "Salut !")
    with live(browser, f"{talk.path}/flux?apres={first.id + 1}") as said:
        secret = talk.writes("mon secret")
        assert quiet(said)
        talk.answers(secret, "C'est noté.", private=True)
        hidden = said.get(timeout=10) or ""
        assert "carnet" in hidden
        assert "mon secret" not in hidden
        open_one = talk.writes("et le salaire ?")
        talk.answers(open_one, "Le Smic.")
        assert "et le salaire ?" in (said.get(timeout=10) or "")


@pytest.mark.parametrize("private", [True, False])
def test_while_the_assistant_is_down_what_is_said_in_a_practice_stays_hidden(
    a_browser: Callable[..., Browser], a_talk: Callable[..., Talk], private: bool
) -> None:
    # given somebody in the middle of a practice, or of an ordinary talk
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    talk.answers(talk.writes("je commence"), "Garage Martin, bonjour !", private=private)
    # when they write twice while the assistant is down
    for text in ("bonjour monsieur", "vous cherchez ?"):
        talk.is_down(talk.writes(text))
    # then both are hidden, or both are shown
    page = browser.get(talk.path).text
    assert [text not in page for text in ("bonjour monsieur", "vous cherchez ?")] == [private, private]
    assert page.count("Je suis en panne") == 2


def test_what_is_left_to_the_counsellor_comes_in_at_once(
    a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    with live(browser, f"{talk.path}/flux") as said:
        message = talk.writes("vous êtes là ?")
        assert quiet(said)
        talk.is_left_to_staff(message)
        assert "vous êtes là ?" in (said.get(timeout=10) or "")


# -- what people type


def test_what_people_type_is_shown_as_they_typed_it_and_runs_nowhere(
    a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    typed = "<img src=x onerror=alert(1)>{{ 7*7 }}</li>"
    shown = "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}&lt;/li&gt;"
    message = talk.writes(typed)
    talk.answers(message, typed)
    for path in (talk.path, "/console/conversations"):
        page = browser.get(path).text
        assert typed not in page
        assert shown in page
    with live(browser, f"{talk.path}/flux") as said:
        rows = said.get(timeout=10) or ""
    assert typed not in rows
    assert rows.count(shown) == 2


# -- streams


def test_a_stream_of_somebody_out_of_reach_does_not_open(
    a_browser: Callable[..., Browser], a_member: Callable[..., Member], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    others = a_talk(a_member())
    assert browser.get(f"{others.path}/flux").status_code == 404


def test_a_stream_ends_with_the_session_in_which_it_was_opened(
    session_factory: sessionmaker[Session], a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    with live(browser, f"{talk.path}/flux") as of_one, live(browser, "/console/conversations/flux") as of_all:
        with session_factory.begin() as session:
            session.execute(update(ConsoleSession).values(revoked_at=clock()))
        talk.answers(talk.writes("après"), "Oui ?")
        assert of_one.get(timeout=10) is None
        assert of_all.get(timeout=10) is None


def test_a_stream_ends_when_somebody_is_given_to_another_team(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_member: Callable[..., Member],
    a_young_person: Callable[..., int],
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    talk = Talk(session_factory, person_id)
    with live(browser, f"{talk.path}/flux") as said:
        with session_factory.begin() as session:
            structures.assign(session, person_id, counsellor_id=a_member().staff_id)
        talk.answers(talk.writes("après"), "Oui ?")
        assert said.get(timeout=10) is None


def test_streams_leave_the_database_to_the_pages(
    a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    # given more streams than there are connections
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    talk.answers(talk.writes("salut"), "Salut !")
    with ExitStack() as stack:
        for number in range(30):
            path = f"{talk.path}/flux" if number % 2 else "/console/conversations/flux"
            stack.enter_context(live(browser, path))
        # then a page still opens
        assert browser.get("/console/conversations").status_code == 200


def test_the_list_has_news_of_what_people_write_and_not_of_what_the_assistant_says(
    session_factory: sessionmaker[Session], a_browser: Callable[..., Browser], a_talk: Callable[..., Talk]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    talk = a_talk(browser.who)
    with live(browser, "/console/conversations/flux") as said:
        with session_factory.begin() as session:
            conversations.store_replies(
                session, conversation_id=talk.id, replies=[Reply("Ton atelier est demain.")], now=clock()
            )
        assert quiet(said)
        talk.writes("merci")
        assert said.get(timeout=10) == "{'count': 1}"

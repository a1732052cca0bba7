"""A calendar as a phone subscribes to it, through the public address, on the running whole."""

import re

import httpx
import pytest
from icalendar import Calendar

from tests.stack import Chat, Stack, said


@pytest.fixture
def address(stack: Stack) -> str:
    """Of the calendar of somebody who has just booked, as the chat gives it."""
    chat = stack.chat()
    book(chat)
    return stack.url + link_of(chat)


def book(chat: Chat) -> None:
    question = chat.press_titled(chat.press("/list_workshops"), "Club de l'alternance")
    assert "réserv" in said(chat.press_titled(question, "Oui"))


def link_of(chat: Chat) -> str:
    found = re.search(r"/agenda/[\w-]+\.ics", said(chat.press_titled(chat.press("/my_bookings"), "Dans mon agenda")))
    assert found is not None
    return found[0]


def test_the_address_from_the_chat_is_a_calendar(address: str) -> None:
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    # nobody between us keeps it, no search engine lists it, and it is in no other site's frame
    assert answer.headers["cache-control"].startswith("private")
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    calendar = Calendar.from_ical(answer.content)
    [seat] = calendar.walk("VEVENT")
    assert "Club de l'alternance" in seat["SUMMARY"]
    # some calendars ask for the head first
    head = httpx.head(address, trust_env=False)
    assert (head.status_code, head.content) == (httpx.codes.OK, b"")


def test_one_booking_has_an_address_below_it(address: str) -> None:
    [seat] = Calendar.from_ical(httpx.get(address, trust_env=False).content).walk("VEVENT")
    number = re.fullmatch(r"booking-(\d+)@declic", seat["UID"])
    assert number is not None
    one = httpx.get(address.replace(".ics", f"/{number[1]}.ics"), trust_env=False)
    assert one.headers["content-type"] == "text/calendar; charset=utf-8"
    assert [each["UID"] for each in Calendar.from_ical(one.content).walk("VEVENT")] == [seat["UID"]]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/agenda/inconnu.ics", id="a secret that was never given"),
        pytest.param("/agenda/inconnu/1.ics", id="of one booking"),
        pytest.param("/agenda/%C3%A9%F0%9F%8E%93.ics", id="no secret at all"),
    ],
)
def test_an_address_that_is_unknown_is_answered_in_plain_french(stack: Stack, path: str) -> None:
    answer = httpx.get(stack.url + path, trust_env=False)
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith("Cet agenda n'existe pas ou plus.")


def test_the_booking_of_another_is_as_unknown(stack: Stack, address: str) -> None:
    other = stack.chat()
    book(other)
    theirs = Calendar.from_ical(httpx.get(stack.url + link_of(other), trust_env=False).content).walk("VEVENT")
    number = theirs[0]["UID"].removeprefix("booking-").removesuffix("@declic")
    assert httpx.get(address.replace(".ics", f"/{number}.ics"), trust_env=False).status_code == httpx.codes.NOT_FOUND


def test_a_new_address_ends_the_one_before(stack: Stack) -> None:
    chat = stack.chat()
    book(chat)
    first, second = link_of(chat), link_of(chat)
    codes = [httpx.get(stack.url + each, trust_env=False).status_code for each in (first, second)]
    assert codes == [httpx.codes.NOT_FOUND, httpx.codes.OK]

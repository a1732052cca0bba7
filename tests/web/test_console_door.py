"""The sheet at the door, on a tablet: one tap each, the keyboard as well, and a network that goes away."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from programme import bookings, events, people
from programme.models import BookingStatus, Channel, EventDate, EventKind, Person, Role
from tests.stack import Stack
from tests.web.accessibility import scrolls_sideways, violations
from tests.web.console import TABLET, Desk, a_member, logged_in

NAMES = ("Inès", "Yanis")


@pytest.fixture
def date_id(stack: Stack) -> int:
    """A date that begins in five minutes, with two people in it."""
    now = stack.now()
    with Session(stack.engine) as session, session.begin():
        series_id = events.save_series(
            session, slug="atelier-tablette", kind=EventKind.ATELIER, title="Atelier tablette", summary="On essaie.",
            place="Salle 1",
        )  # fmt: skip
        made = events.save_date(
            session, series_id=series_id, starts_at=now + timedelta(hours=3), duration=timedelta(hours=2), seats=5
        )
        for name in NAMES:
            found = people.conversation_for(session, channel=Channel.WEB, external_id=uuid.uuid4().hex, now=now)
            session.get_one(Person, found.identity.person_id).display_name = name
            bookings.request_place(session, person_id=found.identity.person_id, event_date_id=made, now=now)
        date = session.get_one(EventDate, made)
        date.closes_at = date.starts_at = now + timedelta(minutes=5)
    return made


@pytest.fixture
def desk(stack: Stack, browser: Browser) -> Iterator[Desk]:
    with logged_in(stack, browser, a_member(stack, Role.ANIMATOR), TABLET) as found:
        yield found


def states(stack: Stack, date_id: int) -> dict[str | None, BookingStatus]:
    with Session(stack.engine) as session:
        return {name: booking.status for booking, name in bookings.sheet(session, event_date_id=date_id)}


def test_a_tap_notes_who_came_without_leaving_the_page(stack: Stack, desk: Desk, date_id: int) -> None:
    page = desk.page
    page.goto(f"{stack.url}/console/dates/{date_id}/presence")
    expect(page.locator("#count")).to_have_text("0 sur 2 est là")
    ines = page.get_by_role("group", name="Inès")
    here = ines.get_by_role("button", name="Présence")
    box = here.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    page.evaluate("window.stays = true")

    here.click()
    expect(page.locator("#count")).to_have_text("1 sur 2 est là")
    expect(ines.get_by_role("button", name="Présence")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("window.stays"), "the page was loaded anew"
    assert states(stack, date_id) == {"Inès": BookingStatus.PRESENT, "Yanis": BookingStatus.BOOKED}

    # the focus stays where it was, and the keyboard does the same
    expect(ines.get_by_role("button", name="Présence")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("0 sur 2 est là, 1 absence notée")
    assert states(stack, date_id)["Inès"] is BookingStatus.ABSENT
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_a_tap_that_did_not_arrive_says_so_and_the_next_one_does(stack: Stack, browser: Browser, date_id: int) -> None:
    with logged_in(stack, browser, a_member(stack, Role.ANIMATOR), TABLET) as desk:
        page = desk.page
        page.goto(f"{stack.url}/console/dates/{date_id}/presence")
        yanis = page.get_by_role("group", name="Yanis").get_by_role("button", name="Présence")
        page.context.set_offline(True)
        yanis.click()
        expect(page.locator("#failed")).to_be_visible()
        assert violations(page) == []
        page.context.set_offline(False)
        yanis.click()
        expect(page.locator("#failed")).to_be_hidden()
        expect(yanis).to_have_attribute("aria-pressed", "true")
    assert states(stack, date_id)["Yanis"] is BookingStatus.PRESENT

"""The console of the running stack: people of the staff, and browsers in which they are logged in."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Browser, Page, ViewportSize
from sqlalchemy.orm import Session

from bot.console.doors import COOKIE
from programme import accounts, conversations, permissions, second_factor, structures
from programme.models import OrganisationKind, Person, Role, StaffMember
from programme.permissions import Member
from tests.stack import Chat, Stack
from tests.staff import GOOD, phone_of, with_password

PHONE = ViewportSize(width=360, height=740)
TABLET = ViewportSize(width=768, height=1024)
DESKTOP = ViewportSize(width=1440, height=900)


@dataclass(frozen=True)
class Desk:
    """A member of the staff at their screen."""

    who: Member
    page: Page


def a_member(stack: Stack, role: Role, *, name: str = "Camille Ayari", team_id: int | None = None) -> Member:
    """Somebody new of the staff, of one team for all unless another one is given."""
    with Session(stack.engine) as session, session.begin():
        team = team_id or _team(session)
        staff_id = structures.save_staff(
            session, email=f"{uuid.uuid4().hex[:12]}@ml.example", team_id=team, role=role, name=name
        )
        found = permissions.member(session, staff_id)
    assert found is not None
    return found


def email_of(stack: Stack, who: Member) -> str:
    with Session(stack.engine) as session:
        return session.get_one(StaffMember, who.staff_id).email


def _team(session: Session) -> int:
    organisation = structures.save_organisation(
        session, slug="ml-console", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale des Bords"
    )
    return structures.save_team(session, organisation_id=organisation, name="Équipe du matin")


def in_charge(stack: Stack, chat: Chat, who: Member, *, name: str | None = None) -> int:
    """The person of this chat is now followed by this counsellor; their id."""
    with Session(stack.engine) as session:
        person_id = conversations.person_of(session, uuid.UUID(chat.conversation_id))
    follow(stack, person_id, who, name=name)
    return person_id


def follow(stack: Stack, person_id: int, who: Member, *, name: str | None = None) -> None:
    """This counsellor is in charge of the person, whose first name is then known."""
    with Session(stack.engine) as session, session.begin():
        structures.assign(session, person_id, counsellor_id=who.staff_id)
        if name is not None:
            session.get_one(Person, person_id).display_name = name


@contextmanager
def logged_in(stack: Stack, browser: Browser, who: Member, viewport: ViewportSize = DESKTOP) -> Iterator[Desk]:
    """A browser with a session of theirs; fails when a page logs an error, or asks anything of another site."""
    with Session(stack.engine) as session, session.begin():
        token = accounts.open_session(
            session, who.staff_id, browser="Chromium sur Linux", verified=True, now=stack.now()
        )
    context = browser.new_context(viewport=viewport, locale="fr-FR", timezone_id="Europe/Paris")
    context.add_cookies([{"name": COOKIE, "value": token, "url": stack.url}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    with watched(page, stack.url):
        yield Desk(who, page)
    context.close()


@contextmanager
def logs_in(stack: Stack, browser: Browser, who: Member, viewport: ViewportSize = DESKTOP) -> Iterator[Desk]:
    """As `logged_in`, by hand: address, password, code of the phone."""
    before = stack.now() - timedelta(minutes=10)
    with Session(stack.engine) as session, session.begin():
        with_password(session, who.staff_id, now=before)
        phone = phone_of(session, who.staff_id)
        second_factor.confirm(session, who.staff_id, phone.at(before), now=before)
    context = browser.new_context(viewport=viewport, locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(15_000)
    page = context.new_page()
    with watched(page, stack.url):
        page.goto(f"{stack.url}/console")
        page.get_by_label("Adresse e-mail").fill(email_of(stack, who))
        page.get_by_label("Mot de passe").fill(GOOD)
        page.get_by_role("button", name="Continuer").click()
        page.get_by_label("Code").fill(phone.at(stack.now()))
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(f"{stack.url}/console")
        yield Desk(who, page)
    context.close()


@contextmanager
def watched(page: Page, own: str) -> Iterator[None]:
    errors: list[str] = []
    addresses: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: addresses.append(request.url))
    yield
    # what a browser notes by itself when a test takes the network away
    assert [error for error in errors if "net::ERR_INTERNET_DISCONNECTED" not in error] == []
    assert [address for address in addresses if not address.startswith((own, "data:"))] == []

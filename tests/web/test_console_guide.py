"""The counsellor's guide: what it tells is done in a real browser over the demonstration, and its pictures are taken.

`DECLIC_PICTURES=docs/images` keeps them.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts, conversation_search, demonstration, second_factor
from programme.clock import clock
from programme.models import StaffMember
from tests.conftest import PARIS
from tests.console.conftest import console_url
from tests.staff import GOOD, phone_of, with_password

__all__ = ["console_url"]

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide-conseiller.md"
PICTURES = os.environ.get("DECLIC_PICTURES")
WINDOW = ViewportSize(width=1100, height=760)
KARIM = "karim@demo.exemple.fr"
PICTURE = re.compile(r"!\[([^\]]*)\]\(images/([\w-]+\.png)\)")


@pytest.fixture
def phone(session_factory: sessionmaker[Session]) -> pyotp.TOTP:
    """The demonstration, and the phone of its team lead."""
    before = clock() - timedelta(minutes=10)
    with session_factory.begin() as session:
        demonstration.load(session, zone=PARIS, now=clock())
        staff_id = session.scalars(select(StaffMember.id).where(StaffMember.email == KARIM)).one()
        with_password(session, staff_id, now=before)
        phone = phone_of(session, staff_id)
        second_factor.confirm(session, staff_id, phone.at(before), now=before)
        # as the worker does all the time
        conversation_search.index_missed(session, now=clock())
    return phone


@pytest.fixture
def page(browser: Browser, console_url: str) -> Iterator[Page]:
    context = browser.new_context(viewport=WINDOW, locale="fr-FR", timezone_id="Europe/Paris", base_url=console_url)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def picture(page: Page) -> Callable[[str], None]:
    def take(name: str) -> None:
        assert f"images/{name}.png" in GUIDE.read_text(encoding="utf-8"), f"the guide does not show {name}"
        if PICTURES:
            page.wait_for_load_state("networkidle")
            page.screenshot(path=Path(PICTURES) / f"{name}.png")

    return take


def test_a_day_as_the_guide_tells_it(
    page: Page, phone: pyotp.TOTP, picture: Callable[[str], None], session_factory: sessionmaker[Session]
) -> None:
    # logging in
    page.goto("/console")
    page.get_by_label("Adresse e-mail").fill(KARIM)
    page.get_by_label("Mot de passe").fill(GOOD)
    picture("console-connexion")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code").fill(phone.at(clock()))
    page.get_by_role("button", name="Se connecter").click()

    # the morning: who needs somebody, the most urgent first
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("mot de détresse").or_(page.get_by_text("harcèlement")).first).to_be_visible()
    picture("console-matin")

    # the conversations, and one of them with what was understood
    page.get_by_role("link", name="Conversations", exact=True).click()
    expect(page.get_by_role("heading", name="Conversations", level=1)).to_be_visible()
    picture("console-conversations")
    page.get_by_label("Chercher").fill("patron")
    page.keyboard.press("Enter")
    expect(page.locator("mark", has_text="patron").first).to_be_visible()
    page.locator(".inbox h2 a").first.click()
    expect(page.get_by_text("compris :").first).to_be_visible()
    picture("console-conversation")

    # taking it over, writing, giving it back
    page.get_by_role("button", name="Prendre la conversation").click()
    expect(page.get_by_role("heading", name="À toi de répondre")).to_be_visible()
    page.get_by_label("Ton message").fill("Bonjour, c'est Karim. On regarde ça ensemble demain à 10 h ?")
    page.get_by_role("heading", name="À toi de répondre").scroll_into_view_if_needed()
    picture("console-reponse")
    page.get_by_text("Rendre la conversation à l'assistant").click()
    page.get_by_role("button", name="Rendre la conversation").click()
    expect(page.get_by_text("L'assistant répond à nouveau")).to_be_visible()

    # what was misread
    page.get_by_role("link", name="Relecture", exact=True).click()
    expect(page.get_by_role("heading", name="tampon de la boite")).to_be_visible()
    picture("console-relecture")

    # a young person, with where they stand
    page.get_by_role("link", name="Jeunes", exact=True).click()
    page.get_by_label("Suivi par").select_option("tous")
    page.get_by_role("button", name="Afficher").click()
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", name="Où elle ou il en est")).to_be_visible()
    picture("console-jeune")

    # a date: somebody is asked whether they come
    page.get_by_role("link", name="Rendez-vous", exact=True).click()
    page.locator("tbody th a").first.click()
    page.get_by_label("Chercher").fill("a")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("button", name="Inscrire").first.click()
    expect(page.get_by_role("status")).to_be_visible()
    page.get_by_role("heading", level=1).scroll_into_view_if_needed()
    picture("console-date")

    # a campaign, counted before it starts
    page.get_by_role("link", name="Campagnes", exact=True).click()
    page.get_by_role("link", name="Protocole de septembre").click()
    picture("console-campagne")
    page.get_by_role("button", name="Voir qui la recevrait").click()
    expect(page.get_by_text("Rien n'est envoyé")).to_be_visible()

    # the figures
    page.get_by_role("link", name="Chiffres", exact=True).click()
    image = page.locator("figure img").first
    image.scroll_into_view_if_needed()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    picture("console-chiffres")

    # and every browser can be closed
    page.get_by_role("link", name="Karim Oudot").click()
    expect(page.get_by_text("(celui-ci)")).to_be_visible()
    with session_factory() as session:
        staff_id = session.scalars(select(StaffMember.id).where(StaffMember.email == KARIM)).one()
        assert len(accounts.sessions_of(session, staff_id, now=clock())) == 1


def test_every_picture_of_the_guide_is_there_and_is_described() -> None:
    pictures = PICTURE.findall(GUIDE.read_text(encoding="utf-8"))
    assert len(pictures) >= 7
    assert [name for words, name in pictures if not words or not (ROOT / "docs" / "images" / name).exists()] == []

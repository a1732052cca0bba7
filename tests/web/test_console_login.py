"""Logging in with a real browser and the keyboard alone: the link, the phone, the next morning."""

import os
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy.orm import Session

from programme import accounts
from programme.models import Role
from tests.stack import Stack
from tests.staff import GOOD
from tests.web.accessibility import scrolls_sideways, violations
from tests.web.console import DESKTOP, PHONE, TABLET, a_member, email_of, watched

SCREENS = os.environ.get("DECLIC_SCREENS", "")


def looked_at(page: Page, name: str) -> None:
    """The page has no barrier, fits the screen, and is kept as a picture when asked for."""
    assert violations(page) == []
    assert not scrolls_sideways(page)
    if SCREENS:
        assert page.viewport_size is not None
        page.screenshot(path=Path(SCREENS) / f"login-{name}-{page.viewport_size['width']}.png", full_page=True)


def type_into(page: Page, label: str, text: str) -> None:
    """From field to field with the tabulator, as somebody without a mouse."""
    field = page.get_by_label(label, exact=True)
    for _ in range(40):
        if field.evaluate("field => field === document.activeElement"):
            page.keyboard.type(text)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not lead to {label}")


@pytest.mark.parametrize(
    "viewport",
    [pytest.param(PHONE, id="phone"), pytest.param(TABLET, id="tablet"), pytest.param(DESKTOP, id="desktop")],
)
def test_a_link_then_a_phone_then_the_next_morning_by_keyboard(
    stack: Stack, browser: Browser, viewport: ViewportSize
) -> None:
    # given a colleague who was handed a link
    who = a_member(stack, Role.COUNSELLOR, name="Camille Ayari")
    with Session(stack.engine) as session, session.begin():
        link = accounts.invite(session, who.staff_id, now=stack.now())
    context = browser.new_context(viewport=viewport, locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(15_000)
    page = context.new_page()
    with watched(page, stack.url):
        # when they choose a password
        page.goto(f"{stack.url}/console/bienvenue/{link}")
        looked_at(page, "bienvenue")
        type_into(page, "Mot de passe", GOOD)
        type_into(page, "Le même, une deuxième fois", GOOD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("C'est fait")
        # and log in for the first time
        looked_at(page, "connexion")
        type_into(page, "Adresse e-mail", email_of(stack, who))
        type_into(page, "Mot de passe", GOOD)
        page.keyboard.press("Enter")
        # then the phone is set up from the picture, and the recovery codes are shown
        expect(page.get_by_role("heading", name="Un code sur ton téléphone")).to_be_visible()
        assert page.get_by_role("img", name="Image à photographier").evaluate("image => image.naturalWidth") > 100
        looked_at(page, "installer")
        phone = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
        type_into(page, "Code", phone.at(stack.now()))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Tes codes de secours")).to_be_visible()
        looked_at(page, "codes")
        code = page.locator(".codes code").first.inner_text()
        page.get_by_role("link", name="Je les ai notés").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.get_by_role("button", name="Se déconnecter").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("déconnecté")

        # when they come back to a page of work without the phone
        page.goto(f"{stack.url}/console/absences")
        type_into(page, "Adresse e-mail", email_of(stack, who))
        type_into(page, "Mot de passe", GOOD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Le code de ton téléphone")).to_be_visible()
        looked_at(page, "code")
        type_into(page, "Code", code)
        page.keyboard.press("Enter")
        # then it is that page
        expect(page.get_by_role("heading", name="Absences", exact=True)).to_be_visible()
    context.close()


def test_a_wrong_password_and_a_wrong_code_say_what_to_do(stack: Stack, browser: Browser) -> None:
    who = a_member(stack, Role.COUNSELLOR)
    with Session(stack.engine) as session, session.begin():
        accounts.set_password(session, accounts.invite(session, who.staff_id, now=stack.now()), GOOD, now=stack.now())
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{stack.url}/console/connexion")
    for password in ("une autre phrase", GOOD):
        page.get_by_label("Adresse e-mail", exact=True).fill(email_of(stack, who))
        page.get_by_label("Mot de passe", exact=True).fill(password)
        page.get_by_role("button", name="Continuer").click()
        if password != GOOD:
            expect(page.get_by_role("alert")).to_contain_text("non reconnus")
            looked_at(page, "faux")
    page.get_by_label("Code", exact=True).fill("000 000")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_label("Code", exact=True)).to_have_attribute("aria-invalid", "true")
    looked_at(page, "code-faux")
    page.close()

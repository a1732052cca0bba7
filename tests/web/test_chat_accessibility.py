"""The chat page has no barrier that axe knows: empty, in the middle of a conversation, without network."""

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.stack import Stack
from tests.web.accessibility import scrolls_sideways, violations
from tests.web.console import DESKTOP, PHONE, TABLET, watched


def write(page: Page, words: str, answer: str) -> None:
    page.get_by_label("Ton message").fill(words)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator('li[data-author="assistant"]', has_text=re.compile(answer)).last).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "viewport",
    [pytest.param(PHONE, id="phone"), pytest.param(TABLET, id="tablet"), pytest.param(DESKTOP, id="desktop")],
)
def test_the_chat_is_open_to_everybody(stack: Stack, browser: Browser, viewport: ViewportSize, scheme: str) -> None:
    context = browser.new_context(
        viewport=viewport,
        color_scheme="dark" if scheme == "dark" else "light",
        # colours are judged once a bubble has arrived, not while it fades in
        reduced_motion="reduce",
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )
    page = context.new_page()
    with watched(page, stack.url):
        # before anything is said
        page.goto(stack.url)
        expect(page.get_by_label("Ton message")).to_be_visible()
        assert violations(page) == []
        # with an answer, its source, buttons and a list of workshops
        write(page, "c'est quoi la période d'essai ?", "45 premiers jours")
        write(page, "quels sont les prochains ateliers ?", "prochains rendez-vous")
        expect(page.locator("li[data-author=assistant] button").first).to_be_visible()
        assert violations(page) == []
        assert not scrolls_sideways(page)
    context.close()


def test_without_network_what_is_said_has_no_barrier_either(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce", locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    page.goto(stack.url)
    expect(page.get_by_label("Ton message")).to_be_visible()
    context.set_offline(True)
    page.get_by_label("Ton message").fill("bonjour")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator('li[data-author="person"]')).to_be_visible()
    context.set_offline(False)
    assert violations(page) == []
    context.close()

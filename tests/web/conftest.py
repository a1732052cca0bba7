"""A real browser on the page of the running stack."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.stack import Stack

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
# a browser that talks to nobody but the page
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("DECLIC_TEST_CHROMIUM") or shutil.which("chromium")
    assert path, "no Chromium: run the tests with `make test`, which finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=[pytest.param(PHONE, id="phone"), pytest.param(DESKTOP, id="desktop")])
def context(browser: Browser, request: pytest.FixtureRequest, stack: Stack) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=request.param, locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, stack: Stack) -> Iterator[Page]:
    """The chat, opened; the test fails if the page logs an error or asks anything of another site."""
    page = context.new_page()
    errors: list[str] = []
    addresses: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: addresses.append(request.url))
    page.goto(stack.url)
    yield page
    assert [error for error in errors if "net::ERR_INTERNET_DISCONNECTED" not in error] == []
    assert [address for address in addresses if not address.startswith((stack.url, "data:"))] == []

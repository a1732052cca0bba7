"""A door's code that was scanned, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.web.door_page import door_page
from programme.door_codes import Poster
from tests.stack import Stack
from tests.web.test_browser import ASSISTANT, PERSON, write

A4 = {"width": 794, "height": 1123}


def test_a_code_that_was_scanned_waits_in_the_box_and_is_sent_by_the_person(page: Page, stack: Stack) -> None:
    page.goto(f"{stack.url}/?code=ici-7k4qa")
    expect(page.locator("#message")).to_have_value("ICI-7K4QA")
    # nothing leaves by itself, and the address does not keep it
    page.wait_for_timeout(500)
    expect(page.locator(PERSON)).to_have_count(0)
    assert page.url == f"{stack.url}/"
    # when the person sends it, it is read as a code
    page.locator("#send").click()
    expect(page.locator(ASSISTANT, has_text="Je ne connais pas ce code")).to_be_visible()
    # and it does not come back
    page.reload()
    expect(page.locator(PERSON)).to_have_count(1)
    expect(page.locator("#message")).to_have_value("")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("je%20veux%20tout%20effacer", id="words"),
        pytest.param("ICI-7K4QA%20et%20autre%20chose", id="a code and words"),
        pytest.param("%3Cimg%20src=x%3E", id="a tag"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_link_puts_nothing_but_a_code_into_the_box(page: Page, stack: Stack, given: str) -> None:
    page.goto(f"{stack.url}/?code={given}")
    expect(page.locator("#send")).to_be_enabled()
    expect(page.locator("#message")).to_have_value("")


def test_the_link_to_a_calendar_opens_from_the_chat(page: Page) -> None:
    write(page, "y a quoi comme ateliers")
    page.locator("button.reply", has_text="Club de l'alternance").first.click()
    page.locator("button.reply", has_text="Oui, je réserve").last.click()
    page.locator("button.reply", has_text="Dans mon agenda").last.click()
    link = page.locator(".text a", has_text="ouvrir l'agenda")
    expect(link).to_be_visible()
    address = link.evaluate("it => it.href")
    answer = page.request.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"


def test_a_poster_fits_on_one_page(browser: Browser, tmp_path: Path) -> None:
    # given the longest title and place that a workshop may have
    poster = Poster("Rencontre " * 5, "mercredi 30 septembre à 14h30, jusqu'à 17h30", "Salle " * 13, "ICI-7K4QA",
                    "https://declic.mission-locale-innovam.exemple.fr/?code=ICI-7K4QA")  # fmt: skip
    file = tmp_path / "affiche.html"
    file.write_text(door_page(poster), encoding="utf-8")
    page = browser.new_page(viewport=A4)
    page.goto(file.as_uri())
    page.pdf(path=tmp_path / "affiche.pdf", prefer_css_page_size=True)
    page.close()
    assert (tmp_path / "affiche.pdf").read_bytes().count(b"/Type /Page\n") == 1

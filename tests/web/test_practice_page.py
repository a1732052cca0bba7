"""A practice in a real browser: an employer who is played, the picture of the debrief, the paper to print."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.web.test_browser import ASSISTANT, picture, write

SPOKEN = "li[data-speaker]"
# said to M. Haddad and his like: an employer of a garage
GOOD = (
    "Bonjour, je m'appelle Lina, je prépare un CAP mécanique",
    "Comment s'organise une journée dans votre atelier ?",
    "Qu'est-ce qui vous fait perdre le plus de temps en ce moment ?",
    "Je peux vous rappeler mardi ?",
    "Merci pour votre temps, au revoir !",
)
CLUMSY = ("Bonjour, vous recrutez ?", "euh", "Vous êtes ouverts le lundi ?", "ok merci au revoir")


def choose(page: Page, title: str) -> None:
    page.locator("button.reply", has_text=re.compile(f"^{title}$")).last.click()


def play(page: Page, *lines: str) -> None:
    page.locator("button.starter", has_text="M'entraîner").click()
    expect(page.locator(ASSISTANT, has_text="Quel métier")).to_be_visible()
    write(page, "garage")
    choose(page, "Facile")
    choose(page, "3")
    for count, line in enumerate(lines, start=1):
        expect(page.locator(SPOKEN)).to_have_count(count)
        write(page, line)
    expect(page.locator(ASSISTANT, has_text="Bilan avec")).to_be_visible()


def test_a_good_call_ends_with_a_picture_of_it(page: Page, context: BrowserContext) -> None:
    play(page, *GOOD)
    # the employer speaks under their own name
    expect(page.locator(f"{SPOKEN} .author").first).to_be_visible()
    # the picture has one step for each line, and the one that let the need out
    expect(page.locator(".path li")).to_have_count(len(GOOD))
    expect(page.locator('.path [data-mark="need"]')).to_have_text("Besoin")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(page, context, "debrief")
    choose(page, "5")
    expect(page.locator(ASSISTANT, has_text="ça monte")).to_be_visible()


def test_a_clumsy_call_ends_without_reproach(page: Page, context: BrowserContext) -> None:
    play(page, *CLUMSY)
    expect(page.locator('.path [data-mark="cost"]')).to_have_text("CV")
    expect(page.locator(ASSISTANT, has_text="À essayer avec")).to_be_visible()
    picture(page, context, "debrief-clumsy")


def test_a_call_card_opens_as_a_page_to_print(page: Page, context: BrowserContext) -> None:
    # given a card that was asked for
    write(page, "je dois appeler la boulangerie Martin demain je dis quoi")
    choose(page, "Rien pour l'instant")
    link = page.locator(".text a", has_text="ouvrir la page")
    expect(link).to_be_visible()
    # when its link is opened
    with context.expect_page() as opened:
        link.click()
    paper = opened.value
    # then it reads well, can be printed, and is a PDF too
    expect(paper.locator("h1")).to_have_text(re.compile("boulangerie Martin", re.IGNORECASE))
    expect(paper.locator("section h2")).to_have_count(9)
    expect(paper.locator("#print")).to_be_visible()
    assert paper.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(paper, context, "card")
    with paper.expect_download() as download:
        paper.locator("a", has_text="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")

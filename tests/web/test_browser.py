"""The web chat in a real browser: the main path, and what phones do to it."""

import os
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from tests.stack import Stack

PAY_QUESTION = "slt jcherche une alternance en boulangerie, c payé combien a 17 ans ?"
ASSISTANT = 'li[data-author="assistant"]'
PERSON = 'li[data-author="person"]'
# where the README's pictures are made, when one asks for it
PICTURES = os.environ.get("DECLIC_PICTURES")


def write(page: Page, words: str) -> None:
    page.fill("#message", words)
    page.press("#message", "Enter")


def picture(page: Page, context: BrowserContext, name: str) -> None:
    if PICTURES:
        viewport = page.viewport_size
        assert viewport is not None
        page.wait_for_timeout(600)
        page.screenshot(path=Path(PICTURES) / f"{name}-{viewport['width']}.png")


def test_a_person_asks_about_pay_books_a_workshop_and_finds_both_after_a_reload(
    page: Page, context: BrowserContext, stack: Stack
) -> None:
    # given a question as it is typed on a phone
    write(page, PAY_QUESTION)

    # then an amount comes with its source
    expect(page.locator(ASSISTANT, has_text="504,10")).to_be_visible()
    expect(page.locator(ASSISTANT, has_text="vérifié le")).to_be_visible()
    # and is drawn, one bar a year, inside the bubble
    bars = page.locator(".chart .bar")
    expect(bars).to_have_count(3)
    shares = bars.evaluate_all("all => all.map(bar => Math.round(100 * bar.offsetWidth / bar.parentNode.offsetWidth))")
    assert shares == [27, 39, 55]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    picture(page, context, "pay")

    # when they ask for workshops and book one
    write(page, "y a quoi comme ateliers")
    page.locator("button.reply", has_text="Club de l'alternance").first.click()
    page.locator("button.reply", has_text="Oui, je réserve").last.click()
    expect(page.locator(ASSISTANT, has_text="C'est réservé")).to_be_visible()
    picture(page, context, "booking")

    # and reload the page
    page.reload()

    # then the conversation is there, and so is the booking
    expect(page.locator(PERSON, has_text=PAY_QUESTION)).to_be_visible()
    expect(page.locator(ASSISTANT, has_text="C'est réservé")).to_be_visible()
    write(page, "c'est quoi mes inscriptions ?")
    expect(page.locator(ASSISTANT, has_text="Voici tes inscriptions")).to_be_visible()
    expect(page.locator(ASSISTANT).last).to_contain_text("✅ Club de l'alternance")

    # and the row is in PostgreSQL
    message_id = page.locator(PERSON).first.get_attribute("data-id")
    with stack.engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT b.status, w.slug FROM bookings b "
                "JOIN event_dates d ON d.id = b.event_date_id JOIN event_series w ON w.id = d.series_id "
                "JOIN channel_identities i ON i.person_id = b.person_id JOIN conversations c ON c.identity_id = i.id "
                "JOIN messages m ON m.conversation_id = c.id WHERE m.public_id = :id"
            ),
            {"id": message_id},
        ).one()
    assert (row.status, row.slug) == ("booked", "club-alternance")


def test_a_message_written_without_network_leaves_when_it_is_back(page: Page, context: BrowserContext) -> None:
    write(page, "bonjour")
    expect(page.locator(ASSISTANT).last).to_be_visible()
    context.set_offline(True)
    write(page, "c'est quoi le cej ?")
    expect(page.locator(PERSON, has_text="cej")).to_be_visible()
    context.set_offline(False)
    expect(page.locator(ASSISTANT, has_text="CEJ").first).to_be_visible(timeout=40_000)
    expect(page.locator(PERSON, has_text="cej")).to_have_count(1)


def test_what_comes_later_appears_by_itself(page: Page, stack: Stack) -> None:
    write(page, "bonjour")
    expect(page.locator(ASSISTANT).last).to_be_visible()
    key = page.locator(PERSON).last.get_attribute("data-id")
    with stack.engine.begin() as connection:
        connection.execute(
            text(
                "WITH said AS (INSERT INTO messages "
                "(conversation_id, public_id, author, text, state, sent_at, state_at) "
                "SELECT conversation_id, gen_random_uuid()::text, 'assistant', 'Une nouvelle pour toi', 'due', now(), "
                "now() FROM messages WHERE public_id = :key RETURNING conversation_id) "
                "SELECT pg_notify('declic_message', conversation_id::text) FROM said"
            ),
            {"key": key},
        )
    expect(page.locator(ASSISTANT, has_text="Une nouvelle pour toi")).to_be_visible()


def test_html_is_shown_as_it_was_written(page: Page) -> None:
    write(page, "<img src=x onerror=document.title='pwned'> <b>salut</b>")
    expect(page.locator(PERSON, has_text="<b>salut</b>")).to_be_visible()
    expect(page.locator(ASSISTANT).last).to_be_visible()
    assert page.title() != "pwned"
    assert page.locator("#log img, #log b").count() == 0


def test_a_long_word_does_not_push_the_page_aside(page: Page) -> None:
    write(page, "a" * 3000)
    expect(page.locator(ASSISTANT).last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_whole_path_works_with_the_keyboard_alone(page: Page) -> None:
    page.locator("#message").focus()
    page.keyboard.type("y a quoi comme ateliers")
    page.keyboard.press("Enter")
    button = page.locator("button.reply", has_text="Club de l'alternance").first
    expect(button).to_be_visible()
    for _ in range(40):
        if page.evaluate('document.activeElement.textContent.includes("Club de l\'alternance")'):
            break
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("button.reply", has_text="Oui, je réserve").last).to_be_visible()


def test_the_conversation_is_announced_to_screen_readers(page: Page) -> None:
    expect(page.locator("#log")).to_have_attribute("role", "log")
    expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    field = page.get_by_role("textbox")
    label = field.evaluate("it => it.labels?.[0]?.textContent.trim() || it.getAttribute('aria-label') || ''")
    assert label
    expect(field).to_have_accessible_name(label)

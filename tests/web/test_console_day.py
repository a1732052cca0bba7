"""A counsellor's day in a real browser: somebody asks for a human, they take over, and give back."""

import hashlib
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from programme import choices, conversations
from programme.campaigns.definition import load_campaigns
from programme.models import Campaign, CampaignMember, CampaignState, Channel, Delivery, DeliveryState, Purpose, Role
from programme.people import find_conversation
from tests.programme.deliveries.builders import a_delivery
from tests.stack import Stack, wait_for
from tests.telegram.bot_api_server import BotApiServer
from tests.web.console import PHONE, Desk, a_member, follow, logged_in, logs_in, watched

CHAT = 88_001


@pytest.fixture
def desk(stack: Stack, browser: Browser) -> Iterator[Desk]:
    with logs_in(stack, browser, a_member(stack, Role.COUNSELLOR, name="Camille Ayari")) as found:
        yield found


@pytest.fixture
def phone(stack: Stack, browser: Browser) -> Iterator[Page]:
    """A young person's phone, on the chat page."""
    context = browser.new_context(viewport=PHONE, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    with watched(page, stack.url):
        page.goto(stack.url)
        yield page
    context.close()


def say(phone: Page, text: str) -> None:
    phone.get_by_label("Ton message").fill(text)
    phone.get_by_role("button", name="Envoyer").click()


def conversation_on(phone: Page, stack: Stack) -> uuid.UUID:
    """Which one this phone holds, by its token."""
    token = phone.evaluate("JSON.parse(localStorage.getItem('declic.session')).token")
    digest = hashlib.sha256(token.encode()).hexdigest()
    with Session(stack.engine) as session:
        found = find_conversation(session, channel=Channel.WEB, external_id=digest)
        assert found is not None
        return found.id


def a_nudge_due(stack: Stack, person_id: int) -> int:
    """The next message of a campaign that this person said yes to, due now; the delivery's id."""
    now = stack.now()
    definition = load_campaigns()["septembre"]
    with Session(stack.engine) as session, session.begin():
        choices.agree(session, person_id, shown="oui", now=now)
        campaign = Campaign(
            name=f"essai-{person_id}",
            definition=definition.model_dump(mode="json"),
            state=CampaignState.RUNNING,
            starts_on=now.date(),
            started_at=now,
            state_at=now,
        )
        session.add(campaign)
        session.flush()
        session.add(CampaignMember(campaign_id=campaign.id, person_id=person_id, rank=1))
        session.flush()
        return a_delivery(
            session,
            person_id,
            purpose=Purpose.CAMPAIGN,
            object_id=campaign.id,
            step=definition.steps[0].id,
            anchor_at=now,
            priority=2,
            due_at=now,
            expires_at=now + timedelta(hours=2),
        )


def why_skipped(stack: Stack, delivery_id: int) -> str | None:
    """Once the worker has looked at it."""
    with Session(stack.engine) as session:
        delivery = session.get_one(Delivery, delivery_id)
        return delivery.reason if delivery.state is DeliveryState.SKIPPED else None


def test_a_call_for_a_human_is_seen_live_answered_and_given_back(
    stack: Stack, bot_api: BotApiServer, desk: Desk, phone: Page
) -> None:
    # given a young person on the web whom the counsellor follows, and the list of conversations open
    say(phone, "salut")
    expect(phone.get_by_text("assistant automatique de la Mission locale")).to_be_visible()
    conversation_id = conversation_on(phone, stack)
    with Session(stack.engine) as session, session.begin():
        person_id = conversations.person_of(session, conversation_id)
    follow(stack, person_id, desk.who, name="Léa")
    page = desk.page
    page.goto(f"{stack.url}/console/conversations")
    page.get_by_role("link", name="Léa")

    # when she asks for a human, then it appears by itself
    say(phone, "je veux parler à une vraie personne")
    page.get_by_role("link", name="Il y a du nouveau").click()
    line = page.get_by_role("listitem").filter(has_text="Léa")
    expect(line.get_by_text("demande quelqu'un", exact=True)).to_be_visible()

    # when the counsellor takes the conversation over, then she is told who is there
    line.get_by_role("link", name="Léa").click()
    page.get_by_role("button", name="Prendre la conversation").click()
    expect(page.get_by_role("heading", name="À toi de répondre")).to_be_visible()
    expect(phone.get_by_text("Camille Ayari, de la structure")).to_be_visible()

    # and what the counsellor types is announced, then read
    page.get_by_label("Ton message").press_sequentially("Bonjour Léa,")
    expect(phone.get_by_text("Quelqu'un de l'équipe écrit")).to_be_attached()
    page.get_by_label("Ton message").press_sequentially(" je t'écoute.")
    page.keyboard.press("Control+Enter")
    expect(phone.get_by_text("Bonjour Léa, je t'écoute.")).to_be_visible()
    expect(page.get_by_label("Ton message")).to_have_value("")

    # and the assistant says nothing to what she answers, which the counsellor reads as it comes
    before = phone.locator("[data-author=assistant]").count()
    say(phone, "c'est quoi la période d'essai ?")
    expect(page.get_by_text("c'est quoi la période d'essai ?", exact=True)).to_be_visible()
    expect(page.get_by_text("laissé à l'équipe")).to_be_visible()
    assert phone.locator("[data-author=assistant]").count() == before

    # and a nudge that is due meanwhile is skipped, with its reason
    nudge = a_nudge_due(stack, person_id)
    assert wait_for(lambda: why_skipped(stack, nudge)) == "taken_over"

    # when it is given back, then she is told, and the assistant answers again
    page.get_by_text("Rendre la conversation à l'assistant").click()
    page.get_by_label("Résumé pour l'équipe").fill("Question sur l'essai, à rappeler mardi.")
    page.get_by_role("button", name="Rendre la conversation").click()
    expect(page.get_by_text("L'assistant répond à nouveau")).to_be_visible()
    expect(phone.get_by_text("Camille Ayari a terminé")).to_be_visible()
    say(phone, "c'est quoi la période d'essai ?")
    expect(phone.get_by_text("45 premiers jours").first).to_be_visible()


def test_the_same_on_telegram(stack: Stack, bot_api: BotApiServer, desk: Desk) -> None:
    # given a young person on Telegram
    bot_api.write(CHAT, "je veux parler à un conseiller")
    bot_api.wait_for(CHAT, "")
    with Session(stack.engine) as session:
        conversation = find_conversation(session, channel=Channel.TELEGRAM, external_id=str(CHAT))
        assert conversation is not None
        person_id = conversation.identity.person_id
    follow(stack, person_id, desk.who, name="Yanis")
    # when the counsellor takes over and writes, then it is read under their name
    page = desk.page
    page.goto(f"{stack.url}/console/conversations/{conversation.id}")
    page.get_by_role("button", name="Prendre la conversation").click()
    bot_api.wait_for(CHAT, "Camille Ayari, de la structure")
    typing = bot_api.calls("sendChatAction")
    page.get_by_label("Ton message").press_sequentially("Salut Yanis !")
    wait_for(lambda: bot_api.calls("sendChatAction") > typing or None)
    page.get_by_role("button", name="Envoyer", exact=True).click()
    assert bot_api.wait_for(CHAT, "Salut Yanis !").text.startswith("👤 Camille Ayari")
    # and the assistant is silent until it is given back
    sent = len(bot_api.sent_to(CHAT))
    bot_api.write(CHAT, "c'est quoi la période d'essai ?")
    expect(page.get_by_text("c'est quoi la période d'essai ?", exact=True)).to_be_visible()
    assert len(bot_api.sent_to(CHAT)) == sent
    page.get_by_text("Rendre la conversation à l'assistant").click()
    page.get_by_role("button", name="Rendre la conversation").click()
    bot_api.wait_for(CHAT, "Camille Ayari a terminé")
    bot_api.write(CHAT, "c'est quoi la période d'essai ?")
    bot_api.wait_for(CHAT, "45 premiers jours")


def test_two_counsellors_at_the_same_moment(stack: Stack, browser: Browser, desk: Desk, phone: Page) -> None:
    # given a conversation that two counsellors have open
    say(phone, "salut")
    expect(phone.get_by_text("assistant automatique de la Mission locale")).to_be_visible()
    address = f"{stack.url}/console/conversations/{conversation_on(phone, stack)}"
    with logged_in(stack, browser, a_member(stack, Role.COUNSELLOR, name="Noa Lambert")) as other:
        for each in (desk, other):
            each.page.goto(address)
        # when both take it, one a moment after the other, before the page of the second one shows it
        desk.page.get_by_role("button", name="Prendre la conversation").click()
        expect(desk.page.get_by_role("heading", name="À toi de répondre")).to_be_visible()
        other.page.get_by_role("button", name="Prendre la conversation").click()
        # then the second one is told who has it
        expect(other.page.get_by_text("Quelqu'un d'autre de l'équipe vient de prendre")).to_be_visible()
        expect(other.page.get_by_role("heading", name="Camille Ayari a cette conversation")).to_be_visible()


def test_what_was_typed_outlives_a_lost_line(stack: Stack, desk: Desk, phone: Page) -> None:
    say(phone, "salut")
    expect(phone.get_by_text("assistant automatique de la Mission locale")).to_be_visible()
    page = desk.page
    page.goto(f"{stack.url}/console/conversations/{conversation_on(phone, stack)}")
    page.get_by_role("button", name="Prendre la conversation").click()
    page.get_by_label("Ton message").fill("Un long message")
    page.reload()
    expect(page.get_by_label("Ton message")).to_have_value("Un long message")


def test_the_keyboard_alone_is_enough(stack: Stack, desk: Desk, phone: Page) -> None:
    # given a conversation in the list
    say(phone, "salut")
    expect(phone.get_by_text("assistant automatique de la Mission locale")).to_be_visible()
    with Session(stack.engine) as session:
        person_id = conversations.person_of(session, conversation_on(phone, stack))
    follow(stack, person_id, desk.who, name="Ana")
    page = desk.page
    page.goto(f"{stack.url}/console/conversations?voir=mine")
    # when the counsellor goes to it, opens it, and takes it over, with keys only
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ana", level=1)).to_be_visible()
    tab_to(page, "Prendre la conversation")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="À toi de répondre")).to_be_visible()
    tab_to(page, "Ton message")
    page.keyboard.type("Bonjour")
    page.keyboard.press("Control+Enter")
    # then it is read
    expect(phone.get_by_text("Bonjour", exact=True)).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent).trim()"
        )
        if focused.startswith(name):
            return
    raise AssertionError(f"no Tab leads to {name}")

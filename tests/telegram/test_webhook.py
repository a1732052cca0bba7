"""Telegram by webhook: a second bot process with a public address, beside the running whole."""

import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from bot.settings import ROOT
from tests.stack import DECLIC, Stack, free_ports
from tests.telegram.bot_api_server import BotApiServer

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class WebhookBot:
    url: str
    secret: str
    bot_api: BotApiServer

    def deliver(self, update: object, *, secret: str | None = None) -> httpx.Response:
        """As Telegram calls it."""
        headers = {HEADER: self.secret if secret is None else secret}
        return httpx.post(f"{self.url}/telegram/webhook", json=update, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def bot(stack: Stack, folder: Path) -> Iterator[WebhookBot]:
    port = free_ports(1)[0]
    secret = secrets.token_urlsafe(24)
    with BotApiServer() as bot_api, (folder / "webhook.log").open("wb") as log:
        environment = dict(stack.environment) | {
            "DECLIC_DATABASE_URL": stack.engine.url.render_as_string(hide_password=False),
            "DECLIC_PORT": str(port),
            "DECLIC_PUBLIC_URL": "https://declic.example.org",
            "DECLIC_TELEGRAM_WEBHOOK_SECRET": secret,
            "DECLIC_TELEGRAM_TOKEN": bot_api.token,
            "DECLIC_TELEGRAM_API_URL": bot_api.url,
        }
        process = subprocess.Popen(
            [*DECLIC, "run", "bot"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        deadline = time.monotonic() + 30
        while not bot_api.webhook:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield WebhookBot(f"http://127.0.0.1:{port}", secret, bot_api)
        process.terminate()
        process.wait(15)


def stored(stack: Stack, chat: int) -> int:
    with stack.engine.connect() as connection:
        return (
            connection.scalar(
                text("SELECT count(*) FROM channel_identities WHERE external_id = :chat"), {"chat": str(chat)}
            )
            or 0
        )


def test_telegram_is_told_where_to_call_and_with_which_secret(bot: WebhookBot) -> None:
    assert bot.bot_api.webhook == {
        "url": "https://declic.example.org/telegram/webhook",
        "secret_token": bot.secret,
    }


def test_a_call_with_the_secret_is_answered(bot: WebhookBot) -> None:
    answer = bot.deliver(bot.bot_api.message_update(80_001, text="c'est quoi le cej"))
    assert answer.status_code == 200
    bot.bot_api.wait_for(80_001, "CEJ")


@pytest.mark.parametrize("secret", ["", "wrong", "é"])
def test_a_call_without_the_secret_is_refused_and_nothing_kept(stack: Stack, bot: WebhookBot, secret: str) -> None:
    update = bot.bot_api.message_update(80_002, text="bonjour")
    headers = {HEADER.encode(): secret.encode()} if secret else {}
    answer = httpx.post(f"{bot.url}/telegram/webhook", json=update, headers=headers, timeout=30)
    assert answer.status_code == 403
    assert stored(stack, 80_002) == 0


def test_an_update_called_twice_is_answered_once(bot: WebhookBot) -> None:
    update = bot.bot_api.message_update(80_003, text="merci")
    assert bot.deliver(update).status_code == 200
    bot.bot_api.wait_for(80_003, "")
    count = len(bot.bot_api.sent_to(80_003))
    assert bot.deliver(update).status_code == 200
    bot.deliver(bot.bot_api.message_update(80_003, text="c'est quoi le cej"))
    bot.bot_api.wait_for(80_003, "CEJ")
    texts = [sent.text for sent in bot.bot_api.sent_to(80_003)]
    assert len(texts) == len(set(texts))
    assert count < len(texts)


@pytest.mark.parametrize("body", ["not json", "[]", '{"update_id": "x"}', "{}"])
def test_a_body_that_is_no_update_is_refused(bot: WebhookBot, body: str) -> None:
    answer = httpx.post(f"{bot.url}/telegram/webhook", content=body, headers={HEADER: bot.secret}, timeout=30)
    assert answer.status_code == 400


def test_without_a_public_address_there_is_no_webhook(stack: Stack) -> None:
    assert httpx.post(f"{stack.url}/telegram/webhook", json={}, timeout=30).status_code == 404

"""Logging in over HTTP: the link, the password, the phone; what a stranger learns and can do: nothing."""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from bot.console import login
from bot.console.doors import COOKIE, SECURE_COOKIE
from programme import accounts, second_factor
from programme.clock import clock
from programme.models import Account
from tests.console.conftest import Browser
from tests.staff import GOOD, phone_of, somebody, with_password

EMAIL = "sam@ml.example"
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')


@pytest.fixture(autouse=True)
def no_tries_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_tries", login.Tries())


@pytest.fixture
def stranger(console_url: str) -> Iterator[httpx.Client]:
    """A browser that was never here."""
    with httpx.Client(base_url=console_url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def staff_id(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        return with_password(session, somebody(session, EMAIL), now=clock())


@pytest.fixture
def phone(session_factory: sessionmaker[Session], staff_id: int) -> pyotp.TOTP:
    """Set up a while ago, so that its present code is still good."""
    before = clock() - timedelta(minutes=10)
    with session_factory.begin() as session:
        phone = phone_of(session, staff_id)
        second_factor.confirm(session, staff_id, phone.at(before), now=before)
    return phone


def give_password(client: httpx.Client, password: str = GOOD, *, email: str = EMAIL, **more: str) -> httpx.Response:
    return client.post("/console/connexion", data={"email": email, "password": password, **more})


def give_code(client: httpx.Client, code: str, *, page: str = "/console/second-facteur", **more: str) -> httpx.Response:
    found = TOKEN.search(client.get(page).text)
    assert found is not None
    return client.post(page, data={"form_token": found[1], "code": code, **more})


class TestFirstTime:
    def test_from_the_link_to_the_first_page(
        self, stranger: httpx.Client, session_factory: sessionmaker[Session]
    ) -> None:
        # given a link that somebody handed over
        with session_factory.begin() as session:
            link = accounts.invite(session, somebody(session, EMAIL), now=clock())
        assert "Bienvenue, Sam Benali" in stranger.get(f"/console/bienvenue/{link}").text
        # when they choose a password and log in
        answer = stranger.post(f"/console/bienvenue/{link}", data={"password": GOOD, "again": GOOD})
        assert answer.headers["location"] == "/console/connexion"
        assert "nouveau mot de passe" in stranger.get("/console/connexion").text
        assert give_password(stranger).headers["location"] == "/console/second-facteur"
        # then the phone has to be set up first
        assert stranger.get("/console/second-facteur").headers["location"] == "/console/second-facteur/installer"
        page = stranger.get("/console/second-facteur/installer").text
        secret = re.search(r'class="secret">([^<]+)<', page)
        assert secret is not None
        picture = stranger.get("/console/second-facteur/image.svg")
        assert picture.headers["content-type"] == "image/svg+xml"
        phone = pyotp.TOTP(secret[1].replace(" ", ""))
        shown = give_code(stranger, phone.at(clock()), page="/console/second-facteur/installer")
        # and the recovery codes are shown once, and the first page opens
        codes = re.findall(r"<li><code>([^<]+)</code>", shown.text)
        assert len(codes) == second_factor.RECOVERY_CODES
        assert stranger.get("/console").status_code == 200
        assert stranger.get("/console/second-facteur/image.svg").status_code == 404
        # and a recovery code opens the door elsewhere, once
        for expected in (303, 422):
            with httpx.Client(base_url=stranger.base_url, trust_env=False) as other:
                give_password(other)
                assert give_code(other, codes[0]).status_code == expected

    def test_a_weak_password_is_refused_beside_its_field(
        self, stranger: httpx.Client, session_factory: sessionmaker[Session]
    ) -> None:
        with session_factory.begin() as session:
            link = accounts.invite(session, somebody(session, EMAIL), now=clock())
        for typed, again, expected in (
            ("pas assez", "pas assez", "au moins 12"),
            ("azertyuiop12", "azertyuiop12", "ressemble trop"),
            (GOOD, GOOD + "!", "pas pareils"),
        ):
            answer = stranger.post(f"/console/bienvenue/{link}", data={"password": typed, "again": again})
            assert answer.status_code == 422
            assert expected in answer.text
            assert typed not in answer.text

    def test_a_link_that_is_over_says_what_to_do(self, stranger: httpx.Client) -> None:
        for answer in (
            stranger.get("/console/bienvenue/autre"),
            stranger.post("/console/bienvenue/autre", data={"password": GOOD, "again": GOOD}),
        ):
            assert answer.status_code == 410
            assert "Demande-en un autre" in answer.text


@pytest.mark.usefixtures("phone")
class TestPassword:
    def test_a_wrong_address_a_wrong_password_and_a_locked_account_look_the_same(self, stranger: httpx.Client) -> None:
        unknown = give_password(stranger, email="lou@ml.example")
        wrong = give_password(stranger, "faux")
        for _ in range(accounts.LOCKS_EVERY):
            give_password(stranger, "faux")
        locked = give_password(stranger)
        pages = {answer.text.replace("lou@ml.example", EMAIL) for answer in (unknown, wrong, locked)}
        assert len(pages) == 1
        assert {answer.status_code for answer in (unknown, wrong, locked)} == {422}
        assert COOKIE not in stranger.cookies

    def test_wrong_tries_are_kept_though_the_page_is_a_refusal(
        self, stranger: httpx.Client, session_factory: sessionmaker[Session], staff_id: int
    ) -> None:
        give_password(stranger, "faux")
        with session_factory() as session:
            assert session.get_one(Account, staff_id).failures == 1

    def test_many_tries_from_one_place_have_to_wait(self, stranger: httpx.Client) -> None:
        for number in range(login.TRIES):
            assert give_password(stranger, email=f"{number}@ml.example").status_code == 422
        answer = give_password(stranger)
        assert answer.status_code == 429
        assert "dix minutes" in answer.text

    def test_a_form_of_another_site_is_refused(self, stranger: httpx.Client) -> None:
        answer = stranger.post(
            "/console/connexion",
            data={"email": EMAIL, "password": GOOD},
            headers={"Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403
        assert COOKIE not in stranger.cookies

    def test_the_password_is_neither_on_a_page_nor_in_the_logs(
        self, stranger: httpx.Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            pages = [give_password(stranger, "un secret tres long"), give_password(stranger)]
        assert not any("un secret" in page.text or GOOD in page.text for page in pages)
        assert "un secret" not in caplog.text
        assert GOOD not in caplog.text


class TestSecondFactor:
    def test_a_code_opens_the_page_that_was_asked_for(self, stranger: httpx.Client, phone: pyotp.TOTP) -> None:
        # given a page that leads to the login
        asked = stranger.get("/console/conversations?lues=non").headers["location"]
        suite = "/console/conversations?lues=non"
        assert asked == "/console/connexion?suite=%2Fconsole%2Fconversations%3Flues%3Dnon"
        # when they log in
        assert give_password(stranger, suite=suite).headers["location"].endswith(asked.partition("?")[2])
        # then they are where they wanted to be
        assert give_code(stranger, phone.at(clock()), suite=suite).headers["location"] == suite

    @pytest.mark.parametrize(
        "suite",
        [
            "https://autre.example",
            "//autre.example",
            "/console.autre.example",
            "/\\autre",
            "/console/\\\\a",
            "/console/\n",
        ],
    )
    def test_nobody_is_sent_to_another_site(self, stranger: httpx.Client, phone: pyotp.TOTP, suite: str) -> None:
        assert give_password(stranger, suite=suite).headers["location"] == "/console/second-facteur"
        assert give_code(stranger, phone.at(clock()), suite=suite).headers["location"] == "/console"

    def test_a_code_that_was_used_is_refused_in_another_browser(
        self, stranger: httpx.Client, phone: pyotp.TOTP, console_url: str
    ) -> None:
        code = phone.at(clock())
        give_password(stranger)
        assert give_code(stranger, code).status_code == 303
        with httpx.Client(base_url=console_url, trust_env=False) as other:
            give_password(other)
            answer = give_code(other, code)
        assert answer.status_code == 422
        assert "déjà servi" in answer.text

    def test_the_cookie_changes_and_the_old_one_opens_nothing(
        self, stranger: httpx.Client, phone: pyotp.TOTP, console_url: str
    ) -> None:
        give_password(stranger)
        before = stranger.cookies[COOKIE]
        give_code(stranger, phone.at(clock()))
        assert stranger.cookies[COOKIE] != before
        answer = httpx.get(f"{console_url}/console", cookies={COOKIE: before}, trust_env=False)
        assert answer.headers["location"].startswith("/console/connexion")

    def test_the_phone_of_somebody_else_is_not_replaced_with_the_password_alone(
        self, stranger: httpx.Client, phone: pyotp.TOTP
    ) -> None:
        give_password(stranger)
        page = stranger.get("/console/second-facteur").text
        token = TOKEN.search(page)
        assert token is not None
        assert stranger.get("/console/second-facteur/image.svg").status_code == 404
        answer = stranger.post(
            "/console/second-facteur/installer", data={"form_token": token[1], "code": phone.at(clock())}
        )
        assert answer.headers["location"] == "/console/second-facteur"
        assert stranger.get("/console").headers["location"].startswith("/console/second-facteur")


class TestCookie:
    def test_scripts_do_not_read_it_and_other_sites_do_not_send_it(
        self, stranger: httpx.Client, phone: pyotp.TOTP
    ) -> None:
        sent = give_password(stranger).headers["set-cookie"]
        assert sent.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in sent.split(";")}

    def test_over_https_it_stays_there_and_with_this_host(self, stranger: httpx.Client, phone: pyotp.TOTP) -> None:
        answer = stranger.post(
            "/console/connexion", data={"email": EMAIL, "password": GOOD}, headers={"X-Forwarded-Proto": "https"}
        )
        sent = answer.headers["set-cookie"]
        assert sent.startswith(f"{SECURE_COOKIE}=")
        assert "Secure" in sent
        assert "domain" not in sent.lower()

    def test_logging_out_ends_it(self, a_browser: Callable[..., Browser]) -> None:
        browser = a_browser()
        token = browser.client.cookies[COOKIE]
        assert browser.send("/console/deconnexion").headers["location"] == "/console/connexion"
        browser.client.cookies.set(COOKIE, token)
        assert browser.get("/console").headers["location"].startswith("/console/connexion")


def test_what_is_typed_wrongly_is_no_fault_of_the_server(stranger: httpx.Client) -> None:
    for fields in ({}, {"email": "\x00", "password": "\ud83d"}, {"email": "x" * 5000, "password": "x"}):
        encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
        assert stranger.post("/console/connexion", data=encoded).status_code in {403, 422}


def test_who_is_logged_in_already_goes_on(
    a_browser: Callable[..., Browser], session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser()
    assert browser.get("/console/connexion?suite=/console/absences").headers["location"] == "/console/absences"
    with session_factory() as session:
        assert session.scalar(text("SELECT count(*) FROM accounts")) == 0

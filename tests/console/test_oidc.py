"""Logging in through an identity provider: what is proven opens the door, anything else does not."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot.app import Server, create_app
from bot.console.doors import COOKIE
from bot.settings import Settings
from programme import accounts
from programme.clock import clock
from programme.models import Account, StaffMember
from tests.console import identity_provider
from tests.console.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from tests.stack import free_ports, wait_for
from tests.staff import somebody

EMAIL = "sam@ml.example"


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    with identity_provider.running() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider) -> IdentityProvider:
    """Answers truly, unless it is told otherwise."""
    running.claims = {"email": EMAIL, "email_verified": True}
    running.about, running.signed_about, running.signs_with = {}, False, None
    return running


@pytest.fixture(scope="module")
def url(engine: Engine, running: IdentityProvider) -> Iterator[str]:
    """A console that knows this provider."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        port=free_ports(1)[0],
        oidc_issuer=running.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_name="MonPortail",
    )
    server = Server.of(settings, create_app(settings, engine.url.render_as_string(hide_password=False)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started or None)
    yield f"http://127.0.0.1:{settings.port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def staff_id(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        return somebody(session, EMAIL)


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


def log_in(client: httpx.Client, provider: IdentityProvider, suite: str = "") -> httpx.Response:
    left = client.get("/console/oidc", params={"suite": suite} if suite else {})
    assert left.status_code == 303, left.text
    assert left.headers["location"].startswith(f"{provider.issuer}/authorize?")
    code, state = provider.agree(left.headers["location"])
    return client.get("/console/oidc/retour", params={"code": code, "state": state})


def test_the_login_page_offers_it_by_its_name(client: httpx.Client) -> None:
    page = client.get("/console/connexion?suite=/console/absences").text
    assert "Se connecter avec MonPortail" in page
    assert 'href="/console/oidc?suite=/console/absences"' in unquote(page)


def test_without_a_provider_there_is_no_such_door(console_url: str) -> None:
    assert "/console/oidc" not in httpx.get(f"{console_url}/console/connexion", trust_env=False).text
    for path in ("/console/oidc", "/console/oidc/retour"):
        assert httpx.get(console_url + path, trust_env=False).headers["location"] == "/console/connexion"


def test_somebody_of_the_team_comes_in_and_our_second_factor_is_asked(
    client: httpx.Client, provider: IdentityProvider, staff_id: int, session_factory: sessionmaker[Session]
) -> None:
    answer = log_in(client, provider, "/console/absences")
    assert answer.headers["location"] == "/console/second-facteur?suite=%2Fconsole%2Fabsences"
    with session_factory() as session:
        found = accounts.session_of(session, client.cookies[COOKIE], now=clock())
        assert found is not None
        assert (found.member.staff_id, found.verified) == (staff_id, False)


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": "eidas2"}])
@pytest.mark.usefixtures("staff_id")
def test_a_second_factor_over_there_is_enough(
    client: httpx.Client, provider: IdentityProvider, claims: dict[str, object]
) -> None:
    provider.claims |= claims
    assert log_in(client, provider, "/console/absences").headers["location"] == "/console/absences"
    assert client.get("/console/absences").status_code == 200


def test_once_linked_another_address_over_there_changes_nothing(
    client: httpx.Client, provider: IdentityProvider, staff_id: int, session_factory: sessionmaker[Session]
) -> None:
    log_in(client, provider)
    provider.claims = {"email": "new@ml.example", "email_verified": True}
    assert log_in(client, provider).status_code == 303
    with session_factory() as session:
        assert session.get_one(Account, staff_id).subject == f"{provider.issuer} sub-1"


@pytest.mark.usefixtures("staff_id")
def test_somebody_else_with_the_address_of_who_is_linked_does_not_come_in(
    client: httpx.Client, provider: IdentityProvider
) -> None:
    log_in(client, provider)
    provider.claims["sub"] = "sub-2"
    assert log_in(client, provider).status_code == 403


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.usefixtures("staff_id")
def test_the_address_may_stand_in_what_the_provider_knows_of_them(
    client: httpx.Client, provider: IdentityProvider, signed: bool
) -> None:
    provider.claims, provider.signed_about = {}, signed
    provider.about = {"sub": "sub-1", "email": EMAIL, "email_verified": True}
    assert log_in(client, provider).status_code == 303


@pytest.mark.usefixtures("staff_id")
def test_new_keys_of_the_provider_are_found(client: httpx.Client, provider: IdentityProvider) -> None:
    log_in(client, provider)
    provider.turn_keys()
    assert log_in(client, provider).status_code == 303


class TestNotOfTheTeam:
    @pytest.mark.parametrize(
        "claims", [{"email": "lou@ml.example"}, {"email_verified": False}, {"email_verified": "true"}, {"email": ""}]
    )
    @pytest.mark.usefixtures("staff_id")
    def test_an_address_unknown_or_not_verified_is_told_what_to_do(
        self, client: httpx.Client, provider: IdentityProvider, claims: dict[str, object]
    ) -> None:
        provider.claims |= claims
        answer = log_in(client, provider)
        assert answer.status_code == 403
        assert "Demande à la personne qui gère" in answer.text
        assert COOKIE not in client.cookies

    def test_who_left_does_not_come_in(
        self, client: httpx.Client, provider: IdentityProvider, staff_id: int, session_factory: sessionmaker[Session]
    ) -> None:
        log_in(client, provider)
        client.cookies.clear()
        with session_factory.begin() as session:
            session.get_one(StaffMember, staff_id).active = False
        assert log_in(client, provider).status_code == 403


@pytest.mark.usefixtures("staff_id")
class TestNotProven:
    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"aud": "another"},
            {"aud": [CLIENT_ID, "another"], "azp": "another"},
            {"iss": "http://another.example"},
            {"exp": int(time.time()) - 3600},
            {"iat": int(time.time()) + 3600},
            {"sub": None},
            {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
    )
    def test_a_token_that_is_not_for_this_login_opens_nothing(
        self, client: httpx.Client, provider: IdentityProvider, claims: dict[str, object]
    ) -> None:
        provider.claims |= claims
        answer = log_in(client, provider)
        assert answer.status_code == 502
        assert "pas marché" in answer.text
        assert COOKIE not in client.cookies

    def test_a_signature_of_somebody_else_opens_nothing(self, client: httpx.Client, provider: IdentityProvider) -> None:
        provider.signs_with = RSAKey.generate_key(2048)
        assert log_in(client, provider).status_code == 502

    def test_what_is_known_of_somebody_else_opens_nothing(
        self, client: httpx.Client, provider: IdentityProvider
    ) -> None:
        provider.claims = {}
        provider.about = {"sub": "sub-2", "email": EMAIL, "email_verified": True}
        assert log_in(client, provider).status_code == 502

    def test_a_code_for_another_browser_is_not_even_asked_about(
        self, client: httpx.Client, provider: IdentityProvider, url: str
    ) -> None:
        code, state = provider.agree(client.get("/console/oidc").headers["location"])
        before = provider.token_requests
        for asked_too in (True, False):
            with httpx.Client(base_url=url, trust_env=False) as other:
                if asked_too:
                    other.get("/console/oidc")
                answer = other.get("/console/oidc/retour", params={"code": code, "state": state})
                assert answer.status_code == 502
        assert provider.token_requests == before

    @pytest.mark.parametrize("sealed", ["", ".", "e30=.0", "é.é", "e30="])
    def test_a_cookie_that_we_did_not_seal_is_worth_nothing(self, url: str, sealed: str) -> None:
        answer = httpx.get(
            f"{url}/console/oidc/retour?code=a&state=b",
            headers={"Cookie": f"declic_oidc={sealed}".encode()},
            trust_env=False,
        )
        assert answer.status_code == 502

    def test_who_changes_their_mind_is_shown_the_way_back(
        self, client: httpx.Client, provider: IdentityProvider
    ) -> None:
        _, state = provider.agree(client.get("/console/oidc").headers["location"])
        answer = client.get("/console/oidc/retour", params={"error": "access_denied", "state": state})
        assert answer.status_code == 502
        assert "/console/connexion" in answer.text

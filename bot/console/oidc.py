"""Logging in through an identity provider (OpenID Connect), as ProConnect is for public services. Optional.

Authorization code with PKCE. What has to be remembered between the two requests stands in a signed cookie of the
browser: any process can take the second one. The provider vouches for who it is; our accounts say who may come in.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from fastapi import Query, Request, Response, status
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.console.doors import LOGIN, SECOND_FACTOR, Doors, Open, SessionDep
from bot.console.login import safe_way_on, with_cookie, with_way_on
from bot.console.pages import go, render
from bot.settings import Settings
from programme import accounts
from programme.clock import clock

router = Doors("/oidc")
STATE_COOKIE = "declic_oidc"
# to log in at the provider, with a phone to find first
STATE_LASTS_S = 600
PATIENCE_S = 10
# keys and addresses of the provider are asked for again after so long, or for a key that is not among them
KNOWN_FOR_S = 3600.0
# signatures that only the provider can make
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
LEEWAY_S = 60
# the provider says that there was a second factor: RFC 8176, and the levels of eIDAS
STRONG_AMR = frozenset({"mfa"})
STRONG_ACR = frozenset({"eidas2", "eidas3"})

log = structlog.get_logger()


class NotProven(Exception):
    """What the provider answered does not show who it is; the argument says why, for the log."""


@dataclass(frozen=True)
class Asked:
    """What was asked of the provider, to compare its answer with."""

    state: str
    nonce: str
    verifier: str
    way_on: str
    until: float


@dataclass(frozen=True)
class Identity:
    """Who it is for the provider. ``email``: only when it is verified. ``strong``: with a second factor."""

    subject: str
    email: str | None
    strong: bool


class Provider:
    """The identity provider of the settings. Its methods raise NotProven, httpx.HTTPError."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer is not None
        assert settings.oidc_client_id is not None
        assert settings.oidc_client_secret is not None
        self.name = settings.oidc_name
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._trusts_email = settings.oidc_trust_email
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_at = 0.0

    def where_to(self, asked: Asked, *, redirect_uri: str) -> str:
        """The address at the provider."""
        self._know()
        address: str = prepare_grant_uri(
            self._metadata["authorization_endpoint"],
            self._client_id,
            "code",
            redirect_uri=redirect_uri,
            scope="openid email",
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
        )
        return address

    def identity(self, code: str, asked: Asked, *, redirect_uri: str) -> Identity:
        """Who it is, from the code that they brought back."""
        self._know()
        with httpx.Client(timeout=PATIENCE_S) as client:
            answer = client.post(
                self._metadata["token_endpoint"],
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "redirect_uri": redirect_uri,
                    "client_id": self._client_id,
                    "client_secret": self._secret,
                    "code_verifier": asked.verifier,
                },
            )
            answer.raise_for_status()
            tokens = _object(answer)
            claims = self._id_token(tokens, asked)
            about = claims
            if "email" not in claims and "userinfo_endpoint" in self._metadata:
                about = self._user_info(client, str(tokens.get("access_token", "")), claims)
        verified = about.get("email_verified") is True or self._trusts_email
        return Identity(
            subject=f"{self._issuer} {claims['sub']}",
            email=str(about["email"]) if verified and about.get("email") else None,
            strong=claims.get("acr") in STRONG_ACR or not STRONG_AMR.isdisjoint(claims.get("amr") or ()),
        )

    def _id_token(self, tokens: Mapping[str, Any], asked: Asked) -> Mapping[str, Any]:
        token = self._read(str(tokens.get("id_token", "")))
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
                "sub": {"essential": True},
            },
            params={
                "nonce": asked.nonce,
                "client_id": self._client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        try:
            claims.validate(now=int(clock().timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError) as problem:
            raise NotProven(f"id_token: {problem}") from problem
        found: Mapping[str, Any] = claims
        return found

    def _user_info(self, client: httpx.Client, access_token: str, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider knows of them; some sign it, as ProConnect does."""
        answer = client.get(self._metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {access_token}"})
        answer.raise_for_status()
        signed = answer.headers.get("content-type", "").startswith("application/jwt")
        about: Mapping[str, Any] = self._read(answer.text.strip()).claims if signed else _object(answer)
        if about.get("sub") != claims["sub"]:
            raise NotProven("userinfo is about somebody else")
        return about

    def _read(self, token: str) -> jwt.Token:
        """The token, when the provider signed it; its keys are asked for again once, as it may have changed them."""
        for last in (False, True):
            try:
                assert self._keys is not None
                return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError) as problem:
                if last:
                    raise NotProven(f"signature: {type(problem).__name__}") from problem
                self._know(again=True)
        raise AssertionError

    def _know(self, *, again: bool = False) -> None:
        """Ask the provider for its addresses and keys, unless they were asked for lately."""
        if not again and self._keys is not None and time.monotonic() - self._known_at < KNOWN_FOR_S:
            return
        with httpx.Client(timeout=PATIENCE_S) as client:
            answer = client.get(get_well_known_url(self._issuer, external=True))
            answer.raise_for_status()
            metadata = _object(answer)
            if metadata.get("issuer") != self._issuer:
                raise NotProven("the provider calls itself otherwise than DECLIC_OIDC_ISSUER")
            keys = client.get(metadata["jwks_uri"])
            keys.raise_for_status()
        try:
            self._keys = KeySet.import_key_set(keys.json())
        except (JoseError, ValueError, KeyError, TypeError) as problem:
            raise NotProven("its keys cannot be read") from problem
        self._metadata, self._known_at = metadata, time.monotonic()

    # -- the cookie between the two requests

    def sealed(self, asked: Asked) -> str:
        payload = base64.urlsafe_b64encode(json.dumps(asdict(asked)).encode()).decode()
        return f"{payload}.{self._signature(payload)}"

    def opened(self, sealed: str) -> Asked | None:
        """What `sealed` put in; None when somebody else did, or too long ago."""
        payload, _, signature = sealed.rpartition(".")
        if not hmac.compare_digest(self._signature(payload).encode(), signature.encode("utf-8", "replace")):
            return None
        asked = Asked(**json.loads(base64.urlsafe_b64decode(payload)))
        return asked if asked.until > time.time() else None

    def _signature(self, payload: str) -> str:
        key = hmac.digest(self._secret.encode(), b"declic: state of a login", hashlib.sha256)
        return hmac.new(key, payload.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def provider_of(settings: Settings) -> Provider | None:
    """None: the settings name none."""
    return Provider(settings) if settings.oidc_issuer is not None else None


@router.page("", Open.ANYBODY)
def leave(request: Request, suite: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """To the provider."""
    provider = _provider(request)
    if provider is None:
        return go(LOGIN)
    asked = Asked(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        way_on=safe_way_on(suite),
        until=time.time() + STATE_LASTS_S,
    )
    try:
        where = provider.where_to(asked, redirect_uri=_redirect_uri(request))
    except (NotProven, httpx.HTTPError, KeyError, ValueError) as problem:
        return _failed(request, provider, problem)
    response = RedirectResponse(where, status.HTTP_303_SEE_OTHER)
    response.set_cookie(
        STATE_COOKIE,
        provider.sealed(asked),
        max_age=STATE_LASTS_S,
        path=router.prefix,
        secure=_redirect_uri(request).startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return response


@router.page("/retour", Open.ANYBODY)
def come_back(
    request: Request,
    session: SessionDep,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """From the provider, with a code, or without when they changed their mind."""
    provider = _provider(request)
    if provider is None:
        return go(LOGIN)
    asked = provider.opened(request.cookies.get(STATE_COOKIE, ""))
    if asked is None or not code or not secrets.compare_digest(asked.state.encode(), state.encode()):
        return _failed(request, provider, NotProven("no code, or not of this browser"))
    try:
        identity = provider.identity(code, asked, redirect_uri=_redirect_uri(request))
    except (NotProven, httpx.HTTPError, KeyError, ValueError) as problem:
        return _failed(request, provider, problem)
    token = accounts.log_in_from_provider(
        session,
        identity.subject,
        email=identity.email,
        browser=accounts.browser_of(request.headers.get("user-agent", "")),
        strong=identity.strong,
        now=clock(),
    )
    if token is None:
        return _unknown(request, provider)
    where = asked.way_on if identity.strong else with_way_on(SECOND_FACTOR, asked.way_on)
    response = with_cookie(request, RedirectResponse(where, status.HTTP_303_SEE_OTHER), token)
    response.delete_cookie(STATE_COOKIE, path=router.prefix)
    return response


def _provider(request: Request) -> Provider | None:
    found: Provider | None = request.app.state.oidc
    return found


def _redirect_uri(request: Request) -> str:
    base = str(request.app.state.settings.public_url or request.base_url).rstrip("/")
    return f"{base}{router.prefix}/retour"


def _failed(request: Request, provider: Provider, problem: Exception) -> Response:
    # neither the code nor the tokens: what went wrong, and where
    reason = str(problem) if isinstance(problem, NotProven) else type(problem).__name__
    log.warning("oidc_failed", reason=reason, provider=urlsplit(str(request.app.state.settings.oidc_issuer)).hostname)
    return render(
        request,
        "problem.html",
        status_code=status.HTTP_502_BAD_GATEWAY,
        title=f"La connexion avec {provider.name} n'a pas marché",
        words="Réessaie. Si cela recommence, connecte-toi avec ton mot de passe, et préviens la personne qui gère les "
        "comptes.",
        way_on=LOGIN,
        way_words="Aller à la page de connexion",
    )


def _unknown(request: Request, provider: Provider) -> Response:
    return render(
        request,
        "problem.html",
        status_code=status.HTTP_403_FORBIDDEN,
        title="Tu n'as pas de compte ici",
        words=f"{provider.name} te connaît, mais ton adresse n'est pas dans l'équipe. Demande à la personne qui gère "
        "les comptes de l'ajouter, avec l'adresse que tu utilises là-bas.",
        way_on=LOGIN,
        way_words="Aller à la page de connexion",
    )


def _object(answer: httpx.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise NotProven("not an object")
    return found

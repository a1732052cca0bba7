"""An OpenID Connect provider of our own on this machine, told what to answer: discovery, keys, tokens, userinfo."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "declic", "a secret between the two"


@dataclass
class IdentityProvider:
    """``claims`` go into the next ID token as they are, over what is right; ``about`` is what userinfo answers."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    signed_about: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    # with which the next token is signed; the keys that are published have only `key`
    signs_with: RSAKey | None = None
    asked: dict[str, str] = field(default_factory=dict)
    token_requests: int = 0

    def agree(self, address: str) -> tuple[str, str]:
        """Somebody logged in there: the code and the state that they bring back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return "a-code", self.asked["state"]

    def turn_keys(self) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        }

    def tokens(self, form: dict[str, str]) -> dict[str, Any] | None:
        """None: the request is refused, as a provider refuses it."""
        self.token_requests += 1
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        expected = (CLIENT_ID, CLIENT_SECRET, "a-code", self.asked["redirect_uri"], self.asked["code_challenge"])
        given = tuple(form.get(name) for name in ("client_id", "client_secret", "code", "redirect_uri"))
        if (*given, challenge) != expected:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "sub-1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.asked["nonce"],
        }
        return {"access_token": "for-userinfo", "token_type": "Bearer", "id_token": self.signed(claims | self.claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.signs_with or self.key)


@contextmanager
def running() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path:
                case "/.well-known/openid-configuration":
                    self.say(provider.metadata())
                case "/keys":
                    self.say({"keys": [provider.key.as_dict(private=False)]})
                case "/userinfo" if self.headers["Authorization"] == "Bearer for-userinfo":
                    if provider.signed_about:
                        self.say_text(provider.signed(provider.about), "application/jwt")
                    else:
                        self.say(provider.about)
                case _:
                    self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens = provider.tokens({name: values[0] for name, values in parse_qs(body).items()})
            if tokens is None:
                self.send_error(400)
            else:
                self.say(tokens)

        def say(self, value: dict[str, Any]) -> None:
            self.say_text(json.dumps(value), "application/json")

        def say_text(self, text: str, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing among the lines of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join(timeout=10)

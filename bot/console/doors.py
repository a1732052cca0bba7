"""How a page of the console is opened: every route says which right it asks for, or who else may come in.

A route that says nothing cannot be written. Whoever is not logged in is sent to the login page, whoever lacks the right
reads why; each form carries the token of its session, so that a page of another site can send none.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, params, status
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts
from programme.accounts import LoggedIn
from programme.clock import clock
from programme.permissions import Member, Right

COOKIE = "declic_console"
# the same name with the prefix that browsers enforce: only over https, for this host and all of its paths
SECURE_COOKIE = "__Host-declic_console"
LOGIN = "/console/connexion"
SECOND_FACTOR = "/console/second-facteur"
Route = Callable[[Callable[..., Any]], Callable[..., Any]]
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Open(Enum):
    """Routes that ask for no right."""

    # the login page, the style sheet
    ANYBODY = "anybody"
    # the password was right, the second factor is still to come
    HALF_LOGGED_IN = "half_logged_in"


class NotLoggedIn(Exception):
    """Send them to ``where``, which brings them back afterwards."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


class NotAllowed(Exception):
    """Logged in, without the right that the page asks for."""

    def __init__(self, right: Right) -> None:
        super().__init__(right)
        self.right = right


class FormTooOld(Exception):
    """A form without the token of the session: sent from elsewhere, or left open since another login."""


def get_session(request: Request) -> Iterator[Session]:
    """A transaction for one request: committed before the answer leaves, taken back when the page fails."""
    with transaction(request) as session:
        yield session


@contextmanager
def transaction(request: Request) -> Iterator[Session]:
    """As `get_session`, for a route that streams and must not hold a connection meanwhile."""
    factory: sessionmaker[Session] = request.app.state.session_factory
    with factory.begin() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]


def token_of(request: Request) -> str | None:
    """The secret of the browser's session, from its cookie."""
    return request.cookies.get(SECURE_COOKIE) or request.cookies.get(COOKIE)


def logged_in(request: Request, session: SessionDep) -> LoggedIn | None:
    """Whose browser it is, when its session is alive; the second factor may still be missing."""
    token = token_of(request)
    found = accounts.session_of(session, token, now=clock()) if token else None
    request.state.logged_in = found
    return found


LoggedInDep = Annotated[LoggedIn | None, Depends(logged_in)]


def _opens(right: Right | Open) -> Callable[..., Any]:
    """What guards a route."""

    async def guard(request: Request, who: LoggedInDep) -> None:
        if right is Open.ANYBODY:
            return
        if who is None:
            raise NotLoggedIn(_back_to(request, LOGIN))
        await _check_form(request, who)
        if right is Open.HALF_LOGGED_IN:
            return
        if not who.verified:
            raise NotLoggedIn(_back_to(request, SECOND_FACTOR))
        if not who.member.may(right):
            raise NotAllowed(right)

    return guard


async def _check_form(request: Request, who: LoggedIn) -> None:
    if request.method not in WRITES:
        return
    sent = request.headers.get("x-form-token")
    if sent is None:
        value = (await request.form()).get("form_token")
        sent = value if isinstance(value, str) else ""
    if not secrets.compare_digest(sent.encode(), who.form_token.encode()):
        raise FormTooOld


def _back_to(request: Request, page: str) -> str:
    if request.method != "GET":
        return page
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{page}?suite={quote(asked, safe='')}"


def present(request: Request) -> LoggedIn:
    """Who is there; only behind a door that asks for it."""
    found: LoggedIn | None = request.state.logged_in
    if found is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return found


def current_member(request: Request) -> Member:
    return present(request).member


MemberDep = Annotated[Member, Depends(current_member)]


class Doors(APIRouter):
    """Routes of the console. `right` is asked for each one, and kept for the test that goes through all of them."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__(prefix=f"/console{prefix}", include_in_schema=False)

    def page(self, path: str, right: Right | Open, **options: Any) -> Route:
        """A GET."""
        return self._route(path, right, "GET", options)

    def action(self, path: str, right: Right | Open, **options: Any) -> Route:
        """A POST: a form, or a fetch that sends the token as `X-Form-Token`."""
        return self._route(path, right, "POST", options)

    def _route(self, path: str, right: Right | Open, method: str, options: dict[str, Any]) -> Route:
        guards: list[params.Depends] = [Depends(_opens(right)), *options.pop("dependencies", [])]
        extra = {**(options.pop("openapi_extra", None) or {}), "x-right": right.value}
        return self.api_route(path, methods=[method], dependencies=guards, openapi_extra=extra, **options)

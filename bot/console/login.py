"""Logging in: a password, then a code of the phone; the first time a link, then the phone is set up."""

import io
import time
from collections import OrderedDict, deque
from typing import Annotated
from urllib.parse import quote

import segno
from fastapi import Depends, Form, Query, Request, Response, status

from bot.console.doors import (
    COOKIE,
    LOGIN,
    SECOND_FACTOR,
    SECURE_COOKIE,
    Doors,
    FormTooOld,
    Open,
    SessionDep,
    present,
)
from bot.console.pages import go, render, tell
from programme import accounts, second_factor
from programme.accounts import LONGEST_PASSWORD, SHORTEST_PASSWORD, Weakness
from programme.clock import clock
from programme.errors import CodeWrong, LinkOver, PasswordRefused

router = Doors()
SET_UP = f"{SECOND_FACTOR}/installer"
FIRST_PAGE = "/console"
# of one address on the network: a whole Mission locale may share it
TRIES, TRIES_WITHIN_S = 60, 600.0
MOST_ADDRESSES = 10_000

WEAKNESSES = {
    Weakness.SHORT: f"Il en faut au moins {SHORTEST_PASSWORD} caractères. Plusieurs mots qui ne vont pas ensemble, par "
    "exemple.",
    Weakness.LONG: f"Au plus {LONGEST_PASSWORD} caractères.",
    Weakness.SAME: "Ce sont presque toujours les mêmes signes : varie-les.",
    Weakness.GUESSABLE: "Il ressemble trop à ton nom, à ton adresse ou à un mot de passe très courant.",
}
DIFFERENT = "Les deux ne sont pas pareils : écris-les à nouveau."
tell(
    link_used="C'est fait : connecte-toi avec ton nouveau mot de passe.",
    logged_out="Te voilà déconnecté·e.",
)

Suite = Annotated[str, Query(max_length=2000)]
SuiteForm = Annotated[str, Form(alias="suite", max_length=2000)]
PasswordForm = Annotated[str, Form(max_length=5000)]


class Tries:
    """Counts wrong tries by address on the network, in this process: a brake on top of the lock of each account."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def too_many(self, address: str, *, at: float) -> bool:
        times = self._wrong.get(address, deque())
        while times and times[0] < at - TRIES_WITHIN_S:
            times.popleft()
        return len(times) >= TRIES

    def wrong(self, address: str, *, at: float) -> None:
        self._wrong.setdefault(address, deque(maxlen=TRIES)).append(at)
        self._wrong.move_to_end(address)
        if len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)


_tries = Tries()


def _from_here(request: Request) -> None:
    """A page of another site sends no form: there is no session yet whose token it could lack."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormTooOld


@router.page("/connexion", Open.ANYBODY)
def login_page(request: Request, suite: Suite = "") -> Response:
    found = request.state.logged_in
    if found is not None:
        return go(safe_way_on(suite) if found.verified else with_way_on(SECOND_FACTOR, suite))
    return _login(request, suite=suite)


@router.action("/connexion", Open.ANYBODY, dependencies=[Depends(_from_here)])
def log_in(
    request: Request,
    session: SessionDep,
    email: Annotated[str, Form(max_length=320)] = "",
    password: PasswordForm = "",
    suite: SuiteForm = "",
) -> Response:
    if _tries.too_many(_address(request), at=time.monotonic()):
        return _login(
            request,
            suite=suite,
            email=email,
            wrong="Trop d'essais depuis ton réseau. Attends dix minutes, puis réessaie.",
            code=status.HTTP_429_TOO_MANY_REQUESTS,
        )
    browser = accounts.browser_of(request.headers.get("user-agent", ""))
    token = accounts.log_in(session, email, password, browser=browser, now=clock())
    if token is None:
        _tries.wrong(_address(request), at=time.monotonic())
        return _login(
            request,
            suite=suite,
            email=email,
            wrong="Adresse ou mot de passe non reconnus. Après cinq erreurs, un compte se ferme un quart d'heure, puis "
            "plus longtemps. Mot de passe oublié ? La personne qui gère les comptes te donne un nouveau lien.",
            code=status.HTTP_422_UNPROCESSABLE_CONTENT,
        )
    return with_cookie(request, go(with_way_on(SECOND_FACTOR, suite)), token)


@router.page("/second-facteur", Open.HALF_LOGGED_IN)
def second_factor_page(request: Request, session: SessionDep, suite: Suite = "") -> Response:
    who = present(request)
    if who.verified:
        return go(safe_way_on(suite))
    if not second_factor.is_set_up(session, who.member.staff_id):
        return go(with_way_on(SET_UP, suite))
    return render(request, "access/second_factor.html", suite=suite, wrong="")


@router.action("/second-facteur", Open.HALF_LOGGED_IN)
def give_code(
    request: Request,
    session: SessionDep,
    typed: Annotated[str, Form(alias="code", max_length=100)] = "",
    suite: SuiteForm = "",
) -> Response:
    who = present(request)
    if who.verified:
        return go(safe_way_on(suite))
    try:
        second_factor.check(session, who.member.staff_id, typed, now=clock())
    except CodeWrong:
        return render(
            request, "access/second_factor.html", status_code=422, suite=suite, wrong=_wrong_code("un autre code")
        )
    token = accounts.verified(session, who.digest, now=clock())
    return with_cookie(request, go(safe_way_on(suite)), token)


@router.page("/second-facteur/installer", Open.HALF_LOGGED_IN)
def set_up_page(request: Request, session: SessionDep, suite: Suite = "") -> Response:
    who = present(request)
    if who.verified or second_factor.is_set_up(session, who.member.staff_id):
        return go(with_way_on(SECOND_FACTOR, suite))
    return _set_up(request, session, suite=suite)


@router.page("/second-facteur/image.svg", Open.HALF_LOGGED_IN)
def picture(request: Request, session: SessionDep) -> Response:
    """What the phone photographs; nothing once it is set up."""
    who = present(request)
    if second_factor.is_set_up(session, who.member.staff_id):
        return Response(status_code=status.HTTP_404_NOT_FOUND)
    drawn = io.BytesIO()
    uri = second_factor.begin(session, who.member.staff_id).uri
    # white around and behind it, or a dark page hides it from the phone
    segno.make(uri, error="m").save(drawn, kind="svg", scale=5, border=4, light="#fff", dark="#000")
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@router.action("/second-facteur/installer", Open.HALF_LOGGED_IN)
def set_up(
    request: Request,
    session: SessionDep,
    typed: Annotated[str, Form(alias="code", max_length=100)] = "",
    suite: SuiteForm = "",
) -> Response:
    who = present(request)
    if who.verified or second_factor.is_set_up(session, who.member.staff_id):
        return go(with_way_on(SECOND_FACTOR, suite))
    try:
        codes = second_factor.confirm(session, who.member.staff_id, typed, now=clock())
    except CodeWrong:
        return _set_up(request, session, suite=suite, wrong=_wrong_code("le code suivant"))
    token = accounts.verified(session, who.digest, now=clock())
    shown = render(request, "access/codes.html", codes=codes, way_on=safe_way_on(suite), first=True)
    return with_cookie(request, shown, token)


@router.page("/bienvenue/{token}", Open.ANYBODY)
def welcome(request: Request, session: SessionDep, token: str) -> Response:
    return _welcome(request, session, token)


@router.action("/bienvenue/{token}", Open.ANYBODY, dependencies=[Depends(_from_here)])
def choose_password(
    request: Request, session: SessionDep, token: str, password: PasswordForm = "", again: PasswordForm = ""
) -> Response:
    if password != again:
        return _welcome(request, session, token, wrong_again=DIFFERENT)
    try:
        accounts.set_password(session, token, password, now=clock())
    except PasswordRefused as refused:
        return _welcome(request, session, token, wrong=WEAKNESSES[refused.args[0]])
    except LinkOver:
        return _welcome(request, session, token)
    return go(LOGIN, "link_used")


@router.action("/deconnexion", Open.HALF_LOGGED_IN)
def log_out(request: Request, session: SessionDep) -> Response:
    who = present(request)
    accounts.revoke(session, who.member.staff_id, who.digest, now=clock())
    response = go(LOGIN, "logged_out")
    response.delete_cookie(COOKIE, path="/")
    response.delete_cookie(SECURE_COOKIE, path="/", secure=True)
    return response


def _login(
    request: Request, *, suite: str, email: str = "", wrong: str = "", code: int = status.HTTP_200_OK
) -> Response:
    return render(
        request,
        "access/login.html",
        status_code=code,
        suite=suite,
        email=email,
        wrong=wrong,
        provider=request.app.state.oidc,
    )


def _set_up(request: Request, session: SessionDep, *, suite: str, wrong: str = "") -> Response:
    enrolment = second_factor.begin(session, present(request).member.staff_id)
    secret = enrolment.secret
    return render(
        request,
        "access/set_up.html",
        status_code=422 if wrong else 200,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        suite=suite,
        wrong=wrong,
    )


def _welcome(request: Request, session: SessionDep, token: str, *, wrong: str = "", wrong_again: str = "") -> Response:
    try:
        staff = accounts.staff_by_link(session, token, now=clock())
    except LinkOver:
        return render(
            request,
            "problem.html",
            status_code=status.HTTP_410_GONE,
            title="Ce lien n'est plus valable",
            words="Un lien sert une fois, pendant deux jours. Demande-en un autre à la personne qui gère les comptes.",
            way_on=LOGIN,
            way_words="Aller à la page de connexion",
        )
    return render(
        request,
        "access/welcome.html",
        status_code=422 if wrong or wrong_again else 200,
        staff=staff,
        wrong=wrong,
        wrong_again=wrong_again,
        shortest=SHORTEST_PASSWORD,
    )


def _wrong_code(other: str) -> str:
    return (
        f"Ce code n'est pas le bon, ou il a déjà servi. Vérifie que ton téléphone est à l'heure et essaie {other}. "
        "Après cinq erreurs, le compte se ferme un quart d'heure ou plus."
    )


def safe_way_on(suite: str) -> str:
    """Where to go on: a page of the console, whatever an address asks for."""
    ours = suite == FIRST_PAGE or suite.startswith((f"{FIRST_PAGE}/", f"{FIRST_PAGE}?"))
    return suite if ours and suite.isprintable() and "\\" not in suite else FIRST_PAGE


def with_way_on(page: str, suite: str) -> str:
    return f"{page}?suite={quote(suite, safe='')}" if suite and safe_way_on(suite) == suite else page


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def with_cookie(request: Request, response: Response, token: str) -> Response:
    """Ends with the browser, or earlier with the session."""
    public = request.app.state.settings.public_url
    secure = request.url.scheme == "https" or (public is not None and public.scheme == "https")
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE, token, path="/", secure=secure, httponly=True, samesite="lax"
    )
    return response

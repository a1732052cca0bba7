"""Showing a page: templates in bot/console/templates, with what all of them need."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, status
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.settings import Settings
from programme import french
from programme.accounts import LoggedIn
from programme.clock import clock
from programme.path import STAGE_NAMES
from programme.permissions import Right

HERE = Path(__file__).parent
FLASH = "declic_said"
# « entretiens » was found by « entretien »: their beginnings are the same
LONGEST_STEM = 6


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    title: str
    path: str
    right: Right


MENU = (
    Entry("Ce matin", "/console", Right.MORNING),
    Entry("Conversations", "/console/conversations", Right.READ_CONVERSATIONS),
    Entry("Jeunes", "/console/jeunes", Right.READ_PEOPLE),
    Entry("Rendez-vous", "/console/dates", Right.READ_EVENTS),
    Entry("Entreprises", "/console/entreprises", Right.READ_COMPANIES),
    Entry("Campagnes", "/console/campagnes", Right.READ_CAMPAIGNS),
    Entry("Relecture", "/console/relecture", Right.REVIEW),
    Entry("Chiffres", "/console/chiffres", Right.FIGURES),
    Entry("Règles et montants", "/console/reperes", Right.FACTS),
    Entry("Comptes", "/console/comptes", Right.ACCOUNTS),
    Entry("Journal", "/console/journal", Right.AUDIT),
    Entry("Tables", "/console/tables", Right.REFERENCE),
)


def menu_of(request: Request) -> Sequence[Entry]:
    """The pages that there are, of those that who is there may open; none before they are logged in."""
    who: LoggedIn | None = getattr(request.state, "logged_in", None)
    if who is None or not who.verified:
        return ()
    there: frozenset[str] = request.app.state.console_paths
    return [entry for entry in MENU if entry.path in there and who.member.may(entry.right)]


def since(moment: datetime, now: datetime) -> str:
    """How long ago, in words: « à l'instant », « il y a 12 min », « il y a 2 h », « il y a 3 jours »."""
    gone = max(now - moment, timedelta(0))
    if gone < timedelta(minutes=1):
        return "à l'instant"
    if gone < timedelta(hours=1):
        return f"il y a {gone.seconds // 60} min"
    if gone < timedelta(days=1):
        return f"il y a {gone.seconds // 3600} h"
    return f"il y a {french.plural(gone.days, 'jour', 'jours')}"


def marked(said: str, words: str) -> Markup:
    """The text, safe to show, with each word that begins as one of ``words`` marked; accents do not count."""
    wanted = tuple(stem for word in re.findall(r"\w+", french.plain(words)) if (stem := word[:LONGEST_STEM]))
    pieces = re.split(r"(\w+)", said)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(piece) if wanted and french.plain(piece).startswith(wanted) else piece
        for piece in pieces
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": french.day, "since": since, "stage": lambda stage: STAGE_NAMES[stage]}
    environment.filters |= {"marked": marked, "tuple_of": lambda value: (value, value)}
    environment.globals |= {"plural": french.plural, "Right": Right}
    return environment


TEMPLATES = _environment()


# what an action left to be told on the next page, by key; each module of the console adds its own with `tell`
SAID: dict[str, str] = {}
TEMPLATES.globals["SAID"] = SAID


def tell(**sentences: str) -> None:
    """Add sentences that `go` may leave. Raises ValueError when a key is taken."""
    taken = SAID.keys() & sentences.keys()
    if taken:
        raise ValueError(f"taken already: {', '.join(sorted(taken))}")
    SAID.update(sentences)


def values_for(request: Request) -> dict[str, Any]:
    """What every template has: ``who`` (None: not logged in), ``menu``, ``here`` (the path), ``now`` and ``today``,
    ``at`` and ``on`` (a time and a day of the zone in words), and ``said``, what the last action left to be told."""
    settings: Settings = request.app.state.settings
    who: LoggedIn | None = getattr(request.state, "logged_in", None)
    now = clock()
    return {
        "who": who,
        "member": who.member if who else None,
        "form_token": who.form_token if who else "",
        "menu": menu_of(request),
        "here": request.url.path,
        "now": now,
        "today": now.astimezone(settings.zone).date(),
        "at": lambda moment: french.day_and_hour(moment, settings.zone),
        "on": lambda moment: french.day(moment.astimezone(settings.zone).date()),
        "local": lambda moment: moment.astimezone(settings.zone),
        "said": request.cookies.get(FLASH, ""),
    }


def render(request: Request, template: str, *, status_code: int = status.HTTP_200_OK, **values: Any) -> HTMLResponse:
    """The page, with `values_for` and what it needs besides."""
    html = TEMPLATES.get_template(template).render(**values_for(request), **values)
    response = HTMLResponse(html, status_code)
    if FLASH in request.cookies:
        response.delete_cookie(FLASH, path="/console")
    return response


def go(where: str, said: str = "") -> RedirectResponse:
    """After a form: to a page, which says what was done. ``said`` is a key of SAID: no text travels in a cookie."""
    response = RedirectResponse(where, status.HTTP_303_SEE_OTHER)
    if said:
        assert said in SAID, said
        response.set_cookie(FLASH, said, max_age=60, path="/console", httponly=True, samesite="lax")
    return response


def today_in(request: Request) -> date:
    """The day it is where the Mission locale is."""
    return clock().astimezone(zone_of(request)).date()


def zone_of(request: Request) -> ZoneInfo:
    settings: Settings = request.app.state.settings
    return settings.zone

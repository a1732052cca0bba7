"""Putting the console together: its pages, its files, what is shown when something is refused."""

from fastapi import FastAPI, Request, Response, status
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from bot.console import (
    account_admin,
    campaigns,
    companies,
    contracts,
    events,
    facts,
    figures,
    inbox,
    journal,
    login,
    morning,
    oidc,
    own_account,
    people,
    reference,
    review,
    talk,
)
from bot.console.doors import Doors, FormTooOld, NotAllowed, NotLoggedIn
from bot.console.pages import HERE, render
from programme.errors import (
    AbsenceNotFound,
    BookingNotFound,
    CampaignNotFound,
    CohortNotFound,
    CompanyNotFound,
    ConventionNotFound,
    ConversationNotFound,
    CorrectionNotFound,
    EventNotFound,
    FigureNotFound,
    FlagNotFound,
    NeedNotFound,
    PersonNotFound,
    ReviewNotFound,
    StaffNotFound,
)

# each module has its own pages; in the order of the menu
ROUTERS: list[Doors] = [
    login.router,
    oidc.router,
    morning.router,
    inbox.router,
    talk.router,
    people.router,
    contracts.router,
    events.router,
    companies.router,
    campaigns.router,
    review.router,
    figures.router,
    facts.router,
    account_admin.router,
    journal.router,
    own_account.router,
]
NOT_THERE = (
    PersonNotFound,
    ConversationNotFound,
    ConventionNotFound,
    EventNotFound,
    BookingNotFound,
    CampaignNotFound,
    CohortNotFound,
    CompanyNotFound,
    FigureNotFound,
    FlagNotFound,
    NeedNotFound,
    StaffNotFound,
    AbsenceNotFound,
    ReviewNotFound,
    CorrectionNotFound,
)


def mount(app: FastAPI) -> None:
    """Add the console to the bot's application, whose state has ``session_factory`` and ``settings``."""
    app.state.console_paths = frozenset(
        route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)
    ) | {reference.PATH}
    app.state.oidc = oidc.provider_of(app.state.settings)
    for router in ROUTERS:
        app.include_router(router)
    reference.mount(app)
    app.mount("/console/static", StaticFiles(directory=HERE / "static"), name="console_static")
    app.add_exception_handler(NotLoggedIn, _to_login)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(FormTooOld, _form_too_old)
    for error in NOT_THERE:
        app.add_exception_handler(error, _not_there)


async def _to_login(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NotLoggedIn)
    return RedirectResponse(error.where, status.HTTP_303_SEE_OTHER)


async def _not_allowed(request: Request, _error: Exception) -> Response:
    return _problem(
        request,
        status.HTTP_403_FORBIDDEN,
        "Cette page n'est pas pour ton rôle",
        "Si tu en as besoin pour ton travail, demande-le à la personne qui gère les comptes.",
    )


async def _form_too_old(request: Request, _error: Exception) -> Response:
    return _problem(
        request,
        status.HTTP_403_FORBIDDEN,
        "Ce formulaire n'est plus valable",
        "Rien n'a été enregistré. Reviens en arrière, recharge la page et envoie-le à nouveau.",
    )


async def _not_there(request: Request, _error: Exception) -> Response:
    """The same words whether it does not exist or is out of reach: the console does not say who is known."""
    return _problem(
        request,
        status.HTTP_404_NOT_FOUND,
        "On ne trouve pas cette page",
        "Elle n'existe pas ou plus, ou elle ne concerne pas ton équipe.",
    )


def incomplete(request: Request) -> Response:
    """A form or an address that lacks something, or holds what cannot be."""
    return _problem(
        request,
        status.HTTP_422_UNPROCESSABLE_CONTENT,
        "Il manque quelque chose",
        "Rien n'a été enregistré. Reviens en arrière et vérifie ce que tu as rempli.",
    )


def _problem(request: Request, code: int, title: str, words: str) -> Response:
    return render(
        request,
        "problem.html",
        status_code=code,
        title=title,
        words=words,
        way_on="/console",
        way_words="Aller à la première page",
    )

"""Every page of the console in a real browser: readable by all, on a phone and on a desk, with no error."""

import os
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, ViewportSize
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import reference
from bot.console.app import ROUTERS
from bot.console.doors import Open
from programme import conventions, conversations, flags, takeover
from programme.campaigns.definition import load_campaigns
from programme.models import Company, Conversation, EventDate, FlagReason, Role
from programme.permissions import RIGHTS, Right
from tests.stack import Stack
from tests.web.accessibility import scrolls_sideways, violations
from tests.web.console import DESKTOP, PHONE, TABLET, a_member, in_charge, logged_in

# pages that are no pages: streams, pictures, files, and what answers to a link of its own
NO_PAGE = re.compile(r"flux$|\.(svg|csv|xlsx|json|html)$|\{token\}|bienvenue|oidc")
SCREENS = os.environ.get("DECLIC_SCREENS", "")


def pages() -> Iterator[APIRoute]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            # those that ask for no right are the way in: test_console_login
            inside = (route.openapi_extra or {})["x-right"] not in {each.value for each in Open}
            if inside and "GET" in (route.methods or ()) and not NO_PAGE.search(route.path):
                yield route


def role_for(route: APIRoute) -> Role:
    """Who sees most of what they may."""
    right = str((route.openapi_extra or {})["x-right"])
    order = (Role.TEAM_LEAD, Role.COUNSELLOR, Role.PROGRAMME_MANAGER, Role.CONTENT_AUTHOR, Role.ADMIN, Role.ANIMATOR)
    return next(role for role in order if Right(right) in RIGHTS[role])


@pytest.fixture(scope="session")
def places(stack: Stack) -> dict[str, str]:
    """What stands for each name in a path; there is something to see behind all of them."""
    counsellor = a_member(stack, Role.COUNSELLOR, name="Noa Lambert")
    chat = stack.chat()
    for text in ("salut", "c'est payé combien un apprenti de 17 ans ?", "azerty qwerty", "azerty encore qwerty"):
        chat.say(text)
    person_id = in_charge(stack, chat, counsellor, name="Inès")
    with Session(stack.engine) as session, session.begin():
        conversation_id = uuid.UUID(chat.conversation_id)
        flags.raise_flag(session, conversation_id, reason=FlagReason.HUMAN_WANTED, now=stack.now())
        takeover.take(session, conversation_id, staff_id=counsellor.staff_id, now=stack.now(), reason="entretien")
        company_id = _company(session)
        values = {
            "conversation_id": chat.conversation_id,
            "person_id": str(person_id),
            "staff_id": str(counsellor.staff_id),
            "date_id": str(session.scalars(select(EventDate.id).order_by(EventDate.id).limit(1)).one()),
            "company_id": str(company_id),
            "convention_id": str(_convention(session, company_id, counsellor.organisation_id, stack.now().date())),
            "name": next(iter(load_campaigns())),
            "message_id": str(conversations.transcript(session, conversation_id)[0].id),
        }
        assert session.get(Conversation, conversation_id) is not None
    return values


def _company(session: Session) -> int:
    company = Company(slug="garage-console", name="Garage des Bords", sector="automobile")
    session.add(company)
    session.flush()
    return company.id


def _convention(session: Session, company_id: int, organisation_id: int, day: date) -> int:
    return conventions.save_convention(
        session, company_id=company_id, organisation_id=organisation_id, objectives="deux places par an",
        commitments="une visite par mois", follow_up="un point par trimestre", criteria="deux contrats signés",
        starts_on=day, ends_on=day + timedelta(days=365), signed_on=day,
    ).id  # fmt: skip


VIEWPORTS = pytest.mark.parametrize(
    "viewport",
    [pytest.param(PHONE, id="phone"), pytest.param(TABLET, id="tablet"), pytest.param(DESKTOP, id="desktop")],
)


def judge(stack: Stack, browser: Browser, role: Role, path: str, viewport: ViewportSize) -> None:
    with logged_in(stack, browser, a_member(stack, role), viewport) as desk:
        answer = desk.page.goto(stack.url + path)
        assert answer is not None
        assert answer.status == 200, path
        if SCREENS:
            name = path.strip("/").replace("/", "-")
            desk.page.screenshot(path=Path(SCREENS) / f"{name}-{viewport['width']}.png", full_page=True)
        assert violations(desk.page) == []
        assert not scrolls_sideways(desk.page)
        assert desk.page.locator("h1").count() == 1


@VIEWPORTS
@pytest.mark.parametrize("route", [pytest.param(route, id=route.path) for route in pages()])
def test_a_page_has_no_barrier_that_axe_knows_and_fits_the_screen(
    stack: Stack, browser: Browser, places: dict[str, str], route: APIRoute, viewport: ViewportSize
) -> None:
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: places[found[1]], route.path)
    judge(stack, browser, role_for(route), path, viewport)


@VIEWPORTS
@pytest.mark.parametrize(
    "path",
    [
        f"{reference.PATH}/",
        *(f"{reference.PATH}/{table.address}/list" for table in reference.TABLES),
        f"{reference.PATH}/equipes/create",
    ],
)
def test_a_table_has_none_either(
    stack: Stack, browser: Browser, places: dict[str, str], path: str, viewport: ViewportSize
) -> None:
    judge(stack, browser, Role.ADMIN, path, viewport)

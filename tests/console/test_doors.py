"""Every page of the console asks for a right: who has it comes in, nobody else does."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi.routing import APIRoute

from bot.console.app import ROUTERS
from bot.console.doors import Doors, Open
from programme.models import Role
from programme.permissions import RIGHTS, Right
from tests.console.conftest import Browser

OPEN = {each.value for each in Open}
# what stands for a name in a path, when it is no number
PLACES = {"conversation_id": "00000000-0000-4000-8000-000000000000"}


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is no page of a Doors"
            yield route


def right_of(route: APIRoute) -> str:
    return str((route.openapi_extra or {}).get("x-right", ""))


GUARDED = [
    pytest.param(route, id=f"{min(route.methods)} {route.path}") for route in routes() if right_of(route) not in OPEN
]


def address(route: APIRoute) -> str:
    path = route.path
    for name in route.param_convertors:
        path = path.replace("{" + name, "{" + name.split(":")[0])
        path = path.replace("{" + name + "}", PLACES.get(name, "999999999"))
    return path


def ask(browser: Browser, route: APIRoute) -> httpx.Response:
    if "GET" not in route.methods:
        return browser.send(address(route))
    with browser.client.stream("GET", address(route)) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):  # that one has no end
            answer.read()
    return answer


def test_no_route_comes_without_a_rule() -> None:
    rules = {each.value for each in Right} | OPEN
    assert [route.path for route in routes() if right_of(route) not in rules] == []
    assert all(isinstance(router, Doors) for router in ROUTERS)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", GUARDED)
def test_a_page_opens_for_the_roles_that_have_its_right_and_for_no_other(
    a_browser: Callable[..., Browser], route: APIRoute, role: Role
) -> None:
    answer = ask(a_browser(role), route)
    if Right(right_of(route)) in RIGHTS[role]:
        assert answer.status_code != 403
        assert answer.status_code < 500
    else:
        assert answer.status_code == 403
        assert "pas pour ton rôle" in answer.text


@pytest.mark.parametrize("route", GUARDED)
def test_who_is_not_logged_in_is_sent_to_the_login_page(console_url: str, route: APIRoute) -> None:
    answer = httpx.request(min(route.methods), console_url + address(route), trust_env=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/connexion")


@pytest.mark.parametrize("route", GUARDED)
def test_without_the_second_factor_no_page_opens(a_browser: Callable[..., Browser], route: APIRoute) -> None:
    answer = ask(a_browser(Role.TEAM_LEAD, verified=False), route)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/second-facteur")


@pytest.mark.parametrize("route", [each for each in GUARDED if "POST" in each.values[0].methods])
def test_a_form_without_the_token_of_its_session_changes_nothing(
    a_browser: Callable[..., Browser], route: APIRoute
) -> None:
    browser = a_browser(next(role for role in Role if Right(right_of(route)) in RIGHTS[role]))
    answer = browser.client.post(address(route), data={"form_token": "autre"})
    assert answer.status_code == 403
    assert "plus valable" in answer.text

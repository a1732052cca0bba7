"""One's own account: the password, the recovery codes, the browsers."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts, second_factor
from programme.clock import clock
from programme.models import Role
from programme.permissions import Member
from tests.console.conftest import Browser
from tests.staff import GOOD, phone_of, with_password

NEW = "quatre chats au balcon"


@pytest.fixture
def who(a_member: Callable[..., Member], session_factory: sessionmaker[Session]) -> Member:
    member = a_member(Role.COUNSELLOR, name="Camille Ayari")
    with session_factory.begin() as session:
        with_password(session, member.staff_id, now=clock())
    return member


@pytest.fixture
def phone(who: Member, session_factory: sessionmaker[Session]) -> pyotp.TOTP:
    before = clock() - timedelta(minutes=10)
    with session_factory.begin() as session:
        phone = phone_of(session, who.staff_id)
        second_factor.confirm(session, who.staff_id, phone.at(before), now=before)
    return phone


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_the_page(a_browser: Callable[..., Browser], role: Role) -> None:
    page = a_browser(role)
    assert page.who.name in page.get("/console/compte").text


def test_the_password_is_changed_and_the_other_browsers_are_logged_out(
    a_browser: Callable[..., Browser], who: Member
) -> None:
    here, there = a_browser(who=who), a_browser(who=who)
    answer = here.send("/console/compte/mot-de-passe", {"current": GOOD, "password": NEW, "again": NEW})
    assert answer.status_code == 303
    assert here.get("/console/compte").status_code == 200
    assert there.get("/console/compte").headers["location"].startswith("/console/connexion")


@pytest.mark.parametrize(
    ("current", "password", "again", "expected"),
    [
        ("autre", NEW, NEW, "pas ton mot de passe actuel"),
        (GOOD, "court", "court", "au moins 12"),
        (GOOD, "camille ayari 1", "camille ayari 1", "ressemble trop"),
        (GOOD, NEW, "autre", "pas pareils"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    a_browser: Callable[..., Browser],
    who: Member,
    session_factory: sessionmaker[Session],
    current: str,
    password: str,
    again: str,
    expected: str,
) -> None:
    answer = a_browser(who=who).send(
        "/console/compte/mot-de-passe", {"current": current, "password": password, "again": again}
    )
    assert answer.status_code == 422
    assert expected in answer.text
    with session_factory.begin() as session:
        account = accounts.locked_account(session, who.staff_id)
        assert accounts.is_right(account, GOOD, now=clock())


def test_other_recovery_codes_are_made_with_a_code_of_the_phone(
    a_browser: Callable[..., Browser], who: Member, phone: pyotp.TOTP, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser(who=who)
    assert "pas le bon" in browser.send("/console/compte/codes", {"code": "abcdef"}).text
    shown = browser.send("/console/compte/codes", {"code": phone.at(clock())})
    codes = re.findall(r"<li><code>([^<]+)</code>", shown.text)
    assert len(codes) == second_factor.RECOVERY_CODES
    with session_factory.begin() as session:
        second_factor.check(session, who.staff_id, codes[0], now=clock())


def test_browsers_are_listed_and_closed_one_by_one_or_all_but_this_one(
    a_browser: Callable[..., Browser], who: Member
) -> None:
    here, second, third = (a_browser(who=who) for _ in range(3))
    listed = re.findall(r'name="digest" value="([^"]+)"', here.get("/console/compte").text)
    assert len(listed) == 2
    here.send("/console/compte/deconnecter", {"digest": listed[0]})
    alive = [each for each in (second, third) if each.get("/console/compte").status_code == 200]
    assert len(alive) == 1
    here.send("/console/compte/deconnecter")
    assert alive[0].get("/console/compte").status_code == 303
    assert here.get("/console/compte").status_code == 200


def test_nobody_closes_the_browser_of_somebody_else(a_browser: Callable[..., Browser], who: Member) -> None:
    theirs = a_browser(who=who)
    digest = accounts.digest_of(next(iter(theirs.client.cookies.jar)).value or "")
    a_browser().send("/console/compte/deconnecter", {"digest": digest})
    assert theirs.get("/console/compte").status_code == 200

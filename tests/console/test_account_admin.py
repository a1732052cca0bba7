"""Keeping the team's accounts: somebody new, a lost phone, somebody who leaves; each leaves a line."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts, second_factor, team_accounts
from programme.clock import clock
from programme.models import Account, AuditLine, Role, StaffMember
from programme.permissions import Member
from tests.console.conftest import Browser
from tests.staff import GOOD, phone_of, with_password


@pytest.fixture
def admin(a_browser: Callable[..., Browser]) -> Browser:
    return a_browser(Role.ADMIN)


@pytest.fixture
def colleague(a_member: Callable[..., Member], session_factory: sessionmaker[Session]) -> Member:
    """Somebody with a password and a phone."""
    member = a_member(Role.COUNSELLOR, name="Noa Lambert")
    before = clock() - timedelta(minutes=10)
    with session_factory.begin() as session:
        with_password(session, member.staff_id, now=before)
        phone = phone_of(session, member.staff_id)
        second_factor.confirm(session, member.staff_id, phone.at(before), now=before)
    return member


def actions(session_factory: sessionmaker[Session]) -> list[tuple[str, int | None]]:
    with session_factory() as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id))
        return [(line.action, line.details["staff_id"]) for line in lines]


def test_somebody_new_is_added_and_gets_a_link_once(
    admin: Browser, a_team: Callable[..., int], session_factory: sessionmaker[Session]
) -> None:
    # when somebody is added
    fields = {"email": "Lou@ML.example", "name": "Lou Diaz", "role": "team_lead", "team_id": a_team()}
    answer = admin.send("/console/comptes/ajouter", fields)
    staff_id = int(answer.headers["location"].rpartition("/")[2])
    assert "pas encore choisi" in admin.get(answer.headers["location"]).text
    # and a link is made for them
    page = admin.send(f"/console/comptes/{staff_id}/lien")
    link = re.search(r"/console/bienvenue/([\w-]+)", page.text)
    assert link is not None
    # then it opens their account, and is shown nowhere else
    assert "Bienvenue, Lou Diaz" in admin.get(link[0]).text
    assert link[1] not in admin.get(f"/console/comptes/{staff_id}").text
    assert actions(session_factory) == [("account.add", staff_id), ("account.invite", staff_id)]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("email", "lou", "prenom.nom@mission-locale.fr"),
        ("email", "lou@a@b", "prenom.nom@mission-locale.fr"),
        ("name", "  ", "les jeunes lisent le prénom"),
        ("role", "chef", "Choisis un rôle"),
        ("team_id", 999_999, "Choisis une équipe"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_with_what_was_typed(
    admin: Browser, a_team: Callable[..., int], field: str, value: str | int, expected: str
) -> None:
    fields = {"email": "lou@ml.example", "name": "Lou Diaz", "role": "counsellor", "team_id": a_team()} | {field: value}
    answer = admin.send("/console/comptes/ajouter", fields)
    assert answer.status_code == 422
    assert expected in answer.text
    kept = "email" if field == "name" else "name"
    assert f'value="{fields[kept]}"' in answer.text


def test_an_address_is_one_persons(admin: Browser, colleague: Member, session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        email = session.get_one(StaffMember, colleague.staff_id).email
    fields = {"email": email.upper(), "name": "Lou", "role": "counsellor", "team_id": colleague.team_id}
    assert "déjà cette adresse" in admin.send("/console/comptes/ajouter", fields).text


def test_a_role_and_a_team_are_changed_at_once_for_who_is_logged_in(
    admin: Browser,
    colleague: Member,
    a_browser: Callable[..., Browser],
    session_factory: sessionmaker[Session],
) -> None:
    theirs = a_browser(who=colleague)
    assert theirs.get("/console/conversations").status_code == 200
    fields = {"name": "Noa L.", "role": "animator", "team_id": colleague.team_id}
    admin.send(f"/console/comptes/{colleague.staff_id}", fields)
    assert theirs.get("/console/conversations").status_code == 403
    assert actions(session_factory) == [("account.change", colleague.staff_id)]


def test_who_leaves_is_out_at_once_and_may_come_back(
    admin: Browser, colleague: Member, a_browser: Callable[..., Browser], session_factory: sessionmaker[Session]
) -> None:
    theirs = a_browser(who=colleague)
    admin.send(f"/console/comptes/{colleague.staff_id}/fermer")
    assert theirs.get("/console").headers["location"].startswith("/console/connexion")
    assert "fermé" in admin.get("/console/comptes").text
    admin.send(f"/console/comptes/{colleague.staff_id}/rouvrir")
    with session_factory.begin() as session:
        email = session.get_one(StaffMember, colleague.staff_id).email
        assert accounts.log_in(session, email, GOOD, browser="", now=clock()) is not None
    assert [action for action, _ in actions(session_factory)] == ["account.deactivate", "account.reactivate"]


def test_a_locked_account_is_opened_and_a_lost_phone_forgotten(
    admin: Browser, colleague: Member, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        email = session.get_one(StaffMember, colleague.staff_id).email
        for _ in range(accounts.LOCKS_EVERY):
            accounts.log_in(session, email, "faux", browser="", now=clock())
    assert "Débloquer" in admin.get(f"/console/comptes/{colleague.staff_id}").text
    admin.send(f"/console/comptes/{colleague.staff_id}/debloquer")
    admin.send(f"/console/comptes/{colleague.staff_id}/telephone")
    with session_factory() as session:
        account = session.get_one(Account, colleague.staff_id)
        assert (account.failures, account.locked_until, account.totp_secret) == (0, None, None)


def test_nobody_shuts_themselves_out(admin: Browser) -> None:
    own = admin.who
    admin.send(f"/console/comptes/{own.staff_id}/fermer")
    admin.send(f"/console/comptes/{own.staff_id}", {"name": "N", "role": "counsellor", "team_id": own.team_id})
    assert "demande-le à quelqu" in admin.get("/console/comptes").text
    answer = admin.send(f"/console/comptes/{own.staff_id}", {"name": "Nour", "role": "admin", "team_id": own.team_id})
    assert answer.status_code == 303
    assert "Nour" in admin.get("/console/comptes").text


@pytest.mark.parametrize("action", ["lien", "fermer", "rouvrir", "debloquer", "telephone"])
def test_somebody_who_does_not_exist_is_not_there(admin: Browser, action: str) -> None:
    assert admin.send(f"/console/comptes/999999999/{action}").status_code == 404


def test_the_list_is_searched_and_paged(
    admin: Browser, a_member: Callable[..., Member], a_team: Callable[..., int]
) -> None:
    team_id = a_team()
    for number in range(team_accounts.PAGE + 5):
        a_member(team_id=team_id, name=f"Collègue {number:02}")
    first = admin.get("/console/comptes").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following is not None
    second = admin.get(following[1].replace("&amp;", "&")).text
    names = [set(re.findall(r"Collègue \d\d", page)) for page in (first, second)]
    assert not names[0] & names[1]
    assert len(names[0] | names[1]) == team_accounts.PAGE + 5
    found = admin.get("/console/comptes", params={"mots": "collègue 07"}).text
    assert re.findall(r"Collègue \d\d", found) == ["Collègue 07"]
    assert "Personne n'a" in admin.get("/console/comptes", params={"mots": "100%_"}).text.replace("&#39;", "'")

"""The tables of reference data: who comes in, what they change, and what no hand may do to them."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.console.reference import TABLES
from programme import companies
from programme.events import save_series
from programme.models import (
    AuditLine,
    Base,
    EventKind,
    Organisation,
    OrganisationKind,
    Programme,
    Role,
    Series,
    Site,
    Team,
    Territory,
    TerritoryCommune,
)
from programme.permissions import RIGHTS, Right
from programme.privacy import hanging_from_people
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
NAMES = [table.address for table in TABLES]
HOME = "/console/tables"
PROGRAMME = {
    "name": "Club", "slug": "club", "purpose": "Trouver un contrat", "starts_on": "2027-03-01", "ends_on": "2027-10-31",
    "places": "55",
}  # fmt: skip


@pytest.fixture
def admin(a_browser: ABrowser) -> Browser:
    return a_browser(Role.ADMIN)


def audited(session_factory: sessionmaker[Session]) -> list[dict[str, Any]]:
    with session_factory() as session:
        lines = session.scalars(
            select(AuditLine).where(AuditLine.action == "reference.change").order_by(AuditLine.id)
        ).all()
        assert all(line.staff_id is not None for line in lines)
        return [line.details for line in lines]


# -- who comes in


@pytest.mark.parametrize("role", list(Role))
def test_the_tables_open_for_the_roles_that_have_the_right_and_for_no_other(a_browser: ABrowser, role: Role) -> None:
    browser = a_browser(role)
    for path in ("/", *(f"/{name}/list" for name in NAMES), *(f"/{name}/create" for name in NAMES), "/x/list"):
        answer = browser.get(HOME + path)
        if Right.REFERENCE in RIGHTS[role]:
            expected = {"/rendez-vous/create": 403, "/x/list": 404}.get(path, 200)
            assert answer.status_code == expected
        else:
            assert answer.status_code == 403
            assert "pas pour ton rôle" in answer.text
    answer = browser.send(f"{HOME}/structures/create", {"name": "X", "slug": "x", "kind": "cfa"})
    assert (answer.status_code == 303) == (Right.REFERENCE in RIGHTS[role])


def test_who_is_not_logged_in_is_sent_to_the_login_page(console_url: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/equipes/list"), ("POST", "/communes/retirer/cachan")):
        answer = httpx.request(method, console_url + HOME + path, trust_env=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/connexion")


def test_without_the_second_factor_no_table_opens(a_browser: ABrowser) -> None:
    answer = a_browser(Role.ADMIN, verified=False).get(f"{HOME}/equipes/list")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/console/second-facteur")


def test_a_form_without_the_token_of_its_session_changes_nothing(
    admin: Browser, session_factory: sessionmaker[Session]
) -> None:
    for fields in ({}, {"form_token": "autre"}):
        answer = admin.client.post(
            f"{HOME}/structures/create", data={"name": "X", "slug": "x", "kind": "cfa", **fields}
        )
        assert answer.status_code == 403
        assert "plus valable" in answer.text
    assert admin.client.delete(f"{HOME}/structures/delete?pks=1").status_code == 403
    assert audited(session_factory) == []


def test_a_form_that_is_far_too_large_is_not_read(admin: Browser) -> None:
    assert admin.send(f"{HOME}/structures/create", {"name": "x" * 300_000}).status_code == 413


def test_no_table_is_about_a_young_person() -> None:
    about_people = {"people", *hanging_from_people(Base.metadata)}
    assert {table.model.__tablename__ for table in TABLES} & about_people == set()


def test_what_sqladmin_has_besides_is_not_open(admin: Browser) -> None:
    for path in (
        "/login", "/logout", "/statics/js/main.js", "/equipes/details/1", "/equipes/export/csv", "/equipes/ajax/lookup",
        "/communes/delete?pks=cachan",
    ):  # fmt: skip
        assert admin.get(HOME + path).status_code == 404
    assert admin.send(f"{HOME}/equipes/import").status_code == 404


def test_the_pages_keep_to_the_policy_of_the_console_and_ask_no_other_site(admin: Browser) -> None:
    for path in ("/", *(f"/{name}/list" for name in NAMES), "/programmes/create"):
        answer = admin.get(HOME + path)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text) == []
        assert "style=" not in answer.text
        assert "onclick" not in answer.text


# -- what is changed


def test_a_structure_is_added_then_changed_and_each_time_a_line_says_what(
    admin: Browser, session_factory: sessionmaker[Session]
) -> None:
    fields = {"name": " CFA du Bois ", "slug": "cfa-bois", "kind": "cfa"}
    answer = admin.send(f"{HOME}/structures/create", fields)
    assert answer.headers["location"] == f"{HOME}/structures/list"
    with session_factory() as session:
        found = session.scalars(select(Organisation).where(Organisation.slug == "cfa-bois")).one()
    assert (found.name, found.kind) == ("CFA du Bois", OrganisationKind.CFA)
    shown = admin.get(f"{HOME}/structures/list?search=bois").text
    assert "La ligne est enregistrée." in shown
    assert "CFA du Bois" in shown
    address = f"{HOME}/structures/edit/{found.id}"
    assert 'value="CFA du Bois"' in admin.get(address).text
    admin.send(address, fields | {"name": "CFA des Bois"})
    assert audited(session_factory) == [
        {"table": "organisations", "row": str(found.id), "columns": ["kind", "name", "slug"]},
        {"table": "organisations", "row": str(found.id), "columns": ["name"]},
    ]


def test_what_is_missing_or_taken_is_said_and_what_was_typed_stays(
    admin: Browser, session_factory: sessionmaker[Session]
) -> None:
    address = f"{HOME}/structures/create"
    answer = admin.send(address, {"slug": "cfa-bois", "kind": "x"})
    assert answer.status_code == 400
    assert 'id="name-error"' in answer.text
    assert 'id="kind-error"' in answer.text
    assert "Ce champ est requis." in answer.text
    assert 'value="cfa-bois"' in answer.text
    # the slug of the admin's own organisation
    answer = admin.send(address, {"name": "Autre", "slug": "ml", "kind": "cfa"})
    assert answer.status_code == 400
    assert "Rien n'a été enregistré" in answer.text
    assert "INSERT" not in answer.text
    assert audited(session_factory) == []


def test_a_commune_is_written_as_all_are_and_its_companies_move_with_it(
    admin: Browser, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        company_id = companies.save_company(session, slug="petit", name="Garage Petit", sector="automobile")
        companies.save_site(session, company_id=company_id, name="Atelier", commune="Le Kremlin-Bicêtre")
        territory_id = session.scalars(select(Territory.id)).one()

    def territory_of_the_site() -> int | None:
        with session_factory() as session:
            return session.scalars(select(Site.territory_id)).one()

    fields = {"commune": "Le Kremlin-Bicêtre", "territory_id": str(territory_id)}
    assert admin.send(f"{HOME}/communes/create", fields).status_code == 303
    assert territory_of_the_site() == territory_id
    assert "le kremlin-bicetre" in admin.get(f"{HOME}/communes/list").text
    assert admin.send(f"{HOME}/communes/create", fields).status_code == 400
    answer = admin.send(f"{HOME}/communes/retirer/le%20kremlin-bicetre")
    assert answer.headers["location"] == f"{HOME}/communes/list"
    assert territory_of_the_site() is None
    with session_factory() as session:
        assert session.scalars(select(TerritoryCommune)).all() == []
    assert admin.send(f"{HOME}/communes/retirer/le%20kremlin-bicetre").status_code == 404
    assert [line["columns"] for line in audited(session_factory)] == [["commune", "territory_id"], ["removed"]]


def test_a_team_does_not_pass_to_another_organisation(admin: Browser, session_factory: sessionmaker[Session]) -> None:
    admin.send(f"{HOME}/structures/create", {"name": "Autre", "slug": "autre", "kind": "cfa"})
    with session_factory() as session:
        other = session.scalars(select(Organisation.id).where(Organisation.slug == "autre")).one()
        team = session.get_one(Team, admin.who.team_id)
    address = f"{HOME}/equipes/edit/{team.id}"
    answer = admin.send(address, {"name": team.name, "organisation_id": str(other), "territory_id": ""})
    assert answer.status_code == 400
    assert "ne change pas de structure" in answer.text
    fields = {"name": "Équipe du nord", "organisation_id": str(team.organisation_id), "territory_id": ""}
    assert admin.send(address, fields).status_code == 303
    with session_factory() as session:
        team = session.get_one(Team, team.id)
    assert (team.name, team.territory_id) == ("Équipe du nord", None)


def test_a_territory_has_hours_that_exist(admin: Browser, session_factory: sessionmaker[Session]) -> None:
    fields = {"name": "Nord", "slug": "nord", "region": "Hauts-de-France", "school_zone": "B"}
    for zone in ("Paris", "../../etc/passwd", "x\0"):
        assert admin.send(f"{HOME}/territoires/create", {**fields, "zone": zone}).status_code == 400
    assert admin.send(f"{HOME}/territoires/create", {**fields, "zone": "Indian/Reunion"}).status_code == 303
    with session_factory() as session:
        assert session.scalars(select(Territory.zone).where(Territory.slug == "nord")).one() == "Indian/Reunion"


def test_a_programme_ends_after_it_starts(admin: Browser, session_factory: sessionmaker[Session]) -> None:
    address = f"{HOME}/programmes/create"
    answer = admin.send(address, PROGRAMME | {"ends_on": "2027-02-01"})
    assert answer.status_code == 400
    assert "vient après le premier" in answer.text
    assert admin.send(address, PROGRAMME | {"places": "9" * 30}).status_code == 400
    assert admin.send(address, PROGRAMME | {"starts_on": "x"}).status_code == 400
    assert admin.send(address, PROGRAMME | {"organisation_id": str(admin.who.organisation_id)}).status_code == 303
    with session_factory() as session:
        found = session.scalars(select(Programme)).one()
    assert (found.places, found.organisation_id, found.funders) == (55, admin.who.organisation_id, None)
    shown = admin.get(f"{HOME}/programmes/list").text
    assert "31 octobre 2027" in shown
    assert 'type="date"' in admin.get(f"{HOME}/programmes/edit/{found.id}").text


def test_only_the_texts_of_a_series_are_changed_here(admin: Browser, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        series_id = save_series(
            session, slug="cv", kind=EventKind.ATELIER, title="Atelier CV", summary="Ton CV.", place="Salle 2"
        )
    address = f"{HOME}/rendez-vous/edit/{series_id}"
    fields = {"title": "Atelier CV", "summary": "Ton CV.", "place": "Salle 3", "territory_id": "1", "seats": "3"}
    assert admin.send(address, fields).status_code == 303
    with session_factory() as session:
        series = session.get_one(Series, series_id)
    assert (series.place, series.territory_id, series.seats) == ("Salle 3", None, None)
    assert admin.send(f"{HOME}/rendez-vous/retirer/{series_id}").status_code == 403
    assert admin.get(f"{HOME}/rendez-vous/edit/99999").status_code == 404


def test_lists_are_paged(admin: Browser, session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        territory_id = session.scalars(select(Territory.id)).one()
        session.add_all(
            TerritoryCommune(commune=f"commune {number:02}", territory_id=territory_id) for number in range(30)
        )
    first = admin.get(f"{HOME}/communes/list").text
    assert "30 lignes" in first
    assert "Page suivante" in first
    assert "commune 29" in admin.get(f"{HOME}/communes/list?page=2").text
    assert admin.get(f"{HOME}/communes/list?page=999&pageSize=999", follow_redirects=True).status_code == 200

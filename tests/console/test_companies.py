"""The pages about companies."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import companies, company_list, conventions, needs
from programme.clock import clock
from programme.company_list import Filters
from programme.conventions import Standing, standing
from programme.models import CompanyContact, CompanyVisit, Convention, Need, NeedKind, Role, Site, Team, Urgency
from programme.permissions import Member
from programme.practice.persona import Family
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
ACompany = Callable[..., int]
ON = date(2026, 11, 23)


@pytest.fixture
def a_company(session_factory: sessionmaker[Session]) -> ACompany:
    """Builds a company with a site in this commune; the company's id."""

    def build(name: str = "Garage Petit", *, commune: str = "cachan", **values: object) -> int:
        with session_factory.begin() as session:
            slug = name.lower().replace(" ", "-")
            given = {"sector": "automobile"} | values
            company_id = companies.save_company(session, slug=slug, name=name, **given)  # type: ignore[arg-type]
            if commune:
                companies.save_site(session, company_id=company_id, name="Atelier", commune=commune)
        return company_id

    return build


@pytest.fixture
def a_browser_of(a_browser: ABrowser, a_member: Callable[..., Member], a_team: Callable[..., int]) -> ABrowser:
    """A browser of somebody whose team serves Cachan."""

    def build(role: Role = Role.ANIMATOR) -> Browser:
        return a_browser(who=a_member(role, team_id=a_team(commune="Cachan")))

    return build


def names(session_factory: sessionmaker[Session], who: Member, **filters: object) -> list[str]:
    with session_factory() as session:
        lines, _ = company_list.page(session, who, Filters(**filters), on=ON)  # type: ignore[arg-type]
    return [line.company.name for line in lines]


def site_of(session_factory: sessionmaker[Session], company_id: int) -> int:
    with session_factory() as session:
        return session.scalars(select(Site.id).where(Site.company_id == company_id)).one()


def a_need(session: Session, site_id: int, **values: object) -> Need:
    given = {"urgency": Urgency.NOW, "declared_on": ON} | values
    return needs.declare(
        session, site_id=site_id, kind=NeedKind.ALTERNANCE, family=Family.GARAGE, trade="mécanicien",
        words="Quelqu'un le samedi", **given,  # type: ignore[arg-type]
    )  # fmt: skip


# -- reach


def test_companies_of_the_territory_and_those_that_the_team_is_in_charge_of_are_within_reach(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    who = a_browser_of().who
    a_company("Garage Petit")
    a_company("Boulangerie Sel", commune="Lyon")
    a_company("Labo Zinc", commune="Lyon", animator_id=who.staff_id)
    assert names(session_factory, who) == ["Garage Petit", "Labo Zinc"]


def test_a_team_without_a_territory_sees_all_companies(
    a_browser: ABrowser,
    a_member: Callable[..., Member],
    a_team: Callable[..., int],
    a_company: ACompany,
    session_factory: sessionmaker[Session],
) -> None:
    team_id = a_team()
    with session_factory.begin() as session:
        session.get_one(Team, team_id).territory_id = None
    a_company("Boulangerie Sel", commune="Lyon")
    a_company("Sans Site", commune="")
    assert names(session_factory, a_member(Role.ANIMATOR, team_id=team_id)) == ["Boulangerie Sel", "Sans Site"]


@pytest.mark.parametrize("path", ["", "/besoin", "/visite", "/contact", "/site"])
def test_a_company_of_another_territory_is_not_there(a_browser_of: ABrowser, a_company: ACompany, path: str) -> None:
    company_id = a_company("Boulangerie Sel", commune="Lyon")
    browser = a_browser_of()
    assert browser.get(f"/console/entreprises/{company_id}{path}").status_code == 404
    if path:
        assert browser.send(f"/console/entreprises/{company_id}{path}", {"name": "x"}).status_code == 404


# -- the list


def test_a_company_is_found_by_a_word_of_its_name_its_number_its_sector_or_what_it_needs(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    who = a_browser_of().who
    garage = a_company("Garage Éloïse-Petit", siren="732829320")
    a_company("Boulangerie Sel", sector="alimentation", animator_id=who.staff_id)
    with session_factory.begin() as session:
        a_need(session, site_of(session_factory, garage))
    for filters in ({"words": "eloi"}, {"words": "petit"}, {"words": "732 829 320"}, {"with_needs": True}):
        assert names(session_factory, who, **filters) == ["Garage Éloïse-Petit"]
    for filters in ({"sector": "alimentation"}, {"mine": True}):
        assert names(session_factory, who, **filters) == ["Boulangerie Sel"]
    assert names(session_factory, who, words="%") == []


def test_pages_go_on_by_name(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    who = a_browser_of().who
    for name in ("Cuir", "Bois", "Acier"):
        a_company(name)
    with session_factory() as session:
        first, after = company_list.page(session, who, Filters(), on=ON, size=2)
        second, end = company_list.page(session, who, Filters(), on=ON, size=2, after=after)
    assert [line.company.name for line in [*first, *second]] == ["Acier", "Bois", "Cuir"]
    assert end is None


def test_the_list_page_shows_what_is_open_and_says_what_to_do_when_it_is_empty(
    a_browser_of: ABrowser, a_company: ACompany
) -> None:
    browser = a_browser_of()
    assert "Aucune entreprise ne correspond" in browser.get("/console/entreprises").text
    a_company("Garage Petit")
    shown = browser.get("/console/entreprises?voir=besoins&voir=miennes&mots=%00").text
    assert "Aucune entreprise ne correspond" in shown
    assert "Cachan" in browser.get("/console/entreprises").text


# -- what is noted


def test_a_need_is_noted_shown_and_closed(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    browser, company_id = a_browser_of(), a_company()
    site_id = site_of(session_factory, company_id)
    fields = {
        "site": str(site_id), "kind": "alternance", "family": "garage", "trade": "mécanicien", "words": "Le samedi",
        "urgency": "now", "seats": "2", "min_level": "3", "adults_only": "oui",
    }  # fmt: skip
    assert browser.send(f"/console/entreprises/{company_id}/besoin", fields).status_code == 303
    with session_factory() as session:
        found = session.scalars(select(Need)).one()
    assert (found.seats, found.min_level, found.adults_only, found.territory_id) == (
        2,
        3,
        True,
        browser.who.territory_id,
    )
    with session_factory.begin() as session:
        needs.note_tension(
            session, family=Family.GARAGE, trade="mécanicien", offers="Vingt offres.", blocks="Le permis bloque.",
            source="Observatoire", observed_on=ON, now=clock(), territory_id=browser.who.territory_id,
        )  # fmt: skip
    shown = browser.get(f"/console/entreprises/{company_id}").text
    assert "Le permis bloque." in shown
    assert "2 places" in shown
    assert browser.send(f"/console/entreprises/{company_id}/besoins/{found.id}/fermer").status_code == 303
    assert "Besoins fermés" in browser.get(f"/console/entreprises/{company_id}").text


def test_a_need_of_another_company_is_not_closed_through_this_one(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    browser, company_id = a_browser_of(), a_company()
    other = site_of(session_factory, a_company("Boulangerie Sel", commune="Lyon"))
    with session_factory.begin() as session:
        need_id = a_need(session, other).id
    assert browser.send(f"/console/entreprises/{company_id}/besoins/{need_id}/fermer").status_code == 404
    with session_factory() as session:
        assert session.get_one(Need, need_id).closed_on is None


def test_what_is_wrong_with_a_need_is_said_beside_its_field(a_browser_of: ABrowser, a_company: ACompany) -> None:
    browser, company_id = a_browser_of(), a_company()
    answer = browser.send(
        f"/console/entreprises/{company_id}/besoin",
        {"site": "1000", "seats": "0", "needed_by": "2020-01-01", "words": "Le samedi"},
    )
    assert answer.status_code == 422
    for field in ("site", "kind", "family", "trade", "urgency", "seats", "needed_by"):
        assert f'id="{field}-error"' in answer.text
    assert "Le samedi" in answer.text


def test_a_visit_a_contact_and_a_site_are_noted(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    browser, company_id = a_browser_of(), a_company()
    address = f"/console/entreprises/{company_id}"
    visit = {"site": str(site_of(session_factory, company_id)), "visited_on": "2026-01-12", "notes": "Accueil très bon"}
    assert browser.send(f"{address}/visite", visit).status_code == 303
    contact = {"name": "Ana Roy", "role": "gérante", "phone": "0612345678", "email": "Ana@garage.example"}
    assert browser.send(f"{address}/contact", contact).status_code == 303
    site = {"name": "Siège", "commune": "CACHAN", "receives_visits": "oui"}
    assert browser.send(f"{address}/site", site).status_code == 303
    with session_factory() as session:
        assert session.scalars(select(CompanyVisit.staff_id)).one() == browser.who.staff_id
        kept = session.scalars(select(CompanyContact)).one()
        assert (kept.phone, kept.email) == ("06 12 34 56 78", "ana@garage.example")
    shown = browser.get(address).text
    for words in ("Accueil très bon", "Ana Roy", "accueille des groupes"):
        assert words in shown


@pytest.mark.parametrize(
    ("form", "fields", "wrong"),
    [
        ("visite", {"visited_on": "2100-01-01", "notes": "x"}, ["site", "visited_on"]),
        ("visite", {"visited_on": "x"}, ["site", "visited_on", "notes"]),
        ("contact", {"email": "ana", "phone": "12"}, ["name", "role", "email", "phone"]),
        ("site", {"address": "x" * 121}, ["name", "commune", "address"]),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    a_browser_of: ABrowser, a_company: ACompany, form: str, fields: dict[str, str], wrong: list[str]
) -> None:
    answer = a_browser_of().send(f"/console/entreprises/{a_company()}/{form}", fields)
    assert answer.status_code == 422
    for field in wrong:
        assert f'id="{field}-error"' in answer.text


def test_a_counsellor_reads_and_changes_nothing(a_browser_of: ABrowser, a_company: ACompany) -> None:
    company_id = a_company()
    browser = a_browser_of(Role.COUNSELLOR)
    shown = browser.get(f"/console/entreprises/{company_id}").text
    assert f"/console/entreprises/{company_id}/" not in shown
    assert browser.get(f"/console/entreprises/{company_id}/visite").status_code == 403


# -- conventions


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"signed_on": None}, Standing.DRAFT, id="not signed"),
        pytest.param({"signed_on": ON + timedelta(days=1)}, Standing.DRAFT, id="signed tomorrow"),
        pytest.param({"starts_on": ON + timedelta(days=1)}, Standing.TO_COME, id="starts tomorrow"),
        pytest.param({"ends_on": ON + timedelta(days=61)}, Standing.RUNNING, id="61 days left"),
        pytest.param({"ends_on": ON + timedelta(days=60)}, Standing.ENDS_SOON, id="60 days left"),
        pytest.param({"ends_on": ON}, Standing.ENDS_SOON, id="its last day"),
        pytest.param({"ends_on": ON, "evaluated_on": ON}, Standing.RUNNING, id="evaluated on its last day"),
        pytest.param({"ends_on": ON - timedelta(days=1)}, Standing.TO_EVALUATE, id="over"),
        pytest.param(
            {"ends_on": ON - timedelta(days=1), "evaluated_on": ON}, Standing.EVALUATED, id="over and evaluated"
        ),
    ],
)
def test_where_a_convention_stands(values: dict[str, date | None], expected: Standing) -> None:
    days = {"signed_on": ON, "starts_on": ON - timedelta(days=9), "ends_on": date(2027, 12, 31)} | values
    assert standing(Convention(**days), on=ON) is expected


def test_a_convention_is_evaluated_by_its_own_criteria(
    a_browser_of: ABrowser, a_company: ACompany, session_factory: sessionmaker[Session]
) -> None:
    browser, company_id = a_browser_of(), a_company()
    other = a_company("Boulangerie Sel", commune="Cachan")
    with session_factory.begin() as session:
        convention = conventions.save_convention(
            session, company_id=company_id, organisation_id=browser.who.organisation_id, objectives="Dix visites",
            commitments="Accueillir", follow_up="Deux réunions", criteria="Cinq contrats", starts_on=date(2025, 1, 1),
            ends_on=date(2025, 12, 31), signed_on=date(2025, 1, 1), signatories={"Ana Roy": "gérante"},
        )  # fmt: skip
        convention_id = convention.id
    assert "terminée : à évaluer" in browser.get(f"/console/entreprises/{company_id}").text
    address = f"/console/entreprises/{company_id}/conventions/{convention_id}/bilan"
    assert "Cinq contrats" in browser.get(address).text
    assert browser.send(address, {"evaluation": " "}).status_code == 422
    assert browser.send(address, {"evaluation": "Trois contrats sur cinq"}).status_code == 303
    assert "Trois contrats sur cinq" in browser.get(f"/console/entreprises/{company_id}").text
    through_another = f"/console/entreprises/{other}/conventions/{convention_id}/bilan"
    assert browser.send(through_another, {"evaluation": "x"}).status_code == 404

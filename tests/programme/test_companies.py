"""Companies, where they work, whom to talk to there, and who went to see them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import companies
from programme.errors import CompanyNotFound, SirenTaken, SirenWrong, StaffNotFound
from programme.models import Company
from tests.programme.network_builders import ON, a_company, a_need, a_site, a_territory, an_animator

SIREN = "732829320"


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def test_a_company_saved_again_is_the_same_one_brought_up_to_date(session: Session) -> None:
    first = a_company(session, "b", name="Boulangerie")
    again = a_company(session, "b", name="Boulangerie Petit")
    assert (first, session.get_one(Company, first).name) == (again, "Boulangerie Petit")


@pytest.mark.parametrize("key", ["garage-dumas", SIREN, "732 829 320"])
def test_a_company_is_found_by_its_slug_and_by_its_siren(session: Session, key: str) -> None:
    company_id = a_company(session, siren="732 829 320")
    found = companies.find(session, key)
    assert found is not None
    assert (found.id, found.siren) == (company_id, SIREN)


def test_what_nobody_has_is_not_found(session: Session) -> None:
    a_company(session)
    assert companies.find(session, SIREN) is None


@pytest.mark.parametrize(
    "siren",
    [
        pytest.param("732829321", id="the key is wrong"),
        pytest.param("723829320", id="two digits changed places"),
        pytest.param("73282932", id="too short"),
        pytest.param("73282932000074", id="a SIRET"),
        pytest.param("", id="nothing"),
        pytest.param("٧٣٢٨٢٩٣٢٠", id="digits of another script"),
    ],
)
def test_a_siren_with_a_slip_is_refused(session: Session, siren: str) -> None:
    with pytest.raises(SirenWrong):
        a_company(session, siren=siren)


def test_two_companies_do_not_share_a_siren(session: Session) -> None:
    a_company(session, "b", siren=SIREN)
    with pytest.raises(SirenTaken, match="b"):
        a_company(session, "c", siren=SIREN)
    # its own is no other's
    assert a_company(session, "b", siren=SIREN)


# -- who is in charge


def test_an_animator_has_companies_of_their_own(session: Session) -> None:
    animator_id = an_animator(session)
    mine = a_company(session, "b", animator_id=animator_id)
    a_company(session, "c")
    assert [each.id for each in companies.of_animator(session, animator_id)] == [mine]


def test_nobody_who_left_is_put_in_charge(session: Session) -> None:
    with pytest.raises(StaffNotFound):
        a_company(session, animator_id=an_animator(session, active=False))


# -- where they work


def test_a_site_belongs_to_the_territory_of_its_commune(session: Session) -> None:
    territory_id = a_territory(session)
    a_site(session)
    a_site(session, a_company(session, "far", name="Loin"), commune="Dijon")
    assert [each.name for each in companies.in_territory(session, territory_id)] == ["Garage Dumas"]


def test_a_company_with_two_sites_in_a_territory_is_there_once(session: Session) -> None:
    territory_id, company_id = a_territory(session), a_company(session)
    for name, commune in (("Atelier", "Cachan"), ("Bureau", "Arcueil")):
        companies.save_site(session, company_id=company_id, name=name, commune=commune)
    assert len(companies.in_territory(session, territory_id)) == 1


def test_needs_move_with_their_site(session: Session) -> None:
    a_territory(session)
    dijon_id = a_territory(session, "dijon", ["Dijon"])
    company_id = a_company(session)
    need = a_need(session, a_site(session, company_id))
    a_site(session, company_id, commune="Dijon")
    session.expire(need)
    assert need.territory_id == dijon_id


def test_only_a_company_has_sites(session: Session) -> None:
    with pytest.raises(CompanyNotFound):
        companies.save_site(session, company_id=404, name="Atelier", commune="Cachan")


def test_one_person_to_talk_to_is_there_once(session: Session) -> None:
    company_id = a_company(session)
    companies.save_contact(session, company_id=company_id, name="Mme Roy", role="gérante")
    companies.save_contact(session, company_id=company_id, name="M. Abadi", role="chef d'atelier")
    companies.save_contact(session, company_id=company_id, name="Mme Roy", role="directrice", phone="0100000000")
    assert [(each.name, each.role) for each in companies.contacts_of(session, company_id)] == [
        ("M. Abadi", "chef d'atelier"), ("Mme Roy", "directrice"),
    ]  # fmt: skip


# -- who went to see them


def test_companies_that_nobody_went_to_see_come_first(session: Session) -> None:
    # given one seen three months ago, one seen on the very day that is asked for, one never seen
    for slug, days_ago in (("old", 90), ("new", 60)):
        site_id = a_site(session, a_company(session, slug))
        companies.note_visit(
            session, site_id=site_id, staff_id=None, visited_on=ON - timedelta(days=days_ago), notes="Atelier vu"
        )
    a_company(session, "never")
    # then all of them are known by their last visit, and one that was seen since is left in peace
    assert [(each.company.slug, each.visited_on) for each in companies.last_seen(session)] == [
        ("never", None), ("old", ON - timedelta(days=90)), ("new", ON - timedelta(days=60)),
    ]  # fmt: skip
    not_seen = companies.not_seen_since(session, ON - timedelta(days=60))
    assert [each.company.slug for each in not_seen] == ["never", "old"]


def test_the_last_visit_is_of_any_of_the_sites(session: Session) -> None:
    company_id = a_company(session)
    first = companies.save_site(session, company_id=company_id, name="Atelier", commune="Cachan")
    second = companies.save_site(session, company_id=company_id, name="Bureau", commune="Cachan")
    for site_id, days_ago in ((first, 10), (second, 40)):
        companies.note_visit(
            session, site_id=site_id, staff_id=None, visited_on=ON - timedelta(days=days_ago), notes="Vu"
        )
    (seen,) = companies.last_seen(session)
    assert seen.visited_on == ON - timedelta(days=10)
    assert [each.site_id for each in companies.visits_of(session, company_id)] == [first, second]


def test_an_animator_sees_whom_they_have_not_seen(session: Session) -> None:
    animator_id = an_animator(session)
    a_company(session, "mine", animator_id=animator_id)
    a_company(session, "other")
    seen = companies.not_seen_since(session, ON, animator_id=animator_id)
    assert [each.company.slug for each in seen] == ["mine"]


def test_nobody_visits_a_place_that_does_not_exist(session: Session) -> None:
    with pytest.raises(CompanyNotFound):
        companies.note_visit(session, site_id=404, staff_id=None, visited_on=ON, notes="…")


def test_a_visit_is_made_by_somebody_who_works_here(session: Session) -> None:
    with pytest.raises(StaffNotFound):
        companies.note_visit(session, site_id=a_site(session), staff_id=404, visited_on=ON, notes="…")

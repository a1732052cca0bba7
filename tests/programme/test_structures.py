"""Organisations, the territories they serve, their teams and staff: saved again and again, found by commune."""

from collections.abc import Callable
from zoneinfo import ZoneInfoNotFoundError

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from programme import structures
from programme.errors import CommuneTaken, PersonNotFound, StaffNotFound, TeamNotFound
from programme.models import (
    Base,
    Need,
    Organisation,
    OrganisationKind,
    Role,
    Site,
    StaffMember,
    Team,
    Territory,
    TerritoryCommune,
)
from tests.programme.network_builders import a_company, a_need, a_site

COMMUNES = ("Gennevilliers", "Villeneuve-la-Garenne", "L'Haÿ-les-Roses", "Saint-Ouen-sur-Seine")


def a_territory(session: Session, slug: str = "nord", communes: tuple[str, ...] = COMMUNES) -> int:
    return structures.save_territory(
        session, slug=slug, name=f"Territoire {slug}", region="Île-de-France", communes=communes
    )


def a_team(
    session: Session, name: str = "Équipe", kind: OrganisationKind = OrganisationKind.MISSION_LOCALE, slug: str = "ml"
) -> int:
    organisation_id = structures.save_organisation(session, slug=slug, kind=kind, name="Structure")
    territory_id = session.scalar(select(Territory.id))
    return structures.save_team(session, organisation_id=organisation_id, name=name, territory_id=territory_id)


def staff(session: Session, email: str = "lea@exemple.fr", *, active: bool = True) -> int:
    return structures.save_staff(
        session, email=email, team_id=a_team(session), role=Role.COUNSELLOR, name="Léa", active=active
    )


def how_many(session: Session, table: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_is_saved_twice_is_there_once(session_factory: sessionmaker[Session]) -> None:
    for _ in range(2):
        with session_factory.begin() as session:
            a_territory(session)
            staff(session)
    with session_factory.begin() as session:
        tables = (Organisation, Territory, Team, StaffMember)
        assert [how_many(session, table) for table in tables] == [1, 1, 1, 1]


def test_somebody_of_the_staff_is_known_by_their_address_whatever_its_case(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory.begin() as session:
        first, again = staff(session), staff(session, " Lea@Exemple.FR ", active=False)
        assert first == again
        assert session.scalars(select(StaffMember.active)).all() == [False]


# -- territories


def test_the_communes_of_a_territory_are_those_saved_last(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        a_territory(session)
        a_territory(session, communes=("Gennevilliers", "Colombes"))
        communes = set(session.scalars(select(TerritoryCommune.commune)))
    assert communes == {"gennevilliers", "colombes"}


def test_a_commune_belongs_to_one_territory(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        a_territory(session)
    with session_factory() as session, pytest.raises(CommuneTaken, match="gennevilliers"):
        a_territory(session, "autre", ("Gennevilliers",))


def test_companies_and_their_needs_move_with_their_commune(session_factory: sessionmaker[Session]) -> None:
    # given a company in each of two communes of a territory
    with session_factory.begin() as session:
        a_territory(session, "nord", ("Colombes", "Gennevilliers"))
        stays, moves = (a_site(session, a_company(session, slug), slug) for slug in ("colombes", "gennevilliers"))
        for site_id in (stays, moves):
            a_need(session, site_id)
    # when one of the communes goes to another territory
    with session_factory.begin() as session:
        a_territory(session, "nord", ("Colombes",))
        assert where(session) == {stays: ("nord", "nord"), moves: (None, None)}
        a_territory(session, "ouest", ("Gennevilliers",))
        # then the company there, and what it needs, have moved; the other one has not
        assert where(session) == {stays: ("nord", "nord"), moves: ("ouest", "ouest")}


@pytest.mark.parametrize("before", [pytest.param((), id="first served"), pytest.param(COMMUNES, id="written anew")])
def test_a_company_is_found_by_another_spelling_of_its_commune(
    session_factory: sessionmaker[Session], before: tuple[str, ...]
) -> None:
    # given a company that was there before its commune was written so
    with session_factory.begin() as session:
        a_territory(session, communes=before)
        site_id = a_site(session, commune="St Ouen sur Seine")
        a_need(session, site_id)
    # when
    with session_factory.begin() as session:
        a_territory(session, communes=("Saint-Ouen sur Seine",))
        # then
        assert where(session) == {site_id: ("nord", "nord")}
        assert session.get_one(Site, site_id).commune == "saint-ouen sur seine"


def where(session: Session) -> dict[int, tuple[str | None, str | None]]:
    """The territories of each site and of its need."""
    of_site, of_need = aliased(Territory), aliased(Territory)
    rows = session.execute(
        select(Site.id, of_site.slug, of_need.slug)
        .join(Need, Need.site_id == Site.id)
        .outerjoin(of_site, of_site.id == Site.territory_id)
        .outerjoin(of_need, of_need.id == Need.territory_id)
    )
    return {site_id: (first, second) for site_id, first, second in rows}


def test_hours_of_nowhere_are_refused(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session, pytest.raises(ZoneInfoNotFoundError):
        structures.save_territory(session, slug="x", name="X", region="X", zone="Europe/Nulle-Part")


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        pytest.param("Gennevilliers", "gennevilliers", id="as it is"),
        pytest.param("  GENNEVILLIERS ", "gennevilliers", id="capitals and blanks"),
        pytest.param("villeneuve la garenne", "villeneuve-la-garenne", id="without hyphens"),
        pytest.param("l’hay les roses", "l'hay-les-roses", id="without accents"),
        pytest.param("l hay les roses", "l'hay-les-roses", id="without apostrophe"),
        pytest.param("st ouen sur seine", "saint-ouen-sur-seine", id="shortened"),
        pytest.param("St-Ouen-sur-Seine", "saint-ouen-sur-seine", id="shortened, with hyphens"),
    ],
)
def test_a_commune_is_found_as_people_type_it(session_factory: sessionmaker[Session], typed: str, known: str) -> None:
    with session_factory.begin() as session:
        a_territory(session)
        assert structures.known_commune(session, typed) == known
        territory = structures.territory_of(session, typed)
        assert territory is not None
        assert territory.slug == "nord"


@pytest.mark.parametrize("typed", ["Toulouse", "", "une ville dont le nom est bien trop long pour en être une"])
def test_a_commune_that_nobody_serves_has_no_territory(session_factory: sessionmaker[Session], typed: str) -> None:
    with session_factory.begin() as session:
        a_territory(session)
        assert structures.territory_of(session, typed) is None
        assert structures.team_near(session, typed) is None


def test_the_mission_locale_comes_before_other_teams(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        a_territory(session)
        a_team(session, "Réseau", OrganisationKind.NETWORK, "reseau")
        expected = a_team(session, "Mission locale")
        a_team(session, "Plus tard")
        team = structures.team_near(session, "Gennevilliers")
        assert team is not None
        assert team.id == expected


# -- who looks after whom


def test_a_counsellor_brings_their_team(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        counsellor_id, other_team = staff(session), a_team(session, "Autre")
        person = structures.assign(session, person_id, team_id=other_team, counsellor_id=counsellor_id)
        assert (person.team_id, person.counsellor_id) == (a_team(session), counsellor_id)
        person = structures.assign(session, person_id, team_id=other_team)
        assert (person.team_id, person.counsellor_id) == (other_team, None)
        person = structures.assign(session, person_id)
        assert (person.team_id, person.counsellor_id) == (None, None)


def test_nobody_is_entrusted_to_whom_does_not_exist_or_left(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        gone = staff(session, active=False)
        with pytest.raises(StaffNotFound):
            structures.assign(session, person_id, counsellor_id=gone)
        with pytest.raises(StaffNotFound):
            structures.assign(session, person_id, counsellor_id=404)
        with pytest.raises(TeamNotFound):
            structures.assign(session, person_id, team_id=404)
        with pytest.raises(PersonNotFound):
            structures.assign(session, 404)

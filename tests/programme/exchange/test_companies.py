"""Companies in and out of tables."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from programme.exchange import companies
from programme.exchange.preview import Context, Outcome, Preview, apply, preview, written_rows
from programme.exchange.tables import read_table, to_csv, to_xlsx
from programme.models import (
    Company,
    CompanyContact,
    CompanySize,
    Need,
    OrganisationKind,
    Role,
    Site,
    StaffMember,
    Univers,
)
from programme.structures import save_organisation, save_staff, save_team, save_territory
from tests.conftest import NOW, PARIS
from tests.programme.network_builders import a_need

FACTORY = sessionmaker[Session]
HEADER = "Nom;SIREN;Secteur;Univers;Taille;Commune;Adresse;Contact;Fonction;Mail;Téléphone;Animateur"
# a number that holds by its key; no company is meant
LINE = (
    "Labo Lumière;732 829 320;Pharmacie;pharma;PME;Villejuif;1 rue A;"
    "Zoé Roux;RH;zoe@labo.fr;01.23.45.67.89;ines@exemple.fr"
)


@pytest.fixture(autouse=True)
def _staff(session_factory: FACTORY) -> None:
    with session_factory.begin() as session:
        hub = save_organisation(session, slug="hub", kind=OrganisationKind.HUB, name="Hub")
        team = save_team(session, organisation_id=hub, name="Réseau")
        save_staff(session, email="ines@exemple.fr", team_id=team, role=Role.ANIMATOR, name="Ines")
        save_territory(session, slug="bievre", name="Bièvre", region="IDF", communes=["Villejuif", "Cachan"])


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode("utf-8-sig")


def imported(session_factory: FACTORY, data: bytes) -> Preview:
    with session_factory.begin() as session:
        return apply(session, companies.KIND, read_table(data), zone=PARIS, now=NOW)


def looked_at(session_factory: FACTORY, data: bytes) -> Preview:
    with session_factory.begin() as session:
        return preview(session, companies.KIND, read_table(data), zone=PARIS, now=NOW)


def outcomes(found: Preview) -> list[Outcome]:
    return [line.outcome for line in found.lines]


def count(session_factory: FACTORY, table: type[Company | Site | CompanyContact]) -> int | None:
    with session_factory() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_line_becomes_a_company_with_its_site_and_contact(session_factory: FACTORY) -> None:
    assert outcomes(imported(session_factory, csv_of(HEADER, LINE))) == [Outcome.NEW]
    with session_factory() as session:
        company = session.scalars(select(Company)).one()
        site = session.scalars(select(Site)).one()
        contact = session.scalars(select(CompanyContact)).one()
        assert (company.slug, company.siren, company.size) == ("labo-lumiere", "732829320", CompanySize.PME)
        assert (company.univers, company.animator_id) == (Univers.PHARMA, 1)
        assert (site.commune, site.address, site.territory_id) == ("villejuif", "1 rue A", 1)
        assert (contact.name, contact.role, contact.phone) == ("Zoé Roux", "RH", "01 23 45 67 89")


def test_the_same_file_again_changes_nothing(session_factory: FACTORY) -> None:
    data = csv_of(HEADER, LINE, "Sans numéro;;Commerce;;;Cachan;;;;;;")
    imported(session_factory, data)
    assert outcomes(imported(session_factory, data)) == [Outcome.SAME, Outcome.SAME]
    assert count(session_factory, Company) == 2


def test_more_lines_add_sites_and_contacts(session_factory: FACTORY) -> None:
    found = imported(
        session_factory,
        csv_of(
            HEADER,
            LINE,
            LINE.replace("Villejuif;1 rue A;Zoé Roux;RH;zoe@labo.fr", "Cachan;;Tom Ba;;tom@labo.fr"),
            "Labo Lumière;732829320;;;;Cachan;2 rue B;;;;;",
        ),
    )
    assert outcomes(found) == [Outcome.NEW] * 3
    assert [count(session_factory, table) for table in (Company, Site, CompanyContact)] == [1, 2, 2]
    with session_factory() as session:
        assert session.scalars(select(Site.address).order_by(Site.id)).all() == ["1 rue A", "2 rue B"]


def test_a_company_is_found_by_its_number_whatever_its_name(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE))
    (line,) = imported(session_factory, csv_of("Nom;SIRET", "Labo du Jour;73282932000074")).lines
    assert [(change.column, change.before, change.after) for change in line.changes] == [
        ("Nom", "Labo Lumière", "Labo du Jour")
    ]


def test_a_company_without_number_is_found_by_name_and_commune(session_factory: FACTORY) -> None:
    imported(
        session_factory, csv_of("Nom;Secteur;Ville", "Chez L’Été;Commerce;Cachan", "Chez l'été;Commerce;Villejuif")
    )
    assert count(session_factory, Company) == 2
    # when one of them gets its number
    (line,) = imported(session_factory, csv_of("Nom;Ville;SIREN", "CHEZ L'ETE;CACHAN;732829320")).lines
    # then it is that one; another way to write the name is a change as well
    assert [change.column for change in line.changes] == ["Nom", "SIREN"]
    assert count(session_factory, Company) == 2


def test_one_of_two_companies_of_a_name_is_not_guessed(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of("Nom;Secteur;Ville", "Été;Commerce;Cachan", "Été;Commerce;Villejuif"))
    (line,) = looked_at(session_factory, csv_of("Nom;Taille", "Été;TPE")).lines
    assert line.problems[0].expected == "un SIREN ou un code : plusieurs entreprises ont ce nom"


@pytest.mark.parametrize(
    ("before", "after", "column"),
    [
        pytest.param("732 829 320", "732 829 321", "SIREN", id="a slip in the number"),
        pytest.param("PME", "énorme", "Taille", id="size"),
        pytest.param("zoe@labo.fr", "zoe@labo", "Mail", id="mail"),
        pytest.param("01.23.45.67.89", "01.23", "Téléphone", id="phone"),
        pytest.param("ines@", "lea@", "Animateur", id="nobody of the staff"),
        pytest.param("Labo Lumière", "", "Nom", id="no name"),
        pytest.param("Zoé Roux", "", "Contact", id="a contact without a name"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_said(session_factory: FACTORY, before: str, after: str, column: str) -> None:
    (line,) = looked_at(session_factory, csv_of(HEADER, LINE.replace(before, after))).lines
    assert [problem.column for problem in line.problems] == [column]


def test_a_number_that_another_company_has_is_said(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE, "Sans numéro;;Commerce;;;Cachan;;;;;;"))
    (line,) = looked_at(session_factory, csv_of("Code;SIREN", "sans-numero;732829320")).lines
    assert [problem.column for problem in line.problems] == ["SIREN"]
    # nor one that an earlier line of the file gives to another
    two = csv_of("Code;SIREN", "labo-lumiere;552 100 554", "sans-numero;552 100 554")
    assert outcomes(looked_at(session_factory, two)) == [Outcome.CHANGED, Outcome.ERROR]


def test_who_left_keeps_their_companies_and_is_given_no_other(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE))
    with session_factory.begin() as session:
        session.execute(update(StaffMember).values(active=False))
    other = "Autre;;Commerce;;;;;;;;;ines@exemple.fr"
    same, given = looked_at(session_factory, csv_of(HEADER, LINE, other)).lines
    assert same.outcome is Outcome.SAME
    assert [problem.column for problem in given.problems] == ["Animateur"]


@pytest.mark.parametrize("typed", ["Le Kremlin-Bicêtre", "LE KREMLIN BICETRE", "le kremlin bicêtre"])
def test_a_site_belongs_to_the_territory_of_its_commune_as_people_type_it(session_factory: FACTORY, typed: str) -> None:
    with session_factory.begin() as session:
        nord = save_territory(session, slug="nord", name="Nord", region="IDF", communes=["Le Kremlin-Bicêtre"])
    imported(session_factory, csv_of(HEADER, LINE.replace("Villejuif", typed)))
    assert outcomes(looked_at(session_factory, csv_of(HEADER, LINE.replace("Villejuif", typed)))) == [Outcome.SAME]
    with session_factory() as session:
        site = session.scalars(select(Site)).one()
        assert (site.commune, site.territory_id) == ("le kremlin-bicetre", nord)


def test_the_needs_of_a_site_move_with_it(session_factory: FACTORY) -> None:
    # given a site with a need, in a territory
    header = HEADER.replace("Commune", "Site;Commune")
    imported(session_factory, csv_of(header, LINE.replace("Villejuif", "Siège;Villejuif")))
    with session_factory.begin() as session:
        dijon = save_territory(session, slug="dijon", name="Dijon", region="BFC", communes=["Dijon"])
        a_need(session, session.scalars(select(Site.id)).one())
    # when a file says that it is elsewhere
    imported(session_factory, csv_of(header, LINE.replace("Villejuif", "Siège;Dijon")))
    # then so is what it needs
    with session_factory() as session:
        assert session.scalars(select(Need.territory_id)).all() == [dijon]


@pytest.mark.parametrize("write", [pytest.param(to_csv, id="csv"), pytest.param(to_xlsx, id="xlsx")])
def test_what_was_exported_is_the_same_when_it_comes_back(
    session_factory: FACTORY, write: Callable[..., bytes]
) -> None:
    # given one with two contacts and a site, one with two sites in a commune, one with nothing, two of one name
    imported(
        session_factory,
        csv_of(
            HEADER.replace("Commune", "Site;Commune"),
            LINE.replace("Villejuif", "Siège;Villejuif"),
            LINE.replace("Villejuif", "Siège;Villejuif").replace("Zoé Roux", '=Tom; "Ba"'.replace(";", ",")),
            "Deux;;Commerce;;;Nord;Cachan;1 rue A;;;;;",
            "Deux;;Commerce;;;Sud;Cachan;2 rue B;;;;;",
            "Rien;;Commerce;;;;;;;;;;",
            "Été;;Commerce;;;;Cachan;;;;;;",
            "Été;;Commerce;;;;Villejuif;;;;;;",
        ),
    )
    with session_factory.begin() as session:
        data = write(*written_rows(companies.KIND, companies.KIND.rows(session, None, Context(PARIS, NOW))))
    # when
    found = looked_at(session_factory, data)
    # then
    assert set(outcomes(found)) == {Outcome.SAME}
    assert len(found.lines) == 7

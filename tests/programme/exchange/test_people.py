"""Young people in and out of tables."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from programme.errors import ImportRefused
from programme.exchange import people
from programme.exchange.preview import Outcome, Preview, apply, preview, written_rows
from programme.exchange.tables import read_table, to_csv, to_xlsx
from programme.models import (
    AgeBand,
    AuditLine,
    CameBy,
    Organisation,
    OrganisationKind,
    PathStage,
    Person,
    Role,
    StaffMember,
    StageChange,
    Team,
    Teller,
)
from programme.structures import save_territory
from tests.conftest import NOW, PARIS

FACTORY = sessionmaker[Session]


@pytest.fixture
def a_team(session_factory: FACTORY) -> int:
    """« Cachan », of a Mission locale, with one counsellor; the team's id."""
    with session_factory.begin() as session:
        organisation = Organisation(slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")
        session.add(organisation)
        session.flush()
        team = Team(organisation_id=organisation.id, name="Cachan")
        session.add(team)
        session.flush()
        session.add(StaffMember(team_id=team.id, role=Role.COUNSELLOR, name="Ines", email="ines@exemple.fr"))
        return team.id


def csv_of(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("utf-8")


def imported(session_factory: FACTORY, data: bytes, *, skip_errors: bool = False) -> Preview:
    with session_factory.begin() as session:
        return apply(session, people.KIND, read_table(data), zone=PARIS, now=NOW, skip_errors=skip_errors)


def looked_at(session_factory: FACTORY, data: bytes) -> Preview:
    with session_factory.begin() as session:
        return preview(session, people.KIND, read_table(data), zone=PARIS, now=NOW)


def exported(session_factory: FACTORY, write: Callable[..., bytes]) -> bytes:
    with session_factory.begin() as session:
        return write(*written_rows(people.KIND, people.KIND.rows(session, None, people.Context(PARIS, NOW))))


def outcomes(found: Preview) -> list[Outcome]:
    return [line.outcome for line in found.lines]


WHOLE = csv_of(
    "Référence;Prénom;Date de naissance;Ville;QPV;Diplôme;Langues;Étape;Conseillère (mail);Équipe;Venue par",
    "A-1;Zoé;12/03/2009;Le Kremlin-Bicêtre;Oui;bac pro;français, arabe;Projet validé;Ines@exemple.fr;cachan;une amie",
)


def test_a_line_becomes_a_person_with_all_that_it_says(session_factory: FACTORY, a_team: int) -> None:
    # when
    found = imported(session_factory, WHOLE)
    # then
    assert outcomes(found) == [Outcome.NEW]
    with session_factory() as session:
        person = session.scalars(select(Person)).one()
        assert (person.external_ref, person.display_name, person.birth_month) == ("A-1", "Zoé", date(2009, 3, 1))
        assert (person.commune, person.qpv, person.level) == ("le kremlin-bicetre", True, 4)
        assert (person.languages, person.stage, person.came_by) == ("fr,ar", PathStage.PROJET_VALIDE, CameBy.FRIEND)
        assert (person.team_id, person.counsellor_id, person.age_band) == (a_team, 1, AgeBand.FROM_15)


def test_the_stage_of_an_import_is_a_step_of_the_path(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    with session_factory() as session:
        step = session.scalars(select(StageChange)).one()
        assert (step.before, step.after, step.teller) == ("projet", "projet_valide", Teller.IMPORT)


def test_the_same_file_again_changes_nothing(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    # when
    again = imported(session_factory, WHOLE)
    # then
    assert outcomes(again) == [Outcome.SAME]
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        assert session.scalar(select(func.count()).select_from(StageChange)) == 1


def test_what_changes_is_named_with_before_and_after(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    # when
    (line,) = looked_at(session_factory, csv_of("référence;niveau;étape", "A-1;5 BTS;entretien")).lines
    # then
    assert line.outcome is Outcome.CHANGED
    assert [(change.column, change.before, change.after) for change in line.changes] == [
        ("Niveau", "4 bac", "5 BTS"),
        ("Étape", "projet validé", "entretien"),
    ]


def test_an_empty_cell_leaves_what_is_there(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    again = imported(session_factory, csv_of("Référence;Prénom;Ville", "A-1;;"))
    assert outcomes(again) == [Outcome.SAME]


def test_a_team_of_another_than_the_counsellor_is_an_error(session_factory: FACTORY, a_team: int) -> None:
    with session_factory.begin() as session:
        session.add(Team(organisation_id=1, name="Arcueil"))
    (line,) = looked_at(session_factory, csv_of("Référence;Conseiller;Équipe", "A-1;ines@exemple.fr;Arcueil")).lines
    assert [problem.expected for problem in line.problems] == ["l’équipe de la conseillère ou du conseiller"]


def test_another_team_takes_the_counsellor_away_and_says_so(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    with session_factory.begin() as session:
        session.add(Team(organisation_id=1, name="Arcueil"))
    # when
    (line,) = imported(session_factory, csv_of("Référence;Équipe", "A-1;Mission locale / Arcueil")).lines
    # then
    assert [(change.column, change.before, change.after) for change in line.changes] == [
        ("Conseiller", "ines@exemple.fr", ""),
        ("Équipe", "ml / Cachan", "ml / Arcueil"),
    ]
    with session_factory() as session:
        person = session.scalars(select(Person)).one()
        assert (person.team_id, person.counsellor_id) == (2, None)


def test_a_band_alone_takes_the_place_of_the_month_and_says_so(session_factory: FACTORY, a_team: int) -> None:
    imported(session_factory, WHOLE)
    (line,) = imported(session_factory, csv_of("Référence;Tranche d'âge", "A-1;18 à 20")).lines
    assert [(change.column, change.before, change.after) for change in line.changes] == [
        ("Tranche d’âge", "15-17 ans", "18-20 ans"),
        ("Mois de naissance", "03/2009", ""),
    ]


def test_a_commune_is_kept_as_its_territory_writes_it(session_factory: FACTORY) -> None:
    with session_factory.begin() as session:
        save_territory(session, slug="bievre", name="Val de Bièvre", region="IDF", communes=["Le Kremlin-Bicêtre"])
    data = csv_of("Référence;Ville", "A-1;LE KREMLIN BICETRE")
    imported(session_factory, data)
    with session_factory() as session:
        assert session.scalars(select(Person.commune)).one() == "le kremlin-bicetre"
    assert outcomes(imported(session_factory, data)) == [Outcome.SAME]


def test_looking_writes_nothing(session_factory: FACTORY, a_team: int) -> None:
    looked_at(session_factory, WHOLE)
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


BAD_CELLS = [
    pytest.param("Niveau", "5 CAP", "un niveau de 1 à 8", id="a level of before 2019"),
    pytest.param("Étape", "bof", "l’un de : projet", id="unknown stage"),
    pytest.param("QPV", "peut-être", "oui ou non", id="neither yes nor no"),
    pytest.param("Conseiller", "partie@exemple.fr", "le mail de quelqu’un", id="unknown counsellor"),
    pytest.param("Équipe", "Nulle part", "une équipe connue", id="unknown team"),
    pytest.param("Mois de naissance", "03/2031", "un mois passé", id="born in the future"),
    pytest.param("Mois de naissance", "13/2009", "un mois comme 03/2009", id="no such month"),
    pytest.param("Commune", "12 rue des Acacias", "le nom de la commune seul", id="an address"),
    pytest.param("Commune", "94230 Cachan", "le nom de la commune seul", id="a postal code"),
    pytest.param("Langues", "français, klingon", "des langues comme", id="unknown language"),
    pytest.param("Numéro Déclic", "77", "le numéro de quelqu’un", id="unknown number"),
]


@pytest.mark.parametrize(("column", "value", "expected"), BAD_CELLS)
def test_a_cell_that_cannot_be_read_is_said_with_what_was_expected(
    session_factory: FACTORY, a_team: int, column: str, value: str, expected: str
) -> None:
    (line,) = looked_at(session_factory, csv_of(f"Référence;{column}", f"A-1;{value}")).lines
    assert (line.number, line.outcome) == (2, Outcome.ERROR)
    (problem,) = line.problems
    assert (problem.column, problem.value) == (column, value)
    assert problem.expected.startswith(expected)


def test_nothing_is_written_when_one_line_has_an_error(session_factory: FACTORY) -> None:
    data = csv_of("Référence;QPV", "A-1;oui", "A-2;bof")
    with pytest.raises(ImportRefused):
        imported(session_factory, data)
    with session_factory() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_lines_with_errors_may_be_left_aside(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of("Référence;QPV", "A-1;oui", "A-2;bof"), skip_errors=True)
    with session_factory() as session:
        assert session.scalars(select(Person.external_ref)).all() == ["A-1"]


def test_a_reference_that_comes_twice_is_an_error(session_factory: FACTORY) -> None:
    found = looked_at(session_factory, csv_of("Référence;Prénom", "A-1;Zoé", "A-1;Léa"))
    assert outcomes(found) == [Outcome.NEW, Outcome.ERROR]
    assert found.lines[1].problems[0].expected == "une seule fois : c’est déjà à la ligne 2"


@pytest.mark.parametrize(
    ("title", "why"),
    [
        pytest.param("N° de sécurité sociale", "sécurité sociale", id="social security"),
        pytest.param("NIR", "sécurité sociale", id="nir"),
        pytest.param("Nationalité", "nationalité", id="nationality"),
        pytest.param("Titre de séjour", "nationalité", id="residence permit"),
        pytest.param("RQTH", "santé", id="disability"),
        pytest.param("Problèmes de santé", "santé", id="health"),
        pytest.param("Adresse postale", "adresse", id="address"),
        pytest.param("Tél. portable", "téléphone", id="phone"),
        pytest.param("E-mail", "mail", id="mail"),
    ],
)
def test_what_the_programme_must_not_hold_is_refused_with_the_reason(
    session_factory: FACTORY, title: str, why: str
) -> None:
    found = looked_at(session_factory, csv_of(f"Référence;{title}", "A-1;x"))
    assert found.lines == ()
    (said,) = found.refusals
    assert title in said
    assert why in said


def test_a_refused_column_stops_the_import_even_when_errors_are_skipped(session_factory: FACTORY) -> None:
    with pytest.raises(ImportRefused):
        imported(session_factory, csv_of("Référence;Adresse", "A-1;x"), skip_errors=True)


@pytest.mark.parametrize("number", ["1 09 03 94 016 123 45", "209032A016123"])
def test_a_social_security_number_is_not_taken_for_a_reference(session_factory: FACTORY, number: str) -> None:
    (line,) = looked_at(session_factory, csv_of("Référence", number)).lines
    assert line.problems[0].expected == "tout sauf un numéro de sécurité sociale"


def test_unknown_columns_are_named_and_left_aside(session_factory: FACTORY) -> None:
    found = imported(session_factory, csv_of("Référence;Couleur;", "A-1;bleu;reste"))
    assert found.ignored == ("Couleur", "C (sans titre)")


def test_two_columns_for_the_same_thing_are_refused(session_factory: FACTORY) -> None:
    (said,) = looked_at(session_factory, csv_of("Référence;Ville;Commune", "A-1;a;b")).refusals
    assert said == "Les colonnes « Ville » et « Commune » disent toutes deux « Commune » : gardez-en une."


def test_somebody_from_the_chat_is_found_by_number_and_gets_a_reference(
    session_factory: FACTORY, a_person: Callable[..., int]
) -> None:
    person_id = a_person()
    found = imported(session_factory, csv_of("Numéro Déclic;Référence", f"{person_id};A-9"))
    assert outcomes(found) == [Outcome.CHANGED]
    with session_factory() as session:
        assert session.get_one(Person, person_id).external_ref == "A-9"


def test_an_import_is_noted_with_counts_alone(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of("Référence;Prénom", "A-1;Zoé"))
    with session_factory() as session:
        line = session.scalars(select(AuditLine)).one()
        assert (line.action, line.teller) == ("people.import", Teller.IMPORT)
        assert line.details == {"new": 1, "changed": 0, "same": 0, "error": 0}


def test_who_left_keeps_their_people_and_gets_no_new_ones(session_factory: FACTORY, a_team: int) -> None:
    # given a counsellor who had one person, and left
    imported(session_factory, WHOLE)
    with session_factory.begin() as session:
        session.scalars(select(StaffMember)).one().active = False
    # when both that person and another one are given to them
    found = looked_at(session_factory, csv_of("Référence;Conseiller", "A-1;ines@exemple.fr", "A-2;ines@exemple.fr"))
    # then
    assert outcomes(found) == [Outcome.SAME, Outcome.ERROR]


WRITERS = [pytest.param(to_csv, id="csv"), pytest.param(to_xlsx, id="xlsx")]
NAMES = st.text(
    st.one_of(
        st.sampled_from("éèàçœŒÏ'’\"“«;,\t\n=+-@＝ _x000D_ \u00a0"),
        st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")),
    ),
    min_size=1,
    max_size=20,
).filter(lambda name: bool(name.strip()) and len(name) <= 60)


@pytest.mark.parametrize("write", WRITERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(names=st.lists(NAMES, min_size=1, max_size=20))
def test_what_was_exported_is_the_same_when_it_comes_back(
    session_factory: FACTORY, write: Callable[..., bytes], names: list[str]
) -> None:
    # given people with any names, some of whom only the chat knows
    with session_factory.begin() as session:
        session.query(Person).delete()
        for at, name in enumerate(names):
            session.add(
                Person(
                    created_at=NOW,
                    display_name=name,
                    external_ref=f"=R-{at}" if at % 2 else None,
                    birth_month=date(2009, 1 + at % 12, 1),
                    age_band=list(AgeBand)[at % len(AgeBand)],
                    commune="le kremlin-bicetre",
                    qpv=at % 3 == 0,
                    level=1 + at % 8,
                    languages="fr,ar",
                    stage=list(PathStage)[at % len(PathStage)],
                    came_by=list(CameBy)[at % len(CameBy)],
                )
            )
    # when
    found = looked_at(session_factory, exported(session_factory, write))
    # then
    assert outcomes(found) == [Outcome.SAME] * len(names)
    assert not found.ignored
    assert not found.refusals

"""Workshops in and out of tables."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme.errors import ImportRefused
from programme.events import save_series
from programme.exchange import events
from programme.exchange.preview import Context, Outcome, Preview, apply, preview, words, written_rows
from programme.exchange.tables import read_table, to_csv, to_xlsx
from programme.models import EventDate, EventKind, Series, Territory
from tests.conftest import NOW, PARIS

FACTORY = sessionmaker[Session]
HEADER = (
    "Code;Titre;Type;Résumé;Date;Heure;Durée;Places;Lieu;Accès;À apporter;Animateur;Public;"
    "Âge min;Âge max;Niveau min;Projet validé;Clôture"
)
LINE = (
    "cv;Atelier CV;Atelier;On fait ton CV ensemble.;02/03/2027;9h30;2h30;12;Salle 2;Bus 184;Ton CV;Ines;Tout le monde;"
    "16;29;3 CAP;oui;1 jour"
)


def csv_of(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("cp1252")


def imported(session_factory: FACTORY, data: bytes, *, skip_errors: bool = False) -> Preview:
    with session_factory.begin() as session:
        return apply(session, events.KIND, read_table(data), zone=PARIS, now=NOW, skip_errors=skip_errors)


def looked_at(session_factory: FACTORY, data: bytes) -> Preview:
    with session_factory.begin() as session:
        return preview(session, events.KIND, read_table(data), zone=PARIS, now=NOW)


def outcomes(found: Preview) -> list[Outcome]:
    return [line.outcome for line in found.lines]


def test_a_line_becomes_a_workshop_with_its_date(session_factory: FACTORY) -> None:
    assert outcomes(imported(session_factory, csv_of(HEADER, LINE))) == [Outcome.NEW]
    with session_factory() as session:
        series, each = session.scalars(select(Series)).one(), session.scalars(select(EventDate)).one()
        assert (series.kind, series.title, series.bring) == (EventKind.ATELIER, "Atelier CV", "Ton CV")
        assert (series.min_age, series.max_age, series.min_level, series.needs_validated_project) == (16, 29, 3, True)
        assert each.starts_at == datetime(2027, 3, 2, 8, 30, tzinfo=UTC)
        assert each.ends_at - each.starts_at == timedelta(hours=2, minutes=30)
        assert (each.starts_at - each.closes_at, each.seats) == (timedelta(days=1), 12)


def test_the_same_file_again_changes_nothing(session_factory: FACTORY) -> None:
    data = csv_of(HEADER, LINE, LINE.replace("02/03", "09/03"))
    imported(session_factory, data)
    assert outcomes(imported(session_factory, data)) == [Outcome.SAME, Outcome.SAME]


def test_a_demonstration_that_is_still_there_is_said_before_and_after(session_factory: FACTORY) -> None:
    data = csv_of(HEADER, LINE)
    assert "démonstration" not in " ".join(words(looked_at(session_factory, data)))
    # given
    with session_factory.begin() as session:
        save_series(
            session, slug="demo-cv", kind=EventKind.ATELIER, title="Essai", summary="Essai.", place="Ici",
            demonstration=True,
        )  # fmt: skip
    # then
    for found in (looked_at(session_factory, data), imported(session_factory, data)):
        assert any("`declic demo remove`" in line for line in words(found))


def test_another_date_needs_no_more_than_its_day_and_hour(session_factory: FACTORY) -> None:
    # given
    imported(session_factory, csv_of(HEADER, LINE))
    with session_factory.begin() as session:
        series = session.scalars(select(Series)).one()
        series.minutes, series.seats, series.waiting_limit = 90, 10, 3
    # when
    imported(session_factory, csv_of("Code;Date;Heure", "cv;2027-03-09;14:00"))
    # then the series says the rest
    with session_factory() as session:
        second = session.scalars(select(EventDate).order_by(EventDate.starts_at.desc())).first()
        assert second is not None
        assert (second.seats, second.waiting_limit, second.ends_at - second.starts_at) == (10, 3, timedelta(minutes=90))


def test_a_change_of_the_workshop_is_said_once_whatever_the_number_of_its_dates(session_factory: FACTORY) -> None:
    lines = (LINE, LINE.replace("02/03", "09/03"))
    imported(session_factory, csv_of(HEADER, *lines))
    # when
    found = imported(session_factory, csv_of(HEADER, *(line.replace("Salle 2", "Salle 3") for line in lines)))
    # then
    assert outcomes(found) == [Outcome.CHANGED, Outcome.SAME]
    assert [(change.before, change.after) for change in found.lines[0].changes] == [("Salle 2", "Salle 3")]
    with session_factory() as session:
        assert session.scalars(select(Series.place)).one() == "Salle 3"


def test_a_field_that_no_column_tells_of_stays(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE))
    with session_factory.begin() as session:
        session.scalars(select(Series)).one().online_url = "https://exemple.fr/salle"
        session.scalars(select(EventDate)).one().waiting_limit = 4
    imported(session_factory, csv_of("Code;Date;Heure;Places", "cv;02/03/2027;9h30;20"))
    with session_factory() as session:
        series = session.scalars(select(Series)).one()
        assert (series.online_url, series.access) == ("https://exemple.fr/salle", "Bus 184")
        each = session.scalars(select(EventDate)).one()
        assert (each.seats, each.waiting_limit) == (20, 4)


@pytest.mark.parametrize(
    ("before", "after", "column", "expected"),
    [
        pytest.param("cv;", "CV 1;", "Code", "un nom court en minuscules", id="code"),
        pytest.param("Atelier;On", "Apéro;On", "Type", "l’un de : atelier", id="kind"),
        pytest.param("02/03/2027", "31/02/2027", "Date", "une date comme", id="no such day"),
        pytest.param("02/03/2027", "02/03/2017", "Date", "une date à moins de trois ans", id="slip of the year"),
        pytest.param("9h30", "25h", "Heure", "une heure comme 14h30", id="hour"),
        pytest.param("02/03/2027;9h30", "28/03/2027;2h30", "Heure", "une heure qui existe", id="clocks go forward"),
        pytest.param("2h30", "2", "Durée", "une durée comme", id="hours or minutes?"),
        pytest.param("12", "0", "Places", "un nombre entier de 1 à 1000", id="no seat"),
        pytest.param("16;29", "29;16", "Âge max", "un âge de 29 ans au moins", id="ages the wrong way round"),
        pytest.param("Atelier CV", "CV", "Titre", "un texte de 3 à 50 caractères", id="title too short"),
        pytest.param("oui", "peut-être", "Projet validé", "oui ou non", id="yes or no"),
    ],
)
def test_a_cell_that_cannot_be_taken_says_what_was_expected(
    session_factory: FACTORY, before: str, after: str, column: str, expected: str
) -> None:
    (line,) = looked_at(session_factory, csv_of(HEADER, LINE.replace(before, after, 1))).lines
    (problem,) = line.problems
    assert problem.column == column
    assert problem.expected.startswith(expected)


def test_seats_are_not_taken_away_by_an_import(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE))
    with pytest.raises(ImportRefused) as refused:
        imported(session_factory, csv_of(HEADER, LINE.replace(";12;", ";8;")))
    found = refused.value.preview
    assert found.lines[0].problems[0].expected == "au moins 12 places : on n’en retire pas par un import"


def test_lines_that_contradict_each_other_on_a_workshop_are_errors(session_factory: FACTORY) -> None:
    found = looked_at(
        session_factory, csv_of(HEADER, LINE, LINE.replace("02/03", "09/03").replace("Salle 2", "Salle 3"))
    )
    assert outcomes(found) == [Outcome.NEW, Outcome.ERROR]
    assert found.lines[1].problems[0].expected == "la même chose qu’à la ligne 2 : c’est le même atelier"


def test_a_wrong_first_line_does_not_hide_what_the_next_one_brings(session_factory: FACTORY) -> None:
    bad = LINE.replace("9h30", "?")
    imported(session_factory, csv_of(HEADER, bad, LINE.replace("02/03", "09/03")), skip_errors=True)
    with session_factory() as session:
        assert session.scalars(select(Series.title)).all() == ["Atelier CV"]


def test_the_same_date_twice_is_an_error(session_factory: FACTORY) -> None:
    assert outcomes(looked_at(session_factory, csv_of(HEADER, LINE, LINE))) == [Outcome.NEW, Outcome.ERROR]


def test_hours_are_those_of_the_territory(session_factory: FACTORY) -> None:
    # given a workshop in La Réunion
    imported(session_factory, csv_of(HEADER, LINE))
    with session_factory.begin() as session:
        territory = Territory(slug="run", name="La Réunion", region="La Réunion", zone="Indian/Reunion")
        session.add(territory)
        session.flush()
        session.scalars(select(Series)).one().territory_id = territory.id
    # when
    imported(session_factory, csv_of("Code;Date;Heure;Durée;Places", "cv;01/06/2027;14h30;90 min;8"))
    # then
    with session_factory() as session:
        starts = session.scalars(select(EventDate.starts_at).order_by(EventDate.starts_at.desc())).first()
        assert starts == datetime(2027, 6, 1, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize("write", [pytest.param(to_csv, id="csv"), pytest.param(to_xlsx, id="xlsx")])
def test_what_was_exported_is_the_same_when_it_comes_back(
    session_factory: FACTORY, write: Callable[..., bytes]
) -> None:
    # given dates on both sides of a clock change, one of them without anything optional
    bare = "nu;Atelier nu;forum;;28/03/2027;0h15;15 min;1;Ici;;;;;;;;;"
    imported(session_factory, csv_of(HEADER, LINE, LINE.replace("02/03", "06/04"), bare))
    with session_factory.begin() as session:
        data = write(*written_rows(events.KIND, events.KIND.rows(session, None, Context(PARIS, NOW))))
    # when
    found = looked_at(session_factory, data)
    # then
    assert outcomes(found) == [Outcome.SAME] * 3
    assert not found.ignored


def test_real_dates_of_a_workbook_are_read(session_factory: FACTORY) -> None:
    titles = ["Code", "Titre", "Type", "Date", "Heure", "Durée", "Places", "Lieu"]
    data = to_xlsx(titles, [["cv", "Atelier CV", "atelier", date(2027, 3, 2), time(14, 30), time(2, 30), 8, "Ici"]])
    imported(session_factory, data)
    with session_factory() as session:
        each = session.scalars(select(EventDate)).one()
        assert each.starts_at == datetime(2027, 3, 2, 13, 30, tzinfo=UTC)
        assert each.ends_at - each.starts_at == timedelta(hours=2, minutes=30)


def test_a_date_that_was_called_off_is_not_exported(session_factory: FACTORY) -> None:
    imported(session_factory, csv_of(HEADER, LINE))
    with session_factory.begin() as session:
        session.scalars(select(EventDate)).one().cancelled_at = NOW
        assert events.KIND.rows(session, None, Context(PARIS, NOW)) == []

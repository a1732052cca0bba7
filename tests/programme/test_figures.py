"""Figures for committees, and what is hidden of them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from programme import cohorts, figures
from programme.errors import CohortNotFound, ExportNotAllowed
from programme.exchange.tables import read_table, to_csv
from programme.figures import Block, Figure, as_table, cohort_figures, hide_small, indicators
from programme.models import (
    AgeBand,
    AuditLine,
    Booking,
    BookingStatus,
    BreakReason,
    EmployerStatus,
    Enrolment,
    EventDate,
    EventKind,
    OrganisationKind,
    PathStage,
    Person,
    Programme,
    Role,
    Series,
    Teller,
    WorkContract,
)
from programme.structures import save_organisation, save_staff, save_team
from tests.conftest import NOW

FACTORY = sessionmaker[Session]
ON = NOW.date()


@pytest.fixture
def club(session_factory: FACTORY) -> int:
    """The season of the Club: 64 young people for 55 places, of whom 10 are minors and 13 live in a QPV; its id."""
    with session_factory.begin() as session:
        programme = Programme(
            slug="club", name="Club de l’alternance", purpose="x",
            starts_on=date(2026, 3, 1), ends_on=date(2026, 10, 31), places=55,
        )  # fmt: skip
        session.add(programme)
        session.flush()
        for at in range(64):
            person = Person(
                created_at=NOW,
                # the youngest by their month, the others by their band; three have said nothing of their age
                birth_month=date(2009, 3, 1) if at < 6 else None,
                age_band=None if at < 6 or at > 60 else AgeBand.FROM_15 if at < 10 else AgeBand.FROM_18,
                qpv=at < 13,
                level=3 if at < 20 else 4 if at < 60 else None,
                commune="cachan" if at < 40 else "villejuif",
                stage=PathStage.EN_CONTRAT if at < 30 else PathStage.PROJET_VALIDE,
                employer_status=EmployerStatus.SIGNED if at < 30 else EmployerStatus.SEARCHING,
            )
            session.add(person)
            session.flush()
            session.add(Enrolment(programme_id=programme.id, person_id=person.id, enrolled_on=date(2026, 3, 3)))
        # somebody who takes no part
        session.add(Person(created_at=NOW, qpv=True))
        return programme.id


def shown(blocks: list[Block], title: str) -> dict[str, int | None]:
    block = next(block for block in blocks if block.title.startswith(title))
    return {figure.name: figure.value for figure in block.figures if figure.value != 0}


def of_club(session_factory: FACTORY, programme_id: int) -> list[Block]:
    with session_factory() as session:
        people = select(Enrolment.person_id).where(Enrolment.programme_id == programme_id)
        return indicators(session, people, on=ON)


def test_the_people_are_counted_by_what_is_known_of_them(session_factory: FACTORY, club: int) -> None:
    blocks = of_club(session_factory, club)
    assert shown(blocks, "Jeunes") == {"jeunes suivis": 64}
    assert shown(blocks, "Âge") == {"mineurs": 10, "majeurs": 51, "inconnu": 3}
    assert shown(blocks, "Quartier") == {"oui": 13, "non": 51}
    assert shown(blocks, "Niveau") == {"3 CAP": 20, "4 bac": 40, "inconnu": 4}
    assert shown(blocks, "Commune") == {"Cachan": 40, "Villejuif": 24}
    assert shown(blocks, "Étape") == {"en contrat": 30, "projet validé": 34}


def test_takers_are_set_against_the_places_that_were_planned(session_factory: FACTORY, club: int) -> None:
    block = next(block for block in of_club(session_factory, club) if block.title.startswith("Participants"))
    assert block.figures == (Figure("Club de l’alternance", 64, 55),)
    assert block.figures[0].percent == "116,4\u00a0%"


def test_the_shares_are_those_of_the_report(session_factory: FACTORY, club: int) -> None:
    blocks = of_club(session_factory, club)
    minors = next(figure for block in blocks for figure in block.figures if figure.name == "mineurs")
    assert (minors.of, minors.percent) == (64, "15,6\u00a0%")


def test_bookings_and_presence_are_counted(session_factory: FACTORY, club: int) -> None:
    # given
    statuses = {
        BookingStatus.PRESENT: 20, BookingStatus.ABSENT: 5, BookingStatus.WAITING: 6, BookingStatus.CONFIRMED: 7
    }  # fmt: skip
    with session_factory.begin() as session:
        series = Series(slug="cv", kind=EventKind.ATELIER, title="CV", summary="x", place="x")
        session.add(series)
        session.flush()
        hour = timedelta(hours=1)
        each = EventDate(series_id=series.id, starts_at=NOW, ends_at=NOW + hour, closes_at=NOW, seats=64)
        session.add(each)
        session.flush()
        people = iter(session.scalars(select(Enrolment.person_id)).all())
        for status, number in statuses.items():
            for _ in range(number):
                session.add(
                    Booking(
                        event_date_id=each.id, person_id=next(people), status=status, requested_at=NOW, status_at=NOW
                    )
                )
    # when
    blocks = of_club(session_factory, club)
    # then
    assert shown(blocks, "Réservations") == {
        "présence notée": 25,
        "en liste d’attente": 6,
        "place tenue, présence pas encore notée": 7,
    }
    assert shown(blocks, "Présence") == {"présents": 20, "absents": 5}
    present = next(figure for block in blocks for figure in block.figures if figure.name == "présents")
    assert present.percent == "80\u00a0%"


def a_contract(person_id: int, **more: Any) -> WorkContract:
    return WorkContract(person_id=person_id, announced_at=NOW, teller=Teller.PERSON, **more)


def test_contracts_breaks_and_who_is_still_without_employer(session_factory: FACTORY, club: int) -> None:
    # given, of the 30 who signed: 20 still in their contract, 6 at the end of it, 4 whose contract was broken
    with session_factory.begin() as session:
        people = session.scalars(select(Enrolment.person_id).order_by(Enrolment.person_id)).all()
        for person_id in people[:20]:
            session.add(a_contract(person_id, starts_on=date(2026, 9, 1), ends_on=date(2028, 8, 31)))
        for person_id in people[20:26]:
            session.add(a_contract(person_id, starts_on=date(2025, 9, 1), ends_on=date(2026, 8, 31)))
        for person_id in people[26:30]:
            session.add(a_contract(person_id, broken_on=date(2026, 11, 2), break_reason=BreakReason.RESIGNATION))
    # when
    blocks = of_club(session_factory, club)
    # then
    assert shown(blocks, "Contrats") == {"en cours ou à venir": 20, "allés à leur terme": 6, "rompus": 4}
    assert shown(blocks, "Raisons") == {"démission": 4}
    assert shown(blocks, "Employeur") == {"avec un contrat": 20, "encore sans employeur": 44}


def test_a_word_of_a_contract_counts_before_its_dates_are_known(session_factory: FACTORY, club: int) -> None:
    assert shown(of_club(session_factory, club), "Employeur") == {"avec un contrat": 30, "encore sans employeur": 34}


def test_people_enrolments_bookings_and_contracts_are_each_read_once(
    session_factory: FACTORY, club: int, engine: Engine
) -> None:
    # given
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    # when
    try:
        of_club(session_factory, club)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # then there is a query for each of the four
    assert len(asked) == 4


def test_nobody_gives_no_figures_and_no_error(session_factory: FACTORY) -> None:
    with session_factory() as session:
        blocks = indicators(session, select(Person.id).where(Person.id < 0), on=ON)
    assert {figure.value for block in blocks for figure in block.figures} == {0}


# hiding


def hidden(*values: int, floor: int = 5) -> list[str]:
    total = sum(values)
    block = Block("B", tuple(Figure(str(at), value, total) for at, value in enumerate(values)), whole=total)
    return [figure.shown for figure in hide_small([block], floor=floor)[0].figures]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((10, 54), ["10", "54"], id="nothing small"),
        pytest.param((0, 64), ["0", "64"], id="zero is nobody"),
        pytest.param((3, 20, 41), ["< 5", "masqué", "41"], id="one small: the next smallest as well"),
        pytest.param((2, 3, 59), ["< 5", "< 5", "59"], id="two small ones guard each other"),
        pytest.param((1, 1, 14, 54), ["< 5", "< 5", "masqué", "54"], id="two of one: their sum says all"),
        pytest.param((4, 4, 8, 54), ["< 5", "< 5", "masqué", "54"], id="two of four: their sum says all"),
        pytest.param((1, 1, 8, 54), ["masqué"] * 4, id="two of one beside too small a count: all"),
        pytest.param((2, 8, 6, 54), ["< 5", "8", "masqué", "54"], id="the smallest of the others, wherever it is"),
        pytest.param((54, 5, 5, 4), ["masqué"] * 4, id="the next smallest is known to be five: all"),
        pytest.param((3, 61), ["masqué", "masqué"], id="one of two: both, and which one is small is not said"),
        pytest.param((3, 0, 61), ["masqué", "masqué", "masqué"], id="its zeros too"),
        pytest.param((2, 1), ["masqué", "masqué"], id="all small"),
    ],
)
def test_small_counts_are_hidden_with_what_would_give_them_away(values: tuple[int, ...], expected: list[str]) -> None:
    assert hidden(*values) == expected


def splits(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in splits(total - first, parts - 1):
            yield (first, *rest)


@pytest.mark.parametrize(("parts", "largest"), [(2, 40), (3, 30), (4, 24), (5, 14)])
def test_no_hidden_count_can_be_computed_even_by_who_knows_the_rule(parts: int, largest: int) -> None:
    # given every block there is, by what is shown of it
    for total in range(5, largest):
        same: dict[tuple[str, ...], list[tuple[int, ...]]] = defaultdict(list)
        for values in splits(total, parts):
            same[tuple(hidden(*values))].append(values)
        # then a small count that is hidden may have been another one
        for possible in same.values():
            for column in zip(*possible, strict=True):
                assert not (len(set(column)) == 1 and 0 < column[0] < 5), (possible[0], hidden(*possible[0]))


def test_a_total_that_is_small_is_hidden_with_all_of_its_block() -> None:
    (block,) = hide_small([Block("B", (Figure("a", 3, 3), Figure("b", 0, 3)), whole=3)])
    assert [(figure.shown, figure.of) for figure in block.figures] == [("masqué", None), ("masqué", None)]


def test_a_block_inside_a_hidden_figure_is_hidden_with_its_total() -> None:
    # given 20 whose presence was noted, hidden because 3 wait
    outer = Block("R", (Figure("noted", 20, 63), Figure("waiting", 3, 63), Figure("off", 40, 63)), whole=63)
    inner = Block("P", (Figure("present", 15, 20), Figure("absent", 5, 20)), whole=20, inside=("R", "noted"))
    # when
    _, found = hide_small([outer, inner])
    # then
    assert [(figure.shown, figure.of) for figure in found.figures] == [("masqué", None), ("masqué", None)]


@pytest.mark.parametrize(
    ("takers", "expected"),
    [
        pytest.param(64, "64", id="all of them"),
        pytest.param(3, "< 5", id="a few"),
        pytest.param(62, "masqué", id="all but a few: those would be known"),
    ],
)
def test_a_count_among_the_people_is_hidden_when_few_are_in_it_or_out_of_it(takers: int, expected: str) -> None:
    (block,) = hide_small([Block("P", (Figure("Club", takers, 55),), among=64)])
    assert block.figures[0].shown == expected


# taking out


@pytest.fixture
def a_manager(session_factory: FACTORY) -> int:
    with session_factory.begin() as session:
        organisation = save_organisation(session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="ML")
        team = save_team(session, organisation_id=organisation, name="Cachan")
        return save_staff(session, email="x@exemple.fr", team_id=team, role=Role.PROGRAMME_MANAGER, name="X")


def test_the_figures_of_a_cohort_leave_with_small_counts_hidden_and_a_line_in_the_audit(
    session_factory: FACTORY, club: int, a_manager: int
) -> None:
    # given
    with session_factory.begin() as session:
        rule = cohorts.Rule(programme="club")
        cohort_id = cohorts.save(session, slug="club-2026", name="Club 2026", rule=rule, now=NOW)
        cohorts.freeze(session, cohort_id, now=NOW)
    # when
    with session_factory.begin() as session:
        blocks = cohort_figures(session, "club-2026", staff_id=a_manager, on=ON, now=NOW)
    # then: three people of unknown age
    assert shown(blocks, "Âge") == {"mineurs": None, "majeurs": 51, "inconnu": None}
    rows = [row.cells for row in read_table(to_csv(*as_table(blocks))).rows]
    assert ("Jeunes", "jeunes suivis", "64", None, None) in rows
    assert (f"Âge au {figures.french.day(ON)}", "inconnu", "< 5", "64", None) in rows
    with session_factory() as session:
        line = session.scalars(select(AuditLine).where(AuditLine.action == "figures.export")).one()
        assert (line.staff_id, line.details) == (a_manager, {"cohort_id": cohort_id})


def test_an_unknown_cohort_and_somebody_without_the_right_are_refused(session_factory: FACTORY, a_manager: int) -> None:
    with session_factory.begin() as session:
        with pytest.raises(CohortNotFound):
            cohort_figures(session, "rien", staff_id=a_manager, on=ON, now=NOW)
        with pytest.raises(ExportNotAllowed):
            cohort_figures(session, "rien", staff_id=99, on=ON, now=NOW)

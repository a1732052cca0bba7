"""Who of the team is away, and who has their young people meanwhile."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import absences, permissions, structures
from programme.errors import AbsenceDatesWrong, AbsenceNotFound, AbsenceOverlaps, DeputyNotPossible, StaffNotFound
from programme.models import Absence, OrganisationKind, Role, StaffMember
from tests.conftest import NOW
from tests.programme.at_once import at_once

TODAY = NOW.date()
A_DAY = timedelta(days=1)
Staff = Callable[..., int]
Away = Callable[..., int]


@pytest.fixture
def a_colleague(session_factory: sessionmaker[Session]) -> Staff:
    """Builds somebody of the staff, of the same team unless another one is named; their id."""
    numbers = count(1)

    def build(
        role: Role = Role.COUNSELLOR, *, team: str = "A", organisation: str = "ml", territory: str = "nord"
    ) -> int:
        number = next(numbers)
        with session_factory.begin() as session:
            organisation_id = structures.save_organisation(
                session, slug=organisation, kind=OrganisationKind.MISSION_LOCALE, name=organisation
            )
            territory_id = structures.save_territory(session, slug=territory, name=territory, region="Île-de-France")
            team_id = structures.save_team(
                session, organisation_id=organisation_id, name=team, territory_id=territory_id
            )
            return structures.save_staff(
                session, email=f"{number}@ml.example", team_id=team_id, role=role, name=f"Camille {number}"
            )

    return build


@pytest.fixture
def away(session_factory: sessionmaker[Session]) -> Away:
    """Notes an absence, of today unless other days are given; its id."""

    def build(staff_id: int, deputy_id: int | None = None, *, first: date = TODAY, last: date | None = None) -> int:
        with session_factory.begin() as session:
            return absences.add(
                session, staff_id, starts_on=first, ends_on=last or first, deputy_id=deputy_id, today=TODAY
            ).id

    return build


@pytest.fixture
def replaced(session_factory: sessionmaker[Session]) -> Callable[..., list[int]]:
    """Whom somebody stands in for."""

    def read(staff_id: int, *, on: date = TODAY) -> list[int]:
        with session_factory() as session:
            return absences.stands_in_for(session, staff_id, on=on)

    return read


# -- noting it


def test_both_days_of_an_absence_are_of_it(
    session_factory: sessionmaker[Session], a_colleague: Staff, away: Away
) -> None:
    staff_id = a_colleague()
    away(staff_id, first=TODAY, last=TODAY + A_DAY)
    with session_factory() as session:
        found = [absences.away(session, staff_id, on=TODAY + days * A_DAY) is not None for days in range(-1, 3)]
    assert found == [False, True, True, False]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(TODAY + A_DAY, TODAY, id="ends before it starts"),
        pytest.param(TODAY - 2 * A_DAY, TODAY - A_DAY, id="is over"),
    ],
)
def test_days_that_cannot_be_are_refused(a_colleague: Staff, away: Away, first: date, last: date) -> None:
    with pytest.raises(AbsenceDatesWrong):
        away(a_colleague(), first=first, last=last)


def test_an_absence_that_goes_on_may_have_begun_before(a_colleague: Staff, away: Away) -> None:
    assert away(a_colleague(), first=TODAY - 3 * A_DAY, last=TODAY)


@pytest.mark.parametrize(("first", "last"), [(-1, 0), (0, 0), (1, 1), (2, 5), (-5, 9)])
def test_nobody_is_away_twice_on_the_same_day(a_colleague: Staff, away: Away, first: int, last: int) -> None:
    # given an absence of three days
    staff_id = a_colleague()
    away(staff_id, first=TODAY, last=TODAY + 2 * A_DAY)
    # then another one that shares a day with it is refused
    with pytest.raises(AbsenceOverlaps):
        away(staff_id, first=TODAY + first * A_DAY, last=TODAY + last * A_DAY)


def test_absences_may_follow_each_other_and_a_colleague_may_be_away_too(a_colleague: Staff, away: Away) -> None:
    staff_id = a_colleague()
    away(staff_id, first=TODAY, last=TODAY + A_DAY)
    assert away(staff_id, first=TODAY + 2 * A_DAY, last=TODAY + 3 * A_DAY)
    assert away(a_colleague(), first=TODAY, last=TODAY + A_DAY)


def test_of_two_forms_sent_together_one_is_kept(a_colleague: Staff, away: Away) -> None:
    staff_id = a_colleague()

    def note() -> bool:
        try:
            away(staff_id)
        except AbsenceOverlaps:
            return False
        return True

    assert sorted(at_once([note] * 4)) == [False, False, False, True]


def test_an_absence_is_of_somebody_who_is_there(a_colleague: Staff, away: Away) -> None:
    with pytest.raises(StaffNotFound):
        away(a_colleague() + 1)


def test_an_absence_is_taken_back_once(session_factory: sessionmaker[Session], a_colleague: Staff, away: Away) -> None:
    staff_id = a_colleague()
    absence_id = away(staff_id)
    with session_factory.begin() as session:
        absences.remove(session, absence_id)
        assert absences.away(session, staff_id, on=TODAY) is None
        with pytest.raises(AbsenceNotFound):
            absences.remove(session, absence_id)


def test_the_list_has_what_is_not_over_the_soonest_first(
    session_factory: sessionmaker[Session], a_colleague: Staff, away: Away
) -> None:
    one, other, stranger = a_colleague(), a_colleague(), a_colleague()
    late = away(one, first=TODAY + 9 * A_DAY)
    soon = away(other, one, first=TODAY)
    away(stranger)
    with session_factory.begin() as session:
        session.add(Absence(staff_id=one, starts_on=TODAY - 9 * A_DAY, ends_on=TODAY - A_DAY))
    with session_factory() as session:
        listed = absences.listed(session, [one, other], today=TODAY)
        assert [(absence.id, absent.id, deputy.id if deputy else None) for absence, absent, deputy in listed] == [
            (soon, other, one),
            (late, one, None),
        ]


# -- deputies


def test_who_can_answer_the_young_people_of_the_team_may_stand_in(
    session_factory: sessionmaker[Session], a_colleague: Staff
) -> None:
    absent = a_colleague()
    colleague, lead = a_colleague(), a_colleague(Role.TEAM_LEAD)
    lead_of_the_territory = a_colleague(Role.TEAM_LEAD, team="B")
    a_colleague(team="B")  # does not reach the young people of this team
    a_colleague(Role.ANIMATOR)  # answers nobody
    a_colleague(Role.TEAM_LEAD, team="C", territory="sud")
    a_colleague(Role.TEAM_LEAD, organisation="autre")
    with session_factory() as session:
        found = absences.possible_deputies(session, session.get_one(StaffMember, absent))
        assert {each.id for each in found} == {colleague, lead, lead_of_the_territory}


def test_nobody_stands_in_for_themselves_nor_from_elsewhere(a_colleague: Staff, away: Away) -> None:
    absent, stranger = a_colleague(), a_colleague(organisation="autre")
    for deputy_id in (absent, stranger, stranger + 1):
        with pytest.raises(DeputyNotPossible):
            away(absent, deputy_id)


def test_the_deputy_stands_in_while_the_absence_lasts(
    a_colleague: Staff, away: Away, replaced: Callable[..., list[int]]
) -> None:
    absent, deputy = a_colleague(), a_colleague()
    away(absent, deputy)
    assert [replaced(deputy, on=TODAY + days * A_DAY) for days in (-1, 0, 1)] == [[], [absent], []]
    assert replaced(absent) == []


def test_when_the_deputy_is_away_their_own_deputy_stands_in(
    session_factory: sessionmaker[Session], a_colleague: Staff, away: Away, replaced: Callable[..., list[int]]
) -> None:
    # given a chain of three, of whom the last one is there
    first, second, third = a_colleague(), a_colleague(), a_colleague()
    away(first, second)
    away(second, third)
    # then that one stands in for both
    assert (replaced(third), replaced(second)) == ([first, second], [])


def test_a_circle_of_deputies_leaves_nobody(
    session_factory: sessionmaker[Session], a_colleague: Staff, away: Away
) -> None:
    # given two who replace each other, and a third whose deputy is one of them
    one, other, third = a_colleague(), a_colleague(), a_colleague()
    away(one, other)
    away(other, one)
    away(third, one)
    with session_factory() as session:
        organisation_id = _organisation(session, one)
        assert absences.stand_ins(session, organisation_id, on=TODAY) == {one: None, other: None, third: None}


def test_who_left_the_staff_stands_in_for_nobody(
    session_factory: sessionmaker[Session], a_colleague: Staff, away: Away, replaced: Callable[..., list[int]]
) -> None:
    absent, deputy = a_colleague(), a_colleague()
    away(absent, deputy)
    with session_factory.begin() as session:
        session.get_one(StaffMember, deputy).active = False
    assert replaced(deputy) == []
    with session_factory() as session:
        assert absences.stand_ins(session, _organisation(session, absent), on=TODAY) == {absent: None}


def _organisation(session: Session, staff_id: int) -> int:
    found = permissions.member(session, staff_id)
    assert found is not None
    return found.organisation_id

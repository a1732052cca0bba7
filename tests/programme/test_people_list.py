"""The list of the young people within reach."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import people_list, permissions, structures
from programme.models import EmployerStatus, Enrolment, OrganisationKind, PathStage, Person, Programme, Role
from programme.people_list import Filters, Whose
from programme.permissions import Member
from tests.conftest import NOW


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def somebody(session: Session) -> Callable[..., Member]:
    """Builds a member of the staff of a team of the Mission locale."""

    def build(name: str = "Sofia", *, team: str = "Alternance", role: Role = Role.COUNSELLOR) -> Member:
        organisation_id = structures.save_organisation(
            session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
        )
        team_id = structures.save_team(session, organisation_id=organisation_id, name=team)
        staff_id = structures.save_staff(session, email=f"{name}@ml.example", team_id=team_id, role=role, name=name)
        found = permissions.member(session, staff_id)
        assert found is not None
        return found

    return build


@pytest.fixture
def a_person(session: Session) -> Callable[..., int]:
    """Builds a young person, in the charge of this counsellor; their id."""

    def build(counsellor: Member | None = None, **values: object) -> int:
        person = Person(created_at=NOW, stage=PathStage.PROJET, **values)
        session.add(person)
        session.flush()
        if counsellor is not None:
            structures.assign(session, person.id, counsellor_id=counsellor.staff_id)
        return person.id

    return build


def ids(session: Session, who: Member, **filters: object) -> list[int]:
    lines, _ = people_list.page(session, who, Filters(**filters), now=NOW)  # type: ignore[arg-type]
    return [line.person_id for line in lines]


def test_the_latest_who_came_are_first_and_each_page_begins_where_the_one_before_ended(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    people = [a_person(sofia) for _ in range(5)]
    first, before = people_list.page(session, sofia, Filters(), now=NOW, size=3)
    second, end = people_list.page(session, sofia, Filters(), now=NOW, size=3, before=before)
    assert [line.person_id for line in [*first, *second]] == people[::-1]
    assert end is None
    assert first[0].counsellor == "Sofia"


def test_a_page_that_is_just_full_is_the_last_one(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    for _ in range(3):
        a_person(sofia)
    _, before = people_list.page(session, sofia, Filters(), now=NOW, size=3)
    assert before is None


def test_those_of_another_team_are_not_in_it(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia, marc = somebody(), somebody("Marc", team="Jeunes majeurs")
    hers = a_person(sofia)
    a_person(marc)
    assert ids(session, sofia) == [hers]
    # not even when their number is asked for
    assert ids(session, marc, words=str(hers)) == []


def test_ones_own_those_of_a_colleague_and_those_of_nobody(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia, ines = somebody(), somebody("Inès")
    of_sofia, of_ines, of_nobody = a_person(sofia), a_person(ines), a_person()
    assert ids(session, sofia, whose=Whose.MINE) == [of_sofia]
    assert ids(session, sofia, counsellor_id=ines.staff_id) == [of_ines]
    assert ids(session, sofia, whose=Whose.NOBODYS) == [of_nobody]


def test_by_stage_and_without_an_employer(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    searching = a_person(sofia, employer_status=EmployerStatus.INTERVIEW)
    promised = a_person(sofia, employer_status=EmployerStatus.PROMISED)
    session.get_one(Person, promised).stage = PathStage.PROMESSE
    session.flush()
    assert ids(session, sofia, without_employer=True) == [searching]
    assert ids(session, sofia, stage=PathStage.PROMESSE) == [promised]


def test_by_programme_while_they_are_in_it(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    club = Programme(
        slug="club", name="Club", purpose="Trouver", starts_on=date(2026, 3, 1), ends_on=date(2026, 10, 31)
    )
    session.add(club)
    session.flush()
    inside, left = a_person(sofia), a_person(sofia)
    for person_id, day in ((inside, None), (left, date(2026, 5, 1))):
        session.add(Enrolment(programme_id=club.id, person_id=person_id, enrolled_on=date(2026, 3, 2), left_on=day))
    session.flush()
    assert ids(session, sofia, programme_id=club.id) == [inside]
    assert [each.name for each in people_list.programmes(session, sofia)] == ["Club"]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("éloïse", id="as it is written"),
        pytest.param("ELOI", id="its beginning, without accents"),
        pytest.param("  n'guessan ", id="another word of the name"),
        pytest.param("marie n’gue", id="a space for a hyphen, a typographic apostrophe"),
        pytest.param("ML-0042", id="the number of their own software"),
    ],
)
def test_a_name_is_found_however_it_is_typed(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int], words: str
) -> None:
    sofia = somebody()
    wanted = a_person(sofia, display_name="Éloïse-Marie N'Guessan", external_ref="ML-0042")
    a_person(sofia, display_name="Heloïse")
    a_person(sofia)
    assert ids(session, sofia, words=words) == [wanted]


def test_a_number_is_ours_or_that_of_their_own_software(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    first = a_person(sofia, external_ref="7731")
    second = a_person(sofia)
    assert ids(session, sofia, words="7731") == [first]
    assert ids(session, sofia, words=str(second)) == [second]
    assert ids(session, sofia, words="9" * 60) == []


def test_what_means_something_to_the_database_is_only_text(
    session: Session, somebody: Callable[..., Member], a_person: Callable[..., int]
) -> None:
    sofia = somebody()
    a_person(sofia, display_name="Lina")
    assert ids(session, sofia, words="%") == []
    assert ids(session, sofia, words="l_na") == []


def test_a_young_person_may_be_entrusted_to_any_counsellor_of_the_organisation_who_is_still_there(
    session: Session, somebody: Callable[..., Member]
) -> None:
    sofia = somebody()
    marc = somebody("Marc", team="Jeunes majeurs", role=Role.TEAM_LEAD)
    somebody("Ana", role=Role.ANIMATOR)
    gone = somebody("Zoé")
    structures.save_staff(
        session, email="Zoé@ml.example", team_id=gone.team_id, role=Role.COUNSELLOR, name="Zoé", active=False
    )
    found = people_list.counsellors_of_organisation(session, sofia)
    assert [each.id for each in found] == [marc.staff_id, sofia.staff_id]
    assert [each.id for each in people_list.counsellors(session, sofia)] == [sofia.staff_id]
    assert [each.name for each in people_list.teams(session, sofia)] == ["Alternance", "Jeunes majeurs"]

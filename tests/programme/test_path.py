"""The path of a young person: each step dated, school and employer apart, the overall stage by written rules."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from programme import path
from programme.errors import PersonNotFound
from programme.models import Aspect, EmployerStatus, PathStage, Person, SchoolStatus, Teller
from tests.conftest import NOW
from tests.programme.at_once import at_once

LATER = NOW + timedelta(days=3)


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


# -- steps


def test_a_new_stage_is_noted_with_who_told_it_and_when(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        assert path.set_stage(session, person_id, PathStage.PROJET_VALIDE, teller=Teller.PERSON, now=LATER)
    with session_factory.begin() as session:
        (step,) = path.history(session, person_id)
        person = session.get_one(Person, person_id)
        assert (step.aspect, step.before, step.after) == (Aspect.STAGE, "projet", "projet_valide")
        assert (step.teller, step.at) == (Teller.PERSON, LATER)
        assert (person.stage, person.stage_at) == (PathStage.PROJET_VALIDE, LATER)


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda s, p, **by: path.set_stage(s, p, PathStage.PROMESSE, **by), id="stage"),
        pytest.param(lambda s, p, **by: path.set_school(s, p, SchoolStatus.FOUND, **by), id="school"),
        pytest.param(lambda s, p, **by: path.set_employer(s, p, EmployerStatus.INTERVIEW, **by), id="employer"),
    ],
)
def test_what_is_told_twice_is_noted_once(
    session_factory: sessionmaker[Session], person_id: int, tell: Callable[..., bool]
) -> None:
    def again() -> bool:
        with session_factory.begin() as session:
            return tell(session, person_id, teller=Teller.PERSON, now=NOW)

    # when told six times at once
    assert sorted(at_once([again] * 6)) == [False] * 5 + [True]
    # then each aspect changed once
    with session_factory.begin() as session:
        aspects = [step.aspect for step in path.history(session, person_id)]
    assert len(aspects) == len(set(aspects))


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda s: path.set_stage(s, 404, PathStage.PROMESSE, teller=Teller.PERSON, now=NOW), id="stage"),
        pytest.param(lambda s: path.set_school(s, 404, SchoolStatus.FOUND, teller=Teller.PERSON, now=NOW), id="school"),
        pytest.param(
            lambda s: path.set_employer(s, 404, EmployerStatus.SIGNED, teller=Teller.PERSON, now=NOW), id="employer"
        ),
    ],
)
def test_nobody_has_no_path(session_factory: sessionmaker[Session], tell: Callable[[Session], bool]) -> None:
    with session_factory.begin() as session, pytest.raises(PersonNotFound):
        tell(session)


def test_the_whole_path_is_told_in_order(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        path.set_school(session, person_id, SchoolStatus.FOUND, teller=Teller.PERSON, now=NOW)
        path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=LATER)
        path.set_stage(session, person_id, PathStage.EN_CONTRAT, teller=Teller.SYSTEM, now=LATER)
        steps = [(step.aspect, step.after) for step in path.history(session, person_id)]
    assert steps == [
        (Aspect.SCHOOL, "found"),
        (Aspect.STAGE, "ecole_trouvee"),
        (Aspect.EMPLOYER, "signed"),
        (Aspect.STAGE, "contrat_signe"),
        (Aspect.STAGE, "en_contrat"),
    ]


def test_what_the_caller_changed_before_is_not_lost(session_factory: sessionmaker[Session], person_id: int) -> None:
    # given a change of the same transaction that was not written yet
    with session_factory.begin() as session:
        session.get_one(Person, person_id).display_name = "Sam"
        path.set_stage(session, person_id, PathStage.PROMESSE, teller=Teller.PERSON, now=NOW)
    with session_factory.begin() as session:
        assert session.get_one(Person, person_id).display_name == "Sam"


# -- what moves the overall stage


@pytest.mark.parametrize(
    ("stage", "told", "expected"),
    [
        pytest.param(PathStage.PROJET, SchoolStatus.FOUND, PathStage.ECOLE_TROUVEE, id="a school is found"),
        pytest.param(PathStage.PROJET_VALIDE, SchoolStatus.ENROLLED, PathStage.ECOLE_TROUVEE, id="enrolled"),
        pytest.param(PathStage.PROMESSE, SchoolStatus.FOUND, PathStage.PROMESSE, id="further already"),
        pytest.param(PathStage.RUPTURE, SchoolStatus.FOUND, PathStage.RUPTURE, id="after a break"),
        pytest.param(PathStage.EN_CONTRAT, SchoolStatus.ENROLLED, PathStage.EN_CONTRAT, id="in contract"),
        pytest.param(PathStage.ECOLE_TROUVEE, SchoolStatus.SEARCHING, PathStage.PROJET_VALIDE, id="it fell through"),
        pytest.param(PathStage.ENTRETIEN, SchoolStatus.SEARCHING, PathStage.ENTRETIEN, id="the employer stays"),
        pytest.param(PathStage.PROJET, SchoolStatus.SEARCHING, PathStage.PROJET, id="no news"),
    ],
)
def test_a_school_moves_the_stage(stage: PathStage, told: SchoolStatus, expected: PathStage) -> None:
    assert path.stage_by_school(stage, told) is expected


@pytest.mark.parametrize(
    ("stage", "told", "school", "expected"),
    [
        pytest.param("projet", "in_view", "searching", "employeur_en_vue", id="an employer before a school"),
        pytest.param("ecole_trouvee", "interview", "found", "entretien", id="an interview"),
        pytest.param("entretien", "promised", "searching", "promesse", id="a promise"),
        pytest.param("promesse", "interview", "found", "entretien", id="the promise fell through, another one invites"),
        pytest.param("promesse", "searching", "found", "ecole_trouvee", id="searching again, with a school"),
        pytest.param("promesse", "searching", "searching", "projet_valide", id="searching again, without"),
        pytest.param("projet", "searching", "searching", "projet", id="no news"),
        pytest.param("promesse", "signed", "found", "contrat_signe", id="signed"),
        pytest.param("post_alternance", "signed", "searching", "contrat_signe", id="signed again, later"),
        pytest.param("en_contrat", "signed", "enrolled", "en_contrat", id="begun already"),
        pytest.param("rupture", "in_view", "enrolled", "employeur_en_vue", id="after a break the search starts anew"),
        pytest.param("rupture", "searching", "enrolled", "rupture", id="after a break, no news"),
        pytest.param("contrat_signe", "searching", "found", "contrat_signe", id="a contract is ended by a break alone"),
        pytest.param("autre_solution", "promised", "searching", "autre_solution", id="gone another way"),
    ],
)
def test_an_employer_moves_the_stage(stage: str, told: str, school: str, expected: str) -> None:
    moved = path.stage_by_employer(PathStage(stage), EmployerStatus(told), school=SchoolStatus(school))
    assert moved == PathStage(expected)


@given(stage=st.sampled_from(PathStage), school=st.sampled_from(SchoolStatus), told=st.sampled_from(EmployerStatus))
def test_only_a_signature_or_a_break_touches_a_contract(
    stage: PathStage, school: SchoolStatus, told: EmployerStatus
) -> None:
    under_contract = {PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT}
    after = path.stage_by_employer(stage, told, school=school)
    assert (after in under_contract) == (stage in under_contract or told is EmployerStatus.SIGNED)


# -- a mistaken word


def test_a_mistaken_word_is_undone_with_what_followed_from_it(
    session_factory: sessionmaker[Session], person_id: int
) -> None:
    # given an interview, then a signature that was none
    with session_factory.begin() as session:
        path.set_employer(session, person_id, EmployerStatus.INTERVIEW, teller=Teller.PERSON, now=NOW)
        path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=LATER)
        told = path.latest(session, person_id, Aspect.EMPLOYER)
        assert told is not None
    # when it is taken back, twice
    with session_factory.begin() as session:
        undone = [
            path.take_back(session, person_id, told.id, teller=Teller.PERSON, now=LATER + timedelta(minutes=minute))
            for minute in (1, 2)
        ]
        assert [each is not None for each in undone] == [True, False]
    # then all is as before, and the history tells it
    with session_factory.begin() as session:
        person = session.get_one(Person, person_id)
        assert (person.stage, person.employer_status) == (PathStage.ENTRETIEN, EmployerStatus.INTERVIEW)
        assert [(step.aspect, step.after) for step in path.history(session, person_id)][-2:] == [
            (Aspect.STAGE, "entretien"),
            (Aspect.EMPLOYER, "interview"),
        ]


def test_what_has_changed_since_is_not_undone(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        path.set_school(session, person_id, SchoolStatus.FOUND, teller=Teller.PERSON, now=NOW)
        told = path.latest(session, person_id, Aspect.SCHOOL)
        assert told is not None
        # given that the stage went on
        path.set_employer(session, person_id, EmployerStatus.INTERVIEW, teller=Teller.PERSON, now=LATER)
        assert path.take_back(session, person_id, told.id, teller=Teller.PERSON, now=LATER) is None
        assert session.get_one(Person, person_id).school_status is SchoolStatus.FOUND


def test_nobody_takes_back_the_word_of_somebody_else(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id, other_id = a_person(), a_person()
    with session_factory.begin() as session:
        path.set_school(session, person_id, SchoolStatus.FOUND, teller=Teller.PERSON, now=NOW)
        told = path.latest(session, person_id, Aspect.SCHOOL)
        assert told is not None
        for change_id in (told.id, 404):
            assert path.take_back(session, other_id, change_id, teller=Teller.PERSON, now=NOW) is None
        assert session.get_one(Person, person_id).school_status is SchoolStatus.FOUND

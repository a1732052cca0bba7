"""What is kept of a person: the least, changed field by field, the age by the month of birth."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session, sessionmaker

from programme import profiles, structures
from programme.errors import NotAMinor, PersonNotFound
from programme.models import AgeBand, CameBy, Person
from programme.profiles import ProfileChanges
from tests.conftest import NOW

TODAY = NOW.date()  # 23 November 2026


@pytest.fixture
def person_id(a_person: Callable[..., int]) -> int:
    return a_person()


def told(session: Session, person_id: int, **changes: Any) -> Person:
    return profiles.change(session, person_id, ProfileChanges(**changes), on=TODAY)


# -- what is told


def test_what_is_not_told_stays_and_what_is_taken_back_is_forgotten(
    session_factory: sessionmaker[Session], person_id: int
) -> None:
    with session_factory.begin() as session:
        told(session, person_id, display_name="  Sam \n D. ", level=4, languages=("fr", "ar", "fr"), qpv=True)
        person = told(session, person_id, level=None)
        assert (person.display_name, person.level, person.languages, person.qpv) == ("Sam D.", None, "fr,ar", True)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"display_name": "x" * 61}, id="a name over 60 characters"),
        pytest.param({"display_name": " \u200b "}, id="a name of nothing"),
        pytest.param({"level": 9}, id="a level that does not exist"),
        pytest.param({"languages": ("français",)}, id="a language that is no code"),
        pytest.param({"health": "asthme"}, id="what is never kept"),
        pytest.param({"came_by_person_id": 1}, id="a friend, without having come by one"),
    ],
)
def test_what_cannot_be_kept_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProfileChanges.model_validate(wrong)


def test_a_commune_is_kept_as_its_territory_writes_it(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        structures.save_territory(session, slug="t", name="T", region="R", communes=["Le Kremlin-Bicêtre"])
        assert told(session, person_id, commune="Le Kremlin Bicêtre").commune == "le kremlin-bicetre"
        assert told(session, person_id, commune="Trou Perdu").commune == "trou perdu"


def test_of_a_birth_only_the_month_is_kept(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        person = told(session, person_id, birth_month=date(2009, 3, 17))
        assert (person.birth_month, person.age_band) == (date(2009, 3, 1), AgeBand.FROM_15)


def test_a_friend_is_named_only_when_they_exist_and_are_another(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    person_id, friend_id = a_person(), a_person()
    with session_factory.begin() as session:
        for nobody in (404, person_id):
            with pytest.raises(PersonNotFound):
                told(session, person_id, came_by=CameBy.FRIEND, came_by_person_id=nobody)
        person = told(session, person_id, came_by=CameBy.FRIEND, came_by_person_id=friend_id)
        assert person.came_by_person_id == friend_id
        # who came by a poster after all came by no friend
        assert told(session, person_id, came_by=CameBy.POSTER).came_by_person_id is None


# -- age


@pytest.mark.parametrize(
    ("day", "age", "band", "minor"),
    [
        pytest.param(date(2026, 11, 1), 17, AgeBand.FROM_15, True, id="their month begins"),
        pytest.param(date(2026, 11, 29), 17, AgeBand.FROM_15, True, id="the day before it ends"),
        pytest.param(date(2026, 11, 30), 18, AgeBand.FROM_18, False, id="its last day"),
        pytest.param(date(2026, 12, 1), 18, AgeBand.FROM_18, False, id="after"),
    ],
)
def test_nobody_is_taken_for_older_than_they_are(day: date, age: int, band: AgeBand, minor: bool) -> None:
    # the band that was told once does not count against the month
    person = Person(birth_month=date(2008, 11, 1), age_band=AgeBand.FROM_15)
    assert profiles.age_on(person, day) == age
    assert profiles.age_band_on(person, day) is band
    assert profiles.is_minor(person, day) is minor


@pytest.mark.parametrize(
    ("band", "minor"), [(AgeBand.FROM_15, True), (AgeBand.FROM_18, False), (AgeBand.FROM_30, False), (None, None)]
)
def test_without_a_month_the_band_tells_who_is_a_minor(band: AgeBand | None, minor: bool | None) -> None:
    person = Person(age_band=band)
    assert profiles.is_minor(person, TODAY) is minor
    assert profiles.age_on(person, TODAY) is None


@given(day=st.dates(date(2020, 1, 1), date(2040, 12, 31)), back=st.integers(-2, 2))
def test_a_query_and_the_rule_agree_on_who_is_of_age(day: date, back: int) -> None:
    # given somebody born about 18 years before
    months = (day.year - 18) * 12 + day.month - 1 + back
    born = date(months // 12, months % 12 + 1, 1)
    assert (born > profiles.last_adult_month(day)) is profiles.is_minor(Person(birth_month=born), day)


# -- guardians


def a_guardian(session: Session, person_id: int, name: str = "Mme Diallo") -> None:
    profiles.save_guardian(session, person_id, name=name, relation="mère", phone="06 00 00 00 00", on=TODAY, now=NOW)


@pytest.mark.parametrize("birth_month", [date(2009, 3, 1), None], ids=["a minor", "of unknown age"])
def test_the_guardian_told_last_is_the_one_to_reach(
    session_factory: sessionmaker[Session], person_id: int, birth_month: date | None
) -> None:
    with session_factory.begin() as session:
        told(session, person_id, birth_month=birth_month)
        a_guardian(session, person_id)
        a_guardian(session, person_id, "M. Diallo")
        guardian = profiles.guardian_of(session, person_id)
        assert guardian is not None
        assert guardian.name == "M. Diallo"
        profiles.forget_guardian(session, person_id)
        assert profiles.guardian_of(session, person_id) is None


def test_nobody_is_the_guardian_of_an_adult(session_factory: sessionmaker[Session], person_id: int) -> None:
    with session_factory.begin() as session:
        told(session, person_id, age_band=AgeBand.FROM_21)
        with pytest.raises(NotAMinor):
            a_guardian(session, person_id)


def test_a_guardian_is_forgotten_when_the_minor_comes_of_age(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    # given one who comes of age this month, a younger one, and one of unknown age
    people = [a_person() for _ in range(3)]
    with session_factory.begin() as session:
        for person_id, month in zip(people, (date(2008, 11, 1), date(2008, 12, 1), None), strict=True):
            told(session, person_id, birth_month=month)
            a_guardian(session, person_id)
        # when the month is over
        assert profiles.forget_guardians_of_adults(session, on=date(2026, 11, 30)) == 1
        kept = [person_id for person_id in people if profiles.guardian_of(session, person_id) is not None]
    assert kept == people[1:]

"""Cohorts: a rule that is checked, who fits it, a list that is frozen, and how the rule reads."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session, sessionmaker

from programme import cohorts, structures
from programme.cohorts import Rule
from programme.errors import CohortFrozen, CohortNotFound, CohortRuleWrong
from programme.models import AgeBand, CameBy, Cohort, Enrolment, PathStage, Person, Programme
from tests.conftest import NOW
from tests.programme.at_once import at_once

TODAY = NOW.date()
MINOR, ADULT = date(2010, 1, 1), date(2004, 1, 1)


@pytest.fixture
def somebody(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    """Builds a person who took part in the club since 15 March 2027; their id."""

    def build(*, enrolled_on: date | None = date(2027, 3, 15), programme: str = "club", **known: Any) -> int:
        with session_factory.begin() as session:
            person = Person(created_at=NOW, **known)
            session.add(person)
            session.flush()
            if enrolled_on is not None:
                programme_id = a_programme(session, programme)
                session.add(Enrolment(programme_id=programme_id, person_id=person.id, enrolled_on=enrolled_on))
            return person.id

    return build


def a_programme(session: Session, slug: str) -> int:
    found = session.query(Programme).filter_by(slug=slug).one_or_none()
    if found is None:
        found = Programme(
            slug=slug, name=slug, purpose="Trouver", starts_on=date(2027, 3, 1), ends_on=date(2027, 10, 31)
        )
        session.add(found)
        session.flush()
    return found.id


def fitting(session_factory: sessionmaker[Session], *, on: date = TODAY, **rule: Any) -> set[int]:
    with session_factory.begin() as session:
        return set(session.scalars(cohorts.members(session, Rule(**rule), on=on)))


def a_cohort(session_factory: sessionmaker[Session], slug: str = "c", **rule: Any) -> int:
    with session_factory.begin() as session:
        return cohorts.save(session, slug=slug, name="Cohorte", rule=Rule(**rule), now=NOW)


# -- the rule


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({}, id="nothing is said"),
        pytest.param({"gender": "f"}, id="an unknown condition"),
        pytest.param({"min_level": 5, "max_level": 4}, id="levels the wrong way round"),
        pytest.param({"min_level": 0}, id="no such level"),
        pytest.param({"enrolled_from": "2027-03-02", "enrolled_until": "2027-03-01"}, id="days the wrong way round"),
        pytest.param({"ages_on": "2027-03-02"}, id="a day for no age"),
        pytest.param({"stages": ["nowhere"]}, id="no such stage"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(wrong)


@pytest.mark.parametrize("rule", [{"programme": "club"}, {"territory": "nord"}])
def test_a_rule_on_what_does_not_exist_is_refused_rather_than_select_nobody(
    session_factory: sessionmaker[Session], rule: dict[str, str]
) -> None:
    with pytest.raises(CohortRuleWrong):
        fitting(session_factory, **rule)


# -- who fits


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        pytest.param({"qpv": True}, {"qpv": True}, {"qpv": False}, id="neighbourhood"),
        pytest.param({"qpv": False}, {"qpv": False}, {"qpv": None}, id="an unknown neighbourhood is none"),
        pytest.param({"ages": "minors"}, {"birth_month": MINOR}, {"birth_month": ADULT}, id="minors"),
        pytest.param({"ages": "adults"}, {"birth_month": ADULT}, {"birth_month": MINOR}, id="adults"),
        pytest.param({"ages": "minors"}, {"age_band": AgeBand.FROM_15}, {"age_band": None}, id="minors by band"),
        pytest.param({"ages": "adults"}, {"age_band": AgeBand.FROM_18}, {"age_band": None}, id="unknown is no adult"),
        pytest.param(
            {"ages": "minors"},
            {"birth_month": MINOR, "age_band": AgeBand.FROM_18},
            {"birth_month": ADULT, "age_band": AgeBand.FROM_15},
            id="the month before the band",
        ),
        pytest.param(
            {"stages": ["promesse", "contrat_signe"]},
            {"stage": PathStage.PROMESSE},
            {"stage": PathStage.PROJET},
            id="stage",
        ),
        pytest.param({"min_level": 4, "max_level": 5}, {"level": 5}, {"level": 6}, id="level"),
        pytest.param({"min_level": 1}, {"level": 1}, {"level": None}, id="an unknown level"),
        pytest.param({"came_by": ["friend"]}, {"came_by": CameBy.FRIEND}, {"came_by": None}, id="how they came"),
        pytest.param(
            {"communes": ["Le Kremlin-Bicêtre"]}, {"commune": "le kremlin-bicetre"}, {"commune": None}, id="commune"
        ),
        pytest.param({"programme": "club"}, {}, {"programme": "autre"}, id="programme"),
        pytest.param({"programme": "club"}, {}, {"enrolled_on": None}, id="not enrolled"),
        pytest.param(
            {"enrolled_from": "2027-03-01"},
            {"enrolled_on": date(2027, 3, 1)},
            {"enrolled_on": date(2027, 2, 28)},
            id="since a day",
        ),
        pytest.param(
            {"enrolled_until": "2027-03-31"},
            {"enrolled_on": date(2027, 3, 31)},
            {"enrolled_on": date(2027, 4, 1)},
            id="until a day",
        ),
    ],
)
def test_who_fits_the_rule_is_in_and_nobody_else(
    session_factory: sessionmaker[Session],
    somebody: Callable[..., int],
    rule: dict[str, object],
    fits: dict[str, object],
    does_not: dict[str, object],
) -> None:
    inside = somebody(**fits)
    somebody(**does_not)
    assert fitting(session_factory, **rule) == {inside}


def test_a_territory_is_all_its_communes(session_factory: sessionmaker[Session], somebody: Callable[..., int]) -> None:
    with session_factory.begin() as session:
        structures.save_territory(session, slug="nord", name="Nord", region="R", communes=["Colombes", "Asnières"])
    inside = {somebody(commune="colombes"), somebody(commune="asnieres")}
    somebody(commune="toulouse")
    assert fitting(session_factory, territory="nord") == inside


def test_every_condition_must_hold(session_factory: sessionmaker[Session], somebody: Callable[..., int]) -> None:
    both = somebody(qpv=True, level=4)
    somebody(qpv=True, level=3)
    somebody(qpv=False, level=4)
    assert fitting(session_factory, qpv=True, min_level=4) == {both}


def test_who_takes_part_twice_is_counted_once(
    session_factory: sessionmaker[Session], somebody: Callable[..., int]
) -> None:
    person_id = somebody()
    with session_factory.begin() as session:
        other = a_programme(session, "autre")
        session.add(Enrolment(programme_id=other, person_id=person_id, enrolled_on=date(2027, 4, 1)))
    cohort_id = a_cohort(session_factory, enrolled_from=date(2027, 1, 1))
    with session_factory.begin() as session:
        assert cohorts.freeze(session, cohort_id, now=NOW) == 1


@pytest.mark.parametrize(("ages_on", "inside"), [(None, True), (date(2026, 11, 29), True), (date(2026, 11, 30), False)])
def test_the_age_counts_on_the_day_that_the_rule_names_or_on_which_the_list_is_drawn(
    session_factory: sessionmaker[Session], somebody: Callable[..., int], ages_on: date | None, inside: bool
) -> None:
    person_id = somebody(birth_month=date(2008, 11, 1))
    assert (fitting(session_factory, ages="minors", ages_on=ages_on) == {person_id}) is inside


# -- the frozen list


def listed(session_factory: sessionmaker[Session], cohort_id: int) -> set[int]:
    with session_factory.begin() as session:
        return set(session.scalars(cohorts.listed(session, cohort_id, on=TODAY)))


def test_a_list_follows_its_rule_until_it_is_frozen(
    session_factory: sessionmaker[Session], somebody: Callable[..., int]
) -> None:
    cohort_id = a_cohort(session_factory, qpv=True)
    first = somebody(qpv=True)
    assert listed(session_factory, cohort_id) == {first}
    # given that it was frozen
    with session_factory.begin() as session:
        assert cohorts.freeze(session, cohort_id, now=NOW) == 1
    # when one more fits, and the first one does not any more
    somebody(qpv=True)
    with session_factory.begin() as session:
        session.get_one(Person, first).qpv = False
        # and it is frozen again
        assert cohorts.freeze(session, cohort_id, now=NOW + timedelta(days=9)) == 1
    # then the list is what it was
    assert listed(session_factory, cohort_id) == {first}
    with session_factory.begin() as session:
        assert session.get_one(Cohort, cohort_id).frozen_at == NOW


def test_frozen_by_several_at_once_it_is_drawn_once(
    session_factory: sessionmaker[Session], somebody: Callable[..., int]
) -> None:
    cohort_id = a_cohort(session_factory, qpv=True)
    somebody(qpv=True)

    def freeze() -> int:
        with session_factory.begin() as session:
            return cohorts.freeze(session, cohort_id, now=NOW)

    assert at_once([freeze] * 4) == [1, 1, 1, 1]


def test_a_list_is_drawn_as_of_the_day_in_paris(
    session_factory: sessionmaker[Session], somebody: Callable[..., int]
) -> None:
    # given who is of age on the last day of November, and the night before it in UTC
    cohort_id = a_cohort(session_factory, ages="adults")
    somebody(birth_month=date(2008, 11, 1))
    with session_factory.begin() as session:
        night = NOW.replace(day=29, hour=23, minute=30)
        assert cohorts.freeze(session, cohort_id, now=night) == 1


def test_the_rule_of_a_frozen_list_does_not_change_but_its_name_may(session_factory: sessionmaker[Session]) -> None:
    cohort_id = a_cohort(session_factory, qpv=True)
    with session_factory.begin() as session:
        cohorts.freeze(session, cohort_id, now=NOW)
    with session_factory.begin() as session, pytest.raises(CohortFrozen):
        cohorts.save(session, slug="c", name="Autre", rule=Rule(qpv=False), now=NOW)
    with session_factory.begin() as session:
        assert cohorts.save(session, slug="c", name="Autre", rule=Rule(qpv=True), now=NOW) == cohort_id
        assert session.get_one(Cohort, cohort_id).name == "Autre"


def test_a_rule_is_read_back_as_it_was_saved(session_factory: sessionmaker[Session]) -> None:
    rule = Rule(programme="club", enrolled_from=date(2027, 3, 1), stages=frozenset({PathStage.PROMESSE}), ages="minors")
    with session_factory.begin() as session:
        cohort_id = cohorts.save(session, slug="c", name="C", rule=rule, now=NOW)
    with session_factory.begin() as session:
        assert cohorts.rule_of(session.get_one(Cohort, cohort_id)) == rule


def test_no_cohort_no_list(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        with pytest.raises(CohortNotFound):
            cohorts.freeze(session, 404, now=NOW)
        with pytest.raises(CohortNotFound):
            cohorts.listed(session, 404, on=TODAY)


# -- in words


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(
            {
                "programme": "club",
                "enrolled_from": "2027-03-01",
                "enrolled_until": "2027-10-31",
                "qpv": True,
                "ages": "minors",
            },
            "Club de l'alternance, mars–octobre 2027, QPV, mineurs",
            id="a whole rule",
        ),
        pytest.param(
            {"enrolled_from": "2026-10-01", "enrolled_until": "2027-02-28"}, "octobre 2026–février 2027", id="two years"
        ),
        pytest.param({"enrolled_from": "2027-02-01", "enrolled_until": "2027-02-28"}, "février 2027", id="one month"),
        pytest.param(
            {"enrolled_from": "2027-03-03", "enrolled_until": "2027-04-09"},
            "du 3 mars 2027 au 9 avril 2027",
            id="days",
        ),
        pytest.param({"enrolled_from": "2027-03-01"}, "depuis le 1er mars 2027", id="since"),
        pytest.param({"enrolled_until": "2027-03-01"}, "jusqu'au 1er mars 2027", id="until"),
        pytest.param({"ages": "adults", "ages_on": "2027-03-01"}, "majeurs au 1er mars 2027", id="of age on a day"),
        pytest.param({"qpv": False}, "hors QPV", id="elsewhere"),
        pytest.param({"stages": ["contrat_signe", "promesse"]}, "promesse d'embauche ou contrat signé", id="stages"),
        pytest.param({"min_level": 4, "max_level": 5}, "de bac à bac + 2", id="levels"),
        pytest.param({"min_level": 3, "max_level": 3}, "niveau CAP", id="one level"),
        pytest.param({"min_level": 5}, "à partir de bac + 2", id="from a level"),
        pytest.param({"came_by": ["friend"]}, "venue : par une amie ou un ami", id="how they came"),
    ],
)
def test_a_rule_reads_in_french(rule: dict[str, object], said: str) -> None:
    assert cohorts.describe(Rule.model_validate(rule), programme=PROGRAMME if "programme" in rule else None) == said


PROGRAMME = "Club de l'alternance"

"""What may suit whom, said aloud: no rule is passed over, nothing is claimed that is not known."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import matching, needs
from programme.errors import NeedNotFound, PersonNotFound
from programme.models import AgeBand, Need, NeedKind, PathStage, Person, TerritoryCommune, Urgency
from programme.practice.persona import Family
from tests.conftest import NOW
from tests.programme.network_builders import ON, a_need, a_site, a_team, a_territory, known

APerson = Callable[..., int]
IN_CONTRACT = (PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def site_id(session: Session) -> int:
    a_territory(session)
    return a_site(session)


# -- reasons


def test_a_match_says_why_in_words(session: Session, a_person: APerson, site_id: int) -> None:
    a_need(session, site_id, min_level=3, needed_by=ON + timedelta(days=10))
    person_id = known(session, a_person(), level=3, age_band=AgeBand.FROM_18)
    (match,) = matching.needs_for(session, person_id, on=ON, family=Family.GARAGE)
    assert match.reasons == (
        "une alternance", "dans le métier que tu cherches", "dans ton secteur", "à ton niveau", "à ton âge",
        "ils cherchent pour dans 10 jours",
    )  # fmt: skip
    assert match.to_ask == ()


def test_what_is_not_known_is_asked_and_rules_nothing_out(session: Session, a_person: APerson, site_id: int) -> None:
    a_need(session, site_id, min_level=4, adults_only=True)
    (match,) = matching.needs_for(session, known(session, a_person()), on=ON)
    assert match.to_ask == ("quel métier te plaît", "ton diplôme", "ton âge")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        pytest.param({}, "sans condition d'âge", id="not known"),
        pytest.param({"age_band": AgeBand.FROM_15}, "ouvert aux mineurs", id="a minor"),
        pytest.param({"age_band": AgeBand.FROM_21}, "à ton âge", id="of age"),
        pytest.param({"birth_month": date(2009, 3, 1)}, "ouvert aux mineurs", id="of age by the end of the month"),
        pytest.param({"birth_month": date(2009, 2, 1)}, "à ton âge", id="of age since the end of last month"),
    ],
)
def test_nothing_is_said_of_an_age_that_is_not_known(
    session: Session, a_person: APerson, site_id: int, age: dict[str, object], said: str
) -> None:
    a_need(session, site_id)
    (match,) = matching.needs_for(session, known(session, a_person(), **age), on=ON)
    assert match.reasons[-2] == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        pytest.param(None, "toujours d'actualité", id="no day"),
        pytest.param(0, "ils cherchent pour aujourd'hui", id="today"),
        pytest.param(1, "ils cherchent pour dans 1 jour", id="tomorrow"),
    ],
)
def test_how_soon_it_is_needed_is_said(
    session: Session, a_person: APerson, site_id: int, days: int | None, said: str
) -> None:
    a_need(session, site_id, needed_by=None if days is None else ON + timedelta(days=days))
    (match,) = matching.needs_for(session, known(session, a_person()), on=ON)
    assert match.reasons[-1].replace("\N{NO-BREAK SPACE}", " ") == said


# -- who and what is left out


@pytest.mark.parametrize(
    ("person", "need"),
    [
        pytest.param({"level": 3}, {"min_level": 4}, id="the level is not reached"),
        pytest.param({"age_band": AgeBand.FROM_15}, {"adults_only": True}, id="a minor, for adults"),
        pytest.param({"birth_month": date(2009, 3, 1)}, {"adults_only": True}, id="of age in two weeks, for adults"),
        pytest.param({"commune": "dijon"}, {}, id="far away"),
        pytest.param({"commune": None}, {}, id="we do not know where"),
        pytest.param({"stage": PathStage.CONTRAT_SIGNE}, {}, id="signed already"),
        pytest.param({"stage": PathStage.EN_CONTRAT}, {}, id="in a contract"),
        pytest.param({"stage": PathStage.PROJET}, {}, id="an alternance, before the project is validated"),
        pytest.param({}, {"kind": NeedKind.JOB}, id="a job, before the alternance"),
        pytest.param({"stage": PathStage.POST_ALTERNANCE}, {}, id="an alternance, after one"),
        pytest.param({}, {"needed_by": ON - timedelta(days=1)}, id="too late"),
    ],
)
def test_a_rule_that_says_no_leaves_the_need_out(
    session: Session, a_person: APerson, site_id: int, person: dict[str, object], need: dict[str, object]
) -> None:
    declared = a_need(session, site_id, **need)
    person_id = known(session, a_person(), **person)
    assert matching.needs_for(session, person_id, on=ON) == []
    # the other way round it is the same
    assert matching.people_for(session, declared.id, on=ON) == []


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        (PathStage.PROJET, NeedKind.IMMERSION),
        (PathStage.PROJET_VALIDE, NeedKind.ALTERNANCE),
        (PathStage.RUPTURE, NeedKind.ALTERNANCE),
        (PathStage.POST_ALTERNANCE, NeedKind.JOB),
    ],
)
def test_each_stage_is_shown_what_is_of_use_there(
    session: Session, a_person: APerson, site_id: int, stage: PathStage, kind: NeedKind
) -> None:
    a_need(session, site_id, kind=kind)
    person_id = known(session, a_person(), stage=stage)
    assert [match.need.kind for match in matching.needs_for(session, person_id, on=ON)] == [kind]


def test_a_closed_need_is_for_nobody(session: Session, a_person: APerson, site_id: int) -> None:
    need, person_id = a_need(session, site_id), known(session, a_person())
    needs.close(session, need.id, on=ON)
    assert matching.needs_for(session, person_id, on=ON) == []
    assert matching.people_for(session, need.id, on=ON) == []


def test_another_trade_than_the_wished_one_is_left_out(session: Session, a_person: APerson, site_id: int) -> None:
    a_need(session, site_id, family=Family.CUISINE)
    assert matching.needs_for(session, known(session, a_person()), on=ON, family=Family.GARAGE) == []


def test_a_need_of_no_territory_is_near_nobody(session: Session, a_person: APerson) -> None:
    a_territory(session)
    need = a_need(session, a_site(session, commune="Ailleurs"))
    known(session, a_person())
    assert matching.people_for(session, need.id, on=ON) == []


def test_nobody_and_nothing_unknown_is_matched(session: Session) -> None:
    with pytest.raises(PersonNotFound):
        matching.needs_for(session, 404, on=ON)
    with pytest.raises(NeedNotFound):
        matching.people_for(session, 404, on=ON)


# -- order and limits


def test_the_most_urgent_comes_first_then_the_earliest_then_the_first_declared(
    session: Session, a_person: APerson, site_id: int
) -> None:
    soon, also_soon = a_need(session, site_id), a_need(session, site_id)
    dated = a_need(session, site_id, needed_by=ON)
    now = a_need(session, site_id, urgency=Urgency.NOW)
    found = matching.needs_for(session, known(session, a_person()), on=ON)
    assert [match.need.id for match in found] == [now.id, dated.id, soon.id, also_soon.id]


def test_those_who_wait_longest_come_first_for_a_need(session: Session, a_person: APerson, site_id: int) -> None:
    need = a_need(session, site_id)
    recent = known(session, a_person(), stage_at=NOW)
    long_since = known(session, a_person(), stage_at=NOW - timedelta(days=200))
    assert [person.id for person, _ in matching.people_for(session, need.id, on=ON)] == [long_since, recent]


def test_those_whom_a_rule_leaves_out_take_no_room(session: Session, a_person: APerson, site_id: int) -> None:
    # given a need for adults, four minors who wait longer than an adult, and one place on the page
    need = a_need(session, site_id, adults_only=True, min_level=4)
    for _ in range(4):
        known(session, a_person(), age_band=AgeBand.FROM_15)
    known(session, a_person(), birth_month=date(2010, 1, 1))
    adult = known(session, a_person(), age_band=AgeBand.FROM_21, level=4)
    # then the page shows the adult
    assert [person.id for person, _ in matching.people_for(session, need.id, on=ON, limit=1)] == [adult]
    # and the other way round
    known(session, a_person(), age_band=AgeBand.FROM_15)
    open_to_all = a_need(session, site_id)
    minor = known(session, a_person(), age_band=AgeBand.FROM_15, level=3)
    (match,) = matching.needs_for(session, minor, on=ON, limit=1)
    assert match.need.id == open_to_all.id


def test_a_team_is_shown_its_own_young_people(session: Session, a_person: APerson, site_id: int) -> None:
    need, team_id = a_need(session, site_id), a_team(session)
    ours = known(session, a_person(), team_id=team_id)
    known(session, a_person())
    assert [person.id for person, _ in matching.people_for(session, need.id, on=ON, team_id=team_id)] == [ours]


# -- whatever is known


def test_the_queries_leave_out_what_the_rules_would_and_nothing_else(session: Session, site_id: int) -> None:
    # given everybody that there can be, and every need
    ages: tuple[dict[str, object], ...] = (
        {}, {"age_band": AgeBand.FROM_15}, {"age_band": AgeBand.FROM_21},
        {"birth_month": date(2009, 2, 1)}, {"birth_month": date(2009, 3, 1)},
        # the month says more than what was told once
        {"birth_month": date(2008, 1, 1), "age_band": AgeBand.FROM_15},
    )  # fmt: skip
    session.add_all(
        Person(created_at=NOW, commune=commune, stage=stage, level=level, **age)
        for commune, stage, level, age in product(("cachan", "dijon", None), PathStage, (None, 3, 4), ages)
    )
    for kind, level, adults_only, days in product(NeedKind, (None, 4), (False, True), (None, 0, -1)):
        needed_by = None if days is None else ON + timedelta(days=days)
        a_need(session, site_id, kind=kind, min_level=level, adults_only=adults_only, needed_by=needed_by)
    session.flush()
    people, declared = session.scalars(select(Person)).all(), session.scalars(select(Need)).all()
    territories = {each.commune: each.territory_id for each in session.scalars(select(TerritoryCommune))}
    # when each is judged by the rules alone
    expected = set()
    for person, need in product(people, declared):
        # somebody of nowhere is asked where they live, and shown nothing until then
        here = territories.get(person.commune or "")
        if here is not None and matching.judge(need, person, on=ON, wish=matching.Wish(here, None)) is not None:
            expected.add((person.id, need.id))
    # then both ways find these pairs
    by_need = {
        (person.id, need.id)
        for need in declared
        for person, _ in matching.people_for(session, need.id, on=ON, limit=10_000)
    }
    by_person = {
        (person.id, match.need.id) for person in people for match in matching.needs_for(session, person.id, on=ON)
    }
    assert expected
    assert by_need == expected
    assert by_person == expected


@given(
    level=st.none() | st.integers(1, 8),
    asked=st.none() | st.integers(1, 8),
    band=st.none() | st.sampled_from(AgeBand),
    month=st.none() | st.dates(date(1990, 1, 1), date(2013, 12, 1)).map(lambda day: day.replace(day=1)),
    adults_only=st.booleans(),
    stage=st.sampled_from(PathStage),
    kind=st.sampled_from(NeedKind),
    closed=st.booleans(),
    left=st.none() | st.integers(-5, 50),
    wished=st.none() | st.sampled_from(Family),
    near=st.booleans(),
)
def test_no_rule_is_ever_passed_over(
    level: int | None,
    asked: int | None,
    band: AgeBand | None,
    month: date | None,
    adults_only: bool,
    stage: PathStage,
    kind: NeedKind,
    closed: bool,
    left: int | None,
    wished: Family | None,
    near: bool,
) -> None:
    person = Person(level=level, age_band=band, birth_month=month, stage=stage)
    need = Need(
        kind=kind,
        family=Family.GARAGE.value,
        territory_id=1 if near else 2,
        min_level=asked,
        adults_only=adults_only,
        closed_on=ON if closed else None,
        needed_by=ON + timedelta(days=left) if left is not None else None,
    )
    match = matching.judge(need, person, on=ON, wish=matching.Wish(1, wished))
    if match is None:
        return
    assert not closed
    assert near
    assert left is None or left >= 0
    assert stage not in IN_CONTRACT
    assert wished in (None, Family.GARAGE)
    assert asked is None or level is None or level >= asked
    # eighteen whatever the day of birth, as far as we were told
    of_age = month <= date(2009, 2, 1) if month is not None else band is not AgeBand.FROM_15
    assert of_age or not adults_only
    # what was not checked is among what is to be asked, and nothing else is
    assert ("ton diplôme" in match.to_ask) == (asked is not None and level is None)
    assert ("ton âge" in match.to_ask) == (adults_only and month is None and band is None)
    assert ("quel métier te plaît" in match.to_ask) == (wished is None)
    # each rule has said one thing
    assert len(match.reasons) + len(match.to_ask) == len(matching.RULES)

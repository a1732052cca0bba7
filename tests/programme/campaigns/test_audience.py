"""Who is on the list of a campaign, why, and who is left out for which reason."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session, sessionmaker

from programme.campaigns import audience
from programme.campaigns.audience import Excluded
from programme.campaigns.definition import Definition
from programme.errors import CohortRuleWrong
from programme.models import (
    Campaign,
    CampaignMember,
    CampaignState,
    ChannelIdentity,
    Delivery,
    DeliveryState,
    EmployerStatus,
    EndReason,
    MessageChoice,
    PathStage,
    Person,
    Purpose,
    Teller,
    WorkContract,
)
from tests.conftest import NOW
from tests.programme.campaigns.builders import FIRST_DAY, a_definition, a_territory, fits, says_of_reminders

Somebody = Callable[..., int]
A_WEEK = timedelta(days=7)


@pytest.fixture
def somebody(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> Somebody:
    return lambda **known: fits(session_factory, a_person, **known)


def listed(session_factory: sessionmaker[Session], definition: Definition, *, on: date = FIRST_DAY) -> set[int]:
    with session_factory.begin() as session:
        return {row.person_id for row in session.execute(audience.candidates(session, definition, on=on))}


def reason(session_factory: sessionmaker[Session], definition: Definition, person_id: int) -> str | None:
    with session_factory.begin() as session:
        rows = session.execute(audience.considered(session, definition, on=FIRST_DAY)).all()
    return {row.person_id: row.excluded for row in rows}[person_id]


def a_contract(person_id: int, **changes: Any) -> WorkContract:
    return WorkContract(person_id=person_id, announced_at=NOW, teller=Teller.PERSON, **changes)


def a_run(session: Session, name: str, **changes: Any) -> int:
    values = {
        "name": name,
        "definition": {},
        "state": CampaignState.FINISHED,
        "starts_on": NOW.date(),
        "started_at": NOW - A_WEEK,
        "state_at": NOW,
    }
    return session.scalars(insert(Campaign).values(values | changes).returning(Campaign.id)).one()


def a_message(person_id: int, **changes: Any) -> Delivery:
    values = {
        "purpose": Purpose.CAMPAIGN,
        "object_id": 77,
        "anchor_at": NOW,
        "priority": 2,
        "due_at": NOW - A_WEEK,
        "expires_at": NOW,
        "state": DeliveryState.SENT,
        "state_at": NOW - A_WEEK,
    }
    return Delivery(person_id=person_id, **(values | changes))


# -- who


@pytest.mark.parametrize(
    ("known", "inside"),
    [
        pytest.param({}, True, id="no employer"),
        pytest.param({"employer_status": EmployerStatus.IN_VIEW}, True, id="an employer in view"),
        pytest.param({"employer_status": EmployerStatus.PROMISED}, False, id="a promise"),
        pytest.param({"stage": PathStage.PROJET}, False, id="another stage"),
    ],
)
def test_the_rule_and_where_the_search_for_an_employer_stands_decide(
    session_factory: sessionmaker[Session], somebody: Somebody, known: dict[str, Any], inside: bool
) -> None:
    person_id = somebody(**known)
    assert (person_id in listed(session_factory, a_definition())) is inside


def test_a_rule_that_names_no_territory_of_ours_is_refused(session_factory: sessionmaker[Session]) -> None:
    with pytest.raises(CohortRuleWrong):
        listed(session_factory, a_definition(who={"territory": "nulle-part"}))


# -- who is left out


def stopped(session: Session, person_id: int) -> None:
    session.add(MessageChoice(person_id=person_id, stopped_at=NOW, changed_at=NOW))


def nudges_off(session: Session, person_id: int) -> None:
    session.add(MessageChoice(person_id=person_id, topics_off=["workshops", "nudges"], changed_at=NOW))


def withdrew(session: Session, person_id: int) -> None:
    session.add(says_of_reminders(person_id, False))


def never_asked(session: Session, person_id: int) -> None:
    for said in session.scalars(select(type(says_of_reminders(person_id, True)))):
        session.delete(said)


def signed_stage(session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).stage = PathStage.CONTRAT_SIGNE


def open_contract(session: Session, person_id: int) -> None:
    session.add(a_contract(person_id))


def two_years(session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).stage = PathStage.DEUX_ANS


def told_of_another_way(session: Session, person_id: int) -> None:
    run = a_run(session, "autre")
    session.add(
        CampaignMember(campaign_id=run, person_id=person_id, rank=0, ended_at=NOW, end_reason=EndReason.OTHER_WAY)
    )


def went_through_it(session: Session, person_id: int) -> None:
    session.add(CampaignMember(campaign_id=a_run(session, "essai"), person_id=person_id, rank=0))


def had_another_one(session: Session, person_id: int) -> None:
    session.add(a_message(person_id))


def blocked(session: Session, person_id: int) -> None:
    identity = session.scalars(select(ChannelIdentity).where(ChannelIdentity.person_id == person_id)).one()
    identity.blocked_at = NOW


STAGES = {"stages": [*PathStage]}


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        pytest.param(never_asked, Excluded.NO_CONSENT, id="never asked"),
        pytest.param(withdrew, Excluded.NO_CONSENT, id="a no after the yes"),
        pytest.param(stopped, Excluded.STOPPED, id="STOP"),
        pytest.param(nudges_off, Excluded.NUDGES_OFF, id="nudges switched off"),
        pytest.param(signed_stage, Excluded.IN_CONTRACT, id="signed"),
        pytest.param(open_contract, Excluded.IN_CONTRACT, id="a contract"),
        pytest.param(two_years, Excluded.OTHER_WAY, id="the path of two years"),
        pytest.param(told_of_another_way, Excluded.OTHER_WAY, id="told of another way"),
        pytest.param(went_through_it, Excluded.AGAIN, id="went through it"),
        pytest.param(had_another_one, Excluded.CAMPAIGN_LATELY, id="another campaign"),
        pytest.param(blocked, Excluded.NO_CHANNEL, id="blocked us"),
    ],
)
def test_who_is_left_out_and_why(
    session_factory: sessionmaker[Session],
    somebody: Somebody,
    happens: Callable[[Session, int], None],
    expected: Excluded,
) -> None:
    definition = a_definition(who=STAGES, exclude={"campaign_within_days": 14, "again_within_days": 30})
    person_id, other = somebody(), somebody()
    assert reason(session_factory, definition, person_id) is None
    with session_factory.begin() as session:
        happens(session, person_id)
        if happens is never_asked:
            session.add(says_of_reminders(other, True))
    assert reason(session_factory, definition, person_id) == expected
    assert listed(session_factory, definition) == {other}


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(
            lambda session, person_id: session.add_all(
                [says_of_reminders(person_id, False), says_of_reminders(person_id, True)]
            ),
            id="a yes after a no",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                MessageChoice(person_id=person_id, paused_until=NOW + timedelta(days=30), changed_at=NOW)
            ),
            id="a pause",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                MessageChoice(person_id=person_id, topics_off=["workshops"], changed_at=NOW)
            ),
            id="another topic switched off",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                a_contract(person_id, broken_on=date(2026, 11, 2), break_reason="other")
            ),
            id="a contract that was broken",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                a_contract(person_id, starts_on=date(2025, 9, 1), ends_on=date(2026, 8, 31))
            ),
            id="a contract that is over",
        ),
        pytest.param(
            lambda session, person_id: session.add(a_message(person_id, purpose=Purpose.BOOKING_EVE)),
            id="a reminder of a workshop",
        ),
        pytest.param(
            lambda session, person_id: session.add(a_message(person_id, state=DeliveryState.SKIPPED)),
            id="a message that never left",
        ),
        pytest.param(
            lambda session, person_id: session.add(a_message(person_id, state_at=NOW - timedelta(days=15))),
            id="another campaign long ago",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                CampaignMember(
                    campaign_id=a_run(session, "essai", started_at=NOW - timedelta(days=31)),
                    person_id=person_id,
                    rank=0,
                )
            ),
            id="went through it long ago",
        ),
        pytest.param(
            lambda session, person_id: session.add(
                CampaignMember(campaign_id=a_run(session, "autre"), person_id=person_id, rank=0)
            ),
            id="on the list of another one",
        ),
    ],
)
def test_who_is_not_left_out(
    session_factory: sessionmaker[Session], somebody: Somebody, happens: Callable[[Session, int], None]
) -> None:
    definition = a_definition(exclude={"campaign_within_days": 14, "again_within_days": 30})
    person_id = somebody()
    with session_factory.begin() as session:
        happens(session, person_id)
    assert listed(session_factory, definition) == {person_id}


def test_another_way_is_no_reason_when_the_definition_says_so(
    session_factory: sessionmaker[Session], somebody: Somebody
) -> None:
    person_id = somebody(stage=PathStage.DEUX_ANS)
    assert listed(session_factory, a_definition(exclude={"other_way": False})) == {person_id}


# -- why, and where


def test_why_says_what_of_the_rule_holds_for_the_person(
    session_factory: sessionmaker[Session], somebody: Somebody
) -> None:
    a_territory(session_factory, "sud", "Europe/Paris", "Cachan")
    somebody(commune="cachan", qpv=True, training_starts_on=date(2026, 9, 1))
    definition = a_definition(who={"stages": ["ecole_trouvee"], "territory": "sud", "qpv": True})
    with session_factory.begin() as session:
        row = session.execute(audience.candidates(session, definition, on=FIRST_DAY)).one()
    assert audience.in_words(row.why, {"sud": "Vallée sud"}) == [
        "sans employeur",
        "école trouvée",
        "formation commencée, sans contrat",
        "territoire Vallée sud",
        "quartier prioritaire",
    ]


def test_each_person_has_the_zone_of_where_they_live(
    session_factory: sessionmaker[Session], somebody: Somebody
) -> None:
    a_territory(session_factory, "ouest", "Indian/Reunion", "Saint-Paul")
    far, unknown = somebody(commune="saint-paul"), somebody()
    with session_factory.begin() as session:
        rows = session.execute(audience.candidates(session, a_definition(), on=FIRST_DAY)).all()
    assert {row.person_id: (row.zone, row.territory) for row in rows} == {
        far: ("Indian/Reunion", "ouest"),
        unknown: ("Europe/Paris", None),
    }

"""Contracts, breaks, and asking how it goes."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from programme.errors import CheckInNotFound, ContractDatesWrong, PersonNotFound
from programme.models import BreakReason, CheckIn, ContractKind, EmployerStatus, PathStage, Person, Teller, WorkContract
from programme.outcomes import (
    announce_break,
    announce_contract,
    answer_check_in,
    begin_contracts,
    contracts_of,
    end_contracts,
    open_contract,
)
from programme.path import set_employer, set_stage
from tests.conftest import NOW

STARTS_ON = date(2027, 1, 4)
DAYS = [date(2027, 1, 19), date(2027, 2, 18), date(2027, 4, 4)]
APerson = Callable[..., int]


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def signed(session: Session, person_id: int, **told: object) -> WorkContract:
    set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=NOW)
    return announce_contract(session, person_id, teller=Teller.PERSON, now=NOW, **told)  # type: ignore[arg-type]


def planned(session: Session) -> list[date]:
    return list(session.scalars(select(CheckIn.due_on).where(CheckIn.closed_at.is_(None)).order_by(CheckIn.day)))


def check_in_of(session: Session, day: int) -> CheckIn:
    return session.scalars(select(CheckIn).where(CheckIn.day == day)).one()


def test_a_contract_told_in_two_messages_is_one_contract(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    first = signed(session, person_id, employer="Garage Haddad", kind=ContractKind.APPRENTISSAGE)
    second = signed(session, person_id, starts_on=STARTS_ON)
    assert (first.id, second.employer, second.starts_on) == (second.id, "Garage Haddad", STARTS_ON)
    assert len(contracts_of(session, person_id)) == 1


def test_how_it_goes_is_asked_on_three_days_after_the_first_one(session: Session, a_person: APerson) -> None:
    signed(session, a_person(), starts_on=STARTS_ON)
    assert planned(session) == DAYS


def test_without_a_first_day_nothing_is_planned(session: Session, a_person: APerson) -> None:
    signed(session, a_person())
    assert planned(session) == []


def test_when_the_first_day_changes_what_was_asked_stays_and_the_rest_follows(
    session: Session, a_person: APerson
) -> None:
    # given a first check-in that was asked
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON)
    first = check_in_of(session, 15)
    first.asked_at = NOW
    session.flush()
    # when the first day moves by a week
    signed(session, person_id, starts_on=STARTS_ON + timedelta(days=7))
    session.expire_all()
    # then the others move with it
    assert planned(session) == [DAYS[0], DAYS[1] + timedelta(days=7), DAYS[2] + timedelta(days=7)]


def test_only_the_one_who_was_asked_answers(session: Session, a_person: APerson) -> None:
    asked_one, other = a_person(), a_person()
    signed(session, asked_one, starts_on=STARTS_ON)
    asked = check_in_of(session, 15)
    with pytest.raises(CheckInNotFound):
        answer_check_in(session, asked.id, person_id=other, now=NOW)
    answer_check_in(session, asked.id, person_id=asked_one, now=NOW)
    answer_check_in(session, asked.id, person_id=asked_one, now=NOW + timedelta(days=1))
    assert asked.closed_at == NOW


def test_a_break_keeps_the_contract_with_its_reason_and_asks_nothing_more(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    contract = signed(session, person_id, starts_on=STARTS_ON)
    announce_break(
        session, person_id, reason=BreakReason.TRIAL_PERIOD, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW
    )
    assert (contract.broken_on, contract.break_reason) == (DAYS[0], BreakReason.TRIAL_PERIOD)
    assert (planned(session), open_contract(session, person_id, on=DAYS[0])) == ([], None)


def test_a_break_of_a_contract_that_nobody_told_of_is_noted_as_well(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    announce_break(session, person_id, reason=BreakReason.NOT_SAID, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW)
    (contract,) = contracts_of(session, person_id)
    assert (contract.broken_on, contract.starts_on) == (DAYS[0], None)


def test_after_a_break_a_new_contract_is_a_new_one(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON)
    announce_break(session, person_id, reason=BreakReason.OTHER, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW)
    signed(session, person_id, starts_on=DAYS[1])
    assert [each.starts_on for each in contracts_of(session, person_id)] == [STARTS_ON, DAYS[1]]


@pytest.mark.parametrize(
    ("on", "stage"),
    [(STARTS_ON - timedelta(days=1), PathStage.CONTRAT_SIGNE), (STARTS_ON, PathStage.EN_CONTRAT)],
)
def test_a_contract_begins_on_its_first_day(session: Session, a_person: APerson, on: date, stage: PathStage) -> None:
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON)
    begin_contracts(session, on=on, now=NOW)
    assert session.get_one(Person, person_id).stage is stage
    # a second look changes nothing
    assert begin_contracts(session, on=on, now=NOW) == 0


def test_after_the_last_day_one_looks_for_what_comes_next(session: Session, a_person: APerson) -> None:
    # given a contract that ends, and one that goes on
    over, goes_on = a_person(), a_person()
    signed(session, over, starts_on=STARTS_ON, ends_on=date(2027, 8, 31))
    signed(session, goes_on, starts_on=STARTS_ON, ends_on=date(2028, 8, 31))
    begin_contracts(session, on=STARTS_ON, now=NOW)
    # when the day after has come
    later = datetime(2027, 9, 1, 6, 0, tzinfo=NOW.tzinfo)
    assert end_contracts(session, on=date(2027, 8, 31), now=later) == 0
    assert end_contracts(session, on=date(2027, 9, 1), now=later) == 1
    # then only that person searches, and another contract is a new one
    assert [session.get_one(Person, each).stage for each in (over, goes_on)] == [
        PathStage.POST_ALTERNANCE, PathStage.EN_CONTRAT,
    ]  # fmt: skip
    assert open_contract(session, over, on=date(2027, 9, 1)) is None


def test_a_break_does_not_end_up_after_the_contract(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON, ends_on=date(2027, 8, 31))
    announce_break(session, person_id, reason=BreakReason.OTHER, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW)
    set_stage(session, person_id, PathStage.RUPTURE, teller=Teller.PERSON, now=NOW)
    assert end_contracts(session, on=date(2027, 9, 1), now=NOW) == 0


@pytest.mark.parametrize(
    ("again", "kept"),
    [
        pytest.param(BreakReason.HEALTH, BreakReason.HEALTH, id="another reason"),
        pytest.param(BreakReason.NOT_SAID, BreakReason.OTHER, id="no reason"),
    ],
)
def test_a_break_told_twice_is_one_break(
    session: Session, a_person: APerson, again: BreakReason, kept: BreakReason
) -> None:
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON)
    for reason in (BreakReason.OTHER, again):
        announce_break(session, person_id, reason=reason, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW)
    assert [each.break_reason for each in contracts_of(session, person_id)] == [kept]


# -- one contract after another


def two_in_a_row(session: Session, person_id: int) -> tuple[WorkContract, WorkContract]:
    """One contract until the end of August, the next one signed before, for September."""
    first = signed(session, person_id, employer="Garage Haddad", starts_on=STARTS_ON, ends_on=date(2027, 8, 31))
    return first, signed(session, person_id, employer="Labo Nord", starts_on=date(2027, 9, 1))


def test_a_first_day_after_the_end_is_of_the_next_contract(session: Session, a_person: APerson) -> None:
    first, second = two_in_a_row(session, a_person())
    assert [(each.employer, each.starts_on) for each in (first, second)] == [
        ("Garage Haddad", STARTS_ON), ("Labo Nord", date(2027, 9, 1)),
    ]  # fmt: skip


def test_a_break_is_of_the_contract_that_runs_on_that_day(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    first, second = two_in_a_row(session, person_id)
    announce_break(session, person_id, reason=BreakReason.OTHER, broken_on=DAYS[0], teller=Teller.PERSON, now=NOW)
    assert (first.broken_on, second.broken_on) == (DAYS[0], None)


def test_a_break_told_after_the_end_is_of_the_contract_that_ran(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    contract = signed(session, person_id, starts_on=STARTS_ON, ends_on=date(2027, 8, 31))
    later = datetime(2027, 10, 1, 8, 0, tzinfo=NOW.tzinfo)
    announce_break(session, person_id, reason=BreakReason.OTHER, broken_on=DAYS[0], teller=Teller.STAFF, now=later)
    assert (contract.broken_on, len(contracts_of(session, person_id))) == (DAYS[0], 1)


def test_a_contract_may_be_broken_before_its_first_day(session: Session, a_person: APerson) -> None:
    person_id = a_person()
    contract = signed(session, person_id, starts_on=STARTS_ON)
    broken_on = STARTS_ON - timedelta(days=10)
    announce_break(session, person_id, reason=BreakReason.OTHER, broken_on=broken_on, teller=Teller.PERSON, now=NOW)
    assert (contract.broken_on, len(contracts_of(session, person_id))) == (broken_on, 1)


def test_a_contract_that_is_over_neither_begins_nor_ends_the_next_one(session: Session, a_person: APerson) -> None:
    # given a contract of some years ago, and one that was signed for January
    person_id = a_person()
    session.add(
        WorkContract(
            person_id=person_id, announced_at=NOW, teller=Teller.IMPORT,
            starts_on=date(2024, 9, 2), ends_on=date(2026, 8, 31),
        )
    )  # fmt: skip
    session.flush()
    signed(session, person_id, starts_on=STARTS_ON)
    # then the person waits for their first day
    assert begin_contracts(session, on=NOW.date(), now=NOW) == 0
    assert end_contracts(session, on=NOW.date(), now=NOW) == 0
    assert session.get_one(Person, person_id).stage is PathStage.CONTRAT_SIGNE
    # and in it they stay
    assert begin_contracts(session, on=STARTS_ON, now=NOW) == 1
    assert end_contracts(session, on=STARTS_ON, now=NOW) == 0


def test_a_break_told_while_contracts_begin_is_not_overwritten(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        signed(session, person_id, starts_on=STARTS_ON)
    # given a break that is being told
    with session_factory.begin() as telling:
        set_stage(telling, person_id, PathStage.RUPTURE, teller=Teller.PERSON, now=NOW)
        # when the worker looks at the same moment, it leaves that person for the next time
        with session_factory.begin() as session:
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert begin_contracts(session, on=STARTS_ON, now=NOW) == 0
    # then the break stands
    with session_factory.begin() as session:
        assert begin_contracts(session, on=STARTS_ON, now=NOW) == 0
        assert session.get_one(Person, person_id).stage is PathStage.RUPTURE


@pytest.mark.parametrize("ends_on", [STARTS_ON, STARTS_ON - timedelta(days=1)])
def test_a_contract_ends_after_its_first_day(session: Session, a_person: APerson, ends_on: date) -> None:
    person_id = a_person()
    signed(session, person_id, starts_on=STARTS_ON)
    with pytest.raises(ContractDatesWrong):
        signed(session, person_id, ends_on=ends_on)
    # nothing was changed
    assert [each.ends_on for each in contracts_of(session, person_id)] == [None]


def test_nobody_unknown_has_a_contract(session: Session) -> None:
    with pytest.raises(PersonNotFound):
        announce_contract(session, 404, teller=Teller.PERSON, now=NOW)

"""What became of the search: contracts, how they go, how they end."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from programme import path
from programme.errors import CheckInNotFound, ContractDatesWrong
from programme.models import (
    BreakReason,
    CheckIn,
    ContractKind,
    EmployerStatus,
    PathStage,
    Person,
    Teller,
    WorkContract,
)

# after the first day somebody asks how it goes: when it has settled, at the end of the free first days, later on
CHECK_IN_DAYS = (15, 45, 90)
# at once in one transaction, so that a morning's work holds few rows locked
MOST_AT_ONCE = 500


def announce_contract(
    session: Session,
    person_id: int,
    *,
    kind: ContractKind | None = None,
    employer: str | None = None,
    company_id: int | None = None,
    school: str | None = None,
    diploma: str | None = None,
    family: str | None = None,
    signed_on: date | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    teller: Teller,
    now: datetime,
) -> WorkContract:
    """Note a contract, or complete the one that is open: what is told anew replaces what was, None leaves it.

    A first day that comes after the last day of the open one is of the next contract: both are kept. Check-ins are
    dated from the first day, and dated again when that changes; those that were asked stay. The stage of the person is
    not touched: who announces says it to `path.set_employer`.

    Raises:
        PersonNotFound: nobody has this id.
        ContractDatesWrong: with what was known, it would not end after its first day.
    """
    path.locked(session, person_id)
    contract = open_contract(session, person_id, on=now.date())
    if contract is not None and starts_on is not None and contract.ends_on is not None and starts_on > contract.ends_on:
        contract = None
    begins = starts_on or (contract.starts_on if contract is not None else None)
    ends = ends_on or (contract.ends_on if contract is not None else None)
    if begins is not None and ends is not None and ends <= begins:
        raise ContractDatesWrong(begins, ends)
    if contract is None:
        contract = WorkContract(person_id=person_id, announced_at=now, teller=teller)
        session.add(contract)
    told = {
        "kind": kind,
        "employer": employer,
        "company_id": company_id,
        "school": school,
        "diploma": diploma,
        "family": family,
        "signed_on": signed_on,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }
    for name, value in told.items():
        if value is not None:
            setattr(contract, name, value)
    session.flush()
    _plan_check_ins(session, contract)
    return contract


def announce_break(
    session: Session, person_id: int, *, reason: BreakReason, broken_on: date, teller: Teller, now: datetime
) -> WorkContract:
    """Note that the contract that ran on this day has ended early; one that nobody had told of is noted with its end.

    The same day told again is the same break: a reason then takes the place of the one before, « not said » does not.
    What the person does now is asked elsewhere: nothing is assumed from a break.

    Raises:
        PersonNotFound: nobody has this id.
    """
    path.locked(session, person_id)
    contract = session.scalar(_latest(person_id, WorkContract.broken_on == broken_on))
    if contract is not None and reason is BreakReason.NOT_SAID:
        return contract
    contract = contract or _running(session, person_id, on=broken_on)
    if contract is None:
        contract = WorkContract(person_id=person_id, announced_at=now, teller=teller)
        session.add(contract)
    contract.broken_on, contract.break_reason = broken_on, reason
    session.flush()
    close_check_ins(session, contract.id, now=now)
    return contract


def open_contract(session: Session, person_id: int, *, on: date) -> WorkContract | None:
    """The contract that is neither broken nor over on this day as far as we know, the latest when there are several."""
    return session.scalar(_latest(person_id, WorkContract.broken_on.is_(None), _not_over(on)))


def contracts_of(session: Session, person_id: int) -> Sequence[WorkContract]:
    """All of a person's contracts, in the order in which we learned of them."""
    return session.scalars(
        select(WorkContract).where(WorkContract.person_id == person_id).order_by(WorkContract.id)
    ).all()


def begin_contracts(session: Session, *, on: date, now: datetime) -> int:
    """Those whose first day has come are in their contract; how many. Two workers at once share them."""
    due = session.scalars(
        select(WorkContract.person_id)
        .join(Person, Person.id == WorkContract.person_id)
        .where(
            WorkContract.broken_on.is_(None),
            WorkContract.starts_on <= on,
            # the one before, long over, does not begin the next one
            _not_over(on),
            Person.stage == PathStage.CONTRAT_SIGNE,
        )
        .order_by(WorkContract.person_id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Person, key_share=True, skip_locked=True)
    ).all()
    return sum(path.set_stage(session, each, PathStage.EN_CONTRAT, teller=Teller.SYSTEM, now=now) for each in due)


def end_contracts(session: Session, *, on: date, now: datetime) -> int:
    """Those whose last day is over look for what comes after: a job, or another contract; how many.

    Somebody whose next contract is signed already stays where they are.
    """
    other = aliased(WorkContract)
    goes_on = (
        select(other.id)
        .where(
            other.person_id == WorkContract.person_id,
            other.broken_on.is_(None),
            or_(other.ends_on.is_(None), other.ends_on >= on),
        )
        .exists()
    )
    ended = session.scalars(
        select(WorkContract)
        .join(Person, Person.id == WorkContract.person_id)
        .where(
            WorkContract.broken_on.is_(None),
            WorkContract.ends_on < on,
            Person.stage.in_((PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT)),
            ~goes_on,
        )
        .order_by(WorkContract.person_id, WorkContract.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Person, key_share=True, skip_locked=True)
    ).all()
    for contract in ended:
        close_check_ins(session, contract.id, now=now)
        path.set_employer(session, contract.person_id, EmployerStatus.SEARCHING, teller=Teller.SYSTEM, now=now)
        path.set_stage(session, contract.person_id, PathStage.POST_ALTERNANCE, teller=Teller.SYSTEM, now=now)
    return len({contract.person_id for contract in ended})


def _latest(person_id: int, *conditions: ColumnElement[bool]) -> Select[WorkContract]:
    return (
        select(WorkContract)
        .where(WorkContract.person_id == person_id, *conditions)
        .order_by(WorkContract.id.desc())
        .limit(1)
    )


def _running(session: Session, person_id: int, *, on: date) -> WorkContract | None:
    """The contract that a break on this day is of: one that had begun, before the next one that is signed already."""
    begun = or_(WorkContract.starts_on.is_(None), WorkContract.starts_on <= on)
    return session.scalar(_latest(person_id, WorkContract.broken_on.is_(None), _not_over(on), begun)) or open_contract(
        session, person_id, on=on
    )


def _not_over(on: date) -> ColumnElement[bool]:
    return or_(WorkContract.ends_on.is_(None), WorkContract.ends_on >= on)


# -- check-ins


def answer_check_in(session: Session, check_in_id: int, *, person_id: int, now: datetime) -> None:
    """The person said how it goes; what they said is not kept here. Answering twice changes nothing.

    Raises:
        CheckInNotFound: it is nobody's, or somebody else's.
    """
    owner = select(WorkContract.person_id).where(WorkContract.id == CheckIn.contract_id).scalar_subquery()
    check_in = session.scalar(select(CheckIn).where(CheckIn.id == check_in_id, owner == person_id))
    if check_in is None:
        raise CheckInNotFound(check_in_id)
    check_in.closed_at = check_in.closed_at or now
    session.flush()


def close_check_ins(session: Session, contract_id: int, *, now: datetime) -> None:
    """None of them is of use any more."""
    session.execute(
        update(CheckIn).where(CheckIn.contract_id == contract_id, CheckIn.closed_at.is_(None)).values(closed_at=now)
    )


def _plan_check_ins(session: Session, contract: WorkContract) -> None:
    if contract.starts_on is None:
        return
    statement = insert(CheckIn).values(
        [
            {"contract_id": contract.id, "day": day, "due_on": contract.starts_on + timedelta(days=day)}
            for day in CHECK_IN_DAYS
        ]
    )
    session.execute(
        statement.on_conflict_do_update(
            constraint="check_in_once",
            set_={"due_on": statement.excluded.due_on},
            where=CheckIn.asked_at.is_(None) & CheckIn.closed_at.is_(None),
        )
    )

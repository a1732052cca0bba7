"""What became of the search: contracts, how they go, how they end."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import path
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

    Its check-ins are dated from the first day, and dated again when that changes; those that were asked stay.

    Raises:
        PersonNotFound: nobody has this id.
    """
    path.locked(session, person_id)
    contract = open_contract(session, person_id, on=now.date())
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
    """Note that the contract has ended early; one that nobody had told of is noted with its end.

    What the person does now is asked elsewhere: nothing is assumed from a break.

    Raises:
        PersonNotFound: nobody has this id.
    """
    path.locked(session, person_id)
    contract = open_contract(session, person_id, on=now.date())
    if contract is None:
        contract = WorkContract(person_id=person_id, announced_at=now, teller=teller)
        session.add(contract)
    contract.broken_on, contract.break_reason = broken_on, reason
    session.flush()
    close_check_ins(session, contract.id, now=now)
    return contract


def open_contract(session: Session, person_id: int, *, on: date) -> WorkContract | None:
    """The contract that is neither broken nor over on this day as far as we know, the latest when there are several."""
    return session.scalar(
        select(WorkContract)
        .where(
            WorkContract.person_id == person_id,
            WorkContract.broken_on.is_(None),
            or_(WorkContract.ends_on.is_(None), WorkContract.ends_on >= on),
        )
        .order_by(WorkContract.id.desc())
        .limit(1)
    )


def contracts_of(session: Session, person_id: int) -> Sequence[WorkContract]:
    """All of a person's contracts, in the order in which we learned of them."""
    return session.scalars(
        select(WorkContract).where(WorkContract.person_id == person_id).order_by(WorkContract.id)
    ).all()


def begin_contracts(session: Session, *, on: date, now: datetime) -> int:
    """Those whose first day has come are in their contract; how many."""
    due = session.scalars(
        select(WorkContract.person_id)
        .join(Person, Person.id == WorkContract.person_id)
        .where(
            WorkContract.broken_on.is_(None),
            WorkContract.starts_on <= on,
            Person.stage == PathStage.CONTRAT_SIGNE,
        )
        .order_by(WorkContract.person_id)
        .limit(MOST_AT_ONCE)
    ).all()
    return sum(path.set_stage(session, each, PathStage.EN_CONTRAT, teller=Teller.SYSTEM, now=now) for each in due)


def end_contracts(session: Session, *, on: date, now: datetime) -> int:
    """Those whose last day is over look for what comes after: a job, or another contract; how many."""
    ended = session.scalars(
        select(WorkContract)
        .join(Person, Person.id == WorkContract.person_id)
        .where(
            WorkContract.broken_on.is_(None),
            WorkContract.ends_on < on,
            Person.stage.in_((PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT)),
        )
        .order_by(WorkContract.person_id)
        .limit(MOST_AT_ONCE)
    ).all()
    for contract in ended:
        close_check_ins(session, contract.id, now=now)
        path.set_employer(session, contract.person_id, EmployerStatus.SEARCHING, teller=Teller.SYSTEM, now=now)
        path.set_stage(session, contract.person_id, PathStage.POST_ALTERNANCE, teller=Teller.SYSTEM, now=now)
    return len(ended)


# -- check-ins


def due_check_ins(session: Session, *, on: date, limit: int = MOST_AT_ONCE) -> Sequence[CheckIn]:
    """Those that are to be asked by this day, the longest due first."""
    return session.scalars(
        select(CheckIn)
        .where(CheckIn.asked_at.is_(None), CheckIn.closed_at.is_(None), CheckIn.due_on <= on)
        .order_by(CheckIn.due_on, CheckIn.id)
        .limit(limit)
    ).all()


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

"""The way of a young person to a contract and through it: each step is dated, with who told it.

School and employer are tracked apart; each moves the overall stage by the two tables below alone (`SCHOOL_MOVES`,
`EMPLOYER_MOVES`). The other way round nothing follows: a stage that is told leaves school and employer as they were.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.errors import PersonNotFound
from programme.models import Aspect, EmployerStatus, PathStage, Person, SchoolStatus, StageChange, Teller

# as staff read them
STAGE_NAMES = {
    PathStage.PROJET: "projet à construire",
    PathStage.PROJET_VALIDE: "projet validé",
    PathStage.ECOLE_TROUVEE: "école trouvée",
    PathStage.EMPLOYEUR_EN_VUE: "employeur en vue",
    PathStage.ENTRETIEN: "entretien",
    PathStage.PROMESSE: "promesse d'embauche",
    PathStage.CONTRAT_SIGNE: "contrat signé",
    PathStage.EN_CONTRAT: "en contrat",
    PathStage.RUPTURE: "contrat rompu",
    PathStage.POST_ALTERNANCE: "après l'alternance",
    PathStage.AUTRE_SOLUTION: "autre solution",
    PathStage.DEUX_ANS: "parcours de deux ans",
}
_COLUMNS: dict[Aspect, tuple[str, type[StrEnum]]] = {
    Aspect.STAGE: ("stage", PathStage),
    Aspect.SCHOOL: ("school_status", SchoolStatus),
    Aspect.EMPLOYER: ("employer_status", EmployerStatus),
}
BEFORE_SCHOOL = frozenset({PathStage.PROJET, PathStage.PROJET_VALIDE})
BY_EMPLOYER = frozenset({PathStage.EMPLOYEUR_EN_VUE, PathStage.ENTRETIEN, PathStage.PROMESSE})
SEARCH = BEFORE_SCHOOL | {PathStage.ECOLE_TROUVEE} | BY_EMPLOYER

# told → the stages that it moves, and where to. The statuses are strings, « searching » is in both: two tables.
SCHOOL_MOVES = {
    SchoolStatus.FOUND: (BEFORE_SCHOOL, PathStage.ECOLE_TROUVEE),
    SchoolStatus.ENROLLED: (BEFORE_SCHOOL, PathStage.ECOLE_TROUVEE),
    SchoolStatus.SEARCHING: (frozenset({PathStage.ECOLE_TROUVEE}), PathStage.PROJET_VALIDE),
}
# the latest word on employers counts, up or down: the promise of one falls through, another one invites. After a break
# the search starts anew. A contract that was signed is ended by a break, not by a search.
EMPLOYER_MOVES = {
    EmployerStatus.SEARCHING: (BY_EMPLOYER, PathStage.PROJET_VALIDE),
    EmployerStatus.IN_VIEW: (SEARCH | {PathStage.RUPTURE}, PathStage.EMPLOYEUR_EN_VUE),
    EmployerStatus.INTERVIEW: (SEARCH | {PathStage.RUPTURE}, PathStage.ENTRETIEN),
    EmployerStatus.PROMISED: (SEARCH | {PathStage.RUPTURE}, PathStage.PROMESSE),
    EmployerStatus.SIGNED: (frozenset(PathStage) - {PathStage.EN_CONTRAT}, PathStage.CONTRAT_SIGNE),
}


def stage_by_school(stage: PathStage, told: SchoolStatus) -> PathStage:
    """The overall stage once ``told`` is where the search for a school stands."""
    moved, to = SCHOOL_MOVES[told]
    return to if stage in moved else stage


def stage_by_employer(stage: PathStage, told: EmployerStatus, *, school: SchoolStatus) -> PathStage:
    """The overall stage once ``told`` is where the search for an employer stands; a school found before stays found."""
    moved, to = EMPLOYER_MOVES[told]
    if stage not in moved:
        return stage
    return stage_by_school(to, school) if told is EmployerStatus.SEARCHING else to


def locked(session: Session, person_id: int) -> Person:
    """The person, read anew and held until the transaction ends. Raises PersonNotFound."""
    person = session.scalar(
        select(Person)
        .where(Person.id == person_id)
        # their bookings and messages may still be added meanwhile
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise PersonNotFound(person_id)
    return person


def set_stage(
    session: Session, person_id: int, stage: PathStage, *, teller: Teller, now: datetime, staff_id: int | None = None
) -> bool:
    """Note the stage that the person reached, or went back to; True when it is another one than before.

    School and employer stay as they were told. Raises PersonNotFound.
    """
    person = locked(session, person_id)
    changed = _move(session, person, stage, teller=teller, now=now, staff_id=staff_id)
    session.flush()
    return changed


def set_school(
    session: Session,
    person_id: int,
    status: SchoolStatus,
    *,
    teller: Teller,
    now: datetime,
    staff_id: int | None = None,
) -> bool:
    """Note where the search for a school stands, and the stage that follows; True when something changed.

    Raises PersonNotFound.
    """
    person = locked(session, person_id)
    if person.school_status is status:
        return False
    session.add(_change(person, Aspect.SCHOOL, person.school_status, status, teller, now, staff_id))
    person.school_status = status
    stage = stage_by_school(person.stage, status)
    _move(session, person, stage, teller=teller, now=now, staff_id=staff_id)
    session.flush()
    return True


def set_employer(
    session: Session,
    person_id: int,
    status: EmployerStatus,
    *,
    teller: Teller,
    now: datetime,
    staff_id: int | None = None,
) -> bool:
    """Note where the search for an employer stands, and the stage that follows; True when something changed.

    Raises PersonNotFound.
    """
    person = locked(session, person_id)
    if person.employer_status is status:
        return False
    session.add(_change(person, Aspect.EMPLOYER, person.employer_status, status, teller, now, staff_id))
    person.employer_status = status
    stage = stage_by_employer(person.stage, status, school=person.school_status)
    _move(session, person, stage, teller=teller, now=now, staff_id=staff_id)
    session.flush()
    return True


def take_back(session: Session, person_id: int, change_id: int, *, teller: Teller, now: datetime) -> StageChange | None:
    """Undo a step that was told by mistake, with all that was noted in the same moment; the step, or None.

    None: there is no such step of theirs, or something of it has changed since; then nothing is undone. What is undone
    stays in the history, and the undoing is noted as well. Raises PersonNotFound.
    """
    person = locked(session, person_id)
    told = session.get(StageChange, change_id)
    if told is None or told.person_id != person_id:
        return None
    together = session.scalars(
        select(StageChange)
        .where(StageChange.person_id == person_id, StageChange.at == told.at)
        .order_by(StageChange.id.desc())
    ).all()
    before = {change.aspect: change.before for change in together}
    after = {change.aspect: change.after for change in reversed(together)}
    if any(getattr(person, _COLUMNS[aspect][0]) != value for aspect, value in after.items()):
        return None
    for aspect, value in before.items():
        column, states = _COLUMNS[aspect]
        session.add(_change(person, aspect, after[aspect], value, teller, now, None))
        setattr(person, column, states(value))
    if Aspect.STAGE in before:
        person.stage_at = now
    session.flush()
    return told


def latest(session: Session, person_id: int, aspect: Aspect) -> StageChange | None:
    """The last step of this aspect."""
    return session.scalar(
        select(StageChange)
        .where(StageChange.person_id == person_id, StageChange.aspect == aspect)
        .order_by(StageChange.id.desc())
        .limit(1)
    )


def history(session: Session, person_id: int) -> Sequence[StageChange]:
    """Every step, the first one first."""
    return session.scalars(select(StageChange).where(StageChange.person_id == person_id).order_by(StageChange.id)).all()


def _move(
    session: Session, person: Person, stage: PathStage, *, teller: Teller, now: datetime, staff_id: int | None
) -> bool:
    if person.stage is stage:
        return False
    session.add(_change(person, Aspect.STAGE, person.stage, stage, teller, now, staff_id))
    person.stage, person.stage_at = stage, now
    return True


def _change(
    person: Person, aspect: Aspect, before: str, after: str, teller: Teller, now: datetime, staff_id: int | None
) -> StageChange:
    return StageChange(
        person_id=person.id, aspect=aspect, before=before, after=after, at=now, teller=teller, staff_id=staff_id
    )

"""Practices as they are kept: one open at a time for a person, to be taken up on any day and in any channel."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from programme.errors import RunNotFound
from programme.models import PracticeMode, PracticeRun

# shown to the person, newest last
MOST_SHOWN = 8


def start(
    session: Session, *, person_id: int, persona: str, level: int, mode: PracticeMode, state: BaseModel, now: datetime
) -> PracticeRun:
    """A new run; one that was open ends without a debrief."""
    session.execute(
        update(PracticeRun)
        .where(PracticeRun.person_id == person_id, PracticeRun.ended_at.is_(None))
        .values(ended_at=now)
    )
    run = PracticeRun(
        person_id=person_id,
        mode=mode,
        persona=persona,
        level=level,
        state=state.model_dump(mode="json", exclude_defaults=True),
        started_at=now,
        last_at=now,
    )
    session.add(run)
    session.flush()
    return run


def open_run(session: Session, person_id: int) -> PracticeRun | None:
    return session.scalar(select(PracticeRun).where(PracticeRun.person_id == person_id, PracticeRun.ended_at.is_(None)))


def find_run(session: Session, run_id: int) -> PracticeRun | None:
    return session.get(PracticeRun, run_id)


def own_run(session: Session, run_id: int, *, person_id: int) -> PracticeRun:
    """Raises RunNotFound when it is nobody's, or somebody else's."""
    run = session.get(PracticeRun, run_id)
    if run is None or run.person_id != person_id:
        raise RunNotFound(run_id)
    return run


def keep(session: Session, run: PracticeRun, state: BaseModel, *, now: datetime) -> None:
    run.state = state.model_dump(mode="json", exclude_defaults=True)
    run.last_at = now
    session.flush()


def finish(session: Session, run: PracticeRun, *, points: int, need_heard: bool, now: datetime) -> None:
    run.points, run.need_heard = points, need_heard
    run.ended_at = run.ended_at or now
    session.flush()


def last_finished(session: Session, person_id: int) -> PracticeRun | None:
    return next(iter(reversed(finished(session, person_id, limit=1))), None)


def finished(session: Session, person_id: int, *, limit: int = MOST_SHOWN) -> Sequence[PracticeRun]:
    """The latest calls of the person's own that have a debrief, oldest first."""
    latest = session.scalars(
        select(PracticeRun)
        .where(
            PracticeRun.person_id == person_id,
            PracticeRun.points.is_not(None),
            PracticeRun.mode == PracticeMode.EMPLOYER,
        )
        .order_by(PracticeRun.id.desc())
        .limit(limit)
    ).all()
    return latest[::-1]


def times_played(session: Session, person_id: int) -> dict[str, int]:
    """How often the person met each employer."""
    rows = session.execute(
        select(PracticeRun.persona, func.count())
        .where(PracticeRun.person_id == person_id)
        .group_by(PracticeRun.persona)
    )
    return {row[0]: row[1] for row in rows}


def share(session: Session, run: PracticeRun, *, shared: bool, now: datetime) -> None:
    """Let the counsellors read this run, or no more."""
    run.shared_at = now if shared else None
    session.flush()

"""What a person wants to hear of without having asked: nothing at all, nothing for a while, not this topic.

Reminders of what they booked or promised need no yes, only no « no ». Nudges (campaigns) need a yes, which is a consent
kept with the words that were shown. Nothing that waits is withdrawn here: the sender asks `hush` again just before each
message leaves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import consents, path
from programme.errors import PauseOutOfRange
from programme.models import ConsentPurpose, MessageChoice, Topic

# six months on any calendar, and the hours until nine in the morning
LONGEST_PAUSE = timedelta(days=185)
# of the sentences that a yes or a no is kept with: a new wording is a new version, and a yes to the former one stays a
# yes to that one (tests/programme/test_choice_desk.py holds sentences and versions together)
NUDGES_VERSION, NUDGES_OFF_VERSION, STOP_VERSION = "nudges-1", "nudges-off-1", "stop-2"
# these come from what the person did: they need no yes
ASKED_FOR = frozenset({Topic.WORKSHOPS, Topic.CALL_BACKS, Topic.CHECK_INS})


class Hush(StrEnum):
    """Why nothing may be said."""

    STOPPED = "stopped"
    PAUSED = "paused"
    TOPIC_OFF = "topic_off"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True)
class Chosen:
    """What holds for a person. ``nudges`` is their latest word on them, None before any, said to ``nudges_version``."""

    stopped: bool = False
    # a pause that is over is none
    paused_until: datetime | None = None
    off: frozenset[Topic] = frozenset()
    nudges: bool | None = None
    nudges_version: str = ""

    @property
    def on(self) -> tuple[Topic, ...]:
        """The topics of which something may come, now or after the pause."""
        if self.stopped:
            return ()
        return tuple(each for each in Topic if each not in self.off and (each in ASKED_FOR or self.nudges))


def hush(session: Session, person_id: int, topic: Topic, *, now: datetime) -> Hush | None:
    """Why nothing of this topic may be said to the person now; None when it may.

    The pause is looked at last: what is not wanted after it either need not wait for its end.
    """
    row = session.execute(
        select(MessageChoice.stopped_at, MessageChoice.paused_until, MessageChoice.topics_off).where(
            MessageChoice.person_id == person_id
        )
    ).one_or_none()
    if row is not None and row.stopped_at is not None:
        return Hush.STOPPED
    if row is not None and topic.value in row.topics_off:
        return Hush.TOPIC_OFF
    if topic not in ASKED_FOR and not consents.holds(session, person_id, ConsentPurpose.REMINDERS):
        return Hush.NO_CONSENT
    if row is not None and row.paused_until is not None and row.paused_until > now:
        return Hush.PAUSED
    return None


def paused_until(session: Session, person_id: int) -> datetime | None:
    """When the latest pause ends, or ended; None without one."""
    return session.scalar(select(MessageChoice.paused_until).where(MessageChoice.person_id == person_id))


def chosen(session: Session, person_id: int, *, now: datetime) -> Chosen:
    """What holds for the person now."""
    row = session.execute(
        select(MessageChoice.stopped_at, MessageChoice.paused_until, MessageChoice.topics_off).where(
            MessageChoice.person_id == person_id
        )
    ).one_or_none()
    said = consents.latest(session, person_id, ConsentPurpose.REMINDERS)
    nudges, version = (said.given, said.text_version) if said is not None else (None, "")
    if row is None:
        return Chosen(nudges=nudges, nudges_version=version)
    pause_ends = row.paused_until if row.paused_until is not None and row.paused_until > now else None
    off = frozenset(topic for topic in Topic if topic.value in row.topics_off)
    return Chosen(row.stopped_at is not None, pause_ends, off, nudges, version)


def stop(session: Session, person_id: int, *, shown: str, now: datetime) -> None:
    """Nothing more at all; a yes to nudges is withdrawn with it. Said again, it changes nothing.

    ``shown`` is what confirms it. Raises PersonNotFound.
    """
    choice = _locked(session, person_id, now=now)
    if consents.holds(session, person_id, ConsentPurpose.REMINDERS):
        _withdraw(session, person_id, shown, STOP_VERSION, now=now)
    if choice.stopped_at is None:
        _change(session, choice, now, stopped_at=now, paused_until=None)


def pause(session: Session, person_id: int, *, until: datetime, now: datetime) -> None:
    """Nothing before ``until``, aware; after STOP it changes nothing. Raises PersonNotFound, PauseOutOfRange."""
    if not now < until <= now + LONGEST_PAUSE:
        raise PauseOutOfRange(until)
    choice = _locked(session, person_id, now=now)
    if choice.stopped_at is None and choice.paused_until != until:
        _change(session, choice, now, paused_until=until)


def resume(session: Session, person_id: int, *, now: datetime) -> bool:
    """Neither stopped nor paused any more; True when something comes again that did not. Raises PersonNotFound.

    It is no yes to nudges. What was switched off by hand stays off, unless nothing else keeps us quiet.
    """
    choice = _locked(session, person_id, now=now)
    quiet = choice.stopped_at is not None or (choice.paused_until is not None and choice.paused_until > now)
    off = set(choice.topics_off)
    if not quiet or off >= ASKED_FOR:
        off -= ASKED_FOR
    changed = quiet or off != set(choice.topics_off)
    if changed:
        _change(session, choice, now, stopped_at=None, paused_until=None, topics_off=sorted(off))
    return changed


def switch(session: Session, person_id: int, topic: Topic, *, on: bool, now: datetime) -> None:
    """One topic on or off. After STOP, what is switched on comes back alone. Raises PersonNotFound.

    Nudges need a yes besides, see `agree`.
    """
    choice = _locked(session, person_id, now=now)
    stopped = choice.stopped_at is not None
    off = set(ASKED_FOR if stopped and on else choice.topics_off)
    off = off - {topic} if on else off | {topic}
    if (stopped and on) or off != set(choice.topics_off):
        _change(session, choice, now, stopped_at=None if on else choice.stopped_at, topics_off=sorted(off))


def agree(session: Session, person_id: int, *, shown: str, now: datetime) -> None:
    """Yes to nudges, to the sentence shown; a STOP stays one. Raises PersonNotFound."""
    choice = _locked(session, person_id, now=now)
    if Topic.NUDGES in choice.topics_off:
        _change(session, choice, now, topics_off=sorted(set(choice.topics_off) - {Topic.NUDGES}))
    said = consents.latest(session, person_id, ConsentPurpose.REMINDERS)
    if said is None or not said.given or said.text_version != NUDGES_VERSION:
        consents.give(
            session, person_id, ConsentPurpose.REMINDERS, text_version=NUDGES_VERSION, text_shown=shown, now=now
        )


def decline(session: Session, person_id: int, *, shown: str, now: datetime, version: str = NUDGES_VERSION) -> None:
    """No to nudges, or no more: ``version`` is that of the sentence shown. Raises PersonNotFound."""
    path.locked(session, person_id)
    said = consents.latest(session, person_id, ConsentPurpose.REMINDERS)
    if said is None or said.given or said.text_version != version:
        _withdraw(session, person_id, shown, version, now=now)


def _withdraw(session: Session, person_id: int, shown: str, version: str, *, now: datetime) -> None:
    consents.withdraw(session, person_id, ConsentPurpose.REMINDERS, text_version=version, text_shown=shown, now=now)


def _locked(session: Session, person_id: int, *, now: datetime) -> MessageChoice:
    """The person's row, made when it is missing. The person is held until the transaction ends.

    Of two taps at once the second one sees what the first one changed.
    """
    path.locked(session, person_id)
    session.execute(insert(MessageChoice).values(person_id=person_id, changed_at=now).on_conflict_do_nothing())
    return session.get_one(MessageChoice, person_id, populate_existing=True)


def _change(session: Session, choice: MessageChoice, now: datetime, **values: object) -> None:
    for name, value in values.items():
        setattr(choice, name, value)
    choice.changed_at = now
    session.flush()

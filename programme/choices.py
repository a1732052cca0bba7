"""What a person wants to hear of without having asked: nothing at all, nothing for a while, not this topic.

Reminders of what they booked or promised need no yes, only no « no ». Nudges (campaigns) need a yes, which is a consent
kept with the words that were shown.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import consents
from programme.models import Consent, ConsentPurpose, MessageChoice, Topic

# of the sentence « choice_ask_nudges »: a new wording is a new version, and those who agreed to another one did agree
NUDGES_VERSION = "2026-11"


class Hush(StrEnum):
    """Why nothing may be said."""

    STOPPED = "stopped"
    PAUSED = "paused"
    TOPIC_OFF = "topic_off"
    NO_CONSENT = "no_consent"


def hush(session: Session, person_id: int, topic: Topic, *, now: datetime) -> Hush | None:
    """Why nothing of this topic may be said to the person now; None when it may."""
    choice = session.get(MessageChoice, person_id, populate_existing=True)
    if choice is not None:
        if choice.stopped_at is not None:
            return Hush.STOPPED
        if topic.value in choice.topics_off:
            return Hush.TOPIC_OFF
        if choice.paused_until is not None and choice.paused_until > now:
            return Hush.PAUSED
    if topic is Topic.NUDGES and not consents.holds(session, person_id, ConsentPurpose.REMINDERS):
        return Hush.NO_CONSENT
    return None


def paused_until(session: Session, person_id: int) -> datetime | None:
    return session.scalar(select(MessageChoice.paused_until).where(MessageChoice.person_id == person_id))


def stop(session: Session, person_id: int, *, shown: str, now: datetime) -> None:
    """Nothing any more, of any topic; a yes to nudges is withdrawn with it. ``shown``: what confirms it."""
    _choose(session, person_id, now=now, stopped_at=now, paused_until=None)
    if consents.holds(session, person_id, ConsentPurpose.REMINDERS):
        decline(session, person_id, shown=shown, now=now)


def pause(session: Session, person_id: int, *, until: datetime, now: datetime) -> None:
    """Nothing until then. What is due meanwhile is said afterwards if it is of use still. A stop stays a stop."""
    _choose(session, person_id, now=now, paused_until=until)


def resume(session: Session, person_id: int, *, now: datetime) -> None:
    """Neither stopped nor paused; topics that were switched off stay off, and nudges need their own yes."""
    _choose(session, person_id, now=now, stopped_at=None, paused_until=None)


def switch(session: Session, person_id: int, topic: Topic, *, on: bool, now: datetime) -> None:
    """One topic on or off; switching one on ends a stop for all of them."""
    _choose(session, person_id, now=now)
    choice = session.get_one(MessageChoice, person_id, with_for_update=True, populate_existing=True)
    choice.topics_off = sorted({*choice.topics_off} - {topic.value} | (set() if on else {topic.value}))
    if on:
        choice.stopped_at = None
    session.flush()


def agree(session: Session, person_id: int, *, shown: str, now: datetime) -> None:
    """Yes to nudges; a stop is over."""
    switch(session, person_id, Topic.NUDGES, on=True, now=now)
    consents.give(session, person_id, ConsentPurpose.REMINDERS, text_version=NUDGES_VERSION, text_shown=shown, now=now)


def decline(session: Session, person_id: int, *, shown: str, now: datetime) -> Consent:
    """No to nudges, or no more."""
    return consents.withdraw(
        session, person_id, ConsentPurpose.REMINDERS, text_version=NUDGES_VERSION, text_shown=shown, now=now
    )


def was_asked(session: Session, person_id: int) -> bool:
    """Did the person ever say yes or no to nudges?"""
    return consents.latest(session, person_id, ConsentPurpose.REMINDERS) is not None


def topics_on(session: Session, person_id: int) -> frozenset[Topic]:
    """What may be said now, a pause aside."""
    choice = session.get(MessageChoice, person_id, populate_existing=True)
    if choice is not None and choice.stopped_at is not None:
        return frozenset()
    off = set() if choice is None else set(choice.topics_off)
    if not consents.holds(session, person_id, ConsentPurpose.REMINDERS):
        off.add(Topic.NUDGES.value)
    return frozenset(topic for topic in Topic if topic.value not in off)


def _choose(session: Session, person_id: int, *, now: datetime, **choice: datetime | None) -> None:
    """Two taps at once are one choice."""
    statement = insert(MessageChoice).values(person_id=person_id, changed_at=now, **choice)
    session.execute(
        statement.on_conflict_do_update(index_elements=[MessageChoice.person_id], set_={"changed_at": now, **choice})
    )

"""What young people of the demonstration wrote lately: conversations, alerts, shared entries of the notebook."""

import uuid
from datetime import date, datetime, timedelta
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import contacts, flags
from programme.contact_words import Told
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.models import (
    Author,
    Channel,
    ChannelIdentity,
    Conversation,
    FlagReason,
    Message,
    MessageState,
    Person,
    Review,
    ReviewReason,
)

FILE = CONTENT_DIR / "demonstration" / "talks.yml"
# from one bubble to the next
PAUSE = timedelta(seconds=40)
_STATES = {Author.PERSON: MessageState.ANSWERED, Author.ASSISTANT: MessageState.DELIVERED}


class Line(ContentModel):
    by: Author
    text: Annotated[str, Field(min_length=1)]
    intent: str | None = None
    sure: Annotated[float | None, Field(ge=0, le=1)] = None
    misread: bool = False


class Entry(ContentModel):
    """Of the notebook: a company, so many days ago; ``next_in_days`` is counted from that day."""

    company: str
    days: Annotated[int, Field(ge=0)]
    answered: bool = False
    next_step: str | None = None
    next_in_days: int | None = None


class Talk(ContentModel):
    """``person`` is their number in the demonstration; ``hours`` before it is put in."""

    person: str
    hours: Annotated[int, Field(ge=1)]
    said: Annotated[list[Line], Field(min_length=1)]
    flag: FlagReason | None = None
    notebook: tuple[Entry, ...] = ()


def load(session: Session, *, now: datetime, today: date) -> None:
    """Put them in; the people are there already. Raises ContentError."""
    for at, entry in enumerate(read_entries(FILE), start=1):
        talk = parse(Talk, entry, f"{FILE}, entry {at}")
        person_id = session.scalars(select(Person.id).where(Person.external_ref == talk.person)).one()
        began = now - timedelta(hours=talk.hours)
        conversation_id = _conversation(session, person_id, talk, began)
        if talk.flag is not None:
            flags.raise_flag(session, conversation_id, reason=talk.flag, now=began)
        for noted in talk.notebook:
            _note(session, person_id, noted, now=now, today=today)
    session.flush()


def _conversation(session: Session, person_id: int, talk: Talk, began: datetime) -> uuid.UUID:
    # no secret of a browser has this digest: nobody can open it in the chat
    identity = ChannelIdentity(person_id=person_id, channel=Channel.WEB, external_id=talk.person, created_at=began)
    conversation = Conversation(identity=identity, created_at=began)
    session.add(conversation)
    session.flush()
    for number, line in enumerate(talk.said):
        at = began + number * PAUSE
        message = Message(
            conversation_id=conversation.id,
            public_id=str(uuid.uuid4()),
            author=line.by,
            text=line.text,
            intent=line.intent,
            confidence=line.sure,
            state=_STATES[line.by],
            sent_at=at,
            state_at=at,
        )
        session.add(message)
        session.flush()  # one after the other: the order of a transcript is that of its numbers
        if line.misread:
            session.add(
                Review(
                    message_id=message.id,
                    conversation_id=conversation.id,
                    reason=ReviewReason.NOT_UNDERSTOOD,
                    ranking=[[line.intent, line.sure]],
                    created_at=at,
                )
            )
        if line.by is Author.PERSON:
            conversation.last_wrote_at = at
    return conversation.id


def _note(session: Session, person_id: int, entry: Entry, *, now: datetime, today: date) -> None:
    next_in = timedelta(days=entry.next_in_days - entry.days) if entry.next_in_days is not None else None
    read = Told(
        company=entry.company,
        answered=entry.answered,
        next_step=entry.next_step,
        next_on=today + next_in if next_in is not None else None,
    )
    at = now - timedelta(days=entry.days)
    contact = contacts.note(session, person_id=person_id, told=entry.company, read=read, now=at)
    contacts.confirm(session, contact, now=at)
    contacts.share(session, contact, shared=True, now=at)

"""Who writes, in which channel."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.models import Channel, ChannelIdentity, Conversation, Person


def conversation_for(session: Session, *, channel: Channel, external_id: str, now: datetime) -> Conversation:
    """The conversation of this sender in this channel; person, identity and conversation are made when new.

    Two first messages that arrive together give one person.
    """
    found = find_conversation(session, channel=channel, external_id=external_id)
    if found is not None:
        return found
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    identity_id = session.scalar(
        insert(ChannelIdentity)
        .values(person_id=person.id, channel=channel, external_id=external_id, created_at=now)
        .on_conflict_do_nothing(constraint="channel_identity_once")
        .returning(ChannelIdentity.id)
    )
    if identity_id is None:  # the other request won; it has committed, since our insert waited for it
        session.delete(person)
        session.flush()
        found = find_conversation(session, channel=channel, external_id=external_id)
        assert found is not None
        return found
    conversation = Conversation(identity_id=identity_id, created_at=now)
    session.add(conversation)
    session.flush()
    return conversation


def find_conversation(session: Session, *, channel: Channel, external_id: str) -> Conversation | None:
    return session.scalar(
        select(Conversation)
        .join(Conversation.identity)
        .where(ChannelIdentity.channel == channel, ChannelIdentity.external_id == external_id)
    )

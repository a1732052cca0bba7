"""Who writes, in which channel."""

import uuid
from datetime import datetime

from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.models import Channel, ChannelIdentity, Conversation, Person


def conversation_for(
    session: Session, *, channel: Channel, external_id: str, now: datetime, bot: str = ""
) -> Conversation:
    """The conversation of this sender in this channel; person, identity and conversation are made when new.

    Two first messages that arrive together give one person. ``bot`` tells apart the Telegram bots of one programme.
    """
    found = find_conversation(session, channel=channel, external_id=external_id, bot=bot)
    if found is not None:
        return found
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    identity_id = session.scalar(
        insert(ChannelIdentity)
        .values(person_id=person.id, channel=channel, external_id=external_id, bot=bot, created_at=now)
        .on_conflict_do_nothing(constraint="channel_identity_once")
        .returning(ChannelIdentity.id)
    )
    if identity_id is None:  # the other request won; it has committed, since our insert waited for it
        session.delete(person)
        session.flush()
        found = find_conversation(session, channel=channel, external_id=external_id, bot=bot)
        assert found is not None
        return found
    conversation = Conversation(identity_id=identity_id, created_at=now)
    session.add(conversation)
    session.flush()
    return conversation


def find_conversation(session: Session, *, channel: Channel, external_id: str, bot: str = "") -> Conversation | None:
    return session.scalar(
        select(Conversation)
        .join(Conversation.identity)
        .where(
            ChannelIdentity.channel == channel, ChannelIdentity.external_id == external_id, ChannelIdentity.bot == bot
        )
    )


def block(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> None:
    """The channel says that the person wants none of us there: a stop, until they write again."""
    session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.id == _identity(conversation_id), ChannelIdentity.blocked_at.is_(None))
        .values(blocked_at=now)
    )


def unblock(session: Session, conversation_id: uuid.UUID) -> None:
    """They wrote: the channel is open again."""
    session.execute(
        update(ChannelIdentity)
        .where(ChannelIdentity.id == _identity(conversation_id), ChannelIdentity.blocked_at.is_not(None))
        .values(blocked_at=None)
    )


def _identity(conversation_id: uuid.UUID) -> ScalarSelect[int]:
    return select(Conversation.identity_id).where(Conversation.id == conversation_id).scalar_subquery()

"""The transcript, and who may answer in it: messages, their states, the lease of a turn."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme.errors import ConversationNotFound
from programme.models import Author, Channel, ChannelIdentity, Conversation, Message, MessageState
from programme.replies import Bar, Button, Reply, Step

# PostgreSQL channel on which each stored message is announced, with its conversation's id
NOTIFICATION = "declic_message"
# and on which a counsellor who is typing is announced, likewise
TYPING = "declic_typing"
# longer than a turn may take; a process that dies within its turn blocks the conversation at most this long
LEASE = timedelta(seconds=30)
# a bubble claimed this long ago and not marked was claimed by a process that died; sending it again may show it
# twice, which is better than never
SENDING_TIMEOUT = timedelta(seconds=60)
# a waiting message is tried again after 1, 2, 4 … 60 s
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=1)
# 10 s, 20 s, 40 s … then every hour: given up after most of a day
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
MAX_TRIES = 30


class Address(NamedTuple):
    """``external_id`` is the person's id in the channel; ``bot`` is "" when there is but one."""

    channel: Channel
    external_id: str
    bot: str


def person_of(session: Session, conversation_id: uuid.UUID) -> int:
    """The id of the person who holds this conversation. Raises ConversationNotFound."""
    person_id = session.scalar(
        select(ChannelIdentity.person_id)
        .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
        .where(Conversation.id == conversation_id)
    )
    if person_id is None:
        raise ConversationNotFound(conversation_id)
    return person_id


def address_of(session: Session, conversation_id: uuid.UUID) -> Address:
    """Where the person of a conversation is reached. Raises ConversationNotFound."""
    row = session.execute(
        select(ChannelIdentity.channel, ChannelIdentity.external_id, ChannelIdentity.bot)
        .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
        .where(Conversation.id == conversation_id)
    ).one_or_none()
    if row is None:
        raise ConversationNotFound(conversation_id)
    return Address(*row)


# -- what the person wrote


def store_incoming(
    session: Session, *, conversation_id: uuid.UUID, public_id: str, text: str, payload: str | None, now: datetime
) -> Message:
    """Keep what the person sent. The same ``public_id`` again gives the message first stored, unchanged."""
    _lock(session, conversation_id)
    message_id = session.scalar(
        insert(Message)
        .values(
            conversation_id=conversation_id,
            public_id=public_id,
            author=Author.PERSON,
            text=text,
            payload=payload,
            state=MessageState.RECEIVED,
            sent_at=now,
            state_at=now,
        )
        .on_conflict_do_nothing(constraint="message_once")
        .returning(Message.id)
    )
    if message_id is not None:
        session.execute(update(Conversation).where(Conversation.id == conversation_id).values(last_wrote_at=now))
        _announce(session, conversation_id)
    message = session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.public_id == public_id)
    )
    assert message is not None
    return message


def unanswered(session: Session, conversation_id: uuid.UUID, *, limit: int | None = None) -> list[Message]:
    """The person's messages that have no answer yet, oldest first."""
    return list(
        session.scalars(
            select(Message)
            .where(
                Message.conversation_id == conversation_id,
                Message.state.in_((MessageState.RECEIVED, MessageState.WAITING)),
            )
            .order_by(Message.id)
            .limit(limit)
        )
    )


def conversations_left_unanswered(session: Session, *, now: datetime, older_than: timedelta) -> list[uuid.UUID]:
    """Conversations with a message that waits for the dialogue server, or whose turn was broken off."""
    return list(
        session.scalars(
            select(Message.conversation_id)
            .where(
                or_(
                    (Message.state == MessageState.WAITING) & (Message.state_at <= now),
                    (Message.state == MessageState.RECEIVED) & (Message.state_at < now - older_than),
                )
            )
            .group_by(Message.conversation_id)
            .order_by(func.min(Message.id))
        )
    )


def mark_answered(
    session: Session,
    message: Message,
    *,
    intent: str | None,
    confidence: float | None,
    now: datetime,
    practice_run_id: int | None = None,
    private: bool = False,
) -> None:
    """``practice_run_id``: the message was a line of this practice; ``private``: nobody else reads it."""
    _lock(session, message.conversation_id)  # before the message: see `_lock`
    session.execute(
        update(Message)
        .where(Message.id == message.id)
        .values(
            state=MessageState.ANSWERED,
            intent=intent,
            confidence=confidence,
            state_at=now,
            practice_run_id=practice_run_id,
            private=private,
        )
    )


def mark_waiting(session: Session, message: Message, *, now: datetime) -> None:
    """The dialogue server could not take the message: it is tried again, at growing intervals."""
    _lock(session, message.conversation_id)
    message.state = MessageState.WAITING
    message.state_at = now + min(FIRST_WAIT * 2 ** min(message.tries, 10), LONGEST_WAIT)
    message.tries += 1
    session.flush()


def leave_to_staff(
    session: Session, message: Message, *, intent: str | None, confidence: float | None, now: datetime
) -> None:
    """A counsellor has the conversation: the message is theirs to answer, the assistant says nothing to it."""
    _lock(session, message.conversation_id)  # before the message: see `_lock`
    session.execute(
        update(Message)
        .where(Message.id == message.id)
        .values(state=MessageState.HELD, intent=intent, confidence=confidence, state_at=now)
    )
    _announce(session, message.conversation_id)  # the counsellor sees it now, with what it looks like


def waits_for_staff(session: Session, conversation_id: uuid.UUID, *, since: datetime) -> bool:
    """Was the person's latest message, written since then, left to a counsellor who has not written after it?"""
    latest = session.scalar(
        select(Message.state)
        .where(
            Message.conversation_id == conversation_id,
            Message.author.in_((Author.PERSON, Author.STAFF)),
            Message.sent_at >= since,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    return latest is MessageState.HELD


def turn_under_way(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> bool:
    """Is a process answering in this conversation at this moment?"""
    until = session.scalar(select(Conversation.lease_until).where(Conversation.id == conversation_id))
    return until is not None and until > now


# -- what the assistant says


def store_replies(
    session: Session,
    *,
    conversation_id: uuid.UUID,
    replies: Sequence[Reply],
    now: datetime,
    in_reply_to: int | None = None,
    delivery_id: int | None = None,
) -> list[Message]:
    """Keep what the assistant says, due to be delivered; stored before it leaves.

    ``delivery_id``: nobody asked, it was due to the person.
    """
    messages = [
        Message(
            conversation_id=conversation_id,
            public_id=str(uuid.uuid4()),
            author=Author.ASSISTANT,
            text=reply.text,
            buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
            chart=[asdict(bar) for bar in reply.chart],
            path=[asdict(step) for step in reply.path],
            speaker=reply.speaker or None,
            practice_run_id=reply.run or None,
            private=reply.private,
            state=MessageState.DUE,
            in_reply_to=in_reply_to,
            delivery_id=delivery_id,
            sent_at=now,
            state_at=now,
        )
        for reply in replies
    ]
    return _keep(session, conversation_id, messages)


def store_staff_messages(
    session: Session,
    *,
    conversation_id: uuid.UUID,
    staff_id: int,
    name: str,
    replies: Sequence[Reply],
    now: datetime,
) -> list[Message]:
    """Keep what a counsellor says, due to be delivered under their name."""
    messages = [
        Message(
            conversation_id=conversation_id,
            public_id=str(uuid.uuid4()),
            author=Author.STAFF,
            staff_id=staff_id,
            speaker=name,
            text=reply.text,
            buttons=[{"title": button.title, "payload": button.payload} for button in reply.buttons],
            state=MessageState.DUE,
            sent_at=now,
            state_at=now,
        )
        for reply in replies
    ]
    return _keep(session, conversation_id, messages)


def _keep(session: Session, conversation_id: uuid.UUID, messages: list[Message]) -> list[Message]:
    _lock(session, conversation_id)
    for message in messages:
        session.add(message)
        session.flush()  # one at a time: their ids follow the order in which they are said
    if messages:
        _announce(session, conversation_id)
    return messages


def tell(session: Session, *, person_id: int, replies: Sequence[Reply], now: datetime) -> None:
    """Say something to a person in the channel where they wrote last, without having been asked."""
    conversation_id = session.scalar(
        select(Conversation.id)
        .join(Conversation.identity)
        .outerjoin(Message, (Message.conversation_id == Conversation.id) & (Message.author == Author.PERSON))
        .where(ChannelIdentity.person_id == person_id)
        .group_by(Conversation.id)
        .order_by(func.max(Message.id).desc().nulls_last())
        .limit(1)
    )
    if conversation_id is not None:
        store_replies(session, conversation_id=conversation_id, replies=replies, now=now)


def replies_to(session: Session, message_id: int) -> list[Message]:
    """What was answered to one message, in order."""
    return list(session.scalars(select(Message).where(Message.in_reply_to == message_id).order_by(Message.id)))


def last_replies(session: Session, conversation_id: uuid.UUID, *, besides: str) -> list[Reply]:
    """The bubbles of the assistant's latest turn that answered another intent than ``besides``, to say them again."""
    latest = session.scalar(
        select(func.max(Message.id)).where(
            Message.conversation_id == conversation_id,
            Message.state == MessageState.ANSWERED,
            func.coalesce(Message.intent, "") != besides,
        )
    )
    return [as_reply(message) for message in replies_to(session, latest)] if latest is not None else []


def as_reply(message: Message) -> Reply:
    buttons = tuple(Button(button["title"], button["payload"]) for button in message.buttons)
    chart = tuple(Bar(**bar) for bar in message.chart)
    path = tuple(Step(**step) for step in message.path)
    return Reply(message.text, buttons, chart, path, message.speaker or "")


def title_offered(session: Session, conversation_id: uuid.UUID, payload: str) -> str | None:
    """What the button with this payload was called when it was last shown in this conversation."""
    message = session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.buttons.contains([{"payload": payload}]))
        .order_by(Message.id.desc())
        .limit(1)
    )
    if message is None:
        return None
    return next(str(button["title"]) for button in message.buttons if button["payload"] == payload)


# -- reading


def transcript(
    session: Session,
    conversation_id: uuid.UUID,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Message]:
    """Messages of both sides, oldest first: those after the id ``after``, else the latest ones (before ``before``)."""
    query = select(Message).where(Message.conversation_id == conversation_id).limit(limit)
    if before is not None:
        query = query.where(Message.id < before)
    if after is not None:
        return list(session.scalars(query.where(Message.id > after).order_by(Message.id)))
    return list(reversed(session.scalars(query.order_by(Message.id.desc())).all()))


def find_message(session: Session, conversation_id: uuid.UUID, public_id: str) -> Message | None:
    return session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.public_id == public_id)
    )


def wrote_last(session: Session, conversation_id: uuid.UUID, *, since: datetime) -> bool:
    """Did the person write in this conversation since then? Only its last bubbles are looked at."""
    latest = session.execute(
        select(Message.author, Message.sent_at)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.id.desc())
        .limit(12)
    ).all()
    return any(author is Author.PERSON and sent_at >= since for author, sent_at in latest)


# -- one turn at a time


def take_lease(session: Session, conversation_id: uuid.UUID, *, owner: uuid.UUID, now: datetime) -> bool:
    """Become the one who answers in this conversation until ``now + LEASE``; False when another one is."""
    taken = session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until < now, Conversation.lease_owner == owner),
        )
        .values(lease_owner=owner, lease_until=now + LEASE)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def release_lease(session: Session, conversation_id: uuid.UUID, *, owner: uuid.UUID) -> None:
    session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
    )


# -- delivery through a channel


def claim_due(session: Session, conversation_id: uuid.UUID, *, now: datetime) -> Message | None:
    """The next bubble to deliver in this conversation, now marked as being sent; None when there is none.

    One at a time and in order: while one is being sent, or waits for its next try, those after it wait too.
    The conversation's row is locked until the transaction ends, so two processes never claim the same bubble.
    """
    _lock(session, conversation_id)
    message = session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.state.in_((MessageState.DUE, MessageState.SENDING)),
        )
        .order_by(Message.id)
        .limit(1)
    )
    if message is None:
        return None
    if message.state is MessageState.SENDING:
        if message.state_at > now - SENDING_TIMEOUT:
            return None
        message.doubts += 1
    elif message.state_at > now:
        return None
    message.state = MessageState.SENDING
    message.state_at = now
    message.tries += 1
    session.flush()
    return message


def mark_delivered(session: Session, message_ids: Sequence[int], *, now: datetime) -> None:
    session.execute(
        update(Message)
        .where(
            Message.id.in_(message_ids),
            Message.state.in_((MessageState.DUE, MessageState.SENDING)),
        )
        .values(state=MessageState.DELIVERED, state_at=now)
    )


def mark_undelivered(
    session: Session,
    message_id: int,
    *,
    now: datetime,
    final: bool,
    retry_after: timedelta | None = None,
    in_doubt: bool = False,
) -> None:
    """The channel did not take the bubble: try again later, or never when it is ``final``.

    ``in_doubt``: it may have taken it all the same, and the next try may show it twice.
    """
    message = session.get(Message, message_id, with_for_update=True)
    if message is None or message.state is not MessageState.SENDING:
        return
    if final or message.tries >= MAX_TRIES:
        message.state = MessageState.FAILED
        message.state_at = now
        return
    message.doubts += in_doubt
    wait = retry_after or min(FIRST_RETRY * 2 ** (message.tries - 1), LONGEST_RETRY)
    message.state = MessageState.DUE
    message.state_at = now + wait


def conversations_to_deliver(
    session: Session, *, channel: Channel, now: datetime, bot: str = "", limit: int = 200
) -> list[uuid.UUID]:
    """Conversations of this channel with a bubble that may be sent now, the longest due first."""
    return list(
        session.scalars(
            select(Message.conversation_id)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .where(
                ChannelIdentity.channel == channel,
                ChannelIdentity.bot == bot,
                or_(
                    (Message.state == MessageState.DUE) & (Message.state_at <= now),
                    (Message.state == MessageState.SENDING) & (Message.state_at <= now - SENDING_TIMEOUT),
                ),
            )
            .group_by(Message.conversation_id)
            .order_by(func.min(Message.id))
            .limit(limit)
        )
    )


def _lock(session: Session, conversation_id: uuid.UUID) -> None:
    """Writers of one conversation take turns, so ids become visible in their order and a reader misses none.

    It comes before any row of a message is written. A message sent again waits for whoever writes the first one, and it
    waits with this lock in hand: whoever took the message first, and the lock after, would wait for it for ever.
    """
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())


def _announce(session: Session, conversation_id: uuid.UUID) -> None:
    """Wake the processes that show this conversation, once the transaction commits."""
    session.execute(select(func.pg_notify(NOTIFICATION, str(conversation_id))))


def announce_typing(session: Session, conversation_id: uuid.UUID) -> None:
    """A counsellor is typing there: the processes that show the conversation say so for some seconds."""
    session.execute(select(func.pg_notify(TYPING, str(conversation_id))))

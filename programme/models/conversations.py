"""Who writes, what was said, and what somebody should look at."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from programme.models.base import Base, enumeration


class Channel(StrEnum):
    WEB = "web"
    TELEGRAM = "telegram"


class Author(StrEnum):
    PERSON = "person"
    ASSISTANT = "assistant"
    # a counsellor who holds the conversation
    STAFF = "staff"


class MessageState(StrEnum):
    """A person's message goes received → answered, through waiting while the dialogue server is down; or held, when it
    was left to the counsellor who had the conversation.
    An assistant's message goes due → sending → delivered, or failed when the channel refuses it for good, or withdrawn
    when it is of no use any more before it left."""

    RECEIVED = "received"
    WAITING = "waiting"
    ANSWERED = "answered"
    HELD = "held"
    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class ReviewReason(StrEnum):
    NOT_UNDERSTOOD = "not_understood"
    # the person said that another thing was meant, or a counsellor did
    CORRECTED = "corrected"


class FlagReason(StrEnum):
    """Why somebody of the team should read a conversation now."""

    DISTRESS = "distress"
    HARASSMENT = "harassment"
    DANGER_AT_WORK = "danger_at_work"
    MONEY_EMERGENCY = "money_emergency"
    HUMAN_WANTED = "human_wanted"


class ChannelIdentity(Base):
    """How a person is known in one channel."""

    __tablename__ = "channel_identities"
    __table_args__ = (UniqueConstraint("channel", "external_id", "bot", name="channel_identity_once"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel] = mapped_column(enumeration(Channel, "channel"))
    # web: SHA-256 of the session token, so that reading the table opens no conversation; telegram: the chat's id
    external_id: Mapped[str]
    # several Telegram bots may share a programme, each with its own pace; empty: the only one, or no Telegram
    bot: Mapped[str] = mapped_column(server_default=sql("''"))
    created_at: Mapped[datetime]
    # the channel said that the person blocked us; they lift it by writing
    blocked_at: Mapped[datetime | None]


class Conversation(Base):
    """All that was said with one person in one channel. Its id names the conversation for the dialogue server."""

    __tablename__ = "conversations"
    __table_args__ = (
        # the console's inbox: the latest first
        Index("ix_conversations_latest", sql("last_wrote_at DESC"), postgresql_where=sql("last_wrote_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid(), primary_key=True, default=uuid.uuid4)
    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identities.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    # who answers now, and until when at most: one turn at a time, even with several processes
    lease_owner: Mapped[uuid.UUID | None] = mapped_column(Uuid())
    lease_until: Mapped[datetime | None]
    # see programme/dialogue_state.py
    dialogue_state: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))
    # the person's latest message; None before the first one
    last_wrote_at: Mapped[datetime | None]
    # when somebody of the team opened it last
    read_at: Mapped[datetime | None]

    identity: Mapped[ChannelIdentity] = relationship()


class Message(Base):
    """One bubble of the transcript, of either side."""

    __tablename__ = "messages"
    __table_args__ = (
        # a message delivered twice by its channel carries the same id, and is stored once
        UniqueConstraint("conversation_id", "public_id", name="message_once"),
        # the latest of a conversation is one step at the end of this index
        Index("ix_messages_in_order", "conversation_id", "id"),
        Index(
            "ix_messages_unfinished",
            "conversation_id",
            "id",
            postgresql_where=sql("state IN ('received', 'waiting', 'due', 'sending')"),
        ),
        Index("ix_messages_delivery", "delivery_id", postgresql_where=sql("delivery_id IS NOT NULL")),
        Index("ix_messages_staff", "staff_id", postgresql_where=sql("staff_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    # a person's: the id its channel gave it; the assistant's: a UUID
    public_id: Mapped[str]
    author: Mapped[Author] = mapped_column(enumeration(Author, "author"))
    text: Mapped[str]
    payload: Mapped[str | None]
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # bars that say the text again, for a channel that draws
    chart: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # the steps of a practice, likewise
    path: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # the simulated employer, or the counsellor, who says it; None: the assistant itself
    speaker: Mapped[str | None]
    # of the staff, who wrote it
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    # a practice, the notebook: the person's own, which nobody else reads
    private: Mapped[bool] = mapped_column(server_default=sql("false"))
    # of a practice; once that is shared the team may read it
    practice_run_id: Mapped[int | None] = mapped_column(ForeignKey("practice_runs.id", ondelete="SET NULL"), index=True)
    state: Mapped[MessageState] = mapped_column(enumeration(MessageState, "message_state"))
    intent: Mapped[str | None]
    confidence: Mapped[float | None]
    in_reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    sent_at: Mapped[datetime]
    # since when it is in this state; while waiting or due: not to be tried before
    state_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default=sql("0"))
    # how often it left again without our knowing that it had not arrived before
    doubts: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    # of a message that was due to the person, see programme/deliveries/
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id", ondelete="SET NULL"))


class Review(Base):
    """A message of a person that somebody should look at: why, and what the assistant took it for."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_open", "conversation_id", "id", postgresql_where=sql("closed_at IS NULL")),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    # its message's own, here as well: the inbox asks each conversation whether it has one
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reason: Mapped[ReviewReason] = mapped_column(enumeration(ReviewReason, "review_reason"))
    # (intent, confidence) pairs, likeliest first
    ranking: Mapped[list[list[Any]]] = mapped_column(server_default=sql("'[]'"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Flag(Base):
    """A conversation that a counsellor is asked to look at; the same reason twice is one flag until it is closed."""

    __tablename__ = "flags"
    __table_args__ = (
        Index("flag_open_once", "conversation_id", "reason", unique=True, postgresql_where=sql("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reason: Mapped[FlagReason] = mapped_column(enumeration(FlagReason, "flag_reason"))
    raised_at: Mapped[datetime]
    # the latest time that the person said it again
    raised_again_at: Mapped[datetime | None]
    # who of the staff said « je m'en occupe »
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    # when a human first answered in the conversation after it was raised
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)


class Knowledge(Base):
    """An answer as it can be searched; rewritten from the content whenever that changes."""

    __tablename__ = "knowledge"
    __table_args__ = (Index("ix_knowledge_words", "words", postgresql_using="gin"),)

    topic: Mapped[str] = mapped_column(primary_key=True)
    # of the text that was indexed: what has not changed is left alone
    digest: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)


class Document(Base):
    """Something to print: a card for a call, the notebook. Whoever has the link reads it, until it expires."""

    __tablename__ = "documents"

    token: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    # see programme/documents.py
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Heartbeat(Base):
    """The last sign of life of a background process, for the health page."""

    __tablename__ = "heartbeats"

    process: Mapped[str] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime]

"""The tables of the programme database. Times are aware and stored in UTC."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: DateTime(timezone=True),
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[list[Any]]: JSONB,
    }


def _enum(states: type[StrEnum], name: str) -> Enum:
    """Stored as text with a check: adding a state is then a plain migration."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Channel(StrEnum):
    WEB = "web"
    TELEGRAM = "telegram"


class Author(StrEnum):
    PERSON = "person"
    ASSISTANT = "assistant"


class MessageState(StrEnum):
    """A person's message goes received → answered, through waiting while the dialogue server is down.
    An assistant's message goes due → sending → delivered, or failed when the channel refuses it for good."""

    RECEIVED = "received"
    WAITING = "waiting"
    ANSWERED = "answered"
    DUE = "due"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class ReviewReason(StrEnum):
    NOT_UNDERSTOOD = "not_understood"


class FlagReason(StrEnum):
    """Why somebody of the team should read a conversation now."""

    DISTRESS = "distress"
    HARASSMENT = "harassment"
    DANGER_AT_WORK = "danger_at_work"
    MONEY_EMERGENCY = "money_emergency"
    HUMAN_WANTED = "human_wanted"


class WorkshopKind(StrEnum):
    ATELIER = "atelier"
    FORUM = "forum"
    VISITE = "visite"
    JOB_DATING = "job_dating"


class BookingStatus(StrEnum):
    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Person(Base):
    """A young person. Nothing is kept that the programme does not need: not even a name."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime]


class ChannelIdentity(Base):
    """How a person is known in one channel."""

    __tablename__ = "channel_identities"
    __table_args__ = (UniqueConstraint("channel", "external_id", name="channel_identity_once"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    channel: Mapped[Channel] = mapped_column(_enum(Channel, "channel"))
    # web: SHA-256 of the session token, so that reading the table opens no conversation; telegram: the chat's id
    external_id: Mapped[str]
    created_at: Mapped[datetime]


class Conversation(Base):
    """All that was said with one person in one channel. Its id names the conversation for the dialogue server."""

    __tablename__ = "conversations"

    id: Mapped[uuid.UUID] = mapped_column(Uuid(), primary_key=True, default=uuid.uuid4)
    identity_id: Mapped[int] = mapped_column(ForeignKey("channel_identities.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    # who answers now, and until when at most: one turn at a time, even with several processes
    lease_owner: Mapped[uuid.UUID | None] = mapped_column(Uuid())
    lease_until: Mapped[datetime | None]
    # see programme/dialogue_state.py
    dialogue_state: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))

    identity: Mapped[ChannelIdentity] = relationship()


class Message(Base):
    """One bubble of the transcript, of either side."""

    __tablename__ = "messages"
    __table_args__ = (
        # a message delivered twice by its channel carries the same id, and is stored once
        UniqueConstraint("conversation_id", "public_id", name="message_once"),
        Index(
            "ix_messages_unfinished",
            "conversation_id",
            "id",
            postgresql_where=sql("state IN ('received', 'waiting', 'due', 'sending')"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    # a person's: the id its channel gave it; the assistant's: a UUID
    public_id: Mapped[str]
    author: Mapped[Author] = mapped_column(_enum(Author, "author"))
    text: Mapped[str]
    payload: Mapped[str | None]
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # bars that say the text again, for a channel that draws
    chart: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # the steps of a practice, likewise
    path: Mapped[list[dict[str, Any]]] = mapped_column(server_default=sql("'[]'"))
    # the simulated employer who says it; None: the assistant itself
    speaker: Mapped[str | None]
    # a practice, the notebook: the person's own, which nobody else reads
    private: Mapped[bool] = mapped_column(server_default=sql("false"))
    # of a practice; once that is shared the team may read it
    practice_run_id: Mapped[int | None] = mapped_column(ForeignKey("practice_runs.id", ondelete="SET NULL"), index=True)
    state: Mapped[MessageState] = mapped_column(_enum(MessageState, "message_state"))
    intent: Mapped[str | None]
    confidence: Mapped[float | None]
    in_reply_to: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    sent_at: Mapped[datetime]
    # since when it is in this state; while waiting or due: not to be tried before
    state_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default=sql("0"))


class Review(Base):
    """A message of a person that somebody should look at: why, and what the assistant took it for."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    reason: Mapped[ReviewReason] = mapped_column(_enum(ReviewReason, "review_reason"))
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
    reason: Mapped[FlagReason] = mapped_column(_enum(FlagReason, "flag_reason"))
    raised_at: Mapped[datetime]
    # the latest time that the person said it again
    raised_again_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class Knowledge(Base):
    """An answer as it can be searched; rewritten from the content whenever that changes."""

    __tablename__ = "knowledge"
    __table_args__ = (Index("ix_knowledge_words", "words", postgresql_using="gin"),)

    topic: Mapped[str] = mapped_column(primary_key=True)
    # of the text that was indexed: what has not changed is left alone
    digest: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)


class Workshop(Base):
    """A workshop, forum, visit or job dating that the Mission locale offers."""

    __tablename__ = "workshops"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[WorkshopKind] = mapped_column(_enum(WorkshopKind, "workshop_kind"))
    title: Mapped[str]
    summary: Mapped[str]
    place: Mapped[str]
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))

    dates: Mapped[list["WorkshopDate"]] = relationship(back_populates="workshop")


class WorkshopDate(Base):
    """One date of a workshop, with its places."""

    __tablename__ = "workshop_dates"
    __table_args__ = (
        UniqueConstraint("workshop_id", "starts_at", name="workshop_date_once"),
        CheckConstraint("seats > 0", name="seats_positive"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("closes_at <= starts_at", name="closes_before_start"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    workshop_id: Mapped[int] = mapped_column(ForeignKey("workshops.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    seats: Mapped[int]

    workshop: Mapped[Workshop] = relationship(back_populates="dates")


class Booking(Base):
    """A person's place in a workshop date, or a rank in its waiting list.

    The rank is not stored: it is the count of waiting bookings up to this one, so it has no gap."""

    __tablename__ = "bookings"
    __table_args__ = (
        Index(
            "booking_active_once",
            "workshop_date_id",
            "person_id",
            unique=True,
            postgresql_where=sql("status <> 'cancelled'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    workshop_date_id: Mapped[int] = mapped_column(ForeignKey("workshop_dates.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    status: Mapped[BookingStatus] = mapped_column(_enum(BookingStatus, "booking_status"))
    requested_at: Mapped[datetime]
    status_at: Mapped[datetime]

    workshop_date: Mapped[WorkshopDate] = relationship()


class PracticeMode(StrEnum):
    """Who plays whom: the assistant an employer, the assistant a candidate, or two people face to face."""

    EMPLOYER = "employer"
    CANDIDATE = "candidate"
    PAIR = "pair"


class PracticeRun(Base):
    """One conversation with a simulated employer, or candidate. Only the person sees it, unless they share it."""

    __tablename__ = "practice_runs"
    __table_args__ = (
        # « reprendre » has one meaning
        Index("practice_open_once", "person_id", unique=True, postgresql_where=sql("ended_at IS NULL")),
        CheckConstraint("confidence_before BETWEEN 1 AND 5", name="confidence_before_1_to_5"),
        CheckConstraint("confidence_after BETWEEN 1 AND 5", name="confidence_after_1_to_5"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    mode: Mapped[PracticeMode] = mapped_column(_enum(PracticeMode, "practice_mode"))
    # the id of a file under content/practice/ or content/candidates/
    persona: Mapped[str]
    level: Mapped[int]
    # all that was said, see programme/practice/engine.py
    state: Mapped[dict[str, Any]]
    # of the debrief, once ended
    points: Mapped[int | None]
    need_heard: Mapped[bool] = mapped_column(server_default=sql("false"))
    confidence_before: Mapped[int | None]
    confidence_after: Mapped[int | None]
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # an explicit yes of the person; None: for nobody else
    shared_at: Mapped[datetime | None]


class Urgency(StrEnum):
    NOW = "now"
    SOON = "soon"
    LATER = "later"


class Contact(Base):
    """An exchange with a company, as the person told it. Private, unless this entry is shared."""

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    # in the person's own words, whole
    told: Mapped[str]
    company: Mapped[str | None]
    spoke_to: Mapped[str | None]
    need: Mapped[str | None]
    urgency: Mapped[Urgency | None] = mapped_column(_enum(Urgency, "urgency"))
    next_step: Mapped[str | None]
    # the day of the next step, on the calendar of the person
    next_on: Mapped[date | None]
    # did anybody answer?
    answered: Mapped[bool] = mapped_column(server_default=sql("true"))
    created_at: Mapped[datetime]
    # the person said that all of it is right; only then is there a reminder, and only if they want one
    confirmed_at: Mapped[datetime | None]
    remind: Mapped[bool] = mapped_column(server_default=sql("true"))
    reminded_at: Mapped[datetime | None]
    shared_at: Mapped[datetime | None]


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

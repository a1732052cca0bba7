"""The team's side: accounts, who stands in for whom, notes, corrections of what was misread, and words to search."""

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, String, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from programme.models.base import Base, enumeration


class Account(Base):
    """How a member of the staff opens the console. Without a password and without `subject` nobody can log in."""

    __tablename__ = "accounts"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    # argon2; None until the first link was used
    password_hash: Mapped[str | None]
    # of the second factor; read to check a code, hence not hashed
    totp_secret: Mapped[str | None]
    # None while the first code has not been typed
    totp_since: Mapped[datetime | None]
    # the step of the last code that was taken: a code is good once
    totp_step: Mapped[int | None]
    # SHA-256 of those not used yet: 80 random bits each, which nobody guesses
    recovery_hashes: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))
    # SHA-256 of the secret in the one link that sets a password
    link_digest: Mapped[str | None] = mapped_column(unique=True)
    link_until: Mapped[datetime | None]
    # wrong passwords and codes since the last right one
    failures: Mapped[int] = mapped_column(SmallInteger, server_default=sql("0"))
    locked_until: Mapped[datetime | None]
    # who they are for the OpenID Connect provider, once linked
    subject: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class ConsoleSession(Base):
    """A browser in which somebody of the staff is logged in."""

    __tablename__ = "console_sessions"

    # SHA-256 of the cookie, so that reading the table opens nothing
    digest: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    # sent with every form: a page of another site does not know it
    form_token: Mapped[str]
    # « Firefox sur Windows », to recognise it in the list
    browser: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # when the second factor was given; before that only the pages of the second factor open
    verified_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Absence(Base):
    """Somebody of the staff is away; the deputy has their young people meanwhile. Both days included."""

    __tablename__ = "absences"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    deputy_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)


class Note(Base):
    """What a counsellor writes down about a young person, for the team. The person reads it in their export."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]


class CorrectionState(StrEnum):
    """A counsellor proposes a topic; an author accepts it, or not; once written to the data it is exported."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    EXPORTED = "exported"


class CorrectionUse(StrEnum):
    """Where an accepted phrase goes: the model learns from it, or is judged on it. Never both."""

    TRAINING = "training"
    TEST = "test"


class Correction(Base):
    """What a misread message should have been taken for, with the phrase freed of names and numbers.

    It outlives the message: the phrase alone says nothing of a person."""

    __tablename__ = "corrections"
    __table_args__ = (
        Index("correction_of_message_once", "message_id", unique=True, postgresql_where=sql("message_id IS NOT NULL")),
        Index("ix_corrections_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    phrase: Mapped[str]
    # what the assistant took it for; None: it did not know
    taken_for: Mapped[str | None]
    # an intent; « out_of_scope » is « hors sujet »
    topic: Mapped[str]
    use: Mapped[CorrectionUse] = mapped_column(
        enumeration(CorrectionUse, "correction_use"), server_default=sql("'training'")
    )
    state: Mapped[CorrectionState] = mapped_column(enumeration(CorrectionState, "correction_state"))
    state_at: Mapped[datetime]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)


class ConversationWords(Base):
    """The words of a conversation, to search in; of what the team may read only. Written by the worker."""

    __tablename__ = "conversation_words"
    __table_args__ = (Index("ix_conversation_words", "words", postgresql_using="gin"),)

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        Uuid(), ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
    )
    # the id of the latest message that is in it
    up_to: Mapped[int]
    words: Mapped[str] = mapped_column(TSVECTOR)

"""Messages that are due to a person without having been asked for, what they want to hear of, and campaigns."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from programme.models.base import Base, enumeration
from programme.models.conversations import Channel


class Purpose(StrEnum):
    """What a message is for; `object_id` is then a booking, an entry of the notebook, a check-in or a campaign."""

    BOOKING_WEEK = "booking_week"
    BOOKING_EVE = "booking_eve"
    BOOKING_HOURS = "booking_hours"
    # the half-day of training before a forum that somebody goes to
    FORUM_TRAINING = "forum_training"
    # thanks and call-backs, two days after a forum
    FORUM_AFTER = "forum_after"
    SEAT_OFFER = "seat_offer"
    # the seat is held for a little while still
    SEAT_OFFER_ENDS = "seat_offer_ends"
    CALL_BACK = "call_back"
    CHECK_IN = "check_in"
    CAMPAIGN = "campaign"


class Topic(StrEnum):
    """What a person may switch off by itself."""

    # reminders of what was booked, and seats set free
    WORKSHOPS = "workshops"
    CALL_BACKS = "call_backs"
    CHECK_INS = "check_ins"
    # campaigns: only for those who said yes
    NUDGES = "nudges"


class DeliveryState(StrEnum):
    """planned → queued → sent (→ answered, by a button of it or what is written next);
    or skipped (no longer of use, with why), expired (too late), failed (the channel refuses it for good)."""

    PLANNED = "planned"
    QUEUED = "queued"
    SENT = "sent"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    FAILED = "failed"


class CampaignState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    # by somebody, before its end
    STOPPED = "stopped"
    FINISHED = "finished"


class EndReason(StrEnum):
    """Why a campaign is over for one person."""

    SIGNED = "signed"
    # no contract yet, but an employer: they say so
    FOUND = "found"
    OTHER_WAY = "other_way"
    STOPPED = "stopped"
    SILENT = "silent"
    DONE = "done"


class Delivery(Base):
    """A message due to a person, once: planning it again changes nothing."""

    __tablename__ = "deliveries"
    __table_args__ = (
        # two planners, or one that restarts, must not plan the same message twice; from the left: all of one object
        UniqueConstraint("object_id", "purpose", "step", "person_id", "anchor_at", name="delivery_once"),
        CheckConstraint("expires_at > due_at", name="expires_after_due"),
        # what is due is one walk through each priority's part of this, whatever waits behind
        Index("ix_deliveries_due", "priority", "due_at", "id", postgresql_where=sql("state = 'planned'")),
        Index("ix_deliveries_expiring", "expires_at", postgresql_where=sql("state = 'planned'")),
        Index("ix_deliveries_queued", "state_at", postgresql_where=sql("state = 'queued'")),
        # how many a person had this week; their own list
        Index("ix_deliveries_person", "person_id", "state", "state_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(enumeration(Purpose, "delivery_purpose"))
    object_id: Mapped[int]
    # of a campaign; empty otherwise
    step: Mapped[str] = mapped_column(server_default=sql("''"))
    # what it is reckoned from: the start of the workshop, the promised day… once that moves it is another message
    anchor_at: Mapped[datetime]
    # 0 leaves first, see programme/deliveries/
    priority: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime]
    # from then on it is too late to be of use
    expires_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(
        enumeration(DeliveryState, "delivery_state"), server_default=sql("'planned'")
    )
    state_at: Mapped[datetime]
    # why it was skipped, put off or refused: a key, no words of a person
    reason: Mapped[str | None]
    channel: Mapped[Channel | None] = mapped_column(enumeration(Channel, "channel"))
    # the id that the channel gave its first bubble
    provider_id: Mapped[str | None]


class MessageChoice(Base):
    """What a person wants to hear of without having asked. No row: reminders of what they asked for, and no more."""

    __tablename__ = "message_choices"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    # STOP: nothing at all, until they say otherwise
    stopped_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    # of Topic
    topics_off: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))
    changed_at: Mapped[datetime]


class TakeoverEnd(StrEnum):
    GIVEN_BACK = "given_back"
    # nobody gave it back: its time was over
    LAPSED = "lapsed"


class Takeover(Base):
    """A counsellor holds a conversation for a time: the assistant and all that is due keep quiet meanwhile."""

    __tablename__ = "takeovers"
    __table_args__ = (
        Index("takeover_open_once", "conversation_id", unique=True, postgresql_where=sql("ended_at IS NULL")),
        Index("ix_takeovers_conversation", "conversation_id", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str | None]
    taken_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[TakeoverEnd | None] = mapped_column(enumeration(TakeoverEnd, "takeover_end"))
    # for the colleagues, and in the person's export
    summary: Mapped[str | None]


class Campaign(Base):
    """One run of a campaign: its definition and its list of people as they were when it started."""

    __tablename__ = "campaigns"
    __table_args__ = (
        # the same campaign does not run twice at a time
        Index("campaign_under_way_once", "name", unique=True, postgresql_where=sql("state IN ('running', 'paused')")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    # of its file in content/campaigns/
    name: Mapped[str]
    # see programme/campaigns/definition.py
    definition: Mapped[dict[str, Any]]
    state: Mapped[CampaignState] = mapped_column(enumeration(CampaignState, "campaign_state"))
    # the first day, in each person's zone
    starts_on: Mapped[date]
    started_at: Mapped[datetime]
    state_at: Mapped[datetime]
    # how many days it stood still: what comes later moves by as many
    paused_days: Mapped[int] = mapped_column(server_default=sql("0"))
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)


class CampaignMember(Base):
    """Somebody on the list of a campaign: why, what they answered, and whether it is over for them."""

    __tablename__ = "campaign_members"
    __table_args__ = (
        Index(
            "ix_campaign_members_going", "campaign_id", "branch", "person_id", postgresql_where=sql("ended_at IS NULL")
        ),
        Index("ix_campaign_members_person", "person_id"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    # keys of what of the rule holds for them, see programme/campaigns/audience.py
    why: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=sql("'{}'"))
    # which of the texts they read
    variant: Mapped[str] = mapped_column(server_default=sql("'a'"))
    # their place in the order of sending: who has least time left comes first
    rank: Mapped[int]
    # what they answered to the question of the campaign
    branch: Mapped[str | None]
    branch_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None] = mapped_column(enumeration(EndReason, "end_reason"))

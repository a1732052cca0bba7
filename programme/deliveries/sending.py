"""What happens to one message when its time has come: look again, say it, or not.

Between the last look and the channel's answer nothing is held: a booking that is cancelled in that second is told of.
A process that dies between the channel's answer and our writing it down leaves a bubble that may leave twice
(programme/conversations.py, SENDING_TIMEOUT); such bubbles are counted in `messages.doubts`.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from programme import choices, conversations, takeover
from programme.choices import Hush
from programme.deliveries.hours import decent, next_decent
from programme.deliveries.zones import zone_of
from programme.dialogue_state import Question, load_state, save_state
from programme.models import (
    Channel,
    ChannelIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    Message,
    MessageState,
    Purpose,
    Topic,
)
from programme.replies import Reply

TOPICS = {
    Purpose.BOOKING_WEEK: Topic.WORKSHOPS,
    Purpose.BOOKING_EVE: Topic.WORKSHOPS,
    Purpose.BOOKING_HOURS: Topic.WORKSHOPS,
    Purpose.FORUM_TRAINING: Topic.WORKSHOPS,
    Purpose.FORUM_AFTER: Topic.WORKSHOPS,
    Purpose.SEAT_OFFER: Topic.WORKSHOPS,
    Purpose.SEAT_OFFER_ENDS: Topic.WORKSHOPS,
    Purpose.CALL_BACK: Topic.CALL_BACKS,
    Purpose.CHECK_IN: Topic.CHECK_INS,
    Purpose.CAMPAIGN: Topic.NUDGES,
}
# these are about that very day: a Sunday is no reason to keep quiet
OF_THE_DAY = frozenset({Purpose.BOOKING_HOURS, Purpose.SEAT_OFFER, Purpose.SEAT_OFFER_ENDS, Purpose.CALL_BACK})
# of campaigns; what somebody booked or promised counts, but always passes
MOST_A_WEEK = 4
WEEK = timedelta(days=7)
# a turn is under way: let it end
TURN = timedelta(seconds=20)
# somebody who is writing is not cut short by a campaign
TALKING, AFTER_TALKING = timedelta(minutes=10), timedelta(minutes=30)
# a counsellor has the conversation: what was booked waits for a while
HELD = timedelta(minutes=15)
# an answer that comes later is no answer to it
ANSWERED_WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class Said:
    """``even_on``: the day of the thing itself. ``question``: left open, unless another one is."""

    replies: list[Reply]
    question: Question | None = None


class Speaker(Protocol):
    """The desk of a purpose."""

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        """A key that says why it is of no use any more; « paused » when it has to wait; None when it may leave."""

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        """The bubbles; it may note that it was said."""


@dataclass(frozen=True)
class Verdict:
    """None of the three: it may leave."""

    state: DeliveryState | None = None
    reason: str = ""
    later: datetime | None = None


GO = Verdict()


class Sending:
    """Looks and speaks for the deliveries; ``zone`` is where the Mission locale lives."""

    def __init__(self, speakers: Mapping[Purpose, Speaker], zone: ZoneInfo) -> None:
        self._speakers = speakers
        self._zone = zone

    def prepare(self, session: Session, delivery_id: int, *, now: datetime) -> uuid.UUID | None:
        """Look at a queued message, and have it said; the conversation in which it is now due to leave.

        None when there is nothing to send: put off, skipped, too late, or another worker has it. On the web it is sent
        by being there.
        """
        delivery = session.scalar(
            select(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.QUEUED)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if delivery is None:
            return None
        address = _address(session, delivery.person_id)
        if address is None:
            _close(delivery, DeliveryState.SKIPPED, "no_channel", now=now)
            return None
        conversation_id, channel = address
        if _is_said(session, delivery.id):
            return conversation_id
        verdict = self._look(session, delivery, conversation_id, now=now)
        if verdict is not GO:
            _apply(delivery, verdict, now=now)
            return None
        today = now.astimezone(zone_of(session, delivery.person_id, self._zone)).date()
        said = self._speakers[delivery.purpose].say(session, delivery, now=now, today=today)
        conversations.store_replies(
            session, conversation_id=conversation_id, replies=said.replies, now=now, delivery_id=delivery.id
        )
        if said.question is not None:
            state = load_state(session, conversation_id)
            if state.question is None:
                save_state(session, conversation_id, state.model_copy(update={"question": said.question}))
        delivery.channel = channel
        if channel is Channel.WEB:
            _close(delivery, DeliveryState.SENT, None, now=now)
        session.flush()
        return conversation_id if channel is not Channel.WEB else None

    def still_wanted(self, session: Session, message: Message, *, now: datetime) -> bool:
        """Look once more, just before a bubble is handed to its channel; what is not wanted is withdrawn."""
        if message.delivery_id is None:
            return True
        delivery = session.get(Delivery, message.delivery_id, with_for_update=True, populate_existing=True)
        if delivery is None:
            return True
        # a second bubble follows the first one, whatever the hour
        verdict = self._look(session, delivery, message.conversation_id, now=now)
        if delivery.state is DeliveryState.SENT or verdict is GO:
            return True
        session.execute(
            update(Message)
            .where(Message.delivery_id == delivery.id, Message.state.in_((MessageState.DUE, MessageState.SENDING)))
            .values(state=MessageState.WITHDRAWN, state_at=now)
        )
        if delivery.state is DeliveryState.QUEUED:
            _apply(delivery, verdict, now=now)
        session.flush()
        return False

    def _look(self, session: Session, delivery: Delivery, conversation_id: uuid.UUID, *, now: datetime) -> Verdict:
        if delivery.expires_at <= now:
            return Verdict(DeliveryState.EXPIRED, "too_late")
        is_campaign = delivery.purpose is Purpose.CAMPAIGN
        hushed = choices.hush(session, delivery.person_id, TOPICS[delivery.purpose], now=now)
        if hushed is Hush.PAUSED:
            return _later(delivery, choices.paused_until(session, delivery.person_id), "paused")
        if hushed is not None:
            return Verdict(DeliveryState.SKIPPED, hushed.value)
        reason = self._speakers[delivery.purpose].why_not(session, delivery, now=now)
        if reason == "paused":
            return _later(delivery, now + timedelta(hours=1), "campaign_paused")
        if reason is not None:
            return Verdict(DeliveryState.SKIPPED, reason)
        if takeover.holder(session, conversation_id, now=now) is not None:
            held = Verdict(DeliveryState.SKIPPED, "taken_over")
            return held if is_campaign else _later(delivery, now + HELD, "taken_over")
        zone = zone_of(session, delivery.person_id, self._zone)
        even_on = now.astimezone(zone).date() if delivery.purpose in OF_THE_DAY else None
        if not decent(now, zone, even_on=even_on):
            return _later(delivery, next_decent(now, zone), "at_night")
        if conversations.turn_under_way(session, conversation_id, now=now):
            return _later(delivery, now + TURN, "talking")
        if is_campaign:
            if _wrote_since(session, conversation_id, now - TALKING):
                return _later(delivery, now + AFTER_TALKING, "talking")
            if _had_this_week(session, delivery.person_id, now=now) >= MOST_A_WEEK:
                return Verdict(DeliveryState.SKIPPED, "enough_this_week")
        return GO


def mark_answered(session: Session, person_id: int, *, now: datetime) -> None:
    """The person wrote, or pressed a button: what they were sent lately has its answer."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.person_id == person_id,
            Delivery.state == DeliveryState.SENT,
            Delivery.state_at > now - ANSWERED_WITHIN,
        )
        .values(state=DeliveryState.ANSWERED)
        .execution_options(synchronize_session=False)
    )


def mark_left(session: Session, delivery_id: int, *, provider_id: str | None, now: datetime) -> None:
    """The channel took a bubble of it."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.SENT, state_at=now, reason=None, provider_id=provider_id)
        .execution_options(synchronize_session=False)
    )


def mark_refused(session: Session, delivery_id: int, *, reason: str, now: datetime) -> None:
    """The channel refused it for good."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.FAILED, state_at=now, reason=reason)
        .execution_options(synchronize_session=False)
    )


def _address(session: Session, person_id: int) -> tuple[uuid.UUID, Channel] | None:
    """Where the person wrote last, among the channels that have not been closed to us; one only."""
    last = (
        select(func.max(Message.id))
        .where(Message.conversation_id == Conversation.id)
        .correlate(Conversation)
        .scalar_subquery()
    )
    row = session.execute(
        select(Conversation.id, ChannelIdentity.channel)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id, ChannelIdentity.blocked_at.is_(None))
        .order_by(last.desc().nulls_last(), Conversation.created_at.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _is_said(session: Session, delivery_id: int) -> bool:
    """Its bubbles are in the transcript, and wait to leave."""
    return bool(
        session.scalar(
            select(Message.id)
            .where(Message.delivery_id == delivery_id, Message.state.in_((MessageState.DUE, MessageState.SENDING)))
            .limit(1)
        )
    )


def _wrote_since(session: Session, conversation_id: uuid.UUID, since: datetime) -> bool:
    return conversations.wrote_last(session, conversation_id, since=since)


def _had_this_week(session: Session, person_id: int, *, now: datetime) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(
                Delivery.person_id == person_id,
                Delivery.state.in_((DeliveryState.SENT, DeliveryState.ANSWERED)),
                Delivery.state_at > now - WEEK,
            )
        )
        or 0
    )


def _later(delivery: Delivery, at: datetime | None, reason: str) -> Verdict:
    """Put off; skipped for this reason when it would then be too late."""
    if at is None or at >= delivery.expires_at:
        state = DeliveryState.EXPIRED if reason == "at_night" else DeliveryState.SKIPPED
        return Verdict(state, reason)
    return Verdict(reason=reason, later=at)


def _apply(delivery: Delivery, verdict: Verdict, *, now: datetime) -> None:
    if verdict.later is not None:
        delivery.due_at = verdict.later
        _close(delivery, DeliveryState.PLANNED, verdict.reason, now=now)
    else:
        assert verdict.state is not None
        _close(delivery, verdict.state, verdict.reason, now=now)


def _close(delivery: Delivery, state: DeliveryState, reason: str | None, *, now: datetime) -> None:
    delivery.state, delivery.state_at, delivery.reason = state, now, reason

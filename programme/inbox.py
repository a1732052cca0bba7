"""The team's inbox: conversations within reach, the latest first, filtered; a page at a time."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, RowMapping, Select, exists, func, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from programme import conversation_search
from programme.flags import URGENT
from programme.models import (
    Author,
    Booking,
    BookingStatus,
    Campaign,
    CampaignMember,
    Channel,
    ChannelIdentity,
    Conversation,
    Flag,
    FlagReason,
    Message,
    PathStage,
    Person,
    Review,
    StaffMember,
    Takeover,
)
from programme.permissions import Member, people_within_reach
from programme.team_reading import may_be_read

PAGE = 25
# an excerpt is one line of a list
EXCERPT = 140


class About(StrEnum):
    """What a conversation is looked at for."""

    UNREAD = "unread"
    HUMAN_WANTED = "human_wanted"
    SAFETY = "safety"
    NOT_UNDERSTOOD = "not_understood"
    # a counsellor has it at this moment
    HELD = "held"
    MINE = "mine"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class Filters:
    """All that is said must hold. Days are those of the team's zone, both included; ``campaign`` is a name."""

    about: frozenset[About] = frozenset()
    stage: PathStage | None = None
    campaign: str = ""
    event_date_id: int | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""


@dataclass(frozen=True)
class Line:
    """One conversation in the list."""

    conversation_id: uuid.UUID
    person_id: int
    name: str | None
    stage: PathStage
    counsellor: str | None
    channel: Channel
    last_wrote_at: datetime
    unread: bool
    excerpt: str
    flags: tuple[FlagReason, ...]
    not_understood: int
    held_by: str | None


@dataclass(frozen=True)
class Place:
    """Where a page ends, for the next one to begin after it."""

    last_wrote_at: datetime
    conversation_id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.last_wrote_at.isoformat()}~{self.conversation_id}"

    @classmethod
    def read(cls, written: str) -> "Place | None":
        """None when it is no place: an address may hold anything."""
        moment, _, conversation_id = written.partition("~")
        try:
            at = datetime.fromisoformat(moment)
            return cls(at, uuid.UUID(conversation_id)) if at.tzinfo is not None else None
        except ValueError:
            return None


def page(
    session: Session,
    who: Member,
    filters: Filters,
    *,
    now: datetime,
    zone: ZoneInfo,
    after: Place | None = None,
    size: int = PAGE,
) -> tuple[list[Line], Place | None]:
    """The next lines after that place, and where the following page begins (None: this is the last one)."""
    found: Select[*tuple[Any, ...]] = (
        select(
            Conversation.id.label("conversation_id"),
            Conversation.last_wrote_at,
            Conversation.read_at,
            Person.id.label("person_id"),
            Person.display_name,
            Person.stage,
            Person.counsellor_id,
            ChannelIdentity.channel,
        )
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(Person, Person.id == ChannelIdentity.person_id)
        .where(Conversation.last_wrote_at.is_not(None), people_within_reach(session, who))
        .where(*_conditions(session, filters, who, now=now, zone=zone))
        .order_by(Conversation.last_wrote_at.desc(), Conversation.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        found = found.where(
            tuple_(Conversation.last_wrote_at, Conversation.id) < tuple_(after.last_wrote_at, after.conversation_id)
        )
    lines = [_line(row) for row in session.execute(_with_details(found, now=now)).mappings()]
    if len(lines) <= size:
        return lines, None
    return lines[:size], Place(lines[size - 1].last_wrote_at, lines[size - 1].conversation_id)


def reached(
    session: Session, who: Member, conversation_ids: Sequence[uuid.UUID], *, since: datetime | None = None
) -> set[uuid.UUID]:
    """Those of these conversations whose person this member may see; with ``since``, who wrote from then on."""
    wrote = Conversation.last_wrote_at >= since if since is not None else true()
    return set(
        session.scalars(
            select(Conversation.id)
            .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
            .join(Person, Person.id == ChannelIdentity.person_id)
            .where(Conversation.id.in_(conversation_ids), people_within_reach(session, who), wrote)
        )
    )


def _with_details(found: Select[*tuple[Any, ...]], *, now: datetime) -> Select[*tuple[Any, ...]]:
    """What only the lines of the page need, looked up by an index for each of them."""
    lines = found.subquery("lines")
    excerpt = (
        select(Message.text)
        .where(
            Message.conversation_id == lines.c.conversation_id,
            Message.author == Author.PERSON,
            may_be_read(),
        )
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    flags = (
        select(func.array_agg(aggregate_order_by(Flag.reason, Flag.raised_at)))
        .where(Flag.conversation_id == lines.c.conversation_id, Flag.closed_at.is_(None))
        .scalar_subquery()
    )
    reviews = (
        select(func.count())
        .where(Review.conversation_id == lines.c.conversation_id, Review.closed_at.is_(None))
        .scalar_subquery()
    )
    held_by = (
        select(StaffMember.name)
        .join(Takeover, Takeover.staff_id == StaffMember.id)
        .where(Takeover.conversation_id == lines.c.conversation_id, Takeover.ended_at.is_(None), Takeover.until > now)
        .scalar_subquery()
    )
    counsellor = select(StaffMember.name).where(StaffMember.id == lines.c.counsellor_id).scalar_subquery()
    return select(
        lines,
        excerpt.label("excerpt"),
        flags.label("flags"),
        reviews.label("not_understood"),
        held_by.label("held_by"),
        counsellor.label("counsellor"),
    ).order_by(lines.c.last_wrote_at.desc(), lines.c.conversation_id.desc())


def _conditions(
    session: Session, filters: Filters, who: Member, *, now: datetime, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    conditions = [_about(session, each, who, now=now) for each in filters.about]
    if filters.stage is not None:
        conditions.append(Person.stage == filters.stage)
    if filters.campaign:
        latest = select(func.max(Campaign.id)).where(Campaign.name == filters.campaign).scalar_subquery()
        conditions.append(exists().where(CampaignMember.person_id == Person.id, CampaignMember.campaign_id == latest))
    if filters.event_date_id is not None:
        conditions.append(
            exists().where(
                Booking.person_id == Person.id,
                Booking.event_date_id == filters.event_date_id,
                Booking.status != BookingStatus.CANCELLED,
            )
        )
    if filters.first is not None:
        conditions.append(Conversation.last_wrote_at >= datetime.combine(filters.first, time(), zone))
    if filters.last is not None and filters.last < date.max:  # nothing is after that day
        conditions.append(Conversation.last_wrote_at < datetime.combine(filters.last + timedelta(days=1), time(), zone))
    if filters.words.strip():
        conditions.append(conversation_search.matches(session, filters.words))
    return conditions


def _about(session: Session, about: About, who: Member, *, now: datetime) -> ColumnElement[bool]:
    match about:
        case About.UNREAD:
            return or_(Conversation.read_at.is_(None), Conversation.read_at < Conversation.last_wrote_at)
        case About.HUMAN_WANTED:
            return _flagged(session, Flag.reason == FlagReason.HUMAN_WANTED)
        case About.SAFETY:
            return _flagged(session, Flag.reason.in_(URGENT))
        case About.NOT_UNDERSTOOD:
            return Conversation.id.in_(select(Review.conversation_id).where(Review.closed_at.is_(None)))
        case About.HELD:
            held = select(Takeover.conversation_id).where(Takeover.ended_at.is_(None), Takeover.until > now)
            return conversation_search.among(session, held)
        case About.MINE:
            return Person.counsellor_id == who.staff_id
        case About.NOBODYS:
            return Person.counsellor_id.is_(None)
    raise AssertionError(about)


def _flagged(session: Session, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return conversation_search.among(session, select(Flag.conversation_id).where(Flag.closed_at.is_(None), which))


def _line(found: RowMapping) -> Line:
    read_at, wrote_at = found["read_at"], found["last_wrote_at"]
    text = " ".join((found["excerpt"] or "").split())
    return Line(
        conversation_id=found["conversation_id"],
        person_id=found["person_id"],
        name=found["display_name"],
        stage=found["stage"],
        counsellor=found["counsellor"],
        channel=found["channel"],
        last_wrote_at=wrote_at,
        unread=read_at is None or read_at < wrote_at,
        excerpt=text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…",
        flags=tuple(FlagReason(each) for each in found["flags"] or ()),
        not_understood=found["not_understood"],
        held_by=found["held_by"],
    )

"""Who of the team opened a young person's conversation: written down each time, and told to them when they ask."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from programme import audit, conversations, french
from programme.models import AuditLine, Conversation, Organisation, StaffMember, Team, Teller
from programme.permissions import Member
from programme.replies import MAX_BUBBLE
from programme.texts import Texts

OPENED = "conversation.open"
EXPORTED = "person.export"
# reading on, with the page open or opened again, is the same reading
SAME_READING = timedelta(minutes=10)
MOST_NAMED = 6


@dataclass(frozen=True)
class Reader:
    """Somebody who read, with the last day on which they did; no name when they are gone since."""

    name: str | None
    organisation: str | None
    on: date


def opened(session: Session, who: Member, conversation_id: uuid.UUID, *, now: datetime) -> None:
    """The team has read the conversation up to now; a line in the audit says who. Raises ConversationNotFound."""
    person_id = conversations.person_of(session, conversation_id)
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(read_at=now))
    line_once(session, OPENED, who, person_id, now=now, details={"conversation": str(conversation_id)})


def line_once(
    session: Session,
    action: str,
    who: Member,
    person_id: int,
    *,
    now: datetime,
    details: Mapping[str, audit.Detail] | None = None,
) -> None:
    """A line in the audit that this member read about the person; one for one reading, however often it is opened."""
    lately = session.scalar(
        select(AuditLine.id)
        .where(
            AuditLine.person_id == person_id,
            AuditLine.action == action,
            AuditLine.staff_id == who.staff_id,
            AuditLine.at > now - SAME_READING,
        )
        .limit(1)
    )
    if lately is None:
        audit.record(
            session, action, teller=Teller.STAFF, now=now, person_id=person_id, staff_id=who.staff_id, details=details
        )


def readers(session: Session, person_id: int, *, zone: ZoneInfo) -> list[Reader]:
    """Who opened this person's conversations or took a copy of their data; each once, the latest first."""
    latest = func.max(AuditLine.at)
    rows = session.execute(
        select(StaffMember.name, Organisation.name, latest)
        .select_from(AuditLine)
        .outerjoin(StaffMember, StaffMember.id == AuditLine.staff_id)
        .outerjoin(Team, Team.id == StaffMember.team_id)
        .outerjoin(Organisation, Organisation.id == Team.organisation_id)
        .where(AuditLine.person_id == person_id, AuditLine.action.in_((OPENED, EXPORTED)))
        .group_by(AuditLine.staff_id, StaffMember.name, Organisation.name)
        .order_by(latest.desc())
    )
    return [Reader(name, organisation, at.astimezone(zone).date()) for name, organisation, at in rows]


def told(found: Sequence[Reader], texts: Texts) -> str:
    """In one bubble, for the person; whom it has no room for are counted."""
    if not found:
        return texts.say("read_by_nobody")
    for shown in range(min(len(found), MOST_NAMED), 0, -1):
        names = [
            texts.say(
                "read_by_one",
                name=reader.name or texts.say("read_by_gone"),
                organisation=f" ({reader.organisation})" if reader.organisation else "",
                day=french.day(reader.on),
            )
            for reader in found[:shown]
        ]
        left = len(found) - shown
        more = (
            texts.say("read_by_more", count=french.plural(left, "autre personne", "autres personnes")) if left else ""
        )
        said = texts.say("read_by", names=" ; ".join(names), more=more)
        if len(said) <= MAX_BUBBLE:
            return said
    return texts.say("read_by_many", count=french.plural(len(found), "personne", "personnes"))

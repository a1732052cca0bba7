"""The counsellor's list of the day: who of their young people in a campaign needs what, today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from programme import french
from programme.campaigns import runs
from programme.campaigns.facts import last_day_at_the_cfa
from programme.facts import FactBook
from programme.models import (
    Campaign,
    CampaignMember,
    ChannelIdentity,
    Conversation,
    EndReason,
    Flag,
    Person,
)

# an answer is news for so long; silence is said after so many days; the end of the months at the CFA so long before
NEWS, SILENT_DAYS, COUNTDOWN_DAYS = timedelta(hours=36), 7, 10


class Why(StrEnum):
    """In the order in which they are read."""

    HUMAN = "human"
    FOUND = "found"
    ANSWERED = "answered"
    COUNTDOWN = "countdown"
    SILENT = "silent"


@dataclass(frozen=True)
class Today:
    """One person, and why they are on the list; ``said`` is the title of what they answered."""

    person_id: int
    name: str | None
    why: Why
    said: str = ""
    # the last day at the CFA without an employer, or since when they are silent
    day: date | None = None


def for_counsellor(session: Session, staff_id: int, *, book: FactBook, today: date, now: datetime) -> list[Today]:
    """Those of this counsellor, most pressing first; each person once, for the first reason that holds."""
    wants_somebody = (
        select(func.count())
        .select_from(Flag)
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == Person.id, Flag.closed_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(CampaignMember, Campaign, Person, wants_somebody)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .join(Person, Person.id == CampaignMember.person_id)
        .where(
            Person.counsellor_id == staff_id,
            Campaign.state.in_(runs.UNDER_WAY),
            or_(
                CampaignMember.ended_at.is_(None),
                and_(CampaignMember.end_reason == EndReason.FOUND, CampaignMember.ended_at > now - NEWS),
            ),
        )
        .order_by(Person.id)
    )
    found: dict[int, Today] = {}
    for member, campaign, person, flags in rows:
        end = last_day_at_the_cfa(person, book, today)
        said = ""
        if member.branch is not None:
            said = runs.definition_of(campaign).branches[member.branch].title
        if flags:
            entry = Today(person.id, person.display_name, Why.HUMAN, said)
        elif member.end_reason is EndReason.FOUND:
            entry = Today(person.id, person.display_name, Why.FOUND)
        elif member.answered_at is not None and member.answered_at > now - NEWS:
            entry = Today(person.id, person.display_name, Why.ANSWERED, said)
        elif end is not None and today <= end <= today + timedelta(days=COUNTDOWN_DAYS):
            entry = Today(person.id, person.display_name, Why.COUNTDOWN, said, end)
        elif member.branch is None and campaign.starts_on <= today - timedelta(days=SILENT_DAYS):
            entry = Today(person.id, person.display_name, Why.SILENT, day=campaign.starts_on)
        else:
            continue
        found.setdefault(person.id, entry)
    order = list(Why)
    return sorted(found.values(), key=lambda each: (order.index(each.why), each.day or today, each.person_id))


def lines(entries: Iterable[Today]) -> list[str]:
    """In French, one line each."""
    return [f"{each.name or 'Sans prénom'} (n° {each.person_id}) : {_words(each)}" for each in entries]


def _words(entry: Today) -> str:
    match entry.why:
        case Why.HUMAN:
            return "veut parler à quelqu'un" + (f" ; a répondu « {entry.said} »" if entry.said else "")
        case Why.FOUND:
            return "dit avoir trouvé : à féliciter, et à aider pour la signature"
        case Why.ANSWERED:
            return f"a répondu « {entry.said} »"
        case Why.COUNTDOWN:
            assert entry.day is not None
            return f"ses mois au CFA sans employeur finissent le {french.day(entry.day)}"
    assert entry.day is not None
    return f"n'a rien dit depuis le {french.day(entry.day)}"

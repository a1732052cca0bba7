"""The counsellor's list of the day: who of their young people in a campaign needs what, today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from programme import french
from programme.campaigns import runs
from programme.campaigns.audience import DEFAULT_ZONE
from programme.campaigns.definition import Definition
from programme.campaigns.facts import last_day_at_the_cfa
from programme.facts import FactBook
from programme.models import (
    Campaign,
    CampaignMember,
    ChannelIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    EndReason,
    Flag,
    FlagReason,
    Person,
    Purpose,
)

# an answer is news for so long; silence is said after so many days; the end of the months at the CFA so long before
NEWS, SILENT_DAYS, COUNTDOWN_DAYS = timedelta(hours=36), 7, 10


class Why(StrEnum):
    """In the order in which they are read."""

    ALERT = "alert"
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
    flags = (
        select(func.array_agg(Flag.reason.distinct()))
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == Person.id, Flag.closed_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(CampaignMember, Campaign, Person, flags, _asked_at())
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
    order = list(Why)
    definitions: dict[int, Definition] = {}
    found: dict[int, Today] = {}
    for member, campaign, person, reasons, asked_at in rows:
        if campaign.id not in definitions:
            definitions[campaign.id] = runs.definition_of(campaign)
        said = definitions[campaign.id].branches[member.branch].title if member.branch is not None else ""
        why = _why(member, frozenset(reasons or ()), asked_at, last_day_at_the_cfa(person, book, today), today, now)
        if why is not None:
            kind, day = why
            entry = Today(person.id, person.display_name, kind, said, day)
            other = found.setdefault(person.id, entry)  # of another campaign
            found[person.id] = min(other, entry, key=lambda each: order.index(each.why))
    return sorted(found.values(), key=lambda each: (order.index(each.why), each.day or today, each.person_id))


def _asked_at() -> ScalarSelect[datetime]:
    """When the first message of the campaign left for this member."""
    return (
        select(func.min(Delivery.state_at))
        .where(
            Delivery.person_id == CampaignMember.person_id,
            Delivery.purpose == Purpose.CAMPAIGN,
            Delivery.object_id == CampaignMember.campaign_id,
            Delivery.state.in_((DeliveryState.SENT, DeliveryState.ANSWERED)),
        )
        .correlate(CampaignMember)
        .scalar_subquery()
    )


def _why(
    member: CampaignMember,
    flags: frozenset[FlagReason],
    asked_at: datetime | None,
    last_day: date | None,
    today: date,
    now: datetime,
) -> tuple[Why, date | None] | None:
    if flags - {FlagReason.HUMAN_WANTED}:
        return Why.ALERT, None
    if flags:
        return Why.HUMAN, None
    if member.end_reason is EndReason.FOUND:
        return Why.FOUND, None
    if member.answered_at is not None and member.answered_at > now - NEWS:
        return Why.ANSWERED, None
    if last_day is not None and today <= last_day <= today + timedelta(days=COUNTDOWN_DAYS):
        return Why.COUNTDOWN, last_day
    # who was not written to yet is not silent
    if member.branch is None and asked_at is not None and asked_at <= now - timedelta(days=SILENT_DAYS):
        return Why.SILENT, asked_at.astimezone(DEFAULT_ZONE).date()
    return None


def lines(entries: Iterable[Today]) -> list[str]:
    """In French, one line each."""
    return [f"{each.name or 'Sans prénom'} (n° {each.person_id}) : {words(each)}" for each in entries]


def words(entry: Today) -> str:
    """What is said of the person, in French, after their name."""
    match entry.why:
        case Why.ALERT:  # which one is read where the conversation is, not in a list
            return "a une alerte ouverte : lis sa conversation d'abord"
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

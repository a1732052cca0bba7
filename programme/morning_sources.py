"""Where the needs of the morning come from: one function for each, and who of the team sees what it finds.

Each starts from what is open (alerts, offers, broken contracts…), not from the people: a team lead reaches many.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from programme import french
from programme.campaigns import daily
from programme.facts import FactBook
from programme.flags import URGENT
from programme.models import (
    Author,
    Booking,
    BookingStatus,
    ChannelIdentity,
    CheckIn,
    Contact,
    Conversation,
    EmployerStatus,
    EventDate,
    Flag,
    FlagReason,
    Message,
    MessageState,
    PathStage,
    Person,
    Role,
    Series,
    StaffMember,
    Takeover,
    WorkContract,
)
from programme.permissions import Member

# of one reason; the conversations and the list of young people have all of them
MOST = 50
UNANSWERED_FOR = timedelta(days=7)
NOBODYS_FOR = timedelta(days=14)
# after a break the first weeks decide whether somebody stays
BROKEN_FOR = timedelta(days=60)
# the notebook knows whether a company answered, not what it said
SILENT_COMPANIES, SILENT_WITHIN = 3, timedelta(days=7)
PROMISE_LATE, PROMISE_OLD = timedelta(days=3), timedelta(days=30)
# after these nobody waits for an answer
CLOSING_WORDS = ("thank", "goodbye")
WITHOUT_EMPLOYER = (EmployerStatus.SEARCHING, EmployerStatus.IN_VIEW)
COMING = (BookingStatus.BOOKED, BookingStatus.CONFIRMED, BookingStatus.OFFERED)


class Why(StrEnum):
    """In the order in which they are read."""

    DISTRESS = "distress"
    HARASSMENT = "harassment"
    DANGER_AT_WORK = "danger_at_work"
    MONEY_EMERGENCY = "money_emergency"
    HUMAN_WANTED = "human_wanted"
    CHECK_IN_BAD = "check_in_bad"
    UNANSWERED = "unanswered"
    SEAT_OFFERED = "seat_offered"
    NOBODYS = "nobodys"
    BROKEN = "broken"
    SILENT_COMPANIES = "silent_companies"
    PROMISE_PAST = "promise_past"
    CAMPAIGN = "campaign"


ORDER = tuple(Why)
HELP = tuple(Why(reason) for reason in URGENT)
# somebody waits for an answer: after some hours of work any colleague may give it
GOES_BACK = frozenset({*HELP, Why.HUMAN_WANTED, Why.CHECK_IN_BAD, Why.UNANSWERED, Why.SEAT_OFFERED})
FLAG_WORDS = {
    Why.DISTRESS: "mot de détresse",
    Why.HARASSMENT: "parle de harcèlement",
    Why.DANGER_AT_WORK: "parle d'un danger au travail",
    Why.MONEY_EMERGENCY: "urgence d'argent",
    Why.HUMAN_WANTED: "a demandé un humain",
    Why.CHECK_IN_BAD: "a répondu que ça ne va pas bien du tout dans son contrat",
    Why.UNANSWERED: "a écrit pendant que l'équipe avait la conversation, et personne n'a répondu",
}


@dataclass(frozen=True)
class Found:
    """A need before it is known whose it is, and what they are called."""

    why: Why
    person_id: int
    name: str | None
    counsellor_id: int | None
    conversation_id: uuid.UUID | None
    since: datetime | None
    words: str
    flag_id: int | None = None
    taken_by_id: int | None = None


@dataclass(frozen=True)
class View:
    """What one member of the staff sees at one moment. ``mine``: they, and whom they stand in for; ``back_since``: what
    waits since then or longer is the team's."""

    who: Member
    now: datetime
    zone: ZoneInfo
    reach: ColumnElement[bool]
    teams: Collection[int]
    mine: Collection[int]
    away: Collection[int]
    uncovered: Collection[int]
    back_since: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def own(self) -> ColumnElement[bool]:
        """On `Person`: those whom this member answers for; a team lead answers for all of their teams."""
        if self.who.role is Role.TEAM_LEAD:
            return self.reach
        kept = [*self.mine, *self.uncovered]
        return and_(self.reach, or_(Person.counsellor_id.in_(kept), Person.counsellor_id.is_(None)))

    def waiting(self, since: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        """As `own`, and a colleague's who have waited for so many hours of work."""
        return or_(self.own(), and_(self.reach, since <= self.back_since))


def everything(session: Session, view: View, book: FactBook) -> list[Found]:
    """All needs that this member sees, in no order; at most MOST of each reason."""
    found = [
        *_flagged(session, view),
        *_unanswered(session, view),
        *_offered(session, view),
        *_broken(session, view),
        *_silent_companies(session, view),
        *_promises(session, view),
        *_campaigns(session, view, book),
    ]
    named = {each.person_id for each in found}
    return [*found, *(each for each in _nobodys(session, view) if each.person_id not in named)]


def _flagged(session: Session, view: View) -> Iterator[Found]:
    """Open alerts. What a colleague has taken is not shown to the team again, unless they are away today."""
    urgent = Flag.reason.in_(URGENT)
    free = or_(Flag.taken_by_id.is_(None), Flag.taken_by_id.in_(view.away))
    ranked = (
        select(
            Flag.id.label("flag_id"),
            Flag.reason,
            Flag.conversation_id,
            Flag.raised_at,
            Flag.taken_by_id,
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            _check_in_went_badly().label("check_in_bad"),
            and_(~_held_now(view, Flag.conversation_id), _left_unanswered(Flag.conversation_id)).label("unanswered"),
            func.row_number().over(partition_by=Flag.reason, order_by=(Flag.raised_at, Flag.id)).label("rank"),
        )
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(Person, Person.id == ChannelIdentity.person_id)
        .where(
            Flag.closed_at.is_(None),
            or_(
                view.own(),
                and_(view.reach, or_(urgent, Flag.taken_by_id.in_(view.mine))),
                and_(view.waiting(Flag.raised_at), free),
            ),
        )
        .subquery()
    )
    for row in session.execute(select(ranked).where(ranked.c.rank <= MOST)):
        why = Why(row.reason)
        if why is Why.HUMAN_WANTED and row.check_in_bad:
            why = Why.CHECK_IN_BAD
        elif why is Why.HUMAN_WANTED and row.unanswered:
            why = Why.UNANSWERED
        need = _of(row, why, row.raised_at, FLAG_WORDS[why])
        yield replace(need, flag_id=row.flag_id, taken_by_id=row.taken_by_id)


def _check_in_went_badly() -> ColumnElement[bool]:
    """What was answered to « comment ça se passe ? » is not kept; « pas bien du tout » alone raises an alert, at the
    very moment at which the question is closed."""
    return exists().where(
        WorkContract.person_id == Person.id,
        CheckIn.contract_id == WorkContract.id,
        CheckIn.asked_at.is_not(None),
        or_(CheckIn.closed_at == Flag.raised_at, CheckIn.closed_at == Flag.raised_again_at),
    )


def _held_now(view: View, conversation_id: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    held = Takeover.__table__.alias("held_now")
    return exists().where(held.c.conversation_id == conversation_id, held.c.ended_at.is_(None), held.c.until > view.now)


def _left_unanswered(conversation_id: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    """Was the person's latest message left to the team, which has not written since? « merci » asks for no answer."""
    latest = (
        select(
            and_(
                Message.state == MessageState.HELD,
                or_(Message.intent.is_(None), Message.intent.not_in(CLOSING_WORDS)),
            )
        )
        .where(Message.conversation_id == conversation_id, Message.author.in_((Author.PERSON, Author.STAFF)))
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(latest, false())


def _unanswered(session: Session, view: View) -> Iterator[Found]:
    """Who wrote while somebody of the team had the conversation, and was given back without an answer; where the team
    was called again there is an alert."""
    asked_for = exists().where(
        Flag.conversation_id == Takeover.conversation_id,
        Flag.reason == FlagReason.HUMAN_WANTED,
        Flag.closed_at.is_(None),
    )
    later = Takeover.__table__.alias("later")
    rows = session.execute(
        select(Person.id, Person.display_name, Person.counsellor_id, Takeover.conversation_id, Takeover.ended_at)
        .join(Conversation, Conversation.id == Takeover.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .join(Person, Person.id == ChannelIdentity.person_id)
        .where(
            Takeover.staff_id.in_(select(StaffMember.id).where(StaffMember.team_id.in_(view.teams))),
            Takeover.ended_at > view.now - UNANSWERED_FOR,
            ~exists().where(later.c.conversation_id == Takeover.conversation_id, later.c.id > Takeover.id),
            ~asked_for,
            _left_unanswered(Takeover.conversation_id),
            or_(view.own(), and_(view.reach, Takeover.ended_at <= view.back_since)),
        )
        .order_by(Takeover.ended_at, Takeover.id)
        .limit(MOST)
    )
    for row in rows:
        words = FLAG_WORDS[Why.UNANSWERED]
        yield _of(row, Why.UNANSWERED, row.ended_at, words)


def _offered(session: Session, view: View) -> Iterator[Found]:
    """Seats that are held for somebody until they say yes."""
    rows = session.execute(
        select(
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            _conversation().label("conversation_id"),
            Booking.status_at,
            Booking.offered_until,
            Series.title,
        )
        .join(Person, Person.id == Booking.person_id)
        .join(EventDate, EventDate.id == Booking.event_date_id)
        .join(Series, Series.id == EventDate.series_id)
        .where(
            Booking.status == BookingStatus.OFFERED,
            Booking.offered_until > view.now,
            view.waiting(Booking.status_at),
        )
        .order_by(Booking.status_at, Booking.id)
        .limit(MOST)
    )
    for row in rows:
        until = french.day_and_hour(row.offered_until, view.zone)
        words = f"place libérée à confirmer avant {until} : {row.title}"
        yield _of(row, Why.SEAT_OFFERED, row.status_at, words)


def _broken(session: Session, view: View) -> Iterator[Found]:
    """Whose contract ended early, and for whom nothing has been planned since."""
    broken_on = select(func.max(WorkContract.broken_on)).where(WorkContract.person_id == Person.id).scalar_subquery()
    goes_somewhere = exists().where(
        Booking.person_id == Person.id,
        Booking.status.in_(COMING),
        EventDate.id == Booking.event_date_id,
        EventDate.starts_at > view.now,
    )
    rows = session.execute(
        select(
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            _conversation().label("conversation_id"),
            Person.stage_at,
            broken_on.label("broken_on"),
        )
        .where(
            Person.stage == PathStage.RUPTURE,
            Person.stage_at > view.now - BROKEN_FOR,
            ~goes_somewhere,
            view.own(),
        )
        .order_by(Person.stage_at, Person.id)
        .limit(MOST)
    )
    for row in rows:
        on = f" le {french.day(row.broken_on)}" if row.broken_on is not None else ""
        words = f"contrat rompu{on}, aucun rendez-vous à venir"
        yield _of(row, Why.BROKEN, row.stage_at, words)


def _silent_companies(session: Session, view: View) -> Iterator[Found]:
    """Several companies in a week that did not answer, among the shared entries of the notebook: the others are the
    person's own."""
    latest = func.max(Contact.created_at)
    rows = session.execute(
        select(
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            _conversation().label("conversation_id"),
            latest.label("at"),
            func.count().label("companies"),
        )
        .join(Contact, Contact.person_id == Person.id)
        .where(
            view.own(),
            Person.employer_status.in_(WITHOUT_EMPLOYER),
            Contact.shared_at.is_not(None),
            Contact.confirmed_at.is_not(None),
            ~Contact.answered,
            Contact.created_at > view.now - SILENT_WITHIN,
        )
        .group_by(Person.id)
        .having(func.count() >= SILENT_COMPANIES)
        .order_by(latest, Person.id)
        .limit(MOST)
    )
    for row in rows:
        words = f"sans employeur, {row.companies} entreprises sans réponse cette semaine (carnet partagé)"
        yield _of(row, Why.SILENT_COMPANIES, row.at, words)


def _promises(session: Session, view: View) -> Iterator[Found]:
    """Calls that were promised for a day long past, in shared entries, with nothing noted since."""
    later = Contact.__table__.alias("later")
    rows = session.execute(
        select(
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            _conversation().label("conversation_id"),
            Contact.next_on,
            Contact.company,
        )
        .join(Person, Person.id == Contact.person_id)
        .where(
            Contact.next_on.between(view.today - PROMISE_OLD, view.today - PROMISE_LATE),
            Contact.remind,
            Contact.confirmed_at.is_not(None),
            Contact.shared_at.is_not(None),
            ~exists().where(later.c.person_id == Contact.person_id, later.c.created_at >= Contact.next_on),
            view.own(),
        )
        .order_by(Contact.next_on, Contact.id)
        .limit(MOST)
    )
    for row in rows:
        company = f"recontacter {row.company}" if row.company else "recontacter une entreprise"
        words = f"devait {company} le {french.day(row.next_on)}, rien de noté depuis (carnet partagé)"
        since = datetime.combine(row.next_on, time(), view.zone)
        yield _of(row, Why.PROMISE_PAST, since, words)


def _nobodys(session: Session, view: View) -> Iterator[Found]:
    """Who wrote, was not read yet, and has no counsellor."""
    rows = session.execute(
        select(
            Person.id,
            Person.display_name,
            Person.counsellor_id,
            Conversation.id.label("conversation_id"),
            Conversation.last_wrote_at,
        )
        .join(ChannelIdentity, ChannelIdentity.person_id == Person.id)
        .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
        .where(
            view.reach,
            Person.counsellor_id.is_(None),
            Conversation.last_wrote_at > view.now - NOBODYS_FOR,
            or_(Conversation.read_at.is_(None), Conversation.read_at < Conversation.last_wrote_at),
        )
        .order_by(Conversation.last_wrote_at, Conversation.id)
        .limit(MOST)
    )
    for row in rows:
        words = "a écrit, et n'a ni conseiller ni conseillère"
        yield _of(row, Why.NOBODYS, row.last_wrote_at, words)


def _campaigns(session: Session, view: View, book: FactBook) -> Iterator[Found]:
    """The day's list of the campaigns; who has an alert is among these already."""
    for staff_id in view.mine:
        listed = daily.for_counsellor(session, staff_id, book=book, today=view.today, now=view.now)
        for entry in _without_alerts(listed):
            since = (
                datetime.combine(entry.day, time(), view.zone) if entry.why is daily.Why.SILENT and entry.day else None
            )
            yield Found(Why.CAMPAIGN, entry.person_id, entry.name, staff_id, None, since, daily.words(entry))


def _without_alerts(entries: Iterable[daily.Today]) -> list[daily.Today]:
    return [each for each in entries if each.why not in (daily.Why.ALERT, daily.Why.HUMAN)][:MOST]


def _of(row: Row[*tuple[Any, ...]], why: Why, since: datetime, words: str) -> Found:
    """Of a row that has the person's columns and ``conversation_id``."""
    return Found(why, row.id, row.display_name, row.counsellor_id, row.conversation_id, since, words)


def _conversation() -> ScalarSelect[uuid.UUID]:
    """Of a person: the one in which they wrote last."""
    return (
        select(Conversation.id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == Person.id)
        .order_by(Conversation.last_wrote_at.desc().nulls_last(), Conversation.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )

"""All that the team sees of one young person on one page; what they keep to themselves is not in it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from programme import audit, bookings, consents, outcomes, path, profiles, readings, sharing, structures
from programme.models import (
    Booking,
    BookingStatus,
    BreakReason,
    Campaign,
    CampaignMember,
    Channel,
    ChannelIdentity,
    Company,
    Consent,
    ConsentPurpose,
    Contact,
    ContractKind,
    Conversation,
    Delivery,
    EmployerStatus,
    Enrolment,
    EventDate,
    Flag,
    FlagReason,
    Guardian,
    Organisation,
    PathStage,
    Person,
    PracticeRun,
    ProfileShare,
    Programme,
    SchoolStatus,
    StaffMember,
    StageChange,
    Team,
    Teller,
    WorkContract,
)
from programme.permissions import Member

OPENED = "person.open"
ASSIGNED = "person.assign"
CONTRACT = "person.contract"
BREAK = "person.break"
# of each list that grows with the years
MOST = 20


@dataclass(frozen=True)
class Step:
    """A step of the path, and the name of who of the staff told it."""

    change: StageChange
    staff: str | None


@dataclass(frozen=True)
class Talk:
    """A conversation; ``last_wrote_at`` is None before their first message."""

    conversation_id: uuid.UUID
    channel: Channel
    last_wrote_at: datetime | None
    blocked: bool


@dataclass(frozen=True)
class Alert:
    conversation_id: uuid.UUID
    reason: FlagReason
    raised_at: datetime


@dataclass(frozen=True)
class Sheet:
    """One page. Lists that grow hold the latest MOST, the latest first; bookings to come are soonest first."""

    person: Person
    age_band: str | None
    team: Team | None
    counsellor: StaffMember | None
    guardian: Guardian | None
    programmes: Sequence[Programme]
    steps: Sequence[Step]
    # the latest word on each purpose
    consents: Sequence[Consent]
    shares: Sequence[tuple[ProfileShare, str]]
    coming: Sequence[Booking]
    past: Sequence[Booking]
    contracts: Sequence[tuple[WorkContract, str | None]]
    campaigns: Sequence[tuple[CampaignMember, Campaign]]
    deliveries: Sequence[Delivery]
    talks: Sequence[Talk]
    alerts: Sequence[Alert]


def sheet(session: Session, person: Person, *, now: datetime, today: date) -> Sheet:
    return Sheet(
        person=person,
        age_band=profiles.age_band_on(person, today),
        team=session.get(Team, person.team_id) if person.team_id else None,
        counsellor=session.get(StaffMember, person.counsellor_id) if person.counsellor_id else None,
        guardian=profiles.guardian_of(session, person.id),
        programmes=_programmes(session, person.id),
        steps=_steps(session, person.id),
        consents=_consents(session, person.id),
        shares=_shares(session, person.id, on=today),
        coming=bookings.bookings_of(session, person_id=person.id, now=now),
        past=_past(session, person.id, now=now),
        contracts=_contracts(session, person.id),
        campaigns=_campaigns(session, person.id),
        deliveries=_deliveries(session, person.id),
        talks=_talks(session, person.id),
        alerts=_alerts(session, person.id),
    )


def shared_practices(session: Session, person_id: int) -> Sequence[PracticeRun]:
    """Practices that the person lets the team see, the latest first."""
    return session.scalars(
        select(PracticeRun)
        .where(PracticeRun.person_id == person_id, PracticeRun.shared_at.is_not(None))
        .order_by(PracticeRun.id.desc())
        .limit(MOST)
    ).all()


def shared_contacts(session: Session, person_id: int) -> Sequence[Contact]:
    """Entries of the notebook that the person lets the team see, the latest first."""
    return session.scalars(
        select(Contact)
        .where(Contact.person_id == person_id, Contact.shared_at.is_not(None))
        .order_by(Contact.id.desc())
        .limit(MOST)
    ).all()


def opened(session: Session, who: Member, person_id: int, *, now: datetime) -> None:
    """A line in the audit says who read the page; once for one reading."""
    readings.line_once(session, OPENED, who, person_id, now=now)


# -- what the staff changes


def move(
    session: Session,
    who: Member,
    person_id: int,
    *,
    now: datetime,
    stage: PathStage | None = None,
    school: SchoolStatus | None = None,
    employer: EmployerStatus | None = None,
) -> bool:
    """Note what a member of the staff heard, None leaves it; True when something changed.

    The stage follows school and employer, unless one is told: that one has the last word. Raises PersonNotFound.
    """
    staff_id, changed = who.staff_id, False
    if school is not None:
        changed |= path.set_school(session, person_id, school, teller=Teller.STAFF, now=now, staff_id=staff_id)
    if employer is not None:
        changed |= path.set_employer(session, person_id, employer, teller=Teller.STAFF, now=now, staff_id=staff_id)
    if stage is not None:
        changed |= path.set_stage(session, person_id, stage, teller=Teller.STAFF, now=now, staff_id=staff_id)
    return changed


def set_training(session: Session, person_id: int, day: date | None) -> bool:
    """Note the first day of the training; None: not known. True when it is another one. Raises PersonNotFound."""
    person = path.locked(session, person_id)
    changed = person.training_starts_on != day
    person.training_starts_on = day
    session.flush()
    return changed


def entrust(
    session: Session, who: Member, person_id: int, *, team_id: int | None, counsellor_id: int | None, now: datetime
) -> None:
    """Give the person to a team or to somebody of it; a line in the audit says who did.

    Raises PersonNotFound, TeamNotFound, StaffNotFound, as `structures.assign`.
    """
    person = structures.assign(session, person_id, team_id=team_id, counsellor_id=counsellor_id)
    audit.record(
        session,
        ASSIGNED,
        teller=Teller.STAFF,
        now=now,
        person_id=person_id,
        staff_id=who.staff_id,
        details={"team": person.team_id, "counsellor": person.counsellor_id},
    )


def sign(
    session: Session,
    who: Member,
    person_id: int,
    *,
    now: datetime,
    kind: ContractKind | None,
    employer: str | None,
    company_id: int | None,
    school: str | None,
    diploma: str | None,
    family: str | None,
    signed_on: date | None,
    starts_on: date | None,
    ends_on: date | None,
) -> WorkContract:
    """Note a contract that was signed, or complete the open one. Raises PersonNotFound, ContractDatesWrong."""
    contract = outcomes.announce_contract(
        session,
        person_id,
        kind=kind,
        employer=employer,
        company_id=company_id,
        school=school,
        diploma=diploma,
        family=family,
        signed_on=signed_on,
        starts_on=starts_on,
        ends_on=ends_on,
        teller=Teller.STAFF,
        now=now,
    )
    path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.STAFF, now=now, staff_id=who.staff_id)
    _record(session, CONTRACT, who, contract, now=now)
    return contract


def break_contract(
    session: Session, who: Member, person_id: int, *, reason: BreakReason, broken_on: date, now: datetime
) -> WorkContract:
    """Note that the contract ended early; the search for an employer starts anew. Raises PersonNotFound."""
    contract = outcomes.announce_break(
        session, person_id, reason=reason, broken_on=broken_on, teller=Teller.STAFF, now=now
    )
    move(session, who, person_id, now=now, stage=PathStage.RUPTURE, employer=EmployerStatus.SEARCHING)
    _record(session, BREAK, who, contract, now=now)
    return contract


def _record(session: Session, action: str, who: Member, contract: WorkContract, *, now: datetime) -> None:
    audit.record(
        session,
        action,
        teller=Teller.STAFF,
        now=now,
        person_id=contract.person_id,
        staff_id=who.staff_id,
        details={"contract": contract.id},
    )


# -- what the page shows


def _programmes(session: Session, person_id: int) -> Sequence[Programme]:
    return session.scalars(
        select(Programme)
        .join(Enrolment, Enrolment.programme_id == Programme.id)
        .where(Enrolment.person_id == person_id, Enrolment.left_on.is_(None))
        .order_by(Programme.ends_on.desc(), Programme.id)
    ).all()


def _steps(session: Session, person_id: int) -> list[Step]:
    rows = session.execute(
        select(StageChange, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == StageChange.staff_id)
        .where(StageChange.person_id == person_id)
        .order_by(StageChange.id.desc())
        .limit(MOST)
    )
    return [Step(change, name) for change, name in rows]


def _consents(session: Session, person_id: int) -> list[Consent]:
    latest: dict[ConsentPurpose, Consent] = {each.purpose: each for each in consents.history(session, person_id)}
    return [latest[purpose] for purpose in ConsentPurpose if purpose in latest]


def _shares(session: Session, person_id: int, *, on: date) -> list[tuple[ProfileShare, str]]:
    found = sharing.shares_of(session, person_id, on=on)
    names = {
        each.id: each.name
        for each in session.scalars(
            select(Organisation).where(Organisation.id.in_([share.organisation_id for share in found]))
        )
    }
    return [(share, names[share.organisation_id]) for share in found]


def _past(session: Session, person_id: int, *, now: datetime) -> Sequence[Booking]:
    return session.scalars(
        select(Booking)
        .join(EventDate, EventDate.id == Booking.event_date_id)
        .options(joinedload(Booking.event_date).joinedload(EventDate.series))
        .where(
            Booking.person_id == person_id,
            or_(EventDate.ends_at <= now, Booking.status.in_((BookingStatus.CANCELLED, BookingStatus.EXCUSED))),
        )
        .order_by(EventDate.starts_at.desc(), Booking.id.desc())
        .limit(MOST)
    ).all()


def _contracts(session: Session, person_id: int) -> list[tuple[WorkContract, str | None]]:
    rows = session.execute(
        select(WorkContract, Company.name)
        .outerjoin(Company, Company.id == WorkContract.company_id)
        .where(WorkContract.person_id == person_id)
        .order_by(WorkContract.id.desc())
    )
    return [(contract, name or contract.employer) for contract, name in rows]


def _campaigns(session: Session, person_id: int) -> list[tuple[CampaignMember, Campaign]]:
    rows = session.execute(
        select(CampaignMember, Campaign)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .where(CampaignMember.person_id == person_id)
        .order_by(Campaign.id.desc())
        .limit(MOST)
    )
    return [(member, campaign) for member, campaign in rows]


def _deliveries(session: Session, person_id: int) -> Sequence[Delivery]:
    return session.scalars(
        select(Delivery)
        .where(Delivery.person_id == person_id)
        .order_by(Delivery.due_at.desc(), Delivery.id.desc())
        .limit(MOST)
    ).all()


def _talks(session: Session, person_id: int) -> list[Talk]:
    rows = session.execute(
        select(
            Conversation.id,
            ChannelIdentity.channel,
            Conversation.last_wrote_at,
            ChannelIdentity.blocked_at.is_not(None),
        )
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id)
        .order_by(Conversation.last_wrote_at.desc().nulls_last(), Conversation.created_at.desc())
    )
    return [Talk(*row) for row in rows]


def _alerts(session: Session, person_id: int) -> list[Alert]:
    rows = session.execute(
        select(Flag.conversation_id, Flag.reason, Flag.raised_at)
        .join(Conversation, Conversation.id == Flag.conversation_id)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id, Flag.closed_at.is_(None))
        .order_by(Flag.id)
    )
    return [Alert(*row) for row in rows]

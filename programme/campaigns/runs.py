"""Runs of campaigns: the list is frozen at the start, then each step is planned a day and a half ahead.

All of it is set-based: a million members cost a handful of statements. What is of no use any more when its time has
come is looked at again one by one (`why_not`), just before it leaves.

Days are counted from the first day of the run, or of the answer that opened a branch; while a run stands still they do
not count.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Select,
    Text,
    Values,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from programme.campaigns import audience, spread
from programme.campaigns.audience import DEFAULT_ZONE, has_signed
from programme.campaigns.definition import Definition, If, Step
from programme.deliveries.zones import zone_of, zone_sql
from programme.errors import (
    CampaignEmpty,
    CampaignMemberNotFound,
    CampaignNotFound,
    CampaignOutOfSeason,
    CampaignStateWrong,
    CampaignUnderWay,
)
from programme.models import (
    Base,
    Booking,
    Campaign,
    CampaignMember,
    CampaignState,
    Channel,
    Delivery,
    DeliveryState,
    EmployerStatus,
    EndReason,
    Message,
    MessageChoice,
    MessageState,
    Person,
    Purpose,
    Territory,
    WorkContract,
)

UNDER_WAY = (CampaignState.RUNNING, CampaignState.PAUSED)
# as the index has it: with parameters a prepared statement does not find it
_IS_UNDER_WAY = text("state IN ('running', 'paused')")
# a step is planned when its day begins within these hours in the first of the zones
AHEAD = timedelta(hours=36)
PRIORITY = 2
# what Telegram takes from one bot is 30 messages a second; answers to people come out of it too
PER_SECOND = 25
# how long a step of a branch may be late, over a holiday or a worker that stood still, before it is given up
BRANCH_LATE = timedelta(days=8)
MANY = 10_000
_LATE_REASONS = ("too_late", "campaign_paused")
# SQLAlchemy forgets how many rows an INSERT added, unless it is told not to
_COUNTED = {"preserve_rowcount": True}
_OF_CAMPAIGNS = Delivery.purpose == Purpose.CAMPAIGN


# -- starting and stopping


def start(
    session: Session,
    definition: Definition,
    *,
    starts_on: date,
    bots: int = 1,
    per_second: int = PER_SECOND,
    staff_id: int | None = None,
    now: datetime,
) -> Campaign:
    """Freeze the list of those who fit, in their order of sending, and plan what is near.

    Args:
        starts_on: the first day, in each person's zone.
        bots, per_second: how fast messages may leave, together ``bots × per_second`` a second.
    Raises:
        CampaignOutOfSeason: not in this month, or the day is past.
        CampaignUnderWay: a run of it has not ended.
        CampaignEmpty: nobody is on the list.
        CohortRuleWrong: the rule names what does not exist.
    """
    check_season(definition, starts_on, now=now)
    kept = {**definition.model_dump(mode="json"), "rate": max(1, bots * per_second), "people": 0}
    campaign_id = session.scalar(
        upsert(Campaign)
        .values(
            name=definition.id,
            definition=kept,
            state=CampaignState.RUNNING,
            starts_on=starts_on,
            started_at=now,
            state_at=now,
            started_by_id=staff_id,
        )
        .on_conflict_do_nothing(index_elements=[Campaign.name], index_where=_IS_UNDER_WAY)
        .returning(Campaign.id)
    )
    if campaign_id is None:
        raise CampaignUnderWay(definition.id)
    people = audience.candidates(session, definition, on=starts_on).subquery("people")
    rank = func.row_number().over(order_by=audience.urgency(people)) - 1
    listed = select(
        literal(campaign_id),
        people.c.person_id,
        people.c.why,
        audience.variant(definition, people.c.person_id, starts_on=starts_on),
        rank,
    )
    added = session.execute(
        insert(CampaignMember).from_select(["campaign_id", "person_id", "why", "variant", "rank"], listed),
        execution_options=_COUNTED,
    )
    count: int = added.rowcount  # type: ignore[attr-defined]
    if count == 0:
        raise CampaignEmpty(definition.id)
    campaign = session.get_one(Campaign, campaign_id)
    campaign.definition = {**kept, "people": count}
    session.flush()
    _know_sizes(session, CampaignMember, count)
    plan_ahead(session, campaign_id, now=now)
    return campaign


def check_season(definition: Definition, starts_on: date, *, now: datetime) -> None:
    """Raises CampaignOutOfSeason."""
    if starts_on.month not in definition.months or starts_on < now.astimezone(DEFAULT_ZONE).date():
        raise CampaignOutOfSeason(starts_on)


def pause(session: Session, campaign_id: int, *, now: datetime) -> None:
    """From now on nothing of it leaves; what is planned stays. Raises CampaignNotFound, CampaignStateWrong."""
    campaign = _held(session, campaign_id, CampaignState.RUNNING)
    campaign.state, campaign.state_at = CampaignState.PAUSED, now
    session.flush()


def resume(session: Session, campaign_id: int, *, now: datetime) -> int:
    """Go on: what has not left is due later by as many days as it stood still, then by rank as ever; how many.

    What came to be too late meanwhile is due again. Raises CampaignNotFound, CampaignStateWrong.
    """
    campaign = _held(session, campaign_id, CampaignState.PAUSED)
    paused_at = campaign.state_at
    still = now.astimezone(DEFAULT_ZONE).date() - paused_at.astimezone(DEFAULT_ZONE).date()
    campaign.state, campaign.state_at = CampaignState.RUNNING, now
    campaign.paused_days += still.days
    session.flush()
    run = _Run.of(session, campaign)
    moved = 0
    for step in run.definition.steps:
        left = _not_left(run, step, paused_at)
        first = session.scalar(
            select(func.min(CampaignMember.rank)).join_from(CampaignMember, Delivery, _whose(run)).where(left)
        )
        if first is not None:
            moved += _move(session, run, step, run.windows_of(step, first_rank=first), left, now=now)
    answered_on = session.scalars(
        select(CampaignMember.branch_on)
        .where(CampaignMember.campaign_id == run.id, CampaignMember.branch.is_not(None))
        .distinct()
    ).all()
    for key, branch in run.definition.branches.items():
        for step in branch.steps:
            rows = [slot for day in answered_on if day for slot in run.branch_windows_of(key, step, day)]
            moved += _move(session, run, step, rows, _not_left(run, step, paused_at), now=now, branch=key)
    plan_ahead(session, campaign_id, now=now)
    return moved


def stop(session: Session, campaign_id: int, *, now: datetime) -> int:
    """End it before its end: nothing of it leaves any more; how many messages are called off.

    Raises CampaignNotFound, CampaignStateWrong.
    """
    campaign = _held(session, campaign_id, *UNDER_WAY)
    campaign.state, campaign.state_at = CampaignState.STOPPED, now
    session.flush()
    return _skip(session, campaign_id, "campaign_stopped", true(), now=now)


# -- planning


def plan_ahead(session: Session, campaign_id: int, *, now: datetime) -> int:
    """Plan the steps whose day begins within 36 hours; how many messages are new.

    Planned 0, 1 or 10 times, by one worker or two, the same rows are there. Cheap when there is nothing to do: meant to
    be called every few minutes. Raises CampaignNotFound.
    """
    # planners wait for each other; members and their answers do not
    campaign = _locked(session, campaign_id)
    return _plan(session, _Run.of(session, campaign), None, now=now)


def plan_person(session: Session, campaign_id: int, person_id: int, *, now: datetime) -> int:
    """The same as `plan_ahead` for one person, after an answer; how many messages are new. Raises CampaignNotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise CampaignNotFound(campaign_id)
    zones = (zone_of(session, person_id, DEFAULT_ZONE),)
    return _plan(session, _Run.of(session, campaign, zones=zones), person_id, now=now)


def _plan(session: Session, run: "_Run", person_id: int | None, *, now: datetime) -> int:
    if run.campaign.state is not CampaignState.RUNNING:
        return 0
    only = CampaignMember.person_id == person_id if person_id is not None else true()
    count = 0
    for step in run.definition.steps:
        slots = [slot for slot in run.windows_of(step) if slot.expires_last(run.rate) > now]
        # a step is planned for all in one statement: one message of it says that it was. Who answered meanwhile is
        # planned for apart, once it was
        if slots and run.begins(step) <= now + AHEAD and _is_planned(session, run, step) is (person_id is not None):
            count += _add(session, run, step, slots, only, now=now)
    today = now.astimezone(DEFAULT_ZONE).date()
    for key, branch in run.definition.branches.items():
        for step in branch.steps:
            # the days of answers from which this step may be due now
            latest = today + timedelta(days=min(1, 2 - step.day))
            earliest = today - BRANCH_LATE - timedelta(days=step.day + run.campaign.paused_days)
            answered_on = max(earliest, run.campaign.starts_on - timedelta(days=1))
            slots = []
            while answered_on <= latest:
                slots += [
                    slot
                    for slot in run.branch_windows_of(key, step, answered_on)
                    if slot.begins <= now + AHEAD and slot.expires_last(run.rate) > now
                ]
                answered_on += timedelta(days=1)
            if slots:
                count += _add(session, run, step, slots, only, now=now, branch=key)
    return count


@dataclass(frozen=True)
class _Slot:
    """Members of these ranks, in this zone, have this step from ``opens_at`` on, a rank after the other.

    Of a branch: those who answered on ``anchor_on``, spread over ``places``; ``moved`` when the run stood still since.
    """

    step: Step
    zone: str
    first: int
    end: int
    opens_at: datetime
    anchor_on: date
    begins: datetime
    places: int = 2**40
    moved: int = 0

    def expires_last(self, rate: int) -> datetime:
        places = min(self.end - self.first, self.places)
        return self.opens_at + timedelta(hours=self.step.expires_after_hours, seconds=places / rate)


@dataclass(frozen=True)
class _Run:
    """A campaign with what is reckoned from it again and again."""

    campaign: Campaign
    definition: Definition
    zones: tuple[ZoneInfo, ...]
    _days: dict[tuple[str | None, date, str], dict[str, date]] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, campaign: Campaign, *, zones: tuple[ZoneInfo, ...] = ()) -> "_Run":
        return cls(campaign, definition_of(campaign), zones or zones_in_use(session))

    @property
    def id(self) -> int:
        return self.campaign.id

    @property
    def rate(self) -> int:
        return int(self.campaign.definition["rate"])

    @property
    def people(self) -> int:
        return int(self.campaign.definition["people"])

    def first_day(self, step: Step, branch: str | None, day_0: date, zone: ZoneInfo) -> date:
        key = (branch, day_0, zone.key)
        if key not in self._days:
            steps = self.definition.steps if branch is None else self.definition.branches[branch].steps
            self._days[key] = spread.first_days(steps, day_0, zone)
        return self._days[key][step.id]

    def begins(self, step: Step) -> datetime:
        """The midnight at which its first day begins, in the first of the zones."""
        return min(spread.opening(self.first_day(step, None, self._day_0, zone), zone) for zone in self.zones)

    def windows_of(self, step: Step, *, first_rank: int = 0) -> list[_Slot]:
        slots = []
        for zone in self.zones:
            first_day = self.first_day(step, None, self._day_0, zone)
            slots += [
                _Slot(
                    step=step,
                    zone=zone.key,
                    first=window.first,
                    end=window.end,
                    opens_at=window.opens_at,
                    anchor_on=self.campaign.starts_on,
                    begins=spread.opening(first_day, zone),
                )
                for window in spread.windows(
                    self.definition,
                    step,
                    first_day,
                    zone,
                    people=self.people,
                    rate=self.rate,
                    not_before=self.campaign.state_at,
                    first_rank=first_rank,
                )
            ]
        return slots

    def branch_windows_of(self, branch: str, step: Step, answered_on: date) -> list[_Slot]:
        slots = []
        for moved in {0, self.campaign.paused_days}:
            for zone in self.zones:
                first_day = self.first_day(step, branch, answered_on + timedelta(days=moved), zone)
                opens_at, places = spread.branch_windows(
                    self.definition, step, first_day, zone, rate=self.rate, not_before=self.campaign.state_at
                )
                slots.append(
                    _Slot(
                        step=step,
                        zone=zone.key,
                        first=0,
                        end=self.people,
                        opens_at=opens_at,
                        anchor_on=answered_on,
                        begins=spread.opening(first_day, zone),
                        places=places,
                        moved=moved,
                    )
                )
        return slots

    @property
    def _day_0(self) -> date:
        return self.campaign.starts_on + timedelta(days=self.campaign.paused_days)


def zones_in_use(session: Session) -> tuple[ZoneInfo, ...]:
    names = {*session.scalars(select(Territory.zone).distinct()), DEFAULT_ZONE.key}
    return tuple(ZoneInfo(name) for name in sorted(names))


def _is_planned(session: Session, run: _Run, step: Step) -> bool:
    return bool(
        session.scalar(
            select(
                exists(select(Delivery.id).where(Delivery.object_id == run.id, _OF_CAMPAIGNS, Delivery.step == step.id))
            )
        )
    )


def _table(slots: Iterable[_Slot]) -> Values:
    return values(
        column("zone", Text),
        column("first", BigInteger),
        column("last", BigInteger),
        column("opens_at", DateTime(timezone=True)),
        column("anchor_on", Date),
        column("places", BigInteger),
        column("moved", Integer),
        name="slots",
    ).data(
        [
            (slot.zone, slot.first, slot.end - 1, slot.opens_at, slot.anchor_on, slot.places, slot.moved)
            for slot in slots
        ]
    )


def _due(run: _Run, step: Step, slots: Sequence[_Slot], branch: str | None) -> Select[*tuple[Any, ...]]:
    """person_id, anchor_at, due_at, expires_at, rank of the members that these slots are for."""
    member, slot = CampaignMember, _table(slots)
    fits: list[ColumnElement[bool]] = [
        slot.c.zone == zone_sql(DEFAULT_ZONE),
        member.rank.between(slot.c.first, slot.c.last),
    ]
    if branch is not None:
        # who answers after the last pause counts from their own day. With two pauses, somebody who answered between
        # them waits for both: later than meant, never sooner
        moved = case((member.answered_at < run.campaign.state_at, run.campaign.paused_days), else_=0)
        fits += [member.branch == branch, member.branch_on == slot.c.anchor_on, slot.c.moved == moved]
    place = func.mod(member.rank - slot.c.first, slot.c.places)
    due_at = slot.c.opens_at + func.make_interval(0, 0, 0, 0, 0, 0, cast(place, Float) / run.rate)
    return (
        select(
            member.person_id.label("person_id"),
            func.timezone("UTC", cast(slot.c.anchor_on, DateTime)).label("anchor_at"),
            due_at.label("due_at"),
            (due_at + timedelta(hours=step.expires_after_hours)).label("expires_at"),
            member.rank.label("rank"),
        )
        .join_from(member, Person, Person.id == member.person_id)
        .join(slot, and_(*fits))
        .where(member.campaign_id == run.id)
    )


def _add(
    session: Session,
    run: _Run,
    step: Step,
    slots: Sequence[_Slot],
    only: ColumnElement[bool],
    *,
    now: datetime,
    branch: str | None = None,
) -> int:
    going = _due(run, step, slots, branch).where(CampaignMember.ended_at.is_(None), only)
    if step.only_if is not None:
        answered = CampaignMember.branch.is_not(None)
        going = going.where(answered if step.only_if is If.ANSWERED else ~answered)
    due = going.subquery("due")
    rows = (
        select(
            due.c.person_id,
            literal(Purpose.CAMPAIGN, Delivery.purpose.type),
            literal(run.id),
            literal(step.id),
            due.c.anchor_at,
            literal(PRIORITY),
            due.c.due_at,
            due.c.expires_at,
            literal(now),
        )
        .where(due.c.expires_at > now)
        .order_by(due.c.rank)
    )
    if branch is not None:
        # one look into the index for each: as a join, PostgreSQL may walk through all messages of the step for each
        there = select(Delivery.id).where(
            Delivery.object_id == run.id,
            _OF_CAMPAIGNS,
            Delivery.step == step.id,
            Delivery.person_id == due.c.person_id,
            Delivery.anchor_at == due.c.anchor_at,
        )
        rows = rows.where(there.limit(1).scalar_subquery().is_(None))
    columns = ["person_id", "purpose", "object_id", "step", "anchor_at", "priority", "due_at", "expires_at", "state_at"]
    added = session.execute(
        upsert(Delivery).from_select(columns, rows).on_conflict_do_nothing(constraint="delivery_once"),
        execution_options=_COUNTED,
    )
    count: int = added.rowcount  # type: ignore[attr-defined]
    _know_sizes(session, Delivery, count)
    return count


def _know_sizes(session: Session, table: type[Base], added: int) -> None:
    """The queries that follow rely on statistics, which PostgreSQL renews on its own, but minutes later."""
    if added >= MANY:
        session.execute(text(f"ANALYZE {table.__tablename__}"))


def _not_left(run: _Run, step: Step, paused_at: datetime) -> ColumnElement[bool]:
    """Messages of the step that still wait, or that the pause made too late."""
    late = and_(
        Delivery.state.in_((DeliveryState.EXPIRED, DeliveryState.SKIPPED)),
        Delivery.state_at >= paused_at,
        Delivery.reason.in_(_LATE_REASONS),
    )
    return and_(
        Delivery.object_id == run.id,
        _OF_CAMPAIGNS,
        Delivery.step == step.id,
        or_(Delivery.state == DeliveryState.PLANNED, late),
    )


def _whose(run: _Run) -> ColumnElement[bool]:
    return and_(
        CampaignMember.campaign_id == run.id,
        CampaignMember.person_id == Delivery.person_id,
        CampaignMember.ended_at.is_(None),
    )


def _move(
    session: Session,
    run: _Run,
    step: Step,
    slots: Sequence[_Slot],
    left: ColumnElement[bool],
    *,
    now: datetime,
    branch: str | None = None,
) -> int:
    if not slots:
        return 0
    due = _due(run, step, slots, branch).where(CampaignMember.ended_at.is_(None)).subquery("due")
    moved = session.execute(
        update(Delivery)
        .where(left, Delivery.person_id == due.c.person_id, Delivery.anchor_at == due.c.anchor_at)
        .values(
            due_at=due.c.due_at,
            expires_at=due.c.expires_at,
            state=DeliveryState.PLANNED,
            state_at=now,
            reason=None,
        )
        .execution_options(synchronize_session=False)
    )
    return moved.rowcount  # type: ignore[attr-defined, no-any-return]


# -- people


def answer(
    session: Session, campaign_id: int, person_id: int, branch: str, *, now: datetime, today: date
) -> CampaignMember:
    """Note what the person answered; a later answer takes the place of the one before, and counts from its own day.

    The same answer again changes nothing. An answer that says it is over ends it; another one takes it up again, unless
    they signed or said stop. What follows is planned by `plan_person`.

    Args:
        today: where the person lives.
    Raises:
        CampaignMemberNotFound: not on the list, or the campaign has no such answer.
    """
    campaign = session.get(Campaign, campaign_id)
    member = session.get(CampaignMember, (campaign_id, person_id), with_for_update=True, populate_existing=True)
    if campaign is None or member is None:
        raise CampaignMemberNotFound(campaign_id, person_id)
    branches = definition_of(campaign).branches
    if branch not in branches:
        raise CampaignMemberNotFound(campaign_id, person_id)
    if member.branch == branch:
        return member
    member.branch, member.branch_on, member.answered_at = branch, today, now
    if member.end_reason not in (EndReason.SIGNED, EndReason.STOPPED):
        ends = branches[branch].ends
        member.ended_at, member.end_reason = (now, ends) if ends is not None else (None, None)
    session.flush()
    if member.ended_at is not None:
        _skip(session, campaign_id, "over", Delivery.person_id == person_id, now=now)
    return member


def leave(session: Session, campaign_id: int, person_id: int, reason: EndReason, *, now: datetime) -> None:
    """It is over for this person: nothing of it is sent to them any more. The first reason stays.

    Raises CampaignMemberNotFound.
    """
    member = session.get(CampaignMember, (campaign_id, person_id), with_for_update=True, populate_existing=True)
    if member is None:
        raise CampaignMemberNotFound(campaign_id, person_id)
    if member.ended_at is None:
        member.ended_at, member.end_reason = now, reason
        session.flush()
        _skip(session, campaign_id, "over", Delivery.person_id == person_id, now=now)


def member(session: Session, campaign_id: int, person_id: int) -> CampaignMember | None:
    return session.get(CampaignMember, (campaign_id, person_id))


def why_not(session: Session, delivery: Delivery, *, now: datetime) -> str | None:
    """Why this message is of no use any more, as a key; « paused » while the run stands still; None: it may leave."""
    campaign = session.get(Campaign, delivery.object_id, populate_existing=True)
    if campaign is None or campaign.state is CampaignState.STOPPED:
        return "campaign_stopped"
    found = session.get(CampaignMember, (delivery.object_id, delivery.person_id), populate_existing=True)
    if campaign.state is CampaignState.FINISHED or found is None or found.ended_at is not None:
        return "over"
    today = now.astimezone(DEFAULT_ZONE).date()
    if session.scalar(select(Person.id).where(Person.id == delivery.person_id, has_signed(today))) is not None:
        return "signed"
    definition = definition_of(campaign)
    if _has_a_promise(session, delivery.person_id, definition):
        return "found"
    branch = definition.branch_of(delivery.step)
    if branch is not None and (branch != found.branch or delivery.anchor_at.astimezone(UTC).date() != found.branch_on):
        return "other_answer"
    match definition.step(delivery.step).only_if:
        case If.UNANSWERED if found.branch is not None:
            return "answered"
        case If.ANSWERED if found.branch is None:
            return "unanswered"
    return "paused" if campaign.state is CampaignState.PAUSED else None


def _has_a_promise(session: Session, person_id: int, definition: Definition) -> bool:
    """Is an employer going to sign, told in the path or by a counsellor? Unless the campaign is for those."""
    if EmployerStatus.PROMISED in definition.employer:
        return False
    return session.scalar(select(Person.employer_status).where(Person.id == person_id)) is EmployerStatus.PROMISED


# -- keeping up


def skip_signed(session: Session, campaign_id: int, *, now: datetime) -> int:
    """End it for all who have signed, and call off what was planned for them; how many people."""
    today = now.astimezone(DEFAULT_ZONE).date()
    signed = _end(
        session,
        campaign_id,
        EndReason.SIGNED,
        CampaignMember.person_id.in_(select(Person.id).where(has_signed(today))),
        now=now,
    )
    if signed:
        _skip_ended(session, campaign_id, now=now)
    return signed


def close_finished(session: Session, *, now: datetime) -> int:
    """End it for those who signed, kept silent, or had all there is; finish the runs that nobody is in any more.

    Meant to be called every hour or so; how many people it ended for.
    """
    ended = 0
    for campaign in under_way(session):
        if campaign.state is CampaignState.RUNNING:
            ended += _close(session, _Run.of(session, _locked(session, campaign.id)), now=now)
    return ended


def _close(session: Session, run: _Run, *, now: datetime) -> int:
    definition, campaign = run.definition, run.campaign
    count = skip_signed(session, run.id, now=now)
    stopped = select(MessageChoice.person_id).where(MessageChoice.stopped_at.is_not(None))
    if said_stop := _end(session, run.id, EndReason.STOPPED, CampaignMember.person_id.in_(stopped), now=now):
        _skip_ended(session, run.id, now=now)
    count += said_stop
    if EmployerStatus.PROMISED not in definition.employer:
        promised = select(Person.id).where(Person.employer_status == EmployerStatus.PROMISED)
        found = _end(session, run.id, EndReason.FOUND, CampaignMember.person_id.in_(promised), now=now)
        if found:
            _skip_ended(session, run.id, now=now)
        count += found
    last_base = max(slot.expires_last(run.rate) for step in definition.steps for slot in run.windows_of(step))
    # a first message that takes three days to leave gives the last of them three days more to answer
    first, *_ = sorted(definition.steps, key=lambda step: step.day)
    slots = run.windows_of(first)
    spill = max(slot.opens_at for slot in slots).date() - min(slot.opens_at for slot in slots).date()
    quiet_from = datetime.combine(
        campaign.starts_on + timedelta(days=definition.silent_after_days + campaign.paused_days) + spill,
        time(0),
        tzinfo=DEFAULT_ZONE,
    )
    waiting = exists(
        select(Delivery.id).where(
            Delivery.person_id == CampaignMember.person_id,
            Delivery.state.in_((DeliveryState.PLANNED, DeliveryState.QUEUED)),
            Delivery.object_id == run.id,
            _OF_CAMPAIGNS,
        )
    )
    if now >= quiet_from:
        wrote = exists(
            select(Delivery.id).where(
                Delivery.person_id == CampaignMember.person_id,
                Delivery.state == DeliveryState.ANSWERED,
                Delivery.object_id == run.id,
                _OF_CAMPAIGNS,
            )
        )
        unanswered = CampaignMember.branch.is_(None)
        count += _end(session, run.id, EndReason.SILENT, and_(unanswered, ~wrote), now=now)
        if now >= last_base:
            count += _end(session, run.id, EndReason.DONE, and_(unanswered, ~waiting), now=now)
        _skip_ended(session, run.id, now=now)
    if now >= last_base:
        for key, branch in definition.branches.items():
            last = max((step.day for step in branch.steps), default=0) + campaign.paused_days
            before = now.date() - timedelta(days=last) - BRANCH_LATE
            over = and_(CampaignMember.branch == key, CampaignMember.branch_on <= before, ~waiting)
            count += _end(session, run.id, EndReason.DONE, over, now=now)
    going = select(CampaignMember.person_id).where(
        CampaignMember.campaign_id == run.id, CampaignMember.ended_at.is_(None)
    )
    if session.scalar(going.limit(1)) is None:
        campaign.state, campaign.state_at = CampaignState.FINISHED, now
        session.flush()
    return count


def _end(session: Session, campaign_id: int, reason: EndReason, whom: ColumnElement[bool], *, now: datetime) -> int:
    ended = session.execute(
        update(CampaignMember)
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.ended_at.is_(None), whom)
        .values(ended_at=now, end_reason=reason)
        .execution_options(synchronize_session=False)
    )
    return ended.rowcount  # type: ignore[attr-defined, no-any-return]


def _skip_ended(session: Session, campaign_id: int, *, now: datetime) -> int:
    over = select(CampaignMember.person_id).where(
        CampaignMember.campaign_id == campaign_id, CampaignMember.ended_at.is_not(None)
    )
    return _skip(session, campaign_id, "over", Delivery.person_id.in_(over), now=now)


def _skip(session: Session, campaign_id: int, reason: str, which: ColumnElement[bool], *, now: datetime) -> int:
    skipped = session.execute(
        update(Delivery)
        .where(Delivery.object_id == campaign_id, _OF_CAMPAIGNS, Delivery.state == DeliveryState.PLANNED, which)
        .values(state=DeliveryState.SKIPPED, state_at=now, reason=reason)
        .execution_options(synchronize_session=False)
    )
    return skipped.rowcount  # type: ignore[attr-defined, no-any-return]


# -- looking


def definition_of(campaign: Campaign) -> Definition:
    """As it was when the run started. Beside it the run keeps its rate and how many people are on the list."""
    kept = {name: value for name, value in campaign.definition.items() if name not in ("rate", "people")}
    return Definition.model_validate(kept)


def under_way(session: Session) -> list[Campaign]:
    """Those that have not ended, the oldest first."""
    return list(session.scalars(select(Campaign).where(Campaign.state.in_(UNDER_WAY)).order_by(Campaign.id)))


def latest(session: Session, name: str) -> Campaign:
    """The last run of this campaign, whatever its state. Raises CampaignNotFound."""
    found = session.scalar(select(Campaign).where(Campaign.name == name).order_by(Campaign.id.desc()).limit(1))
    if found is None:
        raise CampaignNotFound(name)
    return found


@dataclass(frozen=True)
class StepFigures:
    """Messages of one step in one of its wordings; ``planned`` counts them all, ``read`` those that a page showed."""

    step: str
    variant: str
    planned: int
    waiting: int
    sent: int
    read: int
    answered: int
    skipped: dict[str, int]
    expired: int
    failed: int


@dataclass(frozen=True)
class VariantFigures:
    """People who read one of the wordings; ``booked`` and ``signed`` since the start."""

    variant: str
    people: int
    answered: int
    booked: int
    signed: int


@dataclass(frozen=True)
class Figures:
    """``branches``: how many gave which answer; ``ended``: for how many it is over, by reason."""

    people: int
    steps: tuple[StepFigures, ...]
    variants: tuple[VariantFigures, ...]
    branches: dict[str, int]
    ended: dict[EndReason, int]


def figures(session: Session, campaign_id: int) -> Figures:
    """What became of a run, counted. Raises CampaignNotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise CampaignNotFound(campaign_id)
    variants = _variant_figures(session, campaign)
    by_member = session.execute(
        select(CampaignMember.branch, CampaignMember.end_reason, func.count())
        .where(CampaignMember.campaign_id == campaign_id)
        .group_by(CampaignMember.branch, CampaignMember.end_reason)
    ).all()
    branches: Counter[str] = Counter()
    ended: Counter[EndReason] = Counter()
    for branch, reason, count in by_member:
        if branch is not None:
            branches[branch] += count
        if reason is not None:
            ended[reason] += count
    return Figures(
        people=sum(each.people for each in variants),
        steps=tuple(_step_figures(session, campaign)),
        variants=variants,
        branches=dict(branches),
        ended=dict(ended),
    )


def _step_figures(session: Session, campaign: Campaign) -> Iterator[StepFigures]:
    read = exists(select(Message.id).where(Message.delivery_id == Delivery.id, Message.state == MessageState.DELIVERED))
    rows = session.execute(
        select(
            Delivery.step,
            CampaignMember.variant,
            Delivery.state,
            Delivery.reason,
            func.count(),
            func.count().filter(Delivery.channel == Channel.WEB, read),
        )
        .join(
            CampaignMember,
            and_(CampaignMember.campaign_id == Delivery.object_id, CampaignMember.person_id == Delivery.person_id),
        )
        .where(Delivery.object_id == campaign.id, _OF_CAMPAIGNS)
        .group_by(Delivery.step, CampaignMember.variant, Delivery.state, Delivery.reason)
    ).all()
    for step in definition_of(campaign).every_step():
        for variant in sorted({row[1] for row in rows if row[0] == step.id}):
            states: Counter[DeliveryState] = Counter()
            skipped: Counter[str] = Counter()
            seen = 0
            for _, _, state, reason, count, shown in (row for row in rows if row[:2] == (step.id, variant)):
                states[state] += count
                seen += shown
                if state is DeliveryState.SKIPPED:
                    skipped[reason or ""] += count
            yield StepFigures(
                step=step.id,
                variant=variant if "b" in step.says else "a",
                planned=states.total(),
                waiting=states[DeliveryState.PLANNED] + states[DeliveryState.QUEUED],
                sent=states[DeliveryState.SENT] + states[DeliveryState.ANSWERED],
                read=seen,
                answered=states[DeliveryState.ANSWERED],
                skipped=dict(skipped),
                expired=states[DeliveryState.EXPIRED],
                failed=states[DeliveryState.FAILED],
            )


def _variant_figures(session: Session, campaign: Campaign) -> tuple[VariantFigures, ...]:
    booked = exists(
        select(Booking.id).where(
            Booking.person_id == CampaignMember.person_id, Booking.requested_at >= campaign.started_at
        )
    )
    signed = exists(
        select(WorkContract.id).where(
            WorkContract.person_id == CampaignMember.person_id, WorkContract.announced_at >= campaign.started_at
        )
    )
    rows = session.execute(
        select(
            CampaignMember.variant,
            func.count(),
            func.count(CampaignMember.answered_at),
            func.count().filter(booked),
            func.count().filter(or_(signed, CampaignMember.end_reason == EndReason.SIGNED)),
        )
        .where(CampaignMember.campaign_id == campaign.id)
        .group_by(CampaignMember.variant)
        .order_by(CampaignMember.variant)
    )
    return tuple(VariantFigures(*row) for row in rows)


def _locked(session: Session, campaign_id: int) -> Campaign:
    campaign = session.scalar(
        select(Campaign)
        .where(Campaign.id == campaign_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if campaign is None:
        raise CampaignNotFound(campaign_id)
    return campaign


def _held(session: Session, campaign_id: int, *allowed: CampaignState) -> Campaign:
    campaign = _locked(session, campaign_id)
    if campaign.state not in allowed:
        raise CampaignStateWrong(campaign.state)
    return campaign

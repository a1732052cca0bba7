"""Who of the team may do what in the console, and with whose data. What is not said here is refused.

A right opens a kind of page; the reach says whose data it shows. Somebody whom nobody has in charge yet is within reach
of all who answer young people, until one takes charge: a first message must not wait for a paper.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from programme import conversations
from programme.errors import PersonNotFound
from programme.models import Person, Role, StaffMember, Team, TerritoryCommune


class Right(StrEnum):
    # what everybody does with their own account: password, second factor, sessions, absences
    OWN_ACCOUNT = "own_account"
    MORNING = "morning"
    READ_CONVERSATIONS = "read_conversations"
    # take over, write, give back, notes, flags
    ANSWER = "answer"
    READ_PEOPLE = "read_people"
    # stage, who is in charge, bookings on behalf, contracts
    CHANGE_PEOPLE = "change_people"
    READ_EVENTS = "read_events"
    # dates, seats, cancelling
    CHANGE_EVENTS = "change_events"
    ATTENDANCE = "attendance"
    READ_COMPANIES = "read_companies"
    CHANGE_COMPANIES = "change_companies"
    READ_CAMPAIGNS = "read_campaigns"
    RUN_CAMPAIGNS = "run_campaigns"
    FIGURES = "figures"
    # lists of people as files
    EXPORT = "export"
    # say what a misread message meant
    REVIEW = "review"
    # decide what the model learns
    ACCEPT = "accept"
    FACTS = "facts"
    REFERENCE = "reference"
    ACCOUNTS = "accounts"
    AUDIT = "audit"


_ANSWERS = frozenset(
    {
        Right.OWN_ACCOUNT, Right.MORNING, Right.READ_CONVERSATIONS, Right.ANSWER, Right.READ_PEOPLE,
        Right.CHANGE_PEOPLE, Right.READ_EVENTS, Right.ATTENDANCE, Right.READ_COMPANIES, Right.READ_CAMPAIGNS,
        Right.REVIEW, Right.FACTS,
    }
)  # fmt: skip
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.COUNSELLOR: _ANSWERS,
    Role.TEAM_LEAD: _ANSWERS
    | {Right.CHANGE_EVENTS, Right.CHANGE_COMPANIES, Right.FIGURES, Right.EXPORT, Right.AUDIT, Right.RUN_CAMPAIGNS},
    # the network of companies and the workshops: no conversation
    Role.ANIMATOR: frozenset(
        {
            Right.OWN_ACCOUNT, Right.READ_EVENTS, Right.CHANGE_EVENTS, Right.ATTENDANCE, Right.READ_COMPANIES,
            Right.CHANGE_COMPANIES, Right.FACTS,
        }
    ),
    # answers for the programme, and reads nobody's conversation
    Role.PROGRAMME_MANAGER: frozenset(
        {
            Right.OWN_ACCOUNT, Right.READ_PEOPLE, Right.READ_EVENTS, Right.CHANGE_EVENTS, Right.READ_COMPANIES,
            Right.CHANGE_COMPANIES, Right.READ_CAMPAIGNS, Right.RUN_CAMPAIGNS, Right.FIGURES, Right.EXPORT, Right.FACTS,
        }
    ),
    Role.CONTENT_AUTHOR: frozenset({Right.OWN_ACCOUNT, Right.REVIEW, Right.ACCEPT, Right.FACTS}),
    # keeps the console running, and sees no young person
    Role.ADMIN: frozenset({Right.OWN_ACCOUNT, Right.REFERENCE, Right.ACCOUNTS, Right.AUDIT, Right.FACTS}),
}  # fmt: skip


@dataclass(frozen=True)
class Member:
    """Somebody of the staff, as the console knows them while they are logged in."""

    staff_id: int
    name: str
    role: Role
    team_id: int
    organisation_id: int
    territory_id: int | None

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


def member(session: Session, staff_id: int) -> Member | None:
    """None when they are not of the team any more."""
    row = session.execute(
        select(StaffMember.id, StaffMember.name, StaffMember.role, Team.id, Team.organisation_id, Team.territory_id)
        .join(Team, Team.id == StaffMember.team_id)
        .where(StaffMember.id == staff_id, StaffMember.active)
    ).one_or_none()
    return None if row is None else Member(*row)


def teams_within_reach(who: Member) -> ColumnElement[bool] | None:
    """A condition on `Team`; None: no team at all.

    A counsellor and an animator: their own. A team lead: those of the organisation in the same territory. A programme
    manager: those of the organisation.
    """
    match who.role:
        case Role.COUNSELLOR | Role.ANIMATOR:
            return Team.id == who.team_id
        case Role.TEAM_LEAD:
            own = Team.organisation_id == who.organisation_id
            return own if who.territory_id is None else and_(own, Team.territory_id == who.territory_id)
        case Role.PROGRAMME_MANAGER:
            return Team.organisation_id == who.organisation_id
    return None


def team_ids(session: Session, who: Member) -> list[int]:
    """The teams within reach, in the order in which they were made."""
    condition = teams_within_reach(who)
    return [] if condition is None else list(session.scalars(select(Team.id).where(condition).order_by(Team.id)))


def people_within_reach(session: Session, who: Member) -> ColumnElement[bool]:
    """A condition on `Person`: those of the teams within reach; for who answers young people, those without a team
    as well, when no territory serves where they live, or this member's own does."""
    teams = team_ids(session, who)
    reached = Person.team_id.in_(teams) if teams else false()
    if Right.ANSWER not in RIGHTS[who.role]:
        return reached
    served = select(TerritoryCommune.commune)
    elsewhere = served if who.territory_id is None else served.where(TerritoryCommune.territory_id != who.territory_id)
    nobodys = and_(Person.team_id.is_(None), or_(Person.commune.is_(None), Person.commune.not_in(elsewhere)))
    return or_(reached, nobodys)


def reach_person(session: Session, who: Member, person_id: int) -> Person:
    """The person, when this member may see them. Raises PersonNotFound: who is out of reach is not there."""
    person = session.scalar(select(Person).where(Person.id == person_id, people_within_reach(session, who)))
    if person is None:
        raise PersonNotFound(person_id)
    return person


def reach_conversation(session: Session, who: Member, conversation_id: uuid.UUID) -> Person:
    """Whose conversation it is, when this member may see them. Raises ConversationNotFound, PersonNotFound."""
    return reach_person(session, who, conversations.person_of(session, conversation_id))

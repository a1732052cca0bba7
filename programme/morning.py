"""What a counsellor opens in the morning: who needs a human, why, and since when.

What a colleague's young people need stays with that colleague; what waits for an answer goes back to the whole team
after some hours of work, and a call for help is everybody's at once.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import absences, permissions
from programme.facts import FactBook
from programme.models import StaffMember, Takeover
from programme.morning_sources import GOES_BACK, MOST, ORDER, Found, View, Why, everything
from programme.permissions import Member
from programme.working_hours import before_worked, worked_between

TEAM_HOURS = 4


class Whose(StrEnum):
    """Through whom somebody is on the list."""

    MINE = "mine"
    # the counsellor is away, and I stand in for them
    DEPUTY = "deputy"
    TEAM = "team"
    NOBODYS = "nobodys"


@dataclass(frozen=True)
class Need:
    """One line: somebody needs a human. ``words`` say what for, in French.

    ``since``: when that began; None when nobody waits (a campaign). ``waited``: hours of work gone by, when it went
    back to the team for it. ``uncovered``: the counsellor is away, and nobody stands in. ``taken_by`` said « je m'en
    occupe » (``mine``: that was me); ``held_by`` has the conversation at this moment.
    """

    person_id: int
    name: str | None
    conversation_id: uuid.UUID | None
    why: Why
    words: str
    since: datetime | None
    counsellor: str | None
    for_whom: Whose
    waited: timedelta | None = None
    uncovered: bool = False
    flag_id: int | None = None
    taken_by: str | None = None
    mine: bool = False
    held_by: str | None = None


def needs(
    session: Session, who: Member, *, now: datetime, zone: ZoneInfo, book: FactBook, team_hours: int = TEAM_HOURS
) -> list[Need]:
    """By reason, and who has waited longest first; at most MOST of each reason.

    Args:
        team_hours: hours of work after which somebody who waits for a colleague is shown to the whole team.
    """
    view = _view(session, who, now=now, zone=zone, team_hours=team_hours)
    found = everything(session, view, book)
    found.sort(key=lambda each: (ORDER.index(each.why), each.since is None, each.since or now, each.person_id))
    return _told(session, view, [each for _, same in groupby(found, _why) for each in islice(same, MOST)])


def _why(found: Found) -> Why:
    return found.why


def _view(session: Session, who: Member, *, now: datetime, zone: ZoneInfo, team_hours: int) -> View:
    stand_ins = absences.stand_ins(session, who.organisation_id, on=now.astimezone(zone).date())
    replaced = [absent for absent, there in stand_ins.items() if there == who.staff_id]
    return View(
        who=who,
        now=now,
        zone=zone,
        reach=permissions.people_within_reach(session, who),
        teams=permissions.team_ids(session, who),
        mine=[who.staff_id, *replaced],
        away=list(stand_ins),
        uncovered=[absent for absent, there in stand_ins.items() if there is None],
        back_since=before_worked(now, timedelta(hours=team_hours), zone),
    )


def _told(session: Session, view: View, found: Collection[Found]) -> list[Need]:
    staff = {each.counsellor_id for each in found} | {each.taken_by_id for each in found}
    names = {
        row.id: row.name
        for row in session.execute(select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(staff - {None})))
    }
    held = {
        row.conversation_id: row.name
        for row in session.execute(
            select(Takeover.conversation_id, StaffMember.name)
            .join(StaffMember, StaffMember.id == Takeover.staff_id)
            .where(
                Takeover.conversation_id.in_({each.conversation_id for each in found if each.conversation_id}),
                Takeover.ended_at.is_(None),
                Takeover.until > view.now,
            )
        )
    }
    return [_need(view, each, names, held) for each in found]


def _need(view: View, found: Found, names: dict[int, str], held: dict[uuid.UUID, str]) -> Need:
    for_whom = _whose(view, found.counsellor_id)
    waits = for_whom is Whose.TEAM and found.why in GOES_BACK and found.taken_by_id is None
    return Need(
        person_id=found.person_id,
        name=found.name,
        conversation_id=found.conversation_id,
        why=found.why,
        words=found.words,
        since=found.since,
        counsellor=names.get(found.counsellor_id) if found.counsellor_id is not None else None,
        for_whom=for_whom,
        waited=_waited(view, found.since) if waits else None,
        uncovered=found.counsellor_id in view.uncovered,
        flag_id=found.flag_id,
        taken_by=names.get(found.taken_by_id) if found.taken_by_id is not None else None,
        mine=found.taken_by_id == view.who.staff_id,
        held_by=held.get(found.conversation_id) if found.conversation_id is not None else None,
    )


def _waited(view: View, since: datetime | None) -> timedelta | None:
    if since is None or since > view.back_since:
        return None
    return worked_between(since, view.now, view.zone)


def _whose(view: View, counsellor_id: int | None) -> Whose:
    if counsellor_id is None:
        return Whose.NOBODYS
    if counsellor_id == view.who.staff_id:
        return Whose.MINE
    return Whose.DEPUTY if counsellor_id in view.mine else Whose.TEAM

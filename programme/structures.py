"""Structures that take part: organisations, the territories they serve, their teams and staff."""

import re
from collections.abc import Iterable
from itertools import product
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from programme import french, path
from programme.errors import CommuneTaken, StaffNotFound, TeamNotFound
from programme.models import (
    Need,
    Organisation,
    OrganisationKind,
    Person,
    Role,
    Site,
    StaffMember,
    Team,
    Territory,
    TerritoryCommune,
)

_BETWEEN_WORDS = re.compile(r"[\s'-]+")
# « villeneuve saint georges » is looked for with each of these between its words; beyond so many gaps as it is typed
_JOINTS, LONGEST_GAPS = "- '", 4


def save_organisation(
    session: Session, *, slug: str, kind: OrganisationKind, name: str, demonstration: bool = False
) -> int:
    """Add the organisation, or bring the one with this slug up to date; its id."""
    values = {"kind": kind, "name": name, "demonstration": demonstration}
    return session.scalars(
        insert(Organisation)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=[Organisation.slug], set_=values)
        .returning(Organisation.id)
    ).one()


def save_territory(
    session: Session,
    *,
    slug: str,
    name: str,
    region: str,
    communes: Iterable[str] = (),
    zone: str = "Europe/Paris",
    school_zone: str = "C",
    demonstration: bool = False,
) -> int:
    """Add the territory, or bring the one with this slug up to date; its id. Its communes are then exactly these.

    The sites of companies in a commune that it gains or loses move with it, and so do their needs.

    Raises CommuneTaken when one is of another territory, ZoneInfoNotFoundError when the hours are of nowhere.
    """
    ZoneInfo(zone)
    values = {"name": name, "region": region, "zone": zone, "school_zone": school_zone, "demonstration": demonstration}
    territory_id = session.scalars(
        insert(Territory)
        .values(slug=slug, **values)
        .on_conflict_do_update(index_elements=[Territory.slug], set_=values)
        .returning(Territory.id)
    ).one()
    wanted = {written(commune) for commune in communes} - {""}
    lost = set(
        session.scalars(
            delete(TerritoryCommune)
            .where(TerritoryCommune.territory_id == territory_id, TerritoryCommune.commune.not_in(wanted))
            .returning(TerritoryCommune.commune)
        )
    )
    if wanted:
        session.execute(
            insert(TerritoryCommune)
            .values([{"commune": commune, "territory_id": territory_id} for commune in sorted(wanted)])
            .on_conflict_do_nothing()
        )
        taken = session.scalar(
            select(TerritoryCommune.commune)
            .where(TerritoryCommune.commune.in_(wanted), TerritoryCommune.territory_id != territory_id)
            .order_by(TerritoryCommune.commune)
            .limit(1)
        )
        if taken is not None:
            raise CommuneTaken(taken)
        _respell_sites(session, territory_id)
    settle_sites(session, Site.commune.in_(wanted | lost))
    return territory_id


def settle_sites(session: Session, which: ColumnElement[bool]) -> None:
    """Put these sites of companies in the territory of their commune, none when nobody serves it; needs go with them.

    Their communes are as `known_commune` gives them.
    """
    serves = select(TerritoryCommune.territory_id).where(TerritoryCommune.commune == Site.commune).scalar_subquery()
    session.execute(update(Site).where(which, Site.territory_id.is_distinct_from(serves)).values(territory_id=serves))
    session.execute(
        update(Need)
        .where(Need.site_id == Site.id, which, Need.territory_id.is_distinct_from(Site.territory_id))
        .values(territory_id=Site.territory_id)
    )


def _respell_sites(session: Session, territory_id: int) -> None:
    """Sites that nobody else serves take the spelling of this territory: it may be younger than they are."""

    def words(commune: InstrumentedAttribute[str]) -> ColumnElement[str]:
        return func.regexp_replace(commune, _BETWEEN_WORDS.pattern, " ", "g")

    session.execute(
        update(Site)
        .where(
            TerritoryCommune.territory_id == territory_id,
            words(Site.commune) == words(TerritoryCommune.commune),
            Site.commune != TerritoryCommune.commune,
            Site.territory_id.is_(None) | (Site.territory_id == territory_id),
        )
        .values(commune=TerritoryCommune.commune)
    )


def save_team(session: Session, *, organisation_id: int, name: str, territory_id: int | None = None) -> int:
    """Add the team, or bring the one of this name in this organisation up to date; its id."""
    values = {"territory_id": territory_id}
    return session.scalars(
        insert(Team)
        .values(organisation_id=organisation_id, name=name, **values)
        .on_conflict_do_update(constraint="team_name_once", set_=values)
        .returning(Team.id)
    ).one()


def save_staff(session: Session, *, email: str, team_id: int, role: Role, name: str, active: bool = True) -> int:
    """Add the member of the staff, or bring the one with this address up to date; their id.

    The address compares without case. Somebody who left is kept, not active: what they did still names them.
    """
    values = {"team_id": team_id, "role": role, "name": name, "active": active}
    return session.scalars(
        insert(StaffMember)
        .values(email=email.strip().lower(), **values)
        .on_conflict_do_update(index_elements=[StaffMember.email], set_=values)
        .returning(StaffMember.id)
    ).one()


def written(commune: str) -> str:
    """As the tables hold it: « Le Kremlin-Bicêtre » gives « le kremlin-bicetre », « St-Denis » « saint-denis »."""
    words = re.sub(r"\s+", " ", french.plain(commune)).strip()
    return re.sub(r"\b(s(?:ain)?te?)\b\.?(?=[ -])", _whole_saint, words)


def known_commune(session: Session, commune: str) -> str:
    """The commune as a territory writes it, whatever stands between its words; as it was typed when none has it."""
    typed = written(commune)
    words = _BETWEEN_WORDS.split(typed)
    if not 1 < len(words) <= LONGEST_GAPS + 1:
        return typed
    spellings = [
        "".join(word + joint for word, joint in zip(words, (*joints, ""), strict=True))
        for joints in product(_JOINTS, repeat=len(words) - 1)
    ]
    found = session.scalars(select(TerritoryCommune.commune).where(TerritoryCommune.commune.in_(spellings))).all()
    return typed if not found or typed in found else min(found)


def territory_of(session: Session, commune: str) -> Territory | None:
    """The territory that serves this commune, as somebody types it; None when no team does."""
    return session.scalar(
        select(Territory)
        .join(TerritoryCommune, TerritoryCommune.territory_id == Territory.id)
        .where(TerritoryCommune.commune == known_commune(session, commune))
    )


def team_near(session: Session, commune: str) -> Team | None:
    """Who would welcome somebody from this commune: a Mission locale first, then the team that was there first."""
    return session.scalar(
        select(Team)
        .join(Organisation, Organisation.id == Team.organisation_id)
        .join(TerritoryCommune, TerritoryCommune.territory_id == Team.territory_id)
        .where(TerritoryCommune.commune == known_commune(session, commune))
        .order_by((Organisation.kind == OrganisationKind.MISSION_LOCALE).desc(), Team.id)
        .limit(1)
    )


def assign(session: Session, person_id: int, *, team_id: int | None = None, counsellor_id: int | None = None) -> Person:
    """Entrust the person to a team, or to somebody of it, whose team it then is; to nobody when neither is given.

    Raises PersonNotFound, TeamNotFound, StaffNotFound (a counsellor who left as well).
    """
    person = path.locked(session, person_id)
    if counsellor_id is not None:
        counsellor = session.get(StaffMember, counsellor_id)
        if counsellor is None or not counsellor.active:
            raise StaffNotFound(counsellor_id)
        team_id = counsellor.team_id
    elif team_id is not None and session.get(Team, team_id) is None:
        raise TeamNotFound(team_id)
    person.team_id, person.counsellor_id = team_id, counsellor_id
    session.flush()
    return person


def _whole_saint(found: re.Match[str]) -> str:
    return "sainte" if found[1].endswith("e") else "saint"

"""Where a person lives, as far as clocks go: their commune's territory, or their team's, or the programme's zone."""

from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from programme.models import Person, Team, Territory, TerritoryCommune


def zone_sql(default: ZoneInfo) -> ColumnElement[str]:
    """The IANA name of a person's zone, in a query on `Person`."""
    of_commune, of_team = aliased(Territory), aliased(Territory)
    return func.coalesce(
        select(of_commune.zone)
        .join(TerritoryCommune, TerritoryCommune.territory_id == of_commune.id)
        .where(TerritoryCommune.commune == Person.commune)
        .scalar_subquery(),
        select(of_team.zone)
        .join(Team, Team.territory_id == of_team.id)
        .where(Team.id == Person.team_id)
        .scalar_subquery(),
        default.key,
    )


def zone_of(session: Session, person_id: int, default: ZoneInfo) -> ZoneInfo:
    """The zone of one person; ``default`` when nothing is known of where they live, or there is no such person."""
    name = session.scalar(select(zone_sql(default)).select_from(Person).where(Person.id == person_id))
    return ZoneInfo(name) if name is not None else default

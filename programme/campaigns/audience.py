"""Who is written to: a rule, those it leaves out and why, and where each one's clock stands. One query, set-based."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, false, func, literal, null, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session, aliased

from programme import cohorts
from programme.campaigns.definition import Definition
from programme.cohorts import CAME_BY_NAMES, LEVEL_NAMES, PARIS
from programme.models import (
    Campaign,
    CampaignMember,
    ChannelIdentity,
    Consent,
    ConsentPurpose,
    Delivery,
    DeliveryState,
    EmployerStatus,
    EndReason,
    MessageChoice,
    PathStage,
    Person,
    Purpose,
    Team,
    Territory,
    TerritoryCommune,
    Topic,
    WorkContract,
)
from programme.path import STAGE_NAMES

# clocks of whom we do not know where they live
DEFAULT_ZONE: ZoneInfo = PARIS
IN_CONTRACT = frozenset({PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT})
OTHER_WAYS = frozenset({PathStage.AUTRE_SOLUTION, PathStage.DEUX_ANS})
# who told a campaign of another way is left in peace for a school year; the next September is another one
OTHER_WAY_FOR = timedelta(days=300)


class Excluded(StrEnum):
    """Why somebody who fits the rule is left out: the first of these that holds."""

    NO_CONSENT = "no_consent"
    STOPPED = "stopped"
    NUDGES_OFF = "nudges_off"
    IN_CONTRACT = "in_contract"
    OTHER_WAY = "other_way"
    AGAIN = "again"
    CAMPAIGN_LATELY = "campaign_lately"
    NO_CHANNEL = "no_channel"


EXCLUDED_NAMES = {
    Excluded.NO_CONSENT: "n'a pas dit oui aux messages",
    Excluded.STOPPED: "a dit STOP",
    Excluded.NUDGES_OFF: "a coupé les coups de pouce",
    Excluded.IN_CONTRACT: "a un contrat",
    Excluded.OTHER_WAY: "suit une autre voie",
    Excluded.AGAIN: "a déjà eu cette campagne",
    Excluded.CAMPAIGN_LATELY: "a eu une autre campagne il y a peu",
    Excluded.NO_CHANNEL: "n'a pas de messagerie ouverte",
}
_EMPLOYERS = {
    EmployerStatus.SEARCHING: "sans employeur",
    EmployerStatus.IN_VIEW: "un employeur en vue",
    EmployerStatus.INTERVIEW: "un entretien en cours",
    EmployerStatus.PROMISED: "une promesse d'embauche",
    EmployerStatus.SIGNED: "contrat signé",
}
_FIXED = {
    "qpv": "quartier prioritaire",
    "not_qpv": "hors quartier prioritaire",
    "minors": "moins de 18 ans",
    "adults": "18 ans ou plus",
    "training": "formation commencée, sans contrat",
}


def candidates(session: Session, definition: Definition, *, on: date) -> Select[*tuple[Any, ...]]:
    """Those to write to, as of this day: person_id, why (keys, see `in_words`), zone, and what orders them.

    Somebody who asked for a pause is among them: they are written to after it, or not at all.
    Raises CohortRuleWrong.
    """
    everybody = considered(session, definition, on=on).subquery("considered")
    columns = [column for column in everybody.c if column.name != "excluded"]
    return select(*columns).where(everybody.c.excluded.is_(None))


def considered(session: Session, definition: Definition, *, on: date) -> Select[*tuple[Any, ...]]:
    """All who fit the rule, with ``excluded``: a value of `Excluded`, or null. Raises CohortRuleWrong."""
    lives_in, served_by = aliased(Territory), aliased(Territory)
    people = cohorts.members(session, definition.who, on=on).where(Person.employer_status.in_(definition.employer))
    return (
        people.outerjoin(TerritoryCommune, TerritoryCommune.commune == Person.commune)
        .outerjoin(lives_in, lives_in.id == TerritoryCommune.territory_id)
        .outerjoin(Team, Team.id == Person.team_id)
        .outerjoin(served_by, served_by.id == Team.territory_id)
        .with_only_columns(
            Person.id.label("person_id"),
            _excluded(definition, on).label("excluded"),
            _why(definition, on).label("why"),
            func.coalesce(lives_in.zone, served_by.zone, DEFAULT_ZONE.key).label("zone"),
            func.coalesce(lives_in.name, served_by.name).label("territory"),
            Person.training_starts_on.label("training_starts_on"),
            Person.stage_at.label("stage_at"),
        )
    )


def urgency(people: Any) -> list[ColumnElement[Any]]:
    """The order of sending, on the columns of `candidates`: who has least time left at the CFA, then who has stood
    longest where they stand."""
    return [
        people.c.training_starts_on.asc().nulls_last(),
        people.c.stage_at.asc().nulls_last(),
        people.c.person_id,
    ]


def variant(definition: Definition, person_id: ColumnElement[int], *, starts_on: date) -> ColumnElement[str]:
    """Which of two texts a person reads in the run of this day: half and half, and always the same."""
    if all("b" not in step.says for step in definition.every_step()):
        return literal("a")
    key = literal(f"{definition.id}:{starts_on.isoformat()}:") + cast(person_id, Text)
    return case((func.left(func.md5(key), 1).in_(list("01234567")), "a"), else_="b")


def has_signed(on: date) -> ColumnElement[bool]:
    """In a query on `Person`: they have a contract, told or running on this day."""
    return or_(
        Person.stage.in_(IN_CONTRACT),
        Person.employer_status == EmployerStatus.SIGNED,
        exists(
            select(WorkContract.id).where(
                WorkContract.person_id == Person.id,
                WorkContract.broken_on.is_(None),
                or_(WorkContract.ends_on.is_(None), WorkContract.ends_on >= on),
            )
        ),
    )


def in_words(keys: list[str], names: Mapping[str, str] | None = None) -> list[str]:
    """« sans employeur », « école trouvée », « territoire Vallée sud ».

    Args:
        names: of programmes and territories, by slug; the slug stands for one that is not there.
    """
    return [_in_words(key, names or {}) for key in keys]


def _in_words(key: str, names: Mapping[str, str]) -> str:
    kind, _, value = key.partition(":")
    match kind:
        case "employer":
            return _EMPLOYERS[EmployerStatus(value)]
        case "stage":
            return STAGE_NAMES[PathStage(value)]
        case "territory":
            return f"territoire {names.get(value, value)}"
        case "programme":
            return f"programme {names.get(value, value)}"
        case "commune":
            return value.title()
        case "level":
            return f"niveau {LEVEL_NAMES.get(int(value), value)}"
        case "came_by":
            return f"venue {next(name for each, name in CAME_BY_NAMES.items() if each.value == value)}"
    return _FIXED[kind]


def _why(definition: Definition, on: date) -> ColumnElement[list[str]]:
    rule = definition.who
    keys: list[ColumnElement[str]] = [literal("employer:") + cast(Person.employer_status, Text)]
    if rule.stages:
        keys.append(literal("stage:") + cast(Person.stage, Text))
    keys.append(case((Person.training_starts_on <= on, "training"), else_=null()))
    if rule.min_level is not None or rule.max_level is not None:
        keys.append(literal("level:") + cast(Person.level, Text))
    if rule.communes:
        keys.append(literal("commune:") + Person.commune)
    if rule.came_by:
        keys.append(literal("came_by:") + cast(Person.came_by, Text))
    same_for_all = [
        f"territory:{rule.territory}" if rule.territory else "",
        f"programme:{rule.programme}" if rule.programme else "",
        {None: "", True: "qpv", False: "not_qpv"}[rule.qpv],
        rule.ages.value if rule.ages else "",
    ]
    keys += [literal(key) for key in same_for_all if key]
    listed: ColumnElement[list[str]] = func.array_remove(array[Any](keys, type_=Text()), null())
    return listed


def _excluded(definition: Definition, on: date) -> ColumnElement[str | None]:
    said = (
        select(Consent.given)
        .where(Consent.person_id == Person.id, Consent.purpose == ConsentPurpose.REMINDERS)
        .order_by(Consent.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    choice = select(MessageChoice.person_id).where(MessageChoice.person_id == Person.id)
    exclude = definition.exclude
    reasons: list[tuple[ColumnElement[bool], Excluded]] = [
        (func.coalesce(said, false()).is_(False), Excluded.NO_CONSENT),
        (exists(choice.where(MessageChoice.stopped_at.is_not(None))), Excluded.STOPPED),
        (exists(choice.where(MessageChoice.topics_off.contains([Topic.NUDGES.value]))), Excluded.NUDGES_OFF),
        (has_signed(on), Excluded.IN_CONTRACT),
    ]
    if exclude.other_way:
        told = _of_campaigns(
            CampaignMember.end_reason == EndReason.OTHER_WAY, CampaignMember.ended_at > _midnight(on) - OTHER_WAY_FOR
        )
        reasons.append((or_(Person.stage.in_(OTHER_WAYS), told), Excluded.OTHER_WAY))
    if exclude.again_within_days is not None:
        since = _midnight(on) - timedelta(days=exclude.again_within_days)
        reasons.append((_of_campaigns(Campaign.name == definition.id, Campaign.started_at >= since), Excluded.AGAIN))
    if exclude.campaign_within_days is not None:
        since = _midnight(on) - timedelta(days=exclude.campaign_within_days)
        had = exists(
            select(Delivery.id).where(
                Delivery.person_id == Person.id,
                Delivery.state.in_((DeliveryState.SENT, DeliveryState.ANSWERED)),
                Delivery.state_at >= since,
                Delivery.purpose == Purpose.CAMPAIGN,
            )
        )
        reasons.append((had, Excluded.CAMPAIGN_LATELY))
    has_channel = exists(
        select(ChannelIdentity.id).where(ChannelIdentity.person_id == Person.id, ChannelIdentity.blocked_at.is_(None))
    )
    reasons.append((~has_channel, Excluded.NO_CHANNEL))
    return case(*((condition, reason.value) for condition, reason in reasons), else_=null())


def _of_campaigns(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(CampaignMember.person_id)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .where(and_(CampaignMember.person_id == Person.id, *conditions))
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)

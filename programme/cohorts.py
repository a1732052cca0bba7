"""Young people by a rule: « Club de l'alternance, mars–octobre 2027, QPV, mineurs ».

A rule is data, validated; what it selects is one query. Once a list is used it is frozen: the figures drawn from it can
be explained later, whatever becomes of the people.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Select, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from programme import french, profiles, structures
from programme.errors import CohortFrozen, CohortNotFound, CohortRuleWrong
from programme.models import (
    CameBy,
    Cohort,
    CohortMember,
    Enrolment,
    PathStage,
    Person,
    Programme,
    Territory,
    TerritoryCommune,
)
from programme.path import STAGE_NAMES

PARIS = ZoneInfo("Europe/Paris")
CAME_BY_NAMES = {
    CameBy.FRIEND: "par une amie ou un ami",
    CameBy.MISSION_LOCALE: "par la Mission locale",
    CameBy.SCHOOL: "par une école",
    CameBy.NETWORK: "par un réseau",
    CameBy.POSTER: "par une affiche",
    CameBy.OTHER: "autrement",
}
LEVEL_NAMES = {3: "CAP", 4: "bac", 5: "bac + 2", 6: "bac + 3", 7: "bac + 5", 8: "doctorat"}

Level = Annotated[int, Field(ge=1, le=8)]


class Ages(StrEnum):
    MINORS = "minors"
    ADULTS = "adults"


class Rule(BaseModel):
    """All that is said must hold; what a person has not said of themselves never does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # a programme's slug; without it, enrolled in any
    programme: str | None = None
    # both days included; who left since was enrolled all the same
    enrolled_from: date | None = None
    enrolled_until: date | None = None
    qpv: bool | None = None
    ages: Ages | None = None
    # the day on which the age counts; without it, the day on which the list is drawn
    ages_on: date | None = None
    stages: frozenset[PathStage] = frozenset()
    # a territory's slug
    territory: str | None = None
    communes: frozenset[str] = frozenset()
    min_level: Level | None = None
    max_level: Level | None = None
    came_by: frozenset[CameBy] = frozenset()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.enrolled_from and self.enrolled_until and self.enrolled_until < self.enrolled_from:
            raise ValueError("enrolled_until: before enrolled_from")
        if self.min_level and self.max_level and self.max_level < self.min_level:
            raise ValueError("max_level: below min_level")
        if self.ages_on is not None and self.ages is None:
            raise ValueError("ages_on: only with ages")
        if not self.model_dump(exclude_defaults=True):
            raise ValueError("a rule that says nothing is everybody")
        return self


def save(session: Session, *, slug: str, name: str, rule: Rule, now: datetime, demonstration: bool = False) -> int:
    """Add the cohort, or bring the one with this slug up to date; its id.

    Raises CohortFrozen when its list is frozen and the rule is another one; the name may still change.
    """
    values = {"name": name, "rule": rule.model_dump(mode="json", exclude_defaults=True), "demonstration": demonstration}
    cohort = session.scalar(select(Cohort).where(Cohort.slug == slug).with_for_update())
    if cohort is not None and cohort.frozen_at is not None and rule_of(cohort) != rule:
        raise CohortFrozen(slug)
    statement = upsert(Cohort).values(slug=slug, created_at=now, **values)
    return session.scalars(
        statement.on_conflict_do_update(
            index_elements=[Cohort.slug],
            set_=values,
        ).returning(Cohort.id)
    ).one()


def rule_of(cohort: Cohort) -> Rule:
    return Rule.model_validate(cohort.rule)


def members(session: Session, rule: Rule, *, on: date) -> Select[int]:
    """A query for the ids of those who fit on this day. Raises CohortRuleWrong."""
    query = select(Person.id)
    if rule.programme is not None or rule.enrolled_from is not None or rule.enrolled_until is not None:
        enrolled = select(Enrolment.person_id)
        if rule.programme is not None:
            programme_id = session.scalar(select(Programme.id).where(Programme.slug == rule.programme))
            if programme_id is None:
                raise CohortRuleWrong(rule.programme)
            enrolled = enrolled.where(Enrolment.programme_id == programme_id)
        if rule.enrolled_from is not None:
            enrolled = enrolled.where(Enrolment.enrolled_on >= rule.enrolled_from)
        if rule.enrolled_until is not None:
            enrolled = enrolled.where(Enrolment.enrolled_on <= rule.enrolled_until)
        query = query.where(Person.id.in_(enrolled))
    if rule.territory is not None:
        territory_id = session.scalar(select(Territory.id).where(Territory.slug == rule.territory))
        if territory_id is None:
            raise CohortRuleWrong(rule.territory)
        query = query.where(
            Person.commune.in_(select(TerritoryCommune.commune).where(TerritoryCommune.territory_id == territory_id))
        )
    if rule.communes:
        query = query.where(Person.commune.in_({structures.known_commune(session, name) for name in rule.communes}))
    if rule.qpv is not None:
        query = query.where(Person.qpv.is_(rule.qpv))
    if rule.ages is not None:
        query = query.where(profiles.minor_sql(rule.ages_on or on).is_(rule.ages is Ages.MINORS))
    if rule.stages:
        query = query.where(Person.stage.in_(rule.stages))
    if rule.min_level is not None:
        query = query.where(Person.level >= rule.min_level)
    if rule.max_level is not None:
        query = query.where(Person.level <= rule.max_level)
    if rule.came_by:
        query = query.where(Person.came_by.in_(rule.came_by))
    return query


def freeze(session: Session, cohort_id: int, *, now: datetime, on: date | None = None) -> int:
    """Draw the list for good, as of ``on`` (without it, the day it is in Paris); how many people are in it.

    A list that is frozen stays as it is, and says how many were in it. Raises CohortNotFound, CohortRuleWrong.
    """
    cohort = session.get(Cohort, cohort_id, with_for_update=True, populate_existing=True)
    if cohort is None:
        raise CohortNotFound(cohort_id)
    if cohort.frozen_at is None:
        drawn = members(session, rule_of(cohort), on=on or now.astimezone(PARIS).date())
        people = drawn.add_columns(literal(cohort_id))
        session.execute(insert(CohortMember).from_select(["person_id", "cohort_id"], people))
        cohort.frozen_at = now
        session.flush()
    counted = select(func.count()).select_from(CohortMember).where(CohortMember.cohort_id == cohort_id)
    return session.scalar(counted) or 0


def listed(session: Session, cohort_id: int, *, on: date) -> Select[int]:
    """A query for the ids of the people of a cohort: the frozen list, or who fits its rule on this day.

    Raises CohortNotFound, CohortRuleWrong.
    """
    cohort = session.get(Cohort, cohort_id)
    if cohort is None:
        raise CohortNotFound(cohort_id)
    if cohort.frozen_at is not None:
        return select(CohortMember.person_id).where(CohortMember.cohort_id == cohort_id)
    return members(session, rule_of(cohort), on=on)


# -- in words


def describe(rule: Rule, *, programme: str | None = None, territory: str | None = None) -> str:
    """The rule in French; the names of its programme and territory are said instead of their slugs when they are given.

    « Club de l'alternance, mars–octobre 2027, QPV, mineurs ».
    """
    parts = [
        programme or rule.programme,
        period(rule.enrolled_from, rule.enrolled_until),
        {None: None, True: "QPV", False: "hors QPV"}[rule.qpv],
        _ages(rule),
        " ou ".join(STAGE_NAMES[stage] for stage in PathStage if stage in rule.stages),
        territory or rule.territory,
        " ou ".join(sorted(rule.communes)),
        _levels(rule.min_level, rule.max_level),
    ]
    if rule.came_by:
        parts.append("venue : " + " ou ".join(CAME_BY_NAMES[each] for each in CameBy if each in rule.came_by))
    return ", ".join(part for part in parts if part)


def period(first: date | None, last: date | None) -> str:
    """« mars–octobre 2027 » for whole months, otherwise « du 3 mars 2027 au 9 avril 2027 », « depuis le … »."""
    if first is None or last is None:
        if first is not None:
            return f"depuis le {french.day(first)}"
        return f"jusqu'au {french.day(last)}" if last is not None else ""
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        start, end = french.MONTHS[first.month - 1], f"{french.MONTHS[last.month - 1]} {last.year}"
        if (first.year, first.month) == (last.year, last.month):
            return end
        return f"{start}–{end}" if first.year == last.year else f"{start} {first.year}–{end}"
    return f"du {french.day(first)} au {french.day(last)}"


def _ages(rule: Rule) -> str:
    if rule.ages is None:
        return ""
    said = "mineurs" if rule.ages is Ages.MINORS else "majeurs"
    return f"{said} au {french.day(rule.ages_on)}" if rule.ages_on is not None else said


def _levels(lowest: int | None, highest: int | None) -> str:
    def name(level: int) -> str:
        return LEVEL_NAMES.get(level, f"niveau {level}")

    if lowest is not None and highest is not None:
        return f"niveau {name(lowest)}" if lowest == highest else f"de {name(lowest)} à {name(highest)}"
    if lowest is not None:
        return f"à partir de {name(lowest)}"
    return f"jusqu'à {name(highest)}" if highest is not None else ""

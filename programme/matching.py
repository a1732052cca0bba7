"""Which needs of companies nearby may suit a young person, and why: rules that can be said aloud, never a score.

Each rule says « yes, because », « no », or « I cannot tell yet ». A need with a « no » is not shown. What cannot be
told yet is shown with the question that would settle it.

The queries leave out by themselves what a rule would refuse, so that a limit counts matches; the rules have the last
word, and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from programme import french, profiles
from programme.errors import NeedNotFound, PersonNotFound
from programme.models import Need, NeedKind, PathStage, Person, Site, TerritoryCommune
from programme.needs import open_in
from programme.practice.persona import Family

SEARCHING = frozenset(
    {
        PathStage.PROJET_VALIDE,
        PathStage.ECOLE_TROUVEE,
        PathStage.EMPLOYEUR_EN_VUE,
        PathStage.ENTRETIEN,
        PathStage.PROMESSE,
        PathStage.RUPTURE,
        PathStage.DEUX_ANS,
    }
)
# of what use each kind of need is, by where the person stands
STAGES = {
    NeedKind.IMMERSION: SEARCHING | {PathStage.PROJET, PathStage.AUTRE_SOLUTION},
    NeedKind.ALTERNANCE: SEARCHING,
    NeedKind.JOB: frozenset({PathStage.POST_ALTERNANCE, PathStage.AUTRE_SOLUTION}),
}


@dataclass(frozen=True)
class Yes:
    because: str


@dataclass(frozen=True)
class Unknown:
    """``ask`` is what the person could say to settle it."""

    ask: str


No = None
Verdict = Yes | Unknown | None
Rule = Callable[[Need, Person, date, "Wish"], Verdict]


@dataclass(frozen=True)
class Wish:
    territory_id: int | None
    family: Family | None


@dataclass(frozen=True)
class Match:
    """A need, why it may suit, and what is still to be asked."""

    need: Need
    reasons: tuple[str, ...]
    to_ask: tuple[str, ...]


def stage_fits(need: Need, person: Person, _on: date, _wish: Wish) -> Verdict:
    if person.stage not in STAGES[need.kind]:
        return No
    return Yes({NeedKind.IMMERSION: "pour voir le métier de près", NeedKind.ALTERNANCE: "une alternance",
                NeedKind.JOB: "un emploi"}[need.kind])  # fmt: skip


def near(need: Need, _person: Person, _on: date, wish: Wish) -> Verdict:
    if wish.territory_id is None:
        return Unknown("dans quelle ville tu habites")
    return Yes("dans ton secteur") if need.territory_id == wish.territory_id else No


def level_reached(need: Need, person: Person, _on: date, _wish: Wish) -> Verdict:
    if need.min_level is None:
        return Yes("aucun diplôme demandé")
    if person.level is None:
        return Unknown("ton diplôme")
    return Yes("à ton niveau") if person.level >= need.min_level else No


def old_enough(need: Need, person: Person, on: date, _wish: Wish) -> Verdict:
    minor = profiles.is_minor(person, on)
    if not need.adults_only:
        # nothing is said of an age that we do not know
        return Yes("sans condition d'âge" if minor is None else "ouvert aux mineurs" if minor else "à ton âge")
    if minor is None:
        return Unknown("ton âge")
    return No if minor else Yes("à ton âge")


def wished(need: Need, _person: Person, _on: date, wish: Wish) -> Verdict:
    if wish.family is None:
        return Unknown("quel métier te plaît")
    return Yes("dans le métier que tu cherches") if need.family == wish.family.value else No


def still_time(need: Need, _person: Person, on: date, _wish: Wish) -> Verdict:
    if need.closed_on is not None or (need.needed_by is not None and need.needed_by < on):
        return No
    if need.needed_by is None:
        return Yes("toujours d'actualité")
    days = (need.needed_by - on).days
    when = "aujourd'hui" if days == 0 else f"dans {french.plural(days, 'jour', 'jours')}"
    return Yes(f"ils cherchent pour {when}")


# in the order in which the reasons are said
RULES: tuple[Rule, ...] = (stage_fits, wished, near, level_reached, old_enough, still_time)


def judge(need: Need, person: Person, *, on: date, wish: Wish) -> Match | None:
    """None when a rule says no."""
    verdicts = [rule(need, person, on, wish) for rule in RULES]
    if any(verdict is No for verdict in verdicts):
        return None
    return Match(
        need,
        reasons=tuple(verdict.because for verdict in verdicts if isinstance(verdict, Yes)),
        to_ask=tuple(verdict.ask for verdict in verdicts if isinstance(verdict, Unknown)),
    )


def needs_for(
    session: Session, person_id: int, *, on: date, family: Family | None = None, limit: int = 50
) -> list[Match]:
    """Needs near the person that may suit them: the most urgent first, then the earliest, then the first declared.

    Without a commune that we know nothing is near: the list is empty. ``family`` is the wished trade, when it is known.

    Raises:
        PersonNotFound: nobody has this id.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise PersonNotFound(person_id)
    territory_id = session.scalar(
        select(TerritoryCommune.territory_id).where(TerritoryCommune.commune == person.commune)
    )
    if territory_id is None:
        return []
    of_use = [kind for kind, stages in STAGES.items() if person.stage in stages]
    query = open_in(territory_id, on=on).where(Need.kind.in_(of_use))
    if family is not None:
        query = query.where(Need.family == family.value)
    if person.level is not None:
        query = query.where(or_(Need.min_level.is_(None), Need.min_level <= person.level))
    if profiles.is_minor(person, on):
        query = query.where(Need.adults_only.is_(False))
    wish = Wish(territory_id, family)
    found = session.scalars(query.limit(limit)).all()
    return [match for need in found if (match := judge(need, person, on=on, wish=wish)) is not None]


def people_for(
    session: Session, need_id: int, *, on: date, limit: int = 50, team_id: int | None = None
) -> list[tuple[Person, Match]]:
    """Young people of the territory who could be told of a need, and why each is in; those who wait longest first.

    The trade that they look for is not asked of them here: it is among what is to be asked. With ``team_id`` only those
    whom this team follows: nobody looks at the young people of another one.

    Raises:
        NeedNotFound: there is no such need.
    """
    need = session.get(Need, need_id, options=[joinedload(Need.site).joinedload(Site.company)])
    if need is None:
        raise NeedNotFound(need_id)
    wish = Wish(need.territory_id, None)
    query = _near(need, on=on)
    if team_id is not None:
        query = query.where(Person.team_id == team_id)
    judged = ((person, judge(need, person, on=on, wish=wish)) for person in session.scalars(query.limit(limit)))
    return [(person, match) for person, match in judged if match is not None]


def _near(need: Need, *, on: date) -> Select[Person]:
    communes = select(TerritoryCommune.commune).where(TerritoryCommune.territory_id == need.territory_id)
    query = (
        select(Person)
        .where(Person.commune.in_(communes), Person.stage.in_(STAGES[need.kind]))
        .order_by(Person.stage_at.asc().nulls_first(), Person.id)
    )
    if need.min_level is not None:
        query = query.where(or_(Person.level.is_(None), Person.level >= need.min_level))
    if need.adults_only:
        query = query.where(profiles.minor_sql(on).is_not(True))
    return query

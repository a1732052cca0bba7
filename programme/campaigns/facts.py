"""What the texts of campaigns say of a person: each blank as it is filled, those that are not known left out."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import events, french, rights
from programme.bubbles import cut
from programme.campaigns.definition import FACTS, Text, blanks
from programme.facts import FactBook
from programme.models import Person, StaffMember
from programme.rights import FarDate

COUNTDOWN = frozenset({"jours_cfa", "fin_cfa"})
EVERYTHING = frozenset(FACTS)


def facts_of(
    session: Session,
    person_id: int,
    *,
    book: FactBook,
    zone: ZoneInfo,
    now: datetime,
    today: date,
    wanted: frozenset[str] = EVERYTHING,
) -> dict[str, str]:
    """The blanks that can be filled for this person; « bonjour » always can.

    The months at the CFA are left out when the rule may not be relied on any more, before they begin and once they are
    over.

    Args:
        wanted: blanks that are not looked up when they are not among these: a million messages leave in a night.
    """
    person = session.get_one(Person, person_id)
    known = {"bonjour": f"Bonjour {person.display_name}" if person.display_name else "Bonjour"}
    if len(known["bonjour"]) > FACTS["bonjour"]:
        known["bonjour"] = "Bonjour"
    if wanted & COUNTDOWN:
        known |= _months_at_the_cfa(person, book, today)
    if "atelier" in wanted and (near := events.near(session, person_id, now=now, limit=1)):
        when = french.day_and_hour(near[0].date.starts_at, zone)
        title = cut(near[0].date.series.title, FACTS["atelier"] - len(when) - 2)
        known["atelier"] = f"{title}, {when}"
    if "conseiller" in wanted and person.counsellor_id is not None:
        name = session.scalar(
            select(StaffMember.name).where(StaffMember.id == person.counsellor_id, StaffMember.active)
        )
        if name is not None and len(name) <= FACTS["conseiller"]:
            known["conseiller"] = name
    return known


def facts_in(text: Text) -> frozenset[str]:
    """The blanks of a text."""
    return frozenset(name for bubble in text.bubbles for name in blanks(bubble))


def fill(text: Text, known: Mapping[str, str]) -> tuple[str, ...]:
    """The bubbles of the text, or those it has for when a blank is not known."""
    chosen = text.bubbles if facts_in(text) <= known.keys() else text.otherwise
    return tuple(bubble.format_map(known) for bubble in chosen)


def last_day_at_the_cfa(person: Person, book: FactBook, today: date) -> date | None:
    """The end of the months without an employer; None when we do not know, or the rule may not be relied on."""
    if person.training_starts_on is None:
        return None
    try:
        end = rights.cfa_without_employer_end(book, cycle_start=person.training_starts_on, today=today)
    except FarDate:
        return None
    return end.last_day if all(fact.reliable(today) for fact in end.facts) else None


def _months_at_the_cfa(person: Person, book: FactBook, today: date) -> dict[str, str]:
    last_day = last_day_at_the_cfa(person, book, today)
    begun = person.training_starts_on is not None and person.training_starts_on <= today
    if last_day is None or last_day <= today or not begun:
        return {}
    return {
        "jours_cfa": french.plural((last_day - today).days, "jour", "jours"),
        "fin_cfa": french.day(last_day).rpartition(" ")[0],
    }

"""Every message that a campaign would send, as lines of a table, for somebody to read before it starts."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme.campaigns import audience, preview
from programme.campaigns.definition import Definition, Step
from programme.campaigns.facts import facts_of, fill
from programme.campaigns.preview import Message
from programme.facts import FactBook

TITLES = (
    "personne", "rang", "territoire", "fuseau", "pourquoi", "texte", "étape", "envoi (heure locale)", "message",
)  # fmt: skip


def rows(messages: Iterable[Message], definition: Definition, texts: preview.Say) -> Iterator[list[str | int | None]]:
    """A line under `TITLES` for each message."""
    for each in messages:
        said = texts(each.person_id, definition.step(each.step), each.variant, ZoneInfo(each.zone))
        yield [
            each.person_id,
            each.rank + 1,
            each.territory,
            each.zone,
            ", ".join(audience.in_words(each.why)),
            each.variant,
            each.step,
            f"{each.due_at:%d/%m/%Y %H:%M:%S}",
            "\n".join(said),
        ]


def filled(session: Session, book: FactBook, now: datetime) -> preview.Say:
    """What a person would read, with what is known of them today; a few queries for each message."""

    def say(person_id: int, step: Step, variant: str, zone: ZoneInfo) -> list[str]:
        today = now.astimezone(zone).date()
        known = facts_of(session, person_id, book=book, zone=zone, now=now, today=today)
        return list(fill(step.says.get(variant) or step.says["a"], known))

    return say


def with_blanks(_person_id: int, step: Step, variant: str, _zone: ZoneInfo) -> list[str]:
    """The text as it stands in the campaign: nothing of the person, and no query."""
    return list((step.says.get(variant) or step.says["a"]).bubbles)

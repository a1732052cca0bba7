"""All that is kept about a person, for themselves (RGPD, art. 15 et 20): French titles, instants in ISO and UTC.

It holds what only the person reads as well: private messages, practices, the notebook. Whoever hands it over gives it
to them as one hands over a letter; with `private=False` these parts are left out.

What is told of which table: `programme/own_data_parts.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, Select, Table, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from programme.errors import PersonNotFound
from programme.models import Base
from programme.own_data_parts import PARTS, PROFILE, Part
from programme.own_data_words import in_words

# of the staff, once their row is gone
GONE = "quelqu'un qui n'est plus dans l'équipe"
ALL = "tout ce que Déclic garde de toi"
WITHOUT_PRIVATE = (
    "ce que Déclic garde de toi, sans tes entraînements, ton carnet et tes messages privés : l'équipe ne les lit pas"
)


def export(session: Session, person_id: int, *, now: datetime, private: bool = True) -> dict[str, object]:
    """All that is kept about the person, ready for JSON; each part under its title, the oldest first, empty or not.

    ``private``: with what only they read. Whoever calls leaves the line in the audit (`readings.EXPORTED`).
    Raises PersonNotFound.
    """
    found: dict[str, object] = {
        "Cette copie": {
            "Faite le": _iso(now),
            "Contient": ALL if private else WITHOUT_PRIVATE,
        }
    }
    for part in PARTS:
        rows = _told(session, part, [person_id], private=private).get(person_id, [])
        if part is PROFILE and not rows:
            raise PersonNotFound(person_id)
        found[part.title] = _one_or_all(part, rows)
    return found


# -- rows


def _told(session: Session, part: Part, above: Collection[Any], *, private: bool) -> dict[Any, list[dict[str, object]]]:
    """The rows of a part as they are told, by the row above that they belong to."""
    table = Base.metadata.tables[part.table]
    if not above:
        return {}
    by = table.columns[part.by]
    # one array: a list of values has a limit, and somebody may have written a lot
    query = select(table).where(by == any_(literal(list(above), ARRAY(by.type)))).order_by(*table.primary_key)
    rows = [row for row in session.execute(query).mappings() if private or not part.own(row)]
    hidden = frozenset() if private else part.own_columns
    names = {name: _names(session, table, name, rows) for name in part.told}
    key = table.primary_key.columns[0].name
    below = [(each, _told(session, each, [row[key] for row in rows], private=private)) for each in part.parts]
    found: dict[Any, list[dict[str, object]]] = {}
    for row in rows:
        told = {title: _value(part, row, name, names[name]) for name, title in part.told.items() if name not in hidden}
        # what has nothing below it does not say so: a thousand messages without a note each are easier to read
        told |= {each.title: _one_or_all(each, those[row[key]]) for each, those in below if row[key] in those}
        found.setdefault(row[part.by], []).append(told)
    return found


def _one_or_all(part: Part, rows: Sequence[dict[str, object]]) -> object:
    if part.single:
        return rows[0] if rows else None
    return list(rows)


def _value(part: Part, row: RowMapping, name: str, names: Mapping[Any, object] | None) -> object:
    if name in part.written:
        return part.written[name](row)
    value = row[name]
    if names is not None and value is not None:
        return names.get(value, GONE)
    return _plain(value)


def _plain(value: Any) -> object:
    match value:
        case StrEnum():
            return in_words(value)
        case datetime():
            return _iso(value)
        case date():
            return value.isoformat()
    return value


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


# -- what a number of ours stands for


def _names(session: Session, table: Table, column: str, rows: Sequence[RowMapping]) -> dict[Any, object] | None:
    """What the rows lead to, by number; None when the column leads nowhere."""
    leads_to = {key.column.table.name for key in table.columns[column].foreign_keys}
    if not leads_to:
        return None
    there = leads_to.pop()
    numbers = {row[column] for row in rows} - {None}
    if not numbers:
        return {}
    if there == "event_dates":
        return _dates(session, numbers)
    named = Base.metadata.tables[there]
    query: Select[Any] = select(named.c.id, named.c.name).where(named.c.id.in_(numbers))
    return {row[0]: row[1] for row in session.execute(query)}


def _dates(session: Session, numbers: Collection[int]) -> dict[Any, object]:
    dates, series = Base.metadata.tables["event_dates"], Base.metadata.tables["event_series"]
    query: Select[Any] = (
        select(dates.c.id, series.c.title, series.c.place, dates.c.starts_at)
        .join(series, series.c.id == dates.c.series_id)
        .where(dates.c.id.in_(numbers))
    )
    return {
        number: {"Titre": title, "Lieu": place, "Début": _iso(starts_at)}
        for number, title, place, starts_at in session.execute(query)
    }

"""The tables that everything else refers to: who changes them by hand, and what no hand may do to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import InstanceState, Session

from programme import audit, structures
from programme.errors import ReferenceRefused
from programme.models import (
    Organisation,
    Programme,
    Series,
    Site,
    Team,
    Teller,
    Territory,
    TerritoryCommune,
)

CHANGED = "reference.change"
Row = Organisation | Territory | TerritoryCommune | Team | Programme | Series
TAKEN = "Une autre ligne a déjà ce nom, ou une valeur ne convient pas : vérifie, puis envoie à nouveau."


def save(session: Session, row: Row, values: Mapping[str, Any], *, staff_id: int, now: datetime) -> Row:
    """Write these columns of the row, new or not; a line in the audit names the columns, not what is in them.

    Raises ReferenceRefused.
    """
    new = _state(row).transient
    kept = _checked(row, values, new=new)
    changed = sorted(name for name, value in kept.items() if new or getattr(row, name) != value)
    for name in changed:
        setattr(row, name, kept[name])
    session.add(row)
    _flush(session)
    if isinstance(row, TerritoryCommune):
        structures.settle_sites(session, Site.commune == row.commune)
    if changed:
        _record(session, row, changed, staff_id=staff_id, now=now)
    return row


def remove_commune(session: Session, row: TerritoryCommune, *, staff_id: int, now: datetime) -> None:
    """Nobody serves this commune any more; the companies there are in no territory."""
    session.delete(row)
    _flush(session)
    structures.settle_sites(session, Site.commune == row.commune)
    _record(session, row, ["removed"], staff_id=staff_id, now=now)


def _checked(row: Row, values: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """The values as they may be kept. Raises ReferenceRefused."""
    kept = dict(values)
    match row:
        case Territory():
            try:
                ZoneInfo(kept.get("zone", row.zone))
            except (ValueError, KeyError):  # unknown, or no name of a zone at all
                raise ReferenceRefused("Ce fuseau horaire n'existe pas. Écris par exemple « Europe/Paris ».") from None
        case TerritoryCommune():
            kept["commune"] = structures.written(kept["commune"])
        case Team() if not new and kept.get("organisation_id", row.organisation_id) != row.organisation_id:
            # its young people would pass to people who never met them
            raise ReferenceRefused("Une équipe ne change pas de structure : crée une équipe dans l'autre structure.")
        case Programme() if kept["ends_on"] < kept["starts_on"]:
            raise ReferenceRefused("Le dernier jour du programme vient après le premier.")
    return kept


def _state(row: Row) -> InstanceState[Row]:
    state: InstanceState[Row] = inspect(row)
    return state


def _flush(session: Session) -> None:
    try:
        session.flush()
    except (IntegrityError, DataError):
        raise ReferenceRefused(TAKEN) from None


def _record(session: Session, row: Row, columns: list[str], *, staff_id: int, now: datetime) -> None:
    audit.record(
        session,
        CHANGED,
        teller=Teller.STAFF,
        now=now,
        staff_id=staff_id,
        details={
            "table": row.__tablename__,
            "row": ",".join(str(each) for each in _state(row).identity or ()),
            "columns": columns,
        },
    )

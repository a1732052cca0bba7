"""What companies need, and why some trades stay hard to fill."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from programme.errors import CompanyNotFound, NeedNotFound
from programme.models import Need, NeedKind, Site, TensionNote, Urgency
from programme.practice.persona import Family

URGENCY_FIRST = case({Urgency.NOW: 0, Urgency.SOON: 1, Urgency.LATER: 2}, value=Need.urgency)


def declare(
    session: Session,
    *,
    site_id: int,
    kind: NeedKind,
    family: Family,
    trade: str,
    words: str,
    urgency: Urgency,
    declared_on: date,
    needed_by: date | None = None,
    seats: int = 1,
    min_level: int | None = None,
    adults_only: bool = False,
) -> Need:
    """Note what a company said it needs, in its words. Raises CompanyNotFound when there is no such site."""
    site = session.get(Site, site_id)
    if site is None:
        raise CompanyNotFound(site_id)
    need = Need(
        site_id=site_id,
        territory_id=site.territory_id,
        kind=kind,
        family=family.value,
        trade=trade,
        words=words,
        urgency=urgency,
        declared_on=declared_on,
        needed_by=needed_by,
        seats=seats,
        min_level=min_level,
        adults_only=adults_only,
    )
    session.add(need)
    session.flush()
    return need


def close(session: Session, need_id: int, *, on: date) -> Need:
    """It is met, or no longer there. Raises NeedNotFound."""
    need = session.get(Need, need_id)
    if need is None:
        raise NeedNotFound(need_id)
    need.closed_on = need.closed_on or on
    session.flush()
    return need


def of_company(session: Session, company_id: int, *, limit: int = 50) -> Sequence[Need]:
    """What a company needs or needed, at any of its sites: what is open first, then the latest."""
    return session.scalars(
        select(Need)
        .join(Site, Site.id == Need.site_id)
        .options(contains_eager(Need.site))
        .where(Site.company_id == company_id)
        .order_by(Need.closed_on.is_not(None), Need.declared_on.desc(), Need.id.desc())
        .limit(limit)
    ).all()


def open_needs(
    session: Session, *, territory_id: int, on: date, family: Family | None = None, limit: int = 50
) -> Sequence[Need]:
    """What is needed in a territory, in the order of `open_in`."""
    query = open_in(territory_id, on=on).limit(limit)
    if family is not None:
        query = query.where(Need.family == family.value)
    return session.scalars(query).all()


def open_in(territory_id: int, *, on: date) -> Select[Need]:
    """The query of it: the most urgent first, then what is needed earliest, then what was said first.

    What was needed by a day that is past is left out: nobody is sent to a door that has closed.
    """
    return (
        select(Need)
        .options(joinedload(Need.site).joinedload(Site.company))
        .where(
            Need.territory_id == territory_id,
            Need.closed_on.is_(None),
            (Need.needed_by.is_(None)) | (Need.needed_by >= on),
        )
        .order_by(URGENCY_FIRST, Need.needed_by.asc().nulls_last(), Need.id)
    )


def note_tension(
    session: Session,
    *,
    family: Family,
    trade: str,
    offers: str,
    blocks: str,
    source: str,
    observed_on: date,
    now: datetime,
    territory_id: int | None = None,
    demonstration: bool = False,
) -> TensionNote:
    """Why a trade is hard to fill: how many offers, and what blocks. The same trade, place and day is one note."""
    note = session.scalar(
        select(TensionNote).where(
            TensionNote.territory_id.is_not_distinct_from(territory_id),
            TensionNote.trade == trade,
            TensionNote.observed_on == observed_on,
        )
    )
    if note is None:
        note = TensionNote(territory_id=territory_id, trade=trade, observed_on=observed_on, created_at=now)
        session.add(note)
    note.family, note.offers, note.blocks, note.source = family.value, offers, blocks, source
    note.demonstration = demonstration
    session.flush()
    return note


def tensions(session: Session, *, territory_id: int | None) -> Sequence[TensionNote]:
    """What was observed in a territory and everywhere, the latest first."""
    return session.scalars(
        select(TensionNote)
        .where((TensionNote.territory_id == territory_id) | TensionNote.territory_id.is_(None))
        .order_by(TensionNote.observed_on.desc(), TensionNote.id)
    ).all()

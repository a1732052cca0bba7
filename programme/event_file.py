"""A Mission locale's workshops, written in a YAML file."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from programme import events
from programme.content import CONTENT_DIR, ContentModel, parse, read_yaml
from programme.errors import ContentError
from programme.models import EventKind, Series

DEMONSTRATION = CONTENT_DIR / "demonstration" / "workshops.yml"


class DateIn(ContentModel):
    """A date in local time: ``day`` (a date), or ``in_days`` from today for the demonstration, and an hour."""

    day: date | None = None
    in_days: int | None = Field(default=None, ge=0, le=365)
    at: time
    minutes: int = Field(ge=15, le=720)
    seats: int = Field(ge=1, le=1000)

    @field_validator("at", mode="before")
    @classmethod
    def _hour_is_text(cls, at: Any) -> Any:
        """YAML reads a bare 14:00 as 840, in base sixty, which would be taken for 840 seconds past midnight."""
        if isinstance(at, int | float):
            raise ValueError('write the hour between quotes, as in at: "14:00"')
        return at


class SeriesIn(ContentModel):
    """The lengths keep each sentence of the booking within one bubble."""

    slug: str = Field(pattern=r"^[a-z0-9-]+$", max_length=40)
    kind: EventKind
    title: str = Field(min_length=3, max_length=50)
    summary: str = Field(min_length=10, max_length=220)
    place: str = Field(min_length=3, max_length=80)
    dates: tuple[DateIn, ...] = Field(min_length=1)


def read_events(path: Path) -> list[SeriesIn]:
    """Raises ContentError, with file and entry, when the file breaks the schema."""
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise ContentError(f"{path}: expected a list of workshops, each starting with « - slug: »")
    found = [parse(SeriesIn, data, f"{path}, entry {position}") for position, data in enumerate(entries, start=1)]
    for workshop in found:
        for each in workshop.dates:
            if (each.day is None) == (each.in_days is None):
                raise ContentError(f"{path}, {workshop.slug}: each date has « day » or « in_days », one of both")
    return found


def load_events(
    session: Session, found: list[SeriesIn], *, zone: ZoneInfo, today: date, demonstration: bool = False
) -> int:
    """Add or update the workshops and their dates; how many dates were read.

    The Mission locale's own take the place of the demonstration ones, which go with what was booked in them.
    """
    if not demonstration:
        session.execute(delete(Series).where(Series.demonstration))
    count = 0
    for workshop in found:
        series_id = events.save_series(
            session,
            slug=workshop.slug,
            kind=workshop.kind,
            title=workshop.title,
            summary=workshop.summary,
            place=workshop.place,
            demonstration=demonstration,
        )
        for each in workshop.dates:
            day = each.day if each.day is not None else _working_day(today + timedelta(days=each.in_days or 0))
            events.save_date(
                session,
                series_id=series_id,
                starts_at=datetime.combine(day, each.at, tzinfo=zone),
                duration=timedelta(minutes=each.minutes),
                seats=each.seats,
            )
            count += 1
    return count


def keep_demonstration(session: Session, *, zone: ZoneInfo, now: datetime) -> bool:
    """Have demonstration workshops in the coming weeks, unless the Mission locale has put in its own.

    True when dates were added: there were fewer than three to come.
    """
    if session.scalar(select(Series.id).where(Series.demonstration.is_(False)).limit(1)) is not None:
        return False
    if len(events.upcoming(session, now=now, limit=3)) == 3:
        return False
    today = now.astimezone(zone).date()
    load_events(session, read_events(DEMONSTRATION), zone=zone, today=today, demonstration=True)
    return True


def _working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)

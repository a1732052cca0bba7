"""A Mission locale's workshops, written in a YAML file."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import events
from programme.content import CONTENT_DIR, ContentModel, parse, read_yaml
from programme.errors import ContentError, ProgrammeError, RuleWrong
from programme.events import SeriesDetails
from programme.models import Company, EventDate, EventKind, Organisation, Programme, Series, SeriesCompany, Territory
from programme.recurrence import is_public_holiday, occurrences

DEMONSTRATION = CONTENT_DIR / "demonstration" / "workshops.yml"


SLUG = r"^[a-z0-9-]+$"
RULE_DAYS = {"lundi": "MO", "mardi": "TU", "mercredi": "WE", "jeudi": "TH", "vendredi": "FR", "samedi": "SA"}
# tables whose rows have a slug that a file may name
Named = Programme | Territory | Organisation | Company


def quoted_hour(at: Any) -> Any:
    """YAML reads a bare 14:00 as 840, in base sixty, which would be taken for 840 seconds past midnight."""
    if isinstance(at, int | float):
        raise ValueError('write the hour between quotes, as in at: "14:00"')
    return at


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
        return quoted_hour(at)


class EveryIn(ContentModel):
    """Dates that come again: on these days of the week, from a day to another, at the same hour.

    Or by ``rrule``, for what these words do not say: the first Wednesday of each month.
    """

    weekdays: tuple[Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"], ...] = ()
    # 2 for one week in two
    weeks: int = Field(default=1, ge=1, le=8)
    rrule: str | None = Field(default=None, min_length=5, max_length=200)
    first: date
    last: date
    at: time
    minutes: int = Field(ge=15, le=720)
    seats: int = Field(ge=1, le=1000)
    school_holidays: bool = Field(default=True, description="false: not in the school holidays of the territory")

    @field_validator("at", mode="before")
    @classmethod
    def _hour_is_text(cls, at: Any) -> Any:
        return quoted_hour(at)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("« last » comes before « first »")
        if bool(self.weekdays) == (self.rrule is not None):
            raise ValueError("write « weekdays », or « rrule », one of both")
        if self.rrule is not None and self.weeks > 1:
            raise ValueError("« weeks » goes with « weekdays »: a « rrule » has its own INTERVAL")
        try:
            # the zone and the holidays of schools are known later
            dates = occurrences(self.rule, starts_on=self.first, until=self.last, at=self.at, zone=ZoneInfo("UTC"))
        except RuleWrong as problem:
            raise ValueError(str(problem)) from None
        if not dates:
            raise ValueError("there is no date between « first » and « last », public holidays left out")
        return self

    @property
    def rule(self) -> str:
        """As `programme.recurrence` reads it."""
        if self.rrule is not None:
            return self.rrule
        days = ",".join(RULE_DAYS[day] for day in self.weekdays)
        return f"FREQ=WEEKLY;INTERVAL={self.weeks};BYDAY={days}" if self.weeks > 1 else f"FREQ=WEEKLY;BYDAY={days}"


class TrainingIn(ContentModel):
    """The half-day before a forum, so many days before each of its dates."""

    days_before: int = Field(default=7, ge=1, le=60)
    at: time
    minutes: int = Field(ge=15, le=720)
    seats: int = Field(ge=1, le=1000)
    place: str = Field(min_length=3, max_length=80)
    title: str = Field(min_length=3, max_length=50)
    summary: str = Field(min_length=10, max_length=220)

    @field_validator("at", mode="before")
    @classmethod
    def _hour_is_text(cls, at: Any) -> Any:
        return quoted_hour(at)


class ProgrammeIn(ContentModel):
    """What is financed and counted; series belong to it by its slug."""

    slug: str = Field(pattern=SLUG, max_length=40)
    name: str = Field(min_length=3, max_length=80)
    purpose: str = Field(min_length=10, max_length=300)
    organisation: str | None = Field(default=None, pattern=SLUG)
    funders: str | None = Field(default=None, max_length=200)
    led_by: str | None = Field(default=None, max_length=120)
    starts_on: date
    ends_on: date
    places: int | None = Field(default=None, ge=1, le=100_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("« ends_on » comes before « starts_on »")
        return self


class SeriesIn(ContentModel):
    """The lengths keep each sentence of the booking within one bubble."""

    slug: str = Field(pattern=SLUG, max_length=40)
    kind: EventKind
    title: str = Field(min_length=3, max_length=50)
    summary: str = Field(min_length=10, max_length=220)
    place: str = Field(min_length=3, max_length=80)
    dates: tuple[DateIn, ...] = ()
    every: EveryIn | None = None
    training: TrainingIn | None = None
    programme: str | None = Field(default=None, pattern=SLUG)
    territory: str | None = Field(default=None, pattern=SLUG)
    companies: tuple[str, ...] = ()
    access: str | None = Field(default=None, max_length=90)
    bring: str | None = Field(default=None, max_length=90)
    animator: str | None = Field(default=None, max_length=60)
    audience: str | None = Field(default=None, max_length=60)
    online_url: str | None = Field(default=None, pattern=r"^https://\S+$", max_length=200)
    min_age: int | None = Field(default=None, ge=14, le=60)
    max_age: int | None = Field(default=None, ge=14, le=99)
    min_level: int | None = Field(default=None, ge=1, le=8)
    needs_validated_project: bool = False
    waiting_limit: int | None = Field(default=None, ge=0, le=1000)
    closes_minutes_before: int = Field(default=60, ge=0, le=30 * 24 * 60)

    @model_validator(mode="after")
    def _has_dates(self) -> Self:
        if not self.dates and self.every is None:
            raise ValueError("there are no dates: write « dates », or « every » for dates that come again")
        if self.training is not None and self.kind is not EventKind.FORUM:
            raise ValueError("« training » goes with a forum")
        if self.min_age is not None and self.max_age is not None and self.max_age < self.min_age:
            raise ValueError("« max_age » is below « min_age »")
        return self


class EventFile(ContentModel):
    programmes: tuple[ProgrammeIn, ...] = ()
    series: tuple[SeriesIn, ...]


def read_events(path: Path) -> EventFile:
    """A list of series, or a mapping with ``programmes`` and ``series``.

    Raises ContentError, with file and entry, when the file breaks the schema.
    """
    return parse_events(read_yaml(path), str(path))


def parse_events(entries: Any, path: str) -> EventFile:
    """The same of what was read from the file. Raises ContentError."""
    lists = {"series": entries} if isinstance(entries, list) else entries
    if (
        not isinstance(lists, dict)
        or not isinstance(lists.get("series"), list)
        or set(lists) - {"series", "programmes"}
    ):
        raise ContentError(
            f"{path}: expected a list of workshops, each starting with « - slug: », or « programmes: » and « series: »"
        )
    found = EventFile(
        programmes=tuple(
            parse(ProgrammeIn, data, f"{path}, programme {position}")
            for position, data in enumerate(lists.get("programmes") or (), start=1)
        ),
        series=tuple(
            parse(SeriesIn, data, f"{path}, entry {position}") for position, data in enumerate(lists["series"], start=1)
        ),
    )
    for series in found.series:
        for each in series.dates:
            if (each.day is None) == (each.in_days is None):
                raise ContentError(f"{path}, {series.slug}: each date has « day » or « in_days », one of both")
    return found


def load_events(session: Session, file: EventFile, *, zone: ZoneInfo, today: date, demonstration: bool = False) -> int:
    """Add or update programmes, series and their dates; how many dates were read.

    The Mission locale's own take the place of the demonstration ones, which go with what was booked in them.

    Raises:
        ContentError: the file names a programme, territory, organisation or company that does not exist, or its dates
            cannot be made; nothing is changed then, once the transaction is undone.
    """
    if not demonstration:
        session.execute(delete(Series).where(Series.demonstration))
    for programme in file.programmes:
        _save_programme(session, programme, demonstration=demonstration)
    return sum(_load_series(session, series, zone, today, demonstration=demonstration) for series in file.series)


def _save_programme(session: Session, programme: ProgrammeIn, *, demonstration: bool) -> None:
    organisation = _id_of(session, Organisation, programme.organisation, programme.slug)
    values = programme.model_dump(exclude={"slug", "organisation"}) | {
        "organisation_id": organisation,
        "demonstration": demonstration,
    }
    session.execute(
        insert(Programme)
        .values(slug=programme.slug, **values)
        .on_conflict_do_update(index_elements=[Programme.slug], set_=values)
    )


def _load_series(session: Session, series: SeriesIn, zone: ZoneInfo, today: date, *, demonstration: bool) -> int:
    territory_id = _id_of(session, Territory, series.territory, series.slug)
    if territory_id is not None:
        # overseas territories have hours of their own
        zone = ZoneInfo(session.get_one(Territory, territory_id).zone)
    shared: SeriesDetails = {
        "programme_id": _id_of(session, Programme, series.programme, series.slug),
        "territory_id": territory_id,
        "access": series.access,
        "animator": series.animator,
        "audience": series.audience,
        "min_age": series.min_age,
        "max_age": series.max_age,
        "min_level": series.min_level,
        "needs_validated_project": series.needs_validated_project,
        "waiting_limit": series.waiting_limit,
        "closes_minutes_before": series.closes_minutes_before,
    }
    every = series.every
    details: SeriesDetails = {
        **shared,
        "bring": series.bring,
        "online_url": series.online_url,
        "rrule": every.rule if every is not None else None,
        "starts_on": every.first if every is not None else None,
        "at": every.at if every is not None else None,
        "minutes": every.minutes if every is not None else None,
        "seats": every.seats if every is not None else None,
        "skips_school_holidays": every is not None and not every.school_holidays,
    }
    series_id = events.save_series(
        session,
        slug=series.slug,
        kind=series.kind,
        title=series.title,
        summary=series.summary,
        place=series.place,
        demonstration=demonstration,
        **details,
    )
    for company in series.companies:
        company_id = _id_of(session, Company, company, series.slug)
        session.execute(
            insert(SeriesCompany).values(series_id=series_id, company_id=company_id).on_conflict_do_nothing()
        )
    days = [
        (each.day if each.day is not None else _working_day(today + timedelta(days=each.in_days or 0)), each)
        for each in series.dates
    ]
    for day, each in days:
        events.save_date(
            session,
            series_id=series_id,
            starts_at=datetime.combine(day, each.at, tzinfo=zone),
            duration=timedelta(minutes=each.minutes),
            seats=each.seats,
            closes_before=timedelta(minutes=series.closes_minutes_before),
            waiting_limit=series.waiting_limit,
        )
    count = len(days)
    if every is not None:
        try:
            count += events.plan_dates(session, series_id, until=every.last, zone=zone)
        except ProgrammeError as problem:
            raise ContentError(f"{series.slug}, every: {problem}") from None
    if series.training is not None:
        count += _load_training(session, series_id, series, shared, zone, demonstration=demonstration)
    return count


def _load_training(
    session: Session,
    forum_id: int,
    forum: SeriesIn,
    shared: SeriesDetails,
    zone: ZoneInfo,
    *,
    demonstration: bool,
) -> int:
    """A series of its own, that prepares for the forum; its dates follow those of the forum."""
    training = forum.training
    assert training is not None
    details: SeriesDetails = {**shared, "prepares_id": forum_id}
    training_id = events.save_series(
        session,
        slug=f"{forum.slug}-formation",
        kind=EventKind.FORMATION,
        title=training.title,
        summary=training.summary,
        place=training.place,
        demonstration=demonstration,
        **details,
    )
    starts = session.scalars(
        select(EventDate.starts_at).where(EventDate.series_id == forum_id, EventDate.cancelled_at.is_(None))
    ).all()
    for starts_at in starts:
        # on the wall: a week before is the same day of the week, whatever the clocks do in between
        day = starts_at.astimezone(zone).date() - timedelta(days=training.days_before)
        events.save_date(
            session,
            series_id=training_id,
            starts_at=datetime.combine(day, training.at, tzinfo=zone),
            duration=timedelta(minutes=training.minutes),
            seats=training.seats,
            closes_before=timedelta(minutes=forum.closes_minutes_before),
            waiting_limit=forum.waiting_limit,
        )
    return len(starts)


def _id_of(session: Session, table: type[Named], slug: str | None, entry: str) -> int | None:
    """Of the row that ``entry`` (a slug, for the message) names by its own slug."""
    if slug is None:
        return None
    found = session.scalar(select(table.id).where(table.slug == slug))
    if found is None:
        what = table.__name__.lower()
        raise ContentError(f"{entry}, {what}: there is no {what} « {slug} »")
    return found


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
    """The day itself, or the first one after a weekend or a public holiday."""
    while day.weekday() >= 5 or is_public_holiday(day):
        day += timedelta(days=1)
    return day

"""Workshops and their other kinds in tables: a line is a date of a series, found by the series' slug and its start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from annotated_types import MaxLen, MinLen
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from programme import events
from programme.event_file import SeriesIn
from programme.exchange import columns as c
from programme.exchange.columns import Column, Unreadable
from programme.exchange.preview import Context, Entry, Kind, Line, Problem, changes_of, mark_repeated, of_line, problem
from programme.exchange.tables import Cell, clean
from programme.models import EventDate, EventKind, Series, Territory

KINDS: dict[EventKind, tuple[str, ...]] = {
    EventKind.ATELIER: ("atelier", "workshop"),
    EventKind.FORUM: ("forum", "salon"),
    EventKind.FORMATION: ("formation", "formation avant un forum"),
    EventKind.JOB_DATING: ("job dating", "jobdating"),
    EventKind.VISITE: ("visite", "visite d’entreprise"),
    EventKind.IMMERSION: ("immersion",),
    EventKind.TABLE_RONDE: ("table ronde",),
    EventKind.INFORMATION: ("information", "réunion d’information", "info collective"),
    EventKind.EN_LIGNE: ("en ligne", "salon virtuel", "visio"),
}
# a new date further away is a slip of the year
FURTHEST = timedelta(days=3 * 366)

_SERIES = ("title", "kind", "summary", "place", "access", "bring", "animator", "audience", "min_age", "max_age",
           "min_level", "needs_validated_project")  # fmt: skip
_DATE = ("duration", "seats", "closes_before")
# without these a series cannot be made
_NEEDED = ("title", "kind", "place")


def _slug(cell: Cell) -> str:
    found = c.as_text(cell)
    # the event file's own rule
    if not found.isascii() or not found.replace("-", "a").isalnum() or found != found.lower() or len(found) > 40:
        raise Unreadable("un nom court en minuscules, sans espace ni accent, comme « atelier-cv »")
    return found


COLUMNS = (
    Column("slug", "Code", _slug, ("code atelier", "code de l’atelier", "identifiant")),
    Column("title", "Titre", c.text(200), ("nom", "intitulé", "nom de l’atelier")),
    Column("kind", "Type", c.one_of(EventKind, KINDS), ("nature", "type d’événement"), c.named(KINDS)),
    Column("summary", "Résumé", c.text(1000), ("description", "présentation")),
    Column("date", "Date", c.day, ("jour", "le"), lambda value: value),
    Column("at", "Heure", c.hour, ("heure de début", "début", "horaire", "à"), lambda value: value),
    Column("duration", "Durée", c.duration(timedelta(hours=12)), ("durée (minutes)", "minutes"), c.write_duration),
    Column("seats", "Places", c.whole(1, 1000), ("nombre de places", "nb places", "capacité"), int),
    Column("place", "Lieu", c.text(200), ("salle", "adresse", "où")),
    Column("access", "Accès", c.text(1000), ("comment venir", "accessibilité")),
    Column("bring", "À apporter", c.text(1000), ("apporter", "à prévoir", "documents à apporter")),
    Column("animator", "Animateur", c.text(200), ("animatrice", "animateur·rice", "animé par", "intervenant")),
    Column("audience", "Public", c.text(500), ("pour qui", "public visé")),
    Column("min_age", "Âge min", c.whole(0, 99), ("âge minimum", "âge minimal", "à partir de"), int),
    Column("max_age", "Âge max", c.whole(0, 99), ("âge maximum", "âge maximal", "jusqu’à"), int),
    Column("min_level", "Niveau min", c.level, ("niveau minimum", "niveau minimal", "niveau"), c.write_level),
    Column("needs_validated_project", "Projet validé", c.yes_no, ("projet validé exigé",), c.write_yes_no),
    Column("closes_before", "Clôture", c.duration(timedelta(days=60)),
           ("clôture (minutes avant)", "clôture des inscriptions", "ferme avant"), c.write_duration),
)  # fmt: skip


@dataclass
class _Known:
    """A series as the lines so far leave it, with who said what; its dates by their start."""

    zone: ZoneInfo
    values: dict[str, Any]
    series_id: int | None = None
    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    dates: dict[datetime, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Work:
    slug: str
    series: Mapping[str, Any]
    starts_at: datetime
    date: Mapping[str, Any]
    date_changes: bool


def _plan(session: Session, entries: Sequence[Entry], context: Context) -> list[Line]:
    """One query for the series, one for their dates."""
    known = _series(session, {entry.values["slug"] for entry in entries if "slug" in entry.values}, context)
    lines, keys = [], []
    for entry in entries:
        slug = entry.values.get("slug")
        if slug is None:
            line = of_line(
                entry.number, new=True, changes=(), problems=[problem(KIND, "slug", None, "un code")], work=None
            )
            key: object = entry.number
        else:
            one = known.setdefault(slug, _Known(context.zone, {"closes_before": timedelta(hours=1)}))
            line, starts_at = _planned(entry, one, context)
            key = (slug, starts_at) if starts_at is not None else entry.number
        lines.append(line)
        keys.append((key, str(slug or "")))
    return mark_repeated(lines, keys, KIND.column("slug"))


def _planned(entry: Entry, one: _Known, context: Context) -> tuple[Line, datetime | None]:
    values = entry.values
    told = {key: values[key] for key in _SERIES if key in values}
    problems = _series_problems(entry, told, one)
    starts_at, wrong = _start(values, one.zone)
    problems += wrong
    before_date = one.dates.get(starts_at) if starts_at is not None else None
    date_told: dict[str, Any] = {key: values[key] for key in _DATE if key in values}
    if starts_at is not None and before_date is None:
        if abs(starts_at - context.now) > FURTHEST:
            problems.append(problem(KIND, "date", values["date"], "une date à moins de trois ans d’ici"))
        date_told = {key: one.values[key] for key in _DATE if one.values.get(key) is not None} | date_told
        problems += [
            problem(KIND, key, None, "une valeur : cette date est nouvelle") for key in _DATE if key not in date_told
        ]
    elif before_date is not None and date_told.get("seats", before_date["seats"]) < before_date["seats"]:
        # as events.save_date has it: fewer seats would leave confirmed people without one
        problems.append(
            problem(
                KIND,
                "seats",
                date_told["seats"],
                f"au moins {before_date['seats']} places : on n’en retire pas par un import",
            )
        )
    if date_told.get("duration") == timedelta(0):
        problems.append(problem(KIND, "duration", timedelta(0), "une durée comme 2h30 ou 90 min"))
    changes = changes_of(KIND, one.values, told)
    date_changes = changes_of(KIND, before_date, date_told) if before_date is not None else ()
    if starts_at is None or problems:
        return of_line(entry.number, new=False, changes=(), problems=problems, work=None), starts_at
    if one.series_id is None and not one.said:
        # the place of a summary that nobody wrote
        told.setdefault("summary", told["title"])
    work = _Work(
        values["slug"],
        told,
        starts_at,
        (before_date or {"waiting_limit": one.values.get("waiting_limit")}) | date_told,
        before_date is None or bool(date_changes),
    )
    one.values |= told
    one.said |= {key: (value, entry.number) for key, value in told.items() if key not in one.said}
    return of_line(
        entry.number, new=before_date is None, changes=(*changes, *date_changes), problems=(), work=work
    ), starts_at


def _series_problems(entry: Entry, told: Mapping[str, Any], one: _Known) -> list[Problem]:
    found = []
    for key, value in told.items():
        if key in one.said and one.said[key][0] != value:
            same = f"la même chose qu’à la ligne {one.said[key][1]} : c’est le même atelier"
            found.append(problem(KIND, key, value, same))
        elif key in _LIMITS and value != one.values.get(key) and not _fits(value, _LIMITS[key]):
            least, most = _LIMITS[key]
            found.append(problem(KIND, key, value, f"un texte de {least} à {most} caractères"))
    if one.series_id is None and not one.said:
        found += [
            problem(KIND, key, None, "une valeur : cet atelier est nouveau") for key in _NEEDED if key not in told
        ]
    merged = one.values | dict(told)
    low, high = merged.get("min_age"), merged.get("max_age")
    if low is not None and high is not None and low > high:
        found.append(problem(KIND, "max_age", high, f"un âge de {low} ans au moins, comme « Âge min »"))
    return found


def _fits(text: str, limits: tuple[int, int]) -> bool:
    return limits[0] <= len(text) <= limits[1]


def _start(values: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime | None, list[Problem]]:
    missing = [problem(KIND, key, None, "une valeur") for key in ("date", "at") if key not in values]
    if missing:
        return None, missing
    return _instant(values["date"], values["at"], zone)


def _instant(day: date, at: time, zone: ZoneInfo) -> tuple[datetime | None, list[Problem]]:
    instant = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).time() != at:
        return None, [problem(KIND, "at", at, "une heure qui existe : cette nuit-là, on avance les montres")]
    return instant, []


def _limits() -> dict[str, tuple[int, int]]:
    """How long a text of a series may be: the event file says it (SeriesIn), so that its sentences fit in a bubble."""
    found = {}
    for key in _SERIES:
        about = SeriesIn.model_fields[key].metadata if key in SeriesIn.model_fields else []
        longest = next((each.max_length for each in about if isinstance(each, MaxLen)), None)
        if longest is not None:
            found[key] = (next((each.min_length for each in about if isinstance(each, MinLen)), 1), longest)
    return found


_LIMITS = _limits()


def _series(session: Session, slugs: set[str], context: Context) -> dict[str, _Known]:
    rows = session.execute(
        select(Series, Territory.zone)
        .outerjoin(Territory, Territory.id == Series.territory_id)
        .where(Series.slug.in_(slugs))
    )
    known = {series.slug: _known(series, zone, context) for series, zone in rows}
    by_id = {one.series_id: one for one in known.values()}
    for each in session.scalars(select(EventDate).where(EventDate.series_id.in_(by_id))):
        by_id[each.series_id].dates[each.starts_at.astimezone(UTC)] = _date_values(each)
    return known


def _known(series: Series, zone: str | None, context: Context) -> _Known:
    values = {key: getattr(series, key) for key in _SERIES}
    values = {key: clean(value) if type(value) is str else value for key, value in values.items()}
    values |= {
        "closes_before": timedelta(minutes=series.closes_minutes_before),
        "waiting_limit": series.waiting_limit,
        "seats": series.seats,
        "duration": timedelta(minutes=series.minutes) if series.minutes is not None else None,
    }
    return _Known(ZoneInfo(zone) if zone is not None else context.zone, values, series.id)


def _date_values(each: EventDate) -> dict[str, Any]:
    return {
        "duration": each.ends_at - each.starts_at,
        "seats": each.seats,
        "closes_before": each.starts_at - each.closes_at,
        # no column of its own: kept as it is
        "waiting_limit": each.waiting_limit,
    }


def _write(session: Session, lines: Sequence[Line], context: Context) -> None:
    found = {
        series.slug: series
        for series in session.scalars(select(Series).where(Series.slug.in_({line.work.slug for line in lines})))
    }
    for line in lines:
        work: _Work = line.work
        if work.slug not in found:
            series_id = events.save_series(
                session,
                slug=work.slug,
                kind=work.series["kind"],
                title=work.series["title"],
                summary=work.series["summary"],
                place=work.series["place"],
            )
            found[work.slug] = session.get_one(Series, series_id)
        series = found[work.slug]
        for key, value in work.series.items():
            if getattr(series, key) != value:
                setattr(series, key, value)
        if work.date_changes:
            session.flush()
            events.save_date(session, series_id=series.id, starts_at=work.starts_at, **work.date)
    session.flush()


def _rows(session: Session, dates: Select[Any] | None, context: Context) -> list[Mapping[str, Any]]:
    """Dates that were called off are left out: an import would not call them off."""
    found = (
        select(EventDate, Series, Territory.zone)
        .join(Series, Series.id == EventDate.series_id)
        .outerjoin(Territory, Territory.id == Series.territory_id)
        .where(EventDate.cancelled_at.is_(None))
        .order_by(EventDate.starts_at, EventDate.id)
    )
    if dates is not None:
        found = found.where(EventDate.id.in_(dates))
    rows: list[Mapping[str, Any]] = []
    for each, series, zone in session.execute(found):
        one = _known(series, zone, context)
        local = each.starts_at.astimezone(one.zone)
        rows.append(
            {key: one.values[key] for key in _SERIES}
            | {"slug": series.slug, "date": local.date(), "at": local.time()}
            | _date_values(each)
        )
    return rows


def _notes(session: Session) -> tuple[str, ...]:
    """Unlike an event file, a table does not take the place of the demonstration: it may be one line."""
    if session.scalar(select(Series.id).where(Series.demonstration).limit(1)) is None:
        return ()
    return (
        "Les ateliers de la démonstration sont encore là, les jeunes les voient avec les vôtres : "
        "`declic demo remove` les retire.",
    )


KIND = Kind("events", COLUMNS, (("slug",), ("date",), ("at",)), _plan, _write, _rows, notes=_notes)

"""What the law gives an apprentice in days and hours: the free first days, when to start, how to leave, minors' hours.

Every number of law comes from dated facts; only ages that separate two rules are constants, as in the articles.
``today`` decides which facts are used. Each result names them: the caller decides whether they may still be said.

Delays in months run from a day to the same day of a later month, or to its last day where that month is too short
(Code de procédure civile, art. 641): three months after 30 November end on 28 or 29 February. A delay's last day is
part of it. Public holidays are those of France outside Alsace-Moselle and overseas, which have others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Protocol, Self

import holidays
from dateutil.relativedelta import relativedelta
from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.errors import ContentError, ProgrammeError
from programme.facts import Fact, FactBook
from programme.profile import ADULT_FROM

# a day further away than that is a slip of the pen
FARTHEST_YEARS = 3
# nobody younger works for an employer in this programme
YOUNGEST_AGE = 14
# from that age on minors rest less, and may work at night in some sectors (L3163-1, L3163-2, L3164-1)
OLDER_MINOR_FROM = 16
# Monday to Friday, as date.weekday() counts
WORKING_WEEK = frozenset(range(5))
_DAYS_IN_WEEK = 7
_WEEKS_IN_YEAR = 52
_ONE_DAY = timedelta(days=1)


class RightsError(ProgrammeError):
    """What is asked has no answer in the law."""


class FarDate(RightsError):
    """A day more than FARTHEST_YEARS away."""


class PastDate(RightsError):
    """A day that is over, where one to come is needed."""


class OddRhythm(RightsError):
    """No day in the company, or a day that no week has."""


class TooYoung(RightsError):
    """Younger than YOUNGEST_AGE."""


class NotMinor(RightsError):
    """Of age: the rules for minors do not apply."""


class What(StrEnum):
    """What a step of a computation holds."""

    FIRST_DAY = "first_day"
    PRESENCE_DAYS = "presence_days"
    HOLIDAYS_SKIPPED = "holidays_skipped"
    AWAY_SKIPPED = "away_skipped"
    COURSES_START = "courses_start"
    MONTHS_BEFORE_COURSES = "months_before_courses"
    MONTHS_WITHOUT_EMPLOYER = "months_without_employer"
    MEDIATOR_TOLD = "mediator_told"
    DAYS_AFTER_MEDIATOR = "days_after_mediator"
    EMPLOYER_TOLD = "employer_told"
    DAYS_AFTER_EMPLOYER = "days_after_employer"
    MONTHS_OF_NOTICE = "months_of_notice"


@dataclass(frozen=True)
class Step:
    """One line of a computation: how many (days or months, as ``what`` says), and which days."""

    what: What
    amount: int
    days: tuple[date, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Computed:
    """``facts`` are those that were used, the one that decides first."""

    facts: tuple[Fact, ...]
    steps: tuple[Step, ...] = ()

    def amount(self, what: What) -> int:
        return next(step.amount for step in self.steps if step.what is what)


# -- the first days in the company


class Rhythm(Protocol):
    """Which days are spent in the company. Half days are not known here."""

    @property
    def estimated(self) -> bool:
        """Is the rhythm only the usual one, from which real weeks may differ?"""
        ...

    def in_company(self, day: date, first_day: date) -> bool: ...


def _check_weekdays(days: frozenset[int]) -> None:
    if not days or not days <= frozenset(range(_DAYS_IN_WEEK)):
        raise OddRhythm(f"days of the week are 0 to 6, at least one: {sorted(days)}")


@dataclass(frozen=True)
class WeekDays:
    """The same days each week, 0 for Monday. Raises OddRhythm."""

    days: frozenset[int] = WORKING_WEEK
    estimated: bool = True

    def __post_init__(self) -> None:
        _check_weekdays(self.days)

    def in_company(self, day: date, first_day: date) -> bool:
        return day.weekday() in self.days


@dataclass(frozen=True)
class AlternatingWeeks:
    """Whole weeks in the company, then whole weeks at the CFA; the week of the first day opens the cycle.

    Raises:
        OddRhythm: no week in the company, none at the CFA, or a cycle of more than a year.
    """

    company: int
    cfa: int
    company_first: bool = True
    days: frozenset[int] = WORKING_WEEK
    estimated: bool = True

    def __post_init__(self) -> None:
        _check_weekdays(self.days)
        if min(self.company, self.cfa) < 1 or self.company + self.cfa > _WEEKS_IN_YEAR:
            raise OddRhythm(f"{self.company} and {self.cfa} weeks: at least one each, no more than a year together")

    def in_company(self, day: date, first_day: date) -> bool:
        monday = first_day - timedelta(days=first_day.weekday())
        week = (day - monday).days // _DAYS_IN_WEEK % (self.company + self.cfa)
        in_first_part = week < (self.company if self.company_first else self.cfa)
        return day.weekday() in self.days and in_first_part is self.company_first


FULL_TIME = WeekDays()


@dataclass(frozen=True, kw_only=True)
class TrialEnd(Computed):
    """``last_day`` is the last on which either side may still stop freely."""

    last_day: date
    estimate: bool


def trial_end(facts: FactBook, *, first_day: date, rhythm: Rhythm, today: date, away: Iterable[date] = ()) -> TrialEnd:
    """The day on which the free days of presence in the company are used up.

    A day counts when the rhythm says company, it is no public holiday, and it is not in ``away`` (known days at the
    CFA, absences). ``first_day`` counts only then; its week is the first one of alternating weeks. It is an estimate
    when the rhythm is.

    Source: Code du travail, art. L6222-18.

    Raises:
        FarDate: ``first_day`` is too far away.
    """
    _check_near(first_day, today)
    fact = facts.on_or_latest("premiers_45_jours", today)
    needed = _whole(fact, "duree")
    last_day, skipped = _walk(first_day, rhythm, needed, frozenset(away))
    return TrialEnd(
        facts=(fact,),
        steps=(
            Step(What.FIRST_DAY, 1, (first_day,)),
            Step(What.PRESENCE_DAYS, needed),
            *(Step(what, len(days), tuple(days)) for what, days in skipped.items()),
        ),
        last_day=last_day,
        estimate=rhythm.estimated,
    )


def _walk(first_day: date, rhythm: Rhythm, needed: int, away: frozenset[date]) -> tuple[date, dict[What, list[date]]]:
    """The day on which ``needed`` days are counted, and the days that the rhythm gives but that do not count."""
    skipped: dict[What, list[date]] = {What.HOLIDAYS_SKIPPED: [], What.AWAY_SKIPPED: []}
    present, day = 0, first_day - _ONE_DAY
    while present < needed:
        day += _ONE_DAY
        if not rhythm.in_company(day, first_day):
            continue
        if day in _public_holidays(day.year):
            skipped[What.HOLIDAYS_SKIPPED].append(day)
        elif day in away:
            skipped[What.AWAY_SKIPPED].append(day)
        else:
            present += 1
    return day, skipped


@lru_cache(maxsize=16)
def _public_holidays(year: int) -> frozenset[date]:
    # a year at a time: the library's own object fills itself while it is read, which two threads must not share
    return frozenset(holidays.country_holidays("FR", years=year))


# -- starting


@dataclass(frozen=True, kw_only=True)
class StartWindow(Computed):
    """The first and the last day on which the contract may start."""

    earliest: date
    latest: date


def start_window(facts: FactBook, *, courses_start: date, today: date) -> StartWindow:
    """When the contract may start around the first day of the courses.

    Not earlier than the months within which courses must follow (L6222-12), not later than the months that may be
    spent at the CFA without an employer (L6222-12-1). Where months end, the earliest day is the first whose delay
    reaches the courses: for courses on 31 May, 1 March, since the delay from 28 February ends on 28 May.

    Source: Code du travail, art. L6222-12 and L6222-12-1.

    Raises:
        FarDate: ``courses_start`` is too far away.
    """
    _check_near(courses_start, today)
    start = facts.on_or_latest("dates_debut", today)
    without = facts.on_or_latest("cfa_sans_employeur", today)
    before, after = _whole(start, "ecart_cfa"), _whole(without, "duree_max")
    earliest = courses_start - relativedelta(months=before)
    while earliest + relativedelta(months=before) < courses_start:
        earliest += _ONE_DAY
    return StartWindow(
        facts=(start, without),
        steps=(
            Step(What.MONTHS_BEFORE_COURSES, before, (earliest,)),
            Step(What.COURSES_START, 1, (courses_start,)),
            Step(What.MONTHS_WITHOUT_EMPLOYER, after, (courses_start + relativedelta(months=after),)),
        ),
        earliest=earliest,
        latest=courses_start + relativedelta(months=after),
    )


@dataclass(frozen=True, kw_only=True)
class WithoutEmployerEnd(Computed):
    """``days_left`` counts from today: 0 on the last day, negative afterwards."""

    last_day: date
    days_left: int


def cfa_without_employer_end(facts: FactBook, *, cycle_start: date, today: date) -> WithoutEmployerEnd:
    """When the months at the CFA without an employer end, counted from the start of the training cycle.

    Source: Code du travail, art. L6222-12-1.

    Raises:
        FarDate: ``cycle_start`` is too far away.
    """
    _check_near(cycle_start, today)
    fact = facts.on_or_latest("cfa_sans_employeur", today)
    months = _whole(fact, "duree_max")
    last_day = cycle_start + relativedelta(months=months)
    return WithoutEmployerEnd(
        facts=(fact,),
        steps=(Step(What.COURSES_START, 1, (cycle_start,)), Step(What.MONTHS_WITHOUT_EMPLOYER, months, (last_day,))),
        last_day=last_day,
        days_left=(last_day - today).days,
    )


# -- leaving


@dataclass(frozen=True, kw_only=True)
class Resignation(Computed):
    """The earliest days; each moves when the one before it is later.

    ``representative_signs`` is None when the age is not known.
    """

    employer_told_from: date
    ends_from: date
    representative_signs: bool | None


def resignation(facts: FactBook, *, mediator_on: date, today: date, age: int | None = None) -> Resignation:
    """The steps of a resignation after the free first days; calendar days, so week-ends and holidays count.

    A mediator contacted some time ago leaves the way free from ``today`` on. The legal representative of a minor signs
    too.

    Source: Code du travail, art. L6222-18 and D6222-21-1.

    Raises:
        FarDate: ``mediator_on`` is too far away.
    """
    _check_near(mediator_on, today)
    fact = facts.on_or_latest("rupture_demission", today)
    wait = _whole(fact, "delai_apres_saisine_mediateur")
    notice = _whole(fact, "delai_apres_information_employeur")
    told = max(mediator_on + timedelta(days=wait), today)
    ends = told + timedelta(days=notice)
    return Resignation(
        facts=(fact,),
        steps=(
            Step(What.MEDIATOR_TOLD, 1, (mediator_on,)),
            Step(What.DAYS_AFTER_MEDIATOR, wait, (told,)),
            Step(What.DAYS_AFTER_EMPLOYER, notice, (ends,)),
        ),
        employer_told_from=told,
        ends_from=ends,
        representative_signs=None if age is None else age < ADULT_FROM,
    )


@dataclass(frozen=True, kw_only=True)
class DiplomaLeave(Computed):
    """``ends_from`` is the earliest end of the contract."""

    ends_from: date


def leave_with_diploma(facts: FactBook, *, employer_told_on: date, today: date) -> DiplomaLeave:
    """The earliest end of a contract whose diploma is obtained, from the day of the letter to the employer.

    The articles ask for the letter some months before the end of the contract: read as a notice before the end wished.

    Source: Code du travail, art. L6222-19 and R6222-23.

    Raises:
        PastDate: ``employer_told_on`` is over.
        FarDate: it is too far away.
    """
    _check_to_come(employer_told_on, today)
    fact = facts.on_or_latest("rupture_diplome_obtenu", today)
    months = _whole(fact, "preavis")
    ends = employer_told_on + relativedelta(months=months)
    return DiplomaLeave(
        facts=(fact,),
        steps=(Step(What.EMPLOYER_TOLD, 1, (employer_told_on,)), Step(What.MONTHS_OF_NOTICE, months, (ends,))),
        ends_from=ends,
    )


# -- minors' hours


class WorkSector(ContentModel):
    """A sector as the articles on minors cut them, with the trades of ``nlu/french/trades.csv`` that are learnt in it.

    ``night`` names the value of fact ``travail_nuit_mineurs`` that holds its exception; null: none.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    label: str = Field(min_length=1, max_length=40)
    night: str | None = Field(pattern=r"^[a-z_]+$")
    sunday: bool = Field(description="apprentices may work on Sundays (R3164-1)")
    public_holidays: bool = Field(description="minors may work on public holidays if an agreement says so (R3164-2)")
    site: bool = Field(description="a building, public works or landscaping site (R3162-1)")
    articles: tuple[str, ...] = Field(description="of the Code du travail, that give the exceptions")
    trades: tuple[str, ...] = Field(min_length=1)


class MinorWork:
    """The sectors, found by their id or by a trade."""

    def __init__(self, sectors: Iterable[WorkSector]) -> None:
        self.sectors = tuple(sectors)
        self._by_name: dict[str, WorkSector] = {}
        for sector in self.sectors:
            for name in (sector.id, *sector.trades):
                if name in self._by_name:
                    raise ContentError(f"minor work, sector {sector.id}: « {name} » is written twice")
                self._by_name[name] = sector

    @classmethod
    def load(cls, path: Path = CONTENT_DIR / "minor_work.yml") -> Self:
        """Raises ContentError when an entry breaks the schema, or a sector or a trade comes twice."""
        entries = read_entries(path)
        return cls(parse(WorkSector, data, f"{path}, entry {number}") for number, data in enumerate(entries, start=1))

    def sector(self, name: str) -> WorkSector | None:
        """None where nothing is known of this trade: exceptions may exist."""
        return self._by_name.get(name)


@dataclass(frozen=True, kw_only=True)
class MinorHours(Computed):
    """What a minor may work at most, and rests at least; hours unless a name says otherwise.

    What an exception gives is None where there is none at this age in this sector. Texts are the fact's own words.
    """

    day_max: int
    week_max: int
    site_day_max: int | None
    site_week_max: int | None
    pause: str  # « 30 minutes après 4 h 30 »
    daily_rest: int
    weekly_rest_days: int
    night: str  # when work is forbidden: « 22 h à 6 h »
    night_exception: str | None
    sunday: bool
    public_holidays: bool
    contract_from: int | None  # the age at which a contract may be signed, for those below it


def minor_hours(facts: FactBook, *, age: int, sector: WorkSector | None, today: date) -> MinorHours:
    """Hours, rest, nights, Sundays and public holidays of a minor of this age, in this sector (None: not known).

    At night only those of OLDER_MINOR_FROM and more have exceptions, each with the labour inspectorate's authorisation;
    on Sundays only apprentices, on public holidays only where a collective agreement says so (L3164-5, L3164-8).

    Source: Code du travail, art. L3162-1, L3162-3, R3162-1 (hours), L3164-1, L3164-2 (rest), L3163-1, L3163-2,
    R3163-1 to R3163-4 (night), R3164-1, R3164-2 (Sundays and public holidays), L6222-1 (age).

    Raises:
        TooYoung: below YOUNGEST_AGE.
        NotMinor: the person is of age.
    """
    if age < YOUNGEST_AGE:
        raise TooYoung(f"{age} years")
    if age >= ADULT_FROM:
        raise NotMinor(f"{age} years")
    hours, night, sundays, entry = (
        facts.on_or_latest(name, today)
        for name in ("temps_travail_mineurs", "travail_nuit_mineurs", "dimanche_feries_mineurs", "age_15_ans")
    )
    older = age >= OLDER_MINOR_FROM
    contract_from = _whole(entry, "minimum")
    below = age < contract_from
    exception = sector.night if sector is not None and older else None
    on_site = sector is not None and sector.site
    pause = hours.value("pause")
    return MinorHours(
        facts=(hours, night, sundays, *([entry] if below else [])),
        day_max=_whole(hours, "jour_max"),
        week_max=_whole(hours, "semaine_max"),
        site_day_max=_whole(hours, "chantier_jour_max") if on_site else None,
        site_week_max=_whole(hours, "chantier_semaine_max") if on_site else None,
        pause=f"{pause.text} {pause.unit}",
        daily_rest=_whole(hours, "repos_quotidien" if older else "repos_quotidien_moins_16"),
        weekly_rest_days=_whole(hours, "repos_hebdomadaire"),
        night=night.value("interdit_16_17_ans" if older else "interdit_moins_16_ans").text,
        night_exception=night.value(exception).text if exception else None,
        sunday=sector is not None and sector.sunday,
        public_holidays=sector is not None and sector.public_holidays,
        contract_from=contract_from if below else None,
    )


# -- what all share


def _whole(fact: Fact, name: str) -> int:
    amount = fact.amount(name)
    if amount != int(amount):
        raise ContentError(f"value {name} of fact {fact.id} is not a whole number")
    return int(amount)


def is_far(day: date, today: date) -> bool:
    """Too far from today to be meant."""
    reach = relativedelta(years=FARTHEST_YEARS)
    return not today - reach <= day <= today + reach


def _check_near(day: date, today: date) -> None:
    if is_far(day, today):
        raise FarDate(f"{day} is more than {FARTHEST_YEARS} years away")


def _check_to_come(day: date, today: date) -> None:
    if day < today:
        raise PastDate(f"{day} is over")
    _check_near(day, today)

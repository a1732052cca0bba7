"""What the law gives an apprentice in days and hours: computed from the real facts, on fixed days."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from programme.errors import ContentError
from programme.facts import Fact, FactBook
from programme.rights import (
    FULL_TIME,
    AlternatingWeeks,
    FarDate,
    MinorHours,
    MinorWork,
    NotMinor,
    OddRhythm,
    PastDate,
    Rhythm,
    RightsError,
    TooYoung,
    TrialEnd,
    WeekDays,
    What,
    cfa_without_employer_end,
    leave_with_diploma,
    minor_hours,
    resignation,
    start_window,
    trial_end,
)
from tests.conftest import NOW

TODAY = NOW.date()
FACTS = FactBook.load()
WORK = MinorWork.load()
TRADES = Path(__file__).parents[2] / "nlu" / "french" / "trades.csv"
MON, TUE, WED, THU, FRI = range(5)

weekdays = st.frozensets(st.integers(0, 6), min_size=1)
near_days = st.dates(TODAY - relativedelta(years=3), TODAY + relativedelta(years=3))
weeks = st.integers(1, 6)
rhythms = st.one_of(
    st.builds(WeekDays, weekdays),
    st.builds(AlternatingWeeks, weeks, weeks, st.booleans(), weekdays),
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def days_a_week(*days: int) -> WeekDays:
    return WeekDays(frozenset(days))


def a_book(series: str, **changes: object) -> FactBook:
    """The real facts, one of them changed."""
    facts = [fact for dated in FACTS.series.values() for fact in dated]
    return FactBook([fact.model_copy(update=changes) if fact.group == series else fact for fact in facts])


def trial(first_day: str, rhythm: Rhythm = FULL_TIME, *away: str) -> TrialEnd:
    return trial_end(FACTS, first_day=day(first_day), rhythm=rhythm, today=TODAY, away=[day(text) for text in away])


# -- the first days in the company


@pytest.mark.parametrize(
    ("first_day", "rhythm", "expected"),
    [
        pytest.param("2027-01-04", FULL_TIME, "2027-03-05", id="nine whole weeks without a holiday"),
        pytest.param("2026-10-05", FULL_TIME, "2026-12-07", id="11 November is a Wednesday, 1 November a Sunday"),
        pytest.param("2027-10-04", FULL_TIME, "2027-12-07", id="1 November is a Monday, 11 November a Thursday"),
        pytest.param("2027-03-01", FULL_TIME, "2027-05-03", id="Easter Monday; 1 May is a Saturday"),
        pytest.param("2027-07-05", FULL_TIME, "2027-09-06", id="14 July; 15 August is a Sunday"),
        pytest.param("2026-12-21", FULL_TIME, "2027-02-23", id="Christmas and New Year's Day, across the years"),
        pytest.param("2028-01-10", FULL_TIME, "2028-03-10", id="over 29 February"),
        pytest.param("2027-01-09", FULL_TIME, "2027-03-12", id="first day on a Saturday: Monday is the first counted"),
        pytest.param("2027-01-04", days_a_week(MON, TUE, WED), "2027-04-19", id="Monday to Wednesday, Easter Monday"),
        pytest.param("2027-01-06", days_a_week(MON, TUE, WED), "2027-04-21", id="Monday to Wednesday, from Wednesday"),
        pytest.param("2027-01-07", days_a_week(THU, FRI), "2027-06-11", id="Thursday and Friday, Ascension"),
        pytest.param("2027-01-04", AlternatingWeeks(3, 1), "2027-03-19", id="three weeks, one at the CFA"),
        pytest.param(
            "2027-01-04", AlternatingWeeks(3, 1, company_first=False), "2027-03-26", id="the CFA's week first"
        ),
        pytest.param("2027-01-04", AlternatingWeeks(1, 1), "2027-05-10", id="one, one: Easter Monday costs two weeks"),
        pytest.param("2027-01-07", AlternatingWeeks(1, 1), "2027-05-13", id="one, one, from a Thursday"),
        pytest.param("2027-01-04", AlternatingWeeks(2, 2), "2027-05-03", id="two, two"),
    ],
)
def test_the_free_days_end_on_the_45th_day_of_presence(first_day: str, rhythm: Rhythm, expected: str) -> None:
    assert recount(day(first_day), day(expected), rhythm) == 45
    assert trial(first_day, rhythm).last_day == day(expected)


def fixed_and_moving_holidays(year: int) -> set[date]:
    """Counted apart from the library: the eleven days of article L3133-1."""
    fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
    return {date(year, month, number) for month, number in fixed} | {
        easter(year) + timedelta(days=after) for after in (1, 39, 50)
    }


def recount(first: date, last: date, rhythm: Rhythm, away: frozenset[date] = frozenset()) -> int:
    """The days of presence from ``first`` to ``last``, both included, from the calendar's own weeks."""
    count = 0
    for number in range(first.toordinal(), last.toordinal() + 1):
        each = date.fromordinal(number)
        if each in away or each in fixed_and_moving_holidays(each.year):
            continue
        if isinstance(rhythm, WeekDays):
            count += each.weekday() in rhythm.days
        elif isinstance(rhythm, AlternatingWeeks):
            # 1 January of year 1 was a Monday
            week = (number - 1) // 7 - (first.toordinal() - 1) // 7
            company, cfa = ["company"] * rhythm.company, ["cfa"] * rhythm.cfa
            cycle = company + cfa if rhythm.company_first else cfa + company
            count += cycle[week % len(cycle)] == "company" and each.weekday() in rhythm.days
    return count


@given(near_days, rhythms, st.frozensets(st.integers(0, 200), max_size=30))
def test_from_the_first_day_to_the_last_there_are_45_days_of_presence(
    first: date, rhythm: Rhythm, gaps: frozenset[int]
) -> None:
    away = frozenset(first + timedelta(days=gap) for gap in gaps)
    found = trial_end(FACTS, first_day=first, rhythm=rhythm, today=TODAY, away=away)
    assert recount(first, found.last_day, rhythm, away) == 45
    assert recount(first, found.last_day - timedelta(days=1), rhythm, away) == 44


@given(near_days, rhythms)
def test_the_steps_account_for_every_day_that_did_not_count(first: date, rhythm: Rhythm) -> None:
    found = trial_end(FACTS, first_day=first, rhythm=rhythm, today=TODAY)
    span = [first + timedelta(days=gap) for gap in range((found.last_day - first).days + 1)]
    skipped = [each for each in span if rhythm.in_company(each, first) and each in fixed_and_moving_holidays(each.year)]
    step = next(step for step in found.steps if step.what is What.HOLIDAYS_SKIPPED)
    assert (list(step.days), step.amount) == (skipped, len(skipped))


def test_each_day_away_moves_the_end_by_one_day_in_the_company() -> None:
    # given nine weeks without a holiday
    assert trial("2027-01-04").last_day == day("2027-03-05")
    # when two days, and a Sunday, are spent elsewhere
    found = trial("2027-01-04", FULL_TIME, "2027-01-12", "2027-02-01", "2027-01-10")
    # then the two move the end over the week-end, the Sunday changes nothing
    assert (found.last_day, found.amount(What.AWAY_SKIPPED)) == (day("2027-03-09"), 2)


def test_a_day_away_on_a_holiday_is_counted_once() -> None:
    found = trial("2026-10-05", FULL_TIME, "2026-11-11")
    assert (found.last_day, found.amount(What.HOLIDAYS_SKIPPED), found.amount(What.AWAY_SKIPPED)) == (
        day("2026-12-07"),
        1,
        0,
    )


@pytest.mark.parametrize("estimated", [True, False])
def test_the_end_is_an_estimate_when_the_rhythm_is(estimated: bool) -> None:
    assert trial("2027-01-04", WeekDays(estimated=estimated)).estimate is estimated
    assert trial("2027-01-04", AlternatingWeeks(1, 1, estimated=estimated)).estimate is estimated


def test_holidays_of_alsace_moselle_count_as_days_of_presence() -> None:
    # given Good Friday, a holiday there and nowhere else
    good_friday = easter(2027) - timedelta(days=2)
    found = trial("2027-03-01")
    assert good_friday not in next(step for step in found.steps if step.what is What.HOLIDAYS_SKIPPED).days


def test_the_number_of_days_comes_from_the_fact() -> None:
    # given a law that gives ten days
    value = FACTS.on("premiers_45_jours", TODAY).value("duree").model_copy(update={"value": 10})
    book = a_book("premiers_45_jours", values=(value,))
    found = trial_end(book, first_day=day("2027-01-04"), rhythm=FULL_TIME, today=TODAY)
    assert found.last_day == day("2027-01-15")


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda: WeekDays(frozenset()), id="no day"),
        pytest.param(lambda: WeekDays(frozenset({7})), id="an eighth day"),
        pytest.param(lambda: WeekDays(frozenset({-1})), id="a day before Monday"),
        pytest.param(lambda: AlternatingWeeks(0, 1), id="no week in the company"),
        pytest.param(lambda: AlternatingWeeks(1, 0), id="no week at the CFA"),
        pytest.param(lambda: AlternatingWeeks(1, 52), id="more than a year"),
        pytest.param(lambda: AlternatingWeeks(1, 1, days=frozenset()), id="weeks without a day"),
    ],
)
def test_a_rhythm_that_no_week_has_is_refused(build: Callable[[], Rhythm]) -> None:
    with pytest.raises(OddRhythm):
        build()


# -- starting


@pytest.mark.parametrize(
    ("courses", "earliest", "latest"),
    [
        pytest.param("2026-09-01", "2026-06-01", "2026-12-01", id="ordinary day"),
        pytest.param("2026-10-25", "2026-07-25", "2027-01-25", id="the clocks change, across the years"),
        pytest.param("2026-11-30", "2026-08-30", "2027-02-28", id="three months after 30 November"),
        pytest.param("2027-11-30", "2027-08-30", "2028-02-29", id="the same in a leap year"),
        pytest.param("2027-05-31", "2027-03-01", "2027-08-31", id="28 February would end on 28 May, too early"),
        pytest.param("2027-05-28", "2027-02-28", "2027-08-28", id="28 February just reaches"),
        pytest.param("2028-05-31", "2028-03-01", "2028-08-31", id="29 February would end on 29 May, too early"),
        pytest.param("2027-02-28", "2026-11-28", "2027-05-28", id="courses on the last day of February"),
        pytest.param("2028-02-29", "2027-11-29", "2028-05-29", id="courses on 29 February"),
        pytest.param("2027-07-31", "2027-05-01", "2027-10-31", id="30 April would end on 30 July, too early"),
    ],
)
def test_the_contract_starts_within_three_months_around_the_courses(courses: str, earliest: str, latest: str) -> None:
    found = start_window(FACTS, courses_start=day(courses), today=TODAY)
    assert (found.earliest, found.latest) == (day(earliest), day(latest))


@given(near_days)
def test_the_earliest_start_is_the_first_whose_three_months_reach_the_courses(courses: date) -> None:
    found = start_window(FACTS, courses_start=courses, today=TODAY)
    before = found.earliest - timedelta(days=1)
    assert found.earliest + relativedelta(months=3) >= courses > before + relativedelta(months=3)


def test_the_window_says_how_it_was_computed() -> None:
    found = start_window(FACTS, courses_start=day("2026-09-01"), today=TODAY)
    assert [(step.what, step.amount, step.days) for step in found.steps] == [
        (What.MONTHS_BEFORE_COURSES, 3, (day("2026-06-01"),)),
        (What.COURSES_START, 1, (day("2026-09-01"),)),
        (What.MONTHS_WITHOUT_EMPLOYER, 3, (day("2026-12-01"),)),
    ]


@pytest.mark.parametrize(
    ("start", "today", "last_day", "left"),
    [
        pytest.param("2026-09-01", "2026-11-23", "2026-12-01", 8, id="eight days left"),
        pytest.param("2026-08-23", "2026-11-23", "2026-11-23", 0, id="the last day"),
        pytest.param("2026-08-22", "2026-11-23", "2026-11-22", -1, id="since yesterday"),
        pytest.param("2026-11-30", "2027-02-28", "2027-02-28", 0, id="month end"),
        pytest.param("2027-11-30", "2028-02-28", "2028-02-29", 1, id="month end in a leap year"),
        pytest.param("2027-01-01", "2026-11-23", "2027-04-01", 129, id="not begun"),
    ],
)
def test_the_months_at_the_cfa_are_counted_from_the_start_of_the_cycle(
    start: str, today: str, last_day: str, left: int
) -> None:
    found = cfa_without_employer_end(FACTS, cycle_start=day(start), today=day(today))
    assert (found.last_day, found.days_left) == (day(last_day), left)


# -- leaving


@pytest.mark.parametrize(
    ("mediator", "told", "ends"),
    [
        pytest.param("2026-11-23", "2026-11-28", "2026-12-05", id="over a week-end: calendar days"),
        pytest.param("2026-12-24", "2026-12-29", "2027-01-05", id="over Christmas and New Year's Day"),
        pytest.param("2027-02-26", "2027-03-03", "2027-03-10", id="over the end of February"),
        pytest.param("2028-02-26", "2028-03-02", "2028-03-09", id="over 29 February"),
        pytest.param("2027-03-25", "2027-03-30", "2027-04-06", id="the clocks go forward in between"),
    ],
)
def test_a_resignation_waits_five_days_then_seven(mediator: str, told: str, ends: str) -> None:
    found = resignation(FACTS, mediator_on=day(mediator), today=TODAY)
    assert (found.employer_told_from, found.ends_from) == (day(told), day(ends))


@pytest.mark.parametrize(("age", "signs"), [(None, None), (15, True), (17, True), (18, False), (30, False)])
def test_the_legal_representative_of_a_minor_signs(age: int | None, signs: bool | None) -> None:
    assert resignation(FACTS, mediator_on=TODAY, today=TODAY, age=age).representative_signs is signs


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        pytest.param("2027-07-05", "2027-08-05", id="ordinary day"),
        pytest.param("2027-01-31", "2027-02-28", id="month end"),
        pytest.param("2028-01-31", "2028-02-29", id="month end in a leap year"),
    ],
)
def test_with_the_diploma_the_notice_is_one_month(told: str, ends: str) -> None:
    assert leave_with_diploma(FACTS, employer_told_on=day(told), today=TODAY).ends_from == day(ends)


@pytest.mark.parametrize(
    ("mediator_days_ago", "told_in_days"),
    [
        pytest.param(0, 5, id="contacted today"),
        pytest.param(3, 2, id="three days ago"),
        pytest.param(30, 0, id="a month ago: the way is free from today on"),
    ],
)
def test_a_mediator_contacted_before_counts(mediator_days_ago: int, told_in_days: int) -> None:
    found = resignation(FACTS, mediator_on=TODAY - timedelta(days=mediator_days_ago), today=TODAY)
    assert found.employer_told_from == TODAY + timedelta(days=told_in_days)
    assert found.ends_from == found.employer_told_from + timedelta(days=7)


# -- days that are refused

DATED: dict[str, Callable[[date], object]] = {
    "trial": lambda on: trial_end(FACTS, first_day=on, rhythm=FULL_TIME, today=TODAY),
    "window": lambda on: start_window(FACTS, courses_start=on, today=TODAY),
    "cfa": lambda on: cfa_without_employer_end(FACTS, cycle_start=on, today=TODAY),
    "resignation": lambda on: resignation(FACTS, mediator_on=on, today=TODAY),
    "diploma": lambda on: leave_with_diploma(FACTS, employer_told_on=on, today=TODAY),
}
TO_COME = ("diploma",)


@pytest.mark.parametrize("asked", DATED)
def test_three_years_away_is_the_farthest_day(asked: str) -> None:
    farthest = TODAY + relativedelta(years=3)
    DATED[asked](farthest)
    with pytest.raises(FarDate):
        DATED[asked](farthest + timedelta(days=1))


@pytest.mark.parametrize("asked", [name for name in DATED if name not in TO_COME])
def test_three_years_ago_is_the_oldest_day(asked: str) -> None:
    oldest = TODAY - relativedelta(years=3)
    DATED[asked](oldest)
    with pytest.raises(FarDate):
        DATED[asked](oldest - timedelta(days=1))


@pytest.mark.parametrize("asked", TO_COME)
def test_leaving_is_announced_today_at_the_earliest(asked: str) -> None:
    DATED[asked](TODAY)
    with pytest.raises(PastDate):
        DATED[asked](TODAY - timedelta(days=1))


# -- minors' hours


def hours(age: int, work: str) -> MinorHours:
    return minor_hours(FACTS, age=age, sector=WORK.sector(work), today=TODAY)


@pytest.mark.parametrize(
    ("age", "rest", "night"),
    [
        pytest.param(14, 14, "20 h à 6 h", id="14"),
        pytest.param(15, 14, "20 h à 6 h", id="15"),
        pytest.param(16, 12, "22 h à 6 h", id="16"),
        pytest.param(17, 12, "22 h à 6 h", id="17"),
    ],
)
def test_below_sixteen_the_rest_and_the_night_are_longer(age: int, rest: int, night: str) -> None:
    found = hours(age, "coiffeur")
    assert (found.day_max, found.week_max, found.daily_rest, found.night) == (8, 35, rest, night)


@pytest.mark.parametrize(
    ("trade", "night", "sunday", "public_holidays", "site"),
    [
        pytest.param("boulanger", "à partir de 4 h avec autorisation", True, True, None, id="bakery"),
        pytest.param("pâtissier", "à partir de 4 h avec autorisation", True, True, None, id="pastry"),
        pytest.param("vendeur en boulangerie", None, True, True, None, id="selling bread is not making it"),
        pytest.param("cuisinier", "jusqu'à 23 h 30 avec autorisation", True, True, None, id="restaurant"),
        pytest.param("employé d'étage", "jusqu'à 23 h 30 avec autorisation", True, True, None, id="hotel"),
        pytest.param("barman", None, True, True, None, id="café: Sundays, not nights"),
        pytest.param("boucher", None, True, True, None, id="butcher"),
        pytest.param("fleuriste", None, True, True, None, id="flowers"),
        pytest.param("régisseur de spectacle", "jusqu'à minuit avec autorisation", False, True, None, id="shows"),
        pytest.param("jockey", "jusqu'à minuit avec autorisation", False, False, None, id="races"),
        pytest.param("maçon", None, False, False, (10, 40), id="building site"),
        pytest.param("paveur", None, False, False, (10, 40), id="public works"),
        pytest.param("jardinier paysagiste", None, False, False, (10, 40), id="landscaping"),
        pytest.param("coiffeur", None, False, False, None, id="in no list"),
        pytest.param("trapéziste", None, False, False, None, id="a trade that is not known"),
    ],
)
def test_exceptions_at_seventeen_depend_on_the_sector(
    trade: str, night: str | None, sunday: bool, public_holidays: bool, site: tuple[int, int] | None
) -> None:
    found = hours(17, trade)
    given_site = (found.site_day_max, found.site_week_max) if found.site_day_max else None
    assert (found.night_exception, found.sunday, found.public_holidays, given_site) == (
        night,
        sunday,
        public_holidays,
        site,
    )


@pytest.mark.parametrize("sector", [sector.id for sector in WORK.sectors])
@pytest.mark.parametrize("age", [14, 15])
def test_below_sixteen_no_sector_has_an_exception_at_night(age: int, sector: str) -> None:
    assert hours(age, sector).night_exception is None


@pytest.mark.parametrize(("age", "expected"), [(14, 15), (15, None), (17, None)])
def test_below_the_age_to_sign_that_age_is_told(age: int, expected: int | None) -> None:
    assert hours(age, "coiffeur").contract_from == expected


@pytest.mark.parametrize(
    ("age", "refused"),
    [
        pytest.param(13, TooYoung, id="13"),
        pytest.param(-1, TooYoung, id="not born"),
        pytest.param(18, NotMinor, id="18"),
        pytest.param(99, NotMinor, id="99"),
    ],
)
def test_an_age_that_is_no_working_minors_is_refused(age: int, refused: type[RightsError]) -> None:
    with pytest.raises(refused):
        hours(age, "boulanger")


@pytest.mark.parametrize(
    ("lost", "age", "trade"),
    [("chantier_jour_max", 17, "maçon"), ("repos_quotidien_moins_16", 15, "coiffeur"), ("jour_max", 17, "coiffeur")],
)
def test_a_fact_that_lost_a_value_is_a_fault_of_the_content(lost: str, age: int, trade: str) -> None:
    kept = tuple(value for value in FACTS.on("temps_travail_mineurs", TODAY).values if value.name != lost)
    book = a_book("temps_travail_mineurs", values=kept)
    with pytest.raises(ContentError, match="temps_travail_mineurs"):
        minor_hours(book, age=age, sector=WORK.sector(trade), today=TODAY)


# -- sectors and trades


def trades() -> set[str]:
    with TRADES.open(encoding="utf-8", newline="") as lines:
        return {row["value"] for row in csv.DictReader(lines)}


def test_every_trade_with_a_sector_is_one_that_is_understood() -> None:
    named = {trade for sector in WORK.sectors for trade in sector.trades}
    assert named - trades() == set()
    assert len(named) >= 30


def test_every_exception_at_night_names_a_value_of_the_fact() -> None:
    fact = FACTS.on("travail_nuit_mineurs", TODAY)
    assert [fact.value(sector.night).name for sector in WORK.sectors if sector.night] == [
        sector.night for sector in WORK.sectors if sector.night
    ]


def test_a_sector_has_articles_exactly_when_it_has_an_exception() -> None:
    assert [
        sector.id
        for sector in WORK.sectors
        if bool(sector.articles) is not any((sector.night, sector.sunday, sector.public_holidays, sector.site))
    ] == []


def test_a_sector_is_found_by_its_id_too() -> None:
    assert WORK.sector("hotellerie") is WORK.sector("directeur d'hôtel")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        pytest.param("surprise: 1", "entry 2: surprise", id="unknown key"),
        pytest.param("sunday: parfois", "entry 2: sunday", id="neither yes nor no"),
        pytest.param("trades: []", "entry 2: trades", id="no trade"),
        pytest.param("trades: [maçon]", "maçon", id="a trade of another sector"),
        pytest.param("id: chantier", "chantier", id="the id of another sector"),
    ],
)
def test_a_file_of_sectors_that_is_wrong_does_not_load(tmp_path: Path, lines: str, message: str) -> None:
    # given two sectors, the second with a fault
    good = {"label": "x", "night": "null", "sunday": "true", "public_holidays": "true", "site": "false"}
    first = {"id": "chantier", **good, "articles": "[]", "trades": "[maçon]"}
    key, _, value = lines.partition(": ")
    second = {**first, "id": "autre", "trades": "[coiffeur]", key: value}
    path = tmp_path / "minor_work.yml"
    path.write_text(
        "".join(
            "- " + "\n  ".join(f"{name}: {text}" for name, text in each.items()) + "\n" for each in (first, second)
        ),
        encoding="utf-8",
    )
    # then the message names it
    with pytest.raises(ContentError, match=message):
        MinorWork.load(path)


def test_every_result_names_the_facts_it_used() -> None:
    def groups(facts: tuple[Fact, ...]) -> list[str]:
        return [fact.group for fact in facts]

    assert groups(trial("2027-01-04").facts) == ["premiers_45_jours"]
    assert groups(start_window(FACTS, courses_start=TODAY, today=TODAY).facts) == ["dates_debut", "cfa_sans_employeur"]
    assert groups(hours(14, "coiffeur").facts) == [
        "temps_travail_mineurs",
        "travail_nuit_mineurs",
        "dimanche_feries_mineurs",
        "age_15_ans",
    ]

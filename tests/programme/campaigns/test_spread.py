"""When the messages of a step leave: windows of ranks, over nights, weekends, holidays and clock changes."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from programme.campaigns import spread
from programme.campaigns.definition import Step
from tests.programme.campaigns.builders import a_definition, a_step

PARIS, REUNION, CAYENNE = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("America/Cayenne")


def steps(*days: int) -> list[Step]:
    return [Step.model_validate(a_step(f"jour_{day}", day)) for day in days]


@pytest.mark.parametrize(
    ("day_0", "zone", "days", "expected"),
    [
        pytest.param(date(2026, 11, 24), PARIS, [0, 2], [date(2026, 11, 24), date(2026, 11, 26)], id="working days"),
        pytest.param(date(2026, 11, 28), PARIS, [0], [date(2026, 11, 30)], id="a Saturday"),
        pytest.param(date(2026, 11, 11), PARIS, [0], [date(2026, 11, 12)], id="the armistice"),
        pytest.param(date(2026, 12, 25), PARIS, [0], [date(2026, 12, 28)], id="Christmas, a Friday"),
        pytest.param(date(2027, 12, 20), REUNION, [0], [date(2027, 12, 21)], id="the abolition in Réunion"),
        pytest.param(date(2027, 12, 20), PARIS, [0], [date(2027, 12, 20)], id="which is no holiday in Paris"),
        pytest.param(date(2027, 6, 10), CAYENNE, [0], [date(2027, 6, 11)], id="the abolition in Cayenne"),
        pytest.param(
            date(2026, 11, 26), PARIS, [0, 3, 4], [date(2026, 11, 26), date(2026, 11, 30), date(2026, 12, 1)],
            id="a Sunday and the Monday after are two days",
        ),
        pytest.param(
            date(2026, 11, 25), PARIS, [0, 3, 4], [date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 1)],
            id="Saturday and Sunday too",
        ),
        pytest.param(
            date(2026, 11, 25), PARIS, [0, 3, 3], [date(2026, 11, 25), date(2026, 11, 30), date(2026, 11, 30)],
            id="what is meant for one day stays on one",
        ),
    ],
)  # fmt: skip
def test_a_step_begins_on_the_next_decent_day(
    day_0: date, zone: ZoneInfo, days: list[int], expected: list[date]
) -> None:
    found = [Step.model_validate(a_step(f"etape_{chr(97 + at)}", day)) for at, day in enumerate(days)]
    first = spread.first_days(found, day_0, zone)
    assert [first[step.id] for step in found] == expected


def laid_out(first_day: date, zone: ZoneInfo = PARIS, *, people: int, **more: Any) -> list[tuple[int, int, datetime]]:
    """With one minute a day, one message a second: sixty a day."""
    definition = a_definition(at="10:00", until="10:01")
    found = spread.windows(definition, definition.steps[0], first_day, zone, people=people, rate=1, **more)
    return [(window.first, window.end, window.opens_at) for window in found]


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc]


def test_what_does_not_fit_goes_on_after_the_weekend() -> None:
    assert laid_out(date(2026, 11, 27), people=61) == [
        (0, 60, utc(2026, 11, 27, 9)),
        (60, 61, utc(2026, 11, 30, 9)),
    ]


def test_what_does_not_fit_goes_on_after_a_public_holiday() -> None:
    # Christmas 2026 is a Friday
    assert laid_out(date(2026, 12, 24), people=130) == [
        (0, 60, utc(2026, 12, 24, 9)),
        (60, 120, utc(2026, 12, 28, 9)),
        (120, 130, utc(2026, 12, 29, 9)),
    ]


def test_the_hour_is_that_of_the_wall_when_clocks_change_in_between() -> None:
    # clocks go back in the night of 25 October 2026
    assert laid_out(date(2026, 10, 23), people=61) == [(0, 60, utc(2026, 10, 23, 8)), (60, 61, utc(2026, 10, 26, 9))]


@pytest.mark.parametrize(("zone", "hour"), [(PARIS, 9), (REUNION, 6), (CAYENNE, 13)])
def test_the_hour_is_that_of_each_place(zone: ZoneInfo, hour: int) -> None:
    assert laid_out(date(2026, 11, 24), zone, people=1) == [(0, 1, utc(2026, 11, 24, hour))]


def test_nothing_leaves_before_the_start() -> None:
    # given that it is started at half past ten seconds before the end, what is left of that day takes thirty
    started = utc(2026, 11, 24, 9, 0, 30)
    assert laid_out(date(2026, 11, 24), people=40, not_before=started) == [
        (0, 30, started),
        (30, 40, utc(2026, 11, 25, 9)),
    ]
    # and started in the evening, it begins on the next day
    assert laid_out(date(2026, 11, 24), people=1, not_before=utc(2026, 11, 24, 19)) == [(0, 1, utc(2026, 11, 25, 9))]


def test_one_after_the_other_at_the_rate() -> None:
    window = spread.Window(100, 200, utc(2026, 11, 24, 9))
    assert window.due_at(100, 25) == utc(2026, 11, 24, 9)
    assert window.due_at(150, 25) == utc(2026, 11, 24, 9, 0, 2)


def test_nothing_is_ever_due_after_the_last_hour_whatever_the_number() -> None:
    definition = a_definition(at="18:30", until="19:00")
    found = spread.windows(definition, definition.steps[0], date(2026, 11, 24), PARIS, people=200_000, rate=25)
    assert (found[0].first, found[-1].end) == (0, 200_000)
    for before, after in pairwise(found):
        assert before.end == after.first
    for window in found:
        last = window.due_at(window.end - 1, 25).astimezone(PARIS)
        assert time(18, 30) <= last.time() < time(19)


def test_a_step_after_the_usual_last_hour_has_until_eight() -> None:
    definition = a_definition(steps=[a_step("soir", 0, at="19:45", asks=True)])
    (first, *_) = spread.windows(definition, definition.steps[0], date(2026, 11, 24), PARIS, people=10_000, rate=1)
    assert (first.opens_at, first.end) == (utc(2026, 11, 24, 18, 45), 900)

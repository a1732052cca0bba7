"""The simulated September, small: nobody is lost, nobody is written to too often, and it can be drawn."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot.september import Assumptions, Season, simulate, write_report
from programme.campaigns.definition import load_campaigns
from programme.database import engine_for
from programme.deliveries.sending import MOST_A_WEEK
from programme.models import CampaignMember, Delivery, DeliveryState

DEFINITION = load_campaigns()["septembre"]
STARTS_ON = date(2027, 9, 1)
PEOPLE = 300


@pytest.fixture(scope="module")
def own(engine: Engine) -> Iterator[Engine]:
    owner = engine.execution_options(isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("CREATE DATABASE september_test"))
    made = engine_for(engine.url.set(database="september_test").render_as_string(hide_password=False))
    yield made
    made.dispose()
    with owner.connect() as connection:
        connection.execute(text("DROP DATABASE september_test"))


@pytest.fixture(scope="module")
def season(own: Engine) -> Season:
    return play(own)


def play(engine: Engine) -> Season:
    return simulate(
        engine,
        DEFINITION,
        people=PEOPLE,
        bots=1,
        starts_on=STARTS_ON,
        # more of everything, so that a few people show it all
        guesses=Assumptions(stops=0.03, blocked=0.02, signs=0.02),
        say=lambda _: None,
    )


def test_every_message_that_was_planned_has_an_end_and_every_person_too(own: Engine, season: Season) -> None:
    with Session(own) as session:
        states = Counter(session.scalars(select(Delivery.state)))
        still_in = session.scalar(select(func.count()).where(CampaignMember.ended_at.is_(None)))
    left = {DeliveryState.SENT, DeliveryState.SKIPPED, DeliveryState.FAILED, DeliveryState.EXPIRED}
    assert set(states) <= left
    assert states[DeliveryState.SENT] == sum(hour.sent for hour in season.hours)
    assert still_in == 0
    assert sum(season.branches.values()) == sum(season.ends.values()) == PEOPLE


def test_nobody_is_written_to_more_often_than_the_week_allows(season: Season) -> None:
    assert 1 <= season.most_in_a_week <= MOST_A_WEEK


def test_who_stopped_hears_nothing_more(own: Engine, season: Season) -> None:
    after = text(
        "SELECT count(*) FROM deliveries JOIN message_choices USING (person_id) "
        "WHERE deliveries.state = 'sent' AND deliveries.state_at > message_choices.stopped_at"
    )
    with own.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM message_choices")) > 0
        assert connection.scalar(after) == 0
    assert season.people == PEOPLE


def test_a_report_says_the_figures_and_draws_them(season: Season, tmp_path: Path) -> None:
    report = write_report(season, DEFINITION, tmp_path, on=STARTS_ON, command="declic bench september").read_text()
    assert f"A September of {PEOPLE} candidates" in report
    assert all(f"| {step.id} |" in report for step in DEFINITION.every_step())
    for plot in ("hours", "picks", "people"):
        assert f"({plot}.svg)" in report
        assert "<svg" in (tmp_path / f"{plot}.svg").read_text()

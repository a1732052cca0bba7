"""`declic campaign`, as it is typed: looked at first, started with --yes, held, stopped, counted."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from programme.database import engine_for, session_factory_for
from programme.embedded import EmbeddedDatabase
from programme.migrate import migrate
from programme.models import Campaign, CampaignState, Channel, Delivery, DeliveryState, PathStage, Person
from programme.people import conversation_for
from tests.bot.test_command import declic, environment, refusal
from tests.conftest import NOW
from tests.programme.campaigns.builders import says_of_reminders

__all__ = ["environment"]

# a Tuesday in September, far ahead
DAY = "2035-09-04"


@pytest.fixture
def database(environment: dict[str, str]) -> Iterator[sessionmaker[Session]]:
    """The database that the command works on, with two people who look for an employer and said yes, and one who
    did not."""
    embedded = EmbeddedDatabase(Path(environment["DECLIC_DATA_DIR"]))
    engine = engine_for(embedded.url)
    migrate(engine)
    factory = session_factory_for(engine)
    with factory.begin() as session:
        session.execute(text("TRUNCATE people, campaigns, deliveries RESTART IDENTITY CASCADE"))
        for name in ("a", "b", "c"):
            conversation = conversation_for(session, channel=Channel.WEB, external_id=name, now=NOW)
            person_id = conversation.identity.person_id
            session.get_one(Person, person_id).stage = PathStage.ECOLE_TROUVEE
            session.add(says_of_reminders(person_id, name != "c"))
    yield factory
    engine.dispose()
    embedded.stop()


def test_a_campaign_is_looked_at_started_held_resumed_and_stopped(
    environment: dict[str, str], database: sessionmaker[Session], tmp_path: Path
) -> None:
    # looked at: nothing is written
    out = tmp_path / "tout.csv"
    looked = declic(environment, "campaign", "preview", "septembre", "--on", DAY, "--everybody", str(out)).stdout
    assert "2 people would be written to." in looked
    assert "1  n'a pas dit oui aux messages" in looked
    assert "Europe/Paris" in looked
    with out.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file, delimiter=";"))
    assert {line["personne"] for line in lines} == {"1", "2"}
    assert lines[0]["envoi (heure locale)"].startswith("04/09/2035 ")
    assert out.stat().st_mode & 0o777 == 0o600
    with database.begin() as session:
        assert session.scalar(select(func.count()).select_from(Campaign)) == 0
    # not started without --yes
    assert "start it with --yes" in refusal(declic(environment, "campaign", "start", "septembre", "--on", DAY))
    started = declic(environment, "campaign", "start", "septembre", "--on", DAY, "--yes")
    assert f"runs from {DAY} on, for 2 people" in started.stdout
    # and not twice
    again = refusal(declic(environment, "campaign", "start", "septembre", "--on", DAY, "--yes"))
    assert "declic campaign stop septembre" in again
    assert f"running since {DAY}" in declic(environment, "campaign", "list").stdout
    assert "stands still" in declic(environment, "campaign", "pause", "septembre").stdout
    assert "its last run is paused" in refusal(declic(environment, "campaign", "pause", "septembre"))
    assert "goes on" in declic(environment, "campaign", "resume", "septembre").stdout
    assert "from 2035-09-04 on: 2 people" in declic(environment, "campaign", "figures", "septembre").stdout
    assert "is stopped" in declic(environment, "campaign", "stop", "septembre").stdout
    with database.begin() as session:
        assert session.scalars(select(Campaign.state)).all() == [CampaignState.STOPPED]
        assert not session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.PLANNED)).all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["preview", "noel"], "there is no campaign noel: there are", id="an unknown name"),
        pytest.param(["pause", "septembre"], "it was never started", id="nothing to pause"),
        pytest.param(["figures", "septembre"], "it was never started", id="nothing to count"),
        pytest.param(
            ["start", "septembre", "--on", "2035-02-05", "--yes"], "one of its months", id="out of its months"
        ),
        pytest.param(["start", "septembre", "--on", "2025-09-02", "--yes"], "a day to come", id="a day that is past"),
        pytest.param(
            ["start", "septembre", "--on", DAY, "--by", "x@exemple.fr", "--yes"],
            "nobody of the team has this address",
            id="somebody who is not of the team",
        ),
    ],
)
def test_each_refusal_is_one_line_that_says_what_to_do(
    environment: dict[str, str], database: sessionmaker[Session], arguments: list[str], said: str
) -> None:
    assert said in refusal(declic(environment, "campaign", *arguments))


def test_nobody_on_the_list_is_no_start(environment: dict[str, str], database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        session.execute(text("TRUNCATE people CASCADE"))
    said = refusal(declic(environment, "campaign", "start", "septembre", "--on", DAY, "--yes"))
    assert "declic campaign preview septembre" in said


def test_a_file_that_cannot_be_written_is_said(
    environment: dict[str, str], database: sessionmaker[Session], tmp_path: Path
) -> None:
    out = tmp_path / "nowhere" / "tout.csv"
    said = refusal(declic(environment, "campaign", "preview", "septembre", "--on", DAY, "--everybody", str(out)))
    assert "cannot be written" in said

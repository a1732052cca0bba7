"""What a campaign would do, said before: numbers, hours, who is left out, every message. Nothing is written."""

import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from programme.campaigns import preview, runs
from programme.campaigns.audience import Excluded
from programme.campaigns.definition import Definition
from programme.campaigns.preview import Leaving, Preview
from programme.models import Base, CampaignMember, Delivery, MessageChoice
from tests.conftest import NOW
from tests.programme.campaigns.builders import FIRST_DAY, a_definition, a_territory, fits, many

Sessions = sessionmaker[Session]
PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")


def seen(
    session_factory: Sessions,
    definition: Definition | None = None,
    *,
    starts_on: date = FIRST_DAY,
    bots: int = 1,
    per_second: int = 25,
) -> Preview:
    with session_factory.begin() as session:
        return preview.preview(
            session, definition or a_definition(), starts_on=starts_on, bots=bots, per_second=per_second, now=NOW
        )


def test_people_are_counted_by_territory_zone_and_why_and_who_is_left_out_by_reason(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    a_territory(session_factory, "ouest", "Indian/Reunion", "Saint-Paul")
    many(session_factory, a_person, 2, commune="saint-paul")
    many(session_factory, a_person, 3)
    quiet = fits(session_factory, a_person)
    with session_factory.begin() as session:
        session.add(MessageChoice(person_id=quiet, stopped_at=NOW, changed_at=NOW))
    found = seen(session_factory)
    assert found.people == 5
    assert found.excluded == {Excluded.STOPPED: 1}
    assert found.territories == {None: 3, "ouest": 2}
    assert found.zones == {"Europe/Paris": 3, "Indian/Reunion": 2}
    assert found.why == {"employer:searching": 5, "stage:ecole_trouvee": 5}


def test_each_step_says_when_it_leaves_in_each_zone_and_how_long_it_takes(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    a_territory(session_factory, "ouest", "Indian/Reunion", "Saint-Paul")
    many(session_factory, a_person, 4)
    fits(session_factory, a_person, commune="saint-paul")
    # given two a second for two seconds a day
    definition = a_definition(at="10:00", until="10:00:02")
    first, third, seventh = seen(session_factory, definition, bots=2, per_second=1).steps
    assert (first.messages, first.seconds, first.days, first.bots_for_a_day) == (5, 2.5, 2, 3)
    assert first.leaving == (
        Leaving(
            "Indian/Reunion",
            datetime(2026, 11, 24, 10, tzinfo=REUNION),
            datetime(2026, 11, 25, 10, tzinfo=REUNION),
        ),
        Leaving("Europe/Paris", datetime(2026, 11, 24, 10, tzinfo=PARIS), datetime(2026, 11, 25, 10, tzinfo=PARIS)),
    )
    # the fifth of Friday leaves on Monday
    assert third.leaving[1].last == datetime(2026, 11, 30, 10, tzinfo=PARIS)
    assert seventh.step.id == "jour_7"


@pytest.mark.parametrize(("day", "expected"), [(FIRST_DAY, True), (date(2027, 1, 5), False)])
def test_it_says_whether_the_campaign_may_start_in_that_month(
    session_factory: Sessions, a_person: Callable[..., int], day: date, expected: bool
) -> None:
    fits(session_factory, a_person)
    assert seen(session_factory, starts_on=day).in_season is expected


def test_nobody_on_the_list_is_said_as_nobody(session_factory: Sessions) -> None:
    found = seen(session_factory)
    assert (found.people, found.steps, found.sample) == (0, (), ())


def test_nothing_is_written(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    many(session_factory, a_person, 3)

    def rows() -> dict[str, int]:
        with session_factory.begin() as session:
            tables = Base.metadata.sorted_tables
            return {each.name: session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    before = rows()
    with session_factory.begin() as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        definition = a_definition()
        assert preview.preview(session, definition, starts_on=FIRST_DAY, now=NOW).people == 3
        assert len(list(preview.everybody(session, definition, starts_on=FIRST_DAY, people=3, now=NOW))) == 9
    assert rows() == before


def test_every_message_is_the_one_that_the_run_then_plans(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    a_territory(session_factory, "ouest", "Indian/Reunion", "Saint-Paul")
    many(session_factory, a_person, 3, commune="saint-paul")
    many(session_factory, a_person, 5)
    definition = a_definition(at="10:00", until="10:00:02")
    with session_factory.begin() as session:
        dry = [
            (each.person_id, each.step, each.due_at, each.variant)
            for each in preview.everybody(
                session, definition, starts_on=FIRST_DAY, people=8, bots=1, per_second=1, now=NOW
            )
            if each.step != "jour_7"
        ]
    with session_factory.begin() as session:
        campaign = runs.start(session, definition, starts_on=FIRST_DAY, per_second=1, now=NOW)
        runs.plan_ahead(session, campaign.id, now=NOW + timedelta(days=3))
    with session_factory.begin() as session:
        real = session.execute(
            select(Delivery.person_id, Delivery.step, Delivery.due_at, CampaignMember.variant)
            .join(CampaignMember, CampaignMember.person_id == Delivery.person_id)
            .order_by(CampaignMember.rank, Delivery.step)
        ).all()
    # a step that has one text is read as « a » by all
    expected = [(*row[:3], row.variant if row.step == "jour_0" else "a") for row in real]
    assert len(dry) == 16
    assert dry == expected


def test_a_sample_shows_what_the_first_of_the_list_would_read(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    first, *_ = many(session_factory, a_person, 5)
    with session_factory.begin() as session:
        found = preview.preview(
            session,
            a_definition(),
            starts_on=FIRST_DAY,
            now=NOW,
            say=lambda person_id, step, variant, zone: [f"{person_id} {zone.key}: {step.says[variant].bubbles[0]}"],
        )
    assert len(found.sample) == preview.SAMPLE * 3
    assert (found.sample[1].person_id, found.sample[1].step) == (first, "jour_3")
    assert found.sample[1].bubbles == [f"{first} Europe/Paris: Message jour_3"]


def test_reading_everybody_takes_little_memory(session_factory: Sessions) -> None:
    # given thirty thousand people
    with session_factory.begin() as session:
        for statement in (
            "INSERT INTO people (created_at, stage) SELECT now(), 'ecole_trouvee' FROM generate_series(1, 30000)",
            "INSERT INTO channel_identities (person_id, channel, external_id, created_at) "
            "SELECT id, 'web', id::text, now() FROM people",
            "INSERT INTO consents (person_id, purpose, given, text_version, text_shown, at) "
            "SELECT id, 'reminders', true, '1', 'Je veux bien.', now() FROM people",
        ):
            session.execute(text(statement))
    with session_factory.begin() as session:
        tracemalloc.start()
        count = sum(1 for _ in preview.everybody(session, a_definition(), starts_on=FIRST_DAY, people=30_000, now=NOW))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == 90_000
    assert most < 20_000_000

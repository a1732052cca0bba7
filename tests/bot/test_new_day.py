"""What a new day changes by itself, done by the worker once, whoever looks."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.worker.jobs import Jobs
from programme import outcomes, path, profiles
from programme.assistant import Assistant
from programme.database import plain_url
from programme.models import EmployerStatus, PathStage, Person, Teller
from tests.conftest import NOW

NOBODY = "http://127.0.0.1:9"  # nothing here asks the dialogue server


def days_pass(now: datetime, engine: Engine, factory: sessionmaker[Session], assistant: Assistant) -> None:
    """Two workers look at this moment."""

    async def work() -> None:
        async with DialogueClient(NOBODY) as dialogue:
            talk = Conversations(session_factory=factory, dialogue=dialogue, assistant=assistant, clock=lambda: now)
            url = plain_url(engine.url.render_as_string(hide_password=False))
            jobs = Jobs(url, talk, dialogue, assistant, None, lambda: now)
            await asyncio.gather(jobs.keep_the_day(), jobs.keep_the_day())

    asyncio.run(work())


def test_contracts_begin_and_end_and_a_guardian_is_forgotten_at_18(
    engine: Engine, session_factory: sessionmaker[Session], assistant: Assistant, a_person: Callable[..., int]
) -> None:
    # given a minor who signed for a year
    person_id = a_person()
    with session_factory.begin() as session:
        session.get_one(Person, person_id).birth_month = date(2009, 5, 1)
        profiles.save_guardian(session, person_id, name="Parent", relation="parent", on=NOW.date(), now=NOW)
        path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=NOW)
        outcomes.announce_contract(
            session, person_id, starts_on=date(2027, 1, 4), ends_on=date(2028, 1, 3), teller=Teller.PERSON, now=NOW
        )

    def seen() -> tuple[PathStage, bool]:
        with session_factory.begin() as session:
            return session.get_one(Person, person_id).stage, profiles.guardian_of(session, person_id) is not None

    # when days pass; it is 23:30 in Paris on the eve of each, then half past midnight
    found = []
    for moment in (
        datetime(2027, 1, 3, 22, 30, tzinfo=UTC),
        datetime(2027, 1, 3, 23, 30, tzinfo=UTC),
        datetime(2027, 6, 1, 22, 30, tzinfo=UTC),
        datetime(2028, 1, 3, 22, 30, tzinfo=UTC),
        datetime(2028, 1, 3, 23, 30, tzinfo=UTC),
    ):
        days_pass(moment, engine, session_factory, assistant)
        found.append(seen())
    # then each thing happens on its day
    assert found == [
        (PathStage.CONTRAT_SIGNE, True),
        (PathStage.EN_CONTRAT, True),
        (PathStage.EN_CONTRAT, False),
        (PathStage.EN_CONTRAT, False),
        (PathStage.POST_ALTERNANCE, False),
    ]

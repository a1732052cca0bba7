"""A promised call-back is said on its day, once, in the channel where the person wrote last."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from bot.conversation import Conversations
from bot.dialogue_client import DialogueClient
from bot.worker.jobs import Jobs
from programme import contacts
from programme.assistant import Assistant
from programme.contact_words import Told
from programme.database import plain_url
from programme.models import Message
from tests.conftest import NOW

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 9:00 in Paris
NOBODY = "http://127.0.0.1:9"  # nothing here asks the dialogue server


@pytest.fixture
def promised(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> None:
    """Somebody who promised to call the garage back on the 24th."""
    person_id = a_person()
    told = Told(company="Garage Haddad", need="personne au téléphone", next_step="rappeler", next_on=date(2026, 11, 24))
    with session_factory.begin() as session:
        contact = contacts.note(session, person_id=person_id, told="…", read=told, now=NOW)
        contacts.confirm(session, contact, now=NOW)


def said_at(
    now: datetime, *, engine: Engine, session_factory: sessionmaker[Session], assistant: Assistant, times: int = 1
) -> list[str]:
    """What stands in the transcripts after the worker looked so many times at this hour."""

    async def work() -> None:
        async with DialogueClient(NOBODY) as dialogue:
            talk = Conversations(
                session_factory=session_factory, dialogue=dialogue, assistant=assistant, clock=lambda: now
            )
            url = plain_url(engine.url.render_as_string(hide_password=False))
            jobs = Jobs(url, talk, dialogue, assistant.notebook, assistant.desk, None, lambda: now)
            await asyncio.gather(*(jobs.bring_call_backs_to_mind() for _ in range(times)))

    asyncio.run(work())
    with session_factory.begin() as session:
        return list(session.scalars(select(Message.text).order_by(Message.id)))


@pytest.mark.usefixtures("promised")
def test_it_is_said_once_with_the_need_that_was_heard(
    engine: Engine, session_factory: sessionmaker[Session], assistant: Assistant
) -> None:
    said = said_at(NINE, engine=engine, session_factory=session_factory, assistant=assistant, times=4)
    assert said == [
        "C'est aujourd'hui : Garage Haddad. Tu avais noté : « rappeler ».",
        "Leur besoin, avec tes mots : « personne au téléphone ». Commence par là : « Où en êtes-vous ? »",
    ]


@pytest.mark.usefixtures("promised")
@pytest.mark.parametrize("hour", [5, 19])
def test_nothing_is_said_at_night(
    engine: Engine, session_factory: sessionmaker[Session], assistant: Assistant, hour: int
) -> None:
    at = NINE.replace(hour=hour)
    assert said_at(at, engine=engine, session_factory=session_factory, assistant=assistant) == []

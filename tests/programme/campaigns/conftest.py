"""A candidate of the protocols, and a transaction of the test's own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import choices
from programme.models import PathStage, Person, SchoolStatus
from tests.conftest import NOW


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def a_candidate(session: Session, a_person: Callable[..., int]) -> Callable[..., int]:
    """Somebody who may be written to, with a school and without an employer; their id."""

    def build(**known: Any) -> int:
        person_id = a_person()
        choices.agree(session, person_id, shown="oui", now=NOW)
        person = session.get_one(Person, person_id)
        person.stage, person.school_status = PathStage.ECOLE_TROUVEE, SchoolStatus.ENROLLED
        for name, value in known.items():
            setattr(person, name, value)
        session.flush()
        return person_id

    return build

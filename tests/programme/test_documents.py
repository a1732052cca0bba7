"""Papers to print: whoever has the link reads them, for a while."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme.documents import LIFETIME, Paper, Section, find_paper, keep_paper
from tests.conftest import NOW

PAPER = Paper(title="Mon appel", sections=(Section(heading="Pour commencer", lines=("Bonjour",), space=1),))


@pytest.fixture
def token(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> str:
    with session_factory.begin() as session:
        return keep_paper(session, PAPER, person_id=a_person(), now=NOW)


@pytest.mark.parametrize(
    ("later", "expected"),
    [(timedelta(0), PAPER), (LIFETIME - timedelta(seconds=1), PAPER), (LIFETIME, None)],
)
def test_a_paper_opens_until_it_expires(
    session_factory: sessionmaker[Session], token: str, later: timedelta, expected: Paper | None
) -> None:
    with session_factory.begin() as session:
        assert find_paper(session, token, now=NOW + later) == expected


def test_a_link_that_was_guessed_opens_nothing(session_factory: sessionmaker[Session], token: str) -> None:
    with session_factory.begin() as session:
        assert find_paper(session, token[:-1] + ("a" if token[-1] != "a" else "b"), now=NOW) is None


def test_two_papers_have_two_links(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        tokens = {keep_paper(session, PAPER, person_id=person_id, now=NOW) for _ in range(20)}
    assert len(tokens) == 20

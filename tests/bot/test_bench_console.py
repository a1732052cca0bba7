"""The bench of the console: who reaches how many people, on the data of the bench, small."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot.bench_console import Timed, measure, prepare, problems, reaches
from bot.bench_data import Size, fill
from programme import permissions
from programme.database import engine_for
from programme.models import Person, StaffMember

SIZE = Size(0.0005)


@pytest.fixture(scope="module")
def filled(engine: Engine, folder: Path) -> Iterator[Engine]:
    """A database of its own, with five hundred people and ten thousand messages."""
    owner = engine.execution_options(isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("CREATE DATABASE bench_console_test"))
    bench = engine_for(engine.url.set(database="bench_console_test").render_as_string(hide_password=False))
    fill(bench, folder, scale=SIZE.scale, again=False, say=lambda _: None)
    yield bench
    bench.dispose()
    with owner.connect() as connection:
        connection.execute(text("DROP DATABASE bench_console_test"))


def test_each_reaches_as_many_as_is_said_and_those_of_nobody(filled: Engine) -> None:
    prepare(filled, size=SIZE)
    prepare(filled, size=SIZE)
    with Session(filled) as session:
        nobodys = session.scalar(select(func.count()).where(Person.team_id.is_(None)))
        found = {}
        for staff_id, name in session.execute(select(StaffMember.id, StaffMember.name)).all():
            who = permissions.member(session, staff_id)
            assert who is not None
            if name in {reach.name for reach in reaches(SIZE)}:
                within = permissions.people_within_reach(session, who)
                found[name] = session.scalar(select(func.count()).where(Person.id.is_not(None), within))
    assert nobodys == 5
    assert found == {reach.name: reach.people + nobodys for reach in reaches(SIZE)}


def test_each_filter_is_timed_for_each_of_them(filled: Engine) -> None:
    said: list[str] = []
    measured = measure(filled, size=SIZE, calls=2, say=said.append)
    assert len(said) == len(measured) + 1
    assert {each.reach for each in measured} == {"few", "team", "lead", "wide"}
    assert all(len(each.times) == 2 for each in measured)


def test_what_takes_too_long_is_told() -> None:
    assert problems([Timed("few", "all", [100.0] * 10), Timed("team", "all", [100.0, 300.0])]) == [
        "all, team: 290 ms at p95, 200 ms at most"
    ]

"""Contracts and breaks, a month at a time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from programme import contract_list, outcomes
from programme.clock import clock
from programme.contract_list import What
from programme.models import BreakReason, CheckIn, ContractKind, Teller
from programme.permissions import Member
from tests.console.conftest import Browser

ABrowser = Callable[..., Browser]
APerson = Callable[..., int]
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def signs(session_factory: sessionmaker[Session]) -> Callable[..., None]:
    """Builds a contract of this person."""

    def build(person_id: int, starts_on: date | None = None, *, broken_on: date | None = None, **told: object) -> None:
        with session_factory.begin() as session:
            outcomes.announce_contract(
                session,
                person_id,
                starts_on=starts_on,
                teller=Teller.STAFF,
                now=NOW,
                **told,  # type: ignore[arg-type]
            )
            if broken_on is not None:
                outcomes.announce_break(
                    session, person_id, reason=BreakReason.HEALTH, broken_on=broken_on, teller=Teller.STAFF, now=NOW
                )

    return build


def people(
    session_factory: sessionmaker[Session], who: Member, what: What, month: date, kind: ContractKind | None = None
) -> list[int]:
    with session_factory() as session:
        lines, _ = contract_list.page(session, who, what, month=month, kind=kind)
    return [line.contract.person_id for line in lines]


def test_a_month_has_the_contracts_that_begin_in_it_and_those_announced_without_a_first_day(
    a_member: Callable[..., Member],
    a_young_person: APerson,
    signs: Callable[..., None],
    session_factory: sessionmaker[Session],
) -> None:
    who = a_member()
    first, last, unknown, next_month = (a_young_person(counsellor=who) for _ in range(4))
    signs(first, date(2026, 11, 1))
    signs(last, date(2026, 11, 30))
    signs(unknown)
    signs(next_month, date(2026, 12, 1))
    signs(a_young_person(counsellor=a_member()), date(2026, 11, 5))
    assert people(session_factory, who, What.BEGUN, TODAY) == [unknown, last, first]
    assert people(session_factory, who, What.BEGUN, date(2026, 12, 31)) == [next_month]


def test_breaks_are_of_the_month_in_which_they_happened(
    a_member: Callable[..., Member],
    a_young_person: APerson,
    signs: Callable[..., None],
    session_factory: sessionmaker[Session],
) -> None:
    who = a_member()
    broke, runs = a_young_person(counsellor=who), a_young_person(counsellor=who)
    signs(broke, date(2026, 9, 1), broken_on=date(2026, 11, 2), kind=ContractKind.APPRENTISSAGE)
    signs(runs, date(2026, 9, 1))
    assert people(session_factory, who, What.BROKEN, TODAY) == [broke]
    assert people(session_factory, who, What.BROKEN, date(2026, 9, 1)) == []
    assert people(session_factory, who, What.BROKEN, TODAY, ContractKind.PROFESSIONNALISATION) == []


def test_the_following_page_begins_where_this_one_ends(
    a_member: Callable[..., Member],
    a_young_person: APerson,
    signs: Callable[..., None],
    session_factory: sessionmaker[Session],
) -> None:
    who = a_member()
    for _ in range(3):
        signs(a_young_person(counsellor=who), date(2026, 11, 5))
    with session_factory() as session:
        first, before = contract_list.page(session, who, What.BEGUN, month=TODAY, size=2)
        second, end = contract_list.page(session, who, What.BEGUN, month=TODAY, size=2, before=before)
    assert len({line.contract.id for line in [*first, *second]}) == 3
    assert end is None


def test_news_that_was_asked_for_and_did_not_come_is_first(
    a_member: Callable[..., Member],
    a_young_person: APerson,
    signs: Callable[..., None],
    session_factory: sessionmaker[Session],
) -> None:
    who = a_member()
    soon, silent, answered, far = (a_young_person(counsellor=who) for _ in range(4))
    signs(soon, TODAY - timedelta(days=15 - 5))
    for person_id in (silent, answered):
        signs(person_id, TODAY - timedelta(days=20), employer="Garage Petit")
    signs(far, TODAY)
    with session_factory.begin() as session:
        session.execute(update(CheckIn).where(CheckIn.due_on == TODAY - timedelta(days=5)).values(asked_at=NOW))
        for contract in outcomes.contracts_of(session, answered):
            outcomes.close_check_ins(session, contract.id, now=NOW)
        found = contract_list.due(session, who, today=TODAY)
    assert [(each.person_id, each.asked) for each in found] == [(silent, True), (soon, False)]
    assert found[0].employer == "Garage Petit"


def test_the_page_shows_contracts_and_breaks_of_a_month(
    a_browser: ABrowser, a_young_person: APerson, signs: Callable[..., None]
) -> None:
    browser = a_browser()
    person_id = a_young_person(counsellor=browser.who, name="Lina")
    signs(person_id, date(2026, 9, 1), broken_on=date(2026, 11, 2), employer="Garage Petit")
    assert "Garage Petit" in browser.get("/console/contrats?mois=2026-09").text
    broken = browser.get("/console/contrats?voir=ruptures&mois=2026-11").text
    assert "Lina" in broken
    assert "Ruptures, novembre 2026" in broken
    assert "mois=2026-10" in broken
    now = clock().date()
    assert f"mois={now:%Y}" in browser.get("/console/contrats").text


@pytest.mark.parametrize("address", ["?mois=0000-00&voir=x&type=x&apres=x", "?mois=2026-13", "?mois=0001-01"])
def test_what_cannot_be_in_the_address_is_left_out(a_browser: ABrowser, address: str) -> None:
    assert a_browser().get(f"/console/contrats{address}").status_code == 200

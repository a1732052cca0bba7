"""What companies need, and why some trades stay hard to fill."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import needs
from programme.errors import CompanyNotFound, NeedNotFound
from programme.models import TensionNote, Urgency
from programme.practice.persona import Family
from tests.conftest import NOW
from tests.programme.network_builders import ON, a_company, a_need, a_site, a_territory

OFFERS = "premier métier en nombre d'offres"


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def open_ids(session: Session, territory_id: int, **only: object) -> list[int]:
    found = needs.open_needs(session, territory_id=territory_id, on=ON, **only)  # type: ignore[arg-type]
    return [each.id for each in found]


def test_needs_come_by_urgency_then_by_their_day_then_as_they_were_said(session: Session) -> None:
    territory_id, site_id = a_territory(session), a_site(session)
    later = a_need(session, site_id, urgency=Urgency.LATER, needed_by=ON)
    no_day, no_day_either = a_need(session, site_id), a_need(session, site_id)
    soon = a_need(session, site_id, needed_by=ON + timedelta(days=20))
    sooner = a_need(session, site_id, needed_by=ON + timedelta(days=10))
    now = a_need(session, site_id, urgency=Urgency.NOW)
    assert open_ids(session, territory_id) == [
        now.id, sooner.id, soon.id, no_day.id, no_day_either.id, later.id,
    ]  # fmt: skip


def test_a_need_is_open_until_its_day(session: Session) -> None:
    territory_id, site_id = a_territory(session), a_site(session)
    today = a_need(session, site_id, needed_by=ON)
    a_need(session, site_id, needed_by=ON - timedelta(days=1))
    assert open_ids(session, territory_id) == [today.id]


def test_a_need_that_is_closed_keeps_the_day_on_which_it_was(session: Session) -> None:
    territory_id = a_territory(session)
    need = a_need(session, a_site(session))
    needs.close(session, need.id, on=ON)
    needs.close(session, need.id, on=ON + timedelta(days=5))
    assert (need.closed_on, open_ids(session, territory_id)) == (ON, [])


def test_needs_are_of_their_territory_and_of_their_trade(session: Session) -> None:
    here, there = a_territory(session), a_territory(session, "dijon", ["Dijon"])
    near = a_need(session, a_site(session))
    far = a_need(session, a_site(session, a_company(session, "far"), commune="Dijon"), family=Family.RD)
    assert (open_ids(session, here), open_ids(session, there)) == ([near.id], [far.id])
    assert open_ids(session, here, family=Family.RD) == []


def test_needs_are_of_a_site_that_exists(session: Session) -> None:
    with pytest.raises(CompanyNotFound):
        a_need(session, 404)
    with pytest.raises(NeedNotFound):
        needs.close(session, 404, on=ON)


# -- why a trade is hard to fill


def a_tension(session: Session, **changes: object) -> TensionNote:
    """As the Hub of Dijon observed it: many offers, no lack of applicants, it is the hiring that blocks."""
    values = {
        "family": Family.MAINTENANCE_PHARMA,
        "trade": "technicien de maintenance",
        "offers": OFFERS,
        "blocks": "les candidats ne manquent pas, la façon de recruter bloque",
        "source": "étude présentée le 23 mars",
        "observed_on": ON,
        "now": NOW,
    } | changes
    return needs.note_tension(session, **values)  # type: ignore[arg-type]


def test_a_tension_observed_on_one_day_is_noted_once(session: Session) -> None:
    territory_id = a_territory(session)
    a_tension(session, territory_id=territory_id)
    a_tension(session, territory_id=territory_id, blocks="les offres ne disent pas le salaire")
    (noted,) = needs.tensions(session, territory_id=territory_id)
    assert (noted.offers, noted.blocks) == (OFFERS, "les offres ne disent pas le salaire")


def test_what_is_observed_everywhere_is_noted_once_as_well(session: Session) -> None:
    assert a_tension(session).id == a_tension(session).id


def test_a_territory_reads_its_own_and_what_holds_everywhere_the_latest_first(session: Session) -> None:
    here, there = a_territory(session), a_territory(session, "dijon", ["Dijon"])
    everywhere = a_tension(session, observed_on=ON - timedelta(days=30))
    own = a_tension(session, territory_id=here)
    a_tension(session, territory_id=there)
    assert [each.id for each in needs.tensions(session, territory_id=here)] == [own.id, everywhere.id]

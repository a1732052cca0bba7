"""What companies and organisations promise each other, when it holds, and what came of it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import conventions
from programme.errors import CompanyNotFound, ContractDatesWrong, ConventionNotFound, OrganisationNotFound
from programme.models import Convention
from tests.programme.network_builders import ON, a_company, an_organisation

ENDS_ON = ON + timedelta(days=365)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


def a_convention(session: Session, company: str = "garage", **changes: object) -> Convention:
    values = {
        "objectives": "Trois alternants",
        "commitments": "Deux visites par an",
        "follow_up": "Un point par trimestre",
        "criteria": "Contrats signés",
        "starts_on": ON,
        "ends_on": ENDS_ON,
        "signed_on": ON,
        "signatories": {"Mme Roy": "gérante", "M. Diallo": "directeur de la Mission locale"},
    } | changes
    if "company_id" not in values:
        values["company_id"] = a_company(session, company)
    if "organisation_id" not in values:
        values["organisation_id"] = an_organisation(session)
    return conventions.save_convention(session, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("on", "holds"),
    [
        pytest.param(ON - timedelta(days=1), False, id="the day before"),
        pytest.param(ON, True, id="the first day"),
        pytest.param(ENDS_ON, True, id="the last day"),
        pytest.param(ENDS_ON + timedelta(days=1), False, id="the day after"),
    ],
)
def test_a_convention_holds_between_its_days(session: Session, on: date, holds: bool) -> None:
    a_convention(session)
    assert len(conventions.in_force(session, on=on)) == holds


def test_a_draft_holds_once_it_is_signed(session: Session) -> None:
    draft = a_convention(session, signed_on=None)
    assert conventions.in_force(session, on=ON) == []
    assert a_convention(session).id == draft.id
    (held,) = conventions.in_force(session, on=ON)
    assert [each.name for each in held.signatories] == ["Mme Roy", "M. Diallo"]


def test_one_company_is_asked_for_its_own(session: Session) -> None:
    mine = a_convention(session, "garage")
    a_convention(session, "labo")
    assert [each.id for each in conventions.in_force(session, on=ON, company_id=mine.company_id)] == [mine.id]


@pytest.mark.parametrize(
    ("days_left", "looked_at"),
    [
        pytest.param(61, False, id="not yet"),
        pytest.param(60, True, id="it ends soon"),
        pytest.param(0, True, id="the last day"),
        pytest.param(-400, True, id="long over, and never evaluated"),
    ],
)
def test_a_convention_is_looked_at_before_its_end_until_it_is_evaluated(
    session: Session, days_left: int, looked_at: bool
) -> None:
    convention = a_convention(session)
    on = ENDS_ON - timedelta(days=days_left)
    assert len(conventions.to_look_at(session, on=on)) == looked_at
    conventions.evaluate(session, convention.id, evaluation="Deux contrats sur trois", on=on)
    assert conventions.to_look_at(session, on=on) == []


def test_a_draft_that_ends_is_no_work(session: Session) -> None:
    a_convention(session, signed_on=None)
    assert conventions.to_look_at(session, on=ENDS_ON) == []


def test_the_evaluation_is_kept_with_its_day(session: Session) -> None:
    convention = a_convention(session)
    conventions.evaluate(session, convention.id, evaluation="Deux contrats sur trois", on=ENDS_ON)
    session.expire(convention)
    assert (convention.evaluation, convention.evaluated_on) == ("Deux contrats sur trois", ENDS_ON)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        pytest.param({"company_id": 404}, CompanyNotFound, id="no company"),
        pytest.param({"organisation_id": 404}, OrganisationNotFound, id="no organisation"),
        pytest.param({"ends_on": ON - timedelta(days=1)}, ContractDatesWrong, id="it ends before it starts"),
    ],
)
def test_a_convention_is_refused_with(session: Session, changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        a_convention(session, **changes)


def test_what_does_not_exist_is_not_evaluated(session: Session) -> None:
    with pytest.raises(ConventionNotFound):
        conventions.evaluate(session, 404, evaluation="…", on=ON)

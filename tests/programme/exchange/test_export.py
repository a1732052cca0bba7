"""Who may take data out, and what is written down of it."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme.errors import ExportNotAllowed, StaffNotFound
from programme.exchange import companies, events, people
from programme.exchange.export import export, staff_by_email
from programme.exchange.preview import Kind
from programme.models import AuditLine, OrganisationKind, Person, Role, StaffMember, Teller
from programme.structures import save_organisation, save_staff, save_team
from tests.conftest import NOW, PARIS

FACTORY = sessionmaker[Session]


@pytest.fixture
def somebody(session_factory: FACTORY) -> Callable[..., int]:
    """Builds a member of the staff in one of two teams of the first structure, or of another; their id."""
    with session_factory.begin() as session:
        ours = save_organisation(session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale")
        other = save_organisation(session, slug="hub", kind=OrganisationKind.HUB, name="Hub")
        for organisation, name in ((ours, "Cachan"), (ours, "Arcueil"), (other, "Hub")):
            save_team(session, organisation_id=organisation, name=name)

    def build(role: Role, *, team_id: int = 1, active: bool = True) -> int:
        with session_factory.begin() as session:
            return save_staff(
                session, email=f"{role}{team_id}@exemple.fr", team_id=team_id, role=role, name="X", active=active
            )

    return build


def names(session_factory: FACTORY, kind: Kind, staff_id: int) -> list[object]:
    with session_factory.begin() as session:
        _, rows = export(session, kind, staff_id=staff_id, zone=PARIS, now=NOW)
        return [row[2] for row in rows]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        pytest.param(Role.COUNSELLOR, ["own"], id="a counsellor: who they follow"),
        pytest.param(Role.TEAM_LEAD, ["own", "team"], id="a team lead: the team"),
        pytest.param(Role.PROGRAMME_MANAGER, ["own", "team", "organisation"], id="a manager: the organisation"),
        pytest.param(Role.ADMIN, ["own", "team", "organisation", "elsewhere", "nobody's"], id="an administrator: all"),
    ],
)
def test_each_takes_out_the_people_that_are_theirs(
    session_factory: FACTORY, somebody: Callable[..., int], role: Role, seen: list[str]
) -> None:
    staff_id = somebody(role)
    with session_factory.begin() as session:
        for name, team_id, counsellor_id in (
            ("own", 1, staff_id),
            ("team", 1, None),
            ("organisation", 2, None),
            ("elsewhere", 3, None),
            ("nobody's", None, None),
        ):
            session.add(Person(created_at=NOW, display_name=name, team_id=team_id, counsellor_id=counsellor_id))
    assert names(session_factory, people.KIND, staff_id) == seen


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        pytest.param(people.KIND, Role.ANIMATOR, id="people, by an animator"),
        pytest.param(people.KIND, Role.CONTENT_AUTHOR, id="people, by an author"),
        pytest.param(companies.KIND, Role.CONTENT_AUTHOR, id="companies, by an author"),
    ],
)
def test_who_does_not_need_them_takes_nothing_out(
    session_factory: FACTORY, somebody: Callable[..., int], kind: Kind, role: Role
) -> None:
    staff_id = somebody(role)
    with pytest.raises(ExportNotAllowed):
        names(session_factory, kind, staff_id)


def test_who_left_takes_nothing_out(session_factory: FACTORY, somebody: Callable[..., int]) -> None:
    staff_id = somebody(Role.ADMIN, active=False)
    with pytest.raises(ExportNotAllowed):
        names(session_factory, events.KIND, staff_id)
    with session_factory() as session, pytest.raises(StaffNotFound):
        staff_by_email(session, "admin1@exemple.fr")


def test_an_export_is_written_down_with_counts_alone(session_factory: FACTORY, somebody: Callable[..., int]) -> None:
    staff_id = somebody(Role.ADMIN)
    with session_factory.begin() as session:
        session.add(Person(created_at=NOW, display_name="Zoé"))
    names(session_factory, people.KIND, staff_id)
    with session_factory() as session:
        line = session.scalars(select(AuditLine)).one()
        assert (line.action, line.teller, line.staff_id) == ("people.export", Teller.STAFF, staff_id)
        assert (line.details, line.person_id) == ({"rows": 1}, None)


def test_staff_are_found_by_their_mail_in_any_case(session_factory: FACTORY, somebody: Callable[..., int]) -> None:
    staff_id = somebody(Role.ADMIN)
    with session_factory() as session:
        assert staff_by_email(session, "ADMIN1@exemple.fr") == staff_id
        assert session.get_one(StaffMember, staff_id).active

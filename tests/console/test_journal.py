"""The journal: what each one may read of it, and in whose words."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.console.journal import ACTIONS
from programme import audit, journal, own_data_words
from programme.clock import clock
from programme.exchange import companies, events, people
from programme.models import Role, Teller
from programme.permissions import Member
from tests.console.conftest import Browser

ROOT = Path(__file__).parents[2]
KINDS = [kind.name for kind in (companies.KIND, events.KIND, people.KIND)]


@pytest.fixture
def a_line(session_factory: sessionmaker[Session]) -> Callable[..., None]:
    def write(who: Member | None, action: str = "conversation.open", *, person_id: int | None = None) -> None:
        with session_factory.begin() as session:
            audit.record(
                session,
                action,
                teller=Teller.STAFF if who else Teller.SYSTEM,
                now=clock(),
                person_id=person_id,
                staff_id=who.staff_id if who else None,
            )

    return write


def test_a_team_lead_reads_what_their_teams_did_and_an_admin_all_of_it(
    a_browser: Callable[..., Browser],
    a_member: Callable[..., Member],
    a_team: Callable[..., int],
    a_line: Callable[..., None],
) -> None:
    # given somebody of a team, and somebody of another organisation
    lead = a_member(Role.TEAM_LEAD)
    near = a_member(team_id=lead.team_id, name="Noa Proche")
    far = a_member(team_id=a_team(organisation="autre"), name="Lou Lointain")
    a_line(near)
    a_line(far, "profile.read")
    a_line(None, "account.lock")
    # when they read the journal
    theirs = a_browser(who=lead).get("/console/journal").text
    everything = a_browser(Role.ADMIN).get("/console/journal").text
    # then each sees what is theirs to see
    assert "Noa Proche" in theirs
    assert "Lou Lointain" not in theirs
    assert "<td>compte bloqué" not in theirs
    assert "Noa Proche" in everything
    assert "Lou Lointain" in everything
    assert "<td>le programme</td>" in everything


def test_young_people_have_a_number_and_no_name(
    a_browser: Callable[..., Browser], a_young_person: Callable[..., int], a_line: Callable[..., None]
) -> None:
    admin = a_browser(Role.ADMIN)
    person_id = a_young_person(name="Inès")
    a_line(admin.who, "person.export", person_id=person_id)
    page = admin.get("/console/journal").text
    assert f"n° {person_id}" in page
    assert "Inès" not in page


def test_it_is_filtered_and_paged(
    a_browser: Callable[..., Browser],
    a_member: Callable[..., Member],
    a_young_person: Callable[..., int],
    a_line: Callable[..., None],
) -> None:
    admin, other = a_browser(Role.ADMIN), a_member(name="Noa")
    person_id = a_young_person()
    for _ in range(journal.PAGE):
        a_line(other)
    a_line(admin.who, "person.export", person_id=person_id)
    assert "avant=" in admin.get("/console/journal").text
    for query, count in (
        (f"qui={other.staff_id}", journal.PAGE),
        (f"qui={admin.who.staff_id}", 1),
        (f"jeune=+{person_id}+", 1),
        ("quoi=person.export", 1),
        ("quoi=profile.share", 0),
        ("avant=2", 1),
    ):
        lines = admin.get(f"/console/journal?{query}").text.partition("<tbody>")[2].count("<tr>")
        assert lines == count, query


@pytest.mark.parametrize("query", ["jeune=abc", "qui=x", "avant=0", "jeune=9999999999999999999"])
def test_what_is_no_number_is_said(a_browser: Callable[..., Browser], query: str) -> None:
    assert a_browser(Role.ADMIN).get(f"/console/journal?{query}").status_code == 422


def actions_written() -> Iterator[str]:
    """Every « object.verb » that the programme hands to `audit.record`, or keeps in a constant for it."""
    for path in [*(ROOT / "programme").rglob("*.py"), *(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = ast.unparse(node.func)
            if called not in {
                "audit.record",
                "audit.record_each",
                "_record",
                "record",
                "record_each",
                "line_once",
                "readings.line_once",
            }:
                continue
            for each in ast.walk(node.args[1]):
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value:
                    # « .import » is what is added to the name of a kind of table
                    kinds = KINDS if each.value.startswith(".") else [""]
                    yield from (f"{kind}{each.value}" for kind in kinds)
                elif isinstance(each, ast.Name) and "." in str(constants.get(each.id, "")):
                    yield str(constants[each.id])


def test_every_action_that_is_written_has_words() -> None:
    written = set(actions_written())
    assert {"account.add", "conversation.open", "profile.share"} <= written
    assert written - ACTIONS.keys() == set()


def test_what_is_done_about_somebody_has_words_for_them_too() -> None:
    about = ("attendance.", "booking.", "conversation.", "person.", "profile.")
    written = {action for action in actions_written() if action.startswith(about)}
    assert {"booking.add", "person.open"} <= written
    assert written - own_data_words.ACTIONS.keys() == set()

"""The first page of the day in a browser, its buttons, and absences."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.console.morning import TITLES
from programme import absences, flags, takeover
from programme.clock import clock
from programme.models import Absence, ChannelIdentity, Conversation, Flag, FlagReason, Role
from programme.morning_sources import Why
from programme.permissions import Member, Right
from tests.conftest import PARIS
from tests.console.conftest import Browser

A_DAY = timedelta(days=1)
Staff = Callable[..., Member]
Open = Callable[..., Browser]
Somebody = Callable[..., int]


@pytest.fixture
def flagged(session_factory: sessionmaker[Session], a_young_person: Somebody) -> Callable[..., int]:
    """Builds a young person for whom the team is called; the flag's id."""

    def build(
        who: Member | None, reason: FlagReason = FlagReason.HUMAN_WANTED, *, name: str = "Inès", days: int = 0
    ) -> int:
        person_id = a_young_person(counsellor=who, name=name)
        with session_factory.begin() as session:
            conversation_id = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()
            flags.raise_flag(session, conversation_id, reason=reason, now=clock() - days * A_DAY)
            return session.scalars(select(Flag.id).order_by(Flag.id.desc()).limit(1)).one()

    return build


@pytest.fixture
def read(session_factory: sessionmaker[Session]) -> Callable[[int], Flag]:
    """The flag as it is now."""

    def find(flag_id: int) -> Flag:
        with session_factory() as session:
            return session.get_one(Flag, flag_id)

    return find


# -- the page


def test_the_page_says_who_needs_somebody_why_and_since_when(
    a_browser: Open, flagged: Callable[..., int], read: Callable[[int], Flag]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flag = read(flagged(browser.who, name="Inès <b>"))
    page = browser.get("/console").text
    assert "<h1>Ce matin</h1>" in page
    assert "1 jeune a besoin de quelqu'un" in page
    assert "Inès &lt;b&gt;" in page
    assert "a demandé un humain" in page
    assert "à l&#39;instant" in page
    assert "tu l'accompagnes" in page
    assert f"/console/conversations/{flag.conversation_id}" in page
    assert f"/console/alertes/{flag.id}/prendre" in page


def test_a_morning_without_a_need_says_so_kindly(a_browser: Open) -> None:
    page = a_browser(Role.COUNSELLOR).get("/console").text
    assert "Personne n'attend ce matin" in page


def test_groups_are_in_their_order_and_the_order_is_written_on_the_page(
    a_browser: Open, flagged: Callable[..., int]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flagged(browser.who)
    flagged(browser.who, FlagReason.DISTRESS)
    page = browser.get("/console").text
    distress, human = (f'id="raison-{why.value}"' for why in (Why.DISTRESS, Why.HUMAN_WANTED))
    assert page.index(distress) < page.index(human)
    places = [page.index(f"<li>{title}</li>".replace("'", "&#39;")) for title in TITLES.values()]
    assert places == sorted(places)


def test_who_has_waited_for_hours_of_work_is_shown_to_a_colleague_with_the_hours(
    a_browser: Open, a_member: Staff, flagged: Callable[..., int]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    colleague = a_member(team_id=browser.who.team_id, name="Noa Lambert")
    flagged(colleague, name="Tom", days=7)
    flagged(colleague, name="Zoé")
    page = browser.get("/console").text
    assert "h de travail</span>" in page
    assert "suivi : Noa Lambert" in page
    assert "Zoé" not in page


def test_the_deputy_reads_for_whom_they_stand_in_and_who_is_away_is_reminded(
    a_browser: Open, a_member: Staff, session_factory: sessionmaker[Session], flagged: Callable[..., int]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    absent = a_member(team_id=browser.who.team_id, name="Noa Lambert")
    flagged(absent, name="Tom")
    today = clock().astimezone(PARIS).date()
    with session_factory.begin() as session:
        absences.add(
            session, absent.staff_id, starts_on=today, ends_on=today, deputy_id=browser.who.staff_id, today=today
        )
    page = browser.get("/console").text
    assert "tu remplaces Noa Lambert" in page
    assert "Tom" in page
    assert "tu es noté·e en absence" in a_browser(who=absent).get("/console").text


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.COUNSELLOR, Role.TEAM_LEAD)])
def test_a_role_without_a_morning_is_led_to_the_first_page_of_its_own(a_browser: Open, role: Role) -> None:
    browser = a_browser(role)
    answer = browser.get("/console")
    assert answer.status_code == 303
    where = answer.headers["location"]
    assert where.startswith("/console/")
    assert not browser.who.may(Right.MORNING)


# -- alerts


def test_i_take_an_alert_and_my_colleagues_see_that_i_have_it(
    a_browser: Open, a_member: Staff, flagged: Callable[..., int]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    colleague = a_browser(who=a_member(team_id=browser.who.team_id))
    flag_id = flagged(browser.who, FlagReason.DISTRESS)
    # when I take it
    answer = browser.send(f"/console/alertes/{flag_id}/prendre", {"de": "matin"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    # then the page says so, to both
    page = browser.get("/console").text
    assert "tu t'en occupes" in page
    assert "C&#39;est noté" in page
    page = colleague.get("/console").text
    assert f"{browser.who.name} s'en occupe" in page
    assert f"/console/alertes/{flag_id}/prendre" not in page
    # and a colleague whose page is older is told
    colleague.send(f"/console/alertes/{flag_id}/prendre", {"de": "matin"})
    assert "s&#39;en occupe déjà" in colleague.get("/console").text


def test_i_give_an_alert_back_to_the_team(
    a_browser: Open, flagged: Callable[..., int], read: Callable[[int], Flag]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flag_id = flagged(browser.who)
    browser.send(f"/console/alertes/{flag_id}/prendre")
    assert read(flag_id).taken_by_id == browser.who.staff_id
    browser.send(f"/console/alertes/{flag_id}/rendre")
    assert read(flag_id).taken_by_id is None


def test_an_alert_that_is_settled_is_closed_by_me_and_only_once(
    a_browser: Open, flagged: Callable[..., int], read: Callable[[int], Flag]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flag_id = flagged(browser.who)
    browser.send(f"/console/alertes/{flag_id}/regler", {"de": "matin"})
    assert "l&#39;alerte est fermée" in browser.get("/console").text
    assert read(flag_id).closed_by_id == browser.who.staff_id
    for verb in ("prendre", "rendre", "regler"):
        browser.send(f"/console/alertes/{flag_id}/{verb}", {"de": "matin"})
        assert "déjà fermée" in browser.get("/console").text


def test_from_the_conversation_one_comes_back_to_the_conversation(
    a_browser: Open, flagged: Callable[..., int], read: Callable[[int], Flag]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flag_id = flagged(browser.who)
    answer = browser.send(f"/console/alertes/{flag_id}/regler")
    assert answer.headers["location"] == f"/console/conversations/{read(flag_id).conversation_id}"


@pytest.mark.parametrize("verb", ["prendre", "rendre", "regler"])
def test_an_alert_of_another_team_is_not_there(
    a_browser: Open, a_member: Staff, flagged: Callable[..., int], read: Callable[[int], Flag], verb: str
) -> None:
    flag_id = flagged(a_member())
    assert a_browser(Role.COUNSELLOR).send(f"/console/alertes/{flag_id}/{verb}").status_code == 404
    assert (read(flag_id).taken_by_id, read(flag_id).closed_at) == (None, None)


def test_a_call_for_help_is_not_closed_by_one_press(a_browser: Open, flagged: Callable[..., int]) -> None:
    browser = a_browser(Role.COUNSELLOR)
    flagged(browser.who)
    assert "Fermer l&#39;alerte" not in browser.get("/console").text
    flagged(browser.who, FlagReason.HARASSMENT)
    assert "Fermer l&#39;alerte" in browser.get("/console").text


def test_who_has_the_conversation_now_is_on_the_line(
    a_browser: Open,
    a_member: Staff,
    session_factory: sessionmaker[Session],
    flagged: Callable[..., int],
    read: Callable[[int], Flag],
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    conversation_id: uuid.UUID = read(flagged(browser.who)).conversation_id
    colleague = a_member(team_id=browser.who.team_id, name="Noa Lambert")
    with session_factory.begin() as session:
        takeover.take(session, conversation_id, staff_id=colleague.staff_id, now=clock())
    assert "en conversation avec Noa Lambert" in browser.get("/console").text


# -- absences


def days(first: int, last: int) -> dict[str, str]:
    """From so many days from now on, until so many."""
    today = clock().astimezone(PARIS).date()
    return {"starts_on": (today + first * A_DAY).isoformat(), "ends_on": (today + last * A_DAY).isoformat()}


def kept(session_factory: sessionmaker[Session]) -> list[tuple[int, int | None]]:
    with session_factory() as session:
        return [(each.staff_id, each.deputy_id) for each in session.scalars(select(Absence).order_by(Absence.id))]


def test_i_note_my_absence_with_a_deputy_and_take_it_back(
    a_browser: Open, a_member: Staff, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    deputy = a_member(team_id=browser.who.team_id, name="Noa Lambert")
    answer = browser.send("/console/absences", days(1, 3) | {"deputy_id": str(deputy.staff_id)})
    assert answer.status_code == 303
    page = browser.get("/console/absences").text
    assert "L&#39;absence est notée" in page
    assert "<td>Noa Lambert</td>" in page
    assert kept(session_factory) == [(browser.who.staff_id, deputy.staff_id)]
    with session_factory() as session:
        absence_id = session.scalars(select(Absence.id)).one()
    browser.send(f"/console/absences/{absence_id}/retirer")
    assert "Aucune absence n'est notée" in browser.get("/console/absences").text
    assert browser.send(f"/console/absences/{absence_id}/retirer").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param(days(3, 1), "Le dernier jour vient après le premier", id="the wrong way round"),
        pytest.param(days(-3, -1), "n&#39;est pas passé", id="over"),
        pytest.param({"starts_on": "demain", "ends_on": ""}, "Choisis un jour", id="no day"),
        pytest.param(days(0, 0) | {"deputy_id": "999999"}, "choisis quelqu&#39;un de la liste", id="a stranger"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed(
    a_browser: Open, session_factory: sessionmaker[Session], fields: dict[str, str], said: str
) -> None:
    answer = a_browser(Role.COUNSELLOR).send("/console/absences", fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{fields["starts_on"]}"' in answer.text
    assert kept(session_factory) == []


def test_an_absence_on_days_that_are_noted_already_is_refused(
    a_browser: Open, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser(Role.ADMIN)
    browser.send("/console/absences", days(1, 3))
    answer = browser.send("/console/absences", days(2, 9))
    assert "retire-la d&#39;abord" in answer.text
    assert kept(session_factory) == [(browser.who.staff_id, None)]


def test_a_team_lead_notes_the_absences_of_their_team(
    a_browser: Open, a_member: Staff, session_factory: sessionmaker[Session]
) -> None:
    lead = a_browser(Role.TEAM_LEAD)
    colleague = a_member(team_id=lead.who.team_id, name="Noa Lambert")
    assert "Absence de <strong>Noa Lambert</strong>" in lead.get(f"/console/absences?person={colleague.staff_id}").text
    lead.send("/console/absences", days(0, 1) | {"staff_id": str(colleague.staff_id)})
    assert kept(session_factory) == [(colleague.staff_id, None)]
    assert "Noa Lambert" in lead.get("/console/absences").text


def test_a_counsellor_notes_and_takes_back_nobody_elses(
    a_browser: Open, a_member: Staff, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    colleague = a_member(team_id=browser.who.team_id)
    a_browser(who=colleague).send("/console/absences", days(0, 1))
    assert browser.get(f"/console/absences?person={colleague.staff_id}").status_code == 404
    assert browser.send("/console/absences", days(5, 6) | {"staff_id": str(colleague.staff_id)}).status_code == 404
    with session_factory() as session:
        absence_id = session.scalars(select(Absence.id)).one()
    assert browser.send(f"/console/absences/{absence_id}/retirer").status_code == 404
    assert kept(session_factory) == [(colleague.staff_id, None)]

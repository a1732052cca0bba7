"""The list of conversations and one of them: whose they are, what is shown and hidden, and the counsellor's word."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import absences, audit, conversation_search, conversations, flags, readings, takeover
from programme.clock import clock
from programme.models import (
    ChannelIdentity,
    Conversation,
    Flag,
    FlagReason,
    Message,
    Note,
    PracticeMode,
    PracticeRun,
    Role,
    Takeover,
)
from programme.permissions import Member
from programme.replies import Button, Reply
from tests.console.conftest import Browser

NOWHERE = "00000000-0000-4000-8000-000000000000"
Say = Callable[..., Message]


def conversation_of(session: Session, person_id: int) -> uuid.UUID:
    return session.scalars(
        select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
    ).one()


@pytest.fixture
def says(session_factory: sessionmaker[Session]) -> Say:
    """The person writes, and the assistant has answered when ``answer`` is given."""

    def say(
        person_id: int,
        text: str,
        *,
        answer: str = "",
        private: bool = False,
        intent: str | None = None,
        run: int | None = None,
    ) -> Message:
        now = clock()
        with session_factory.begin() as session:
            conversation_id = conversation_of(session, person_id)
            message = conversations.store_incoming(
                session, conversation_id=conversation_id, public_id=str(uuid.uuid4()), text=text, payload=None, now=now
            )
            conversations.mark_answered(
                session,
                message,
                intent=intent,
                confidence=0.87 if intent else None,
                now=now,
                private=private,
                practice_run_id=run,
            )
            if answer:
                conversations.store_replies(
                    session,
                    conversation_id=conversation_id,
                    replies=[Reply(answer, (Button("Oui", "/affirm"),))],
                    now=now,
                    in_reply_to=message.id,
                )
        return message

    return say


def path_of(session_factory: sessionmaker[Session], person_id: int) -> str:
    with session_factory() as session:
        return f"/console/conversations/{conversation_of(session, person_id)}"


# -- the list


def test_the_list_shows_those_of_the_team_the_latest_first(
    a_browser: Callable[..., Browser], a_young_person: Callable[..., int], says: Say, a_member: Callable[..., object]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    ines, yanis = (a_young_person(counsellor=browser.who, name=name) for name in ("Inès", "Yanis"))
    other = a_young_person(counsellor=a_member(), name="Personne d'ailleurs")
    for person_id in (ines, yanis, other):
        says(person_id, "salut, c'est moi")
    page = browser.get("/console/conversations").text
    assert page.index("Yanis") < page.index("Inès")
    assert "Personne d'ailleurs" not in page


def test_who_has_no_team_is_shown_to_all_who_answer(
    a_browser: Callable[..., Browser], a_young_person: Callable[..., int], says: Say
) -> None:
    says(a_young_person(name="Sacha"), "bonjour")
    assert "Sacha" in a_browser(Role.COUNSELLOR).get("/console/conversations").text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param("?voir=unread", True, id="not read yet"),
        pytest.param("?voir=human_wanted", True, id="wants a human"),
        pytest.param("?voir=safety", False, id="no call for help"),
        pytest.param("?voir=held", False, id="nobody has it"),
        pytest.param("?voir=mine&voir=unread", True, id="two at once"),
        pytest.param("?voir=nobodys", False, id="somebody follows her"),
        pytest.param("?etape=projet", True, id="her stage"),
        pytest.param("?etape=rupture", False, id="another stage"),
        pytest.param("?campagne=septembre", False, id="in no campaign"),
        pytest.param("?date=1", False, id="has no seat"),
        pytest.param("?du=2020-01-01", True, id="since long"),
        pytest.param("?du=2999-01-01", False, id="not yet"),
        pytest.param("?au=2020-01-01", False, id="before"),
        pytest.param("?mots=boulangeries", True, id="a word in another form"),
        pytest.param("?mots=BOULANGÈRIE", True, id="without regard to accents"),
        pytest.param("?mots=boul", True, id="the beginning of a word"),
        pytest.param("?mots=boulangerie+camion", False, id="one word is missing"),
        pytest.param("?mots=%26%7C!%3A*", False, id="signs that mean something to the database"),
        pytest.param("?au=9999-12-31&du=0001-01-01", True, id="as far as days go"),
        pytest.param("?campagne=%00", True, id="a campaign that there is not"),
        pytest.param("?mots=boul%00angerie", False, id="the same among words"),
        pytest.param("?apres=9999-12-31T23:59:59-23:59~00000000-0000-4000-8000-000000000000", True, id="far from now"),
        pytest.param("?voir=nimporte&etape=x&date=zz&du=hier&apres=rien", True, id="what cannot be is left out"),
    ],
)
def test_filters(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
    asked: str,
    shown: bool,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who, name="Inès")
    says(person_id, "je veux une alternance en boulangerie")
    with session_factory.begin() as session:
        conversation_id = conversation_of(session, person_id)
        flags.raise_flag(session, conversation_id, reason=FlagReason.HUMAN_WANTED, now=clock())
        conversation_search.index_lately(session, now=clock())
    page = browser.get(f"/console/conversations{asked}")
    assert (page.status_code, "Inès" in page.text) == (200, shown)


def test_pages_follow_each_other_without_gap_or_double(
    a_browser: Callable[..., Browser], a_young_person: Callable[..., int], says: Say
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    for number in range(30):
        says(a_young_person(counsellor=browser.who, name=f"Jeune{number:02}"), "salut")
    first = browser.get("/console/conversations").text
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = browser.get(f"/console/conversations{following}").text
    shown = [[f"Jeune{number:02}" in page for number in range(30)] for page in (first, second)]
    assert [a + b for a, b in zip(*shown, strict=True)] == [1] * 30
    assert sum(shown[0]) == 25


def test_what_is_found_is_marked_and_safe(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    says(a_young_person(counsellor=browser.who), "<script>alert('boulangerie')</script>")
    with session_factory.begin() as session:
        conversation_search.index_lately(session, now=clock())
    page = browser.get("/console/conversations?mots=boulangerie").text
    assert "<mark>boulangerie</mark>" in page
    assert "<script>alert" not in page


def test_what_is_private_can_neither_be_read_nor_found(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who, name="Inès")
    says(person_id, "salut")
    says(person_id, "mon secret de carnet", private=True)
    with session_factory.begin() as session:
        conversation_search.index_lately(session, now=clock())
    assert "secret" not in browser.get("/console/conversations").text
    assert "Inès" not in browser.get("/console/conversations?mots=secret").text
    page = browser.get(path_of(session_factory, person_id)).text
    assert "secret" not in page
    assert "carnet, qu'elle n'a pas partagé" in page.replace("&#39;", "'")


# -- words


def test_words_are_added_as_they_are_said_and_can_be_read_anew(
    session_factory: sessionmaker[Session], a_young_person: Callable[..., int], says: Say
) -> None:
    person_id = a_young_person()
    says(person_id, "je cherche en boulangerie")
    with session_factory.begin() as session:
        assert conversation_search.index_lately(session, now=clock()) == 1
        assert conversation_search.index_lately(session, now=clock()) == 0
    says(person_id, "ou en mécanique")
    with session_factory.begin() as session:
        assert conversation_search.index_lately(session, now=clock()) == 1
        conversation_id = conversation_of(session, person_id)
        for words in ("boulangerie", "mecanique", "boulangerie mécanique"):
            assert session.scalars(
                select(Conversation.id).where(conversation_search.matches(session, words))
            ).all() == [conversation_id], words
        session.execute(Message.__table__.delete().where(Message.text.contains("boulangerie")))
        conversation_search.rebuild(session, conversation_id)
        assert (
            session.scalars(select(Conversation.id).where(conversation_search.matches(session, "boulangerie"))).all()
            == []
        )


def test_conversations_of_before_the_search_are_indexed_as_well(
    session_factory: sessionmaker[Session], a_young_person: Callable[..., int], says: Say
) -> None:
    says(a_young_person(), "bonjour")
    with session_factory.begin() as session:
        assert conversation_search.index_missed(session, now=clock()) == 1
        assert conversation_search.index_missed(session, now=clock()) == 0


# -- one conversation


def test_a_conversation_shows_both_sides_with_what_was_understood(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who, name="Inès")
    says(person_id, "c payé combien ?", answer="Tu touches une part du Smic.", intent="apprentice_pay")
    page = browser.get(path_of(session_factory, person_id)).text
    assert "c payé combien ?" in page
    assert "Tu touches une part du Smic." in page
    assert "(87 %)" in page
    assert "Oui" in page


def test_opening_it_is_written_down_and_it_counts_as_read(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    says(person_id, "salut")
    assert "pas lue" in browser.get("/console/conversations").text
    browser.get(path_of(session_factory, person_id))
    with session_factory() as session:
        [line] = audit.about(session, person_id)
    assert (line.action, line.staff_id) == (readings.OPENED, browser.who.staff_id)
    assert "pas lue</span>" not in browser.get("/console/conversations").text


def test_a_conversation_out_of_reach_is_not_there(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    a_member: Callable[..., object],
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    others = path_of(session_factory, a_young_person(counsellor=a_member()))
    unknown = f"/console/conversations/{NOWHERE}"
    answers = [browser.get(path) for path in (others, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text.replace(unknown, others)
    for path in ("prendre", "ecrire", "rendre", "note", "saisie"):
        assert browser.send(f"{others}/{path}", {"text": "x"}).status_code == 404
    with session_factory() as session:
        assert session.scalars(select(Takeover)).all() == []


def test_who_reads_without_need_sees_no_names_and_no_numbers(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    a_team: Callable[..., int],
    a_member: Callable[..., object],
    says: Say,
) -> None:
    # given a young person of a counsellor, and the lead of another team of the same territory
    counsellor = a_member(Role.COUNSELLOR, team_id=a_team())
    lead = a_browser(who=a_member(Role.TEAM_LEAD, team_id=a_team()))
    person_id = a_young_person(counsellor=counsellor)
    says(person_id, "je m'appelle Inès Benali, 06 12 34 56 78")
    path = path_of(session_factory, person_id)
    # then the lead reads without the name, and the counsellor with it
    masked = lead.get(path).text
    assert "Benali" not in masked
    assert "06 12" not in masked
    assert "[nom]" in masked
    assert "Benali" not in lead.get("/console/conversations").text
    assert "Benali" in a_browser(who=counsellor).get(path).text


def test_who_stands_in_for_a_colleague_reads_as_they_do(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    a_team: Callable[..., int],
    a_member: Callable[..., Member],
    says: Say,
) -> None:
    # given a counsellor who is away, and the lead of another team who stands in for them
    counsellor = a_member(Role.COUNSELLOR, team_id=a_team())
    lead = a_member(Role.TEAM_LEAD, team_id=a_team())
    today = clock().date()
    with session_factory.begin() as session:
        absences.add(
            session,
            counsellor.staff_id,
            starts_on=today - timedelta(days=1),
            ends_on=today + timedelta(days=1),
            deputy_id=lead.staff_id,
            today=today,
        )
    person_id = a_young_person(counsellor=counsellor)
    says(person_id, "je m'appelle Inès Benali")
    # then nothing is hidden from them
    browser = a_browser(who=lead)
    assert "Benali" in browser.get(path_of(session_factory, person_id)).text
    assert "Benali" in browser.get("/console/conversations").text


def test_what_was_read_otherwise_can_be_corrected_from_the_conversation(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    open_to_all = says(person_id, "c'est payé combien ?", answer="…", intent="pay_apprentice")
    own = says(person_id, "dans mon carnet", answer="…", intent="pay_apprentice", private=True)
    page = browser.get(path_of(session_factory, person_id)).text
    assert f"/console/relecture/message/{open_to_all.id}" in page
    assert f"/console/relecture/message/{own.id}" not in page
    assert browser.get(f"/console/relecture/message/{open_to_all.id}").status_code == 200


def test_a_practice_is_read_once_it_is_shared(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    with session_factory.begin() as session:
        run = PracticeRun(
            person_id=person_id,
            mode=PracticeMode.EMPLOYER,
            persona="garage",
            level=1,
            state={},
            started_at=clock(),
            last_at=clock(),
        )
        session.add(run)
        session.flush()
        run_id = run.id
    says(person_id, "bonjour monsieur, vous cherchez ?", private=True, run=run_id)
    path = path_of(session_factory, person_id)
    assert "vous cherchez" not in browser.get(path).text
    with session_factory.begin() as session:
        session.get_one(PracticeRun, run_id).shared_at = clock()
    assert "vous cherchez" in browser.get(path).text


def test_older_messages_are_a_page_away(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    for number in range(105):
        says(person_id, f"message{number:03}")
    path = path_of(session_factory, person_id)
    page = browser.get(path).text
    assert "message104" in page
    assert "message004" not in page
    older = page.split("?avant=")[1].split('"')[0]
    assert "message004" in browser.get(f"{path}?avant={older}").text


# -- live


def events(stream: httpx.Response) -> dict[str, object]:
    """The data of the next event."""
    for line in stream.iter_lines():
        if line.startswith("data:"):
            found: dict[str, object] = json.loads(line.removeprefix("data:"))
            return found
    raise AssertionError("the stream ended")


def test_a_new_message_comes_in_by_itself(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    first = says(person_id, "salut")
    path = path_of(session_factory, person_id)
    with browser.client.stream("GET", f"{path}/flux?apres={first.id}", timeout=20) as stream:
        says(person_id, "t'es là ?")
        assert "t&#39;es là ?" in str(events(stream)["html"])


def test_news_are_of_those_within_reach_only(
    a_browser: Callable[..., Browser], a_young_person: Callable[..., int], a_member: Callable[..., object], says: Say
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    mine, others = a_young_person(counsellor=browser.who), a_young_person(counsellor=a_member())
    with browser.client.stream("GET", "/console/conversations/flux", timeout=20) as stream:
        says(others, "pas pour toi")
        says(mine, "pour toi")
        assert events(stream) == {"count": 1}


# -- speaking


def test_to_take_write_and_give_back(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    says: Say,
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    says(person_id, "je veux parler à quelqu'un")
    path = path_of(session_factory, person_id)
    assert "talk_taken" in browser.send(f"{path}/prendre", {"reason": "l'entretien"}).headers["set-cookie"]
    assert "À toi de répondre" in browser.get(path).text
    assert "talk_sent" in browser.send(f"{path}/ecrire", {"text": "Bonjour !"}).headers["set-cookie"]
    assert "talk_given_back" in browser.send(f"{path}/rendre", {"summary": "Rappelle mardi."}).headers["set-cookie"]
    page = browser.get(path).text
    assert "Bonjour !" in page
    assert "Rappelle mardi." in page
    assert "prend la conversation" in page
    with session_factory() as session:
        [held] = session.scalars(select(Takeover))
        assert (held.reason, held.summary) == ("l'entretien", "Rappelle mardi.")


def test_the_second_one_is_told_who_has_it(
    session_factory: sessionmaker[Session],
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    a_member: Callable[..., object],
    a_team: Callable[..., int],
) -> None:
    team = a_team()
    camille, noa = (a_browser(who=a_member(team_id=team, name=name)) for name in ("Camille", "Noa"))
    path = path_of(session_factory, a_young_person(counsellor=camille.who))
    camille.send(f"{path}/prendre")
    assert "talk_others" in noa.send(f"{path}/prendre").headers["set-cookie"]
    assert "Camille a cette conversation" in noa.get(path).text
    # and nothing that the second one sends leaves
    assert noa.send(f"{path}/ecrire", {"text": "coucou"}, headers={"X-Form-Token": noa.form_token}).status_code == 409
    assert "talk_not_held" in noa.send(f"{path}/carte", {"card": "answer.cej"}).headers["set-cookie"]
    assert "talk_not_held" in noa.send(f"{path}/rendre").headers["set-cookie"]
    assert "coucou" not in noa.get(path).text


def test_a_note_with_sensitive_words_is_asked_about_first(
    session_factory: sessionmaker[Session], a_browser: Callable[..., Browser], a_young_person: Callable[..., int]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    path = path_of(session_factory, a_young_person(counsellor=browser.who))
    answer = browser.send(f"{path}/note", {"text": "Elle sort de prison."})
    assert "Relire avant de garder" in answer.text
    assert "Elle sort de prison." in answer.text
    with session_factory() as session:
        assert session.scalars(select(Note)).all() == []
    browser.send(f"{path}/note", {"text": "Elle sort de prison.", "despite": "oui"})
    browser.send(f"{path}/note", {"text": "Disponible le mardi."})
    with session_factory() as session:
        assert [note.text for note in session.scalars(select(Note).order_by(Note.id))] == [
            "Elle sort de prison.",
            "Disponible le mardi.",
        ]


def test_taking_over_waits_for_the_turn_that_is_under_way(
    session_factory: sessionmaker[Session], a_browser: Callable[..., Browser], a_young_person: Callable[..., int]
) -> None:
    # given a turn that never ends: its process died
    browser = a_browser(Role.COUNSELLOR)
    person_id = a_young_person(counsellor=browser.who)
    with session_factory.begin() as session:
        conversations.take_lease(session, conversation_of(session, person_id), owner=uuid.uuid4(), now=clock())
    # when somebody takes over, then it takes a moment, and they have it all the same
    browser.send(f"{path_of(session_factory, person_id)}/prendre")
    with session_factory() as session:
        held = takeover.holder(session, conversation_of(session, person_id), now=clock() + timedelta(seconds=1))
        assert held is not None
        assert held.staff_id == browser.who.staff_id
        assert session.scalars(select(Flag)).all() == []

"""Words of conversations: what is found, what is never, and how the index keeps up."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from programme import conversation_search, conversations, structures, takeover
from programme.models import ChannelIdentity, Conversation, ConversationWords, Message, OrganisationKind, Role
from programme.replies import Reply
from tests.conftest import NOW

LONG_AGO = NOW - timedelta(hours=9)
Says = Callable[..., Message]


@pytest.fixture
def a_conversation(session_factory: sessionmaker[Session], a_person: Callable[..., int]) -> Callable[[], uuid.UUID]:
    """Builds a conversation with a person of its own; its id."""

    def build() -> uuid.UUID:
        person_id = a_person()
        with session_factory() as session:
            return session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()

    return build


@pytest.fixture
def says(session_factory: sessionmaker[Session]) -> Says:
    """The person writes; the assistant has read it unless ``read`` is false."""

    def say(
        conversation_id: uuid.UUID, text: str, *, private: bool = False, read: bool = True, now: datetime = NOW
    ) -> Message:
        with session_factory.begin() as session:
            message = conversations.store_incoming(
                session, conversation_id=conversation_id, public_id=str(uuid.uuid4()), text=text, payload=None, now=now
            )
            if read:
                conversations.mark_answered(session, message, intent=None, confidence=None, now=now, private=private)
        return message

    return say


@pytest.fixture
def staff_id(session_factory: sessionmaker[Session]) -> int:
    with session_factory.begin() as session:
        organisation_id = structures.save_organisation(
            session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale"
        )
        team_id = structures.save_team(session, organisation_id=organisation_id, name="Équipe")
        return structures.save_staff(
            session, email="c@ml.example", team_id=team_id, role=Role.COUNSELLOR, name="Camille"
        )


@pytest.fixture
def index(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    def run(*, now: datetime = NOW) -> int:
        with session_factory.begin() as session:
            return conversation_search.index_lately(session, now=now)

    return run


@pytest.fixture
def finds(session_factory: sessionmaker[Session]) -> Callable[[str], set[uuid.UUID]]:
    def search(words: str) -> set[uuid.UUID]:
        with session_factory() as session:
            return set(session.scalars(select(Conversation.id).where(conversation_search.matches(session, words))))

    return search


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param("je cherche en boulangerie", "boulangeries", id="in the plural"),
        pytest.param("j'ai TÉLÉPHONÉ au garage", "telephone", id="capitals and accents"),
        pytest.param("j'ai telephone", "téléphoné", id="accents in the search only"),
        pytest.param("mal au cœur", "coeur", id="a ligature"),
        pytest.param("ma soeur", "sœur", id="a ligature in the search only"),
        pytest.param("e\u0301cole", "école", id="an accent as a sign of its own"),
        pytest.param("le cfa/lycée de Créteil", "lycee", id="a slash"),
        pytest.param("mon_cv_final.pdf", "cv", id="the name of a file"),
        pytest.param("<b>boulanger</b> <3", "boulanger", id="a tag"),
        pytest.param("l’entretien d'embauche", "entretien", id="an apostrophe"),
        pytest.param("peut-être en pâtisserie", "patis", id="the beginning of a word"),
        pytest.param("je pars en stage mardi", "mardi stage", id="in another order"),
        pytest.param("rdv à 14h30 salle 12", "12", id="a number"),
    ],
)
def test_a_message_is_found_and_shown(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
    said: str,
    words: str,
) -> None:
    one, other = a_conversation(), a_conversation()
    says(one, said)
    says(other, "tout autre chose")
    index()
    assert finds(words) == {one}
    with session_factory() as session:
        assert conversation_search.where(session, [one, other], words) == {one: [said], other: []}


@pytest.mark.parametrize("words", ["", "  ", "&|!:*", "le la", "introuvable", "boulangerie camion", "'\\", "\x00"])
def test_what_holds_no_word_or_not_all_of_them_is_not_found(
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
    words: str,
) -> None:
    says(a_conversation(), "la boulangerie")
    index()
    assert finds(words) == set()


@given(words=st.text(max_size=200))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_a_search(session_factory: sessionmaker[Session], words: str) -> None:
    with session_factory() as session:
        session.scalars(select(Conversation.id).where(conversation_search.matches(session, words))).all()
        conversation_search.where(session, [uuid.uuid4()], words)


def test_words_of_two_messages_are_found_together(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    conversation_id = a_conversation()
    for text in ("une boulangerie", "merci", "un camion"):
        says(conversation_id, text)
        index()
    assert finds("boulangerie camion") == {conversation_id}
    with session_factory() as session:
        found = conversation_search.where(session, [conversation_id], "boulangerie camion")
    assert found == {conversation_id: ["un camion", "une boulangerie"]}


def test_only_the_latest_messages_are_shown(
    session_factory: sessionmaker[Session], a_conversation: Callable[[], uuid.UUID], says: Says
) -> None:
    conversation_id = a_conversation()
    for number in range(5):
        says(conversation_id, f"garage {number}")
    with session_factory() as session:
        found = conversation_search.where(session, [conversation_id], "garage")
    assert found == {conversation_id: ["garage 4", "garage 3", "garage 2"]}


def test_what_the_assistant_says_is_not_searched(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    conversation_id = a_conversation()
    says(conversation_id, "bonjour")
    with session_factory.begin() as session:
        conversations.store_replies(session, conversation_id=conversation_id, replies=[Reply("le Smic")], now=NOW)
    index()
    assert finds("smic") == set()


def test_what_is_private_is_never_found_nor_shown(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    conversation_id = a_conversation()
    says(conversation_id, "mon secret", private=True)
    says(conversation_id, "bonjour")
    index()
    assert (finds("secret"), finds("bonjour")) == (set(), {conversation_id})
    with session_factory() as session:
        assert conversation_search.where(session, [conversation_id], "secret") == {conversation_id: []}


def test_a_message_is_added_once_it_is_known_not_to_be_private(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    # given a line of a practice that the assistant has not read yet, and the index run meanwhile
    conversation_id = a_conversation()
    line = says(conversation_id, "mon secret", read=False)
    assert index() == 0
    with session_factory() as session:
        assert conversation_search.where(session, [conversation_id], "secret") == {conversation_id: []}
    # when it turns out to be private, and something else is said
    with session_factory.begin() as session:
        conversations.mark_answered(session, line, intent=None, confidence=None, now=NOW, private=True)
    says(conversation_id, "bonjour")
    # then only that is found
    assert index() == 1
    assert (finds("secret"), finds("bonjour")) == (set(), {conversation_id})


def test_what_waits_for_the_assistant_does_not_keep_the_index_busy(
    session_factory: sessionmaker[Session], a_conversation: Callable[[], uuid.UUID], says: Says
) -> None:
    says(a_conversation(), "bonjour", read=False)
    with session_factory.begin() as session:
        assert conversation_search.index_missed(session, now=NOW) == 0


def test_what_was_said_while_no_worker_lived_is_found_afterwards(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    # given a conversation that was indexed, and a message in the night when no worker lived
    conversation_id = a_conversation()
    says(conversation_id, "bonjour", now=LONG_AGO)
    index(now=LONG_AGO)
    says(conversation_id, "la boulangerie", now=LONG_AGO)
    # when a worker is back
    assert index() == 0
    with session_factory.begin() as session:
        assert conversation_search.index_missed(session, now=NOW) == 1
        assert conversation_search.index_missed(session, now=NOW) == 0
    assert finds("boulangerie") == {conversation_id}


@pytest.mark.parametrize("given_back", [False, True])
def test_what_a_counsellor_answers_the_next_morning_is_found(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
    staff_id: int,
    given_back: bool,
) -> None:
    conversation_id = a_conversation()
    says(conversation_id, "vous êtes là ?", now=LONG_AGO)
    index(now=LONG_AGO)
    with session_factory.begin() as session:
        takeover.take(session, conversation_id, staff_id=staff_id, now=NOW)
        conversations.store_staff_messages(
            session,
            conversation_id=conversation_id,
            staff_id=staff_id,
            name="Camille",
            replies=[Reply("la mairie")],
            now=NOW,
        )
        if given_back:
            takeover.give_back(session, conversation_id, staff_id=staff_id, now=NOW)
    assert index(now=NOW + timedelta(seconds=5)) == 1
    assert finds("mairie") == {conversation_id}


def test_somebody_who_types_without_end_does_not_stop_the_index(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    # given somebody who typed more than a tsvector holds, each word another one
    troll, other = a_conversation(), a_conversation()
    wordy = " ".join(f"{number:x}zzzzzzzz" for number in range(600))
    for part in range(300):
        says(troll, wordy.replace("z", chr(0x430 + part % 30)) + f" partie{part}")
    says(other, "la boulangerie")
    # when the words are added
    for _ in range(3):
        index()
    # then others are found, and so is what was said last
    assert finds("boulangerie") == {other}
    with session_factory() as session:
        words, up_to = session.execute(
            select(func.length(ConversationWords.words), ConversationWords.up_to).where(
                ConversationWords.conversation_id == troll
            )
        ).one()
    assert 0 < words <= conversation_search.MOST_DIFFERENT + conversation_search.LONGEST
    assert up_to == 300


def test_many_at_a_time_are_added_in_turns(
    session_factory: sessionmaker[Session],
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    monkeypatch: pytest.MonkeyPatch,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
) -> None:
    monkeypatch.setattr(conversation_search, "MESSAGES_AT_ONCE", 2)
    conversation_id = a_conversation()
    for text in ("un", "deux", "trois", "quatre", "cinq"):
        says(conversation_id, text)
    assert [index() for _ in range(4)] == [1, 1, 1, 0]
    assert finds("deux cinq") == {conversation_id}
    with session_factory.begin() as session:
        conversation_search.rebuild(session, conversation_id)
    assert finds("deux cinq") == {conversation_id}


def test_a_word_that_many_have_is_found_in_all_of_them(
    a_conversation: Callable[[], uuid.UUID],
    says: Says,
    index: Callable[..., int],
    finds: Callable[[str], set[uuid.UUID]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation_search, "FEW", 2)
    conversation_ids = {a_conversation() for _ in range(4)}
    for conversation_id in conversation_ids:
        says(conversation_id, "la boulangerie")
    index()
    assert finds("boulangerie") == conversation_ids

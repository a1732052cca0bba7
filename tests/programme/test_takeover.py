"""One counsellor at a time, told to the person at both ends, and never for ever."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from programme import conversations, flags, structures, takeover
from programme.assistant import Assistant
from programme.bubbles import pieces
from programme.dialogue_state import DialogueState, load_state, save_state
from programme.errors import CardNotFound, NotHolder
from programme.models import (
    Author,
    ChannelIdentity,
    Conversation,
    EventDate,
    Flag,
    FlagReason,
    Message,
    OrganisationKind,
    Role,
    Takeover,
    TakeoverEnd,
)
from programme.replies import MAX_BUBBLE
from programme.takeover import HELD_FOR, SILENT
from tests.conftest import NOW
from tests.programme.at_once import at_once

LATER = NOW + timedelta(minutes=10)


class Talk:
    """A conversation, two counsellors, and what the person reads."""

    def __init__(self, factory: sessionmaker[Session], assistant: Assistant, person_id: int) -> None:
        self.factory = factory
        self.desk = assistant.takeovers
        self.person_id = person_id
        with factory.begin() as session:
            organisation = structures.save_organisation(
                session, slug="ml", kind=OrganisationKind.MISSION_LOCALE, name="Mission locale des Bords"
            )
            team = structures.save_team(session, organisation_id=organisation, name="Équipe")
            self.camille, self.noa = (
                structures.save_staff(
                    session, email=f"{name}@ml.example", team_id=team, role=Role.COUNSELLOR, name=name
                )
                for name in ("Camille", "Noa")
            )
            self.conversation_id: uuid.UUID = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()

    def take(self, staff_id: int, *, now: datetime = NOW) -> bool:
        """Does the conversation belong to them afterwards?"""
        with self.factory.begin() as session:
            held = self.desk.take(session, self.conversation_id, staff_id=staff_id, now=now)
            return held.takeover.staff_id == staff_id

    def write(self, staff_id: int, text: str, *, now: datetime = NOW) -> None:
        with self.factory.begin() as session:
            self.desk.write(session, self.conversation_id, staff_id=staff_id, text=text, now=now)

    def hear(self, text: str, *, now: datetime = NOW) -> None:
        """The person writes, and the message is left to the counsellor."""
        with self.factory.begin() as session:
            message = conversations.store_incoming(
                session, conversation_id=self.conversation_id, public_id=text, text=text, payload=None, now=now
            )
            conversations.leave_to_staff(session, message, intent=None, confidence=None, now=now)

    def lapse(self, *, now: datetime) -> bool:
        with self.factory.begin() as session:
            return self.desk.let_lapse(session, self.conversation_id, now=now)

    def holder(self, *, now: datetime) -> int | None:
        with self.factory.begin() as session:
            held = takeover.holder(session, self.conversation_id, now=now)
            return held.staff_id if held else None

    def read(self) -> list[tuple[str, str | None, str]]:
        """Author, speaker and text of all that the person reads."""
        with self.factory.begin() as session:
            return [
                (message.author.value, message.speaker, message.text)
                for message in conversations.transcript(session, self.conversation_id)
            ]

    def flags(self) -> list[tuple[FlagReason, datetime | None]]:
        with self.factory.begin() as session:
            return [(flag.reason, flag.answered_at) for flag in session.scalars(select(Flag).order_by(Flag.id))]


@pytest.fixture
def talk(session_factory: sessionmaker[Session], assistant: Assistant, a_person: Callable[..., int]) -> Talk:
    return Talk(session_factory, assistant, a_person())


# -- who has it


def test_the_person_is_told_who_takes_over_and_when_the_assistant_is_back(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.write(talk.camille, "Bonjour, je suis là.")
    with talk.factory.begin() as session:
        talk.desk.give_back(session, talk.conversation_id, staff_id=talk.camille, now=LATER, summary="À rappeler.")
    begun, written, ended = talk.read()
    assert begun[0] == "assistant"
    assert "Camille" in begun[2]
    assert "Mission locale des Bords" in begun[2]
    assert written == ("staff", "Camille", "Bonjour, je suis là.")
    assert "l'assistant automatique" in ended[2]
    with talk.factory.begin() as session:
        [(kept, name)] = takeover.summaries(session, talk.conversation_id)
        assert (kept.summary, kept.ended_by, kept.ended_at, name) == (
            "À rappeler.",
            TakeoverEnd.GIVEN_BACK,
            LATER,
            "Camille",
        )


def test_of_two_who_take_it_at_the_same_moment_one_has_it_and_the_other_learns_who(talk: Talk) -> None:
    for _ in range(5):
        outcome = at_once([lambda: talk.take(talk.camille), lambda: talk.take(talk.noa)])
        assert sorted(outcome) == [False, True]
        winner = talk.holder(now=NOW)
        assert winner == (talk.camille if outcome[0] else talk.noa)
        # and the person is told once
        assert len(talk.read()) == 1
        with talk.factory.begin() as session:
            session.execute(update(Takeover).values(ended_at=NOW))
            session.query(Message).delete()


def test_taking_it_again_holds_it_longer_and_says_nothing_again(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.take(talk.camille, now=LATER)
    assert len(talk.read()) == 1
    assert talk.holder(now=LATER + HELD_FOR - timedelta(seconds=1)) == talk.camille


def test_who_does_not_hold_it_can_neither_write_nor_send_nor_give_back(talk: Talk) -> None:
    talk.take(talk.camille)
    with pytest.raises(NotHolder):
        talk.write(talk.noa, "Coucou")
    with pytest.raises(NotHolder), talk.factory.begin() as session:
        talk.desk.give_back(session, talk.conversation_id, staff_id=talk.noa, now=NOW)
    with pytest.raises(NotHolder), talk.factory.begin() as session:
        talk.desk.send(session, talk.conversation_id, staff_id=talk.noa, card="answer.cej", now=NOW)
    assert [author for author, _, _ in talk.read()] == ["assistant"]


def test_what_the_assistant_had_asked_is_forgotten_once_it_is_back(talk: Talk) -> None:
    with talk.factory.begin() as session:
        save_state(session, talk.conversation_id, DialogueState().asking("book", 1))
    talk.take(talk.camille)
    with talk.factory.begin() as session:
        talk.desk.give_back(session, talk.conversation_id, staff_id=talk.camille, now=LATER)
        assert load_state(session, talk.conversation_id).question is None


# -- its time


def test_writing_holds_it_longer(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.write(talk.camille, "Je cherche…", now=LATER)
    assert talk.holder(now=LATER + HELD_FOR - timedelta(seconds=1)) == talk.camille
    assert talk.holder(now=LATER + HELD_FOR) is None


def test_a_takeover_whose_time_is_over_ends_and_the_person_is_told_once(talk: Talk) -> None:
    talk.take(talk.camille)
    over = NOW + HELD_FOR
    with talk.factory.begin() as session:
        assert list(takeover.lapsed(session, now=over - timedelta(seconds=1))) == []
        assert list(takeover.lapsed(session, now=over)) == [talk.conversation_id]
    assert at_once([lambda: talk.lapse(now=over), lambda: talk.lapse(now=over)]).count(True) == 1
    assert len(talk.read()) == 2
    assert "n'est plus devant l'écran" in talk.read()[-1][2]
    assert talk.flags() == []


def test_a_message_that_nobody_answered_calls_the_team_again(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.write(talk.camille, "Dis-moi tout.")
    talk.hear("J'ai un entretien demain", now=LATER)
    talk.lapse(now=NOW + HELD_FOR)
    assert "l'équipe est prévenue" in talk.read()[-1][2]
    assert talk.flags() == [(FlagReason.HUMAN_WANTED, None)]


def test_a_message_that_was_answered_calls_nobody(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.hear("J'ai un entretien demain")
    talk.write(talk.camille, "Bravo !", now=LATER)
    talk.lapse(now=LATER + HELD_FOR)
    assert talk.flags() == []


def test_the_next_counsellor_may_take_what_lapsed(talk: Talk) -> None:
    talk.take(talk.camille)
    assert talk.take(talk.noa, now=NOW + HELD_FOR)


def test_a_counsellor_is_silent_when_they_have_written_nothing_for_a_while(talk: Talk) -> None:
    talk.take(talk.camille)
    with talk.factory.begin() as session:
        held = takeover.holder(session, talk.conversation_id, now=NOW)
        assert held is not None
        assert not takeover.is_silent(session, held, now=NOW + SILENT)
        assert takeover.is_silent(session, held, now=NOW + SILENT + timedelta(seconds=1))
    talk.write(talk.camille, "Je suis là.", now=LATER)
    with talk.factory.begin() as session:
        assert not takeover.is_silent(session, held, now=LATER + SILENT)


def test_the_first_human_answer_is_noted_with_what_called_for_it(talk: Talk) -> None:
    with talk.factory.begin() as session:
        flags.raise_flag(session, talk.conversation_id, reason=FlagReason.HUMAN_WANTED, now=NOW)
    talk.take(talk.camille)
    assert talk.flags() == [(FlagReason.HUMAN_WANTED, None)]
    talk.write(talk.camille, "Me voilà.", now=LATER)
    talk.write(talk.camille, "Raconte.", now=LATER + timedelta(minutes=1))
    assert talk.flags() == [(FlagReason.HUMAN_WANTED, LATER)]


# -- what is said


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bonjour.", id="short"),
        pytest.param("Une phrase assez longue pour compter. " * 20, id="many sentences"),
        pytest.param("mot " * 300, id="no sentence"),
        pytest.param("a" * 1000, id="no space"),
        pytest.param("Un.\n\n" * 200, id="paragraphs"),
    ],
)
def test_a_long_message_becomes_bubbles_and_nothing_of_it_is_lost(text: str) -> None:
    found = pieces(text)
    assert all(0 < len(each) <= MAX_BUBBLE for each in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_nothing_typed_is_nothing_said(talk: Talk) -> None:
    talk.take(talk.camille)
    talk.write(talk.camille, "  \n ")
    assert len(talk.read()) == 1


def test_a_date_is_sent_with_a_button_that_books_it(talk: Talk, an_event_date: Callable[..., int]) -> None:
    date_id = an_event_date(title="Atelier téléphone")
    talk.take(talk.camille)
    with talk.factory.begin() as session:
        keys = [card.key for card in talk.desk.offered(session, talk.conversation_id, now=NOW)["dates"]]
        [sent] = talk.desk.send(session, talk.conversation_id, staff_id=talk.camille, card=keys[0], now=NOW)
        assert keys == [f"date.{date_id}"]
        assert "Atelier téléphone" in sent.text
        assert sent.author is Author.STAFF
        assert sent.buttons[0]["payload"] == f'/book_workshop{{"workshop_date": "{date_id}"}}'


def test_every_card_that_is_offered_can_be_sent(talk: Talk) -> None:
    talk.take(talk.camille)
    with talk.factory.begin() as session:
        offered = talk.desk.offered(session, talk.conversation_id, now=NOW)
        assert offered["answers"]
        assert offered["questions"]
        for card in [*offered["answers"], *offered["questions"]]:
            said = talk.desk.send(session, talk.conversation_id, staff_id=talk.camille, card=card.key, now=NOW)
            assert said, card
            assert all(len(message.text) <= MAX_BUBBLE for message in said)


@pytest.mark.parametrize(
    "card", ["", "date.", "date.999999999999999999999", "date.x", "answer.distress_", "question.", "a.b"]
)
def test_what_is_not_offered_is_not_sent(talk: Talk, card: str) -> None:
    talk.take(talk.camille)
    with pytest.raises(CardNotFound), talk.factory.begin() as session:
        talk.desk.send(session, talk.conversation_id, staff_id=talk.camille, card=card, now=NOW)


def test_a_date_that_was_called_off_is_not_sent(talk: Talk, an_event_date: Callable[..., int]) -> None:
    date_id = an_event_date()
    talk.take(talk.camille)
    with talk.factory.begin() as session:
        session.execute(update(EventDate).values(cancelled_at=NOW))
    with pytest.raises(CardNotFound), talk.factory.begin() as session:
        talk.desk.send(session, talk.conversation_id, staff_id=talk.camille, card=f"date.{date_id}", now=NOW)

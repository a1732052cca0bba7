"""Whole conversations through the chat API: doubt, several wishes, follow-ups, questions taken up again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.assistant import NONE_OF_THESE
from programme.events import save_date, save_series
from programme.models import Conversation, Message, ReviewReason
from programme.reviews import open_reviews
from tests.stack import Chat, Stack, said

ASKS_AGE = "Tu as quel âge ?"
Replies = list[dict[str, object]]


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


def payloads(replies: Replies) -> list[str]:
    return [button["payload"] for reply in replies for button in reply["buttons"]]  # type: ignore[attr-defined]


def reviewed(stack: Stack, chat: Chat) -> list[str]:
    """The texts of this conversation that wait for a review."""
    with Session(stack.engine) as session:
        found = open_reviews(session, limit=1000)
        return [message.text for _, message in found if str(message.conversation_id) == chat.conversation_id]


# -- doubt


def test_a_message_in_doubt_is_asked_back_and_the_second_time_a_human_is_offered(stack: Stack, chat: Chat) -> None:
    # given a message without any sense
    first = chat.say("blorg frutz")
    assert "pas compris" in said(first) or "pas sûr" in said(first)
    assert reviewed(stack, chat) == []
    # when the next one makes no more sense
    second = chat.say("zzz mlkj qsd")
    # then a person is offered, and the message is kept for a review
    assert "/talk_to_human" in payloads(second)
    assert reviewed(stack, chat) == ["zzz mlkj qsd"]


def test_none_of_what_was_offered_is_a_second_miss(stack: Stack, chat: Chat) -> None:
    chat.say("blorg frutz")
    assert "/talk_to_human" in payloads(chat.press(NONE_OF_THESE))
    # and what was typed is kept for a review, not the button
    assert reviewed(stack, chat) == ["blorg frutz"]


def test_a_topic_picked_from_those_offered_says_what_was_meant(stack: Stack, chat: Chat) -> None:
    # given a message in doubt, and topics offered
    offered = [
        payload for payload in payloads(chat.say("le truc de l'argent pour le camion")) if payload.count('"') == 0
    ]
    assert offered
    # when the person picks one
    chat.press(offered[0])
    # then the message waits for a review, with the topic first
    with Session(stack.engine) as session:
        [(review, message)] = [
            found
            for found in open_reviews(session, limit=1000)
            if str(found[1].conversation_id) == chat.conversation_id
        ]
    assert message.text == "le truc de l'argent pour le camion"
    assert review.reason is ReviewReason.CORRECTED
    assert review.ranking[0] == [offered[0].removeprefix("/"), 1.0]


def test_another_button_says_nothing_of_the_message_before(stack: Stack, chat: Chat) -> None:
    assert "/cej" not in payloads(chat.say("le truc de l'argent pour le camion"))
    chat.press("/cej")
    assert reviewed(stack, chat) == []


def test_what_is_understood_in_between_starts_the_count_anew(stack: Stack, chat: Chat) -> None:
    chat.say("blorg frutz")
    chat.say("c'est quoi la période d'essai")
    chat.say("zzz mlkj qsd")
    assert reviewed(stack, chat) == []


def test_what_is_not_ours_is_said_to_be_so_with_where_to_go(chat: Chat) -> None:
    replies = chat.say("comment je refais mon passeport")
    assert "je ne sais pas" in said(replies)
    assert "ants.gouv.fr" in said(replies)


def test_a_very_long_message_is_kept_and_its_writer_asked_to_say_it_shortly(chat: Chat) -> None:
    assert "trop long" in said(chat.say("patati patata " * 500))


def test_a_call_for_help_in_a_very_long_message_is_heard(chat: Chat) -> None:
    replies = chat.say("je cherche un patron et je sais pas comment faire " * 150 + " et mon chef me touche les fesses")
    assert "3919" in said(replies)


# -- several wishes


def test_two_wishes_are_answered_one_after_the_other(chat: Chat) -> None:
    replies = said(chat.say("c payé combien et faut quoi comme papiers"))
    assert "Cerfa" in replies
    assert replies.endswith(ASKS_AGE)
    # and the question at the end is the one that is answered
    assert "27 % du SMIC" in said(chat.say("17")).replace("\u00a0", " ").replace("\u202f", " ")


# -- follow-ups


def test_pay_goes_on_with_what_changes(chat: Chat) -> None:
    chat.say("c payé combien à 18 ans en alternance")
    assert "À 21 ans" in said(chat.say("et à 21 ans ?"))
    assert "en 2e année" in said(chat.say("et en 2e année"))
    assert "diplôme le plus haut" in said(chat.say("oui mais en contrat pro"))
    assert "À 21 ans, en contrat de professionnalisation" in said(chat.say("un cap"))
    assert "À 17 ans" in said(chat.say("et si je suis mineur"))


def test_an_answer_goes_on_for_minors(chat: Chat) -> None:
    chat.say("on travaille combien d'heures par semaine")
    assert "8 heures" in said(chat.say("et si je suis mineur ?")).replace("\u00a0", " ")


def test_a_date_of_the_list_is_named_by_its_rank(stack: Stack, chat: Chat) -> None:
    listed = payloads(chat.say("y a quoi comme ateliers"))
    assert f'"{listed[1].split(chr(34))[3]}"' in " ".join(payloads(chat.say("le 2e")))


def test_a_date_is_named_by_its_day(stack: Stack, chat: Chat) -> None:
    # given a workshop of its own in exactly nine weeks
    starts_at = (stack.now() + timedelta(weeks=9)).replace(hour=10, minute=0, second=0, microsecond=0)
    with Session(stack.engine) as session, session.begin():
        series_id = save_series(
            session, slug="a-nine", kind="atelier", title="Atelier des neuf semaines", summary="Neuf.", place="Ici"
        )  # type: ignore[arg-type]
        save_date(session, series_id=series_id, starts_at=starts_at, duration=timedelta(hours=1), seats=9)
    chat.say("y a quoi comme ateliers")
    # when its day alone is said
    replies = chat.say(f"celui du {starts_at:%d/%m/%Y}")
    # then it is the one that is shown
    assert "Atelier des neuf semaines" in said(replies)


# -- a question that is interrupted


def test_a_question_is_taken_up_once_after_an_interruption(chat: Chat) -> None:
    assert ASKS_AGE in said(chat.say("c payé combien en alternance"))
    # given an interruption: it is answered, and the same question comes again
    first = said(chat.say("c'est quoi le cerfa"))
    assert ("Cerfa" in first, first.endswith(ASKS_AGE)) == (True, True)
    # when another one comes between: only the answer
    second = said(chat.say("c'est quoi la période d'essai"))
    assert ("45" in second, ASKS_AGE in second) == (True, False)


def test_a_question_taken_up_is_still_answered(chat: Chat) -> None:
    chat.say("c payé combien en alternance")
    chat.say("c'est quoi le cerfa")
    assert "À 19 ans" in said(chat.say("19"))


def test_oui_after_an_interruption_books_the_date_that_was_asked_about(chat: Chat) -> None:
    chat.say("y a quoi comme ateliers")
    chat.say("le 1er")
    assert "Je te réserve une place ?" in said(chat.say("j'ai droit à combien de semaines de vacances"))
    assert "C'est réservé" in said(chat.say("oui"))


def test_a_call_for_help_ends_the_question(chat: Chat) -> None:
    chat.say("c payé combien en alternance")
    assert ASKS_AGE not in said(chat.say("j'en peux plus je veux en finir"))


# -- where it is remembered


def test_what_is_remembered_is_in_the_programme_database(stack: Stack, chat: Chat) -> None:
    chat.say("c payé combien en alternance")
    with Session(stack.engine) as session:
        state = session.scalar(select(Conversation.dialogue_state).where(Conversation.id == chat.conversation_id))
        assert state == {"topic": "pay_simulation", "question": {"kind": "pay_age"}}
        intents = session.scalars(
            select(Message.intent).where(Message.conversation_id == chat.conversation_id, Message.intent.is_not(None))
        ).all()
    assert intents == ["pay_simulation"]

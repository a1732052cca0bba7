"""Saying where one stands through the chat API and on Telegram: signed, broken, a school found, and a mistaken word."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from programme.models import (
    BreakReason,
    ChannelIdentity,
    CheckIn,
    Conversation,
    EmployerStatus,
    PathStage,
    Person,
    SchoolStatus,
    WorkContract,
)
from tests.stack import Chat, Stack, said, titles
from tests.telegram.bot_api_server import BotApiServer, Sent


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


def where(stack: Stack, chat: Chat) -> tuple[PathStage, SchoolStatus, EmployerStatus]:
    with stack.engine.connect() as connection:
        row = connection.execute(
            select(Person.stage, Person.school_status, Person.employer_status)
            .join(ChannelIdentity, ChannelIdentity.person_id == Person.id)
            .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
            .where(Conversation.id == chat.conversation_id)
        ).one()
        return row[0], row[1], row[2]


def contracts(stack: Stack, chat: Chat) -> list[Any]:
    with stack.engine.connect() as connection:
        return list(
            connection.execute(
                select(WorkContract.starts_on, WorkContract.broken_on, WorkContract.break_reason)
                .join(ChannelIdentity, ChannelIdentity.person_id == WorkContract.person_id)
                .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
                .where(Conversation.id == chat.conversation_id)
                .order_by(WorkContract.id)
            )
        )


SEARCHING = (PathStage.PROJET, SchoolStatus.SEARCHING, EmployerStatus.SEARCHING)


# -- signed


@pytest.mark.parametrize("how", ["a button", "oui", "oui c'est signé !"])
def test_a_signature_is_checked_then_congratulated_and_noted(stack: Stack, chat: Chat, how: str) -> None:
    asked = chat.say("j'ai signé mon contrat !")
    assert "le contrat est signé ?" in said(asked)
    assert where(stack, chat) == SEARCHING
    noted = chat.press_titled(asked, "Oui, c'est signé") if how == "a button" else chat.say(how)
    assert "Bravo, c'est une belle étape" in said(noted)
    assert "Tu commences quel jour" in said(noted)
    assert where(stack, chat) == (PathStage.CONTRAT_SIGNE, SchoolStatus.SEARCHING, EmployerStatus.SIGNED)
    # when the first day is written
    assert "1er septembre 2027" in said(chat.say("le 1er septembre 2027"))
    assert [contract.starts_on for contract in contracts(stack, chat)] == [date(2027, 9, 1)]


def test_the_first_day_is_asked_once_and_may_stay_unknown(stack: Stack, chat: Chat) -> None:
    noted = chat.press_titled(chat.say("ça y est j'ai signé"), "Oui, c'est signé")
    assert "D'accord" in said(chat.press_titled(noted, "Je ne sais pas encore"))
    # when it is said again, then it is known: the answer alone
    again = said(chat.say("j'ai signé mon contrat !"))
    assert "Bravo" in again
    assert "signé ?" not in again
    assert "quel jour" not in again
    # and the day is still welcome
    asked = chat.say("j'ai signé, je commence le 4 janvier 2027")
    assert "4 janvier 2027" in said(chat.press_titled(asked, "Oui, c'est signé"))
    assert [contract.starts_on for contract in contracts(stack, chat)] == [date(2027, 1, 4)]


def test_a_first_day_told_along_is_not_asked_for(stack: Stack, chat: Chat) -> None:
    asked = chat.say("j'ai signé hier et je commence le 4 janvier 2027 !")
    noted = said(chat.press_titled(asked, "Oui, c'est signé"))
    assert "premier jour le 4 janvier 2027" in noted
    assert "quel jour" not in noted


def test_a_day_that_cannot_be_read_or_is_far_is_asked_again(stack: Stack, chat: Chat) -> None:
    noted = chat.press_titled(chat.say("j'ai signé mon contrat !"), "Oui, c'est signé")
    assert "Je n'ai pas lu de jour" in said(chat.say("1er septembre 2035"))
    assert "Noté" in said(chat.say("01/09/2027"))
    assert "Tu commences quel jour" in said(noted)


@pytest.mark.parametrize("how", ["a button", "pas encore"])
def test_what_is_not_signed_yet_may_be_a_promise(stack: Stack, chat: Chat, how: str) -> None:
    asked = chat.say("le boulanger m'a dit oui il me prend")
    answered = chat.press_titled(asked, "Pas encore") if how == "a button" else chat.say("pas encore")
    assert "je n'ai rien noté" in said(answered)
    assert where(stack, chat) == SEARCHING
    chat.press_titled(answered, "On m'a dit oui")
    assert where(stack, chat) == (PathStage.PROMESSE, SchoolStatus.SEARCHING, EmployerStatus.PROMISED)


def test_another_question_does_not_lose_the_one_on_the_signature(stack: Stack, chat: Chat) -> None:
    chat.say("j'ai signé mon contrat !")
    between = chat.say("c'est quoi un opco ?")
    assert "le contrat est signé ?" in said(between)
    chat.say("oui")
    assert where(stack, chat)[0] is PathStage.CONTRAT_SIGNE


# -- broken


def test_a_break_is_noted_without_reproach_and_the_reason_is_free(stack: Stack, chat: Chat) -> None:
    told = chat.say("mon patron m'a viré")
    # the answer as before, then a way to say why
    assert "Une rupture, c'est un coup dur" in said(told)
    assert "Rien ne t'y oblige" in said(told)
    assert "Santé" not in titles(told)
    assert where(stack, chat) == (PathStage.RUPTURE, SchoolStatus.SEARCHING, EmployerStatus.SEARCHING)
    thanked = chat.press_titled(told, "Trajet ou logement")
    assert "Merci de me l'avoir dit" in said(thanked)
    assert [contract.break_reason for contract in contracts(stack, chat)] == [BreakReason.TRANSPORT_OR_HOUSING]


@pytest.mark.parametrize("how", ["a button", "je préfère ne pas dire"])
def test_the_reason_may_stay_unsaid(stack: Stack, chat: Chat, how: str) -> None:
    told = chat.say("mon contrat est rompu")
    kept = chat.press_titled(told, "Je préfère ne pas dire") if how == "a button" else chat.say(how)
    assert "ça reste à toi" in said(kept)
    assert [contract.break_reason for contract in contracts(stack, chat)] == [BreakReason.NOT_SAID]


def test_who_was_treated_badly_is_shown_help(chat: Chat) -> None:
    helped = chat.press_titled(chat.say("mon contrat est rompu"), "Ça se passait mal")
    assert "On m'a fait du mal" in titles(helped)
    assert "Parler à quelqu'un" in titles(helped)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("mon frère a perdu son apprentissage", id="somebody else"),
        pytest.param("et si mon contrat est rompu ?", id="supposed"),
    ],
)
def test_what_is_not_said_of_oneself_is_not_noted(stack: Stack, chat: Chat, text: str) -> None:
    chat.say(text)
    assert where(stack, chat) == SEARCHING


# -- school, and the search


def test_a_school_is_noted_with_the_answer(stack: Stack, chat: Chat) -> None:
    told = said(chat.say("j'ai trouvé une école"))
    assert "Bravo, une école" in told
    assert "école trouvée" in told
    assert where(stack, chat) == (PathStage.ECOLE_TROUVEE, SchoolStatus.FOUND, EmployerStatus.SEARCHING)
    assert "noté" not in said(chat.say("j'ai trouvé une école"))


def test_without_an_employer_only_a_hope_is_asked_about(stack: Stack, chat: Chat) -> None:
    assert "Dans ton suivi" not in said(chat.say("je trouve pas d'employeur"))
    # given a promise
    chat.press_titled(chat.press_titled(chat.say("j'ai signé mon contrat !"), "Pas encore"), "On m'a dit oui")
    asked = chat.say("je trouve pas d'employeur")
    assert "une promesse d'embauche" in said(asked)
    chat.press_titled(asked, "tombé à l'eau")
    assert where(stack, chat) == (PathStage.PROJET_VALIDE, SchoolStatus.SEARCHING, EmployerStatus.SEARCHING)


# -- a mistaken word


@pytest.mark.parametrize(
    ("text", "confirm"),
    [("j'ai trouvé une école", ""), ("j'ai signé mon contrat !", "Oui, c'est signé"), ("mon contrat est rompu", "")],
)
def test_a_mistaken_word_is_taken_back(stack: Stack, chat: Chat, text: str, confirm: str) -> None:
    told = chat.say(text)
    if confirm:
        told = chat.press_titled(told, confirm)
    assert where(stack, chat) != SEARCHING
    assert "comme avant" in said(chat.press_titled(told, "C'était une erreur"))
    assert where(stack, chat) == SEARCHING
    assert contracts(stack, chat) == []
    # pressed once more, it undoes nothing
    assert "rien touché" in said(chat.press_titled(told, "C'était une erreur"))
    assert where(stack, chat) == SEARCHING


def test_a_break_told_by_mistake_gives_the_contract_back_with_its_check_ins(stack: Stack, chat: Chat) -> None:
    noted = chat.press_titled(chat.say("j'ai signé, je commence le 4 janvier 2027"), "Oui, c'est signé")
    assert "4 janvier 2027" in said(noted)
    told = chat.say("mon contrat est rompu")
    chat.press_titled(told, "C'était une erreur")
    assert where(stack, chat)[0] is PathStage.CONTRAT_SIGNE
    (contract,) = contracts(stack, chat)
    assert (contract.starts_on, contract.broken_on) == (date(2027, 1, 4), None)
    with stack.engine.connect() as connection:
        due = select(func.count()).select_from(CheckIn).where(CheckIn.closed_at.is_(None))
        people = select(WorkContract.id).where(
            WorkContract.person_id.in_(
                select(ChannelIdentity.person_id)
                .join(Conversation, Conversation.identity_id == ChannelIdentity.id)
                .where(Conversation.id == chat.conversation_id)
            )
        )
        assert connection.scalar(due.where(CheckIn.contract_id.in_(people))) == 3


def test_a_button_made_up_by_hand_does_no_harm(stack: Stack, chat: Chat) -> None:
    for payload in ("undo.1.1", "undo.x", "undo", "why.nothing", "yes.banane", "yes.1999-01-01"):
        topic = "contract_broken" if payload.startswith("why") else "contract_signed"
        assert "souci" not in said(chat.press(f'/{topic}{{"go": "{payload}"}}'))
    # « yes » is a yes, of a day that is none or long past
    assert [contract.starts_on for contract in contracts(stack, chat)] == [None]


# -- on Telegram


@pytest.mark.usefixtures("stack")
def test_a_signature_is_told_and_taken_back_on_telegram(bot_api: BotApiServer) -> None:
    telegram_chat = 72_001

    def press(shown: Sent, title: str) -> None:
        bot_api.press(telegram_chat, next(payload for each, payload in shown.buttons if title in each))

    bot_api.write(telegram_chat, "j'ai signé mon contrat !")
    press(bot_api.wait_for(telegram_chat, "le contrat est signé ?"), "Oui, c'est signé")
    noted = bot_api.wait_for(telegram_chat, "Tu commences quel jour")
    bot_api.write(telegram_chat, "le 1er septembre 2027")
    bot_api.wait_for(telegram_chat, "tu commences le 1er septembre 2027")
    press(noted, "C'était une erreur")
    bot_api.wait_for(telegram_chat, "comme avant")

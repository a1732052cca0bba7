"""Saying where one stands through the chat API and on Telegram: signed, broken, a school found, and a mistaken word."""

import pytest
from sqlalchemy import select

from programme.models import ChannelIdentity, Conversation, EmployerStatus, PathStage, Person, SchoolStatus
from tests.stack import Chat, Stack, said
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


SEARCHING = (PathStage.PROJET, SchoolStatus.SEARCHING, EmployerStatus.SEARCHING)


# -- signed


@pytest.mark.parametrize("how", ["a button", "oui", "oui c'est signé !"])
def test_a_signature_is_checked_then_congratulated_and_noted(stack: Stack, chat: Chat, how: str) -> None:
    asked = chat.say("j'ai signé mon contrat !")
    assert "le contrat est signé ?" in said(asked)
    assert where(stack, chat) == SEARCHING
    noted = chat.press_titled(asked, "Oui, c'est signé") if how == "a button" else chat.say(how)
    assert "Bravo, c'est une belle étape" in said(noted)
    assert "contrat signé" in said(noted)
    assert where(stack, chat) == (PathStage.CONTRAT_SIGNE, SchoolStatus.SEARCHING, EmployerStatus.SIGNED)
    # said once more, it is known: the answer alone
    again = said(chat.say("j'ai signé mon contrat !"))
    assert "Bravo" in again
    assert "signé ?" not in again


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


def test_a_break_is_noted_without_reproach(stack: Stack, chat: Chat) -> None:
    told = chat.say("mon patron m'a viré")
    assert "Une rupture, c'est un coup dur" in said(told)
    assert "Je l'ai noté" in said(told)
    assert where(stack, chat) == (PathStage.RUPTURE, SchoolStatus.SEARCHING, EmployerStatus.SEARCHING)
    assert "noté" not in said(chat.say("mon contrat est rompu"))


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
    # pressed once more, it undoes nothing
    assert "rien touché" in said(chat.press_titled(told, "C'était une erreur"))
    assert where(stack, chat) == SEARCHING


def test_a_button_made_up_by_hand_does_no_harm(stack: Stack, chat: Chat) -> None:
    for payload in ("undo.1", "undo.x", "undo", "why.nothing", "banane"):
        topic = "contract_broken" if payload.startswith("why") else "contract_signed"
        assert "de mon côté" not in said(chat.press(f'/{topic}{{"go": "{payload}"}}'))
    assert where(stack, chat) == SEARCHING


# -- on Telegram


@pytest.mark.usefixtures("stack")
def test_a_signature_is_told_and_taken_back_on_telegram(bot_api: BotApiServer) -> None:
    telegram_chat = 72_001

    def press(shown: Sent, title: str) -> None:
        bot_api.press(telegram_chat, next(payload for each, payload in shown.buttons if title in each))

    bot_api.write(telegram_chat, "j'ai signé mon contrat !")
    press(bot_api.wait_for(telegram_chat, "le contrat est signé ?"), "Oui, c'est signé")
    press(bot_api.wait_for(telegram_chat, "C'est noté dans ton suivi"), "C'était une erreur")
    bot_api.wait_for(telegram_chat, "comme avant")

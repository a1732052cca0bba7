"""The knowledge as a young person meets it, through the chat API: every topic, pay, calls for help, search."""

import pytest
from sqlalchemy.orm import Session

from programme.assistant import Assistant
from programme.flags import open_flags
from programme.models import FlagReason
from tests.stack import Chat, Stack, said

FAULT = "coincé de mon côté"
# topics that are something to do: their texts are said elsewhere
# a contract is noted, so it is confirmed before it is spoken of
ASKED_FIRST = {"contract_signed": "Oui, c'est signé"}
DONE_NOT_READ = frozenset({"list_workshops", "book_workshop", "my_bookings", "cancel_booking", "repeat", "play_quiz"})


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# -- every topic


@pytest.mark.parametrize("age", [pytest.param(17, id="minor"), pytest.param(20, id="adult")])
def test_every_topic_answers_with_its_sources(stack: Stack, assistant: Assistant, age: int) -> None:
    for answer in assistant.answers.all:
        # given somebody who said how old they are
        chat = stack.chat()
        chat.say(f"j'ai {age} ans")
        # when the topic is asked for
        asked = chat.press(f"/{answer.topic}")
        replies = said(chat.press_titled(asked, ASKED_FIRST[answer.topic]) if answer.topic in ASKED_FIRST else asked)
        chat.close()
        # then it is answered, and signed when it rests on facts
        assert (answer.topic, FAULT in replies, bool(replies)) == (answer.topic, False, True)
        if answer.facts and answer.topic not in DONE_NOT_READ:
            assert (answer.topic, "📌 Source : " in replies) == (answer.topic, True)


def test_an_answer_speaks_to_the_age_that_was_said(stack: Stack) -> None:
    minor, adult = stack.chat(), stack.chat()
    minor.say("j'ai 16 ans")
    adult.say("j'ai 22 ans")
    question = "on peut me faire bosser la nuit ?"
    assert said(minor.say(question)) != said(adult.say(question))


def test_an_age_that_is_only_compared_is_not_the_persons_own(chat: Chat, stack: Stack) -> None:
    # given a minor who asks what one earns at 21
    chat.say("j'ai 16 ans")
    chat.say("c payé combien en apprentissage")
    assert "À 21 ans" in said(chat.say("et à 21 ans ?"))
    # then the next answer is still that for a minor
    other = stack.chat()
    other.say("j'ai 16 ans")
    question = "on peut me faire bosser la nuit ?"
    assert said(chat.say(question)) == said(other.say(question))


def test_the_age_of_somebody_else_does_not_make_a_minor_an_adult(chat: Chat, stack: Stack) -> None:
    # given a minor who speaks of somebody older
    chat.say("wsh g 17 ans")
    about_tutor = said(chat.say("mon tuteur il a 45 ans il me fait bosser la nuit c legal ?"))
    # then the answer is that for a minor
    other = stack.chat()
    other.say("j'ai 17 ans")
    assert about_tutor == said(other.say("on peut me faire bosser la nuit ?"))


def test_details_come_on_demand(chat: Chat) -> None:
    first = chat.say("c'est quoi la période d'essai")
    details = chat.press_titled(first, "En savoir plus")
    assert FAULT not in said(details)
    assert said(details) != said(first)


# -- pay


def test_age_year_and_diploma_in_one_message_are_enough(chat: Chat) -> None:
    assert "952,18 € brut par mois (51 % du SMIC)" in plain(said(chat.say("19 ans 2e année bts")))


def test_the_pay_of_every_month_needs_three_answers(chat: Chat) -> None:
    chat.press_titled(chat.say("je gagne combien à 17 ans"), "Mois par mois")
    chat.say("12 mars 2009")
    chat.say("1er septembre 2026")
    replies = chat.say("2 ans")
    assert "sept. à déc. 2026 : 504,10 € (27 % du SMIC)" in plain(said(replies))
    assert "avril à août 2027 : 43 % du SMIC, montant à venir" in plain(said(replies))
    assert [len(str(reply["chart"])) > 2 for reply in replies].count(True) == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["je gagne combien à 12 ans"], "15 ans", id="12 years old"),
        pytest.param(["j'ai 47 ans je toucherais combien en apprentissage"], "35 ans", id="47 years old"),
        pytest.param(["c payé combien", "dix-sept ans et demi"], "À 17 ans", id="in words, and a half"),
        pytest.param(["c payé combien", "banane"], "âge", id="nonsense for an age"),
        pytest.param(["combien je touche en 7e année"], "36 mois", id="a seventh year"),
    ],
)
def test_bad_input_gets_a_clear_sentence_and_the_conversation_goes_on(
    chat: Chat, lines: list[str], expected: str
) -> None:
    replies = [said(chat.say(line)) for line in lines]
    assert expected in plain(replies[-1])
    assert "À 18 ans" in said(chat.say("et à 18 ans ?"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["mars 2030"], "pas encore arrivée", id="born in the future"),
        pytest.param(["mars 2009", "septembre 2026", "7 ans"], "36 mois", id="a contract of seven years"),
        pytest.param(["mars 2009", "septembre 2056"], "quand ton contrat commence", id="a start in thirty years"),
    ],
)
def test_a_wrong_answer_on_the_way_can_be_put_right(chat: Chat, lines: list[str], expected: str) -> None:
    # given the question month by month
    chat.press('/pay_simulation{"detail": "months"}')
    replies = [said(chat.say(line)) for line in lines]
    assert expected in plain(replies[-1])
    # when it is put right
    rest = ["mars 2009", "septembre 2026", "2 ans"][len(lines) - 1 :]
    # then the pay is said
    assert "504,10 €" in plain([said(chat.say(line)) for line in rest][-1])


# -- days and delays


def test_the_end_of_the_first_days_is_computed_from_the_start_and_the_rhythm(chat: Chat) -> None:
    chat.press_titled(chat.say("c'est quoi la période d'essai"), "Calculer")
    chat.say("1er septembre 2026")
    # 14 + 15 + 14 days in three times three weeks (11 November is a holiday), the last two on 23 and 24 November
    assert "vers le 24 novembre 2026" in plain(said(chat.say("1 semaine au cfa 3 en entreprise")))


def test_a_message_that_names_the_day_of_the_courses_needs_no_question(chat: Chat) -> None:
    replies = plain(said(chat.say("mes cours commencent le 8 septembre 2026, jusqu'à quand je peux signer ?")))
    assert ("8 juin 2026" in replies, "8 décembre 2026" in replies) == (True, True)


def test_a_minor_who_names_the_trade_gets_its_hours(chat: Chat) -> None:
    replies = plain(said(chat.say("j'ai 17 ans je peux commencer à 4h à la boulangerie ?")))
    assert "à partir de 4 h avec autorisation" in replies


def test_a_first_day_that_cannot_be_is_asked_again_and_not_kept(chat: Chat) -> None:
    chat.press('/trial_period{"rights": "trial_start"}')
    assert "premier jour" in said(chat.say("01/09/1999"))
    chat.say("1er septembre 2026")
    assert "45 premiers jours" in plain(said(chat.say("toujours en entreprise")))


def test_what_a_question_on_days_cannot_read_is_asked_again(chat: Chat) -> None:
    chat.press('/end_contract{"rights": "leave"}')
    assert "quel jour" in said(chat.say("17")).lower()
    assert "au plus tôt" in said(chat.say("demain"))


# -- the aid check-up


def test_a_few_questions_give_a_personal_list_of_aid(chat: Chat) -> None:
    assert "Tu as quel âge" in said(chat.say("j'ai droit à quelles aides"))
    for line in ("20 ans", "j'ai signé mon contrat", "bts", "je paie un loyer"):
        chat.say(line)
    replies = plain(said(chat.say("oui un navigo")))
    assert "Mobili-Jeune : de 10 € à 100 € par mois" in replies
    assert "• Si ta paie est assez haute" in replies
    # what was said is known from then on
    assert "À 20 ans" in said(chat.say("je gagne combien"))


def test_a_check_up_survives_another_question_and_a_nonsense_answer(chat: Chat) -> None:
    chat.say("j'ai droit à quelles aides")
    assert "Tu as quel âge" in said(chat.say("c'est quoi le cerfa"))
    assert "Tu en es où" in said(chat.say("17"))
    assert "Tu en es où" in said(chat.say("blorg"))
    assert "diplôme" in said(chat.say("jsp"))


# -- calls for help


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("j'en peux plus je veux en finir", FlagReason.DISTRESS, id="distress"),
        pytest.param("mon patron me touche et me fait des remarques", FlagReason.HARASSMENT, id="harassment"),
        pytest.param("on me fait monter sur le toit sans harnais", FlagReason.DANGER_AT_WORK, id="danger"),
        pytest.param("je dors dans ma voiture et j'ai plus d'argent", FlagReason.MONEY_EMERGENCY, id="money"),
        pytest.param("je veux parler à un conseiller", FlagReason.HUMAN_WANTED, id="a human"),
    ],
)
def test_a_call_for_help_stops_what_was_going_on_and_calls_a_human(
    stack: Stack, chat: Chat, text: str, reason: FlagReason
) -> None:
    # given a question of ours that is open
    chat.say("c payé combien en alternance")
    # when help is called for
    replies = chat.say(text)
    # then the team sees it, the question is dropped and no workshop is proposed
    with Session(stack.engine) as session:
        raised = [flag.reason for flag in open_flags(session, limit=10_000) if _of(flag, chat)]
    assert raised == [reason]
    assert "quel âge" not in said(replies)
    assert "list_workshops" not in str(replies)


def _of(flag: object, chat: Chat) -> bool:
    return str(getattr(flag, "conversation_id", "")) == chat.conversation_id


# -- what no intent catches


def test_a_message_that_no_intent_catches_gets_answers_that_speak_of_it(chat: Chat) -> None:
    replies = chat.say("cerfa blorg")
    assert "signing_steps" in str(replies) or "Cerfa" in said(replies)

"""Whole calls with the simulated employers through the chat API: ten for each kind, good, clumsy and hostile.

The classes of the lines come from the trained model, so a call may be read a little otherwise than it was meant: what
is checked is what must hold in every case, and in a good call that the need is found.
"""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from programme.assistant import Assistant
from programme.models import Message, PracticeRun
from programme.practice.classes import QuestionClass
from programme.practice.desk import STALE
from programme.practice.persona import RELEASING, Family, Persona
from tests.stack import Chat, Stack, said

FAULT = "coincé de mon côté"
Script = Callable[[Persona], Sequence[str]]


def _try(persona: Persona, *steps: str) -> list[str]:
    return [persona.try_lines[QuestionClass(step)] for step in steps]


GOOD: dict[str, Script] = {
    "by the book": lambda p: _try(
        p, "opening", "activity", "need", "skill", "short_term", "rephrase", "offer", "next_step", "closing"
    ),
    "as one types": lambda p: [
        "bjr jmapel noa jsuis en cap", "vs faites koi exactement ds votre boite",
        "c koi ki vs prend le plus de tps en ce moment",
        *_try(p, "rephrase", "offer"), "jpe vs rappeler mardi ?", "mrc bonne journée",
    ],
    "through the trade": lambda p: _try(p, "opening", "activity", "skill", "short_term", "rephrase", "closing"),
    "all at once": lambda p: [
        "Bonjour, je m'appelle Lina. Comment s'organise une journée chez vous ?",
        "Et qu'est-ce qui vous prend le plus de temps en ce moment ?", *_try(p, "rephrase", "next_step", "closing"),
    ],
}  # fmt: skip
CLUMSY: dict[str, Script] = {
    "a CV first": lambda p: [
        "Bonjour, je cherche une alternance, vous recrutez ?",
        *_try(p, "activity", "skill", "need", "rephrase", "closing"),
    ],
    "the need first": lambda p: [
        "Qu'est-ce qui vous manque le plus en ce moment ?",
        *_try(p, "activity", "need", "rephrase", "offer", "closing"),
    ],
    "yes or no": lambda p: [
        "Vous êtes ouverts le lundi ?", "C'est fatigant ?", "Vous êtes nombreux ?", "C'est loin du métro ?", "bilan",
    ],
    "lost for words": lambda p: ["euh…", "bonjour", "…", "indice", "euh je sais pas", "indice", "bilan"],
}  # fmt: skip
HOSTILE: dict[str, Script] = {
    "conditions": lambda p: [
        "C'est payé combien chez vous ?", "Et les vacances ?", "Prenez-moi, je suis motivé.", "Je vous laisse mon CV.",
        "J'aurai mes week-ends ?", "Vous prenez des apprentis oui ou non ?", "bilan",
    ],
    "rude": lambda p: [
        "ferme ta gueule", "t'es moche", "mdrrr", "wesh t'as pas une clope", "jjjjjj", "nan mais allo", "bilan",
    ],
}  # fmt: skip


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


def call(chat: Chat, assistant: Assistant, family: Family, level: int, script: Script) -> list[dict[str, object]]:
    """Play the script with an employer of the family; everything that came back."""
    scene = chat.press(f'/start_roleplay{{"go": "f.{family}.{level}"}}')
    everything = [*scene, *chat.press_titled(scene, "Passer")]
    persona = persona_called(assistant, everything)
    for line in script(persona):
        everything += chat.say(line)
        if "Bilan avec" in said(everything):
            break
    return everything


def persona_called(assistant: Assistant, messages: list[dict[str, object]]) -> Persona:
    title = next(str(message["speaker"]) for message in messages if message["speaker"])
    company = said(messages)
    found = [each for each in assistant.practice.personas.values() if each.who.title == title]
    return next(each for each in found if each.company.name in company)


def check_whole(assistant: Assistant, messages: list[dict[str, object]]) -> None:
    """What holds for every call: no fault, nobody repeats, nothing is given away, a debrief at the end."""
    persona = persona_called(assistant, messages)
    spoken = [str(message["text"]) for message in messages if message["speaker"]]
    assert FAULT not in said(messages)
    assert len(set(spoken)) == len(spoken), "an employer repeats"
    assert "Bilan avec" in said(messages)
    found = "trouvé son besoin" in said(messages)
    releasing = [line for moment in RELEASING for line in persona.replies.of(moment)]
    given_away = any(line in reply for line in releasing for reply in spoken)
    assert given_away == found


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("script", list(GOOD))
def test_a_good_call_finds_the_need(stack: Stack, assistant: Assistant, family: Family, script: str) -> None:
    chat = stack.chat()
    messages = call(chat, assistant, family, 1, GOOD[script])
    chat.close()
    check_whole(assistant, messages)
    assert "trouvé son besoin" in said(messages)
    # the debrief quotes the person and draws the call
    assert "Ce que tu as bien fait" in said(messages)
    assert any(step["mark"] == "need" for message in messages for step in message["path"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("script", list(CLUMSY))
def test_a_clumsy_call_is_answered_to_its_end(stack: Stack, assistant: Assistant, family: Family, script: str) -> None:
    chat = stack.chat()
    messages = call(chat, assistant, family, 2, CLUMSY[script])
    chat.close()
    check_whole(assistant, messages)


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("script", list(HOSTILE))
def test_a_hostile_call_ends_with_respect(stack: Stack, assistant: Assistant, family: Family, script: str) -> None:
    chat = stack.chat()
    messages = call(chat, assistant, family, 3, HOSTILE[script])
    chat.close()
    check_whole(assistant, messages)
    assert "Son besoin est resté caché" in said(messages)
    # no reproach: what to do next is said all the same
    assert "À essayer avec" in said(messages)


# -- leaving and coming back


def begin(chat: Chat) -> list[dict[str, object]]:
    scene = chat.press('/start_roleplay{"go": "f.garage.1"}')
    return chat.press_titled(scene, "Passer")


def test_a_call_is_taken_up_the_next_day_where_it_was(stack: Stack, chat: Chat) -> None:
    # given a call that was left in the middle
    begin(chat)
    chat.say("Bonjour, je m'appelle Lina")
    heard = said(chat.say("Comment s'organise une journée chez vous ?"))
    # when the person comes back a day later
    with stack.engine.begin() as connection:
        connection.execute(update(PracticeRun).values(last_at=PracticeRun.last_at - timedelta(days=1)))
    back = chat.say("salut")
    # then nothing is taken for a line before they say so; then it goes on
    assert "On le reprend ?" in said(back)
    assert heard in said(chat.press_titled(back, "Reprendre"))
    assert "need" in str(
        chat.say("Qu'est-ce qui vous fait perdre le plus de temps en ce moment ?") and _steps(stack, chat)
    )


def _steps(stack: Stack, chat: Chat) -> list[str]:
    query = select(PracticeRun.state).order_by(PracticeRun.id.desc()).limit(1)
    with stack.engine.connect() as connection:
        return list(connection.execute(query).scalar_one()["steps"])


def test_after_a_long_silence_another_wish_is_answered(stack: Stack, chat: Chat) -> None:
    begin(chat)
    with stack.engine.begin() as connection:
        connection.execute(update(PracticeRun).values(last_at=PracticeRun.last_at - STALE - timedelta(minutes=1)))
    assert "SMIC" in said(chat.say("combien je gagne en apprentissage à 17 ans"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("stop", "C'est en pause", id="stop"),
        pytest.param("pause", "C'est en pause", id="pause"),
        pytest.param("j'en peux plus je veux en finir", "3114", id="a call for help"),
        pytest.param("je veux parler à un conseiller", "équipe", id="a human"),
        pytest.param("indice", "💡", id="a hint"),
        pytest.param("bilan", "pas de bilan cette fois", id="the end before a word"),
    ],
)
def test_the_game_is_left_at_once(chat: Chat, line: str, expected: str) -> None:
    begin(chat)
    replies = chat.say(line)
    assert expected in said(replies)
    assert not any(message["speaker"] for message in replies)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("a" * 3_000, id="letters without end"),
        pytest.param("😀😀😀", id="emoji"),
        pytest.param("<script>alert(1)</script>", id="code"),
        pytest.param("/start_roleplay", id="a command, typed"),
        pytest.param("' OR 1=1 --", id="SQL"),
        pytest.param("Comment vous faites quand {word} est absent ?", id="braces"),
        pytest.param("123456", id="a number"),
        pytest.param("لا أفهم", id="another alphabet"),
    ],
)
def test_whatever_is_written_somebody_answers_and_the_call_goes_on(chat: Chat, line: str) -> None:
    begin(chat)
    replies = chat.say(line)
    assert replies
    assert FAULT not in said(replies)
    following = chat.say("Comment s'organise une journée chez vous ?")
    assert any(message["speaker"] for message in following)


def test_a_line_that_speaks_of_relief_is_no_call_for_help(chat: Chat) -> None:
    begin(chat)
    chat.say("Comment s'organise une journée chez vous ?")
    replies = chat.say("Dites-moi ce qui vous soulagerait le plus.")
    assert any(message["speaker"] for message in replies)


def test_what_is_said_in_a_practice_is_marked_as_the_persons_own(stack: Stack, chat: Chat) -> None:
    before = chat.say("bonjour")
    begin(chat)
    chat.say("Bonjour, je m'appelle Lina")
    with stack.engine.connect() as connection:
        rows = connection.execute(
            select(Message.text, Message.private, Message.practice_run_id)
            .where(Message.conversation_id == chat.conversation_id)
            .order_by(Message.id)
        ).all()
    private = {row.text: row.private and row.practice_run_id is not None for row in rows}
    assert private["Bonjour, je m'appelle Lina"]
    assert not private[str(before[0]["text"])]


# -- progress and sharing


def test_progress_is_the_persons_own_until_an_explicit_yes(stack: Stack, chat: Chat) -> None:
    # given a call with a debrief
    begin(chat)
    chat.say("Comment s'organise une journée chez vous ?")
    debrief = chat.say("bilan")
    progress = chat.press_titled(debrief, "Ma progression")
    assert "Toi seul" in said(progress)
    assert progress[-1]["chart"]

    def shared() -> bool:
        with stack.engine.connect() as connection:
            return (
                connection.execute(text("SELECT shared_at FROM practice_runs ORDER BY id DESC LIMIT 1")).scalar()
                is not None
            )

    # when sharing is pressed, a question comes first
    asked = chat.press_titled(debrief, "Partager")
    assert not shared()
    done = chat.press_titled(asked, "Oui, partager")
    assert shared()
    # and it can be taken back
    chat.press_titled(done, "Ne plus partager")
    assert not shared()


def test_how_one_feels_is_asked_before_and_after(stack: Stack, chat: Chat) -> None:
    scene = chat.press('/start_roleplay{"go": "f.garage.1"}')
    chat.say("2")
    chat.say("Comment s'organise une journée chez vous ?")
    chat.say("bilan")
    assert "ça monte" in said(chat.say("4"))
    with stack.engine.connect() as connection:
        row = connection.execute(
            select(PracticeRun.confidence_before, PracticeRun.confidence_after).order_by(PracticeRun.id.desc()).limit(1)
        ).one()
    assert (tuple(row), bool(re.search("1 : pas du tout", said(scene)))) == ((2, 4), True)


def test_an_old_button_never_touches_the_practice_of_somebody_else(stack: Stack, chat: Chat) -> None:
    # given somebody in a call, and another person who is asked about a booking
    begin(chat)
    other = stack.chat()
    workshops = other.say("y a quoi comme ateliers")
    other.press_titled(workshops, "Club de l'alternance")
    # when the other one presses an old button of a practice
    replies = other.press('/start_roleplay{"go": "feel.5"}')
    # then a practice is offered to them, and nothing is kept for anybody
    assert "Quel métier" in said(replies)
    with stack.engine.connect() as connection:
        felt = connection.execute(text("SELECT count(*) FROM practice_runs WHERE confidence_before = 5")).scalar_one()
    assert felt == 0


# -- a pair, and the other way round


def test_a_pair_plays_with_one_phone(chat: Chat) -> None:
    card = chat.say("on veut s'entraîner à deux")
    assert "Ton besoin caché" in said(card)
    counted = chat.say("vous faites quoi comme travail")
    assert "Activité ✔" in said(counted)
    assert "👉" in said(counted)
    assert "Bilan avec" in said(chat.say("fin"))


def test_a_tutor_learns_to_state_a_need(chat: Chat) -> None:
    begun = chat.say("je suis tuteur je veux m'entraîner")
    assert "vous êtes l'employeur" in said(begun)
    vague = chat.say("on cherche quelqu'un de motivé")
    assert "motivé" in said(vague)
    chat.say("pour servir les petits déjeuners le dimanche matin")
    debrief = said(chat.say("bilan"))
    assert "✔ Quoi faire" in debrief
    assert "La suite : pas dit" in debrief

"""The rest of the coaching through the chat API: notebook, call card, lessons, interview, pitch, games."""

import httpx
import pytest
from sqlalchemy import select

from programme.assistant import Assistant
from programme.game_desk import ROUND
from programme.games import EscapeGame, Room
from programme.lesson_desk import FORUM, METHOD
from programme.models import Contact, Message
from programme.practice.classes import QuestionClass
from tests.stack import Chat, Stack, said, titles

TALE = "g appelé le garage de la gare il a dit de rappeler mardi pcq il manque de monde le samedi"


@pytest.fixture
def chat(stack: Stack) -> Chat:
    return stack.chat()


def contacts_of(stack: Stack, chat: Chat) -> list[Contact]:
    query = "conversations c JOIN channel_identities i ON i.id = c.identity_id"
    with stack.engine.connect() as connection:
        person_id = connection.exec_driver_sql(
            f"SELECT i.person_id FROM {query} WHERE c.id = %(id)s",
            {"id": chat.conversation_id},
        ).scalar_one()
        rows = connection.execute(select(Contact.__table__).where(Contact.person_id == person_id).order_by(Contact.id))
        return [Contact(**row._mapping) for row in rows]


# -- the notebook


def test_an_exchange_told_in_ones_own_words_is_checked_and_kept(stack: Stack, chat: Chat) -> None:
    # given a tale as it is typed
    asked = said(chat.say(TALE))
    assert "Entreprise : garage de la gare" in asked
    assert "Besoin entendu : il manque de monde le samedi" in asked
    assert "Suite : rappeler mardi" in asked
    # when it is confirmed
    kept = said(chat.say("oui"))
    # then it is in the notebook, whole, with a message ready to send
    assert "C'est dans ton carnet" in kept
    assert "« il manque de monde le samedi »" in kept
    (contact,) = contacts_of(stack, chat)
    assert (contact.told, contact.company, contact.confirmed_at is not None) == (TALE, "garage de la gare", True)
    assert "garage de la gare" in said(chat.say("montre mes entreprises"))


def test_each_part_can_be_changed_before_it_counts(stack: Stack, chat: Chat) -> None:
    asked = chat.say(TALE)
    chat.press_titled(asked, "Entreprise")
    assert "Entreprise : Garage Haddad" in said(chat.say("Garage Haddad"))
    urgency = chat.press_titled(asked, "pressé")
    assert "C'est pressé ? : Oui, maintenant" in said(chat.press_titled(urgency, "Oui, maintenant"))
    day = chat.press_titled(asked, "Jour")
    assert "Je n'ai pas lu de jour" in said(chat.say("banane"))
    nothing = chat.press_titled(day, "Rien à noter")
    assert "Jour : pas noté" in said(nothing)
    (contact,) = contacts_of(stack, chat)
    assert (contact.company, str(contact.urgency), contact.next_on, contact.confirmed_at) == (
        "Garage Haddad", "now", None, None,
    )  # fmt: skip


def test_a_company_that_was_not_named_is_asked_for(chat: Chat) -> None:
    chat.press('/log_contact{"go": "new"}')
    assert "quelle entreprise" in said(chat.say("j'ai appelé 3 entreprises aucune réponse"))
    assert "Entreprise : Dupont" in said(chat.say("Dupont"))


def test_after_three_silences_the_help_changes(chat: Chat) -> None:
    for company in ("la boulangerie Paul", "Leroy", "le restaurant du port"):
        chat.press('/log_contact{"go": "new"}')
        asked = chat.say(f"j'ai appelé {company} pas de réponse")
        kept = said(chat.press_titled(asked, "C'est juste"))
    assert "une autre heure" in kept


def test_an_entry_is_shared_by_itself_and_removed_for_good(stack: Stack, chat: Chat) -> None:
    chat.say(TALE)
    chat.say("oui")
    entry = chat.press_titled(chat.press("/my_contacts"), "garage de la gare")
    chat.press_titled(chat.press_titled(entry, "Partager"), "Oui, partager")
    assert contacts_of(stack, chat)[0].shared_at is not None
    chat.press_titled(chat.press_titled(entry, "Supprimer"), "Oui, supprimer")
    assert contacts_of(stack, chat) == []
    # an old button of the entry does no harm
    assert "n'est plus dans ton carnet" in said(chat.press_titled(entry, "Modifier"))


def test_nobody_opens_the_entry_of_somebody_else(stack: Stack, chat: Chat) -> None:
    asked = chat.say(TALE)
    buttons = [button["payload"] for message in asked for button in message["buttons"]]  # type: ignore[attr-defined]
    other = stack.chat()
    assert "n'est plus dans ton carnet" in said(other.press(buttons[0]))


def test_the_notebook_is_exported_and_private(stack: Stack, chat: Chat) -> None:
    chat.say(TALE)
    chat.say("oui")
    link = said(chat.press('/my_contacts{"go": "export"}')).split()[-1]
    page = httpx.get(f"{stack.url}{link}", trust_env=False)
    table = httpx.get(f"{stack.url}{link}.csv", trust_env=False)
    assert ("garage de la gare" in page.text, page.headers["cache-control"]) == (True, "no-store")
    assert table.text.splitlines()[1].startswith("garage de la gare;")
    with stack.engine.connect() as connection:
        private = connection.execute(
            select(Message.private).where(Message.conversation_id == chat.conversation_id, Message.text == TALE)
        ).scalar_one()
    assert private


def test_a_link_that_leads_nowhere_says_so(stack: Stack) -> None:
    gone = httpx.get(f"{stack.url}/document/{'x' * 32}", trust_env=False)
    assert (gone.status_code, "Redemande-la" in gone.json()["detail"]) == (404, True)


def test_the_need_that_was_heard_serves_the_letter(chat: Chat) -> None:
    chat.say(TALE)
    chat.say("oui")
    letter = said(chat.press("/cover_letter_help"))
    assert "il manque de monde le samedi" in letter


# -- the call card


def test_a_call_card_is_made_from_the_trade_and_the_company(stack: Stack, chat: Chat, assistant: Assistant) -> None:
    chat.press("/prepare_call")
    assert "quelle entreprise" in said(chat.say("boulanger"))
    chat.say("Boulangerie Martin")
    card = said(chat.say("il y a la queue le dimanche"))
    text = assistant.cards.card("boulangerie")
    assert all(question.ask in card for question in text.questions)
    assert "« il y a la queue le dimanche »" in card
    link = next(word for word in card.split() if word.startswith("/document/"))
    pdf = httpx.get(f"{stack.url}{link}.pdf", trust_env=False)
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")


def test_a_question_in_between_is_answered(chat: Chat) -> None:
    chat.press("/prepare_call")
    assert "SMIC" in said(chat.say("c payé combien en apprentissage à 17 ans ?"))


def test_what_is_in_the_notebook_begins_the_card(chat: Chat) -> None:
    chat.say(TALE)
    chat.say("oui")
    company = chat.press('/prepare_call{"go": "f.garage"}')
    card = said(chat.press_titled(company, "garage de la gare"))
    assert "« il manque de monde le samedi »" in card


# -- lessons


@pytest.mark.parametrize("lesson_id", [METHOD, FORUM])
def test_a_lesson_is_walked_through_with_its_own_model_lines(chat: Chat, assistant: Assistant, lesson_id: str) -> None:
    lesson = assistant.lessons.lessons[lesson_id]
    topic = {"methode": "explain_method", "forum": "forum_prepare"}[lesson_id]
    shown = chat.press(f'/{topic}{{"go": "{lesson_id}.0"}}')
    for step in lesson.steps:
        assert step.title in said(shown)
        if step.trial is not None:
            # the model line of each step is right for its own lesson
            comment = chat.say(step.trial.model)
            assert said(comment) in step.trial.right, step.id
        shown = chat.press_titled(comment if step.trial is not None else shown, "Étape suivante")
    assert lesson.ends in said(shown)


def test_a_line_that_falls_short_is_commented_and_then_shown_how(chat: Chat, assistant: Assistant) -> None:
    lesson = assistant.lessons.lessons[METHOD]
    number, step = next(
        (number, step) for number, step in enumerate(lesson.steps)
        if step.trial is not None and QuestionClass.NEED in step.trial.wants
    )  # fmt: skip
    trial = step.trial
    assert trial is not None
    chat.press(f'/explain_method{{"go": "{METHOD}.{number}"}}')
    assert (
        said(chat.say("Bonjour, je cherche une alternance, vous prenez des apprentis ?")) == trial.comments["cv_push"]
    )
    assert trial.model in said(chat.say("Vous êtes ouverts le lundi ?"))


@pytest.mark.parametrize("button", ['/explain_method{"go": "methode.1"}', '/prepare_interview{"go": "0"}'])
@pytest.mark.parametrize(
    ("wish", "answer"),
    [("y a quoi comme ateliers ?", "Club de l'alternance"), ("c'est payé combien une alternance ?", "âge")],
)
def test_another_plain_wish_leaves_an_exercise(chat: Chat, button: str, wish: str, answer: str) -> None:
    chat.press(button)
    replies = chat.say(wish)
    assert answer in said(replies) + titles(replies)


@pytest.mark.parametrize("line", ["Bonjour", "Je m'appelle Lina, j'ai 17 ans", "C'est quoi le plus dur ici ?"])
def test_a_line_without_vous_is_still_tried(chat: Chat, line: str) -> None:
    chat.press(f'/explain_method{{"go": "{METHOD}.1"}}')
    assert "Étape suivante" in titles(chat.say(line))


# -- interview and pitch


def test_an_interview_is_gone_through_question_by_question(chat: Chat, assistant: Assistant) -> None:
    first = assistant.interview.questions[0]
    asked = chat.press('/prepare_interview{"go": "0"}')
    assert first.asks in said(asked)
    assert first.seeks in said(chat.say("je m'appelle Lina, je fais du basket et j'aime organiser"))
    assert "bonne question" in said(chat.say("Comment s'organise une journée dans votre équipe ?"))
    assert first.how in said(chat.press('/prepare_interview{"go": "0.how"}'))
    last = len(assistant.interview.questions)
    assert "toutes les questions" in said(chat.press(f'/prepare_interview{{"go": "{last}"}}'))


def test_a_pitch_is_built_from_three_answers(chat: Chat) -> None:
    chat.press('/pitch{"go": "begin"}')
    chat.say("je suis Inès, je veux apprendre la coiffure")
    chat.say("j'ai coiffé toute ma troupe avant le gala")
    pitch = said(chat.say("j'aime voir les gens repartir contents"))
    assert "Je suis Inès, je veux apprendre la coiffure. J'ai coiffé toute ma troupe avant le gala." in pitch


# -- games


def solved(game: EscapeGame) -> list[tuple[Room, str]]:
    """The shortest way out: for each room its choice (a number) or the answer to its lock."""
    ways: dict[str, list[tuple[Room, str]]] = {game.rooms[0].id: []}
    todo = [game.rooms[0].id]
    while todo:
        room = game.room(todo.pop(0))
        assert room is not None
        if room.last:
            return ways[room.id]
        steps = [(room.lock.to, room.lock.accepts[0])] if room.lock is not None else []
        steps += [(choice.to, str(number)) for number, choice in enumerate(room.choices)]
        for to, step in steps:
            if to not in ways:
                ways[to] = [*ways[room.id], (room, step)]
                todo.append(to)
    raise AssertionError("no way out")


@pytest.mark.parametrize("game_id", ["pharma", "medtech", "innov"])
def test_every_game_can_be_won(chat: Chat, assistant: Assistant, game_id: str) -> None:
    game = assistant.games.games[game_id]
    shown = chat.press(f'/play_quiz{{"go": "{game_id}.start"}}')
    for room, step in solved(game):
        assert room.says[-1] in said(shown)
        go_on = f'/play_quiz{{"go": "{game_id}.{room.id}.{step}"}}'
        shown = chat.say(step) if room.lock is not None else chat.press(go_on)
    assert all(job.name in said(shown) for job in game.jobs)


@pytest.mark.parametrize("game_id", ["pharma", "medtech", "innov"])
def test_a_lock_opens_in_the_end_whatever_is_tried(chat: Chat, assistant: Assistant, game_id: str) -> None:
    game = assistant.games.games[game_id]
    way = solved(game)
    number = next(number for number, (room, _) in enumerate(way) if room.lock is not None)
    chat.press(f'/play_quiz{{"go": "{game_id}.start"}}')
    for room, step in way[:number]:
        chat.press(f'/play_quiz{{"go": "{game_id}.{room.id}.{step}"}}')
    lock = way[number][0].lock
    assert lock is not None
    for wrong in lock.wrong:
        assert wrong in said(chat.say("xyz"))
    assert lock.opens in said(chat.say("xyz"))


def test_a_quiz_is_played_with_buttons_or_words(chat: Chat) -> None:
    shown = chat.press('/play_quiz{"go": "quiz"}')
    for _ in range(ROUND - 1):
        assert "Vrai ou faux" in said(shown)
        shown = chat.say("vrai")
    assert "sur 5" in said(chat.press_titled(shown, "Faux"))
    # the next round has another claim to begin with
    first, again = (
        (said([message]) for message in chat.history() if "1/5" in str(message["text"]))
        if chat.press('/play_quiz{"go": "quiz"}')
        else ("", "")
    )
    assert first != again


def test_a_game_is_left_by_asking_something_else(chat: Chat) -> None:
    chat.press('/play_quiz{"go": "quiz"}')
    assert "SMIC" in said(chat.say("combien je gagne en apprentissage à 17 ans ?"))

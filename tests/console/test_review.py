"""The review in the console: what waits, one message, what an author decides, what is published."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bot.training_data import TRAINING, read_phrases
from programme import conversations, corrections
from programme.clock import clock
from programme.models import (
    ChannelIdentity,
    Conversation,
    Correction,
    CorrectionState,
    CorrectionUse,
    Review,
    ReviewReason,
    Role,
)
from tests.console.conftest import Browser

REVIEW = "/console/relecture"
DECIDE = f"{REVIEW}/a-decider"
Misread = Callable[..., int]


@pytest.fixture
def misread(session_factory: sessionmaker[Session], a_young_person: Callable[..., int]) -> Misread:
    """Somebody in the charge of this browser's counsellor wrote it, and it was not understood; the message's id."""

    def build(browser: Browser, text: str, *, name: str | None = None) -> int:
        person_id = a_young_person(counsellor=browser.who, name=name)
        with session_factory.begin() as session:
            conversation_id = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
            ).one()
            message = conversations.store_incoming(
                session,
                conversation_id=conversation_id,
                public_id=str(uuid.uuid4()),
                text=text,
                payload=None,
                now=clock(),
            )
            conversations.mark_answered(session, message, intent="aid_meals", confidence=0.31, now=clock())
            session.add(
                Review(
                    message_id=message.id,
                    conversation_id=conversation_id,
                    reason=ReviewReason.NOT_UNDERSTOOD,
                    ranking=[["aid_meals", 0.31], ["aid_driving_licence", 0.25], ["out_of_scope", 0.2]],
                    created_at=clock(),
                )
            )
            return message.id

    return build


@pytest.fixture
def kept(session_factory: sessionmaker[Session]) -> Callable[[], list[Correction]]:
    def read() -> list[Correction]:
        with session_factory() as session:
            return list(session.scalars(select(Correction).order_by(Correction.id)))

    return read


def test_messages_come_in_groups_without_names_with_the_likeliest_topics(
    a_browser: Callable[..., Browser], misread: Misread
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    misread(browser, "moi c Kelyan, le truc pour le camion")
    misread(browser, "le truc pour le camion")
    page = browser.get(REVIEW).text
    assert "2 messages qui se ressemblent" in page
    assert "Kelyan" not in page
    assert "moi c [nom], le truc pour le camion" in page
    assert "compris : Repas au CFA (31 %)" in page
    assert 'name="choice" value="aid_driving_licence"' in page
    assert page.count('name="choice" value="out_of_scope"') == 1


def test_nothing_to_review_says_where_it_comes_from(a_browser: Callable[..., Browser]) -> None:
    assert "Rien à relire pour le moment" in a_browser(Role.COUNSELLOR).get(REVIEW).text


def test_a_whole_group_gets_its_topic_at_once(
    a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    messages = [misread(browser, text) for text in ("le truc pour le camion", "le truc du camion c koi")]
    answer = browser.send(REVIEW, {"message": messages, "choice": "aid_driving_licence"})
    assert answer.status_code == 303
    assert "C&#39;est proposé" in browser.get(REVIEW).text
    assert [(each.message_id, each.topic) for each in kept()] == [(each, "aid_driving_licence") for each in messages]


def test_a_topic_of_the_list_counts_when_no_button_was_pressed(
    a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    browser.send(REVIEW, {"message": [misread(browser, "le camion")], "topic": "cej"})
    assert [each.topic for each in kept()] == ["cej"]


def test_without_a_topic_the_group_comes_back_with_what_to_do(
    a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    answer = browser.send(REVIEW, {"message": [misread(browser, "le camion")]})
    assert answer.status_code == 422
    assert "Choisis un sujet dans la liste" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert kept() == []


def test_what_the_topic_knows_already_is_closed_without_a_proposal(
    a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    known = next(each.text for each in read_phrases(TRAINING) if each.label == "aid_meals")
    browser.send(REVIEW, {"message": [misread(browser, known)], "choice": "aid_meals"})
    page = browser.get(REVIEW).text
    assert "Ce sujet connaît cette phrase" in page
    assert "Rien à relire" in page
    assert kept() == []


def test_what_is_too_long_is_left_for_one_by_one(a_browser: Callable[..., Browser], misread: Misread) -> None:
    browser = a_browser(Role.COUNSELLOR)
    browser.send(REVIEW, {"message": [misread(browser, "le camion " * 60)], "choice": "aid_driving_licence"})
    page = browser.get(REVIEW).text
    assert "reprends-les une par une" in page
    assert "1 message à relire" in page


def test_nothing_to_learn_closes_the_group(a_browser: Callable[..., Browser], misread: Misread) -> None:
    browser = a_browser(Role.COUNSELLOR)
    browser.send(REVIEW, {"message": [misread(browser, "lol")], "aside": "oui"})
    assert "Rien à relire" in browser.get(REVIEW).text


def test_one_message_is_shortened_and_gets_its_topic(
    a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]
) -> None:
    browser = a_browser(Role.COUNSELLOR)
    path = f"{REVIEW}/message/{misread(browser, 'bon alors voila le camion la')}"
    assert "bon alors voila le camion la" in browser.get(path).text
    # a wrong form comes back as it was typed
    refused = browser.send(path, {"phrase": "le camion", "topic": ""})
    assert refused.status_code == 422
    assert "le camion</textarea>" in refused.text
    long = browser.send(path, {"phrase": "le camion " * 60, "topic": "cej"})
    assert "300 signes au plus" in long.text
    assert '<option value="cej" selected>' in long.text
    assert browser.send(path, {"phrase": "le camion", "topic": "cej"}).status_code == 303
    assert [(each.phrase, each.topic) for each in kept()] == [("le camion", "cej")]


def test_another_teams_message_is_not_there(a_browser: Callable[..., Browser], misread: Misread) -> None:
    message_id = misread(a_browser(Role.COUNSELLOR), "le camion")
    stranger = a_browser(Role.COUNSELLOR)
    assert "le camion" not in stranger.get(REVIEW).text
    assert stranger.get(f"{REVIEW}/message/{message_id}").status_code == 404
    assert stranger.send(f"{REVIEW}/message/{message_id}", {"topic": "cej"}).status_code == 404
    assert stranger.send(REVIEW, {"message": [message_id], "choice": "cej"}).status_code == 404


def test_an_author_reads_all_phrases_without_a_way_to_the_person(
    a_browser: Callable[..., Browser], misread: Misread
) -> None:
    counsellor = a_browser(Role.COUNSELLOR)
    message_id = misread(counsellor, "le camion")
    assert "/console/conversations/" in counsellor.get(REVIEW).text
    author = a_browser(Role.CONTENT_AUTHOR)
    for page in (author.get(REVIEW).text, author.get(f"{REVIEW}/message/{message_id}").text):
        assert "le camion" in page
        assert "/console/conversations/" not in page


# -- deciding


@pytest.fixture
def a_proposal(a_browser: Callable[..., Browser], misread: Misread, kept: Callable[[], list[Correction]]) -> int:
    counsellor = a_browser(Role.COUNSELLOR)
    counsellor.send(REVIEW, {"message": [misread(counsellor, "le truc pour le camion")], "choice": "cej"})
    return kept()[0].id


def test_an_author_puts_it_right_and_the_model_will_learn_it(
    a_browser: Callable[..., Browser], a_proposal: int, kept: Callable[[], list[Correction]]
) -> None:
    author = a_browser(Role.CONTENT_AUTHOR)
    assert "1 proposition attend" in author.get(REVIEW).text
    assert "le truc pour le camion</textarea>" in author.get(DECIDE).text
    form = {"does": "training", "phrase": "c koi l'aide pour le camion", "topic": "aid_driving_licence"}
    assert author.send(f"{DECIDE}/{a_proposal}", form).status_code == 303
    assert "à la prochaine publication" in author.get(DECIDE).text
    [correction] = kept()
    assert (correction.state, correction.use) == (CorrectionState.ACCEPTED, CorrectionUse.TRAINING)
    assert (correction.phrase, correction.topic) == ("c koi l'aide pour le camion", "aid_driving_licence")
    assert "declic nlu export" in author.get(f"{REVIEW}/publiees").text
    # and a second author is told
    assert author.send(f"{DECIDE}/{a_proposal}", {"does": "refuse"}).status_code == 303
    assert "avait déjà décidé" in author.get(DECIDE).text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"does": "training", "phrase": "", "topic": "cej"}, "Écris une phrase", id="no phrase"),
        pytest.param({"does": "test", "phrase": "le camion", "topic": "x"}, "Choisis un sujet", id="no such topic"),
        pytest.param({"does": "x", "phrase": "le camion", "topic": "cej"}, "Choisis ce qu", id="nothing to do"),
        pytest.param(
            {"does": "test", "phrase": "RECETTE de crepes", "topic": "cej"},
            "« recette de crêpes » est déjà un exemple du sujet « Hors sujet »",
            id="learned already",
        ),
        pytest.param(
            {"does": "training", "phrase": "calcule 15 pour cent de 9000", "topic": "cej"},
            "prends-la pour vérifier",
            id="learned but for one word",
        ),
    ],
)
def test_what_cannot_be_accepted_comes_back_as_it_was_typed(
    a_browser: Callable[..., Browser],
    a_proposal: int,
    kept: Callable[[], list[Correction]],
    form: dict[str, str],
    said: str,
) -> None:
    answer = a_browser(Role.CONTENT_AUTHOR).send(f"{DECIDE}/{a_proposal}", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert f"{form['phrase']}</textarea>" in answer.text
    assert kept()[0].state is CorrectionState.PROPOSED


def test_an_author_refuses(
    a_browser: Callable[..., Browser], a_proposal: int, kept: Callable[[], list[Correction]]
) -> None:
    author = a_browser(Role.CONTENT_AUTHOR)
    author.send(f"{DECIDE}/{a_proposal}", {"does": "refuse"})
    assert kept()[0].state is CorrectionState.REFUSED
    assert "Rien à décider" in author.get(DECIDE).text


def test_what_was_exported_is_listed_with_what_it_serves_for(
    a_browser: Callable[..., Browser], a_proposal: int, session_factory: sessionmaker[Session]
) -> None:
    author = a_browser(Role.CONTENT_AUTHOR)
    author.send(f"{DECIDE}/{a_proposal}", {"does": "test", "phrase": "le camion la", "topic": "cej"})
    with session_factory.begin() as session:
        corrections.mark_exported(session, [a_proposal], now=clock())
    page = author.get(f"{REVIEW}/publiees").text
    assert "« le camion la »" in page
    assert "vérifier" in page


def test_lists_come_by_pages(
    a_browser: Callable[..., Browser], misread: Misread, session_factory: sessionmaker[Session]
) -> None:
    browser = a_browser(Role.TEAM_LEAD)
    messages = [misread(browser, f"mot{number}{number * 7919:x} truc{number * 104729:x}") for number in range(27)]
    first = browser.get(REVIEW).text
    assert "27 messages à relire" in first
    assert "Page suivante" in first
    browser.send(REVIEW, {"message": messages, "choice": "cej"})
    author = a_browser(Role.CONTENT_AUTHOR)
    decide = author.get(DECIDE).text
    assert decide.count("Elle sert à vérifier") == 25
    assert author.get(f"{DECIDE}?apres=25").text.count("Elle sert à vérifier") == 2
    with session_factory.begin() as session:
        for each in session.scalars(select(Correction)):
            each.state = CorrectionState.EXPORTED
    published = author.get(f"{REVIEW}/publiees").text
    assert published.count('<th scope="row">') == 25
    assert author.get(f"{REVIEW}/publiees?avant=3").text.count('<th scope="row">') == 2

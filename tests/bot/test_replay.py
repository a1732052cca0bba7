"""What is read again with another model, and what counts as answered otherwise."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from bot.replay import Change, Decision, Said, changes, decided, latest_said, model_in_use
from bot.settings import Settings
from programme import conversations
from programme.models import Channel
from programme.path import locked
from programme.people import conversation_for
from tests.conftest import NOW

SAFETY = {"distress", "harassment"}


@pytest.mark.parametrize(
    ("doubt", "wishes", "expected"),
    [
        pytest.param("", [], Decision(("cej",), False, 0.4), id="the likeliest topic"),
        pytest.param("near", [], Decision((), False, 0.4), id="in doubt it asks back"),
        pytest.param("long", [], Decision((), True, 0.4), id="too long to be read as one wish"),
        pytest.param("", ["cv_help", "cej"], Decision(("cv_help", "cej"), False, 0.4), id="several wishes"),
    ],
)
def test_a_decision_is_that_of_the_bot(doubt: str, wishes: list[str], expected: Decision) -> None:
    assert decided([("cej", 0.4), ("cv_help", 0.3)], doubt, wishes) == expected


def test_calls_for_help_come_first_then_what_most_people_wrote() -> None:
    rare, frequent, help_lost, same = Said("a", 1), Said("b", 9), Said("c", 1), Said("d", 5)
    cej, other, none, call = (Decision(each, False, 0.9) for each in (("cej",), ("cv_help",), (), ("distress",)))
    found = changes([rare, frequent, help_lost, same], [cej, none, call, cej], [other, cej, other, cej], safety=SAFETY)
    assert found == [
        Change(help_lost, call, other, True),
        Change(frequent, none, cej, False),
        Change(rare, cej, other, False),
    ]


def test_how_sure_it_is_changes_no_answer() -> None:
    said = [Said("a", 1)]
    assert changes(said, [Decision(("cej",), False, 0.9)], [Decision(("cej",), False, 0.4)], safety=SAFETY) == []


def test_the_latest_messages_are_read_without_names_and_without_what_is_private(
    session_factory: sessionmaker[Session],
) -> None:
    # given three people, the first of whom wrote longest ago
    def writes(number: int, *texts: str, private: bool = False, payload: str | None = None) -> None:
        now = NOW + timedelta(hours=number)
        with session_factory.begin() as session:
            conversation = conversation_for(session, channel=Channel.WEB, external_id=f"jeune-{number}", now=now)
            locked(session, conversation.identity.person_id).display_name = "Kelyan"
            for text in texts:
                message = conversations.store_incoming(
                    session,
                    conversation_id=conversation.id,
                    public_id=str(uuid.uuid4()),
                    text=text,
                    payload=payload,
                    now=now,
                )
                conversations.mark_answered(session, message, intent="greet", confidence=0.9, now=now, private=private)

    writes(1, "trop vieux")
    writes(2, "bonjour", "moi c kelyan")
    writes(3, "bonjour")
    writes(3, "mon carnet", private=True)
    writes(3, "Oui", payload="/affirm")
    # when the latest two conversations are read
    with session_factory() as session:
        count, said = latest_said(session, conversations=2)
    # then each message is there once
    assert count == 2
    assert sorted(said, key=lambda each: each.text) == [Said("bonjour", 2), Said("moi c [nom]", 1)]


def test_the_model_in_use_is_the_newest_but_for_the_candidate(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, models_dir=tmp_path)  # type: ignore[call-arg]
    paths = [tmp_path / f"declic-{name}.tar.gz" for name in ("a", "b", "c")]
    assert model_in_use(settings, paths[0]) is None
    for path in paths:
        path.touch()
    assert model_in_use(settings, paths[2]) in paths[:2]
    assert model_in_use(settings, paths[2]) == max(paths[:2], key=lambda path: path.stat().st_mtime)

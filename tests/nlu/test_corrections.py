"""A message that was misread, from the console to the next model: proposed, accepted, exported, replayed, read."""

import json
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from bot import model
from bot.replay import decisions
from bot.settings import Settings
from programme import conversations
from programme.clock import clock
from programme.models import ChannelIdentity, Conversation, Correction, Review, ReviewReason, Role
from tests.console.conftest import Browser, a_browser, a_member, a_team, a_young_person, console_url
from tests.tree_copy import Tree, copy_of_the_program

__all__ = ["a_browser", "a_member", "a_team", "a_young_person", "console_url"]

# taken for a danger at work, and meant is the driving licence
MISREAD = "le machin pour conduire la caisse"
UNDERSTOOD = ("c'est quoi la période d'essai", "je cherche un atelier cv")
# the one training of this test, on a machine that is busy
TRAINING_S = 900


@pytest.fixture
def tree(tmp_path: Path, engine: Engine) -> Tree:
    """A copy of the program, with the model in use."""
    used = model.train(Settings(), print)  # there already, unless these tests run alone
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    shutil.copy(used, models)
    return copy_of_the_program(tmp_path, database_url=engine.url.render_as_string(hide_password=False))


def write(session_factory: sessionmaker[Session], person_id: int, *texts: str) -> int:
    """The person wrote these, and the assistant did not understand the last one; its id."""
    with session_factory.begin() as session:
        conversation_id = session.scalars(
            select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
        ).one()
        for text in texts:
            message = conversations.store_incoming(
                session,
                conversation_id=conversation_id,
                public_id=str(uuid.uuid4()),
                text=text,
                payload=None,
                now=clock(),
            )
            conversations.mark_answered(session, message, intent="danger_at_work", confidence=0.46, now=clock())
        session.add(
            Review(
                message_id=message.id,
                conversation_id=conversation_id,
                reason=ReviewReason.NOT_UNDERSTOOD,
                ranking=[["danger_at_work", 0.46], ["aid_driving_licence", 0.4]],
                created_at=clock(),
            )
        )
        return message.id


def test_what_was_misread_is_understood_by_the_next_model(
    tree: Tree,
    a_browser: Callable[..., Browser],
    a_young_person: Callable[..., int],
    session_factory: sessionmaker[Session],
    tmp_path: Path,
) -> None:
    # given a message that was misread, among others that were not
    counsellor, author = a_browser(Role.COUNSELLOR), a_browser(Role.CONTENT_AUTHOR)
    message_id = write(session_factory, a_young_person(counsellor=counsellor.who), *UNDERSTOOD, MISREAD)
    # when a counsellor says what it meant, an author accepts, and it is exported
    form = {"message": [message_id], "choice": "aid_driving_licence"}
    assert counsellor.send("/console/relecture", form).status_code == 303
    with session_factory() as session:
        correction = session.scalars(select(Correction)).one()
    decision = {"does": "training", "phrase": correction.phrase, "topic": correction.topic}
    assert author.send(f"/console/relecture/a-decider/{correction.id}", decision).status_code == 303
    assert "1 phrase written." in tree.declic("nlu", "export").stdout
    # then the replay with a model of the new data says that this answer changes, from a call for help
    out = tmp_path / "changes.json"
    done = tree.declic("nlu", "replay", "--conversations", "10", "--out", str(out), timeout_s=TRAINING_S)
    assert done.returncode == 0, done.stderr
    assert "3 messages of 1 conversation" in done.stdout
    changed = {row["message"]: row for row in json.loads(out.read_text(encoding="utf-8"))}
    row = changed[MISREAD]
    assert (row["sujets avant"], row["sujets après"]) == ("danger_at_work", "aid_driving_licence")
    assert row["appel à l'aide"] == "oui"
    assert changed.keys() <= {MISREAD, *UNDERSTOOD}
    assert f"« {MISREAD} »" in done.stdout.split("To or from a call for help")[1]
    # and how both fare on the labelled messages
    assert any(line.startswith("right first") and line.count("%") == 2 for line in done.stdout.splitlines())
    # and the new model answers it so
    models = tmp_path / "data" / "models"
    used = model.current_model(Settings()).name
    [candidate] = [path for path in models.glob("declic-*.tar.gz") if path.name != used]
    [[after]] = decisions([candidate], [MISREAD], log=tmp_path / "parse.log")
    assert after.topics == ("aid_driving_licence",)

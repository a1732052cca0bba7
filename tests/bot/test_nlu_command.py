"""`declic nlu pending` and `export`: accepted phrases come into the data, in the tree, as a patch, on a branch."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from bot.phrase_files import FileRefused, line_of, plan, with_phrase
from bot.settings import ROOT
from bot.training_data import near_duplicates, read_phrases, seen_in_training
from programme import corrections
from programme.models import Correction, CorrectionState, CorrectionUse
from tests.bot.test_command import refusal
from tests.conftest import NOW
from tests.tree_copy import Tree, copy_of_the_program

TRAINING, TEST = CorrectionUse.TRAINING, CorrectionUse.TEST
LEARNED = "nlu/aid/aid_driving_licence.yml"
JUDGED = "tests/nlu/aid/aid_driving_licence.yml"
CAMION = "le truc de l'argent pour le camion"
CLE = 'ya « la clé » du "permis" : # [nom] (moi)'
FILE = Path("nlu/aid/cej.yml")
Accepted = Callable[..., int]


@pytest.fixture
def tree(tmp_path: Path, engine: Engine) -> Tree:
    return copy_of_the_program(tmp_path, database_url=engine.url.render_as_string(hide_password=False))


@pytest.fixture
def accepted(session_factory: sessionmaker[Session]) -> Accepted:
    """An author accepted this phrase; the correction's id."""

    def build(phrase: str, *, topic: str = "aid_driving_licence", use: CorrectionUse = TRAINING) -> int:
        with session_factory.begin() as session:
            correction = a_correction(phrase, topic=topic, use=use)
            session.add(correction)
            session.flush()
            return correction.id

    return build


def a_correction(phrase: str, *, topic: str = "aid_driving_licence", use: CorrectionUse = TRAINING) -> Correction:
    return Correction(
        phrase=phrase, topic=topic, use=use, state=CorrectionState.ACCEPTED, state_at=NOW, proposed_at=NOW
    )


@pytest.fixture
def waiting(session_factory: sessionmaker[Session]) -> Callable[[], list[str]]:
    def read() -> list[str]:
        with session_factory() as session:
            return [each.phrase for each in corrections.accepted(session)]

    return read


# -- one line in a file


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        pytest.param("  moi c [nom]\n\tle camion ", "moi c [nom] le camion", id="one line"),
        pytest.param("le [camion](x) et [nom]{y} et [a][b]", "le [camion] (x) et [nom] {y} et [a] [b]", id="marks"),
        pytest.param("- - salut", "salut", id="a dash is the list's"),
        pytest.param("/greet moi", "greet moi", id="a slash is a button's"),
        pytest.param("a\x00b\x07c\u2028d\x85e", "abc d e", id="what YAML refuses"),
        pytest.param(CLE, CLE.replace("] (", "] ("), id="signs of YAML"),
    ],
)
def test_a_phrase_is_one_line_that_yaml_and_rasa_read_as_it_is(phrase: str, line: str) -> None:
    assert line_of(phrase) == line


def test_a_file_keeps_its_comments_its_order_and_its_ends_of_lines() -> None:
    # given two lists in one file, comments, Windows's ends of lines, and no last one
    content = (
        '# about cej\r\nversion: "3.1"\r\nnlu:\r\n- intent: cej # here\r\n  examples: |\r\n    - un\r\n\r\n'
        "# next\r\n- intent: other\r\n  examples: |\r\n    - deux"
    )
    assert with_phrase(content, "cej", "le camion", FILE) == content.replace(
        "    - un\r\n", "    - un\r\n    - le camion\r\n"
    )
    assert with_phrase(content, "other", "le camion", FILE) == f"{content}\r\n    - le camion\r\n"


@pytest.mark.parametrize("content", ["", "nlu: []\n", "nlu:\n- intent: cej\n  examples:\n  - un\n", "nlu: [\n"])
def test_a_file_that_is_written_otherwise_is_refused(content: str) -> None:
    with pytest.raises(FileRefused, match=str(FILE)):
        with_phrase(content, "cej", "le camion", FILE)


def test_what_is_planned_passes_the_checks_of_the_data(tmp_path: Path, tree: Tree) -> None:
    # given phrases that are new, there already, learned but for one word, and of both sides
    found = plan(
        tree.root,
        [
            a_correction(CAMION),
            a_correction("il me faut la thune pour le code"),
            a_correction("il me faut la thune pour le scooter"),
            a_correction("moi le scooter c koi les sous", use=TEST),
            a_correction("RECETTE de crêpes", topic="out_of_scope"),
            a_correction("recette de crêpes", topic="cej", use=TEST),
            a_correction("bla", topic="gone"),
        ],
    )
    assert [each.phrase for each in found.written] == [
        CAMION, "il me faut la thune pour le code", "moi le scooter c koi les sous",
    ]  # fmt: skip
    assert [each.phrase for each in found.present] == ["RECETTE de crêpes"]
    assert [each.correction.phrase for each in found.left_out] == [
        "il me faut la thune pour le scooter", "recette de crêpes", "bla",
    ]  # fmt: skip
    # when they are written
    for path, content in found.files.items():
        (tree.root / path).write_text(content, encoding="utf-8")
    training, tests = read_phrases(tree.root / "nlu"), read_phrases(tree.root / "tests" / "nlu")
    # then the data is in order
    assert list(near_duplicates(training)) == []
    assert list(seen_in_training(training, tests)) == []
    assert len(training) == len(read_phrases(ROOT / "nlu")) + 2


# -- the command


def test_without_anything_accepted_there_is_nothing_to_do(tree: Tree, session_factory: sessionmaker[Session]) -> None:
    assert "under « Relecture »" in tree.declic("nlu", "pending").stdout
    assert "Nothing waits" in tree.declic("nlu", "export").stdout


def test_phrases_are_written_into_the_tree_once(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    # given one to learn from and one to judge on
    accepted(CAMION)
    accepted(CLE, use=TEST)
    before = tree.read(LEARNED)
    assert "2 phrases." in tree.declic("nlu", "pending").stdout
    # when they are looked at, nothing changes
    assert "2 phrases would be written." in tree.declic("nlu", "export", "--dry-run").stdout
    assert tree.git("status", "--porcelain") == ""
    # when they are exported
    done = tree.declic("nlu", "export")
    assert "2 phrases written." in done.stdout, done.stderr
    # then each is one more line at the end of its file, and nothing waits
    assert tree.read(LEARNED) == f"{before}    - {CAMION}\n"
    assert tree.read(JUDGED).endswith(f"    - {CLE}\n")
    assert waiting() == []
    assert "Nothing waits" in tree.declic("nlu", "export").stdout


def test_a_file_that_somebody_is_changing_is_left_alone(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    accepted(CAMION)
    path = tree.root / LEARNED
    path.write_text(tree.read(LEARNED) + "    - à moi\n", encoding="utf-8")
    line = refusal(tree.declic("nlu", "export"))
    assert f"{LEARNED}: changed and not committed" in line
    assert CAMION not in tree.read(LEARNED)
    assert waiting() == [CAMION]


def test_a_phrase_that_is_there_already_only_changes_state(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    accepted("recette de crêpes", topic="out_of_scope")
    assert "in the data already" in tree.declic("nlu", "export").stdout
    assert tree.git("status", "--porcelain") == ""
    assert waiting() == []


def test_a_phrase_in_the_way_of_another_one_waits_and_says_why(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    accepted("recette de crêpes", topic="cej")
    done = tree.declic("nlu", "export")
    assert "left out: « recette de crêpes » learned out_of_scope; remove that one first" in done.stdout
    assert waiting() == ["recette de crêpes"]


def test_a_patch_leaves_the_tree_alone_and_applies(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]], tmp_path: Path
) -> None:
    # given a change of the operator's own
    accepted(CAMION)
    mine = tree.read("config.yml") + "# mine\n"
    (tree.root / "config.yml").write_text(mine, encoding="utf-8")
    patch = tmp_path / "phrases.patch"
    # when a patch is asked for
    done = tree.declic("nlu", "export", "--patch", str(patch))
    assert f"1 phrase in {patch}" in done.stdout, done.stderr
    # then the tree is as it was, and the patch writes the phrase
    assert tree.git("status", "--porcelain") == " M config.yml\n"
    assert tree.git("worktree", "list").count("\n") == 1
    assert waiting() == []
    tree.git("apply", str(patch))
    assert tree.read(LEARNED).endswith(f"    - {CAMION}\n")
    assert tree.read("config.yml") == mine


def test_a_branch_holds_one_commit_and_the_tree_is_left_alone(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    number = accepted(CAMION)
    done = tree.declic("nlu", "export", "--branch", "relecture")
    assert "1 phrase on branch relecture" in done.stdout, done.stderr
    assert tree.git("status", "--porcelain") == ""
    assert tree.git("branch", "--show-current") == "main\n"
    assert tree.git("diff", "--name-only", "main...relecture") == f"{LEARNED}\n"
    assert f"corrections {number}" in tree.git("log", "-1", "--format=%B", "relecture")
    assert tree.git("worktree", "list").count("\n") == 1
    assert waiting() == []
    # and a name that is taken is refused
    accepted("une autre")
    assert "there is a branch relecture already" in refusal(tree.declic("nlu", "export", "--branch", "relecture"))


def test_a_branch_that_git_refuses_changes_nothing(
    tree: Tree, accepted: Accepted, waiting: Callable[[], list[str]]
) -> None:
    accepted(CAMION)
    assert "git checkout refused" in refusal(tree.declic("nlu", "export", "--branch", "a..b"))
    assert tree.git("worktree", "list").count("\n") == 1
    assert waiting() == [CAMION]


def test_patch_and_branch_together_are_refused(tree: Tree) -> None:
    assert "choose one" in refusal(tree.declic("nlu", "export", "--patch", "x", "--branch", "y"))

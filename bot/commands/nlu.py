"""`declic nlu`: from accepted corrections to training data, and what a newly trained model changes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bot import model, phrase_files
from bot.commands.common import load_content, programme_engine, read_settings, say, stop
from bot.phrase_files import FileRefused, LeftOut, Plan
from bot.replay import (
    Change,
    Decision,
    ReplayFailed,
    changes,
    decisions,
    evaluate,
    evaluation_log,
    latest_said,
    model_in_use,
)
from bot.settings import ROOT, Settings
from bot.training_data import TESTS
from programme import corrections, french
from programme.answers import SafetyAnswer
from programme.clock import clock
from programme.database import session_factory_for
from programme.exchange.tables import to_csv
from programme.models import CorrectionUse

app = typer.Typer(no_args_is_help=True, help="What was misread: into the training data, and what that changes.")

USES = {CorrectionUse.TRAINING: "learned", CorrectionUse.TEST: "judges"}
ASKS_BACK = "(demande ce qui est voulu)"
TOO_LONG = "(trop long)"
# changes listed on the screen; the file has them all
MOST_LINES = 60


@app.command("pending")
def pending() -> None:
    """List the phrases that authors accepted and that are not in the data yet."""
    with programme_engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        waiting = corrections.accepted(session)
        for each in waiting:
            say(f"{each.id:>6}  {USES[each.use]:8} {each.topic:24} {each.phrase}")
    if waiting:
        say(f"{french.plural(len(waiting), 'phrase', 'phrases')}. `declic nlu export` writes them into the data.")
    else:
        say("None. They are accepted in the console, under « Relecture ».")


@app.command("export")
def export(
    patch: Annotated[
        Path | None, typer.Option("--patch", dir_okay=False, help="Write a patch for `git apply`, change no file.")
    ] = None,
    branch: Annotated[
        str | None, typer.Option("--branch", help="Commit on a new branch of this name, change no file here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
) -> None:
    """Write accepted phrases into nlu/ and tests/nlu/; in the working tree unless a patch or a branch is asked for."""
    if patch is not None and branch is not None:
        stop("choose one of --patch and --branch.")
    if branch is not None and phrase_files.has_branch(ROOT, branch):
        stop(f"there is a branch {branch} already: give another name.")
    with programme_engine(read_settings()) as engine, session_factory_for(engine).begin() as session:
        waiting = corrections.accepted(session)
        if not waiting:
            say("Nothing waits: there is no accepted phrase that is not in the data.")
            return
        try:
            if patch is None and branch is None:
                found = phrase_files.plan(ROOT, waiting)
                if not dry_run:
                    phrase_files.write(ROOT, found)
            else:
                with phrase_files.a_tree(ROOT) as tree:
                    found = phrase_files.plan(tree, waiting)
                    if not dry_run and found.files:
                        _take_out(tree, found, patch, branch)
        except FileRefused as problem:
            stop(str(problem))
        if not dry_run:
            corrections.mark_exported(session, [each.id for each in found.in_the_data], now=clock())
    _show(found)
    _say_next(found, patch=patch, branch=branch, dry_run=dry_run)


def _take_out(tree: Path, found: Plan, patch: Path | None, branch: str | None) -> None:
    if branch is not None:
        phrase_files.commit(tree, found, branch)
    elif patch is not None:
        try:
            patch.write_text(phrase_files.as_patch(tree, found), encoding="utf-8", newline="")
        except OSError as problem:
            stop(f"{patch} cannot be written: {problem.strerror}.")


def _show(found: Plan) -> None:
    for each in found.written:
        say(f"+ {USES[each.use]:8} {each.topic:24} {phrase_files.line_of(each.phrase)}")
    for each in found.present:
        say(f"= {USES[each.use]:8} {each.topic:24} {each.phrase} (in the data already)")
    for left in found.left_out:
        say(f"! {USES[left.correction.use]:8} {left.correction.topic:24} {left.correction.phrase} ({_why(left)})")


def _why(left: LeftOut) -> str:
    if left.against is None:
        return "left out: nlu/ has no file of this topic"
    return f"left out: « {left.against.text} » {USES[left.against.use]} {left.against.topic}; remove that one first"


def _say_next(found: Plan, *, patch: Path | None, branch: str | None, dry_run: bool) -> None:
    count = french.plural(len(found.written), "phrase", "phrases")
    left = f"; {len(found.left_out)} left out" if found.left_out else ""
    if dry_run:
        say(f"{count} would be written{left}. Nothing was changed.")
    elif not found.written:
        say(f"Nothing was written{left}.")
    elif branch is not None:
        say(f"{count} on branch {branch}{left}. Nothing changed here: `git diff HEAD...{branch}` shows it.")
    elif patch is not None:
        say(f"{count} in {patch}{left}. `git apply {patch}` writes them.")
    else:
        say(
            f"{count} written{left}. Next: `declic nlu replay` shows what changes, then commit, and `make run` uses it."
        )


@app.command("replay")
def replay(
    conversations: Annotated[int, typer.Option(min=1, max=20_000, help="How many of the latest ones are read.")] = 200,
    candidate: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The model to try; trained from the present data by default."),
    ] = None,
    current: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The model in use; the newest other one by default."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="Write all changes to this file, .csv or .json.")
    ] = None,
    judge: Annotated[bool, typer.Option("--eval/--no-eval", help="Compare both on tests/nlu as well.")] = True,
) -> None:
    """Read the latest messages with both models: which of them would be answered otherwise?

    Messages are read without names and numbers, each by itself: what an open question would make of it is not seen."""
    if out is not None and out.suffix not in (".csv", ".json"):
        stop(f"{out}: give a name that ends with .csv or .json.")
    settings = read_settings()
    new = candidate or _trained(settings)
    old = current or model_in_use(settings, new)
    if old is None:
        stop(f"there is no other model in {settings.models} to compare with: name one with --current.")
    answers = load_content(settings).answers
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        count, said = latest_said(session, conversations=conversations)
    say(f"{old.name} → {new.name}")
    try:
        before, after = decisions([old, new], [each.text for each in said], log=settings.data_dir / "replay.log")
    except (ReplayFailed, model.NotSetUp) as problem:
        stop(str(problem))
    safety = {each.topic for each in answers.all if isinstance(each, SafetyAnswer)}
    found = changes(said, before, after, safety=safety)
    typed = sum(each.times for each in said)
    say(
        f"{french.plural(typed, 'message', 'messages')} of {french.plural(count, 'conversation', 'conversations')}; "
        f"{sum(each.said.times for each in found)} would be answered otherwise, "
        f"{sum(each.said.times for each in found if each.safety)} of them to or from a call for help."
    )
    _list(found, answers.titles)
    if out is not None:
        _write(out, found, answers.titles)
        say(f"All of them: {out}")
    if judge:
        say("\nOn the labelled messages of tests/nlu:")
        if not evaluate(settings, TESTS, [old, new]):
            stop(f"the evaluation failed: the last lines of {evaluation_log(settings)} say why.")


def _trained(settings: Settings) -> Path:
    try:
        return model.train(settings, say)
    except (model.NotSetUp, model.TrainingFailed) as problem:
        stop(str(problem))


def _list(found: Sequence[Change], titles: Mapping[str, str]) -> None:
    for title, some in (
        ("To or from a call for help", [each for each in found if each.safety]),
        ("Others", [each for each in found if not each.safety]),
    ):
        if some:
            say(f"\n{title}:")
        for each in some[:MOST_LINES]:
            times = f" ({each.said.times} times)" if each.said.times > 1 else ""
            text = " ".join(each.said.text.split())[:160]
            say(f"  {_words(each.before, titles)} → {_words(each.after, titles)}{times}: « {text} »")
        if len(some) > MOST_LINES:
            say(f"  … and {len(some) - MOST_LINES} more: --out writes them all")


def _words(decision: Decision, titles: Mapping[str, str]) -> str:
    if decision.long:
        return TOO_LONG
    named = " + ".join(titles.get(topic, topic) for topic in decision.topics)
    return f"{named} {decision.sure:.0%}" if named else ASKS_BACK


def _write(file: Path, found: Sequence[Change], titles: Mapping[str, str]) -> None:
    """Only you can read the file: phrases without names may still tell something of somebody."""
    rows = [
        {
            "message": each.said.text,
            "fois": each.said.times,
            "avant": _words(each.before, titles),
            "après": _words(each.after, titles),
            "sujets avant": " ".join(each.before.topics),
            "sujets après": " ".join(each.after.topics),
            "appel à l'aide": "oui" if each.safety else "non",
        }
        for each in found
    ]
    if file.suffix == ".json":
        content = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    else:
        content = to_csv(list(rows[0]) if rows else ["message"], [list(row.values()) for row in rows])
    try:
        file.touch(mode=0o600)
        file.chmod(0o600)  # an older file may have been everybody's
        file.write_bytes(content)
    except OSError as problem:
        stop(f"{file} cannot be written: {problem.strerror}.")

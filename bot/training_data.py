"""The labelled messages under nlu/ and tests/nlu/, and what is wrong with them.

A phrase that says the same as another one teaches nothing and flatters whoever measures: both are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.settings import ROOT
from programme.models import CorrectionUse
from programme.phrase_book import Labelled, PhraseBook, keys

TRAINING = ROOT / "nlu"
TESTS = ROOT / "tests" / "nlu"
# how many phrases an intent needs, and how many those that matter most or are confused most
ENOUGH = 60
ENOUGH_OF_THESE = 120
IMPORTANT = (
    "aid_overview", "after_break", "book_workshop", "cancel_booking", "cfa_without_employer", "choose_trade",
    "contract_broken", "danger_at_work", "distress", "employer_aid", "end_contract", "explain_method", "find_school",
    "harassment", "help", "list_workshops", "log_contact", "money_emergency", "move_booking", "my_bookings",
    "no_employer", "out_of_scope", "pay_simulation", "plan_b", "prepare_call", "rejected", "signing_steps",
    "start_roleplay", "talk_to_human", "tasks_not_in_contract", "unpaid_wages", "where_to_search", "working_hours",
    "workshop_info",
)  # fmt: skip
QUESTION_CLASS = "question_class/"


@dataclass(frozen=True)
class Phrase:
    """``label`` is an intent, or ``question_class/<class>`` for a line of practice."""

    label: str
    text: str
    path: Path


def read_phrases(folder: Path) -> list[Phrase]:
    """Every labelled phrase under the folder, file by file."""
    found = []
    for path in sorted(folder.rglob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            label = entry.get("intent") or entry["lookup"]
            lines = (line.strip().removeprefix("- ").strip() for line in entry["examples"].splitlines())
            found += [Phrase(label, line, path) for line in lines if line]
    return found


def near_duplicates(phrases: Iterable[Phrase]) -> Iterator[tuple[Phrase, Phrase]]:
    """Pairs (earlier, later) that say the same, word order and spelling aside, or but for one word.

    A line of practice is compared with lines of practice only.
    """
    seen: dict[object, Phrase] = {}
    for phrase in phrases:
        twin = next((seen[key] for key in _keys(phrase) if key in seen), None)
        if twin is not None:
            yield twin, phrase
        else:
            seen.update(dict.fromkeys(_keys(phrase), phrase))


def _keys(phrase: Phrase) -> Iterator[object]:
    kind = phrase.label.startswith(QUESTION_CLASS)
    for key in keys(phrase.text):
        yield kind, key


def seen_in_training(training: Iterable[Phrase], test: Iterable[Phrase]) -> Iterator[tuple[Phrase, Phrase]]:
    """Test phrases (second) whose words, spelling aside, are those of a training phrase (first)."""
    known = {next(_keys(phrase)): phrase for phrase in training}
    for phrase in test:
        twin = known.get(next(_keys(phrase)))
        if twin is not None:
            yield twin, phrase


def too_few(phrases: Sequence[Phrase], wanted: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Labels of ``wanted`` with fewer phrases than it says, and how many they have."""
    for label, count in wanted.items():
        have = sum(phrase.label == label for phrase in phrases)
        if have < count:
            yield label, have


def problems() -> list[str]:
    """One line for each thing that is wrong with the phrases of nlu/ and tests/nlu/, with what to do."""
    training, tests = read_phrases(TRAINING), read_phrases(TESTS)
    wanted = dict.fromkeys((phrase.label for phrase in training), ENOUGH) | dict.fromkeys(IMPORTANT, ENOUGH_OF_THESE)
    return [
        *(f"{label}: {have} phrases, {wanted[label]} at least" for label, have in too_few(training, wanted)),
        *(
            f"{again.path.relative_to(ROOT)}: « {again.text} » says what « {once.text} » "
            f"({once.path.relative_to(ROOT)}) says: keep one"
            for once, again in near_duplicates(training)
        ),
        *(
            f"{phrase.path.relative_to(ROOT)}: « {phrase.text} » is in the training data too: it would judge nothing"
            for _, phrase in seen_in_training(training, tests)
        ),
    ]


def phrase_book(root: Path = ROOT) -> PhraseBook:
    """All messages that are learned from and judged on in this tree, with the folder of each intent; no practice."""
    training, tests = read_phrases(root / TRAINING.relative_to(ROOT)), read_phrases(root / TESTS.relative_to(ROOT))
    messages = [phrase for phrase in training if not phrase.label.startswith(QUESTION_CLASS)]
    return PhraseBook(
        {phrase.label: phrase.path.parent.name for phrase in messages},
        [
            *(Labelled(phrase.label, phrase.text, CorrectionUse.TRAINING) for phrase in messages),
            *(
                Labelled(phrase.label, phrase.text, CorrectionUse.TEST)
                for phrase in tests
                if not phrase.label.startswith(QUESTION_CLASS)
            ),
        ],
    )

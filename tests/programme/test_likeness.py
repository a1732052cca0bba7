"""Messages that are alike are reviewed together."""

import random
import time

from bot.settings import ROOT
from bot.training_data import QUESTION_CLASS, read_phrases
from programme.likeness import groups

TYPED = [
    "jai pas compri le contrat",
    "le permis c remboursé ?",
    "j'ai pas compris mon contrat",
    "patron ma pas payé ce mois",
    "lol",
    "le permis est il remboursé",
    "g rien compris o contrat",
    "pas payé depuis 2 mois par le patron",
    "LE PERMIS EST-IL REMBOURSÉ ???",
]


def together(texts: list[str]) -> list[list[str]]:
    return [[texts[position] for position in group] for group in groups(texts)]


def test_what_says_the_same_in_other_spellings_is_together_the_largest_group_first() -> None:
    assert together(TYPED) == [
        ["jai pas compri le contrat", "j'ai pas compris mon contrat", "g rien compris o contrat"],
        ["le permis c remboursé ?", "le permis est il remboursé", "LE PERMIS EST-IL REMBOURSÉ ???"],
        ["patron ma pas payé ce mois", "pas payé depuis 2 mois par le patron"],
        ["lol"],
    ]


def test_every_message_is_in_one_group_and_the_same_messages_give_the_same_groups() -> None:
    once, again = groups(TYPED), groups(TYPED)
    assert sorted(position for group in once for position in group) == list(range(len(TYPED)))
    assert once == again


def test_who_came_first_does_not_decide_who_is_together() -> None:
    turned = list(reversed(TYPED))
    assert {frozenset(group) for group in together(TYPED)} == {frozenset(group) for group in together(turned)}


def test_nothing_is_like_nothing() -> None:
    assert groups([]) == []
    assert groups(["", "?!", "bonjour"]) == [[0], [1], [2]]


def test_the_same_message_many_times_is_one_group() -> None:
    assert groups(["c koi la mission locale"] * 40) == [list(range(40))]


def test_what_is_together_is_mostly_about_the_same() -> None:
    # given phrases of more than a hundred topics
    phrases = [each for each in read_phrases(ROOT / "tests" / "nlu") if not each.label.startswith(QUESTION_CLASS)]
    chosen = random.Random(1).sample(phrases, 500)
    # when they are grouped
    found = [group for group in groups([each.text for each in chosen]) if len(group) > 1]
    # then most of a group share their topic
    labels = [[chosen[position].label for position in group] for group in found]
    shared = sum(max(group.count(label) for label in group) for group in labels)
    assert shared / sum(map(len, labels)) > 0.8


def test_five_hundred_messages_take_less_than_a_third_of_a_second() -> None:
    phrases = [each.text for each in read_phrases(ROOT / "tests" / "nlu")]
    short = random.Random(2).sample(phrases, 500)
    long = [" ".join(random.Random(number).sample(phrases, 6)) for number in range(500)]
    for texts in (short, long):
        assert min(seconds_to_group(texts) for _ in range(3)) < 0.3  # the machine may be busy with something else


def seconds_to_group(texts: list[str]) -> float:
    before = time.perf_counter()
    groups(texts)
    return time.perf_counter() - before

"""Groups messages that are alike, so that one decision serves all of them. Pure, and the same for the same messages.

Two messages are as alike as their words and the beginnings, middles and ends of their words (three letters each), the
rare ones counting more: « jai po compri le contrat » is near « j'ai pas compris mon contrat ». Spellings of chats are
brought together first.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from programme.phrase_book import words_of

# from trying it on what people write: below, « je cherche un patron » draws in all that is searched for
ALIKE = 0.35
# of a long message; what comes later changes little in what it is about
MOST_WORDS = 40
WORD, TRIGRAM = 1.0, 0.5


def groups(texts: Sequence[str], *, alike: float = ALIKE) -> list[list[int]]:
    """Positions in ``texts``: the largest group first, equals by their first message; each in the order given.

    A message joins the group whose messages it is nearest to on the whole, and at least ``alike`` (0 to 1).
    """
    if not texts:
        return []
    likeness = _likeness([_features(text) for text in texts])
    # who has many near ones begins a group, so that the order of arrival does not decide what it is about
    crowd = (likeness >= alike).sum(axis=1)
    order = sorted(range(len(texts)), key=lambda position: (-int(crowd[position]), position))
    found: list[list[int]] = []
    nearness = np.zeros((len(texts), len(texts)))  # of each message to each group: the sum over its messages
    sizes = np.zeros(len(texts))
    for position in order:
        group = len(found)
        if found:
            mean = nearness[position, :group] / sizes[:group]
            nearest = int(mean.argmax())
            if mean[nearest] >= alike:
                group = nearest
        if group == len(found):
            found.append([])
        found[group].append(position)
        nearness[:, group] += likeness[:, position]
        sizes[group] += 1
    return sorted((sorted(group) for group in found), key=lambda group: (-len(group), group[0]))


def _features(text: str) -> Counter[str]:
    """How often each word and each three letters of a word stand in it; an empty text is like nothing."""
    found: Counter[str] = Counter()
    for word in words_of(text)[:MOST_WORDS]:
        found[word] = 1
        edged = f"<{word[:MOST_WORDS]}>"
        for start in range(len(edged) - 2):
            found["…" + edged[start : start + 3]] = 1
    return found


def _likeness(features: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """The cosine of each pair."""
    frequency = Counter(name for each in features for name in each)
    count = len(features)
    weight = {
        name: (TRIGRAM if name.startswith("…") else WORD) * math.log(1 + count / times)
        for name, times in frequency.items()
    }
    # what stands in one message alone makes no pair alike; it counts in the length only
    shared = {name: column for column, name in enumerate(name for name, times in frequency.items() if times > 1)}
    table = np.zeros((count, len(shared)))
    for row, each in enumerate(features):
        length = math.sqrt(sum(weight[name] ** 2 for name in each)) or 1.0
        for name in each:
            if name in shared:
                table[row, shared[name]] = weight[name] / length
    product: NDArray[np.float64] = table @ table.T
    return product

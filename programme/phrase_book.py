"""The labelled phrases that the model learns from or is judged on, and when two of them say the same.

A phrase that says what another one says teaches nothing, and flatters whoever measures.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nlu.french.normaliser import Normaliser
from programme.models import CorrectionUse

# one word exchanged, added or left out in a phrase of at least so many: a template filled again
TEMPLATE_WORDS = 5

# without knowledge of French: only the table of spellings
_normalise = Normaliser(lambda _word: None)


def words_of(text: str) -> list[str]:
    """The words in their one spelling, without question and exclamation marks."""
    return [word for word in _normalise.words(text) if word not in "?!"]


def keys(text: str) -> Iterator[object]:
    """Two phrases that share one say the same, word order and spelling aside, or but for one word.

    The first one stands for all the words: who shares that says the very same.
    """
    words = words_of(text)
    yield tuple(sorted(words)) or text
    if len(words) >= TEMPLATE_WORDS:
        for position in range(len(words)):
            yield position, tuple(words[:position]), tuple(words[position + 1 :])


@dataclass(frozen=True)
class Labelled:
    """A phrase of the data."""

    topic: str
    text: str
    use: CorrectionUse


class PhraseBook:
    """``areas``: the folder of each topic that may be learned."""

    def __init__(self, areas: Mapping[str, str], phrases: Iterable[Labelled] = ()) -> None:
        self.areas = dict(areas)
        self._learned: dict[object, Labelled] = {}
        self._judged: dict[object, Labelled] = {}
        for phrase in phrases:
            self.add(phrase)

    def __contains__(self, topic: str) -> bool:
        return topic in self.areas

    def add(self, phrase: Labelled) -> None:
        if phrase.use is CorrectionUse.TEST:
            self._judged.setdefault(next(keys(phrase.text)), phrase)
            return
        for key in keys(phrase.text):
            self._learned.setdefault(key, phrase)

    def same(self, text: str) -> Labelled | None:
        """What says the very same, on either side."""
        key = next(keys(text))
        return self._learned.get(key) or self._judged.get(key)

    def stands_against(self, text: str, use: CorrectionUse) -> Labelled | None:
        """Why the phrase may not be used so: what is learned already but for one word, or is on the other side."""
        found = self.same(text)
        if found is None and use is CorrectionUse.TRAINING:
            return next((self._learned[key] for key in keys(text) if key in self._learned), None)
        return found

"""Words that a note about a young person should do without: ``content/console/sensitive_words.yml``.

It advises and never forbids: whoever writes knows what is meant. Source: RGPD, art. 9 et 10 ; CNIL, « Zones bloc note
et commentaires : les bons réflexes pour ne pas déraper ».
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from nlu.french.entities import fold
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.errors import ContentError

# a stem shorter than that begins too many words
_SHORTEST_STEM = 5
_STAR = "*"

_Words = Annotated[str, StringConstraints(pattern=r"^[^\W_][^*]*\*?$", max_length=40)]


@dataclass(frozen=True)
class Sensitive:
    """``words`` as they stand in the text; ``kind`` and ``advice`` in French, to be shown."""

    kind: str
    words: str
    advice: str


class Advice(ContentModel):
    """An entry of the file: which words, where they mean something else, what to write instead."""

    kind: str = Field(min_length=3, max_length=30)
    words: tuple[_Words, ...] = Field(min_length=1)
    unless: tuple[_Words, ...] = ()
    advice: str = Field(min_length=20, max_length=160)


class SensitiveWords:
    """The entries of the file, ready to be looked for."""

    def __init__(self, entries: Sequence[Advice]) -> None:
        self._entries = [(entry, _any_of((*entry.unless, *entry.words)), _folded(entry.unless)) for entry in entries]

    def found(self, text: str) -> list[Sensitive]:
        """In the order of the text, each once; the same place may ask for two pieces of advice."""
        folded = fold(text)
        places: dict[Sensitive, int] = {}
        for entry, pattern, unless in self._entries:
            for match in pattern.finditer(folded):
                # an expression of `unless` is read first, and takes its words with it
                if _spaced(match[0]) not in unless:
                    what = Sensitive(entry.kind, text[match.start() : match.end()], entry.advice)
                    places.setdefault(what, match.start())
        return sorted(places, key=places.__getitem__)


def load_sensitive_words(path: Path = CONTENT_DIR / "console" / "sensitive_words.yml") -> SensitiveWords:
    """Raises ContentError."""
    entries = [
        parse(Advice, data, f"{path}, entry {position}") for position, data in enumerate(read_entries(path), start=1)
    ]
    for position, entry in enumerate(entries, start=1):
        for problem in _problems(entry):
            raise ContentError(f"{path}, entry {position}: {problem}")
    return SensitiveWords(entries)


@cache
def sensitive_words() -> SensitiveWords:
    """The process's own, read once. Raises ContentError."""
    return load_sensitive_words()


def found(text: str) -> list[Sensitive]:
    """What of a note should be written another way; [] when nothing was noticed."""
    return sensitive_words().found(text)


def _problems(entry: Advice) -> Iterable[str]:
    stems = (words for words in entry.words if words.endswith(_STAR) and len(words) <= _SHORTEST_STEM)
    stars = (words for words in entry.unless if words.endswith(_STAR))
    folded = [_spaced(fold(words)) for words in entry.words]
    twice = sorted({words for words in folded if folded.count(words) > 1})
    return chain(
        (f"« {words} » would take too many words, write them out" for words in stems),
        (f"« {words} »: no star in `unless`" for words in stars),
        (f"« {words} » is written twice" for words in twice),
    )


def _folded(expressions: Iterable[str]) -> frozenset[str]:
    return frozenset(_spaced(fold(words)) for words in expressions)


def _spaced(folded: str) -> str:
    return re.sub(r"\s+", " ", folded)


def _any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    """One of the expressions as whole words, the longest first."""
    longest_first = sorted({_spaced(fold(words)) for words in expressions}, key=lambda words: (-len(words), words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_as_pattern, longest_first))})(?!\w)")


def _as_pattern(words: str) -> str:
    written = r"\s+".join(re.escape(word) for word in words.removesuffix(_STAR).split(" "))
    return written + r"\w*" if words.endswith(_STAR) else written

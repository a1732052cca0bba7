"""Where to go with a wish that is not ours."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import Field

from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.french import plain
from programme.replies import MAX_BUBBLE


class Place(ContentModel):
    """``words`` are plain French words or groups of words; one with a final * begins a word."""

    words: tuple[str, ...] = Field(min_length=1)
    say: str = Field(min_length=1, max_length=MAX_BUBBLE)


class Elsewhere:
    def __init__(self, places: Sequence[Place]) -> None:
        self._places = [(re.compile("|".join(map(_pattern, place.words))), place.say) for place in places]

    @classmethod
    def load(cls, path: Path = CONTENT_DIR / "elsewhere.yml") -> Self:
        """Raises ContentError."""
        entries = read_entries(path)
        return cls([parse(Place, entry, f"{path}, entry {number}") for number, entry in enumerate(entries, start=1)])

    def find(self, text: str) -> str | None:
        """The sentence that says where to go, when a place is known."""
        folded = plain(text)
        return next((say for pattern, say in self._places if pattern.search(folded)), None)


def _pattern(words: str) -> str:
    start = r"\b" + re.escape(plain(words.removesuffix("*")))
    return start if words.endswith("*") else start + r"s?\b"

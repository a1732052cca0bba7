"""Words that had better not stand in a note: the law protects these subjects, and the person reads their notes.

They warn and never forbid: a counsellor may have a reason. Source of the kinds: règlement (UE) 2016/679, art. 9 and 10, and
the CNIL's advice on free comment fields.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated

from pydantic import Field

from programme import french
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries


class Kind(ContentModel):
    """``stems`` are beginnings of words, folded; ``besides``: phrases with such a word that say nothing of anybody."""

    kind: Annotated[str, Field(min_length=3, max_length=40)]
    advice: Annotated[str, Field(min_length=20, max_length=200)]
    stems: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z' -]{2,}$")], ...] = Field(min_length=1)
    besides: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z' -]{2,}$")], ...] = ()


@dataclass(frozen=True)
class Sensitive:
    """A word as it was written, what it is about in words, and what to write instead."""

    kind: str
    words: str
    advice: str


def found(text: str) -> list[Sensitive]:
    """Each word once, in the order of the text."""
    folded = french.plain(text)
    hits: dict[str, tuple[int, Sensitive]] = {}
    for kind, stems, besides in _compiled():
        harmless = [match.span() for match in besides.finditer(folded)] if besides is not None else []
        for match in stems.finditer(folded):
            if any(start <= match.start() < end for start, end in harmless):
                continue
            hits.setdefault(match[0], (match.start(), Sensitive(kind.kind, match[0], kind.advice)))
    return [hit for _, hit in sorted(hits.values(), key=lambda each: each[0])]


def load_kinds() -> list[Kind]:
    """Raises ContentError."""
    path = CONTENT_DIR / "console" / "sensitive_words.yml"
    return [parse(Kind, entry, f"{path}, entry {at}") for at, entry in enumerate(read_entries(path), start=1)]


@cache
def _compiled() -> Sequence[tuple[Kind, re.Pattern[str], re.Pattern[str] | None]]:
    def any_of(phrases: Sequence[str], end: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))}){end}")

    return [
        (kind, any_of(kind.stems, r"\w*"), any_of(kind.besides, r"\b") if kind.besides else None)
        for kind in load_kinds()
    ]

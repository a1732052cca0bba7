"""Short messages that go on with the last answer: « et si je suis mineur ? », « oui mais en contrat pro »."""

import re
from pathlib import Path
from typing import Self

from programme import french
from programme.content import CONTENT_DIR, read_yaml
from programme.errors import ContentError

ANY = "any"
OLDEST_MINOR = 17
_MINOR = re.compile(r"\bmineure?s?\b|\bmoins de (?:18|dix-huit)\b|\bpas (?:encore )?(?:18 ans|majeure?)\b")


def is_minor(text: str, age: int | None) -> bool:
    """Does the person say that they are not 18 yet, in words or by the age given?"""
    return _MINOR.search(french.plain(text)) is not None or (age is not None and age <= OLDEST_MINOR)


class FollowUps:
    """What is said (an attribute) and the topic before it give the topic to answer."""

    def __init__(self, table: dict[str, dict[str, str]]) -> None:
        self._table = table

    @classmethod
    def load(cls, topics: set[str], path: Path = CONTENT_DIR / "followups.yml") -> Self:
        """Raises ContentError when the file names a topic that does not exist."""
        table = read_yaml(path)
        for said, lines in table.items():
            for before, after in lines.items():
                for topic in {before, after} - {ANY}:
                    if topic not in topics:
                        raise ContentError(f"{path}, {said}: no such topic: {topic}")
        return cls(table)

    def topic(self, said: str, *, after: str) -> str | None:
        """None when nothing was spoken of, or the table has no line for it."""
        lines = self._table.get(said, {})
        return (lines.get(after) or lines.get(ANY)) if after else None

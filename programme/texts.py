"""The short sentences of ``content/texts.yml``, found by key and filled."""

import string
from pathlib import Path
from typing import Self

from programme.content import CONTENT_DIR, read_yaml
from programme.errors import ContentError
from programme.replies import MAX_BUBBLE, Button, Reply


class Texts:
    def __init__(self, sentences: dict[str, str]) -> None:
        self._sentences = sentences

    @classmethod
    def load(cls, path: Path = CONTENT_DIR / "texts.yml") -> Self:
        """Raises ContentError when an entry is no sentence, or is longer than a bubble."""
        sentences = read_yaml(path)
        if not isinstance(sentences, dict):
            raise ContentError(f"{path}: expected one « key: sentence » a line")
        for key, sentence in sentences.items():
            if not isinstance(sentence, str) or not sentence.strip():
                raise ContentError(f"{path}, {key}: expected a sentence")
            if len(sentence) > MAX_BUBBLE:
                raise ContentError(f"{path}, {key}: {len(sentence)} characters, {MAX_BUBBLE} at most")
        return cls(sentences)

    def blanks(self, key: str) -> set[str]:
        """The names that the sentence needs."""
        return {name for _, name, _, _ in string.Formatter().parse(self._sentences[key]) if name}

    def keys(self) -> set[str]:
        return set(self._sentences)

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError when the key, or a value that the sentence needs, is missing."""
        return self._sentences[key].format(**values)

    def reply(self, key: str, *buttons: Button, **values: object) -> Reply:
        return Reply(self.say(key, **values), buttons)

"""What comes after « Bonjour madame, c'est Lina. » in a line: it is the rest that says what is wanted."""

import re

from nlu.french.entities import fold

_HELLO = re.compile(
    r"\W*(?:(?:bonjour|bonsoir|bjr|bsr|salut|slt|hello|coucou|allo|re|cc)\b[\s,!.]*)"
    r"(?:(?:a vous|madame|monsieur|mme|m'sieur|mr|m|chef|cheffe|tout le monde|messieurs|mesdames|patron|"
    r"patronne)\b[\s,!.]*)*"
)
_NAME = re.compile(
    r"(?:je m'appelle|jm'appelle|jmappelle|jmapel|jmapelle|mon nom c'est|moi c'est|moi c|c'est|je suis|jsuis|chuis)\s+"
    r"\w+\s*[,.!;]+\s*(?:et\s+)?"
)
_WORD = re.compile(r"\w+")
FEWEST_WORDS = 2


def after_greeting(text: str) -> str:
    """The line without its greeting and first name; "" when it does not greet, or does nothing else."""
    folded = fold(text)
    hello = _HELLO.match(folded)
    if hello is None:
        return ""
    name = _NAME.match(folded, hello.end())
    rest = text[(name or hello).end() :].strip()
    return rest if len(_WORD.findall(rest)) >= FEWEST_WORDS else ""

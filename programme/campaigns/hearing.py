"""Which answer of a campaign a typed message means, by the words of the campaign and by the topics of the message."""

import re
from collections.abc import Iterable
from functools import cache

from programme import french
from programme.campaigns.definition import Branch, Definition

# « c'est pas le transport » and « pas fatigué » say what it is not; « pas de transport » says what it is
_DENIED = re.compile(
    r"\bpas (?:vraiment |tellement )?(?:(?:un |une )?(?:probleme|question|histoire) (?:de |d ))?(?:la |le |les |l )?$"
)
_ASKS = re.compile(r"\?\W*$|^\W*(?:c est quoi|combien|comment|pourquoi|est ce que|qu est ce|y a|il y a)\b")
_SIGNS = re.compile(r"[^\w?]+|_")
_RUN_TOGETHER = {re.compile(r"\b(?:jai|g)\b"): "j ai", re.compile(r"\b(?:cest|c)\b(?! est\b)"): "c est"}


def branch_told(definition: Definition, text: str, intents: Iterable[str]) -> str | None:
    """The key of the branch; None when the message means none.

    Words come before topics, and of two branches the one whose words say more. A question ends nothing: « c'est quoi,
    le service civique ? » is no decision.
    """
    said, topics = _even(text), frozenset(intents)
    asks = _ASKS.search(said) is not None
    # in the database the branches have lost the order of their file
    branches = {key: each for key, each in sorted(definition.branches.items()) if each.ends is None or not asks}
    weights = {key: _weight(branch, said) for key, branch in branches.items()}
    if any(weights.values()):
        return max(weights, key=lambda key: weights[key])
    return next((key for key, branch in branches.items() if topics & set(branch.intents)), None)


def _weight(branch: Branch, said: str) -> int:
    """How long the words of the branch are that the message holds; 0: none, or something that speaks against it."""
    if any(_pattern(word).search(said) for word in branch.unless):
        return 0
    found = (match for word in branch.words for match in _pattern(word).finditer(said))
    return max((len(match[0]) for match in found if not _DENIED.search(said[: match.start()])), default=0)


@cache
def _pattern(words: str) -> re.Pattern[str]:
    """Whole words; « motiv* » is any word that begins so."""
    each = (re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else r"\b") for word in words.split())
    return re.compile(r"\b" + " ".join(each))


def _even(text: str) -> str:
    """« J'ai trouvé !! » gives « j ai trouve »; of signs only « ? » stays."""
    said = " ".join(_SIGNS.sub(" ", french.plain(text)).split())
    for pattern, apart in _RUN_TOGETHER.items():
        said = pattern.sub(apart, said)
    return said

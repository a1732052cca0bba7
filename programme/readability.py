"""How hard a text is to read: the length of its sentences and of its words.

LIX (Björnsson, 1968) is the mean number of words in a sentence plus the percentage of words of more than six letters.
It needs no count of syllables, which in French is guesswork. Below 35 reads like a comic, above 50 like a newspaper.
"""

import re

MAX_SENTENCE_WORDS = 28
MAX_LIX = 45
LONG_WORD_LETTERS = 7

# a line of a list is a sentence; a colon opens one when a list follows it
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$|»)|\n")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# a blank that a fact fills counts as one short word
_BLANK = re.compile(r"\{[^}]*\}")


def sentences(text: str) -> list[list[str]]:
    """The words of each sentence."""
    found = (_WORD.findall(part) for part in _SENTENCE_END.split(_BLANK.sub("un", text)))
    return [words for words in found if words]


def lix(texts: tuple[str, ...]) -> float:
    """Over all the texts together; 0 without words."""
    read = [words for text in texts for words in sentences(text)]
    words = [word for sentence in read for word in sentence]
    if not words:
        return 0.0
    return len(words) / len(read) + 100 * sum(_is_long(word) for word in words) / len(words)


def _is_long(word: str) -> bool:
    """« peux-tu » is read as two short words."""
    return max(map(len, word.split("-"))) >= LONG_WORD_LETTERS


def hard_to_read(texts: tuple[str, ...]) -> list[str]:
    """In words, what a writer has to change; [] when all is plain."""
    problems = []
    for text in texts:
        for words in sentences(text):
            if len(words) > MAX_SENTENCE_WORDS:
                start = " ".join(words[:6])
                problems.append(f"a sentence has {len(words)} words, {MAX_SENTENCE_WORDS} at most: {start}…")
    if (level := lix(texts)) > MAX_LIX:
        problems.append(f"hard to read: LIX {level:.0f}, {MAX_LIX} at most (shorter sentences, shorter words)")
    return problems

"""Cutting a message where another wish may begin: « c payé combien et faut quoi comme papiers »."""

import re
from typing import List

# the end of a sentence (not the dot of « 1.5 »), a new line, or a word that starts something else
_CUT = re.compile(
    r"[?!;\n]+|\.(?!\d)|…|,\s+(?=et\b|puis\b|aussi\b|mais\b|sinon\b)"
    r"|\s(?:et|puis|ensuite|sinon|et puis|et aussi|mais)\s+(?=\w+\s+\w+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
MIN_WORDS = 2
# some tenths of a second of work at most; what follows is one part
MAX_PARTS = 400


def parts(text: str) -> List[str]:
    """The parts of a message, in order, each of at least two words; a message without a cut is one part."""
    found = (part.strip(" ,.:-'’") for part in _CUT.split(text, maxsplit=MAX_PARTS))
    return [part for part in found if len(_WORD.findall(part)) >= MIN_WORDS]

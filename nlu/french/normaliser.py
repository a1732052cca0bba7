"""One spelling for what is typed in many: SMS and spoken forms, missing apostrophes and accents, emoji.

The result feeds the classifiers and is never shown. Numbers, hours, dates, names and towns come through unchanged but
for capitals and accents. Time is linear in the length of the text.
"""

import csv
import re
import unicodedata
from pathlib import Path
from typing import Callable, Dict, List, Optional

FOLDER = Path(__file__).parent
# a letter three times or more was leaned on: « merciiii »
_LEANED_ON = re.compile(r"([^\W\d_])\1{2,}")
# words with their inner digits and hyphens (« 14h30 », « rendez-vous », « 2e »), amounts, emoji one by one
_PIECE = re.compile(r"\d+(?:[.,:/]\d+)+|\w+(?:-\w+)*'?|[€%?!]|[^\w\s.,;:'\"()\[\]/\\-]")
_VOWELS = "aeiouyh"
_ELISION = re.compile(r"(qu|[cdjlmnst])([aeiouyh][^\W\d]{2,})")
_SPOKEN_I = re.compile(r"(j)([b-df-gj-np-tv-xz][^\W\d]+)")
# words less frequent than this are names and noise as often as words
_COMMON = 50_000
_VARIATION_SELECTOR = "\N{VARIATION SELECTOR-16}"
# « d'ac » and « aujourd'hui » are single words of the table once the apostrophe is a blank
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "œ": "oe", "æ": "ae"})


def plain(text: str) -> str:
    """Lower case without accents, one kind of apostrophe; characters that nobody sees are gone."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_APOSTROPHES))
    return "".join(
        " " if char.isspace() else char
        for char in decomposed
        if unicodedata.category(char) not in ("Mn", "Cf", "Cc") or char.isspace()
    )


class Normaliser:
    """`rank` gives how frequent a plain word is in French, 0 the most; None for a word that it does not know."""

    def __init__(self, rank: Callable[[str], Optional[int]]) -> None:
        self._rank = rank
        self._spellings = _read(FOLDER / "spellings.csv")
        self._emoji = _read(FOLDER / "emoji.csv")

    def words(self, text: str) -> List[str]:
        """The words of the text, each in its one spelling; emoji by what they mean (« :rire: »)."""
        # NFKD would take the keycaps and the heart apart
        spoken = "".join(self._emoji_word(char) for char in text)
        words: List[str] = []
        for piece in _PIECE.findall(_LEANED_ON.sub(r"\1", plain(spoken))):
            words.extend(self._one_spelling(piece, words[-1] if words else None))
        return words

    def __call__(self, text: str) -> str:
        return " ".join(self.words(text))

    def _emoji_word(self, char: str) -> str:
        if char == _VARIATION_SELECTOR:
            return ""
        meant = self._emoji.get(char)
        return f" emoji{meant} " if meant else char

    def _one_spelling(self, piece: str, before: Optional[str]) -> List[str]:
        if piece[0].isdigit():
            return [piece]
        if piece.endswith("'"):  # « c' » is written in full: the table is for « c » alone
            return piece[:-1].split("-")
        # « 500 g », « 2 c » measure something
        if len(piece) > 1 or before is None or not before[0].isdigit():
            meant = self._spellings.get(piece)
            if meant is not None:
                return meant.split()
        glued = _ELISION.fullmatch(piece) or _SPOKEN_I.fullmatch(piece)
        if glued and self._is_glued(piece, glued[2]):
            return ["je" if glued[1] == "j" and glued[2][0] not in _VOWELS else glued[1], *self._meant(glued[2])]
        return piece.split("-")

    def _is_glued(self, piece: str, rest: str) -> bool:
        """« lentreprise » is seen on the web too, a hundred times less than « entreprise »."""
        rank, whole = self._rank(rest), self._rank(piece)
        if rank is None or rank > _COMMON:
            return rest in self._spellings and whole is None
        return whole is None or rank * 3 < whole

    def _meant(self, word: str) -> List[str]:
        return self._spellings.get(word, word).split()


def _read(path: Path) -> Dict[str, str]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        table: Dict[str, str] = {}
        for row in rows:
            key = row["written"]
            table[key if len(key) == 1 and not key.isalpha() else plain(key)] = row["meant"]
        return table

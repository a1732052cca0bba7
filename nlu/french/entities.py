"""What a message names: trade, diploma, town, age, date, hour, amount, company, contract type, year of contract.

Tables (trades, diplomas, towns) are CSV files beside this one: `value` is what is given back, `spellings` other ways
to write it. Accents, capitals, hyphens and plurals do not count. Everything else is read by patterns. Time is linear in
the length of the text.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Dict, Iterator, List, Tuple, Union

from nlu.french.dates import NUMBER, dates, hours, number

FOLDER = Path(__file__).parent
TABLES = ("diploma", "trade", "town")

Value = Union[str, int, float]


@dataclass(frozen=True)
class Entity:
    """``text[start:end]`` says it. Dates and hours are ISO; a period has its last day in ``until``."""

    name: str
    start: int
    end: int
    value: Value
    until: str = ""


def fold(text: str) -> str:
    """Lower case without accents, exactly one sign for each sign of ``text``, so that places stay the same."""
    return "".join(map(_fold_one, text))


@lru_cache(maxsize=4096)
def _fold_one(char: str) -> str:
    if char in "’‘`´ʼ":
        return "'"
    return unicodedata.normalize("NFD", char.lower())[0]


def find(text: str, today: date) -> List[Entity]:
    """All entities in the order of the text; ``today`` is the writer's own. Longer names win over shorter ones."""
    folded = fold(text)
    found = [
        *(
            Entity("date", each.start, each.end, each.first.isoformat(), _until(each.first, each.last))
            for each in dates(folded, today)
        ),
        *(Entity("hour", each.start, each.end, each.hour.isoformat("minutes")) for each in hours(folded)),
        *_ages(folded, today),
        *_years(folded),
        *_amounts(folded),
        *_contract_types(folded),
        *_companies(text, folded),
        *_from_tables(text, folded),
    ]
    return sorted(_without_overlaps(found), key=lambda entity: entity.start)


def _until(first: date, last: date) -> str:
    return "" if first == last else last.isoformat()


# -- numbers

YOUNGEST, OLDEST = 12, 70
_AGE = re.compile(
    rf"(?<![\w/,.])(?P<years>{NUMBER})\s*(?:ans?|piges?|balais)\b(?!\s+(?:d'|de\s+)(?:exp|anciennete|etude|contrat|formation|fac|galere))"
    rf"|\b(?:j'?\s?ai|j'?\s?aurai|il a|elle a|a l'age de|agee? de)\s+(?P<bare>{NUMBER})"
    r"(?=\s*(?:$|[.,;!?)]|et\b|mais\b|du coup\b))"
    r"|\b(?:nee?|naissance)\s+(?:le\s+\S+\s+)?(?:en\s+)?(?P<born>(?:19|20)\d\d)\b"
)
# « depuis 2 ans », « un contrat de 3 ans » are spans of time; from 12 on nobody means that
_YEAR = re.compile(
    r"\b(?P<digit>[1-9])\s?(?:ere?|er|re|nde?|eme|em|e|d|ieme)?\s*annee\b"
    r"|\b(?P<word>premiere|deuxieme|seconde|troisieme|quatrieme|cinquieme|sixieme|septieme)\s+annee\b"
)
# a contract has three years, four at most: the others are read so that they can be said to be too many
_YEARS = {"premiere": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3, "quatrieme": 4, "cinquieme": 5, "sixieme": 6,
          "septieme": 7}  # fmt: skip
_AMOUNT = re.compile(
    r"(?<![\w/.,])(?P<whole>\d{1,3}(?:[ .\u00a0\u202f]\d{3})+|\d+)(?:[.,](?P<cents>\d{1,2}))?\s?(?P<thousand>k)?\s?"
    r"(?P<unit>€|euros?\b|eur\b|e\b(?!\s*(?:annee|an\b|place))|balles?\b|boules?\b)"
)
_CONTRACT_TYPES = (
    (
        "professionnalisation",
        re.compile(
            r"\b(?:(?:contrats?|en|le|un)\s+(?:de\s+)?pro\b|(?:contrats?\s+(?:de\s+)?)?profession+ali[sz]ation)"
        ),
    ),
    ("apprentissage", re.compile(r"\b(?:contrats?\s+(?:d'?\s?|de\s+)?)?ap+renti[sz]+ages?\b")),
    ("stage", re.compile(r"\b(?:conventions?\s+de\s+)?stages?\b(?!\s+de\s+decouverte)")),
    ("cdi", re.compile(r"\bcdi\b")),
    ("cdd", re.compile(r"\bcdd\b")),
    ("interim", re.compile(r"\binterim\b")),
    ("service civique", re.compile(r"\bservices?\s+civiques?\b")),
)


def _ages(folded: str, today: date) -> Iterator[Entity]:
    for match in _AGE.finditer(folded):
        if match["born"]:
            group, age = "born", today.year - int(match["born"])
        else:
            group = "years" if match["years"] else "bare"
            age = number(match[group])
        if YOUNGEST <= age <= OLDEST:
            yield Entity("age", match.start(group), match.end(), age)


def _years(folded: str) -> Iterator[Entity]:
    for match in _YEAR.finditer(folded):
        yield Entity("contract_year", match.start(), match.end(), _YEARS.get(match["word"]) or int(match["digit"]))


def _amounts(folded: str) -> Iterator[Entity]:
    for match in _AMOUNT.finditer(folded):
        amount = float(re.sub(r"\D", "", match["whole"]) + "." + (match["cents"] or "0"))
        if match["thousand"]:
            amount *= 1000
        yield Entity("amount", match.start(), match.end(), int(amount) if amount.is_integer() else amount)


def _contract_types(folded: str) -> Iterator[Entity]:
    for value, pattern in _CONTRACT_TYPES:
        for match in pattern.finditer(folded):
            yield Entity("contract_type", match.start(), match.end(), value)


# -- companies

_NAME = r"[A-ZÉÈÀÂÎÔÇ0-9][\w&.'’-]*(?:\s+(?:(?:et|&|du|des|la|le|les)\s+)?[A-ZÉÈÀÂÎÔÇ][\w&.'’-]*){0,3}"
_SHOP = (
    r"(?:[Bb]oulangerie|[Gg]arage|[Rr]estaurant|[Rr]esto|[Ss]alon|[Ss]oci[ée]t[ée]|[Ee]ntreprise|[Bb]oucherie|[Pp]harmacie"
    r"|[Hh][ôo]tel|[Cc]abinet|[Ll]aboratoires?|[Ll]abo|[Mm]agasin|[Bb]rasserie|[Pp][âa]tisserie|[Mm]enuiserie|[Pp]lomberie"
    r"|[Cc]linique|[Ee]ts|[Ee]tablissements|[Éé]tablissements|[Bb]o[îi]te|[Cc]amping|[Ff]erme|[Aa]gence|[Ii]mprimerie)"
)
_SHOP_NAME = re.compile(rf"\b(?P<company>{_SHOP}\s+{_NAME})")
_AT_NAME = re.compile(rf"\b[Cc]hez\s+(?:les?\s+|la\s+)?(?P<company>(?:frères\s+|freres\s+)?{_NAME})")
_AT_LOWER = re.compile(r"\bchez\s+(?P<company>[a-z][\w&'-]+)")
# after « chez » these name no company
_NOBODY = frozenset(
    """moi toi lui elle elles eux nous vous mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs un une des
    le la les l mes ce cet cette quel quelle qui quelqu quelqun l'employeur d' plusieurs tous""".split()  # noqa: SIM905
)


def _companies(text: str, folded: str) -> Iterator[Entity]:
    for pattern in (_SHOP_NAME, _AT_NAME):
        for match in pattern.finditer(text):
            yield Entity("company", match.start("company"), match.end("company"), match["company"].rstrip(".-'’"))
    for match in _AT_LOWER.finditer(text):
        word = fold(match["company"])
        if word not in _NOBODY and "'" not in word and not _table("trade").find_at(folded, match.start("company")):
            yield Entity("company", match.start("company"), match.end("company"), match["company"])


# -- tables

_TOKEN = re.compile(r"[^\W_]+")
_PLACE_BEFORE = re.compile(
    r"(?:\b(?:a|vers|depuis|habite|pres de|cote|sur|secteur|ville de|autour de)|\b[2679]\d\d{3})\s+$"
)


class _Table:
    def __init__(self, name: str) -> None:
        self.name = name
        # first word → (all words, value, is also a word), the longest first
        self._entries: Dict[str, List[Tuple[Tuple[str, ...], str, bool]]] = {}
        path = FOLDER / f"{name}s.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(line for line in lines if not line.startswith("#")):
                for spelling in (row["value"], *row["spellings"].split("|")):
                    words = tuple(_singular(word) for word in _TOKEN.findall(fold(spelling)))
                    if words:
                        entry = (words, row["value"], row.get("word") == "yes")
                        self._entries.setdefault(words[0], []).append(entry)
        for entries in self._entries.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str, folded: str) -> Iterator[Entity]:
        tokens = [(match.start(), match.end(), _singular(match[0])) for match in _TOKEN.finditer(folded)]
        position = 0
        while position < len(tokens):
            entity, length = self._at(tokens, position, text, folded)
            if entity is not None:
                yield entity
            position += length

    def find_at(self, folded: str, start: int) -> bool:
        """Does a name of the table begin there?"""
        tokens = [
            (match.start(), match.end(), _singular(match[0])) for match in _TOKEN.finditer(folded[start : start + 80])
        ]
        return bool(tokens) and self._at(tokens, 0, folded[start:], folded[start:])[0] is not None

    def _at(
        self, tokens: List[Tuple[int, int, str]], position: int, text: str, folded: str
    ) -> Tuple[Union[Entity, None], int]:
        for words, value, also_word in self._entries.get(tokens[position][2], ()):
            here = tokens[position : position + len(words)]
            if tuple(token for _, _, token in here) != words:
                continue
            start, end = here[0][0], here[-1][1]
            if also_word and not _stands_as_place(text, folded, start, end):
                continue
            return Entity(self.name, start, end, value), len(words)
        return None, 1


def _stands_as_place(text: str, folded: str, start: int, end: int) -> bool:
    """« à Nice », « Nice » alone or as « Je vis à Nice »; not « c'est nice » nor « Il vire »."""
    if _PLACE_BEFORE.search(folded[max(0, start - 20) : start]):
        return True
    alone = not folded[:start].strip() and not folded[end:].strip(" .!?")
    return text[start].isupper() and (alone or (start > 0 and not re.search(r"[.!?]\s*$", text[:start])))


def _singular(word: str) -> str:
    if word == "st":
        return "saint"
    if word == "ste":
        return "sainte"
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


@lru_cache(maxsize=None)
def _table(name: str) -> _Table:
    return _Table(name)


def _from_tables(text: str, folded: str) -> Iterator[Entity]:
    for name in TABLES:
        yield from _table(name).find(text, folded)


def _without_overlaps(found: List[Entity]) -> List[Entity]:
    """The longer of two that overlap; one mark per character, so that thousands of entities cost no more each."""
    kept: List[Entity] = []
    taken = bytearray(max((entity.end for entity in found), default=0))
    for entity in sorted(found, key=lambda each: (each.start - each.end, each.start)):
        if not any(taken[entity.start : entity.end]):
            kept.append(entity)
            taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
    return kept

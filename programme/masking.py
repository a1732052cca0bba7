"""Hides the names and numbers that people typed: from who reads without need, in exports, in phrases to learn from.

Three readers, from the surest to the least sure: patterns for numbers and addresses, patterns for how people give a
name in a chat (« moi c lina »), and a model that knows names, above all by their capital. What they find is replaced by
its kind. Amounts, hours, dates of appointments, ages, towns, trades and companies stay: without them nothing is
understood.

It does not find everything: a name without capital and without « je m'appelle », a number in words. Who passes `names`
is sure of those at least.
"""

import re
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nlu.french.entities import Entity, find, fold
from programme.models import Person, Role
from programme.permissions import Member

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "fr_core_news_sm"
# what only the other tasks of the model need
NOT_LOADED = ("morphologizer", "parser", "attribute_ruler", "lemmatizer", "tagger", "senter")
TRAINING_DATA = Path(__file__).parent.parent / "nlu"
# the model reads no more at once: its memory grows with the length
PIECE = 5000


class Mark(StrEnum):
    """What stands in the place of what is hidden; where two overlap, the first of these is written."""

    EMAIL = "[adresse e-mail]"
    LINK = "[lien]"
    BIRTH = "[date de naissance]"
    NUMBER = "[numéro]"
    ADDRESS = "[adresse]"
    PSEUDONYM = "[pseudo]"
    NAME = "[nom]"


_ORDER = list(Mark)
_MARKS = re.compile("|".join(re.escape(mark) for mark in Mark))
_SAME_AGAIN = re.compile(r"(\[(?:nom|adresse|numéro)\])(?:[ \t]+\1)+")


@dataclass(frozen=True)
class Span:
    """``text[start:end]`` is to be hidden."""

    start: int
    end: int
    mark: Mark


class Masker:
    """Safe to use from several threads: the model reads one text at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> "Language":
        import spacy  # here, so that who never masks does not wait for it

        return spacy.load(MODEL, exclude=NOT_LOADED)

    def mask(self, text: str, names: Collection[str] = ()) -> str:
        """``text`` without names and numbers; ``names`` (« Lina Morel ») are hidden however they are written."""
        return self.mask_all([text], names)[0]

    def mask_all(self, texts: Sequence[str], names: Collection[str] = ()) -> list[str]:
        """The same for many texts, faster than one by one. What is masked already stays as it is."""
        known = _known_names(names)
        masked = list(texts)
        # a name hidden may show the model the next one: again, until there is nothing left to hide. Each round that
        # changes a text leaves less of it, hence an end.
        open_texts = list(range(len(masked)))
        while open_texts:
            people = self._people([masked[index] for index in open_texts])
            changed = []
            for index, found in zip(open_texts, people, strict=True):
                hidden = _hide(masked[index], found, known)
                if hidden != masked[index]:
                    masked[index] = hidden
                    changed.append(index)
            open_texts = changed
        return masked

    def _people(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """What the model takes for the name of somebody, in each text."""
        pieces = [
            (index, start, _readable(text[start : start + PIECE]))
            for index, text in enumerate(texts)
            for start in range(0, len(text), PIECE)
        ]
        found: list[list[tuple[int, int]]] = [[] for _ in texts]
        # the zone forgets the words of these texts once they are read: the model would keep each new one for ever
        with self._lock, self._model.memory_zone():
            documents = self._model.pipe((piece for _, _, piece in pieces), batch_size=64)
            for (index, start, _), document in zip(pieces, documents, strict=True):
                found[index] += [
                    (start + entity.start_char, start + entity.end_char)
                    for entity in document.ents
                    if entity.label_ == "PER"
                ]
        return found


_masker = Masker()


def masker() -> Masker:
    """The process's own; its model is loaded when it first reads."""
    return _masker


def needs_no_mask(who: Member, person: Person, stands_in_for: Collection[int] = ()) -> bool:
    """Does ``who`` read the words of this person as they are: the counsellor in charge, who stands in for them, their
    team. ``stands_in_for``: ids of the staff whom ``who`` replaces today."""
    if who.role not in (Role.COUNSELLOR, Role.TEAM_LEAD):
        return False
    in_charge = person.counsellor_id
    if in_charge is not None and (in_charge == who.staff_id or in_charge in stands_in_for):
        return True
    return person.team_id is not None and person.team_id == who.team_id


def _readable(text: str) -> str:
    """Half a sign, as a broken client may send, is a question mark for the model, which else stops at it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _hide(text: str, people: Sequence[tuple[int, int]], known: Collection[str]) -> str:
    folded = fold(text)
    spans = [
        *_links(text, folded),
        *_births(folded),
        *_numbers(text, folded),
        *_addresses(text, folded),
        *_pseudonyms(folded),
        *_known(folded, known),
        *_told_names(text, folded),
        *_model_names(text, folded, people),
    ]
    masked = [(match.start(), match.end()) for match in _MARKS.finditer(text)]
    open_spans = [span for span in spans if not any(span.start < end and start < span.end for start, end in masked)]
    parts, position = [], 0
    for span in _joined(open_spans):
        parts += [text[position : span.start], span.mark]
        position = span.end
    return _SAME_AGAIN.sub(r"\1", "".join([*parts, text[position:]]))


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans that overlap become one: what any reader found is hidden whole."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        if joined and span.start < joined[-1].end:
            last = joined.pop()
            mark = min(last.mark, span.mark, key=_ORDER.index)
            span = Span(last.start, max(last.end, span.end), mark)
        joined.append(span)
    return joined


# -- numbers, addresses, links

_GAP = r"[ \t\u00a0\u202f.\-–_/,]{0,2}"
_DATE = r"\d{1,2}[ ./-]\d{1,2}[ ./-](?:19|20)\d\d(?!\d)"
_MONTH = (
    r"(?:janv(?:ier|\.)?|fevr?(?:ier|\.)?|mars|avr(?:il|\.)?|mai|juin|juil(?:let|\.)?|aout|sept?(?:embre|\.)?"
    r"|oct(?:obre|\.)?|nov(?:embre|\.)?|dec(?:embre|\.)?)"
)
_DAY = (
    rf"(?:\d{{1,2}}[ ./-]\d{{1,2}}(?:[ ./-]\d{{2,4}})?|\d{{8}}|\d{{1,2}}(?:er)? {_MONTH}(?:[ ,]{{1,2}}(?:19|20)\d\d)?)"
)
_BIRTHS = (
    re.compile(rf"\bne(?:e|\(e\)|[.·]e)? ?(?:l[ea]|en|du|:)? ?(?:\w+di )?(?P<day>{_DAY})"),
    re.compile(rf"\b(?:date (?:de )?naissance|ddn|anniv(?:ersaire)?)\b[^\d\n]{{0,15}}(?P<day>{_DAY})"),
)
_EURO = r"[ \u00a0\u202f]?(?:€|euros?\b|eur\b)"
_LONG_NUMBERS = tuple(
    re.compile(pattern)
    for pattern in (
        # +33 6 12 34 56 78, 00 33…, with or without (0); and abroad. A digit may be stuck before what is surely a phone
        rf"(?:\+|(?<!\d)00|00(?=33)){_GAP}[1-9]\d{{0,2}}{_GAP}(?:\(0\){_GAP})?\d(?:{_GAP}\d){{5,11}}",
        # 06 12 34 56 78, in groups of any kind
        rf"(?<!\d)(?!{_DATE})0{_GAP}[1-9](?:{_GAP}\d){{8}}",
        # the same stuck to other digits
        r"0[1-9](?P<gap>[ \t\u00a0\u202f.\-–_/,]{1,2})(?:\d\d(?P=gap)){3}\d\d",
        # without its zero
        r"(?<![\d.,])[67](?:[ .-]\d\d){4}(?!\d)",
        # social security: 13 signs, 15 with the key
        rf"(?<!\d)[1-478]{_GAP}\d\d{_GAP}\d\d{_GAP}(?:2[ab]|\d\d){_GAP}\d{{3}}{_GAP}\d{{3}}(?:{_GAP}\d\d)?(?!\d)",
        # IBAN
        r"(?<![a-z0-9])[a-z]{2}\d\d(?:[ -]?[a-z0-9]{4}){3,7}(?:[ -]?[a-z0-9]{1,4})?(?![a-z0-9])",
        # a bank card, not four years
        r"(?<!\d)(?!(?:19|20)\d\d[ -](?:19|20)\d\d)(?:\d{4}[ -]){3}\d{4}(?!\d)",
        # a licence plate
        r"(?<![a-z0-9])[a-hj-np-tv-z]{2}-\d{3}-[a-hj-np-tv-z]{2}(?![a-z0-9])",
        # any other long number that is not an amount
        rf"(?<!\d)(?![1-9]\d{{5,6}}{_EURO})\d{{6,}}(?:[a-z]\b)?",
    )
)
_PLATE = re.compile(r"(?<![A-Z0-9])[A-HJ-NP-TV-Z]{2} \d{3} [A-HJ-NP-TV-Z]{2}(?![A-Z0-9])")

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+(?:@|[ ]?\(at\)[ ]?)[\w-]+(?:\.[\w-]+)*"
    r"|(?<![\w.+-])[\w.+-]+[ ]@[ ][\w-]+(?:\.[\w-]+)+"
    r"|(?<![\w.+-])[\w.+-]+ arobase \w+(?:(?:\.| point )\w+)+"
)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\[\]\"«»]+|(?<![\w@.-])[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}/[^\s<>\[\]\"«»]*")
# pages for everybody: no name in their address
_PUBLIC_SITES = (
    "gouv.fr", "service-public.fr", "parcoursup.fr", "francetravail.fr", "onisep.fr", "caf.fr", "ameli.fr", "crous.fr",
    "messervices.etudiant.gouv.fr", "actionlogement.fr", "visale.fr", "1jeune1solution.gouv.fr",
)  # fmt: skip
_LINK_END = ".,;:!?)»…'\""


def _links(text: str, folded: str) -> Iterator[Span]:
    for match in _EMAIL.finditer(folded):
        yield Span(match.start(), match.end(), Mark.EMAIL)
    for match in _LINK.finditer(folded):
        address = match[0].rstrip(_LINK_END)
        if _tells_of_somebody(address):
            yield Span(match.start(), match.start() + len(address), Mark.LINK)


def _tells_of_somebody(address: str) -> bool:
    """A page below a site's first one may be somebody's own."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        site = parts.hostname or ""
    except ValueError:  # « http://[ »
        return True
    if parts.username or not (parts.path.strip("/") or parts.query or parts.fragment):
        return parts.username is not None
    return not any(site == public or site.endswith(f".{public}") for public in _PUBLIC_SITES)


def _births(folded: str) -> Iterator[Span]:
    for pattern in _BIRTHS:
        for match in pattern.finditer(folded):
            yield Span(match.start("day"), match.end("day"), Mark.BIRTH)


def _numbers(text: str, folded: str) -> Iterator[Span]:
    for pattern in _LONG_NUMBERS:
        for match in pattern.finditer(folded):
            yield Span(match.start(), match.end(), Mark.NUMBER)
    for match in _PLATE.finditer(text):
        yield Span(match.start(), match.end(), Mark.NUMBER)


_STREET = (
    r"(?:rue|avenue|av\.?|boulevard|bo?u?le?va?rd|bl?v?d\.?|allees?|impasse|chemin|quai|square|sentier|faubourg|fbg"
    r"|lotissement|hameau|residence|ruelle|esplanade|mail|rond[- ]point|route|passage|villa|clos|cite|cours|place)"
)
# with a number before them these are often no street: « 1 place », « 3 cours », « 2 routes »
_UNSURE_STREET = frozenset({"place", "cours", "route", "passage", "cite", "villa", "mail", "clos"})
_ADDRESS = re.compile(
    rf"(?<![\d\w])(?:au )?\d{{1,4}}(?: ?(?:bis|ter|quater)\b| ?[a-d]\b)?[ ,]{{1,2}}(?P<street>{_STREET})[ ](?P<rest>)"
)
_AT_HOME = re.compile(
    rf"\b(?:habit\w*|vis|loge|adresse)[ :]{{1,3}}(?:est |c'est |au |a la |a |dans la |dans l'|sur |l')?"
    rf"(?P<street>{_STREET})[ ](?P<rest>)"
)
_STREET_LINK = re.compile(r"(?:de la |de l'|des |du |de |d'|la |le |les |l'|aux |au )")
_POSTCODE = re.compile(r"(?<!\d)(?:0[1-9]|[1-8]\d|9[0-578])\d{3}(?!\d)")
_POSTCODE_BEFORE = re.compile(r"(?:code postal|\bcp|habite?|\ba|dans le)(?: c'?est| est| :|:)? ?$")
_MOST_STREET_WORDS = 4


def _addresses(text: str, folded: str) -> Iterator[Span]:
    for pattern in (_ADDRESS, _AT_HOME):
        for match in pattern.finditer(folded):
            end = _street_end(text, folded, match["street"], match.start("rest"))
            if end is not None:
                start = match.start() if pattern is _ADDRESS else match.start("street")
                yield Span(start, _town_end(text, folded, end), Mark.ADDRESS)
    for match in _POSTCODE.finditer(folded):
        end = _town_end(text, folded, match.start())
        if end > match.start():
            yield Span(match.start(), end, Mark.ADDRESS)
        elif _POSTCODE_BEFORE.search(folded[max(0, match.start() - 20) : match.start()]) and not re.match(
            r"[ .,]?(?:\d|€|euro|eur\b|k\b|km|pers|jeune|place|offre)", folded[match.end() : match.end() + 8]
        ):
            yield Span(match.start(), match.end(), Mark.ADDRESS)


def _street_end(text: str, folded: str, street: str, start: int) -> int | None:
    """Where the name of a street that begins at ``start`` ends; None: it has none."""
    position, end = start, None
    for _ in range(_MOST_STREET_WORDS):
        link = _STREET_LINK.match(folded, position)
        if link is not None:
            position = link.end()
        word = _WORD.match(folded, position)
        number = re.compile(r"\d{1,4}\b").match(folded, position)
        found = word or number
        if found is None:
            break
        capital = text[found.start()].isupper()
        if end is None and street in _UNSURE_STREET and not capital:
            break
        if not capital and found[0] in _STOPS:
            break
        if end is not None and number is None and not capital and _is_ordinary(found[0]) and link is None:
            break
        position = end = found.end()
        if folded[position : position + 1] not in {" ", "-"}:
            break
        position += 1
    return end


_BEFORE_POSTCODE = re.compile(r"[ ,\n]{0,3}(?=\d{5}(?!\d))")
_TOWN = re.compile(r"[^\W\d_]+(?:[-' ][^\W\d_]+){0,4}")


def _town_end(text: str, folded: str, start: int) -> int:
    """Where « 94800 Villejuif » that begins at ``start`` ends; ``start`` itself when it is not there."""
    before = _BEFORE_POSTCODE.match(folded, start)
    if before is None or not _POSTCODE.match(folded, before.end()):
        return start
    code_end = before.end() + 5
    gap = re.compile(r"[ ,]{1,2}").match(folded, code_end)
    if gap is None:
        return code_end if before.end() > start else start
    town = _TOWN.match(folded, gap.end())
    if town is None:
        return code_end if before.end() > start else start
    known = [each for each in _stays(text[town.start() : town.end()]) if each.name == "town"]
    if known and known[0].start == 0:
        return town.start() + known[0].end
    capital = re.compile(r"[A-ZÀ-Ý][\w'’-]+(?: [A-ZÀ-Ý][\w'’-]+){0,3}").match(text, gap.end())
    if capital is not None and not text.isupper():
        return capital.end()
    return code_end if before.end() > start else start


_PSEUDONYMS = (
    re.compile(r"(?<![\w.@])(?P<name>@[\w.]{2,})"),
    re.compile(
        r"\b(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|discord|telegram|facebook|fb|linkedin|twitter|pseudo)\b"
        r"(?: ?(?:(?:c'?est|est|c)\b|:|=))[ ]*(?P<name>\w[\w.\-]{2,}\w(?:#\d{4})?)"
    ),
)


def _pseudonyms(folded: str) -> Iterator[Span]:
    for pattern in _PSEUDONYMS:
        for match in pattern.finditer(folded):
            if not _is_ordinary(match["name"]):
                yield Span(match.start("name"), match.end("name"), Mark.PSEUDONYM)


# -- names

_WORD = re.compile(r"[^\W\d_]+")
_PHRASE = re.compile(r"\s+- (?!intent:)(.+)")
# written so often without a capital, or so short, that no name is hidden for its sake
_STOPS = frozenset(
    """a afin ai ainsi alors apres as au aussi aux avant avec bien bon c ca car ce cela ces cet cette chez comme comment
    d dans de depuis des donc du elle elles en encore ensuite entre es est et etais etait etre eu eux fais fait g il ils
    j jai je jsuis juste l la le les leur leurs lui m ma mais maintenant me mes mm moi mon n ne ni nos notre nous on ont
    ou par parce pas pendant peu peut plus pour pourquoi qd qu quand que quel quelle qui quoi s sa sans se ses si son
    sont suis sur t ta te tes toi ton tout tres tu un une vers voila vos votre vous y""".split()  # noqa: SIM905
)
# a capital says nothing there
_NOT_NAMES = frozenset(
    """allo aurevoir bac bjr bonjour bonsoir bp bts but bye cap caf cc cdd cdi cej cfa cher chere ciao conseiller
    conseillere coucou cv docteur dut france hello hey hi insta jeune jeunes lettre licence locale maitre madame
    mademoiselle master merci mille ml mission mlle mme monsieur mr net noel opco parcoursup paypal pole pouvez
    pourriez prof professeur resto rh rsa salam salut slt smic snap stage svp travail tuteur tutrice wesh whatsapp wsh
    yo lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre
    octobre novembre decembre toussaint paques""".split()  # noqa: SIM905
)
_RARE = 2
# any day does: only towns, trades and companies are looked for, not dates
_ANY_DAY = date(2026, 1, 1)


@cache
def _words_without_capital() -> Counter[str]:
    """How many of the phrases that the assistant learns from have each word, folded: a word of these is no name.

    The phrases are what people write to it, spelt as they spell; a name in them is rare, and mostly has its capital."""
    counted: Counter[str] = Counter()
    for path in sorted(TRAINING_DATA.glob("*/*.yml")):
        for phrase in _PHRASE.findall(path.read_text(encoding="utf-8")):
            counted.update({fold(word) for word in _WORD.findall(phrase) if word[0].islower()})
    return counted


def _is_ordinary(word: str) -> bool:
    folded = fold(word)
    return folded in _STOPS or folded in _NOT_NAMES or _words_without_capital()[folded] >= _RARE


_ASIDE = r"(?:,|:|-|\.\.+)? ?"
# the name comes next, whatever it looks like
_SURE_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bj(?:e|')? ?m ?'? ?ap+el+e?s? {_ASIDE}",
        rf"\b(?:moi|on|tout le monde|ils|mes potes) m'?ap+el+e?(?:nt)? {_ASIDE}",
        rf"\bmon (?:pre)?nom (?:de famille )?(?:c'?est|est|c|:) {_ASIDE}",
        r"\b(?:pre)?nom(?: de famille)? ?: ?",
    )
)
_RELATIONS = (
    r"(?:conseill(?:er|ere)|tut(?:eur|rice)|patron(?:ne)?|chef(?:fe)?|boss|formateur|formatrice|prof|pote|copain|copine"
    r"|ami|amie|collegue|frere|soeur|cousine?|oncle|tante|tonton|tata|mere|pere|maman|papa|fils|fille|mari|femme|neveu"
    r"|niece|educateur|educatrice|referente?|responsable|voisine?|gerante?|cliente?|stagiaire)"
)
# « Mme El Amrani »; not « monsieur de la quincaillerie »
_LEADING = r"(?P<lead>(?:el|al|ben|van|von|di|da) )?"
# the name comes next when it is no ordinary word
_UNSURE_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bmoi (?:c'?est|c) {_ASIDE}",
        rf"\b(?:s'?ap+el+e?|se nomme|nommee?|surnommee?|prenom|j(?:e|') ?me presente)\b ?{_ASIDE}",
        rf"\b(?:(?:mme|mlle|mr|dr)\.?|madame|mademoiselle|monsieur|maitre|docteur) {_LEADING}",
        rf"(?<![\w'])m\. ?{_LEADING}",
    )
)
# the name comes next when it is no ordinary word and has a capital
_CAPITAL_CUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:je suis|jsuis|j suis|chui|c'est moi|ici|nom|prenom|de la part de|signe) ",
        r"(?<!')\b(?:(?<!signer )(?<!signe )avec|demand\w+|dit|parl\w+|ecri\w+|vu|aide|merci|conna\w+|moi et"
        r"|(?:r?appel|contact|remerci|revoi|preven|previe|atten)\w*)(?: a)? ",
        r"\b(?:(?:habit|log|heberg)\w+|vi[st]|dors?|reste) chez ",
        # the rest of a name that is hidden already
        r"\[nom\] ",
        r"\b(?:bonjour|bonsoir|salut|slt|coucou|cc|hello|hey|merci|bjr|cher|chere|wesh|yo),? ",
        r"\b(?:cordialement|bien a (?:vous|toi)|respectueusement|bonne (?:journee|soiree)|a bientot|bises?|bisous)"
        r"[\s,.!]{1,3}",
        rf"\b{_RELATIONS}[ ,]{{1,2}}",
    )
)
_COMPANY_CALLED = re.compile(
    r"\b(?:entreprise|boite|societe|garage|salon|resto|restaurant|magasin|boulangerie|atelier|formation|cfa|ecole|lycee"
    r"|diplome|metier|appli|application|site|forum|poste|association|asso|aide|truc|chose|ca|programme|dispositif)"
    r"(?: \w+){0,2} (?:qui )?s?e? ?$"
)
_PARTICLES = frozenset({"ben", "el", "al", "van", "von", "da", "di", "dos", "le", "la", "ould", "bin", "de"})


def _told_names(text: str, folded: str) -> Iterator[Span]:
    shouted = _is_shouted(text)
    for cues, allowed in ((_SURE_CUES, _after_sure), (_UNSURE_CUES, _after_unsure), (_CAPITAL_CUES, _after_capital)):
        for cue in cues:
            for match in cue.finditer(folded):
                first = _WORD.match(folded, match.end())
                if first is None or not allowed(text[first.start() : first.end()], shouted):
                    continue
                if cues is _UNSURE_CUES and _COMPANY_CALLED.search(folded[max(0, match.start() - 40) : match.start()]):
                    continue
                if cues is not _SURE_CUES and _is_place_or_trade(text[first.start() : first.start() + 40]):
                    continue
                start = match.start("lead") if match.groupdict().get("lead") else first.start()
                yield Span(start, _name_end(text, folded, first.end(), shouted), Mark.NAME)


def _after_sure(word: str, shouted: bool) -> bool:
    return fold(word) not in _STOPS


def _after_unsure(word: str, shouted: bool) -> bool:
    return not _is_ordinary(word) and len(word) > 1


def _after_capital(word: str, shouted: bool) -> bool:
    return word[0].isupper() and not shouted and not word.isupper() and _after_unsure(word, shouted)


def _name_end(text: str, folded: str, end: int, shouted: bool) -> int:
    """Where a name ends whose first word ends at ``end``."""
    while True:
        joined = folded[end : end + 1] in {"-", "'"}
        if not joined and folded[end : end + 1] != " ":
            break
        word = _WORD.match(folded, end + 1)
        if word is None:
            break
        spelt = text[word.start() : word.end()]
        after = _WORD.match(folded, word.end() + 1)
        particle = (
            word[0] in _PARTICLES
            and after is not None
            and (text[after.start()].isupper() or word[0] not in {"le", "la", "de"})
            and not _is_ordinary(after[0])
            and (word[0] != "de" or not _is_place_or_trade(text[after.start() : after.end()]))
        )
        capital = spelt[0].isupper() and not shouted
        name = (capital and word[0] not in _STOPS | _NOT_NAMES) or not _is_ordinary(spelt)
        if not (joined or particle or name):
            break
        end = word.end()
    return end


def _model_names(text: str, folded: str, people: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """The model takes many a misspelt word for a name: it is believed where there is a capital that is not owed to the
    start of a sentence, or a word that nobody writes without."""
    if not people or _is_shouted(text):
        return
    stays = [(each.start, each.end) for each in _stays(text)]
    for start, end in people:
        words = [
            word
            for word in _WORD.finditer(text, start, end)
            if word[0][0].isupper() and len(word[0]) > 1 and fold(word[0]) not in _STOPS | _NOT_NAMES
        ]
        words = [
            word
            for word in words
            if not (_is_ordinary(word[0]) and (_starts_sentence(text, word.start()) or len(words) == 1))
            and not (word[0].isupper() and len(words) == 1)
            and not any(word.start() < last and first < word.end() for first, last in stays)
            and not _after_institution(folded, word.start())
        ]
        if words:
            yield Span(words[0].start(), words[-1].end(), Mark.NAME)


_INSTITUTION = re.compile(
    r"\b(?:lycee|college|cfa|ecole|universite|fac|iut|hopital|clinique|ehpad|mairie|prefecture|mission locale|cite"
    r"|rue|avenue|boulevard|place|metro|gare|station|arret|quartier|salon|forum|garage|restaurant|boulangerie|pharmacie"
    r"|entreprise|societe|boite|groupe|cabinet|magasin|hotel|institut|centre|ifsi|campus|residence|stade|credit|saint"
    r"|ste?|sainte)(?: (?:de|du|d'|des|la|le|l'))*[ '-]+$"
)


def _after_institution(folded: str, start: int) -> bool:
    return _INSTITUTION.search(folded[max(0, start - 30) : start]) is not None


def _starts_sentence(text: str, start: int) -> bool:
    return re.search(r"(?:^|[.!?…:\n\"«])\s*$", text[max(0, start - 5) : start]) is not None


def _is_shouted(text: str) -> bool:
    return not any(letter.islower() for letter in text)


def _is_place_or_trade(text: str) -> bool:
    return any(each.start == 0 for each in _stays(text) if each.name != "company")


def _stays(text: str) -> list[Entity]:
    """The companies, towns and trades in it. The tables forget plurals, we do not: Lina is not the town of Linas."""
    return [
        each
        for each in find(text, _ANY_DAY)
        if each.name in {"company", "trade"}
        or (each.name == "town" and str(each.value)[-1] == fold(text[each.start : each.end])[-1])
    ]


def _known_names(names: Collection[str]) -> frozenset[str]:
    """The words of these names that can stand for somebody, folded."""
    words = (fold(word) for name in names for word in _WORD.findall(name))
    return frozenset(word for word in words if len(word) > 2 and word not in _STOPS)


def _known(folded: str, known: Collection[str]) -> Iterator[Span]:
    for word in _WORD.finditer(folded) if known else ():
        if word[0] in known:
            yield Span(word.start(), word.end(), Mark.NAME)

"""The practice the other way round: a tutor learns to state a need, a simulated candidate asks for what is missing.

What an adult says is read by rules, which can be explained word by word; nothing is judged that was not said.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlu.french.entities import fold
from programme.bubbles import cut
from programme.content import CONTENT_DIR, ContentModel, read_folder

MOST_LINES = 14
QUOTED = 160
# of a task, when the candidate says it again
REPHRASED = 80


class Part(StrEnum):
    """What a need is made of, in the order in which a candidate asks for it."""

    TASK = "task"
    MOMENT = "moment"
    SKILL = "skill"
    STEP = "step"


_MOMENT = re.compile(
    r"\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|week-?end|matins?|matinees?|apres-?midi|soirs?|soirees?|midi|"
    r"semaines?|mois|demain|aujourd'hui|tout de suite|urgent\w*|avant|d'ici|en ce moment|rentree|noel|ete|hiver|"
    r"printemps|automne|"
    r"janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|\d{1,2} ?h(?:eures?)?|"
    r"des que|"
    r"ouverture|fermeture|coup de feu|heures? de pointe|tous les jours|chaque jour)\b"
)
# work named by its verb; the verbs that say nothing of a task are left out
_VERB = re.compile(
    r"\b(?:de |d'|a |pour |et |ou |l'|les? |la |y |vous |nous |faut |faire |va |doit )?(?P<verb>\w{2,}(?:er|ir|re|"
    r"oir))\b"
)
_NO_TASK = frozenset((
    "etre", "avoir", "pouvoir", "savoir", "vouloir", "devoir", "falloir", "travailler", "aider", "venir", "partir",
    "rester", "aimer", "apprendre", "integrer", "rejoindre", "trouver", "chercher", "recruter", "embaucher",
    "former", "commencer", "finir", "dire", "voir", "parler", "appeler", "rappeler", "envoyer", "passer", "revenir",
    "repasser", "donner", "permettre", "evoluer", "participer", "contribuer", "postuler", "repondre", "attendre",
    "prendre", "mettre", "tenir", "sembler", "croire", "comprendre", "motiver", "hier", "fier", "cher", "leger",
    "premier", "dernier", "metier", "atelier", "chantier", "cahier", "papier", "entier", "particulier", "regulier",
    "saisonnier", "ouvrier", "apprenti", "notre", "votre", "autre", "entre", "encore", "faire", "soir", "avenir",
    "loisir", "plaisir", "noir", "pouvoirs", "espoir", "mer", "hiver", "ancienne", "rencontrer", "discuter",
    "avril", "conseiller", "courrier", "quartier", "financier", "immobilier", "hotelier", "maitre", "titre",
    "centre", "nombre", "ordre", "libre", "propre", "contre", "septembre", "octobre", "novembre", "decembre",
    "janvier", "fevrier", "montre", "heure", "super", "supermarche", "manager", "leader", "peur",
))  # fmt: skip
_TASK_NOUN = re.compile(
    r"\b(?:mise en rayon|caisse|accueil|standard|plonge|service en salle|livraisons?|preparation|pneus?|vidanges?|"
    r"inventaires?|menage|"
    r"nettoyage|etiquetage|emballage|saisie|classement|peinture|cuisson|toilettes?|repas|courses|montage|conditionnement|devis)\b"
)
_SKILL = re.compile(
    r"\b(?:savoir|soigneu\w*|precis\w*|minutieu\w*|patien\w*|calme|gestes?|logiciel|excel|on (?:lui |vous |"
    r"te )?(?:montre\w*|apprend\w*|"
    r"forme\w*)|je (?:lui |vous |te )?(?:montre\w*|apprend\w*|forme\w*)|a l'aise|habile\w*|porter|hygiene|"
    r"securite|permis|lire un plan|"
    r"compter|ecouter|main|oeil|attentif|attentive|debutant\w*|apprend\w* sur place|en binome|avec un ancien)\b"
)
_STEP = re.compile(
    r"\b(?:venez|viens|passez|passe(?:r)?|repassez|rappelez|rappelle|appelez|rencontr\w*|visit\w*|essai|immersion|"
    r"rendez-?vous|rdv|on se voit|on se rappelle|je vous attends|je t'attends|vous pouvez (?:venir|passer))\b"
)
_VAGUE = re.compile(
    r"\b(?P<word>motive\w*|motivation|dynamique\w*|serieu\w*|polyvalen\w*|autonom\w*|investi\w*|passionne\w*|ponctuel\w*|rigoureu\w*|"
    r"volontaire\w*|flexible\w*|force de proposition|bon relationnel|sens de l'organisation|esprit d'equipe|"
    r"savoir-etre)\b"
)
_FILTER = re.compile(
    r"\b(?:cv|lettre de motivation|diplomes?|experience|candidatures?|profil|references|mon mail|le site|"
    r"postul\w*|rh)\b"
)


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class TutorLine(_State):
    text: str
    parts: tuple[Part, ...] = ()
    vague: str = ""
    filters: bool = False


class TutorPractice(_State):
    candidate: str
    lines: tuple[TutorLine, ...] = ()
    said: dict[str, int] = {}
    rephrased: bool = False
    last: str = ""
    over: bool = False

    @property
    def given(self) -> tuple[Part, ...]:
        """In the order in which they came."""
        return tuple(dict.fromkeys(part for line in self.lines for part in line.parts))


Said = Annotated[str, Field(min_length=2, max_length=200)]
Lines = Annotated[tuple[Said, ...], Field(min_length=3, max_length=6)]


class Candidate(ContentModel):
    """A young person who asks (``content/candidates/``). ``{word}`` is the vague word, ``{said}`` the task as told."""

    id: str = Field(pattern=r"^[a-z]{3,20}$")
    name: str = Field(min_length=2, max_length=20)
    learns: str = Field(min_length=5, max_length=80)
    mood: str = Field(min_length=5, max_length=120)
    opens: Lines
    asks: dict[Part, Lines]
    on_vague: Lines
    on_filter: Lines
    on_unread: Lines
    rephrase: Lines
    thanks: Lines

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if set(self.asks) != set(Part):
            raise ValueError(f"asks: one list for each of {', '.join(Part)}")
        if not all("{word}" in line for line in self.on_vague):
            raise ValueError("on_vague: each line takes up {word}")
        if not all("{said}" in line for line in self.rephrase):
            raise ValueError("rephrase: each line takes up {said}")
        return self

    def of(self, moment: str) -> tuple[str, ...]:
        if moment in frozenset(Part):
            return self.asks[Part(moment)]
        variants: tuple[str, ...] = getattr(self, moment)
        return variants


def load_candidates(folder: Path = CONTENT_DIR / "candidates") -> dict[str, Candidate]:
    """By id. Raises ContentError."""
    return read_folder(Candidate, folder)


def read_line(text: str) -> TutorLine:
    """What an adult's line gives a candidate."""
    folded = fold(text)
    parts = []
    if _TASK_NOUN.search(folded) or any(match["verb"] not in _NO_TASK for match in _VERB.finditer(folded)):
        parts.append(Part.TASK)
    if _MOMENT.search(folded):
        parts.append(Part.MOMENT)
    if _SKILL.search(folded):
        parts.append(Part.SKILL)
    if _STEP.search(folded):
        parts.append(Part.STEP)
    vague = _VAGUE.search(folded)
    return TutorLine(
        text=text[:QUOTED],
        parts=tuple(parts),
        vague=text[vague.start() : vague.end()].lower() if vague else "",
        filters=_FILTER.search(folded) is not None,
    )


def begin(candidate: Candidate) -> tuple[str, TutorPractice]:
    """The candidate calls."""
    return _next(candidate, TutorPractice(candidate=candidate.id), "opens")


def answer(candidate: Candidate, practice: TutorPractice, text: str) -> tuple[list[str], TutorPractice]:
    """What the candidate says to this line: takes up what is vague, asks for what is missing, rephrases.

    One or two bubbles; none once it is over.
    """
    if practice.over:
        return [], practice
    line = read_line(text)
    practice = practice.model_copy(update={"lines": (*practice.lines, line)})
    missing = [part for part in Part if part not in practice.given]
    moment = _moment(candidate, practice, line, missing)
    before = []
    if {Part.TASK, Part.MOMENT} <= set(practice.given) and not practice.rephrased:
        told = next(each.text for each in practice.lines if Part.TASK in each.parts)
        rephrased, practice = _next(candidate, practice.model_copy(update={"rephrased": True}), "rephrase")
        before = [rephrased.format(said=cut(told, REPHRASED))]
    said, practice = _next(candidate, practice, moment)
    practice = practice.model_copy(update={"over": moment == "thanks"})
    return [*before, said.format(word=line.vague) if moment == "on_vague" else said], practice


def _moment(candidate: Candidate, practice: TutorPractice, line: TutorLine, missing: list[Part]) -> str:
    if not missing or len(practice.lines) >= MOST_LINES:
        return "thanks"
    wanted = []
    if not line.parts and line.vague:
        wanted.append("on_vague")
    if line.filters and Part.TASK not in practice.given:
        wanted.append("on_filter")
    if not line.parts:
        wanted.append("on_unread")
    wanted += missing
    return next((moment for moment in wanted if _left(candidate, practice, moment)), "thanks")


def _next(candidate: Candidate, practice: TutorPractice, moment: str) -> tuple[str, TutorPractice]:
    told = practice.said.get(moment, 0)
    said = candidate.of(moment)[told]
    return said, practice.model_copy(update={"said": {**practice.said, moment: told + 1}, "last": said})


def _left(candidate: Candidate, practice: TutorPractice, moment: str) -> bool:
    return practice.said.get(moment, 0) < len(candidate.of(moment))

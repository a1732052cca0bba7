"""What a few lines about a company say: who, which need, what was agreed and for when.

« g appelé le garage de la gare il a dit de rappeler mardi pcq il manque de monde le samedi ». Nothing is invented: each
part is quoted from the text, and the person confirms it before it counts.
"""

import re
from dataclasses import dataclass
from datetime import date

from nlu.french.dates import dates
from nlu.french.entities import find, fold
from programme.bubbles import cut
from programme.models import Urgency

LONGEST_PART = 120

_JOIN = (
    r"parce qu(?:e\b|')|par ce que|pcq\b|pck\b|psq\b|psk\b|parske\b|car\b|vu qu(?:e\b|')|puisqu(?:e\b|')|"
    r"comme quoi|du coup|mais\b|"
    r"donc\b|alors\b|et\b|ensuite\b|apres\b(?! (?:midi|le))"
)
_CLAUSE = re.compile(rf"[.;!?\n]+|,(?!\d)|(?:(?<=\s)|^)(?:{_JOIN})|(?<=\s)(?=(?:il|elle|ils|elles|on|je|j'|jai|g)\b)")
_SPEECH = re.compile(
    r"^\s*(?:(?:il|elle|ils|elles|on|la dame|le monsieur|le patron|la patronne|le chef|la cheffe|le gerant|"
    r"la gerante)\s+)?"
    r"(?:m'|me |nous )?(?:a|ont|as)?\s*(?:bien )?(?:dit|di|demande|explique|repondu|conseille)\s*(?:que |qu'|de |d')?"
)
_NEED = re.compile(
    r"\b(?:manqu\w*|besoins?|debord\w*|coinc\w*|galer\w*|pas assez|plus assez|trop de|en retard|perd\w* du temps|"
    r"personne pour|"
    r"cherch\w* (?:quelqu'?un|du monde|une personne|un|des|qqn)|n?'?arriv\w* pas a|y arriv\w* pas|"
    r"s'en sort\w* pas|surcharg\w*|"
    r"(?:absent|malade|parti|depart|demission)\w*|penurie|urgen\w*|difficile|dur(?:e|s)? (?:de|le|la|les|a)|"
    r"prend(?:s)? (?:trop|du|beaucoup)|"
    r"rush|sous l'eau|casse[rs]?|panne)\b"
)
_NEXT = re.compile(
    r"\b(?:(?:je|j'|on|il faut|faut|doi[st]?|dois|peux|vais|va|de|d'|a)\s*(?:l[ae] |les |lui |leur |y )?)?"
    r"(?P<step>r(?:e)?appel\w*|retelephon\w*|repass\w*|reven\w*|retourn\w*|passer\b(?! du)|envo[iy]\w* (?:mon |"
    r"un |le |ma |une )?(?:cv|mail|lettre|message)\w*|"
    r"(?:faire |venir (?:faire |en )?)?(?:un |une )?(?:essai|immersion|journee d'essai|stage)|visit\w*|(?:un |"
    r"le )?(?:rdv|rendez[- ]vous|entretien)|"
    r"ven(?:ir|ez)\b|relanc\w*|recontact\w*|rencontr\w*)"
)
_SILENCE = re.compile(
    r"\b(?:(?:pas|jamais|rien|personne|aucune?)(?: (?:m'?|ne? |n'|me |de |a |ont |eu ))* ?(?:repond\w*|decroch\w*|"
    r"reponses?|rappel\w*)|"
    r"repondeur|messagerie|boite vocale|sonne dans le vide|sans reponse|ferme(?:e|s)?\b(?! le)|raccroch\w*)"
)
_NOW = re.compile(
    r"\b(?:urgen\w*|tout de suite|vite|en ce moment|actuellement|cette semaine|des (?:demain|lundi|maintenant)|"
    r"maintenant|"
    r"aujourd'hui|au plus vite|rapidement)\b"
)
_SOON = re.compile(
    r"\b(?:bientot|semaine prochaine|mois prochain|dans (?:\d+|une|deux|trois|quelques) (?:jours?|semaines?)|"
    r"fin du mois)\b"
)
_LATER = re.compile(
    r"\b(?:rentree|septembre|plus tard|annee prochaine|l'an prochain|cet ete|dans (?:\d+|deux|trois|quelques|"
    r"six) mois)\b"
)

_REACHED = re.compile(
    r"\b(?:(?:appel+er?s?\b|rappele\b|telephone|contacte[rs]?|ecrit a|vu|visite|demarche|rencontre|croise|relance|"
    r"pass\w*|alle+e?s?|ete|parti|parl\w*|discut\w*|envoye (?:mon |un )?(?:cv|mail|message) a|postule)\s+)"
    r"(?:(?:voir|avec|chez|aupres de|devant|dans|a|au|aux|du|de|la|le|les|l|l'|un|une|ma|mon)\b[' ]*)*"
)
_PLACE = re.compile(
    r"\b(?:chez|au|a la|a l'|le|la|l')\s*(?=(?:garage|boulangerie|restaurant|resto|salon|magasin|supermarche|"
    r"pharmacie|cabinet|brasserie|hotel|creche|ehpad|atelier|usine|entreprise|boite|boutique|labo\w*|societe|"
    r"association|mairie|clinique|carrosserie|concession\w*|fleuriste|coiffeur|boucherie|cantine)\b)"
)
_STOPS = re.compile(
    r"\s(?:il|elle|ils|elles|on|y|et|mais|qui|que|qu'|pour|pcq|psk|parce|car|vu|hier|demain|ce|cet|cette|aujourd'?hui|tout|tt|"
    r"a\s(?:dit|la|midi)|m'a|m'ont|ma|mon|m|j'ai|jai|g|je|j'|c'est|cest|c|ca|ou|du\scoup|donc|alors|apres|"
    r"lundi|mardi|mercredi|jeudi|vendredi|"
    r"samedi|dimanche|pas|pr|sans|ont|n'ont|n'a|nont|repond\w*|personne|aucun\w*|en\sdisant|par)\b|[.,;!?()\n]|\s-\s|$"
)
_SPOKE = re.compile(
    r"\b(?:parle|discute|eu|vu|rencontre|tombe|demande|repondu par)\s+(?:a|au|a la|avec|sur)?\s*"
    r"(?P<who>(?:un |une |le |la |l'|ma |mon )?(?:patron(?:ne)?|gerante?|chef(?:fe)?|responsable|directeur|"
    r"directrice|secretaire|"
    r"vendeu(?:r|se)|boulang(?:er|ere)|manager|rh|drh|comptable|mecano|mecanicien(?:ne)?|dame|monsieur|accueil))"
)
_TITLED = re.compile(r"\b(?P<who>(?:m\.|mr\.?|mme\.?|madame|monsieur|mlle)\s+[A-ZÉÈÀÂÎÔÇ][\w'’-]+)", re.IGNORECASE)

_NO_COMPANY = re.compile(
    r"(?:m\.|mr|mme|madame|monsieur|patron(?:ne)?|gerante?|chef(?:fe)?|responsable|directeur|directrice|forum|"
    r"salon de l'|job dating|"
    r"(?:pote|copain|copine|ami|amie|mere|pere|soeur|frere|cousin|cousine|prof|conseill\w*)\b|entreprises?$|"
    r"boites?$|societes?$|quelqu'un|un mec|une dame|plusieurs|(?:deux|trois|quatre|cinq|\d+) (?:entreprises|"
    r"boites)|"
    r"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|hier)\b"
)


@dataclass(frozen=True)
class Told:
    """What was read; None for what the text does not say. ``next_on`` is a day on the writer's calendar."""

    company: str | None = None
    spoke_to: str | None = None
    need: str | None = None
    urgency: Urgency | None = None
    next_step: str | None = None
    next_on: date | None = None
    answered: bool = True


def read_contact(text: str, today: date) -> Told:
    """What the text says of an exchange with a company."""
    folded = fold(text)
    clauses = _clauses(text, folded)
    need = next((part for part in clauses if _NEED.search(fold(part)) and not _SILENCE.search(fold(part))), None)
    step_clause = next((part for part in clauses if _NEXT.search(fold(part))), None)
    next_on = _day(step_clause, today) if step_clause else None
    return Told(
        company=company_in(text, today),
        spoke_to=_spoke_to(text, folded),
        need=_part(_SPEECH.sub("", need, count=1) if need and _SPEECH.match(fold(need)) else need),
        urgency=urgency_in(need or ""),
        next_step=_next_step(step_clause),
        next_on=next_on,
        answered=_SILENCE.search(folded) is None or need is not None or step_clause is not None,
    )


def company_in(text: str, today: date) -> str | None:
    """The company that the text names, as it is written."""
    folded = fold(text)
    named = next((each for each in find(text, today) if each.name == "company"), None)
    for match in (*_REACHED.finditer(folded), *_PLACE.finditer(folded)):
        stop = _STOPS.search(folded, match.end())
        found = text[match.end() : stop.start() if stop else len(text)].strip(" '’\"«»-")
        if 2 < len(found) <= 60 and not _NO_COMPANY.match(fold(found)):
            return found
    return str(named.value) if named is not None else None


def urgency_in(text: str) -> Urgency | None:
    folded = fold(text)
    for pattern, urgency in ((_LATER, Urgency.LATER), (_SOON, Urgency.SOON), (_NOW, Urgency.NOW)):
        if pattern.search(folded):
            return urgency
    return None


def _clauses(text: str, folded: str) -> list[str]:
    parts, start = [], 0
    for match in _CLAUSE.finditer(folded):
        parts.append(text[start : match.start()])
        start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _day(clause: str, today: date) -> date | None:
    """The day that goes with what was agreed: the first one after its verb, else before it."""
    folded = fold(clause)
    step = _NEXT.search(folded)
    found = dates(folded, today)
    after = [each for each in found if step is not None and each.start >= step.start()]
    chosen = (after or found)[:1]
    return chosen[0].first if chosen else None


def _next_step(clause: str | None) -> str | None:
    if clause is None:
        return None
    match = _NEXT.search(fold(clause))
    return _part(clause[match.start("step") :]) if match else None


def _spoke_to(text: str, folded: str) -> str | None:
    if (titled := _TITLED.search(text)) is not None:
        return titled["who"]
    match = _SPOKE.search(folded)
    return text[match.start("who") : match.end("who")].strip() if match else None


def _part(text: str | None) -> str | None:
    if text is None:
        return None
    return cut(text.strip(" ,;."), LONGEST_PART) or None

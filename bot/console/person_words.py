"""What the pages about a young person call states and reasons: the team reads them, not the person."""

from enum import StrEnum

from programme import own_data_words
from programme.models import Aspect, EndReason, FlagReason, Teller
from programme.own_data_words import step_in_words

# where the person's own copy says « tu »
_OTHERWISE: dict[tuple[type[StrEnum], str], str] = {
    (Teller, Teller.PERSON): "la personne",
    (Teller, Teller.SYSTEM): "Déclic",
    (Teller, Teller.IMPORT): "un fichier importé",
    (FlagReason, FlagReason.HUMAN_WANTED): "demande quelqu'un",
    (EndReason, EndReason.STOPPED): "a dit stop",
}
# why a message did not leave, or waits: keys of programme/deliveries/ and of the desks
REASONS = {
    "no_channel": "aucune messagerie ouverte",
    "too_late": "il était trop tard",
    "stopped": "la personne a dit stop",
    "paused": "la personne a demandé une pause",
    "topic_off": "la personne ne veut pas de ces messages",
    "no_consent": "la personne n'a pas dit oui aux messages de relance",
    "campaign_paused": "la campagne est en pause",
    "campaign_stopped": "la campagne est arrêtée",
    "taken_over": "quelqu'un de l'équipe avait la conversation",
    "at_night": "c'était hors des heures d'envoi",
    "talking": "la personne était en train d'écrire",
    "enough_this_week": "elle en a déjà reçu assez cette semaine",
    "cancelled": "annulé",
    "moved": "la date a changé",
    "over": "c'est terminé",
    "no_training": "pas d'entraînement à proposer",
    "training_booked": "l'entraînement est déjà réservé",
    "answered": "la personne avait déjà répondu",
    "unanswered": "la personne n'avait pas répondu",
    "other_answer": "la personne a répondu autre chose",
    "signed": "contrat signé",
    "found": "employeur trouvé",
}
LANGUAGES = {
    "ar": "arabe", "bm": "bambara", "bn": "bengali", "ckb": "kurde", "de": "allemand", "en": "anglais",
    "es": "espagnol", "fa": "persan", "ff": "peul", "fr": "français", "hi": "hindi", "ht": "créole haïtien",
    "hy": "arménien", "it": "italien", "ka": "géorgien", "ku": "kurde", "ln": "lingala", "mg": "malgache",
    "nl": "néerlandais", "pl": "polonais", "ps": "pachto", "pt": "portugais", "ro": "roumain", "ru": "russe",
    "so": "somali", "sq": "albanais", "sr": "serbe", "ta": "tamoul", "ti": "tigrigna", "tr": "turc", "uk": "ukrainien",
    "ur": "ourdou", "vi": "vietnamien", "wo": "wolof", "zh": "chinois",
}  # fmt: skip


def in_words(value: StrEnum) -> str:
    """Raises KeyError: no words were written for this state."""
    return _OTHERWISE.get((type(value), value)) or own_data_words.in_words(value)


def step(aspect: Aspect, value: str) -> str:
    return step_in_words(aspect, value)


def reason(key: str) -> str:
    """Of a delivery; what a channel answered when it refused for good has no words of ours."""
    return REASONS.get(key, "la messagerie l'a refusé")


def languages(codes: str | None) -> str:
    """« fr,ar » is « français, arabe »; a language that is not in the list stays as its code."""
    return ", ".join(LANGUAGES.get(code, code) for code in (codes or "").split(",") if code)


def name_of(name: str | None, person_id: int) -> str:
    return name or f"Sans prénom (n° {person_id})"


def flag(reason: str) -> str:
    return in_words(FlagReason(reason))

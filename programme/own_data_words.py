"""The words in which a person's own data say what a state or a kind is."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import chain

from programme.cohorts import CAME_BY_NAMES
from programme.figures import BREAK_REASONS
from programme.models import (
    AgeBand,
    Aspect,
    Author,
    BookingStatus,
    Channel,
    ConsentPurpose,
    ContractKind,
    CorrectionState,
    CorrectionUse,
    DeliveryState,
    EmployerStatus,
    EndReason,
    FlagReason,
    MessageState,
    PracticeMode,
    Purpose,
    ReviewReason,
    SchoolStatus,
    TakeoverEnd,
    Teller,
    Topic,
    Urgency,
)
from programme.path import STAGE_NAMES

_KINDS: tuple[Mapping[StrEnum, str], ...] = (
    {
        AgeBand.FROM_15: "15 à 17 ans",
        AgeBand.FROM_18: "18 à 20 ans",
        AgeBand.FROM_21: "21 à 25 ans",
        AgeBand.FROM_26: "26 à 29 ans",
        AgeBand.FROM_30: "30 ans et plus",
    },
    {
        SchoolStatus.SEARCHING: "école ou CFA cherché",
        SchoolStatus.FOUND: "école ou CFA trouvé",
        SchoolStatus.ENROLLED: "inscription faite",
    },
    {
        EmployerStatus.SEARCHING: "employeur cherché",
        EmployerStatus.IN_VIEW: "employeur en vue",
        EmployerStatus.INTERVIEW: "entretien",
        EmployerStatus.PROMISED: "promesse d'embauche",
        EmployerStatus.SIGNED: "contrat signé",
    },
    {Aspect.STAGE: "étape", Aspect.SCHOOL: "école ou CFA", Aspect.EMPLOYER: "employeur"},
    {
        Teller.PERSON: "toi",
        Teller.STAFF: "l'équipe",
        Teller.SYSTEM: "Déclic, tout seul",
        Teller.IMPORT: "un fichier importé par l'équipe",
    },
    {Author.PERSON: "toi", Author.ASSISTANT: "l'assistant", Author.STAFF: "l'équipe"},
    {
        MessageState.RECEIVED: "reçu",
        MessageState.WAITING: "en attente de réponse",
        MessageState.ANSWERED: "répondu",
        MessageState.HELD: "laissé à l'équipe",
        MessageState.DUE: "à envoyer",
        MessageState.SENDING: "en cours d'envoi",
        MessageState.DELIVERED: "remis",
        MessageState.FAILED: "refusé par la messagerie",
        MessageState.WITHDRAWN: "retiré avant l'envoi",
    },
    {Channel.WEB: "web", Channel.TELEGRAM: "Telegram"},
    {
        ConsentPurpose.CONVERSATION: "conversation",
        ConsentPurpose.PROFILE: "profil",
        ConsentPurpose.REMINDERS: "messages de relance",
        ConsentPurpose.SHARE_PROFILE: "partage du profil",
        ConsentPurpose.GUARDIAN: "contact d'un parent ou tuteur",
    },
    {
        BookingStatus.BOOKED: "place réservée",
        BookingStatus.WAITING: "liste d'attente",
        BookingStatus.OFFERED: "place proposée",
        BookingStatus.CONFIRMED: "place confirmée",
        BookingStatus.CANCELLED: "annulée",
        BookingStatus.PRESENT: "présence notée",
        BookingStatus.ABSENT: "absence notée",
        BookingStatus.EXCUSED: "absence excusée",
    },
    {
        ContractKind.APPRENTISSAGE: "contrat d'apprentissage",
        ContractKind.PROFESSIONNALISATION: "contrat de professionnalisation",
    },
    {Urgency.NOW: "tout de suite", Urgency.SOON: "bientôt", Urgency.LATER: "plus tard"},
    {
        PracticeMode.EMPLOYER: "l'assistant joue un employeur",
        PracticeMode.CANDIDATE: "l'assistant joue un candidat",
        PracticeMode.PAIR: "à deux, face à face",
    },
    {
        FlagReason.DISTRESS: "mot de détresse",
        FlagReason.HARASSMENT: "harcèlement",
        FlagReason.DANGER_AT_WORK: "danger au travail",
        FlagReason.MONEY_EMERGENCY: "urgence d'argent",
        FlagReason.HUMAN_WANTED: "tu as demandé quelqu'un",
    },
    {
        ReviewReason.NOT_UNDERSTOOD: "message pas compris",
        ReviewReason.CORRECTED: "message corrigé",
    },
    {
        CorrectionState.PROPOSED: "proposée",
        CorrectionState.ACCEPTED: "acceptée",
        CorrectionState.REFUSED: "refusée",
        CorrectionState.EXPORTED: "apprise",
    },
    {CorrectionUse.TRAINING: "pour apprendre", CorrectionUse.TEST: "pour vérifier"},
    {
        Purpose.BOOKING_WEEK: "rappel, une semaine avant",
        Purpose.BOOKING_EVE: "rappel, la veille",
        Purpose.BOOKING_HOURS: "rappel, deux heures avant",
        Purpose.FORUM_TRAINING: "entraînement avant le forum",
        Purpose.FORUM_AFTER: "après le forum",
        Purpose.SEAT_OFFER: "place libérée",
        Purpose.SEAT_OFFER_ENDS: "place libérée, dernier rappel",
        Purpose.CALL_BACK: "relance promise",
        Purpose.CHECK_IN: "nouvelles du contrat",
        Purpose.CAMPAIGN: "campagne",
    },
    {
        DeliveryState.PLANNED: "prévu",
        DeliveryState.QUEUED: "sur le départ",
        DeliveryState.SENT: "envoyé",
        DeliveryState.ANSWERED: "répondu",
        DeliveryState.SKIPPED: "pas envoyé : plus utile",
        DeliveryState.EXPIRED: "pas envoyé : trop tard",
        DeliveryState.FAILED: "refusé par la messagerie",
    },
    {
        Topic.WORKSHOPS: "ateliers",
        Topic.CALL_BACKS: "relances promises",
        Topic.CHECK_INS: "nouvelles du contrat",
        Topic.NUDGES: "messages de relance",
    },
    {
        EndReason.SIGNED: "contrat signé",
        EndReason.FOUND: "employeur trouvé",
        EndReason.OTHER_WAY: "autre solution",
        EndReason.STOPPED: "tu as dit stop",
        EndReason.SILENT: "sans réponse",
        EndReason.DONE: "terminée",
    },
    {TakeoverEnd.GIVEN_BACK: "rendue à l'assistant", TakeoverEnd.LAPSED: "rendue d'elle-même"},
)
# by kind first: the « found » of a school is not that of a campaign, though they are equal as texts
_ALL: Iterable[tuple[StrEnum, str]] = chain(
    STAGE_NAMES.items(), CAME_BY_NAMES.items(), BREAK_REASONS.items(), *(kind.items() for kind in _KINDS)
)
_WORDS = {(type(value), value.value): words for value, words in _ALL}

_ASPECTS: Mapping[str, type[StrEnum]] = {
    Aspect.SCHOOL: SchoolStatus,
    Aspect.EMPLOYER: EmployerStatus,
}

# « profile.share » and the like, as they are written in the audit
ACTIONS = {
    "conversation.open": "conversation ouverte",
    "person.open": "fiche ouverte",
    "person.export": "copie de tes données",
    "person.assign": "accompagnement confié à quelqu'un d'autre",
    "person.contract": "contrat noté",
    "person.break": "rupture de contrat notée",
    "booking.add": "inscription demandée pour toi",
    "booking.cancel": "inscription annulée pour toi",
    "booking.move": "inscription déplacée pour toi",
    "attendance.note": "présence notée",
    "people.export": "fichier avec ton nom",
    "people.import": "fichier importé",
    "profile.share": "profil partagé",
    "profile.unshare": "partage arrêté",
    "profile.read": "profil lu par une autre structure",
}


def in_words(value: StrEnum) -> str:
    """Raises KeyError: no words were written for this state."""
    return _WORDS[type(value), value.value]


def step_in_words(aspect: Aspect, value: str) -> str:
    """A step of the path as it is stored, a plain text: « found » of the school is « école ou CFA trouvé ».

    What a later version does not know any more stays as it is stored."""
    if aspect is Aspect.STAGE:
        return next((words for stage, words in STAGE_NAMES.items() if stage.value == value), value)
    return _WORDS.get((_ASPECTS[aspect], value), value)


def topic_in_words(value: str) -> str:
    return _WORDS.get((Topic, value), value)


def action_in_words(action: str) -> str:
    """What was done; an action without words here is shown as it is stored, rather than hidden."""
    return ACTIONS.get(action, action)

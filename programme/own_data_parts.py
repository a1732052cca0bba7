"""What is told to a person of each table that holds something about them: `programme/own_data.py` puts it together.

Each column is told under a French title, or left out with a reason; `problems` says where one was forgotten.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import MetaData, RowMapping, Table

from programme.models import MessageState
from programme.own_data_words import action_in_words, step_in_words, topic_in_words
from programme.privacy import hanging_from_people

# why a column is left out
OURS = "a number of ours"
PLACE = "where it stands in the export says it"
MACHINE = "how a message finds its way"
SAID_AGAIN = "the text says it"
SECRET = "opens something of theirs: they have the link"  # noqa: S105 (a reason, not a password)
ANOTHER = "tells of another young person"
OUR_WORK = "who of the team judged a phrase"
MADE_UP = "marks what is made up"


@dataclass(frozen=True)
class Part:
    """What is told of one table, under ``title``.

    ``by`` is the column that leads to the row that it belongs to. ``left_out``: a reason by column. ``written`` says a
    column another way than its type does. ``own``: is this row for the person alone? ``own_columns`` are in any row.
    ``single``: one row at most, told by itself rather than as a list. ``parts`` hang from its rows.
    """

    title: str
    table: str
    by: str
    told: Mapping[str, str]
    left_out: Mapping[str, str]
    written: Mapping[str, Callable[[RowMapping], object]] = field(default_factory=dict)
    own: Callable[[RowMapping], bool] = lambda row: False
    own_columns: frozenset[str] = frozenset()
    single: bool = False
    parts: tuple["Part", ...] = ()


def _month(row: RowMapping) -> object:
    return None if row["birth_month"] is None else f"{row['birth_month']:%Y-%m}"


def _languages(row: RowMapping) -> object:
    return row["languages"].split(",") if row["languages"] else []


def _is_not_shared(row: RowMapping) -> bool:
    return row["shared_at"] is None


PROFILE = Part(
    "Ton profil",
    "people",
    by="id",
    single=True,
    told={
        "display_name": "Prénom ou nom",
        "external_ref": "Numéro dans le logiciel de ta structure",
        "created_at": "Depuis le",
        "age_band": "Tranche d'âge",
        "birth_month": "Mois de naissance",
        "commune": "Commune",
        "qpv": "Quartier prioritaire",
        "level": "Niveau de diplôme, de 1 à 8",
        "languages": "Langues",
        "stage": "Étape",
        "stage_at": "À cette étape depuis le",
        "school_status": "École ou CFA",
        "employer_status": "Employeur",
        "training_starts_on": "Début de la formation",
        "came_by": "Comment tu as connu Déclic",
        "team_id": "Équipe qui t'accompagne",
        "counsellor_id": "Personne qui t'accompagne",
    },
    left_out={"id": OURS, "came_by_person_id": ANOTHER, "demonstration": MADE_UP},
    written={"birth_month": _month, "languages": _languages},
)

_MESSAGES = Part(
    "Messages",
    "messages",
    by="conversation_id",
    told={
        "sent_at": "Le",
        "author": "De",
        "speaker": "Qui parle",
        "staff_id": "Écrit par",
        "text": "Texte",
        "buttons": "Boutons proposés",
        "intent": "Compris comme",
        "confidence": "Sûreté, de 0 à 1",
        "private": "Pour toi seulement",
        "state": "État",
    },
    left_out={
        "id": OURS, "conversation_id": PLACE, "public_id": MACHINE, "payload": SAID_AGAIN, "chart": SAID_AGAIN,
        "path": SAID_AGAIN, "practice_run_id": OURS, "in_reply_to": OURS, "state_at": MACHINE, "tries": MACHINE,
        "doubts": MACHINE, "delivery_id": OURS,
    },
    written={"buttons": lambda row: [button.get("title") for button in row["buttons"]]},
    # whether a message is private is known once it was answered
    own=lambda row: row["private"] or row["state"] in (MessageState.RECEIVED, MessageState.WAITING),
    parts=(
        Part(
            "Phrase retenue pour mieux comprendre",
            "corrections",
            by="message_id",
            single=True,
            told={
                "phrase": "Phrase, sans nom ni numéro",
                "taken_for": "Comprise comme",
                "topic": "Voulait dire",
                "use": "Usage",
                "state": "État",
                "state_at": "Depuis le",
                "proposed_at": "Proposée le",
            },
            left_out={"id": OURS, "message_id": PLACE, "proposed_by_id": OUR_WORK, "decided_by_id": OUR_WORK},
        ),
        Part(
            "Relecture par l'équipe",
            "reviews",
            by="message_id",
            single=True,
            told={
                "reason": "Pourquoi",
                "ranking": "Ce que l'assistant a cru comprendre",
                "created_at": "Demandée le",
                "closed_at": "Faite le",
            },
            left_out={"id": OURS, "message_id": PLACE, "conversation_id": PLACE},
        ),
    ),
)  # fmt: skip

_CONVERSATION = Part(
    "Conversation",
    "conversations",
    by="identity_id",
    single=True,
    told={
        "created_at": "Commencée le",
        "last_wrote_at": "Ton dernier message",
        "read_at": "Ouverte en dernier par l'équipe le",
        "dialogue_state": "Ce que l'assistant retient",
    },
    left_out={"id": OURS, "identity_id": PLACE, "lease_owner": MACHINE, "lease_until": MACHINE},
    own_columns=frozenset({"dialogue_state"}),
    parts=(
        _MESSAGES,
        Part(
            "Quand l'équipe t'a répondu à la place de l'assistant",
            "takeovers",
            by="conversation_id",
            told={
                "staff_id": "Qui",
                "reason": "Pourquoi",
                "taken_at": "Du",
                "until": "Jusqu'au plus tard",
                "ended_at": "Rendue le",
                "ended_by": "Comment",
                "summary": "Résumé pour l'équipe",
            },
            left_out={"id": OURS, "conversation_id": PLACE},
        ),
        Part(
            "Alertes à l'équipe",
            "flags",
            by="conversation_id",
            told={
                "reason": "Pourquoi",
                "raised_at": "Le",
                "raised_again_at": "Redit le",
                "taken_by_id": "Prise en charge par",
                "answered_at": "Première réponse le",
                "closed_at": "Close le",
                "closed_by_id": "Close par",
            },
            left_out={"id": OURS, "conversation_id": PLACE},
        ),
    ),
)

PARTS = (
    PROFILE,
    Part(
        "Parent ou tuteur",
        "guardians",
        by="person_id",
        single=True,
        told={
            "name": "Nom",
            "relation": "Lien",
            "phone": "Téléphone",
            "email": "Adresse e-mail",
            "created_at": "Noté le",
        },
        left_out={"person_id": PLACE},
    ),
    Part(
        "Tes accords et tes refus",
        "consents",
        by="person_id",
        told={
            "at": "Le",
            "purpose": "Pour",
            "given": "Oui",
            "text_version": "Version du texte",
            "text_shown": "Texte montré",
        },
        left_out={"id": OURS, "person_id": PLACE},
    ),
    Part(
        "Tes choix de messages",
        "message_choices",
        by="person_id",
        single=True,
        told={
            "stopped_at": "Tout arrêté le",
            "paused_until": "En pause jusqu'au",
            "topics_off": "Sujets coupés",
            "changed_at": "Changé le",
        },
        left_out={"person_id": PLACE},
        written={"topics_off": lambda row: [topic_in_words(topic) for topic in row["topics_off"]]},
    ),
    Part(
        "Partages de ton profil",
        "profile_shares",
        by="person_id",
        told={
            "organisation_id": "Avec",
            "fields": "Ce qui est partagé",
            "starts_on": "Du",
            "ends_on": "Au",
            "withdrawn_at": "Arrêté le",
        },
        left_out={"id": OURS, "person_id": PLACE, "consent_id": OURS},
        written={"fields": lambda row: [PROFILE.told.get(name, name) for name in row["fields"].split(",")]},
    ),
    Part(
        "Ton parcours",
        "stage_changes",
        by="person_id",
        told={
            "at": "Le",
            "aspect": "Quoi",
            "before": "Avant",
            "after": "Après",
            "teller": "Dit par",
            "staff_id": "Noté par",
        },
        left_out={"id": OURS, "person_id": PLACE},
        written={
            "before": lambda row: step_in_words(row["aspect"], row["before"]),
            "after": lambda row: step_in_words(row["aspect"], row["after"]),
        },
    ),
    Part(
        "Tes contrats",
        "work_contracts",
        by="person_id",
        told={
            "kind": "Contrat",
            "diploma": "Diplôme",
            "company_id": "Entreprise",
            "employer": "Employeur, comme tu l'as dit",
            "school": "École ou CFA",
            "family": "Famille de métiers",
            "announced_at": "Annoncé le",
            "teller": "Dit par",
            "signed_on": "Signé le",
            "starts_on": "Début",
            "ends_on": "Fin",
            "broken_on": "Rompu le",
            "break_reason": "Pourquoi",
        },
        left_out={"id": OURS, "person_id": PLACE, "demonstration": MADE_UP},
        parts=(
            Part(
                "Nouvelles demandées",
                "check_ins",
                by="contract_id",
                told={
                    "day": "Jour du contrat",
                    "due_on": "Prévue le",
                    "asked_at": "Demandée le",
                    "closed_at": "Close le",
                },
                left_out={"id": OURS, "contract_id": PLACE},
            ),
        ),
    ),
    Part(
        "Tes ateliers et rendez-vous",
        "bookings",
        by="person_id",
        told={
            "event_date_id": "Quoi",
            "status": "État",
            "requested_at": "Demandé le",
            "status_at": "État depuis le",
            "offered_until": "Place gardée jusqu'au",
            "cancelled_by": "Annulé par",
            "booked_by_id": "Demandé pour toi par",
        },
        left_out={"id": OURS, "person_id": PLACE, "moved_from_id": OURS, "sequence": MACHINE},
    ),
    Part(
        "Programmes",
        "enrolments",
        by="person_id",
        told={"programme_id": "Programme", "enrolled_on": "Depuis le", "left_on": "Jusqu'au"},
        left_out={"id": OURS, "person_id": PLACE},
    ),
    Part(
        "Listes pour les chiffres",
        "cohort_members",
        by="person_id",
        told={"cohort_id": "Liste"},
        left_out={"person_id": PLACE},
    ),
    Part(
        "Ton carnet d'entreprises",
        "contacts",
        by="person_id",
        own=_is_not_shared,
        told={
            "created_at": "Noté le",
            "told": "Tes mots",
            "company": "Entreprise",
            "spoke_to": "Personne",
            "need": "Besoin entendu",
            "urgency": "Urgence",
            "next_step": "La suite",
            "next_on": "Prévue le",
            "answered": "Quelqu'un a répondu",
            "confirmed_at": "Confirmé le",
            "remind": "Rappel voulu",
            "reminded_at": "Rappelé le",
            "shared_at": "Partagé le",
        },
        left_out={"id": OURS, "person_id": PLACE},
    ),
    Part(
        "Tes entraînements",
        "practice_runs",
        by="person_id",
        own=_is_not_shared,
        told={
            "started_at": "Commencé le",
            "last_at": "Dernière phrase le",
            "ended_at": "Terminé le",
            "mode": "Comment",
            "persona": "Avec",
            "level": "Niveau",
            "points": "Points",
            "need_heard": "Besoin entendu",
            "confidence_before": "Ta confiance avant, de 1 à 5",
            "confidence_after": "Ta confiance après, de 1 à 5",
            "state": "Ce qui s'est dit",
            "shared_at": "Partagé le",
        },
        left_out={"id": OURS, "person_id": PLACE},
    ),
    Part(
        "Tes conversations",
        "channel_identities",
        by="person_id",
        told={
            "channel": "Par",
            "external_id": "Ton identifiant",
            "bot": "Robot",
            "created_at": "Depuis le",
            "blocked_at": "Bloqué par toi le",
        },
        left_out={"id": OURS, "person_id": PLACE},
        parts=(_CONVERSATION,),
    ),
    Part(
        "Notes de l'équipe",
        "notes",
        by="person_id",
        told={"created_at": "Le", "staff_id": "Par", "text": "Texte"},
        left_out={"id": OURS, "person_id": PLACE},
    ),
    Part(
        "Messages envoyés sans que tu les demandes",
        "deliveries",
        by="person_id",
        told={
            "purpose": "Pour",
            "step": "Étape de la campagne",
            "anchor_at": "Par rapport au",
            "due_at": "Prévu le",
            "expires_at": "Utile jusqu'au",
            "state": "État",
            "state_at": "Depuis le",
            "reason": "Pourquoi",
            "channel": "Par",
        },
        left_out={"id": OURS, "person_id": PLACE, "object_id": OURS, "priority": MACHINE, "provider_id": MACHINE},
    ),
    Part(
        "Campagnes",
        "campaign_members",
        by="person_id",
        told={
            "campaign_id": "Campagne",
            "why": "Pourquoi toi",
            "variant": "Version des textes",
            "branch": "Ta réponse",
            "branch_on": "Comptée à partir du",
            "answered_at": "Répondu le",
            "ended_at": "Terminée le",
            "end_reason": "Parce que",
        },
        left_out={"person_id": PLACE, "rank": OURS},
    ),
    Part(
        "Papiers à imprimer",
        "documents",
        by="person_id",
        own=lambda row: True,
        told={"created_at": "Fait le", "content": "Contenu"},
        left_out={"token": SECRET, "person_id": PLACE},
    ),
    Part(
        "Adresses de calendrier",
        "calendar_feeds",
        by="person_id",
        told={"created_at": "Donnée le", "revoked_at": "Fermée le"},
        left_out={"digest": SECRET, "person_id": PLACE, "staff_id": "of those of the staff"},
    ),
    Part(
        "Qui a lu ou changé tes données",
        "audit_lines",
        by="person_id",
        told={"at": "Le", "teller": "Par", "staff_id": "Qui", "action": "Quoi"},
        left_out={"id": OURS, "person_id": PLACE, "details": "numbers of ours; what is shared is told with the shares"},
        written={"action": lambda row: action_in_words(row["action"])},
    ),
)

NOT_TOLD = {"conversation_words": "the words of the messages again, in the order of the alphabet"}


def problems(
    metadata: MetaData, parts: Sequence[Part] = PARTS, not_told: Collection[str] = tuple(NOT_TOLD)
) -> list[str]:
    """What of the tables that hang from people is neither told nor left out; empty when all is in order."""
    every = list(_with_those_below(parts))
    tables = [part.table for part in every]
    hanging = hanging_from_people(metadata)
    return [
        *(f"{table}: neither told nor left out" for table in sorted(hanging - {*tables, *not_told})),
        *(f"{table}: told twice" for table in sorted({table for table in tables if tables.count(table) > 1})),
        *(f"{table}: told and left out" for table in sorted({*tables} & {*not_told})),
        *(problem for part in every for problem in _columns_wrong(part, metadata.tables[part.table])),
    ]


def _with_those_below(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _with_those_below(part.parts)


def _columns_wrong(part: Part, table: Table) -> Iterator[str]:
    columns, named = set(table.columns.keys()), {*part.told, *part.left_out}
    yield from (f"{part.table}.{name}: neither told nor left out" for name in sorted(columns - named))
    yield from (f"{part.table}.{name}: there is no such column any more" for name in sorted(named - columns))
    yield from (f"{part.table}.{name}: told and left out" for name in sorted({*part.told} & {*part.left_out}))

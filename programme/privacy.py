"""The register of personal data: for each column of the database, what becomes of it, and when.

It is applied when a person asks for erasure, and when the time of a table is over. How: the row of the person stays,
emptied of all that tells who they are, so that what was counted stays true; what they said, wrote and told goes.
A new column has to be named here before the tests pass (`problems`). The days are those that the sources below
advise, or shorter ones of ours; the structure that runs Déclic answers for them and may shorten them.

Not here: the job queue's own tables, which hold ids of conversations and messages until a job is done.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from sqlalchemy import MetaData
from sqlalchemy import Table as SchemaTable

from programme.documents import LIFETIME


class Fate(StrEnum):
    """What becomes of a column's values."""

    # says nothing of a person, or nothing any more once the rest of the row is cut
    KEPT = "kept"
    # the row goes
    ERASED = "erased"
    # the value is cut or made coarser, the row stays for figures
    ANONYMISED = "anonymised"


@dataclass(frozen=True)
class Period:
    """``days`` after ``counted_from``, when nobody asks before; ``source`` is the advice or the decision behind it."""

    days: int
    counted_from: str
    source: str


PERSON = Period(
    730,
    "the last message of the person, or the last thing that the staff noted of them",
    "CNIL, référentiel sur l'accompagnement social : deux ans à compter du dernier contact",
)
TALK = Period(365, "the day it was said or played", "ours: enough to take up the search of a season again")
NOT_UNDERSTOOD = Period(180, "the day it was written", "ours: the content is reviewed every month")
GUARDIAN = Period(31, "the month in which the person turns 18", "ours: nobody is their guardian any more")
PAPER = Period(LIFETIME.days, "the day it was made", "programme/documents.py")
ADDRESS = Period(30, "the day it was revoked", "ours: long enough to say why a calendar stopped")
SESSION = Period(30, "the day it ended", "ours: long enough to notice a visit that was not one's own")
TRACE = Period(365, "the day it was written", "CNIL, recommandation sur la journalisation : six mois à un an")
STAFF = Period(90, "the day they leave the team", "ours: long enough to hand over")
PARTNER = Period(1095, "the last exchange with them", "CNIL : trois ans après le dernier contact professionnel")
AGREEMENT = Period(1825, "the end of the convention", "Code civil, art. 2224 : cinq ans")


@dataclass(frozen=True)
class Table:
    """What is done with the columns of a table, each named once.

    Either the rows go (``erased`` names all columns), or they stay: ``kept`` names those that are left alone and
    ``anonymised`` says what is left of each other one.
    """

    why: str
    until: Period | None = None
    kept: str = ""
    erased: str = ""
    anonymised: Mapping[str, str] = field(default_factory=dict)

    def fates(self) -> list[tuple[str, Fate]]:
        """Each column as often as it is named."""
        return [
            *((name, Fate.KEPT) for name in self.kept.split()),
            *((name, Fate.ERASED) for name in self.erased.split()),
            *((name, Fate.ANONYMISED) for name in self.anonymised),
        ]


EMPTIED = "leads to a person's row that was emptied"
DAY = "cut to the day"
MONTH = "cut to the month"
GOES = "empty"

REGISTER: Mapping[str, Table] = {
    # -- young people
    "people": Table(
        "to be accompanied, and counted for the funders",
        PERSON,
        kept="id age_band qpv level stage school_status employer_status came_by team_id demonstration",
        anonymised={
            "created_at": MONTH,
            "external_ref": GOES,
            "display_name": GOES,
            "birth_month": f"{GOES}: the age band stays",
            "commune": f"{GOES}: the team stays",
            "languages": GOES,
            "stage_at": MONTH,
            "training_starts_on": MONTH,
            "came_by_person_id": GOES,
            "counsellor_id": GOES,
        },
    ),
    "guardians": Table(
        "to reach somebody for a minor", GUARDIAN, erased="person_id name relation phone email created_at"
    ),
    "stage_changes": Table(
        "how long each step takes, over all",
        PERSON,
        kept="id aspect before after teller",
        anonymised={"person_id": EMPTIED, "at": MONTH, "staff_id": GOES},
    ),
    "consents": Table(
        "to show what was agreed to, as long as data are kept on its ground",
        PERSON,
        erased="id person_id purpose given text_version text_shown at",
    ),
    "profile_shares": Table(
        "who may see what",
        PERSON,
        erased="id person_id organisation_id consent_id fields starts_on ends_on withdrawn_at",
    ),
    "audit_lines": Table(
        "who did what to whose data; the row goes when its time is over",
        TRACE,
        kept="id at teller staff_id action details",
        anonymised={"person_id": GOES},
    ),
    # -- what was said
    "channel_identities": Table(
        "to answer", PERSON, erased="id person_id channel external_id bot created_at blocked_at"
    ),
    "conversations": Table(
        "to go on where it stopped",
        PERSON,
        erased="id identity_id created_at lease_owner lease_until dialogue_state last_wrote_at read_at",
    ),
    "messages": Table(
        "to read again what was said, on both sides",
        TALK,
        erased="id conversation_id public_id author text payload buttons chart path speaker staff_id private "
        "practice_run_id state intent confidence in_reply_to sent_at state_at tries doubts delivery_id",
    ),
    "reviews": Table(
        "to understand better",
        NOT_UNDERSTOOD,
        erased="id message_id conversation_id reason ranking created_at closed_at",
    ),
    "flags": Table(
        "somebody should look, sometimes about health or danger",
        TALK,
        erased="id conversation_id reason raised_at raised_again_at taken_by_id answered_at closed_at closed_by_id",
    ),
    "practice_runs": Table(
        "to take a call up again, and to see one's own progress",
        TALK,
        erased="id person_id mode persona level state points need_heard confidence_before confidence_after started_at "
        "last_at ended_at shared_at",
    ),
    "contacts": Table(
        "the notebook, with names of others in it",
        PERSON,
        erased="id person_id told company spoke_to need urgency next_step next_on answered created_at confirmed_at "
        "remind reminded_at shared_at",
    ),
    "documents": Table("to print", PAPER, erased="token person_id content created_at"),
    "calendar_feeds": Table("to open the calendar", ADDRESS, erased="digest person_id staff_id created_at revoked_at"),
    "takeovers": Table(
        "who of the team held the conversation",
        TALK,
        erased="id conversation_id staff_id reason taken_at until ended_at ended_by summary",
    ),
    "notes": Table(
        "what the team has to know of a person to help them", PERSON, erased="id person_id staff_id text created_at"
    ),
    "conversation_words": Table("to find a conversation by its words", TALK, erased="conversation_id up_to words"),
    "corrections": Table(
        "phrases without names or numbers, to understand better; the message that they come from goes before",
        NOT_UNDERSTOOD,
        kept="id phrase taken_for topic use state state_at proposed_by_id proposed_at decided_by_id",
        anonymised={"message_id": GOES},
    ),
    # -- what is sent without being asked for
    "deliveries": Table(
        "to send each message once",
        PERSON,
        erased="id person_id purpose object_id step anchor_at priority due_at expires_at state state_at reason channel "
        "provider_id",
    ),
    "message_choices": Table(
        "to leave in peace who wants it so", PERSON, erased="person_id stopped_at paused_until topics_off changed_at"
    ),
    "campaigns": Table(
        "what was sent to whom by which rule",
        kept="id name definition state starts_on started_at state_at paused_days started_by_id",
    ),
    "campaign_members": Table(
        "whether it helped: counts by branch and end",
        PERSON,
        erased="campaign_id person_id why variant rank branch branch_on answered_at ended_at end_reason",
    ),
    # -- taking part
    "bookings": Table(
        "how many asked, came, waited; those to come are cancelled first",
        PERSON,
        kept="id event_date_id status offered_until cancelled_by moved_from_id sequence",
        anonymised={"person_id": EMPTIED, "requested_at": DAY, "status_at": DAY, "booked_by_id": GOES},
    ),
    "enrolments": Table(
        "how many take part in what is financed",
        PERSON,
        kept="id programme_id",
        anonymised={"person_id": EMPTIED, "enrolled_on": MONTH, "left_on": MONTH},
    ),
    "cohorts": Table("a rule and a date", kept="id slug name rule created_at frozen_at demonstration"),
    "cohort_members": Table(
        "figures that were given stay true", PERSON, kept="cohort_id", anonymised={"person_id": EMPTIED}
    ),
    "work_contracts": Table(
        "how many signed, stayed, left",
        PERSON,
        kept="id kind diploma family teller demonstration",
        anonymised={
            "person_id": EMPTIED,
            "company_id": f"{GOES}: a small company has one apprentice",
            "employer": GOES,
            "school": GOES,
            "announced_at": MONTH,
            "signed_on": MONTH,
            "starts_on": MONTH,
            "ends_on": "cut to the month, after the start",
            "broken_on": MONTH,
            "break_reason": "« health » becomes « not_said »",
        },
    ),
    "check_ins": Table("to ask how it goes", PERSON, erased="id contract_id day due_on asked_at closed_at"),
    # -- people at work
    "staff": Table(
        "to be asked for, and to answer for what they did",
        STAFF,
        kept="id team_id role active",
        anonymised={"name": "« ancien membre de l'équipe »", "email": "an address of its own that nobody has"},
    ),
    "accounts": Table(
        "to open the console",
        STAFF,
        erased="staff_id password_hash totp_secret totp_since totp_step recovery_hashes link_digest link_until "
        "failures locked_until subject created_at",
    ),
    "console_sessions": Table(
        "to stay logged in, and to see where one is",
        SESSION,
        erased="digest staff_id form_token browser created_at seen_at expires_at verified_at revoked_at",
    ),
    "absences": Table("who stands in for whom", STAFF, erased="id staff_id starts_on ends_on deputy_id"),
    "company_contacts": Table("whom to call", PARTNER, erased="id company_id name role email phone"),
    "company_visits": Table(
        "how often companies are seen",
        PARTNER,
        kept="id site_id visited_on",
        anonymised={"staff_id": GOES, "notes": "an empty text: they may name people"},
    ),
    "signatories": Table("who signed", AGREEMENT, erased="id convention_id name role"),
    "group_bookings": Table(
        "seats of a class, without its pupils",
        PARTNER,
        kept="id event_date_id organisation_id seats created_at cancelled_at",
        anonymised={"contact": "an empty text"},
    ),
    # -- what is offered, and by whom
    "organisations": Table("catalogue", kept="id slug kind name demonstration"),
    "territories": Table("catalogue", kept="id slug name region zone school_zone demonstration"),
    "territory_communes": Table("catalogue", kept="commune territory_id"),
    "teams": Table("catalogue", kept="id organisation_id territory_id name"),
    "programmes": Table(
        "catalogue",
        kept="id slug organisation_id name purpose funders led_by starts_on ends_on places demonstration",
    ),
    "event_series": Table(
        "catalogue; the animator is named as on the announcement, until they ask",
        PARTNER,
        kept="id slug programme_id territory_id kind title summary place access bring audience online_url min_age "
        "max_age min_level needs_validated_project prepares_id rrule starts_on at minutes seats waiting_limit "
        "skips_school_holidays closes_minutes_before demonstration",
        anonymised={"animator": GOES},
    ),
    "series_companies": Table("catalogue", kept="series_id company_id"),
    "event_dates": Table(
        "catalogue",
        kept="id series_id territory_id starts_at ends_at closes_at seats waiting_limit group_seats cancelled_at "
        "cancel_reason door_code sequence",
    ),
    "companies": Table("catalogue", kept="id slug siren name sector univers size animator_id demonstration"),
    "sites": Table("catalogue", kept="id company_id name commune address territory_id receives_visits"),
    "conventions": Table(
        "what two organisations promise each other",
        kept="id company_id organisation_id objectives commitments follow_up criteria starts_on ends_on signed_on "
        "evaluated_on evaluation",
    ),
    "needs": Table(
        "what a company said it needs",
        kept="id site_id territory_id kind family trade words seats min_level adults_only urgency declared_on "
        "needed_by closed_on",
    ),
    "tension_notes": Table(
        "why a trade is hard to fill",
        kept="id territory_id family trade offers blocks source observed_on created_at demonstration",
    ),
    # -- of the machine
    "knowledge": Table("the answers, as they are searched", kept="topic digest words"),
    "heartbeats": Table("signs of life of our processes", kept="process beat_at"),
}


def fates(register: Mapping[str, Table] = REGISTER) -> dict[str, Fate]:
    """What becomes of each column, by « table.column »."""
    return {f"{table}.{column}": fate for table, entry in register.items() for column, fate in entry.fates()}


def problems(metadata: MetaData, register: Mapping[str, Table] = REGISTER) -> list[str]:
    """Where the register and the tables do not fit, one line each; empty when all is in order."""
    named = Counter(f"{table}.{column}" for table, entry in register.items() for column, _ in entry.fates())
    columns = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    hanging = hanging_from_people(metadata)
    return [
        *(f"{name}: nobody said what becomes of it" for name in sorted(columns - named.keys())),
        *(f"{name}: there is no such column any more" for name in sorted(named.keys() - columns)),
        *(f"{name}: named {count} times" for name, count in named.items() if count > 1),
        *chain.from_iterable(
            _of_table(table, register, hangs=table.name in hanging)
            for table in metadata.sorted_tables
            if table.name in register
        ),
    ]


def hanging_from_people(metadata: MetaData) -> set[str]:
    """The table of the people, and those whose rows lead to it by foreign keys, directly or not."""
    hanging = {"people"}
    while more := {
        table.name
        for table in metadata.sorted_tables
        if table.name not in hanging and any(each.column.table.name in hanging for each in table.foreign_keys)
    }:
        hanging |= more
    return hanging


def _of_table(table: SchemaTable, register: Mapping[str, Table], *, hangs: bool) -> Iterable[str]:
    entry = register[table.name]
    if entry.erased and (entry.kept or entry.anonymised):
        yield f"{table.name}: a row goes whole, or stays"
    if hangs and not (entry.erased or entry.anonymised):
        yield f"{table.name}: its rows hang from people, and all of it is kept"
    if (entry.erased or entry.anonymised) and entry.until is None:
        yield f"{table.name}: nobody said for how long"
    for key in table.foreign_keys:
        above = register.get(key.column.table.name)
        if above is not None and above.erased and not entry.erased and key.ondelete == "CASCADE":
            yield f"{table.name}: kept, but it would go with {key.column.table.name}"
    for name, left in entry.anonymised.items():
        column = table.columns.get(name)
        if column is not None and left.startswith(GOES) and not column.nullable:
            yield f"{table.name}.{name}: cannot be empty"

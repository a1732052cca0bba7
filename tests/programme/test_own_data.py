"""A person gets all that is kept about them, in words, and nothing of anybody else."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Enum, select
from sqlalchemy.orm import Session, sessionmaker

from programme import own_data, readings, structures
from programme.errors import PersonNotFound
from programme.models import (
    Aspect,
    AuditLine,
    Author,
    Base,
    Booking,
    BookingStatus,
    BreakReason,
    CalendarFeed,
    Campaign,
    CampaignMember,
    CampaignState,
    Channel,
    ChannelIdentity,
    CheckIn,
    Cohort,
    CohortMember,
    Consent,
    ConsentPurpose,
    Contact,
    Conversation,
    Correction,
    CorrectionState,
    Delivery,
    Document,
    Enrolment,
    Flag,
    FlagReason,
    Guardian,
    Message,
    MessageChoice,
    MessageState,
    Note,
    OrganisationKind,
    PathStage,
    Person,
    PracticeMode,
    PracticeRun,
    ProfileShare,
    Programme,
    Purpose,
    Review,
    ReviewReason,
    Role,
    StageChange,
    Takeover,
    Teller,
    Topic,
    WorkContract,
)
from programme.own_data_parts import NOT_TOLD, PARTS, Part, problems
from programme.own_data_words import action_in_words, in_words, step_in_words, topic_in_words
from tests.conftest import NOW

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)
SAID_AT = "2026-11-23T09:00:00+00:00"


def all_parts(parts: tuple[Part, ...] = PARTS) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from all_parts(part.parts)


@pytest.fixture
def a_whole_life(
    session_factory: sessionmaker[Session], a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> Callable[[str], int]:
    """Builds somebody about whom there is a row in every table; each of their words holds ``name``. Their id."""

    def build(name: str) -> int:
        person_id, date_id = a_person(), an_event_date(title=f"Atelier de {name}")
        with session_factory.begin() as session:
            person = session.get_one(Person, person_id)
            conversation = session.scalars(
                select(Conversation).join(Conversation.identity).where(ChannelIdentity.person_id == person_id)
            ).one()
            _fill(session, person, conversation, name, date_id)
        return person_id

    return build


def _fill(session: Session, person: Person, conversation: Conversation, name: str, date_id: int) -> None:
    organisation = structures.save_organisation(
        session, slug=f"ml-{name}", kind=OrganisationKind.MISSION_LOCALE, name=f"Mission locale de {name}"
    )
    team = structures.save_team(session, organisation_id=organisation, name=f"Équipe de {name}")
    staff = structures.save_staff(
        session, email=f"{name}@ml.example", team_id=team, role=Role.COUNSELLOR, name=f"Sofia de {name}"
    )
    person.display_name, person.birth_month, person.languages = name, date(2009, 3, 1), "fr,ar"
    person.team_id, person.counsellor_id, person.stage = team, staff, PathStage.ENTRETIEN
    conversation.dialogue_state = {"profile": {"age": 17}}
    of, talk = {"person_id": person.id}, {"conversation_id": conversation.id}
    sent: dict[str, Any] = {**talk, "sent_at": NOW, "state_at": NOW}
    programme = Programme(slug=f"club-{name}", name=f"Club de {name}", purpose="aider", starts_on=TODAY, ends_on=TODAY)
    campaign = Campaign(
        name=f"campagne-{name}", definition={}, state=CampaignState.FINISHED, starts_on=TODAY, started_at=NOW,
        state_at=NOW,
    )  # fmt: skip
    cohort = Cohort(slug=f"liste-{name}", name=f"Liste de {name}", rule={}, created_at=NOW)
    run = PracticeRun(
        **of, mode=PracticeMode.EMPLOYER, persona="garage_sow", level=1, state={"dit": name}, started_at=NOW,
        last_at=NOW,
    )  # fmt: skip
    contract = WorkContract(
        **of, employer=f"Garage de {name}", announced_at=NOW, teller=Teller.PERSON, broken_on=TODAY,
        break_reason=BreakReason.AGREEMENT,
    )  # fmt: skip
    consent = Consent(
        **of, purpose=ConsentPurpose.SHARE_PROFILE, given=True, text_version="1", text_shown=f"Oui, {name}", at=NOW
    )
    asked = Message(
        **sent, public_id=f"1-{name}", author=Author.PERSON, text=f"je cherche, {name}", state=MessageState.ANSWERED,
        intent="no_employer", confidence=0.9,
    )  # fmt: skip
    session.add_all([programme, campaign, cohort, run, contract, consent, asked])
    session.flush()
    session.add_all(
        [
            Message(
                **sent, public_id=f"2-{name}", author=Author.ASSISTANT, text=f"On s'y met, {name} ?",
                state=MessageState.DELIVERED, buttons=[{"title": "Oui", "payload": "/affirm"}],
            ),
            Message(
                **sent, public_id=f"3-{name}", author=Author.STAFF, text=f"Je suis là, {name}", staff_id=staff,
                state=MessageState.DELIVERED, speaker=f"Sofia de {name}",
            ),
            Message(
                **sent, public_id=f"4-{name}", author=Author.PERSON, text=f"mon secret, {name}", private=True,
                state=MessageState.ANSWERED, practice_run_id=run.id,
            ),
            Correction(
                message_id=asked.id, phrase="je cherche", topic="no_employer", state=CorrectionState.ACCEPTED,
                state_at=NOW, proposed_at=NOW,
            ),
            Review(**talk, message_id=asked.id, reason=ReviewReason.NOT_UNDERSTOOD, created_at=NOW),
            Takeover(**talk, staff_id=staff, taken_at=NOW, until=LATER, summary=f"Vu avec {name}"),
            Flag(**talk, reason=FlagReason.HUMAN_WANTED, raised_at=NOW, taken_by_id=staff),
            Guardian(**of, name=f"Maman de {name}", relation="mère", created_at=NOW),
            MessageChoice(**of, topics_off=[Topic.CALL_BACKS], changed_at=NOW),
            ProfileShare(
                **of, organisation_id=organisation, consent_id=consent.id, fields="display_name,stage",
                starts_on=TODAY, ends_on=TODAY,
            ),
            StageChange(
                **of, aspect=Aspect.SCHOOL, before="searching", after="found", at=NOW, teller=Teller.STAFF,
                staff_id=staff,
            ),
            CheckIn(contract_id=contract.id, day=30, due_on=TODAY),
            Booking(
                **of, event_date_id=date_id, status=BookingStatus.BOOKED, requested_at=NOW, status_at=NOW
            ),
            Enrolment(**of, programme_id=programme.id, enrolled_on=TODAY),
            CohortMember(**of, cohort_id=cohort.id),
            Contact(**of, told=f"appelé pour {name}", created_at=NOW),
            Note(**of, staff_id=staff, text=f"{name} a rappelé trois garages", created_at=NOW),
            Delivery(
                **of, purpose=Purpose.CAMPAIGN, object_id=campaign.id, step="un", anchor_at=NOW, priority=1,
                due_at=NOW, expires_at=LATER, state_at=NOW,
            ),
            CampaignMember(**of, campaign_id=campaign.id, rank=1),
            Document(**of, token=f"jeton-{name}", content={"titre": f"Carnet de {name}"}, created_at=NOW),
            CalendarFeed(**of, digest=f"empreinte-{name}", created_at=NOW),
            AuditLine(**of, at=NOW, teller=Teller.STAFF, staff_id=staff, action=readings.OPENED),
        ]
    )  # fmt: skip


def exported(factory: sessionmaker[Session], person_id: int, *, private: bool = True) -> dict[str, Any]:
    """As it comes out of JSON again."""
    with factory.begin() as session:
        return json.loads(json.dumps(own_data.export(session, person_id, now=NOW, private=private)))  # type: ignore[no-any-return]


# -- nothing is forgotten


def test_each_column_that_hangs_from_people_is_told_or_left_out_with_a_reason() -> None:
    assert problems(Base.metadata) == []
    assert all(reason for part in all_parts() for reason in (*part.left_out.values(), *NOT_TOLD.values()))


NOTES = next(part for part in PARTS if part.table == "notes")
OTHERS = tuple(part for part in PARTS if part is not NOTES)


@pytest.mark.parametrize(
    ("parts", "not_told", "problem"),
    [
        pytest.param(OTHERS, NOT_TOLD, "notes: neither told nor left out", id="a table"),
        pytest.param(PARTS, {}, "conversation_words: neither told nor left out", id="a reason"),
        pytest.param((*PARTS, NOTES), NOT_TOLD, "notes: told twice", id="twice"),
        pytest.param(PARTS, {**NOT_TOLD, "notes": ""}, "notes: told and left out", id="both"),
        pytest.param(
            (*OTHERS, replace(NOTES, told={"text": "Texte", "staff_id": "Par"})),
            NOT_TOLD,
            "notes.created_at: neither told nor left out",
            id="a column",
        ),
        pytest.param(
            (*OTHERS, replace(NOTES, left_out={**NOTES.left_out, "mood": "none"})),
            NOT_TOLD,
            "notes.mood: there is no such column any more",
            id="a column that is gone",
        ),
        pytest.param(
            (*OTHERS, replace(NOTES, left_out={**NOTES.left_out, "text": "none"})),
            NOT_TOLD,
            "notes.text: told and left out",
            id="a column both ways",
        ),
    ],
)
def test_what_is_forgotten_is_noticed(parts: tuple[Part, ...], not_told: dict[str, str], problem: str) -> None:
    assert problems(Base.metadata, parts, tuple(not_told)) == [problem]


def test_every_state_that_is_told_has_words() -> None:
    kinds = [
        column.type.enum_class
        for part in all_parts()
        for column in Base.metadata.tables[part.table].columns
        if column.name in part.told and isinstance(column.type, Enum) and column.type.enum_class is not None
    ]
    assert kinds
    assert all(in_words(value) for kind in kinds for value in kind)


# -- what is told


def test_a_row_of_every_table_comes_out(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    told = exported(session_factory, a_whole_life("Lina"))
    assert list(told) == ["Cette copie", *(part.title for part in PARTS)]
    assert [title for title, rows in told.items() if not rows] == []
    [channel] = told["Tes conversations"]
    conversation = channel["Conversation"]
    assert {
        part.title for part in all_parts() if part.table in {"messages", "takeovers", "flags"}
    } <= conversation.keys()
    assert "Nouvelles demandées" in told["Tes contrats"][0]


def test_the_profile_is_in_words(session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]) -> None:
    profile = exported(session_factory, a_whole_life("Lina"))["Ton profil"]
    assert profile["Prénom ou nom"] == "Lina"
    assert profile["Depuis le"] == SAID_AT
    assert profile["Mois de naissance"] == "2009-03"
    assert profile["Langues"] == ["fr", "ar"]
    assert profile["Étape"] == "entretien"
    assert profile["Équipe qui t'accompagne"] == "Équipe de Lina"
    assert profile["Personne qui t'accompagne"] == "Sofia de Lina"


def test_the_messages_of_all_sides_come_in_their_order(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    [channel] = exported(session_factory, a_whole_life("Lina"))["Tes conversations"]
    messages = channel["Conversation"]["Messages"]
    assert [(each["De"], each["Texte"], each["Écrit par"]) for each in messages] == [
        ("toi", "je cherche, Lina", None),
        ("l'assistant", "On s'y met, Lina ?", None),
        ("l'équipe", "Je suis là, Lina", "Sofia de Lina"),
        ("toi", "mon secret, Lina", None),
    ]
    assert (messages[0]["Compris comme"], messages[0]["Sûreté, de 0 à 1"]) == ("no_employer", 0.9)
    assert messages[0]["Relecture par l'équipe"]["Pourquoi"] == "message pas compris"
    assert messages[0]["Phrase retenue pour mieux comprendre"]["Phrase, sans nom ni numéro"] == "je cherche"
    assert messages[1]["Boutons proposés"] == ["Oui"]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param(
            "Notes de l'équipe",
            {"Le": SAID_AT, "Par": "Sofia de Lina", "Texte": "Lina a rappelé trois garages"},
            id="a note",
        ),
        pytest.param(
            "Qui a lu ou changé tes données",
            {"Le": SAID_AT, "Par": "l'équipe", "Qui": "Sofia de Lina", "Quoi": "conversation ouverte"},
            id="who read",
        ),
        pytest.param(
            "Partages de ton profil",
            {
                "Avec": "Mission locale de Lina",
                "Ce qui est partagé": ["Prénom ou nom", "Étape"],
                "Du": "2026-11-23",
                "Au": "2026-11-23",
                "Arrêté le": None,
            },
            id="a share",
        ),
        pytest.param(
            "Ton parcours",
            {
                "Le": SAID_AT,
                "Quoi": "école ou CFA",
                "Avant": "école ou CFA cherché",
                "Après": "école ou CFA trouvé",
                "Dit par": "l'équipe",
                "Noté par": "Sofia de Lina",
            },
            id="a step",
        ),
        pytest.param(
            "Adresses de calendrier", {"Donnée le": SAID_AT, "Fermée le": None}, id="an address, without its secret"
        ),
    ],
)
def test_a_row_is_told_in_words(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int], title: str, expected: dict[str, Any]
) -> None:
    assert exported(session_factory, a_whole_life("Lina"))[title] == [expected]


def test_a_booking_says_what_where_and_when(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    [booking] = exported(session_factory, a_whole_life("Lina"))["Tes ateliers et rendez-vous"]
    assert booking["Quoi"] == {
        "Titre": "Atelier de Lina",
        "Lieu": "Mission locale, salle 2",
        "Début": "2026-11-26T09:00:00+00:00",
    }
    assert booking["État"] == "place réservée"


def test_choices_are_in_words(session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]) -> None:
    assert exported(session_factory, a_whole_life("Lina"))["Tes choix de messages"]["Sujets coupés"] == [
        "relances promises"
    ]


# -- and what is not


def test_nothing_of_anybody_else_is_in_it(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    # given two people, and a friend by whom one of them came
    lina, adam = a_whole_life("Lina"), a_whole_life("Adam")
    with session_factory.begin() as session:
        session.get_one(Person, lina).came_by_person_id = adam
    # then each export names its own person only
    assert "Adam" not in json.dumps(exported(session_factory, lina))
    assert "Lina" not in json.dumps(exported(session_factory, adam))


def test_the_secrets_of_links_are_not_in_it(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    told = json.dumps(exported(session_factory, a_whole_life("Lina")))
    assert "jeton-" not in told
    assert "empreinte-" not in told


def test_what_only_they_read_can_be_left_out(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    # given somebody with a practice, a notebook and a private message, none of them shared
    lina = a_whole_life("Lina")
    # when it is somebody else who holds the copy
    told = exported(session_factory, lina, private=False)
    # then these are not in it, and the rest is
    assert told["Tes entraînements"] == told["Ton carnet d'entreprises"] == told["Papiers à imprimer"] == []
    [channel] = told["Tes conversations"]
    assert [each["Texte"] for each in channel["Conversation"]["Messages"]] == [
        "je cherche, Lina", "On s'y met, Lina ?", "Je suis là, Lina",
    ]  # fmt: skip
    assert "Ce que l'assistant retient" not in channel["Conversation"]
    assert told["Cette copie"]["Contient"] == own_data.WITHOUT_PRIVATE


def test_what_was_shared_is_in_every_copy(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    lina = a_whole_life("Lina")
    with session_factory.begin() as session:
        session.scalars(select(Contact)).one().shared_at = NOW
    assert len(exported(session_factory, lina, private=False)["Ton carnet d'entreprises"]) == 1


def test_a_message_that_nobody_has_read_yet_may_be_private(
    session_factory: sessionmaker[Session], a_whole_life: Callable[[str], int]
) -> None:
    lina = a_whole_life("Lina")
    with session_factory.begin() as session:
        session.scalars(select(Message).where(Message.text == "je cherche, Lina")).one().state = MessageState.WAITING
    [channel] = exported(session_factory, lina, private=False)["Tes conversations"]
    assert "je cherche, Lina" not in {each["Texte"] for each in channel["Conversation"]["Messages"]}


def test_who_has_said_nothing_yet_gets_every_title(
    session_factory: sessionmaker[Session], a_person: Callable[..., int]
) -> None:
    told = exported(session_factory, a_person(Channel.TELEGRAM, external_id="4242"))
    assert list(told) == ["Cette copie", *(part.title for part in PARTS)]
    assert told["Notes de l'équipe"] == []
    assert told["Parent ou tuteur"] is None
    assert told["Tes conversations"][0]["Ton identifiant"] == "4242"


def test_nobody_has_no_data(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session, pytest.raises(PersonNotFound):
        own_data.export(session, 404, now=NOW)


# -- words


def test_a_step_that_is_not_known_any_more_stays_as_it_was_stored() -> None:
    assert step_in_words(Aspect.STAGE, "entretien") == "entretien"
    assert step_in_words(Aspect.STAGE, "old") == step_in_words(Aspect.EMPLOYER, "old") == topic_in_words("old") == "old"


def test_an_action_without_words_is_shown_rather_than_hidden() -> None:
    assert action_in_words("profile.share") == "profil partagé"
    assert action_in_words("some.thing") == "some.thing"

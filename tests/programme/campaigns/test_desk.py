"""What campaigns say: every text of every campaign, filled with what is known, and what follows each answer."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import choices
from programme.assistant import Assistant
from programme.campaigns import daily, runs
from programme.campaigns.definition import Definition, Text, load_campaigns
from programme.campaigns.facts import facts_of, fill
from programme.facts import FactBook
from programme.flags import raise_flag
from programme.models import (
    Campaign,
    ChannelIdentity,
    Conversation,
    EmployerStatus,
    EndReason,
    FlagReason,
    Message,
    PathStage,
    Person,
    SchoolStatus,
)
from programme.replies import MAX_BUBBLE, MAX_PAYLOAD_BYTES
from tests.conftest import NOW, PARIS
from tests.programme.deliveries.builders import say_due
from tests.programme.network_builders import an_animator

APerson = Callable[..., int]
ADate = Callable[..., int]
CAMPAIGNS = load_campaigns()
# a campaign that starts today, whatever its months
TODAY = NOW.date()
BOOK = FactBook.load()


def each_text() -> Iterator[Any]:
    for campaign in CAMPAIGNS.values():
        for step in campaign.every_step():
            for variant, text in step.says.items():
                yield pytest.param(text, id=f"{campaign.id} {step.id} {variant}")
        for key, branch in campaign.branches.items():
            yield pytest.param(branch.now, id=f"{campaign.id} {key}")


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def a_candidate(session: Session, a_person: APerson) -> Callable[..., int]:
    """Somebody who may be written to, without an employer; their id."""

    def build(**known: Any) -> int:
        person_id = a_person()
        choices.agree(session, person_id, shown="oui", now=NOW)
        person = session.get_one(Person, person_id)
        person.stage, person.school_status = PathStage.ECOLE_TROUVEE, SchoolStatus.ENROLLED
        for name, value in known.items():
            setattr(person, name, value)
        session.flush()
        return person_id

    return build


def begun(session: Session, name: str = "septembre", day: date = TODAY) -> Campaign:
    definition = CAMPAIGNS[name].model_copy(update={"months": frozenset({day.month})})
    return runs.start(session, definition, starts_on=day, now=NOW)


# -- the texts


@pytest.mark.parametrize("text", list(each_text()))
def test_each_text_is_whole_whether_all_is_known_or_nothing(
    session: Session, a_candidate: Callable[..., int], an_event_date: ADate, text: Text
) -> None:
    # given somebody of whom nothing is known
    nothing = facts_of(session, a_candidate(), book=BOOK, zone=PARIS, now=NOW, today=TODAY)
    assert nothing.keys() == {"bonjour"}
    # and somebody of whom all is known, with long names
    an_event_date(title="Atelier pour écrire son CV et ses lettres avec une professionnelle du métier")
    known = facts_of(
        session,
        a_candidate(
            display_name="Marie-Emmanuelle",
            training_starts_on=TODAY - timedelta(days=1),
            counsellor_id=an_animator(session, "sofia@exemple.fr"),
        ),
        book=BOOK,
        zone=PARIS,
        now=NOW,
        today=TODAY,
    )
    assert known.keys() == {"bonjour", "jours_cfa", "fin_cfa", "atelier", "conseiller"}
    # then both read whole sentences that fit in a bubble
    for bubble in (*fill(text, nothing), *fill(text, known)):
        assert "{" not in bubble
        assert len(bubble) <= MAX_BUBBLE


def test_no_sentence_of_a_campaign_is_said_twice() -> None:
    for campaign in CAMPAIGNS.values():
        bubbles = [bubble for text in campaign.every_text() for bubble in (*text.bubbles, *text.otherwise)]
        assert len(set(bubbles)) == len(bubbles), campaign.id


def test_the_countdown_is_not_said_once_it_is_over_nor_when_the_rule_is_due_for_a_check(
    session: Session, a_candidate: Callable[..., int]
) -> None:
    person_id = a_candidate(training_starts_on=TODAY - timedelta(days=30))

    def known(today: date) -> dict[str, str]:
        return facts_of(session, person_id, book=BOOK, zone=PARIS, now=NOW, today=today)

    assert known(TODAY)["jours_cfa"] == "62 jours"
    assert "jours_cfa" not in known(TODAY + timedelta(days=80))
    assert "jours_cfa" not in known(TODAY + timedelta(days=400))


# -- answers


ANSWERS = [(campaign.id, key) for campaign in CAMPAIGNS.values() for key in campaign.branches]


@pytest.mark.parametrize(("name", "branch"), ANSWERS)
def test_each_answer_is_followed_by_something_to_do_today(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int], name: str, branch: str
) -> None:
    person_id = a_candidate()
    campaign = begun(session, name)
    shown = assistant.campaigns.answered(
        session, person_id=person_id, campaign_id=campaign.id, branch=branch, now=NOW, today=TODAY
    )
    payloads = [button.payload for reply in shown.replies for button in reply.buttons]
    topics = {payload.lstrip("/").partition("{")[0] for payload in payloads}
    assert topics - {"inform"} <= assistant.answers.titles.keys()
    assert topics - {"inform"}
    assert all(len(payload.encode()) <= MAX_PAYLOAD_BYTES for payload in payloads)
    member = runs.member(session, campaign.id, person_id)
    assert member is not None
    assert (member.branch, member.end_reason) == (branch, CAMPAIGNS[name].branches[branch].ends)


def test_who_found_an_employer_is_on_the_way_to_a_contract_and_hears_no_more(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int]
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    assistant.campaigns.answered(
        session, person_id=person_id, campaign_id=campaign.id, branch="trouve", now=NOW, today=TODAY
    )
    assert session.get_one(Person, person_id).employer_status is EmployerStatus.PROMISED
    say_due(session, assistant.sending, now=NOW + timedelta(hours=2))
    assert session.scalars(select(Message)).all() == []


def test_none_of_these_asks_again_and_answers_nothing(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int]
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    shown = assistant.campaigns.answered(
        session, person_id=person_id, campaign_id=campaign.id, branch="?", now=NOW, today=TODAY
    )
    titles = [button.title for button in shown.replies[0].buttons]
    assert titles == [branch.title for branch in CAMPAIGNS["septembre"].branches.values()]
    member = runs.member(session, campaign.id, person_id)
    assert member is not None
    assert member.branch is None


@pytest.mark.parametrize("campaign_id", [404, 0])
def test_an_answer_to_a_campaign_that_one_is_not_in_is_heard_kindly(
    session: Session, assistant: Assistant, a_person: APerson, campaign_id: int
) -> None:
    shown = assistant.campaigns.answered(
        session, person_id=a_person(), campaign_id=campaign_id, branch="trouve", now=NOW, today=TODAY
    )
    assert "je suis toujours là" in shown.replies[0].text


def test_the_start_of_the_training_is_asked_when_it_is_not_known_and_counted_from(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int]
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    shown = assistant.campaigns.answered(
        session, person_id=person_id, campaign_id=campaign.id, branch="transport", now=NOW, today=TODAY
    )
    assert shown.question is not None
    assert shown.question.kind == "campaign_start"
    told = assistant.campaigns.starts(session, person_id=person_id, day=date(2026, 11, 2), now=NOW, today=TODAY)
    assert "encore 71 jours, jusqu'au 2 février" in told.replies[0].text
    # and it is not asked again
    again = assistant.campaigns.answered(
        session, person_id=person_id, campaign_id=campaign.id, branch="argent", now=NOW, today=TODAY
    )
    assert again.question is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("personne me répond", None),
        ("on me répond pas du tout", "pas_de_reponse"),
        ("j'ai aucun retour", "pas_de_reponse"),
        ("c'est trop loin et j'ai pas de permis", "transport"),
        ("j'en ai marre", "motivation"),
        ("plus envie là", "motivation"),
        ("j'ai pas de thune", "argent"),
        ("J'AI TROUVÉ !!", "trouve"),
        ("jai trouve un patron", "trouve"),
        ("je crois que je me suis trompé de métier", "cible"),
        ("finalement je retourne au lycée", "autre_route"),
        ("salut", None),
    ],
)
def test_what_is_typed_is_read_as_an_answer(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int], said: str, expected: str | None
) -> None:
    a_candidate()
    campaign = begun(session)
    assert assistant.campaigns.branch_in(session, campaign.id, said, frozenset()) == expected


# -- the list of the day


def test_the_counsellor_reads_who_needs_what_today_the_most_pressing_first(
    session: Session, assistant: Assistant, a_candidate: Callable[..., int]
) -> None:
    # given five young people of one counsellor, eight days into the campaign
    staff_id = an_animator(session, "sofia@exemple.fr")
    mine = {"counsellor_id": staff_id}
    human, found, answered, ends, _ = (
        a_candidate(display_name=name, **mine) for name in ("Ana", "Bilal", "Chloé", "Driss", "Emma")
    )
    a_candidate(display_name="Faïza")  # of nobody
    campaign = begun(session)
    session.get_one(Campaign, campaign.id).starts_on = TODAY - timedelta(days=8)
    conversation = session.scalars(
        select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == human)
    ).one()
    raise_flag(session, conversation, reason=FlagReason.HUMAN_WANTED, now=NOW)
    for person_id, branch in ((found, "trouve"), (answered, "transport")):
        runs.answer(session, campaign.id, person_id, branch, now=NOW, today=TODAY)
    session.get_one(Person, ends).training_starts_on = date(2026, 8, 30)
    # then each is there once, for what is most pressing
    entries = daily.for_counsellor(session, staff_id, book=BOOK, today=TODAY, now=NOW)
    assert [line.partition(" (")[0] + line.partition(")")[2] for line in daily.lines(entries)] == [
        "Ana : veut parler à quelqu'un",
        "Bilal : dit avoir trouvé : à féliciter, et à aider pour la signature",
        "Chloé : a répondu « Trop loin, pas de transport »",
        "Driss : ses mois au CFA sans employeur finissent le 30 novembre 2026",
        "Emma : n'a rien dit depuis le 15 novembre 2026",
    ]


def test_nobody_is_on_the_list_of_the_day_without_a_campaign(session: Session, a_candidate: Callable[..., int]) -> None:
    staff_id = an_animator(session, "sofia@exemple.fr")
    a_candidate(counsellor_id=staff_id)
    assert daily.for_counsellor(session, staff_id, book=BOOK, today=TODAY, now=NOW) == []


def test_the_campaigns_are_as_the_programme_wants_them() -> None:
    september: Definition = CAMPAIGNS["septembre"]
    assert {7, 9} <= september.months
    assert {branch.ends for branch in september.branches.values()} >= {EndReason.FOUND, EndReason.OTHER_WAY}

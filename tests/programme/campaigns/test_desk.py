"""What follows an answer to the question of a campaign."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import path
from programme.assistant import Assistant
from programme.campaigns import runs
from programme.campaigns.definition import load_campaigns
from programme.campaigns.facts import fill
from programme.dialogue_state import Shown
from programme.models import (
    CampaignMember,
    Delivery,
    EmployerStatus,
    EndReason,
    Message,
    PathStage,
    Person,
    SchoolStatus,
    Teller,
)
from tests.conftest import NOW
from tests.programme.campaigns.builders import begun
from tests.programme.deliveries.builders import say_due

ACandidate = Callable[..., int]
CAMPAIGNS = load_campaigns()
SEPTEMBER = CAMPAIGNS["septembre"]
TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def answers(session: Session, assistant: Assistant) -> Callable[..., Shown]:
    def answer(person_id: int, campaign_id: int, branch: str, at: int = 0) -> Shown:
        return assistant.campaigns.answered(
            session,
            person_id=person_id,
            campaign_id=campaign_id,
            branch=branch,
            now=NOW + timedelta(hours=at),
            today=TODAY,
        )

    return answer


def member_of(session: Session, campaign_id: int, person_id: int) -> CampaignMember:
    found = runs.member(session, campaign_id, person_id)
    assert found is not None
    return found


def titles(shown: Shown) -> list[str]:
    return [button.title for reply in shown.replies for button in reply.buttons]


@pytest.mark.parametrize(
    ("name", "branch"), [(campaign.id, key) for campaign in CAMPAIGNS.values() for key in campaign.branches]
)
def test_each_answer_is_followed_by_its_words_at_once_and_noted(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate, name: str, branch: str
) -> None:
    person_id = a_candidate()
    campaign = begun(session, name)
    shown = answers(person_id, campaign.id, branch)
    chosen = CAMPAIGNS[name].branches[branch]
    said = fill(chosen.now, {"bonjour": "Bonjour"})
    assert tuple(reply.text for reply in shown.replies[: len(said)]) == said
    member = member_of(session, campaign.id, person_id)
    assert (member.branch, member.end_reason) == (branch, chosen.ends)


def test_after_an_answer_the_steps_of_its_branch_are_planned(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    answers(person_id, campaign.id, "transport")
    runs.plan_ahead(session, campaign.id, now=NOW + timedelta(days=1))
    planned = session.scalars(select(Delivery.step).where(Delivery.person_id == person_id)).all()
    assert "transport_cinq_adresses" in planned


# -- found


def test_who_found_an_employer_is_on_the_way_to_a_contract_and_hears_no_more(
    session: Session, assistant: Assistant, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    answers(person_id, campaign.id, "trouve")
    assert session.get_one(Person, person_id).employer_status is EmployerStatus.PROMISED
    say_due(session, assistant.sending, now=NOW + timedelta(hours=2))
    assert session.scalars(select(Message)).all() == []


def test_who_says_it_twice_is_congratulated_once_and_keeps_the_ways(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    first = answers(person_id, campaign.id, "trouve")
    again = answers(person_id, campaign.id, "trouve", at=3)
    assert "Bravo" in first.replies[0].text
    assert [reply.text for reply in again.replies if "Bravo" in reply.text] == []
    assert titles(again) == titles(first)


def test_a_contract_that_is_signed_is_not_made_a_promise_by_an_old_button(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=NOW)
    stage = session.get_one(Person, person_id).stage
    answers(person_id, campaign.id, "trouve", at=3)
    person = session.get_one(Person, person_id)
    assert (person.employer_status, person.stage) == (EmployerStatus.SIGNED, stage)


def test_who_had_not_found_after_all_searches_again_from_where_they_were(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    # given somebody with an interview who pressed the wrong button
    person_id = a_candidate(employer_status=EmployerStatus.INTERVIEW, stage=PathStage.ENTRETIEN)
    campaign = begun(session)
    answers(person_id, campaign.id, "trouve")
    # when they say what blocks
    shown = answers(person_id, campaign.id, "?", at=1)
    assert "Trop loin, pas de transport" in titles(shown)
    answers(person_id, campaign.id, "transport", at=2)
    # then it is as if they had not
    person, member = session.get_one(Person, person_id), member_of(session, campaign.id, person_id)
    assert (person.employer_status, person.stage) == (EmployerStatus.INTERVIEW, PathStage.ENTRETIEN)
    assert (member.branch, member.ended_at) == ("transport", None)


def test_a_promise_that_was_told_elsewhere_since_stays(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    answers(person_id, campaign.id, "trouve")
    path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=LATER)
    answers(person_id, campaign.id, "argent", at=2)
    assert session.get_one(Person, person_id).employer_status is EmployerStatus.SIGNED


def test_a_promise_told_in_the_path_ends_it_and_nothing_leaves_meanwhile(
    session: Session, assistant: Assistant, a_candidate: ACandidate
) -> None:
    # given a campaign whose first message is due
    person_id = a_candidate()
    campaign = begun(session)
    # when an employer is going to sign
    assistant.path.promised(session, person_id=person_id, now=NOW)
    # then nothing leaves
    say_due(session, assistant.sending, now=NOW + timedelta(hours=2))
    assert session.scalars(select(Message)).all() == []
    assert session.scalars(select(Delivery.reason)).all() == ["found"]
    # and it is over
    runs.close_finished(session, now=NOW + timedelta(hours=2))
    assert member_of(session, campaign.id, person_id).end_reason is EndReason.FOUND


# -- another answer, or none


def test_none_of_these_asks_again_and_answers_nothing(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    shown = answers(person_id, campaign.id, "?")
    assert titles(shown) == [branch.title for branch in SEPTEMBER.branches.values()]
    assert shown.question is not None
    assert (shown.question.kind, shown.question.subject) == ("campaign_blocked", campaign.id)
    assert member_of(session, campaign.id, person_id).branch is None


def test_the_last_answer_counts(session: Session, answers: Callable[..., Shown], a_candidate: ACandidate) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    answers(person_id, campaign.id, "autre_route")
    answers(person_id, campaign.id, "argent", at=2)
    member = member_of(session, campaign.id, person_id)
    assert (member.branch, member.ended_at) == ("argent", None)


def test_an_answer_weeks_after_the_end_is_heard_and_plans_nothing(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    runs.stop(session, campaign.id, now=NOW)
    shown = answers(person_id, campaign.id, "transport", at=24 * 60)
    assert shown.replies[0].text == SEPTEMBER.branches["transport"].now.bubbles[0]
    states = session.scalars(select(Delivery.state).where(Delivery.person_id == person_id)).all()
    assert set(states) == {"skipped"}


@pytest.mark.parametrize(
    ("campaign_id", "branch"), [(404, "trouve"), (0, "trouve"), (404, "?"), (1, "n'importe quoi"), (1, "")]
)
def test_an_answer_to_what_does_not_exist_is_heard_kindly(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate, campaign_id: int, branch: str
) -> None:
    person_id = a_candidate()
    assert begun(session).id == 1
    assert "je suis toujours là" in answers(person_id, campaign_id, branch).replies[0].text


def test_an_answer_of_somebody_who_is_not_on_the_list_is_heard_kindly(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate, a_person: Callable[..., int]
) -> None:
    a_candidate()
    campaign = begun(session)
    assert "je suis toujours là" in answers(a_person(), campaign.id, "transport").replies[0].text


# -- the day the training began


def test_the_start_of_the_training_is_asked_once_and_counted_from(
    session: Session, assistant: Assistant, answers: Callable[..., Shown], a_candidate: ACandidate
) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    shown = answers(person_id, campaign.id, "transport")
    assert shown.question is not None
    assert shown.question.kind == "campaign_start"
    # another answer does not ask again
    assert answers(person_id, campaign.id, "argent", at=1).question is None
    # and the day that is told is counted from
    told = assistant.campaigns.starts(session, person_id=person_id, day=date(2026, 11, 2), now=NOW, today=TODAY)
    assert "encore 71 jours, jusqu'au 2 février" in told.replies[0].text
    assert session.get_one(Person, person_id).training_starts_on == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("known", "branch"),
    [
        pytest.param({"training_starts_on": date(2026, 11, 2)}, "transport", id="known already"),
        pytest.param({"school_status": SchoolStatus.SEARCHING}, "transport", id="no school yet"),
        pytest.param({}, "motivation", id="not to somebody who is tired"),
        pytest.param({}, "trouve", id="not to somebody who found"),
    ],
)
def test_the_start_is_not_asked(
    session: Session, answers: Callable[..., Shown], a_candidate: ACandidate, known: dict[str, object], branch: str
) -> None:
    person_id = a_candidate(**known)
    campaign = begun(session)
    assert answers(person_id, campaign.id, branch).question is None


@pytest.mark.parametrize(
    ("day", "says"),
    [
        pytest.param(None, "Demande-le au CFA", id="not known"),
        pytest.param(date(2027, 1, 4), "C'est noté, merci.", id="to come: nothing is counted yet"),
        pytest.param(date(2026, 3, 2), "C'est noté, merci.", id="its months are over"),
        pytest.param(date(2020, 9, 1), "Je n'ai pas lu de jour", id="misread"),
        pytest.param(date(2029, 9, 1), "Je n'ai pas lu de jour", id="misread, to come"),
    ],
)
def test_each_day_that_is_told_is_answered(
    session: Session, assistant: Assistant, a_candidate: ACandidate, day: date | None, says: str
) -> None:
    told = assistant.campaigns.starts(session, person_id=a_candidate(), day=day, now=NOW, today=TODAY)
    assert says in told.replies[0].text


# -- what is said when a step is due


@pytest.mark.parametrize("variant", ["a", "b"])
def test_each_person_reads_their_wording(
    session: Session, assistant: Assistant, a_candidate: ACandidate, variant: str
) -> None:
    person_id = a_candidate(display_name="Léa")
    campaign = begun(session)
    member_of(session, campaign.id, person_id).variant = variant
    delivery = session.scalars(select(Delivery)).one()
    (reply,) = assistant.campaigns.say(session, delivery, now=NOW, today=TODAY)
    assert reply.text == SEPTEMBER.steps[0].says[variant].bubbles[0].format(bonjour="Bonjour Léa")
    payloads = [button.payload for button in reply.buttons]
    assert payloads[1] == f'/inform{{"go": "campaign.{campaign.id}.transport"}}'


def test_a_step_of_one_wording_is_read_by_all(session: Session, assistant: Assistant, a_candidate: ACandidate) -> None:
    person_id = a_candidate()
    campaign = begun(session)
    member_of(session, campaign.id, person_id).variant = "b"
    delivery = session.scalars(select(Delivery)).one()
    delivery.step = "relance_douce"
    (reply,) = assistant.campaigns.say(session, delivery, now=NOW, today=TODAY)
    assert reply.text == SEPTEMBER.step("relance_douce").says["a"].bubbles[0]

"""The counsellor's list of the day."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.campaigns import daily, runs
from programme.facts import FactBook
from programme.flags import close_flag, raise_flag
from programme.models import (
    Campaign,
    ChannelIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    EndReason,
    Flag,
    FlagReason,
    Person,
)
from tests.conftest import NOW
from tests.programme.campaigns.builders import begun
from tests.programme.network_builders import an_animator

ACandidate = Callable[..., int]
TODAY = NOW.date()
BOOK = FactBook.load()


@pytest.fixture
def sofia(session: Session) -> int:
    return an_animator(session, "sofia@exemple.fr")


def written_to(session: Session, campaign: Campaign, days_ago: int) -> None:
    """The first message has left, so many days ago."""
    campaign.starts_on = TODAY - timedelta(days=days_ago)
    for delivery in session.scalars(select(Delivery)):
        delivery.state, delivery.state_at = DeliveryState.SENT, NOW - timedelta(days=days_ago)
    session.flush()


def flagged(session: Session, person_id: int, reason: FlagReason) -> None:
    conversation = session.scalars(
        select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == person_id)
    ).one()
    raise_flag(session, conversation, reason=reason, now=NOW)


def answer(session: Session, campaign: Campaign, person_id: int, branch: str, *, days_ago: int = 0) -> None:
    at = NOW - timedelta(days=days_ago)
    runs.answer(session, campaign.id, person_id, branch, now=at, today=at.date())


def read(session: Session, staff_id: int) -> list[str]:
    entries = daily.for_counsellor(session, staff_id, book=BOOK, today=TODAY, now=NOW)
    return [line.partition(" (")[0] + line.partition(")")[2] for line in daily.lines(entries)]


def test_the_counsellor_reads_who_needs_what_today_the_most_pressing_first(
    session: Session, sofia: int, a_candidate: ACandidate
) -> None:
    # given seven young people of one counsellor, eight days into the campaign
    names = ("Ana", "Bilal", "Chloé", "Driss", "Emma", "Gaël", "Hugo")
    _silent, ends, answered, found, human, alert, quiet = (
        a_candidate(display_name=name, counsellor_id=sofia) for name in names
    )
    a_candidate(display_name="Faïza")  # of nobody
    campaign = begun(session)
    written_to(session, campaign, 8)
    flagged(session, human, FlagReason.HUMAN_WANTED)
    flagged(session, alert, FlagReason.DISTRESS)
    answer(session, campaign, found, "trouve")
    answer(session, campaign, answered, "transport")
    answer(session, campaign, quiet, "argent", days_ago=3)
    session.get_one(Person, ends).training_starts_on = date(2026, 8, 30)
    session.flush()
    # then each is there once, for what is most pressing
    assert read(session, sofia) == [
        "Gaël : a une alerte ouverte : lis sa conversation d'abord",
        "Emma : veut parler à quelqu'un",
        "Driss : dit avoir trouvé : à féliciter, et à aider pour la signature",
        "Chloé : a répondu « Trop loin, pas de transport »",
        "Bilal : ses mois au CFA sans employeur finissent le 30 novembre 2026",
        "Ana : n'a rien dit depuis le 15 novembre 2026",
    ]


def test_what_was_answered_is_told_with_the_wish_for_somebody(
    session: Session, sofia: int, a_candidate: ACandidate
) -> None:
    person_id = a_candidate(counsellor_id=sofia)
    campaign = begun(session)
    answer(session, campaign, person_id, "motivation")
    flagged(session, person_id, FlagReason.HUMAN_WANTED)
    assert read(session, sofia) == ["Sans prénom : veut parler à quelqu'un ; a répondu « Plus trop l'envie »"]


def test_a_flag_that_is_closed_is_no_news(session: Session, sofia: int, a_candidate: ACandidate) -> None:
    person_id = a_candidate(counsellor_id=sofia)
    begun(session)
    flagged(session, person_id, FlagReason.DISTRESS)
    close_flag(session, session.scalars(select(Flag.id)).one(), now=NOW)
    assert read(session, sofia) == []


def test_who_was_not_written_to_yet_is_not_silent(session: Session, sofia: int, a_candidate: ACandidate) -> None:
    a_candidate(counsellor_id=sofia)
    campaign = begun(session)
    campaign.starts_on = TODAY - timedelta(days=8)
    session.flush()
    assert read(session, sofia) == []


@pytest.mark.parametrize(
    ("starts_on", "listed"),
    [
        pytest.param(date(2026, 8, 22), False, id="over since yesterday"),
        pytest.param(date(2026, 8, 23), True, id="the last day"),
        pytest.param(date(2026, 9, 3), True, id="in ten days"),
        pytest.param(date(2026, 9, 4), False, id="in eleven days"),
    ],
)
def test_the_end_of_the_months_at_the_cfa_is_told_ten_days_before(
    session: Session, sofia: int, a_candidate: ACandidate, starts_on: date, listed: bool
) -> None:
    a_candidate(counsellor_id=sofia, training_starts_on=starts_on)
    begun(session)
    assert bool(read(session, sofia)) is listed


def test_for_whom_it_is_over_is_not_on_the_list(session: Session, sofia: int, a_candidate: ACandidate) -> None:
    gone, found_long_ago = a_candidate(counsellor_id=sofia), a_candidate(counsellor_id=sofia)
    campaign = begun(session)
    written_to(session, campaign, 8)
    runs.leave(session, campaign.id, gone, EndReason.STOPPED, now=NOW)
    answer(session, campaign, found_long_ago, "trouve", days_ago=3)
    assert read(session, sofia) == []


def test_of_two_campaigns_the_most_pressing_is_told(session: Session, sofia: int, a_candidate: ACandidate) -> None:
    person_id = a_candidate(display_name="Ana", counsellor_id=sofia)
    first = begun(session)
    written_to(session, first, 8)
    second = begun(session, "juillet")
    answer(session, second, person_id, "on_y_va")
    assert read(session, sofia) == ["Ana : a répondu « Oui, on le prépare »"]


@pytest.mark.parametrize("end", [runs.stop, None])
def test_nobody_is_on_the_list_without_a_campaign_under_way(
    session: Session, sofia: int, a_candidate: ACandidate, end: Callable[..., int] | None
) -> None:
    a_candidate(counsellor_id=sofia)
    if end is not None:
        campaign = begun(session)
        written_to(session, campaign, 8)
        end(session, campaign.id, now=NOW)
    assert read(session, sofia) == []

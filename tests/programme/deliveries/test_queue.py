"""What is due is queued once, in order, and never when it is too late."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, sessionmaker

from programme.conversations import store_replies
from programme.deliveries import queue
from programme.models import Channel, Delivery, DeliveryState
from programme.people import conversation_for
from programme.replies import Reply
from tests.conftest import NOW
from tests.programme.at_once import at_once
from tests.programme.deliveries.builders import a_delivery, minutes, states

APerson = Callable[..., int]


@pytest.fixture(autouse=True)
def _no_jobs(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))


def jobs(session: Session) -> list[int]:
    """What the queue is asked to send, in its order."""
    query = text("SELECT (args->>'delivery_id')::bigint FROM procrastinate_jobs ORDER BY priority DESC, id")
    return list(session.scalars(query))


def test_the_most_urgent_leaves_first_then_the_longest_due(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    # given a campaign that is due for long, reminders, and a seat that was just set free
    person_id = a_person()
    with session_factory.begin() as session:
        campaign = a_delivery(session, person_id, object_id=1, priority=2, due_at=NOW - minutes(60))
        later = a_delivery(session, person_id, object_id=2, due_at=NOW - minutes(1))
        sooner = a_delivery(session, person_id, object_id=3, due_at=NOW - minutes(2))
        seat = a_delivery(session, person_id, object_id=4, priority=0)
        a_delivery(session, person_id, object_id=5, due_at=NOW + minutes(1))
    # when three are picked
    with session_factory.begin() as session:
        picked = queue.pick(session, now=NOW, limit=3)
    # then the campaign waits, and the jobs are in the same order
    with session_factory.begin() as session:
        assert picked == jobs(session) == [seat, sooner, later]
        assert states(session)[campaign] == "planned"


def test_what_is_picked_again_is_not_queued_again(session_factory: sessionmaker[Session], a_person: APerson) -> None:
    with session_factory.begin() as session:
        a_delivery(session, a_person())
    for expected in (1, 0, 0):
        with session_factory.begin() as session:
            assert len(queue.pick(session, now=NOW, limit=10)) == expected


def test_pickers_at_the_same_moment_share_what_is_due(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        expected = sorted(a_delivery(session, person_id, object_id=number) for number in range(60))

    def pick() -> list[int]:
        with session_factory.begin() as session:
            return queue.pick(session, now=NOW, limit=25)

    picked = [each for found in at_once([pick] * 6) for each in found]
    while more := pick():
        picked += more
    assert sorted(picked) == expected
    with session_factory.begin() as session:
        assert sorted(jobs(session)) == expected


def test_what_is_rolled_back_leaves_no_job(session_factory: sessionmaker[Session], a_person: APerson) -> None:
    with session_factory.begin() as session:
        a_delivery(session, a_person())
    with session_factory() as session:
        assert queue.pick(session, now=NOW, limit=1)
        session.rollback()
    with session_factory.begin() as session:
        assert (jobs(session), set(states(session).values())) == ([], {"planned"})


def test_after_an_outage_what_is_too_late_is_expired_and_the_rest_leaves(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    # given two days without a worker
    person_id = a_person()
    with session_factory.begin() as session:
        late = a_delivery(session, person_id, object_id=1, due_at=NOW - minutes(2880), expires_at=NOW - minutes(60))
        fresh = a_delivery(session, person_id, object_id=2, due_at=NOW - minutes(2880))
    with session_factory.begin() as session:
        expired, picked = queue.expire(session, now=NOW), queue.pick(session, now=NOW, limit=10)
    with session_factory.begin() as session:
        assert (expired, picked) == (1, [fresh])
        assert states(session)[late] == "expired"


def test_a_picker_takes_nothing_that_is_too_late_even_if_nobody_expired_it(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    with session_factory.begin() as session:
        a_delivery(session, a_person(), due_at=NOW - minutes(5), expires_at=NOW)
        assert queue.pick(session, now=NOW, limit=10) == []


def test_expiring_goes_on_where_it_stopped(session_factory: sessionmaker[Session], a_person: APerson) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        for number in range(5):
            a_delivery(session, person_id, object_id=number, due_at=NOW - minutes(9), expires_at=NOW - minutes(1))
        assert [queue.expire(session, now=NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_what_a_dead_worker_left_is_queued_again_after_a_minute_unless_it_was_said(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    # given two messages that were queued; one of them stands in the transcript
    with session_factory.begin() as session:
        person_id = a_person(Channel.TELEGRAM, "42")
        lost, said = (a_delivery(session, person_id, object_id=number) for number in range(2))
        queue.pick(session, now=NOW, limit=2)
        conversation = conversation_for(session, channel=Channel.TELEGRAM, external_id="42", now=NOW)
        store_replies(session, conversation_id=conversation.id, replies=[Reply("Demain !")], now=NOW, delivery_id=said)
    # when a minute has passed
    with session_factory.begin() as session:
        again = [queue.queue_lost_again(session, now=NOW + minutes(passed)) for passed in (0.9, 1, 1.5, 2.1)]
    assert again == [[], [lost], [], [lost]]
    with session_factory.begin() as session:
        assert sorted(jobs(session)) == sorted([lost, said, lost, lost])


def test_the_backlog_says_what_waits_and_since_when(session_factory: sessionmaker[Session], a_person: APerson) -> None:
    person_id = a_person()
    with session_factory.begin() as session:
        for number, due_at in enumerate((NOW - minutes(30), NOW - minutes(10), NOW + minutes(10))):
            a_delivery(session, person_id, object_id=number, due_at=due_at)
        queued = a_delivery(session, person_id, object_id=9, priority=0)
        queue.pick(session, now=NOW, limit=1)
        found = queue.backlog(session, now=NOW)
        assert (found.due, found.oldest_due_at, found.queued, found.planned_later) == (2, NOW - minutes(30), 1, 1)
        assert queue.under_way(session, now=NOW) == 1
        assert queue.under_way(session, now=NOW + minutes(2)) == 0
        assert session.get_one(Delivery, queued).state is DeliveryState.QUEUED


def test_the_same_message_is_planned_once_whoever_plans_it(
    session_factory: sessionmaker[Session], a_person: APerson
) -> None:
    person_id = a_person()

    def plan() -> int:
        with session_factory.begin() as session:
            return a_delivery(session, person_id)

    assert len(set(at_once([plan] * 6))) == 1
    with session_factory.begin() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1

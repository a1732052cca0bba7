"""Runs of campaigns: the frozen list, what is planned, answers, standing still, the end."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from programme import bookings, choices, conversations
from programme.campaigns import audience, runs
from programme.campaigns.definition import Definition
from programme.errors import (
    CampaignEmpty,
    CampaignMemberNotFound,
    CampaignNotFound,
    CampaignOutOfSeason,
    CampaignStateWrong,
    CampaignUnderWay,
)
from programme.models import (
    Campaign,
    CampaignMember,
    CampaignState,
    Channel,
    ChannelIdentity,
    Conversation,
    Delivery,
    DeliveryState,
    EmployerStatus,
    EndReason,
    EventDate,
    Person,
    Purpose,
    Teller,
    WorkContract,
)
from programme.replies import Reply
from tests.conftest import NOW
from tests.programme.at_once import at_once
from tests.programme.campaigns.builders import FIRST_DAY, a_definition, a_step, a_territory, fits, many

Sessions = sessionmaker[Session]
Somebody = Callable[..., int]
# 24 November 2026 at 10:00 in Paris
TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def somebody(session_factory: Sessions, a_person: Callable[..., int]) -> Somebody:
    return lambda **known: fits(session_factory, a_person, **known)


def start(session_factory: Sessions, definition: Definition | None = None, **changes: Any) -> int:
    values = {"starts_on": FIRST_DAY, "now": NOW, **changes}
    with session_factory.begin() as session:
        return runs.start(session, definition or a_definition(), **values).id


def plan(session_factory: Sessions, campaign_id: int, now: datetime = NOW) -> int:
    with session_factory.begin() as session:
        return runs.plan_ahead(session, campaign_id, now=now)


def reply(session_factory: Sessions, campaign_id: int, person_id: int, branch: str, now: datetime = TEN + HOUR) -> None:
    with session_factory.begin() as session:
        runs.answer(session, campaign_id, person_id, branch, now=now, today=now.date())
        runs.plan_person(session, campaign_id, person_id, now=now)


def planned(session_factory: Sessions, *, states: bool = False) -> list[tuple[Any, ...]]:
    """Who, which step, when, or in which state; in the order of leaving."""
    with session_factory.begin() as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.due_at, Delivery.id)).all()
        return [(row.person_id, row.step, row.state if states else row.due_at) for row in rows]


def everything(session_factory: Sessions) -> list[tuple[Any, ...]]:
    with session_factory.begin() as session:
        return [tuple(row) for row in session.execute(select(Delivery.__table__).order_by(Delivery.id))]


def set_deliveries(session_factory: Sessions, *where: Any, **changes: Any) -> None:
    with session_factory.begin() as session:
        session.execute(update(Delivery).where(*where).values(**changes))


def a_member(session_factory: Sessions, campaign_id: int, person_id: int) -> CampaignMember:
    with session_factory.begin() as session:
        found = runs.member(session, campaign_id, person_id)
        assert found is not None
        return found


def a_run(session_factory: Sessions, campaign_id: int) -> Campaign:
    with session_factory.begin() as session:
        return session.get_one(Campaign, campaign_id)


# -- starting


def test_who_has_least_time_left_comes_first_then_who_waits_longest(
    session_factory: Sessions, somebody: Somebody
) -> None:
    newest = somebody(stage_at=NOW - DAY)
    oldest = somebody(stage_at=NOW - 9 * DAY)
    unknown = somebody()
    later = somebody(training_starts_on=date(2026, 10, 1))
    first = somebody(training_starts_on=date(2026, 9, 1))
    start(session_factory)
    with session_factory.begin() as session:
        ranked = session.execute(select(CampaignMember.person_id, CampaignMember.rank).order_by(CampaignMember.rank))
        assert [tuple(row) for row in ranked] == [(first, 0), (later, 1), (oldest, 2), (newest, 3), (unknown, 4)]


def test_the_list_and_the_definition_stay_as_they_were(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    somebody()
    with session_factory.begin() as session:
        session.get_one(Person, person_id).employer_status = EmployerStatus.PROMISED
    with session_factory.begin() as session:
        assert session.scalars(select(CampaignMember.person_id)).all() == [person_id]
        assert runs.definition_of(session.get_one(Campaign, campaign_id)) == a_definition()
        assert [each.id for each in runs.under_way(session)] == [campaign_id]


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2027, 1, 4), id="a month of which it is not"),
        pytest.param(date(2026, 11, 20), id="a day that is past"),
    ],
)
def test_it_starts_in_its_months_and_not_in_the_past(session_factory: Sessions, somebody: Somebody, day: date) -> None:
    somebody()
    with pytest.raises(CampaignOutOfSeason):
        start(session_factory, starts_on=day)


def test_nobody_on_the_list_no_campaign(session_factory: Sessions) -> None:
    with pytest.raises(CampaignEmpty):
        start(session_factory)


def test_one_run_at_a_time(session_factory: Sessions, somebody: Somebody) -> None:
    somebody()
    campaign_id = start(session_factory)
    with pytest.raises(CampaignUnderWay):
        start(session_factory)
    # given that it was stopped, it may start again
    with session_factory.begin() as session:
        runs.stop(session, campaign_id, now=NOW)
    assert start(session_factory) != campaign_id


def test_started_twice_at_once_it_runs_once(session_factory: Sessions, somebody: Somebody) -> None:
    somebody()

    def attempt() -> bool:
        try:
            start(session_factory)
        except CampaignUnderWay:
            return False
        return True

    assert sorted(at_once([attempt] * 4)) == [False, False, False, True]


def test_each_person_reads_one_of_two_texts_always_the_same_and_about_half_read_each(
    session_factory: Sessions,
) -> None:
    ids = func.generate_series(1, 4000).table_valued("id").render_derived()
    reads = audience.variant(a_definition(), ids.c.id, starts_on=FIRST_DAY)
    with session_factory.begin() as session:
        first, again = (list(session.scalars(select(reads).order_by(ids.c.id))) for _ in range(2))
        other = list(session.scalars(select(audience.variant(a_definition(), ids.c.id, starts_on=FIRST_DAY + DAY))))
    assert first == again
    assert 1850 < Counter(first)["a"] < 2150
    assert first != other


def test_one_text_for_all_is_variant_a(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    people = many(session_factory, a_person, 12)
    campaign_id = start(session_factory, a_definition(steps=[a_step("jour_0", 0, asks=True)]))
    assert {a_member(session_factory, campaign_id, each).variant for each in people} == {"a"}


# -- planning


def test_messages_leave_one_after_the_other_in_the_order_of_the_list(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    one, two, three = many(session_factory, a_person, 3)
    start(session_factory, bots=2, per_second=1)
    half = timedelta(seconds=0.5)
    assert planned(session_factory) == [
        (one, "jour_0", TEN),
        (two, "jour_0", TEN + half),
        (three, "jour_0", TEN + 2 * half),
    ]


def test_a_message_is_what_the_sending_expects(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        row = session.scalars(select(Delivery)).one()
    assert (row.person_id, row.purpose, row.object_id, row.step) == (
        person_id,
        Purpose.CAMPAIGN,
        campaign_id,
        "jour_0",
    )
    assert (row.anchor_at, row.priority, row.state, row.expires_at) == (
        datetime(2026, 11, 24, tzinfo=UTC),
        2,
        DeliveryState.PLANNED,
        TEN + 48 * HOUR,
    )


def test_a_step_is_planned_when_its_day_begins_within_36_hours(session_factory: Sessions, somebody: Somebody) -> None:
    somebody()
    campaign_id = start(session_factory)
    # day 3 is Friday 27 November, which begins in Paris at 23:00 UTC of the day before
    begins = datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert plan(session_factory, campaign_id, begins - timedelta(hours=36, minutes=1)) == 0
    assert plan(session_factory, campaign_id, begins - timedelta(hours=36)) == 1
    assert planned(session_factory)[-1][1:] == ("jour_3", TEN + 3 * DAY)


@pytest.mark.parametrize("times", [0, 1, 10])
def test_planned_again_the_same_rows_are_there(
    session_factory: Sessions, a_person: Callable[..., int], times: int
) -> None:
    people = many(session_factory, a_person, 5)
    campaign_id = start(session_factory)
    reply(session_factory, campaign_id, people[0], "transport")
    plan(session_factory, campaign_id, TEN + 2 * DAY)
    before = everything(session_factory)
    assert Counter(step for _, step, _ in planned(session_factory)) == {"jour_0": 5, "jour_3": 4, "trajet_1": 1}
    for _ in range(times):
        assert plan(session_factory, campaign_id, TEN + 2 * DAY) == 0
    assert everything(session_factory) == before


def test_two_planners_at_once_plan_once(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    people = many(session_factory, a_person, 20)
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        for person_id in people[:5]:
            runs.answer(session, campaign_id, person_id, "transport", now=TEN + HOUR, today=FIRST_DAY)
    counts = at_once([lambda: plan(session_factory, campaign_id, TEN + 2 * DAY)] * 4)
    assert sorted(counts) == [0, 0, 0, 20]
    assert Counter(step for _, step, _ in planned(session_factory)) == {"jour_0": 20, "jour_3": 15, "trajet_1": 5}


def test_a_planner_and_an_answer_at_once_plan_once(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    people = many(session_factory, a_person, 6)
    campaign_id = start(session_factory)
    at_once(
        [
            *(lambda who=who: reply(session_factory, campaign_id, who, "transport") for who in people),  # type: ignore[misc]
            *[lambda: plan(session_factory, campaign_id, TEN + HOUR)] * 2,
        ]
    )
    plan(session_factory, campaign_id, TEN + HOUR)
    assert Counter(step for _, step, _ in planned(session_factory)) == {"jour_0": 6, "trajet_1": 6}


def test_everybody_is_written_to_at_ten_where_they_live(session_factory: Sessions, somebody: Somebody) -> None:
    a_territory(session_factory, "reunion", "Indian/Reunion", "Saint-Paul")
    a_territory(session_factory, "guyane", "America/Cayenne", "Cayenne")
    east, west, paris = somebody(commune="saint-paul"), somebody(commune="cayenne"), somebody()
    start(session_factory, bots=1000, per_second=1000)
    assert [(who, due.replace(microsecond=0)) for who, _, due in planned(session_factory)] == [
        (east, datetime(2026, 11, 24, 6, tzinfo=UTC)),
        (paris, datetime(2026, 11, 24, 9, tzinfo=UTC)),
        (west, datetime(2026, 11, 24, 13, tzinfo=UTC)),
    ]


def test_what_does_not_fit_in_a_day_goes_on_after_the_weekend(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    people = many(session_factory, a_person, 3)
    # given a minute a day in which two leave, from a Friday on
    friday = date(2026, 11, 27)
    definition = a_definition(at="10:00", until="10:00:02")
    start(session_factory, definition, starts_on=friday, per_second=1, now=TEN + 2 * DAY)
    assert planned(session_factory) == [
        (people[0], "jour_0", TEN + 3 * DAY),
        (people[1], "jour_0", TEN + 3 * DAY + timedelta(seconds=1)),
        (people[2], "jour_0", TEN + 6 * DAY),
    ]


def test_the_clock_change_inside_a_campaign_leaves_ten_oclock_at_ten(
    session_factory: Sessions, somebody: Somebody
) -> None:
    somebody()
    now = datetime(2026, 10, 22, 8, tzinfo=UTC)
    campaign_id = start(session_factory, a_definition(months=[10]), starts_on=date(2026, 10, 23), now=now)
    plan(session_factory, campaign_id, now + 3 * DAY)
    assert [due for _, _, due in planned(session_factory)] == [
        datetime(2026, 10, 23, 8, tzinfo=UTC),
        datetime(2026, 10, 26, 9, tzinfo=UTC),
    ]


def test_what_is_too_late_is_not_planned(session_factory: Sessions, somebody: Somebody) -> None:
    somebody()
    campaign_id = start(session_factory)
    # given a worker that stood still until the end of the message of day 3, and the day of the message of day 7
    assert plan(session_factory, campaign_id, TEN + 7 * DAY) == 1
    assert [step for _, step, _ in planned(session_factory)] == ["jour_0", "jour_7"]


# -- answers


def test_a_branch_is_counted_from_the_day_of_the_answer(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    wednesday = TEN + DAY
    reply(session_factory, campaign_id, person_id, "transport", wednesday)
    plan(session_factory, campaign_id, TEN + 5 * DAY)
    plan(session_factory, campaign_id, TEN + 6 * DAY)
    # four days after Wednesday is a Sunday
    assert planned(session_factory)[1:] == [
        (person_id, "trajet_1", TEN + 2 * DAY),
        (person_id, "trajet_4", TEN + 6 * DAY),
    ]


def test_a_later_answer_takes_the_place_of_the_one_before(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    reply(session_factory, campaign_id, person_id, "trouve")
    found = a_member(session_factory, campaign_id, person_id)
    assert (found.branch, found.end_reason, found.ended_at) == ("trouve", EndReason.FOUND, TEN + HOUR)
    assert planned(session_factory, states=True) == [(person_id, "jour_0", DeliveryState.SKIPPED)]
    reply(session_factory, campaign_id, person_id, "transport", TEN + DAY)
    found = a_member(session_factory, campaign_id, person_id)
    assert (found.branch, found.branch_on, found.end_reason, found.ended_at) == (
        "transport",
        FIRST_DAY + DAY,
        None,
        None,
    )
    assert (person_id, "trajet_1", DeliveryState.PLANNED) in planned(session_factory, states=True)


def test_the_same_answer_again_changes_nothing(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    reply(session_factory, campaign_id, person_id, "transport")
    reply(session_factory, campaign_id, person_id, "transport", TEN + 3 * DAY)
    assert a_member(session_factory, campaign_id, person_id).branch_on == FIRST_DAY


@pytest.mark.parametrize("reason", [EndReason.SIGNED, EndReason.STOPPED])
def test_who_signed_or_said_stop_is_not_taken_up_again(
    session_factory: Sessions, somebody: Somebody, reason: EndReason
) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        runs.leave(session, campaign_id, person_id, reason, now=TEN)
    reply(session_factory, campaign_id, person_id, "transport")
    assert a_member(session_factory, campaign_id, person_id).end_reason is reason
    assert [step for _, step, _ in planned(session_factory)] == ["jour_0"]


def test_an_answer_of_somebody_else_or_to_nothing_is_refused(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    for campaign, person, branch in (
        (campaign_id, 404, "transport"),
        (404, person_id, "transport"),
        (campaign_id, person_id, "autre"),
    ):
        with session_factory.begin() as session, pytest.raises(CampaignMemberNotFound):
            runs.answer(session, campaign, person, branch, now=TEN, today=FIRST_DAY)


def test_a_step_for_who_answered_is_planned_for_who_answers_later_too(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    early, late, silent = many(session_factory, a_person, 3)
    definition = a_definition(
        steps=[a_step("jour_0", 0, asks=True), a_step("bravo", 1, only_if="answered", expires_after_hours=90)],
        branches={"oui": {"title": "Oui", "now": {"bubbles": ["Merci !"]}}},
    )
    # given that the first one answers before the second step is planned for all
    campaign_id = start(session_factory, definition, starts_on=FIRST_DAY + 3 * DAY, now=TEN + DAY + 12 * HOUR)
    reply(session_factory, campaign_id, early, "oui", TEN + DAY + 13 * HOUR)
    plan(session_factory, campaign_id, TEN + 5 * DAY)
    reply(session_factory, campaign_id, late, "oui", TEN + 5 * DAY)
    assert {who for who, step, _ in planned(session_factory) if step == "bravo"} == {early, late}
    assert silent not in {who for who, step, _ in planned(session_factory) if step == "bravo"}


def test_who_said_stop_is_out_of_the_campaign_for_that_reason(session_factory: Sessions, somebody: Somebody) -> None:
    stops, stays = somebody(), somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        choices.stop(session, stops, shown="stop", now=TEN)
        runs.close_finished(session, now=TEN)
    with session_factory.begin() as session:
        found = [runs.member(session, campaign_id, person_id) for person_id in (stops, stays)]
        assert [member.end_reason for member in found if member is not None] == [EndReason.STOPPED, None]
    assert {who for who, _, state in planned(session_factory, states=True) if state == "planned"} == {stays}


# -- why not


def signs(session: Session, campaign_id: int, person_id: int) -> None:
    session.add(WorkContract(person_id=person_id, announced_at=NOW, teller=Teller.PERSON))


def told_signed(session: Session, campaign_id: int, person_id: int) -> None:
    session.get_one(Person, person_id).employer_status = EmployerStatus.SIGNED


def is_over(session: Session, campaign_id: int, person_id: int) -> None:
    runs.leave(session, campaign_id, person_id, EndReason.OTHER_WAY, now=TEN)


def answers(session: Session, campaign_id: int, person_id: int) -> None:
    runs.answer(session, campaign_id, person_id, "transport", now=TEN, today=FIRST_DAY)


def is_paused(session: Session, campaign_id: int, person_id: int) -> None:
    runs.pause(session, campaign_id, now=TEN)


def is_stopped(session: Session, campaign_id: int, person_id: int) -> None:
    runs.stop(session, campaign_id, now=TEN)


def nothing(session: Session, campaign_id: int, person_id: int) -> None:
    pass


@pytest.mark.parametrize(
    ("happens", "step", "anchor_on", "expected"),
    [
        pytest.param(nothing, "jour_3", FIRST_DAY, None, id="nothing happened"),
        pytest.param(is_stopped, "jour_3", FIRST_DAY, "campaign_stopped", id="stopped"),
        pytest.param(is_paused, "jour_3", FIRST_DAY, "paused", id="paused"),
        pytest.param(is_over, "jour_3", FIRST_DAY, "over", id="over for them"),
        pytest.param(signs, "jour_3", FIRST_DAY, "signed", id="a contract"),
        pytest.param(told_signed, "jour_3", FIRST_DAY, "signed", id="said to be signed"),
        pytest.param(answers, "jour_3", FIRST_DAY, "answered", id="only for who did not answer"),
        pytest.param(answers, "jour_0", FIRST_DAY, None, id="for all"),
        pytest.param(answers, "trajet_1", FIRST_DAY, None, id="of their answer"),
        pytest.param(nothing, "trajet_1", FIRST_DAY, "other_answer", id="of an answer that is not theirs any more"),
        pytest.param(answers, "trajet_1", FIRST_DAY - DAY, "other_answer", id="of the same answer, given before"),
    ],
)
def test_why_a_message_is_of_no_use_any_more(
    session_factory: Sessions,
    somebody: Somebody,
    happens: Callable[[Session, int, int], None],
    step: str,
    anchor_on: date,
    expected: str | None,
) -> None:
    person_id = somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        happens(session, campaign_id, person_id)
    with session_factory.begin() as session:
        message = Delivery(
            person_id=person_id,
            object_id=campaign_id,
            step=step,
            anchor_at=datetime.combine(anchor_on, datetime.min.time(), tzinfo=UTC),
        )
        assert runs.why_not(session, message, now=TEN) == expected


# -- standing still, and the end


def test_after_a_pause_what_has_not_left_is_due_so_many_days_later(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    sent, waiting, late = many(session_factory, a_person, 3)
    campaign_id = start(session_factory, per_second=1)
    set_deliveries(session_factory, Delivery.person_id == sent, state=DeliveryState.SENT, state_at=TEN)
    with session_factory.begin() as session:
        runs.pause(session, campaign_id, now=TEN + timedelta(minutes=1))
    # given that one became too late meanwhile
    set_deliveries(
        session_factory,
        Delivery.person_id == late,
        state=DeliveryState.EXPIRED,
        state_at=TEN + 2 * DAY,
        reason="too_late",
    )
    assert plan(session_factory, campaign_id, TEN + 2 * DAY) == 0
    anchors = {row.anchor_at for row in rows(session_factory)}
    # when it goes on three days later, on Friday before ten
    with session_factory.begin() as session:
        assert runs.resume(session, campaign_id, now=TEN + 3 * DAY - HOUR) == 2
    # then the others are due at ten, and the days after move as well
    assert planned(session_factory) == [
        (sent, "jour_0", TEN),
        (waiting, "jour_0", TEN + 3 * DAY),
        (late, "jour_0", TEN + 3 * DAY + timedelta(seconds=1)),
    ]
    assert {row.anchor_at for row in rows(session_factory)} == anchors
    assert {row.state for row in rows(session_factory)} == {DeliveryState.SENT, DeliveryState.PLANNED}
    assert plan(session_factory, campaign_id, TEN + 5 * DAY) == 3
    assert planned(session_factory)[-1][1:] == ("jour_3", TEN + 6 * DAY + timedelta(seconds=2))


def rows(session_factory: Sessions) -> list[Delivery]:
    with session_factory.begin() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def test_a_pause_of_an_hour_lets_go_on_from_there(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    sent, waiting = many(session_factory, a_person, 2)
    campaign_id = start(session_factory, per_second=1)
    set_deliveries(session_factory, Delivery.person_id == sent, state=DeliveryState.SENT, state_at=TEN)
    with session_factory.begin() as session:
        runs.pause(session, campaign_id, now=TEN)
    with session_factory.begin() as session:
        runs.resume(session, campaign_id, now=TEN + HOUR)
    assert planned(session_factory) == [(sent, "jour_0", TEN), (waiting, "jour_0", TEN + HOUR)]


def test_a_pause_moves_the_branch_of_who_answered_before_and_not_of_who_answers_after(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    before, after = many(session_factory, a_person, 2)
    campaign_id = start(session_factory)
    reply(session_factory, campaign_id, before, "transport")
    with session_factory.begin() as session:
        runs.pause(session, campaign_id, now=TEN + 2 * HOUR)
    with session_factory.begin() as session:
        runs.resume(session, campaign_id, now=TEN + 2 * DAY)
    reply(session_factory, campaign_id, after, "transport", TEN + 2 * DAY + HOUR)
    of_branch = [
        (who, due.replace(second=0, microsecond=0)) for who, step, due in planned(session_factory) if step == "trajet_1"
    ]
    assert of_branch == [(before, TEN + 3 * DAY), (after, TEN + 3 * DAY)]
    # day 4 of the first one is Saturday 28 November, two days later Monday; of the other Monday as well
    plan(session_factory, campaign_id, TEN + 5 * DAY)
    fourth = {who: due.date() for who, step, due in planned(session_factory) if step == "trajet_4"}
    assert fourth == {before: date(2026, 11, 30), after: date(2026, 11, 30)}


def test_who_is_out_of_it_stays_out_after_a_pause(session_factory: Sessions, somebody: Somebody) -> None:
    person_id = somebody()
    somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        runs.leave(session, campaign_id, person_id, EndReason.OTHER_WAY, now=NOW)
        runs.pause(session, campaign_id, now=NOW)
    with session_factory.begin() as session:
        runs.resume(session, campaign_id, now=TEN + DAY)
    assert (person_id, "jour_0", DeliveryState.SKIPPED) in planned(session_factory, states=True)


def test_stopped_all_that_is_planned_is_called_off_and_what_was_sent_stays(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    sent, waiting = many(session_factory, a_person, 2)
    campaign_id = start(session_factory)
    set_deliveries(session_factory, Delivery.person_id == sent, state=DeliveryState.SENT, state_at=TEN)
    with session_factory.begin() as session:
        assert runs.stop(session, campaign_id, now=TEN) == 1
    assert [(row.person_id, row.state, row.reason) for row in rows(session_factory)] == [
        (sent, DeliveryState.SENT, None),
        (waiting, DeliveryState.SKIPPED, "campaign_stopped"),
    ]
    assert a_run(session_factory, campaign_id).state is CampaignState.STOPPED
    assert plan(session_factory, campaign_id, TEN + 2 * DAY) == 0


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(runs.pause, runs.pause, id="paused twice"),
        pytest.param(None, runs.resume, id="nothing to resume"),
        pytest.param(runs.stop, runs.stop, id="stopped twice"),
        pytest.param(runs.stop, runs.resume, id="resumed once stopped"),
    ],
)
def test_each_state_allows_some_changes(
    session_factory: Sessions, somebody: Somebody, first: Callable[..., Any] | None, then: Callable[..., Any]
) -> None:
    somebody()
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        if first is not None:
            first(session, campaign_id, now=NOW)
        with pytest.raises(CampaignStateWrong):
            then(session, campaign_id, now=NOW)
        with pytest.raises(CampaignNotFound):
            then(session, 404, now=NOW)


def test_who_signed_is_out_of_it_all_at_once(session_factory: Sessions, a_person: Callable[..., int]) -> None:
    people = many(session_factory, a_person, 4)
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        signs(session, campaign_id, people[0])
        told_signed(session, campaign_id, people[1])
    with session_factory.begin() as session:
        assert runs.skip_signed(session, campaign_id, now=NOW) == 2
        assert runs.skip_signed(session, campaign_id, now=NOW) == 0
    assert [row.state for row in rows(session_factory)] == [
        DeliveryState.SKIPPED,
        DeliveryState.SKIPPED,
        DeliveryState.PLANNED,
        DeliveryState.PLANNED,
    ]
    assert a_member(session_factory, campaign_id, people[0]).end_reason is EndReason.SIGNED


def close(session_factory: Sessions, now: datetime) -> int:
    with session_factory.begin() as session:
        return runs.close_finished(session, now=now)


def test_after_its_days_it_is_over_for_who_kept_silent_and_the_run_ends_with_the_last(
    session_factory: Sessions, a_person: Callable[..., int]
) -> None:
    silent, wrote, answered = many(session_factory, a_person, 3)
    campaign_id = start(session_factory)
    set_deliveries(session_factory, state=DeliveryState.SENT, state_at=TEN)
    set_deliveries(session_factory, Delivery.person_id == wrote, state=DeliveryState.ANSWERED)
    reply(session_factory, campaign_id, answered, "transport", TEN + 12 * DAY)
    assert close(session_factory, TEN + 15 * DAY) == 0
    assert close(session_factory, TEN + 16 * DAY) == 2
    ended = {who: a_member(session_factory, campaign_id, who).end_reason for who in (silent, wrote, answered)}
    assert ended == {silent: EndReason.SILENT, wrote: EndReason.DONE, answered: None}
    assert a_run(session_factory, campaign_id).state is CampaignState.RUNNING
    # given that the messages of the branch have left, and some days went by
    set_deliveries(session_factory, state=DeliveryState.SENT)
    assert close(session_factory, TEN + 30 * DAY) == 1
    assert a_member(session_factory, campaign_id, answered).end_reason is EndReason.DONE
    assert a_run(session_factory, campaign_id).state is CampaignState.FINISHED


def test_days_on_which_it_stood_still_are_no_silence(session_factory: Sessions, somebody: Somebody) -> None:
    somebody()
    campaign_id = start(session_factory)
    set_deliveries(session_factory, state=DeliveryState.SENT, state_at=TEN)
    with session_factory.begin() as session:
        runs.pause(session, campaign_id, now=TEN + DAY)
    assert close(session_factory, TEN + 40 * DAY) == 0
    with session_factory.begin() as session:
        runs.resume(session, campaign_id, now=TEN + 6 * DAY)
    assert close(session_factory, TEN + 20 * DAY) == 0
    assert close(session_factory, TEN + 21 * DAY) == 1


# -- figures


# -- figures


def test_figures_count_messages_by_step_and_people_by_text(
    session_factory: Sessions, a_person: Callable[..., int], an_event_date: Callable[..., int]
) -> None:
    people = many(session_factory, a_person, 6)
    campaign_id = start(session_factory, a_definition(steps=[a_step("jour_0", 0, asks=True)]))
    sent, read, answered, skipped, failed, waiting = people
    for who, state, reason in (
        (sent, DeliveryState.SENT, None),
        (read, DeliveryState.SENT, None),
        (answered, DeliveryState.ANSWERED, None),
        (skipped, DeliveryState.SKIPPED, "enough_this_week"),
        (failed, DeliveryState.FAILED, "blocked"),
    ):
        set_deliveries(
            session_factory, Delivery.person_id == who, state=state, reason=reason, channel=Channel.WEB, state_at=TEN
        )
    # given that the page of one has shown it, and that of another has not yet
    with session_factory.begin() as session:
        for who, shown in ((read, True), (sent, False)):
            delivery_id = session.scalars(select(Delivery.id).where(Delivery.person_id == who)).one()
            conversation_id = session.scalars(
                select(Conversation.id).join(ChannelIdentity).where(ChannelIdentity.person_id == who)
            ).one()
            (bubble,) = conversations.store_replies(
                session,
                conversation_id=conversation_id,
                replies=[Reply("Ça bloque ?")],
                now=TEN,
                delivery_id=delivery_id,
            )
            if shown:
                conversations.mark_delivered(session, [bubble.id], now=TEN)
    # and that one answered, booked a workshop, and another signed
    reply(session_factory, campaign_id, answered, "transport")
    with session_factory.begin() as session:
        event_date_id = session.scalars(select(EventDate.id).where(EventDate.id == an_event_date())).one()
        bookings.request_place(session, person_id=answered, event_date_id=event_date_id, now=NOW + HOUR)
        session.add(WorkContract(person_id=sent, announced_at=TEN, teller=Teller.PERSON))
    with session_factory.begin() as session:
        found = runs.figures(session, campaign_id)
    assert found.people == 6
    assert found.steps[0] == runs.StepFigures(
        step="jour_0",
        variant="a",
        planned=6,
        waiting=1,
        sent=3,
        read=1,
        answered=1,
        skipped={"enough_this_week": 1},
        expired=0,
        failed=1,
    )
    assert found.variants == (runs.VariantFigures(variant="a", people=6, answered=1, booked=1, signed=1),)
    assert (found.branches, found.ended) == ({"transport": 1}, {})
    assert [each.step for each in found.steps] == ["jour_0", "trajet_1"]
    assert waiting


def test_figures_of_no_campaign_are_refused(session_factory: Sessions) -> None:
    with session_factory.begin() as session, pytest.raises(CampaignNotFound):
        runs.figures(session, 404)


def test_a_long_list_is_planned_in_its_order(session_factory: Sessions) -> None:
    with session_factory.begin() as session:
        for statement in (
            "INSERT INTO people (created_at, stage) SELECT now(), 'ecole_trouvee' FROM generate_series(1, 12000)",
            "INSERT INTO channel_identities (person_id, channel, external_id, created_at) "
            "SELECT id, 'web', id::text, now() FROM people",
            "INSERT INTO consents (person_id, purpose, given, text_version, text_shown, at) "
            "SELECT id, 'reminders', true, '1', 'Je veux bien.', now() FROM people",
        ):
            session.execute(text(statement))
    campaign_id = start(session_factory)
    with session_factory.begin() as session:
        moments = session.execute(
            select(CampaignMember.rank, Delivery.due_at)
            .join(Delivery, Delivery.person_id == CampaignMember.person_id)
            .order_by(CampaignMember.rank)
        ).all()
        counted = Counter(session.scalars(select(CampaignMember.variant)))
    # twenty-five a second: eight minutes
    assert [moment for _, moment in moments] == [TEN + timedelta(seconds=rank / 25) for rank in range(12_000)]
    assert 5700 < counted["a"] < 6300
    assert plan(session_factory, campaign_id) == 0


def test_started_again_and_again_by_one_connection(session_factory: Sessions, somebody: Somebody) -> None:
    # given that psycopg prepares what it runs often, and PostgreSQL then plans it without its values
    somebody()
    with session_factory.begin() as session:
        for _ in range(20):
            campaign = runs.start(session, a_definition(), starts_on=FIRST_DAY, now=NOW)
            runs.stop(session, campaign.id, now=NOW)
        assert session.scalar(select(func.count()).select_from(Campaign)) == 20

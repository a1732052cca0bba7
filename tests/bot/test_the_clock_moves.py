"""Two workers on one database, while the clock moves: over clock changes, over an outage of two days."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from programme.models import Delivery, DeliveryState
from tests.bot.field import Field, a_field, seats_in
from tests.conftest import PARIS


@pytest.mark.parametrize(
    "monday",
    [
        pytest.param(datetime(2027, 3, 29, tzinfo=PARIS), id="clocks go forward"),
        pytest.param(datetime(2027, 11, 1, tzinfo=PARIS), id="clocks go back"),
    ],
)
def test_over_a_clock_change_each_reminder_is_said_once_at_its_hour_of_the_wall(folder: Path, monday: datetime) -> None:
    # given workshops on the Tuesday and the Wednesday after the clocks change, at two in the afternoon
    starts = [monday + timedelta(days=days, hours=14) for days in (1, 2)]
    with a_field(folder / f"clock-{monday:%m}") as field:
        friday = monday - timedelta(days=3)
        booked = friday - timedelta(days=1)
        field.set_clock(friday.replace(hour=8, minute=50))
        for chat, start in enumerate(starts, start=1):
            seats_in(field.engine, start, people=20, first_chat=20 * chat - 19, booked=booked)
        # when the clock moves by an hour at a time from Friday to Wednesday, with two workers
        field.start_worker()
        field.start_worker()
        field.wait_until_planned(80)
        hours = [friday.astimezone(UTC) + timedelta(hours=8, minutes=50 + 60 * count) for count in range(24 * 5 + 8)]
        for now in hours:
            local = now.astimezone(PARIS)
            field.set_clock(now)
            if 9 <= local.hour < 20:  # at night nothing is due: no need to wait
                field.wait_until_idle()
        # then each person had both reminders, once, at the hour that the clock on the wall says
        said = [(each.chat_id, each.text.split(" ")[0]) for each in field.telegram.sent]
        assert Counter(Counter(said).values()) == {1: 80}
        with Session(field.engine) as session:
            due = session.execute(select(Delivery.person_id, Delivery.due_at).order_by(Delivery.due_at)).all()
        assert {due_at.astimezone(PARIS).strftime("%H:%M") for _, due_at in due} == {"17:00", "12:00"}


def test_after_an_outage_of_two_days_what_is_too_late_is_expired_and_the_rest_is_said(folder: Path) -> None:
    thursday = datetime(2026, 11, 26, 14, 0, tzinfo=PARIS)
    with a_field(folder / "outage") as field:
        # given reminders that were planned, and workers that stop on Wednesday before any is due
        field.set_clock(thursday - timedelta(days=1, hours=2))
        booked = thursday - timedelta(days=3)
        seats_in(field.engine, thursday, people=30, first_chat=1, booked=booked)
        seats_in(field.engine, thursday + timedelta(days=2), people=30, first_chat=31, booked=booked)
        field.start_worker()
        field.wait_until_planned(120)
        field.stop()
        # when they come back on Friday evening
        field.set_clock(thursday + timedelta(days=1, hours=4))
        field.start_worker()
        field.wait_until_idle()
        # then the first ones hear nothing of a workshop that is over, the others of the one of Saturday, once
        received = Counter(each.chat_id for each in field.telegram.sent)
        assert received == dict.fromkeys(range(31, 61), 1)
        with Session(field.engine) as session:
            expired = session.scalars(select(Delivery.person_id).where(Delivery.state == DeliveryState.EXPIRED)).all()
        assert set(expired) == set(range(1, 31))


def test_a_second_worker_leads_when_the_first_one_is_gone(folder: Path) -> None:
    thursday = datetime(2026, 11, 26, 14, 0, tzinfo=PARIS)
    with a_field(folder / "leaders") as field:
        field.set_clock(thursday - timedelta(days=1, hours=2))
        field.start_worker()
        field.start_worker()
        first = leader(field)
        # when whoever leads is killed
        field.kill(first)
        # then the other one leads
        second = leader(field, besides=first)
        assert second != first
        assert second in {worker.pid for worker in field.workers}


def leader(field: Field, besides: int = 0) -> int:
    """The process that holds the lock, once there is one."""

    def holds() -> int | None:
        with field.engine.connect() as connection:
            name = connection.scalar(
                text(
                    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) "
                    "WHERE locktype = 'advisory' AND granted AND application_name LIKE 'declic leader%'"
                )
            )
        pid = int(name.rpartition(":")[2]) if name else None
        return pid if pid != besides else None

    return field.wait_for(holds)

"""`declic deliveries due` and `declic worker status`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from tests.bot.field import a_field, seats_in
from tests.bot.test_command import declic, environment, refusal

__all__ = ["environment"]

# a Wednesday, the eve of a workshop at 14:00 in Paris
EVE = "2026-11-25T17:00+01:00"
STARTS_AT = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


def test_what_would_be_due_is_shown_and_the_database_stays_as_it_is(folder: Path) -> None:
    with a_field(folder / "due") as field:
        seats_in(field.engine, STARTS_AT, people=3, first_chat=1, booked=STARTS_AT - timedelta(days=3))
        shown = declic(field.environment, "deliveries", "due", "--at", EVE, "--dry-run", "--limit", "2").stdout
        lines = re.findall(r"25 novembre 2026 17:00  person +(\d)  booking_eve of \d, until 26/11 11:00", shown)
        assert lines == ["1", "2"], shown
        assert "… and 1 more" in shown
        assert "6 of all that is planned was planned for this look alone" in shown
        # and again without planning: nothing was kept
        assert "0 due at" in declic(field.environment, "deliveries", "due", "--at", EVE).stdout
        with field.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM deliveries")) == 0


def test_a_moment_that_cannot_be_read_is_said_with_what_to_write(environment: dict[str, str]) -> None:
    assert "write it like 2027-09-01T10:00+02:00" in refusal(
        declic(environment, "deliveries", "due", "--at", "demain matin")
    )
    assert "names no zone" in refusal(declic(environment, "deliveries", "due", "--at", "2027-09-01T10:00"))


def test_the_status_says_who_leads_what_waits_and_what_went_wrong(folder: Path) -> None:
    with a_field(folder / "status") as field:
        # given no worker
        stopped = declic(field.environment, "worker", "status")
        assert "no worker runs" in refusal(stopped)
        # when one runs, with reminders for people of whom one has blocked the bot
        seats_in(field.engine, STARTS_AT, people=3, first_chat=1, booked=STARTS_AT - timedelta(days=3))
        with field.engine.begin() as connection:
            connection.execute(text("UPDATE channel_identities SET blocked_at = now() WHERE person_id = 2"))
        field.set_clock(datetime.fromisoformat(EVE) + timedelta(minutes=1))
        field.start_worker()
        field.wait_until_planned(6)
        field.wait_until_idle()
        # then all of it is said
        running = declic(field.environment, "worker", "status")
        assert running.returncode == 0, running.stderr
        assert re.search(rf"Leader: +\S+:{field.workers[0].pid}\n", running.stdout), running.stdout
        assert "Due:      0" in running.stdout
        assert "Later:    3" in running.stdout
        assert "Sent:     2 in the last hour" in running.stdout
        assert re.search(r"Not sent: 1 × no_channel, last at 25/11 16:\d\d UTC", running.stdout), running.stdout

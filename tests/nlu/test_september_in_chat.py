"""The protocols of July and September, played whole through the chat API while the clock moves day by day."""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.settings import ROOT
from programme.campaigns import runs
from programme.campaigns.definition import CAMPAIGNS_DIR, Definition, If, load_campaigns
from programme.deliveries.hours import decent
from programme.models import CampaignMember, Delivery, DeliveryState, EndReason
from tests.conftest import PARIS
from tests.stack import DECLIC, Chat, Stack, running_stack, said, titles, wait_for

CAMPAIGNS = load_campaigns(CAMPAIGNS_DIR)
# a Wednesday
STARTS_ON = date(2027, 9, 1)


EVENING = time(19, 40)


@pytest.fixture(scope="module")
def september(folder: Path) -> Iterator["September"]:
    """All of Déclic on the last day of August 2027."""
    own = folder / "september"
    own.mkdir()
    clock_file = own / "clock"
    eve = datetime.combine(STARTS_ON - timedelta(days=1), time(14), tzinfo=PARIS)
    clock_file.write_text(str((eve - datetime.now(UTC)).total_seconds()))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DECLIC_") or name == "DECLIC_MODELS_DIR"
    }
    with running_stack(own, kept | {"DECLIC_CLOCK_FILE": str(clock_file)}) as stack:
        yield September(stack, clock_file)
        stack.close_chats()


class September:
    """The running parts, and a clock."""

    def __init__(self, stack: Stack, clock_file: Path) -> None:
        self.stack, self._clock_file = stack, clock_file

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self._clock_file.read_text()))

    def go_on_to(self, day: date, hour: time = EVENING) -> None:
        """Until all that is due by then has been said."""
        moment = datetime.combine(day, hour, tzinfo=PARIS)
        new = self._clock_file.with_suffix(".new")
        new.write_text(str((moment - datetime.now(UTC)).total_seconds()))
        new.replace(self._clock_file)
        with Session(self.stack.engine) as session, session.begin():
            # the worker plans every other minute, which is days here; planning twice is planning once
            for campaign in runs.under_way(session):
                runs.plan_ahead(session, campaign.id, now=self.now())
            runs.close_finished(session, now=self.now())
        query = text("SELECT count(*) FROM deliveries WHERE state = 'queued' OR (state = 'planned' AND due_at <= :now)")

        def idle() -> bool | None:
            with self.stack.engine.connect() as connection:
                return connection.scalar(query, {"now": self.now()}) == 0 or None

        wait_for(idle, patience_s=60)

    def declic(self, *arguments: str) -> str:
        done = subprocess.run(
            [*DECLIC, *arguments], cwd=ROOT, env=self.stack.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def a_candidate(self, *, agrees: bool = True) -> "Candidate":
        return Candidate(self.stack, self.stack.chat(), agrees=agrees)


class Candidate:
    """A young person without an employer, who has begun at the CFA."""

    def __init__(self, stack: Stack, chat: Chat, *, agrees: bool) -> None:
        self._stack, self.chat = stack, chat
        chat.press('/resume_messages{"go": "yes"}' if agrees else '/resume_messages{"go": "no"}')
        with stack.engine.begin() as connection:
            self.person_id: int = connection.execute(
                text(
                    "UPDATE people SET stage = 'ecole_trouvee', school_status = 'enrolled', "
                    "training_starts_on = '2027-08-30' WHERE id = (SELECT person_id FROM channel_identities JOIN "
                    "conversations ON identity_id = channel_identities.id WHERE conversations.id = :id) RETURNING id"
                ),
                {"id": chat.conversation_id},
            ).scalar_one()

    def steps(self) -> dict[str, str]:
        """What became of each message of the campaign."""
        with Session(self._stack.engine) as session:
            query = select(Delivery.step, Delivery.state).where(Delivery.person_id == self.person_id)
            return {step: state.value for step, state in session.execute(query)}

    def heard(self) -> set[str]:
        return {step for step, state in self.steps().items() if state in ("sent", "answered")}

    def member(self) -> CampaignMember:
        with Session(self._stack.engine) as session:
            query = select(CampaignMember).where(CampaignMember.person_id == self.person_id)
            return session.scalars(query).one()

    def answers(self, title: str) -> list[dict[str, object]]:
        """Press the button of the question, wherever it stands."""
        asked = next(each for each in reversed(self.chat.history()) if title in titles([each]))
        return self.chat.press_titled([asked], title)


def expected_steps(definition: Definition, branch: str | None) -> set[str]:
    """What somebody hears who answers on the first day, or never."""
    unwanted = If.UNANSWERED if branch is not None else If.ANSWERED
    if branch is None:
        return {step.id for step in definition.steps if step.only_if is not unwanted}
    first = {step.id for step in definition.steps if step.day == 0}
    chosen = definition.branches[branch]
    if chosen.ends is not None:
        return first
    general = {step.id for step in definition.steps if step.only_if is not unwanted}
    return general | {step.id for step in chosen.steps}


def days(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(count))


def last_day(definition: Definition) -> int:
    """How many days until nothing is left, with those that a weekend, or somebody who is late, puts off."""
    return max(step.day for step in definition.every_step()) + runs.BRANCH_LATE.days + 2


def test_september_is_played_whole_every_branch(september: September) -> None:
    definition = CAMPAIGNS["septembre"]
    # given a candidate for each answer, one who never answers, one who says stop, one who signs, one who said no
    by_branch = {branch: september.a_candidate() for branch in definition.branches}
    silent, stops, signs, refuses = (september.a_candidate(agrees=agrees) for agrees in (True, True, True, False))
    # when the campaign is looked at, then started
    preview = september.declic("campaign", "preview", "septembre", "--on", STARTS_ON.isoformat())
    assert str(len(by_branch) + 3) in preview
    started = september.declic("campaign", "start", "septembre", "--on", STARTS_ON.isoformat(), "--yes")
    assert str(len(by_branch) + 3) in started
    # and the first evening has come
    september.go_on_to(STARTS_ON)
    asked = {step.id for step in definition.steps if step.day == 0}
    for candidate in (*by_branch.values(), silent, stops, signs):
        assert candidate.heard() == asked
    assert refuses.steps() == {}
    # and each answers, is told what to do today, and can do it
    for branch, candidate in by_branch.items():
        said_at_once = candidate.answers(definition.branches[branch].title)
        assert said(said_at_once), branch
        ways = [way.title for way in definition.branches[branch].now.buttons]
        assert all(title in titles(said_at_once) for title in ways), (branch, ways)
        assert candidate.member().branch == branch
    assert "plus" in said(stops.chat.say("stop"))
    # and the weeks go by; somebody signs in the second one
    for number, day in enumerate(days(STARTS_ON + timedelta(days=1), last_day(definition))):
        september.go_on_to(day)
        if number == 6:
            signs.chat.press_titled(signs.chat.say("j'ai signé mon contrat !"), "Oui")
    # then each has heard what their answer calls for, and nothing else
    for branch, candidate in by_branch.items():
        assert candidate.heard() == expected_steps(definition, branch), branch
    assert silent.heard() == expected_steps(definition, None)
    assert stops.heard() == asked
    assert signs.heard() < expected_steps(definition, None)
    # and each text of theirs stands in their conversation
    for branch, candidate in by_branch.items():
        transcript = said(candidate.chat.history(limit="200"))
        for step_id in candidate.heard():
            texts = definition.step(step_id).says.values()
            assert any(_is_said(transcript, each.bubbles, each.otherwise) for each in texts), (branch, step_id)
    # and it is over for everybody, with why
    assert silent.member().end_reason is EndReason.SILENT
    assert signs.member().end_reason is EndReason.SIGNED
    ends = {branch: candidate.member().end_reason for branch, candidate in by_branch.items()}
    assert all(reason is not None for reason in ends.values()), ends
    for branch, chosen in definition.branches.items():
        if chosen.ends is not None:
            assert ends[branch] is chosen.ends
    # and all of it was said at decent hours
    with Session(september.stack.engine) as session:
        query = select(Delivery.state_at).where(Delivery.state.in_((DeliveryState.SENT, DeliveryState.ANSWERED)))
        assert all(decent(at, PARIS) for at in session.scalars(query))


def _is_said(transcript: str, *wordings: tuple[str, ...]) -> bool:
    """Do the parts around the blanks of one of the wordings stand in it?"""
    return any(
        wording and all(part.strip() in transcript for bubble in wording for part in re.split(r"{\w+}", bubble))
        for wording in wordings
    )

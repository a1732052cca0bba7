"""What a campaign says to one person: its messages, what follows an answer, the day the training began."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme import path
from programme.campaigns import runs
from programme.campaigns.definition import ASK_AGAIN, Text, Way
from programme.campaigns.facts import COUNTDOWN, facts_in, facts_of, fill
from programme.campaigns.hearing import branch_told
from programme.dialogue_state import Question, Shown
from programme.errors import CampaignMemberNotFound
from programme.facts import FactBook
from programme.models import Aspect, Campaign, Delivery, EmployerStatus, EndReason, Person, SchoolStatus, Teller
from programme.replies import Button, Reply, go
from programme.texts import Texts

# what the next message may answer
BLOCKED, START = "campaign_blocked", "campaign_start"
# where the buttons of a campaign lead: « campaign.12.transport »
KIND = "campaign"
# a training that begins further away was misread
FURTHEST_DAYS = 400
IN_SCHOOL = frozenset({SchoolStatus.FOUND, SchoolStatus.ENROLLED})
STILL_SEARCHES = frozenset({EmployerStatus.SEARCHING, EmployerStatus.IN_VIEW, EmployerStatus.INTERVIEW})


@dataclass(frozen=True)
class _Answer:
    branch: str
    at: datetime


@dataclass(frozen=True)
class CampaignDesk:
    texts: Texts
    facts: FactBook
    zone: ZoneInfo

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> list[Reply]:
        """The text of the step, in the wording that this person reads."""
        campaign = session.get_one(Campaign, delivery.object_id)
        step = runs.definition_of(campaign).step(delivery.step)
        member = runs.member(session, campaign.id, delivery.person_id)
        variant = member.variant if member is not None and member.variant in step.says else "a"
        return self._text(session, campaign.id, step.says[variant], delivery.person_id, now=now, today=today)

    def answered(
        self, session: Session, *, person_id: int, campaign_id: int, branch: str, now: datetime, today: date
    ) -> Shown:
        """What is said at once after an answer, and what it means for the path of the person.

        An answer that comes when the campaign is over is heard all the same: it is said, and nothing more is planned.
        """
        if branch == ASK_AGAIN:
            return self._ask_again(session, campaign_id)
        before = _answer_of(session, campaign_id, person_id)
        try:
            runs.answer(session, campaign_id, person_id, branch, now=now, today=today)
        except CampaignMemberNotFound:
            return Shown([self._over()])
        branches = runs.definition_of(session.get_one(Campaign, campaign_id)).branches
        chosen = branches[branch]
        if chosen.ends is EndReason.FOUND:
            if before is not None and before.branch == branch:  # congratulated once
                ways = tuple(_button(way, campaign_id) for way in chosen.now.buttons)
                return Shown([self.texts.reply("campaign_found_already", *ways)])
            self._found(session, person_id, now=now)
        elif before is not None and branches[before.branch].ends is EndReason.FOUND:
            self._not_found_after_all(session, person_id, told_at=before.at, now=now)
        replies = self._text(session, campaign_id, chosen.now, person_id, now=now, today=today)
        if chosen.ends is not None:
            return Shown(replies)
        runs.plan_person(session, campaign_id, person_id, now=now)
        person = session.get_one(Person, person_id)
        known = person.training_starts_on is not None or person.school_status not in IN_SCHOOL
        if before is not None or known or not chosen.asks_start:
            return Shown(replies)
        ask = self.texts.reply("campaign_ask_start", go("inform", self.texts.say("campaign_button_unknown"), "start.?"))
        return Shown([*replies, ask], Question(kind=START, subject=campaign_id))

    def _found(self, session: Session, person_id: int, *, now: datetime) -> None:
        """Nothing is signed yet: there is an employer who wants them."""
        if path.locked(session, person_id).employer_status in STILL_SEARCHES:
            path.set_employer(session, person_id, EmployerStatus.PROMISED, teller=Teller.PERSON, now=now)

    def _not_found_after_all(self, session: Session, person_id: int, *, told_at: datetime, now: datetime) -> None:
        """What the answer before had moved goes back, unless it has moved on since."""
        told = path.latest(session, person_id, Aspect.EMPLOYER)
        if told is not None and told.at == told_at:
            path.take_back(session, person_id, told.id, teller=Teller.PERSON, now=now)

    def starts(self, session: Session, *, person_id: int, day: date | None, now: datetime, today: date) -> Shown:
        """The day on which the training begins or began, as the person says it; None: they do not know."""
        if day is None:
            return Shown([self.texts.reply("campaign_start_unknown")])
        if abs((day - today).days) > FURTHEST_DAYS:
            return Shown([self.start_odd()], Question(kind=START))
        path.locked(session, person_id).training_starts_on = day
        session.flush()
        known = facts_of(session, person_id, book=self.facts, zone=self.zone, now=now, today=today, wanted=COUNTDOWN)
        return Shown([self._countdown(known)])

    def start_odd(self) -> Reply:
        return self.texts.reply("campaign_start_odd")

    def branch_in(self, session: Session, campaign_id: int, text: str, intents: frozenset[str]) -> str | None:
        """The answer that a typed message means; None when it means none, or there is no such campaign."""
        campaign = session.get(Campaign, campaign_id)
        return branch_told(runs.definition_of(campaign), text, intents) if campaign is not None else None

    def _ask_again(self, session: Session, campaign_id: int) -> Shown:
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            return Shown([self._over()])
        # in the order in which they were shown first: what is kept in the database has lost that of the file
        asked = next(step for step in runs.definition_of(campaign).steps if step.asks)
        answers = tuple(_button(way, campaign_id) for way in asked.says["a"].buttons if way.answer)
        return Shown([self.texts.reply("campaign_ask_again", *answers)], Question(kind=BLOCKED, subject=campaign_id))

    def _countdown(self, known: dict[str, str]) -> Reply:
        if "jours_cfa" not in known:
            return self.texts.reply("campaign_start_noted")
        return self.texts.reply("campaign_start_countdown", left=known["jours_cfa"], last=known["fin_cfa"])

    def _text(
        self, session: Session, campaign_id: int, text: Text, person_id: int, *, now: datetime, today: date
    ) -> list[Reply]:
        known = facts_of(
            session, person_id, book=self.facts, zone=self.zone, now=now, today=today, wanted=facts_in(text)
        )
        *first, last = fill(text, known)
        buttons = tuple(_button(way, campaign_id) for way in text.buttons)
        return [*map(Reply, first), Reply(last, buttons)]

    def _over(self) -> Reply:
        return self.texts.reply("campaign_over", Button(self.texts.say("button_human"), "/talk_to_human"))


def _button(way: Way, campaign_id: int) -> Button:
    if way.answer:
        return go("inform", way.title, f"{KIND}.{campaign_id}.{way.answer}")
    return go(way.intent, way.title, way.go) if way.go else Button(way.title, f"/{way.intent}")


def _answer_of(session: Session, campaign_id: int, person_id: int) -> _Answer | None:
    """What the person has answered so far."""
    member = runs.member(session, campaign_id, person_id)
    if member is None or member.branch is None or member.answered_at is None:
        return None
    return _Answer(member.branch, member.answered_at)

"""What a campaign says to one person: its messages, what follows an answer, the day the training began."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme import french, path
from programme.campaigns import runs
from programme.campaigns.definition import ASK_AGAIN, Text, Way
from programme.campaigns.facts import facts_of, fill
from programme.dialogue_state import Question, Shown
from programme.errors import CampaignMemberNotFound
from programme.facts import FactBook
from programme.models import Campaign, Delivery, EmployerStatus, EndReason, Person, SchoolStatus, Teller
from programme.replies import Button, Reply, go
from programme.texts import Texts

# what the next message may answer
BLOCKED, START = "campaign_blocked", "campaign_start"
# where the buttons of a campaign lead: « campaign.12.transport »
KIND = "campaign"
# a training that begins further away was misread
FURTHEST_DAYS = 400
IN_SCHOOL = frozenset({SchoolStatus.FOUND, SchoolStatus.ENROLLED})


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
        try:
            runs.answer(session, campaign_id, person_id, branch, now=now, today=today)
        except CampaignMemberNotFound:
            return Shown([self._over()])
        chosen = runs.definition_of(session.get_one(Campaign, campaign_id)).branches[branch]
        replies = self._text(session, campaign_id, chosen.now, person_id, now=now, today=today)
        if chosen.ends is EndReason.FOUND:
            # nothing is signed yet: there is an employer who wants them
            path.set_employer(session, person_id, EmployerStatus.PROMISED, teller=Teller.PERSON, now=now)
        if chosen.ends is not None:
            return Shown(replies)
        runs.plan_person(session, campaign_id, person_id, now=now)
        person = session.get_one(Person, person_id)
        if person.training_starts_on is None and person.school_status in IN_SCHOOL:
            ask = self.texts.reply(
                "campaign_ask_start", go("inform", self.texts.say("campaign_button_unknown"), "start.?")
            )
            return Shown([*replies, ask], Question(kind=START, subject=campaign_id))
        return Shown(replies)

    def starts(self, session: Session, *, person_id: int, day: date | None, now: datetime, today: date) -> Shown:
        """The day on which the training begins or began, as the person says it; None: they do not know."""
        if day is None:
            return Shown([self.texts.reply("campaign_start_unknown")])
        if abs((day - today).days) > FURTHEST_DAYS:
            return Shown([self.texts.reply("campaign_start_odd")], Question(kind=START))
        path.locked(session, person_id).training_starts_on = day
        session.flush()
        known = facts_of(session, person_id, book=self.facts, zone=self.zone, now=now, today=today)
        return Shown([self._countdown(known)])

    def start_odd(self) -> Reply:
        return self.texts.reply("campaign_start_odd")

    def branch_in(self, session: Session, campaign_id: int, text: str, intents: frozenset[str]) -> str | None:
        """The answer that a typed message means: by its words first, then by its intents; None when it means none."""
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            return None
        definition, words = runs.definition_of(campaign), f" {french.plain(text)} "
        for key, branch in definition.branches.items():
            if any(f" {french.plain(word)}" in words for word in branch.words):
                return key
        return next((key for key, branch in definition.branches.items() if intents & set(branch.intents)), None)

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
        known = facts_of(session, person_id, book=self.facts, zone=self.zone, now=now, today=today)
        *first, last = fill(text, known)
        buttons = tuple(_button(way, campaign_id) for way in text.buttons)
        return [*map(Reply, first), Reply(last, buttons)]

    def _over(self) -> Reply:
        return self.texts.reply("campaign_over", Button(self.texts.say("button_human"), "/talk_to_human"))


def _button(way: Way, campaign_id: int) -> Button:
    if way.answer:
        return go("inform", way.title, f"{KIND}.{campaign_id}.{way.answer}")
    return go(way.intent, way.title, way.go) if way.go else Button(way.title, f"/{way.intent}")

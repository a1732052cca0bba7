"""The messages of campaigns, as the sending asks for them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from programme.campaigns import runs
from programme.campaigns.desk import BLOCKED, CampaignDesk
from programme.deliveries.sending import Said
from programme.dialogue_state import Question
from programme.models import Campaign, Delivery


@dataclass(frozen=True)
class CampaignSpeaker:
    desk: CampaignDesk

    def why_not(self, session: Session, delivery: Delivery, *, now: datetime) -> str | None:
        return runs.why_not(session, delivery, now=now)

    def say(self, session: Session, delivery: Delivery, *, now: datetime, today: date) -> Said:
        replies = self.desk.say(session, delivery, now=now, today=today)
        step = runs.definition_of(session.get_one(Campaign, delivery.object_id)).step(delivery.step)
        return Said(replies, Question(kind=BLOCKED, subject=delivery.object_id) if step.asks else None)

"""What the young person is told when a counsellor comes and goes, and what a counsellor can send with one press."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import bubbles, conversations, events, flags, french, takeover
from programme.answers import AnswerBook
from programme.call_cards import CardBook
from programme.content import CONTENT_DIR, ContentModel, parse, read_entries
from programme.dialogue_state import load_state, save_state
from programme.errors import CardNotFound, ContentError, EventNotFound, NotHolder
from programme.models import FlagReason, Message, Organisation, StaffMember, Team
from programme.replies import MAX_BUBBLE, Button, Reply
from programme.takeover import Held
from programme.texts import Texts

# of a message that a counsellor types; what is longer is sent as several bubbles
LONGEST = 2000
DATES_OFFERED = 12


class Canned(ContentModel):
    """A sentence that counsellors say often."""

    id: str
    title: Annotated[str, Field(min_length=3, max_length=60)]
    text: Annotated[str, Field(min_length=10, max_length=MAX_BUBBLE)]


@dataclass(frozen=True)
class Card:
    """Something to send as it is: ``key`` names it, ``title`` says it in the counsellor's list."""

    key: str
    title: str


@dataclass(frozen=True)
class TakeoverDesk:
    """``zone`` is where the Mission locale lives."""

    texts: Texts
    answers: AnswerBook
    cards: CardBook
    canned: Sequence[Canned]
    zone: ZoneInfo

    @classmethod
    def load(cls, texts: Texts, answers: AnswerBook, cards: CardBook, zone: ZoneInfo) -> Self:
        """Raises ContentError."""
        path = CONTENT_DIR / "console" / "replies.yml"
        canned = [parse(Canned, entry, f"{path}, entry {at}") for at, entry in enumerate(read_entries(path), start=1)]
        if len({each.id for each in canned}) < len(canned):
            raise ContentError(f"{path}: an id is there twice")
        return cls(texts, answers, cards, canned, zone)

    # -- coming and going

    def take(
        self, session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime, reason: str | None = None
    ) -> Held:
        """Hold the conversation, and tell the person who is there; somebody else's takeover is given back as it is."""
        held = takeover.take(session, conversation_id, staff_id=staff_id, now=now, reason=reason)
        if held.new:
            self._tell(
                session, conversation_id, "takeover_begun", staff_id, now=now, team=_organisation(session, staff_id)
            )
        return held

    def give_back(
        self, session: Session, conversation_id: uuid.UUID, *, staff_id: int, now: datetime, summary: str | None = None
    ) -> None:
        """The assistant answers again, and the person is told. Raises NotHolder."""
        if not takeover.give_back(session, conversation_id, staff_id=staff_id, now=now, summary=summary):
            raise NotHolder(conversation_id)
        self._drop_question(session, conversation_id)
        self._tell(session, conversation_id, "takeover_given_back", staff_id, self._human, now=now)

    def let_lapse(self, session: Session, conversation_id: uuid.UUID, *, now: datetime) -> bool:
        """The counsellor's time ran out: the person is told, and what nobody answered calls the team again.

        False when there is nothing to end any more.
        """
        ended = takeover.end_lapsed(session, conversation_id, now=now)
        if ended is None:
            return False
        self._drop_question(session, conversation_id)
        waits = conversations.waits_for_staff(session, conversation_id, since=ended.taken_at)
        if waits:
            flags.raise_flag(session, conversation_id, reason=FlagReason.HUMAN_WANTED, now=now)
        key = "takeover_lapsed_waiting" if waits else "takeover_lapsed"
        self._tell(session, conversation_id, key, ended.staff_id, self._human, now=now)
        return True

    # -- speaking

    def write(
        self, session: Session, conversation_id: uuid.UUID, *, staff_id: int, text: str, now: datetime
    ) -> list[Message]:
        """What the counsellor typed, as bubbles; none when there is nothing in it. Raises NotHolder."""
        pieces = bubbles.pieces(text.strip()[:LONGEST])
        return self._say(session, conversation_id, [Reply(piece) for piece in pieces], staff_id=staff_id, now=now)

    def send(
        self, session: Session, conversation_id: uuid.UUID, *, staff_id: int, card: str, now: datetime
    ) -> list[Message]:
        """A card of `offered`, by its key. Raises NotHolder, CardNotFound."""
        replies = self._card(session, conversation_id, card, now=now)
        return self._say(session, conversation_id, replies, staff_id=staff_id, now=now)

    def offered(self, session: Session, conversation_id: uuid.UUID, *, now: datetime) -> dict[str, list[Card]]:
        """What may be sent with one press, by kind: dates to book, answers with their sources, questions to ask."""
        person_id = conversations.person_of(session, conversation_id)
        near = events.near(session, person_id, now=now, limit=DATES_OFFERED)
        return {
            "dates": [
                Card(
                    f"date.{each.date.id}",
                    f"{french.short_day_and_hour(each.date.starts_at, self.zone)} · {each.date.series.title}",
                )
                for each in near
            ],
            "answers": sorted(
                (
                    Card(f"answer.{topic}", title)
                    for topic, title in self.answers.titles.items()
                    if topic in self.answers.offered
                ),
                key=lambda card: french.plain(card.title),
            ),
            "questions": [
                Card(f"question.{family}", title)
                for family, title in sorted(self.cards.titles.items(), key=lambda each: french.plain(each[1]))
            ],
        }

    def _card(self, session: Session, conversation_id: uuid.UUID, key: str, *, now: datetime) -> list[Reply]:
        kind, _, name = key.partition(".")
        if kind == "date" and name.isdecimal():
            return [self._date(session, int(name), now=now)]
        if kind == "answer" and name in self.answers.offered:
            known = load_state(session, conversation_id).known
            return self.answers.answer(name, on=now.astimezone(self.zone).date(), profile=known)
        if kind == "question" and name in self.cards.titles:
            card = self.cards.card(name)
            asked = [f"« {question.ask} »" for question in card.questions]
            return [
                Reply(each) for each in bubbles.packed(self.texts.say("card_question_intro", title=card.title), asked)
            ]
        raise CardNotFound(key)

    def _date(self, session: Session, date_id: int, *, now: datetime) -> Reply:
        try:
            date = events.availability(session, min(date_id, 2**62)).date
        except EventNotFound as error:
            raise CardNotFound(date_id) from error
        if date.closes_at <= now or date.cancelled_at is not None:
            raise CardNotFound(date_id)
        book = Button(self.texts.say("card_date_button"), f'/book_workshop{{"workshop_date": "{date.id}"}}')
        when = french.day_and_hour(date.starts_at, self.zone)
        said = self.texts.say("card_date", title=date.series.title, when=when, place=date.series.place)
        return Reply(bubbles.cut(said, MAX_BUBBLE), (book,))

    def _say(
        self, session: Session, conversation_id: uuid.UUID, replies: Sequence[Reply], *, staff_id: int, now: datetime
    ) -> list[Message]:
        if not takeover.prolong(session, conversation_id, staff_id=staff_id, now=now):
            raise NotHolder(conversation_id)
        if not replies:
            return []
        takeover.first_answered(session, conversation_id, now=now)
        name = session.scalar(select(StaffMember.name).where(StaffMember.id == staff_id)) or ""
        return conversations.store_staff_messages(
            session, conversation_id=conversation_id, staff_id=staff_id, name=name, replies=replies, now=now
        )

    def _tell(
        self,
        session: Session,
        conversation_id: uuid.UUID,
        key: str,
        staff_id: int,
        *buttons: Button,
        now: datetime,
        **values: object,
    ) -> None:
        name = session.scalar(select(StaffMember.name).where(StaffMember.id == staff_id)) or ""
        said = self.texts.reply(key, *buttons, name=name, **values)
        conversations.store_replies(session, conversation_id=conversation_id, replies=[said], now=now)

    @staticmethod
    def _drop_question(session: Session, conversation_id: uuid.UUID) -> None:
        """What the assistant had asked before is not what the person has in mind after a talk with somebody."""
        state = load_state(session, conversation_id)
        if state.question is not None:
            save_state(session, conversation_id, state.without_question())

    @property
    def _human(self) -> Button:
        return Button(self.answers.titles["talk_to_human"], "/talk_to_human")


def _organisation(session: Session, staff_id: int) -> str:
    return (
        session.scalar(
            select(Organisation.name)
            .join(Team, Team.organisation_id == Organisation.id)
            .join(StaffMember, StaffMember.team_id == Team.id)
            .where(StaffMember.id == staff_id)
        )
        or ""
    )

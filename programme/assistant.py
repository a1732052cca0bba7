"""All that the assistant knows and says, loaded once at start-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme.aid_desk import AidDesk
from programme.answers import AnswerBook
from programme.booking_desk import BookingDesk
from programme.call_cards import CardBook
from programme.call_desk import CallDesk
from programme.campaigns.definition import check_ways, load_campaigns
from programme.campaigns.desk import CampaignDesk
from programme.campaigns.speaker import CampaignSpeaker
from programme.choice_desk import ChoiceDesk
from programme.deliveries.sending import Sending
from programme.delivery_desk import BookingSpeaker, CheckInSpeaker, speakers_for
from programme.dialogue_state import DialogueState, Question
from programme.elsewhere import Elsewhere
from programme.facts import FactBook
from programme.followups import FollowUps
from programme.game_desk import GameDesk
from programme.interview_desk import InterviewDesk
from programme.lesson_desk import LessonDesk
from programme.notebook_desk import NotebookDesk
from programme.path_desk import PathDesk
from programme.pay_desk import PayDesk
from programme.practice import runs
from programme.practice.desk import PracticeDesk
from programme.practice.tutor_desk import TutorDesk
from programme.replies import MAX_BUBBLE, Button, Reply
from programme.rights_desk import RightsDesk
from programme.rights_words import RHYTHMS
from programme.takeover_desk import TakeoverDesk
from programme.texts import Texts

BLANK = DialogueState()
# topics offered when a message was not understood; below the floor a guess would be noise
CHOICES = 3
CHOICE_FLOOR = 0.05
# what « Autre chose » sends: none of the topics offered was meant
NONE_OF_THESE = '/inform{"choice": "none"}'


@dataclass(frozen=True)
class Assistant:
    """Content and the services that speak from it; ``zone`` is where the Mission locale lives."""

    zone: ZoneInfo
    facts: FactBook
    answers: AnswerBook
    texts: Texts
    desk: BookingDesk
    pay: PayDesk
    rights: RightsDesk
    aid: AidDesk
    practice: PracticeDesk
    tutor: TutorDesk
    notebook: NotebookDesk
    cards: CardBook
    call: CallDesk
    lessons: LessonDesk
    games: GameDesk
    interview: InterviewDesk
    elsewhere: Elsewhere
    followups: FollowUps
    path: PathDesk
    choice: ChoiceDesk
    reminders: BookingSpeaker
    check_ins: CheckInSpeaker
    campaigns: CampaignDesk
    sending: Sending
    takeovers: TakeoverDesk

    @classmethod
    def load(cls, zone: ZoneInfo, *, on: date) -> Self:
        """Raises ContentError when anything under ``content/`` is wrong."""
        facts = FactBook.load()
        texts = Texts.load()
        answers = AnswerBook.load(facts, on=on)
        cards = CardBook.load()
        notebook = NotebookDesk(texts, zone)
        campaigns = CampaignDesk(texts, facts, zone)
        check_ways(load_campaigns(), set(answers.titles))
        return cls(
            zone=zone,
            facts=facts,
            answers=answers,
            texts=texts,
            desk=BookingDesk(texts, zone),
            pay=PayDesk(facts, texts),
            rights=RightsDesk.load(facts),
            aid=AidDesk.load(facts, answers.titles),
            practice=PracticeDesk.load(texts, cards),
            tutor=TutorDesk.load(texts),
            notebook=notebook,
            cards=cards,
            call=CallDesk(cards, texts),
            lessons=LessonDesk.load(texts),
            games=GameDesk.load(texts),
            interview=InterviewDesk.load(texts),
            elsewhere=Elsewhere.load(),
            followups=FollowUps.load(set(answers.titles)),
            path=PathDesk(texts),
            choice=ChoiceDesk(texts, zone),
            reminders=BookingSpeaker(texts, zone),
            check_ins=CheckInSpeaker(texts),
            campaigns=campaigns,
            sending=Sending(speakers_for(texts, notebook, CampaignSpeaker(campaigns), zone), zone),
            takeovers=TakeoverDesk.load(texts, answers, cards, zone),
        )

    def answer(self, topic: str, *, on: date, state: DialogueState = BLANK) -> list[Reply]:
        """The answer to a topic for the person of this conversation. Raises ContentError when there is none."""
        return self.answers.answer(topic, on=on, profile=state.known, heard=state.heard.get(topic, 0))

    def ask_back(self, ranking: list[tuple[str, float]], *, found: Sequence[str] = ()) -> list[Reply]:
        """Ask what was meant, offering the likeliest topics; ``ranking`` is (intent, confidence), likeliest first.

        ``found`` are topics whose answers speak of what was written: they fill what the ranking leaves free.
        """
        likely = [intent for intent, confidence in ranking if confidence >= CHOICE_FLOOR]
        offered = [intent for intent in likely if intent in self.answers.offered]
        topics = list(dict.fromkeys([*offered, *found]))[:CHOICES]
        if not topics:
            return [self.texts.reply("ask_back_nothing", self.topic_button("help"), self.topic_button("talk_to_human"))]
        other = Button(self.texts.say("button_other"), NONE_OF_THESE)
        return [self.texts.reply("ask_back", *map(self.topic_button, topics), other)]

    def give_up(self) -> list[Reply]:
        """Not understood twice in a row: a person instead."""
        return [self.texts.reply("ask_back_human", self.topic_button("talk_to_human"), self.topic_button("help"))]

    def ask_rights(self, kind: str) -> Reply:
        """A question of the rights desk, with the usual answers as buttons."""
        rhythms = tuple(RHYTHMS) if kind == "rights_trial_rhythm" else ()
        buttons = (Button(self.texts.say(f"button_{each}"), f'/trial_period{{"rights": "{each}"}}') for each in rhythms)
        return self.texts.reply(f"ask_{kind}", *buttons)

    def ask_again(self, session: Session, question: Question, *, person_id: int, now: datetime) -> Reply | None:
        """The question once more, after another one came between; None when it has lost its object."""
        if question.kind.startswith("pay_"):
            asked = self.pay.ask(question.kind)
        elif question.kind.startswith("aid_"):
            asked = self.aid.ask(question.kind.removeprefix("aid_"))
        elif question.kind.startswith("rights_"):
            asked = self.ask_rights(question.kind)
        elif question.kind.startswith("path_"):
            return self.path.ask(question)
        elif question.kind.startswith("practice_"):
            return self._call_on_hold(session, person_id)
        elif question.kind not in ("book", "cancel"):
            return None
        else:
            found = self.desk.question(session, question, person_id=person_id, now=now)
            if found is None:
                return None
            asked = found
        text = self.texts.say("take_up", question=asked.text)
        return Reply(text, asked.buttons) if len(text) <= MAX_BUBBLE else asked

    def _call_on_hold(self, session: Session, person_id: int) -> Reply | None:
        run = runs.open_run(session, person_id)
        return self.practice.on_hold(run) if run is not None else None

    def topic_button(self, topic: str) -> Button:
        return Button(self.answers.titles[topic], f"/{topic}")

"""STOP, a pause, what one wants to hear of: said at once, and confirmed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from programme import bookings, choices, french
from programme.bubbles import cut
from programme.dialogue_state import Question, Shown
from programme.models import BookingStatus, Topic
from programme.pause_words import MORNING, pause_until
from programme.replies import Button, Reply, go
from programme.texts import Texts

STOP, PAUSE, RESUME = "stop_messages", "pause_messages", "resume_messages"
TOPICS = frozenset({STOP, PAUSE, RESUME})
# offered when no day was named
SPANS_DAYS = (3, 7, 14, 30)
# of a booked place, in a list of them
NAMED = 60


@dataclass(frozen=True)
class ChoiceDesk:
    texts: Texts
    zone: ZoneInfo

    def stop(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Everything off; saying it again changes nothing."""
        said = self.texts.say("choice_stopped")
        choices.stop(session, person_id, shown=said, now=now)
        buttons = (
            go(STOP, self.texts.say("choice_button_workshops"), "workshops"),
            Button(self.texts.say("choice_button_resume"), f"/{RESUME}"),
            Button(self.texts.say("choice_button_erase"), "/delete_my_data"),
        )
        return Shown([Reply(said, buttons)])

    def workshops_only(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Of all that could be said, only what was booked."""
        choices.resume(session, person_id, now=now)
        for topic in Topic:
            choices.switch(session, person_id, topic, on=topic is Topic.WORKSHOPS, now=now)
        return Shown([self.texts.reply("choice_workshops_only", self._topics_button())])

    def pause(self, session: Session, *, person_id: int, text: str, now: datetime, today: date) -> Shown:
        """As long as the text says; asked for when it says nothing."""
        until = pause_until(text, today, self.zone)
        return self.ask_pause() if until is None else self._paused(session, person_id, until, now=now)

    def pause_for(self, session: Session, *, person_id: int, days: int, now: datetime, today: date) -> Shown:
        until = datetime.combine(today + timedelta(days=days), MORNING, tzinfo=self.zone)
        return self._paused(session, person_id, until, now=now)

    def ask_pause(self) -> Shown:
        spans = tuple(go(PAUSE, self.texts.say(f"choice_button_days_{days}"), f"days.{days}") for days in SPANS_DAYS)
        stop = Button(self.texts.say("choice_button_stop"), f"/{STOP}")
        return Shown([self.texts.reply("choice_ask_pause", *spans, stop)], Question(kind="choice_pause"))

    def resume(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Back on. Nudges are asked for when the person never said yes, or took it back."""
        choices.resume(session, person_id, now=now)
        replies = [self.texts.reply("choice_resumed", self._topics_button())]
        if Topic.NUDGES not in choices.topics_on(session, person_id):
            replies.append(self.nudges_question())
        return Shown(replies)

    def topics(self, session: Session, *, person_id: int) -> Shown:
        """The four topics, each with a button that switches it."""
        on = choices.topics_on(session, person_id)
        buttons = [
            go(
                RESUME,
                self.texts.say(
                    "choice_on" if topic in on else "choice_off", topic=self.texts.say(f"choice_topic_{topic.value}")
                ),
                f"{'off' if topic in on else 'on'}.{topic.value}",
            )
            for topic in Topic
        ]
        stop = Button(self.texts.say("choice_button_stop"), f"/{STOP}")
        return Shown([self.texts.reply("choice_topics", *buttons, stop)])

    def switch(self, session: Session, *, person_id: int, topic: Topic, on: bool, now: datetime) -> Shown:
        """Nudges are switched on by a yes to the sentence that says what they are."""
        if topic is Topic.NUDGES and on:
            return Shown([self.nudges_question()])
        if topic is Topic.NUDGES:
            choices.decline(session, person_id, shown=self.texts.say("choice_nudges_no"), now=now)
        choices.switch(session, person_id, topic, on=on, now=now)
        return self.topics(session, person_id=person_id)

    def nudges_question(self) -> Reply:
        """The words that a yes is kept with."""
        return self.texts.reply(
            "choice_ask_nudges",
            go(RESUME, self.texts.say("choice_button_yes"), "yes"),
            go(RESUME, self.texts.say("choice_button_no"), "no"),
        )

    def nudges(self, session: Session, *, person_id: int, yes: bool, now: datetime) -> Shown:
        shown = self.texts.say("choice_ask_nudges")
        if yes:
            choices.agree(session, person_id, shown=shown, now=now)
        else:
            choices.decline(session, person_id, shown=shown, now=now)
        return Shown([self.texts.reply("choice_nudges_yes" if yes else "choice_nudges_no", self._topics_button())])

    def _paused(self, session: Session, person_id: int, until: datetime, *, now: datetime) -> Shown:
        choices.pause(session, person_id, until=until, now=now)
        buttons = (
            go(PAUSE, self.texts.say("choice_button_change"), "ask"),
            Button(self.texts.say("choice_button_resume"), f"/{RESUME}"),
            Button(self.texts.say("choice_button_stop"), f"/{STOP}"),
        )
        said = self.texts.say("choice_paused", day=french.weekday_and_day(until.astimezone(self.zone).date()))
        booked = [
            cut(f"{each.event_date.series.title}, {french.day_and_hour(each.event_date.starts_at, self.zone)}", NAMED)
            for each in bookings.bookings_of(session, person_id=person_id, now=now)
            if each.event_date.starts_at < until and each.status in (BookingStatus.BOOKED, BookingStatus.CONFIRMED)
        ]
        if not booked:
            return Shown([Reply(said, buttons)])
        note = self.texts.say("choice_paused_booked", booked=" ; ".join(booked[:2]) + (" ; …" if booked[2:] else "."))
        return Shown([Reply(said), Reply(note, buttons)])

    def _topics_button(self) -> Button:
        return go(RESUME, self.texts.say("choice_button_topics"), "choose")

"""STOP, a pause, what one wants to hear of: done at once, and confirmed in words that say what it means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import Session

from programme import bookings, choices, french
from programme.bubbles import cut
from programme.choices import Chosen
from programme.deliveries.zones import zone_of
from programme.dialogue_state import Question, Shown
from programme.models import Booking, BookingStatus, EmployerStatus, Person, Topic
from programme.pause_words import pause_ends
from programme.replies import MAX_BUBBLE, Button, Reply, go
from programme.texts import Texts

STOP, PAUSE, RESUME = "stop_messages", "pause_messages", "resume_messages"
TOPICS = frozenset({STOP, PAUSE, RESUME})
# messages begin again in the morning, where the person lives
MORNING = time(9)
LONGEST_PAUSE = relativedelta(months=6)
# offered when no day was named
SPANS = {
    "d3": ("choice_button_3_days", relativedelta(days=3)),
    "w1": ("choice_button_1_week", relativedelta(weeks=1)),
    "w2": ("choice_button_2_weeks", relativedelta(weeks=2)),
    "m1": ("choice_button_1_month", relativedelta(months=1)),
}
# as buttons and sentences name them, and in full
NAMES = {
    Topic.WORKSHOPS: ("choice_topic_workshops", "choice_about_workshops"),
    Topic.CALL_BACKS: ("choice_topic_call_backs", "choice_about_call_backs"),
    Topic.CHECK_INS: ("choice_topic_check_ins", "choice_about_check_ins"),
    Topic.NUDGES: ("choice_topic_nudges", "choice_about_nudges"),
}
SEATS = frozenset({BookingStatus.BOOKED, BookingStatus.CONFIRMED})
# of a workshop, where places are listed
LONGEST_TITLE = 50


@dataclass(frozen=True)
class ChoiceDesk:
    """``zone`` is where the Mission locale lives, and the person unless we know better."""

    texts: Texts
    zone: ZoneInfo

    # -- everything

    def stop(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Everything off. Said again, the same answer."""
        said = self.texts.say("choice_stopped")
        choices.stop(session, person_id, shown=said, now=now)
        keep = go(RESUME, self.texts.say("choice_button_workshops"), f"on.{Topic.WORKSHOPS}")
        erase = Button(self.texts.say("choice_button_erase"), "/delete_my_data")
        return Shown([Reply(said, (keep, self._resume_button(), erase))])

    def resume(self, session: Session, *, person_id: int, asked: bool, now: datetime) -> Shown:
        """Back on, with what will now come. After STOP nudges are asked for anew.

        ``asked``: the question on them was shown before, and is not shown again unless STOP was what took the yes back.
        """
        before = choices.chosen(session, person_id, now=now)
        changed = choices.resume(session, person_id, now=now)
        after = choices.chosen(session, person_id, now=now)
        key = "choice_resumed" if changed else "choice_all_on"
        said = self.texts.reply(key, self._list_button(), topics=self._listed(after.on))
        taken_back = after.nudges is False and after.nudges_version == choices.STOP_VERSION
        if before.stopped and (taken_back or (after.nudges is None and not asked)):
            return Shown([said, self.nudges_question()], Question(kind="choice_nudges"))
        return Shown([said])

    # -- for a while

    def pause(
        self, session: Session, *, person_id: int, text: str, now: datetime, bare_is_until: bool = False
    ) -> Shown | None:
        """As long as the text says; None when it says no time. ``bare_is_until``: see `pause_ends`."""
        zone = zone_of(session, person_id, self.zone)
        day = pause_ends(text, now.astimezone(zone).date(), bare_is_until=bare_is_until)
        return None if day is None else self._paused(session, person_id, day, zone, now=now)

    def pause_for(self, session: Session, *, person_id: int, span: str, now: datetime) -> Shown:
        """``span`` is one of SPANS."""
        zone = zone_of(session, person_id, self.zone)
        return self._paused(session, person_id, now.astimezone(zone).date() + SPANS[span][1], zone, now=now)

    def ask_pause(self, session: Session, *, person_id: int, now: datetime, odd: bool = False) -> Shown:
        """« Until when? » ``odd``: what was said to it could not be read."""
        chosen = choices.chosen(session, person_id, now=now)
        if chosen.stopped:
            return self._stopped_already()
        spans = [go(PAUSE, self.texts.say(title), f"for.{name}") for name, (title, _) in SPANS.items()]
        buttons = (*spans, self._stop_button())
        if odd:
            reply = self.texts.reply("choice_pause_odd", *buttons)
        elif chosen.paused_until is not None:
            day = chosen.paused_until.astimezone(zone_of(session, person_id, self.zone)).date()
            reply = self.texts.reply("choice_ask_pause_again", *buttons, day=french.weekday_and_day(day))
        else:
            reply = self.texts.reply("choice_ask_pause", *buttons)
        return Shown([reply], Question(kind="choice_pause"))

    def drop_pause(self) -> Shown:
        return Shown([self.texts.reply("choice_unchanged", self._list_button())])

    # -- topic by topic

    def topics(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """The four topics, each with the button that changes it."""
        chosen = choices.chosen(session, person_id, now=now)
        lines = [
            self.texts.say("choice_line_on" if topic in chosen.on else "choice_line_off", about=self.texts.say(about))
            for topic, (_, about) in NAMES.items()
        ]
        buttons = [self._switch_button(topic, on=topic not in chosen.on) for topic in NAMES]
        return Shown([Reply("\n".join([self._head(session, person_id, chosen), *lines]), tuple(buttons))])

    def switch(self, session: Session, *, person_id: int, topic: Topic, on: bool, now: datetime) -> Shown:
        """Nudges are switched on by a yes to the sentence that says what they are."""
        if topic is Topic.NUDGES and on:
            return Shown([self.nudges_question()], Question(kind="choice_nudges"))
        if topic is Topic.NUDGES:
            said = self.texts.say("choice_nudges_off")
            choices.decline(session, person_id, shown=said, version=choices.NUDGES_OFF_VERSION, now=now)
            return Shown([Reply(said, (self._list_button(),))])
        alone = choices.chosen(session, person_id, now=now).stopped and on
        choices.switch(session, person_id, topic, on=on, now=now)
        if alone:
            return Shown([self.texts.reply("choice_only", self._list_button(), topics=self._listed([topic]))])
        return self.topics(session, person_id=person_id, now=now)

    # -- nudges

    def may_ask_nudges(self, session: Session, *, person_id: int, now: datetime) -> bool:
        """Were they never asked for, is the person looking for an employer, and do they let us write at all?"""
        chosen = choices.chosen(session, person_id, now=now)
        if chosen.nudges is not None or chosen.stopped or chosen.paused_until or Topic.NUDGES in chosen.off:
            return False
        person = session.get(Person, person_id)
        return person is not None and person.employer_status is not EmployerStatus.SIGNED

    def seat_taken(self, session: Session, *, person_id: int, now: datetime) -> bool:
        """Is there a seat that was taken this very moment?"""
        held = bookings.bookings_of(session, person_id=person_id, now=now)
        return any(each.status in SEATS and each.status_at == now for each in held)

    def nudges_question(self) -> Reply:
        """The words that a yes or a no is kept with."""
        return self.texts.reply(
            "choice_ask_nudges",
            go(RESUME, self.texts.say("choice_button_yes"), "yes"),
            go(RESUME, self.texts.say("choice_button_no"), "no"),
        )

    def nudges(self, session: Session, *, person_id: int, yes: bool, now: datetime) -> Shown:
        shown = self.texts.say("choice_ask_nudges")
        if not yes:
            choices.decline(session, person_id, shown=shown, now=now)
            return Shown([self.texts.reply("choice_nudges_no", self._list_button())])
        if choices.chosen(session, person_id, now=now).stopped:
            # an old button: one word on nudges does not undo « nothing at all »
            return Shown([self.texts.reply("choice_nudges_stopped", self._resume_button())])
        choices.agree(session, person_id, shown=shown, now=now)
        return Shown([self.texts.reply("choice_nudges_yes", self._list_button())])

    # -- parts

    def _paused(self, session: Session, person_id: int, day: date, zone: ZoneInfo, *, now: datetime) -> Shown:
        if choices.chosen(session, person_id, now=now).stopped:
            return self._stopped_already()
        longest = now.astimezone(zone).date() + LONGEST_PAUSE
        key = "choice_paused" if day <= longest else "choice_paused_longest"
        day = min(day, longest)
        until = datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)
        choices.pause(session, person_id, until=until, now=now)
        change = go(PAUSE, self.texts.say("choice_button_change"), "ask")
        buttons = (change, self._resume_button(), self._stop_button())
        said = self.texts.say(key, day=french.weekday_and_day(day))
        # what begins on that day has had no reminder either
        unheard = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        missed = [
            each
            for each in bookings.bookings_of(session, person_id=person_id, now=now)
            if each.status in SEATS and now < each.event_date.starts_at < unheard
        ]
        return Shown([Reply(self._with_places(said, missed), buttons)])

    def _with_places(self, said: str, missed: list[Booking]) -> str:
        """The sentence, and as many of the places as fit in one bubble; how many are left out."""
        if not missed:
            return said
        text = f"{said} {self.texts.say('choice_paused_places')}"
        for number, booking in enumerate(missed):
            day = french.weekday_and_day(booking.event_date.starts_at.astimezone(self.zone).date())
            line = f"\n• {cut(booking.event_date.series.title, LONGEST_TITLE)}, {day}"
            left = len(missed) - number - 1
            others = self._others(left)
            if len(text) + len(line) + len(others) > MAX_BUBBLE:
                return text + self._others(left + 1)
            text += line
        return text

    def _others(self, count: int) -> str:
        if count == 0:
            return ""
        return "\n" + self.texts.say("choice_paused_others", count=french.plural(count, "autre", "autres"))

    def _stopped_already(self) -> Shown:
        return Shown([self.texts.reply("choice_pause_stopped", self._resume_button(), self._list_button())])

    def _head(self, session: Session, person_id: int, chosen: Chosen) -> str:
        if chosen.stopped:
            return self.texts.say("choice_list_stopped")
        if chosen.paused_until is not None:
            day = chosen.paused_until.astimezone(zone_of(session, person_id, self.zone)).date()
            return self.texts.say("choice_list_paused", day=french.weekday_and_day(day))
        return self.texts.say("choice_list")

    def _listed(self, topics: Iterable[Topic]) -> str:
        """« rappels d'ateliers, rappels d'employeurs et coups de pouce »."""
        *first, last = [self.texts.say(NAMES[topic][0]) for topic in topics]
        return f"{', '.join(first)} et {last}" if first else last

    def _switch_button(self, topic: Topic, *, on: bool) -> Button:
        title = self.texts.say("choice_button_on" if on else "choice_button_off", topic=self.texts.say(NAMES[topic][0]))
        return go(RESUME, title, f"{'on' if on else 'off'}.{topic}")

    def _resume_button(self) -> Button:
        return Button(self.texts.say("choice_button_resume"), f"/{RESUME}")

    def _stop_button(self) -> Button:
        return Button(self.texts.say("choice_button_stop"), f"/{STOP}")

    def _list_button(self) -> Button:
        return go(RESUME, self.texts.say("choice_button_list"), "list")

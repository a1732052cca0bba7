"""Answers to the topics of the catalogue, and what to do when a message is not understood."""

import re

from actions import aid, choices, coaching, path, practice, rights, workshops
from actions.door import Door, Outcome, Turn
from actions.questions import not_read
from nlu.french.entities import fold
from programme import readings
from programme.answers import MORE
from programme.campaigns.desk import BLOCKED
from programme.conversations import last_replies
from programme.dialogue_state import DialogueState
from programme.errors import ConversationNotFound
from programme.flags import RAISED_BY, raise_flag
from programme.knowledge import search
from programme.models import ReviewReason
from programme.practice import runs
from programme.replies import Reply
from programme.reviews import ask_review, ask_review_of_typed

OUT_OF_SCOPE = "out_of_scope"
WHO_READ = "who_read"
_RESUMES = re.compile(r"\b(?:repren\w*|continu\w*)\b")


class AnswerTopic(Door):
    action_name = "action_answer"

    def respond(self, turn: Turn) -> Outcome:
        if (reason := RAISED_BY.get(turn.intent)) is not None:
            raise_flag(turn.session, turn.conversation_id, reason=reason, now=turn.now)
        if turn.pressed and turn.state.misses:  # in doubt we offered topics, and this is the one that was meant
            ask_review_of_typed(
                turn.session,
                turn.conversation_id,
                reason=ReviewReason.CORRECTED,
                meant=turn.intent,
                offered=f"/{turn.intent}",
                now=turn.now,
            )
        if turn.entities.get(MORE):
            replies = self.assistant.answers.more(turn.intent, on=turn.today, profile=turn.state.known)
            return Outcome(replies, turn.state.about(turn.intent))
        done = (
            choices.begun(self, turn)
            or coaching.pressed(self, turn)
            or path.pressed(self, turn)
            or coaching.begun(self, turn)
            or workshops.begun(self, turn)
        )
        if (done := done or aid.pressed(self, turn) or rights.computed(self, turn)) is not None:
            return done
        replies = rights.with_button(self, turn, self.assistant.answer(turn.intent, on=turn.today, state=turn.state))
        if (told := path.told(self, turn, replies)) is not None:
            return told
        if turn.intent == aid.TOPIC:
            return aid.begin(self, turn, replies)
        if turn.intent == WHO_READ and (read_by := self._read_by(turn)) is not None:
            replies = [read_by, *replies]
        if (need := coaching.from_the_notebook(self, turn)) is not None:
            replies = [*replies[:-1], need, replies[-1]]
        if turn.intent == OUT_OF_SCOPE and (place := self.assistant.elsewhere.find(turn.text)):
            replies = (
                [replies[0], Reply(place), *replies[1:]] if len(replies) > 1 else _before_buttons(replies[0], place)
            )
        answered = self._take_up(turn, replies, self._heard(turn.state.about(turn.intent), turn.intent))
        return choices.ask_once(self, turn, answered) if turn.intent in choices.SEARCHING else answered

    def _read_by(self, turn: Turn) -> Reply | None:
        try:
            found = readings.readers(turn.session, turn.person_id, zone=self.assistant.zone)
        except ConversationNotFound:
            return None
        return Reply(readings.told(found, self.assistant.texts))

    def _heard(self, state: DialogueState, topic: str) -> DialogueState:
        if not self.assistant.answers.has_variants(topic):
            return state
        return state.model_copy(update={"heard": {**state.heard, topic: state.heard.get(topic, 0) + 1}})

    def _take_up(self, turn: Turn, replies: list[Reply], state: DialogueState) -> Outcome:
        """A question that was open is asked again after the answer, once; then a « oui » is about the answer."""
        question = state.question
        if question is None:
            return Outcome(replies, state)
        if question.taken_up or turn.intent in self.assistant.answers.ending:
            return Outcome(replies, state.without_question())
        if question.kind == BLOCKED:  # « cc », then what blocks: its buttons are still there, nothing is said again
            left = question.model_copy(update={"taken_up": True})
            return Outcome(replies, state.model_copy(update={"question": left}))
        try:
            again = self.assistant.ask_again(turn.session, question, person_id=turn.person_id, now=turn.now)
        except ConversationNotFound:
            again = None
        if again is None:
            return Outcome(replies, state.without_question())
        if question.kind.startswith("practice_"):  # on hold: what comes next is not said to the employer
            return Outcome([*replies, again], state.without_question())
        taken_up = question.model_copy(update={"taken_up": True})
        return Outcome([*replies, again], state.model_copy(update={"question": taken_up}))


class AskBack(Door):
    """In doubt: offer what may be meant; the second time in a row, a person, and the message is kept for review."""

    action_name = "action_ask_back"
    understood = False

    def respond(self, turn: Turn) -> Outcome:
        if turn.doubt == "long":
            reply = self.assistant.texts.reply("too_long", self.assistant.topic_button("help"))
            return Outcome([reply], turn.state)
        if turn.state.misses == 0 and (again := not_read(self, turn)) is not None:
            return Outcome(again.replies, again.state.model_copy(update={"misses": 1}))
        return self.not_understood(turn)

    def not_understood(self, turn: Turn) -> Outcome:
        state = turn.state.model_copy(update={"misses": turn.state.misses + 1})
        if turn.state.misses == 0:
            found = search(turn.session, turn.text)
            return Outcome(self.assistant.ask_back(turn.ranking, found=found), state)
        if turn.pressed:  # « Autre chose »
            ask_review_of_typed(
                turn.session, turn.conversation_id, reason=ReviewReason.NOT_UNDERSTOOD, meant=None, now=turn.now
            )
            return Outcome(self.assistant.give_up(), state)
        ask_review(
            turn.session,
            turn.conversation_id,
            reason=ReviewReason.NOT_UNDERSTOOD,
            ranking=turn.ranking,
            now=turn.now,
        )
        return Outcome(self.assistant.give_up(), state)


class Repeat(Door):
    action_name = "action_repeat"

    def respond(self, turn: Turn) -> Outcome:
        said = last_replies(turn.session, turn.conversation_id, besides=turn.intent)
        if not said:
            return Outcome(self.assistant.answer("repeat", on=turn.today), turn.state)
        return Outcome([self.assistant.texts.reply("repeat_intro"), *said], turn.state)


class Restart(Door):
    """Rasa runs it by this name for the intent ``restart``; the transcript stays, what was open is forgotten."""

    action_name = "action_restart"

    def respond(self, turn: Turn) -> Outcome:
        if _RESUMES.search(fold(turn.whole)) and (held := self._call_on_hold(turn)) is not None:
            return held
        replies = self.assistant.answer("restart", on=turn.today)
        kept = self.assistant.desk.kept(turn.session, conversation_id=turn.conversation_id, now=turn.now)
        return Outcome([*kept, *replies], DialogueState(nudges_asked=turn.state.nudges_asked))

    def _call_on_hold(self, turn: Turn) -> Outcome | None:
        """« on reprend » is about the call that was left, when there is one."""
        run = runs.open_run(turn.session, turn.person_id)
        return practice.pressed(self, turn, "resume") if run is not None else None


def _before_buttons(reply: Reply, text: str) -> list[Reply]:
    return [Reply(reply.text), Reply(text, reply.buttons)]

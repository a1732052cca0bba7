"""Answers to the topics of the catalogue, and what to do when a message is not understood."""

from rasa_sdk.events import Restarted

from actions.door import Door, Outcome, Turn
from programme.conversations import last_replies


class AnswerTopic(Door):
    action_name = "action_answer"

    def respond(self, turn: Turn) -> Outcome:
        # a « oui » to come is about this answer, no longer about what was asked before it
        return Outcome(self._assistant.answer(turn.intent, on=turn.today), pending="")


class AskBack(Door):
    action_name = "action_ask_back"

    def respond(self, turn: Turn) -> Outcome:
        return Outcome(self._assistant.ask_back(turn.ranking))


class Repeat(Door):
    action_name = "action_repeat"

    def respond(self, turn: Turn) -> Outcome:
        said = last_replies(turn.session, turn.conversation_id, besides=turn.intent)
        if not said:
            return Outcome([self._assistant.texts.reply("nothing_to_repeat")])
        return Outcome([self._assistant.texts.reply("repeat_intro"), *said])


class Restart(Door):
    """Rasa runs it by this name for the intent ``restart``; the transcript stays, open questions are dropped."""

    action_name = "action_restart"

    def respond(self, turn: Turn) -> Outcome:
        replies = self._assistant.answer("restart", on=turn.today)
        kept = self._assistant.desk.kept(turn.session, conversation_id=turn.conversation_id, now=turn.now)
        return Outcome([*kept, *replies], events=[Restarted()])

"""Fragments: the bare answer to a question of ours, or a few words that go on with the last answer."""

from actions.door import Outcome, Turn
from actions.pay import pay
from actions.questions import not_read
from actions.topics import AskBack
from actions.workshops import ask_to_book, ordinal_in
from programme.followups import OLDEST_MINOR, is_minor
from programme.pay_words import age_in, year_named
from programme.profile import Contract, Profile

PAY_TOPICS = frozenset({"pay_simulation", "pay_raise", "net_pay"})
WORKSHOP_TOPICS = frozenset({"list_workshops", "book_workshop"})


class Inform(AskBack):
    action_name = "action_inform"

    def respond(self, turn: Turn) -> Outcome:
        if turn.entities.get("choice"):  # « Autre chose »
            return self.not_understood(turn)
        followed = self._answer(turn) or self._follow_up(turn)
        if followed is None:
            return self.not_understood(turn)
        return Outcome(followed.replies, followed.state.model_copy(update={"misses": 0}))

    def _answer(self, turn: Turn) -> Outcome | None:
        """To the question left open, when it is not read: how to write it."""
        # « et si je suis mineur ? », « en contrat pro » go on with what was said before the question
        if is_minor(turn.text, None) or turn.entities.get("contract_type"):
            return None
        return not_read(self, turn)

    def _follow_up(self, turn: Turn) -> Outcome | None:
        """What was last spoken of, with something changed."""
        age, topic = turn.number("age"), turn.state.topic
        minor = is_minor(turn.text, age)
        if topic in WORKSHOP_TOPICS and (ordinal_in(turn) is not None or turn.days is not None):
            return ask_to_book(self, turn)
        contract = turn.entities.get("contract_type")
        if topic in PAY_TOPICS:
            year = turn.number("contract_year") or year_named(turn.text)
            if age is None and year is None:
                age = OLDEST_MINOR if minor else None if contract else age_in(turn.text)
            if age is not None or year is not None or contract:
                return pay(self, turn, spoken_age=age)
        compared = turn.state.knowing(
            age=OLDEST_MINOR if minor and age is None else age,
            contract=Contract(contract) if contract in frozenset(Contract) else None,
        )
        if (minor or age is not None or contract) and self._has_a_version(topic, compared.known):
            replies = self.assistant.answer(topic, on=turn.today, state=compared)
            return Outcome(replies, turn.state)
        for said, applies in ((contract or "", bool(contract)), ("minor", minor), ("age", age is not None)):
            if applies and (after := self.assistant.followups.topic(said, after=topic)):
                return Outcome(self.assistant.answer(after, on=turn.today, state=compared), turn.state.about(after))
        if age is not None:  # « j'ai 17 ans » out of the blue: what it earns is the likeliest question
            return pay(self, turn, spoken_age=age)
        return None

    def _has_a_version(self, topic: str, profile: Profile) -> bool:
        return topic in self.assistant.answers and self.assistant.answers.speaks_to(topic, profile)

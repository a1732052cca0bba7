"""What an apprentice earns."""

from actions.door import Door, Outcome, Turn
from programme.pay_desk import age_in, ask_age, pay_replies, year_in

PENDING = "pay"


class Pay(Door):
    action_name = "action_pay"

    def respond(self, turn: Turn) -> Outcome:
        return self.pay(turn, turn.number("age"))

    def pay(self, turn: Turn, age: int | None) -> Outcome:
        """The amounts at this age; without one, ask for it."""
        if age is None:
            return Outcome([ask_age(self._assistant.texts)], pending=PENDING)
        year = year_in(turn.entities.get("contract_year", ""))
        replies = pay_replies(self._assistant.facts, self._assistant.texts, age=age, year=year, on=turn.today)
        return Outcome(replies, pending="")


class Inform(Pay):
    """A fragment such as « 17 »: it answers the question left open, or else we ask what it is about."""

    action_name = "action_inform"

    def respond(self, turn: Turn) -> Outcome:
        age = turn.number("age")
        if turn.pending != PENDING:
            if age is not None:  # « j'ai 17 ans » out of the blue: what it earns is the likeliest question
                return self.pay(turn, age)
            return Outcome(self._assistant.ask_back([]))
        age = age if age is not None else age_in(turn.text)
        if age is None:
            return Outcome([self._assistant.texts.reply("pay_odd_age")])
        return self.pay(turn, age)

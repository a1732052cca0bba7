"""What an apprentice earns. `pending` is ``pay:`` while an age is asked for, ``pay:<age>`` once it is known."""

from actions.door import Door, Outcome, Turn
from programme.pay_desk import age_in, ask_age, pay_replies, year_in, year_named

PENDING = "pay"


class Pay(Door):
    action_name = "action_pay"

    def respond(self, turn: Turn) -> Outcome:
        return self.pay(turn, turn.number("age"), year_in(turn.entities.get("contract_year", "")))

    def pay(self, turn: Turn, age: int | None, year: int | None) -> Outcome:
        """The amounts at this age; without one, ask for it. The age is kept for « et en 2e année ? »."""
        if age is None:
            return Outcome([ask_age(self._assistant.texts)], pending=f"{PENDING}:")
        replies = pay_replies(self._assistant.facts, self._assistant.texts, age=age, year=year, on=turn.today)
        return Outcome(replies, pending=f"{PENDING}:{age}")


class Inform(Pay):
    """A fragment such as « 17 » or « et en 2e année ? »: it goes on with pay, or else we ask what it is about."""

    action_name = "action_inform"

    def respond(self, turn: Turn) -> Outcome:
        kind, _, known_age = turn.pending.partition(":")
        age = turn.number("age")
        year = year_in(turn.entities.get("contract_year", ""))
        if kind == PENDING:
            year = year or year_named(turn.text)
            if age is None and year is None:
                age = age_in(turn.text)
            if age is None and known_age:
                age = int(known_age) if year else None
            if age is None:
                return Outcome([self._assistant.texts.reply("pay_odd_age")])
            return self.pay(turn, age, year)
        if age is not None:  # « j'ai 17 ans » out of the blue: what it earns is the likeliest question
            return self.pay(turn, age, year)
        return Outcome(self._assistant.ask_back([]))

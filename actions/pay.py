"""What an apprentice earns."""

from actions.door import Door, Outcome, Turn
from programme.pay_desk import pay_replies
from programme.replies import Reply


class Pay(Door):
    action_name = "action_pay"

    def respond(self, turn: Turn) -> Outcome:
        return pay(self, turn, age=turn.number("age"), year=turn.number("contract_year"))


def pay(door: Door, turn: Turn, *, age: int | None, year: int | None) -> Outcome:
    """The amounts at this age, or else the one said before; without any, ask for it."""
    assistant = door.assistant
    if turn.entities.get("contract_type") == "professionnalisation":
        other = assistant.texts.reply("pay_other_contract")
        replies: list[Reply] = [other, *assistant.answer("apprenticeship_vs_pro", on=turn.today)]
        return Outcome(replies, turn.state.about("pay_simulation").without_question())
    state = turn.state.about("pay_simulation").knowing(age=age)
    if age is None and year is not None:
        age = state.known.age  # « et en 2e année ? »
    if age is None:
        return Outcome([assistant.ask_age()], state.asking("pay_age"))
    # « et à 21 ans ? » keeps no year of before: the whole table tells more
    replies = pay_replies(assistant.facts, assistant.texts, age=age, year=year, on=turn.today)
    return Outcome(replies, state.without_question())

"""What an apprentice earns."""

from typing import Any

from actions.door import Door, Outcome, Turn
from nlu.french.births import dated
from nlu.french.entities import fold
from programme.answers import MORE
from programme.dialogue_state import PaySpoken
from programme.pay_words import age_in, diploma_held_in, length_in, year_named
from programme.profile import Contract, DiplomaHeld, month_end

TOPIC = "pay_simulation"
CONTRACTS = frozenset(Contract)


class Pay(Door):
    action_name = "action_pay"

    def respond(self, turn: Turn) -> Outcome:
        if turn.entities.get(MORE):
            profile = turn.state.known.model_copy(update={"contract": turn.state.pay.contract})
            return Outcome(self.assistant.answers.more(TOPIC, on=turn.today, profile=profile), turn.state)
        return pay(self, turn)


def pay(door: Door, turn: Turn, *, spoken_age: int | None = None, **said: Any) -> Outcome:
    """What is asked for in this turn, with what was said before; asks for what is missing, one thing at a time.

    ``said`` is what the text says of the person without its being an entity (``age``, ``born_on``…), ``spoken_age`` an
    age that need not be theirs (« et si j'avais 21 ans ? »).
    """
    spoken = _spoken(turn, said.get("age") or spoken_age)
    known = turn.state.knowing(**_carried(turn)).knowing(**said).known
    state = turn.state.about(TOPIC).model_copy(update={"known": known, "pay": spoken})
    desk, on = door.assistant.pay, turn.today
    # for this answer only: « et à 21 ans ? » makes nobody older
    asked = known.model_copy(update={"contract": spoken.contract or known.contract})
    if spoken.age is not None and not spoken.months:
        asked = asked.model_copy(update={"age": spoken.age, "born_on": None})
    if (refused := desk.refusal(asked, on=on, year=spoken.year)) is not None:
        # nothing that was refused is known of the person; a question that it answered stays open
        return Outcome(refused, turn.state.about(TOPIC).model_copy(update={"pay": spoken}))
    if (missing := desk.missing(asked, months=spoken.months, on=on)) is not None:
        return Outcome([desk.ask(missing)], state.asking(missing))
    if spoken.months:
        replies = desk.by_month(asked, on=on, licence_pro=spoken.licence_pro)
    else:
        replies = desk.by_year(asked, on=on, year=spoken.year, licence_pro=spoken.licence_pro)
    return Outcome(replies, state.without_question())


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message answers to the question on pay that was left open; None when it answers something else."""
    question = turn.state.question
    assert question is not None
    said: dict[str, Any] = {}
    plain = fold(turn.text)
    if question.kind == "pay_birth":
        born = dated(plain, turn.today, past=True)
        said["born_on"] = born and month_end(born)
    elif question.kind == "pay_start":
        said["starts_on"] = dated(plain, turn.today, past=False) or (turn.days[0] if turn.days else None)
    elif question.kind == "pay_length":
        said["contract_months"] = length_in(turn.text)
    elif question.kind == "pay_diploma":
        said["diploma_held"] = diploma_held_in(turn.text)
    else:
        return _age_answer(door, turn)
    if None in said.values():
        return None
    return pay(door, turn, **said)


def not_read(door: Door, turn: Turn) -> Outcome:
    """The answer to a question on pay that cannot be read: say how to write it; the question stays open."""
    question = turn.state.question
    assert question is not None
    texts = door.assistant.texts
    key = {"pay_age": "pay_odd_age", "pay_birth": "pay_odd_birth", "pay_start": "pay_odd_start"}.get(question.kind)
    if key is not None:
        return Outcome([texts.reply(key)], turn.state)
    key = "pay_odd_months" if question.kind == "pay_length" else "pay_odd_diploma"
    return Outcome([texts.reply(key, *door.assistant.pay.ask(question.kind).buttons)], turn.state)


def _age_answer(door: Door, turn: Turn) -> Outcome | None:
    age, year = turn.number("age"), turn.number("contract_year") or year_named(turn.text)
    if age is None and year is None:
        age = age_in(turn.text)
    if age is None and year is None:
        return None
    return pay(door, turn, age=age)


def _spoken(turn: Turn, age: int | None) -> PaySpoken:
    """A year or a contract alone keep the age of before; a new age keeps neither year nor diploma aimed at."""
    before = turn.state.pay
    age = turn.number("age") or age
    contract = turn.entities.get("contract_type")
    asked = Contract(contract) if contract in CONTRACTS else None
    year = turn.number("contract_year") or (year_named(turn.text) if turn.intent == "inform" else None)
    going_on = turn.state.question is not None or turn.intent == "inform" or turn.pressed
    months = turn.entities.get("detail") == "months" or (going_on and before.months and age is None)
    return PaySpoken(
        age=age or (before.age if going_on or year else None),
        year=year if year is not None or age or months else (before.year if asked is None else None),
        contract=asked or (before.contract if going_on else None),
        licence_pro=_aims_at_licence_pro(turn) or (going_on and before.licence_pro),
        months=months,
    )


def _aims_at_licence_pro(turn: Turn) -> bool:
    return turn.entities.get("diploma", "").startswith("licence professionnelle")


def _carried(turn: Turn) -> dict[str, Any]:
    """What the buttons of the desk say of the person."""
    held = turn.entities.get("held", "")
    return {
        "diploma_held": DiplomaHeld(held) if held in frozenset(DiplomaHeld) else None,
        "contract_months": turn.number("months"),
    }

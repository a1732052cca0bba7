"""What is said to a person who asks what an apprentice earns."""

import re
from datetime import date

from programme import french
from programme.answers import source_line
from programme.facts import FactBook
from programme.pay import PAY_FACTS, YEARS, minimum_pay
from programme.replies import Button, Reply
from programme.texts import Texts

# the youngest age of each band: the button stands for the band
AGE_BUTTONS = {"button_age_16_17": 16, "button_age_18_20": 18, "button_age_21_25": 21, "button_age_26": 26}
YEAR_LABELS = {1: "1re", 2: "2e", 3: "3e"}
_ORDINAL = re.compile(r"\b(?:premi[eè]re|deuxi[eè]me|seconde|troisi[eè]me|[123]\s?(?:[eè]re|re|er|nde|[eè]me|e))\b")
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)")


def age_in(text: str) -> int | None:
    """The only whole number of one or two digits in ``text``; None when there is none, or several."""
    numbers = _NUMBER.findall(text)
    return int(numbers[0]) if len(numbers) == 1 else None


def year_in(words: str) -> int | None:
    """Which year of the contract ``words`` (« 1ere », « deuxième ») names."""
    plain = words.strip().lower()
    for year, starts in {1: ("1", "prem"), 2: ("2", "deux", "sec"), 3: ("3", "trois")}.items():
        if plain.startswith(starts):
            return year
    return None


def year_named(text: str) -> int | None:
    """The year of the contract that a fragment names without the word « année » (« et en 3e ? »); None without one."""
    found = _ORDINAL.search(text.lower())
    return year_in(found[0]) if found else None


def ask_age(texts: Texts) -> Reply:
    buttons = (Button(texts.say(key), f'/pay_simulation{{"age": "{age}"}}') for key, age in AGE_BUTTONS.items())
    return texts.reply("pay_ask_age", *buttons)


def pay_replies(facts: FactBook, texts: Texts, *, age: int, year: int | None, on: date) -> list[Reply]:
    """The legal minimum at this age, for one year of contract or for each, with its sources."""
    minimum_age = facts.on_or_latest("age_15_ans", on)
    general = facts.on_or_latest("age_general", on)
    longest = facts.on_or_latest("age_jusqu_a_35_ans", on)
    age_button = Button("L'âge pour signer", "/age_limit")
    if age < minimum_age.amount("minimum"):
        if not minimum_age.reliable(on):
            return [texts.reply("pay_without_numbers"), Reply(source_line([minimum_age]), (age_button,))]
        too_young = texts.reply("pay_too_young", age=age, minimum=minimum_age.value("minimum").text)
        return [too_young, Reply(source_line([minimum_age]), (age_button,))]
    if age > longest.amount("maximum"):
        if not (general.reliable(on) and longest.reliable(on)):
            return [texts.reply("pay_without_numbers"), Reply(source_line([general, longest]), (age_button,))]
        too_old = texts.reply(
            "pay_too_old", general=general.value("maximum").text, maximum=longest.value("maximum").text
        )
        diff = Button("Apprentissage ou pro ?", "/apprenticeship_vs_pro")
        return [too_old, Reply(source_line([general, longest]), (age_button, diff))]
    used = [facts.on_or_latest(group, on) for group in PAY_FACTS]
    buttons = (
        Button("Et en net ?", "/net_pay"),
        Button("Quand ça augmente ?", "/pay_raise"),
        Button("Voir les ateliers", "/list_workshops"),
    )
    signed = Reply(source_line(used), buttons)
    if not all(fact.reliable(on) for fact in used):
        return [texts.reply("pay_without_numbers"), signed]
    pays = {number: minimum_pay(facts, age=age, year=number, on=on) for number in YEARS}
    first, second, third = (pays[number] for number in YEARS)
    if first.percent == third.percent:
        amount = texts.reply(
            "pay_same_each_year",
            age=age,
            amount=french.euros(first.gross_monthly),
            percent=french.percent(first.percent),
        )
    elif year in pays:
        amount = texts.reply(
            "pay_one_year",
            age=age,
            year=YEAR_LABELS[year],
            amount=french.euros(pays[year].gross_monthly),
            percent=french.percent(pays[year].percent),
        )
    else:
        amount = texts.reply(
            "pay_by_year",
            age=age,
            first=french.euros(first.gross_monthly),
            first_percent=french.percent(first.percent),
            second=french.euros(second.gross_monthly),
            third=french.euros(third.gross_monthly),
        )
    return [amount, texts.reply("pay_may_be_more"), signed]

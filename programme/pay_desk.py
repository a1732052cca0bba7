"""What is said to a person who asks what an apprentice earns, and what has to be asked first."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta

from programme import french
from programme.answers import MORE, MORE_TITLE, source_line
from programme.bubbles import packed
from programme.facts import Fact, FactBook
from programme.net_pay import net_estimate
from programme.pay import YEARS, MonthPay, PayCase, age_on, pay_today, schedule, spans
from programme.profile import Contract, DiplomaHeld, Profile
from programme.replies import Bar, Button, Reply
from programme.texts import Texts

# the youngest age of each band: the button stands for the band
AGE_BUTTONS = {"button_age_16_17": 16, "button_age_18_20": 18, "button_age_21_25": 21, "button_age_26": 26}
LENGTH_BUTTONS = {"button_one_year": 12, "button_two_years": 24, "button_three_years": 36}
YEAR_LABELS = {1: "1re", 2: "2e", 3: "3e", 4: "4e"}
# the fact on how long a contract lasts, and its values: shortest, usual longest, longest of all
DURATIONS = {
    Contract.APPRENTISSAGE: ("type_et_duree", "minimum", "maximum", "maximum_rqth_sportif"),
    Contract.PROFESSIONNALISATION: ("pro_duree", "minimum", "maximum_general", "maximum_publics_prioritaires"),
}
# from that age on the diploma changes nothing in a contrat pro
SAME_FOR_ALL_FROM = 26
# a contract that began, or begins, further away than that is a slip of the pen
FARTHEST_YEARS = 4
# a greater age is a slip too
OLDEST = 99


class PayDesk:
    def __init__(self, facts: FactBook, texts: Texts) -> None:
        self._facts = facts
        self._texts = texts

    # -- what has to be asked

    def missing(self, profile: Profile, *, months: bool, on: date) -> str | None:
        """The question (``pay_…``) whose answer is needed next; None when the pay can be said.

        ``months`` asks for the pay month by month over the contract, which needs birth, start and length.
        """
        if months:
            needed = (
                ("pay_birth", profile.born_on),
                ("pay_start", profile.starts_on),
                ("pay_length", profile.contract_months),
            )
            for kind, known in needed:
                if known is None:
                    return kind
        elif age_of(profile, on) is None:
            return "pay_age"
        return "pay_diploma" if self._needs_diploma(profile, on) else None

    def ask(self, kind: str) -> Reply:
        """The question, with the usual answers as buttons."""
        say = self._texts.say
        buttons: dict[str, list[Button]] = {
            "pay_age": [Button(say(key), _payload("age", age)) for key, age in AGE_BUTTONS.items()],
            "pay_length": [Button(say(key), _payload("months", months)) for key, months in LENGTH_BUTTONS.items()],
            "pay_diploma": [Button(say(f"button_{held}"), _payload("held", held)) for held in DiplomaHeld],
        }
        return self._texts.reply(f"ask_{kind}", *buttons.get(kind, []))

    def _needs_diploma(self, profile: Profile, on: date) -> bool:
        age = age_of(profile, on)
        young = age is not None and age < SAME_FOR_ALL_FROM
        return profile.contract is Contract.PROFESSIONNALISATION and young and profile.diploma_held is None

    # -- what cannot be computed

    def refusal(self, profile: Profile, *, on: date, year: int | None = None) -> list[Reply] | None:
        """What to say of an age, a birth, a start, a length or a year that no contract has; None when all is well."""
        if profile.born_on is not None and profile.born_on > on:
            return [self._texts.reply("pay_born_later")]
        if profile.starts_on is not None and abs(relativedelta(profile.starts_on, on).years) >= FARTHEST_YEARS:
            return [self._texts.reply("pay_odd_start")]
        if profile.age is not None and profile.age > OLDEST:
            return [self._texts.reply("pay_odd_age")]
        age = age_of(profile, profile.starts_on or on)
        if age is not None and (refused := self._age_refusal(age, profile.contract, on)):
            return refused
        group, *names = DURATIONS[profile.contract or Contract.APPRENTISSAGE]
        duration = self._facts.on_or_latest(group, on)
        longest = duration.amount(names[-1])
        months = profile.contract_months if year is None else 12 * year
        if months is None or months <= longest:  # a shorter one exists too, after a break
            return None
        if not duration.reliable(on):
            return [self._texts.reply("pay_odd_length_unsaid"), _signed([duration])]
        low, usual, high = (duration.value(name).text for name in names)
        said = self._texts.reply("pay_odd_length", shortest=low, longest=usual, rare=high)
        return [said, _signed([duration], Button("Durée du contrat", "/contract_duration"))]

    def _age_refusal(self, age: int, contract: Contract | None, on: date) -> list[Reply] | None:
        minimum = self._facts.on_or_latest("age_15_ans", on)
        general = self._facts.on_or_latest("age_general", on)
        longest = self._facts.on_or_latest("age_jusqu_a_35_ans", on)
        age_button = Button("L'âge pour signer", "/age_limit")
        if contract is Contract.PROFESSIONNALISATION:
            return self._pro_age_refusal(age, on)
        if age < minimum.amount("minimum"):
            if not minimum.reliable(on):
                return [self._texts.reply("pay_without_numbers"), _signed([minimum], age_button)]
            said = self._texts.reply("pay_too_young", age=age, minimum=minimum.value("minimum").text)
            return [said, _signed([minimum], age_button)]
        if age > longest.amount("maximum"):
            if not (general.reliable(on) and longest.reliable(on)):
                return [self._texts.reply("pay_without_numbers"), _signed([general, longest], age_button)]
            said = self._texts.reply(
                "pay_too_old", general=general.value("maximum").text, maximum=longest.value("maximum").text
            )
            pro = Button("Ma paie en contrat pro", _payload("contract_type", Contract.PROFESSIONNALISATION))
            return [said, _signed([general, longest], age_button, pro)]
        return None

    def _pro_age_refusal(self, age: int, on: date) -> list[Reply] | None:
        public = self._facts.on_or_latest("pro_publics", on)
        first = str(public.value("age_jeunes").value).partition("-")[0]
        if age >= int(first):
            return None
        other = Button("Et en apprentissage ?", _payload("contract_type", Contract.APPRENTISSAGE))
        if not public.reliable(on):
            return [self._texts.reply("pay_pro_without_numbers"), _signed([public], other)]
        return [self._texts.reply("pay_pro_too_young", age=age, minimum=first), _signed([public], other)]

    # -- today, by year of contract

    def by_year(self, profile: Profile, *, on: date, year: int | None = None, licence_pro: bool = False) -> list[Reply]:
        """The legal minimum at this age, for one year of contract or for each, with its sources.

        ``profile`` has all that `missing` asks for.
        """
        age = age_of(profile, on)
        assert age is not None
        if profile.contract is Contract.PROFESSIONNALISATION:
            return self._pro(age, profile.diploma_held, on)
        if licence_pro:
            year = 1
        paid = {
            each: pay_today(self._facts, age=age, year=each, on=on, licence_pro=licence_pro)
            for each in ([year] if year else YEARS)
        }
        pays = {each: pay for each, (_, pay) in paid.items()}
        used = _used(pays.values())
        buttons = (
            Button("Mois par mois", _payload("detail", "months")),
            Button("Et en contrat pro ?", _payload("contract_type", Contract.PROFESSIONNALISATION)),
            Button("Quand ça augmente ?", "/pay_raise"),
            Button(MORE_TITLE, _payload(MORE, "1")),
        )
        if not all(fact.reliable(on) for fact in used) or any(pay.gross is None for pay in pays.values()):
            return [self._texts.reply("pay_without_numbers"), _signed(used, *buttons[1:])]
        if len({pay.gross for pay in pays.values()}) == 1 and year is None:
            amount = self._texts.reply("pay_same_each_year", age=age, **_amount(pays[1]))
        elif licence_pro:
            amount = self._texts.reply("pay_licence_pro", age=age, **_amount(pays[1]))
        elif year:
            amount = self._texts.reply("pay_one_year", age=age, year=YEAR_LABELS[year], **_amount(pays[year]))
        else:
            lines = "\n".join(f"• {YEAR_LABELS[each]} année : {self._line(pay)}" for each, pay in pays.items())
            chart = tuple(_bar(f"{YEAR_LABELS[each]} année", pay) for each, pay in pays.items())
            amount = Reply(self._texts.say("pay_by_year", age=age, lines=lines), chart=chart)
        general = self._facts.on_or_latest("age_general", on)
        restricted = []
        if age > general.amount("maximum") and general.reliable(on):
            restricted = [self._texts.reply("pay_over_29", maximum=general.value("maximum").text)]
        return [amount, self._net(paid.values(), on), *restricted, _signed(used, *buttons)]

    def _pro(self, age: int, held: DiplomaHeld | None, on: date) -> list[Reply]:
        case, pay = pay_today(self._facts, age=age, on=on, contract=Contract.PROFESSIONNALISATION, diploma_held=held)
        public = self._facts.on_or_latest("pro_publics", on)
        used = [*pay.facts, public]
        buttons = (
            Button("Mois par mois", _payload("detail", "months")),
            Button("Et en apprentissage ?", _payload("contract_type", Contract.APPRENTISSAGE)),
            Button("Apprentissage ou pro ?", "/apprenticeship_vs_pro"),
            Button(MORE_TITLE, _payload(MORE, "1")),
        )
        if not all(fact.reliable(on) for fact in used):
            return [self._texts.reply("pay_pro_without_numbers"), _signed(used, *buttons[1:])]
        if pay.undecided:
            low, high = (french.percent(each) for each in pay.percents)
            said = self._texts.reply("pay_pro_open", age=age, low=low, high=high)
            return [said, _signed(used, *buttons)]
        said = self._texts.reply("pay_pro", age=age, **_amount(pay))
        oldest = self._texts.reply("pay_pro_adult", age=public.value("demandeurs_emploi").text)
        adult = [oldest] if age >= public.amount("demandeurs_emploi") else []
        return [said, self._net([(case, pay)], on), *adult, _signed(used, *buttons)]

    def _net(self, paid: Iterable[tuple[PayCase, MonthPay]], on: date) -> Reply:
        """What is left, as an estimate; only that it may be more, when no estimate may be given."""
        more = self._texts.say("pay_may_be_more")
        estimates = [net_estimate(self._facts, case, pay) for case, pay in paid]
        found = [each for each in estimates if each is not None]
        if len(found) < len(estimates) or not all(each.regime.trusted(on) for each in found):
            return Reply(more)
        nets = list(dict.fromkeys(_rounded(each.monthly) for each in found))
        said = self._texts.say("pay_net", amounts=french.euros(nets[0]) if len(nets) == 1 else _puis(nets))
        return Reply(f"{said} {more}")

    # -- month by month

    def by_month(self, profile: Profile, *, on: date, licence_pro: bool = False) -> list[Reply]:
        """The minimum of each month of the contract; ``profile`` has all that `missing` asks for with ``months``."""
        assert profile.born_on is not None
        assert profile.starts_on is not None
        assert profile.contract_months is not None
        case = PayCase(
            contract=profile.contract or Contract.APPRENTISSAGE,
            birth_date=profile.born_on,
            starts_on=profile.starts_on,
            ends_on=profile.starts_on + relativedelta(months=profile.contract_months) - timedelta(days=1),
            diploma_held=profile.diploma_held,
            licence_pro=licence_pro,
        )
        groups = spans(schedule(self._facts, case))
        used = _used(pay for group in groups for pay in group)
        buttons = (Button("Quand ça augmente ?", "/pay_raise"), Button("Du brut au net", "/net_pay"))
        if not all(fact.trusted(on) for fact in used):
            return [self._texts.reply("pay_without_numbers"), _signed(used, *buttons)]
        lines = [f"• {_period(group)} : {self._line(group[0])}" for group in groups]
        chart = tuple(_bar(_period(group), group[0]) for group in groups)
        said = [Reply(text) for text in packed(self._texts.say("pay_months"), lines)]
        said[-1] = Reply(said[-1].text, chart=chart)
        return [*said, self._texts.reply(self._remark(groups, case.contract)), _signed(used, *buttons)]

    def _line(self, pay: MonthPay) -> str:
        if pay.undecided:
            return self._texts.say("pay_line_open", percents=" ou ".join(french.percent(each) for each in pay.percents))
        percent = french.percent(pay.percents[0])
        if pay.gross is None:
            return self._texts.say("pay_line_unknown", percent=percent)
        return self._texts.say("pay_line", amount=french.euros(pay.gross), percent=percent)

    @staticmethod
    def _remark(groups: Sequence[Sequence[MonthPay]], contract: Contract) -> str:
        """The sentence that explains what stands out: an open month first, then an unknown SMIC."""
        pays = [group[0] for group in groups]
        opened = next((pay.undecided for pay in pays if pay.undecided), None)
        if opened:
            return f"pay_open_{opened}"
        if any(pay.gross is None for pay in pays):
            return "pay_unknown_smic"
        return "pay_months_why_pro" if contract is Contract.PROFESSIONNALISATION else "pay_months_why"


def age_of(profile: Profile, day: date) -> int | None:
    """From the birth when it is known, else as it was said."""
    return age_on(profile.born_on, day) if profile.born_on is not None else profile.age


def _payload(entity: str, value: object) -> str:
    return f'/pay_simulation{{"{entity}": "{value}"}}'


def _signed(facts: Iterable[Fact], *buttons: Button) -> Reply:
    return Reply(source_line(facts), buttons)


def _used(pays: Iterable[MonthPay]) -> list[Fact]:
    return list(dict.fromkeys(fact for pay in pays for fact in pay.facts))


def _amount(pay: MonthPay) -> dict[str, str]:
    return {"amount": french.euros(pay.gross or 0), "percent": french.percent(pay.percents[0])}


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1), ROUND_HALF_UP)


def _puis(amounts: Sequence[Decimal]) -> str:
    *first, last = (french.euros(amount) for amount in amounts)
    return f"{', '.join(first)} puis {last}"


def _bar(label: str, pay: MonthPay) -> Bar:
    percents = " ou ".join(french.percent(each) for each in pay.percents)
    text = french.euros(pay.gross) if pay.gross is not None else f"{percents} du SMIC"
    return Bar(label, text, share=int(pay.percents[-1]))


def _period(group: Sequence[MonthPay]) -> str:
    """« sept. 2026 », « sept. à déc. 2026 », « sept. 2026 à août 2027 »."""
    first, last = group[0].month, group[-1].month
    if first == last:
        return french.short_month(first)
    start = french.short_month(first, year=first.year != last.year)
    return f"{start} à {french.short_month(last)}"

"""What is said to a person who asks for a day or a delay: the free first days, when to start, how to leave, hours."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Self, TypeVar

from programme import french, rights
from programme.answers import source_line
from programme.content import CONTENT_DIR
from programme.facts import FactBook
from programme.replies import MAX_BUBBLE, Button, Reply
from programme.rights import Computed, MinorHours, MinorWork, Rhythm, RightsError, What, WorkSector
from programme.texts import Texts

_HUMAN = Button("Parler à un conseiller", "/talk_to_human")
_WITHOUT_EMPLOYER = Button("Le CFA sans employeur", "/cfa_without_employer")
_NO_EMPLOYER = Button("Trouver un employeur", "/no_employer")
_AFTER_BREAK = Button("Garder ma place au CFA", "/after_break")
_TRIAL_BUTTONS = (
    Button("Pendant l'essai", "/trial_period"),
    Button("Arrêter mon contrat", "/end_contract"),
    _HUMAN,
)
_START_BUTTONS = (_WITHOUT_EMPLOYER, Button("Les étapes pour signer", "/signing_steps"), _NO_EMPLOYER)
_CFA_BUTTONS = (_NO_EMPLOYER, Button("Où chercher", "/where_to_search"), _HUMAN)
_RESIGN_BUTTONS = (Button("Arrêter mon contrat", "/end_contract"), _AFTER_BREAK, _HUMAN)
_DIPLOMA_BUTTONS = (Button("Après mon alternance", "/after_contract"), _HUMAN)
_HOURS_BUTTONS = (
    Button("Travail de nuit, mineurs", "/night_and_minor_work"),
    Button("Horaires de travail", "/working_hours"),
    _HUMAN,
)

_REFUSALS: dict[type[RightsError], str] = {
    rights.FarDate: "rights_far_date",
    rights.PastDate: "rights_past_date",
    rights.TooYoung: "rights_too_young",
    rights.NotMinor: "rights_not_minor",
}

Result = TypeVar("Result", bound=Computed)


class RightsDesk:
    """``today`` is the day of the question. Each answer is one or two bubbles, then its sources with buttons.

    When a fact that was used may not be relied on any more, the rule is said without number nor day.
    """

    def __init__(self, facts: FactBook, texts: Texts, work: MinorWork) -> None:
        self._facts = facts
        self._texts = texts
        self._work = work

    @classmethod
    def load(cls, facts: FactBook) -> Self:
        """Raises ContentError when a file of ours is wrong."""
        return cls(facts, Texts.load(CONTENT_DIR / "rights.yml"), MinorWork.load())

    def trial_end(self, *, first_day: date, rhythm: Rhythm, today: date, away: Iterable[date] = ()) -> list[Reply]:
        """When the free first days in the company end; see `rights.trial_end`."""

        def bubbles(found: rights.TrialEnd) -> Iterator[str]:
            days = found.amount(What.PRESENCE_DAYS)
            when = self._say("rights_about_day" if found.estimate else "rights_on_day", day=french.day(found.last_day))
            yield self._say("rights_trial_over" if found.last_day < today else "rights_trial_end", days=days, when=when)
            yield self._say("rights_trial_how", first=french.day(first_day), skipped=self._skipped(found))

        return self._answer(
            lambda: rights.trial_end(self._facts, first_day=first_day, rhythm=rhythm, today=today, away=away),
            bubbles,
            unsaid="rights_trial_unsaid",
            buttons=_TRIAL_BUTTONS,
            today=today,
        )

    def _skipped(self, found: rights.TrialEnd) -> str:
        """The days that did not count, as the end of a sentence; "" when all did."""
        words = {
            What.HOLIDAYS_SKIPPED: ("rights_holiday_one", "rights_holiday_many"),
            What.AWAY_SKIPPED: ("rights_away_one", "rights_away_many"),
        }
        counted = [
            french.plural(count, self._say(one), self._say(many))
            for what, (one, many) in words.items()
            if (count := found.amount(what))
        ]
        return self._say("rights_trial_skipped", days=self._say("rights_and").join(counted)) if counted else ""

    def start_window(self, *, courses_start: date, today: date) -> list[Reply]:
        """Between which days the contract may start; see `rights.start_window`."""

        def bubbles(found: rights.StartWindow) -> Iterator[str]:
            yield self._say(
                "rights_start_closed" if found.latest < today else "rights_start_window",
                courses=french.day(courses_start),
                earliest=french.day(found.earliest),
                latest=french.day(found.latest),
            )
            yield self._say(
                "rights_start_how",
                before=found.amount(What.MONTHS_BEFORE_COURSES),
                after=found.amount(What.MONTHS_WITHOUT_EMPLOYER),
            )

        return self._answer(
            lambda: rights.start_window(self._facts, courses_start=courses_start, today=today),
            bubbles,
            unsaid="rights_start_unsaid",
            buttons=_START_BUTTONS,
            today=today,
        )

    def cfa_without_employer(self, *, cycle_start: date, today: date) -> list[Reply]:
        """Until when one may stay at the CFA without an employer; see `rights.cfa_without_employer_end`."""

        def bubbles(found: rights.WithoutEmployerEnd) -> Iterator[str]:
            left = french.plural(found.days_left, self._say("rights_day_one"), self._say("rights_day_many"))
            if today < cycle_start:
                key = "rights_cfa_ahead"
            elif found.days_left > 0:
                key = "rights_cfa_left"
            else:
                key = "rights_cfa_last_day" if found.days_left == 0 else "rights_cfa_over"
            yield self._say(key, last=french.day(found.last_day), left=left)
            yield self._say(
                "rights_cfa_how", months=found.amount(What.MONTHS_WITHOUT_EMPLOYER), start=french.day(cycle_start)
            )

        return self._answer(
            lambda: rights.cfa_without_employer_end(self._facts, cycle_start=cycle_start, today=today),
            bubbles,
            unsaid="rights_cfa_unsaid",
            buttons=_CFA_BUTTONS,
            today=today,
        )

    def resignation(self, *, mediator_on: date, today: date, age: int | None = None) -> list[Reply]:
        """When one may leave after the free first days; see `rights.resignation`."""

        def bubbles(found: rights.Resignation) -> Iterator[str]:
            yield self._say(
                "rights_resign",
                mediator=french.day(mediator_on),
                told=french.day(found.employer_told_from),
                end=french.day(found.ends_from),
            )
            how = self._say(
                "rights_resign_how",
                wait=found.amount(What.DAYS_AFTER_MEDIATOR),
                notice=found.amount(What.DAYS_AFTER_EMPLOYER),
            )
            # who has not told their age is told about minors too
            yield how if found.representative_signs is False else " ".join([how, self._say("rights_resign_minor")])

        return self._answer(
            lambda: rights.resignation(self._facts, mediator_on=mediator_on, today=today, age=age),
            bubbles,
            unsaid="rights_resign_unsaid",
            buttons=_RESIGN_BUTTONS,
            today=today,
        )

    def leave_with_diploma(self, *, employer_told_on: date, today: date) -> list[Reply]:
        """When one may leave with the diploma; see `rights.leave_with_diploma`."""

        def bubbles(found: rights.DiplomaLeave) -> Iterator[str]:
            yield self._say("rights_diploma", told=french.day(employer_told_on), end=french.day(found.ends_from))
            yield self._say("rights_diploma_how", months=found.amount(What.MONTHS_OF_NOTICE))

        return self._answer(
            lambda: rights.leave_with_diploma(self._facts, employer_told_on=employer_told_on, today=today),
            bubbles,
            unsaid="rights_diploma_unsaid",
            buttons=_DIPLOMA_BUTTONS,
            today=today,
        )

    def minor_hours(self, *, age: int, work: str | None, today: date) -> list[Reply]:
        """Hours of a minor; ``work`` is a trade of ``trades.csv`` or the id of a sector, None when not known."""
        sector = self._work.sector(work) if work is not None else None

        def bubbles(found: MinorHours) -> list[str]:
            return _packed([*self._hours(found, age), *self._night(found, sector), self._sunday(found, sector)])

        return self._answer(
            lambda: rights.minor_hours(self._facts, age=age, sector=sector, today=today),
            bubbles,
            unsaid="rights_minor_unsaid",
            buttons=_HOURS_BUTTONS,
            today=today,
            age=age,
        )

    def _hours(self, found: MinorHours, age: int) -> Iterator[str]:
        yield self._say(
            "rights_minor_hours",
            age=age,
            day=found.day_max,
            week=found.week_max,
            pause=found.pause,
            rest=found.daily_rest,
            days=found.weekly_rest_days,
        )
        if found.contract_from is not None:
            yield self._say("rights_minor_contract", minimum=found.contract_from)
        if found.site_day_max is not None:
            yield self._say("rights_minor_site", day=found.site_day_max, week=found.site_week_max)

    def _night(self, found: MinorHours, sector: WorkSector | None) -> Iterator[str]:
        yield self._say("rights_night", night=found.night)
        if sector is None:
            yield self._say("rights_night_unknown")
        elif found.night_exception is not None:
            yield self._say("rights_night_exception", sector=sector.label, exception=found.night_exception)
        else:
            key = "rights_night_too_young" if sector.night is not None else "rights_night_none"
            yield self._say(key, sector=sector.label)

    def _sunday(self, found: MinorHours, sector: WorkSector | None) -> str:
        if sector is None:
            return self._say("rights_sunday_unknown")
        if found.sunday:
            return self._say("rights_sunday_and_holidays")
        return self._say("rights_holidays_only" if found.public_holidays else "rights_no_sunday")

    # -- what all answers share

    def _say(self, key: str, **values: object) -> str:
        return self._texts.say(key, **values)

    def _answer(
        self,
        compute: Callable[[], Result],
        bubbles: Callable[[Result], Iterable[str]],
        *,
        unsaid: str,
        buttons: tuple[Button, ...],
        today: date,
        **given: object,
    ) -> list[Reply]:
        """``given`` is what a refusal repeats."""
        try:
            found = compute()
        except RightsError as refused:
            return [self._texts.reply(_REFUSALS[type(refused)], *buttons, **given)]
        reliable = all(fact.reliable(today) for fact in found.facts)
        said = bubbles(found) if reliable else [self._say(unsaid)]
        return [*map(Reply, said), Reply(source_line(found.facts), buttons)]


def _packed(sentences: Iterable[str]) -> list[str]:
    """The sentences one after the other, in as few bubbles as hold them."""
    first, *others = sentences
    packed = [first]
    for sentence in others:
        longer = f"{packed[-1]} {sentence}"
        packed[-1:] = [longer] if len(longer) <= MAX_BUBBLE else [packed[-1], sentence]
    return packed

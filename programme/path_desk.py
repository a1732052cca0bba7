"""Saying in the chat where one stands: a contract signed or broken, a school found; and taking back a mistaken word."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from programme import french, outcomes, path
from programme.dialogue_state import Question, Shown
from programme.models import (
    Aspect,
    BreakReason,
    CheckIn,
    ContractKind,
    EmployerStatus,
    PathStage,
    Person,
    SchoolStatus,
    Teller,
    WorkContract,
)
from programme.replies import Button, Reply, go
from programme.texts import Texts

SIGNED, BROKEN, SCHOOL, NO_EMPLOYER = "contract_signed", "contract_broken", "school_found", "no_employer"
TOPICS = frozenset({SIGNED, BROKEN, SCHOOL, NO_EMPLOYER})
# a first day that is further away was misread
FURTHEST_BACK, FURTHEST_AHEAD = timedelta(days=365), timedelta(days=400)
# what is offered: why, in words of one's own life. Health is not asked for in a chat: « autre chose » holds it.
REASONS = {
    BreakReason.TRIAL_PERIOD: "path_reason_trial_period",
    BreakReason.DISMISSAL: "path_reason_dismissal",
    BreakReason.RESIGNATION: "path_reason_resignation",
    BreakReason.AGREEMENT: "path_reason_agreement",
    BreakReason.EMPLOYER_CLOSED: "path_reason_employer_closed",
    BreakReason.RELATIONS_AT_WORK: "path_reason_relations_at_work",
    BreakReason.TRADE_NOT_LIKED: "path_reason_trade_not_liked",
    BreakReason.TRANSPORT_OR_HOUSING: "path_reason_transport_or_housing",
    BreakReason.OTHER: "path_reason_other",
    BreakReason.NOT_SAID: "path_reason_not_said",
}
HOPES = {
    PathStage.EMPLOYEUR_EN_VUE: "path_hope_employeur_en_vue",
    PathStage.ENTRETIEN: "path_hope_entretien",
    PathStage.PROMESSE: "path_hope_promesse",
}
HUMAN = "/talk_to_human"


@dataclass(frozen=True)
class PathDesk:
    texts: Texts

    def ask(self, question: Question) -> Reply | None:
        """The question once more; None when it is not worth coming back to."""
        if question.kind == "path_signed":
            return self.signed_question(date.fromisoformat(question.place) if question.place else None)
        return self.start_question() if question.kind == "path_start" else None

    # -- signed

    def ask_if_signed(self, session: Session, *, person_id: int, starts_on: date | None, today: date) -> Shown | None:
        """« trouvé un patron » is no signature yet: ask. None when it is known already, and nothing is new.

        ``starts_on`` is the first day, when the message tells it.
        """
        contract = outcomes.open_contract(session, person_id, on=today)
        if contract is not None and (starts_on is None or contract.starts_on is not None):
            return None
        return Shown([self.signed_question(starts_on)], Question(kind="path_signed", place=_iso(starts_on)))

    def signed_question(self, starts_on: date | None) -> Reply:
        yes = f"yes.{starts_on.isoformat()}" if starts_on else "yes"
        return self.texts.reply(
            "path_ask_signed",
            go(SIGNED, self.texts.say("path_button_signed"), yes),
            go(SIGNED, self.texts.say("path_button_not_yet"), "no"),
        )

    def signed(
        self,
        session: Session,
        *,
        person_id: int,
        kind: ContractKind | None,
        starts_on: date | None,
        now: datetime,
        today: date,
    ) -> Shown:
        """The contract is signed: note it, and ask for the first day, once, when it is not known."""
        if starts_on is not None and not _plausible(starts_on, today):
            starts_on = None
        contract = outcomes.announce_contract(
            session, person_id, kind=kind, starts_on=starts_on, teller=Teller.PERSON, now=now
        )
        path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=now)
        undo = self._undo(session, person_id, SIGNED, Aspect.EMPLOYER, now=now, contract=contract)
        if contract.starts_on is not None:
            said = self.texts.reply("path_signed_and_start", *undo, day=french.day(contract.starts_on))
            return Shown([said])
        asked = self.start_question()
        return Shown([Reply(asked.text, (*asked.buttons, *undo))], Question(kind="path_start", subject=contract.id))

    def start_question(self) -> Reply:
        return self.texts.reply("path_ask_start", go(SIGNED, self.texts.say("path_button_later"), "later"))

    def not_signed(self) -> Shown:
        promised = go(SIGNED, self.texts.say("path_button_promised"), "promised")
        steps = Button(self.texts.say("path_button_steps"), "/signing_steps")
        return Shown([self.texts.reply("path_not_signed", promised, steps)])

    def promised(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        path.set_employer(session, person_id, EmployerStatus.PROMISED, teller=Teller.PERSON, now=now)
        steps = Button(self.texts.say("path_button_steps"), "/signing_steps")
        undo = self._undo(session, person_id, SIGNED, Aspect.EMPLOYER, now=now)
        return Shown([self.texts.reply("path_promised", steps, *undo)])

    def starts(self, session: Session, *, person_id: int, day: date, now: datetime, today: date) -> Shown:
        """The first day of the contract that was announced; it can be told again."""
        if not _plausible(day, today):
            return Shown([self.start_odd()], Question(kind="path_start"))
        if outcomes.open_contract(session, person_id, on=today) is None:
            return Shown([self.texts.reply("path_gone")])
        outcomes.announce_contract(session, person_id, starts_on=day, teller=Teller.PERSON, now=now)
        other = go(SIGNED, self.texts.say("path_button_other_day"), "start")
        return Shown([self.texts.reply("path_start_noted", other, day=french.day(day))])

    def start_odd(self) -> Reply:
        return self.texts.reply("path_start_odd", go(SIGNED, self.texts.say("path_button_later"), "later"))

    def later(self) -> Shown:
        return Shown([self.texts.reply("path_start_later")])

    # -- broken

    def broken(self, session: Session, *, person_id: int, now: datetime, today: date) -> Shown | None:
        """Note the break, then ask why, which may stay unsaid. None when it is known already."""
        person = path.locked(session, person_id)
        if person.stage is PathStage.RUPTURE:
            return None
        contract = outcomes.announce_break(
            session, person_id, reason=BreakReason.NOT_SAID, broken_on=today, teller=Teller.PERSON, now=now
        )
        path.set_stage(session, person_id, PathStage.RUPTURE, teller=Teller.PERSON, now=now)
        path.set_employer(session, person_id, EmployerStatus.SEARCHING, teller=Teller.PERSON, now=now)
        undo = self._undo(session, person_id, BROKEN, Aspect.STAGE, now=now, contract=contract)
        reasons = [go(BROKEN, self.texts.say(key), f"why.{reason}") for reason, key in REASONS.items()]
        return Shown(
            [self.texts.reply("path_broken", *undo), self.texts.reply("path_ask_reason", *reasons)],
            Question(kind="path_reason"),
        )

    def reason(self, session: Session, *, person_id: int, reason: BreakReason) -> Shown:
        """Why, for the break that was noted last; the latest word counts."""
        contract = session.scalar(
            select(WorkContract)
            .where(WorkContract.person_id == person_id, WorkContract.broken_on.is_not(None))
            .order_by(WorkContract.id.desc())
            .limit(1)
        )
        if contract is not None and contract.break_reason is not reason:
            contract.break_reason = reason
            session.flush()
        after = Button(self.texts.say("path_button_after"), "/after_break")
        human = Button(self.texts.say("path_button_human"), HUMAN)
        if reason is BreakReason.NOT_SAID:
            return Shown([self.texts.reply("path_reason_kept", after, human)])
        if reason is BreakReason.RELATIONS_AT_WORK:
            hurt = Button(self.texts.say("path_button_hurt"), "/harassment")
            return Shown([self.texts.reply("path_reason_hard", human, hurt, after)])
        return Shown([self.texts.reply("path_reason_noted", after, human)])

    # -- school and search

    def school_found(self, session: Session, *, person_id: int, now: datetime) -> Shown | None:
        """None when it is known already."""
        person = path.locked(session, person_id)
        if person.school_status is not SchoolStatus.SEARCHING:
            return None
        path.set_school(session, person_id, SchoolStatus.FOUND, teller=Teller.PERSON, now=now)
        undo = self._undo(session, person_id, SCHOOL, Aspect.SCHOOL, now=now)
        return Shown([self.texts.reply("path_school", *undo)])

    def no_employer(self, session: Session, *, person_id: int) -> Shown | None:
        """What was hoped for may have fallen through: ask. None when nothing was hoped for, or it is signed."""
        person = session.get(Person, person_id)
        if person is None or person.stage not in HOPES:
            return None
        over = go(NO_EMPLOYER, self.texts.say("path_button_over"), "over")
        return Shown([self.texts.reply("path_ask_over", over, hope=self.texts.say(HOPES[person.stage]))])

    def searching_again(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        path.set_employer(session, person_id, EmployerStatus.SEARCHING, teller=Teller.PERSON, now=now)
        where = Button(self.texts.say("path_button_where"), "/where_to_search")
        undo = self._undo(session, person_id, NO_EMPLOYER, Aspect.EMPLOYER, now=now)
        return Shown([self.texts.reply("path_over", where, *undo)])

    # -- a mistaken word

    def undo(
        self, session: Session, *, person_id: int, change_id: int | None, contract_id: int | None, now: datetime
    ) -> Shown:
        """Take back what was told, with the contract or the break that came of it."""
        told = path.take_back(session, person_id, change_id or 0, teller=Teller.PERSON, now=now)
        if told is None:
            return Shown([self.texts.reply("path_not_undone", Button(self.texts.say("path_button_human"), HUMAN))])
        contract = session.get(WorkContract, contract_id) if contract_id is not None else None
        if contract is not None and contract.person_id == person_id:
            _take_back(session, contract, told_at=told.at)
        return Shown([self.texts.reply("path_undone")])

    def _undo(
        self,
        session: Session,
        person_id: int,
        topic: str,
        aspect: Aspect,
        *,
        now: datetime,
        contract: WorkContract | None = None,
    ) -> tuple[Button, ...]:
        """A way back, when something was noted just now."""
        told = path.latest(session, person_id, aspect)
        if told is None or told.at != now:
            return ()
        where = f"undo.{told.id}" + (f".{contract.id}" if contract is not None else "")
        return (go(topic, self.texts.say("path_button_undo"), where),)


def _take_back(session: Session, contract: WorkContract, *, told_at: datetime) -> None:
    """The contract that was announced at this moment is none; the break that was told then did not happen."""
    if contract.announced_at == told_at:
        session.delete(contract)
    elif contract.broken_on is not None:
        contract.broken_on, contract.break_reason = None, None
        session.execute(
            update(CheckIn)
            .where(CheckIn.contract_id == contract.id, CheckIn.closed_at == told_at)
            .values(closed_at=None)
        )
    session.flush()


def _plausible(day: date, today: date) -> bool:
    return today - FURTHEST_BACK <= day <= today + FURTHEST_AHEAD


def _iso(day: date | None) -> str:
    return day.isoformat() if day is not None else ""

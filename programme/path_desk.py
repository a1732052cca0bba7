"""Saying in the chat where one stands: a contract signed or broken, a school found; and taking back a mistaken word."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from programme import path
from programme.dialogue_state import Question, Shown
from programme.models import Aspect, EmployerStatus, PathStage, Person, SchoolStatus, Teller
from programme.replies import Button, Reply, go
from programme.texts import Texts

SIGNED, BROKEN, SCHOOL, NO_EMPLOYER = "contract_signed", "contract_broken", "school_found", "no_employer"
TOPICS = frozenset({SIGNED, BROKEN, SCHOOL, NO_EMPLOYER})
UNDER_CONTRACT = (PathStage.CONTRAT_SIGNE, PathStage.EN_CONTRAT)
HUMAN = "/talk_to_human"


@dataclass(frozen=True)
class PathDesk:
    texts: Texts

    def ask(self, question: Question) -> Reply | None:
        """The question once more; None when it is not worth coming back to."""
        return self.signed_question() if question.kind == "path_signed" else None

    # -- signed

    def ask_if_signed(self, session: Session, *, person_id: int) -> Shown | None:
        """« trouvé un patron » is no signature yet: ask. None when it is known already."""
        person = session.get(Person, person_id)
        if person is None or person.stage in UNDER_CONTRACT:
            return None
        return Shown([self.signed_question()], Question(kind="path_signed"))

    def signed_question(self) -> Reply:
        return self.texts.reply(
            "path_ask_signed",
            go(SIGNED, self.texts.say("path_button_signed"), "yes"),
            go(SIGNED, self.texts.say("path_button_not_yet"), "no"),
        )

    def signed(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        path.set_employer(session, person_id, EmployerStatus.SIGNED, teller=Teller.PERSON, now=now)
        return Shown(
            [self.texts.reply("path_signed", *self._undo(session, person_id, SIGNED, Aspect.EMPLOYER, now=now))]
        )

    def not_signed(self) -> Shown:
        promised = go(SIGNED, self.texts.say("path_button_promised"), "promised")
        steps = Button(self.texts.say("path_button_steps"), "/signing_steps")
        return Shown([self.texts.reply("path_not_signed", promised, steps)])

    def promised(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        path.set_employer(session, person_id, EmployerStatus.PROMISED, teller=Teller.PERSON, now=now)
        steps = Button(self.texts.say("path_button_steps"), "/signing_steps")
        undo = self._undo(session, person_id, SIGNED, Aspect.EMPLOYER, now=now)
        return Shown([self.texts.reply("path_promised", steps, *undo)])

    # -- broken

    def broken(self, session: Session, *, person_id: int, now: datetime) -> Shown | None:
        """Note the break. None when it is known already."""
        if path.locked(session, person_id).stage is PathStage.RUPTURE:
            return None
        path.set_stage(session, person_id, PathStage.RUPTURE, teller=Teller.PERSON, now=now)
        path.set_employer(session, person_id, EmployerStatus.SEARCHING, teller=Teller.PERSON, now=now)
        return Shown([self.texts.reply("path_broken", *self._undo(session, person_id, BROKEN, Aspect.STAGE, now=now))])

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
        if person is None or person.stage not in path.BY_EMPLOYER:
            return None
        over = go(NO_EMPLOYER, self.texts.say("path_button_over"), "over")
        return Shown([self.texts.reply("path_ask_over", over, hope=self.texts.say(f"path_hope_{person.stage}"))])

    def searching_again(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        path.set_employer(session, person_id, EmployerStatus.SEARCHING, teller=Teller.PERSON, now=now)
        where = Button(self.texts.say("path_button_where"), "/where_to_search")
        undo = self._undo(session, person_id, NO_EMPLOYER, Aspect.EMPLOYER, now=now)
        return Shown([self.texts.reply("path_over", where, *undo)])

    # -- a mistaken word

    def undo(self, session: Session, *, person_id: int, change_id: int | None, now: datetime) -> Shown:
        """Take back what was told."""
        if path.take_back(session, person_id, change_id or 0, teller=Teller.PERSON, now=now) is None:
            return Shown([self.texts.reply("path_not_undone", Button(self.texts.say("path_button_human"), HUMAN))])
        return Shown([self.texts.reply("path_undone")])

    def _undo(
        self, session: Session, person_id: int, topic: str, aspect: Aspect, *, now: datetime
    ) -> tuple[Button, ...]:
        """A way back, when something was noted just now."""
        told = path.latest(session, person_id, aspect)
        if told is None or told.at != now:
            return ()
        return (go(topic, self.texts.say("path_button_undo"), f"undo.{told.id}"),)

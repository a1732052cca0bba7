"""The reversed practice in the chat: a tutor or recruiter states a need to a simulated candidate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from programme.bubbles import cut, packed
from programme.dialogue_state import Question, Shown
from programme.models import PracticeMode, PracticeRun
from programme.practice import reversed as reverse
from programme.practice import runs
from programme.practice.desk import TOPIC
from programme.practice.reversed import Candidate, Part, TutorPractice, load_candidates
from programme.replies import Button, Reply, go
from programme.texts import Texts

QUOTE = 70


@dataclass(frozen=True)
class TutorDesk:
    candidates: Mapping[str, Candidate]
    texts: Texts

    @classmethod
    def load(cls, texts: Texts) -> Self:
        """Raises ContentError."""
        return cls(load_candidates(), texts)

    def begin(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """The candidate least met calls."""
        played = runs.times_played(session, person_id)
        candidate = min(self.candidates.values(), key=lambda each: (played.get(each.id, 0), each.id))
        said, practice = reverse.begin(candidate)
        run = runs.start(
            session,
            person_id=person_id,
            persona=candidate.id,
            level=1,
            mode=PracticeMode.CANDIDATE,
            state=practice,
            now=now,
        )
        scene = self.texts.reply("tutor_scene", name=candidate.name, learns=candidate.learns)
        return Shown([self.texts.reply("tutor_intro"), scene, self._spoken(candidate, said)], self._question(run))

    def line(self, session: Session, run: PracticeRun, text: str, *, now: datetime) -> Shown:
        candidate = self.candidates[run.persona]
        said, practice = reverse.answer(candidate, TutorPractice.model_validate(run.state), text)
        runs.keep(session, run, practice, now=now)
        replies = [Reply(each, speaker=candidate.name) for each in said[:-1]]
        if not practice.over:
            return Shown([*replies, self._spoken(candidate, said[-1])], self._question(run))
        after = self.finish(session, run, now=now)
        return Shown([*replies, Reply(said[-1], speaker=candidate.name), *after.replies])

    def resume(self, run: PracticeRun) -> Shown:
        candidate = self.candidates[run.persona]
        last = TutorPractice.model_validate(run.state).last
        return Shown([self._spoken(candidate, last)], self._question(run))

    def pause(self) -> Shown:
        return Shown([self.texts.reply("tutor_paused", self._go("resume"), self._go("end"))])

    def finish(self, session: Session, run: PracticeRun, *, now: datetime) -> Shown:
        """What the candidate now knows, with the adult's own words; what was missing; one way to say it."""
        practice = TutorPractice.model_validate(run.state)
        given = practice.given
        runs.finish(session, run, points=len(given), need_heard=Part.TASK in given, now=now)
        lines = []
        for part in Part:
            told = next((line.text for line in practice.lines if part in line.parts), None)
            name = self.texts.say(f"tutor_part_{part}")
            lines.append(
                f"✔ {name} : « {cut(told, QUOTE)} »"
                if told is not None
                else f"· {name} : {self.texts.say('tutor_not_said')}"
            )
        replies = [Reply(text) for text in packed(self.texts.say("tutor_known"), lines)]
        if vague := list(dict.fromkeys(line.vague for line in practice.lines if line.vague)):
            words = ", ".join(f"« {word} »" for word in vague[:4])
            replies.append(self.texts.reply("tutor_vague", words=words))
        missing = [part for part in Part if part not in given]
        key = f"tutor_missing_{missing[0]}" if missing else "tutor_all"
        buttons = (go(TOPIC, self.texts.say("tutor_button_again"), "tutor"), self._go("choose"))
        return Shown([*replies, self.texts.reply(key, *buttons)])

    def _spoken(self, candidate: Candidate, text: str) -> Reply:
        return Reply(text, (self._go("end"), self._go("pause")), speaker=candidate.name)

    def _question(self, run: PracticeRun) -> Question:
        return Question(kind="practice_line", subject=run.id)

    def _go(self, where: str) -> Button:
        return go(TOPIC, self.texts.say(f"practice_button_{where}"), where)

"""The debrief as it is said: the picture of the call, what was done well, the most useful step, one line to try."""

from collections.abc import Mapping
from dataclasses import dataclass

from programme import french
from programme.bubbles import cut, packed
from programme.practice.classes import QuestionClass
from programme.practice.debrief import Debrief, StepWords, try_line
from programme.practice.engine import Line, Mark
from programme.practice.persona import Persona
from programme.replies import MAX_BUBBLE, Reply, Step
from programme.texts import Texts

# of the person's own lines
QUOTE = 60
SIGNS = {Mark.STEP: " ✔", Mark.NEED: " 💡", Mark.COST: " ✖", Mark.NONE: ""}
_LABELS = {
    QuestionClass.CV_PUSH: "CV",
    QuestionClass.CLOSED: "Oui/non",
    QuestionClass.SELF_FIRST: "Conditions",
    QuestionClass.OFF_TOPIC: "Hors sujet",
}


@dataclass(frozen=True)
class DebriefWords:
    steps: Mapping[QuestionClass, StepWords]
    texts: Texts

    def say(self, persona: Persona, found: Debrief) -> list[Reply]:
        return [*self._picture(persona, found), *self._praise(found), *self._advice(persona, found)]

    def label(self, line: Line) -> str:
        """What a line is called in the picture."""
        if line.kind is None:
            return "…" if line.moment == "silence" else "?"
        return self.steps[line.kind].title if line.kind in self.steps else _LABELS[line.kind]

    def _picture(self, persona: Persona, found: Debrief) -> list[Reply]:
        points = french.plural(found.points, "étape", "étapes")
        if found.need_at is not None:
            head = self.texts.say(
                "practice_found",
                title=persona.who.title,
                points=points,
                line=french.rank(found.need_at),
                need=persona.need.text,
            )
        else:
            key = "practice_not_found" if found.points else "practice_not_found_yet"
            head = self.texts.say(key, title=persona.who.title, points=points)
        path = tuple(Step(self.label(line), line.mark.value) for line in found.lines)
        walked = [f"{number}. {step.label}{SIGNS[Mark(step.mark)]}" for number, step in enumerate(path, start=1)]
        texts = list(packed(self.texts.say("practice_path"), walked))
        return [Reply(head), *map(Reply, texts[:-1]), Reply(texts[-1], path=path)]

    def _praise(self, found: Debrief) -> list[Reply]:
        if not found.praises:
            return [self.texts.reply("practice_no_praise")]
        lines = [f"• « {cut(praise.line, QUOTE)} » : {self.steps[praise.step].good}." for praise in found.best]
        return list(map(Reply, packed(self.texts.say("practice_praise"), lines)))

    def _advice(self, persona: Persona, found: Debrief) -> list[Reply]:
        replies = []
        if found.pushed:
            replies.append(self.texts.reply("practice_pushed", line=cut(found.pushed, QUOTE)))
        if found.missed is None:
            return [*replies, self.texts.reply("practice_all_steps")]
        words = self.steps[found.missed]
        advice = words.early if found.tried else words.missed
        known = {praise.step for praise in found.praises}
        if found.missed is QuestionClass.NEED and found.tried and QuestionClass.ACTIVITY in known:
            advice = self.texts.say("practice_almost", title=persona.who.title)
        last = self.texts.say("practice_line_to_try", title=persona.who.title, line=try_line(persona, found))
        joined = f"{advice}\n{last}"
        return [*replies, *([Reply(joined)] if len(joined) <= MAX_BUBBLE else [Reply(advice), Reply(last)])]

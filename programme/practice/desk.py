"""A practice as it is led in the chat: choosing an employer, the call, help, pause, the debrief, progress."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy.orm import Session

from nlu.french.entities import fold
from programme import french
from programme.bubbles import packed
from programme.call_cards import CardBook
from programme.dialogue_state import Question, Shown
from programme.models import PracticeMode, PracticeRun
from programme.practice import engine, runs
from programme.practice.classes import HELPFUL
from programme.practice.debrief import debrief, load_step_words
from programme.practice.debrief_words import SIGNS, DebriefWords
from programme.practice.engine import Answered, Heard, Practice
from programme.practice.persona import Family, Persona, load_personas
from programme.replies import MAX_BUBBLE, Bar, Button, Reply, go
from programme.texts import Texts

TOPIC = "start_roleplay"
# after a longer silence a message is not taken for the next line without asking
STALE = timedelta(hours=2)
SCALE = range(1, 6)
LEVELS = (1, 2, 3)
# offered at first: those that the Club de l'alternance meets most
FIRST_FAMILIES = (
    Family.COMMERCE, Family.CUISINE, Family.GARAGE, Family.BTP, Family.AIDE_A_LA_PERSONNE, Family.SECRETARIAT_MEDICAL,
)  # fmt: skip
_TWO = re.compile(
    r"\b(?:a deux|a 2|en binome|par deux|avec (?:un|une|mon|ma) (?:ami|amie|pote|copain|copine|camarade|frere|soeur))\b"
)
# buttons of another name than where they lead
_LEADS = {"other_card": "pair", "swap": "pair"}


@dataclass(frozen=True)
class PracticeDesk:
    personas: Mapping[str, Persona]
    words: DebriefWords
    cards: CardBook
    texts: Texts

    @classmethod
    def load(cls, texts: Texts, cards: CardBook) -> Self:
        """Raises ContentError."""
        return cls(load_personas(), DebriefWords(load_step_words(), texts), cards, texts)

    # -- choosing

    def open(self, session: Session, *, person_id: int, text: str, trade: str, now: datetime) -> Shown:
        """What « je veux m'entraîner » gets: the call that is on, the trade that it names, or the choice."""
        run = runs.open_run(session, person_id)
        if run is not None and run.persona in self.personas:
            return self.offer_to_resume(run)
        if _TWO.search(fold(text)):
            return self.begin_pair(session, person_id=person_id, now=now)
        family = self.family_named(trade) or self.family_named(text)
        return self.ask_level(family) if family is not None else self.ask_trade()

    def family_named(self, text: str) -> Family | None:
        """The kind of employer that a text speaks of."""
        found = self.cards.family_of(text)
        return Family(found) if found in frozenset(Family) else None

    def ask_trade(self, *, all_families: bool = False, again: bool = False) -> Shown:
        families = tuple(Family) if all_families else FIRST_FAMILIES
        buttons = [_go(self.cards.titles[family], f"f.{family}") for family in families]
        if not all_families:
            buttons.append(_go(self.texts.say("practice_button_families"), "families"))
        buttons.append(_go(self.texts.say("practice_button_random"), "random"))
        if not all_families:
            buttons += [self._button("pair"), self._button("tutor")]
        key = "practice_no_such_trade" if again else "practice_ask_trade"
        return Shown([self.texts.reply(key, *buttons)], Question(kind="practice_trade"))

    def ask_level(self, family: Family) -> Shown:
        buttons = [_go(self.texts.say(f"practice_button_level_{level}"), f"f.{family}.{level}") for level in LEVELS]
        return Shown([self.texts.reply("practice_ask_level", *buttons, title=self.cards.titles[family])])

    def choose(self, session: Session, *, person_id: int, family: Family | None, level: int, now: datetime) -> Shown:
        """The employer of this family least played, of that level by nature if possible; of any family when None."""
        played = runs.times_played(session, person_id)
        among = [persona for persona in self.personas.values() if family in (None, persona.family)]
        chosen = min(among, key=lambda each: (played.get(each.id, 0), abs(each.level - level), each.id))
        return self.begin(session, person_id=person_id, persona=chosen, level=level, now=now)

    def another(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Anybody, at the level of last time."""
        last = runs.last_finished(session, person_id)
        level = last.level if last is not None else 1
        return self.choose(session, person_id=person_id, family=None, level=level, now=now)

    # -- the call

    def begin(self, session: Session, *, person_id: int, persona: Persona, level: int, now: datetime) -> Shown:
        """The scene, and the question how one feels before."""
        offset = runs.times_played(session, person_id).get(persona.id, 0)
        run = runs.start(
            session,
            person_id=person_id,
            persona=persona.id,
            level=level,
            mode=PracticeMode.EMPLOYER,
            state=Practice(persona=persona.id, level=level, offset=offset),
            now=now,
        )
        scene = self.texts.reply(
            "practice_scene",
            company=persona.company.name,
            town=persona.company.town,
            activity=persona.company.activity,
            people=french.plural(persona.company.size, "personne", "personnes"),
            title=persona.who.title,
            role=persona.who.role,
        )
        before = self.texts.reply("practice_ask_before", *self._scale())
        return Shown([scene, Reply(f"👀 {persona.visible}"), before], Question(kind="practice_before", subject=run.id))

    def begin_pair(self, session: Session, *, person_id: int, now: datetime) -> Shown:
        """Two people and one phone: who holds it plays the employer from this card, and writes what the other says."""
        played = runs.times_played(session, person_id)
        persona = min(self.personas.values(), key=lambda each: (played.get(each.id, 0), each.level, each.id))
        started = engine.begin(persona, level=1, offset=played.get(persona.id, 0))
        run = runs.start(
            session,
            person_id=person_id,
            persona=persona.id,
            level=1,
            mode=PracticeMode.PAIR,
            state=started.practice,
            now=now,
        )
        who = self.texts.say(
            "pair_who",
            title=persona.who.title,
            role=persona.who.role,
            company=persona.company.name,
            activity=persona.company.activity,
            mood=persona.who.mood,
        )
        secret = self.texts.say("pair_secret", need=persona.need.text, deadline=persona.deadline)
        start = self.texts.reply("pair_start", self._button("other_card"), said=started.employer)
        how = self.texts.reply("pair_how")
        return Shown([Reply(who), Reply(secret), how, start], self._line_question(run))

    def pick_up(self, session: Session, run: PracticeRun, *, confidence: int | None, now: datetime) -> Shown:
        """The phone rings, the employer answers."""
        persona, practice = self._persona(run), Practice.model_validate(run.state)
        run.confidence_before = confidence
        if practice.said:  # already on the phone
            return self.resume(session, run, now=now)
        started = engine.begin(persona, level=run.level, offset=practice.offset)
        runs.keep(session, run, started.practice, now=now)
        return Shown(
            [self.texts.reply("practice_rings"), self._spoken(persona, started.employer)], self._line_question(run)
        )

    def line(self, session: Session, run: PracticeRun, heard: Heard, *, now: datetime) -> Shown:
        """The employer's answer to a line; the debrief when the call is over."""
        persona, practice = self._persona(run), Practice.model_validate(run.state)
        if not practice.said:  # who speaks without having said how they feel has skipped it
            practice = engine.begin(persona, level=run.level, offset=practice.offset).practice
        answered = engine.answer(persona, practice, heard)
        runs.keep(session, run, answered.practice, now=now)
        replies = self._said(persona, answered) if run.mode is PracticeMode.EMPLOYER else self._dictated(answered)
        if not answered.practice.over:
            return Shown(replies, self._line_question(run))
        replies[-1] = Reply(replies[-1].text, speaker=replies[-1].speaker)
        after = self.finish(session, run, now=now)
        return Shown([*replies, *after.replies], after.question)

    def hint(self, session: Session, run: PracticeRun, *, now: datetime) -> Shown:
        given, practice = engine.hint(self._persona(run), Practice.model_validate(run.state))
        runs.keep(session, run, practice, now=now)
        key = "practice_no_hint" if not given else "practice_try" if given.startswith("«") else "practice_hint"
        blanks = {"given": given} if given else {}
        return Shown([self.texts.reply(key, *self._help(), **blanks)], self._line_question(run))

    def pause(self, run: PracticeRun, *, stop_messages: bool = False) -> Shown:
        """The game is left at once, and kept. ``stop_messages``: « stop » may have meant our messages."""
        buttons = [self._button("resume"), self._button("end")]
        if stop_messages:
            buttons.append(Button(self.texts.say("practice_button_stop"), "/stop_messages"))
        return Shown([self.texts.reply("practice_paused", *buttons, title=self._persona(run).who.title)])

    def offer_to_resume(self, run: PracticeRun) -> Shown:
        buttons = [self._button("resume"), self._button("replay"), self._button("other"), self._button("end")]
        title = self._persona(run).who.title
        return Shown([self.texts.reply("practice_offer_resume", *buttons, title=title)])

    def on_hold(self, run: PracticeRun) -> Reply | None:
        """Said after something else was answered."""
        if run.persona not in self.personas:
            return None
        return self.texts.reply("practice_take_up", self._button("resume"), title=self._persona(run).who.title)

    def resume(self, session: Session, run: PracticeRun, *, now: datetime) -> Shown:
        persona, practice = self._persona(run), Practice.model_validate(run.state)
        if not practice.said:
            return self.pick_up(session, run, confidence=run.confidence_before, now=now)
        runs.keep(session, run, practice, now=now)
        again = self.texts.reply("practice_resumes", title=persona.who.title)
        return Shown([again, self._spoken(persona, practice.last)], self._line_question(run))

    def replay(self, session: Session, run: PracticeRun, *, now: datetime) -> Shown:
        """The same employer from the start, with other words."""
        return self.begin(session, person_id=run.person_id, persona=self._persona(run), level=run.level, now=now)

    # -- after it

    def finish(self, session: Session, run: PracticeRun, *, now: datetime) -> Shown:
        persona, practice = self._persona(run), Practice.model_validate(run.state)
        found = debrief(practice)
        if not practice.lines:  # nothing was said: nothing to speak of
            run.ended_at = now
            return Shown([self.texts.reply("practice_nothing_said", *self._next_buttons(run, share=False))])
        runs.finish(session, run, points=found.points, need_heard=practice.need_heard, now=now)
        replies = self.words.say(persona, found)
        if run.confidence_before is None:
            last = replies[-1]
            replies[-1] = Reply(last.text, self._next_buttons(run, share=True))
            return Shown(replies)
        replies.append(self.texts.reply("practice_ask_after", *self._scale()))
        return Shown(replies, Question(kind="practice_after", subject=run.id))

    def after(self, run: PracticeRun, confidence: int | None) -> Shown:
        """How one feels now; then the ways on."""
        run.confidence_after = confidence
        key = "practice_next"
        if confidence is not None and run.confidence_before is not None and confidence > run.confidence_before:
            key = "practice_next_up"
        return Shown([self.texts.reply(key, *self._next_buttons(run, share=True))])

    def progress(self, session: Session, *, person_id: int) -> Shown:
        """Shown to the person only."""
        done = runs.finished(session, person_id)
        again = (self._button("other"), self._button("choose"))
        if not done:
            return Shown([self.texts.reply("practice_no_progress", *again)])
        lines = [self._progress_line(run) for run in done]
        head = self.texts.say(
            "practice_progress",
            count=french.plural(len(done), "entraînement", "entraînements"),
            needs=french.plural(sum(run.need_heard for run in done), "fois", "fois"),
        )
        texts = list(packed(head, lines))
        chart = tuple(
            Bar(self._played_with(run), f"{run.points}/{len(HELPFUL)}", round(100 * (run.points or 0) / len(HELPFUL)))
            for run in done
        )
        return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], again, chart)])

    def ask_to_share(self, run: PracticeRun) -> Shown:
        buttons = (_go(self.texts.say("practice_button_share_yes"), f"share.{run.id}"), self._button("choose"))
        return Shown([self.texts.reply("practice_ask_share", *buttons, title=self._persona(run).who.title)])

    def share(self, session: Session, run: PracticeRun, *, shared: bool, now: datetime) -> Shown:
        runs.share(session, run, shared=shared, now=now)
        if shared:
            undo = _go(self.texts.say("practice_button_unshare"), f"unshare.{run.id}")
            return Shown([self.texts.reply("practice_shared", undo, self._button("other"))])
        return Shown([self.texts.reply("practice_unshared", self._button("other"))])

    # -- parts

    def _persona(self, run: PracticeRun) -> Persona:
        return self.personas[run.persona]

    def _line_question(self, run: PracticeRun) -> Question:
        return Question(kind="practice_line", subject=run.id)

    def _spoken(self, persona: Persona, text: str) -> Reply:
        return Reply(text, self._help(), speaker=persona.who.title)

    def _said(self, persona: Persona, answered: Answered) -> list[Reply]:
        if answered.coach:
            key = "practice_try" if answered.coach.startswith("«") else "practice_coach"
            blanks = {"given": answered.coach} | ({"title": persona.who.title} if key == "practice_coach" else {})
            return [self.texts.reply(key, *self._help(), **blanks)]
        return [self._spoken(persona, answered.employer)]

    def _dictated(self, answered: Answered) -> list[Reply]:
        """In a pair: what the line was, the count so far, and what the employer may say."""
        line = answered.practice.lines[-1]
        counts = Counter(self.words.label(each) for each in answered.practice.lines)
        read = f"{self.words.label(line)}{SIGNS[line.mark]}"
        tally = " · ".join(f"{label} {count}" for label, count in counts.items())
        said = answered.employer or answered.coach
        buttons = (self._button("end"), self._button("pause"))
        return [self.texts.reply("pair_read", read=read, tally=tally), Reply(f"👉 {said}"[:MAX_BUBBLE], buttons)]

    def _help(self) -> tuple[Button, ...]:
        return self._button("hint"), self._button("pause")

    def _scale(self) -> tuple[Button, ...]:
        skip = _go(self.texts.say("practice_button_skip"), "skip")
        return (*(_go(str(number), f"feel.{number}") for number in SCALE), skip)

    def _button(self, name: str) -> Button:
        return _go(self.texts.say(f"practice_button_{name}"), _LEADS.get(name, name))

    def _next_buttons(self, run: PracticeRun, *, share: bool) -> tuple[Button, ...]:
        if run.mode is PracticeMode.PAIR:
            return self._button("swap"), self._button("choose")
        buttons = [self._button("replay"), self._button("other"), self._button("progress")]
        if share and run.shared_at is None:
            buttons.append(_go(self.texts.say("practice_button_share"), f"ask_share.{run.id}"))
        return tuple(buttons)

    def _played_with(self, run: PracticeRun) -> str:
        persona = self.personas.get(run.persona)
        return persona.who.title if persona is not None else run.persona

    def _progress_line(self, run: PracticeRun) -> str:
        felt = ""
        if run.confidence_before is not None and run.confidence_after is not None:
            felt = self.texts.say("practice_felt", before=run.confidence_before, after=run.confidence_after)
        found = " 💡" if run.need_heard else ""
        return f"• {self._played_with(run)} : {run.points}/{len(HELPFUL)}{found}{felt}"


def _go(title: str, where: str) -> Button:
    return go(TOPIC, title, where)

"""The practice with a simulated employer: every message is a line to them, until the person leaves."""

import re
from dataclasses import replace

from actions.door import Door, Outcome, Turn, number
from nlu.french.entities import fold
from programme.dialogue_state import Shown
from programme.errors import RunNotFound
from programme.models import PracticeMode, PracticeRun
from programme.practice import runs
from programme.practice.classes import QuestionClass
from programme.practice.desk import LEVELS, SCALE, STALE, TOPIC
from programme.practice.engine import Heard
from programme.practice.persona import Family
from programme.profile import Audience
from programme.replies import Reply, go

# whole messages that speak to the assistant, not to the employer
_COMMANDS = {
    "pause": "pause|stop|arrete|arreter|on arrete|quitter|je quitte|stop le jeu|je veux arreter|fais une pause|"
    "plus tard",
    "hint": "indice|un indice|aide|aide moi|help|je bloque|jsp quoi dire|je sais pas quoi dire|je sais plus quoi dire"
    "|donne moi un indice|je dis quoi|quoi dire|que dire|je dois dire quoi",
    "end": "bilan|fin|terminer|debrief|mon bilan|voir mon bilan|fini|j'ai fini",
    "replay": "rejouer|on rejoue|recommencer|je veux rejouer|on recommence",
    "other": "un autre employeur|autre employeur|changer d'employeur",
}
_COMMAND = {phrase: command for command, phrases in _COMMANDS.items() for phrase in phrases.split("|")}
# a line is plainly one of practice from this probability of its class on; an intent is certain from this one on
PLAINLY, AS_GOOD_AS_CERTAIN = 0.6, 0.95
_TO_THEM = re.compile(r"\b(?:vous|votre|vos|vs|vou|vot)\b")
_SKIP = frozenset({"passer", "passe", "skip", "non", "suivant", "jsp", "je sais pas"})
_RANDOM = re.compile(r"\b(?:hasard|n'?importe|peu importe|comme tu veux|surprise)\b")
_TUTOR = re.compile(
    r"\b(?:je suis|en tant que|cote|moi)\b.{0,20}\b(?:tut(?:eur|rice)|rh|drh|recruteu[rs]e?|employeur|employeuse|"
    r"patron(?:ne)?|"
    r"maitre d'apprentissage|manager|gerante?)\b"
)
_PROGRESS = re.compile(r"\b(?:progres\w*|bilans?|ameliore\w*|ou j'en suis|ou j en suis|combien d'etapes)\b")
_REPLAY = re.compile(r"\b(?:re(?:jou|fai|commenc)\w*|meme (?:patron|employeur|appel))\b")
# after a long silence these go on with the call; any other wish is answered
_GOES_ON = frozenset({"greet", "affirm", "inform", "start_roleplay", "help"})


class Practice(Door):
    """« je veux m'entraîner », and every button of the practice."""

    action_name = "action_practice"

    def respond(self, turn: Turn) -> Outcome:
        where = turn.entities.get("go", "")
        if where:
            return pressed(self, turn, where)
        said = fold(turn.whole)
        for pattern, leads in ((_TUTOR, "tutor"), (_PROGRESS, "progress"), (_REPLAY, "replay")):
            if pattern.search(said):
                return pressed(self, turn, leads)
        known = turn.state.known
        if Audience.IN_CONTRACT in known.audiences and not turn.entities.get("trade"):
            # who has a contract has other talks to get ready for
            return Outcome(self._at_work(turn), turn.state.about(TOPIC).without_question())
        shown = self.assistant.practice.open(
            turn.session, person_id=turn.person_id, text=turn.text, trade=turn.entities.get("trade", ""), now=turn.now
        )
        return _outcome(turn, shown)

    def _at_work(self, turn: Turn) -> list[Reply]:
        *before, last = self.assistant.answer(TOPIC, on=turn.today, state=turn.state)
        call = go(TOPIC, self.assistant.texts.say("practice_button_anyway"), "choose")
        return [*before, replace(last, buttons=(call, *last.buttons))]


def pressed(door: Door, turn: Turn, where: str) -> Outcome:
    """A button; one that has lost its object leads to the choice of an employer."""
    desk, session, now = door.assistant.practice, turn.session, turn.now
    word, _, rest = where.partition(".")
    person_id = turn.person_id
    match word:
        case "f":
            family, _, level = rest.partition(".")
            if family in frozenset(Family):
                return _family(door, turn, Family(family), level)
        case "families":
            return _outcome(turn, desk.ask_trade(all_families=True))
        case "random":
            return _outcome(turn, desk.choose(session, person_id=person_id, family=None, level=1, now=now))
        case "tutor":
            return _outcome(turn, door.assistant.tutor.begin(session, person_id=person_id, now=now))
        case "pair":
            return _outcome(turn, desk.begin_pair(session, person_id=person_id, now=now))
        case "other":
            return _outcome(turn, desk.another(session, person_id=person_id, now=now))
        case "progress":
            return _outcome(turn, desk.progress(session, person_id=person_id))
        case "ask_share" | "share" | "unshare":
            return _share(door, turn, word, rest)
        case "feel" | "skip":
            return _felt(door, turn, int(rest) if rest in map(str, SCALE) else None)
        case "hint" | "pause" | "resume" | "end" | "replay":
            run = runs.open_run(session, person_id)
            if run is None and word == "replay":
                run = runs.last_finished(session, person_id)
            if (
                run is not None
                and run.mode is PracticeMode.CANDIDATE
                and run.persona in door.assistant.tutor.candidates
            ):
                return _do_as_tutor(door, turn, word, run)
            if run is not None and run.persona in desk.personas:
                return _do(door, turn, word, run)
    return _outcome(turn, desk.ask_trade())


def said_to_the_employer(turn: Turn) -> bool:
    """Is it the game's, although it looks like another wish?

    On the phone « stop » alone leaves the game, « vous pouvez répéter ? » is said to the employer. So is a line that
    speaks to « vous » and is plainly one of practice, unless another wish is as good as certain: « dites-moi ce qui
    vous soulagerait » is no call for help. Of 224 calls for help that the model had not seen, none is taken for a line.
    """
    name, confidence = turn.line
    question = turn.state.question
    on_the_phone = question is not None and question.kind.startswith("practice_")
    if on_the_phone and (_plain(turn) in _COMMAND or turn.intent == "repeat"):
        return True
    plainly = name != QuestionClass.OFF_TOPIC and confidence >= PLAINLY
    return plainly and turn.confidence < AS_GOOD_AS_CERTAIN and speaks_to_them(turn)


def speaks_to_them(turn: Turn) -> bool:
    """Does the message say « vous », as to an employer? The assistant is always « tu »."""
    return _TO_THEM.search(fold(turn.whole)) is not None


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question left open; None when it is for somebody else."""
    question = turn.state.question
    assert question is not None
    desk = door.assistant.practice
    if question.kind == "practice_trade":
        return _trade(door, turn)
    run = runs.find_run(turn.session, question.subject) if question.subject is not None else None
    if run is not None and run.mode is PracticeMode.CANDIDATE and run.ended_at is None:
        return _as_tutor(door, turn, run)
    if run is None or run.persona not in desk.personas:
        return None
    plain = _plain(turn)
    if question.kind == "practice_after":
        if plain in map(str, SCALE) or plain in _SKIP:
            return _felt(door, turn, number(plain))
        return None
    if run.ended_at is not None:  # ended elsewhere, in another channel
        return None
    if question.kind == "practice_before" and (plain in map(str, SCALE) or plain in _SKIP):
        return _felt(door, turn, number(plain))
    if plain in _COMMAND:
        return _do(door, turn, _COMMAND[plain], run, stop_messages=turn.intent == "stop_messages")
    if turn.now - run.last_at > STALE:
        if turn.intent in _GOES_ON or turn.doubt:
            shown = desk.offer_to_resume(run)
            return _outcome(turn, shown, run)
        return None
    name, confidence = turn.line
    heard = Heard(turn.whole, QuestionClass(name), confidence, turn.entities.get("trade", ""))
    return _outcome(turn, desk.line(turn.session, run, heard, now=turn.now), run)


def not_read(door: Door, turn: Turn) -> Outcome:
    """Only the question for a trade, or for a number, comes here."""
    question = turn.state.question
    assert question is not None
    if question.kind == "practice_trade":
        return _outcome(turn, door.assistant.practice.ask_trade(again=True))
    return Outcome([door.assistant.texts.reply("practice_next", door.assistant.topic_button(TOPIC))], turn.state)


def _plain(turn: Turn) -> str:
    return " ".join(re.findall(r"[\w']+", fold(turn.whole)))


def _trade(door: Door, turn: Turn) -> Outcome | None:
    desk = door.assistant.practice
    if _RANDOM.search(fold(turn.whole)):
        shown = desk.choose(turn.session, person_id=turn.person_id, family=None, level=1, now=turn.now)
        return _outcome(turn, shown)
    family = desk.family_named(turn.entities.get("trade", "")) or desk.family_named(turn.whole)
    if family is not None:
        return _outcome(turn, desk.ask_level(family))
    return _outcome(turn, desk.ask_trade(again=True)) if turn.entities.get("trade") else None


def _family(door: Door, turn: Turn, family: Family, level: str) -> Outcome:
    desk = door.assistant.practice
    if level not in map(str, LEVELS):
        return _outcome(turn, desk.ask_level(family))
    shown = desk.choose(turn.session, person_id=turn.person_id, family=family, level=int(level), now=turn.now)
    return _outcome(turn, shown)


def _felt(door: Door, turn: Turn, confidence: int | None) -> Outcome:
    """How the person feels, before the call or after it."""
    desk, question = door.assistant.practice, turn.state.question
    if question is not None and question.kind in ("practice_before", "practice_after") and question.subject is not None:
        run = runs.find_run(turn.session, question.subject)
    else:  # an old button: the subject of another question is no run
        run = runs.open_run(turn.session, turn.person_id)
    if run is None or run.persona not in desk.personas:
        return _outcome(turn, desk.ask_trade())
    if run.ended_at is None:
        return _outcome(turn, desk.pick_up(turn.session, run, confidence=confidence, now=turn.now), run)
    return _outcome(turn, desk.after(run, confidence), run)


def _do(door: Door, turn: Turn, command: str, run: PracticeRun, *, stop_messages: bool = False) -> Outcome:
    desk, session, now = door.assistant.practice, turn.session, turn.now
    match command:
        case "hint":
            shown = desk.hint(session, run, now=now)
        case "pause":
            shown = desk.pause(run, stop_messages=stop_messages)
        case "resume":
            shown = desk.resume(session, run, now=now)
        case "end":
            shown = desk.finish(session, run, now=now)
        case "replay":
            shown = desk.replay(session, run, now=now)
        case _:
            shown = desk.another(session, person_id=run.person_id, now=now)
    return _outcome(turn, shown, run)


def _as_tutor(door: Door, turn: Turn, run: PracticeRun) -> Outcome | None:
    """The line of an adult who states a need."""
    if run.persona not in door.assistant.tutor.candidates:
        return None
    if (command := _COMMAND.get(_plain(turn))) is not None:
        return _do_as_tutor(door, turn, command, run)
    return _outcome(turn, door.assistant.tutor.line(turn.session, run, turn.whole, now=turn.now), run)


def _do_as_tutor(door: Door, turn: Turn, command: str, run: PracticeRun) -> Outcome:
    desk = door.assistant.tutor
    match command:
        case "pause":
            shown = desk.pause()
        case "end":
            shown = desk.finish(turn.session, run, now=turn.now)
        case "replay" | "other":
            shown = desk.begin(turn.session, person_id=run.person_id, now=turn.now)
        case _:
            shown = desk.resume(run)
    return _outcome(turn, shown, run)


def _share(door: Door, turn: Turn, word: str, run_id: str) -> Outcome:
    desk = door.assistant.practice
    try:
        run = runs.own_run(turn.session, number(run_id) or 0, person_id=turn.person_id)
    except RunNotFound:
        return _outcome(turn, desk.ask_trade())
    if word == "ask_share":
        return _outcome(turn, desk.ask_to_share(run))
    return _outcome(turn, desk.share(turn.session, run, shared=word == "share", now=turn.now))


def _outcome(turn: Turn, shown: Shown, run: PracticeRun | None = None) -> Outcome:
    state = turn.state.about(TOPIC).model_copy(update={"question": shown.question})
    replies = (
        [replace(reply, run=run.id, private=True) for reply in shown.replies] if run is not None else shown.replies
    )
    return Outcome(replies, state, whole=True)

"""Where a person stands, in passing or by a button: « j'ai signé ! », « mon contrat est rompu », « j'ai une école »."""

import re
from datetime import date

from dateutil.relativedelta import relativedelta

from actions.door import Door, Outcome, Turn, number
from nlu.french.births import dated
from nlu.french.dates import dates
from nlu.french.entities import fold
from programme.dialogue_state import DialogueState, Shown
from programme.errors import ConversationNotFound
from programme.models import BreakReason, ContractKind
from programme.path_desk import SIGNED, TOPICS
from programme.profile import Stage
from programme.replies import Reply

_YEAR = re.compile(r"\b20\d\d\b")
# « je commence le 1er »: what comes before, as « j'ai signé hier », is another day
_BEGINS = re.compile(r"\b(?:commenc|debut|demarr|j'attaque|jattaque|a partir|des le|je rentre|j'embauche|jcommence)")
# of themselves, even when somebody else is named
_FIRST_PERSON = re.compile(r"\b(?:j'|je\b|j |jai|jsuis|jsui|chui|g\b|m'|moi\b|me\b|mon contrat|mon patron|on m)")
_SOMEBODY = re.compile(
    r"\b(?:mon|ma|mes|un|une|notre)\s+(?:petite?\s+|grande?\s+|meilleure?\s+)?(?:freres?|s(?:oe|œ)urs?|cousine?s?|potes?|copains?"
    r"|copines?|amie?s?|fils|fille|neveu|niece|enfants?|jeunes?|eleve)\b"
)
# a question and nothing else; « mon contrat est rompu, je fais quoi ? » tells it first
_SUPPOSED = re.compile(r"^\W*(?:et )?(?:si|quand)\b|^[^,;.!?\n]*\?\s*$")
_NOT_YET = re.compile(r"^\W*(?:non|nan|pas)\b|\b(?:pas encore|presque|bientot|demain|la semaine pro|pas signe)\b")
_YES = re.compile(r"^\W*(?:oui|ouais|yes|si)\b")
_RATHER_NOT = re.compile(r"\b(?:prefere pas|prefere ne pas|pas envie|veux pas|passe|rien)\b")
_UNKNOWN = re.compile(r"\b(?:sais pas|jsp|aucune idee|pas encore|plus tard|passe)\b")


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """A button of the path; None when the turn is none."""
    where = turn.entities.get("go", "")
    if not where or turn.intent not in TOPICS:
        return None
    word, _, rest = where.partition(".")
    desk, session, person_id = door.assistant.path, turn.session, turn.person_id
    if word == "undo":
        change, _, contract = rest.partition(".")
        shown = desk.undo(
            session, person_id=person_id, change_id=number(change), contract_id=number(contract), now=turn.now
        )
        return _outcome(_standing(turn.state, None), shown)
    match turn.intent, word:
        case "contract_signed", "yes":
            return _signed(door, turn, rest)
        case "contract_signed", "no":
            return _not_signed(door, turn)
        case "contract_signed", "promised":
            return _outcome(turn.state, desk.promised(session, person_id=person_id, now=turn.now))
        case "contract_signed", "later":
            return _outcome(turn.state, desk.later())
        case "contract_signed", "start":
            return Outcome([desk.start_question()], turn.state.asking("path_start"))
        case "contract_broken", "why" if rest in frozenset(BreakReason):
            return _outcome(turn.state, desk.reason(session, person_id=person_id, reason=BreakReason(rest)))
        case "no_employer", "over":
            return _outcome(turn.state, desk.searching_again(session, person_id=person_id, now=turn.now))
    return None


def told(door: Door, turn: Turn, replies: list[Reply]) -> Outcome | None:
    """What the message tells of where the person stands, after the answer to its topic; None when nothing is new."""
    if turn.intent not in TOPICS or turn.entities.get("go") or not (turn.pressed or speaks_of_oneself(turn.text)):
        return None
    try:
        person_id = turn.person_id
    except ConversationNotFound:
        return None
    desk, session = door.assistant.path, turn.session
    state = turn.state.about(turn.intent)
    match turn.intent:
        case "contract_signed":
            asked = desk.ask_if_signed(session, person_id=person_id, starts_on=_begins_on(turn), today=turn.today)
            return None if asked is None else _outcome(state, asked)
        case "contract_broken":
            shown = desk.broken(session, person_id=person_id, now=turn.now, today=turn.today)
        case "school_found":
            shown = desk.school_found(session, person_id=person_id, now=turn.now)
        case _:
            shown = desk.no_employer(session, person_id=person_id)
    return None if shown is None else _outcome(state, shown, before=replies)


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question left open; None when it says something else."""
    question, said = turn.state.question, fold(turn.text)
    assert question is not None
    match question.kind:
        case "path_signed":
            if turn.intent == "deny" or _NOT_YET.search(said):
                return _not_signed(door, turn)
            yes = turn.intent in ("affirm", SIGNED) or _YES.search(said)
            return _signed(door, turn, question.place) if yes else None
        case "path_start":
            if turn.intent == "deny" or _UNKNOWN.search(said):
                return _outcome(turn.state, door.assistant.path.later())
            day = day_told(turn.text, turn.today)
            if day is None:
                return None
            shown = door.assistant.path.starts(
                turn.session, person_id=turn.person_id, day=day, now=turn.now, today=turn.today
            )
            return _outcome(turn.state, shown)
        case "path_reason" if turn.intent == "deny" or _RATHER_NOT.search(said):
            return _outcome(
                turn.state,
                door.assistant.path.reason(turn.session, person_id=turn.person_id, reason=BreakReason.NOT_SAID),
            )
    return None


def not_read(door: Door, turn: Turn) -> Outcome | None:
    """How to answer, when that is all that can be meant."""
    question = turn.state.question
    if question is None or question.kind != "path_start":
        return None
    return Outcome([door.assistant.path.start_odd()], turn.state)


def speaks_of_oneself(text: str) -> bool:
    """Not « mon frère a signé », « et si mon contrat est rompu ? »: nothing of that is noted."""
    folded = fold(text)
    somebody = _SOMEBODY.search(folded) is not None and _FIRST_PERSON.search(folded) is None
    return not somebody and _SUPPOSED.search(folded) is None


# -- signed


def _signed(door: Door, turn: Turn, starts_on: str) -> Outcome:
    state = _standing(turn.state, Stage.CONTRAT_SIGNE)
    contract = state.known.contract
    shown = door.assistant.path.signed(
        turn.session,
        person_id=turn.person_id,
        kind=ContractKind(contract) if contract is not None else None,
        starts_on=_iso_day(starts_on),
        now=turn.now,
        today=turn.today,
    )
    congratulated = door.assistant.answer(SIGNED, on=turn.today, state=state)
    return _outcome(state.about(SIGNED), shown, before=congratulated)


def _not_signed(door: Door, turn: Turn) -> Outcome:
    return _outcome(_standing(turn.state, Stage.SANS_EMPLOYEUR), door.assistant.path.not_signed())


# -- days


def _begins_on(turn: Turn) -> date | None:
    """The first day, when the message tells it: « j'ai signé hier, je commence le 3 »."""
    begins = _BEGINS.search(fold(turn.text)) if not turn.pressed else None
    return day_told(fold(turn.text)[begins.start() :], turn.today) if begins else None


def day_told(text: str, today: date) -> date | None:
    """The day that the text names; a month is its first day, without a year the nearest one, past or to come."""
    folded = fold(text)
    if exact := dated(folded, today, past=False):
        return exact
    found = dates(folded, today)
    if not found or _YEAR.search(folded):
        return found[0].first if found else None
    day = found[0].first
    return min((day, day - relativedelta(years=1)), key=lambda each: abs(each - today))


def _iso_day(text: str) -> date | None:
    """A payload may hold anything."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


# -- parts


def _standing(state: DialogueState, stage: Stage | None) -> DialogueState:
    return state.model_copy(update={"known": state.known.model_copy(update={"stage": stage})})


def _outcome(state: DialogueState, shown: Shown, *, before: list[Reply] | None = None) -> Outcome:
    return Outcome([*(before or []), *shown.replies], state.model_copy(update={"question": shown.question}))

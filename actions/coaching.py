"""Lessons, the call card, games, the interview and the pitch: what their buttons and their questions lead to."""

import re
from dataclasses import replace

from actions.door import Door, Outcome, Turn
from nlu.french.entities import fold
from programme import contacts
from programme.bubbles import cut
from programme.call_cards import GENERIC
from programme.call_desk import LONGEST_TOLD
from programme.call_desk import TOPIC as CALL
from programme.contact_words import company_in
from programme.dialogue_state import DialogueState, Shown
from programme.errors import ContactNotFound, ConversationNotFound
from programme.game_desk import RIGHTS
from programme.game_desk import TOPIC as GAME
from programme.interview_desk import PITCH_PARTS
from programme.lesson_desk import TOPICS
from programme.practice.classes import QuestionClass
from programme.replies import Reply, go

_TRUE = re.compile(r"^(?:vrai|v|oui|true|ouais)\b")
_FALSE = re.compile(r"^(?:faux|f|non|false|nan)\b")
_NOTHING = re.compile(
    r"^(?:rien|non|nan|pas encore|aucune?|je sais pas(?: encore)?|jsp|je ne sais pas(?: encore)?|aucune idee|"
    r"passer?|n'importe)\W*$"
)
SHORT_WORDS = 6
# of a company and of its need, when they are quoted
COMPANY, NEED = 40, 60
_USES_A_NEED = frozenset({"cv_help", "cover_letter_help", "followup_help"})


def pressed(door: Door, turn: Turn) -> Outcome | None:
    """A button of the coaching; None when the turn is none."""
    where = turn.entities.get("go", "")
    if not where:
        return None
    match turn.intent:
        case "explain_method" | "forum_prepare":
            return _lesson(door, turn, where)
        case "play_quiz":
            return _game(door, turn, where)
        case "prepare_interview":
            return _interview(door, turn, where)
        case "pitch":
            return _begin_pitch(door, turn)
        case "prepare_call":
            return _call(door, turn, where)
    return None


def begun(door: Door, turn: Turn) -> Outcome | None:
    """A topic that is something to do rather than to read; None for the others."""
    if turn.intent == GAME:
        return _outcome(turn, door.assistant.games.choose())
    if turn.intent == CALL:
        company = company_in(turn.whole, turn.today) if not turn.pressed else None
        known_trade = turn.entities.get("trade", "")
        draft = {"company": company[:LONGEST_TOLD]} if company else {}
        if not known_trade and company and door.assistant.cards.family_of(company) != GENERIC:
            known_trade = ""  # « le garage Martin » says the family, not the trade
            draft["family"] = door.assistant.cards.family_of(company)
        if known_trade:
            draft |= {"trade": known_trade, "family": door.assistant.cards.family_of(known_trade)}
        return _go_on_with_the_card(door, turn, draft)
    return None


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question left open; None when it says something else."""
    question = turn.state.question
    assert question is not None
    kind, confidence = _line(turn)
    match question.kind:
        case "lesson_try":
            return _outcome_or_none(turn, door.assistant.lessons.tried(question.place, kind, confidence))
        case "game_lock":
            return _lock(door, turn)
        case "quiz_item":
            said = fold(turn.whole).strip()
            if not (_TRUE.match(said) or _FALSE.match(said)):
                return None
            judged = door.assistant.games.judged(question.place, _TRUE.match(said) is not None)
            return _outcome_or_none(turn, judged)
        case "interview_answer":
            return _outcome(turn, door.assistant.interview.answered(question.place))
        case "interview_back":
            return _outcome(turn, door.assistant.interview.asked_back(question.place, kind, confidence))
        case "card_trade" | "card_company" | "card_known":
            return _card_told(door, turn)
    if question.kind.startswith("pitch_"):
        part = question.kind.removeprefix("pitch_")
        shown, draft = door.assistant.interview.part_told(part, turn.whole, turn.state.draft)
        return _outcome(turn, shown, draft=draft)
    return None


def not_read(door: Door, turn: Turn) -> Outcome | None:
    question = turn.state.question
    assert question is not None
    if question.kind == "quiz_item":
        return Outcome([door.assistant.texts.reply("quiz_odd")], turn.state)
    return None


def from_the_notebook(door: Door, turn: Turn) -> Reply | None:
    """How the need that was heard last serves a CV, a letter or a message; None when none was heard."""
    if turn.intent not in _USES_A_NEED:
        return None
    try:
        contact = contacts.latest_need(turn.session, turn.person_id)
    except ConversationNotFound:
        return None
    if contact is None:
        return None
    message = go("log_contact", door.assistant.texts.say("contact_button_message"), f"{contact.id}.message")
    company = contact.company or door.assistant.texts.say("contact_unnamed")
    return door.assistant.texts.reply(
        f"need_for_{turn.intent}", message, company=cut(company, COMPANY), need=cut(contact.need or "", NEED)
    )


# -- lessons


def _lesson(door: Door, turn: Turn, where: str) -> Outcome | None:
    lessons = door.assistant.lessons
    lesson_id, _, rest = where.partition(".")
    if TOPICS.get(lesson_id) != turn.intent:
        return None
    number, _, what = rest.partition(".")
    if not number.isdecimal():
        return _outcome(turn, lessons.named(lesson_id, number))
    shown = lessons.model(lesson_id, int(number)) if what == "model" else lessons.step(lesson_id, int(number))
    return _outcome(turn, shown)


# -- games


def _game(door: Door, turn: Turn, where: str) -> Outcome:
    games = door.assistant.games
    game_id, _, rest = where.partition(".")
    if where == RIGHTS:
        return Outcome(door.assistant.answer(GAME, on=turn.today, state=turn.state), turn.state.without_question())
    if where == "quiz":
        heard = turn.state.heard.get("quiz", 0)
        state = turn.state.model_copy(update={"heard": {**turn.state.heard, "quiz": heard + 1}})
        return _outcome(replace(turn, state=state), games.first_item(heard))
    if game_id == "q":
        place, _, said = rest.rpartition(".")
        judged = games.judged(place, said == "v")
        return _outcome(turn, judged if judged is not None else games.first_item(0))
    if game_id not in games.games:
        return _outcome(turn, games.choose())
    room, _, choice = rest.partition(".")
    return _outcome(turn, games.start(game_id) if room == "start" else games.pressed(game_id, room, choice))


def _lock(door: Door, turn: Turn) -> Outcome | None:
    """A try; a message that plainly wants something else is none."""
    question = turn.state.question
    assert question is not None
    games = door.assistant.games
    short = len(turn.whole.split()) <= SHORT_WORDS
    guess = turn.intent == "inform" or bool(turn.doubt) or (short and not turn.whole.rstrip().endswith("?"))
    if not guess and not games.opened_by(question.place, turn.whole):
        return None
    return _outcome_or_none(turn, games.written(question.place, turn.whole))


# -- interview and pitch


def _interview(door: Door, turn: Turn, where: str) -> Outcome:
    number, _, what = where.partition(".")
    position = int(number) if number.isdecimal() else 0
    interview = door.assistant.interview
    return _outcome(turn, interview.how(position) if what == "how" else interview.ask(position))


def _begin_pitch(door: Door, turn: Turn) -> Outcome:
    return _outcome(turn, door.assistant.interview.ask_part(PITCH_PARTS[0]), draft={})


# -- the call card


def _call(door: Door, turn: Turn, where: str) -> Outcome:
    word, _, rest = where.partition(".")
    draft = dict(turn.state.draft)
    match word:
        case "basics":
            replies = door.assistant.answer(CALL, on=turn.today, state=turn.state)
            return Outcome(replies, turn.state.about(CALL).without_question())
        case "listen":
            return _outcome(turn, door.assistant.call.listen(rest))
        case "f":
            draft = {"family": rest}
        case "c":
            draft |= _from_notebook(turn, rest)
        case "no_company":
            draft |= {"company": ""}
        case "nothing_known":
            draft |= {"known": ""}
    return _go_on_with_the_card(door, turn, draft)


def _card_told(door: Door, turn: Turn) -> Outcome | None:
    """The bare answer to one of the questions of the card."""
    question = turn.state.question
    assert question is not None
    draft, said = dict(turn.state.draft), cut(turn.whole, LONGEST_TOLD)
    nothing = _NOTHING.match(fold(said)) is not None
    if question.kind == "card_trade":
        trade = turn.entities.get("trade", "")
        if not trade and (nothing or len(said.split()) > SHORT_WORDS):
            return _go_on_with_the_card(door, turn, {"family": GENERIC}) if nothing else None
        trade = trade or said
        draft = {"trade": trade, "family": door.assistant.cards.family_of(trade)}
    elif question.kind == "card_company":
        draft["company"] = "" if nothing else company_in(said, turn.today) or said
    else:
        draft["known"] = "" if nothing else said
    return _go_on_with_the_card(door, turn, draft)


def _go_on_with_the_card(door: Door, turn: Turn, draft: dict[str, str]) -> Outcome:
    """Ask what is missing, one thing at a time; then the card."""
    desk, session = door.assistant.call, turn.session
    if "family" not in draft:
        shown = desk.ask_trade()
    elif "company" not in draft:
        shown = desk.ask_company(session, person_id=turn.person_id)
    elif "known" not in draft and "need" not in draft and draft["company"]:
        shown = desk.ask_known()
    else:
        shown = desk.card(session, draft, person_id=turn.person_id, now=turn.now, link=door.link(turn))
    return _outcome(turn, shown, draft=draft)


def _from_notebook(turn: Turn, contact_id: str) -> dict[str, str]:
    try:
        contact = contacts.own_contact(
            turn.session, int(contact_id) if contact_id.isdecimal() else None, person_id=turn.person_id
        )
    except ContactNotFound:
        return {"company": ""}
    told = {"company": contact.company or ""}
    return {**told, "need": contact.need} if contact.need else told


# -- parts


def _line(turn: Turn) -> tuple[QuestionClass, float]:
    name, confidence = turn.line
    return (QuestionClass(name), confidence) if name in frozenset(QuestionClass) else (QuestionClass.OFF_TOPIC, 0.0)


def _outcome_or_none(turn: Turn, shown: Shown | None) -> Outcome | None:
    return None if shown is None else _outcome(turn, shown)


def _outcome(turn: Turn, shown: Shown, *, draft: dict[str, str] | None = None) -> Outcome:
    changes: dict[str, object] = {"question": shown.question}
    if draft is not None:
        changes["draft"] = draft
    state: DialogueState = turn.state.model_copy(update=changes)
    return Outcome(shown.replies, state, whole=True)

"""The notebook of contacts: telling, checking, listing."""

import re
from dataclasses import replace

from actions.door import Door, Outcome, Turn
from nlu.french.dates import dates
from nlu.french.entities import fold
from programme import contacts
from programme.dialogue_state import Shown
from programme.errors import ContactNotFound
from programme.models import Contact
from programme.notebook_desk import BASICS, FIELDS, LIST, NOTE
from programme.replies import Reply

# so short a message is a try at the answer
SHORT_WORDS = 4
_RIGHT = re.compile(r"^(?:oui|ouais|yes|ok|okay|c'est (?:ca|juste|bon)|exact(?:ement)?|parfait|c bon|nickel|voila)\b")


class LogContact(Door):
    action_name = "action_log_contact"

    def respond(self, turn: Turn) -> Outcome:
        where = turn.entities.get("go", "")
        if where == BASICS:
            return Outcome(self.assistant.answer(NOTE, on=turn.today, state=turn.state), turn.state)
        if where and where != "new":
            return _pressed(self, turn, where)
        desk = self.assistant.notebook
        if where or turn.pressed:
            return _outcome(turn, desk.ask_to_tell())
        shown = desk.tell(turn.session, person_id=turn.person_id, text=turn.whole, now=turn.now, today=turn.today)
        return _outcome(turn, shown)


class MyContacts(Door):
    action_name = "action_my_contacts"

    def respond(self, turn: Turn) -> Outcome:
        desk, where = self.assistant.notebook, turn.entities.get("go", "")
        if where == "export":
            shown = desk.export(turn.session, person_id=turn.person_id, now=turn.now, link=self.link(turn))
            return _outcome(turn, shown, topic=LIST)
        if where == BASICS:
            return Outcome(self.assistant.answer(LIST, on=turn.today, state=turn.state), turn.state)
        page = where.removeprefix("page.")
        shown = desk.entries(
            turn.session, person_id=turn.person_id, today=turn.today, page=int(page) if page.isdecimal() else 0
        )
        return _outcome(turn, shown, topic=LIST)


def answer(door: Door, turn: Turn) -> Outcome | None:
    """What the message says to the question on an entry; None when it says something else."""
    question, desk = turn.state.question, door.assistant.notebook
    assert question is not None
    asked = question.kind.removeprefix("contact_")
    if asked == "told":
        if turn.intent not in (NOTE, "inform") and not turn.doubt and len(turn.whole.split()) < 4:
            return None
        shown = desk.tell(turn.session, person_id=turn.person_id, text=turn.whole, now=turn.now, today=turn.today)
        return _outcome(turn, shown)
    try:
        contact = contacts.own_contact(turn.session, question.subject, person_id=turn.person_id)
    except ContactNotFound:
        return None
    if asked == "check":
        return _checked(door, turn, contact)
    if turn.intent == "deny" and asked != "company":
        return _outcome(turn, desk.cleared(turn.session, contact, asked))
    changed = desk.changed(turn.session, contact, asked, turn.whole, today=turn.today)
    if changed is not None:
        return _outcome(turn, changed)
    return not_read(door, turn) if len(turn.whole.split()) <= SHORT_WORDS else None


def not_read(door: Door, turn: Turn) -> Outcome:
    """How to answer: the question on a field once more, with its buttons."""
    question, desk = turn.state.question, door.assistant.notebook
    assert question is not None
    asked = question.kind.removeprefix("contact_")
    if asked in ("urgency", "next_on"):
        try:
            contact = contacts.own_contact(turn.session, question.subject, person_id=turn.person_id)
        except ContactNotFound:
            return Outcome([door.assistant.texts.reply("contact_gone")], turn.state.without_question())
        again = desk.ask_field(contact, asked).replies[-1]
        said = door.assistant.texts.say("contact_odd_day") if asked == "next_on" else again.text
        return Outcome([Reply(said, again.buttons, private=True)], turn.state)
    key = "contact_ask_told" if asked == "told" else "contact_odd"
    return Outcome([door.assistant.texts.reply(key)], turn.state)


def _checked(door: Door, turn: Turn, contact: Contact) -> Outcome | None:
    """« oui » to the summary; « non, c'est mercredi » changes the day."""
    desk, said = door.assistant.notebook, fold(turn.whole).strip()
    short = len(said.split()) <= SHORT_WORDS + 2
    if turn.intent == "affirm" or (short and _RIGHT.match(said)):
        return _outcome(turn, desk.confirmed(turn.session, contact, now=turn.now, today=turn.today))
    if (turn.intent == "deny" or said.startswith("non")) and dates(said, turn.today):
        changed = desk.changed(turn.session, contact, "next_on", said, today=turn.today)
        return None if changed is None else _outcome(turn, changed)
    if turn.intent == "deny":
        return _outcome(turn, desk.ask_to_check(contact))
    return None


def _pressed(door: Door, turn: Turn, where: str) -> Outcome:
    """``<id>.<what>`` or ``<id>.<field>.<value>``."""
    desk, session = door.assistant.notebook, turn.session
    contact_id, _, what = where.partition(".")
    try:
        contact = contacts.own_contact(
            session, int(contact_id) if contact_id.isdecimal() else None, person_id=turn.person_id
        )
    except ContactNotFound:
        return Outcome([door.assistant.texts.reply("contact_gone", door.assistant.topic_button(LIST))], turn.state)
    field, _, value = what.partition(".")
    match what:
        case "ok":
            shown = desk.confirmed(session, contact, now=turn.now, today=turn.today)
        case "change":
            shown = desk.ask_to_check(contact)
        case "message":
            shown = desk.message(contact)
        case "quiet":
            shown = desk.quiet(session, contact)
        case "ask_remove":
            shown = desk.ask_to_remove(contact)
        case "remove":
            shown = desk.removed(session, contact)
        case "ask_share":
            shown = desk.ask_to_share(contact)
        case "share" | "unshare":
            shown = desk.shared(session, contact, shared=what == "share", now=turn.now)
        case _ if field == "urgency" and value:
            shown = desk.with_urgency(session, contact, value)
        case _ if field in FIELDS and value == "none" and field != "company":
            shown = desk.cleared(session, contact, field)
        case _ if field in FIELDS and not value:
            shown = desk.ask_field(contact, field)
        case _:
            shown = desk.show(contact)
    return _outcome(turn, shown)


def _outcome(turn: Turn, shown: Shown, *, topic: str = NOTE) -> Outcome:
    state = turn.state.about(topic).model_copy(update={"question": shown.question})
    return Outcome([replace(reply, private=True) for reply in shown.replies], state, whole=True)

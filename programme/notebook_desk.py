"""The notebook as it is kept in the chat: told in one's own words, confirmed, listed, changed, printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from nlu.french.dates import dates
from nlu.french.entities import fold
from programme import contacts, french
from programme.bubbles import cut, packed
from programme.contact_words import LONGEST_PART, read_contact, urgency_in
from programme.dialogue_state import Question, Shown
from programme.documents import Paper, Section, keep_paper, path_of
from programme.models import Contact, Urgency
from programme.replies import Button, Reply, go
from programme.texts import Texts

NOTE, LIST = "log_contact", "my_contacts"
# advice on how to keep it: the answer to the topic
BASICS = "basics"
# what can be changed, in the order of the summary; the names of the fields of an entry
FIELDS = ("company", "spoke_to", "need", "urgency", "next_step", "next_on")
# entries on one page of the list: more would be a wall of buttons
PAGE = 5
# of a company, on a button
SHORT = 24
# of a need and of a name, in a message to send
QUOTED, NAMED = 90, 30
SHORTEST_TALE_WORDS = 4


@dataclass(frozen=True)
class NotebookDesk:
    texts: Texts
    zone: ZoneInfo

    # -- telling

    def tell(self, session: Session, *, person_id: int, text: str, now: datetime, today: date) -> Shown:
        """Keep what was told; ask for it when nothing was."""
        read = read_contact(text, today)
        says_something = read.company or read.need or read.next_step or not read.answered
        if not says_something or len(text.split()) < SHORTEST_TALE_WORDS:
            return self.ask_to_tell()
        contact = contacts.note(session, person_id=person_id, told=text, read=read, now=now)
        if contact.company is None:
            return Shown(
                [self.texts.reply("contact_ask_company")], Question(kind="contact_company", subject=contact.id)
            )
        return self.ask_to_check(contact)

    def ask_to_tell(self) -> Shown:
        basics = _go(self.texts.say("contact_button_basics"), BASICS)
        return Shown([self.texts.reply("contact_ask_told", basics)], Question(kind="contact_told"))

    def ask_to_check(self, contact: Contact) -> Shown:
        """All that was read, each part with a button that changes it."""
        lines = [f"• {self.texts.say(f'contact_field_{field}')} : {self._value(contact, field)}" for field in FIELDS]
        texts = list(packed(self.texts.say("contact_check"), lines))
        buttons = [_go(self.texts.say("contact_button_right"), f"{contact.id}.ok")]
        buttons += [_go(f"✏ {self.texts.say(f'contact_field_{field}')}", f"{contact.id}.{field}") for field in FIELDS]
        asked = Question(kind="contact_check", subject=contact.id)
        return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], tuple(buttons))], asked)

    def ask_field(self, contact: Contact, field: str) -> Shown:
        buttons = []
        if field == "urgency":
            buttons = [
                _go(self.texts.say(f"contact_urgency_{each}"), f"{contact.id}.urgency.{each}") for each in Urgency
            ]
        elif field != "company":
            buttons = [_go(self.texts.say("contact_button_nothing"), f"{contact.id}.{field}.none")]
        asked = Question(kind=f"contact_{field}", subject=contact.id)
        return Shown([self.texts.reply(f"contact_ask_{field}", *buttons)], asked)

    def changed(self, session: Session, contact: Contact, field: str, text: str, *, today: date) -> Shown | None:
        """The entry with this field as the text says it; None when a day or an urgency cannot be read."""
        value: object
        if field == "next_on":
            found = dates(fold(text), today)
            value = found[0].first if found else None
        elif field == "urgency":
            value = urgency_in(text)
        else:
            value = cut(text, LONGEST_PART)
        if not value:
            return None
        contacts.change(session, contact, **{field: value})
        return self.ask_to_check(contact)

    def cleared(self, session: Session, contact: Contact, field: str) -> Shown:
        contacts.change(session, contact, **{field: None})
        return self.ask_to_check(contact)

    def with_urgency(self, session: Session, contact: Contact, urgency: str) -> Shown:
        if urgency in frozenset(Urgency):
            contacts.change(session, contact, urgency=Urgency(urgency))
        return self.ask_to_check(contact)

    def confirmed(self, session: Session, contact: Contact, *, now: datetime, today: date) -> Shown:
        """Kept; what helps next depends on what was heard."""
        contacts.confirm(session, contact, now=now)
        buttons = [Button(self.texts.say("contact_button_list"), f"/{LIST}")]
        if contact.next_on is not None and contact.next_on > today:
            buttons.append(_go(self.texts.say("contact_button_no_reminder"), f"{contact.id}.quiet"))
            said = self.texts.say("contact_kept_with_day", day=self._day(contact.next_on))
        else:
            buttons.append(_go(self.texts.say("contact_button_day"), f"{contact.id}.next_on"))
            said = self.texts.say("contact_kept")
        replies = [Reply(said)]
        if contacts.silent_in_a_row(session, contact.person_id) >= contacts.SILENCE:
            replies.append(self.texts.reply("contact_silence"))
            replies.append(self.texts.reply("contact_silence_try"))
        elif contact.need is None and contact.answered:
            replies.append(self.texts.reply("contact_no_need"))
        elif contact.need is not None:
            replies += self.follow_up(contact)
        last = replies[-1]
        buttons.append(_go(self.texts.say("contact_button_share"), f"{contact.id}.ask_share"))
        return Shown([*replies[:-1], Reply(last.text, tuple(buttons))])

    def follow_up(self, contact: Contact) -> list[Reply]:
        """A message of thanks, ready to send, from what was heard."""
        blanks = {"who": self._addressed(contact), "need": cut(contact.need or "", QUOTED)}
        if contact.next_on is not None:
            said = self.texts.say("contact_message_day", day=self._weekday(contact.next_on), **blanks)
        else:
            said = self.texts.say("contact_message", **blanks)
        return [self.texts.reply("contact_message_intro"), Reply(said)]

    def quiet(self, session: Session, contact: Contact) -> Shown:
        contacts.change(session, contact, remind=False)
        return Shown([self.texts.reply("contact_quiet", Button(self.texts.say("contact_button_list"), f"/{LIST}"))])

    # -- reading

    def entries(self, session: Session, *, person_id: int, today: date, page: int = 0) -> Shown:
        kept = contacts.notebook(session, person_id)
        note = _go(self.texts.say("contact_button_note"), "new")
        if not kept:
            basics = go(LIST, self.texts.say("contact_button_basics_list"), BASICS)
            return Shown([self.texts.reply("contact_none", note, basics)])
        shown = kept[page * PAGE : (page + 1) * PAGE]
        lines = [f"• {self._line(contact, today)}" for contact in shown]
        texts = list(
            packed(self.texts.say("contact_list", count=french.plural(len(kept), "contact", "contacts")), lines)
        )
        buttons = [_go(cut(self._company(contact), SHORT), f"{contact.id}.show") for contact in shown]
        if len(kept) > (page + 1) * PAGE:
            buttons.append(go(LIST, self.texts.say("contact_button_more"), f"page.{page + 1}"))
        buttons += [note, go(LIST, self.texts.say("contact_button_export"), "export")]
        return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], tuple(buttons))])

    def show(self, contact: Contact) -> Shown:
        lines = [
            f"• {self.texts.say(f'contact_field_{field}')} : {self._value(contact, field)}" for field in FIELDS[1:]
        ]
        texts = list(packed(self._company(contact), lines))
        share = _go(self.texts.say("contact_button_share"), f"{contact.id}.ask_share")
        if contact.shared_at is not None:
            share = _go(self.texts.say("contact_button_unshare"), f"{contact.id}.unshare")
        buttons = (
            _go(self.texts.say("contact_button_change"), f"{contact.id}.change"),
            _go(self.texts.say("contact_button_message"), f"{contact.id}.message"),
            _go(self.texts.say("contact_button_remove"), f"{contact.id}.ask_remove"),
            share,
        )
        return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], buttons)])

    def message(self, contact: Contact) -> Shown:
        """A message ready to send; without a need there is a question to ask instead."""
        list_button = Button(self.texts.say("contact_button_list"), f"/{LIST}")
        if contact.need is None:
            said = self.texts.say("contact_message_no_need", who=self._addressed(contact))
            return Shown([self.texts.reply("contact_message_intro"), Reply(said, (list_button,))])
        first, ready = self.follow_up(contact)
        return Shown([first, Reply(ready.text, (list_button,))])

    def ask_to_remove(self, contact: Contact) -> Shown:
        buttons = (
            _go(self.texts.say("contact_button_remove_yes"), f"{contact.id}.remove"),
            _go(self.texts.say("contact_button_keep"), f"{contact.id}.show"),
        )
        return Shown([self.texts.reply("contact_ask_remove", *buttons, company=self._company(contact))])

    def removed(self, session: Session, contact: Contact) -> Shown:
        said = self.texts.say("contact_removed", company=self._company(contact))
        contacts.remove(session, contact)
        return Shown([Reply(said, (Button(self.texts.say("contact_button_list"), f"/{LIST}"),))])

    def ask_to_share(self, contact: Contact) -> Shown:
        buttons = (
            _go(self.texts.say("contact_button_share_yes"), f"{contact.id}.share"),
            _go(self.texts.say("contact_button_keep_private"), f"{contact.id}.show"),
        )
        return Shown([self.texts.reply("contact_ask_share", *buttons, company=self._company(contact))])

    def shared(self, session: Session, contact: Contact, *, shared: bool, now: datetime) -> Shown:
        contacts.share(session, contact, shared=shared, now=now)
        list_button = Button(self.texts.say("contact_button_list"), f"/{LIST}")
        return Shown([self.texts.reply("contact_shared" if shared else "contact_unshared", list_button)])

    def export(self, session: Session, *, person_id: int, now: datetime, link: str | None) -> Shown:
        """The whole notebook as a paper; ``link`` opens it (the site's address, or "" on the web), None: as text."""
        kept = contacts.notebook(session, person_id)
        note = _go(self.texts.say("contact_button_note"), "new")
        if not kept:
            return Shown([self.texts.reply("contact_none", note)])
        if link is None:
            lines = [f"• {self._line(contact, now.astimezone(self.zone).date())}" for contact in kept]
            return Shown([Reply(text) for text in packed(self.texts.say("contact_export_text"), lines)])
        token = keep_paper(session, self._paper(kept, now), person_id=person_id, now=now)
        return Shown([self.texts.reply("contact_export", note, link=f"{link}{path_of(token)}")])

    def call_back(self, contact: Contact) -> list[Reply]:
        """What is said on the promised day."""
        said = self.texts.say(
            "contact_reminder",
            company=self._company(contact),
            step=contact.next_step or self.texts.say("contact_step_default"),
        )
        buttons = (
            _go(self.texts.say("contact_button_done"), "new"),
            _go(self.texts.say("contact_button_later"), f"{contact.id}.next_on"),
            Button(self.texts.say("contact_button_prepare"), "/prepare_call"),
        )
        if contact.need is None:
            return [Reply(said, buttons, private=True)]
        need = self.texts.say("contact_reminder_need", need=contact.need)
        return [Reply(said, private=True), Reply(need, buttons, private=True)]

    # -- parts

    def _value(self, contact: Contact, field: str) -> str:
        value = getattr(contact, field)
        if value is None:
            return self.texts.say("contact_unknown")
        if field == "next_on":
            return self._day(value)
        return self.texts.say(f"contact_urgency_{value}") if field == "urgency" else str(value)

    def _line(self, contact: Contact, today: date) -> str:
        said = self._company(contact)
        if contact.need:
            said += f", {self.texts.say('contact_line_need')} « {cut(contact.need, 70)} »"
        elif not contact.answered:
            said += f", {self.texts.say('contact_line_silent')}"
        if contact.next_on is not None:
            sign = "⏰ " if contacts.is_past(contact, today) else ""
            said += f" → {sign}{self._day(contact.next_on)}"
        return said

    def _company(self, contact: Contact) -> str:
        return contact.company or self.texts.say("contact_unnamed")

    def _addressed(self, contact: Contact) -> str:
        """« Bonjour Mme Lopez », but not « Bonjour patron »."""
        who = contact.spoke_to or ""
        return (
            f" {cut(who, NAMED)}"
            if who[:1].isupper() or fold(who).startswith(("mme", "m.", "madame", "monsieur"))
            else ""
        )

    def _day(self, day: date) -> str:
        return french.weekday_and_day(day)

    def _weekday(self, day: date) -> str:
        return french.DAYS[day.weekday()]

    def _paper(self, kept: Sequence[Contact], now: datetime) -> Paper:
        names = [self.texts.say(f"contact_field_{field}") for field in FIELDS]
        rows = [
            tuple("" if getattr(contact, field) is None else self._value(contact, field) for field in FIELDS)
            for contact in kept
        ]
        sections = tuple(
            Section(
                heading=self._company(contact),
                lines=tuple(f"{name} : {value}" for name, value in zip(names[1:], row[1:], strict=True) if value),
            )
            for contact, row in zip(kept, rows, strict=True)
        )
        return Paper(
            title=self.texts.say("contact_paper_title"),
            subtitle=french.day(now.astimezone(self.zone).date()),
            sections=sections,
            foot=self.texts.say("contact_paper_foot"),
            table=(tuple(names), *rows),
        )


def _go(title: str, where: str) -> Button:
    return go(NOTE, title, where)

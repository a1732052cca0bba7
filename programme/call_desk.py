"""Getting ready for a real call: a few questions, then the card, in the chat and to print."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from programme import contacts
from programme.bubbles import packed
from programme.call_cards import GENERIC, CardBook, CardText
from programme.dialogue_state import Question, Shown
from programme.documents import Paper, Section, keep_paper, path_of
from programme.practice.desk import FIRST_FAMILIES
from programme.replies import MAX_BUBBLE, Button, Reply, go
from programme.texts import Texts

TOPIC = "prepare_call"
LONGEST_TOLD = 120
# companies of the notebook offered as buttons
OFFERED = 3


@dataclass(frozen=True)
class CallDesk:
    cards: CardBook
    texts: Texts

    def ask_trade(self) -> Shown:
        buttons = [_go(self.cards.titles[family], f"f.{family}") for family in FIRST_FAMILIES]
        buttons.append(_go(self.texts.say("card_button_other"), f"f.{GENERIC}"))
        return Shown([self.texts.reply("card_ask_trade", *buttons)], Question(kind="card_trade"))

    def ask_company(self, session: Session, *, person_id: int) -> Shown:
        known = [contact for contact in contacts.notebook(session, person_id) if contact.company][:OFFERED]
        buttons = [_go((contact.company or "")[:24], f"c.{contact.id}") for contact in known]
        buttons.append(_go(self.texts.say("card_button_no_company"), "no_company"))
        return Shown([self.texts.reply("card_ask_company", *buttons)], Question(kind="card_company"))

    def ask_known(self) -> Shown:
        nothing = _go(self.texts.say("card_button_nothing_known"), "nothing_known")
        return Shown([self.texts.reply("card_ask_known", nothing)], Question(kind="card_known"))

    def card(
        self, session: Session, told: Mapping[str, str], *, person_id: int, now: datetime, link: str | None
    ) -> Shown:
        """``told`` holds ``family`` and what was told of ``trade``, ``company``, ``known``, ``need``."""
        family, card, opening = self._card(told)
        replies = [Reply(f"🗣 {opening}")]
        if told.get("need"):
            replies.append(self.texts.reply("card_need", need=told["need"]))
        elif told.get("known"):
            replies.append(self.texts.reply("card_known", known=told["known"]))
        questions = [f"{number}. {each.ask}" for number, each in enumerate(card.questions, 1)]
        replies += map(Reply, packed(self.texts.say("card_questions"), questions))
        end = f"{card.rephrase}\n{card.end}"
        replies += [Reply(text) for text in ([end] if len(end) <= MAX_BUBBLE else [card.rephrase, card.end])]
        buttons = [_go(self.texts.say("card_button_listen"), f"listen.{family}")]
        practise = "/start_roleplay" if family == GENERIC else f'/start_roleplay{{"go": "f.{family}"}}'
        buttons.append(Button(self.texts.say("lesson_button_practise"), practise))
        buttons.append(go("log_contact", self.texts.say("contact_button_done"), "new"))
        if link is None:
            replies.append(self.texts.reply("card_after", *buttons))
        else:
            token = keep_paper(session, self._paper(told, card, opening), person_id=person_id, now=now)
            replies.append(self.texts.reply("card_link", *buttons, link=f"{link}{path_of(token)}"))
        return Shown(replies)

    def listen(self, family: str) -> Shown:
        """What to listen for in each answer, when to call, what to avoid."""
        card = self.cards.card(family if family in self.cards.titles else GENERIC)
        lines = [f"{number}. {each.listen}" for number, each in enumerate(card.questions, 1)]
        texts = [*packed(self.texts.say("card_listen"), lines), f"{card.when}\n{card.avoid}"]
        done = go("log_contact", self.texts.say("contact_button_done"), "new")
        return Shown([*map(Reply, texts[:-1]), Reply(texts[-1], (done,))])

    def _card(self, told: Mapping[str, str]) -> tuple[str, CardText, str]:
        family = told.get("family", GENERIC)
        if family not in self.cards.titles:
            family = GENERIC
        card = self.cards.card(family)
        trade = told.get("trade") or card.title.lower()
        return family, card, card.opening.format(trade=trade)

    def _paper(self, told: Mapping[str, str], card: CardText, opening: str) -> Paper:
        say = self.texts.say
        company = told.get("company", "")
        sections = [Section(heading=say("card_paper_opening"), lines=(opening,))]
        if told.get("known") or told.get("need"):
            lines = tuple(told[name] for name in ("known", "need") if told.get(name))
            sections.append(Section(heading=say("card_paper_known"), lines=lines))
        sections += [
            Section(heading=f"{number}. {each.ask}", lines=(say("card_paper_listen", listen=each.listen),), space=1)
            for number, each in enumerate(card.questions, 1)
        ]
        sections += [
            Section(heading=say("card_paper_rephrase"), lines=(card.rephrase,), space=1),
            Section(heading=say("card_paper_end"), lines=(card.end,), space=1),
            Section(heading=say("card_paper_when"), lines=(card.when, card.avoid)),
        ]
        title = say("card_paper_title", company=company) if company else say("card_paper_title_no_company")
        subtitle = told.get("trade") or card.title
        return Paper(title=title, subtitle=subtitle, sections=tuple(sections), foot=say("card_paper_foot"))


def _go(title: str, where: str) -> Button:
    return go(TOPIC, title, where)

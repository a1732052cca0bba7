"""The conversations: the list with its filters, one conversation, and both of them live."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from bot.console import talk
from bot.console.doors import Doors, MemberDep, SessionDep, token_of, transaction
from bot.console.pages import TEMPLATES, render, today_in, values_for, zone_of
from bot.web.notifications import Notifications
from programme import (
    absences,
    accounts,
    bookings,
    conversation_search,
    conversations,
    inbox,
    masking,
    permissions,
    readings,
    team_reading,
)
from programme.answers import AnswerBook
from programme.campaigns.definition import load_campaigns
from programme.clock import clock
from programme.inbox import About, Filters, Place
from programme.models import (
    Author,
    Channel,
    ChannelIdentity,
    Conversation,
    Delivery,
    EventDate,
    Flag,
    FlagReason,
    Message,
    MessageState,
    PathStage,
    Person,
    Review,
    StaffMember,
    Takeover,
)
from programme.own_data_words import in_words
from programme.path import STAGE_NAMES
from programme.permissions import Member, Right

router = Doors("/conversations")

SHOWN = 100
NEWS_EVERY_S = 3.0
ABOUT = {
    About.UNREAD: "pas lues",
    About.HUMAN_WANTED: "demandent quelqu'un",
    About.SAFETY: "sécurité",
    About.NOT_UNDERSTOOD: "pas comprises",
    About.HELD: "prises par l'équipe",
    About.MINE: "mes jeunes",
    About.NOBODYS: "sans conseiller ni conseillère",
}
FLAGS = {
    FlagReason.DISTRESS: "mot de détresse",
    FlagReason.HARASSMENT: "harcèlement",
    FlagReason.DANGER_AT_WORK: "danger au travail",
    FlagReason.MONEY_EMERGENCY: "urgence d'argent",
    FlagReason.HUMAN_WANTED: "demande quelqu'un",
}
CHANNELS = {channel: in_words(channel) for channel in Channel}
STATES = {
    MessageState.DUE: "en attente d'envoi",
    MessageState.SENDING: "en cours d'envoi",
    MessageState.DELIVERED: "remis",
    MessageState.FAILED: "refusé par Telegram",
    MessageState.WITHDRAWN: "retiré avant l'envoi",
    MessageState.WAITING: "attend que l'assistant revienne",
    MessageState.HELD: "laissé à l'équipe",
}
# -- the list


@dataclass(frozen=True)
class Asked:
    """The filters as they stand in the address; what cannot be is left out."""

    filters: Filters
    address: str


@cache
def campaign_names() -> tuple[str, ...]:
    """Read once: the content changes with the program."""
    return tuple(sorted(load_campaigns()))


def asked_for(
    about: Annotated[list[str] | None, Query(alias="voir")] = None,
    stage: Annotated[str, Query(alias="etape")] = "",
    campaign: Annotated[str, Query(alias="campagne", max_length=60)] = "",
    event_date: Annotated[str, Query(alias="date", max_length=18)] = "",
    first: Annotated[str, Query(alias="du", max_length=10)] = "",
    last: Annotated[str, Query(alias="au", max_length=10)] = "",
    words: Annotated[str, Query(alias="mots", max_length=200)] = "",
) -> Asked:
    filters = Filters(
        about=frozenset(each for each in About if each in (about or ())),
        stage=PathStage(stage) if stage in {each.value for each in PathStage} else None,
        campaign=campaign if campaign in campaign_names() else "",
        event_date_id=int(event_date) if event_date.isascii() and event_date.isdecimal() else None,
        first=_day(first),
        last=_day(last),
        words=words,
    )
    kept = [
        *(("voir", each.value) for each in sorted(filters.about)),
        ("etape", filters.stage or ""),
        ("campagne", filters.campaign),
        ("date", filters.event_date_id or ""),
        ("du", filters.first or ""),
        ("au", filters.last or ""),
        ("mots", words),
    ]
    return Asked(filters, urlencode([(name, value) for name, value in kept if value]))


@router.page("", Right.READ_CONVERSATIONS)
def listed(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    asked: Annotated[Asked, Depends(asked_for)],
    after: Annotated[str, Query(alias="apres", max_length=100)] = "",
) -> Response:
    filters = asked.filters
    lines, following = inbox.page(
        session, who, filters, now=clock(), zone=zone_of(request), after=Place.read(after) if after else None
    )
    found = (
        conversation_search.where(session, [line.conversation_id for line in lines], filters.words)
        if filters.words
        else {}
    )
    hide = _mask_lines(session, who, lines, found, on=today_in(request))
    coming = session.scalars(
        select(EventDate).where(EventDate.starts_at > clock()).order_by(EventDate.starts_at).limit(40)
    ).all()
    return render(
        request,
        "inbox/list.html",
        lines=lines,
        excerpts=hide.excerpts,
        found=hide.found,
        filters=filters,
        about=ABOUT,
        flags=FLAGS,
        channels=CHANNELS,
        stages=STAGE_NAMES,
        campaigns=campaign_names(),
        dates=coming,
        following=f"?{asked.address}&{urlencode({'apres': str(following)})}" if following else "",
        first_page=f"?{asked.address}" if after else "",
    )


@dataclass
class _Masked:
    """What is shown of texts: as they are, or without names and numbers for who has no need of them."""

    excerpts: dict[uuid.UUID, str] = field(default_factory=dict)
    found: dict[uuid.UUID, list[str]] = field(default_factory=dict)


def _mask_lines(
    session: Session, who: Member, lines: Sequence[inbox.Line], found: dict[uuid.UUID, list[str]], *, on: date
) -> _Masked:
    people = {
        person.id: person
        for person in session.scalars(select(Person).where(Person.id.in_([each.person_id for each in lines])))
    }
    replaced = absences.stands_in_for(session, who.staff_id, on=on)
    shown = _Masked()
    for line in lines:
        texts = [line.excerpt, *found.get(line.conversation_id, ())]
        person = people[line.person_id]
        if not masking.needs_no_mask(who, person, stands_in_for=replaced):
            texts = masking.masker().mask_all(texts, names=_names(person))
        shown.excerpts[line.conversation_id] = texts[0]
        shown.found[line.conversation_id] = texts[1:]
    return shown


@router.page("/flux", Right.READ_CONVERSATIONS, response_class=EventSourceResponse)
async def listen_to_all(request: Request) -> AsyncIterator[ServerSentEvent]:
    """`event: news` with in how many conversations within reach somebody wrote since the last one.

    It ends with the session in which it was opened.
    """
    notifications = notifications_of(request)
    since = clock()

    def within_reach(found: set[uuid.UUID]) -> int | None:
        with transaction(request) as session:
            who = _still_there(request, session)
            return None if who is None else len(inbox.reached(session, who, list(found), since=since))

    async with notifications.all() as news:
        while not notifications.closing.is_set():
            await news.wait()
            missed = news.missed
            count = await run_in_threadpool(within_reach, news.take())
            if count is None:
                return
            if count or missed:
                yield ServerSentEvent(data={"count": count}, event="news")
            # in a rush there is something new all the time, for each of the pages that are open
            with suppress(TimeoutError):
                await asyncio.wait_for(notifications.closing.wait(), NEWS_EVERY_S)


# -- one conversation


@dataclass(frozen=True)
class Turn:
    """A bubble as the page shows it. ``understood``: the intent in words; ``sure``: 0 to 100."""

    message: Message
    text: str
    understood: str | None = None
    sure: int | None = None
    source: str | None = None
    state: str | None = None
    due: str | None = None
    review_open: bool = False


@dataclass(frozen=True)
class Hidden:
    """Bubbles that the person keeps to themselves, one after the other."""

    count: int
    practice: bool


@dataclass(frozen=True)
class Mark:
    """Something that happened between two bubbles."""

    at: datetime
    words: str


@router.page("/{conversation_id}", Right.READ_CONVERSATIONS)
def conversation(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    conversation_id: uuid.UUID,
    before: Annotated[int | None, Query(alias="avant", ge=1)] = None,
) -> Response:
    person = permissions.reach_conversation(session, who, conversation_id)
    now = clock()
    readings.opened(session, who, conversation_id, now=now)
    found = conversations.transcript(session, conversation_id, before=before, limit=SHOWN)
    messages = team_reading.settled(found)
    assistant = talk.assistant_of(request)
    rows = rows_of(session, who, person, conversation_id, messages, answers=assistant.answers, on=today_in(request))
    oldest = found[0].id if len(found) == SHOWN else None
    counsellor = session.get(StaffMember, person.counsellor_id) if person.counsellor_id else None
    return render(
        request,
        "inbox/conversation.html",
        conversation_id=conversation_id,
        person=person,
        counsellor=counsellor,
        rows=rows,
        oldest=oldest,
        newest=messages[-1].id if messages else 0,
        live=before is None,
        coming=bookings.bookings_of(session, person_id=person.id, now=now),
        others=_other_channels(session, person.id, conversation_id),
        open_flags=session.scalars(
            select(Flag).where(Flag.conversation_id == conversation_id, Flag.closed_at.is_(None)).order_by(Flag.id)
        ).all(),
        flags=FLAGS,
        channels=CHANNELS,
        talk=talk.panel(session, assistant, who, conversation_id, person_id=person.id, now=now),
    )


def reached(who: MemberDep, session: SessionDep, conversation_id: uuid.UUID) -> None:
    """Refuse before the stream begins: afterwards there is no page any more to say it."""
    permissions.reach_conversation(session, who, conversation_id)


@router.page(
    "/{conversation_id}/flux",
    Right.READ_CONVERSATIONS,
    response_class=EventSourceResponse,
    dependencies=[Depends(reached)],
)
async def listen(
    request: Request, conversation_id: uuid.UUID, after: Annotated[int, Query(alias="apres", ge=0)] = 0
) -> AsyncIterator[ServerSentEvent]:
    """`event: rows` with the new rows of the page as HTML, for as long as the page is open.

    It ends with the session in which it was opened, and when the person is not within reach any more.
    """
    notifications = notifications_of(request)
    answers = talk.assistant_of(request).answers
    start = _or_later(after, request.headers.get("last-event-id", ""))

    def new_rows() -> tuple[str, int] | None:
        with transaction(request) as session:
            who = _still_there(request, session)
            if who is None or not inbox.reached(session, who, [conversation_id]):
                return None
            messages = team_reading.settled(conversations.transcript(session, conversation_id, after=start))
            if not messages:
                return "", start
            person = permissions.reach_conversation(session, who, conversation_id)
            rows = rows_of(
                session, who, person, conversation_id, messages, answers=answers, on=today_in(request), marks=False
            )
            readings.opened(session, who, conversation_id, now=clock())
            html = TEMPLATES.get_template("inbox/rows.html").render(rows=rows, **values_for(request))
            return html, messages[-1].id

    async with notifications.of(conversation_id) as news:
        while not notifications.closing.is_set():
            news.clear()
            found = await run_in_threadpool(new_rows)
            if found is None:
                return
            html, start = found
            if html:
                yield ServerSentEvent(data={"html": html}, event="rows", id=str(start))
            else:
                await news.wait()


def _still_there(request: Request, session: Session) -> Member | None:
    """Who reads a stream, as they are by now; None when they logged out, or may not any more."""
    token = token_of(request)
    found = accounts.session_of(session, token, now=clock()) if token else None
    if found is None or not found.verified or not found.member.may(Right.READ_CONVERSATIONS):
        return None
    return found.member


def rows_of(
    session: Session,
    who: Member,
    person: Person,
    conversation_id: uuid.UUID,
    messages: Sequence[Message],
    *,
    answers: AnswerBook,
    on: date,
    marks: bool = True,
) -> list[Turn | Hidden | Mark]:
    """The bubbles in order, with what happened between them; what the person keeps to themselves is counted.

    ``on``: today, which says whom this member stands in for."""
    ids = [message.id for message in messages]
    open_reviews = set(
        session.scalars(select(Review.message_id).where(Review.message_id.in_(ids), Review.closed_at.is_(None)))
    )
    deliveries = {message.delivery_id for message in messages if message.delivery_id}
    due = {
        row.id: in_words(row.purpose)
        for row in session.execute(select(Delivery.id, Delivery.purpose).where(Delivery.id.in_(deliveries)))
    }
    asked = {message.id: message.intent for message in messages}
    readable = team_reading.readable(session, messages)
    texts = [message.text for message in readable]
    replaced = absences.stands_in_for(session, who.staff_id, on=on)
    if not masking.needs_no_mask(who, person, stands_in_for=replaced):
        texts = masking.masker().mask_all(texts, names=_names(person))
    shown = dict(zip((message.id for message in readable), texts, strict=True))
    happened = _marks(session, conversation_id, messages) if marks else []
    rows: list[Turn | Hidden | Mark] = []
    for message in messages:
        while happened and happened[0].at <= message.sent_at:
            rows.append(happened.pop(0))
        if message.id not in shown:
            practice = message.practice_run_id is not None
            last = rows[-1] if rows else None
            if isinstance(last, Hidden) and last.practice == practice:
                rows[-1] = Hidden(last.count + 1, practice)
            else:
                rows.append(Hidden(1, practice))
            continue
        topic = asked.get(message.in_reply_to or 0)
        rows.append(
            Turn(
                message=message,
                text=shown[message.id],
                understood=_understood(message, answers),
                sure=round(message.confidence * 100) if message.confidence is not None else None,
                source=_source(message, topic, answers),
                state=STATES.get(message.state),
                due=due.get(message.delivery_id or 0),
                review_open=message.id in open_reviews,
            )
        )
    return [*rows, *happened]


def _marks(session: Session, conversation_id: uuid.UUID, messages: Sequence[Message]) -> list[Mark]:
    if not messages:
        return []
    since = messages[0].sent_at
    taken = session.execute(
        select(Takeover, StaffMember.name)
        .join(StaffMember, StaffMember.id == Takeover.staff_id)
        .where(Takeover.conversation_id == conversation_id, Takeover.taken_at >= since)
        .order_by(Takeover.id)
    ).all()
    flags = session.scalars(select(Flag).where(Flag.conversation_id == conversation_id, Flag.raised_at >= since)).all()
    found = [
        *(Mark(held.taken_at, f"{name} prend la conversation") for held, name in taken),
        *(Mark(held.ended_at, f"{name} rend la conversation") for held, name in taken if held.ended_at is not None),
        *(Mark(flag.raised_at, f"Alerte : {FLAGS[flag.reason]}") for flag in flags),
        *(Mark(flag.closed_at, f"Réglé : {FLAGS[flag.reason]}") for flag in flags if flag.closed_at is not None),
    ]
    return sorted(found, key=lambda mark: mark.at)


def _understood(message: Message, answers: AnswerBook) -> str | None:
    if message.author is not Author.PERSON or message.intent is None:
        return None
    return answers.titles.get(message.intent, message.intent.replace("_", " "))


def _source(message: Message, topic: str | None, answers: AnswerBook) -> str | None:
    """Where an answer comes from: the page of the catalogue, under its title."""
    if message.author is not Author.ASSISTANT or topic is None or topic not in answers:
        return None
    return answers.titles.get(topic)


def _other_channels(
    session: Session, person_id: int, conversation_id: uuid.UUID
) -> Sequence[tuple[uuid.UUID, Channel]]:
    rows = session.execute(
        select(Conversation.id, ChannelIdentity.channel)
        .join(ChannelIdentity, ChannelIdentity.id == Conversation.identity_id)
        .where(ChannelIdentity.person_id == person_id, Conversation.id != conversation_id)
    )
    return [(other, channel) for other, channel in rows]


def notifications_of(request: Request) -> Notifications:
    found: Notifications = request.app.state.notifications
    return found


def _or_later(after: int, last_event_id: str) -> int:
    """A stream that broke goes on after the last event that it had."""
    return max(after, int(last_event_id)) if last_event_id.isascii() and last_event_id.isdecimal() else after


def _names(person: Person) -> list[str]:
    """What the person is called, which they may have typed in any spelling."""
    return [person.display_name] if person.display_name else []


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None

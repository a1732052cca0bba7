"""Speaking with a young person: take the conversation over, write, send a card, note, give it back."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response, status
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.pages import go, render, tell
from programme import conversations, notes, permissions, sensitive_words, takeover
from programme.assistant import Assistant
from programme.clock import clock
from programme.errors import CardNotFound, NotHolder
from programme.models import Note, StaffMember, Takeover
from programme.permissions import Member, Right
from programme.sensitive_words import Sensitive
from programme.takeover_desk import LONGEST, Canned, Card

router = Doors("/conversations/{conversation_id}")

# a turn that is under way when a counsellor takes over is let to end, so that the assistant does not speak after it
TURN_ENDS_S = 1.5
LOOK_AGAIN_S = 0.05

tell(
    talk_taken="La conversation est à toi. L'assistant se tait, et la personne le sait.",
    talk_others="Quelqu'un d'autre de l'équipe vient de prendre cette conversation.",
    talk_given_back="L'assistant répond à nouveau, et la personne le sait.",
    talk_not_held="Cette conversation n'est plus entre tes mains : rien n'est parti. Prends-la à nouveau pour écrire.",
    talk_sent="C'est envoyé.",
    talk_no_card="Ce que tu voulais envoyer n'existe plus, ou sa date est passée : rien n'est parti.",
    talk_noted="La note est gardée. La personne la lira si elle demande ses données.",
)


@dataclass(frozen=True)
class Panel:
    """What the page of a conversation shows below it. ``mine``: they hold it; ``held_by``: who else does."""

    conversation_id: uuid.UUID
    held: Takeover | None
    mine: bool
    held_by: str | None
    cards: dict[str, list[Card]]
    canned: Sequence[Canned]
    team_notes: Sequence[tuple[Note, str | None]]
    summaries: Sequence[tuple[Takeover, str | None]]
    longest: int = LONGEST
    longest_note: int = notes.LONGEST


def panel(
    session: Session, assistant: Assistant, who: Member, conversation_id: uuid.UUID, *, person_id: int, now: datetime
) -> Panel:
    held = takeover.holder(session, conversation_id, now=now)
    mine = held is not None and held.staff_id == who.staff_id
    name = session.scalar(select(StaffMember.name).where(StaffMember.id == held.staff_id)) if held is not None else None
    return Panel(
        conversation_id=conversation_id,
        held=held,
        mine=mine,
        held_by=None if mine else name,
        cards=assistant.takeovers.offered(session, conversation_id, now=now) if mine else {},
        canned=assistant.takeovers.canned if mine else (),
        team_notes=notes.of_person(session, person_id, limit=10),
        summaries=takeover.summaries(session, conversation_id),
    )


@router.action("/prendre", Right.ANSWER)
def take(
    request: Request,
    conversation_id: uuid.UUID,
    who: MemberDep,
    session: SessionDep,
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    permissions.reach_conversation(session, who, conversation_id)
    _let_the_turn_end(session, conversation_id)
    held = assistant_of(request).takeovers.take(
        session, conversation_id, staff_id=who.staff_id, now=clock(), reason=reason.strip() or None
    )
    mine = held.takeover.staff_id == who.staff_id
    return _back(conversation_id, "talk_taken" if mine else "talk_others")


@router.action("/ecrire", Right.ANSWER)
def write(
    request: Request,
    conversation_id: uuid.UUID,
    who: MemberDep,
    session: SessionDep,
    text: Annotated[str, Form(max_length=4 * LONGEST)] = "",
) -> Response:
    permissions.reach_conversation(session, who, conversation_id)
    try:
        assistant_of(request).takeovers.write(session, conversation_id, staff_id=who.staff_id, text=text, now=clock())
    except NotHolder:
        return _refused(request, conversation_id, "talk_not_held")
    return _done(request, conversation_id, "talk_sent" if text.strip() else "")


@router.action("/carte", Right.ANSWER)
def send_card(
    request: Request,
    conversation_id: uuid.UUID,
    who: MemberDep,
    session: SessionDep,
    card: Annotated[str, Form(max_length=100)],
) -> Response:
    permissions.reach_conversation(session, who, conversation_id)
    try:
        assistant_of(request).takeovers.send(session, conversation_id, staff_id=who.staff_id, card=card, now=clock())
    except NotHolder:
        return _refused(request, conversation_id, "talk_not_held")
    except CardNotFound:
        return _refused(request, conversation_id, "talk_no_card")
    return _done(request, conversation_id, "talk_sent")


@router.action("/saisie", Right.ANSWER)
def type_on(conversation_id: uuid.UUID, who: MemberDep, session: SessionDep) -> Response:
    """They are typing: said to the person, and a sign that they are at it."""
    permissions.reach_conversation(session, who, conversation_id)
    if takeover.prolong(session, conversation_id, staff_id=who.staff_id, now=clock()):
        conversations.announce_typing(session, conversation_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.action("/rendre", Right.ANSWER)
def give_back(
    request: Request,
    conversation_id: uuid.UUID,
    who: MemberDep,
    session: SessionDep,
    summary: Annotated[str, Form(max_length=notes.LONGEST)] = "",
    despite: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Back to the assistant. A summary with words that had better not stand there is asked about first."""
    permissions.reach_conversation(session, who, conversation_id)
    found = sensitive_words.found(summary)
    if found and not despite:
        return _asked_again(request, conversation_id, f"{_path(conversation_id)}/rendre", "summary", summary, found)
    try:
        assistant_of(request).takeovers.give_back(
            session, conversation_id, staff_id=who.staff_id, summary=summary.strip() or None, now=clock()
        )
    except NotHolder:
        return _back(conversation_id, "talk_not_held")
    return _back(conversation_id, "talk_given_back")


@router.action("/note", Right.ANSWER)
def note(
    request: Request,
    conversation_id: uuid.UUID,
    who: MemberDep,
    session: SessionDep,
    text: Annotated[str, Form(max_length=notes.LONGEST)] = "",
    despite: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    person = permissions.reach_conversation(session, who, conversation_id)
    found = sensitive_words.found(text)
    if found and not despite:
        return _asked_again(request, conversation_id, f"{_path(conversation_id)}/note", "text", text, found)
    kept = notes.add(session, person.id, staff_id=who.staff_id, text=text, now=clock())
    return _back(conversation_id, "talk_noted" if kept else "")


def assistant_of(request: Request) -> Assistant:
    found: Assistant = request.app.state.assistant
    return found


def _let_the_turn_end(session: Session, conversation_id: uuid.UUID) -> None:
    """Wait until the assistant has said what it is about to say, not longer than a turn usually takes."""
    give_up_at = time.monotonic() + TURN_ENDS_S
    while conversations.turn_under_way(session, conversation_id, now=clock()) and time.monotonic() < give_up_at:
        time.sleep(LOOK_AGAIN_S)


def _asked_again(
    request: Request, conversation_id: uuid.UUID, send_to: str, field: str, text: str, found: Sequence[Sensitive]
) -> Response:
    return render(
        request,
        "talk/sensitive.html",
        back=f"/console/conversations/{conversation_id}",
        send_to=send_to,
        field=field,
        text=text,
        found=found,
        longest=notes.LONGEST,
    )


def _done(request: Request, conversation_id: uuid.UUID, said: str) -> Response:
    """A page that sends in the background stays as it is: what was sent comes through its stream."""
    if _in_background(request):
        return Response(status_code=status.HTTP_204_NO_CONTENT)
    return _back(conversation_id, said)


def _refused(request: Request, conversation_id: uuid.UUID, said: str) -> Response:
    if _in_background(request):
        return Response(status_code=status.HTTP_409_CONFLICT)
    return _back(conversation_id, said)


def _in_background(request: Request) -> bool:
    return "x-form-token" in request.headers


def _back(conversation_id: uuid.UUID, said: str) -> Response:
    return go(f"{_path(conversation_id)}#suite", said)


def _path(conversation_id: uuid.UUID) -> str:
    return f"/console/conversations/{conversation_id}"

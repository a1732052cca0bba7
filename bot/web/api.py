"""The chat API: the web page uses it, and whoever puts Déclic into another page or application may."""

import hashlib
import secrets
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field, model_validator
from sqlalchemy.orm import Session

from bot.conversation import Conversations, Incoming
from bot.web.notifications import Notifications
from programme import conversations
from programme.clock import clock
from programme.models import Author, Channel, Message
from programme.people import find_conversation

router = APIRouter(prefix="/api/chat", tags=["chat"])
bearer = HTTPBearer(auto_error=False, description="The token that `POST /api/chat/sessions` gave.")

TOKEN_BYTES = 32


class SessionOut(BaseModel):
    """Keep the token: it is the only key to the conversation."""

    token: str
    conversation_id: uuid.UUID


class MessageIn(BaseModel):
    """What the person wrote (`text`), or the `payload` of the button they pressed."""

    id: str = Field(min_length=1, max_length=64, description="Chosen by the client; the same id is answered once.")
    text: str | None = Field(
        default=None, description="Any length is kept; of very long ones the beginning and the end are read."
    )
    payload: str | None = Field(default=None, max_length=256)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.text is None) == (self.payload is None):
            raise ValueError("give text or payload, not both and not neither")
        if any(ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF for char in self.id):
            raise ValueError("id may hold no control character")
        return self


class ButtonOut(BaseModel):
    title: str
    payload: str


class BarOut(BaseModel):
    label: str
    text: str
    share: int = Field(ge=0, le=100, description="Percentage of the full width.")


class StepOut(BaseModel):
    label: str
    mark: str = Field(description="`step` (it counted), `need` (it let the need out), `cost` or `none`.")


class MessageOut(BaseModel):
    """`author` is `person`, `assistant` or `staff` (of the team, named in `speaker`); a person's message has the id
    that its client chose."""

    id: str
    author: Author
    text: str
    buttons: list[ButtonOut]
    chart: list[BarOut] = Field(default=[], description="The text again, to be drawn: one bar a line.")
    path: list[StepOut] = Field(default=[], description="The lines of a practice, to be drawn: one step a line.")
    speaker: str | None = Field(default=None, description="The simulated employer, or the counsellor, who says it.")
    sent_at: datetime

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            id=message.public_id,
            author=message.author,
            text=message.text,
            buttons=[ButtonOut(**button) for button in message.buttons or ()],
            chart=[BarOut(**bar) for bar in message.chart or ()],
            path=[StepOut(**step) for step in message.path or ()],
            speaker=message.speaker,
            sent_at=message.sent_at,
        )


class MessagesOut(BaseModel):
    messages: list[MessageOut]


class Problem(BaseModel):
    detail: str


def get_conversations(request: Request) -> Conversations:
    found: Conversations = request.app.state.conversations
    return found


def get_notifications(request: Request) -> Notifications:
    found: Notifications = request.app.state.notifications
    return found


ConversationsDep = Annotated[Conversations, Depends(get_conversations)]
NotificationsDep = Annotated[Notifications, Depends(get_notifications)]


class Caller(BaseModel):
    """Whose token it is."""

    sender: str
    conversation_id: uuid.UUID


async def caller(
    talk: ConversationsDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> Caller:
    if credentials is not None:
        sender = _digest(credentials.credentials)

        def work(session: Session) -> uuid.UUID | None:
            found = find_conversation(session, channel=Channel.WEB, external_id=sender)
            return found.id if found else None

        conversation_id = await talk.transaction(work)
        if conversation_id is not None:
            return Caller(sender=sender, conversation_id=conversation_id)
    raise HTTPException(
        status.HTTP_401_UNAUTHORIZED,
        "This token opens no conversation: ask for one with POST /api/chat/sessions.",
        headers={"WWW-Authenticate": "Bearer"},
    )


Responses = dict[int | str, dict[str, Any]]
CallerDep = Annotated[Caller, Depends(caller)]
UNKNOWN_TOKEN: Responses = {401: {"model": Problem, "description": "The token opens no conversation."}}
UNKNOWN_MESSAGE: Responses = {404: {"model": Problem, "description": "`after` names no message of this conversation."}}


@router.post("/sessions", status_code=status.HTTP_201_CREATED)
async def open_session(talk: ConversationsDep) -> SessionOut:
    """Start a conversation."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return SessionOut(token=token, conversation_id=await talk.open(Channel.WEB, _digest(token)))


@router.post("/messages", responses={**UNKNOWN_TOKEN})
async def send_message(message: MessageIn, who: CallerDep, talk: ConversationsDep) -> MessagesOut:
    """Say something and get the replies of that turn. The same `id` again gives the same replies.

    While the assistant cannot think, the reply says that the message is kept; its answer comes later through
    `GET /api/chat/stream` or `GET /api/chat/messages`.
    """
    replies = await talk.handle(
        Incoming(
            channel=Channel.WEB,
            sender=who.sender,
            message_id=message.id,
            received_at=clock(),
            text=message.text or "",
            payload=message.payload,
        )
    )
    return await _delivered(talk, replies)


@router.get("/messages", responses={**UNKNOWN_TOKEN, **UNKNOWN_MESSAGE})
async def read_messages(
    who: CallerDep,
    talk: ConversationsDep,
    after: Annotated[str | None, Query(description="Only messages after the one with this id.")] = None,
) -> MessagesOut:
    """Messages of both sides, oldest first: those after `after` (100 at most), or else the latest 100."""
    start = await _start(talk, who, after)
    messages = await talk.transaction(
        lambda session: conversations.transcript(session, who.conversation_id, after=start)
    )
    return await _delivered(talk, messages)


async def stream_start(
    who: CallerDep,
    talk: ConversationsDep,
    after: Annotated[
        str | None, Query(description="Start after the message with this id; else with what is new.")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="As `after`, of a stream taken up again.")] = None,
) -> int:
    """The database id after which the stream starts."""
    start = await _start(talk, who, after or last_event_id)
    if start is not None:
        return start
    latest = await talk.transaction(lambda session: conversations.transcript(session, who.conversation_id, limit=1))
    return latest[0].id if latest else 0


@router.get("/stream", response_class=EventSourceResponse, responses={**UNKNOWN_TOKEN, **UNKNOWN_MESSAGE})
async def stream_messages(
    who: CallerDep,
    talk: ConversationsDep,
    notifications: NotificationsDep,
    start: Annotated[int, Depends(stream_start)],
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events, for as long as the client listens: `event: message` with a message as data, of all sides;
    `event: typing` while somebody of the team types (again every few seconds)."""
    async with notifications.of(who.conversation_id) as news:
        while not notifications.closing.is_set():
            typing = news.typing
            news.clear()
            messages = await talk.transaction(
                lambda session, after=start: conversations.transcript(session, who.conversation_id, after=after)  # type: ignore[misc]
            )
            for stored, shown in zip(messages, (await _delivered(talk, messages)).messages, strict=True):
                yield ServerSentEvent(data=shown, event="message", id=shown.id)
                start = stored.id
            if typing and not messages:
                yield ServerSentEvent(data={"author": Author.STAFF}, event="typing")
            if not messages:
                await news.wait()


async def _start(talk: Conversations, who: Caller, after: str | None) -> int | None:
    if after is None:
        return None
    message = await talk.transaction(lambda session: conversations.find_message(session, who.conversation_id, after))
    if message is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "`after` names no message of this conversation.")
    return message.id


async def _delivered(talk: Conversations, messages: list[Message]) -> MessagesOut:
    """The messages as the client reads them; those of the assistant count as delivered from here on."""
    ids = [message.id for message in messages if message.author is not Author.PERSON]
    if ids:
        now = clock()
        await talk.transaction(lambda session: conversations.mark_delivered(session, ids, now=now))
    return MessagesOut(messages=[MessageOut.of(message) for message in messages])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

"""Calendars behind their secret addresses, as phones subscribe to them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response, status
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from bot.conversation import Conversations
from bot.web.api import ConversationsDep
from programme import calendars
from programme.errors import CalendarNotFound

router = APIRouter(prefix="/agenda", include_in_schema=False)

# a calendar asks again by itself; nobody between us keeps a copy
PRIVATE = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex, nofollow"}
GONE = "Cet agenda n'existe pas ou plus. Demande un nouveau lien à Déclic : écris « mes inscriptions ».\n"
# some calendars ask for the head first
READ = ["GET", "HEAD"]


@router.api_route("/{secret}.ics", methods=READ)
async def feed(talk: ConversationsDep, secret: str) -> Response:
    now, zone = datetime.now(UTC), talk.assistant.zone
    return await _ics(talk, lambda session: calendars.read_feed(session, secret, now=now, zone=zone))


@router.api_route("/{secret}/{booking_id}.ics", methods=READ)
async def booking(talk: ConversationsDep, secret: str, booking_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    zone = talk.assistant.zone
    return await _ics(talk, lambda session: calendars.read_booking(session, secret, booking_id, zone=zone))


async def _ics(talk: Conversations, read: Callable[[Session], bytes]) -> Response:
    try:
        body = await talk.transaction(read)
    except CalendarNotFound:
        return PlainTextResponse(GONE, status.HTTP_404_NOT_FOUND, headers=PRIVATE | {"Cache-Control": "no-store"})
    return Response(body, media_type="text/calendar; charset=utf-8", headers=PRIVATE)

"""Calendars behind their secret addresses, as phones subscribe to them."""

from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Request, Response, status
from fastapi.responses import PlainTextResponse
from sqlalchemy.orm import Session

from bot.conversation import Conversations
from bot.settings import Settings
from bot.web.api import ConversationsDep
from programme import calendars
from programme.clock import clock
from programme.errors import CalendarNotFound

router = APIRouter(prefix="/agenda", include_in_schema=False)

# a calendar asks again by itself; nobody between us keeps a copy
PRIVATE = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex, nofollow"}
GONE = "Cet agenda n'existe pas ou plus. Demande un nouveau lien à Déclic : écris « mes inscriptions ».\n"
# some calendars ask for the head first
READ = ["GET", "HEAD"]


def _zone(request: Request) -> ZoneInfo:
    settings: Settings = request.app.state.settings
    return settings.zone


ZoneDep = Annotated[ZoneInfo, Depends(_zone)]
BookingId = Annotated[int, Path(ge=1, lt=2**63)]


@router.api_route("/{secret}.ics", methods=READ)
async def feed(talk: ConversationsDep, zone: ZoneDep, secret: str) -> Response:
    now = clock()
    return await _ics(talk, lambda session: calendars.read_feed(session, secret, now=now, zone=zone))


@router.api_route("/{secret}/{booking_id:int}.ics", methods=READ)
async def booking(talk: ConversationsDep, zone: ZoneDep, secret: str, booking_id: BookingId) -> Response:
    return await _ics(talk, lambda session: calendars.read_booking(session, secret, booking_id, zone=zone))


async def _ics(talk: Conversations, read: Callable[[Session], bytes]) -> Response:
    try:
        body = await talk.transaction(read)
    except CalendarNotFound:
        return PlainTextResponse(GONE, status.HTTP_404_NOT_FOUND, headers=PRIVATE | {"Cache-Control": "no-store"})
    return Response(body, media_type="text/calendar; charset=utf-8", headers=PRIVATE)

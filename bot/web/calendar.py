"""Calendars behind their secret addresses, as phones subscribe to them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response, status

from bot.web.api import ConversationsDep
from programme import calendars
from programme.errors import CalendarNotFound

router = APIRouter(prefix="/agenda", include_in_schema=False)

Secret = Annotated[str, Path(pattern=r"^[\w-]{16,64}$")]
# a calendar asks again by itself; nobody between us keeps a copy
PRIVATE = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex, nofollow"}
GONE = "Cet agenda n'existe pas ou plus. Demande un nouveau lien à Déclic : écris « mes inscriptions »."


@router.get("/{secret}.ics")
async def feed(talk: ConversationsDep, secret: Secret) -> Response:
    now = datetime.now(UTC)
    try:
        body = await talk.transaction(lambda session: calendars.read_feed(session, secret, now=now))
    except CalendarNotFound:
        raise HTTPException(status.HTTP_404_NOT_FOUND, GONE) from None
    return _ics(body)


@router.get("/{secret}/{booking_id}.ics")
async def booking(talk: ConversationsDep, secret: Secret, booking_id: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    now = datetime.now(UTC)
    try:
        body = await talk.transaction(lambda session: calendars.read_booking(session, secret, booking_id, now=now))
    except CalendarNotFound:
        raise HTTPException(status.HTTP_404_NOT_FOUND, GONE) from None
    return _ics(body)


def _ics(body: bytes) -> Response:
    return Response(body, media_type="text/calendar; charset=utf-8", headers=PRIVATE)

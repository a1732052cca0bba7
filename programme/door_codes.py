"""The code at the door: on a poster, typed or scanned by those who arrive."""

import io
import re
import secrets
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import french
from programme.errors import EventNotFound
from programme.models import EventDate, Territory

# without what is easily taken for something else: 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B
DIGITS = "3479"
ALPHABET = DIGITS + "ACDEFGHJKMNPQRTUVWXY"
LENGTH = 5
PREFIX = "ICI"
# A code begins with a digit: « ici avant 9h » and « ici quand ? » hold none. Within it a space is only heard in the
# middle, for the same reason.
_CODE = re.compile(
    rf"\b{PREFIX}[\s\-–—_.:]*([{DIGITS}][{ALPHABET}]{{2}})[\s\-]?([{ALPHABET}]{{2}})(?!\w)", re.IGNORECASE
)


@dataclass(frozen=True)
class Poster:
    """What hangs at the door. ``when`` is in words and in local time; ``address`` opens the chat with the code."""

    title: str
    when: str
    place: str
    code: str
    address: str | None


def door_code(session: Session, event_date_id: int) -> str:
    """The code of a date, such as « ICI-7K4QA »; it is made when first asked for, and stays.

    Raises:
        EventNotFound: no date has this id.
    """
    date = session.get(EventDate, event_date_id, with_for_update=True, populate_existing=True)
    if date is None:
        raise EventNotFound(event_date_id)
    while date.door_code is None:
        code = _new_code()
        if session.scalar(select(EventDate.id).where(EventDate.door_code == code)) is None:
            date.door_code = code
    session.flush()
    return date.door_code


def poster(session: Session, event_date_id: int, *, zone: ZoneInfo, public_url: str | None) -> Poster:
    """What to print for a date.

    Args:
        zone: of a date that belongs to no territory.
        public_url: where phones reach the chat page, without a slash at its end; None when they cannot.
    Raises:
        EventNotFound: no date has this id.
    """
    code = door_code(session, event_date_id)
    date = session.get_one(EventDate, event_date_id)
    name = session.scalar(select(Territory.zone).where(Territory.id == date.territory_id))
    local = ZoneInfo(name) if name is not None else zone
    ends = french.hour(date.ends_at.astimezone(local))
    return Poster(
        title=date.series.title,
        when=f"{french.day_and_hour(date.starts_at, local)}, jusqu'à {ends}",
        place=date.series.place,
        code=code,
        address=f"{public_url}/?code={code}" if public_url is not None else None,
    )


def code_in(text: str) -> str | None:
    """The code that a text holds, as it is kept: « ici 7k4qa » gives « ICI-7K4QA »; None when there is none."""
    found = _CODE.search(text)
    return f"{PREFIX}-{found[1]}{found[2]}".upper() if found else None


def qr_svg(address: str) -> str:
    """A QR code as an SVG element to put into a page."""
    out = io.BytesIO()
    # a poster gets creased: level M reads with 15 % of it gone
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4
    )
    return out.getvalue().decode()


def _new_code() -> str:
    return f"{PREFIX}-{secrets.choice(DIGITS)}{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))}"

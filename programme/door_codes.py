"""The code at the door: on a poster, typed or scanned by those who arrive."""

import io
import re
import secrets

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from programme.errors import EventNotFound
from programme.models import EventDate

# without what is easily taken for something else: 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B
ALPHABET = "3479ACDEFGHJKMNPQRTUVWXY"
LENGTH = 5
PREFIX = "ICI"
_CODE = re.compile(rf"\b{PREFIX}[\s\-–—_.]*((?:[{ALPHABET}][\s\-]?){{{LENGTH}}})(?![A-Z0-9])", re.IGNORECASE)


def door_code(session: Session, event_date_id: int) -> str:
    """The code of a date, such as « ICI-7K4QA »; it is made when first asked for, and stays.

    Raises:
        EventNotFound: no date has this id.
    """
    date = session.get(EventDate, event_date_id, with_for_update=True, populate_existing=True)
    if date is None:
        raise EventNotFound(event_date_id)
    while date.door_code is None:
        code = f"{PREFIX}-{''.join(secrets.choice(ALPHABET) for _ in range(LENGTH))}"
        if session.scalar(select(EventDate.id).where(EventDate.door_code == code)) is None:
            date.door_code = code
    session.flush()
    return date.door_code


def code_in(text: str) -> str | None:
    """The code that a text holds, as it is kept: « ici 7k4qa » gives « ICI-7K4QA »; None when there is none."""
    found = _CODE.search(text)
    return f"{PREFIX}-{re.sub(r'[^A-Za-z0-9]', '', found[1]).upper()}" if found else None


def qr_svg(address: str) -> str:
    """A QR code as an SVG element to put into a page."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2)
    return out.getvalue().decode()

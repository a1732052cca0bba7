"""Accounts of the staff: how they log in, their second factor, and the browsers in which they are logged in."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from programme import permissions
from programme.models import ConsoleSession
from programme.permissions import Member

# of the cookie, and of the token in the forms
TOKEN_BYTES = 32
# a working day; without a sign of life a session ends earlier
SESSION_LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
# a sign of life is noted at most so often: reading a page is then rarely a write
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class LoggedIn:
    """A browser's session. ``verified``: the second factor was given."""

    member: Member
    digest: str
    form_token: str
    verified: bool


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def open_session(session: Session, staff_id: int, *, browser: str, verified: bool, now: datetime) -> str:
    """Log them in; the secret for the cookie. Another session of the same browser is not touched."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        ConsoleSession(
            digest=digest_of(token),
            staff_id=staff_id,
            form_token=secrets.token_urlsafe(TOKEN_BYTES),
            browser=browser,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
            verified_at=now if verified else None,
        )
    )
    session.flush()
    return token


def session_of(session: Session, token: str, *, now: datetime) -> LoggedIn | None:
    """Whose session it is; None when it is unknown, over, revoked, or its owner left the team."""
    found = session.scalar(
        select(ConsoleSession).where(
            ConsoleSession.digest == digest_of(token),
            ConsoleSession.revoked_at.is_(None),
            ConsoleSession.expires_at > now,
            ConsoleSession.seen_at > now - IDLE,
        )
    )
    who = permissions.member(session, found.staff_id) if found is not None else None
    if found is None or who is None:
        return None
    if found.seen_at < now - NOTED_EVERY:
        found.seen_at = now
    return LoggedIn(who, found.digest, found.form_token, found.verified_at is not None)

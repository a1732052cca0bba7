"""Accounts of the staff: links that set a password, logging in, lock-out, and the browsers where they are logged in.

Wrong tries are counted by account, of the password and of the second factor together, until both are right: who knows
the password cannot try codes for ever. The second factor itself is in `second_factor`.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import audit, french, permissions
from programme.errors import LinkOver, PasswordRefused, PasswordWrong, StaffNotFound
from programme.models import Account, ConsoleSession, StaffMember, Teller
from programme.permissions import Member

# of the cookie, of the token in the forms, and of the link that sets a password
TOKEN_BYTES = 32
# a working day; without a sign of life a session ends earlier
SESSION_LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
# a sign of life is noted at most so often: reading a page is then rarely a write
NOTED_EVERY = timedelta(minutes=1)
# sessions that are over are kept so long, to be asked about
KEPT = timedelta(days=30)
LINK_LASTS = timedelta(hours=48)

LOCKS_EVERY = 5
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(days=1)
# beyond it counting changes nothing
MOST_FAILURES = 1000

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
FEWEST_DIFFERENT = 6
# a password that holds one of these has to be long enough without it
TOO_KNOWN = (
    "password", "passw0rd", "motdepasse", "azertyuiop", "azerty", "qwertyuiop", "qwerty", "123456789", "12345678",
    "123456", "987654321", "abcdefgh", "bonjour", "soleil", "marseille", "doudou", "loulou", "declic", "missionlocale",
)  # fmt: skip
LEFT_WITHOUT_KNOWN = 8
# words of a name that are so short stand in anything
SHORTEST_NAME = 4


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"
    # the same few signs again and again
    SAME = "same"
    # a name or an address of theirs, or what everybody takes
    GUESSABLE = "guessable"


@dataclass(frozen=True)
class LoggedIn:
    """A browser's session. ``verified``: the second factor was given."""

    member: Member
    digest: str
    form_token: str
    verified: bool


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


# -- the link that sets a password


def invite(session: Session, staff_id: int, *, now: datetime) -> str:
    """The secret of a link, good once and for two days; it takes the place of the last one. Raises StaffNotFound."""
    if permissions.member(session, staff_id) is None:
        raise StaffNotFound(staff_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"link_digest": digest_of(token), "link_until": now + LINK_LASTS}
    session.execute(
        insert(Account)
        .values(staff_id=staff_id, created_at=now, **values)
        .on_conflict_do_update(index_elements=[Account.staff_id], set_=values)
    )
    return token


def staff_by_link(session: Session, token: str, *, now: datetime) -> StaffMember:
    """Whose link it is. Raises LinkOver: used, replaced, too old, or of nobody of the team."""
    return session.get_one(StaffMember, _by_link(session, token, now=now).staff_id)


def set_password(session: Session, token: str, password: str, *, now: datetime) -> int:
    """Use the link: the account opens with this password, and is no longer locked; every browser is logged out.

    Returns the staff id. Raises LinkOver, PasswordRefused.
    """
    account = _by_link(session, token, now=now)
    account.password_hash = _new_hash(session, account.staff_id, password)
    account.link_digest = account.link_until = account.locked_until = None
    account.failures = 0
    revoke_all_but(session, account.staff_id, None, now=now)
    return account.staff_id


def change_password(
    session: Session, staff_id: int, *, current: str, new: str, keep: str | None, now: datetime
) -> None:
    """Change one's own; the other browsers are logged out, not the one whose digest is ``keep``.

    Raises PasswordWrong, which counts as a failure, so commit all the same; PasswordRefused.
    """
    account = locked_account(session, staff_id)
    if not is_right(account, current, now=now):
        failed(session, account, now=now)
        raise PasswordWrong
    account.password_hash = _new_hash(session, staff_id, new)
    revoke_all_but(session, staff_id, keep, now=now)


def _by_link(session: Session, token: str, *, now: datetime) -> Account:
    found = session.scalar(
        select(Account)
        .where(Account.link_digest == digest_of(token), Account.link_until > now)
        .with_for_update(of=Account)
    )
    if found is None or permissions.member(session, found.staff_id) is None:
        raise LinkOver
    return found


def _new_hash(session: Session, staff_id: int, password: str) -> str:
    staff = session.get_one(StaffMember, staff_id)
    weakness = weakness_of(password, names=[staff.name, staff.email.partition("@")[0]])
    if weakness is not None:
        raise PasswordRefused(weakness)
    return _hasher().hash(password)


def weakness_of(password: str, *, names: Sequence[str] = ()) -> Weakness | None:
    """What is wrong with this password for somebody of these names; None: it is good."""
    if len(password) < SHORTEST_PASSWORD:
        return Weakness.SHORT
    if len(password) > LONGEST_PASSWORD:
        return Weakness.LONG
    if len(set(password)) < FEWEST_DIFFERENT:
        return Weakness.SAME
    left = french.plain(password).replace(" ", "")
    own = [word for name in names for word in _words(name) if len(word) >= SHORTEST_NAME]
    for known in sorted([*TOO_KNOWN, *own], key=len, reverse=True):
        left = left.replace(known, "")
    changed = len(left) < len(password.replace(" ", ""))
    return Weakness.GUESSABLE if changed and len(left) < LEFT_WITHOUT_KNOWN else None


def _words(name: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in french.plain(name)).split()


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys_hash() -> str:
    """What an unknown address is checked against, so that it takes as long to refuse."""
    return _hasher().hash(secrets.token_urlsafe(TOKEN_BYTES))


# -- logging in


def log_in(session: Session, email: str, password: str, *, browser: str, now: datetime) -> str | None:
    """The secret for the cookie of a session that still lacks the second factor; None: they may not come in.

    Why not is nobody's business: an unknown address, a wrong password and a locked account answer alike. What it counts
    has to be committed.
    """
    account = session.scalar(
        select(Account)
        .join(StaffMember, StaffMember.id == Account.staff_id)
        .where(func.lower(StaffMember.email) == email.strip().lower(), StaffMember.active)
        .with_for_update(of=Account)
    )
    if not is_right(account, password, now=now):
        if account is not None:
            failed(session, account, now=now)
        return None
    assert account is not None
    return open_session(session, account.staff_id, browser=browser, verified=False, now=now)


def log_in_from_provider(
    session: Session, subject: str, *, email: str | None, browser: str, strong: bool, now: datetime
) -> str | None:
    """The secret for the cookie of whom an identity provider vouches for; None: nobody of the team.

    Args:
        subject: who they are there, for good; the first time they are found by ``email``, and linked.
        email: verified, or None.
        strong: the provider asked for a second factor, so we do not.
    """
    active = select(StaffMember.id).where(StaffMember.active)
    staff_id = session.scalar(select(Account.staff_id).where(Account.subject == subject, Account.staff_id.in_(active)))
    if staff_id is None and email is not None:
        staff_id = session.scalar(active.where(func.lower(StaffMember.email) == email.strip().lower()))
        if staff_id is not None and not _link_to(session, staff_id, subject, now=now):
            return None
    if staff_id is None:
        return None
    return open_session(session, staff_id, browser=browser, verified=strong, now=now)


def _link_to(session: Session, staff_id: int, subject: str, *, now: datetime) -> bool:
    """From now on this subject is theirs; False when they have another one already."""
    linked = session.scalar(
        insert(Account)
        .values(staff_id=staff_id, created_at=now, subject=subject)
        .on_conflict_do_update(
            index_elements=[Account.staff_id], set_={"subject": subject}, where=Account.subject.is_(None)
        )
        .returning(Account.staff_id)
    )
    return linked is not None


def is_right(account: Account | None, password: str, *, now: datetime) -> bool:
    """Is it the password of this account, which is not locked? As long for nobody's account as for anybody's."""
    password_hash = account.password_hash if account is not None else None
    # longer than any password that there is: not worth the time that reading it takes
    right, renewed = _hasher().verify_and_update(password[: LONGEST_PASSWORD + 1], password_hash or _nobodys_hash())
    if account is None or password_hash is None or not right or is_locked(account, now=now):
        return False
    if renewed is not None:
        account.password_hash = renewed
    return True


def is_locked(account: Account, *, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def failed(session: Session, account: Account, *, now: datetime) -> None:
    """Count a wrong try; every fifth locks the account, each time for longer. Tries while it is locked do not count."""
    if is_locked(account, now=now):
        return
    account.failures = min(account.failures + 1, MOST_FAILURES)
    locks, rest = divmod(account.failures, LOCKS_EVERY)
    if rest:
        return
    account.locked_until = now + min(FIRST_LOCK * 2 ** min(locks - 1, 16), LONGEST_LOCK)
    audit.record(
        session,
        "account.lock",
        teller=Teller.SYSTEM,
        now=now,
        details={"staff_id": account.staff_id, "failures": account.failures},
    )


def unlock(session: Session, staff_id: int) -> None:
    """Let them try again at once. Raises StaffNotFound: they have no account."""
    account = locked_account(session, staff_id)
    account.locked_until, account.failures = None, 0


def locked_account(session: Session, staff_id: int) -> Account:
    """The account, held until the end of the transaction, so that tries count one by one. Raises StaffNotFound."""
    found = session.scalar(select(Account).where(Account.staff_id == staff_id).with_for_update())
    if found is None:
        raise StaffNotFound(staff_id)
    return found


# -- sessions


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
    found = session.scalar(select(ConsoleSession).where(ConsoleSession.digest == digest_of(token), *_alive(now)))
    who = permissions.member(session, found.staff_id) if found is not None else None
    if found is None or who is None:
        return None
    if found.seen_at < now - NOTED_EVERY:
        found.seen_at = now
    return LoggedIn(who, found.digest, found.form_token, found.verified_at is not None)


def verified(session: Session, digest: str, *, now: datetime) -> str:
    """The second factor was given: the secret of a new session, which takes the place of the one with this digest.

    Whoever knew the old secret, from before, has nothing.
    """
    old = session.get_one(ConsoleSession, digest)
    account = locked_account(session, old.staff_id)
    account.failures, account.locked_until = 0, None
    old.revoked_at = now
    session.execute(
        delete(ConsoleSession).where(ConsoleSession.staff_id == old.staff_id, ConsoleSession.expires_at < now - KEPT)
    )
    return open_session(session, old.staff_id, browser=old.browser, verified=True, now=now)


def sessions_of(session: Session, staff_id: int, *, now: datetime) -> Sequence[ConsoleSession]:
    """The browsers in which they are logged in, the one used last first."""
    return session.scalars(
        select(ConsoleSession)
        .where(ConsoleSession.staff_id == staff_id, *_alive(now), ConsoleSession.verified_at.is_not(None))
        .order_by(ConsoleSession.seen_at.desc(), ConsoleSession.digest)
    ).all()


def revoke(session: Session, staff_id: int, digest: str, *, now: datetime) -> None:
    """Log out one browser of theirs; nothing when it is not, or not any more."""
    session.execute(
        update(ConsoleSession)
        .where(
            ConsoleSession.staff_id == staff_id, ConsoleSession.digest == digest, ConsoleSession.revoked_at.is_(None)
        )
        .values(revoked_at=now)
    )


def revoke_all_but(session: Session, staff_id: int, keep: str | None, *, now: datetime) -> None:
    """Log out their browsers, but the one of this digest."""
    others: ColumnElement[bool] = ConsoleSession.staff_id == staff_id
    if keep is not None:
        others = others & (ConsoleSession.digest != keep)
    session.execute(update(ConsoleSession).where(others, ConsoleSession.revoked_at.is_(None)).values(revoked_at=now))


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ConsoleSession.revoked_at.is_(None),
        ConsoleSession.expires_at > now,
        ConsoleSession.seen_at > now - IDLE,
    )


# the more particular first: each browser also calls itself by the name of those before it
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str:
    """« Firefox sur Windows », from what the browser says it is; « Navigateur inconnu » when it says nothing known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None:
        return "Navigateur inconnu"
    return browser if system is None else f"{browser} sur {system}"

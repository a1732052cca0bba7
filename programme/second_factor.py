"""The second factor: codes of an application on a phone (TOTP, RFC 6238), and recovery codes for a lost phone.

A code is good once: the step of the last one is kept, and a recovery code is crossed out. Wrong ones count with the
wrong passwords (`accounts.failed`).
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from programme import accounts
from programme.errors import CodeWrong
from programme.models import Account, StaffMember

ISSUER = "Déclic"
STEP_SECONDS = 30
# the clock of a phone may be a step early or late
DRIFT = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 10


@dataclass(frozen=True)
class Enrolment:
    """What the application on the phone needs: ``uri`` in the picture, ``secret`` (base32) to type instead."""

    secret: str
    uri: str


def is_set_up(session: Session, staff_id: int) -> bool:
    account = session.get(Account, staff_id)
    return account is not None and account.totp_since is not None


def begin(session: Session, staff_id: int) -> Enrolment:
    """The secret to put into the phone, the same until the first code is right.

    Raises CodeWrong when there is a second factor already: its secret is shown once.
    """
    account = accounts.locked_account(session, staff_id)
    if account.totp_since is not None:
        raise CodeWrong
    if account.totp_secret is None:
        account.totp_secret = pyotp.random_base32()
    uri = _totp(account.totp_secret).provisioning_uri(
        name=session.get_one(StaffMember, staff_id).email, issuer_name=ISSUER
    )
    return Enrolment(account.totp_secret, uri)


def confirm(session: Session, staff_id: int, code: str, *, now: datetime) -> list[str]:
    """The first code of the phone: from now on it is asked. The recovery codes, which are shown this once.

    Raises CodeWrong, which counts as a failure, so commit all the same.
    """
    account = accounts.locked_account(session, staff_id)
    if account.totp_since is not None or not _takes_code(account, code, now=now):
        accounts.failed(session, account, now=now)
        raise CodeWrong
    account.totp_since = now
    return _new_codes(account)


def check(session: Session, staff_id: int, code: str, *, now: datetime) -> None:
    """A code of the phone, or a recovery code. Raises CodeWrong, which counts as a failure, so commit all the same."""
    account = accounts.locked_account(session, staff_id)
    if account.totp_since is None or not (
        _takes_code(account, code, now=now) or _takes_recovery(account, code, now=now)
    ):
        accounts.failed(session, account, now=now)
        raise CodeWrong


def new_recovery_codes(session: Session, staff_id: int) -> list[str]:
    """Others in the place of those that are left; they are shown this once."""
    return _new_codes(accounts.locked_account(session, staff_id))


def reset(session: Session, staff_id: int, *, now: datetime) -> None:
    """The phone is lost: the next login sets a new one up, and every browser is logged out."""
    account = accounts.locked_account(session, staff_id)
    account.totp_secret = account.totp_since = account.totp_step = None
    account.recovery_hashes = []
    accounts.revoke_all_but(session, staff_id, None, now=now)


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, interval=STEP_SECONDS)


def _takes_code(account: Account, typed: str, *, now: datetime) -> bool:
    code = "".join(typed.split())
    if account.totp_secret is None or accounts.is_locked(account, now=now) or not code.isascii():
        return False
    present = int(now.timestamp()) // STEP_SECONDS
    totp = _totp(account.totp_secret)
    for step in range(present - DRIFT, present + DRIFT + 1):
        if step > (account.totp_step or 0) and secrets.compare_digest(totp.generate_otp(step), code):
            account.totp_step = step
            return True
    return False


def _takes_recovery(account: Account, typed: str, *, now: datetime) -> bool:
    digest = accounts.digest_of(_bare(typed))
    if accounts.is_locked(account, now=now) or digest not in account.recovery_hashes:
        return False
    account.recovery_hashes = [each for each in account.recovery_hashes if each != digest]
    return True


def _new_codes(account: Account) -> list[str]:
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    account.recovery_hashes = [accounts.digest_of(_bare(code)) for code in codes]
    return codes


def _recovery_code() -> str:
    """« k3f7-xaqm-2abc-… »: letters and digits that are not taken for each other."""
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _bare(typed: str) -> str:
    return "".join(sign for sign in typed.lower() if sign.isalnum())

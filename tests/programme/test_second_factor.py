"""Codes of the phone and recovery codes: each is good once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts, second_factor
from programme.errors import CodeWrong
from programme.models import Account
from tests.staff import phone_of, somebody, with_password

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def staff_id(session: Session) -> int:
    return with_password(session, somebody(session, "sam@ml.example"), now=NOW)


@pytest.fixture
def phone(session: Session, staff_id: int) -> pyotp.TOTP:
    return phone_of(session, staff_id)


@pytest.fixture
def codes(session: Session, staff_id: int, phone: pyotp.TOTP) -> list[str]:
    return second_factor.confirm(session, staff_id, phone.at(NOW), now=NOW)


def test_the_picture_names_the_service_and_the_account_and_stays_until_it_is_used(
    session: Session, staff_id: int, phone: pyotp.TOTP
) -> None:
    assert phone.issuer == "Déclic"
    assert phone.name == "sam@ml.example"
    assert second_factor.begin(session, staff_id).secret == phone.secret
    assert not second_factor.is_set_up(session, staff_id)


def test_the_first_code_sets_it_up_and_the_secret_is_shown_no_more(
    session: Session, staff_id: int, codes: list[str]
) -> None:
    assert second_factor.is_set_up(session, staff_id)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    with pytest.raises(CodeWrong):
        second_factor.begin(session, staff_id)


def test_a_wrong_first_code_sets_nothing_up(session: Session, staff_id: int, phone: pyotp.TOTP) -> None:
    with pytest.raises(CodeWrong):
        second_factor.confirm(session, staff_id, phone.at(NOW + timedelta(hours=1)), now=NOW)
    assert not second_factor.is_set_up(session, staff_id)


@pytest.mark.usefixtures("codes")
class TestPhone:
    @pytest.mark.parametrize("drift", [-1, 0, 1])
    def test_a_phone_a_step_early_or_late_is_understood(
        self, session: Session, staff_id: int, phone: pyotp.TOTP, drift: int
    ) -> None:
        now = NOW + timedelta(minutes=5)
        second_factor.check(session, staff_id, phone.at(now + drift * STEP), now=now)

    @pytest.mark.parametrize("drift", [-2, 2])
    def test_two_steps_are_too_much(self, session: Session, staff_id: int, phone: pyotp.TOTP, drift: int) -> None:
        now = NOW + timedelta(minutes=5)
        with pytest.raises(CodeWrong):
            second_factor.check(session, staff_id, phone.at(now + drift * STEP), now=now)

    def test_a_code_is_good_once_and_not_an_older_one_after_it(
        self, session: Session, staff_id: int, phone: pyotp.TOTP
    ) -> None:
        now = NOW + timedelta(minutes=5)
        typed = phone.at(now)
        second_factor.check(session, staff_id, f" {typed[:3]} {typed[3:]} ", now=now)
        for again in (typed, phone.at(now - STEP)):
            with pytest.raises(CodeWrong):
                second_factor.check(session, staff_id, again, now=now)

    @pytest.mark.parametrize("typed", ["", "abcdef", "١٢٣٤٥٦", "000000000000", "é", "-"])
    def test_what_is_no_code_is_refused(self, session: Session, staff_id: int, typed: str) -> None:
        with pytest.raises(CodeWrong):
            second_factor.check(session, staff_id, typed, now=NOW + STEP)

    def test_five_wrong_ones_lock_the_account_for_right_ones_too(
        self, session: Session, staff_id: int, phone: pyotp.TOTP, codes: list[str]
    ) -> None:
        now = NOW + timedelta(minutes=5)
        for _ in range(accounts.LOCKS_EVERY):
            with pytest.raises(CodeWrong):
                second_factor.check(session, staff_id, "abcdef", now=now)
        for right in (phone.at(now), codes[0]):
            with pytest.raises(CodeWrong):
                second_factor.check(session, staff_id, right, now=now)
        later = now + accounts.FIRST_LOCK
        second_factor.check(session, staff_id, phone.at(later), now=later)


class TestRecoveryCodes:
    def test_each_is_good_once_however_it_is_typed(self, session: Session, staff_id: int, codes: list[str]) -> None:
        second_factor.check(session, staff_id, codes[3].upper().replace("-", " "), now=NOW)
        with pytest.raises(CodeWrong):
            second_factor.check(session, staff_id, codes[3], now=NOW)
        second_factor.check(session, staff_id, codes[4], now=NOW)
        assert len(session.get_one(Account, staff_id).recovery_hashes) == second_factor.RECOVERY_CODES - 2

    def test_new_ones_end_the_old_ones(self, session: Session, staff_id: int, codes: list[str]) -> None:
        fresh = second_factor.new_recovery_codes(session, staff_id)
        with pytest.raises(CodeWrong):
            second_factor.check(session, staff_id, codes[0], now=NOW)
        second_factor.check(session, staff_id, fresh[0], now=NOW)

    def test_the_table_does_not_hold_them(self, session: Session, staff_id: int, codes: list[str]) -> None:
        assert not set(codes) & set(session.get_one(Account, staff_id).recovery_hashes)


def test_a_lost_phone_is_replaced_and_every_browser_logged_out(
    session: Session, staff_id: int, phone: pyotp.TOTP, codes: list[str]
) -> None:
    token = accounts.open_session(session, staff_id, browser="Firefox", verified=True, now=NOW)
    second_factor.reset(session, staff_id, now=NOW)
    assert accounts.session_of(session, token, now=NOW) is None
    assert not second_factor.is_set_up(session, staff_id)
    assert second_factor.begin(session, staff_id).secret != phone.secret
    with pytest.raises(CodeWrong):
        second_factor.check(session, staff_id, codes[0], now=NOW)

"""Links, passwords, lock-out and sessions of the staff."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from programme import accounts
from programme.accounts import LOCKS_EVERY, LONGEST_LOCK, Weakness
from programme.errors import LinkOver, PasswordRefused, PasswordWrong, StaffNotFound
from programme.models import Account, AuditLine, ConsoleSession, StaffMember
from tests.programme.at_once import at_once
from tests.staff import GOOD, somebody, with_password

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory.begin() as session:
        yield session


@pytest.fixture
def staff_id(session: Session) -> int:
    return somebody(session, "sam@ml.example")


def log_in(session: Session, password: str = GOOD, *, email: str = "sam@ml.example", now: datetime = NOW) -> str | None:
    return accounts.log_in(session, email, password, browser="Firefox", now=now)


class TestLinks:
    def test_a_link_opens_the_account_once(self, session: Session, staff_id: int) -> None:
        token = accounts.invite(session, staff_id, now=NOW)
        assert accounts.staff_by_link(session, token, now=NOW).id == staff_id
        assert accounts.set_password(session, token, GOOD, now=NOW) == staff_id
        assert log_in(session) is not None
        with pytest.raises(LinkOver):
            accounts.set_password(session, token, GOOD, now=NOW)

    def test_a_link_is_over_after_two_days(self, session: Session, staff_id: int) -> None:
        token = accounts.invite(session, staff_id, now=NOW)
        assert accounts.staff_by_link(session, token, now=NOW + timedelta(hours=47))
        with pytest.raises(LinkOver):
            accounts.staff_by_link(session, token, now=NOW + timedelta(hours=48))

    def test_a_new_link_takes_the_place_of_the_last(self, session: Session, staff_id: int) -> None:
        first = accounts.invite(session, staff_id, now=NOW)
        second = accounts.invite(session, staff_id, now=NOW)
        with pytest.raises(LinkOver):
            accounts.staff_by_link(session, first, now=NOW)
        assert accounts.staff_by_link(session, second, now=NOW)

    def test_who_left_gets_no_link_and_uses_none(self, session: Session, staff_id: int) -> None:
        token = accounts.invite(session, staff_id, now=NOW)
        session.get_one(StaffMember, staff_id).active = False
        session.flush()
        with pytest.raises(LinkOver):
            accounts.set_password(session, token, GOOD, now=NOW)
        with pytest.raises(StaffNotFound):
            accounts.invite(session, staff_id, now=NOW)

    def test_a_refused_password_leaves_the_link_good(self, session: Session, staff_id: int) -> None:
        token = accounts.invite(session, staff_id, now=NOW)
        with pytest.raises(PasswordRefused):
            accounts.set_password(session, token, "court", now=NOW)
        assert accounts.set_password(session, token, GOOD, now=NOW) == staff_id

    def test_neither_the_link_nor_the_password_is_in_the_table(self, session: Session, staff_id: int) -> None:
        token = accounts.invite(session, staff_id, now=NOW)
        account = session.get_one(Account, staff_id)
        assert token not in str(account.link_digest)
        accounts.set_password(session, token, GOOD, now=NOW)
        assert str(account.password_hash).startswith("$argon2")


class TestPasswords:
    @pytest.mark.parametrize(
        ("password", "weakness"),
        [
            ("onze signes", Weakness.SHORT),
            ("x" * 201, Weakness.LONG),
            ("abababababababab", Weakness.SAME),
            ("azertyuiop12", Weakness.GUESSABLE),
            ("MotDePasse2026", Weakness.GUESSABLE),
            ("Sam Benali 2026", Weakness.GUESSABLE),
            ("benali.benali.benali", Weakness.GUESSABLE),
            ("Déclic123456", Weakness.GUESSABLE),
            (GOOD, None),
            ("bénali mange trois velos", None),
            ("douze-signes", None),
        ],
    )
    def test_a_password_is_long_and_not_to_be_guessed(self, password: str, weakness: Weakness | None) -> None:
        assert accounts.weakness_of(password, names=["Sam Benali", "sam.benali"]) is weakness

    def test_it_is_changed_with_the_present_one_and_other_browsers_are_logged_out(
        self, session: Session, staff_id: int
    ) -> None:
        with_password(session, staff_id, now=NOW)
        here = accounts.open_session(session, staff_id, browser="Firefox", verified=True, now=NOW)
        there = accounts.open_session(session, staff_id, browser="Chrome", verified=True, now=NOW)
        new = "quatre chats au balcon"
        with pytest.raises(PasswordWrong):
            accounts.change_password(session, staff_id, current="autre", new=new, keep=None, now=NOW)
        accounts.change_password(session, staff_id, current=GOOD, new=new, keep=accounts.digest_of(here), now=NOW)
        assert log_in(session, new) is not None
        assert log_in(session, GOOD) is None
        assert accounts.session_of(session, here, now=NOW) is not None
        assert accounts.session_of(session, there, now=NOW) is None


class TestLogin:
    def test_a_right_password_opens_a_session_that_lacks_the_second_factor(
        self, session: Session, staff_id: int
    ) -> None:
        with_password(session, staff_id, now=NOW)
        token = log_in(session, email=" SAM@ml.example ")
        assert token is not None
        found = accounts.session_of(session, token, now=NOW)
        assert found is not None
        assert found.member.staff_id == staff_id
        assert not found.verified

    @pytest.mark.parametrize(
        ("email", "password"),
        [("sam@ml.example", "une autre phrase"), ("lou@ml.example", GOOD), ("", ""), ("sam@ml.example", "x" * 100_000)],
    )
    def test_a_wrong_one_opens_nothing(self, session: Session, staff_id: int, email: str, password: str) -> None:
        with_password(session, staff_id, now=NOW)
        assert log_in(session, password, email=email) is None

    def test_without_a_password_nobody_comes_in(self, session: Session, staff_id: int) -> None:
        accounts.invite(session, staff_id, now=NOW)
        assert log_in(session, "") is None

    def test_who_left_does_not_come_in(self, session: Session, staff_id: int) -> None:
        with_password(session, staff_id, now=NOW)
        session.get_one(StaffMember, staff_id).active = False
        session.flush()
        assert log_in(session) is None


class TestLockOut:
    def test_five_failures_lock_for_a_quarter_of_an_hour_and_leave_a_line(
        self, session: Session, staff_id: int
    ) -> None:
        with_password(session, staff_id, now=NOW)
        for _ in range(LOCKS_EVERY):
            assert log_in(session, "faux") is None
        # the right one does not help now, and trying does not make it longer
        assert log_in(session) is None
        assert log_in(session, now=NOW + timedelta(minutes=14)) is None
        assert log_in(session, now=NOW + timedelta(minutes=15)) is not None
        lines = session.scalars(select(AuditLine).where(AuditLine.action == "account.lock")).all()
        assert [line.details["staff_id"] for line in lines] == [staff_id]

    def test_each_lock_is_longer_up_to_a_day(self, session: Session, staff_id: int) -> None:
        with_password(session, staff_id, now=NOW)
        now, locks = NOW, []
        for _ in range(9):
            for _ in range(LOCKS_EVERY):
                log_in(session, "faux", now=now)
            until = session.get_one(Account, staff_id).locked_until
            assert until is not None
            locks.append(until - now)
            now = until
        assert locks[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
        assert locks[-1] == LONGEST_LOCK

    def test_the_right_password_alone_does_not_forget_the_failures(self, session: Session, staff_id: int) -> None:
        with_password(session, staff_id, now=NOW)
        for _ in range(LOCKS_EVERY - 1):
            log_in(session, "faux")
        assert log_in(session) is not None
        assert log_in(session, "faux") is None
        assert log_in(session) is None
        assert accounts.is_locked(session.get_one(Account, staff_id), now=NOW)

    def test_it_is_unlocked_by_hand_and_by_a_new_link(self, session: Session, staff_id: int) -> None:
        with_password(session, staff_id, now=NOW)
        for unlocks in (accounts.unlock, partial(with_password, now=NOW)):
            for _ in range(LOCKS_EVERY):
                log_in(session, "faux")
            assert log_in(session) is None
            unlocks(session, staff_id)
            assert log_in(session) is not None

    def test_tries_at_the_same_moment_are_all_counted(self, session_factory: sessionmaker[Session]) -> None:
        with session_factory.begin() as session:
            staff_id = with_password(session, somebody(session, "sam@ml.example"), now=NOW)

        def one_try() -> None:
            with session_factory.begin() as session:
                log_in(session, "faux")

        at_once([one_try] * (LOCKS_EVERY - 1))
        with session_factory() as session:
            assert session.get_one(Account, staff_id).failures == LOCKS_EVERY - 1


class TestSessions:
    @pytest.fixture
    def token(self, session: Session, staff_id: int) -> str:
        with_password(session, staff_id, now=NOW)
        token = log_in(session)
        assert token is not None
        return accounts.verified(session, accounts.digest_of(token), now=NOW)

    def test_the_second_factor_renews_the_session_and_forgets_the_failures(
        self, session: Session, staff_id: int
    ) -> None:
        with_password(session, staff_id, now=NOW)
        log_in(session, "faux")
        before = log_in(session)
        assert before is not None
        after = accounts.verified(session, accounts.digest_of(before), now=NOW)
        assert accounts.session_of(session, before, now=NOW) is None
        found = accounts.session_of(session, after, now=NOW)
        assert found is not None
        assert found.verified
        assert session.get_one(Account, staff_id).failures == 0

    def test_it_ends_after_two_hours_without_a_sign_of_life_and_after_a_working_day(
        self, session: Session, token: str
    ) -> None:
        assert accounts.session_of(session, token, now=NOW + timedelta(hours=2)) is None
        now = NOW
        while accounts.session_of(session, token, now=now) is not None:
            now += timedelta(hours=1)
        assert now == NOW + timedelta(hours=12)

    def test_one_is_logged_out_or_all_others(self, session: Session, staff_id: int, token: str) -> None:
        others = [
            accounts.open_session(session, staff_id, browser=name, verified=True, now=NOW) for name in ("Edge", "Opera")
        ]
        assert len(accounts.sessions_of(session, staff_id, now=NOW)) == 3
        accounts.revoke(session, staff_id, accounts.digest_of(others[0]), now=NOW)
        assert [each.browser for each in accounts.sessions_of(session, staff_id, now=NOW)].count("Edge") == 0
        accounts.revoke_all_but(session, staff_id, accounts.digest_of(token), now=NOW)
        assert [each.digest for each in accounts.sessions_of(session, staff_id, now=NOW)] == [accounts.digest_of(token)]

    def test_nobody_logs_out_a_browser_of_somebody_else(self, session: Session, token: str) -> None:
        other = somebody(session, "lou@ml.example", name="Lou")
        accounts.revoke(session, other, accounts.digest_of(token), now=NOW)
        assert accounts.session_of(session, token, now=NOW) is not None

    def test_those_long_over_are_forgotten_at_a_later_login(self, session: Session, staff_id: int, token: str) -> None:
        later = NOW + timedelta(days=31)
        again = log_in(session, now=later)
        assert again is not None
        accounts.verified(session, accounts.digest_of(again), now=later)
        kept = session.scalars(select(ConsoleSession.digest).where(ConsoleSession.staff_id == staff_id)).all()
        assert accounts.digest_of(token) not in kept


@pytest.mark.parametrize(
    ("user_agent", "browser"),
    [
        (FIREFOX, "Firefox sur Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "Chrome sur Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge sur Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari sur iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome sur Android"),
        ("Firefox", "Firefox"),
        ("curl/8.0", "Navigateur inconnu"),
        ("", "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_as_people_know_it(user_agent: str, browser: str) -> None:
    assert accounts.browser_of(user_agent) == browser

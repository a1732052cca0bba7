"""`declic user`: from the first administrator to shutting somebody out."""

import re
from pathlib import Path

from sqlalchemy.orm import Session

from programme import accounts
from programme.clock import clock
from programme.models import Account
from tests.bot.field import a_field
from tests.bot.test_command import declic, environment, refusal
from tests.staff import GOOD

__all__ = ["environment"]

ADMIN = ("--email", "Nour@ML.example", "--name", "Nour Petit", "--role", "admin")


def test_an_account_from_its_link_to_its_end(folder: Path) -> None:
    with a_field(folder / "user") as field:

        def run(*arguments: str) -> str:
            done = declic(field.environment, "user", *arguments)
            assert done.returncode == 0, done.stderr
            return done.stdout

        # given nobody, the first one is added with a new team
        assert "Nobody yet" in run("list")
        added = run("add", *ADMIN, "--organisation", "Mission locale de l'Île", "--team", "Accueil")
        link = re.search(r"http://127\.0\.0\.1:\d+/console/bienvenue/(\S+)", added)
        assert link is not None, added
        assert "link not used yet" in run("list")
        # when they use their link
        with Session(field.engine) as session, session.begin():
            staff_id = accounts.set_password(session, link[1], GOOD, now=clock())
            accounts.open_session(session, staff_id, browser="Firefox sur Mac", verified=True, now=clock())
        assert "no second factor yet" in run("list")
        assert "Firefox sur Mac" in run("sessions", "nour@ml.example")
        # then too many tries, a forgotten password and a lost phone are mended by hand
        with Session(field.engine) as session, session.begin():
            for _ in range(accounts.LOCKS_EVERY):
                accounts.log_in(session, "nour@ml.example", "faux", browser="", now=clock())
        assert "locked after wrong tries" in run("list")
        run("unlock", "nour@ml.example")
        assert "bienvenue" in run("link", "nour@ml.example")
        run("reset-second-factor", "nour@ml.example")
        assert "None." in run("sessions", "nour@ml.example")
        # and who leaves is shut out, until they are added again
        run("lock", "nour@ml.example")
        assert "shut out" in run("list")
        assert "nobody has an account" in refusal(declic(field.environment, "user", "link", "nour@ml.example"))
        run("add", *ADMIN)
        with Session(field.engine) as session:
            assert session.get_one(Account, staff_id).password_hash is not None


def test_what_is_missing_is_said_in_one_line(folder: Path) -> None:
    with a_field(folder / "user-wrong") as field:
        assert "give --organisation and --team" in refusal(declic(field.environment, "user", "add", *ADMIN))
        where = ("--organisation", "ML", "--team", "A")
        wrong = declic(field.environment, "user", "add", "--email", "nour", "--name", "N", "--role", "admin", *where)
        assert "is no e-mail address" in refusal(wrong)
        for team in ("A", "B"):
            declic(field.environment, "user", "add", *ADMIN, "--organisation", "ML", "--team", team)
        assert '--team "A"; ' in refusal(declic(field.environment, "user", "add", *ADMIN))

"""The console over a real database: a team, people of its roles, and browsers in which they are logged in."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from bot.app import Server, create_app
from bot.console.doors import COOKIE
from bot.settings import Settings
from programme import accounts, permissions, structures
from programme.clock import clock
from programme.models import Channel, OrganisationKind, Role
from programme.people import conversation_for
from programme.permissions import Member
from tests.stack import free_ports, wait_for

_numbers = count(1)
NOTHING_GOES_ON = text(
    "SELECT count(*) = 0 FROM pg_stat_activity "
    "WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True)
class Browser:
    """Somebody of the staff, logged in with their second factor."""

    who: Member
    client: httpx.Client
    form_token: str

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def send(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Send a form of a page; what comes back is the answer itself, not the page that it leads to."""
        return self.client.post(path, data={"form_token": self.form_token, **(fields or {})}, **options)


@pytest.fixture(scope="session")
def console_url(engine: Engine) -> Iterator[str]:
    """Where the bot process answers, with the console, over the tests' own database; no dialogue server behind it."""
    url = engine.url.render_as_string(hide_password=False)
    settings = Settings(_env_file=None, port=free_ports(1)[0])  # type: ignore[call-arg]
    server = Server.of(settings, create_app(settings, url))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started or None)
    yield f"http://127.0.0.1:{settings.port}"
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def a_team(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    """Builds a team of a Mission locale, with its territory; the team's id."""

    def build(*, organisation: str = "ml", territory: str = "bord-de-marne", commune: str = "") -> int:
        number = next(_numbers)
        with session_factory.begin() as session:
            organisation_id = structures.save_organisation(
                session, slug=organisation, kind=OrganisationKind.MISSION_LOCALE, name=f"Mission locale {organisation}"
            )
            territory_id = structures.save_territory(
                session,
                slug=territory,
                name=territory,
                region="Île-de-France",
                communes=[commune] if commune else [],
            )
            return structures.save_team(
                session, organisation_id=organisation_id, name=f"Équipe {number}", territory_id=territory_id
            )

    return build


@pytest.fixture
def a_member(session_factory: sessionmaker[Session], a_team: Callable[..., int]) -> Callable[..., Member]:
    """Builds somebody of the staff; of a team of their own unless one is given."""

    def build(role: Role = Role.COUNSELLOR, *, team_id: int | None = None, name: str = "") -> Member:
        number = next(_numbers)
        team = team_id if team_id is not None else a_team()
        with session_factory.begin() as session:
            staff_id = structures.save_staff(
                session, email=f"{number}@ml.example", team_id=team, role=role, name=name or f"Camille {number}"
            )
            found = permissions.member(session, staff_id)
        assert found is not None
        return found

    return build


@pytest.fixture
def a_browser(
    session_factory: sessionmaker[Session], a_member: Callable[..., Member], console_url: str
) -> Iterator[Callable[..., Browser]]:
    """Builds a browser in which somebody is logged in: ``a_browser(Role.COUNSELLOR)``, or ``who=`` a member."""
    opened: list[httpx.Client] = []

    def build(role: Role = Role.COUNSELLOR, *, who: Member | None = None, verified: bool = True) -> Browser:
        member = who or a_member(role)
        with session_factory.begin() as session:
            token = accounts.open_session(session, member.staff_id, browser="Firefox", verified=verified, now=clock())
            found = accounts.session_of(session, token, now=clock())
        assert found is not None
        client = httpx.Client(base_url=console_url, trust_env=False, timeout=30)
        client.cookies.set(COOKIE, token)
        opened.append(client)
        return Browser(member, client, found.form_token)

    yield build
    for client in opened:
        client.close()

    # a stream that nobody reads any more may still ask the database, which the next test empties
    def is_quiet() -> bool | None:
        with session_factory() as session:  # a new one each time: within a transaction, what goes on looks the same
            return session.scalar(NOTHING_GOES_ON) or None

    wait_for(is_quiet)


@pytest.fixture
def a_young_person(session_factory: sessionmaker[Session]) -> Callable[..., int]:
    """Builds a young person with a web conversation, in the charge of a team or a counsellor; their id."""

    def build(
        *,
        counsellor: Member | None = None,
        team_id: int | None = None,
        name: str | None = None,
        now: datetime | None = None,
    ) -> int:
        with session_factory.begin() as session:
            conversation = conversation_for(
                session, channel=Channel.WEB, external_id=f"jeune-{next(_numbers)}", now=now or clock()
            )
            person_id = conversation.identity.person_id
            if counsellor is not None or team_id is not None:
                structures.assign(
                    session, person_id, team_id=team_id, counsellor_id=counsellor.staff_id if counsellor else None
                )
            if name is not None:
                structures.path.locked(session, person_id).display_name = name
        return person_id

    return build

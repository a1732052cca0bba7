"""`declic user`: who of the team may open the console. A password is never typed here: a link sets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.commands.common import programme_engine, read_settings, say, stop
from bot.settings import Settings
from programme import accounts, french, structures, team_accounts
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import AddressTaken, AddressWrong, StaffNotFound
from programme.exchange.export import staff_by_email
from programme.models import Organisation, OrganisationKind, Role, StaffMember, Team
from programme.team_accounts import Line

app = typer.Typer(no_args_is_help=True, help="Accounts of the console (docs/comptes.md).")

Email = Annotated[str, typer.Argument(help="Their e-mail address, as it is in the team.")]


@contextmanager
def _transaction(settings: Settings) -> Iterator[Session]:
    with programme_engine(settings) as engine, session_factory_for(engine).begin() as session:
        try:
            yield session
        except StaffNotFound:
            stop("nobody has an account with this address: `declic user list` shows who does.")


@app.command()
def add(
    email: Annotated[str, typer.Option(help="Their e-mail address, with which they log in.")],
    name: Annotated[str, typer.Option(help="Their first name and name; young people read the first name.")],
    role: Annotated[Role, typer.Option(help="What they may do: docs/comptes.md.")],
    organisation: Annotated[str, typer.Option(help="The name of a Mission locale; made when there is none.")] = "",
    team: Annotated[str, typer.Option(help="The name of a team; made when the organisation has none.")] = "",
) -> None:
    """Add somebody to the team, or change their role, and print the link with which they choose a password."""
    settings, now = read_settings(), clock()
    if not name.strip():
        stop("the name is empty: give the one that colleagues know, with --name.")
    with _transaction(settings) as session:
        team_id = _team(session, organisation.strip(), team.strip())
        try:
            staff_id = team_accounts.add(session, email=email, name=name, role=role, team_id=team_id, by=None, now=now)
        except AddressWrong:
            stop(f"« {email} » is no e-mail address: write it like prenom.nom@mission-locale.fr.")
        except AddressTaken as taken:
            staff_id = _known(session, str(taken.args[0]))
            team_accounts.change(session, staff_id, name=name, role=role, team_id=team_id, by=None, now=now)
            team_accounts.set_active(session, staff_id, True, by=None, now=now)
        link = _link(settings, session, staff_id)
    say(f"{name.strip()} may open the console as {role.value}.")
    _show(link)


@app.command("list")
def list_() -> None:
    """Show who has which role, and how far their account is."""
    now = clock()
    with _transaction(read_settings()) as session:
        lines = team_accounts.listed(session, limit=None)
        for line in lines:
            staff = line.staff
            state = _state(line, locked=line.locked(now))
            say(f"{staff.email:36} {staff.role:18} {state:28} {staff.name}, {line.team}, {line.organisation}")
    if not lines:
        say("Nobody yet: `declic user add --help` says how to add the first one.")


@app.command()
def link(email: Email) -> None:
    """Print a new link: they forgot their password, or the last link is too old."""
    settings = read_settings()
    with _transaction(settings) as session:
        made = _link(settings, session, staff_by_email(session, email))
    _show(made)


@app.command()
def lock(email: Email) -> None:
    """Shut somebody out at once, in all browsers; `declic user add` lets them in again."""
    with _transaction(read_settings()) as session:
        team_accounts.set_active(session, staff_by_email(session, email), False, by=None, now=clock())
    say(f"{email} is shut out.")


@app.command()
def unlock(email: Email) -> None:
    """Let somebody try again at once, who typed too many wrong passwords."""
    with _transaction(read_settings()) as session:
        team_accounts.unlock(session, staff_by_email(session, email), by=None, now=clock())
    say(f"{email} may try again.")


@app.command("reset-second-factor")
def reset_second_factor(email: Email) -> None:
    """Their phone is lost: the next login sets another one up. Be sure that it is they who ask."""
    with _transaction(read_settings()) as session:
        team_accounts.reset_second_factor(session, staff_by_email(session, email), by=None, now=clock())
    say(f"{email} sets up another phone at the next login.")


@app.command()
def sessions(email: Email) -> None:
    """Show in which browsers somebody is logged in."""
    settings, now = read_settings(), clock()
    with _transaction(settings) as session:
        found = accounts.sessions_of(session, staff_by_email(session, email), now=now)
        for each in found:
            since = french.day_and_hour(each.created_at, settings.zone)
            say(f"{each.browser:28} since {since}, seen {french.day_and_hour(each.seen_at, settings.zone)}")
    if not found:
        say("None.")


def _team(session: Session, organisation: str, team: str) -> int:
    """The team of these names; the only one that there is when neither is given."""
    there = session.execute(
        select(Team.id, Team.name, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == Team.organisation_id)
        .order_by(Team.id)
    ).all()
    matching = [row for row in there if (not organisation or row[3] == organisation) and (not team or row[1] == team)]
    if len(matching) == 1:
        return int(matching[0][0])
    if matching:
        several = "; ".join(f'--organisation "{row[3]}" --team "{row[1]}"' for row in matching[:10])
        stop(f"there are several teams: say which with {several}.")
    if not organisation or not team:
        stop("there is no such team: give --organisation and --team, and both are made when they do not exist.")
    known = session.scalar(select(Organisation.id).where(Organisation.name == organisation))
    organisation_id = known or structures.save_organisation(
        session, slug=_slug(organisation), kind=OrganisationKind.MISSION_LOCALE, name=organisation
    )
    return structures.save_team(session, organisation_id=organisation_id, name=team)


def _slug(name: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in french.plain(name)).split())


def _known(session: Session, email: str) -> int:
    return session.scalars(select(StaffMember.id).where(func.lower(StaffMember.email) == email)).one()


def _state(line: Line, *, locked: bool) -> str:
    if not line.staff.active:
        return "shut out"
    if line.account is None:
        return "no account"
    if not line.opened:
        return "link not used yet"
    if locked:
        return "locked after wrong tries"
    return "in order" if line.account.totp_since is not None else "no second factor yet"


def _link(settings: Settings, session: Session, staff_id: int) -> str:
    token = team_accounts.invite(session, staff_id, by=None, now=clock())
    base = str(settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    return f"{base}/console/bienvenue/{token}"


def _show(link: str) -> None:
    say("Hand over this link. It is good once, for two days; whoever has it chooses the password:")
    say(f"  {link}")

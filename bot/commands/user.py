"""`declic user`: who of the team may open the console. A password is never typed here: a link sets it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.common import programme_engine, read_settings, say, stop
from bot.settings import Settings
from programme import accounts, audit, french, second_factor, structures
from programme.clock import clock
from programme.database import session_factory_for
from programme.errors import StaffNotFound
from programme.exchange.export import staff_by_email
from programme.models import Account, Organisation, OrganisationKind, Role, StaffMember, Team, Teller

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
    settings = read_settings()
    if "@" not in email.strip("@ ") or " " in email.strip():
        stop(f"« {email} » is no e-mail address: write it like prenom.nom@mission-locale.fr.")
    if not name.strip():
        stop("the name is empty: give the one that colleagues know, with --name.")
    with _transaction(settings) as session:
        team_id = _team(session, organisation.strip(), team.strip())
        staff_id = structures.save_staff(session, email=email, team_id=team_id, role=role, name=name.strip())
        _audit(session, "account.add", staff_id, role=role.value)
        link = _link(settings, session, staff_id)
    say(f"{name.strip()} may open the console as {role.value}.")
    _show(link)


@app.command("list")
def list_() -> None:
    """Show who has which role, and how far their account is."""
    now = clock()
    with _transaction(read_settings()) as session:
        rows = session.execute(
            select(StaffMember, Team.name, Organisation.name, Account)
            .join(Team, Team.id == StaffMember.team_id)
            .join(Organisation, Organisation.id == Team.organisation_id)
            .outerjoin(Account, Account.staff_id == StaffMember.id)
            .order_by(Organisation.name, Team.name, StaffMember.name)
        ).all()
        for staff, team, organisation, account in rows:
            state = _state(staff, account, locked=account is not None and accounts.is_locked(account, now=now))
            say(f"{staff.email:36} {staff.role:18} {state:28} {staff.name}, {team}, {organisation}")
    if not rows:
        say("Nobody yet: `declic user add --help` says how to add the first one.")


@app.command()
def link(email: Email) -> None:
    """Print a new link: they forgot their password, or the last link is too old."""
    settings = read_settings()
    with _transaction(settings) as session:
        staff_id = staff_by_email(session, email)
        _audit(session, "account.invite", staff_id)
        made = _link(settings, session, staff_id)
    _show(made)


@app.command()
def lock(email: Email) -> None:
    """Shut somebody out at once, in all browsers; `declic user add` lets them in again."""
    now = clock()
    with _transaction(read_settings()) as session:
        staff_id = staff_by_email(session, email)
        session.get_one(StaffMember, staff_id).active = False
        accounts.revoke_all_but(session, staff_id, None, now=now)
        _audit(session, "account.deactivate", staff_id)
    say(f"{email} is shut out.")


@app.command()
def unlock(email: Email) -> None:
    """Let somebody try again at once, who typed too many wrong passwords."""
    with _transaction(read_settings()) as session:
        staff_id = staff_by_email(session, email)
        accounts.unlock(session, staff_id)
        _audit(session, "account.unlock", staff_id)
    say(f"{email} may try again.")


@app.command("reset-second-factor")
def reset_second_factor(email: Email) -> None:
    """Their phone is lost: the next login sets another one up. Be sure that it is they who ask."""
    with _transaction(read_settings()) as session:
        staff_id = staff_by_email(session, email)
        second_factor.reset(session, staff_id, now=clock())
        _audit(session, "account.reset_second_factor", staff_id)
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


def _state(staff: StaffMember, account: Account | None, *, locked: bool) -> str:
    if not staff.active:
        return "shut out"
    if account is None or (account.password_hash is None and account.subject is None):
        return "link not used yet" if account is not None else "no account"
    if locked:
        return "locked after wrong tries"
    return "in order" if account.totp_since is not None else "no second factor yet"


def _audit(session: Session, action: str, staff_id: int, **details: str) -> None:
    """Whoever has this machine has the command: the line names nobody."""
    audit.record(session, action, teller=Teller.SYSTEM, now=clock(), details={"staff_id": staff_id, **details})


def _link(settings: Settings, session: Session, staff_id: int) -> str:
    token = accounts.invite(session, staff_id, now=clock())
    base = str(settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    return f"{base}/console/bienvenue/{token}"


def _show(link: str) -> None:
    say("Hand over this link. It is good once, for two days; whoever has it chooses the password:")
    say(f"  {link}")

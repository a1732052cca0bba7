"""The team's accounts: who comes in, with which role; new links, lost phones, who leaves."""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Path, Query, Request, Response
from sqlalchemy.orm import Session

from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.own_account import ROLES
from bot.console.pages import go, render, tell
from programme import accounts, team_accounts
from programme.clock import clock
from programme.errors import AddressTaken, AddressWrong, OwnAccount
from programme.models import Role
from programme.permissions import Right

router = Doors("/comptes")
HERE = "/console/comptes"

# what each role opens, for who chooses it
WHAT_FOR = {
    Role.COUNSELLOR: "lit et répond aux jeunes de son équipe",
    Role.ANIMATOR: "tient les ateliers et le réseau d'entreprises, ne lit aucune conversation",
    Role.TEAM_LEAD: "comme le conseil, pour les équipes de son territoire, avec les chiffres et les campagnes",
    Role.PROGRAMME_MANAGER: "suit le programme de sa structure, ne lit aucune conversation",
    Role.CONTENT_AUTHOR: "décide de ce que l'assistant apprend",
    Role.ADMIN: "gère les comptes et les tables, ne voit aucun jeune",
}
tell(
    team_added="C'est enregistré. Donne-lui maintenant un lien pour choisir son mot de passe.",
    team_changed="C'est enregistré.",
    team_deactivated="Ce compte est fermé, et tous ses navigateurs sont déconnectés.",
    team_reactivated="Ce compte est rouvert.",
    team_unlocked="Cette personne peut réessayer tout de suite.",
    team_phone="À sa prochaine connexion, cette personne installera un nouveau code.",
    team_own="Tu ne peux ni fermer ton propre compte, ni changer ton propre rôle : demande-le à quelqu'un d'autre.",
)

StaffId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass
class Typed:
    """What was typed about somebody, and what is wrong with it, by field."""

    email: str = ""
    name: str = ""
    role: str = Role.COUNSELLOR
    team_id: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    def check(self, session: Session) -> Role | None:
        """The role, when nothing is wrong so far."""
        if not self.name.strip():
            self.wrong["name"] = "Écris le prénom et le nom : les jeunes lisent le prénom."
        if self.team_id not in dict(team_accounts.teams(session)):
            self.wrong["team_id"] = "Choisis une équipe de la liste."
        if self.role not in set(Role):
            self.wrong["role"] = "Choisis un rôle de la liste."
        return None if self.wrong else Role(self.role)


@router.page("", Right.ACCOUNTS)
def listed(
    request: Request,
    session: SessionDep,
    words: Annotated[str, Query(alias="mots", max_length=100)] = "",
    after: Annotated[int | None, Query(alias="apres", ge=1, le=2**31 - 1)] = None,
) -> Response:
    words = words.replace("\x00", "")
    found = team_accounts.listed(session, words=words, after=after, limit=team_accounts.PAGE + 1)
    lines, more = found[: team_accounts.PAGE], len(found) > team_accounts.PAGE
    return render(
        request,
        "access/accounts.html",
        lines=lines,
        roles=ROLES,
        words=words,
        following=_next(words, lines[-1].staff.id) if more else None,
        after=after,
    )


@router.page("/ajouter", Right.ACCOUNTS)
def add_page(request: Request, session: SessionDep) -> Response:
    return _form(request, session, Typed())


@router.action("/ajouter", Right.ACCOUNTS)
def add(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    email: Annotated[str, Form(max_length=320)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=40)] = "",
    team_id: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    typed = Typed(email, name, role, team_id)
    chosen = typed.check(session)
    if chosen is None:
        return _form(request, session, typed)
    try:
        staff_id = team_accounts.add(
            session, email=email, name=name, role=chosen, team_id=team_id, by=who.staff_id, now=clock()
        )
    except AddressWrong:
        typed.wrong["email"] = "Écris une adresse e-mail, comme prenom.nom@mission-locale.fr."
        return _form(request, session, typed)
    except AddressTaken:
        typed.wrong["email"] = "Quelqu'un de l'équipe a déjà cette adresse : cherche-la dans la liste."
        return _form(request, session, typed)
    return go(f"{HERE}/{staff_id}", "team_added")


@router.page("/{staff_id}", Right.ACCOUNTS)
def one(request: Request, session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    return _one(request, session, who.staff_id, staff_id)


@router.action("/{staff_id}", Right.ACCOUNTS)
def change(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    staff_id: StaffId,
    name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=40)] = "",
    team_id: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    team_accounts.line_of(session, staff_id)
    typed = Typed("", name, role, team_id)
    chosen = typed.check(session)
    if chosen is None:
        return _one(request, session, who.staff_id, staff_id, typed=typed)
    try:
        team_accounts.change(session, staff_id, name=name, role=chosen, team_id=team_id, by=who.staff_id, now=clock())
    except OwnAccount:
        return go(f"{HERE}/{staff_id}", "team_own")
    return go(f"{HERE}/{staff_id}", "team_changed")


@router.action("/{staff_id}/lien", Right.ACCOUNTS)
def new_link(request: Request, session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    """The link is on this answer alone: nobody can find it again later."""
    token = team_accounts.invite(session, staff_id, by=who.staff_id, now=clock())
    base = str(request.app.state.settings.public_url or request.base_url).rstrip("/")
    return render(
        request,
        "access/link.html",
        line=team_accounts.line_of(session, staff_id),
        link=f"{base}/console/bienvenue/{token}",
        hours=int(accounts.LINK_LASTS.total_seconds() // 3600),
    )


@router.action("/{staff_id}/fermer", Right.ACCOUNTS)
def deactivate(session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    try:
        team_accounts.set_active(session, staff_id, False, by=who.staff_id, now=clock())
    except OwnAccount:
        return go(f"{HERE}/{staff_id}", "team_own")
    return go(f"{HERE}/{staff_id}", "team_deactivated")


@router.action("/{staff_id}/rouvrir", Right.ACCOUNTS)
def reactivate(session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    try:
        team_accounts.set_active(session, staff_id, True, by=who.staff_id, now=clock())
    except OwnAccount:
        return go(f"{HERE}/{staff_id}", "team_own")
    return go(f"{HERE}/{staff_id}", "team_reactivated")


@router.action("/{staff_id}/debloquer", Right.ACCOUNTS)
def unlock(session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    team_accounts.unlock(session, staff_id, by=who.staff_id, now=clock())
    return go(f"{HERE}/{staff_id}", "team_unlocked")


@router.action("/{staff_id}/telephone", Right.ACCOUNTS)
def lost_phone(session: SessionDep, who: MemberDep, staff_id: StaffId) -> Response:
    team_accounts.reset_second_factor(session, staff_id, by=who.staff_id, now=clock())
    return go(f"{HERE}/{staff_id}", "team_phone")


def _form(request: Request, session: Session, typed: Typed) -> Response:
    return render(
        request,
        "access/add.html",
        status_code=422 if typed.wrong else 200,
        typed=typed,
        teams=team_accounts.teams(session),
        roles=_roles(),
    )


def _one(request: Request, session: Session, own_id: int, staff_id: int, *, typed: Typed | None = None) -> Response:
    line = team_accounts.line_of(session, staff_id)
    staff = line.staff
    now = clock()
    return render(
        request,
        "access/account.html",
        status_code=422 if typed is not None else 200,
        line=line,
        typed=typed or Typed(staff.email, staff.name, staff.role, staff.team_id),
        locked=line.locked(now),
        sessions=accounts.sessions_of(session, staff_id, now=now),
        own=staff_id == own_id,
        teams=team_accounts.teams(session),
        roles=_roles(),
    )


def _roles() -> list[tuple[Role, str]]:
    return [(role, f"{words} : {WHAT_FOR[role]}") for role, words in ROLES.items()]


def _next(words: str, after: int) -> str:
    return f"{HERE}?{urlencode({'mots': words, 'apres': after} if words else {'apres': after})}"

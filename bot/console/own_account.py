"""One's own account: password, recovery codes, the browsers in which one is logged in."""

from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from bot.console.doors import Doors, MemberDep, SessionDep, present
from bot.console.login import DIFFERENT, WEAKNESSES, PasswordForm
from bot.console.pages import go, render, tell
from programme import accounts, second_factor
from programme.accounts import SHORTEST_PASSWORD
from programme.clock import clock
from programme.errors import CodeWrong, PasswordRefused, PasswordWrong
from programme.models import Account, Role, StaffMember, Team
from programme.permissions import Right

router = Doors("/compte")

ROLES = {
    Role.COUNSELLOR: "conseil",
    Role.ANIMATOR: "animation du réseau et des ateliers",
    Role.TEAM_LEAD: "responsable d'équipe",
    Role.PROGRAMME_MANAGER: "responsable du programme",
    Role.CONTENT_AUTHOR: "rédaction des réponses",
    Role.ADMIN: "gestion des comptes",
}
tell(
    account_changed="Ton mot de passe est changé, et les autres navigateurs sont déconnectés.",
    account_sessions="C'est fait : ce qui était ouvert ailleurs est fermé.",
)


@router.page("", Right.OWN_ACCOUNT)
def own_account(request: Request, session: SessionDep) -> Response:
    return _page(request, session)


@router.action("/mot-de-passe", Right.OWN_ACCOUNT)
def change_password(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    current: PasswordForm = "",
    password: PasswordForm = "",
    again: PasswordForm = "",
) -> Response:
    if password != again:
        return _page(request, session, wrong={"again": DIFFERENT})
    try:
        accounts.change_password(
            session, who.staff_id, current=current, new=password, keep=present(request).digest, now=clock()
        )
    except PasswordWrong:
        return _page(request, session, wrong={"current": "Ce n'est pas ton mot de passe actuel."})
    except PasswordRefused as refused:
        return _page(request, session, wrong={"password": WEAKNESSES[refused.args[0]]})
    return go("/console/compte", "account_changed")


@router.action("/codes", Right.OWN_ACCOUNT)
def other_codes(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    typed: Annotated[str, Form(alias="code", max_length=100)] = "",
) -> Response:
    try:
        second_factor.check(session, who.staff_id, typed, now=clock())
    except CodeWrong:
        wrong = "Ce code n'est pas le bon, ou il a déjà servi : attends le suivant."
        return _page(request, session, wrong={"code": wrong})
    codes = second_factor.new_recovery_codes(session, who.staff_id)
    return render(request, "access/codes.html", codes=codes, way_on="/console/compte", first=False)


@router.action("/deconnecter", Right.OWN_ACCOUNT)
def log_out_elsewhere(
    request: Request, session: SessionDep, who: MemberDep, digest: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    """One browser, or without ``digest`` all but this one."""
    own = present(request).digest
    if digest and digest != own:
        accounts.revoke(session, who.staff_id, digest, now=clock())
    elif not digest:
        accounts.revoke_all_but(session, who.staff_id, own, now=clock())
    return go("/console/compte", "account_sessions")


def _page(request: Request, session: Session, *, wrong: dict[str, str] | None = None) -> Response:
    who = present(request).member
    account = session.get(Account, who.staff_id)
    return render(
        request,
        "access/own_account.html",
        status_code=422 if wrong else 200,
        staff=session.get_one(StaffMember, who.staff_id),
        role=ROLES[who.role],
        team=session.get_one(Team, who.team_id).name,
        sessions=accounts.sessions_of(session, who.staff_id, now=clock()),
        left=len(account.recovery_hashes) if account is not None else 0,
        shortest=SHORTEST_PASSWORD,
        wrong=wrong or {},
    )

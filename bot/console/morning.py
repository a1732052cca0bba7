"""The first page of the day: who needs a human, and who is away."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import Form, Path, Request, Response, status
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import talk
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.pages import go, menu_of, render, tell, today_in
from bot.settings import Settings
from programme import absences, flags, morning, permissions
from programme.clock import clock
from programme.errors import (
    AbsenceDatesWrong,
    AbsenceNotFound,
    AbsenceOverlaps,
    DeputyNotPossible,
    FlagNotFound,
    StaffNotFound,
)
from programme.models import Absence, Role, StaffMember
from programme.morning_sources import HELP, MOST, ORDER, Why
from programme.permissions import Member, Right

router = Doors()

TITLES = {
    Why.DISTRESS: "Mots de détresse",
    Why.HARASSMENT: "Harcèlement",
    Why.DANGER_AT_WORK: "Danger au travail",
    Why.MONEY_EMERGENCY: "Urgences d'argent",
    Why.HUMAN_WANTED: "Veulent parler à quelqu'un",
    Why.CHECK_IN_BAD: "Contrats où ça va mal",
    Why.UNANSWERED: "Sans réponse de l'équipe",
    Why.SEAT_OFFERED: "Places à confirmer",
    Why.NOBODYS: "Ont écrit, et personne ne les suit",
    Why.BROKEN: "Contrats rompus",
    Why.SILENT_COMPANIES: "Entreprises qui ne répondent pas",
    Why.PROMISE_PAST: "Relances dont le jour est passé",
    Why.CAMPAIGN: "Campagnes en cours",
}
FROM_HERE = "matin"
ACCOUNT = "/console/compte"

FlagId = Annotated[int, Path(ge=1, le=2**63 - 1)]

tell(
    morning_taken="C'est noté : tu t'en occupes. L'équipe le voit.",
    morning_others="Quelqu'un d'autre de l'équipe s'en occupe déjà.",
    morning_released="C'est noté : l'alerte est de nouveau à toute l'équipe.",
    morning_closed="C'est réglé : l'alerte est fermée.",
    morning_closed_before="Cette alerte était déjà fermée.",
    absence_added="L'absence est notée.",
    absence_removed="L'absence est retirée.",
)


@dataclass(frozen=True)
class Group:
    """The needs of one reason. ``urgent``: calls for help; ``full``: there may be more than are shown."""

    why: Why
    title: str
    needs: Sequence[morning.Need]
    urgent: bool
    full: bool


# a role without a morning is led to the first page of its own, hence a right that everybody has
@router.page("", Right.OWN_ACCOUNT)
def first_page(request: Request, session: SessionDep, who: MemberDep) -> Response:
    if not who.may(Right.MORNING):
        menu = menu_of(request)
        return RedirectResponse(menu[0].path if menu else ACCOUNT, status.HTTP_303_SEE_OTHER)
    settings: Settings = request.app.state.settings
    needs = morning.needs(
        session,
        who,
        now=clock(),
        zone=settings.zone,
        book=talk.assistant_of(request).facts,
        team_hours=settings.team_hours,
    )
    return render(
        request,
        "morning/page.html",
        groups=_groups(needs),
        people=len({each.person_id for each in needs}),
        order=[TITLES[why] for why in ORDER],
        replaced=_names(session, absences.stands_in_for(session, who.staff_id, on=today_in(request))),
        own_absence=absences.away(session, who.staff_id, on=today_in(request)),
        team_hours=settings.team_hours,
        most=MOST,
        whose=morning.Whose,
        from_here=FROM_HERE,
    )


def _groups(needs: Sequence[morning.Need]) -> list[Group]:
    groups = [(why, list(found)) for why, found in groupby(needs, key=lambda need: need.why)]
    return [Group(why, TITLES[why], found, why in HELP, len(found) >= MOST) for why, found in groups]


def _names(session: Session, staff_ids: Sequence[int]) -> list[str]:
    return list(
        session.scalars(select(StaffMember.name).where(StaffMember.id.in_(staff_ids)).order_by(StaffMember.name))
    )


# -- alerts


@router.action("/alertes/{flag_id}/prendre", Right.ANSWER)
def take(
    session: SessionDep, who: MemberDep, flag_id: FlagId, origin: Annotated[str, Form(alias="de")] = ""
) -> Response:
    conversation_id = _reached(session, who, flag_id)
    try:
        holder = flags.take(session, flag_id, staff_id=who.staff_id)
    except FlagNotFound:
        return _back(conversation_id, origin, "morning_closed_before")
    return _back(conversation_id, origin, "morning_taken" if holder == who.staff_id else "morning_others")


@router.action("/alertes/{flag_id}/rendre", Right.ANSWER)
def release(
    session: SessionDep, who: MemberDep, flag_id: FlagId, origin: Annotated[str, Form(alias="de")] = ""
) -> Response:
    conversation_id = _reached(session, who, flag_id)
    try:
        flags.release(session, flag_id)
    except FlagNotFound:
        return _back(conversation_id, origin, "morning_closed_before")
    return _back(conversation_id, origin, "morning_released")


@router.action("/alertes/{flag_id}/regler", Right.ANSWER)
def close(
    session: SessionDep, who: MemberDep, flag_id: FlagId, origin: Annotated[str, Form(alias="de")] = ""
) -> Response:
    conversation_id = _reached(session, who, flag_id)
    try:
        flags.close_flag(session, flag_id, now=clock(), staff_id=who.staff_id)
    except FlagNotFound:
        return _back(conversation_id, origin, "morning_closed_before")
    return _back(conversation_id, origin, "morning_closed")


def _reached(session: Session, who: Member, flag_id: int) -> uuid.UUID:
    """The conversation of the alert. Raises FlagNotFound, PersonNotFound."""
    conversation_id = flags.conversation_of(session, flag_id)
    permissions.reach_conversation(session, who, conversation_id)
    return conversation_id


def _back(conversation_id: uuid.UUID, origin: str, said: str) -> Response:
    """To the page that has the form: this one, or the conversation's."""
    return go("/console" if origin == FROM_HERE else f"/console/conversations/{conversation_id}", said)


# -- absences


@dataclass(frozen=True)
class Line:
    """An absence in the list. ``mine``: of who reads it."""

    absence: Absence
    name: str
    deputy: str | None
    mine: bool


@dataclass
class AbsenceForm:
    """What was typed, and what is wrong with it, by field."""

    staff_id: int
    starts_on: str = ""
    ends_on: str = ""
    deputy_id: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(getattr(self, name))
        except ValueError:
            self.wrong[name] = "Choisis un jour dans le calendrier, ou écris-le comme 2026-12-24."
            return None


@router.page("/absences", Right.OWN_ACCOUNT)
def away(request: Request, session: SessionDep, who: MemberDep, person: str = "") -> Response:
    """One's own; a team lead chooses somebody of their teams (``person``, a staff id)."""
    chosen = int(person) if person.isascii() and person.isdecimal() and len(person) < 18 else who.staff_id
    return _absences(request, session, who, AbsenceForm(_absent(session, who, chosen).id))


@router.action("/absences", Right.OWN_ACCOUNT)
def add_absence(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    staff_id: Annotated[int, Form()] = 0,
    starts_on: Annotated[str, Form()] = "",
    ends_on: Annotated[str, Form()] = "",
    deputy_id: Annotated[str, Form(pattern=r"^\d{0,17}$")] = "",
) -> Response:
    absent = _absent(session, who, staff_id or who.staff_id)
    form = AbsenceForm(absent.id, starts_on, ends_on, deputy_id)
    first, last = form.day("starts_on"), form.day("ends_on")
    if first is not None and last is not None:
        try:
            absences.add(
                session,
                absent.id,
                starts_on=first,
                ends_on=last,
                deputy_id=int(deputy_id) if deputy_id else None,
                today=today_in(request),
            )
        except AbsenceDatesWrong:
            form.wrong["ends_on"] = "Le dernier jour vient après le premier, et n'est pas passé."
        except AbsenceOverlaps:
            form.wrong["starts_on"] = "Une absence est déjà notée sur une partie de ces jours : retire-la d'abord."
        except DeputyNotPossible:
            form.wrong["deputy_id"] = "Cette personne n'a pas accès à ces jeunes : choisis quelqu'un de la liste."
    if form.wrong:
        return _absences(request, session, who, form, code=status.HTTP_422_UNPROCESSABLE_CONTENT)
    return go("/console/absences", "absence_added")


@router.action("/absences/{absence_id}/retirer", Right.OWN_ACCOUNT)
def remove_absence(
    session: SessionDep, who: MemberDep, absence_id: Annotated[int, Path(ge=1, le=2**63 - 1)]
) -> Response:
    found = session.get(Absence, absence_id)
    if found is None or found.staff_id not in {each.id for each in _whom(session, who)}:
        raise AbsenceNotFound(absence_id)
    absences.remove(session, absence_id)
    return go("/console/absences", "absence_removed")


def _whom(session: Session, who: Member) -> list[StaffMember]:
    """Whose absences this member notes: their own, a team lead those of the teams within reach; themselves first."""
    teams = permissions.team_ids(session, who) if who.role is Role.TEAM_LEAD else []
    return list(
        session.scalars(
            select(StaffMember)
            .where(StaffMember.active, (StaffMember.id == who.staff_id) | StaffMember.team_id.in_(teams))
            .order_by(StaffMember.id != who.staff_id, StaffMember.name, StaffMember.id)
        )
    )


def _absent(session: Session, who: Member, staff_id: int) -> StaffMember:
    """The one whose absence it is. Raises StaffNotFound when it is not for this member to note."""
    found = next((each for each in _whom(session, who) if each.id == staff_id), None)
    if found is None:
        raise StaffNotFound(staff_id)
    return found


def _absences(
    request: Request, session: Session, who: Member, form: AbsenceForm, *, code: int = status.HTTP_200_OK
) -> Response:
    whom = _whom(session, who)
    absent = next(each for each in whom if each.id == form.staff_id)
    listed = absences.listed(session, [each.id for each in whom], today=today_in(request))
    return render(
        request,
        "morning/absences.html",
        status_code=code,
        form=form,
        absent=absent,
        whom=whom,
        deputies=absences.possible_deputies(session, absent),
        lines=[
            Line(absence, away.name, deputy.name if deputy else None, away.id == who.staff_id)
            for absence, away, deputy in listed
        ],
    )

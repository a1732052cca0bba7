"""The young people within reach: the list, each one's page, and what the team changes there."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Form, Path, Query, Request, Response, status
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from bot.console import person_words, talk
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.forms import Kind, Typed, options
from bot.console.pages import go, render, tell, today_in
from programme import (
    audit,
    companies,
    notes,
    outcomes,
    own_data,
    people_list,
    permissions,
    person_sheet,
    readings,
    sensitive_words,
)
from programme.campaigns import runs
from programme.clock import clock
from programme.errors import ContractDatesWrong, PersonNotFound, StaffNotFound
from programme.exchange.columns import write_level
from programme.models import (
    BreakReason,
    ContractKind,
    EmployerStatus,
    PathStage,
    Person,
    Role,
    SchoolStatus,
    Teller,
)
from programme.path import STAGE_NAMES
from programme.people_list import Filters, Whose
from programme.permissions import Member, Right
from programme.practice.persona import Family

router = Doors("/jeunes")

PersonId = Annotated[int, Path(ge=1, le=2**63 - 1)]
LIST = "/console/jeunes"
WHOSE = {"moi": Whose.MINE, "personne": Whose.NOBODYS}
# keys of what the page about one person leaves out of a form: « nobody »
NOBODY = "personne"

tell(
    people_moved="C'est noté, avec la date et ton nom.",
    people_unmoved="Rien n'a changé.",
    people_entrusted="C'est noté : l'accompagnement a changé de mains.",
    people_gone="C'est noté. Une autre équipe suit maintenant cette personne : sa fiche ne t'est plus ouverte.",
    people_noted="La note est gardée. La personne la lira si elle demande ses données.",
    people_contract="Le contrat est noté.",
    people_broken="La rupture est notée. La recherche d'employeur reprend.",
)


# -- the list


@dataclass(frozen=True)
class Asked:
    """The filters as they stand in the address; what cannot be is left out. ``whose``: as in the form."""

    filters: Filters
    whose: str
    address: str


def asked_for(
    who: MemberDep,
    words: Annotated[str, Query(alias="mots", max_length=80)] = "",
    stage: Annotated[str, Query(alias="etape", max_length=30)] = "",
    whose: Annotated[str | None, Query(alias="suivi", max_length=18)] = None,
    employer: Annotated[str, Query(alias="employeur", max_length=10)] = "",
    programme: Annotated[str, Query(alias="programme", max_length=18)] = "",
) -> Asked:
    if whose is None:  # one's own first; a search goes through all
        whose = "moi" if who.role is Role.COUNSELLOR and not words.strip() else "tous"
    filters = Filters(
        whose=WHOSE.get(whose, Whose.ALL),
        counsellor_id=_number(whose),
        stage=PathStage(stage) if stage in {each.value for each in PathStage} else None,
        without_employer=employer == "sans",
        programme_id=_number(programme),
        words=words,
    )
    kept = [
        ("mots", words),
        ("etape", filters.stage or ""),
        ("suivi", whose),
        ("employeur", "sans" if filters.without_employer else ""),
        ("programme", filters.programme_id or ""),
    ]
    return Asked(filters, whose, urlencode([(name, value) for name, value in kept if value]))


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdecimal() else None


@router.page("", Right.READ_PEOPLE)
def listed(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    asked: Annotated[Asked, Depends(asked_for)],
    before: Annotated[str, Query(alias="apres", max_length=18)] = "",
) -> Response:
    lines, following = people_list.page(session, who, asked.filters, now=clock(), before=_number(before))
    whose = [("tous", "tout le monde"), ("personne", "sans conseiller ni conseillère")]
    if who.may(Right.CHANGE_PEOPLE):
        whose.insert(0, ("moi", "mes jeunes"))
    whose += [(str(each.id), each.name) for each in people_list.counsellors(session, who) if each.id != who.staff_id]
    return render(
        request,
        "people/list.html",
        lines=lines,
        filters=asked.filters,
        whose=asked.whose,
        whoses=whose,
        stages=[("", "toutes"), *((stage.value, words) for stage, words in STAGE_NAMES.items())],
        programmes=[
            ("", "tous"), *((str(each.id), each.name) for each in people_list.programmes(session, who))
        ],
        words=person_words,
        following=f"?{asked.address}&apres={following}" if following else "",
        first_page=f"?{asked.address}" if before else "",
    )  # fmt: skip


# -- one person


@router.page("/{person_id}", Right.READ_PEOPLE)
def sheet(request: Request, session: SessionDep, who: MemberDep, person_id: PersonId) -> Response:
    person = permissions.reach_person(session, who, person_id)
    person_sheet.opened(session, who, person_id, now=clock())
    return _sheet(request, session, who, person, Typed())


def _sheet(request: Request, session: Session, who: Member, person: Person, typed: Typed) -> Response:
    assistant = talk.assistant_of(request)
    # who reads no conversation reads neither what was written down of one nor what was shared with a counsellor
    reads = who.may(Right.READ_CONVERSATIONS)
    found = person_sheet.sheet(session, person, now=clock(), today=today_in(request))
    return render(
        request,
        "people/sheet.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        sheet=found,
        person=person,
        name=person_words.name_of(person.display_name, person.id),
        reads=reads,
        level=write_level(person.level) if person.level else "",
        practices=person_sheet.shared_practices(session, person.id) if reads else [],
        contacts=person_sheet.shared_contacts(session, person.id) if reads else [],
        notes=notes.of_person(session, person.id) if reads else [],
        longest=notes.LONGEST,
        personas={key: persona.who.title for key, persona in assistant.practice.personas.items()},
        campaign_titles={campaign.id: runs.definition_of(campaign).title for _, campaign in found.campaigns},
        families=assistant.cards.titles,
        words=person_words,
        typed=typed,
        stages=options(PathStage, STAGE_NAMES.__getitem__),
        schools=options(SchoolStatus, person_words.in_words),
        employers=options(EmployerStatus, person_words.in_words),
        entrusts=_entrusts(session, who),
        entrusted=_entrusted(person),
        most=person_sheet.MOST,
    )


@router.page("/{person_id}/export.json", Right.READ_CONVERSATIONS)
def export(session: SessionDep, who: MemberDep, person_id: PersonId) -> Response:
    """What is kept about the person, to be given to them; what only they read is left out, as the team may not."""
    permissions.reach_person(session, who, person_id)
    now = clock()
    found = own_data.export(session, person_id, now=now, private=False)
    audit.record(session, readings.EXPORTED, teller=Teller.STAFF, now=now, person_id=person_id, staff_id=who.staff_id)
    name = f'attachment; filename="declic-{person_id}.json"'
    return JSONResponse(jsonable_encoder(found), headers={"Content-Disposition": name})


# -- where they stand


@router.action("/{person_id}/etape", Right.CHANGE_PEOPLE)
def move(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    person_id: PersonId,
    stage: Annotated[str, Form(max_length=30)] = "",
    school: Annotated[str, Form(max_length=30)] = "",
    employer: Annotated[str, Form(max_length=30)] = "",
    training: Annotated[str, Form(max_length=10)] = "",
    seen: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """``seen`` is what the page showed, « stage school employer day »: what was not changed there stays as it is."""
    person = permissions.reach_person(session, who, person_id)
    typed = Typed({"stage": stage, "school": school, "employer": employer, "training": training})
    told_stage, told_school = typed.choice("stage", PathStage), typed.choice("school", SchoolStatus)
    told_employer, day = typed.choice("employer", EmployerStatus), typed.day("training")
    if typed.wrong:
        return _sheet(request, session, who, person, typed)
    seen_stage, seen_school, seen_employer, seen_day = (*seen.split(), "", "", "", "")[:4]
    changed = person_sheet.move(
        session,
        who,
        person_id,
        now=clock(),
        stage=_anew(told_stage, seen_stage),
        school=_anew(told_school, seen_school),
        employer=_anew(told_employer, seen_employer),
    )
    if training != seen_day:
        changed |= person_sheet.set_training(session, person_id, day)
    return go(f"{LIST}/{person_id}", "people_moved" if changed else "people_unmoved")


def _anew(told: Kind | None, seen: str) -> Kind | None:
    return None if told is None or told.value == seen else told


# -- who is in charge


@router.action("/{person_id}/suivi", Right.CHANGE_PEOPLE)
def entrust(
    session: SessionDep, who: MemberDep, person_id: PersonId, to: Annotated[str, Form(max_length=30)] = ""
) -> Response:
    """``to``: « staff-12 », « team-3 », « personne »; only within the organisation."""
    permissions.reach_person(session, who, person_id)
    if to not in {value for value, _ in _entrusts(session, who)}:
        raise StaffNotFound(to)
    kind, _, number = to.partition("-")
    person_sheet.entrust(
        session,
        who,
        person_id,
        team_id=int(number) if kind == "team" else None,
        counsellor_id=int(number) if kind == "staff" else None,
        now=clock(),
    )
    try:
        permissions.reach_person(session, who, person_id)
    except PersonNotFound:
        return go(LIST, "people_gone")
    return go(f"{LIST}/{person_id}", "people_entrusted")


def _entrusts(session: Session, who: Member) -> list[tuple[str, str]]:
    """Whom the person may be entrusted to; the member themselves first."""
    if not who.may(Right.CHANGE_PEOPLE):
        return []
    staff = people_list.counsellors_of_organisation(session, who)
    mine = [each for each in staff if each.id == who.staff_id]
    others = [each for each in staff if each.id != who.staff_id]
    return [
        *((f"staff-{each.id}", f"{each.name} (toi)") for each in mine),
        *((f"staff-{each.id}", each.name) for each in others),
        *((f"team-{each.id}", f"toute l'équipe {each.name}") for each in people_list.teams(session, who)),
        (NOBODY, "personne pour l'instant"),
    ]


def _entrusted(person: Person) -> str:
    if person.counsellor_id is not None:
        return f"staff-{person.counsellor_id}"
    return f"team-{person.team_id}" if person.team_id is not None else NOBODY


# -- notes


@router.action("/{person_id}/note", Right.ANSWER)
def note(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    person_id: PersonId,
    text: Annotated[str, Form(max_length=notes.LONGEST)] = "",
    despite: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Keep a note; one with words that had better not stand there is asked about first."""
    permissions.reach_person(session, who, person_id)
    text = Typed({"text": text}).get("text")
    found = sensitive_words.found(text)
    if found and not despite:
        return render(
            request,
            "talk/sensitive.html",
            back=f"{LIST}/{person_id}",
            send_to=f"{LIST}/{person_id}/note",
            field="text",
            text=text,
            found=found,
            longest=notes.LONGEST,
        )
    kept = notes.add(session, person_id, staff_id=who.staff_id, text=text, now=clock())
    return go(f"{LIST}/{person_id}#notes", "people_noted" if kept else "")


# -- contracts


@router.page("/{person_id}/contrat", Right.CHANGE_PEOPLE)
def contract(request: Request, session: SessionDep, who: MemberDep, person_id: PersonId) -> Response:
    """A form with what is known of the open contract."""
    person = permissions.reach_person(session, who, person_id)
    return _contract(request, session, person, Typed(_known(session, person_id, today_in(request))))


@router.action("/{person_id}/contrat", Right.CHANGE_PEOPLE)
def sign(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    person_id: PersonId,
    kind: Annotated[str, Form(max_length=30)] = "",
    employer: Annotated[str, Form(max_length=200)] = "",
    siren: Annotated[str, Form(max_length=40)] = "",
    school: Annotated[str, Form(max_length=200)] = "",
    diploma: Annotated[str, Form(max_length=200)] = "",
    family: Annotated[str, Form(max_length=40)] = "",
    signed_on: Annotated[str, Form(max_length=10)] = "",
    starts_on: Annotated[str, Form(max_length=10)] = "",
    ends_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    person = permissions.reach_person(session, who, person_id)
    typed = Typed(
        {
            "kind": kind, "employer": employer, "siren": siren, "school": school, "diploma": diploma, "family": family,
            "signed_on": signed_on, "starts_on": starts_on, "ends_on": ends_on,
        }
    )  # fmt: skip
    company_id = _company(session, typed)
    told_kind, told_family = typed.choice("kind", ContractKind), typed.choice("family", Family)
    texts = {name: typed.text(name) for name in ("employer", "school", "diploma")}
    days = {name: typed.day(name) for name in ("signed_on", "starts_on", "ends_on")}
    if not typed.wrong:
        try:
            person_sheet.sign(
                session, who, person_id, now=clock(), kind=told_kind, company_id=company_id,
                family=told_family.value if told_family else None, employer=texts["employer"], school=texts["school"],
                diploma=texts["diploma"], signed_on=days["signed_on"], starts_on=days["starts_on"],
                ends_on=days["ends_on"],
            )  # fmt: skip
        except ContractDatesWrong:
            typed.wrong["ends_on"] = "Le dernier jour vient après le premier."
    if typed.wrong:
        return _contract(request, session, person, typed)
    return go(f"{LIST}/{person_id}", "people_contract")


def _known(session: Session, person_id: int, today: date) -> dict[str, str]:
    found = outcomes.open_contract(session, person_id, on=today)
    if found is None:
        return {}
    names = ("kind", "employer", "school", "diploma", "family", "signed_on", "starts_on", "ends_on")
    values = {name: getattr(found, name) for name in names}
    return {name: str(value) for name, value in values.items() if value is not None}


def _company(session: Session, typed: Typed) -> int | None:
    siren = typed.get("siren")
    if not siren:
        return None
    if not companies.is_siren("".join(siren.split())):
        typed.wrong["siren"] = "Neuf chiffres, sans faute de frappe : ce numéro n'existe pas."
        return None
    company = companies.find(session, siren)
    if company is None:
        typed.wrong["siren"] = "Aucune entreprise de la liste n'a ce numéro : laisse vide, le nom suffit."
    return company.id if company is not None else None


def _contract(request: Request, session: Session, person: Person, typed: Typed) -> Response:
    titles = talk.assistant_of(request).cards.titles
    return render(
        request,
        "people/contract.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        person=person,
        name=person_words.name_of(person.display_name, person.id),
        typed=typed,
        open=outcomes.open_contract(session, person.id, on=today_in(request)),
        kinds=options(ContractKind, person_words.in_words, none="pas encore dit"),
        families=options(Family, lambda family: titles[family.value], none="pas encore dit"),
    )


@router.page("/{person_id}/rupture", Right.CHANGE_PEOPLE)
def broken(request: Request, session: SessionDep, who: MemberDep, person_id: PersonId) -> Response:
    person = permissions.reach_person(session, who, person_id)
    return _broken(request, session, person, Typed({"broken_on": today_in(request).isoformat()}))


@router.action("/{person_id}/rupture", Right.CHANGE_PEOPLE)
def break_contract(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    person_id: PersonId,
    reason: Annotated[str, Form(max_length=30)] = "",
    broken_on: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    person = permissions.reach_person(session, who, person_id)
    typed = Typed({"reason": reason, "broken_on": broken_on})
    why = typed.choice("reason", BreakReason, required="Choisis une raison, ou « raison non dite ».")
    day = typed.day("broken_on", required="Dis quel jour le contrat s'est arrêté.")
    if day is not None and day > today_in(request):
        typed.wrong["broken_on"] = "Ce jour n'est pas encore là : note la rupture quand elle a eu lieu."
    if typed.wrong or why is None or day is None:
        return _broken(request, session, person, typed)
    person_sheet.break_contract(session, who, person_id, reason=why, broken_on=day, now=clock())
    return go(f"{LIST}/{person_id}", "people_broken")


def _broken(request: Request, session: Session, person: Person, typed: Typed) -> Response:
    return render(
        request,
        "people/break.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        person=person,
        name=person_words.name_of(person.display_name, person.id),
        typed=typed,
        open=outcomes.open_contract(session, person.id, on=today_in(request)),
        reasons=options(BreakReason, person_words.in_words, none="choisis"),
    )

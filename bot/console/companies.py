"""The companies within reach: the list, each one's page, and what the team notes there."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Path, Query, Request, Response, status
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.console import talk
from bot.console.doors import Doors, MemberDep, SessionDep
from bot.console.forms import Typed, options
from bot.console.pages import go, render, tell, today_in
from programme import companies, company_list, conventions, needs
from programme.company_list import Filters
from programme.conventions import Standing
from programme.errors import ConventionNotFound, NeedNotFound
from programme.exchange import columns
from programme.exchange.columns import write_level
from programme.exchange.companies import SIZES, UNIVERS
from programme.models import Company, Convention, Need, NeedKind, Organisation, Site, StaffMember, TensionNote, Urgency
from programme.permissions import Member, Right
from programme.practice.persona import Family

router = Doors("/entreprises")

LIST = "/console/entreprises"
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Field = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=4000)]

KINDS = {NeedKind.ALTERNANCE: "alternance", NeedKind.JOB: "emploi", NeedKind.IMMERSION: "immersion"}
URGENCIES = {Urgency.NOW: "tout de suite", Urgency.SOON: "bientôt", Urgency.LATER: "plus tard"}
STANDINGS = {
    Standing.DRAFT: "pas encore signée",
    Standing.TO_COME: "signée, à venir",
    Standing.RUNNING: "en cours",
    Standing.ENDS_SOON: "se termine bientôt : à évaluer",
    Standing.TO_EVALUATE: "terminée : à évaluer",
    Standing.EVALUATED: "terminée et évaluée",
}
LEVELS = {str(each): write_level(each) for each in columns.LEVELS}

tell(
    company_need="Le besoin est noté.",
    company_need_closed="Le besoin est fermé.",
    company_visit="La visite est notée.",
    company_contact="Le contact est noté.",
    company_site="Le site est noté.",
    company_evaluated="Le bilan de la convention est noté.",
)


# -- the list


def asked_for(
    words: Annotated[str, Query(alias="mots", max_length=80)] = "",
    sector: Annotated[str, Query(alias="secteur", max_length=120)] = "",
    only: Annotated[list[str] | None, Query(alias="voir", max_length=4)] = None,
) -> Filters:
    return Filters(words, sector, mine="miennes" in (only or ()), with_needs="besoins" in (only or ()))


@router.page("", Right.READ_COMPANIES)
def listed(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    filters: Annotated[Filters, Depends(asked_for)],
    after: Annotated[str, Query(alias="apres", max_length=18)] = "",
) -> Response:
    after_id = int(after) if after.isascii() and after.isdecimal() else None
    lines, following = company_list.page(session, who, filters, on=today_in(request), after=after_id)
    kept = [
        ("mots", filters.words),
        ("secteur", filters.sector),
        ("voir", "miennes" if filters.mine else ""),
        ("voir", "besoins" if filters.with_needs else ""),
    ]
    address = urlencode([(name, value) for name, value in kept if value])
    return render(
        request,
        "companies/list.html",
        lines=lines,
        filters=filters,
        sectors=[("", "tous"), *((each, each) for each in company_list.sectors(session, who))],
        following=f"?{address}&apres={following}" if following else "",
        first_page=f"?{address}" if after_id else "",
    )


# -- one company


@dataclass(frozen=True)
class Wanted:
    """A need, and what was observed of its trade: why it is hard to fill."""

    need: Need
    tensions: list[TensionNote]


@router.page("/{company_id}", Right.READ_COMPANIES)
def sheet(request: Request, session: SessionDep, who: MemberDep, company_id: Id) -> Response:
    company = company_list.reach_company(session, who, company_id)
    today = today_in(request)
    wanted = [Wanted(need, _tensions(session, need)) for need in needs.of_company(session, company_id)]
    signed = conventions.of_company(session, company_id)
    visits = companies.visits_of(session, company_id)
    return render(
        request,
        "companies/sheet.html",
        company=company,
        animator=session.get(StaffMember, company.animator_id) if company.animator_id else None,
        size=SIZES[company.size][0] if company.size else "",
        univers=UNIVERS[company.univers][0] if company.univers else "",
        sites={each.id: each for each in _sites(session, company_id)},
        contacts=companies.contacts_of(session, company_id),
        open_needs=[each for each in wanted if each.need.closed_on is None],
        closed_needs=[each.need for each in wanted if each.need.closed_on is not None],
        conventions=[(each, STANDINGS[conventions.standing(each, on=today)]) for each in signed],
        to_evaluate=[STANDINGS[Standing.ENDS_SOON], STANDINGS[Standing.TO_EVALUATE]],
        organisations=_names(session, Organisation, {each.organisation_id for each in signed}),
        visits=visits,
        visitors=_names(session, StaffMember, {each.staff_id for each in visits if each.staff_id is not None}),
        kinds=KINDS,
        urgencies=URGENCIES,
        levels=columns.LEVELS,
        families=talk.assistant_of(request).cards.titles,
    )


def _tensions(session: Session, need: Need) -> list[TensionNote]:
    if need.closed_on is not None:
        return []
    return [each for each in needs.tensions(session, territory_id=need.territory_id) if each.family == need.family]


def _names(session: Session, table: type[Organisation] | type[StaffMember], ids: set[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in session.execute(select(table.id, table.name).where(table.id.in_(ids)))}


def _sites(session: Session, company_id: int) -> list[Site]:
    return list(session.scalars(select(Site).where(Site.company_id == company_id).order_by(Site.name, Site.id)))


# -- what the team notes


def _form(request: Request, company: Company, template: str, typed: Typed, **values: Any) -> Response:
    return render(
        request,
        f"companies/{template}.html",
        status_code=status.HTTP_422_UNPROCESSABLE_CONTENT if typed.wrong else status.HTTP_200_OK,
        company=company,
        typed=typed,
        **values,
    )


def _site(session: Session, company_id: int, typed: Typed) -> Site | None:
    """The site that was chosen, among those of this company."""
    found = next((each for each in _sites(session, company_id) if str(each.id) == typed.get("site")), None)
    if found is None:
        typed.wrong["site"] = "Choisis un site de la liste."
    return found


def _site_options(session: Session, company_id: int) -> list[tuple[str, str]]:
    return [(str(each.id), f"{each.name}, {each.commune.title()}") for each in _sites(session, company_id)]


@router.page("/{company_id}/besoin", Right.CHANGE_COMPANIES)
def need(request: Request, session: SessionDep, who: MemberDep, company_id: Id) -> Response:
    company = company_list.reach_company(session, who, company_id)
    return _need(request, session, company, Typed({"seats": "1"}))


@router.action("/{company_id}/besoin", Right.CHANGE_COMPANIES)
def declare(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    company_id: Id,
    site: Field = "",
    kind: Field = "",
    family: Field = "",
    trade: Field = "",
    words: Long = "",
    urgency: Field = "",
    needed_by: Field = "",
    seats: Field = "",
    min_level: Field = "",
    adults_only: Field = "",
) -> Response:
    company = company_list.reach_company(session, who, company_id)
    typed = Typed(
        {
            "site": site, "kind": kind, "family": family, "trade": trade, "words": words, "urgency": urgency,
            "needed_by": needed_by, "seats": seats, "min_level": min_level, "adults_only": adults_only,
        }
    )  # fmt: skip
    found = _site(session, company_id, typed)
    told_kind = typed.choice("kind", NeedKind, required="Choisis ce que l'entreprise cherche.")
    told_family = typed.choice("family", Family, required="Choisis une famille de métiers.")
    told_urgency = typed.choice("urgency", Urgency, required="Dis pour quand c'est.")
    told_trade = typed.text("trade", required="Écris le métier.")
    told_words = typed.text("words", required="Écris ce que l'entreprise a dit.", longest=1000)
    until = typed.day("needed_by")
    if until is not None and until < today_in(request):
        typed.wrong["needed_by"] = "Ce jour est passé."
    count = typed.read("seats", columns.whole(1, 999))
    level = typed.read("min_level", columns.whole(1, 8))
    if not (found and told_kind and told_family and told_urgency and told_trade and told_words) or typed.wrong:
        return _need(request, session, company, typed)
    needs.declare(
        session, site_id=found.id, kind=told_kind, family=told_family, trade=told_trade, words=told_words,
        urgency=told_urgency, declared_on=today_in(request), needed_by=until, seats=count or 1, min_level=level,
        adults_only=bool(adults_only),
    )  # fmt: skip
    return go(f"{LIST}/{company_id}", "company_need")


def _need(request: Request, session: Session, company: Company, typed: Typed) -> Response:
    titles = talk.assistant_of(request).cards.titles
    return _form(
        request,
        company,
        "need",
        typed,
        sites=_site_options(session, company.id),
        kinds=options(NeedKind, KINDS.__getitem__),
        urgencies=options(Urgency, URGENCIES.__getitem__),
        families=options(Family, lambda family: titles[family.value], none="choisis"),
        levels=[("", "aucun diplôme demandé"), *LEVELS.items()],
    )


@router.action("/{company_id}/besoins/{need_id}/fermer", Right.CHANGE_COMPANIES)
def close_need(request: Request, session: SessionDep, who: MemberDep, company_id: Id, need_id: Id) -> Response:
    company_list.reach_company(session, who, company_id)
    found = session.get(Need, need_id)
    if found is None or found.site.company_id != company_id:
        raise NeedNotFound(need_id)
    needs.close(session, need_id, on=today_in(request))
    return go(f"{LIST}/{company_id}#besoins", "company_need_closed")


@router.page("/{company_id}/visite", Right.CHANGE_COMPANIES)
def visit(request: Request, session: SessionDep, who: MemberDep, company_id: Id) -> Response:
    company = company_list.reach_company(session, who, company_id)
    typed = Typed({"visited_on": today_in(request).isoformat()})
    return _form(request, company, "visit", typed, sites=_site_options(session, company_id))


@router.action("/{company_id}/visite", Right.CHANGE_COMPANIES)
def note_visit(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    company_id: Id,
    site: Field = "",
    visited_on: Field = "",
    notes: Long = "",
) -> Response:
    company = company_list.reach_company(session, who, company_id)
    typed = Typed({"site": site, "visited_on": visited_on, "notes": notes})
    found = _site(session, company_id, typed)
    day = _past_day(typed, "visited_on", today_in(request))
    told = typed.text("notes", required="Écris ce qui s'est dit, en quelques mots.", longest=2000)
    if found is None or day is None or told is None or typed.wrong:
        return _form(request, company, "visit", typed, sites=_site_options(session, company_id))
    companies.note_visit(session, site_id=found.id, staff_id=who.staff_id, visited_on=day, notes=told)
    return go(f"{LIST}/{company_id}#visites", "company_visit")


def _past_day(typed: Typed, name: str, today: date) -> date | None:
    day = typed.day(name, required="Choisis le jour.")
    if day is not None and day > today:
        typed.wrong[name] = "Ce jour n'est pas encore là."
    return day


@router.page("/{company_id}/contact", Right.CHANGE_COMPANIES)
def contact(request: Request, session: SessionDep, who: MemberDep, company_id: Id) -> Response:
    return _form(request, company_list.reach_company(session, who, company_id), "contact", Typed())


@router.action("/{company_id}/contact", Right.CHANGE_COMPANIES)
def save_contact(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    company_id: Id,
    name: Field = "",
    role: Field = "",
    email: Field = "",
    phone: Field = "",
) -> Response:
    company = company_list.reach_company(session, who, company_id)
    typed = Typed({"name": name, "role": role, "email": email, "phone": phone})
    told_name = typed.text("name", required="Écris son nom.", longest=80)
    told_role = typed.text("role", required="Écris ce que cette personne fait dans l'entreprise.", longest=80)
    mail, number = typed.read("email", columns.mail), typed.read("phone", columns.phone)
    if told_name is None or told_role is None or typed.wrong:
        return _form(request, company, "contact", typed)
    companies.save_contact(session, company_id=company_id, name=told_name, role=told_role, email=mail, phone=number)
    return go(f"{LIST}/{company_id}", "company_contact")


@router.page("/{company_id}/site", Right.CHANGE_COMPANIES)
def site(request: Request, session: SessionDep, who: MemberDep, company_id: Id) -> Response:
    return _form(request, company_list.reach_company(session, who, company_id), "site", Typed())


@router.action("/{company_id}/site", Right.CHANGE_COMPANIES)
def save_site(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    company_id: Id,
    name: Field = "",
    commune: Field = "",
    address: Field = "",
    receives_visits: Field = "",
) -> Response:
    company = company_list.reach_company(session, who, company_id)
    typed = Typed({"name": name, "commune": commune, "address": address, "receives_visits": receives_visits})
    told_name = typed.text("name", required="Donne un nom au site : « siège », « atelier »…", longest=80)
    told_commune = typed.text("commune", required="Écris la commune.", longest=80)
    told_address = typed.text("address")
    if told_name is None or told_commune is None or typed.wrong:
        return _form(request, company, "site", typed)
    companies.save_site(
        session, company_id=company_id, name=told_name, commune=told_commune, address=told_address,
        receives_visits=bool(receives_visits),
    )  # fmt: skip
    return go(f"{LIST}/{company_id}", "company_site")


@router.page("/{company_id}/conventions/{convention_id}/bilan", Right.CHANGE_COMPANIES)
def evaluation(request: Request, session: SessionDep, who: MemberDep, company_id: Id, convention_id: Id) -> Response:
    convention = _convention(session, who, company_id, convention_id)
    typed = Typed({"evaluation": convention.evaluation or ""})
    return _evaluation(request, session, convention, typed)


@router.action("/{company_id}/conventions/{convention_id}/bilan", Right.CHANGE_COMPANIES)
def evaluate(
    request: Request,
    session: SessionDep,
    who: MemberDep,
    company_id: Id,
    convention_id: Id,
    evaluation: Long = "",
) -> Response:
    convention = _convention(session, who, company_id, convention_id)
    typed = Typed({"evaluation": evaluation})
    told = typed.text("evaluation", required="Écris ce que la convention a donné.", longest=3000)
    if told is None or typed.wrong:
        return _evaluation(request, session, convention, typed)
    conventions.evaluate(session, convention_id, evaluation=told, on=today_in(request))
    return go(f"{LIST}/{company_id}#conventions", "company_evaluated")


def _convention(session: Session, who: Member, company_id: int, convention_id: int) -> Convention:
    company_list.reach_company(session, who, company_id)
    found = session.get(Convention, convention_id)
    if found is None or found.company_id != company_id:
        raise ConventionNotFound(convention_id)
    return found


def _evaluation(request: Request, session: Session, convention: Convention, typed: Typed) -> Response:
    company = session.get_one(Company, convention.company_id)
    return _form(request, company, "evaluation", typed, convention=convention)

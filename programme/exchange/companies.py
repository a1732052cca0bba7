"""Companies in tables: one line is a company with one of its sites and one contact; more lines add the others.

A company is found by its SIREN, else by its name and commune.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, zip_longest
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from programme import structures
from programme.companies import is_siren
from programme.exchange import columns as c
from programme.exchange.columns import Column, Unreadable
from programme.exchange.preview import Change, Context, Entry, Kind, Line, Problem, changes_of, of_line, problem
from programme.exchange.tables import Cell, clean, same_title
from programme.models import Company, CompanyContact, CompanySize, Site, StaffMember, Univers

SIZES: dict[CompanySize, tuple[str, ...]] = {
    CompanySize.TPE: ("TPE", "moins de 10", "0-9"),
    CompanySize.PME: ("PME", "10 à 249", "10-249"),
    CompanySize.ETI: ("ETI", "250 à 4999", "250-4999"),
    CompanySize.GRANDE: ("grande entreprise", "grande", "GE", "grand groupe", "5000 et plus"),
}
UNIVERS: dict[Univers, tuple[str, ...]] = {
    Univers.PHARMA: ("chimie, pharma, cosmétique", "pharma", "chimie", "cosmétique", "chimie pharmacie cosmétique"),
    Univers.TECHNOLOGIES_MEDICALES: ("technologies médicales", "dispositifs médicaux"),
    Univers.SERVICES: ("services et innovation", "services", "services innovation"),
}


def _siren(cell: Cell) -> str:
    digits = re.sub(r"[\s.]", "", c.as_text(cell))
    if not isinstance(cell, str):
        digits = digits.zfill(9)  # Excel took the zeros in front for nothing
    if len(digits) == 14:
        digits = digits[:9]  # a SIRET begins with the SIREN
    if not is_siren(digits):
        raise Unreadable("un SIREN de neuf chiffres, sans faute de frappe")
    return digits


def _commune(cell: Cell) -> str:
    return structures.written(c.text(60)(cell))


COLUMNS = (
    Column("slug", "Code", c.text(80), ("code entreprise", "identifiant")),
    Column("name", "Nom", c.text(120), ("entreprise", "raison sociale", "nom de l’entreprise", "dénomination")),
    Column("siren", "SIREN", _siren, ("n° siren", "numéro siren", "siret")),
    Column("sector", "Secteur", c.text(120), ("secteur d’activité", "activité")),
    Column("univers", "Univers", c.one_of(Univers, UNIVERS), (), c.named(UNIVERS)),
    Column("size", "Taille", c.one_of(CompanySize, SIZES), ("effectif",), c.named(SIZES)),
    Column("animator_id", "Animateur", c.mail, ("animatrice", "animateur (mail)", "mail de l’animateur", "suivi par")),
    Column("site", "Site", c.text(120), ("nom du site", "établissement")),
    Column("commune", "Commune", _commune, ("ville",)),
    Column("address", "Adresse", c.text(200), ("adresse postale", "rue")),
    Column("contact", "Contact", c.text(120), ("nom du contact", "contact nom", "contact (nom)", "interlocuteur")),
    Column("role", "Fonction", c.text(120), ("fonction du contact", "contact fonction", "contact (fonction)", "poste")),
    Column("email", "Mail", c.mail, ("email", "e-mail", "courriel", "mail du contact", "contact mail")),
    Column("phone", "Téléphone", c.phone, ("tél", "tel", "téléphone du contact", "contact téléphone", "portable")),
)  # fmt: skip
_COMPANY = ("slug", "name", "siren", "sector", "univers", "size", "animator_id")
_NEEDED = ("name", "sector")


@dataclass
class _One:
    """A company as the lines so far leave it."""

    company_id: int | None
    values: dict[str, Any]
    said: dict[str, tuple[Any, int]] = field(default_factory=dict)
    # with their ids; None for those that this file adds
    sites: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Work:
    # equal for lines of the same company
    one: int
    company_id: int | None
    company: Mapping[str, Any]
    # shared between the lines that tell of the same one; « id » is None when the file adds it
    site: dict[str, Any] | None
    contact: dict[str, Any] | None


class _Known:
    """The companies that a file may be about, found by any of their keys; those that it adds as well."""

    def __init__(self, session: Session) -> None:
        self._numbers = count()
        self._by_slug: dict[str, tuple[int, _One]] = {}
        self._by_siren: dict[str, tuple[int, _One]] = {}
        self._by_name: dict[str, list[tuple[int, _One]]] = {}
        self._session = session
        self._communes: dict[str, str] = {}
        staff, contacts = _staff(session), _contacts(session)
        self.staff_ids = {email: staff_id for staff_id, email in staff.items()}
        # who left keeps the companies they have until somebody takes them on; no other is given to them
        self.active = {each.lower() for each in session.scalars(select(StaffMember.email).where(StaffMember.active))}
        for company in _companies(session):
            self.add(
                _One(
                    company.id,
                    _values(company, staff),
                    sites=_sites(company),
                    contacts=contacts.get(company.id, []),
                )
            )

    def add(self, one: _One) -> tuple[int, _One]:
        found = (next(self._numbers), one)
        self.learn(found)
        self._by_name.setdefault(same_title(one.values["name"]), []).append(found)
        return found

    def learn(self, found: tuple[int, _One]) -> None:
        for key, index in (("slug", self._by_slug), ("siren", self._by_siren)):
            if found[1].values.get(key) is not None:
                index[found[1].values[key]] = found

    def commune(self, name: str) -> str:
        """As its territory writes it."""
        if name not in self._communes:
            self._communes[name] = structures.known_commune(self._session, name)
        return self._communes[name]

    def is_of_another(self, siren: str, one: _One) -> bool:
        found = self._by_siren.get(siren)
        return found is not None and found[1] is not one

    def find(self, values: Mapping[str, Any]) -> tuple[tuple[int, _One] | None, Problem | None]:
        """The company that a line is about, None for a new one; or why nobody can tell."""
        if "slug" in values:
            found = self._by_slug.get(values["slug"])
            return found, None if found else problem(KIND, "slug", values["slug"], "un code connu, ou une case vide")
        if "siren" in values and values["siren"] in self._by_siren:
            return self._by_siren[values["siren"]], None
        named = self._by_name.get(same_title(values.get("name", "")), [])
        if "siren" in values:
            # one that has another SIREN is another company
            named = [each for each in named if each[1].values.get("siren") is None]
        if "commune" in values:
            named = [each for each in named if any(site["commune"] == values["commune"] for site in each[1].sites)]
        if len(named) > 1:
            return None, problem(KIND, "name", values["name"], "un SIREN ou un code : plusieurs entreprises ont ce nom")
        return (named[0] if named else None), None


def _companies(session: Session) -> Sequence[Company]:
    # all of them: names compare without accents and signs, which no index does, and there are thousands, not millions
    return session.scalars(select(Company).options(selectinload(Company.sites)).order_by(Company.id)).all()


def _contacts(session: Session) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for each in session.scalars(select(CompanyContact).order_by(CompanyContact.id)):
        found.setdefault(each.company_id, []).append(
            {
                "id": each.id,
                "contact": clean(each.name),
                "role": clean(each.role),
                "email": each.email,
                "phone": each.phone,
            }
        )
    return found


def _sites(company: Company) -> list[dict[str, Any]]:
    return [
        {"id": site.id, "site": clean(site.name), "commune": site.commune, "address": clean(site.address or "") or None}
        for site in sorted(company.sites, key=lambda site: site.id)
    ]


def _values(company: Company, staff: Mapping[int, str]) -> dict[str, Any]:
    values = {key: getattr(company, key) for key in _COMPANY}
    values = {key: clean(value) if type(value) is str else value for key, value in values.items()}
    animator = values["animator_id"]
    return values | {"animator_id": staff.get(animator) if animator is not None else None}


def _plan(session: Session, entries: Sequence[Entry], context: Context) -> list[Line]:
    """Five queries: companies, sites, contacts, staff; and one for each commune of the file."""
    known = _Known(session)
    return [_planned(entry, known) for entry in entries]


def _planned(entry: Entry, known: _Known) -> Line:
    values = dict(entry.values)
    if "commune" in values:
        values["commune"] = known.commune(values["commune"])
    found, unclear = known.find(values)
    if unclear is not None:
        return of_line(entry.number, new=False, changes=(), problems=[unclear], work=None)
    one = found[1] if found is not None else _One(None, {})
    problems: list[Problem] = []
    if found is None:
        problems += [
            problem(KIND, key, None, "une valeur : cette entreprise est nouvelle")
            for key in _NEEDED
            if key not in values
        ]
    told = {key: values[key] for key in _COMPANY if key in values}
    for key, value in told.items():
        if key in one.said and one.said[key][0] != value:
            same = f"la même chose qu’à la ligne {one.said[key][1]} : c’est la même entreprise"
            problems.append(problem(KIND, key, value, same))
    # what companies.save_company refuses, said of the line; the lines before this one count as well
    if "siren" in told and known.is_of_another(told["siren"], one):
        problems.append(problem(KIND, "siren", told["siren"], "un SIREN que n’a pas une autre entreprise"))
    animator = told.get("animator_id")
    if animator is not None and animator not in known.active and animator != one.values.get("animator_id"):
        problems.append(problem(KIND, "animator_id", animator, "le mail de quelqu’un de l’équipe"))
    site, site_told = _site(values, one, problems)
    contact, contact_told = _contact(values, one, problems)
    if problems:
        return of_line(entry.number, new=False, changes=(), problems=problems, work=None)
    changes: tuple[Change, ...] = (
        *changes_of(KIND, one.values, told),
        *changes_of(KIND, site or {}, site_told),
        *changes_of(KIND, contact or {}, contact_told),
    )
    if found is None:
        one.values = dict(told)
        found = known.add(one)
    one.values |= told
    known.learn(found)
    one.said |= {key: (value, entry.number) for key, value in told.items() if key not in one.said}
    if site is None and site_told:
        one.sites.append(site := {"id": None})
    if contact is None and contact_told:
        one.contacts.append(contact := {"id": None})
    # kept as what the file adds is found again by the next line, and written once
    (site if site is not None else {}).update(site_told)
    (contact if contact is not None else {}).update(contact_told)
    written = told | ({"animator_id": known.staff_ids[animator]} if animator is not None else {})
    work = _Work(found[0], one.company_id, written, site if site_told else None, contact if contact_told else None)
    return of_line(entry.number, new=one.company_id is None, changes=changes, problems=(), work=work)


def _site(
    values: Mapping[str, Any], one: _One, problems: list[Problem]
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The site that a line is about, None for a new one; what the line says of it."""
    told = {key: values[key] for key in ("site", "commune", "address") if key in values}
    if not told:
        return None, {}
    if "site" in told:
        same = [site for site in one.sites if same_title(site["site"]) == same_title(told["site"])]
    elif "commune" in told:
        same = [site for site in one.sites if site["commune"] == told["commune"]]
    else:
        same = one.sites
    if len(same) > 1:
        problems.append(problem(KIND, "site", None, "le nom du site : l’entreprise en a plusieurs"))
    if same:
        # a site is named once; another way to write its name is no change
        return same[0], told | ({"site": same[0]["site"]} if "site" in told else {})
    if "commune" not in told:
        problems.append(problem(KIND, "commune", None, "une commune : ce site est nouveau"))
        return None, {}
    return None, {"site": told["commune"].title(), "address": None} | told


def _contact(
    values: Mapping[str, Any], one: _One, problems: list[Problem]
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    told = {key: values[key] for key in ("contact", "role", "email", "phone") if key in values}
    if not told:
        return None, {}
    if "contact" not in told:
        problems.append(problem(KIND, "contact", None, "le nom du contact"))
        return None, {}
    same = [each for each in one.contacts if same_title(each["contact"]) == same_title(told["contact"])]
    if len(same) > 1:
        same = [each for each in same if told.items() <= each.items()]
        if not same:
            problems.append(problem(KIND, "contact", told["contact"], "un nom que l’entreprise n’a qu’une fois"))
            return None, {}
    if same:
        return same[0], told
    return None, {"role": "contact", "email": None, "phone": None} | told


def _write(session: Session, lines: Sequence[Line], context: Context) -> None:
    slugs = set(session.scalars(select(Company.slug)))
    ids = {line.work.company_id for line in lines if line.work.company_id is not None}
    companies: dict[int, Company] = {
        company.id: company for company in session.scalars(select(Company).where(Company.id.in_(ids)))
    }
    by_line: dict[int, Company] = {}
    for line in lines:
        work: _Work = line.work
        company = by_line.get(work.one)
        if company is None:
            company = (
                companies[work.company_id] if work.company_id is not None else Company(slug=_new_slug(work, slugs))
            )
            by_line[work.one] = company
            session.add(company)
        for key, value in work.company.items():
            setattr(company, key, value)
    session.flush()
    # each once, though several lines may tell of it
    sites = {id(line.work.site): (line.work, line.work.site) for line in lines if line.work.site is not None}
    written: list[Site] = []
    for work, told in sites.values():
        site = session.get_one(Site, told["id"]) if told["id"] is not None else Site(company_id=by_line[work.one].id)
        site.name, site.address, site.commune = told["site"], told["address"], told["commune"]
        session.add(site)
        written.append(site)
    contacts = {
        id(line.work.contact): (line.work, line.work.contact) for line in lines if line.work.contact is not None
    }
    for work, told in contacts.values():
        contact = (
            session.get_one(CompanyContact, told["id"])
            if told["id"] is not None
            else CompanyContact(company_id=by_line[work.one].id)
        )
        contact.name, contact.role, contact.email, contact.phone = (
            told[key] for key in ("contact", "role", "email", "phone")
        )
        session.add(contact)
    session.flush()
    structures.settle_sites(session, Site.id.in_([site.id for site in written]))


def _new_slug(work: _Work, taken: set[str]) -> str:
    """« boulangerie-petit », « boulangerie-petit-2 »…"""
    base = (
        same_title(work.company["name"]).encode("ascii", "ignore").decode().replace(" ", "-")[:60].strip("-")
        or "entreprise"
    )
    slug = next(name for number in count(1) if (name := base if number == 1 else f"{base}-{number}") not in taken)
    taken.add(slug)
    return slug


def _rows(session: Session, companies: Select[Any] | None, context: Context) -> list[Mapping[str, Any]]:
    found = select(Company).options(selectinload(Company.sites)).order_by(Company.name, Company.id)
    if companies is not None:
        found = found.where(Company.id.in_(companies))
    staff = _staff(session)
    contacts = _contacts(session)
    rows: list[Mapping[str, Any]] = []
    for company in session.scalars(found):
        pairs = list(zip_longest(_sites(company), contacts.get(company.id, [])))
        rows += [_values(company, staff) | (site or {}) | (contact or {}) for site, contact in pairs or [(None, None)]]
    return rows


def _staff(session: Session) -> dict[int, str]:
    return {row.id: row.email.lower() for row in session.execute(select(StaffMember.id, StaffMember.email))}


KIND = Kind("companies", COLUMNS, (("slug", "name", "siren"),), _plan, _write, _rows)

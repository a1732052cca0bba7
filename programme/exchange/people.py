"""Young people in tables: only what the programme needs, and a refusal for what it must not hold."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from programme import french, path
from programme.exchange import columns as c
from programme.exchange.columns import Column, Unreadable
from programme.exchange.preview import (
    Context,
    Entry,
    Kind,
    Line,
    Outcome,
    Problem,
    changes_of,
    mark_repeated,
    of_line,
    problem,
)
from programme.exchange.tables import Cell, clean, same_title
from programme.models import AgeBand, CameBy, Organisation, PathStage, Person, StaffMember, Team, Teller

# so many keys in one query
CHUNK = 5_000

STAGES: dict[PathStage, tuple[str, ...]] = {
    PathStage.PROJET: ("projet", "projet en construction", "en construction"),
    PathStage.PROJET_VALIDE: ("projet validé",),
    PathStage.ECOLE_TROUVEE: ("école trouvée", "CFA trouvé", "formation trouvée"),
    PathStage.EMPLOYEUR_EN_VUE: ("employeur en vue",),
    PathStage.ENTRETIEN: ("entretien", "entretien prévu", "entretien passé"),
    PathStage.PROMESSE: ("promesse", "promesse d’embauche"),
    PathStage.CONTRAT_SIGNE: ("contrat signé", "signé"),
    PathStage.EN_CONTRAT: ("en contrat",),
    PathStage.RUPTURE: ("rupture", "contrat rompu"),
    PathStage.POST_ALTERNANCE: ("post-alternance", "après l’alternance"),
    PathStage.AUTRE_SOLUTION: ("autre solution",),
    PathStage.DEUX_ANS: ("parcours de deux ans", "parcours deux ans", "deux ans"),
}
AGE_BANDS: dict[AgeBand, tuple[str, ...]] = {
    AgeBand.FROM_15: ("15-17 ans", "15-17", "15 à 17 ans", "15 à 17", "mineur", "mineure"),
    AgeBand.FROM_18: ("18-20 ans", "18-20", "18 à 20 ans", "18 à 20"),
    AgeBand.FROM_21: ("21-25 ans", "21-25", "21 à 25 ans", "21 à 25"),
    AgeBand.FROM_26: ("26-29 ans", "26-29", "26 à 29 ans", "26 à 29"),
    AgeBand.FROM_30: ("30 ans et plus", "30 et plus", "30+", "plus de 29 ans"),
}
CAME_BY: dict[CameBy, tuple[str, ...]] = {
    CameBy.FRIEND: ("ami", "amie", "ami·e", "un ami", "une amie", "bouche à oreille"),
    CameBy.MISSION_LOCALE: ("Mission locale", "ML", "conseiller", "conseillère"),
    CameBy.SCHOOL: ("école", "lycée", "collège", "CFA"),
    CameBy.NETWORK: ("réseau", "partenaire"),
    CameBy.POSTER: ("affiche", "flyer"),
    CameBy.OTHER: ("autre",),
}
# those of the programme's young people most often, as a counsellor writes them
_LANGUAGES = {
    "fr": "français", "en": "anglais", "ar": "arabe", "es": "espagnol", "pt": "portugais", "de": "allemand",
    "it": "italien", "tr": "turc", "zh": "chinois", "vi": "vietnamien", "ta": "tamoul", "bn": "bengali",
    "ur": "ourdou", "hi": "hindi", "pa": "pendjabi", "fa": "persan", "ps": "pachto", "ku": "kurde", "ru": "russe",
    "uk": "ukrainien", "ro": "roumain", "pl": "polonais", "sr": "serbe", "sq": "albanais", "hy": "arménien",
    "ka": "géorgien", "bg": "bulgare", "nl": "néerlandais", "wo": "wolof", "bm": "bambara", "ff": "peul",
    "ln": "lingala", "sw": "swahili", "am": "amharique", "ti": "tigrigna", "so": "somali", "ha": "haoussa",
    "yo": "yoruba", "mg": "malgache", "ht": "créole haïtien", "th": "thaï", "km": "khmer", "lo": "lao",
    "ja": "japonais", "ko": "coréen", "he": "hébreu", "el": "grec", "cs": "tchèque", "hu": "hongrois",
}  # fmt: skip
_LANGUAGE_CODES = {same_title(name): code for code, name in _LANGUAGES.items()} | {"dari": "fa", "farsi": "fa"}

# by what a title says; « conseiller (mail) » and the like are known columns and never come here
_REFUSED: tuple[tuple[str, str], ...] = (
    (
        r"securite sociale|n ?ss|nir|n insee|numero insee|ssn|secu",
        "Le numéro de sécurité sociale ne sert à rien ici, et la loi en limite l’usage.",
    ),
    (
        r"nationalites?|titres? de sejour|sejour|pays de naissance|lieu de naissance|passeport|cni|etranger|origine",
        "Déclic ne garde ni nationalité, ni origine, ni papiers.",
    ),
    (
        r"sante|handicap|handicape|rqth|mdph|aah|maladie|medical|medicale|allergies?|psy",
        "Déclic ne garde rien sur la santé.",
    ),
    (
        r"adresses?|rue|voie|domicile|residence",
        "Déclic ne garde pas l’adresse : la commune suffit.",
    ),
    (
        r"tel|telephones?|portable|mobile|gsm|mails?|e ?mails?|courriel",
        "Déclic ne garde ni téléphone ni mail des jeunes : ils écrivent par Telegram ou par le site.",
    ),
    (
        r"religion|syndicat|casier|judiciaire|iban|rib|sexe|genre|situation familiale",
        "Déclic n’a pas besoin de cette information.",
    ),
)  # fmt: skip

# 13 digits, and its key of two: sex, year, month, département with Corsica's letter, commune, order
_NIR = re.compile(r"[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}(?:\d{2})?", re.IGNORECASE)


def refusal(title: str) -> str | None:
    """Why a column with this title is not taken; None when nothing speaks against it."""
    plain = same_title(title)
    return next((why for words, why in _REFUSED if re.search(rf"\b(?:{words})\b", plain)), None)


def _no_social_security_number(text: str) -> str:
    if _NIR.fullmatch(re.sub(r"[\s.\-]", "", text)):
        raise Unreadable("tout sauf un numéro de sécurité sociale")
    return text


def _reference(cell: Cell) -> str:
    return _no_social_security_number(c.text(60)(cell))


def _commune(cell: Cell) -> str:
    """As tables keep it; an address or a postal code is not one."""
    found = french.plain(c.text(60)(cell))
    if re.search(r"\d{5}|^\d+[ ,]|\b(?:rue|avenue|boulevard|allee|impasse|chemin)\b", found):
        raise Unreadable("le nom de la commune seul, comme « Cachan »")
    return found


def _languages(cell: Cell) -> str:
    codes = []
    for word in re.split(r"[,;/+\n]| et ", c.as_text(cell)):
        plain = same_title(word)
        code = plain if plain in _LANGUAGES else _LANGUAGE_CODES.get(plain)
        if code is None:
            raise Unreadable("des langues comme « français, arabe » ou « fr,ar »")
        if code not in codes:
            codes.append(code)
    return ",".join(codes)


_COUNSELLOR = tuple(
    " ".join(words).strip()
    for who in ("conseiller", "conseillère", "conseiller(e)", "conseiller·e", "référent", "référente")
    for words in ((who,), (who, "(mail)"), (who, "(email)"), (who, "(e-mail)"), ("mail", who), ("email", who))
)
COLUMNS = (
    Column("id", "Numéro Déclic", c.whole(1, 999_999_999), ("n° déclic",), int),
    Column(
        "external_ref",
        "Référence",
        _reference,
        ("référence externe", "identifiant", "numéro", "n°", "numéro de dossier", "n° dossier", "ref", "id externe"),
    ),
    Column(
        "display_name", "Prénom", c.text(60), ("prénom ou nom d’usage", "nom d’usage", "nom affiché", "prénom d’usage")
    ),
    Column(
        "birth_month",
        "Mois de naissance",
        c.month,
        ("date de naissance", "naissance", "né en", "né(e) en", "né le", "né(e) le"),
        lambda value: f"{value:%m/%Y}",
    ),
    Column("age_band", "Tranche d’âge", c.one_of(AgeBand, AGE_BANDS), ("âge", "tranche"), c.named(AGE_BANDS)),
    Column("commune", "Commune", _commune, ("ville", "commune de résidence", "ville de résidence")),
    Column("qpv", "QPV", c.yes_no, ("quartier prioritaire", "habite en QPV", "en QPV", "résident QPV"), c.write_yes_no),
    Column(
        "level",
        "Niveau",
        c.level,
        ("niveau de formation", "niveau d’études", "diplôme", "dernier diplôme"),
        c.write_level,
    ),
    Column("languages", "Langues", _languages, ("langue", "langues parlées")),
    Column(
        "stage",
        "Étape",
        c.one_of(PathStage, STAGES),
        ("étape du parcours", "parcours", "statut", "situation"),
        c.named(STAGES),
    ),
    Column("counsellor_id", "Conseiller", c.mail, _COUNSELLOR),
    Column("team_id", "Équipe", c.text(200), ("antenne",)),
    Column(
        "came_by",
        "Venu par",
        c.one_of(CameBy, CAME_BY),
        ("venue par", "venu(e) par", "origine du contact", "orienté par", "prescripteur"),
        c.named(CAME_BY),
    ),
)

# set as they are; the stage has its own history
_PLAIN = ("external_ref", "display_name", "birth_month", "age_band", "commune", "qpv", "level", "languages", "came_by")
_POINTING = ("team_id", "counsellor_id")


def _plan(session: Session, entries: Sequence[Entry], context: Context) -> list[Line]:
    """Two queries for the people, one for the teams, one for the staff; the rest is compared here."""
    by_id = _people(session, Person.id, [e.values["id"] for e in entries if "id" in e.values])
    by_ref = _people(
        session, Person.external_ref, [e.values["external_ref"] for e in entries if "external_ref" in e.values]
    )
    staff = _Staff(session)
    teams = _Teams(session)
    this_month = context.now.astimezone(context.zone).date().replace(day=1)
    lines, keys = [], []
    for entry in entries:
        values = dict(entry.values)
        problems: list[Problem] = []
        number, ref = values.pop("id", None), values.get("external_ref")
        by_number, by_reference = by_id.get(number), by_ref.get(ref)
        person = by_number or by_reference
        if number is not None and by_number is None:
            problems.append(problem(KIND, "id", number, "le numéro de quelqu’un que Déclic connaît, ou une case vide"))
        elif by_number is not None and by_reference is not None and by_number is not by_reference:
            problems.append(problem(KIND, "external_ref", ref, "la référence de la même personne que le numéro Déclic"))
        elif number is None and ref is None:
            problems.append(problem(KIND, "external_ref", None, "une référence ou un numéro Déclic"))
        born = values.get("birth_month")
        if born is not None and not _oldest(this_month) < born <= this_month:
            problems.append(problem(KIND, "birth_month", born, "un mois passé, il y a moins de cent ans"))
        after: dict[str, Any] = {key: values[key] for key in (*_PLAIN, "stage") if key in values}
        if "counsellor_id" in values:
            after["counsellor_id"] = values["counsellor_id"]
            if not staff.takes_on(values["counsellor_id"], person):
                problems.append(
                    problem(KIND, "counsellor_id", values["counsellor_id"], "le mail de quelqu’un de l’équipe")
                )
        if "team_id" in values:
            team = teams.find(values["team_id"])
            if team is None:
                problems.append(
                    problem(KIND, "team_id", values["team_id"], "une équipe connue, comme « structure / équipe »")
                )
            else:
                after["team_id"] = teams.names[team]
        before = _values(person, staff, teams) if person is not None else {}
        work = (person.id if person is not None else None, {
            key: staff.ids.get(value) if key == "counsellor_id" else teams.find(value) if key == "team_id" else value
            for key, value in after.items()
        })  # fmt: skip
        changes = changes_of(KIND, before, after)
        lines.append(of_line(entry.number, new=person is None, changes=changes, problems=problems, work=work))
        keys.append((person.id if person is not None else ref or f"ligne {entry.number}", str(ref or number or "")))
    return mark_repeated(lines, keys, KIND.column("external_ref"))


def _oldest(this_month: date) -> date:
    return this_month.replace(year=this_month.year - 100)


def _people(session: Session, column: Any, keys: list[Any]) -> dict[Any, Person]:
    found: dict[Any, Person] = {}
    for start in range(0, len(keys), CHUNK):
        for person in session.scalars(select(Person).where(column.in_(keys[start : start + CHUNK]))):
            found[getattr(person, column.key)] = person
    return found


def _values(person: Person, staff: "_Staff", teams: "_Teams") -> dict[str, Any]:
    values = {key: getattr(person, key) for key in ("id", *_PLAIN, "stage")}
    values = {key: clean(value) if type(value) is str else value for key, value in values.items()}
    values["counsellor_id"] = staff.emails.get(person.counsellor_id)
    values["team_id"] = teams.names.get(person.team_id)
    return values


class _Staff:
    """Those of the staff, by mail and by id: a few hundred at most."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(select(StaffMember.id, StaffMember.email, StaffMember.active)).all()
        # who left keeps the people they have until somebody takes them on; nobody new is given to them
        self.emails: dict[int | None, str] = {row.id: row.email.lower() for row in rows}
        self.ids: dict[str, int] = {row.email.lower(): row.id for row in rows}
        self._active = {row.id for row in rows if row.active}

    def takes_on(self, email: str, person: Person | None) -> bool:
        staff_id = self.ids.get(email)
        return staff_id in self._active or (person is not None and staff_id == person.counsellor_id is not None)


class _Teams:
    """A team by its name when only one has it, and by « structure / team » always."""

    def __init__(self, session: Session) -> None:
        rows = session.execute(
            select(Team.id, Team.name, Organisation.slug, Organisation.name.label("organisation")).join(
                Organisation, Organisation.id == Team.organisation_id
            )
        ).all()
        self.names: dict[int | None, str] = {row.id: f"{row.slug} / {row.name}" for row in rows}
        self._ids: dict[str, set[int]] = {}
        for row in rows:
            for name in (row.name, f"{row.slug} / {row.name}", f"{row.organisation} / {row.name}"):
                self._ids.setdefault(french.plain(name), set()).add(row.id)

    def find(self, name: str) -> int | None:
        found = self._ids.get(french.plain(name), set())
        return next(iter(found)) if len(found) == 1 else None


def _write(session: Session, lines: Sequence[Line], context: Context) -> None:
    known = _people(session, Person.id, [line.work[0] for line in lines if line.work[0] is not None])
    stages: list[tuple[Person, PathStage]] = []
    for line in lines:
        person_id, values = line.work
        person = known.get(person_id)
        if person is None:
            assert line.outcome is Outcome.NEW
            person = Person(created_at=context.now, stage=PathStage.PROJET)
            session.add(person)
        for key in (*_PLAIN, *_POINTING):
            if key in values:
                setattr(person, key, values[key])
        if values.get("stage", person.stage) is not person.stage:
            stages.append((person, values["stage"]))
    session.flush()
    for person, stage in stages:
        path.set_stage(session, person.id, stage, teller=Teller.IMPORT, now=context.now, staff_id=context.staff_id)


def _rows(session: Session, people: Select[Any] | None, context: Context) -> list[Mapping[str, Any]]:
    found = select(Person).order_by(Person.id)
    if people is not None:
        found = found.where(Person.id.in_(people))
    staff, teams = _Staff(session), _Teams(session)
    return [_values(person, staff, teams) for person in session.scalars(found)]


KIND = Kind("people", COLUMNS, (("external_ref", "id"),), _plan, _write, _rows, refusal)

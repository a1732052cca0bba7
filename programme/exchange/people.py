"""Young people in tables: only what the programme needs, and a refusal for what it must not hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from programme import french, path, profiles, structures
from programme.exchange import columns as c
from programme.exchange.columns import Column, Unreadable
from programme.exchange.preview import (
    Context,
    Entry,
    Kind,
    Line,
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

_STAGE_WORDS: dict[PathStage, tuple[str, ...]] = {
    PathStage.PROJET: ("projet en construction", "en construction"),
    PathStage.ECOLE_TROUVEE: ("CFA trouvé", "formation trouvée"),
    PathStage.ENTRETIEN: ("entretien prévu", "entretien passé"),
    PathStage.PROMESSE: ("promesse",),
    PathStage.CONTRAT_SIGNE: ("signé",),
    PathStage.RUPTURE: ("rupture",),
    PathStage.POST_ALTERNANCE: ("post-alternance",),
    PathStage.DEUX_ANS: ("deux ans",),
}
STAGES = {stage: (name, *_STAGE_WORDS.get(stage, ())) for stage, name in path.STAGE_NAMES.items()}
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


def _name(cell: Cell) -> str:
    try:
        return _NAME.validate_python(c.as_text(cell))
    except ValidationError:
        raise Unreadable(f"un prénom de {profiles.LONGEST_NAME} caractères au plus") from None


_NAME: TypeAdapter[str] = TypeAdapter(profiles.Name)


def _commune(cell: Cell) -> str:
    """An address or a postal code is not one."""
    found = structures.written(c.text(60)(cell))
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
    Column("display_name", "Prénom", _name, ("prénom ou nom d’usage", "nom d’usage", "nom affiché", "prénom d’usage")),
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

# what profiles.change takes
_PROFILE = ("display_name", "birth_month", "age_band", "commune", "qpv", "level", "languages", "came_by")


@dataclass(frozen=True)
class _Work:
    """What to change of somebody, by the service that has the rule; ``person_id`` is None for a new one."""

    person_id: int | None
    external_ref: str | None
    profile: Mapping[str, Any]
    stage: PathStage | None
    # the team and the counsellor to entrust them to; None: as they are
    entrusted: tuple[int | None, int | None] | None


def _plan(session: Session, entries: Sequence[Entry], context: Context) -> list[Line]:
    """Two queries for the people (in chunks), three for the teams and staff, one for each commune of the file."""
    by_id = _people(session, Person.id, [e.values["id"] for e in entries if "id" in e.values])
    references = [e.values["external_ref"] for e in entries if "external_ref" in e.values]
    by_ref = _people(session, Person.external_ref, references)
    desk = _Desk(session, context)
    lines: list[Line] = []
    keys: list[tuple[object, str]] = []
    for entry in entries:
        number, ref = entry.values.get("id"), entry.values.get("external_ref")
        person = by_id.get(number) or by_ref.get(ref)
        problems: list[Problem] = []
        if number is not None and number not in by_id:
            problems.append(problem(KIND, "id", number, "le numéro de quelqu’un que Déclic connaît, ou une case vide"))
        elif number is not None and ref in by_ref and by_ref[ref] is not person:
            problems.append(problem(KIND, "external_ref", ref, "la référence de la même personne que le numéro Déclic"))
        elif number is None and ref is None:
            problems.append(problem(KIND, "external_ref", None, "une référence ou un numéro Déclic"))
        lines.append(_planned(entry, person, problems, desk))
        keys.append((person.id if person is not None else ref or f"ligne {entry.number}", str(ref or number or "")))
    return mark_repeated(lines, keys, KIND.column("external_ref"))


def _planned(entry: Entry, person: Person | None, problems: list[Problem], desk: "_Desk") -> Line:
    values = entry.values
    before = desk.values(person) if person is not None else {}
    after = {key: values[key] for key in ("external_ref", *_PROFILE, "stage") if key in values}
    if "commune" in after:
        known = desk.commune(after["commune"])
        # another spelling of the same is no change
        after["commune"] = before["commune"] if desk.commune(before.get("commune")) == known else known
    if (born := after.get("birth_month")) is not None:
        if not _oldest(desk.today) < born <= desk.today:
            problems.append(problem(KIND, "birth_month", born, "un mois passé, il y a moins de cent ans"))
        else:
            # the month says the band, whatever the file says of it: an old file has an old band
            after["age_band"] = profiles.age_band_on(Person(birth_month=born), desk.today)
    elif "age_band" in after and after["age_band"] != before.get("age_band"):
        after["birth_month"] = None  # profiles.change: a band alone takes the place of what a month said
    entrusted = _entrusted(values, before, after, problems, desk)
    changes = changes_of(KIND, before, after)
    told = {key for key, value in after.items() if before.get(key) != value}
    work = _Work(
        person_id=person.id if person is not None else None,
        external_ref=after.get("external_ref"),
        profile={key: after[key] for key in _PROFILE if key in told and not (key == "age_band" and born is not None)},
        stage=after["stage"] if "stage" in told else None,
        entrusted=entrusted,
    )
    return of_line(entry.number, new=person is None, changes=changes, problems=problems, work=work)


def _entrusted(
    values: Mapping[str, Any],
    before: Mapping[str, Any],
    after: dict[str, Any],
    problems: list[Problem],
    desk: "_Desk",
) -> tuple[int | None, int | None] | None:
    """What structures.assign is asked for: a counsellor brings their team, a team alone takes the counsellor away."""
    email, team_name = values.get("counsellor_id"), values.get("team_id")
    team = desk.team(team_name) if team_name is not None else None
    if team_name is not None and team is None:
        problems.append(problem(KIND, "team_id", team_name, "une équipe connue, comme « structure / équipe »"))
    if email is not None and email != before.get("counsellor_id"):
        counsellor = desk.active.get(email)
        if counsellor is None:
            problems.append(problem(KIND, "counsellor_id", email, "le mail de quelqu’un de l’équipe"))
            return None
        if team is not None and team != counsellor.team_id:
            problems.append(problem(KIND, "team_id", team_name, "l’équipe de la conseillère ou du conseiller"))
        after |= {"counsellor_id": email, "team_id": desk.team_names[counsellor.team_id]}
        return counsellor.team_id, counsellor.id
    if team is not None and desk.team_names[team] != before.get("team_id"):
        if email is not None:
            problems.append(problem(KIND, "team_id", team_name, "l’équipe de la conseillère ou du conseiller"))
        after |= {"counsellor_id": None, "team_id": desk.team_names[team]}
        return team, None
    return None


class _Desk:
    """What all lines look into: staff, teams (hundreds at most) and communes."""

    def __init__(self, session: Session, context: Context) -> None:
        self._session = session
        self.today = context.now.astimezone(context.zone).date()
        staff = session.scalars(select(StaffMember)).all()
        self.emails: dict[int | None, str] = {each.id: each.email.lower() for each in staff}
        # who left keeps the people they have until somebody takes them on; nobody new is given to them
        self.active = {each.email.lower(): each for each in staff if each.active}
        teams = session.execute(
            select(Team.id, Team.name, Organisation.slug, Organisation.name.label("organisation")).join(
                Organisation, Organisation.id == Team.organisation_id
            )
        ).all()
        self.team_names: dict[int | None, str] = {row.id: f"{row.slug} / {row.name}" for row in teams}
        self._teams: dict[str, set[int]] = {}
        for row in teams:
            for name in (row.name, f"{row.slug} / {row.name}", f"{row.organisation} / {row.name}"):
                self._teams.setdefault(french.plain(name), set()).add(row.id)
        self._communes: dict[str, str] = {}

    def team(self, name: str) -> int | None:
        """By its name when only one has it, and by « structure / team » always."""
        found = self._teams.get(french.plain(name), set())
        return next(iter(found)) if len(found) == 1 else None

    def commune(self, name: str | None) -> str | None:
        """As its territory writes it."""
        if name is None:
            return None
        if name not in self._communes:
            self._communes[name] = structures.known_commune(self._session, name)
        return self._communes[name]

    def values(self, person: Person) -> dict[str, Any]:
        """What is known of somebody, as the columns have it."""
        values = {key: getattr(person, key) for key in ("id", "external_ref", *_PROFILE, "stage")}
        if values["display_name"] is not None:
            values["display_name"] = _shown_name(values["display_name"])
        if values["external_ref"] is not None:
            values["external_ref"] = clean(values["external_ref"])
        values["age_band"] = profiles.age_band_on(person, self.today)
        values["counsellor_id"] = self.emails.get(person.counsellor_id)
        values["team_id"] = self.team_names.get(person.team_id)
        return values


def _shown_name(name: str) -> str | None:
    try:
        return _NAME.validate_python(clean(name))
    except ValidationError:
        return None  # of blanks alone, from before there was a rule


def _oldest(today: date) -> date:
    return today.replace(year=today.year - 100, day=1)


def _people(session: Session, column: Any, keys: list[Any]) -> dict[Any, Person]:
    found: dict[Any, Person] = {}
    for start in range(0, len(keys), CHUNK):
        for person in session.scalars(select(Person).where(column.in_(keys[start : start + CHUNK]))):
            found[getattr(person, column.key)] = person
    return found


def _write(session: Session, lines: Sequence[Line], context: Context) -> None:
    today = context.now.astimezone(context.zone).date()
    ids = [line.work.person_id for line in lines if line.work.person_id is not None]
    people = _people(session, Person.id, ids)
    by_line: list[tuple[Person, _Work]] = []
    for line in lines:
        work: _Work = line.work
        if work.person_id is None:
            person = Person(created_at=context.now, stage=PathStage.PROJET)
            session.add(person)
        else:
            person = people[work.person_id]
        if work.external_ref is not None:
            person.external_ref = work.external_ref
        by_line.append((person, work))
    session.flush()
    for person, work in by_line:
        if work.profile:
            told = dict(work.profile)
            if told.get("languages") is not None:
                told["languages"] = tuple(told["languages"].split(","))
            profiles.change(session, person.id, profiles.ProfileChanges(**told), on=today)
        if work.entrusted is not None:
            team_id, counsellor_id = work.entrusted
            structures.assign(session, person.id, team_id=team_id, counsellor_id=counsellor_id)
        if work.stage is not None:
            path.set_stage(
                session, person.id, work.stage, teller=Teller.IMPORT, now=context.now, staff_id=context.staff_id
            )


def _rows(session: Session, people: Select[Any] | None, context: Context) -> list[Mapping[str, Any]]:
    found = select(Person).order_by(Person.id)
    if people is not None:
        found = found.where(Person.id.in_(people))
    desk = _Desk(session, context)
    return [desk.values(person) for person in session.scalars(found)]


KIND = Kind("people", COLUMNS, (("external_ref", "id"),), _plan, _write, _rows, refusal)

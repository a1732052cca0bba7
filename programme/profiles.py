"""What a person said of themselves that is kept for longer than a conversation: the least that the programme needs."""

import re
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import ColumnElement, case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from programme import path, structures
from programme.errors import NotAMinor, PersonNotFound
from programme.models import AgeBand, CameBy, Guardian, Person
from programme.pay import age_on as age_of_birth
from programme.profile import ADULT_FROM, month_end

LONGEST_NAME = 60
# youngest and oldest of a band
BANDS = {
    AgeBand.FROM_15: (15, 17),
    AgeBand.FROM_18: (18, 20),
    AgeBand.FROM_21: (21, 25),
    AgeBand.FROM_26: (26, 29),
    AgeBand.FROM_30: (30, 99),
}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", "".join(char for char in text if char.isprintable() or char.isspace())).strip()


Name = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=LONGEST_NAME)]


class ProfileChanges(BaseModel):
    """What is told now. A field that is left out stays; one that is None is forgotten."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    display_name: Name | None = None
    commune: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)] | None = None
    # any day of the month; the day is not kept
    birth_month: date | None = None
    age_band: AgeBand | None = None
    level: Annotated[int, Field(ge=1, le=8)] | None = None
    # ISO 639-1
    languages: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")], ...] | None = None
    qpv: bool | None = None
    came_by: CameBy | None = None
    came_by_person_id: int | None = None

    @model_validator(mode="after")
    def _only_a_friend_is_named(self) -> Self:
        if self.came_by_person_id is not None and self.came_by is not CameBy.FRIEND:
            raise ValueError("came_by_person_id: only with came_by « friend »")
        return self


def change(session: Session, person_id: int, changes: ProfileChanges, *, on: date) -> Person:
    """Keep what was told, on the day ``on``. The commune is kept as its territory writes it.

    A birth month says the age band as well, and a band alone takes the place of what a month said.
    Raises PersonNotFound, of the friend too; oneself is no friend.
    """
    person = path.locked(session, person_id)
    told = {name: getattr(changes, name) for name in changes.model_fields_set}
    if told.get("commune") is not None:
        told["commune"] = structures.known_commune(session, told["commune"])
    if told.get("languages") is not None:
        told["languages"] = ",".join(dict.fromkeys(told["languages"])) or None
    if told.get("birth_month") is not None:
        told["birth_month"] = told["birth_month"].replace(day=1)
        told["age_band"] = band_of(age_of_birth(month_end(told["birth_month"]), on))
    elif told.get("age_band") is not None:
        told["birth_month"] = None
    friend_id = told.get("came_by_person_id")
    if friend_id is not None and (friend_id == person_id or session.get(Person, friend_id) is None):
        raise PersonNotFound(friend_id)
    if "came_by" in told and friend_id is None:
        told["came_by_person_id"] = None
    for name, value in told.items():
        setattr(person, name, value)
    session.flush()
    return person


# -- age


def band_of(age: int) -> AgeBand:
    """The band of an age; that of the youngest below 15."""
    return next((band for band, (_, oldest) in BANDS.items() if age <= oldest), AgeBand.FROM_30)


def age_on(person: Person, day: date) -> int | None:
    """The age by the month of birth, as if born on its last day: nobody is taken for older than they are."""
    return None if person.birth_month is None else age_of_birth(month_end(person.birth_month), day)


def age_band_on(person: Person, day: date) -> AgeBand | None:
    """The band by the month of birth; without it the one that was told, whenever that was."""
    age = age_on(person, day)
    return person.age_band if age is None else band_of(age)


def is_minor(person: Person, day: date) -> bool | None:
    """None: not known, to be asked rather than guessed."""
    age = age_on(person, day)
    if age is not None:
        return age < ADULT_FROM
    return None if person.age_band is None else person.age_band is AgeBand.FROM_15


# -- the guardian of a minor


def save_guardian(
    session: Session,
    person_id: int,
    *,
    name: str,
    relation: str,
    phone: str | None = None,
    email: str | None = None,
    on: date,
    now: datetime,
) -> None:
    """Whom to reach for this minor; the latest told takes the place of the one before.

    Of somebody whose age is not known it is kept: they may be a minor. Raises PersonNotFound, NotAMinor.
    """
    if is_minor(path.locked(session, person_id), on) is False:
        raise NotAMinor(person_id)
    values = {"name": _one_line(name), "relation": _one_line(relation), "phone": phone, "email": email}
    session.execute(
        insert(Guardian)
        .values(person_id=person_id, created_at=now, **values)
        .on_conflict_do_update(index_elements=[Guardian.person_id], set_={**values, "created_at": now})
    )


def guardian_of(session: Session, person_id: int) -> Guardian | None:
    return session.scalar(
        select(Guardian).where(Guardian.person_id == person_id).execution_options(populate_existing=True)
    )


def forget_guardian(session: Session, person_id: int) -> None:
    session.execute(delete(Guardian).where(Guardian.person_id == person_id))


def forget_guardians_of_adults(session: Session, *, on: date) -> int:
    """Who came of age has no guardian any more; how many were forgotten."""
    adults = select(Person.id).where(minor_sql(on).is_(False))
    forgotten = session.scalars(
        delete(Guardian).where(Guardian.person_id.in_(adults)).returning(Guardian.person_id)
    ).all()
    return len(forgotten)


def minor_sql(on: date) -> ColumnElement[bool]:
    """`is_minor` of each row, for a query: true, false, or null."""
    return case(
        (Person.birth_month.is_not(None), Person.birth_month > last_adult_month(on)),
        else_=Person.age_band == AgeBand.FROM_15,
    )


def last_adult_month(day: date) -> date:
    """The latest month of birth, as its first day, of which `age_on` says that they are of age on this day."""
    month = date(day.year - ADULT_FROM, day.month, 1)
    if age_of_birth(month_end(month), day) >= ADULT_FROM:
        return month
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)

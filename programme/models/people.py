"""Structures, their staff, the young people, what they agreed to, and who looked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from programme.models.base import Base, enumeration


class OrganisationKind(StrEnum):
    MISSION_LOCALE = "mission_locale"
    # a network of the regional orientation service (SPRO), a hub of companies, a branch such as the LEEM
    NETWORK = "network"
    HUB = "hub"
    BRANCH = "branch"
    SCHOOL = "school"
    CFA = "cfa"
    OPCO = "opco"
    ASSOCIATION = "association"
    FUNDER = "funder"


class Role(StrEnum):
    COUNSELLOR = "counsellor"
    # leads workshops, or the network of companies (« l'animateur » of Profession-emploi)
    ANIMATOR = "animator"
    TEAM_LEAD = "team_lead"
    PROGRAMME_MANAGER = "programme_manager"
    CONTENT_AUTHOR = "content_author"
    ADMIN = "admin"


class AgeBand(StrEnum):
    """Enough for most rules; the month of birth is only asked when a rule needs it."""

    FROM_15 = "15_17"
    FROM_18 = "18_20"
    FROM_21 = "21_25"
    FROM_26 = "26_29"
    FROM_30 = "30_plus"


class PathStage(StrEnum):
    """Where a young person stands on the way to a contract and through it, in the programme's own words."""

    PROJET = "projet"
    PROJET_VALIDE = "projet_valide"
    ECOLE_TROUVEE = "ecole_trouvee"
    EMPLOYEUR_EN_VUE = "employeur_en_vue"
    ENTRETIEN = "entretien"
    PROMESSE = "promesse"
    CONTRAT_SIGNE = "contrat_signe"
    EN_CONTRAT = "en_contrat"
    RUPTURE = "rupture"
    POST_ALTERNANCE = "post_alternance"
    AUTRE_SOLUTION = "autre_solution"
    DEUX_ANS = "parcours_deux_ans"


class SchoolStatus(StrEnum):
    SEARCHING = "searching"
    FOUND = "found"
    ENROLLED = "enrolled"


class EmployerStatus(StrEnum):
    SEARCHING = "searching"
    IN_VIEW = "in_view"
    INTERVIEW = "interview"
    PROMISED = "promised"
    SIGNED = "signed"


class Aspect(StrEnum):
    """What of a person's path changed: school and employer are tracked apart."""

    STAGE = "stage"
    SCHOOL = "school"
    EMPLOYER = "employer"


class CameBy(StrEnum):
    FRIEND = "friend"
    MISSION_LOCALE = "mission_locale"
    SCHOOL = "school"
    NETWORK = "network"
    POSTER = "poster"
    OTHER = "other"


class Teller(StrEnum):
    """Who said or did something."""

    PERSON = "person"
    STAFF = "staff"
    # the programme itself: an offer that lapsed, a contract that began
    SYSTEM = "system"
    IMPORT = "import"


class ConsentPurpose(StrEnum):
    CONVERSATION = "conversation"
    PROFILE = "profile"
    REMINDERS = "reminders"
    SHARE_PROFILE = "share_profile"
    GUARDIAN = "guardian"


class Organisation(Base):
    """A structure that takes part: Mission locale, network, branch, school…"""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[OrganisationKind] = mapped_column(enumeration(OrganisationKind, "organisation_kind"))
    name: Mapped[str]
    # set for what the demonstration put in, so that it can be taken out again
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class Territory(Base):
    """Communes that one team serves: what « near » means in the programme."""

    __tablename__ = "territories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    region: Mapped[str]
    # an IANA name: overseas territories have hours of their own
    zone: Mapped[str] = mapped_column(server_default=sql("'Europe/Paris'"))
    # of the school holidays: A, B, C or an overseas one
    school_zone: Mapped[str] = mapped_column(server_default=sql("'C'"))
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class TerritoryCommune(Base):
    """A commune belongs to one territory at most."""

    __tablename__ = "territory_communes"

    # as french.plain() writes it: « le kremlin-bicetre »
    commune: Mapped[str] = mapped_column(primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territories.id", ondelete="CASCADE"), index=True)


class Team(Base):
    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("organisation_id", "name", name="team_name_once"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]


class StaffMember(Base):
    """Somebody who works with the young people. Accounts and passwords are not here."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role] = mapped_column(enumeration(Role, "staff_role"))
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(server_default=sql("true"))


class Person(Base):
    """A young person. Nothing is kept that the programme does not need; all that is said of them may be unknown."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 8", name="level_1_to_8"),
        CheckConstraint("EXTRACT(DAY FROM birth_month) = 1", name="birth_month_is_a_month"),
        # a counsellor's portfolio, by stage
        Index("ix_people_portfolio", "counsellor_id", "stage", "id"),
        Index("ix_people_team_stage", "team_id", "stage", "id"),
        # who waits for a first day to come
        Index("ix_people_signed", "id", postgresql_where=sql("stage = 'contrat_signe'")),
        # who lives in a territory: cohorts, needs nearby
        Index("ix_people_commune", "commune", "stage"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    created_at: Mapped[datetime]
    # the number in the system that they were imported from
    external_ref: Mapped[str | None] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    age_band: Mapped[AgeBand | None] = mapped_column(enumeration(AgeBand, "age_band"))
    # the first day of the month; the day of birth is never kept
    birth_month: Mapped[date | None]
    # as french.plain() writes it
    commune: Mapped[str | None]
    # lives in a « quartier prioritaire de la politique de la ville »; only when the programme counts it
    qpv: Mapped[bool | None]
    # highest diploma held, 1 to 8 of the national framework: 3 CAP, 4 bac, 5 BTS, 6 licence, 7 master
    level: Mapped[int | None]
    # comma-separated ISO 639-1 codes: « fr,ar »
    languages: Mapped[str | None]
    stage: Mapped[PathStage] = mapped_column(enumeration(PathStage, "path_stage"), server_default=sql("'projet'"))
    stage_at: Mapped[datetime | None]
    school_status: Mapped[SchoolStatus] = mapped_column(
        enumeration(SchoolStatus, "school_status"), server_default=sql("'searching'")
    )
    employer_status: Mapped[EmployerStatus] = mapped_column(
        enumeration(EmployerStatus, "employer_status"), server_default=sql("'searching'")
    )
    # the first day of the training at the school or CFA: the months without an employer are counted from it
    training_starts_on: Mapped[date | None]
    came_by: Mapped[CameBy | None] = mapped_column(enumeration(CameBy, "came_by"))
    # the friend, when they are known
    came_by_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    counsellor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class Guardian(Base):
    """Whom to reach for a minor."""

    __tablename__ = "guardians"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
    relation: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    created_at: Mapped[datetime]


class StageChange(Base):
    """One step of a person's path, dated, with who said it."""

    __tablename__ = "stage_changes"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    aspect: Mapped[Aspect] = mapped_column(enumeration(Aspect, "path_aspect"))
    before: Mapped[str]
    after: Mapped[str]
    at: Mapped[datetime]
    teller: Mapped[Teller] = mapped_column(enumeration(Teller, "teller"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)


class Consent(Base):
    """A yes or a no, with the text that was shown. The latest of a purpose counts."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_latest", "person_id", "purpose", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    purpose: Mapped[ConsentPurpose] = mapped_column(enumeration(ConsentPurpose, "consent_purpose"))
    given: Mapped[bool]
    text_version: Mapped[str]
    text_shown: Mapped[str]
    at: Mapped[datetime]


class ProfileShare(Base):
    """What another organisation may see of a person, and until when. Once withdrawn the row stays without its right."""

    __tablename__ = "profile_shares"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index(
            "share_open_once", "person_id", "organisation_id", unique=True, postgresql_where=sql("withdrawn_at IS NULL")
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id", ondelete="CASCADE"))
    # comma-separated names of what is shared, see programme/sharing.py
    fields: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    withdrawn_at: Mapped[datetime | None]


class AuditLine(Base):
    """Who did what to whose data. Never changed, never holds the data itself."""

    __tablename__ = "audit_lines"
    __table_args__ = (Index("ix_audit_lines_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    at: Mapped[datetime]
    teller: Mapped[Teller] = mapped_column(enumeration(Teller, "teller"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    # a verb and its object: « profile.share », « people.export »
    action: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    # names, counts and ids; no words of a person
    details: Mapped[dict[str, Any]] = mapped_column(server_default=sql("'{}'"))

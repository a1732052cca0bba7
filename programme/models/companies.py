"""Companies, what they signed, what they need, and where the work is hard to fill."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from programme.models.base import Base, enumeration
from programme.models.coaching import Urgency


class CompanySize(StrEnum):
    """As French statistics name them: under 10, under 250, under 5,000 people, and above."""

    TPE = "tpe"
    PME = "pme"
    ETI = "eti"
    GRANDE = "grande"


class Univers(StrEnum):
    """The worlds of the health industries, as the Hub groups them; the other sectors have none."""

    PHARMA = "chimie_pharma_cosmetique"
    TECHNOLOGIES_MEDICALES = "technologies_medicales"
    SERVICES = "services_innovation"


class NeedKind(StrEnum):
    ALTERNANCE = "alternance"
    JOB = "job"
    IMMERSION = "immersion"


class Company(Base):
    __tablename__ = "companies"
    __table_args__ = (CheckConstraint("siren ~ '^[0-9]{9}$'", name="siren_of_nine_digits"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    siren: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    sector: Mapped[str]
    univers: Mapped[Univers | None] = mapped_column(enumeration(Univers, "univers", length=30))
    size: Mapped[CompanySize | None] = mapped_column(enumeration(CompanySize, "company_size"))
    # of the staff, in charge of this company
    animator_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))

    sites: Mapped[list["Site"]] = relationship(back_populates="company")


class Site(Base):
    """Where a company works."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("company_id", "name", name="site_once"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    name: Mapped[str]
    # as french.plain() writes it
    commune: Mapped[str]
    address: Mapped[str | None]
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="SET NULL"), index=True)
    # opens its doors to groups
    receives_visits: Mapped[bool] = mapped_column(server_default=sql("false"))

    company: Mapped[Company] = relationship(back_populates="sites")


class CompanyContact(Base):
    """Somebody to talk to, at work."""

    __tablename__ = "company_contacts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    role: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]


class Convention(Base):
    """What a company and an organisation promise each other."""

    __tablename__ = "conventions"
    __table_args__ = (
        UniqueConstraint("company_id", "organisation_id", "starts_on", name="convention_once"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    objectives: Mapped[str]
    commitments: Mapped[str]
    # how they follow it, and by what they will judge it
    follow_up: Mapped[str]
    criteria: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    signed_on: Mapped[date | None]
    evaluated_on: Mapped[date | None]
    evaluation: Mapped[str | None]

    signatories: Mapped[list["Signatory"]] = relationship(cascade="all, delete-orphan")


class Signatory(Base):
    __tablename__ = "signatories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    convention_id: Mapped[int] = mapped_column(ForeignKey("conventions.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    role: Mapped[str]


class Need(Base):
    """What a company said it needs, when, and how fast."""

    __tablename__ = "needs"
    __table_args__ = (
        CheckConstraint("seats > 0", name="seats_positive"),
        CheckConstraint("min_level BETWEEN 1 AND 8", name="level_1_to_8"),
        Index("ix_needs_open", "territory_id", "family", postgresql_where=sql("closed_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    # its site's own, for the index
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="SET NULL"))
    kind: Mapped[NeedKind] = mapped_column(enumeration(NeedKind, "need_kind"))
    # one of programme.practice.persona.Family
    family: Mapped[str]
    trade: Mapped[str]
    words: Mapped[str]
    seats: Mapped[int] = mapped_column(server_default=sql("1"))
    min_level: Mapped[int | None]
    adults_only: Mapped[bool] = mapped_column(server_default=sql("false"))
    urgency: Mapped[Urgency] = mapped_column(enumeration(Urgency, "urgency"))
    declared_on: Mapped[date]
    needed_by: Mapped[date | None]
    closed_on: Mapped[date | None]

    site: Mapped[Site] = relationship()


class CompanyVisit(Base):
    """Somebody of the staff went to see a company."""

    __tablename__ = "company_visits"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    visited_on: Mapped[date]
    notes: Mapped[str]


class TensionNote(Base):
    """Why a trade is hard to fill in a territory: « many offers, and the way of hiring blocks »."""

    __tablename__ = "tension_notes"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="CASCADE"), index=True)
    family: Mapped[str]
    trade: Mapped[str]
    offers: Mapped[str]
    blocks: Mapped[str]
    source: Mapped[str]
    observed_on: Mapped[date]
    created_at: Mapped[datetime]
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))

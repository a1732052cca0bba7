"""What became of each young person: contracts, breaks, check-ins, cohorts."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from programme.models.base import Base, enumeration
from programme.models.people import Teller


class ContractKind(StrEnum):
    APPRENTISSAGE = "apprentissage"
    PROFESSIONNALISATION = "professionnalisation"


class BreakReason(StrEnum):
    """Why a contract ended early, as the person or a counsellor says it; what is not said is « not_said »."""

    TRIAL_PERIOD = "trial_period"
    AGREEMENT = "agreement"
    RESIGNATION = "resignation"
    DISMISSAL = "dismissal"
    EMPLOYER_CLOSED = "employer_closed"
    TRANSPORT_OR_HOUSING = "transport_or_housing"
    RELATIONS_AT_WORK = "relations_at_work"
    TRADE_NOT_LIKED = "trade_not_liked"
    HEALTH = "health"
    OTHER = "other"
    NOT_SAID = "not_said"


class WorkContract(Base):
    """An apprenticeship or professionalisation contract of a young person."""

    __tablename__ = "work_contracts"
    __table_args__ = (
        CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        CheckConstraint("(broken_on IS NULL) = (break_reason IS NULL)", name="break_has_a_reason"),
        Index("ix_work_contracts_person", "person_id", "id"),
        # those whose last day has come, looked for every hour
        Index("ix_work_contracts_ends_on", "ends_on", postgresql_where=sql("broken_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[ContractKind | None] = mapped_column(enumeration(ContractKind, "work_contract_kind", length=24))
    diploma: Mapped[str | None]
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id", ondelete="SET NULL"), index=True)
    # as the person says it, when it is not in our list
    employer: Mapped[str | None]
    school: Mapped[str | None]
    # one of programme.practice.persona.Family
    family: Mapped[str | None]
    announced_at: Mapped[datetime]
    teller: Mapped[Teller] = mapped_column(enumeration(Teller, "teller"))
    signed_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    broken_on: Mapped[date | None]
    break_reason: Mapped[BreakReason | None] = mapped_column(enumeration(BreakReason, "break_reason", length=24))
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class CheckIn(Base):
    """A question to somebody in a contract: how is it going? Due some days after it began."""

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("contract_id", "day", name="check_in_once"),
        Index("ix_check_ins_due", "due_on", postgresql_where=sql("asked_at IS NULL AND closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("work_contracts.id", ondelete="CASCADE"))
    day: Mapped[int]
    due_on: Mapped[date]
    asked_at: Mapped[datetime | None]
    # answered, or no longer of use
    closed_at: Mapped[datetime | None]


class Cohort(Base):
    """Young people by a rule; once it is used its list is frozen, so that figures can be explained later."""

    __tablename__ = "cohorts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    # see programme/cohorts.py
    rule: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class CohortMember(Base):
    __tablename__ = "cohort_members"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)

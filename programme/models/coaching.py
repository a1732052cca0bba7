"""Practice with simulated employers, and the notebook of real contacts."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from programme.models.base import Base, enumeration


class PracticeMode(StrEnum):
    """Who plays whom: the assistant an employer, the assistant a candidate, or two people face to face."""

    EMPLOYER = "employer"
    CANDIDATE = "candidate"
    PAIR = "pair"


class PracticeRun(Base):
    """One conversation with a simulated employer, or candidate. Only the person sees it, unless they share it."""

    __tablename__ = "practice_runs"
    __table_args__ = (
        # « reprendre » has one meaning
        Index("practice_open_once", "person_id", unique=True, postgresql_where=sql("ended_at IS NULL")),
        CheckConstraint("confidence_before BETWEEN 1 AND 5", name="confidence_before_1_to_5"),
        CheckConstraint("confidence_after BETWEEN 1 AND 5", name="confidence_after_1_to_5"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    mode: Mapped[PracticeMode] = mapped_column(enumeration(PracticeMode, "practice_mode"))
    # the id of a file under content/practice/ or content/candidates/
    persona: Mapped[str]
    level: Mapped[int]
    # all that was said, see programme/practice/engine.py
    state: Mapped[dict[str, Any]]
    # of the debrief, once ended
    points: Mapped[int | None]
    need_heard: Mapped[bool] = mapped_column(server_default=sql("false"))
    confidence_before: Mapped[int | None]
    confidence_after: Mapped[int | None]
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # an explicit yes of the person; None: for nobody else
    shared_at: Mapped[datetime | None]


class Urgency(StrEnum):
    NOW = "now"
    SOON = "soon"
    LATER = "later"


class Contact(Base):
    """An exchange with a company, as the person told it. Private, unless this entry is shared."""

    __tablename__ = "contacts"
    __table_args__ = (
        # what was promised for a day, looked for every half minute
        Index("ix_contacts_promised", "next_on", postgresql_where=sql("remind AND confirmed_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    # in the person's own words, whole
    told: Mapped[str]
    company: Mapped[str | None]
    spoke_to: Mapped[str | None]
    need: Mapped[str | None]
    urgency: Mapped[Urgency | None] = mapped_column(enumeration(Urgency, "urgency"))
    next_step: Mapped[str | None]
    # the day of the next step, on the calendar of the person
    next_on: Mapped[date | None]
    # did anybody answer?
    answered: Mapped[bool] = mapped_column(server_default=sql("true"))
    created_at: Mapped[datetime]
    # the person said that all of it is right; only then is there a reminder, and only if they want one
    confirmed_at: Mapped[datetime | None]
    remind: Mapped[bool] = mapped_column(server_default=sql("true"))
    reminded_at: Mapped[datetime | None]
    shared_at: Mapped[datetime | None]

"""Programmes, their series of dates, and places in them."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from programme.models.base import Base, enumeration
from programme.models.people import Teller


class EventKind(StrEnum):
    ATELIER = "atelier"
    FORUM = "forum"
    # the half-day of training that comes before a forum
    FORMATION = "formation"
    JOB_DATING = "job_dating"
    VISITE = "visite"
    # beside an apprentice, at work
    IMMERSION = "immersion"
    TABLE_RONDE = "table_ronde"
    INFORMATION = "information"
    EN_LIGNE = "en_ligne"


class BookingStatus(StrEnum):
    """waiting → offered (a seat is held for a time) → confirmed; or booked at once, confirmed later;
    then present, absent or excused; or cancelled, which gives the seat back."""

    BOOKED = "booked"
    WAITING = "waiting"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"


# these have a seat
SEATED = frozenset(
    {BookingStatus.BOOKED, BookingStatus.OFFERED, BookingStatus.CONFIRMED, BookingStatus.PRESENT, BookingStatus.ABSENT}
)


class Programme(Base):
    """What is financed and counted: « Club de l'alternance 2027 », 55 places from March to October."""

    __tablename__ = "programmes"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    purpose: Mapped[str]
    # who pays for it, in words
    funders: Mapped[str | None]
    # who leads it, when that is another organisation
    led_by: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    # young people it was planned for; more may take part
    places: Mapped[int | None]
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))


class Enrolment(Base):
    """A young person takes part in a programme: since their first request for one of its dates, or put in by staff."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("programme_id", "person_id", name="enrolment_once"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    enrolled_on: Mapped[date]
    left_on: Mapped[date | None]


class Series(Base):
    """An event that is offered once or again and again: a workshop, forum, visit, job dating…"""

    __tablename__ = "event_series"
    __table_args__ = (
        CheckConstraint("min_age <= max_age", name="ages_in_order"),
        CheckConstraint("min_level BETWEEN 1 AND 8", name="level_1_to_8"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id", ondelete="SET NULL"), index=True)
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="SET NULL"), index=True)
    kind: Mapped[EventKind] = mapped_column(enumeration(EventKind, "event_kind"))
    title: Mapped[str]
    summary: Mapped[str]
    place: Mapped[str]
    # how to get there and in: bus, step-free, which door
    access: Mapped[str | None]
    bring: Mapped[str | None]
    animator: Mapped[str | None]
    # for whom, in words
    audience: Mapped[str | None]
    # of a room online; told only to those who have a seat
    online_url: Mapped[str | None]
    min_age: Mapped[int | None]
    max_age: Mapped[int | None]
    # of the diploma held or being prepared, as Person.level
    min_level: Mapped[int | None]
    # only for those whose project is validated
    needs_validated_project: Mapped[bool] = mapped_column(server_default=sql("false"))
    # the series that this one prepares for: a forum's training
    prepares_id: Mapped[int | None] = mapped_column(ForeignKey("event_series.id", ondelete="SET NULL"), index=True)
    # the rule that makes its dates (RFC 5545, without DTSTART), with the local time and what a date is like
    rrule: Mapped[str | None]
    starts_on: Mapped[date | None]
    at: Mapped[time | None]
    minutes: Mapped[int | None]
    seats: Mapped[int | None]
    # how many may wait; None: as many as like
    waiting_limit: Mapped[int | None]
    skips_school_holidays: Mapped[bool] = mapped_column(server_default=sql("false"))
    closes_minutes_before: Mapped[int] = mapped_column(server_default=sql("60"))
    demonstration: Mapped[bool] = mapped_column(server_default=sql("false"))

    dates: Mapped[list["EventDate"]] = relationship(back_populates="series")


class SeriesCompany(Base):
    """A company that takes part."""

    __tablename__ = "series_companies"

    series_id: Mapped[int] = mapped_column(ForeignKey("event_series.id", ondelete="CASCADE"), primary_key=True)
    company_id: Mapped[int] = mapped_column(
        ForeignKey("companies.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class EventDate(Base):
    """One date of a series, with its places."""

    __tablename__ = "event_dates"
    __table_args__ = (
        UniqueConstraint("series_id", "starts_at", name="event_date_once"),
        CheckConstraint("seats > 0", name="seats_positive"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("closes_at <= starts_at", name="closes_before_start"),
        Index("ix_event_dates_near", "territory_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("event_series.id", ondelete="CASCADE"))
    # its series' own, here as well so that « near me, soonest first » is one walk through an index
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territories.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    seats: Mapped[int]
    waiting_limit: Mapped[int | None]
    # those of groups that schools hold, see GroupBooking: kept here so that a seat is decided from one row
    group_seats: Mapped[int] = mapped_column(server_default=sql("0"))
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    # what is typed or scanned at the door
    door_code: Mapped[str | None] = mapped_column(unique=True)
    # counts what calendars must learn anew (RFC 5545 SEQUENCE)
    sequence: Mapped[int] = mapped_column(server_default=sql("0"))

    series: Mapped[Series] = relationship(back_populates="dates")


class Booking(Base):
    """A person's seat in a date, an offer of one, or a rank in its waiting list.

    The rank is not stored: it is the count of waiting bookings up to this one, so it has no gap."""

    __tablename__ = "bookings"
    __table_args__ = (
        Index(
            "booking_active_once",
            "event_date_id",
            "person_id",
            unique=True,
            postgresql_where=sql("status <> 'cancelled'"),
        ),
        # counted under the date's lock, and read for the rank
        Index("ix_bookings_waiting", "event_date_id", "id", postgresql_where=sql("status = 'waiting'")),
        Index("ix_bookings_seats", "event_date_id", "status"),
        # what somebody has booked; with the state, so that attendance is counted in the index alone
        Index("ix_bookings_person", "person_id", "status"),
        Index("ix_bookings_offers", "offered_until", postgresql_where=sql("status = 'offered'")),
        CheckConstraint("(status = 'offered') = (offered_until IS NOT NULL)", name="offer_has_an_end"),
        CheckConstraint("(status = 'cancelled') = (cancelled_by IS NOT NULL)", name="cancelled_by_somebody"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event_date_id: Mapped[int] = mapped_column(ForeignKey("event_dates.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    status: Mapped[BookingStatus] = mapped_column(enumeration(BookingStatus, "booking_status"))
    requested_at: Mapped[datetime]
    status_at: Mapped[datetime]
    # until when the seat is held for an answer
    offered_until: Mapped[datetime | None]
    # the system: an offer that lapsed, or the date itself was cancelled
    cancelled_by: Mapped[Teller | None] = mapped_column(enumeration(Teller, "teller"))
    # who of the staff asked for it, for the person to confirm
    booked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    # the booking that this one took the place of, when it was moved
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("bookings.id", ondelete="SET NULL"), index=True)
    # counts what calendars must learn anew
    sequence: Mapped[int] = mapped_column(server_default=sql("0"))

    event_date: Mapped[EventDate] = relationship()


class GroupBooking(Base):
    """Seats that a school holds for a class: a number, no names."""

    __tablename__ = "group_bookings"
    __table_args__ = (CheckConstraint("seats > 0", name="seats_positive"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    event_date_id: Mapped[int] = mapped_column(ForeignKey("event_dates.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"), index=True)
    seats: Mapped[int]
    contact: Mapped[str]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]


class CalendarFeed(Base):
    """A private address that a calendar reads again and again; of a person or of a member of the staff."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="of_one_owner"),)

    # SHA-256 of the secret in the address, so that reading the table opens no calendar
    digest: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

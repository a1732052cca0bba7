"""Workshops become series of event dates; bookings get the states from an offer to an attendance.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# before and after, of tables and of all that carries their name
TABLES = {"workshops": "event_series", "workshop_dates": "event_dates"}
CONSTRAINTS = {
    "event_series": {
        "pk_workshops": "pk_event_series",
        "uq_workshops_slug": "uq_event_series_slug",
    },
    "event_dates": {
        "pk_workshop_dates": "pk_event_dates",
        "workshop_date_once": "event_date_once",
        "ck_workshop_dates_seats_positive": "ck_event_dates_seats_positive",
        "ck_workshop_dates_ends_after_start": "ck_event_dates_ends_after_start",
        "ck_workshop_dates_closes_before_start": "ck_event_dates_closes_before_start",
        "fk_workshop_dates_workshop_id_workshops": "fk_event_dates_series_id_event_series",
    },
    "bookings": {"fk_bookings_workshop_date_id_workshop_dates": "fk_bookings_event_date_id_event_dates"},
}
KINDS = ("atelier", "forum", "formation", "job_dating", "visite", "immersion", "table_ronde", "information", "en_ligne")
STATUSES = ("booked", "waiting", "offered", "confirmed", "cancelled", "present", "absent", "excused")
TELLERS = ("person", "staff", "system", "import")


def upgrade() -> None:
    for before, after in TABLES.items():
        op.rename_table(before, after)
        op.execute(f"ALTER SEQUENCE {before}_id_seq RENAME TO {after}_id_seq")
    for table, names in CONSTRAINTS.items():
        for before, after in names.items():
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {before} TO {after}")
    op.alter_column("event_dates", "workshop_id", new_column_name="series_id")
    op.alter_column("bookings", "workshop_date_id", new_column_name="event_date_id")
    op.execute("ALTER INDEX ix_workshop_dates_starts_at RENAME TO ix_event_dates_starts_at")
    op.execute("ALTER TABLE event_series DROP CONSTRAINT ck_workshops_workshop_kind")
    _check("event_series", "event_kind", "kind", KINDS)

    op.execute("ALTER TABLE bookings DROP CONSTRAINT ck_bookings_booking_status")
    # a seat that was given is booked; confirmed is now what the person says of it later
    op.execute("UPDATE bookings SET status = 'booked' WHERE status = 'confirmed'")
    _check("bookings", "booking_status", "status", STATUSES)
    op.add_column("bookings", sa.Column("offered_until", sa.DateTime(timezone=True)))
    op.add_column(
        "bookings",
        sa.Column(
            "cancelled_by", sa.Enum(*TELLERS, name="teller", native_enum=False, create_constraint=True, length=20)
        ),
    )
    op.execute("UPDATE bookings SET cancelled_by = 'person' WHERE status = 'cancelled'")
    op.create_check_constraint(
        op.f("ck_bookings_offer_has_an_end"), "bookings", "(status = 'offered') = (offered_until IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_bookings_cancelled_by_somebody"), "bookings", "(status = 'cancelled') = (cancelled_by IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_bookings_cancelled_by_somebody"), "bookings")
    op.drop_constraint(op.f("ck_bookings_offer_has_an_end"), "bookings")
    op.drop_column("bookings", "cancelled_by")
    op.drop_column("bookings", "offered_until")
    op.drop_constraint(op.f("ck_bookings_booking_status"), "bookings")
    # whoever has a seat keeps it; who was excused gave it back
    op.execute("UPDATE bookings SET status = 'confirmed' WHERE status IN ('booked', 'offered', 'present', 'absent')")
    op.execute("UPDATE bookings SET status = 'cancelled' WHERE status = 'excused'")
    _check("bookings", "booking_status", "status", ("confirmed", "waiting", "cancelled"))
    op.drop_constraint(op.f("ck_event_series_event_kind"), "event_series")
    # the nearest kind that there was
    op.execute("UPDATE event_series SET kind = 'visite' WHERE kind = 'immersion'")
    op.execute(
        "UPDATE event_series SET kind = 'atelier' WHERE kind IN ('formation', 'table_ronde', 'information', 'en_ligne')"
    )
    op.execute("ALTER INDEX ix_event_dates_starts_at RENAME TO ix_workshop_dates_starts_at")
    op.alter_column("bookings", "event_date_id", new_column_name="workshop_date_id")
    op.alter_column("event_dates", "series_id", new_column_name="workshop_id")
    for table, names in CONSTRAINTS.items():
        for before, after in names.items():
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {after} TO {before}")
    for before, after in TABLES.items():
        op.rename_table(after, before)
        op.execute(f"ALTER SEQUENCE {after}_id_seq RENAME TO {before}_id_seq")
    _check("workshops", "workshop_kind", "kind", ("atelier", "forum", "visite", "job_dating"))


def _check(table: str, name: str, column: str, values: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({listed})")

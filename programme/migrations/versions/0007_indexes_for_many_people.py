"""A conversation's latest message, who lives in a commune, what somebody booked: without a walk through the table.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_messages_in_order", "messages", ["conversation_id", "id"])
    op.drop_index(op.f("ix_messages_conversation_id"), table_name="messages")
    op.create_index("ix_bookings_person", "bookings", ["person_id", "status"])
    op.drop_index(op.f("ix_bookings_person_id"), table_name="bookings")
    op.create_index(
        "ix_work_contracts_ends_on", "work_contracts", ["ends_on"], postgresql_where=sa.text("broken_on IS NULL")
    )
    op.create_index("ix_people_signed", "people", ["id"], postgresql_where=sa.text("stage = 'contrat_signe'"))
    op.create_index("ix_people_commune", "people", ["commune", "stage"])


def downgrade() -> None:
    op.drop_index("ix_people_commune", table_name="people")
    op.drop_index("ix_people_signed", table_name="people")
    op.drop_index("ix_work_contracts_ends_on", table_name="work_contracts")
    op.create_index(op.f("ix_bookings_person_id"), "bookings", ["person_id"])
    op.drop_index("ix_bookings_person", table_name="bookings")
    op.create_index(op.f("ix_messages_conversation_id"), "messages", ["conversation_id"])
    op.drop_index("ix_messages_in_order", table_name="messages")

"""Practice with simulated employers, the notebook of contacts, documents to print.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "messages",
        sa.Column("path", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    )
    op.add_column("messages", sa.Column("speaker", sa.String(), nullable=True))
    op.create_table(
        "practice_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "employer",
                "candidate",
                "pair",
                name="practice_mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("persona", sa.String(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("need_heard", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("confidence_before", sa.BigInteger(), nullable=True),
        sa.Column("confidence_after", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confidence_before BETWEEN 1 AND 5", name=op.f("ck_practice_runs_confidence_before_1_to_5")),
        sa.CheckConstraint("confidence_after BETWEEN 1 AND 5", name=op.f("ck_practice_runs_confidence_after_1_to_5")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_practice_runs_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_runs")),
    )
    op.create_index(op.f("ix_practice_runs_person_id"), "practice_runs", ["person_id"])
    op.create_index(
        "practice_open_once",
        "practice_runs",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("messages", sa.Column("private", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("messages", sa.Column("practice_run_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_messages_practice_run_id"), "messages", ["practice_run_id"])
    op.create_foreign_key(
        op.f("fk_messages_practice_run_id_practice_runs"),
        "messages",
        "practice_runs",
        ["practice_run_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("spoke_to", sa.String(), nullable=True),
        sa.Column("need", sa.String(), nullable=True),
        sa.Column(
            "urgency",
            sa.Enum("now", "soon", "later", name="urgency", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("next_step", sa.String(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("answered", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_contacts_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_person_id"), "contacts", ["person_id"])
    op.create_table(
        "documents",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_documents_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_person_id"), "documents", ["person_id"])


def downgrade() -> None:
    op.drop_table("documents")
    op.drop_table("contacts")
    op.drop_column("messages", "practice_run_id")
    op.drop_column("messages", "private")
    op.drop_table("practice_runs")
    op.drop_column("messages", "speaker")
    op.drop_column("messages", "path")

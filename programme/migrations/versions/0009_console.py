"""The console: accounts, absences, notes, corrections, words to search; counsellors write in conversations.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AUTHORS = ("person", "assistant")
STATES = ("received", "waiting", "answered", "due", "sending", "delivered", "failed", "withdrawn")
REASONS = ("not_understood",)


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("deputy_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absences_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["deputy_id"], ["staff.id"], name=op.f("fk_absences_deputy_id_staff"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_absences_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_deputy_id"), "absences", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_absences_staff_id"), "absences", ["staff_id"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("totp_secret", sa.String(), nullable=True),
        sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_hashes", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("link_digest", sa.String(), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_accounts_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_accounts_link_digest")),
        sa.UniqueConstraint("subject", name=op.f("uq_accounts_subject")),
    )
    op.create_table(
        "console_sessions",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("form_token", sa.String(), nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_console_sessions_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_console_sessions")),
    )
    op.create_index(op.f("ix_console_sessions_staff_id"), "console_sessions", ["staff_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_notes_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notes_staff_id_staff"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_person", "notes", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_notes_staff_id"), "notes", ["staff_id"], unique=False)
    op.create_table(
        "conversation_words",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_words_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conversation_words")),
    )
    op.create_index("ix_conversation_words", "conversation_words", ["words"], unique=False, postgresql_using="gin")
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("taken_for", sa.String(), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column(
            "use",
            sa.Enum("training", "test", name="correction_use", native_enum=False, create_constraint=True, length=20),
            server_default=sa.text("'training'"),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "refused",
                "exported",
                name="correction_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_corrections_decided_by_id_staff"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_corrections_message_id_messages"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["staff.id"], name=op.f("fk_corrections_proposed_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(
        "correction_of_message_once",
        "corrections",
        ["message_id"],
        unique=True,
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_corrections_decided_by_id"), "corrections", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_corrections_proposed_by_id"), "corrections", ["proposed_by_id"], unique=False)
    op.create_index("ix_corrections_state", "corrections", ["state", "id"], unique=False)
    op.add_column("conversations", sa.Column("last_wrote_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("conversations", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE conversations SET last_wrote_at = (SELECT sent_at FROM messages WHERE conversation_id = "
        "conversations.id AND author = 'person' ORDER BY id DESC LIMIT 1)"
    )
    op.create_index(
        "ix_conversations_latest",
        "conversations",
        [sa.literal_column("last_wrote_at DESC")],
        unique=False,
        postgresql_where=sa.text("last_wrote_at IS NOT NULL"),
    )
    op.add_column("flags", sa.Column("taken_by_id", sa.BigInteger(), nullable=True))
    op.add_column("flags", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("flags", sa.Column("closed_by_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_flags_closed_by_id"), "flags", ["closed_by_id"], unique=False)
    op.create_index(op.f("ix_flags_taken_by_id"), "flags", ["taken_by_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_flags_taken_by_id_staff"), "flags", "staff", ["taken_by_id"], ["id"], ondelete="SET NULL"
    )
    op.create_foreign_key(
        op.f("fk_flags_closed_by_id_staff"), "flags", "staff", ["closed_by_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("messages", sa.Column("staff_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_messages_staff", "messages", ["staff_id"], unique=False, postgresql_where=sa.text("staff_id IS NOT NULL")
    )
    op.create_foreign_key(
        op.f("fk_messages_staff_id_staff"), "messages", "staff", ["staff_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("reviews", sa.Column("conversation_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE reviews SET conversation_id = messages.conversation_id FROM messages WHERE messages.id = message_id"
    )
    op.alter_column("reviews", "conversation_id", nullable=False)
    op.create_index(
        "ix_reviews_open",
        "reviews",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_foreign_key(
        op.f("fk_reviews_conversation_id_conversations"),
        "reviews",
        "conversations",
        ["conversation_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.add_column(
        "takeovers",
        sa.Column(
            "ended_by",
            sa.Enum("given_back", "lapsed", name="takeover_end", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
    )
    op.add_column("takeovers", sa.Column("summary", sa.String(), nullable=True))
    op.create_index("ix_takeovers_conversation", "takeovers", ["conversation_id", "id"], unique=False)
    _allow("messages", "author", "author", (*AUTHORS, "staff"))
    _allow("messages", "state", "message_state", (*STATES[:3], "held", *STATES[3:]))
    _allow("reviews", "reason", "review_reason", (*REASONS, "corrected"))


def downgrade() -> None:
    op.execute("UPDATE messages SET author = 'assistant' WHERE author = 'staff'")
    op.execute("UPDATE messages SET state = 'answered' WHERE state = 'held'")
    op.execute("UPDATE reviews SET reason = 'not_understood' WHERE reason = 'corrected'")
    _allow("messages", "author", "author", AUTHORS)
    _allow("messages", "state", "message_state", STATES)
    _allow("reviews", "reason", "review_reason", REASONS)
    op.drop_index("ix_takeovers_conversation", table_name="takeovers")
    op.drop_column("takeovers", "summary")
    op.drop_column("takeovers", "ended_by")
    op.drop_constraint(op.f("fk_reviews_conversation_id_conversations"), "reviews", type_="foreignkey")
    op.drop_index("ix_reviews_open", table_name="reviews", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_column("reviews", "conversation_id")
    op.drop_constraint(op.f("fk_messages_staff_id_staff"), "messages", type_="foreignkey")
    op.drop_index("ix_messages_staff", table_name="messages", postgresql_where=sa.text("staff_id IS NOT NULL"))
    op.drop_column("messages", "staff_id")
    op.drop_constraint(op.f("fk_flags_closed_by_id_staff"), "flags", type_="foreignkey")
    op.drop_constraint(op.f("fk_flags_taken_by_id_staff"), "flags", type_="foreignkey")
    op.drop_index(op.f("ix_flags_taken_by_id"), table_name="flags")
    op.drop_index(op.f("ix_flags_closed_by_id"), table_name="flags")
    op.drop_column("flags", "closed_by_id")
    op.drop_column("flags", "answered_at")
    op.drop_column("flags", "taken_by_id")
    op.drop_index(
        "ix_conversations_latest", table_name="conversations", postgresql_where=sa.text("last_wrote_at IS NOT NULL")
    )
    op.drop_column("conversations", "read_at")
    op.drop_column("conversations", "last_wrote_at")
    op.drop_index("ix_corrections_state", table_name="corrections")
    op.drop_index(op.f("ix_corrections_proposed_by_id"), table_name="corrections")
    op.drop_index(op.f("ix_corrections_decided_by_id"), table_name="corrections")
    op.drop_index(
        "correction_of_message_once", table_name="corrections", postgresql_where=sa.text("message_id IS NOT NULL")
    )
    op.drop_table("corrections")
    op.drop_index("ix_conversation_words", table_name="conversation_words", postgresql_using="gin")
    op.drop_table("conversation_words")
    op.drop_index(op.f("ix_notes_staff_id"), table_name="notes")
    op.drop_index("ix_notes_person", table_name="notes")
    op.drop_table("notes")
    op.drop_index(op.f("ix_console_sessions_staff_id"), table_name="console_sessions")
    op.drop_table("console_sessions")
    op.drop_table("accounts")
    op.drop_index(op.f("ix_absences_staff_id"), table_name="absences")
    op.drop_index(op.f("ix_absences_deputy_id"), table_name="absences")
    op.drop_table("absences")


def _allow(table: str, column: str, name: str, values: tuple[str, ...]) -> None:
    check = op.f(f"ck_{table}_{name}")
    op.drop_constraint(check, table, type_="check")
    op.create_check_constraint(check, table, sa.column(column, sa.String()).in_(values))

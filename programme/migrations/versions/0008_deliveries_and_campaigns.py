"""Messages due to people, campaigns, what people want to hear of, conversations that a counsellor holds.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = ("received", "waiting", "answered", "due", "sending", "delivered", "failed")


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "paused",
                "stopped",
                "finished",
                name="campaign_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_days", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("started_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["started_by_id"], ["staff.id"], name=op.f("fk_campaigns_started_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_index(
        "campaign_under_way_once",
        "campaigns",
        ["name"],
        unique=True,
        postgresql_where=sa.text("state IN ('running', 'paused')"),
    )
    op.create_index(op.f("ix_campaigns_started_by_id"), "campaigns", ["started_by_id"], unique=False)
    op.create_table(
        "campaign_members",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("why", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("variant", sa.String(), server_default=sa.text("'a'"), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("branch", sa.String(), nullable=True),
        sa.Column("branch_on", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "end_reason",
            sa.Enum(
                "signed",
                "found",
                "other_way",
                "stopped",
                "silent",
                "done",
                name="end_reason",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_members_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_campaign_members_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "person_id", name=op.f("pk_campaign_members")),
    )
    op.create_index(
        "ix_campaign_members_going",
        "campaign_members",
        ["campaign_id", "branch", "person_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_campaign_members_person", "campaign_members", ["person_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "booking_week",
                "booking_eve",
                "booking_hours",
                "forum_training",
                "forum_after",
                "seat_offer",
                "seat_offer_ends",
                "call_back",
                "check_in",
                "campaign",
                name="delivery_purpose",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("anchor_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "queued",
                "sent",
                "answered",
                "skipped",
                "expired",
                "failed",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default=sa.text("'planned'"),
            nullable=False,
        ),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum("web", "telegram", name="channel", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.CheckConstraint("expires_at > due_at", name=op.f("ck_deliveries_expires_after_due")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("object_id", "purpose", "step", "person_id", "anchor_at", name="delivery_once"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["priority", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "ix_deliveries_expiring",
        "deliveries",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index("ix_deliveries_person", "deliveries", ["person_id", "state", "state_at"], unique=False)
    op.create_index(
        "ix_deliveries_queued", "deliveries", ["state_at"], unique=False, postgresql_where=sa.text("state = 'queued'")
    )
    op.create_table(
        "message_choices",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("topics_off", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_message_choices_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_message_choices")),
    )
    op.create_table(
        "takeovers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_takeovers_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_takeovers_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takeovers")),
    )
    op.create_index(op.f("ix_takeovers_staff_id"), "takeovers", ["staff_id"], unique=False)
    op.create_index(
        "takeover_open_once",
        "takeovers",
        ["conversation_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("channel_identities", sa.Column("bot", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("channel_identities", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("channel_identity_once", "channel_identities", type_="unique")
    op.create_unique_constraint("channel_identity_once", "channel_identities", ["channel", "external_id", "bot"])
    op.add_column("messages", sa.Column("doubts", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("messages", sa.Column("delivery_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_messages_delivery",
        "messages",
        ["delivery_id"],
        unique=False,
        postgresql_where=sa.text("delivery_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("fk_messages_delivery_id_deliveries"),
        "messages",
        "deliveries",
        ["delivery_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("people", sa.Column("training_starts_on", sa.Date(), nullable=True))

    op.create_index(
        "ix_contacts_promised",
        "contacts",
        ["next_on"],
        postgresql_where=sa.text("remind AND confirmed_at IS NOT NULL"),
    )
    _messages_may_be((*STATES, "withdrawn"))


def downgrade() -> None:
    op.execute("UPDATE messages SET state = 'failed' WHERE state = 'withdrawn'")
    _messages_may_be(STATES)
    op.drop_index("ix_contacts_promised", table_name="contacts")
    op.drop_column("people", "training_starts_on")
    op.drop_constraint(op.f("fk_messages_delivery_id_deliveries"), "messages", type_="foreignkey")
    op.drop_index("ix_messages_delivery", table_name="messages", postgresql_where=sa.text("delivery_id IS NOT NULL"))
    op.drop_column("messages", "delivery_id")
    op.drop_column("messages", "doubts")
    op.drop_constraint("channel_identity_once", "channel_identities", type_="unique")
    op.create_unique_constraint(
        op.f("channel_identity_once"),
        "channel_identities",
        ["channel", "external_id"],
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("channel_identities", "blocked_at")
    op.drop_column("channel_identities", "bot")
    op.drop_index("takeover_open_once", table_name="takeovers", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index(op.f("ix_takeovers_staff_id"), table_name="takeovers")
    op.drop_table("takeovers")
    op.drop_table("message_choices")
    op.drop_index("ix_deliveries_queued", table_name="deliveries", postgresql_where=sa.text("state = 'queued'"))
    op.drop_index("ix_deliveries_person", table_name="deliveries")
    op.drop_index("ix_deliveries_expiring", table_name="deliveries", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_deliveries_due", table_name="deliveries", postgresql_where=sa.text("state = 'planned'"))
    op.drop_table("deliveries")
    op.drop_index("ix_campaign_members_person", table_name="campaign_members")
    op.drop_index(
        "ix_campaign_members_going", table_name="campaign_members", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("campaign_members")
    op.drop_index(op.f("ix_campaigns_started_by_id"), table_name="campaigns")
    op.drop_index(
        "campaign_under_way_once", table_name="campaigns", postgresql_where=sa.text("state IN ('running', 'paused')")
    )
    op.drop_table("campaigns")


def _messages_may_be(states: tuple[str, ...]) -> None:
    name = op.f("ck_messages_message_state")
    op.drop_constraint(name, "messages", type_="check")
    op.create_check_constraint(name, "messages", sa.column("state", sa.String()).in_(states))

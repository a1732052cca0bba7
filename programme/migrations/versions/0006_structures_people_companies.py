"""Structures, people, programmes, companies, contracts, cohorts; gates and recurrence of events.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHECKS = (
    ("people", "level_1_to_8", "level BETWEEN 1 AND 8"),
    ("people", "birth_month_is_a_month", "EXTRACT(DAY FROM birth_month) = 1"),
    ("event_series", "ages_in_order", "min_age <= max_age"),
    ("event_series", "level_1_to_8", "min_level BETWEEN 1 AND 8"),
)


def upgrade() -> None:
    op.create_table(
        "cohorts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint("slug", name=op.f("uq_cohorts_slug")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "mission_locale",
                "network",
                "hub",
                "branch",
                "school",
                "cfa",
                "opco",
                "association",
                "funder",
                name="organisation_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisations_slug")),
    )
    op.create_table(
        "territories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), server_default=sa.text("'Europe/Paris'"), nullable=False),
        sa.Column("school_zone", sa.String(), server_default=sa.text("'C'"), nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("slug", name=op.f("uq_territories_slug")),
    )
    op.create_table(
        "programmes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("funders", sa.String(), nullable=True),
        sa.Column("led_by", sa.String(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_programmes_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_programmes_organisation_id_organisations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("slug", name=op.f("uq_programmes_slug")),
    )
    op.create_index(op.f("ix_programmes_organisation_id"), "programmes", ["organisation_id"], unique=False)
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_teams_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_teams_territory_id_territories"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("organisation_id", "name", name="team_name_once"),
    )
    op.create_index(op.f("ix_teams_territory_id"), "teams", ["territory_id"], unique=False)
    op.create_table(
        "tension_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=True),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("offers", sa.String(), nullable=False),
        sa.Column("blocks", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"],
            ["territories.id"],
            name=op.f("fk_tension_notes_territory_id_territories"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tension_notes")),
    )
    op.create_index(op.f("ix_tension_notes_territory_id"), "tension_notes", ["territory_id"], unique=False)
    op.create_table(
        "territory_communes",
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"],
            ["territories.id"],
            name=op.f("fk_territory_communes_territory_id_territories"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("commune", name=op.f("pk_territory_communes")),
    )
    op.create_index(op.f("ix_territory_communes_territory_id"), "territory_communes", ["territory_id"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "counsellor",
                "animator",
                "team_lead",
                "programme_manager",
                "content_author",
                "admin",
                name="staff_role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_staff_team_id_teams"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_index(op.f("ix_staff_team_id"), "staff", ["team_id"], unique=False)
    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("siren", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=False),
        sa.Column(
            "univers",
            sa.Enum(
                "chimie_pharma_cosmetique",
                "technologies_medicales",
                "services_innovation",
                name="univers",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column(
            "size",
            sa.Enum(
                "tpe", "pme", "eti", "grande", name="company_size", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("animator_id", sa.BigInteger(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("siren ~ '^[0-9]{9}$'", name=op.f("ck_companies_siren_of_nine_digits")),
        sa.ForeignKeyConstraint(
            ["animator_id"], ["staff.id"], name=op.f("fk_companies_animator_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("siren", name=op.f("uq_companies_siren")),
        sa.UniqueConstraint("slug", name=op.f("uq_companies_slug")),
    )
    op.create_index(op.f("ix_companies_animator_id"), "companies", ["animator_id"], unique=False)
    op.create_table(
        "audit_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "teller",
            sa.Enum(
                "person",
                "staff",
                "system",
                "import",
                name="teller",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_audit_lines_person_id_people"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_audit_lines_staff_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
    )
    op.create_index("ix_audit_lines_person", "audit_lines", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_audit_lines_staff_id"), "audit_lines", ["staff_id"], unique=False)
    op.create_table(
        "calendar_feeds",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_calendar_feeds_of_one_owner")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_calendar_feeds_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_calendar_feeds_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_calendar_feeds")),
    )
    op.create_index(op.f("ix_calendar_feeds_person_id"), "calendar_feeds", ["person_id"], unique=False)
    op.create_index(op.f("ix_calendar_feeds_staff_id"), "calendar_feeds", ["staff_id"], unique=False)
    op.create_table(
        "cohort_members",
        sa.Column("cohort_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name=op.f("fk_cohort_members_cohort_id_cohorts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_cohort_members_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cohort_id", "person_id", name=op.f("pk_cohort_members")),
    )
    op.create_index(op.f("ix_cohort_members_person_id"), "cohort_members", ["person_id"], unique=False)
    op.create_table(
        "company_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_company_contacts_company_id_companies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_contacts")),
    )
    op.create_index(op.f("ix_company_contacts_company_id"), "company_contacts", ["company_id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "conversation",
                "profile",
                "reminders",
                "share_profile",
                "guardian",
                name="consent_purpose",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(), nullable=False),
        sa.Column("text_shown", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_consents_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_latest", "consents", ["person_id", "purpose", "id"], unique=False)
    op.create_table(
        "conventions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("objectives", sa.String(), nullable=False),
        sa.Column("commitments", sa.String(), nullable=False),
        sa.Column("follow_up", sa.String(), nullable=False),
        sa.Column("criteria", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("evaluated_on", sa.Date(), nullable=True),
        sa.Column("evaluation", sa.String(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_conventions_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_conventions_company_id_companies"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_conventions_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conventions")),
        sa.UniqueConstraint("company_id", "organisation_id", "starts_on", name="convention_once"),
    )
    op.create_index(op.f("ix_conventions_organisation_id"), "conventions", ["organisation_id"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_enrolments_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_enrolments_programme_id_programmes"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("programme_id", "person_id", name="enrolment_once"),
    )
    op.create_index(op.f("ix_enrolments_person_id"), "enrolments", ["person_id"], unique=False)
    op.create_table(
        "group_bookings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event_date_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("seats", sa.BigInteger(), nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("seats > 0", name=op.f("ck_group_bookings_seats_positive")),
        sa.ForeignKeyConstraint(
            ["event_date_id"],
            ["event_dates.id"],
            name=op.f("fk_group_bookings_event_date_id_event_dates"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_group_bookings_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_bookings")),
    )
    op.create_index(op.f("ix_group_bookings_event_date_id"), "group_bookings", ["event_date_id"], unique=False)
    op.create_index(op.f("ix_group_bookings_organisation_id"), "group_bookings", ["organisation_id"], unique=False)
    op.create_table(
        "guardians",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_guardians_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_guardians")),
    )
    op.create_table(
        "series_companies",
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_series_companies_company_id_companies"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["event_series.id"],
            name=op.f("fk_series_companies_series_id_event_series"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("series_id", "company_id", name=op.f("pk_series_companies")),
    )
    op.create_index(op.f("ix_series_companies_company_id"), "series_companies", ["company_id"], unique=False)
    op.create_table(
        "sites",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("territory_id", sa.BigInteger(), nullable=True),
        sa.Column("receives_visits", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_sites_company_id_companies"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_sites_territory_id_territories"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("company_id", "name", name="site_once"),
    )
    op.create_index(op.f("ix_sites_territory_id"), "sites", ["territory_id"], unique=False)
    op.create_table(
        "stage_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "aspect",
            sa.Enum(
                "stage", "school", "employer", name="path_aspect", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "teller",
            sa.Enum(
                "person",
                "staff",
                "system",
                "import",
                name="teller",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_stage_changes_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_stage_changes_staff_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_changes")),
    )
    op.create_index(op.f("ix_stage_changes_person_id"), "stage_changes", ["person_id"], unique=False)
    op.create_index(op.f("ix_stage_changes_staff_id"), "stage_changes", ["staff_id"], unique=False)
    op.create_table(
        "work_contracts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "apprentissage",
                "professionnalisation",
                name="work_contract_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("diploma", sa.String(), nullable=True),
        sa.Column("company_id", sa.BigInteger(), nullable=True),
        sa.Column("employer", sa.String(), nullable=True),
        sa.Column("school", sa.String(), nullable=True),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "teller",
            sa.Enum(
                "person",
                "staff",
                "system",
                "import",
                name="teller",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("broken_on", sa.Date(), nullable=True),
        sa.Column(
            "break_reason",
            sa.Enum(
                "trial_period",
                "agreement",
                "resignation",
                "dismissal",
                "employer_closed",
                "transport_or_housing",
                "relations_at_work",
                "trade_not_liked",
                "health",
                "other",
                "not_said",
                name="break_reason",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "(broken_on IS NULL) = (break_reason IS NULL)", name=op.f("ck_work_contracts_break_has_a_reason")
        ),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_work_contracts_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_work_contracts_company_id_companies"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_work_contracts_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_contracts")),
    )
    op.create_index(op.f("ix_work_contracts_company_id"), "work_contracts", ["company_id"], unique=False)
    op.create_index("ix_work_contracts_person", "work_contracts", ["person_id", "id"], unique=False)
    op.create_table(
        "check_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["work_contracts.id"],
            name=op.f("fk_check_ins_contract_id_work_contracts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
        sa.UniqueConstraint("contract_id", "day", name="check_in_once"),
    )
    op.create_index(
        "ix_check_ins_due",
        "check_ins",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("asked_at IS NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "company_visits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_company_visits_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_company_visits_staff_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_visits")),
    )
    op.create_index(op.f("ix_company_visits_site_id"), "company_visits", ["site_id"], unique=False)
    op.create_index(op.f("ix_company_visits_staff_id"), "company_visits", ["staff_id"], unique=False)
    op.create_table(
        "needs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "alternance", "job", "immersion", name="need_kind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("trade", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("seats", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("min_level", sa.BigInteger(), nullable=True),
        sa.Column("adults_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "urgency",
            sa.Enum("now", "soon", "later", name="urgency", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("min_level BETWEEN 1 AND 8", name=op.f("ck_needs_level_1_to_8")),
        sa.CheckConstraint("seats > 0", name=op.f("ck_needs_seats_positive")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_needs_site_id_sites"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_needs_territory_id_territories"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
    )
    op.create_index(
        "ix_needs_open",
        "needs",
        ["territory_id", "family"],
        unique=False,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index(op.f("ix_needs_site_id"), "needs", ["site_id"], unique=False)
    op.create_table(
        "profile_shares",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("consent_id", sa.BigInteger(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_profile_shares_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_profile_shares_consent_id_consents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_profile_shares_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_profile_shares_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_shares")),
    )
    op.create_index(op.f("ix_profile_shares_organisation_id"), "profile_shares", ["organisation_id"], unique=False)
    op.create_index(
        "share_open_once",
        "profile_shares",
        ["person_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "signatories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("convention_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["convention_id"],
            ["conventions.id"],
            name=op.f("fk_signatories_convention_id_conventions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatories")),
    )
    op.create_index(op.f("ix_signatories_convention_id"), "signatories", ["convention_id"], unique=False)
    op.add_column("bookings", sa.Column("booked_by_id", sa.BigInteger(), nullable=True))
    op.add_column("bookings", sa.Column("moved_from_id", sa.BigInteger(), nullable=True))
    op.add_column("bookings", sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index(op.f("ix_bookings_booked_by_id"), "bookings", ["booked_by_id"], unique=False)
    op.create_index(op.f("ix_bookings_moved_from_id"), "bookings", ["moved_from_id"], unique=False)
    op.create_index(
        "ix_bookings_offers",
        "bookings",
        ["offered_until"],
        unique=False,
        postgresql_where=sa.text("status = 'offered'"),
    )
    op.create_index("ix_bookings_seats", "bookings", ["event_date_id", "status"], unique=False)
    op.create_index(
        "ix_bookings_waiting",
        "bookings",
        ["event_date_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_foreign_key(
        op.f("fk_bookings_moved_from_id_bookings"),
        "bookings",
        "bookings",
        ["moved_from_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_bookings_booked_by_id_staff"), "bookings", "staff", ["booked_by_id"], ["id"], ondelete="SET NULL"
    )
    op.add_column("event_dates", sa.Column("territory_id", sa.BigInteger(), nullable=True))
    op.add_column("event_dates", sa.Column("group_seats", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("event_dates", sa.Column("waiting_limit", sa.BigInteger(), nullable=True))
    op.add_column("event_dates", sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event_dates", sa.Column("cancel_reason", sa.String(), nullable=True))
    op.add_column("event_dates", sa.Column("door_code", sa.String(), nullable=True))
    op.add_column("event_dates", sa.Column("sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_event_dates_near", "event_dates", ["territory_id", "starts_at"], unique=False)
    op.create_unique_constraint(op.f("uq_event_dates_door_code"), "event_dates", ["door_code"])
    op.create_foreign_key(
        op.f("fk_event_dates_territory_id_territories"),
        "event_dates",
        "territories",
        ["territory_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("event_series", sa.Column("programme_id", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("territory_id", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("access", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("bring", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("animator", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("audience", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("online_url", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("min_age", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("max_age", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("min_level", sa.BigInteger(), nullable=True))
    op.add_column(
        "event_series",
        sa.Column("needs_validated_project", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("event_series", sa.Column("prepares_id", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("rrule", sa.String(), nullable=True))
    op.add_column("event_series", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("event_series", sa.Column("at", sa.Time(), nullable=True))
    op.add_column("event_series", sa.Column("minutes", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("seats", sa.BigInteger(), nullable=True))
    op.add_column("event_series", sa.Column("waiting_limit", sa.BigInteger(), nullable=True))
    op.add_column(
        "event_series",
        sa.Column("skips_school_holidays", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "event_series",
        sa.Column("closes_minutes_before", sa.BigInteger(), server_default=sa.text("60"), nullable=False),
    )
    op.create_index(op.f("ix_event_series_prepares_id"), "event_series", ["prepares_id"], unique=False)
    op.create_index(op.f("ix_event_series_programme_id"), "event_series", ["programme_id"], unique=False)
    op.create_index(op.f("ix_event_series_territory_id"), "event_series", ["territory_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_event_series_programme_id_programmes"),
        "event_series",
        "programmes",
        ["programme_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_event_series_territory_id_territories"),
        "event_series",
        "territories",
        ["territory_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_event_series_prepares_id_event_series"),
        "event_series",
        "event_series",
        ["prepares_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("people", sa.Column("external_ref", sa.String(), nullable=True))
    op.add_column("people", sa.Column("display_name", sa.String(), nullable=True))
    op.add_column(
        "people",
        sa.Column(
            "age_band",
            sa.Enum(
                "15_17",
                "18_20",
                "21_25",
                "26_29",
                "30_plus",
                name="age_band",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
    )
    op.add_column("people", sa.Column("birth_month", sa.Date(), nullable=True))
    op.add_column("people", sa.Column("commune", sa.String(), nullable=True))
    op.add_column("people", sa.Column("qpv", sa.Boolean(), nullable=True))
    op.add_column("people", sa.Column("level", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("languages", sa.String(), nullable=True))
    op.add_column(
        "people",
        sa.Column(
            "stage",
            sa.Enum(
                "projet",
                "projet_valide",
                "ecole_trouvee",
                "employeur_en_vue",
                "entretien",
                "promesse",
                "contrat_signe",
                "en_contrat",
                "rupture",
                "post_alternance",
                "autre_solution",
                "parcours_deux_ans",
                name="path_stage",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default=sa.text("'projet'"),
            nullable=False,
        ),
    )
    op.add_column("people", sa.Column("stage_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "people",
        sa.Column(
            "school_status",
            sa.Enum(
                "searching",
                "found",
                "enrolled",
                name="school_status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default=sa.text("'searching'"),
            nullable=False,
        ),
    )
    op.add_column(
        "people",
        sa.Column(
            "employer_status",
            sa.Enum(
                "searching",
                "in_view",
                "interview",
                "promised",
                "signed",
                name="employer_status",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            server_default=sa.text("'searching'"),
            nullable=False,
        ),
    )
    op.add_column(
        "people",
        sa.Column(
            "came_by",
            sa.Enum(
                "friend",
                "mission_locale",
                "school",
                "network",
                "poster",
                "other",
                name="came_by",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
    )
    op.add_column("people", sa.Column("came_by_person_id", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("team_id", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("counsellor_id", sa.BigInteger(), nullable=True))
    op.add_column("people", sa.Column("demonstration", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(op.f("ix_people_came_by_person_id"), "people", ["came_by_person_id"], unique=False)
    op.create_index("ix_people_portfolio", "people", ["counsellor_id", "stage", "id"], unique=False)
    op.create_index("ix_people_team_stage", "people", ["team_id", "stage", "id"], unique=False)
    op.create_unique_constraint(op.f("uq_people_external_ref"), "people", ["external_ref"])
    op.create_foreign_key(op.f("fk_people_team_id_teams"), "people", "teams", ["team_id"], ["id"], ondelete="SET NULL")
    op.create_foreign_key(
        op.f("fk_people_came_by_person_id_people"),
        "people",
        "people",
        ["came_by_person_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_foreign_key(
        op.f("fk_people_counsellor_id_staff"), "people", "staff", ["counsellor_id"], ["id"], ondelete="SET NULL"
    )
    # Alembic does not see checks by itself
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.drop_constraint(op.f("fk_people_counsellor_id_staff"), "people", type_="foreignkey")
    op.drop_constraint(op.f("fk_people_came_by_person_id_people"), "people", type_="foreignkey")
    op.drop_constraint(op.f("fk_people_team_id_teams"), "people", type_="foreignkey")
    op.drop_constraint(op.f("uq_people_external_ref"), "people", type_="unique")
    op.drop_index("ix_people_team_stage", table_name="people")
    op.drop_index("ix_people_portfolio", table_name="people")
    op.drop_index(op.f("ix_people_came_by_person_id"), table_name="people")
    op.drop_column("people", "demonstration")
    op.drop_column("people", "counsellor_id")
    op.drop_column("people", "team_id")
    op.drop_column("people", "came_by_person_id")
    op.drop_column("people", "came_by")
    op.drop_column("people", "employer_status")
    op.drop_column("people", "school_status")
    op.drop_column("people", "stage_at")
    op.drop_column("people", "stage")
    op.drop_column("people", "languages")
    op.drop_column("people", "level")
    op.drop_column("people", "qpv")
    op.drop_column("people", "commune")
    op.drop_column("people", "birth_month")
    op.drop_column("people", "age_band")
    op.drop_column("people", "display_name")
    op.drop_column("people", "external_ref")
    op.drop_constraint(op.f("fk_event_series_prepares_id_event_series"), "event_series", type_="foreignkey")
    op.drop_constraint(op.f("fk_event_series_territory_id_territories"), "event_series", type_="foreignkey")
    op.drop_constraint(op.f("fk_event_series_programme_id_programmes"), "event_series", type_="foreignkey")
    op.drop_index(op.f("ix_event_series_territory_id"), table_name="event_series")
    op.drop_index(op.f("ix_event_series_programme_id"), table_name="event_series")
    op.drop_index(op.f("ix_event_series_prepares_id"), table_name="event_series")
    op.drop_column("event_series", "closes_minutes_before")
    op.drop_column("event_series", "skips_school_holidays")
    op.drop_column("event_series", "seats")
    op.drop_column("event_series", "waiting_limit")
    op.drop_column("event_series", "minutes")
    op.drop_column("event_series", "at")
    op.drop_column("event_series", "starts_on")
    op.drop_column("event_series", "rrule")
    op.drop_column("event_series", "prepares_id")
    op.drop_column("event_series", "needs_validated_project")
    op.drop_column("event_series", "min_level")
    op.drop_column("event_series", "max_age")
    op.drop_column("event_series", "min_age")
    op.drop_column("event_series", "online_url")
    op.drop_column("event_series", "audience")
    op.drop_column("event_series", "animator")
    op.drop_column("event_series", "bring")
    op.drop_column("event_series", "access")
    op.drop_column("event_series", "territory_id")
    op.drop_column("event_series", "programme_id")
    op.drop_constraint(op.f("fk_event_dates_territory_id_territories"), "event_dates", type_="foreignkey")
    op.drop_constraint(op.f("uq_event_dates_door_code"), "event_dates", type_="unique")
    op.drop_index("ix_event_dates_near", table_name="event_dates")
    op.drop_column("event_dates", "sequence")
    op.drop_column("event_dates", "door_code")
    op.drop_column("event_dates", "cancel_reason")
    op.drop_column("event_dates", "cancelled_at")
    op.drop_column("event_dates", "group_seats")
    op.drop_column("event_dates", "waiting_limit")
    op.drop_column("event_dates", "territory_id")
    op.drop_constraint(op.f("fk_bookings_booked_by_id_staff"), "bookings", type_="foreignkey")
    op.drop_constraint(op.f("fk_bookings_moved_from_id_bookings"), "bookings", type_="foreignkey")
    op.drop_index("ix_bookings_waiting", table_name="bookings", postgresql_where=sa.text("status = 'waiting'"))
    op.drop_index("ix_bookings_seats", table_name="bookings")
    op.drop_index("ix_bookings_offers", table_name="bookings", postgresql_where=sa.text("status = 'offered'"))
    op.drop_index(op.f("ix_bookings_moved_from_id"), table_name="bookings")
    op.drop_index(op.f("ix_bookings_booked_by_id"), table_name="bookings")
    op.drop_column("bookings", "sequence")
    op.drop_column("bookings", "moved_from_id")
    op.drop_column("bookings", "booked_by_id")
    op.drop_index(op.f("ix_signatories_convention_id"), table_name="signatories")
    op.drop_table("signatories")
    op.drop_index("share_open_once", table_name="profile_shares", postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.drop_index(op.f("ix_profile_shares_organisation_id"), table_name="profile_shares")
    op.drop_table("profile_shares")
    op.drop_index(op.f("ix_needs_site_id"), table_name="needs")
    op.drop_index("ix_needs_open", table_name="needs", postgresql_where=sa.text("closed_on IS NULL"))
    op.drop_table("needs")
    op.drop_index(op.f("ix_company_visits_staff_id"), table_name="company_visits")
    op.drop_index(op.f("ix_company_visits_site_id"), table_name="company_visits")
    op.drop_table("company_visits")
    op.drop_index(
        "ix_check_ins_due", table_name="check_ins", postgresql_where=sa.text("asked_at IS NULL AND closed_at IS NULL")
    )
    op.drop_table("check_ins")
    op.drop_index("ix_work_contracts_person", table_name="work_contracts")
    op.drop_index(op.f("ix_work_contracts_company_id"), table_name="work_contracts")
    op.drop_table("work_contracts")
    op.drop_index(op.f("ix_stage_changes_staff_id"), table_name="stage_changes")
    op.drop_index(op.f("ix_stage_changes_person_id"), table_name="stage_changes")
    op.drop_table("stage_changes")
    op.drop_index(op.f("ix_sites_territory_id"), table_name="sites")
    op.drop_table("sites")
    op.drop_index(op.f("ix_series_companies_company_id"), table_name="series_companies")
    op.drop_table("series_companies")
    op.drop_table("guardians")
    op.drop_index(op.f("ix_group_bookings_organisation_id"), table_name="group_bookings")
    op.drop_index(op.f("ix_group_bookings_event_date_id"), table_name="group_bookings")
    op.drop_table("group_bookings")
    op.drop_index(op.f("ix_enrolments_person_id"), table_name="enrolments")
    op.drop_table("enrolments")
    op.drop_index(op.f("ix_conventions_organisation_id"), table_name="conventions")
    op.drop_table("conventions")
    op.drop_index("ix_consents_latest", table_name="consents")
    op.drop_table("consents")
    op.drop_index(op.f("ix_company_contacts_company_id"), table_name="company_contacts")
    op.drop_table("company_contacts")
    op.drop_index(op.f("ix_cohort_members_person_id"), table_name="cohort_members")
    op.drop_table("cohort_members")
    op.drop_index(op.f("ix_calendar_feeds_staff_id"), table_name="calendar_feeds")
    op.drop_index(op.f("ix_calendar_feeds_person_id"), table_name="calendar_feeds")
    op.drop_table("calendar_feeds")
    op.drop_index(op.f("ix_audit_lines_staff_id"), table_name="audit_lines")
    op.drop_index("ix_audit_lines_person", table_name="audit_lines")
    op.drop_table("audit_lines")
    op.drop_index(op.f("ix_companies_animator_id"), table_name="companies")
    op.drop_table("companies")
    op.drop_index(op.f("ix_staff_team_id"), table_name="staff")
    op.drop_table("staff")
    op.drop_index(op.f("ix_territory_communes_territory_id"), table_name="territory_communes")
    op.drop_table("territory_communes")
    op.drop_index(op.f("ix_tension_notes_territory_id"), table_name="tension_notes")
    op.drop_table("tension_notes")
    op.drop_index(op.f("ix_teams_territory_id"), table_name="teams")
    op.drop_table("teams")
    op.drop_index(op.f("ix_programmes_organisation_id"), table_name="programmes")
    op.drop_table("programmes")
    op.drop_table("territories")
    op.drop_table("organisations")
    op.drop_table("cohorts")

"""jobs, their runs, problems and remembered mappings"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "import_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_files")),
    )
    op.create_table(
        "import_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("auto_apply", sa.Boolean(), nullable=False),
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("overrides", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("inspection", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("reading_hash", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("plan_hash", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("hold_reason", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("failure_reason", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("failure_message", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("same_as_job_id", sa.Uuid(), nullable=True),
        sa.Column("checked_rows", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("replans", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_stage", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("progress_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress_total", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_owner", sa.Uuid(), nullable=True),
        sa.Column("lease_expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("takeovers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("vanished", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("warnings", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "state IN ('uploaded', 'sniffed', 'mapped', 'planned', 'held', 'applying', 'applied', 'stale', 'cancelled',"
            " 'failed')",
            name=op.f("ck_import_jobs_state"),
        ),
        sa.CheckConstraint("read = created + updated + unchanged + rejected + skipped", name=op.f("ck_import_jobs_ledger")),
        sa.ForeignKeyConstraint(["file_id"], ["import_files.id"], name=op.f("fk_import_jobs_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_jobs")),
    )
    op.create_index(
        "ix_import_jobs_applied",
        "import_jobs",
        [sa.literal_column("lower(supplier_name)"), "end_time"],
        unique=False,
        postgresql_where=sa.text("state = 'applied'"),
    )
    op.create_index(
        "ix_import_jobs_due",
        "import_jobs",
        ["next_attempt_time"],
        unique=False,
        postgresql_where=sa.text("state IN ('uploaded', 'sniffed', 'mapped', 'applying')"),
    )
    op.create_table(
        "import_errors",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("outcome IN ('rejected', 'skipped', 'warning')", name=op.f("ck_import_errors_outcome")),
        sa.ForeignKeyConstraint(["job_id"], ["import_jobs.id"], name=op.f("fk_import_errors_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "row_no", "outcome", name=op.f("pk_import_errors")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_name", sa.String(), nullable=False),
        sa.Column("supplier_id", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("plan_hash", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("batch_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("batches_applied", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("apply_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("skipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("vanished", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("warnings", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_created", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("products_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.CheckConstraint(
            "state IN ('staging', 'planned', 'applying', 'applied', 'abandoned', 'superseded')", name=op.f("ck_import_runs_state")
        ),
        sa.CheckConstraint("read = created + updated + unchanged + rejected + skipped", name=op.f("ck_import_runs_ledger")),
        sa.ForeignKeyConstraint(["job_id"], ["import_jobs.id"], name=op.f("fk_import_runs_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        "ix_import_runs_apply_time", "import_runs", [sa.literal_column("lower(supplier_name)"), "apply_time"], unique=False
    )
    op.create_index("ix_import_runs_open", "import_runs", ["id"], unique=False, postgresql_where=sa.text("open"))
    op.create_index(
        "uq_import_runs_current",
        "import_runs",
        ["job_id", sa.literal_column("lower(supplier_name)")],
        unique=True,
        postgresql_where=sa.text("state <> 'superseded'"),
    )
    op.create_table(
        "mapping_templates",
        sa.Column("supplier_name", sa.String(), nullable=False),
        sa.Column("header_hash", sa.String(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["import_jobs.id"], name=op.f("fk_mapping_templates_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("supplier_name", "header_hash", name=op.f("pk_mapping_templates")),
    )
    op.create_table(
        "import_chunks",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("staged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_import_chunks_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_import_chunks")),
    )


def downgrade() -> None:
    for table in ("import_chunks", "mapping_templates", "import_runs", "import_errors", "import_jobs", "import_files"):
        op.drop_table(table)

"""A job remembers the trace of its upload, and what has not ended can be counted by state."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("import_jobs", sa.Column("traceparent", sa.String(), nullable=False, server_default=""))
    unended = sa.text("state NOT IN ('applied', 'cancelled', 'failed')")
    op.create_index("ix_import_jobs_open", "import_jobs", ["state"], postgresql_where=unended)

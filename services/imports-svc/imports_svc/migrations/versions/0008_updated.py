"""Jobs are found by their last change: those who follow ask for what changed since, and suppliers take turns by it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_import_jobs_updated", "import_jobs", ["update_time"])
    op.create_index("ix_import_jobs_supplier_updated", "import_jobs", [sa.text("lower(supplier_name)"), "update_time"])

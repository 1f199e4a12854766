"""Jobs can be paused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STATES = (
    *("uploaded", "sniffed", "mapped", "planned", "held", "applying", "paused"),
    *("applied", "stale", "cancelled", "failed"),
)


def upgrade() -> None:
    op.add_column("import_jobs", sa.Column("resume_state", sa.String(), nullable=False, server_default=""))
    op.drop_constraint(op.f("ck_import_jobs_state"), "import_jobs", type_="check")
    listed = ", ".join(f"'{state}'" for state in STATES)
    op.create_check_constraint(op.f("ck_import_jobs_state"), "import_jobs", f"state IN ({listed})")

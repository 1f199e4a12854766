"""The search follows a run batch by batch."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("run_batches", sa.Column("index_time", sa.DateTime(timezone=True), nullable=True))
    op.add_column("run_batches", sa.Column("reindex", sa.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False))
    # Until now a batch was indexed as it was applied.
    op.execute("UPDATE run_batches SET index_time = apply_time")

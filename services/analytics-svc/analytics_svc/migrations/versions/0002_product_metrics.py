"""Counts of changed products, and how far this service has followed others."""

import sqlalchemy as sa
from alembic import op

from events import consumers

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(consumers.CREATE)
    op.create_table(
        "product_metrics",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('user', 'run')", name="ck_product_metrics_source"),
        sa.PrimaryKeyConstraint("day", "source", "source_id", name="pk_product_metrics"),
    )
    op.create_index(
        "ix_product_metrics_day_changed_source_source_id", "product_metrics", ["day", "changed", "source", "source_id"]
    )

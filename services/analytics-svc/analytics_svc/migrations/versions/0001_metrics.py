"""metrics"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "performance_metrics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Numeric(18, 6), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("observe_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9_.]{0,99}$'", name="ck_performance_metrics_name"),
        sa.CheckConstraint("char_length(unit) <= 32", name="ck_performance_metrics_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_performance_metrics"),
    )
    op.create_index("ix_performance_metrics_name_observe_time_id", "performance_metrics", ["name", "observe_time", "id"])
    op.create_index("ix_performance_metrics_observe_time_id", "performance_metrics", ["observe_time", "id"])


def downgrade() -> None:
    op.drop_table("performance_metrics")

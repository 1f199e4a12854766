"""Naps."""

import sqlalchemy as sa
from alembic import op

from events import outbox
from jobs import tables

revision = "0001"
down_revision = None

LIVE = sa.text("state IN ('lying', 'asleep')")
OPEN = sa.text("state NOT IN ('rested', 'cancelled', 'failed')")


def upgrade() -> None:
    op.create_table(
        "naps",
        *tables.job_columns(),
        sa.Column("breaths", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
    )
    op.create_index("ix_naps_due", "naps", ["next_attempt_time"], postgresql_where=LIVE)
    op.create_index("ix_naps_open", "naps", ["state"], postgresql_where=OPEN)
    op.create_index("ix_naps_updated", "naps", ["update_time"])
    op.create_table("nap_attempts", *tables.attempt_columns("naps"))
    op.create_table("nap_schedules", *tables.schedule_columns(), sa.Column("breaths", sa.Integer(), nullable=False))
    op.create_index("ix_nap_schedules_next_run_time", "nap_schedules", ["next_run_time"])
    op.create_table(
        "breaths",
        sa.Column("nap_id", sa.Uuid(), sa.ForeignKey("naps.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
    )
    for statement in outbox.CREATE:
        op.execute(statement)

"""Merges as a kind of change: which product one became a part of."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    for table in ("change_feed", "change_log"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN into_id uuid")

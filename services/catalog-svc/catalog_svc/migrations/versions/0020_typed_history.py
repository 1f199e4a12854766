"""A record of change that can restore: what kind a change is, and of which products an offer was."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    # 0 is what was recorded before, as texts, and what the release before goes on to record.
    op.execute("ALTER TABLE change_log ADD COLUMN kind smallint NOT NULL DEFAULT 0")
    op.execute("CREATE INDEX ix_change_log_moved_offer_id ON change_log (offer_id) WHERE kind = 5")

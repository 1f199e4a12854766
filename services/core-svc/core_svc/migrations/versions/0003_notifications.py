"""Notifications, and how far this service has followed others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from events import consumers

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute(consumers.CREATE)
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("data", JSONB(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_time", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notifications_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint(
            *("user_id", "kind", "subject_id", "create_time"), name="uq_notifications_user_id_kind_subject_id_create_time"
        ),
        sa.CheckConstraint("kind IN ('import_applied', 'import_failed', 'import_cancelled')", name="ck_notifications_kind"),
    )
    op.create_index("ix_notifications_user_id_create_time_id", "notifications", ["user_id", "create_time", "id"])
    op.create_index(
        "ix_notifications_unread",
        "notifications",
        ["user_id", "create_time", "id"],
        postgresql_where=sa.text("read_time IS NULL"),
    )
    op.create_index("ix_notifications_create_time", "notifications", ["create_time"])

"""Notifications of imports that wait for a decision."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # The name that 0003 gave it took the prefix twice.
    op.execute("ALTER TABLE notifications DROP CONSTRAINT ck_notifications_ck_notifications_kind")
    op.create_check_constraint(
        op.f("ck_notifications_kind"),
        "notifications",
        "kind IN ('import_applied', 'import_failed', 'import_cancelled', 'import_held')",
    )

"""platforms"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_platforms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("char_length(name) >= 1 AND char_length(name) <= 200", name="ck_export_platforms_name"),
        sa.CheckConstraint("kind IN ('file', 'google_merchant', 'shopify', 'woocommerce')", name="ck_export_platforms_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_export_platforms"),
        sa.UniqueConstraint("name", name="uq_export_platforms_name"),
    )


def downgrade() -> None:
    op.drop_table("export_platforms")

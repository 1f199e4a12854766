"""mappings"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code2asin_results",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gtin", sa.String(), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("asin", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("gtin ~ '^[0-9]{14}$'", name="ck_code2asin_results_gtin"),
        sa.CheckConstraint("marketplace_id ~ '^[A-Z0-9]{10,20}$'", name="ck_code2asin_results_marketplace_id"),
        sa.CheckConstraint("asin ~ '^(B[0-9A-Z]{9}|[0-9]{9}[0-9X])$'", name="ck_code2asin_results_asin"),
        sa.PrimaryKeyConstraint("id", name="pk_code2asin_results"),
        sa.UniqueConstraint("gtin", "marketplace_id", "asin", name="uq_code2asin_results_gtin_marketplace_id_asin"),
    )
    op.create_index("ix_code2asin_results_asin", "code2asin_results", ["asin"])


def downgrade() -> None:
    op.drop_table("code2asin_results")

"""files"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("create_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("update_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "char_length(source_url) <= 2048 AND source_url ~ '^https?://[^/ ]+'", name="ck_media_files_source_url"
        ),
        sa.CheckConstraint("position >= 0 AND position <= 10000", name="ck_media_files_position"),
        sa.PrimaryKeyConstraint("id", name="pk_media_files"),
        sa.UniqueConstraint("product_id", "source_url", name="uq_media_files_product_id_source_url"),
    )
    op.create_index("ix_media_files_product_id_position_id", "media_files", ["product_id", "position", "id"])


def downgrade() -> None:
    op.drop_table("media_files")

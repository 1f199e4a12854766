"""Search: counts kept for what lists begin with; the order of change."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "search_rollups",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_rollups")),
    )
    op.add_column("search_upkeep", sa.Column("rollup_written", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("search_upkeep", sa.Column("rollup_time", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_products_update_time_id", "products", ["update_time", "id"])

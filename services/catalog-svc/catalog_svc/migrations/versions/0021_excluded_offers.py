"""Offers that a person excluded."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("ALTER TABLE supplier_products ADD COLUMN exclude_time timestamptz")
    # The few that a list of them shows.
    op.execute(
        "CREATE INDEX ix_supplier_products_excluded ON supplier_products (supplier_id, supplier_ref)"
        " WHERE exclude_time IS NOT NULL"
    )

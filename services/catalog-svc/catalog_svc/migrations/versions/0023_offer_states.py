"""Offers that a whole list of their supplier no longer has."""

from alembic import op

revision = "0023"
down_revision = "0022"

STATEMENTS = (
    "ALTER TABLE supplier_products ADD COLUMN vanish_time timestamptz",
    "ALTER TABLE supplier_products ADD COLUMN vanish_run_id uuid",
    # Those that a list of them shows.
    "CREATE INDEX ix_supplier_products_vanished ON supplier_products (supplier_id, supplier_ref) WHERE vanish_time IS NOT NULL",
    "ALTER TABLE runs ADD COLUMN partial boolean NOT NULL DEFAULT true",
    "ALTER TABLE run_batches ADD COLUMN vanished integer NOT NULL DEFAULT 0",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""The shop's own article list, and our SKU in suppliers' words."""

from alembic import op

revision = "0013"
down_revision = "0012"

STATEMENTS = (
    "ALTER TABLE suppliers ADD COLUMN own_list boolean NOT NULL DEFAULT false",
    "CREATE UNIQUE INDEX uq_suppliers_own_list ON suppliers (own_list) WHERE own_list",
    "ALTER TABLE supplier_products ADD COLUMN our_sku varchar",
    "ALTER TABLE supplier_products ADD CONSTRAINT ck_supplier_products_our_sku CHECK (char_length(our_sku) <= 128)",
    "CREATE INDEX ix_supplier_products_our_sku ON supplier_products (our_sku) WHERE our_sku IS NOT NULL",
    "ALTER TABLE runs ADD COLUMN our_sku_conflict integer NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN our_sku_told integer NOT NULL DEFAULT 0",
    "ALTER TABLE runs DROP CONSTRAINT ck_runs_ledger",
    """
    ALTER TABLE runs ADD CONSTRAINT ck_runs_ledger CHECK (
      plan_hash IS NULL OR staged = created + updated + unchanged + duplicate_in_file + conflict + our_sku_conflict)""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

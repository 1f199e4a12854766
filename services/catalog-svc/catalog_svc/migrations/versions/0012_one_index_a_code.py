"""Search: one index of each code, without its marks, serves the code as it is written too."""

from alembic import op

revision = "0012"
down_revision = "0011"

# Each offer of an import wrote its reference into two indexes. A code as it is written is among the few that are the same
# without marks and case, so that one index is enough.
STATEMENTS = (
    "DROP INDEX ix_supplier_products_supplier_ref",
    "DROP INDEX ix_supplier_products_condensed_ref",
    "CREATE INDEX ix_supplier_products_condensed_ref ON supplier_products (condensed(supplier_ref))",
    "DROP INDEX ix_products_mpn",
    "DROP INDEX ix_products_condensed_mpn",
    "CREATE INDEX ix_products_condensed_mpn ON products (condensed(mpn)) WHERE mpn IS NOT NULL",
    "DROP INDEX ix_products_condensed_sku",
    "CREATE INDEX ix_products_condensed_sku ON products (condensed(sku)) WHERE sku IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)

"""Search: codes without their marks, the last digits of barcodes, words inside names without blanks."""

from alembic import op

revision = "0010"
down_revision = "0009"

# Upper case, as most codes are: what has neither marks nor small letters is in the plain indexes and needs no second entry.
CONDENSED = """
CREATE FUNCTION condensed(code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT upper(translate(code, E' \\t\\u00A0-\\u2010\\u2011\\u2013./\\\\_:,;#*+()[]', ''))
$$
"""
# Expressions: products and offers that are there are indexed here, and imports and single edits write alike.
INDEXES = (
    "CREATE INDEX ix_products_condensed_sku ON products (condensed(sku)) WHERE sku <> condensed(sku)",
    "CREATE INDEX ix_products_condensed_mpn ON products (condensed(mpn)) WHERE mpn <> condensed(mpn)",
    "CREATE INDEX ix_supplier_products_condensed_ref ON supplier_products (condensed(supplier_ref))"
    " WHERE supplier_ref <> condensed(supplier_ref)",
    "CREATE INDEX ix_products_gtin_end ON products ((reverse(right(gtin, 8))::integer)) WHERE gtin <> ''",
)


def upgrade() -> None:
    op.execute(CONDENSED)
    for index in INDEXES:
        op.execute(index)

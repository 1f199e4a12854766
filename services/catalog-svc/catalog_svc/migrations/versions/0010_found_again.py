"""Search: codes without their marks, the last digits of barcodes, words inside names without blanks."""

from alembic import op

revision = "0010"
down_revision = "0009"

# Upper case, as most codes are: what has neither marks nor small letters is in the plain indexes and needs no second entry.
# Marks of ASCII alone: every import pays for each one, and looking for others as well takes four times as long.
CONDENSED = """
CREATE FUNCTION condensed(code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT upper(translate(code, ' -./_,:#+', ''))
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
# Han, Kana and Hangul: names are written without blanks, or nearly.
LETTERS = (
    r"\u3005\u3007\u3041-\u3096\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u3400-\u4DBF\u4E00-\u9FFF"
    r"\uAC00-\uD7A3\uF900-\uFAFF\uFF66-\uFF9F"
)
# Every two neighbours of such a run, its last letter alone, and what stands between the runs: 保温杯500ml is 保温 温杯 杯 500ml.
IN_PAIRS = """
CREATE FUNCTION in_pairs(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT string_agg(
    CASE WHEN part ~ '[LETTERS]'
    THEN (SELECT string_agg(substr(part, place, 2), ' ' ORDER BY place) FROM generate_series(1, char_length(part)) AS place)
    ELSE part END, ' ' ORDER BY number)
  FROM regexp_matches(normalize(name, NFKC), '[LETTERS]+|[^LETTERS]+', 'g') WITH ORDINALITY AS found(parts, number),
       LATERAL (SELECT parts[1] AS part) p
$$
"""
# The upkeep loop indexes the names that are there, within minutes; until then they are found as before.
REINDEX = """
INSERT INTO search_dirty (product_id)
SELECT p.id FROM products p LEFT JOIN brands b ON b.id = p.brand_id WHERE concat_ws(' ', p.title, b.name) ~ '[LETTERS]'
"""


def upgrade() -> None:
    op.execute(IN_PAIRS.replace("LETTERS", LETTERS))
    op.execute(REINDEX.replace("LETTERS", LETTERS))
    op.execute(CONDENSED)
    for index in INDEXES:
        op.execute(index)

"""Bringing search rows up to date from the products and offers they show. Set-based, for imports and single edits alike."""

from catalog_svc.fields import kinds
from catalog_svc.fields.registry import REGISTRY
from catalog_svc.search.scripts import LETTERS
from catalog_svc.search.vals import BRAND, CATEGORY, SUPPLIER, number
from chassis.db import Connection

# Codes such as AB-1234 must be found by their parts, so marks inside words become spaces, in documents and queries alike.
_TEXTS = [
    "b.name" if field.reference is kinds.BRAND else f"p.{field.code}"
    for field in REGISTRY.golden
    if field.searched is kinds.Searched.WORDS
]
_NAMES = f"translate(concat_ws(' ', {', '.join(_TEXTS)}), '-/', '  ')"
# Words inside names without blanks; their letters have three bytes each, so that most names are not put together twice.
_MAY_HAVE_LETTERS = " OR ".join(f"octet_length({name}) > char_length({name}) + 1" for name in _TEXTS)
_DOCUMENT = f"""to_tsvector('words', {_NAMES} || CASE
    WHEN ({_MAY_HAVE_LETTERS}) AND {_NAMES} ~ '[{LETTERS}]' THEN ' ' || in_pairs({_NAMES})
    ELSE '' END)"""


_DESCRIBING = ", ".join(f"p.{field.product_column}" for field in REGISTRY.golden if field.describes)


def popularity(offers: str, in_stock: str) -> str:
    """SQL of the popularity of product `p`, given SQL of its number of offers and of whether it is in stock (NULL: no).

    We know no sales. The more suppliers offer a product the sooner it is shown, in stock before sold out, well described before
    bare. The last part is a hash: equals keep one random order, so that the hot rows are of all kinds and not of one file alone.
    """
    return f"""(
      ln(1.0::float8 + coalesce({offers}, 0)) + 0.5::float8 * coalesce({in_stock}, false)::int
      + 0.1::float8 * num_nonnulls({_DESCRIBING})
      + 0.05::float8 * (uuid_hash(p.id) & 65535) / 65536
    )::real"""


# One row in sixteen, chosen by other bits of the hash than the popularity uses.
_IN_SAMPLE = "(uuid_hash(p.id) >> 20 & 15) = 0"

# A category is found below each of its ancestors.
_CATEGORIES = f"""ARRAY(SELECT {number(CATEGORY, "facet")} FROM unnest(c.facets) AS facet)"""
# Sorted, so that equal sets are equal arrays.
_VALUES = f"""
sort(array_remove(coalesce(f.suppliers, '{{{{}}}}') || {number(BRAND, "b.facet")} || {_CATEGORIES}, NULL))"""

# Of all their offers.
_OFFERED = f"""
  SELECT o.product_id, array_agg(DISTINCT {number(SUPPLIER, "s.facet")}) AS suppliers, count(*) AS offers,
         bool_or(o.stock > 0) AS in_stock
  FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id
  WHERE o.active AND o.product_id IN (SELECT product_id FROM touched)
  GROUP BY o.product_id"""
# Of the one offer that created each of them.
_CREATED = f"""
  SELECT b.product_id, ARRAY[{number(SUPPLIER, "s.facet")}] AS suppliers, 1 AS offers, b.stock > 0 AS in_stock
  FROM product_best b CROSS JOIN suppliers s
  WHERE s.id = ({{supplier}}) AND b.product_id IN (SELECT product_id FROM touched)"""

# Whether product `p` is not in the trash. `IS NULL` says the same, but a planner that knows nothing of the table yet takes it for
# one row in two hundred, and joins the rest of a first import row by row, for 6 % more CPU time.
SHOWN = "num_nonnulls(p.trash_time) <> 1"

_REFRESH = f"""
WITH touched AS MATERIALIZED ({{touched}}),
offered AS ({{offered}}),{{hidden}}
written AS (
  INSERT INTO product_search AS t (product_id, popularity, in_sample, vals, fts)
  SELECT p.id, {popularity("f.offers", "f.in_stock")}, {_IN_SAMPLE},
         {_VALUES}, {_DOCUMENT}
  FROM products p
  LEFT JOIN offered f ON f.product_id = p.id
  LEFT JOIN brands b ON b.id = p.brand_id
  LEFT JOIN categories c ON c.id = p.category_id
  WHERE p.id IN (SELECT product_id FROM touched) AND {SHOWN}
  ORDER BY p.id
  ON CONFLICT (product_id) DO {{conflict}}
  RETURNING fts
),
-- Words without digits: nobody misspells a number, and codes would make a dictionary as long as the catalogue.
-- Materialized, or the planner puts the dear conditions on every word of every row instead of on the different ones.
words AS MATERIALIZED (
  SELECT word, count(*)::int AS ndoc FROM written, unnest(tsvector_to_array(fts)) AS word
  WHERE word COLLATE "C" >= 'A' GROUP BY word
)
INSERT INTO search_words (word, ndoc, stems)
SELECT word, ndoc, stems_of(word) FROM words
WHERE word !~ '[0-9]' AND char_length(word) BETWEEN 2 AND 40 AND NOT EXISTS (SELECT FROM search_words k WHERE k.word = words.word)
ORDER BY word
ON CONFLICT DO NOTHING
"""


# What is in the trash is not found. As an array, or a planner that knows nothing of the table yet would read all of it.
_HIDDEN = """
hidden AS (
  DELETE FROM product_search WHERE product_id = ANY (ARRAY(
    SELECT id FROM products WHERE trash_time IS NOT NULL AND id IN (SELECT product_id FROM touched)))
),"""
_REPLACE = """UPDATE SET popularity = excluded.popularity, vals = excluded.vals, fts = excluded.fts
    WHERE (t.vals, t.fts) IS DISTINCT FROM (excluded.vals, excluded.fts)"""


async def refresh_search(connection: Connection, touched: str, *parameters: object) -> None:
    """Bring the search rows of the products up to date; rows that would stay the same are not written.

    `touched` is a query of one column `product_id`, with its parameters; lock the products first (`survivorship.lock_products`),
    or an older state may overwrite a newer one. New words reach the dictionary, so that their inflections are found; two calls
    at once that bring the same new word wait for each other, in the order of words.
    """
    await connection.execute(_REFRESH.format(touched=touched, offered=_OFFERED, hidden=_HIDDEN, conflict=_REPLACE), *parameters)


async def index_created(connection: Connection, created: str, supplier: str, *parameters: object) -> None:
    """Give search rows to new products, each created by one offer of this supplier.

    `created` is a query as above, `supplier` one of the supplier's id. A product that has a row is left alone: whoever joined an
    offer meanwhile knows more, and who joins one later refreshes it. That needs no lock, and no look at all offers.
    """
    offered = _CREATED.format(supplier=supplier)
    await connection.execute(_REFRESH.format(touched=created, offered=offered, hidden="", conflict="NOTHING"), *parameters)


async def mark_dirty(connection: Connection, touched: str, *parameters: object) -> None:
    """Leave the products to the upkeep loop, which refreshes them within seconds of this transaction's commit."""
    await connection.execute(f"INSERT INTO search_dirty (product_id) {touched}", *parameters)
    await connection.execute(f"NOTIFY {CHANNEL}")


# Where the upkeep loop listens.
CHANNEL = "search_dirty"

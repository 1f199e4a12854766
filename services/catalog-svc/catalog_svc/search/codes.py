"""Products with the very code that was typed: GTIN in any spelling, SKU, MPN, supplier's reference."""

from uuid import UUID

from catalog_svc.products.gtin import candidates
from catalog_svc.search.conditions import Conditions
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

# More than a handful of products share an MPN or a supplier's reference only in dirty data.
CODE_HITS = 50
MAX_CODE_LENGTH = 128

Hit = tuple[UUID, "pb.SearchHit.Match.ValueType"]

_CODES = f"""
SELECT DISTINCT ON (product_id) product_id, match FROM (
  (SELECT id AS product_id, {pb.SearchHit.MATCH_GTIN} AS match FROM products WHERE gtin = ANY ($1) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT id, {pb.SearchHit.MATCH_SKU} FROM products WHERE sku = ANY ($2) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT id, {pb.SearchHit.MATCH_MPN} FROM products WHERE mpn = ANY ($2) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT product_id, {pb.SearchHit.MATCH_SUPPLIER_REF} FROM supplier_products WHERE supplier_ref = ANY ($2) LIMIT {CODE_HITS})
) found ORDER BY product_id, match
"""


async def by_code(connection: Connection, query: str, conditions: Conditions) -> list[Hit]:
    """Products with this code that fulfil the conditions; the surest kind of match first."""
    if not _may_be_code(query):
        return []
    spellings = list({query, query.upper(), query.lower()})
    rows = await connection.fetch(_CODES, candidates(query), spellings)
    if rows and conditions.any:
        among = conditions.copy()
        among.require(f"s.product_id = ANY ({among.bind([row['product_id'] for row in rows])}::uuid[])")
        kept = await connection.fetch(f"SELECT s.product_id {among.matches}", *among.parameters)
        passed = {row["product_id"] for row in kept}
        rows = [row for row in rows if row["product_id"] in passed]
    return sorted(((row["product_id"], row["match"]) for row in rows), key=lambda hit: (hit[1], hit[0]))


def _may_be_code(query: str) -> bool:
    """One word, or several with a digit: nobody numbers articles in several plain words."""
    return 0 < len(query) <= MAX_CODE_LENGTH and (" " not in query or any(character.isdigit() for character in query))

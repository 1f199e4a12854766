"""Products with the code that was typed, or one that begins so: GTIN in any spelling, SKU, MPN, supplier's reference."""

from uuid import UUID

import asyncpg

from catalog_svc.products.gtin import candidates, of_beginning
from catalog_svc.products.repository import PRODUCT
from catalog_svc.search.conditions import Conditions
from catalog_svc.search.dictionary import LAST
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

# More than a handful of products share an MPN or a supplier's reference only in dirty data.
CODE_HITS = 50
MAX_CODE_LENGTH = 128
# Shorter beginnings are those of too many codes.
BEGINNING_LENGTH = 4

Hit = tuple[UUID, "pb.SearchHit.Match.ValueType"]


def _shown(found: str) -> str:
    """SQL of the products `found` names, as they are shown: one or few, so that reading them at once saves a statement."""
    return f"SELECT match, product.* FROM ({found}) found, LATERAL ({PRODUCT} WHERE p.id = found.product_id) product"


_CODES = _shown(f"""
SELECT DISTINCT ON (product_id) product_id, match FROM (
  (SELECT id AS product_id, {pb.SearchHit.MATCH_GTIN} AS match FROM products WHERE gtin = ANY ($1) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT id, {pb.SearchHit.MATCH_SKU} FROM products WHERE sku = ANY ($2) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT id, {pb.SearchHit.MATCH_MPN} FROM products WHERE mpn = ANY ($2) LIMIT {CODE_HITS})
  UNION ALL
  (SELECT product_id, {pb.SearchHit.MATCH_SUPPLIER_REF} FROM supplier_products WHERE supplier_ref = ANY ($2) LIMIT {CODE_HITS})
) found ORDER BY product_id, match
""")


def _beginning(table: str, code: str, id: str, typed: str) -> str:
    """SQL of the products whose code begins with one of the texts: a range of its index, which is in the order of bytes."""
    return f"""
    SELECT found.id FROM unnest({typed}::text[]) AS typed, LATERAL (
      SELECT {id} AS id FROM {table} WHERE {code} >= typed AND {code} < typed || {LAST} ORDER BY {code} LIMIT {CODE_HITS}
    ) found"""


# A number that many titles hold is a word, and not the beginning of a code.
_BEGINNINGS = _shown(f"""
SELECT DISTINCT id AS product_id, {pb.SearchHit.MATCH_CODE_BEGINNING} AS match FROM (
  {_beginning("products", "gtin", "id", "$1")}
  UNION ALL {_beginning("products", "sku", "id", "$2")}
  UNION ALL {_beginning("products", "mpn", "id", "$2")}
  UNION ALL {_beginning("supplier_products", "supplier_ref", "product_id", "$2")}
) found WHERE NOT EXISTS (SELECT FROM search_words WHERE word = lower($3)) ORDER BY id LIMIT {CODE_HITS}
""")


async def by_code(connection: Connection, query: str, conditions: Conditions) -> tuple[list[Hit], dict[UUID, asyncpg.Record]]:
    """Products that fulfil the conditions and have this code, or one that begins so if nothing has it; the surest match first.

    Also the products themselves, as they are shown.
    """
    if not _may_be_code(query):
        return [], {}
    spellings = list({query, query.upper(), query.lower()})
    rows = await connection.fetch(_CODES, candidates(query), spellings)
    if not rows and _may_begin_code(query):
        rows = await connection.fetch(_BEGINNINGS, of_beginning(query), spellings, query)
    products = {row["id"]: row for row in rows}
    if products and conditions.any:
        among = conditions.copy()
        among.require(f"s.product_id = ANY ({among.bind(list(products))}::uuid[])")
        kept = await connection.fetch(f"SELECT s.product_id {among.matches}", *among.parameters)
        products = {row["product_id"]: products[row["product_id"]] for row in kept}
    return sorted(((id, row["match"]) for id, row in products.items()), key=lambda hit: (hit[1], hit[0])), products


def _may_be_code(query: str) -> bool:
    """One word, or several with a digit: nobody numbers articles in several plain words."""
    return 0 < len(query) <= MAX_CODE_LENGTH and (" " not in query or any(character.isdigit() for character in query))


def _may_begin_code(query: str) -> bool:
    """One word with a digit: looking for others would cost every search of plain words."""
    return len(query) >= BEGINNING_LENGTH and " " not in query and any(character.isdigit() for character in query)

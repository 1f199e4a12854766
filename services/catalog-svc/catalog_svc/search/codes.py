"""Products with the code that was typed, or one that begins so: GTIN in any spelling, SKU, MPN, supplier's reference."""

from uuid import UUID

import asyncpg

from catalog_svc.products.gtin import candidates, of_beginning, of_end
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
# Who types a code with blanks types few; a part of letters is short, longer ones are words.
CODE_PARTS, PART_LETTERS = 4, 4
# Numbers of articles have no more digits with their zeros in front.
NUMBER_LENGTH = 14
# A range that holds nothing.
NO_END = (1, 0)
# What the SQL function `condensed` leaves out, and what typesetters put in the place of hyphens and blanks.
_NO_MARKS = str.maketrans("", "", " -./_,:#+")
_TYPOGRAPHIC = str.maketrans("\u00a0\u2010\u2011\u2013", " ---")

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


def _whole(table: str, code: str, id: str, match: int) -> str:
    """SQL of the products with a code that lost its zeros, or is the same without marks and case."""
    return f"""
    (SELECT {id} AS id, {match} AS match FROM {table} WHERE {code} = ANY ($6) LIMIT {CODE_HITS})
    UNION ALL
    (SELECT {id}, {match} FROM {table}
     WHERE {code} <> condensed({code}) AND condensed({code}) = condensed($4) LIMIT {CODE_HITS})"""


def _beginning(table: str, code: str, id: str, typed: str) -> str:
    """SQL of the products whose code begins with one of the texts: a range of its index, which is in the order of bytes."""
    return f"""
    SELECT found.id, {pb.SearchHit.MATCH_CODE_BEGINNING} FROM unnest({typed}::text[]) AS typed, LATERAL (
      SELECT {id} AS id FROM {table} WHERE {code} >= typed AND {code} < typed || {LAST} ORDER BY {code} LIMIT {CODE_HITS}
    ) found"""


def _condensed_beginning(table: str, code: str, id: str) -> str:
    """The same of codes without their marks."""
    return f"""
    (SELECT {id}, {pb.SearchHit.MATCH_CODE_BEGINNING} FROM {table}
     WHERE {code} <> condensed({code}) AND condensed({code}) >= condensed($4) AND condensed({code}) < condensed($4) || {LAST}
     ORDER BY condensed({code}) LIMIT {CODE_HITS})"""


# A number that many titles hold is a word, and neither the beginning of a code nor the end of one. $4 is the code in any
# spelling, $5 whether beginnings are asked for, $6 the code with zeros in front and without, $7 and $8 what a GTIN ends with.
_NEAR = _shown(f"""
SELECT DISTINCT ON (id) id AS product_id, match FROM (
  {_whole("products", "sku", "id", pb.SearchHit.MATCH_SKU)}
  UNION ALL {_whole("products", "mpn", "id", pb.SearchHit.MATCH_MPN)}
  UNION ALL {_whole("supplier_products", "supplier_ref", "product_id", pb.SearchHit.MATCH_SUPPLIER_REF)}
  UNION ALL (SELECT id, match FROM (
    {_beginning("products", "gtin", "id", "$1")}
    UNION ALL {_beginning("products", "sku", "id", "$2")}
    UNION ALL {_beginning("products", "mpn", "id", "$2")}
    UNION ALL {_beginning("supplier_products", "supplier_ref", "product_id", "$2")}
    UNION ALL {_condensed_beginning("products", "sku", "id")}
    UNION ALL {_condensed_beginning("products", "mpn", "id")}
    UNION ALL {_condensed_beginning("supplier_products", "supplier_ref", "product_id")}
    UNION ALL (SELECT id, {pb.SearchHit.MATCH_GTIN_END} FROM products
      WHERE gtin <> '' AND reverse(right(gtin, 8))::integer BETWEEN $7 AND $8 LIMIT {CODE_HITS})
  ) begun (id, match) WHERE $5 AND NOT EXISTS (SELECT FROM search_words WHERE word = lower($3)))
) found ORDER BY id, match LIMIT {2 * CODE_HITS}
""")


async def by_code(connection: Connection, query: str, conditions: Conditions) -> tuple[list[Hit], dict[UUID, asyncpg.Record]]:
    """Products that fulfil the conditions and have this code; if nothing has it, those with the same in another spelling; and if
    there are none, those with one that begins or a barcode that ends so. The surest match first.

    Also the products themselves, as they are shown.
    """
    if not _may_be_code(query):
        return [], {}
    spellings = list({query, query.upper(), query.lower()})
    rows = await connection.fetch(_CODES, candidates(query), spellings)
    if not rows and (code := _spelled_otherwise(query)):
        rows = await _near(connection, query, code, spellings)
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


async def _near(connection: Connection, query: str, code: str, spellings: list[str]) -> list[asyncpg.Record]:
    """Products with a code that is nearly this one; those whose whole code it is are the only ones."""
    is_word = " " not in query
    condensed = code.translate(_NO_MARKS).upper()
    beginnings = [*spellings, *({condensed} - {*spellings})] if is_word else [condensed]
    end = of_end(query) or NO_END
    rows = await connection.fetch(_NEAR, of_beginning(query), beginnings, query, code, _may_begin(code), _zeros(condensed), *end)
    whole = [row for row in rows if row["match"] not in (pb.SearchHit.MATCH_CODE_BEGINNING, pb.SearchHit.MATCH_GTIN_END)]
    return whole or rows[:CODE_HITS]


def _spelled_otherwise(query: str) -> str:
    """The code that a query may be, in whatever spelling; empty when it is none: no digit, too short, or a sentence."""
    long_enough = len(query.replace(" ", "")) >= BEGINNING_LENGTH
    return (
        query.translate(_TYPOGRAPHIC) if long_enough and len(query.split()) <= CODE_PARTS and any(map(str.isdigit, query)) else ""
    )


def _may_begin(code: str) -> bool:
    """Whether codes that begin so are asked for. Of several parts those without a digit are short: `KT INS114`, and not
    `hammer 20`, which is said of many hammers.
    """
    parts = code.split()
    return len(parts) == 1 or all(len(part) <= PART_LETTERS or any(map(str.isdigit, part)) for part in parts)


def _zeros(code: str) -> list[str]:
    """The code itself; a number also with more zeros in front, which spreadsheets take away, and with fewer."""
    if not (code.isascii() and code.isdigit()):
        return [code]
    bare = code.lstrip("0") or "0"
    return [code, *(bare.zfill(length) for length in range(len(bare), max(NUMBER_LENGTH, len(code)) + 1))]

"""Products with the code that was typed, or one that begins so: GTIN in any spelling, SKU, MPN, supplier's reference."""

from uuid import UUID

import asyncpg

from catalog_svc.fields.gtin import candidates, of_beginning, of_end
from catalog_svc.golden.reading import PRODUCT
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
    product = f"{PRODUCT} WHERE p.id = found.product_id AND p.trash_time IS NULL"
    return f"SELECT match, product.* FROM ({found}) found, LATERAL ({product}) product"


# The codes beside the barcode: of which table, in which column, whose product, and what a hit is called. All have an index of
# `condensed(code)`, without marks and case: a code as it is written is among the few that are the same so.
_WRITTEN = (
    ("products", "sku", "id", pb.SearchHit.MATCH_SKU),
    ("products", "mpn", "id", pb.SearchHit.MATCH_MPN),
    ("supplier_products", "supplier_ref", "product_id", pb.SearchHit.MATCH_SUPPLIER_REF),
)


def _each(found: str) -> str:
    """SQL of what is `found` in each of the codes that are written in some way."""
    return " UNION ALL ".join(
        found.format(table=table, code=code, id=id, match=match, beginning=pb.SearchHit.MATCH_CODE_BEGINNING, hits=CODE_HITS)
        for table, code, id, match in _WRITTEN
    )


_AS_WRITTEN = """
(SELECT {id}, {match} FROM {table}
 WHERE {code} IS NOT NULL AND condensed({code}) = condensed($3) AND {code} = ANY ($2) LIMIT {hits})"""
_CODES = _shown(f"""
SELECT DISTINCT ON (product_id) product_id, match FROM (
  (SELECT id AS product_id, {pb.SearchHit.MATCH_GTIN} AS match FROM products WHERE gtin = ANY ($1) LIMIT {CODE_HITS})
  UNION ALL {_each(_AS_WRITTEN)}
) found ORDER BY product_id, match
""")
# A code that lost its zeros, or is the same without marks and case; and one that begins so, a range of the index, which is in the
# order of bytes.
_WHOLE = """
(SELECT {id} AS id, {match} AS match FROM {table}
 WHERE {code} IS NOT NULL AND condensed({code}) = ANY ($5::text[] || condensed($3)) LIMIT {hits})"""
_BEGINNING = (
    """
(SELECT {id}, {beginning} FROM {table}
 WHERE {code} IS NOT NULL AND condensed({code}) >= condensed($3) AND condensed({code}) < condensed($3) || """
    + LAST
    + """
 ORDER BY condensed({code}) LIMIT {hits})"""
)


# A number that many titles hold is a word, and neither the beginning of a code nor the end of one. $1 are beginnings of GTIN, $2
# is the query, $3 the code in any spelling, $4 whether beginnings are asked for, $5 the code with zeros in front and without, $6
# and $7 what a GTIN ends with.
_NEAR = _shown(f"""
SELECT * FROM (SELECT DISTINCT ON (id) id AS product_id, match FROM (
  {_each(_WHOLE)}
  UNION ALL (SELECT id, match FROM (
    SELECT found.id, {pb.SearchHit.MATCH_CODE_BEGINNING} FROM unnest($1::text[]) AS typed, LATERAL (
      SELECT id FROM products WHERE gtin >= typed AND gtin < typed || {LAST} ORDER BY gtin LIMIT {CODE_HITS}
    ) found
    UNION ALL {_each(_BEGINNING)}
    UNION ALL (SELECT id, {pb.SearchHit.MATCH_GTIN_END} FROM products
      WHERE gtin <> '' AND reverse(right(gtin, 8))::integer BETWEEN $6 AND $7 LIMIT {CODE_HITS})
  ) begun (id, match) WHERE $4 AND NOT EXISTS (SELECT FROM search_words WHERE word = lower($2)))
) found ORDER BY id, match) surest ORDER BY match, product_id LIMIT {2 * CODE_HITS}
""")


async def by_code(connection: Connection, query: str, conditions: Conditions) -> tuple[list[Hit], dict[UUID, asyncpg.Record]]:
    """Products that fulfil the conditions and have this code; if nothing has it, those with the same in another spelling; and if
    there are none, those with one that begins or a barcode that ends so. The surest match first.

    Also the products themselves, as they are shown.
    """
    if not _may_be_code(query):
        return [], {}
    spellings = list({query, query.upper(), query.lower()})
    rows = await connection.fetch(_CODES, candidates(query), spellings, query)
    if not rows and (code := _spelled_otherwise(query)):
        rows = await _near(connection, query, code)
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


async def _near(connection: Connection, query: str, code: str) -> list[asyncpg.Record]:
    """Products with a code that is nearly this one; those whose whole code it is are the only ones."""
    zeros = _zeros(code.translate(_NO_MARKS).upper())
    end = of_end(query) or NO_END
    rows = await connection.fetch(_NEAR, of_beginning(query), query, code, _may_begin(code), zeros, *end)
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

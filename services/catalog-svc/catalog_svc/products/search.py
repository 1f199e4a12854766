"""Finding products: exact codes first, then words, or everything that filters let through.

The plan of every statement is chosen here and not by the planner, which walks an ordered index for rare words and needs seconds:
words and facets are one scan of one GIN index, ranking sees a bounded number of candidates, counts stop at a cap.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from catalog_svc.products.errors import CurrencyMissing
from catalog_svc.products.gtin import candidates
from chassis import paging
from chassis.db import Connection
from chassis.ids import parse
from pm.catalog.v1 import products_pb2 as pb

TOTAL_CAP = 10_000
# How many matches are ranked; whoever pages further must search more narrowly.
CANDIDATES = 1_000
# Hits by code: more than a handful of products share an MPN or a supplier's reference only in dirty data.
CODE_HITS = 50
MAX_CODE_LENGTH = 128
# A shorter last word would match too much as the beginning of one.
PREFIX_LETTERS = 4
# Rows of the walk in id order, before a sort of all matches is cheaper.
WALK_ROWS = 20_000

_SEPARATORS = re.compile(r"[-/'’]")
# Before every id.
_START = UUID(int=0)

Hit = tuple[UUID, "pb.SearchHit.Match.ValueType"]

_USE_GIN = "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"

_FACETS = """
SELECT (SELECT facet FROM suppliers WHERE id = $1), (SELECT facet FROM brands WHERE id = $2),
       (SELECT facet FROM categories WHERE id = $3)
"""

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


@dataclass(frozen=True)
class Found:
    """One page of hits. `total` counts up to the cap."""

    hits: list[Hit]
    next_page_token: str
    total: int
    total_capped: bool


class Search:
    """One search over a connection inside a transaction."""

    def __init__(self, connection: Connection, request: pb.SearchProductsRequest, *, total_cap: int = TOTAL_CAP) -> None:
        if (request.HasField("price_min") or request.HasField("price_max")) and not request.HasField("currency"):
            raise CurrencyMissing
        self._connection = connection
        self._request = request
        self._query = request.query.strip()
        self._cap = total_cap
        self._parameters: list[object] = []
        self._conditions: list[str] = []
        self._joins = ""

    async def page(self, size: int) -> Found:
        """The page of `size` hits that the request's token names. Raises CurrencyMissing, InvalidPageToken."""
        if not await self._add_facets():
            return Found([], "", 0, False)
        if self._query or self._conditions:
            await self._connection.execute(_USE_GIN)
        self._add_offer_filters()
        return await (self._by_words(size) if self._query else self._by_filters(size))

    async def _by_words(self, size: int) -> Found:
        """Codes on top, then the best of at most CANDIDATES matches by rank."""
        token = paging.decode(self._request, self._request.page_token, int)
        offset = token[0] if token else 0
        codes = await self._codes()
        code_ids = self._bind([product_id for product_id, _ in codes])
        head, last = _words(self._query)
        matches = f"""
            FROM product_search s {self._joins}
            WHERE s.fts @@ (SELECT q FROM query) AND s.product_id <> ALL ({code_ids}::uuid[]) {self._where()}
            LIMIT {self._cap + 1}"""
        rows = await self._connection.fetch(
            f"""
            WITH query AS MATERIALIZED (
              SELECT plainto_tsquery('words', {self._bind(head)}) && to_tsquery('words', {self._bind(last)}) AS q
            ),
            matches AS MATERIALIZED (SELECT s.product_id, s.fts {matches}),
            ranked AS (
              SELECT product_id, ts_rank(fts, (SELECT q FROM query), 1) AS rank
              FROM (SELECT * FROM matches LIMIT {CANDIDATES}) candidates
            )
            SELECT product_id, (SELECT count(*) FROM matches)::int AS total FROM ranked ORDER BY rank DESC, product_id""",
            *self._parameters,
        )
        hits = [*codes, *((row["product_id"], pb.SearchHit.MATCH_TEXT) for row in rows)]
        total = len(codes) + (rows[0]["total"] if rows else 0)
        end = offset + size
        return self._found(hits[offset:end], [end] if end < len(hits) else [], total)

    async def _by_filters(self, size: int) -> Found:
        """Products that the filters let through, in the order of their creation."""
        token = paging.decode(self._request, self._request.page_token, str)
        start = self._bind(parse(token[0], "page_token") if token else _START)
        wanted = size + 1
        # Materialized, or the planner walks the primary key and meets none for seconds.
        counted = await self._connection.fetchrow(
            f"""
            WITH matches AS MATERIALIZED (
              SELECT s.product_id FROM product_search s {self._joins} WHERE true {self._where()} LIMIT {self._cap + 1}
            )
            SELECT (SELECT count(*) FROM matches)::int AS total,
                   ARRAY(SELECT product_id FROM matches WHERE product_id > {start} ORDER BY product_id LIMIT {wanted}) AS ids""",
            *self._parameters,
        )
        total, found = counted["total"], counted["ids"]
        if total > self._cap:
            # What was counted is only a part. Where so many match, a walk in id order soon meets enough of them.
            found = await self._walk(start, wanted)
            if len(found) < wanted:
                found = await self._sort(start, wanted)
        hits = [(product_id, pb.SearchHit.MATCH_FILTER) for product_id in found[:size]]
        return self._found(hits, [str(found[size - 1])] if len(found) > size else [], total)

    async def _codes(self) -> list[Hit]:
        """Products with this very code that the filters let through; the surest kind of match first."""
        if len(self._query) > MAX_CODE_LENGTH:
            return []
        spellings = list({self._query, self._query.upper(), self._query.lower()})
        rows = await self._connection.fetch(_CODES, candidates(self._query), spellings)
        if rows and self._conditions:
            ids = f"${len(self._parameters) + 1}::uuid[]"
            kept = await self._connection.fetch(
                f"SELECT s.product_id FROM product_search s {self._joins} WHERE s.product_id = ANY ({ids}) {self._where()}",
                *self._parameters,
                [row["product_id"] for row in rows],
            )
            passed = {row["product_id"] for row in kept}
            rows = [row for row in rows if row["product_id"] in passed]
        return sorted(((row["product_id"], row["match"]) for row in rows), key=lambda hit: (hit[1], hit[0]))

    async def _walk(self, start: str, limit: int) -> list[UUID]:
        """The first matches among the next WALK_ROWS products; fewer than `limit` says nothing about what lies behind."""
        rows = await self._connection.fetch(
            f"""
            SELECT s.product_id FROM (
              SELECT product_id, vals FROM product_search WHERE product_id > {start} ORDER BY product_id LIMIT {WALK_ROWS}
            ) s {self._joins} WHERE true {self._where()} ORDER BY s.product_id LIMIT {limit}""",
            *self._parameters,
        )
        return [row["product_id"] for row in rows]

    async def _sort(self, start: str, limit: int) -> list[UUID]:
        """The first of all matches by id."""
        rows = await self._connection.fetch(
            f"""
            WITH matches AS MATERIALIZED (
              SELECT s.product_id FROM product_search s {self._joins} WHERE s.product_id > {start} {self._where()}
            )
            SELECT product_id FROM matches ORDER BY product_id LIMIT {limit}""",
            *self._parameters,
        )
        return [row["product_id"] for row in rows]

    async def _add_facets(self) -> bool:
        """Require the numbers of the supplier, brand and category asked for; False when one of them does not exist."""
        asked = [
            getattr(self._request, field) if self._request.HasField(field) else None
            for field in ("supplier_id", "brand_id", "category_id")
        ]
        if not any(asked):
            return True
        row = await self._connection.fetchrow(_FACETS, *asked)
        numbers = [number for number in row if number is not None]
        self._conditions.append(f"s.vals @> {self._bind(numbers)}::int[]")
        return len(numbers) == len([id for id in asked if id])

    def _add_offer_filters(self) -> None:
        """Conditions on what the winning offer says; a product nobody offers has neither price nor stock."""
        request = self._request
        if request.HasField("currency"):
            self._conditions.append(f"b.currency = {self._bind(request.currency)}")
        if request.HasField("price_min"):
            self._conditions.append(f"b.price >= {self._bind(Decimal(request.price_min))}")
        if request.HasField("price_max"):
            self._conditions.append(f"b.price <= {self._bind(Decimal(request.price_max))}")
        if request.HasField("in_stock"):
            self._conditions.append("b.stock > 0" if request.in_stock else "coalesce(b.stock, 0) = 0")
        if request.HasField("currency") or request.HasField("in_stock"):
            self._joins = "LEFT JOIN product_best b ON b.product_id = s.product_id"

    def _bind(self, value: object) -> str:
        self._parameters.append(value)
        return f"${len(self._parameters)}"

    def _where(self) -> str:
        return "".join(f" AND {condition}" for condition in self._conditions)

    def _found(self, hits: list[Hit], key: list[str] | list[int], total: int) -> Found:
        token = paging.encode(self._request, list(key)) if key else ""
        return Found(hits, token, min(total, self._cap), total > self._cap)


def _words(query: str) -> tuple[str, str]:
    """The query's words, and the last one as the tsquery of a beginning when it is long enough.

    Marks inside words separate them, as they do in the documents.
    """
    words = _SEPARATORS.sub(" ", query).split()
    if not words or len(words[-1]) < PREFIX_LETTERS:
        return " ".join(words), ""
    last = words[-1].replace("\\", "")
    return " ".join(words[:-1]), f"'{last}':*"

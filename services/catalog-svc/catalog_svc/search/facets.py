"""Counts of what matches by brand, category, supplier, stock and price."""

from collections.abc import Sequence
from decimal import Decimal

import asyncpg

from catalog_svc.search.conditions import Conditions
from catalog_svc.search.repository import SAMPLE
from catalog_svc.search.vals import BRAND, CATEGORY, KIND_BITS, SUPPLIER, kind_of
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

VALUES_PER_FACET = 20
KINDS = {pb.FACET_BRAND: BRAND, pb.FACET_CATEGORY: CATEGORY, pb.FACET_SUPPLIER: SUPPLIER}

_BY_VALUE = f"""
WITH matches AS MATERIALIZED (SELECT s.vals {{matches}}),
counted AS (SELECT number, count(*)::int AS count FROM matches, unnest(vals) AS number GROUP BY number),
placed AS (
  SELECT number >> {KIND_BITS} AS facet, {kind_of("number")} AS kind, count,
         row_number() OVER (PARTITION BY {kind_of("number")} ORDER BY count DESC, number) AS place
  FROM counted WHERE {kind_of("number")} = ANY ({{kinds}}::int[])
)
SELECT p.kind, p.count, coalesce(b.id, c.id, s.id)::text AS value, coalesce(b.name, c.path, s.name) AS label
FROM placed p
LEFT JOIN brands b ON p.kind = {BRAND} AND b.facet = p.facet
LEFT JOIN categories c ON p.kind = {CATEGORY} AND c.facet = p.facet
LEFT JOIN suppliers s ON p.kind = {SUPPLIER} AND s.facet = p.facet
WHERE p.place <= {VALUES_PER_FACET} ORDER BY p.kind, p.place
"""

# Where ranges of prices begin, 1-2-5 in each power of ten: the same for every search, so that people learn them.
BORDERS = (Decimal(0), *(Decimal(digit).scaleb(power) for power in range(-2, 13) for digit in (1, 2, 5)))

_BY_OFFER = """
WITH matches AS MATERIALIZED (SELECT s.product_id {matches}),
offered AS (
  SELECT coalesce(b.stock, 0) > 0 AS in_stock, b.currency, width_bucket(b.price::float8, {borders}::float8[]) AS range
  FROM matches LEFT JOIN product_best b ON b.product_id = matches.product_id
)
SELECT in_stock, currency, range, count(*)::int AS count, grouping(in_stock) = 0 AS is_stock
FROM offered GROUP BY GROUPING SETS ((in_stock), (currency, range)) ORDER BY currency, range, in_stock DESC
"""


async def count_facets(
    connection: Connection, conditions: Conditions, request: pb.SearchProductsRequest, *, exact: bool
) -> list[pb.FacetCounts]:
    """The facets the request asks for, of the products that fulfil the conditions: of all, or estimated from the sample."""
    if not request.facets:
        return []
    if not exact:
        conditions = conditions.copy().require("s.in_sample")
    scale = 1 if exact else SAMPLE
    found = {facet: pb.FacetCounts(facet=facet, approximate=not exact) for facet in request.facets}
    if kinds := [KINDS[facet] for facet in found if facet in KINDS]:
        narrowed = conditions.copy()
        statement = _BY_VALUE.format(kinds=narrowed.bind(kinds), matches=narrowed.matches)
        _add_values(found, await connection.fetch(statement, *narrowed.parameters), scale)
    if found.keys() & {pb.FACET_STOCK, pb.FACET_PRICE}:
        narrowed = conditions.copy()
        statement = _BY_OFFER.format(borders=narrowed.bind(BORDERS), matches=narrowed.matches)
        _add_offers(found, await connection.fetch(statement, *narrowed.parameters), scale)
    return list(found.values())


def _add_values(found: dict["pb.Facet.ValueType", pb.FacetCounts], rows: Sequence[asyncpg.Record], scale: int) -> None:
    by_kind = {kind: found[facet] for facet, kind in KINDS.items() if facet in found}
    for row in rows:
        by_kind[row["kind"]].values.add(value=row["value"], label=row["label"], count=row["count"] * scale)


def _add_offers(found: dict["pb.Facet.ValueType", pb.FacetCounts], rows: Sequence[asyncpg.Record], scale: int) -> None:
    for row in rows:
        count = row["count"] * scale
        if row["is_stock"] and pb.FACET_STOCK in found:
            found[pb.FACET_STOCK].values.add(value="true" if row["in_stock"] else "false", count=count)
        elif not row["is_stock"] and row["currency"] and pb.FACET_PRICE in found:
            low, high = BORDERS[row["range"] - 1 : row["range"] + 1]
            price = pb.PriceRange(min=f"{low:f}", max=f"{high:f}", currency=row["currency"])
            found[pb.FACET_PRICE].values.add(count=count, range=price)

"""Counts of what matches by brand, category, supplier, stock and price."""

from collections.abc import Sequence

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

# Ranges 1-2-5 of each power of ten: the same for every search, so that people learn them. A free product is below all.
_BY_OFFER = """
WITH matches AS MATERIALIZED (SELECT s.product_id {matches}),
offered AS (
  SELECT coalesce(b.stock, 0) > 0 AS in_stock, b.price, b.currency
  FROM matches LEFT JOIN product_best b ON b.product_id = matches.product_id
),
scaled AS (
  SELECT in_stock, price, currency, CASE WHEN price > 0 THEN 10::numeric ^ floor(log(price)) ELSE 0 END AS power FROM offered
),
ranged AS (
  SELECT in_stock, currency,
         CASE WHEN price IS NULL THEN NULL WHEN power = 0 THEN 0
              WHEN price < 2 * power THEN power WHEN price < 5 * power THEN 2 * power ELSE 5 * power END AS low,
         CASE WHEN price IS NULL THEN NULL WHEN power = 0 THEN 0
              WHEN price < 2 * power THEN 2 * power WHEN price < 5 * power THEN 5 * power ELSE 10 * power END AS high
  FROM scaled
)
SELECT in_stock, currency, trim_scale(low)::text AS low, trim_scale(high)::text AS high, count(*)::int AS count,
       grouping(in_stock) = 0 AS is_stock
FROM ranged GROUP BY GROUPING SETS ((in_stock), (currency, low, high))
ORDER BY currency, ranged.low, in_stock DESC
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
        _add_offers(found, await connection.fetch(_BY_OFFER.format(matches=conditions.matches), *conditions.parameters), scale)
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
            price = pb.PriceRange(min=row["low"], max=row["high"], currency=row["currency"])
            found[pb.FACET_PRICE].values.add(count=count, range=price)

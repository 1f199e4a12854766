"""Facets kept ready for what everybody begins with: nothing asked for, or one filter that very many products pass."""

from catalog_svc.search.conditions import Conditions
from catalog_svc.search.facets import count_facets
from catalog_svc.search.vals import ALL_PRODUCTS
from chassis.db import Connection
from pm.catalog.v1 import products_pb2 as pb

# Values that so many rows of the sample have are rolled up; fewer rows are counted in 20 ms.
ROLLED_UP_FROM = 2_000
ROLLED_UP_VALUES = 64
_FACETS = [facet for facet in pb.Facet.values() if facet != pb.FACET_UNSPECIFIED]

_READ = "SELECT facets FROM search_rollups WHERE number = $1"
# When a fifth of the rows was written since the last time, or anything and it is five minutes old.
_DUE = """
SELECT t.written FROM (
  SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint AS written, sum(n_live_tup) AS rows
  FROM pg_stat_user_tables WHERE relid IN ('product_search'::regclass, 'product_best'::regclass)
) t LEFT JOIN search_upkeep u ON true
WHERE u.rollup_time IS NULL OR abs(t.written - u.rollup_written) > 0.2 * t.rows
   OR u.rollup_time < now() - interval '5 minutes' AND t.written <> u.rollup_written
"""
_DONE = """
INSERT INTO search_upkeep (id, rollup_written, rollup_time) VALUES (1, $1, now())
ON CONFLICT (id) DO UPDATE SET rollup_written = excluded.rollup_written, rollup_time = excluded.rollup_time
"""
_COMMON = f"""
SELECT number FROM product_search, unnest(vals) AS number WHERE in_sample
GROUP BY number HAVING count(*) > {ROLLED_UP_FROM} ORDER BY count(*) DESC LIMIT {ROLLED_UP_VALUES}
"""


async def rolled_up(connection: Connection, number: int, request: pb.SearchProductsRequest) -> list[pb.FacetCounts] | None:
    """The facets the request asks for, of the products with this filter value, as last rolled up; None when they are not kept."""
    kept = await connection.fetchval(_READ, number) or b""
    by_facet = {counts.facet: counts for counts in pb.SearchProductsResponse.FromString(kept).facets}
    return [by_facet[facet] for facet in dict.fromkeys(request.facets)] if by_facet.keys() >= set(request.facets) else None


async def roll_up_if_due(connection: Connection) -> None:
    """Count facets anew when enough has changed."""
    written = await connection.fetchval(_DUE)
    if written is not None:
        await roll_up(connection)
        await connection.execute(_DONE, written)


async def roll_up(connection: Connection) -> None:
    """Count the facets of all products and of the common filter values, from the sample. May be repeated."""
    numbers = [ALL_PRODUCTS, *(row["number"] for row in await connection.fetch(_COMMON))]
    counted = [(number, await _counted(connection, number)) for number in numbers]
    async with connection.transaction():
        await connection.execute("DELETE FROM search_rollups")
        await connection.executemany("INSERT INTO search_rollups (number, facets) VALUES ($1, $2)", counted)


async def _counted(connection: Connection, number: int) -> bytes:
    request = pb.SearchProductsRequest(facets=_FACETS)
    conditions = Conditions(request)
    if number != ALL_PRODUCTS:
        conditions.require(f"s.vals @> {conditions.bind([number])}::int[]")
    facets = await count_facets(connection, conditions, request, exact=False)
    return pb.SearchProductsResponse(facets=facets).SerializeToString()

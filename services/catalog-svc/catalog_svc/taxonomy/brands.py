"""Brands that are one under several names: suggested by their names, decided by people."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import asyncpg

from catalog_svc.changes.facts import tell_changed
from catalog_svc.changes.repository import ChangeWriter, merged
from catalog_svc.golden.survivorship import lock_products, refresh_golden
from catalog_svc.history.models import CHANGED
from catalog_svc.search.refresh import refresh_search
from catalog_svc.search.vals import BRAND, number
from catalog_svc.taxonomy.errors import BrandItself, BrandMerged, BrandNotFound, BrandNotMerged, BrandTooLarge, ImportRunning
from catalog_svc.taxonomy.repository import MAX_PRODUCT_COUNT
from catalog_svc.taxonomy.tree import TreeRepository
from chassis.db import Connection, note_change

# What can be written again well within a call's deadline.
MERGED_PRODUCTS = 20_000
_TOUCHED = "SELECT unnest($1::uuid[]) AS product_id"


class BrandEditor:
    """Merges and splits brands inside one transaction, for the user of this id."""

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id

    async def merge(self, brand_id: UUID, into_id: UUID) -> asyncpg.Record:
        """Make a brand, and all that are its synonyms, synonyms of another one.

        Raises BrandNotFound, BrandItself, BrandMerged, BrandTooLarge, ImportRunning.
        """
        if brand_id == into_id:
            raise BrandItself
        await self._hold()
        brand, into = await self._brand(brand_id), await self._brand(into_id)
        for one in (brand, into):
            if one["merged_into"] is not None:
                raise BrandMerged(one["name"])
        # Whoever writes this brand at a product holds its row until that is committed, and then it is seen.
        await self._connection.execute("UPDATE brands SET merged_into = $2 WHERE id = $1 OR merged_into = $1", brand_id, into_id)
        products = await self._products("SELECT id FROM products WHERE brand_id = $1 LIMIT $2", brand, brand_id)
        await lock_products(self._connection, _TOUCHED, products)
        # Those a person chose the brand for, too: it is the same one. One that got another brand meanwhile keeps that.
        moved = await self._connection.fetch(_MOVE, products, into_id, UUID(self._user_id), brand["name"], brand_id)
        await self._tell(products, {row["product_id"]: ["brand"] for row in moved})
        return await self._brand(brand_id)

    async def split(self, brand_id: UUID) -> asyncpg.Record:
        """Make a synonym a brand of its own again; products whose best offer names it become its own.

        Raises BrandNotFound, BrandNotMerged, BrandTooLarge, ImportRunning.
        """
        await self._hold()
        brand = await self._brand(brand_id)
        if brand["merged_into"] is None:
            raise BrandNotMerged(brand["name"])
        products = await self._products(_NAMING, brand, brand["name"])
        await self._connection.execute("UPDATE brands SET merged_into = NULL WHERE id = $1", brand_id)
        await lock_products(self._connection, _TOUCHED, products)
        changed = await refresh_golden(self._connection, _TOUCHED, products, user_id=UUID(self._user_id))
        await self._tell(list(changed), changed)
        return await self._brand(brand_id)

    async def reject(self, brand_id: UUID, other_id: UUID) -> None:
        """Remember that two brands are different. Raises BrandNotFound, BrandItself."""
        if brand_id == other_id:
            raise BrandItself
        for id in (brand_id, other_id):
            await self._brand(id)
        await self._connection.execute(_REJECT, *sorted((brand_id, other_id)))

    async def _hold(self) -> None:
        """Wait for whoever decides about brands. Raises ImportRunning: a batch reads the names while it writes products."""
        if (supplier := await TreeRepository(self._connection).hold_runs()) is not None:
            raise ImportRunning(supplier)
        await self._connection.execute("LOCK TABLE brands IN SHARE ROW EXCLUSIVE MODE")

    async def _brand(self, brand_id: UUID) -> asyncpg.Record:
        row = await self._connection.fetchrow("SELECT id, name, merged_into FROM brands WHERE id = $1", brand_id)
        if row is None:
            raise BrandNotFound(brand_id)
        return row

    async def _products(self, query: str, brand: asyncpg.Record, parameter: object) -> list[UUID]:
        rows = await self._connection.fetch(query, parameter, MERGED_PRODUCTS + 1)
        if len(rows) > MERGED_PRODUCTS:
            raise BrandTooLarge(brand["name"], MERGED_PRODUCTS)
        return [row["id"] for row in rows]

    async def _tell(self, products: list[UUID], changed: Mapping[UUID, Iterable[str]]) -> None:
        await refresh_search(self._connection, _TOUCHED, products)
        await ChangeWriter(self._connection, user_id=self._user_id).note(merged(changed))
        await tell_changed(self._connection, products, ("brand",), self._user_id)
        note_change("brands")


async def suggestions(connection: Connection, after: str, limit: int) -> list[asyncpg.Record]:
    """Brands whose names are one but for case, marks and legal forms, in the order of what they have in common (`key`).

    Each with `ids`, `names` and `counts` of its brands, the one with the most products first.
    """
    await connection.execute("SET LOCAL enable_seqscan = off")
    return list(await connection.fetch(_SUGGESTIONS, after, limit))


_MOVE = f"""
WITH moved AS (
  UPDATE products SET brand_id = $2, version = version + 1, update_time = now() WHERE id = ANY ($1) AND brand_id = $5 RETURNING id
)
INSERT INTO change_log (product_id, user_id, kind, fields, before)
SELECT id, $3, {CHANGED}, ARRAY['brand'], jsonb_build_object('brand', jsonb_build_object('id', $5::uuid, 'name', $4::text))
FROM moved RETURNING product_id
"""
_NAMING = "SELECT DISTINCT product_id AS id FROM supplier_products WHERE active AND lower(brand) = lower($1) LIMIT $2"
_REJECT = "INSERT INTO brand_rejections (brand_id, other_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_COUNTED = f"""
(SELECT count(*)::int FROM (
  SELECT FROM product_search WHERE vals @> ARRAY[{number(BRAND, "b.facet")}] LIMIT {MAX_PRODUCT_COUNT}
) counted)"""
_SUGGESTIONS = f"""
WITH alike AS (
  SELECT brand_key(name) AS key FROM brands WHERE merged_into IS NULL GROUP BY 1 HAVING count(*) > 1
),
counted AS (
  SELECT a.key, b.id, b.name, {_COUNTED} AS products FROM alike a JOIN brands b ON brand_key(b.name) = a.key
  WHERE b.merged_into IS NULL
),
ranked AS (
  SELECT c.*, first_value(c.id) OVER (PARTITION BY c.key ORDER BY c.products DESC, c.id) AS first FROM counted c
),
asked AS (
  SELECT r.* FROM ranked r
  WHERE NOT EXISTS (SELECT FROM brand_rejections x
                    WHERE x.brand_id = least(r.id, r.first) AND x.other_id = greatest(r.id, r.first))
)
SELECT key, array_agg(id ORDER BY products DESC, id) AS ids, array_agg(name ORDER BY products DESC, id) AS names,
       array_agg(products ORDER BY products DESC, id) AS counts
FROM asked WHERE key > $1 GROUP BY key HAVING count(*) > 1 ORDER BY key LIMIT $2
"""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from catalog_svc.fields import kinds
from catalog_svc.fields.registry import Field
from catalog_svc.search.vals import CATEGORY, number
from catalog_svc.taxonomy.errors import CategoryNotFound
from catalog_svc.taxonomy.tree import grow
from chassis.db import Connection, note_change
from chassis.ids import uuid7

# Counting stops here: a filter over more products is broad, and nobody needs to know how broad.
MAX_PRODUCT_COUNT = 10_000


@dataclass(frozen=True)
class CategoryFilter:
    """Which categories to list, and whether to count their products; None and "" do not filter."""

    prefix: str = ""
    parent_id: str | None = None
    depth: int | None = None
    with_product_counts: bool = False


class TaxonomyRepository:
    """Brands and categories; names that differ only in case are one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def id_of(self, field: Field, words: str | None) -> UUID | None:
        """The brand or category, whichever the field refers to, of these words; created when it is new."""
        return await (self.brand(words) if field.reference is kinds.BRAND else self.category(words))

    async def brand(self, name: str | None) -> UUID | None:
        """The brand of this name, created when it is new; None for no name."""
        if not name:
            return None
        found = await self._connection.fetchval(_FIND_BRAND, name)
        if found is None:
            await self._connection.execute(_ADD_BRAND, uuid7(), name)
            note_change("brands")
            # Ours, or that of a transaction which added it at the same moment.
            found = await self._connection.fetchval(_FIND_BRAND, name)
        return UUID(int=found.int)

    async def category(self, path: str | None) -> UUID | None:
        """The category known by this canonical path, created with its ancestors when it is new; None for no path."""
        if not path:
            return None
        found = await self._connection.fetchval(_FIND_CATEGORY, path)
        if found is None:
            await grow(self._connection, "SELECT $1::text AS path, 0 AS position", path)
            note_change("categories")
            found = await self._connection.fetchval(_FIND_CATEGORY, path)
        return UUID(int=found.int)

    async def brands(self, *, prefix: str, after: str | None, limit: int) -> list[asyncpg.Record]:
        return list(await self._connection.fetch(_BRANDS, prefix, after or "", limit))

    async def categories(self, listed: CategoryFilter, *, after: str | None, limit: int) -> list[asyncpg.Record]:
        """Categories in the order of their paths, each with the key that a page continues after."""
        await self._connection.execute(_USE_GIN)
        statement = _CATEGORIES.format(products=_COUNTED if listed.with_product_counts else "NULL::int")
        parameters = (listed.prefix, after or "", limit, listed.parent_id, listed.depth)
        return list(await self._connection.fetch(statement, *parameters))

    async def get(self, category_id: UUID | str) -> asyncpg.Record:
        """One category with its ancestors' ids and names, the root first. Raises CategoryNotFound."""
        await self._connection.execute(_USE_GIN)
        row = await self._connection.fetchrow(_CATEGORY.format(products=_COUNTED), category_id)
        if row is None:
            raise CategoryNotFound(category_id)
        return row


# Nobody makes it a synonym before what is written about it is committed.
_FIND_BRAND = "SELECT coalesce(merged_into, id) FROM brands WHERE lower(name) = lower($1) FOR SHARE"
_ADD_BRAND = "INSERT INTO brands (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"
# Nobody moves or deletes it before what is written about it is committed.
_FIND_CATEGORY = """
SELECT c.id FROM category_paths k JOIN categories c ON c.id = k.category_id
WHERE lower(k.path) = lower($1) FOR KEY SHARE OF c
"""

_BRANDS = """
SELECT id, name, merged_into, lower(name) AS key FROM brands
WHERE starts_with(lower(name), lower($1)) AND lower(name) > $2 ORDER BY lower(name) LIMIT $3
"""
# The planner takes a broad filter for a reason to read the whole table.
_USE_GIN = "SET LOCAL enable_seqscan = off"
_COUNTED = f"""
(SELECT count(*)::int FROM (
  SELECT FROM product_search WHERE vals @> ARRAY[{number(CATEGORY, "c.facet")}] LIMIT {MAX_PRODUCT_COUNT}
) counted)"""
_CHILDREN = "(SELECT count(*)::int FROM categories child WHERE child.parent_id = c.id)"
_CATEGORIES = f"""
SELECT c.id, c.path, c.name, c.parent_id, c.depth, {_CHILDREN} AS child_count, {{products}} AS product_count, lower(c.path) AS key
FROM categories c
WHERE starts_with(lower(c.path), lower($1)) AND lower(c.path) > $2 AND ($4::uuid IS NULL OR c.parent_id = $4)
  AND ($5::int IS NULL OR c.depth = $5)
ORDER BY lower(c.path) LIMIT $3
"""
_CATEGORY = f"""
SELECT c.id, c.path, c.name, c.parent_id, c.depth, {_CHILDREN} AS child_count, {{products}} AS product_count,
       ARRAY(SELECT a.id FROM categories a WHERE a.facet = ANY (c.facets) AND a.id <> c.id ORDER BY a.depth) AS ancestor_ids,
       ARRAY(SELECT a.name FROM categories a WHERE a.facet = ANY (c.facets) AND a.id <> c.id ORDER BY a.depth) AS ancestor_names
FROM categories c WHERE c.id = $1
"""

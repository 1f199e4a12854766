from uuid import UUID

import asyncpg

from chassis.db import Connection
from chassis.ids import uuid7


class TaxonomyRepository:
    """Brands and categories; names that differ only in case are one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def brand(self, name: str | None) -> UUID | None:
        """The brand of this name, created when it is new; None for no name."""
        return await self._named(name, _FIND_BRAND, _ADD_BRAND)

    async def category(self, path: str | None) -> UUID | None:
        """The category of this path, created when it is new; None for no path."""
        return await self._named(path, _FIND_CATEGORY, _ADD_CATEGORY)

    async def brands(self, *, prefix: str, after: str | None, limit: int) -> list[asyncpg.Record]:
        return list(await self._connection.fetch(_BRANDS, prefix, after or "", limit))

    async def categories(self, *, prefix: str, after: str | None, limit: int) -> list[asyncpg.Record]:
        return list(await self._connection.fetch(_CATEGORIES, prefix, after or "", limit))

    async def _named(self, name: str | None, find: str, add: str) -> UUID | None:
        if not name:
            return None
        found = await self._connection.fetchval(find, name)
        if found is None:
            await self._connection.execute(add, uuid7(), name)
            # Ours, or that of a transaction which added it at the same moment.
            found = await self._connection.fetchval(find, name)
        return UUID(int=found.int)


_FIND_BRAND = "SELECT id FROM brands WHERE lower(name) = lower($1)"
_ADD_BRAND = "INSERT INTO brands (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_FIND_CATEGORY = "SELECT id FROM categories WHERE lower(path) = lower($1)"
_ADD_CATEGORY = "INSERT INTO categories (id, path) VALUES ($1, $2) ON CONFLICT DO NOTHING"

_BRANDS = """
SELECT id, name, lower(name) AS key FROM brands
WHERE starts_with(lower(name), lower($1)) AND lower(name) > $2 ORDER BY lower(name) LIMIT $3
"""
_CATEGORIES = """
SELECT id, path, lower(path) AS key FROM categories
WHERE starts_with(lower(path), lower($1)) AND lower(path) > $2 ORDER BY lower(path) LIMIT $3
"""

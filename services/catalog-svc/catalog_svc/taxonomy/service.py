from uuid import UUID

import asyncpg

from catalog_svc.changes.repository import ChangeWriter
from catalog_svc.fields.errors import CategoryTooDeep
from catalog_svc.fields.paths import MAX_DEPTH, checked_name
from catalog_svc.golden.survivorship import lock_products
from catalog_svc.search.refresh import mark_dirty, refresh_search
from catalog_svc.taxonomy.errors import CategoryCycle, CategoryUsed, ImportRunning
from catalog_svc.taxonomy.repository import TaxonomyRepository
from catalog_svc.taxonomy.tree import TreeRepository
from chassis.counts import counted
from chassis.db import Connection

# What can be written again well within a call's deadline; more is left to the upkeep of the search.
MOVED_PRODUCTS = 20_000
PRODUCTS_BELOW = "SELECT p.id AS product_id FROM products p JOIN categories c ON c.id = p.category_id WHERE $1 = ANY (c.facets)"


class CategoryEditor:
    """Edits of the tree by hand, inside one transaction, for the user of this id."""

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._feed = ChangeWriter(connection, user_id=user_id)
        self._taxonomy = TaxonomyRepository(connection)
        self._tree = TreeRepository(connection)

    async def create(self, name: str, parent_id: UUID | None) -> UUID:
        """Raises CategoryNameInvalid, CategoryNotFound, CategoryTaken, CategoryTooDeep, CategoryPathTooLong."""
        name = checked_name(name)
        await self._tree.lock()
        if parent_id is not None and (await self._taxonomy.get(parent_id))["depth"] >= MAX_DEPTH:
            raise CategoryTooDeep(MAX_DEPTH)
        return await self._tree.add(name, parent_id)

    async def rename(self, category_id: UUID, name: str) -> None:
        """Raises CategoryNameInvalid, CategoryNotFound, CategoryTaken, CategoryPathTooLong, ImportRunning."""
        name = checked_name(name)
        # Whoever puts a product into it meanwhile would tell of the product, and not of the path that it gets here.
        category = await self._hold(category_id)
        if name == category["name"]:
            return
        await self._tree.place(category_id, name, category["parent_id"])
        await self._feed.note_all(("category",), PRODUCTS_BELOW, await self._tree.facet(category_id))

    async def move(self, category_id: UUID, parent_id: UUID | None) -> None:
        """Move a category with everything below it; the products there get the numbers of their new ancestors.

        Very many get them within the seconds that follow. Raises CategoryNotFound, CategoryCycle, CategoryTooDeep, CategoryTaken,
        CategoryPathTooLong, ImportRunning.
        """
        category = await self._hold(category_id)
        if parent_id == category["parent_id"]:
            return
        above = 0
        if parent_id is not None:
            parent = await self._taxonomy.get(parent_id)
            if await self._tree.is_below(parent_id, category_id):
                raise CategoryCycle
            above = parent["depth"]
        if above + await self._tree.height(category_id) > MAX_DEPTH:
            raise CategoryTooDeep(MAX_DEPTH)
        facet = await self._tree.facet(category_id)
        await self._tree.place(category_id, category["name"], parent_id)
        await self._feed.note_all(("category",), PRODUCTS_BELOW, facet)
        counted = f"SELECT count(*) FROM ({PRODUCTS_BELOW} LIMIT {MOVED_PRODUCTS + 1}) counted"
        if await self._connection.fetchval(counted, facet) > MOVED_PRODUCTS:
            await mark_dirty(self._connection, PRODUCTS_BELOW, facet)
            return
        await lock_products(self._connection, PRODUCTS_BELOW, facet)
        await refresh_search(self._connection, PRODUCTS_BELOW, facet)

    async def delete(self, category_id: UUID) -> None:
        """Raises CategoryNotFound, CategoryUsed, ImportRunning."""
        category = await self._hold(category_id)
        if category["child_count"]:
            raise CategoryUsed(counted(category["child_count"], "category stands below it", "categories stand below it"))
        if await self._tree.has_products(category_id):
            raise CategoryUsed("a product stands in it")
        if (supplier := await self._tree.naming_supplier(category_id)) is not None:
            raise CategoryUsed(f"an offer of {supplier} names it")
        await self._tree.delete(category_id)

    async def _hold(self, category_id: UUID) -> asyncpg.Record:
        """The category, after waiting for every edit that is putting something into it or below it.

        Raises CategoryNotFound, ImportRunning.
        """
        # In the order in which a run begins: its supplier, then the tree.
        if (supplier := await self._tree.hold_runs()) is not None:
            raise ImportRunning(supplier)
        await self._tree.lock(with_products=True)
        category = await self._taxonomy.get(category_id)
        await self._tree.lock_below(category_id)
        return category

from uuid import UUID

import asyncpg

from catalog_svc.fields.errors import CategoryTooDeep
from catalog_svc.fields.paths import MAX_DEPTH, checked_name
from catalog_svc.taxonomy.errors import CategoryCycle, CategoryUsed, ImportRunning
from catalog_svc.taxonomy.placing import CategoryPlacer
from catalog_svc.taxonomy.repository import TaxonomyRepository
from catalog_svc.taxonomy.tree import TreeRepository
from chassis.counts import counted
from chassis.db import Connection


class CategoryEditor:
    """Edits of the tree by hand, inside one transaction, for the user of this id."""

    def __init__(self, connection: Connection, user_id: str) -> None:
        self._connection = connection
        self._user_id = user_id
        self._placer = CategoryPlacer(connection)
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
        """Its products tell of the new path within the seconds that follow.

        Raises CategoryNameInvalid, CategoryNotFound, CategoryTaken, CategoryPathTooLong.
        """
        name = checked_name(name)
        await self._tree.lock()
        category = await self._taxonomy.get(category_id)
        if name == category["name"]:
            return
        await self._tree.place(category_id, name, category["parent_id"])
        await self._placer.begin(category_id, self._user_id, moved=False)

    async def move(self, category_id: UUID, parent_id: UUID | None) -> bool:
        """Move a category with everything below it; the products there follow within the seconds after it.

        Returns whether it was elsewhere. Imports go on meanwhile, and so does whoever puts products into it.

        Raises CategoryNotFound, CategoryCycle, CategoryTooDeep, CategoryTaken, CategoryPathTooLong.
        """
        await self._tree.lock()
        category = await self._taxonomy.get(category_id)
        if parent_id == category["parent_id"]:
            return False
        above = 0
        if parent_id is not None:
            parent = await self._taxonomy.get(parent_id)
            if await self._tree.is_below(parent_id, category_id):
                raise CategoryCycle
            above = parent["depth"]
        if above + await self._tree.height(category_id) > MAX_DEPTH:
            raise CategoryTooDeep(MAX_DEPTH)
        await self._tree.place(category_id, category["name"], parent_id)
        await self._placer.begin(category_id, self._user_id, moved=True)
        return True

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
        """The category that is to go, after waiting for every edit that is putting something into it or below it.

        Raises CategoryNotFound, ImportRunning.
        """
        # In the order in which a run begins: its supplier, then the tree.
        if (supplier := await self._tree.hold_runs()) is not None:
            raise ImportRunning(supplier)
        await self._tree.lock(with_products=True)
        category = await self._taxonomy.get(category_id)
        await self._tree.lock_below(category_id)
        return category

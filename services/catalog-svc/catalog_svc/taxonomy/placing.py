"""What follows for products from a category's new place or name: their filters and the feed, in slices behind the call.

Whoever moves a category holds off nobody but other writers of the tree. So a transaction that began before may still write a
product by the old place, unseen: slices begin when all of these have ended, and then see what they wrote.
"""

from uuid import UUID

import asyncpg

from catalog_svc.changes.repository import ChangeWriter
from catalog_svc.golden.survivorship import TOUCHED, lock_products
from catalog_svc.search.refresh import refresh_search
from catalog_svc.settings import DOMAIN
from chassis.db import Connection, Database, note_change, uncontended

# Products of one transaction, which others may wait for.
SLICE_PRODUCTS = 1_000
# Who holds products for longer, as a batch of an import may, goes first; meanwhile nobody waits for those that are locked here.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '300ms'"
# A row of its own for each change, so that nobody who holds the tree waits for a slice of an earlier one.
_BEGIN = "INSERT INTO category_placements (category_id, moved, user_id) VALUES ($1, $2, $3)"
_CLAIM = """
SELECT p.*, c.facet,
       EXISTS (SELECT FROM category_placements n
               WHERE n.category_id = p.category_id AND n.id > p.id AND n.moved >= p.moved) AS outdated
FROM category_placements p JOIN categories c ON c.id = p.category_id
WHERE ready_txid IS NULL OR ready_txid <= pg_snapshot_xmin(pg_current_snapshot())
ORDER BY p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED
"""
# The place is committed by now: whoever reads the old one has a number below.
_WAIT = "UPDATE category_placements SET ready_txid = pg_snapshot_xmax(pg_current_snapshot()) WHERE id = $1"
_ADVANCE = "UPDATE category_placements SET after_id = $2 WHERE id = $1"
_END = "DELETE FROM category_placements WHERE id = $1"
_BELOW = "SELECT id FROM categories WHERE $1 = ANY (facets)"
# By an array, so that the planner walks along the key and reads each product once.
_SLICE = "SELECT id FROM products WHERE id > $2 AND category_id = ANY ($1::uuid[]) ORDER BY id LIMIT $3"
_START = UUID(int=0)


class CategoryPlacer:
    """Lets products follow their categories, over a plain connection inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, category_id: UUID, user_id: str, *, moved: bool) -> None:
        """Leave the products below a category to the slices.

        `moved`: they are filtered by other ancestors, too; a new name changes only what they show.
        """
        await self._connection.execute(_BEGIN, category_id, moved, user_id)

    async def next_slice(self) -> bool:
        """Let the next products follow; False when there are none, or those there are must wait."""
        placement = await self._connection.fetchrow(_CLAIM)
        if placement is None:
            return False
        if placement["outdated"]:
            # The later change goes through all of its products, too.
            await self._connection.execute(_END, placement["id"])
            return True
        if placement["ready_txid"] is None:
            await self._connection.execute(_WAIT, placement["id"])
            return True
        products = await self._products(placement["facet"], placement["after_id"], SLICE_PRODUCTS)
        await self._lock(products)
        if placement["moved"]:
            await refresh_search(self._connection, TOUCHED, products)
        await ChangeWriter(self._connection, user_id=placement["user_id"]).note_alike([(frozenset({"category"}), products)])
        if len(products) < SLICE_PRODUCTS:
            await self._connection.execute(_END, placement["id"])
        else:
            await self._connection.execute(_ADVANCE, placement["id"], products[-1])
        note_change(DOMAIN)
        return True

    async def refresh_few(self, category_id: UUID) -> None:
        """Let the filters of few products follow at once, for whoever looks; of many they follow with the slices."""
        facet = await self._connection.fetchval("SELECT facet FROM categories WHERE id = $1", category_id)
        products = await self._products(facet, _START, SLICE_PRODUCTS + 1)
        if len(products) <= SLICE_PRODUCTS:
            await self._lock(products)
            await refresh_search(self._connection, TOUCHED, products)

    async def _products(self, facet: int | None, after: UUID, limit: int) -> list[UUID]:
        below = [row["id"] for row in await self._connection.fetch(_BELOW, facet)]
        return [row["id"] for row in await self._connection.fetch(_SLICE, below, after, limit)]

    async def _lock(self, products: list[UUID]) -> None:
        await self._connection.execute(_LOCK_TIMEOUT)
        await lock_products(self._connection, TOUCHED, products)


async def place_slice(database: Database) -> bool:
    """Let one slice of products follow; False when there is none, or others hold its products. Raises Contended."""

    async def work() -> bool:
        async with database.writing() as connection:
            return await CategoryPlacer(connection).next_slice()

    try:
        return await uncontended(work)
    except asyncpg.LockNotAvailableError:
        return False


async def place_few(database: Database, category_id: UUID) -> None:
    """Let the filters of few products follow at once, unless others hold these."""
    try:
        async with database.writing() as connection:
            note_change(DOMAIN)
            await CategoryPlacer(connection).refresh_few(category_id)
    except asyncpg.LockNotAvailableError:
        # The slices do it.
        return

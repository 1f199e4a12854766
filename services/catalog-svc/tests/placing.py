"""Lets products follow moved and renamed categories to the end, as the role `bulk` does behind the call, for tests."""

import asyncio

from catalog_svc.taxonomy.placing import place_slice
from chassis.db import Database

PATIENCE_SECONDS = 30
_LEFT = "SELECT EXISTS (SELECT FROM category_placements)"


async def placed(database: Database) -> int:
    """Do all slices there are; returns how many. Transactions that began before may hold them back."""
    done = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            done += await place_slice(database)
            async with database.reading() as connection:
                if not await connection.fetchval(_LEFT):
                    return done
            await asyncio.sleep(0.01)

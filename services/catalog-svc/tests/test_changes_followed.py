"""Whoever follows the feed while the catalogue is edited and imported into ends with the catalogue as it is."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from bulk_client import offer
from busy_shop import Shop
from catalog_client import PERMISSIONS, Catalog
from follower import Follower, matches, told
from placing import placed

from catalog_svc.main import registrations
from catalog_svc.taxonomy.tasks import Placing
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


@pytest.mark.parametrize("seed", range(4))
async def test_a_follower_ends_with_the_catalogue(sql, served_bulk, catalog, committed_database, seed):
    loop = Placing(committed_database)
    await loop.start()
    # Batches of three rows: a run is several transactions, between which others come.
    async with served_bulk(batch_rows=3) as bulk:
        shop = Shop(seed, catalog, bulk)
        await shop.open()
        follower, late = Follower(catalog, limit=4), Follower(catalog, limit=50)
        writers = [asyncio.create_task(work) for work in (shop.edits(), shop.edits(), shop.imports())]
        while not all(writer.done() for writer in writers):
            await follower.turn()
            await asyncio.sleep(0.01)
            if not late.cursor and len(follower.products) > 3:
                # Begins in the middle, with what there is.
                late.cursor, late.products = await catalog.export()
        for writer in writers:
            await writer
        await loop.stop()
        await placed(committed_database)
        assert late.cursor
        await matches(follower, catalog)
        await matches(late, catalog)
        # What the feed says of a product is never that nothing changed.
        assert all(entry.fields or told([entry])[0][0] in ({"CREATED"}, {"MERGED"}) for entry in follower.entries)


async def test_a_batch_that_is_killed_before_its_commit_is_told_once(sql, bulk, catalog, database_url):
    follower = Follower(catalog)
    rows = [offer(f"R{number}") for number in range(5)]
    run = await bulk.plan("Nord", rows)
    killed = Path(__file__).with_name("killed_batch.py")
    process = await asyncio.create_subprocess_exec(sys.executable, str(killed), database_url, run.id)
    assert await process.wait() == -9
    assert await follower.catch_up() == []
    await bulk.apply(run)
    assert len(await follower.until(5)) == 5
    await matches(follower, catalog)

"""A run is to make a product for a GTIN of known offers, and somebody makes it before the run is applied."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from catalog_client import INK, PEN, PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving

CAP = "04006381333955"


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


@pytest.mark.parametrize("batch_rows", [1, 20])
async def test_known_offers_join_it(catalog: Catalog, served_bulk: Callable, sql: asyncpg.Connection, batch_rows: int) -> None:
    async with served_bulk(batch_rows=batch_rows) as bulk:
        client: BulkClient = bulk
        await client.load("Nord", [offer("A", gtin=PEN), offer("B", gtin=INK)])
        await client.load("Sud", [offer("S", gtin=PEN), offer("T", gtin=INK)])
        run = await client.plan("Nord", [offer("A", gtin=CAP), offer("B", gtin=CAP)])
        made = await catalog.product(title="By hand", gtin=CAP)
        await client.apply(run)
    rows = await sql.fetch("SELECT supplier_ref, product_id = $1::uuid AS there FROM supplier_products ORDER BY 1", made.id)
    assert [tuple(row) for row in rows] == [("A", True), ("B", True), ("S", False), ("T", False)]
    product = await catalog.get(made.id)
    assert (product.title, product.offer_count) == ("By hand", 2)
    assert (await catalog.search(CAP)).total == 1

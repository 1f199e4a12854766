"""Edits and imports lock the rows of a product in one order, so that none waits for one that waits for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest
from bulk_client import WAITED_FOR, BulkClient
from catalog_client import PEN, PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import suppliers_pb2
from pm.common.v1.money_pb2 import Money

PRICE = Money(amount="5", currency="EUR")


@pytest.fixture
async def catalog(database_url: str, keys_dir, as_user: Callable, sql: asyncpg.Connection) -> AsyncIterator[Catalog]:
    """The catalogue on a pool, with real commits."""
    database = Database.connect(database_url, pool_size=4)
    async with serving("catalog-svc", keys_dir, registrations(database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))
    await database.close()


async def join(catalog: Catalog) -> None:
    """A second offer of the product."""
    sud = await catalog.supplier("Sud")
    await catalog.offer(sud, "S-1", gtin=PEN, title="Pen of Sud", price=PRICE)


async def change(catalog: Catalog) -> None:
    """Another text and price of the only offer."""
    (nord,) = (await catalog("ListSuppliers", suppliers_pb2.ListSuppliersRequest())).suppliers
    await catalog.offer(nord, "N-1", gtin=PEN, title="Better pen", price=PRICE)


async def rank(catalog: Catalog) -> None:
    """Another rank of the supplier."""
    (nord,) = (await catalog("ListSuppliers", suppliers_pb2.ListSuppliersRequest())).suppliers
    supplier = suppliers_pb2.Supplier(id=nord.id, priority=7)
    request = suppliers_pb2.UpdateSupplierRequest(supplier=supplier)
    request.update_mask.paths.append("priority")
    await catalog("UpdateSupplier", request)


@pytest.mark.parametrize("edit", [join, change, rank])
async def test_an_edit_waits_for_an_import_that_goes_on(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, edit: Callable[[Catalog], Awaitable[None]]
) -> None:
    await bulk.load("Nord", [{"ref": "N-1", "gtin": PEN, "title": "Pen", "price": "1"}])
    product_id: UUID = await sql.fetchval("SELECT id FROM products")
    async with sql.transaction():
        # A batch: the best offer with the offer, and later the product, because its text has changed, too.
        await sql.execute("UPDATE product_best SET price = 2 WHERE product_id = $1", product_id)
        editing = asyncio.create_task(edit(catalog))
        async with asyncio.timeout(20):
            while not await sql.fetchval(WAITED_FOR):  # noqa: ASYNC110  # nothing tells it
                await asyncio.sleep(0.01)
        await sql.execute("SELECT FROM products WHERE id = $1 FOR UPDATE NOWAIT", product_id)
    await editing


async def test_a_gtin_that_another_product_is_given_at_the_same_moment_is_joined(
    catalog: Catalog, sql: asyncpg.Connection
) -> None:
    nord = await catalog.supplier("Nord")
    first = (await catalog.offer(nord, "N-1", title="Pen")).product_id
    await catalog.offer(nord, "N-2", title="Pen, too")
    async with sql.transaction():
        await sql.execute("UPDATE products SET gtin = $1 WHERE id = $2", PEN, UUID(first))
        putting = asyncio.create_task(catalog.offer(nord, "N-2", gtin=PEN, title="Pen, too"))
        async with asyncio.timeout(20):
            while not await sql.fetchval(WAITED_FOR):  # noqa: ASYNC110  # nothing tells it
                await asyncio.sleep(0.01)
    assert (await putting).product_id == first

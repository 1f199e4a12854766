"""Categories that move while products are written: nobody waits long, and all products end below their new ancestors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from catalog_client import PERMISSIONS, Catalog
from follower import Follower, matches
from placing import placed

from catalog_svc.main import registrations
from catalog_svc.taxonomy import placing
from catalog_svc.taxonomy.placing import place_slice
from catalog_svc.taxonomy.tasks import Placing
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import offers_pb2
from pm.catalog.v1 import taxonomy_pb2 as pb

# Products whose filters are not those of the category they are in.
ASTRAY = """
SELECT p.title FROM products p JOIN categories c ON c.id = p.category_id JOIN product_search f ON f.product_id = p.id
WHERE ARRAY(SELECT v FROM unnest(f.vals) v WHERE v & 7 = 3 ORDER BY v)
  <> ARRAY(SELECT a << 3 | 3 FROM unnest(c.facets) a ORDER BY 1)
"""


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three products a slice, and no more in the call."""
    monkeypatch.setattr(placing, "SLICE_PRODUCTS", 3)


def rows(number: int, category: str, first: int = 0) -> list[dict[str, object]]:
    return [offer(f"R{at}", category=category) for at in range(first, first + number)]


async def ids(catalog: Catalog) -> dict[str, str]:
    return {one.path: one.id for one in (await catalog("ListCategories", pb.ListCategoriesRequest())).categories}


async def move(catalog: Catalog, category_id: str, parent_id: str) -> None:
    await catalog("MoveCategory", pb.MoveCategoryRequest(id=category_id, parent_id=parent_id or None))


async def test_few_products_follow_at_once_and_many_in_slices(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database, small: None
) -> None:
    await bulk.load("Nord", [*rows(8, "Tools > Saws"), *rows(2, "Tools > Axes", 8), offer("B", category="Garden")])
    known, follower = await ids(catalog), Follower(catalog)
    await follower.until(11)
    await move(catalog, known["Tools > Axes"], known["Garden"])
    assert await sql.fetch(ASTRAY) == []
    await move(catalog, known["Tools > Saws"], known["Garden"])
    assert len(await sql.fetch(ASTRAY)) == 8
    assert (await catalog.search(category_id=known["Tools > Saws"])).total == 8
    # Each begins with a slice that waits for those who began before.
    assert await placed(committed_database) == 2 + 4
    assert await sql.fetch(ASTRAY) == []
    assert (await catalog.search(category_id=known["Garden"])).total == 11
    assert {change.product_id for change in await follower.until(10)} == {
        str(row["id"]) for row in await sql.fetch("SELECT id FROM products WHERE title <> 'Title of B'")
    }
    await matches(follower, catalog)


async def test_a_batch_is_applied_while_its_category_moves(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database, small: None
) -> None:
    await bulk.load("Nord", rows(5, "Tools > Saws"))
    known, follower = await ids(catalog), Follower(catalog)
    run = await bulk.plan("Nord", [*rows(5, "Tools > Saws"), *rows(5, "Tools > Saws > Hand", 5)])
    await bulk.apply_batch(run, 0)
    async with asyncio.timeout(5):
        await catalog("UpdateCategory", pb.UpdateCategoryRequest(category=pb.Category(id=known["Tools"], name="Werkzeug")))
        await move(catalog, known["Tools > Saws"], "")
    await bulk.index_batch(run, 0)
    await placed(committed_database)
    assert await sql.fetch(ASTRAY) == []
    await matches(follower, catalog)
    assert {product.category for product in follower.products.values()} == {"Saws", "Saws > Hand"}


async def test_slices_wait_for_those_who_began_before_and_let_those_pass_who_hold_products(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database, small: None
) -> None:
    await bulk.load("Nord", rows(5, "Tools > Saws"))
    known = await ids(catalog)
    # As somebody who read the tree and writes a product below its old place.
    early = sql.transaction()
    await early.start()
    await sql.execute("UPDATE suppliers SET update_time = update_time")
    await sql.execute("UPDATE products SET update_time = now() WHERE title = 'Title of R0'")
    await move(catalog, known["Tools > Saws"], "")
    assert await place_slice(committed_database), "it marks where to wait for"
    assert not await place_slice(committed_database)
    await early.rollback()
    late = sql.transaction()
    await late.start()
    await sql.execute("SELECT FROM product_best ORDER BY product_id FOR UPDATE")
    async with asyncio.timeout(5):
        assert not await place_slice(committed_database), "others go first"
    await late.rollback()
    assert await placed(committed_database) == 2
    assert await sql.fetch(ASTRAY) == []


async def test_the_tree_moves_while_everybody_writes(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection, committed_database: Database, small: None
) -> None:
    await bulk.load("Nord", [*rows(12, "A > X"), *rows(12, "B > Y", 12), offer("C", category="C")])
    sud = await catalog.supplier("Sud")
    known, follower = await ids(catalog), Follower(catalog)
    loop = Placing(committed_database)
    await loop.start()

    async def moves() -> None:
        for turn in range(12):
            await move(catalog, known["A > X"], known["ABC"[turn % 3]])
            await move(catalog, known["B > Y"], known["CAB"[turn % 3]])
            name = f"A{turn}"
            await catalog("UpdateCategory", pb.UpdateCategoryRequest(category=pb.Category(id=known["A"], name=name)))

    async def imports() -> None:
        for turn in range(8):
            await bulk.load("Nord", [*rows(12, "A > X"), *rows(14, f"B > Y > Z{turn}", 12), offer("C", category="C")])

    async def edits() -> None:
        for turn in range(20):
            put = offers_pb2.Offer(supplier_id=sud.id, ref=f"S{turn % 5}", title="S", category=("A > X", "B > Y", "C")[turn % 3])
            await catalog("PutOffer", offers_pb2.PutOfferRequest(offer=put))

    try:
        await asyncio.gather(moves(), imports(), edits())
    finally:
        await loop.stop()
    await placed(committed_database)
    assert await sql.fetch(ASTRAY) == []
    await matches(follower, catalog)

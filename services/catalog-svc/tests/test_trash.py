"""Products in the trash."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from bulk_client import WAITED_FOR, offer
from catalog_client import NOWHERE, PEN, PERMISSIONS, Catalog, titles
from follower import Follower, everything, matches, told

from catalog_svc.main import registrations
from catalog_svc.search.refresh import SHOWN
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import search_pb2

QUERIES = ("kettle", "kett", "K-1", PEN, "S-1", "MP-77", "")


@pytest.fixture
async def catalog(committed_database: Database, keys_dir, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def trash(catalog: Catalog, product_id: str, **fields: int) -> pb.Product:
    return await catalog("DeleteProduct", pb.DeleteProductRequest(id=product_id, **fields))


async def restore(catalog: Catalog, product_id: str) -> pb.Product:
    return await catalog("RestoreProduct", pb.RestoreProductRequest(id=product_id))


async def kettle(catalog: Catalog) -> str:
    nord = await catalog.supplier("Nord")
    offered = await catalog.offer(nord, "S-1", gtin=PEN, title="Kettle", brand="Acme", mpn="MP-77", stock=3)
    named = pb.Product(id=offered.product_id, sku="K-1")
    await catalog("UpdateProduct", pb.UpdateProductRequest(product=named))
    return offered.product_id


async def found(catalog: Catalog) -> dict[str, list[str]]:
    return {query: titles(await catalog.search(query)) for query in QUERIES}


async def test_what_is_in_the_trash_is_not_found(catalog):
    product_id = await kettle(catalog)
    active = await found(catalog)
    assert all(active[query] == ["Kettle"] for query in QUERIES)
    trashed = await trash(catalog, product_id)
    assert (trashed.state, trashed.HasField("trash_time"), trashed.title) == (pb.Product.STATE_TRASHED, True, "Kettle")
    assert set(map(tuple, (await found(catalog)).values())) == {()}
    suggested = await catalog("SuggestSearch", search_pb2.SuggestSearchRequest(query="kett"))
    assert not suggested.products
    assert await everything(catalog) == {}
    assert (await catalog.export())[1] == {}
    # Who knows its id still sees it, and its offers.
    assert await catalog.get(product_id) == trashed
    assert (await catalog("BatchGetProducts", pb.BatchGetProductsRequest(ids=[product_id]))).products == [trashed]
    restored = await restore(catalog, product_id)
    assert (restored.state, restored.HasField("trash_time"), restored.version) == (pb.Product.STATE_ACTIVE, False, 4)
    assert await found(catalog) == active


async def test_history_and_feed_tell_of_it_once(catalog):
    follower = Follower(catalog)
    product_id = await kettle(catalog)
    await follower.until(2)
    for _ in range(2):
        await trash(catalog, product_id)
    assert told(await follower.until(1)) == [({"TRASHED"}, {"state"})]
    assert follower.products == {}
    for _ in range(2):
        await restore(catalog, product_id)
    assert told(await follower.until(1)) == [({"RESTORED"}, {"state"})]
    assert await follower.catch_up() == []
    await matches(follower, catalog)
    only = Follower(catalog, kinds=("TRASHED", "RESTORED"))
    await only.catch_up()
    assert len(only.entries) == 2
    changes = [(list(change.fields), dict(change.before)) for change in (await catalog.changes(product_id))[:2]]
    assert changes == [(["state"], {"state": "trashed"}), (["state"], {"state": "active"})]


async def test_it_is_not_changed_by_hand_and_keeps_its_codes(catalog):
    product_id = await kettle(catalog)
    await trash(catalog, product_id)
    wanted = pb.UpdateProductRequest(product=pb.Product(id=product_id, title="Pot"))
    assert (await catalog.refused("UpdateProduct", wanted)).reason == "PRODUCT_TRASHED"
    pushed = pb.BatchUpsertProductsRequest(products=[pb.ProductUpsert(product=pb.Product(sku="K-1", title="Pot"))])
    assert (await catalog("BatchUpsertProducts", pushed)).results[0].reason == "PRODUCT_TRASHED"
    for code, reason in (({"sku": "K-1"}, "SKU_TAKEN"), ({"gtin": PEN}, "GTIN_TAKEN")):
        refused = await catalog.refused("CreateProduct", pb.CreateProductRequest(product=pb.Product(title="Pot", **code)))
        assert (refused.reason, refused.metadata["product_id"]) == (reason, product_id)


async def test_a_version_that_is_not_the_products_is_refused(catalog):
    product_id = await kettle(catalog)
    refused = await catalog.refused("DeleteProduct", pb.DeleteProductRequest(id=product_id, version=1))
    assert refused.reason == "VERSION_CONFLICT"
    assert (await trash(catalog, product_id, version=2)).state == pb.Product.STATE_TRASHED
    assert (await catalog.refused("DeleteProduct", pb.DeleteProductRequest(id=NOWHERE))).reason == "PRODUCT_NOT_FOUND"
    assert (await catalog.refused("RestoreProduct", pb.RestoreProductRequest(id=NOWHERE))).reason == "PRODUCT_NOT_FOUND"


async def test_its_offers_go_on_and_it_comes_back_as_they_say(sql, bulk, catalog):
    follower = Follower(catalog)
    await bulk.load("Nord", [offer("A", gtin=PEN), offer("B")])
    [product_id] = [id for id, product in (await everything(catalog)).items() if product.gtin == PEN]
    await trash(catalog, product_id)
    await bulk.load("Nord", [offer("A", gtin=PEN, title="New words", price="9.00"), offer("B")])
    await bulk.load("Sud", [offer("C", gtin=PEN, title="Of another", stock=5)])
    assert titles(await catalog.search("words")) == []
    assert [product.title for product in (await everything(catalog)).values()] == ["Title of B"]
    restored = await restore(catalog, product_id)
    assert (restored.title, restored.price.amount, restored.offer_count) == ("New words", "9.00", 2)
    assert titles(await catalog.search("words")) == ["New words"]
    await matches(follower, catalog)


async def test_a_product_trashed_before_its_batch_is_indexed_is_not_found(sql, bulk, catalog, database_url):
    run = await bulk.plan("Nord", [offer("A", title="Kettle"), offer("B", title="Kettle two")])
    await bulk.apply_batch(run, 0)
    product_id = await sql.fetchval("SELECT id FROM products WHERE title = 'Kettle'")
    # While the batch is being indexed, it waits.
    transaction = sql.transaction()
    await transaction.start()
    await sql.execute("SELECT FROM run_batches FOR UPDATE")
    waiting = asyncio.create_task(trash(catalog, str(product_id)))
    while not await sql.fetchval(WAITED_FOR):
        await sql.execute("SELECT pg_sleep(0.01)")
    await transaction.rollback()
    await waiting
    await bulk.index_batch(run, 0)
    assert titles(await catalog.search("kettle")) == ["Kettle two"]


async def test_a_planner_without_statistics_expects_products_to_be_shown(sql: asyncpg.Connection) -> None:
    # As in a first import, whose tables nobody has analysed yet.
    await sql.execute(
        "CREATE TEMP TABLE p ON COMMIT PRESERVE ROWS AS SELECT NULL::timestamptz AS trash_time FROM generate_series(1, 10000)"
    )
    try:
        told = json.loads(await sql.fetchval(f"EXPLAIN (FORMAT JSON) SELECT FROM p WHERE {SHOWN}"))
        assert told[0]["Plan"]["Plan Rows"] > 5_000
        assert await sql.fetchval(f"SELECT count(*) FROM p WHERE {SHOWN}") == 10_000
    finally:
        await sql.execute("DROP TABLE p")

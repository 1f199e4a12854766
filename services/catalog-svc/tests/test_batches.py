"""Batches of one run: applied one after the other or side by side, indexed behind, left by a run that is given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient, Row, ledger

from chassis.errors import Aborted, FailedPrecondition
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1.events_pb2 import ProductsChanged

SHARED = "04006381333931"


@pytest.fixture
async def small(served_bulk: Callable[..., Any]) -> AsyncIterator[BulkClient]:
    """Batches of three rows."""
    async with served_bulk(batch_rows=3) as client:
        yield client


def rows(count: int, price: int, **values: object) -> list[Row]:
    return [{"ref": f"R{n}", "title": f"Title {n}", "price": f"{price + n}.00", "stock": n} | values for n in range(count)]


async def found(sql: asyncpg.Connection, word: str) -> int:
    return await sql.fetchval("SELECT count(*) FROM product_search WHERE fts @@ plainto_tsquery('words', $1)", word)


async def test_a_later_batch_joins_the_product_an_earlier_one_created(small: BulkClient, sql: asyncpg.Connection) -> None:
    feed = rows(7, 1)
    feed[0] = feed[0] | {"gtin": SHARED}
    feed[6] = feed[6] | {"gtin": SHARED}
    run = await small.load("Nord", feed, ["ref", "gtin", "title", "price", "stock"])
    assert ledger(run) == {"staged": 7, "created": 7, "products_created": 6, "gtin_shared": 2}
    best = await sql.fetchrow("SELECT b.* FROM product_best b JOIN products p ON p.id = b.product_id WHERE p.gtin = $1", SHARED)
    assert (best["offer_count"], best["stock"]) == (2, 6)


async def test_updates_are_applied_side_by_side(small: BulkClient, sql: asyncpg.Connection) -> None:
    await small.load("Nord", rows(20, 1))
    run = await small.plan("Nord", [{"ref": row["ref"], "price": "99.00", "stock": 5} for row in rows(20, 1)])
    assert run.batch_count == 7
    await asyncio.gather(*(small.apply_batch(run, batch) for batch in reversed(range(7))))
    for batch in range(7):
        await small.index_batch(run, batch)
    done = await small.stub.FinishRun(pb.FinishRunRequest(run_id=run.id), metadata=small.metadata)
    assert ledger(done) == {"staged": 20, "updated": 20, "products_changed": 20}
    assert await sql.fetchval("SELECT count(*) FROM product_best WHERE price = 99 AND stock = 5") == 20
    assert await sql.fetchval("SELECT count(*) FROM change_log WHERE fields @> '{price}'") == 20


async def test_prices_and_stocks_touch_neither_product_nor_search(small: BulkClient, sql: asyncpg.Connection) -> None:
    await small.load("Nord", rows(4, 1))
    tables = ("products", "product_search")
    before = [await sql.fetch(f"SELECT xmin, ctid FROM {table} ORDER BY ctid") for table in tables]
    await small.load("Nord", [{"ref": row["ref"], "price": "5.00", "stock": 1} for row in rows(4, 1)])
    assert [await sql.fetch(f"SELECT xmin, ctid FROM {table} ORDER BY ctid") for table in tables] == before


async def test_a_rival_keeps_the_sum_of_stocks_true(small: BulkClient, sql: asyncpg.Connection) -> None:
    await small.load("Nord", [{"ref": "A", "gtin": SHARED, "title": "Pen", "price": "2.00", "stock": 1}])
    await small.load("Sud", [{"ref": "B", "gtin": SHARED, "title": "Stylo", "price": "3.00", "stock": 4}])
    await small.load("Sud", [{"ref": "B", "price": "1.00", "stock": 9}])
    [best] = await sql.fetch("SELECT stock, offer_count FROM product_best")
    assert (best["stock"], best["offer_count"]) == (10, 2)


async def test_whoever_joins_waits_for_the_price_that_is_being_written(small: BulkClient, sql: asyncpg.Connection) -> None:
    await small.load("Nord", [{"ref": "A", "gtin": SHARED, "title": "Pen", "price": "2.00", "stock": 1}])
    async with sql.transaction():
        # What the batch of another run does to a product's only offer.
        await sql.execute("UPDATE supplier_products SET stock = 7, version = version + 1")
        await sql.execute("UPDATE product_best SET stock = 7")
        joining = asyncio.create_task(small.load("Sud", [{"ref": "B", "gtin": SHARED, "title": "Stylo", "stock": 4}]))
        await lock_awaited(sql)
    await joining
    assert await sql.fetchval("SELECT stock FROM product_best") == 11


async def test_a_run_is_not_finished_before_the_search_knows_it(small: BulkClient, sql: asyncpg.Connection) -> None:
    run = await small.plan("Nord", rows(2, 1))
    with pytest.raises(FailedPrecondition) as early:
        await small.index_batch(run, 0)
    assert early.value.reason == "BATCH_NOT_APPLIED"
    await small.apply_batch(run, 0)
    with pytest.raises(FailedPrecondition) as open_:
        await small.stub.FinishRun(pb.FinishRunRequest(run_id=run.id), metadata=small.metadata)
    assert open_.value.reason == "BATCHES_OPEN"
    assert await found(sql, "Title") == 0
    for _ in range(2):
        await small.index_batch(run, 0)
    assert await found(sql, "Title") == 2


async def test_what_an_abandoned_run_applied_is_found(small: BulkClient, sql: asyncpg.Connection) -> None:
    run = await small.plan("Nord", rows(6, 1))
    await small.apply_batch(run, 0)
    gone = await small.stub.AbandonRun(pb.AbandonRunRequest(run_id=run.id), metadata=small.metadata)
    assert gone.state == pb.Run.STATE_ABANDONED
    assert await found(sql, "Title") == 3
    assert await sql.fetchval("SELECT applying_run_id FROM suppliers") is None


async def test_suppliers_of_the_same_products_import_at_once(small: BulkClient, sql: asyncpg.Connection) -> None:
    """Whatever the order of their batches, the best offers are those that a look at all offers gives."""
    shared = [f"{body}{check_digit(body)}" for body in (f"0400638{n:06d}" for n in range(30))]

    def feed(step: int, codes: list[str]) -> list[Row]:
        return [
            {"ref": code, "gtin": code, "title": "Pen", "price": f"{step + n}.00", "stock": step} for n, code in enumerate(codes)
        ]

    await small.load("Nord", feed(1, shared))
    for step in range(2, 5):
        await asyncio.gather(
            patiently(small, "Nord", feed(step, shared)),
            patiently(small, "Sud", feed(step + 10, shared[: 10 * step - 10])),
            patiently(small, "Est", feed(step + 20, shared[::-1][: 10 * step - 15])),
        )
    differing = await sql.fetch("""
        SELECT b.product_id FROM product_best b JOIN (
          SELECT DISTINCT ON (product_id) product_id, o.id, price, sum(stock) OVER w AS stock, count(*) OVER w AS offers
          FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id WHERE active
          WINDOW w AS (PARTITION BY product_id) ORDER BY product_id, s.priority, o.id
        ) o USING (product_id)
        WHERE (b.offer_id, b.price, b.stock, b.offer_count) IS DISTINCT FROM (o.id, o.price, o.stock, o.offers)""")
    assert differing == []
    assert await sql.fetchval("SELECT count(*) FROM product_best") == 30


async def patiently(bulk: BulkClient, supplier: str, feed: list[Row]) -> None:
    """Plan, apply each batch until no other run is in its way, index and finish."""
    run = await bulk.plan(supplier, feed)
    for step in (bulk.apply_batch, bulk.index_batch):
        for batch in range(run.batch_count):
            await until_done(step, run, batch)
    await bulk.stub.FinishRun(pb.FinishRunRequest(run_id=run.id), metadata=bulk.metadata)


async def until_done(step: Callable[[pb.Run, int], Awaitable[object]], run: pb.Run, batch: int) -> None:
    while True:
        try:
            await step(run, batch)
        except Aborted as error:
            assert error.reason == "BATCH_CONTENDED"
        else:
            return


async def lock_awaited(sql: asyncpg.Connection) -> None:
    while not await sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
        await sql.execute("SELECT pg_sleep(0.01)")


def check_digit(body: str) -> int:
    return -sum(int(digit) * (1 if n % 2 else 3) for n, digit in enumerate(body)) % 10


async def test_each_batch_tells_what_it_changed(small: BulkClient, sql: asyncpg.Connection) -> None:
    await small.load("Nord", rows(4, 1))
    run = await small.load("Nord", [{"ref": "R1", "title": "Title 1", "price": "50.00", "stock": 1}], partial=True)
    told = [ProductsChanged.FromString(row["payload"]) for row in await sql.fetch("SELECT payload FROM outbox ORDER BY id")]
    assert [(event.first, event.last, event.count) for event in told] == [(1, 3, 3), (4, 4, 1), (1, 1, 1)]
    assert list(told[0].fields) == ["offer_count", "price", "stock", "title", "winning_offer_id"]
    assert (told[2].run_id, list(told[2].fields)) == (run.id, ["price"])

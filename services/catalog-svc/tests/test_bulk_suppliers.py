"""What becomes of a supplier whose only plan is given up."""

import asyncpg
import pytest
from bulk_client import BulkClient, abandon, ledger, offer

from chassis.errors import NotFound
from pm.catalog.v1 import bulk_pb2 as pb


async def test_a_supplier_goes_with_the_plan_that_brought_it(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    first = await bulk.plan("Nord", [offer("A")])
    second = await bulk.plan("NORD", [offer("B")])
    assert (await abandon(bulk, first)).state == pb.Run.STATE_ABANDONED
    assert await sql.fetchval("SELECT name FROM suppliers") == "Nord", "another plan needs it"
    assert (await abandon(bulk, second)).state == pb.Run.STATE_ABANDONED
    assert await sql.fetchval("SELECT count(*) FROM suppliers") == 0
    with pytest.raises(NotFound):
        await abandon(bulk, second)
    assert ledger(await bulk.load("Nord", [offer("A")])) == {"staged": 1, "created": 1, "products_created": 1}


async def test_a_supplier_that_somebody_wants_stays_without_offers(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await sql.execute("INSERT INTO suppliers (id, name, default_currency) VALUES (gen_random_uuid(), 'By hand', 'EUR')")
    by_hand, edited = await bulk.plan("By hand", [offer("A")]), await bulk.plan("Edited", [offer("A")])
    await sql.execute("UPDATE suppliers SET priority = 1, version = 2 WHERE name = 'Edited'")
    for run in (by_hand, edited):
        await abandon(bulk, run)
    assert await sql.fetchval("SELECT array_agg(name ORDER BY name) FROM suppliers") == ["By hand", "Edited"]


async def test_a_supplier_with_an_offer_stays(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A")])
    await bulk.apply_batch(run, 0)
    await abandon(bulk, run)
    assert await sql.fetchval("SELECT count(*) FROM suppliers") == 1

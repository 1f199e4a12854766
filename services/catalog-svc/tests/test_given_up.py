"""Runs whose staged rows a crash has emptied, and runs that are abandoned."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from bulk_client import WAITED_FOR, BulkClient, ledger, offer
from catalog_client import PEN

from chassis.errors import Aborted, FailedPrecondition, NotFound
from pm.catalog.v1 import bulk_pb2 as pb


async def test_staged_rows_lost_in_a_crash_come_again(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    rows = [offer("A", gtin=PEN), offer("B")]
    run = await bulk.plan("Nord", rows)
    # What crash recovery does to an unlogged table.
    await sql.execute(f'TRUNCATE staging."rows_{run.id.replace("-", "")}"')
    for _ in range(2):
        with pytest.raises(Aborted) as lost:
            await bulk.apply(run)
        assert lost.value.reason == "STAGING_LOST"
    assert await bulk.stage(run.id, 0, rows[0], rows)
    assert ledger(await bulk.apply(run)) == {"staged": 2, "created": 2, "products_created": 2}


@pytest.mark.parametrize("step", ["plan", "apply", "go on"])
async def test_a_crash_just_before_the_staged_rows_are_used_is_noticed(
    served_bulk: Callable, sql: asyncpg.Connection, step: str
) -> None:
    """Rows that are gone are neither unchanged nor conflicts."""
    rows = [offer("A"), offer("B")]
    async with served_bulk(batch_rows=1) as bulk:
        run = await bulk.plan("Nord", rows)
        batch = 0
        if step == "go on":
            await bulk.apply_batch(run, 0)
            batch = 1
        async with sql.transaction():
            # The step waits for this row; what it found out before is as old as its wait.
            await sql.execute("SELECT FROM runs FOR UPDATE")
            planning = bulk.stub.BuildPlan(pb.BuildPlanRequest(run_id=run.id), metadata=bulk.metadata)
            running = asyncio.ensure_future(planning if step == "plan" else bulk.apply_batch(run, batch))
            async with asyncio.timeout(20):
                while not await sql.fetchval(WAITED_FOR):  # noqa: ASYNC110  # nothing tells it
                    await asyncio.sleep(0.01)
            await sql.execute(f'TRUNCATE staging."rows_{run.id.replace("-", "")}"')
        with pytest.raises(Aborted) as lost:
            await running
        assert lost.value.reason == "STAGING_LOST"
        assert await bulk.stage(run.id, 0, rows[0], rows)
        assert ledger(await bulk.apply(run)) == {"staged": 2, "created": 2, "products_created": 2}


async def test_a_plan_whose_rows_are_gone_is_not_shown_as_empty_values(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A")])
    await sql.execute(f'TRUNCATE staging."rows_{run.id.replace("-", "")}"')
    with pytest.raises(Aborted) as lost:
        await bulk.plan_rows(run)
    assert lost.value.reason == "STAGING_LOST"


async def test_an_abandoned_run_leaves_no_tables(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A")])
    run = await bulk.plan("Nord", [offer("A", title="Other")])
    gone = await bulk.stub.AbandonRun(pb.AbandonRunRequest(run_id=run.id), metadata=bulk.metadata)
    assert gone.state == pb.Run.STATE_ABANDONED
    assert await sql.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'") == 0
    with pytest.raises(FailedPrecondition):
        await bulk.apply_batch(run, 0)


async def abandon(bulk: BulkClient, run: pb.Run) -> pb.Run:
    return await bulk.stub.AbandonRun(pb.AbandonRunRequest(run_id=run.id), metadata=bulk.metadata)


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

"""The bulk path through its door: staged, planned, applied, repeated, crashed."""

from collections.abc import Callable

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer

from chassis.errors import FailedPrecondition, InvalidArgument, PermissionDenied, Unauthenticated
from pm.catalog.v1 import bulk_pb2 as pb

PEN = "04006381333931"
INK = "04006381333948"


async def test_a_first_run_creates_offers_products_and_search_rows(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A", gtin=PEN), offer("B")])
    assert await sql.fetchval("SELECT count(*) FROM products") == 0, "a plan changes nothing"
    assert ledger(run) == {"staged": 2, "created": 2, "products_created": 2}
    done = await bulk.apply(run)
    assert ledger(done) == {"staged": 2, "created": 2, "products_created": 2}
    assert done.state == pb.Run.STATE_APPLIED
    [pen] = await sql.fetch(
        "SELECT p.*, b.name AS brand, t.price, t.currency, t.stock FROM products p JOIN brands b"
        " ON b.id = p.brand_id JOIN product_best t ON t.product_id = p.id WHERE p.gtin = $1",
        PEN,
    )
    assert (pen["title"], pen["brand"], pen["price"], pen["currency"], pen["stock"]) == ("Title of A", "Acme", 1.5, "EUR", 3)
    assert await sql.fetchval("SELECT count(*) FROM product_search WHERE fts @@ to_tsquery('words', 'title & acme')") == 2
    assert await sql.fetchval("SELECT count(*) FROM change_log") == 0, "creations are not changes"
    assert await sql.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'staging'") == 0


async def test_the_same_rows_again_are_unchanged(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    rows = [offer("A", gtin=PEN), offer("B")]
    await bulk.load("Nord", rows)
    before = await sql.fetch("SELECT id, version, xmin FROM supplier_products ORDER BY id")
    assert ledger(await bulk.load("nord", rows)) == {"staged": 2, "unchanged": 2}
    assert await sql.fetch("SELECT id, version, xmin FROM supplier_products ORDER BY id") == before, "nothing was written"


async def test_a_change_is_planned_field_by_field_and_logged(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN), offer("B")])
    run = await bulk.plan("Nord", [offer("A", gtin=PEN, price="2.00", title="Blue pen"), offer("B")])
    [row] = await bulk.plan_rows(run)
    assert (row.kind, row.ref, row.title) == (pb.PlanRow.KIND_UPDATE, "A", "Blue pen")
    assert {c.field: (c.before, c.after) for c in row.changes} == {
        "title": ("Title of A", "Blue pen"),
        "price": ("1.500000", "2.000000"),
    }
    assert ledger(await bulk.apply(run)) == {"staged": 2, "updated": 1, "unchanged": 1, "products_changed": 1}
    log = await sql.fetch("SELECT offer_id IS NULL AS product, fields, before::text FROM change_log ORDER BY seq")
    assert [tuple(line) for line in log] == [
        (False, ["title", "price"], '{"price": 1.500000, "title": "Title of A"}'),
        (True, ["title"], '{"title": "Title of A"}'),
    ]
    assert await sql.fetchval("SELECT count(*) FROM product_search WHERE fts @@ to_tsquery('words', 'blue')") == 1


async def test_offers_of_one_gtin_share_a_product(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    first = await bulk.load("Nord", [offer("A", gtin=PEN), offer("A2", gtin=PEN)])
    second = await bulk.load("Sud", [offer("X", gtin=PEN, title="Cheaper pen", price="1.00", stock=4)])
    assert (first.ledger.products_created, second.ledger.products_created) == (1, 0)
    assert await sql.fetchval("SELECT count(DISTINCT product_id) FROM supplier_products") == 1
    [best] = await sql.fetch("SELECT offer_count, stock FROM product_best")
    assert tuple(best) == (3, 10)


async def test_priority_decides_before_who_came_first(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="From Nord", price="3")])
    await bulk.load("Sud", [offer("X", gtin=PEN, title="From Sud", price="2", brand=None)])
    assert await sql.fetchval("SELECT title FROM products") == "From Nord", "of equal rank the first wins"
    await sql.execute("UPDATE suppliers SET priority = 1 WHERE name = 'Sud'")
    await bulk.load("Sud", [offer("X", gtin=PEN, title="From Sud again", price="2", brand=None)])
    golden = await sql.fetchrow("SELECT p.title, t.price FROM products p JOIN product_best t ON t.product_id = p.id")
    assert golden is not None
    assert tuple(golden) == ("From Sud again", 2)


async def test_an_offer_that_comes_back_is_its_product_s_again(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN)])
    filters = await sql.fetchval("SELECT vals FROM product_search")
    await bulk.load("Sud", [offer("X", gtin=PEN)])
    of_both = await sql.fetchval("SELECT vals FROM product_search")
    await sql.execute("UPDATE supplier_products SET active = false WHERE supplier_ref = 'X'")
    await sql.execute("UPDATE product_best SET offer_count = 1")
    await sql.execute("UPDATE product_search SET vals = $1", filters)
    await bulk.load("Sud", [offer("X", gtin=PEN)])
    assert await sql.fetchval("SELECT vals FROM product_search") == of_both
    assert await sql.fetchval("SELECT offer_count FROM product_best") == 2


async def test_a_locked_field_stays(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN)])
    await sql.execute("UPDATE products SET title = 'By hand', locked_fields = '{title}'")
    await bulk.load("Nord", [offer("A", gtin=PEN, title="By feed", brand="Other")])
    golden = await sql.fetchrow("SELECT p.title, b.name FROM products p JOIN brands b ON b.id = p.brand_id")
    assert golden is not None
    assert tuple(golden) == ("By hand", "Other")


async def test_a_price_feed_leaves_other_fields_alone(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN)])
    products = await sql.fetch("SELECT xmin FROM products UNION ALL SELECT xmin FROM product_search")
    run = await bulk.load("Nord", [{"ref": "A", "price": "9.99", "stock": 1}])
    assert ledger(run) == {"staged": 1, "updated": 1, "products_changed": 1}
    row = await sql.fetchrow("SELECT title, price, stock, gtin FROM supplier_products")
    assert row is not None
    assert (row["title"], float(row["price"]), row["stock"], row["gtin"]) == ("Title of A", 9.99, 1, PEN)
    assert await sql.fetch("SELECT xmin FROM products UNION ALL SELECT xmin FROM product_search") == products


async def test_vanished_offers_are_kept_and_count_no_longer(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A"), offer("B"), offer("C")])
    await bulk.load("Sud", [offer("A")])
    run = await bulk.plan("Nord", [offer("B")])
    assert {row.ref for row in await bulk.plan_rows(run, pb.PlanRow.KIND_VANISHED)} == {"A", "C"}
    assert ledger(await bulk.apply(run)) == {"staged": 1, "unchanged": 1, "vanished": 2, "products_changed": 2}
    counts = await sql.fetchrow("SELECT count(*), count(*) FILTER (WHERE active) FROM supplier_products")
    assert counts is not None
    assert tuple(counts) == (4, 2)


async def test_a_changed_barcode_moves_the_offer_to_that_product(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN), offer("B", gtin=INK)])
    await bulk.load("Sud", [offer("X", gtin=PEN)])
    await bulk.load("Sud", [offer("X", gtin=INK)])
    counts = await sql.fetch(
        "SELECT p.gtin, t.offer_count FROM products p JOIN product_best t ON t.product_id = p.id ORDER BY p.gtin"
    )
    assert [tuple(row) for row in counts] == [(PEN, 1), (INK, 2)]


async def test_an_offer_that_moved_since_the_plan_is_a_conflict(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A"), offer("B")])
    run = await bulk.plan("Nord", [offer("A", price="5"), offer("B", price="5"), offer("C")])
    await sql.execute("UPDATE supplier_products SET price = 7, version = version + 1 WHERE supplier_ref = 'A'")
    await bulk.apply_batch(run, 0)
    assert [row.ref for row in await bulk.plan_rows(run, pb.PlanRow.KIND_CONFLICT)] == ["A"]
    done = await bulk.apply(run)
    assert ledger(done) == {"staged": 3, "created": 1, "updated": 1, "conflict": 1, "products_created": 1, "products_changed": 1}
    assert await sql.fetchval("SELECT price FROM supplier_products WHERE supplier_ref = 'A'") == 7


async def test_a_product_made_since_the_plan_is_joined(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A", gtin=PEN)])
    await bulk.load("Sud", [offer("X", gtin=PEN)])
    assert ledger(await bulk.apply(run)) == {"staged": 1, "created": 1, "products_changed": 1}
    assert await sql.fetchval("SELECT count(*) FROM products") == 1


async def test_every_step_may_be_repeated(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    rows = [offer("A", gtin=PEN), offer("B")]
    run = await bulk.open("Nord", rows[0])
    again = await bulk.stub.OpenRun(
        pb.OpenRunRequest(run_id=run.id, supplier_name="Nord", columns=list(rows[0]), complete=True), metadata=bulk.metadata
    )
    assert again == run
    assert [await bulk.stage(run.id, 0, rows[0], rows) for _ in range(2)] == [True, False]
    with pytest.raises(FailedPrecondition, match="other bytes"):
        await bulk.stage(run.id, 0, rows[0], [offer("Z")])
    planned = [await bulk.stub.BuildPlan(pb.BuildPlanRequest(run_id=run.id), metadata=bulk.metadata) for _ in range(2)]
    assert planned[0] == planned[1], "same rows, same catalogue, same hash"
    assert await bulk.apply_batch(planned[0], 0) == await bulk.apply_batch(planned[0], 0)
    assert await bulk.apply(planned[0]) == await bulk.apply(planned[0])
    assert await sql.fetchval("SELECT count(*) FROM supplier_products") == 2


async def test_a_run_planned_before_another_was_applied_is_stale(bulk: BulkClient) -> None:
    old = await bulk.plan("Nord", [offer("A")])
    await bulk.load("Nord", [offer("B")])
    with pytest.raises(FailedPrecondition) as refused:
        await bulk.apply(old)
    assert refused.value.reason == "RUN_STALE"


async def test_only_the_confirmed_plan_is_applied(bulk: BulkClient) -> None:
    run = await bulk.plan("Nord", [offer("A")])
    with pytest.raises(FailedPrecondition) as refused:
        await bulk.stub.ApplyBatch(pb.ApplyBatchRequest(run_id=run.id, batch=0, plan_hash="other"), metadata=bulk.metadata)
    assert refused.value.reason == "PLAN_CHANGED"


async def test_what_can_not_be_staged_says_why(bulk: BulkClient) -> None:
    run = await bulk.open("Nord", ["ref", "price"])
    with pytest.raises(InvalidArgument) as refused:
        await bulk.stage(run.id, 0, ["ref", "price"], [{"ref": "A", "price": "cheap"}])
    assert refused.value.reason == "CHUNK_UNREADABLE"
    assert "cheap" in refused.value.message
    with pytest.raises(InvalidArgument) as refused:
        await bulk.open("Nord", ["ref", "colour"])
    assert refused.value.reason == "UNKNOWN_COLUMNS"
    with pytest.raises(InvalidArgument) as refused:
        await bulk.open("Nord", ["title"])
    assert refused.value.reason == "MISSING_REF"


async def test_a_value_that_breaks_the_contract_stops_its_batch_whole(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A"), offer("B", stock=-1)])
    with pytest.raises(InvalidArgument) as refused:
        await bulk.apply_batch(run, 0)
    assert refused.value.reason == "CONTRACT_BROKEN"
    assert await sql.fetchval("SELECT count(*) FROM supplier_products") == 0


async def test_only_imports_may_call_it(bulk: BulkClient, as_user: Callable, as_service: Callable) -> None:
    for metadata in (as_user("catalog.products.write"), as_service("exports-svc", "catalog-svc")):
        with pytest.raises(PermissionDenied):
            await bulk.stub.GetRun(pb.GetRunRequest(run_id="01890000-0000-7000-8000-000000000001"), metadata=metadata)
    with pytest.raises(Unauthenticated):
        await bulk.stub.GetRun(pb.GetRunRequest(run_id="01890000-0000-7000-8000-000000000001"))

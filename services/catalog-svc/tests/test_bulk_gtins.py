"""Several references of one supplier's file with one GTIN: they become one product, and each row is told."""

import asyncpg
from bulk_client import BulkClient, ledger, offer

from pm.catalog.v1 import bulk_pb2 as pb

PEN, INK, LAMB = "04006381333931", "04006381333948", "94028887034023"


async def shared(bulk: BulkClient, run: pb.Run, **page: int) -> list[tuple[int, str, str, int, list[str]]]:
    request = pb.ListSharedGtinsRequest(run_id=run.id, **page)
    answer = await bulk.stub.ListSharedGtins(request, metadata=bulk.metadata)
    return [(row.row_no, row.ref, row.gtin, row.references, list(row.others)) for row in answer.rows]


async def test_each_row_whose_gtin_other_references_have_is_told(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    rows = [offer("A", gtin=PEN), offer("B", gtin=INK), offer("C", gtin=PEN), offer("D"), offer("E"), offer("F", gtin=PEN)]
    run = await bulk.plan("Nord", rows)
    assert await shared(bulk, run) == [
        (1, "A", PEN, 3, ["C", "F"]),
        (3, "C", PEN, 3, ["A", "F"]),
        (6, "F", PEN, 3, ["A", "C"]),
    ]
    assert await shared(bulk, run, after_row=1, limit=1) == [(3, "C", PEN, 3, ["A", "F"])]
    done = await bulk.apply(run)
    assert ledger(done) == {"staged": 6, "created": 6, "products_created": 4, "gtin_shared": 3}
    offers = "SELECT count(DISTINCT product_id) FROM supplier_products WHERE supplier_ref IN ('A', 'C', 'F')"
    assert await sql.fetchval(offers) == 1


async def test_a_variable_measure_is_told_as_any_other(bulk: BulkClient) -> None:
    run = await bulk.plan("Butcher", [offer("Leg", gtin=LAMB), offer("Rack", gtin=LAMB)])
    assert await shared(bulk, run) == [(1, "Leg", LAMB, 2, ["Rack"]), (2, "Rack", LAMB, 2, ["Leg"])]


async def test_known_and_unchanged_offers_are_told_again(bulk: BulkClient) -> None:
    first = [offer("A", gtin=PEN), offer("B", gtin=INK)]
    await bulk.load("Nord", first)
    run = await bulk.plan("Nord", [*first, offer("C", gtin=PEN)])
    assert ledger(run) == {"staged": 3, "created": 1, "unchanged": 2, "products_changed": 1, "gtin_shared": 2}
    assert await shared(bulk, run) == [(1, "A", PEN, 2, ["C"]), (3, "C", PEN, 2, ["A"])]
    await bulk.apply(run)
    again = await bulk.plan("Nord", [*first, offer("C", gtin=PEN)])
    assert ledger(again) == {"staged": 3, "unchanged": 3, "gtin_shared": 2}
    assert [row_no for row_no, *_ in await shared(bulk, again)] == [1, 3]


async def test_a_repeated_reference_shares_nothing_with_itself(bulk: BulkClient) -> None:
    run = await bulk.plan("Nord", [offer("A", gtin=PEN, price="1"), offer("B", gtin=INK), offer("A", gtin=PEN, price="2")])
    assert ledger(run) == {"staged": 3, "created": 2, "duplicate_in_file": 1, "products_created": 2}
    assert await shared(bulk, run) == []
    # Nor does a row that the last one with its reference takes back.
    run = await bulk.plan("Ost", [offer("A", gtin=PEN), offer("B", gtin=PEN), offer("A", gtin=INK)])
    assert await shared(bulk, run) == []


async def test_two_suppliers_share_a_gtin_without_a_word(bulk: BulkClient) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN)])
    run = await bulk.plan("Ost", [offer("Z", gtin=PEN)])
    assert ledger(run) == {"staged": 1, "created": 1, "products_changed": 1}
    assert await shared(bulk, run) == []


async def test_a_run_without_gtin_says_nothing(bulk: BulkClient) -> None:
    run = await bulk.plan("Nord", [offer("A"), offer("B")], ("ref", "title"))
    assert await shared(bulk, run) == []


async def test_of_many_others_the_first_are_named(bulk: BulkClient) -> None:
    run = await bulk.plan("Nord", [offer(f"R-{number}", gtin=PEN) for number in range(10)])
    told = await shared(bulk, run)
    assert (told[0], told[9]) == (
        (1, "R-0", PEN, 10, ["R-1", "R-2", "R-3", "R-4", "R-5"]),
        (10, "R-9", PEN, 10, ["R-0", "R-1", "R-2", "R-3", "R-4"]),
    )


async def test_what_our_skus_decide_is_no_doubt(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Shop", [offer("1001", gtin=INK)])
    await sql.execute("UPDATE products SET sku = '1001'")
    columns = ("ref", "gtin", "title", "our_sku")
    # Our SKU says of A and B that they are one article; of C and D nothing does.
    rows = [
        offer("A", gtin=INK, our_sku="1001"),
        offer("B", gtin=INK, our_sku="1001"),
        offer("C", gtin=PEN),
        offer("D", gtin=PEN),
    ]
    run = await bulk.plan("Nord", rows, columns)
    assert [row_no for row_no, *_ in await shared(bulk, run)] == [3, 4]
    # E comes to our product by its GTIN alone.
    run = await bulk.plan("Ost", [offer("A", gtin=INK, our_sku="1001"), offer("E", gtin=INK)], columns)
    assert await shared(bulk, run) == [(1, "A", INK, 2, ["E"]), (2, "E", INK, 2, ["A"])]
    # What is left out for its SKU joins nothing.
    run = await bulk.plan("West", [offer("A", gtin=PEN, our_sku="1001"), offer("E", gtin=PEN)], columns)
    assert ledger(run) == {"staged": 2, "created": 1, "products_created": 1, "our_sku_conflict": 1}

"""Rows of one file with the same reference."""

import asyncpg
from bulk_client import BulkClient, ledger, offer

from pm.catalog.v1 import bulk_pb2 as pb


async def test_of_rows_with_one_reference_the_last_wins(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    run = await bulk.plan("Nord", [offer("A", price="1"), offer("B"), offer("A", price="2")])
    assert [(row.row_no, row.ref) for row in await bulk.plan_rows(run, pb.PlanRow.KIND_DUPLICATE)] == [(1, "A")]
    assert ledger(await bulk.apply(run)) == {"staged": 3, "created": 2, "duplicate_in_file": 1, "products_created": 2}
    assert await sql.fetchval("SELECT price FROM supplier_products WHERE supplier_ref = 'A'") == 2


async def test_a_duplicate_says_whether_the_row_that_counts_differs(bulk: BulkClient) -> None:
    run = await bulk.plan("Nord", [offer("A"), offer("B", price="1"), offer("A"), offer("B", price="2"), offer("B", price="1")])
    rows = await bulk.plan_rows(run, pb.PlanRow.KIND_DUPLICATE)
    assert [(row.row_no, row.differs) for row in rows] == [(1, False), (2, False), (4, True)]

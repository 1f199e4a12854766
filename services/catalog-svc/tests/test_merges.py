"""A product whose last offers became those of another one: other services learn of which it is a part now."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from catalog_client import INK, PEN, PERMISSIONS, Catalog
from follower import Follower, told

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import changes_pb2
from pm.catalog.v1.events_pb2 import ProductChanged, ProductsChanged

KIND_MERGED = changes_pb2.ProductChange.KIND_MERGED


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def merges(catalog: Catalog) -> dict[str, str]:
    request = changes_pb2.ListChangesRequest(kinds=[KIND_MERGED])
    return {change.product_id: change.merged_into_id for change in (await catalog("ListChanges", request)).changes}


async def events(sql: asyncpg.Connection, kind: type[ProductChanged] | type[ProductsChanged]) -> list[bytes]:
    return [
        row["payload"]
        for row in await sql.fetch("SELECT payload FROM outbox WHERE type = $1 ORDER BY id", kind.DESCRIPTOR.full_name)
    ]


async def test_by_hand(catalog: Catalog, sql: asyncpg.Connection) -> None:
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    into = (await catalog.offer(nord, "N", gtin=PEN, title="Pen")).product_id
    first = await catalog.offer(sud, "S", gtin=INK, title="Pen, too")
    follower = Follower(catalog)
    await follower.until(2)
    moved = await catalog.offer(sud, "S", gtin=PEN, title="Pen, too")
    assert moved.product_id == into
    entries = {entry.product_id: entry for entry in await follower.until(3) if list(entry.kinds) == [KIND_MERGED]}
    assert [(entry.product_id, entry.merged_into_id, list(entry.fields)) for entry in entries.values()] == [
        (first.product_id, into, [])
    ]
    assert await merges(catalog) == {first.product_id: into}
    newest, *_ = await catalog.changes(first.product_id)
    assert (newest.merged_into_id, list(newest.fields), newest.run_id, bool(newest.user_id)) == (into, [], "", True)
    changed = [ProductChanged.FromString(payload) for payload in await events(sql, ProductChanged)]
    assert {event.product_id: event.merged_into_id for event in changed} == {into: "", first.product_id: into}


async def test_by_a_run(catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("N", gtin=PEN), offer("O", gtin=INK)])
    await bulk.load("Sud", [offer("A"), offer("B"), offer("C", gtin="04006381333955"), offer("D", gtin="04006381333955")])
    before = {row["supplier_ref"]: str(row["product_id"]) for row in await sql.fetch("SELECT * FROM supplier_products")}
    # Of the product of C and D one offer stays, so it is itself.
    run = await bulk.load(
        "Sud", [offer("A", gtin=PEN), offer("B", gtin=INK), offer("C", gtin=PEN), offer("D", gtin="04006381333955")]
    )
    expected = {before["A"]: before["N"], before["B"]: before["O"]}
    assert await merges(catalog) == expected
    newest, *_ = await catalog.changes(before["A"])
    assert (newest.merged_into_id, newest.run_id, newest.user_id) == (before["N"], run.id, "")
    [*_, last] = [ProductsChanged.FromString(payload) for payload in await events(sql, ProductsChanged)]
    assert {merge.product_id: merge.into_id for merge in last.merges} == expected


async def test_our_own_articles_and_those_whose_offers_only_vanished_stay_themselves(
    catalog: Catalog, bulk: BulkClient, sql: asyncpg.Connection
) -> None:
    await bulk.load("Nord", [offer("N", gtin=PEN)])
    ours = await catalog.product(title="Ours", sku="1", gtin=INK)
    sud = await catalog.supplier("Sud")
    assert (await catalog.offer(sud, "S", gtin=INK, title="Ours")).product_id == ours.id
    await catalog.offer(sud, "S", gtin=PEN, title="Ours")
    await bulk.load("Ost", [offer("A"), offer("B")])
    await bulk.load("Ost", [offer("B")])
    assert await merges(catalog) == {}


async def test_it_is_told_once(catalog: Catalog, sql: asyncpg.Connection) -> None:
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    await catalog.offer(nord, "N", gtin=PEN, title="Pen")
    await catalog.offer(sud, "S", gtin=INK, title="Pen, too")
    follower = Follower(catalog)
    for gtin in (PEN, PEN, INK, PEN):
        await catalog.offer(sud, "S", gtin=gtin, title="Pen, too")
    await follower.catch_up()
    kinds = [kind for kind, _ in told(follower.entries)]
    assert kinds.count({"MERGED"}) == 2, "it was itself between them"

"""Another GTIN for a reference that is known: its product follows where nothing speaks against it, and that is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from catalog_client import PERMISSIONS, Catalog, found
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import FailedPrecondition
from chassis.testing import serving
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import offers_pb2, products_pb2

PEN, INK, CAP, DOT = "04006381333931", "04006381333948", "04006381333955", "04006381333962"
COLUMNS = ("ref", "gtin", "title", "price")


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> Any:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def changed(bulk: BulkClient, run: pb.Run, **page: int) -> list[pb.ChangedGtin]:
    request = pb.ListChangedGtinsRequest(run_id=run.id, **page)
    return list((await bulk.stub.ListChangedGtins(request, metadata=bulk.metadata)).rows)


async def products(sql: asyncpg.Connection) -> list[tuple[str, str | None, list[str]]]:
    """Titles and GTIN of products, and their offers."""
    rows = await sql.fetch(
        "SELECT p.title, p.gtin, ARRAY(SELECT s.name || ' ' || o.supplier_ref || ' ' || coalesce(o.gtin, '-')"
        " FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id WHERE o.product_id = p.id ORDER BY 1) AS offers"
        " FROM products p ORDER BY p.id"
    )
    return [(row["title"], row["gtin"], row["offers"]) for row in rows]


async def test_the_product_follows_and_is_found_by_the_new_one(
    bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection
) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen"), offer("B", gtin=None, title="Box")], COLUMNS)
    run = await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen"), offer("B", gtin=CAP, title="Box")], COLUMNS)
    assert run.gtins_changed == 1
    [row] = await changed(bulk, run)
    assert (row.row_no, row.ref, row.before, row.after, row.product_title, row.product_gtin) == (1, "A", PEN, INK, "Pen", PEN)
    assert (row.other_product_id, row.other_ref) == ("", "")
    assert await changed(bulk, run, after_row=1) == []
    shown = (await bulk.plan_rows(run))[0].changes
    assert [(one.field, one.before, one.after) for one in shown] == [("gtin", PEN, INK)]
    await bulk.apply(run)
    assert await products(sql) == [("Pen", INK, [f"Nord A {INK}"]), ("Box", CAP, [f"Nord B {CAP}"])]
    assert found(await catalog.search(INK)) == [("Pen", "MATCH_GTIN")]
    assert found(await catalog.search(PEN)) == []
    log = await sql.fetch("SELECT offer_id IS NULL AS golden, before ->> 'gtin' AS gtin FROM change_log WHERE fields = '{gtin}'")
    assert sorted((one["golden"], one["gtin"] or "") for one in log) == [(False, ""), (False, PEN), (True, ""), (True, PEN)]
    with pytest.raises(FailedPrecondition):
        await changed(bulk, run)
    # Nothing more the next time, and another list joins by the new one.
    assert (await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen")], COLUMNS)).gtins_changed == 0
    await bulk.load("Sud", [offer("9", gtin=INK)], COLUMNS)
    assert (await products(sql))[0][2] == [f"Nord A {INK}", f"Sud 9 {INK}"]


async def test_what_another_offer_gives_is_kept_and_both_are_named(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen")], COLUMNS)
    await bulk.load("Sud", [offer("9", gtin=PEN, title="Stylo")], COLUMNS)
    run = await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen")], COLUMNS)
    [row] = await changed(bulk, run)
    assert (row.other_supplier, row.other_ref, row.other_product_id) == ("Sud", "9", "")
    await bulk.apply(run)
    assert await products(sql) == [("Pen", PEN, [f"Nord A {INK}", f"Sud 9 {PEN}"])]
    # Once the other one says so, too, the product follows.
    await bulk.load("Sud", [offer("9", gtin=INK, title="Stylo")], COLUMNS)
    assert await products(sql) == [("Pen", INK, [f"Nord A {INK}", f"Sud 9 {INK}"])]


async def test_what_an_excluded_offer_gave_is_kept_no_more(bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen")], COLUMNS)
    await bulk.load("Sud", [offer("9", gtin=PEN, title="Stylo")], COLUMNS)
    await bulk.load("Nord", [offer("A", gtin=INK, title="Pen")], COLUMNS)
    assert (await products(sql))[0][1] == PEN
    sud = str(await sql.fetchval("SELECT id FROM supplier_products WHERE supplier_ref = '9'"))
    await catalog("ExcludeOffer", offers_pb2.ExcludeOfferRequest(id=sud))
    assert (await products(sql))[0][1] == INK
    assert found(await catalog.search(INK)) == [("Pen", "MATCH_GTIN")]
    assert found(await catalog.search(PEN)) == []
    # Who comes back later changes nothing that others give.
    await catalog("IncludeOffer", offers_pb2.IncludeOfferRequest(id=sud))
    assert (await products(sql))[0][1] == INK


async def test_what_an_offer_gave_that_went_elsewhere_is_kept_no_more(
    bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection
) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen")], COLUMNS)
    await bulk.load("Sud", [offer("9", gtin=PEN, title="Stylo")], COLUMNS)
    await bulk.load("Nord", [offer("A", gtin=INK, title="Pen")], COLUMNS)
    await bulk.load("Ost", [offer("C", gtin=CAP, title="Cap")], COLUMNS)
    await bulk.load("Sud", [offer("9", gtin=CAP, title="Stylo")], COLUMNS)
    assert [(gtin, its) for _, gtin, its in await products(sql)] == [
        (INK, [f"Nord A {INK}"]),
        (CAP, [f"Ost C {CAP}", f"Sud 9 {CAP}"]),
    ]


async def test_what_another_product_has_is_not_taken_and_both_are_named(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen"), offer("B", gtin=INK, title="Ink")], COLUMNS)
    run = await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen"), offer("B", gtin=INK, title="Ink")], COLUMNS)
    [row] = await changed(bulk, run)
    assert (row.product_title, row.product_gtin, row.other_product_title) == ("Pen", PEN, "Ink")
    await bulk.apply(run)
    # The offer is one of the other product, as before; the product it left keeps its GTIN.
    assert [found[1:] for found in await products(sql)] == [(PEN, []), (INK, [f"Nord A {INK}", f"Nord B {INK}"])]


async def test_two_references_of_one_run_follow_together_or_swap(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    pair = [offer("A", gtin=PEN, title="Pen"), offer("B", gtin=PEN, title="Pen, old number")]
    await bulk.load("Nord", pair, COLUMNS)
    run = await bulk.plan("Nord", [one | {"gtin": INK} for one in pair], COLUMNS)
    assert [(row.ref, row.other_ref) for row in await changed(bulk, run)] == [("A", ""), ("B", "")]
    await bulk.apply(run)
    assert await products(sql) == [("Pen", INK, [f"Nord A {INK}", f"Nord B {INK}"])]
    await bulk.load("Ost", [offer("C", gtin=CAP, title="Cap"), offer("D", gtin=PEN, title="Dot")], COLUMNS)
    await bulk.load("Ost", [offer("C", gtin=PEN, title="Cap"), offer("D", gtin=CAP, title="Dot")], COLUMNS)
    assert {gtin: offers for _, gtin, offers in await products(sql)} == {
        INK: [f"Nord A {INK}", f"Nord B {INK}"],
        CAP: [f"Ost D {CAP}"],
        PEN: [f"Ost C {PEN}"],
    }


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        # The old number of one comes back with a new reference, or both bring the same new one.
        ({"A": INK, "C": PEN}, {"A": "C"}),
        ({"A": CAP, "C": CAP}, {"A": "C"}),
        # Numbers that have slipped by a row, are exchanged, or passed on.
        ({"A": INK, "B": CAP}, {"A": "", "B": "A"}),
        ({"A": INK, "B": PEN}, {"A": "B", "B": "A"}),
        ({"A": CAP, "B": PEN}, {"A": "B", "B": ""}),
        # Each by itself.
        ({"A": CAP, "B": INK}, {"A": ""}),
        ({"A": CAP, "B": INK, "C": DOT}, {"A": ""}),
    ],
)
async def test_references_that_exchange_their_gtin_are_named(bulk: BulkClient, rows: dict, named: dict) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen"), offer("B", gtin=INK, title="Ink")], COLUMNS)
    run = await bulk.plan("Nord", [offer(ref, gtin=gtin, title=ref) for ref, gtin in rows.items()], COLUMNS)
    assert {row.ref: row.exchanged_ref for row in await changed(bulk, run)} == named
    assert run.gtins_changed == len(named)


async def test_a_gtin_that_an_offer_had_not_and_its_product_has_not_is_told(
    bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection
) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen"), offer("B", gtin=None, title="Box")], COLUMNS)
    await bulk.load("Nord", [offer("A", gtin=None, title="Pen"), offer("B", gtin=CAP, title="Box")], COLUMNS)
    run = await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen"), offer("B", gtin=CAP, title="Box")], COLUMNS)
    [row] = await changed(bulk, run)
    assert (row.ref, row.before, row.after, row.product_gtin, run.gtins_changed) == ("A", "", INK, PEN, 1)
    await bulk.apply(run)
    assert (await products(sql))[0][1] == PEN
    sud = await catalog.supplier("Sud")
    for gtin in (CAP, ""):
        await catalog.offer(sud, "9", gtin=gtin, title="Box")
    answer = await catalog.offer(sud, "9", gtin=DOT, title="Box")
    [warning] = answer.warnings
    assert "was none and is" in warning.message
    assert f"keeps {CAP}" in warning.message


async def test_a_gtin_that_a_person_set_stays(bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen")], COLUMNS)
    product = products_pb2.Product(id=str(await sql.fetchval("SELECT id FROM products")), gtin=CAP)
    request = products_pb2.UpdateProductRequest(product=product, update_mask=FieldMask(paths=["gtin"]))
    await catalog("UpdateProduct", request)
    await bulk.load("Nord", [offer("A", gtin=PEN, title="Pen blue")], COLUMNS)
    run = await bulk.plan("Nord", [offer("A", gtin=INK, title="Pen blue")], COLUMNS)
    assert [row.product_gtin for row in await changed(bulk, run)] == [CAP]
    await bulk.apply(run)
    assert await products(sql) == [("Pen blue", CAP, [f"Nord A {INK}"])]


async def test_a_single_edit_says_and_does_the_same(catalog: Catalog, sql: asyncpg.Connection) -> None:
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")

    async def put(supplier: Any, ref: str, gtin: str) -> list[tuple[int, str]]:
        answer = await catalog.offer(supplier, ref, gtin=gtin, title="Pen")
        return [(one.reason, one.message) for one in answer.warnings]

    assert await put(nord, "A", PEN) == []
    [(reason, message)] = await put(nord, "A", INK)
    assert reason == offers_pb2.OfferWarning.REASON_GTIN_CHANGED
    assert f"was {PEN} and is {INK} now" in message
    assert await products(sql) == [("Pen", INK, [f"Nord A {INK}"])]
    assert await put(nord, "A", INK) == []
    assert await put(sud, "9", INK) == []
    [(_, message)] = await put(nord, "A", PEN)
    assert f"keeps {INK}, because the offer 9 of Sud gives it" in message
    assert await put(nord, "B", CAP) == []
    [(_, message)] = await put(sud, "9", CAP)
    assert "That is the GTIN of 'Pen'" in message

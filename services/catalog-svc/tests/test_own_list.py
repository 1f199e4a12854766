"""The shop's own article list, and suppliers who know our SKUs: through single edits and in bulk."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient, ledger, offer
from catalog_client import INK, PEN, PERMISSIONS, Catalog, found
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import bulk_pb2 as pb
from pm.catalog.v1 import offers_pb2, products_pb2, suppliers_pb2
from pm.common.v1.money_pb2 import Money

COLUMNS = ("ref", "gtin", "title", "price", "stock", "our_sku")
CAP = "04006381333955"


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Any, as_user: Callable[..., Any]) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


def row(ref: str, **values: object) -> dict[str, object]:
    """An offer without price and stock, unless they are given."""
    return {"ref": ref, "title": f"Title of {ref}"} | values


async def own(bulk: BulkClient, *rows: dict[str, object]) -> pb.Run:
    return await bulk.load("Shop", list(rows), ("ref", "gtin", "title", "price", "stock"))


async def problems(bulk: BulkClient, run: pb.Run) -> list[tuple[int, str, bool]]:
    answer = await bulk.stub.ListOurSkuProblems(pb.ListOurSkuProblemsRequest(run_id=run.id), metadata=bulk.metadata)
    reason = pb.OurSkuProblem.Reason.Name
    return [(one.row_no, reason(one.reason).removeprefix("REASON_"), one.skipped) for one in answer.problems]


async def products(sql: asyncpg.Connection) -> dict[str | None, tuple[Any, ...]]:
    """Title, GTIN and the references offered, by SKU."""
    rows = await sql.fetch(
        "SELECT p.sku, p.title, p.gtin, array_agg(o.supplier_ref ORDER BY o.supplier_ref)"
        " FROM products p JOIN supplier_products o ON o.product_id = p.id GROUP BY p.id ORDER BY p.id"
    )
    return {sku: tuple(rest) for sku, *rest in rows}


def declare(supplier: suppliers_pb2.Supplier, **fields: object) -> suppliers_pb2.UpdateSupplierRequest:
    wanted = suppliers_pb2.Supplier(id=supplier.id, **({"own_list": True} | fields))
    return suppliers_pb2.UpdateSupplierRequest(supplier=wanted, update_mask=FieldMask(paths=list({"own_list": True} | fields)))


@pytest.fixture
async def shop(catalog: Catalog, sql: asyncpg.Connection) -> suppliers_pb2.Supplier:
    return await catalog.supplier("Shop", own_list=True)


async def test_the_own_list_ranks_before_all_and_there_is_one(catalog: Catalog, shop: suppliers_pb2.Supplier) -> None:
    assert (shop.own_list, shop.priority) == (True, 0)
    other = await catalog.supplier("Other", priority=1)
    taken = await catalog.refused("UpdateSupplier", declare(other))
    assert (taken.reason, taken.metadata["name"]) == ("OWN_LIST_TAKEN", "Shop")
    second = suppliers_pb2.CreateSupplierRequest(supplier=suppliers_pb2.Supplier(name="Second", own_list=True))
    assert (await catalog.refused("CreateSupplier", second)).reason == "OWN_LIST_TAKEN"
    assert (await catalog.refused("UpdateSupplier", declare(shop, priority=3))).reason == "OWN_LIST_RANK"
    assert (await catalog("UpdateSupplier", declare(shop, priority=0))).priority == 0
    let_go = await catalog("UpdateSupplier", declare(shop, own_list=False))
    assert (let_go.own_list, let_go.priority) == (False, 100)
    assert (await catalog("UpdateSupplier", declare(other))).own_list


async def test_declaring_later_gives_skus_and_the_first_rank(catalog: Catalog, sql: asyncpg.Connection) -> None:
    nord, late = await catalog.supplier("Nord", priority=1), await catalog.supplier("Late")
    offered = await catalog.offer(nord, "N-1", gtin=PEN, title="Nord's pen", price=Money(amount="2", currency="EUR"), stock=4)
    await catalog.offer(late, "1001", gtin=PEN, title="Our pen")
    await catalog("UpdateSupplier", declare(late))
    product = await catalog.get(offered.product_id)
    assert (product.sku, product.title, product.price.amount, product.stock) == ("1001", "Our pen", "2.00", 4)
    assert found(await catalog.search("1001")) == [("Our pen", "MATCH_SKU")]
    changes = await catalog.changes(product.id)
    assert {field: change.before[field] for change in changes for field in change.fields} == {"sku": "", "title": "Nord's pen"}


async def test_own_values_win_and_cost_and_stock_stay_the_suppliers(
    bulk: BulkClient, catalog: Catalog, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    await bulk.load("Nord", [offer("N-1", gtin=PEN, title="Nord's pen", price="2.00", stock=4)])
    done = await own(bulk, row("1001", gtin=PEN, title="Our pen"), row("1002", title="Our ink"))
    assert ledger(done) == {"staged": 2, "created": 2, "products_created": 1, "products_changed": 1}
    assert await products(sql) == {"1001": ("Our pen", PEN, ["1001", "N-1"]), "1002": ("Our ink", None, ["1002"])}
    best = await sql.fetch("SELECT p.sku, b.price, b.stock FROM product_best b JOIN products p ON p.id = b.product_id ORDER BY 1")
    assert [tuple(one) for one in best] == [("1001", 2, 4), ("1002", None, None)]
    assert ledger(await own(bulk, row("1001", gtin=PEN, title="Our pen"), row("1002", title="Our ink"))) == {
        "staged": 2,
        "unchanged": 2,
    }
    # Its own stock is stock.
    await own(bulk, row("1001", gtin=PEN, title="Our pen", stock=3), row("1002", title="Our ink"))
    assert (
        await sql.fetchval("SELECT b.stock FROM product_best b JOIN products p ON p.id = b.product_id WHERE p.sku = '1001'") == 7
    )


async def test_a_supplier_who_knows_our_sku_offers_that_product(
    bulk: BulkClient, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    await own(bulk, row("1001", title="Our pen"), row("1002", title="Our ink", gtin=INK))
    planned = await bulk.plan(
        "Nord", [row("N-1", our_sku="1001", gtin=PEN), row("N-2", our_sku="1002"), row("N-3", our_sku="77")], COLUMNS
    )
    assert await problems(bulk, planned) == [(3, "UNKNOWN", False)]
    done = await bulk.apply(planned)
    assert ledger(done) == {"staged": 3, "created": 3, "products_created": 1, "products_changed": 2, "our_sku_told": 1}
    assert await products(sql) == {
        "1001": ("Our pen", PEN, ["1001", "N-1"]),
        "1002": ("Our ink", INK, ["1002", "N-2"]),
        None: ("Title of N-3", None, ["N-3"]),
    }


async def test_two_products_are_never_joined_on_a_doubt(
    bulk: BulkClient, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    await own(bulk, row("1001", gtin=PEN), row("1002", gtin=INK))
    await bulk.load("Nord", [row("N-1", our_sku="1001", price="1")], COLUMNS)
    rows = [
        row("N-1", our_sku="1002", gtin=PEN, price="2"),
        row("N-2", our_sku="1001", gtin=INK),
        row("N-3", our_sku="1001", gtin=CAP),
        row("N-4", our_sku="1002", gtin=INK),
    ]
    planned = await bulk.plan("Nord", rows, COLUMNS)
    assert await problems(bulk, planned) == [(1, "CONFLICT", False), (2, "CONFLICT", True), (3, "CONFLICT", True)]
    listed = pb.ListOurSkuProblemsRequest(run_id=planned.id, after_row=1, limit=1)
    [told] = (await bulk.stub.ListOurSkuProblems(listed, metadata=bulk.metadata)).problems
    assert (told.ref, told.our_sku, told.sku_product_title, told.gtin_product_title) == (
        *("N-2", "1001"),
        *("Title of 1001", "Title of 1002"),
    )
    done = await bulk.apply(planned)
    assert ledger(done) == {
        **{"staged": 4, "created": 1, "updated": 1, "our_sku_conflict": 2, "our_sku_told": 1},
        **{"products_changed": 2},
    }
    assert await products(sql) == {
        "1001": ("Title of 1001", PEN, ["1001", "N-1"]),
        "1002": ("Title of 1002", INK, ["1002", "N-4"]),
    }
    assert await sql.fetchval("SELECT price FROM supplier_products WHERE supplier_ref = 'N-1'") == 2, "what it says is taken in"


async def test_rows_of_one_gtin_go_where_our_sku_says(
    bulk: BulkClient, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    await own(bulk, row("1001"), row("1002"), row("1003"))
    rows = [row("A", gtin=PEN), row("B", gtin=PEN, our_sku="1001"), row("C", gtin=INK, our_sku="1002")]
    planned = await bulk.plan("Nord", [*rows, row("D", gtin=INK, our_sku="1003")], COLUMNS)
    assert await problems(bulk, planned) == [(3, "CONFLICT", True), (4, "CONFLICT", True)]
    await bulk.apply(planned)
    assert {sku: held[1:] for sku, held in (await products(sql)).items()} == {
        "1001": (PEN, ["1001", "A", "B"]),
        "1002": (None, ["1002"]),
        "1003": (None, ["1003"]),
    }


async def test_our_articles_of_one_gtin_stay_apart(
    bulk: BulkClient, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    planned = await bulk.plan("Shop", [row("1001", gtin=PEN), row("1002", gtin=PEN), row("1003", gtin=INK)], COLUMNS[:3])
    assert await problems(bulk, planned) == [(2, "CONFLICT", False)]
    await bulk.apply(planned)
    again = await bulk.plan("Shop", [row("1001", gtin=PEN), row("1002", gtin=PEN), row("1004", gtin=INK)], COLUMNS[:3])
    assert await problems(bulk, again) == [(2, "CONFLICT", False), (3, "CONFLICT", False)]
    await bulk.apply(again)
    assert {sku: held[1:] for sku, held in (await products(sql)).items()} == {
        "1001": (PEN, ["1001"]),
        "1002": (None, ["1002"]),
        "1003": (INK, ["1003"]),
        "1004": (None, ["1004"]),
    }


async def test_the_own_list_may_come_last(bulk: BulkClient, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection) -> None:
    await bulk.load(
        "Nord", [row("N-1", our_sku="1001"), row("N-2", our_sku="1002", gtin=INK), row("N-3", our_sku="1003")], COLUMNS
    )
    await bulk.load("Sud", [row("S-3", our_sku="1003", gtin=CAP)], COLUMNS)
    await own(bulk, row("1001", title="Our pen"), row("1002", gtin=PEN), row("1003"))
    # N-2 has another GTIN, and two products claim 1003: nothing is joined.
    held = await sql.fetch(
        "SELECT p.sku, o.supplier_ref FROM products p JOIN supplier_products o ON o.product_id = p.id ORDER BY 2"
    )
    assert [tuple(one) for one in held] == [
        *[("1001", "1001"), ("1002", "1002"), ("1003", "1003"), ("1001", "N-1")],
        *[(None, "N-2"), (None, "N-3"), (None, "S-3")],
    ]
    # The next delivery moves what is not in doubt; the same words again are enough.
    rows = [row("N-1", our_sku="1001"), row("N-2", our_sku="1002", gtin=INK), row("N-3", our_sku="1003")]
    planned = await bulk.plan("Nord", rows, COLUMNS)
    assert await problems(bulk, planned) == [(2, "CONFLICT", False)]
    [moved] = await bulk.plan_rows(planned)
    assert (moved.ref, [(one.field, one.after) for one in moved.changes]) == ("N-3", [("product", "1003")])
    assert ledger(await bulk.apply(planned)) == {
        **{"staged": 3, "updated": 1, "unchanged": 2, "our_sku_told": 1, "products_changed": 1}
    }
    sku = "SELECT p.sku FROM products p JOIN supplier_products o ON o.product_id = p.id WHERE o.supplier_ref = 'N-3'"
    assert await sql.fetchval(sku) == "1003"
    assert ledger(await bulk.load("Nord", rows, COLUMNS)) == {"staged": 3, "unchanged": 3, "our_sku_told": 1}


async def test_an_sku_that_a_person_gave_stays(
    bulk: BulkClient, catalog: Catalog, shop: suppliers_pb2.Supplier, sql: asyncpg.Connection
) -> None:
    made = await catalog.product(title="Made by hand", sku="1001")
    await own(bulk, row("1001", gtin=PEN), row("1002", gtin=INK))
    assert (await catalog.get(made.id)).gtin == PEN, "the list's article is the product that has its SKU"
    other = await sql.fetchval("SELECT id FROM products WHERE sku = '1002'")
    edited = products_pb2.UpdateProductRequest(
        product=products_pb2.Product(id=str(other), sku="X-2", title="By hand"), update_mask=FieldMask(paths=["sku", "title"])
    )
    await catalog("UpdateProduct", edited)
    done = await own(bulk, row("1001", gtin=PEN), row("1002", gtin=INK, title="New words"))
    assert ledger(done) == {"staged": 2, "updated": 1, "unchanged": 1}
    offered = await catalog.offer(shop, "1002", gtin=INK, title="Newer words")
    assert offered.product_id == str(other)
    product = await catalog.get(str(other))
    assert (product.sku, product.title) == ("X-2", "By hand")


async def test_a_plan_is_stale_once_its_supplier_becomes_the_own_list(
    bulk: BulkClient, catalog: Catalog, sql: asyncpg.Connection
) -> None:
    nord = await catalog.supplier("Nord")
    planned = await bulk.plan("Nord", [row("1001")])
    await catalog("UpdateSupplier", declare(nord))
    with pytest.raises(Exception, match="moved since"):
        await bulk.apply(planned)


async def test_single_edits_refuse_what_an_import_leaves_out(catalog: Catalog, shop: suppliers_pb2.Supplier) -> None:
    nord = await catalog.supplier("Nord")
    pen = await catalog.offer(shop, "1001", gtin=PEN)
    ink = await catalog.offer(shop, "1002", gtin=INK)
    assert [(await catalog.get(one.product_id)).sku for one in (pen, ink)] == ["1001", "1002"]
    offered = await catalog.offer(nord, "N-1", our_sku="1001")
    assert (offered.product_id, offered.our_sku) == (pen.product_id, "1001")
    for ref, sku, gtin in (("N-2", "1001", INK), ("N-2", "1002", PEN), ("N-3", "1001", CAP)):
        wanted = offers_pb2.Offer(supplier_id=nord.id, ref=ref, our_sku=sku, gtin=gtin)
        refused = await catalog.refused("PutOffer", offers_pb2.PutOfferRequest(offer=wanted))
        assert refused.reason == "OUR_SKU_CONFLICT"
        assert refused.metadata["sku_product_id"] == (pen if sku == "1001" else ink).product_id
    moved = await catalog.offer(nord, "N-1", our_sku="1002")
    assert (moved.product_id, list(moved.warnings)) == (ink.product_id, [])


async def test_single_edits_tell_what_an_import_tells(catalog: Catalog, shop: suppliers_pb2.Supplier) -> None:
    nord = await catalog.supplier("Nord")
    pen = await catalog.offer(shop, "1001", gtin=PEN)
    ink = await catalog.offer(shop, "1002", gtin=INK)
    await catalog.offer(nord, "N-1", our_sku="1001")
    kept = await catalog.offer(nord, "N-1", our_sku="1002", gtin=PEN, stock=3)
    [told] = kept.warnings
    assert (kept.product_id, kept.stock, told.reason) == (pen.product_id, 3, offers_pb2.OfferWarning.REASON_OUR_SKU_CONFLICT)
    assert (told.sku_product_id, told.gtin_product_id) == (ink.product_id, pen.product_id)
    [unknown] = (await catalog.offer(nord, "N-4", our_sku="77")).warnings
    assert (unknown.reason, "77" in unknown.message) == (offers_pb2.OfferWarning.REASON_OUR_SKU_UNKNOWN, True)
    # A new article of ours with the GTIN of another one is a product of its own.
    apart = await catalog.offer(shop, "1003", gtin=INK)
    product = await catalog.get(apart.product_id)
    assert (product.sku, product.gtin, [one.reason for one in apart.warnings]) == ("1003", "", [told.reason])
    # Only the answer to an edit tells it.
    assert not (await catalog("ListOffers", offers_pb2.ListOffersRequest(product_id=pen.product_id))).offers[0].warnings

"""Where our SKU, the GTIN and what people changed say different things: nothing is joined on doubt, and it is told."""

import asyncpg
import pytest
from bulk_client import BulkClient, ledger
from catalog_client import INK, PEN, Catalog
from google.protobuf.field_mask_pb2 import FieldMask
from test_own_list import COLUMNS, catalog, declare, own, problems, products, row, shop  # noqa: F401  # fixtures, too

from pm.catalog.v1 import products_pb2, suppliers_pb2


async def references(sql: asyncpg.Connection) -> dict[str | None, tuple[str | None, list[str]]]:
    return {sku: held[1:] for sku, held in (await products(sql)).items()}


@pytest.mark.parametrize("first", ["known", "new"])
async def test_a_new_article_is_not_swallowed_by_one_that_gains_its_gtin(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
    first: str,
) -> None:
    await own(bulk, row("1001"))
    rows = [row("1001", gtin=PEN), row("1002", gtin=PEN)]
    planned = await bulk.plan("Shop", rows if first == "known" else rows[::-1], COLUMNS[:3])
    assert [(no, reason) for no, reason, _ in await problems(bulk, planned)] == [(2, "CONFLICT")]
    await bulk.apply(planned)
    gtins = {"1001": PEN, "1002": None} if first == "known" else {"1001": None, "1002": PEN}
    assert await references(sql) == {sku: (gtin, [sku]) for sku, gtin in gtins.items()}


async def test_several_gtins_of_one_sku_are_a_doubt(
    bulk: BulkClient,
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, row("1001"))
    rows = [row("N-1", our_sku="1001", gtin=PEN), row("N-2", our_sku="1001", gtin=INK), row("N-3", gtin=INK)]
    planned = await bulk.plan("Nord", rows, COLUMNS)
    assert await problems(bulk, planned) == [(1, "CONFLICT", True), (2, "CONFLICT", True)]
    await bulk.apply(planned)
    assert await references(sql) == {"1001": (None, ["1001"]), None: (INK, ["N-3"])}


async def test_an_sku_that_moves_between_plan_and_apply_is_a_conflict(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await own(bulk, row("1001"))
    planned = await bulk.plan("Nord", [row("N-1", our_sku="1001"), row("N-2")], COLUMNS)
    id_ = str(await sql.fetchval("SELECT id FROM products WHERE sku = '1001'"))
    moved = products_pb2.Product(id=id_, sku="X-1")
    await catalog("UpdateProduct", products_pb2.UpdateProductRequest(product=moved, update_mask=FieldMask(paths=["sku"])))
    assert ledger(await bulk.apply(planned)) == {"staged": 2, "created": 1, "conflict": 1, "products_created": 1}
    assert await references(sql) == {"X-1": (None, ["1001"]), None: (None, ["N-2"])}


async def test_an_article_with_another_gtin_than_its_product_joins_it_and_is_told(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
    shop: suppliers_pb2.Supplier,  # noqa: F811
    sql: asyncpg.Connection,
) -> None:
    await catalog.product(title="By hand", sku="1001", gtin=INK)
    planned = await bulk.plan("Shop", [row("1001", gtin=PEN)], COLUMNS[:3])
    assert await problems(bulk, planned) == [(1, "CONFLICT", False)]
    assert [one.creates_product for one in await bulk.plan_rows(planned)] == [False]
    await bulk.apply(planned)
    assert await references(sql) == {"1001": (INK, ["1001"])}


async def test_two_articles_on_one_product_are_told(
    bulk: BulkClient,
    catalog: Catalog,  # noqa: F811
) -> None:
    await bulk.load("Shop", [row("1001", gtin=PEN), row("1002", gtin=PEN)], COLUMNS[:3])
    known = (await catalog("ListSuppliers", suppliers_pb2.ListSuppliersRequest())).suppliers
    await catalog("UpdateSupplier", declare(known[0]))
    planned = await bulk.plan("Shop", [row("1001", gtin=PEN), row("1002", gtin=PEN)], COLUMNS[:3])
    assert await problems(bulk, planned) == [(2, "UNKNOWN", False)]

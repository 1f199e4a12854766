"""The whole catalogue as a stream."""

from collections.abc import AsyncIterator, Callable

import pytest
from bulk_client import offer
from catalog_client import PERMISSIONS, Catalog
from follower import Follower, everything

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import PermissionDenied
from chassis.testing import error_of, serving
from pm.catalog.v1 import products_pb2, products_pb2_grpc
from pm.common.v1.money_pb2 import Money


@pytest.fixture
async def catalog(committed_database: Database, keys_dir, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def test_every_product_once_and_changes_behind_them(sql, bulk, catalog):
    await bulk.load("Nord", [offer(f"R{number}", gtin=None) for number in range(1_201)])
    await catalog.product(title="ours")
    cursor, exported = await catalog.export()
    assert len(exported) == 1_202
    assert exported == await everything(catalog)
    follower = Follower(catalog)
    follower.cursor, follower.products = cursor, exported
    assert await follower.catch_up() == []
    made = await catalog.product(title="new")
    assert [entry.product_id for entry in await follower.until(1)] == [made.id]


async def test_an_empty_catalogue(catalog):
    cursor, exported = await catalog.export()
    assert cursor
    assert exported == {}


async def test_products_larger_than_one_message(catalog):
    made = [(await catalog.product(title=f"{number}", description="ж" * 32_000)).id for number in range(120)]
    _, exported = await catalog.export()
    assert sorted(exported) == sorted(made)


async def test_who_sees_what_of_an_export(catalog, committed_database, keys_dir, as_user):
    nord = await catalog.supplier("Nord")
    made = (await catalog.offer(nord, "1", title="Pen", price=Money(amount="1.00", currency="EUR"), stock=1)).product_id
    _, exported = await catalog.export()
    assert exported[made].HasField("price")
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR")) as channel:
        _, exported = await Catalog(channel, as_user("catalog.products.read")).export()
        assert (exported[made].stock, exported[made].HasField("price")) == (1, False)
        export = products_pb2_grpc.ProductServiceStub(channel).ExportProducts
        for metadata, reason in ((as_user("catalog.suppliers.read"), "MISSING_PERMISSION"), ((), "INVALID_TOKEN")):
            refused = await error_of(export(products_pb2.ExportProductsRequest(), metadata=metadata).read())
            assert refused.reason == reason
            assert isinstance(refused, PermissionDenied) or reason == "INVALID_TOKEN"

"""Many products by their ids; and who sees what of them and of the feed."""

from collections.abc import AsyncIterator, Callable

import pytest
from catalog_client import NOWHERE, PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import ServiceError
from chassis.testing import serving
from pm.catalog.v1 import changes_pb2, products_pb2
from pm.common.v1.money_pb2 import Money


@pytest.fixture
async def catalog(committed_database: Database, keys_dir, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def test_products_by_their_ids(catalog):
    pen, ink = await catalog.product(title="pen"), await catalog.product(title="ink")
    answer = await catalog(
        "BatchGetProducts", products_pb2.BatchGetProductsRequest(ids=[ink.id, NOWHERE, pen.id, ink.id.upper()])
    )
    assert [product.title for product in answer.products] == ["ink", "pen"]
    assert (list(answer.missing_ids), list(answer.left_ids)) == ([NOWHERE], [])
    assert (await catalog.refused("BatchGetProducts", products_pb2.BatchGetProductsRequest())).reason == "INVALID_MESSAGE"


async def test_an_answer_that_grows_too_large_names_what_it_leaves_out(catalog):
    made = [(await catalog.product(title=f"{number}", description="ж" * 32_000)).id for number in range(60)]
    answer = await catalog("BatchGetProducts", products_pb2.BatchGetProductsRequest(ids=made))
    assert [product.id for product in answer.products] + list(answer.left_ids) == made
    assert len(answer.products) > 40
    assert answer.left_ids


async def test_purchase_prices_are_hidden(catalog, committed_database, keys_dir, as_user):
    nord = await catalog.supplier("Nord")
    made = (await catalog.offer(nord, "1", title="Pen", price=Money(amount="1.00", currency="EUR"), stock=1)).product_id
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        reader, stranger = Catalog(channel, as_user("catalog.products.read")), Catalog(channel, as_user("catalog.suppliers.read"))
        (product,) = (await reader("BatchGetProducts", products_pb2.BatchGetProductsRequest(ids=[made]))).products
        assert (product.stock, product.HasField("price")) == (1, False)
        for method, request in (
            ("ListChanges", changes_pb2.ListChangesRequest()),
            ("BatchGetProducts", products_pb2.BatchGetProductsRequest(ids=[made])),
        ):
            with pytest.raises(ServiceError) as caught:
                await stranger(method, request)
            assert caught.value.reason == "MISSING_PERMISSION"

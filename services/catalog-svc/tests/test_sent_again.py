"""What creates something answers a call that is sent again with what it made at first."""

import pytest

from pm.catalog.v1 import products_pb2, search_pb2, suppliers_pb2, taxonomy_pb2

CREATING = {
    "CreateSupplier": suppliers_pb2.CreateSupplierRequest(supplier=suppliers_pb2.Supplier(name="Nord"), request_id="once"),
    "CreateCategory": taxonomy_pb2.CreateCategoryRequest(category=taxonomy_pb2.Category(name="Cups"), request_id="once"),
    "CreateProductSelection": search_pb2.CreateProductSelectionRequest(
        search=products_pb2.SearchProductsRequest(), request_id="once"
    ),
}


@pytest.mark.parametrize("method", CREATING)
async def test_a_call_that_is_sent_again_creates_nothing_more(catalog, method):
    first = await catalog(method, CREATING[method])
    assert first.id
    assert await catalog(method, CREATING[method]) == first


async def test_an_id_belongs_to_one_method(catalog):
    await catalog("CreateSupplier", CREATING["CreateSupplier"])
    assert (await catalog.refused("CreateCategory", CREATING["CreateCategory"])).reason == "REQUEST_ID_REUSED"

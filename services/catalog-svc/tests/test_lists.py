"""No list asks the database once per row."""

import pytest
from catalog_client import Catalog
from google.protobuf.message import Message

from pm.catalog.v1 import offers_pb2, products_pb2, suppliers_pb2, taxonomy_pb2

SERVED = (products_pb2, offers_pb2, suppliers_pb2, taxonomy_pb2)
LISTS = {
    method.name: method
    for module in SERVED
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if "next_page_token" in method.output_type.fields_by_name
}


def request(method: str, product_id: str) -> Message:
    return {
        "ListProducts": products_pb2.ListProductsRequest(),
        "SearchProducts": products_pb2.SearchProductsRequest(query="shelf"),
        "ListProductChanges": products_pb2.ListProductChangesRequest(product_id=product_id),
        "ListOffers": offers_pb2.ListOffersRequest(product_id=product_id),
        "ListSuppliers": suppliers_pb2.ListSuppliersRequest(),
        "ListBrands": taxonomy_pb2.ListBrandsRequest(),
        "ListCategories": taxonomy_pb2.ListCategoriesRequest(),
        "ListBrandSuggestions": taxonomy_pb2.ListBrandSuggestionsRequest(),
    }[method]


async def grow(catalog: Catalog, number: int) -> str:
    """One row more in every list; returns the product that gathers offers and changes."""
    supplier = await catalog.supplier(f"s{number}")
    await catalog.offer(supplier, "own", title=f"shelf {number}", brand=f"b{number}", category=f"c{number}")
    await catalog.offer(supplier, "alike", title=f"box {number}", brand=f"b{number} GmbH")
    shared = await catalog.offer(supplier, "shared", gtin="04006381333931", title=f"shelf of s{number}")
    await catalog.offer(supplier, "shared", gtin="04006381333931", title=f"shelf of s{number}", stock=number)
    return shared.product_id


@pytest.mark.parametrize("method", LISTS)
async def test_a_longer_list_asks_as_often(catalog, asked, method):
    rows = next(field.name for field in LISTS[method].output_type.fields if field.is_repeated)
    seen = []
    for number in (1, 2, 3, 4):
        product_id = await grow(catalog, number)
        # The first search of a word asks the dictionary, the next ones remember it.
        await catalog(method, request(method, product_id))
        with asked() as statements:
            page = await catalog(method, request(method, product_id))
        seen.append((len(getattr(page, rows)), len(statements)))
    lengths, counts = zip(*seen, strict=True)
    assert list(lengths) == sorted(set(lengths))
    assert len(set(counts)) == 1

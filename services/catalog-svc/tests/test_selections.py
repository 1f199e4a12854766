"""Everything a search finds, kept as it was found."""

import pytest
from catalog_client import NOWHERE, Catalog

from catalog_svc.search import selections
from catalog_svc.search.selections import forget_expired
from pm.catalog.v1 import products_pb2, search_pb2


async def items(catalog, selection_id, size=0):
    ids, sizes, token = [], [], ""
    while True:
        request = search_pb2.ListProductSelectionItemsRequest(selection_id=selection_id, page_size=size, page_token=token)
        page = await catalog("ListProductSelectionItems", request)
        ids += page.product_ids
        sizes.append(len(page.product_ids))
        token = page.next_page_token
        if not token:
            return ids, sizes


async def select(catalog, query="", **filters):
    search = products_pb2.SearchProductsRequest(query=query, **filters)
    return await catalog("CreateProductSelection", search_pb2.CreateProductSelectionRequest(search=search))


@pytest.fixture
async def products(catalog):
    return [(await catalog.product(title=f"hammer {number}", brand=f"brand {number % 2}")).id for number in range(5)]


async def test_a_selection_stays_as_it_was(catalog, products):
    made = await select(catalog, "hammer", page_size=2, facets=["FACET_BRAND"])
    assert (made.count, made.search) == (5, products_pb2.SearchProductsRequest(query="hammer"))
    assert made.expire_time.seconds - made.create_time.seconds == 24 * 3600
    await catalog.product(title="hammer 6")
    assert (await items(catalog, made.id))[0] == products


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 5), (2, [2, 1, 2]), (3, [3, 2]), (100, [3, 2])])
async def test_pages_run_through_the_chunks(catalog, products, monkeypatch, size, sizes):
    monkeypatch.setattr(selections, "_ITEMS", selections._ITEMS.replace("10000", "3"))
    monkeypatch.setattr(selections, "CHUNK", 3)
    made = await select(catalog, "hammer")
    assert await items(catalog, made.id, size) == (products, sizes)


async def test_filters_and_codes_select_what_a_search_finds(catalog, products):
    found = await catalog.search("hammer", facets=["FACET_BRAND"])
    for value in found.facets[0].values:
        made = await select(catalog, brand_id=value.value)
        hits = (await catalog.search(brand_id=value.value)).hits
        assert (await items(catalog, made.id))[0] == [hit.product.id for hit in hits]
    coded = await catalog.product(title="lamp", sku="HAMMER")
    assert (await select(catalog, "hammer")).count == 6
    assert coded.id in (await items(catalog, (await select(catalog, "hammer")).id))[0]


async def test_nothing_found_is_an_empty_selection(catalog, products):
    for made in (await select(catalog, "chisel"), await select(catalog, brand_id=NOWHERE)):
        assert made.count == 0
        assert await items(catalog, made.id) == ([], [0])


async def test_a_selection_is_forgotten_after_a_day(catalog, products, database):
    made, kept = await select(catalog, "hammer"), await select(catalog, "hammer")
    async with database.reading() as connection:
        await connection.execute("UPDATE product_selections SET expire_time = now() WHERE id = $1", made.id)
        request = search_pb2.ListProductSelectionItemsRequest(selection_id=made.id)
    assert (await catalog.refused("ListProductSelectionItems", request)).reason == "SELECTION_NOT_FOUND"
    async with database.reading() as connection:
        await forget_expired(connection)
        assert await connection.fetchval("SELECT array_agg(DISTINCT selection_id::text) FROM product_selection_chunks") == [
            kept.id
        ]


async def test_needs_the_permission(channel, as_user):
    stranger = Catalog(channel, as_user("catalog.suppliers.read"))
    request = search_pb2.CreateProductSelectionRequest(search=products_pb2.SearchProductsRequest())
    assert (await stranger.refused("CreateProductSelection", request)).reason == "MISSING_PERMISSION"
    request = search_pb2.SuggestSearchRequest(query="x")
    assert (await stranger.refused("SuggestSearch", request)).reason == "MISSING_PERMISSION"

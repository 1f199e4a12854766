"""Every shape of a statement answers in one order, page by page."""

import pytest
from catalog_client import PEN, found, titles

from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.repository import SEARCH_SETTINGS
from catalog_svc.search.service import Limits, Search
from chassis import paging
from pm.catalog.v1 import products_pb2 as pb
from pm.common.v1.money_pb2 import Money


@pytest.fixture
async def many(catalog, database):
    """Forty products in two brands with popularity in an order of its own, asked as in a service's own searches."""
    for number in range(40):
        await catalog.product(title=f"hammer {number}", brand="Bosch" if number % 2 else "Makita")
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET popularity = 1 + abs(uuid_hash(product_id) % 7)")
        for name, value in SEARCH_SETTINGS.items():
            await connection.execute(f"SET LOCAL {name} = '{value}'")
    return [hit.product.id for hit in (await catalog.search("hammer", page_size=100)).hits]


async def pages(database, size, limits, **fields):
    """The ids of all pages, and the last page."""
    ids, token = [], ""
    while True:
        request = pb.SearchProductsRequest(page_token=token, **fields)
        async with database.reading() as connection:
            page = await Search(connection, request, Dictionary(), limits).run(size)
        ids += [str(product_id) for product_id, _ in page.hits]
        token = page.next_page_token
        if not token:
            return ids, page


@pytest.mark.parametrize("hot", ["false", "true", "uuid_hash(product_id) % 3 = 0"])
@pytest.mark.parametrize("size", [1, 3, 7, 39, 40, 100])
async def test_pages_of_common_words_equal_the_whole(database, many, hot, size):
    async with database.reading() as connection:
        await connection.execute(f"UPDATE product_search SET hot = {hot}")
    limits = Limits(broad=1, ranked_of_tier=5)
    whole, _ = await pages(database, 100, limits, query="hammer")
    assert sorted(whole) == sorted(many)
    assert (await pages(database, size, limits, query="hammer"))[0] == whole


@pytest.mark.parametrize("query", ["hammer", ""])
@pytest.mark.parametrize("sort", ["SORT_NEWEST", "SORT_OLDEST"])
@pytest.mark.parametrize("cap", [5, 10_000])
async def test_every_shape_pages_in_the_same_order(database, many, query, sort, cap):
    """With a small cap and everything in the sample, pages are walked; otherwise all is sorted."""
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET in_sample = true")
    ids, page = await pages(database, 7, Limits(total=cap, broad=1), query=query, sort=sort)
    assert ids == sorted(many, reverse=sort == "SORT_NEWEST")
    assert (page.total, page.approximate_total is not None) == (min(cap, 40), cap == 5)


@pytest.mark.parametrize("query", ["hammer", ""])
@pytest.mark.parametrize("cap", [5, 10_000])
async def test_pages_in_the_order_of_change_have_no_gap_where_times_are_equal(database, many, query, cap):
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET in_sample = true")
        await connection.execute("UPDATE products SET update_time = now() - abs(uuid_hash(id) % 3) * interval '1.000001 s'")
        expected = await connection.fetch("SELECT id::text FROM products ORDER BY update_time DESC, id DESC")
    ids, page = await pages(database, 7, Limits(total=cap, broad=1), query=query, sort="SORT_CHANGED")
    assert ids == [row["id"] for row in expected]
    assert page.total == min(cap, 40)


async def test_a_new_title_changes_a_product_and_a_new_price_does_not(catalog, shop, database):
    async def offer_at(amount, title):
        price = Money(amount=amount, currency="EUR")
        await catalog.offer(shop.nord, "N-1", title=title, price=price, gtin=PEN, brand="Bosch", category="Tools")
        return titles(await catalog.search("hammer", sort="SORT_CHANGED"))

    async with database.reading() as connection:
        # The whole test is one transaction, at one moment.
        await connection.execute("UPDATE products SET update_time = now() - interval '1 day'")
    assert (await offer_at("11", "red hammer"))[0] == "bare hammer"
    assert (await offer_at("11", "crimson hammer"))[:2] == ["crimson hammer", "bare hammer"]


async def test_pages_by_relevance_end_at_the_cap(database, many):
    ids, page = await pages(database, 3, Limits(total=10), query="hammer")
    assert (ids, page.total, page.approximate_total) == (many[:10], 10, 40)


@pytest.mark.parametrize("query", ["hammer", ""])
async def test_orders_by_price(catalog, shop, query):
    async def priced(sort, **filters):
        seen, token = [], ""
        while True:
            page = await catalog.search(query, sort=sort, page_size=2, page_token=token, currency="EUR", **filters)
            seen += titles(page)
            token = page.next_page_token
            if not token:
                return [title for title in seen if "hammer" in title]

    assert await priced("SORT_PRICE_ASCENDING") == ["red hammer", "blue hammer", "green hammer"]
    assert await priced("SORT_PRICE_DESCENDING") == ["green hammer", "blue hammer", "red hammer"]
    assert await priced("SORT_PRICE_ASCENDING", supplier_id=shop.nord.id) == ["red hammer", "blue hammer"]


async def test_an_order_keeps_hits_by_code_in_their_place(catalog, shop):
    await catalog.product(title="hammer", sku="LAMP")
    response = await catalog.search("lamp", sort="SORT_NEWEST")
    assert found(response) == [("hammer", "MATCH_SKU"), ("red lamp", "MATCH_TEXT")]


async def test_order_by_price_needs_a_currency(catalog):
    request = pb.SearchProductsRequest(query="x", sort="SORT_PRICE_ASCENDING")
    assert (await catalog.refused("SearchProducts", request)).reason == "CURRENCY_MISSING"


@pytest.mark.parametrize("key", [["x"], ["1", "x"], [1], ["NaN", "{}"]])
@pytest.mark.parametrize("sort", ["SORT_NEWEST", "SORT_PRICE_ASCENDING", "SORT_CHANGED"])
async def test_forged_tokens_are_refused(catalog, key, sort):
    request = pb.SearchProductsRequest(sort=sort, currency="EUR")
    request.page_token = paging.encode(request, [0, *key])
    assert (await catalog.refused("SearchProducts", request)).reason == "INVALID_PAGE_TOKEN"

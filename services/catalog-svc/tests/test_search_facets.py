"""Counts beside a search: exact where all is counted, and said to be estimates where a sample is."""

import pytest

from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.repository import SAMPLE
from catalog_svc.search.service import Limits, Search
from pm.catalog.v1 import products_pb2 as pb
from pm.common.v1.money_pb2 import Money

ALL = ["FACET_BRAND", "FACET_CATEGORY", "FACET_SUPPLIER", "FACET_STOCK", "FACET_PRICE"]


@pytest.fixture
async def shop(catalog):
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")

    async def offer(supplier, ref, title, amount, currency, stock, **fields):
        await catalog.offer(supplier, ref, title=title, price=Money(amount=amount, currency=currency), stock=stock, **fields)

    await offer(nord, "1", "red hammer", "10", "EUR", 5, brand="Bosch", category="Tools", gtin="04006381333931")
    await offer(sud, "2", "red hammer", "12", "EUR", 1, gtin="04006381333931")
    await offer(nord, "3", "blue hammer", "19.99", "EUR", 0, brand="Makita", category="Tools")
    await offer(sud, "4", "green hammer", "0.07", "EUR", 7, brand="Bosch")
    await offer(sud, "5", "dollar hammer", "20", "USD", 2)
    await offer(sud, "6", "free hammer", "0", "EUR", 0)
    await catalog.product(title="bare hammer")
    await offer(nord, "7", "lamp", "3", "EUR", 3, brand="Philips", category="Light")
    return nord


def counts(response):
    return {
        pb.Facet.Name(facet.facet): {
            value.label or value.value or f"{value.range.min}-{value.range.max} {value.range.currency}": value.count
            for value in facet.values
        }
        for facet in response.facets
    }


async def test_five_facets_equal_what_is_there(catalog, shop):
    response = await catalog.search("hammer", facets=ALL)
    assert counts(response) == {
        "FACET_BRAND": {"Bosch": 2, "Makita": 1},
        "FACET_CATEGORY": {"Tools": 2},
        "FACET_SUPPLIER": {"Sud": 4, "Nord": 2},
        "FACET_STOCK": {"true": 3, "false": 3},
        "FACET_PRICE": {"0-0.01 EUR": 1, "0.05-0.1 EUR": 1, "10-20 EUR": 2, "20-50 USD": 1},
    }
    assert not any(facet.approximate for facet in response.facets)


async def test_values_can_be_filtered_by(catalog, shop):
    [brands, stock] = (await catalog.search("hammer", facets=["FACET_BRAND", "FACET_STOCK"])).facets
    for value in brands.values:
        assert (await catalog.search("hammer", brand_id=value.value)).total == value.count
    for value in stock.values:
        assert (await catalog.search("hammer", in_stock=value.value == "true")).total == value.count


@pytest.mark.parametrize("query", ["hammer", ""])
async def test_counts_follow_the_filters(catalog, shop, query):
    response = await catalog.search(
        query, facets=["FACET_BRAND", "FACET_PRICE"], supplier_id=shop.id, price_min="5", currency="EUR"
    )
    assert counts(response) == {"FACET_BRAND": {"Bosch": 1, "Makita": 1}, "FACET_PRICE": {"10-20 EUR": 2}}


async def test_counts_come_without_hits_and_only_when_asked(catalog, shop):
    response = await catalog.search("hammer", facets=["FACET_STOCK"], without_hits=True)
    assert (len(response.hits), response.next_page_token, response.total) == (0, "", 6)
    assert counts(response) == {"FACET_STOCK": {"true": 3, "false": 3}}
    assert not (await catalog.search("hammer")).facets


async def test_a_filter_of_nothing_counts_nothing(catalog, shop):
    nowhere = "01890000-0000-7000-8000-00000000ffff"
    assert counts(await catalog.search("hammer", facets=["FACET_BRAND"], brand_id=nowhere)) == {"FACET_BRAND": {}}


async def test_the_next_page_need_not_ask_again(catalog, shop):
    first = await catalog.search("hammer", facets=ALL, page_size=4)
    rest = await catalog.search("hammer", page_size=4, page_token=first.next_page_token)
    assert (len(rest.hits), len(rest.facets)) == (2, 0)


async def test_estimates_come_from_the_sample_and_say_so(catalog, database, shop):
    request = pb.SearchProductsRequest(query="hammer", facets=ALL)
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET in_sample = true")
        found = await Search(connection, request, Dictionary(), Limits(exact_facets=5)).run(20)
    assert all(facet.approximate for facet in found.facets)
    assert counts(found)["FACET_BRAND"] == {"Bosch": 2 * SAMPLE, "Makita": SAMPLE}
    assert counts(found)["FACET_STOCK"] == {"true": 3 * SAMPLE, "false": 3 * SAMPLE}


async def test_only_the_most_frequent_values_are_named(catalog, monkeypatch):
    for number in range(22):
        await catalog.product(title=f"hammer {number}", brand=f"brand {number}")
    await catalog.product(title="hammer", brand="brand 21")
    [brands] = (await catalog.search("hammer", facets=["FACET_BRAND"])).facets
    assert (len(brands.values), brands.values[0].label, brands.values[0].count) == (20, "brand 21", 2)

from types import SimpleNamespace

import pytest
from catalog_client import NOWHERE, Catalog

from catalog_svc.products.search import Search
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import taxonomy_pb2
from pm.common.v1.money_pb2 import Money

PEN = "04006381333931"
UPC_E_EXPANDED = "00042100005264"


def found(response):
    return [(hit.product.title, pb.SearchHit.Match.Name(hit.match)) for hit in response.hits]


def titles(response):
    return [hit.product.title for hit in response.hits]


@pytest.fixture
async def shop(catalog):
    """Six offers of two suppliers; one product that nobody offers."""
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")

    async def offer(supplier, ref, title, amount, stock, **fields):
        await catalog.offer(supplier, ref, title=title, price=Money(amount=amount, currency="EUR"), stock=stock, **fields)

    await offer(nord, "N-1", "red hammer", "10", 5, brand="Bosch", category="Tools", gtin=PEN)
    await offer(nord, "N-2", "blue hammer", "20", 0, brand="Makita", category="Tools")
    await offer(nord, "N-3", "red lamp", "30", 1, brand="Bosch", category="Light")
    await offer(sud, "S-1", "green hammer", "40", 7, brand="Bosch", category="Tools")
    await catalog.offer(sud, "S-2", title="dollar hammer", price=Money(amount="15", currency="USD"))
    await catalog.product(title="bare hammer")
    brands = {brand.name: brand.id for brand in (await catalog("ListBrands", taxonomy_pb2.ListBrandsRequest())).brands}
    paths = (await catalog("ListCategories", taxonomy_pb2.ListCategoriesRequest())).categories
    return SimpleNamespace(nord=nord, sud=sud, brands=brands, categories={path.path: path.id for path in paths})


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Écharpe d'été à carreaux", "echarpe ete"),
        ("Echarpe d'hiver", "ÉCHARPE HIVER"),
        ("Чайник электрический Ёлка", "чайник елка"),
        ("מברגה נטענת", "מברגה נטענת"),
        ("Bušilica udarna žičana", "busilica zicana"),
        ("Στυλό διαρκείας", "στυλό"),
        ("Schlagbohrmaschine groß", "schlagbohr"),
        ("Pump AB-1234/X", "ab 1234"),
        ("Pump AB 1234", "AB-1234"),
        ("Winter's o'clock", "o’clock"),
    ],
)
async def test_words_of_every_script(catalog, title, query):
    await catalog.product(title="something else entirely")
    await catalog.product(title=title)
    assert found(await catalog.search(query)) == [(title, "MATCH_TEXT")]


async def test_every_word_must_match(catalog, shop):
    assert titles(await catalog.search("red hammer")) == ["red hammer"]
    assert sorted(titles(await catalog.search("bosch hammer"))) == ["green hammer", "red hammer"]
    assert (await catalog.search("red hammer chisel")).total == 0


async def test_only_a_long_last_word_is_a_beginning(catalog, shop):
    assert (await catalog.search("red hamm")).total == 1
    assert (await catalog.search("red ham")).total == 0
    assert (await catalog.search("hamm red")).total == 0


@pytest.mark.parametrize("query", ["!!!", "'", "\\", "a & | ! ( :* <->", "%_", "''''''", "red:*A"])
async def test_marks_are_no_syntax(catalog, shop, query):
    assert (await catalog.search(query)).total == 0


@pytest.mark.parametrize("query", [PEN, "4006381333931", "4 006381 333931", "4006381-333931"])
async def test_gtin_in_every_spelling(catalog, shop, query):
    assert found(await catalog.search(query))[0] == ("red hammer", "MATCH_GTIN")


async def test_upc_e_finds_its_long_form(catalog):
    await catalog.product(title="soda", gtin=UPC_E_EXPANDED)
    assert found(await catalog.search("425261")) == [("soda", "MATCH_GTIN")]
    assert found(await catalog.search("04252614")) == [("soda", "MATCH_GTIN")]


async def test_codes_stand_above_words(catalog):
    nord = await catalog.supplier("Nord")
    await catalog.product(title="case for X100")
    await catalog.offer(nord, "X100", title="by reference")
    await catalog.product(title="by MPN", mpn="X100")
    await catalog.product(title="X100 itself", sku="X100", mpn="X100")
    response = await catalog.search("x100")
    assert found(response) == [
        ("X100 itself", "MATCH_SKU"),
        ("by MPN", "MATCH_MPN"),
        ("by reference", "MATCH_SUPPLIER_REF"),
        ("case for X100", "MATCH_TEXT"),
    ]
    assert response.total == 4


async def test_filters_hold_for_codes_too(catalog, shop):
    assert titles(await catalog.search("N-1", supplier_id=shop.nord.id)) == ["red hammer"]
    assert (await catalog.search("N-1", supplier_id=shop.sud.id)).total == 0
    assert (await catalog.search("N-1", in_stock=False)).total == 0


@pytest.mark.parametrize("query", ["hammer", ""])
async def test_filters(catalog, shop, query):
    async def hammers(**filters):
        return sorted(title for title in titles(await catalog.search(query, **filters)) if "hammer" in title)

    assert await hammers(supplier_id=shop.nord.id) == ["blue hammer", "red hammer"]
    assert await hammers(brand_id=shop.brands["Bosch"]) == ["green hammer", "red hammer"]
    assert await hammers(category_id=shop.categories["Light"]) == []
    assert await hammers(supplier_id=shop.nord.id, brand_id=shop.brands["Bosch"]) == ["red hammer"]
    assert await hammers(in_stock=True) == ["green hammer", "red hammer"]
    assert await hammers(in_stock=False) == ["bare hammer", "blue hammer", "dollar hammer"]
    assert await hammers(price_min="10", price_max="20.00", currency="EUR") == ["blue hammer", "red hammer"]
    assert await hammers(currency="USD") == ["dollar hammer"]
    assert await hammers(brand_id=NOWHERE) == []
    assert await hammers(brand_id=NOWHERE, supplier_id=shop.nord.id) == []


async def test_filters_alone_list_in_order_of_creation(catalog, shop):
    first = await catalog.search(supplier_id=shop.nord.id, page_size=2)
    assert found(first) == [("red hammer", "MATCH_FILTER"), ("blue hammer", "MATCH_FILTER")]
    assert (first.total, first.total_capped) == (3, False)
    rest = await catalog.search(supplier_id=shop.nord.id, page_size=2, page_token=first.next_page_token)
    assert (titles(rest), rest.total, rest.next_page_token) == (["red lamp"], 3, "")
    assert (await catalog.search()).total == 6


async def test_pages_of_words_continue_without_gap(catalog, shop):
    seen, token = [], ""
    for size in (2, 2, 1):
        page = await catalog.search("hammer", page_size=2, page_token=token)
        assert (len(page.hits), page.total) == (size, 5)
        seen += titles(page)
        token = page.next_page_token
    assert (len(set(seen)), token) == (5, "")


async def test_tokens_belong_to_their_query(catalog, shop):
    token = (await catalog.search("hammer", page_size=1)).next_page_token
    for query, filters in (("lamp", {}), ("hammer", {"in_stock": True}), ("", {})):
        request = pb.SearchProductsRequest(query=query, page_token=token, **filters)
        assert (await catalog.refused("SearchProducts", request)).reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("query", ["hammer", ""])
async def test_counts_stop_at_the_cap_and_say_so(catalog, shop, database, query):
    async def counted(cap, token=""):
        request = pb.SearchProductsRequest(query=query, page_size=2, page_token=token)
        async with database.reading() as connection:
            return await Search(connection, request, total_cap=cap).page(2)

    matching = len((await catalog.search(query)).hits)
    at_cap, above_cap = await counted(matching), await counted(matching - 1)
    assert (at_cap.total, at_cap.total_capped) == (matching, False)
    assert (above_cap.total, above_cap.total_capped) == (matching - 1, True)
    assert above_cap.hits == at_cap.hits
    second = await counted(matching - 1, above_cap.next_page_token)
    assert set(second.hits).isdisjoint(above_cap.hits)


async def test_bounds_need_a_currency(catalog):
    request = pb.SearchProductsRequest(price_min="1")
    assert (await catalog.refused("SearchProducts", request)).reason == "CURRENCY_MISSING"


async def test_asks_the_same_for_one_hit_and_many(catalog, shop, asked):
    counts = {}
    for query in ("lamp", "hammer"):
        with asked() as seen:
            hits = (await catalog.search(query)).hits
        counts[len(hits)] = len(seen)
    assert set(counts) == {1, 5}
    assert counts[1] == counts[5]


async def test_needs_the_permission(channel, as_user):
    stranger = Catalog(channel, as_user("catalog.suppliers.read"))
    assert (await stranger.refused("SearchProducts", pb.SearchProductsRequest(query="x"))).reason == "MISSING_PERMISSION"

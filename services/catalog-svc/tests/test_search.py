import pytest
from catalog_client import INK, NOWHERE, PEN, Catalog, found, titles

from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.service import Limits, Search
from chassis import paging
from pm.catalog.v1 import products_pb2 as pb

UPC_E_EXPANDED = "00042100005264"


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


async def test_the_last_word_is_a_beginning_a_short_one_where_nothing_is_found_else(catalog, shop):
    assert titles(await catalog.search("red hamm")) == ["red hammer"]
    assert titles(await catalog.search("red ham")) == ["red hammer"]
    assert (await catalog.search("red ha")).total == 0
    await catalog.product(title="red ham")
    assert titles(await catalog.search("red ham")) == ["red ham"]
    assert titles(await catalog.search("red hamm")) == ["red hammer"]


@pytest.mark.parametrize("query", ["!!!", "'", "\\", "a & | ! ( :* <->", "%_", "''''''", "red:*A"])
async def test_marks_are_no_syntax(catalog, shop, query):
    assert (await catalog.search(query)).total == 0


@pytest.mark.parametrize("query", [PEN, "4006381333931", "4 006381 333931", "4006381-333931"])
async def test_gtin_in_every_spelling(catalog, shop, query):
    assert found(await catalog.search(query))[0] == ("red hammer", "MATCH_GTIN")


async def test_a_barcode_means_one_product_and_a_short_code_more(catalog):
    await catalog.product(title="soap", gtin=INK)
    await catalog.product(title=f"refill for {INK[1:]}")
    await catalog.product(title="phone", mpn="3310")
    await catalog.product(title="case for 3310")
    assert found(await catalog.search(INK[1:])) == [("soap", "MATCH_GTIN")]
    assert found(await catalog.search("3310")) == [("phone", "MATCH_MPN"), ("case for 3310", "MATCH_TEXT")]


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


@pytest.mark.parametrize(
    "query", ["4006", "400638133393", "0400638", "4-006", "ABX-1", "abx-1", "ABX-12", "98x7", "98X765", "R2D2", "r2d2-4"]
)
async def test_a_code_is_found_by_its_beginning(catalog, query):
    nord = await catalog.supplier("Nord")
    await catalog.product(title="something else", gtin=UPC_E_EXPANDED, sku="ABY-123", mpn="98Y7654")
    await catalog.offer(nord, "R2D2-42", title="hammer", gtin=PEN, mpn="98X7654")
    [hammer] = (await catalog.search("hammer")).hits
    await catalog("UpdateProduct", pb.UpdateProductRequest(product=pb.Product(id=hammer.product.id, sku="ABX-123")))
    assert found(await catalog.search(query)) == [("hammer", "MATCH_CODE_BEGINNING")]


async def test_short_codes_wordlike_ones_and_common_numbers_begin_none(catalog, database):
    await catalog.product(title="by SKU", sku="2024-17")
    await catalog.product(title="calendar 2024", mpn="HAMMERHEAD-1")
    for query in ("017", "HAMM"):
        assert (await catalog.search(query)).total == 0
    assert found(await catalog.search("2024")) == [("by SKU", "MATCH_CODE_BEGINNING"), ("calendar 2024", "MATCH_TEXT")]
    assert (await catalog.search("2024")).total == 2
    async with database.reading() as connection:
        await connection.execute("INSERT INTO search_words (word, ndoc, stems) VALUES ('2024', 256, '{}')")
    assert found(await catalog.search("2024")) == [("calendar 2024", "MATCH_TEXT")]


async def test_a_whole_code_is_no_beginning_of_another(catalog):
    for sku in ("AB-12", "AB-123"):
        await catalog.product(title=sku, sku=sku)
    assert found(await catalog.search("AB-12"))[0] == ("AB-12", "MATCH_SKU")
    assert ("AB-123", "MATCH_CODE_BEGINNING") not in found(await catalog.search("AB-12"))


async def five_in_pages(catalog, query):
    """The titles of five hits, read two at a time."""
    seen, token = [], ""
    for size in (2, 2, 1):
        page = await catalog.search(query, page_size=2, page_token=token)
        assert (len(page.hits), page.total) == (size, 5)
        seen += titles(page)
        token = page.next_page_token
    assert token == ""
    return seen


async def test_beginnings_of_codes_are_filtered_and_paged(catalog):
    nord, sud = await catalog.supplier("Nord"), await catalog.supplier("Sud")
    for number in range(5):
        await catalog.offer(sud if number % 2 else nord, f"XY7-{number}", title=f"lamp {number}")
    assert sorted(titles(await catalog.search("xy7-", supplier_id=nord.id))) == ["lamp 0", "lamp 2", "lamp 4"]
    assert len(set(await five_in_pages(catalog, "XY7-"))) == 5


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
    assert len(set(await five_in_pages(catalog, "hammer"))) == 5


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
            return await Search(connection, request, Dictionary(), Limits(total=cap)).run(2)

    matching = len((await catalog.search(query)).hits)
    at_cap, above_cap = await counted(matching), await counted(matching - 1)
    assert (at_cap.total, at_cap.approximate_total) == (matching, None)
    assert (above_cap.total, above_cap.approximate_total) == (matching - 1, matching)
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


async def test_products_are_read_where_they_are_found(catalog, shop, asked):
    for query, statements in (("4006381333931", 1), ("hammer red", 2)):
        with asked() as seen:
            [hit, *_] = (await catalog.search(query)).hits
        assert hit.product.title.endswith("hammer")
        assert len([statement for statement in seen if "FROM" in statement]) == statements


@pytest.mark.parametrize("offset", [1 - 2**31, -1, 4, 5, 6, 2**31 - 1])
async def test_a_place_that_is_none_answers_without_hits_or_with_the_last(catalog, shop, offset):
    request = pb.SearchProductsRequest(query="hammer", page_size=2)
    request.page_token = paging.encode(request, [0, offset, False])
    page = await catalog("SearchProducts", request)
    assert (page.total, len(page.hits) <= 2) == (5, True)


async def test_needs_the_permission(channel, as_user):
    stranger = Catalog(channel, as_user("catalog.suppliers.read"))
    assert (await stranger.refused("SearchProducts", pb.SearchProductsRequest(query="x"))).reason == "MISSING_PERMISSION"


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Robe élégante", "robes élégantes"),
        ("Chaussures de sécurité", "chaussure"),
        ("Red wooden shoes", "shoe"),
        ("Charging cables", "charged cable"),
        ("Taschenlampen im Set", "Taschenlampe"),
        ("Große Häuser", "Haus gross"),
        ("Чайники электрические", "чайник электрический"),
        ("Матрёшка расписная", "матрешки"),
    ],
)
async def test_inflections_of_four_languages(catalog, title, query):
    await catalog.product(title="something else entirely")
    await catalog.product(title=title)
    response = await catalog.search(query)
    assert (titles(response), response.corrected_query) == ([title], "")


async def test_scripts_without_a_stemmer_are_left_alone(catalog):
    await catalog.product(title="נעליים שחורות")
    await catalog.product(title="נעל שחורה")
    assert titles(await catalog.search("נעל")) == ["נעל שחורה"]


async def test_words_as_typed_rank_above_their_inflections(catalog):
    for title in ("lamps", "lamp", "lamps desk"):
        await catalog.product(title=title)
    assert titles(await catalog.search("lamp"))[0] == "lamp"
    assert titles(await catalog.search("lamps"))[0] == "lamps"
    assert (await catalog.search("lamp")).total == 3

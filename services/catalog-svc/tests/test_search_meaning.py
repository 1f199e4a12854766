"""What is searched for where the words that were typed find nothing: parts of words, then words that look like them."""

import pytest
from catalog_client import PEN, found, titles

from catalog_svc.search import service
from chassis import paging
from pm.catalog.v1 import products_pb2 as pb
from pm.catalog.v1 import search_pb2
from pm.common.v1.money_pb2 import Money


@pytest.mark.parametrize(
    ("query", "corrected"),
    [
        ("hamer", "hammer"),
        ("red hammmer", "red hammer"),
        ("grene hammer", "green hammer"),
        ("gren hammer", "green hammer"),
        ("BOSHC red", "bosch red"),
        ("BOSHC dolar", ""),
        ("Bosh red", "bosch red"),
        ("xhammer2", ""),
        ("chisel", ""),
        ("ha", ""),
    ],
)
async def test_typing_errors_are_corrected_and_said(catalog, shop, query, corrected):
    response = await catalog.search(query)
    assert response.corrected_query == corrected
    assert bool(response.hits) == bool(corrected)


async def test_a_known_word_or_code_is_never_corrected(catalog, shop):
    await catalog.product(title="hamer time", sku="HAMMMER")
    assert (await catalog.search("hamer")).corrected_query == ""
    response = await catalog.search("hammmer")
    assert (found(response), response.corrected_query) == ([("hamer time", "MATCH_SKU")], "")


async def test_known_words_that_nothing_has_together_are_corrected(catalog, shop):
    await catalog.product(title="memory card")
    await catalog.product(title="memoir of a lamb")
    response = await catalog.search("memoir card")
    assert (titles(response), response.corrected_query) == (["memory card"], "memory card")
    # One word that is known was meant.
    assert titles(await catalog.search("lamb")) == ["memoir of a lamb"]
    assert (await catalog.search("lamb", in_stock=True)).total == 0


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Scribbles glittering Silver", "Scribbles ttering Silver"),
        ("Клубника гибкая", "убника гибкая"),
        ("מארז יצירה והפתעות", "יצירה פתעות"),
        ("Staubsaugerbeutel", "sauger"),
        ("Pčelinja Mast", "Pčelinja Mas"),
    ],
)
async def test_words_are_found_by_a_part(catalog, title, query):
    await catalog.product(title="something else entirely")
    await catalog.product(title=title)
    response = await catalog.search(query)
    assert (titles(response), response.corrected_query) == ([title], "")


async def test_a_rare_word_also_finds_compounds_that_end_in_it_below_itself(catalog):
    for title in ("Kaffeemaschine", "Maschinist", "Maschine"):
        await catalog.product(title=title)
    assert titles(await catalog.search("maschine")) == ["Maschine", "Kaffeemaschine"]


async def test_parts_are_not_asked_for_while_the_words_find_something(catalog, asked):
    for title in ("red hammer", "red jackhammering"):
        await catalog.product(title=title)
    with asked() as seen:
        assert titles(await catalog.search("red hammer")) == ["red hammer"]
    assert not [statement for statement in seen if "|| $1 ||" in statement]


@pytest.mark.parametrize(("query", "sort"), [("ttering", 0), ("ttering", "SORT_NEWEST"), ("red glitterign", 0)])
async def test_pages_go_on_with_what_was_understood(catalog, query, sort):
    for number in range(5):
        await catalog.product(title=f"red glittering {number}")
    seen, token = [], ""
    for size in (2, 2, 1):
        page = await catalog.search(query, page_size=2, page_token=token, sort=sort)
        assert (len(page.hits), page.total) == (size, 5)
        seen += titles(page)
        token = page.next_page_token
    assert (len(set(seen)), token) == (5, "")


async def test_a_selection_holds_what_the_search_shows(catalog):
    for title in ("glittering silver", "glittering gold", "lamp"):
        await catalog.product(title=title)
    for query, count in (("ttering", 2), ("silver glitterign", 1), ("chisel", 0)):
        search = pb.SearchProductsRequest(query=query)
        selection = await catalog("CreateProductSelection", search_pb2.CreateProductSelectionRequest(search=search))
        assert (selection.count, (await catalog.search(query)).total) == (count, count)


async def test_a_token_of_no_known_effort_is_refused(catalog, shop):
    request = pb.SearchProductsRequest(query="hammer")
    request.page_token = paging.encode(request, [len(service.Effort), 1, False])
    assert (await catalog.refused("SearchProducts", request)).reason == "INVALID_PAGE_TOKEN"


TOWELS = ("Hotel", "Hover", "Hater", "Hoster", "Holter", "Holer", "Hoper", "Boter")
OTHERS = (
    "Hardy hotel bath mat",
    "Harry Hotter and the velvet cup",
    "Harry Hotter and the silver spoon",
    "The gobbit, or there and home",
    "Songs of the gob",
)


@pytest.fixture(params=["edit", "bulk"])
def towels(request):
    """Many towels with words that look like those of a few books."""
    return request.param, [f"{word} towel white {size} cm" for word in TOWELS for size in range(100, 106)] + [*OTHERS]


@pytest.mark.parametrize(
    ("query", "first", "corrected"),
    [
        ("harry hoter", "Harry Hotter", "harry hotter"),
        ("hary hotter", "Harry Hotter", "harry hotter"),
        ("hary hoter", "Harry Hotter", "harry hotter"),
        ("velvet hoter", "Harry Hotter", "velvet hotter"),
        ("towel hoter", "", None),
        ("the gobit", "The gobbit", "the gobbit"),
        ("gobit", "The gobbit", "gobbit"),
        ("harry hotel", "Hardy hotel", "hardy hotel"),
        ("songs gob", "Songs of the gob", ""),
    ],
)
async def test_the_nearest_word_that_occurs_with_the_others_was_meant(bulk, catalog, towels, query, first, corrected):
    way, names = towels
    if way == "bulk":
        await bulk.load("Nord", [{"ref": f"R{place}-", "title": name} for place, name in enumerate(names)])
    for name in names if way == "edit" else ():
        await catalog.product(title=name)
    response = await catalog.search(query)
    assert titles(response)[0].startswith(first), titles(response)
    if corrected is not None:
        assert response.corrected_query == corrected


@pytest.mark.parametrize("query", ["the gobit", "gobit"])
async def test_what_was_meant_comes_before_what_a_stem_finds(catalog, query):
    """However popular that is."""
    for name in ("Nord", "Sud", "West"):
        supplier = await catalog.supplier(name)
        price = Money(amount="1", currency="EUR")
        await catalog.offer(supplier, "1", title="Songs of the gob", gtin=PEN, stock=3, price=price, brand="Gob", description="x")
    for title in ("The gobbit, or there and home, with a map and many pictures of the land", "The gobbits"):
        await catalog.product(title=title)
    response = await catalog.search(query)
    assert titles(response)[-1] == "Songs of the gob", (response.corrected_query, titles(response))


async def test_a_right_word_stays_beside_a_wrong_one(catalog):
    for title in ("memory card", "memoir of a lamb"):
        await catalog.product(title=title)
    response = await catalog.search("memoir crad")
    assert (response.total, response.corrected_query) == (0, "")


async def test_an_inflection_is_no_typing_error(catalog):
    for title in ("Charging cables", "USB charger", "Robe rouge", "Rose rouge"):
        await catalog.product(title=title)
    response = await catalog.search("charged cable")
    assert (titles(response), response.corrected_query) == (["Charging cables"], "")
    response = await catalog.search("robes")
    assert (titles(response), response.corrected_query) == (["Robe rouge"], "")


async def test_a_word_longer_than_any_is_no_error(catalog, shop):
    await catalog.product(title="hammer")
    assert (await catalog.search("hammer" * 50)).hits == []

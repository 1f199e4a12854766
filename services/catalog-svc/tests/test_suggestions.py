"""Completions while a query is typed."""

import pytest

from pm.catalog.v1 import search_pb2


@pytest.fixture
async def products(catalog, database):
    for title in ("red hammer", "red hammock", "blue hammer", "Ham radio", "Чайник красный"):
        await catalog.product(title=title)
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET hot = true")
        await connection.execute("UPDATE search_words SET ndoc = 2 WHERE word = 'hammer'")


async def suggested(catalog, query):
    answer = await catalog("SuggestSearch", search_pb2.SuggestSearchRequest(query=query))
    return list(answer.queries), sorted(product.title for product in answer.products)


async def test_the_commonest_completion_stands_first(catalog, products):
    queries, titles = await suggested(catalog, "hamm")
    assert (queries, titles) == (["hammer", "hammock"], ["blue hammer", "red hammer", "red hammock"])


async def test_a_whole_word_stands_before_its_continuations(catalog, products):
    assert (await suggested(catalog, "HAM"))[0] == ["ham", "hammer", "hammock"]


async def test_the_words_before_are_kept_as_typed_and_must_match(catalog, products):
    assert await suggested(catalog, "Red hamm") == (["Red hammer", "Red hammock"], ["red hammer", "red hammock"])


async def test_every_script(catalog, products):
    assert await suggested(catalog, "чай") == (["чайник"], ["Чайник красный"])


@pytest.mark.parametrize("query", ["h", "!!", " ", "'", "xyz", "\\"])
async def test_too_little_suggests_nothing(catalog, products, query):
    assert await suggested(catalog, query) == ([], [])


async def test_products_that_are_not_hot_are_left_to_the_search(catalog, products, database):
    async with database.reading() as connection:
        await connection.execute("UPDATE product_search SET hot = false")
    assert await suggested(catalog, "hamm") == (["hammer", "hammock"], [])

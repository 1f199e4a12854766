"""Whatever is typed into a search: it is understood, finds nothing, or is refused by name, by the real database."""

import pytest
from catalog_client import INK, PEN
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chassis.errors import InvalidArgument
from pm.catalog.v1 import products_pb2, search_pb2

PIECES = [
    *("red", "ham", "hammer", "Чайник", "מברגה", "笔", "e\u0301", "ß", "İ", "ﬁ", "ａ", "١٢٣", "²", "№", "−1", "\u0300" * 20),
    *("R2D2-42", "4-006", PEN, PEN[1:], "0" * 60, "x" * 120, "1e999", "a.b@c.de/f", "http://a.b/c?d=e", "<b>", "&amp;"),
    *("'", '"', "\\", "&", "|", "!", "(", ")", ":", ":*", "<->", "*", "%", "_", "-", "/", ".", ",", "@", "$$", ";", "--", "/*"),
    *("NULL", "simple", "{}", "[1]", "E'\\x00'", "\0", "\t", "\n", " "),
    *("\u200b", "\u200d", "\u202e", "\ufeff", "\ufffd", "\U0001f4a1", "\U0010ffff"),
]
TEXTS = st.one_of(
    st.text(max_size=60), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join)
)
SORTS = st.sampled_from(products_pb2.SearchProductsRequest.Sort.values())
FACETS = st.lists(st.sampled_from(products_pb2.Facet.values()), max_size=3)
# All examples look at one shop.
OF_ONE_SHOP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def searched(catalog, shop):
    """A shop with words of several scripts and codes, as a user finds them."""
    await catalog.product(title="Чайник электрический", sku="R2D2-42", gtin=INK)
    await catalog.product(title="מברגה נטענת")
    return catalog


async def answered(catalog, method, request):
    """What the method answers, None when it names what is wrong with the request."""
    try:
        return await catalog(method, request)
    except InvalidArgument as refused:
        assert refused.message
        return None


@OF_ONE_SHOP
@given(TEXTS, SORTS, FACETS)
@example("", 0, [])
@example("\0", 0, [])
@example("red \0 ham", 0, [])
@example("'" * 399, 0, [])
async def test_any_text_is_searched(searched, text, sort, facets):
    request = products_pb2.SearchProductsRequest(query=text, sort=sort, facets=facets, currency="EUR", page_size=2)
    page = await answered(searched, "SearchProducts", request)
    seen = []
    while page is not None:
        seen += [hit.product.id for hit in page.hits]
        assert len(seen) == len(set(seen)) <= page.total
        if not page.next_page_token:
            assert len(seen) == page.total
            return
        request.page_token = page.next_page_token
        page = await searched("SearchProducts", request)


@OF_ONE_SHOP
@given(TEXTS.filter(bool))
@example("\0")
async def test_any_beginning_is_completed(searched, text):
    answer = await answered(searched, "SuggestSearch", search_pb2.SuggestSearchRequest(query=text))
    assert answer is None or (len(answer.queries) <= 8 and len(answer.products) <= 5)


@OF_ONE_SHOP
@given(TEXTS)
@example("\0")
async def test_a_selection_holds_what_a_search_finds(searched, text):
    search = products_pb2.SearchProductsRequest(query=text)
    selection = await answered(searched, "CreateProductSelection", search_pb2.CreateProductSelectionRequest(search=search))
    found = await answered(searched, "SearchProducts", search)
    assert (selection is None) == (found is None)
    if selection is not None:
        assert selection.count == found.total


@OF_ONE_SHOP
@given(TEXTS.filter(bool))
@example("a\0b")
async def test_any_title_is_kept_and_searched_for_or_refused(searched, text):
    made = await answered(searched, "CreateProduct", products_pb2.CreateProductRequest(product=products_pb2.Product(title=text)))
    if made is not None:
        assert (await searched.get(made.id)).title == made.title
        await searched.search(text[:400])

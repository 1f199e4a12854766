"""Whatever a header or a category says: it is understood or left, in one way."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from imports_svc.cleaning.paths import MAX_DEPTH, read_paths, separator_of
from imports_svc.vocabulary import parameters, values, words

KNOWN = [
    "price",
    "Prix",
    "EUR",
    "ab 10",
    "Staffelpreis",
    "stock",
    "_paris",
    "RRP",
    "$",
    "zł",
    "1",
    "999999999",
    "min",
    "²",
    "٣",
    "+",
]
HEADERS = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(KNOWN), max_size=5).map(" ".join), st.sampled_from(KNOWN))
SEPARATORS = st.sampled_from([" > ", ">", "»", "::", "|", "\\", " / ", ";", "/", None])
CATEGORIES = st.text("ab >»:|\\/;›\u00a0\n", max_size=40)


@given(HEADERS)
def test_any_header_is_understood_or_left(header: str) -> None:
    assert words.normalise(words.normalise(header)) == words.normalise(header)
    assert set(words.fields_within(header).values()) <= {1.0} or words.field_of(header) is None
    for named in (words.currency_within(header), words.currency_of(header)):
        assert named is None or len(named) == 3
    for codes in (values.currencies_of(header), values.header_currencies(header)):
        assert codes is None or all(len(code) == 3 for code in codes)
    price = parameters.price_named(header)
    if price is not None and "[" in price.field:
        assert parameters.is_field(price.field)
    location = parameters.location_named(header)
    if location is not None:
        assert parameters.is_field(f"stock[location={location}]")


@given(st.text("price[]=,typesalmincurencyUSD0123456789stockloation ", max_size=40))
def test_a_field_with_parameters_is_written_in_one_way(name: str) -> None:
    if parameters.is_field(name):
        assert parameters.base(name) in ("price", "stock")
        assert name == name.strip()


@given(st.lists(st.one_of(st.none(), CATEGORIES.map(str.strip).filter(bool)), max_size=20), SEPARATORS)
def test_any_category_is_a_path_of_named_levels(cells: list[str | None], separator: str | None) -> None:
    read = read_paths(pl.Series(cells, dtype=pl.String), separator)
    assert read.height == len(cells)
    for path in read["path"].drop_nulls():
        levels = path.split(" > ")
        assert len(levels) <= MAX_DEPTH
        assert all(level and level == level.strip() for level in levels), path
    again = read_paths(read["path"], " > ")
    assert again["path"].to_list() == read["path"].to_list(), "a path stays what it is"


@given(st.lists(CATEGORIES.filter(bool), max_size=20))
def test_a_separator_stands_in_what_it_separates(values: list[str]) -> None:
    mark = separator_of(values)
    assert mark is None or any(mark in value for value in values)

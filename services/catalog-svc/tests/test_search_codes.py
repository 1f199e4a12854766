"""Codes as people type, scan and remember them."""

import pytest
from bulk_client import BulkClient
from catalog_client import PEN, Catalog, found, titles

REFS = ("KT-INS114-DRE", "KT-INS115-BLU", "NOR.0707-60", "16-07", "POCS-30017", "ab/12 c_3", "00451", "Xy99z")
BOOK = "09780950015606"
SPELLINGS = [
    ("KT INS114", "KT-INS114-DRE"),
    ("kt ins 114", "KT-INS114-DRE"),
    ("KTINS114DRE", "KT-INS114-DRE"),
    ("kt.ins114.dre", "KT-INS114-DRE"),
    ("KT_INS115", "KT-INS115-BLU"),
    ("NOR070760", "NOR.0707-60"),
    ("nor 0707 60", "NOR.0707-60"),
    ("NOR/0707", "NOR.0707-60"),
    ("pocs30017", "POCS-30017"),
    ("POCS 30017", "POCS-30017"),
    ("pocs30", "POCS-30017"),
    ("POCS\u201330017", "POCS-30017"),
    ("1607", "16-07"),
    ("16 07", "16-07"),
    ("AB12C3", "ab/12 c_3"),
    ("ab-12-c-3", "ab/12 c_3"),
    ("ab 12", "ab/12 c_3"),
    ("xY99Z", "Xy99z"),
    ("0451", "00451"),
    ("0000451", "00451"),
]


@pytest.mark.parametrize(("query", "ref"), SPELLINGS)
async def test_a_reference_is_found_in_any_spelling(catalog: Catalog, query: str, ref: str) -> None:
    nord = await catalog.supplier("Nord")
    titled = {known: f"thing {letter}" for known, letter in zip(REFS, "ABCDEFGH", strict=True)}
    for known, title in titled.items():
        await catalog.offer(nord, known, title=title)
    assert titles(await catalog.search(query)) == [titled[ref]]


@pytest.mark.parametrize("field", ["sku", "mpn"])
async def test_so_are_codes_of_products(catalog: Catalog, field: str) -> None:
    for known in REFS:
        await catalog.product(title=f"thing {len(known)}", **{field: known})
    for query, ref in SPELLINGS:
        [hit, *_] = (await catalog.search(query)).hits
        assert getattr(hit.product, field) == ref, query


async def test_so_are_imported_ones(bulk: BulkClient, catalog: Catalog) -> None:
    await bulk.load("Nord", [{"ref": ref, "title": f"thing {letter}"} for ref, letter in zip(REFS, "ABCDEFGH", strict=True)])
    titled = dict(zip(REFS, "ABCDEFGH", strict=True))
    for query, ref in SPELLINGS:
        assert titles(await catalog.search(query)) == [f"thing {titled[ref]}"], query


async def test_a_whole_code_in_another_spelling_says_which_it_is(catalog: Catalog) -> None:
    await catalog.product(title="whole", sku="AB-12")
    await catalog.product(title="longer", sku="AB-123")
    assert found(await catalog.search("ab12")) == [("whole", "MATCH_SKU")]
    assert sorted(titles(await catalog.search("ab.1"))) == ["longer", "whole"]
    assert found(await catalog.search("ab.123")) == [("longer", "MATCH_SKU")]


async def test_words_beside_a_number_are_no_code(catalog: Catalog) -> None:
    await catalog.product(title="by code", sku="HAMMER-2000")
    await catalog.product(title="hammer 20 oz")
    assert titles(await catalog.search("hammer 20")) == ["hammer 20 oz"]
    assert found(await catalog.search("hammer 2000")) == [("by code", "MATCH_SKU")]


@pytest.mark.parametrize(
    "query",
    [
        "(01)09780950015606",
        "(01) 09780950015606 (10)LOT7",
        "0109780950015606",
        "010978095001560610LOT7",
        "]C10109780950015606",
        "https://id.example.org/01/09780950015606/10/LOT7",
        "0950015601",
        "0-950-01560-1",
        "0 950 01560 1",
        "ISBN 0-950-01560-1",
        "ISBN-13: 978-0-950-01560-6",
        "EAN 9780950015606",
    ],
)
async def test_what_a_scanner_or_a_book_shows_finds_the_gtin(catalog: Catalog, query: str) -> None:
    await catalog.product(title="pen", gtin=PEN)
    await catalog.product(title="atlas", gtin=BOOK)
    assert found(await catalog.search(query)) == [("atlas", "MATCH_GTIN")]


@pytest.mark.parametrize(("query", "gtin"), [("0-8044-2957-X", "09780804429573"), ("080442957x", "09780804429573")])
async def test_an_isbn_10_may_end_in_x(catalog: Catalog, query: str, gtin: str) -> None:
    await catalog.product(title="novel", gtin=gtin)
    assert found(await catalog.search(query)) == [("novel", "MATCH_GTIN")]


@pytest.mark.parametrize("query", ["0950015602", "(01)09780950015607", "0950015X01"])
async def test_a_wrong_digit_is_no_isbn(catalog: Catalog, query: str) -> None:
    await catalog.product(title="atlas", gtin=BOOK)
    assert (await catalog.search(query)).total == 0


async def test_a_barcode_without_its_zeros(catalog: Catalog) -> None:
    await catalog.product(title="spread", gtin="00095201234569")
    for query in ("95201234569", "095201234569", "0095201234569", "00095201234569"):
        assert found(await catalog.search(query)) == [("spread", "MATCH_GTIN")]


BRUSHES = ("04012300079194", "04012300158387", "04012300237570", "04012300316763", "04012300395959")


@pytest.mark.parametrize("query", ["00237570", "0237570", "237570", "237 570"])
@pytest.mark.parametrize("way", ["bulk", "edit"])
async def test_the_last_digits_of_a_barcode(bulk: BulkClient, catalog: Catalog, way: str, query: str) -> None:
    if way == "bulk":
        await bulk.load("Nord", [{"ref": f"Z{gtin[-3]}{gtin[-2]}", "gtin": gtin, "title": gtin} for gtin in BRUSHES])
    else:
        for gtin in BRUSHES:
            await catalog.product(title=gtin, gtin=gtin)
    assert found(await catalog.search(query)) == [("04012300237570", "MATCH_GTIN_END")]
    assert (await catalog.search("37570")).total == 0


async def test_a_whole_code_comes_before_many_that_begin_so(bulk: BulkClient, catalog: Catalog) -> None:
    await bulk.apply(await bulk.plan("Nord", [{"ref": f"1000-{i:03}", "title": f"thing {i}"} for i in range(120)]))
    await catalog.product(title="the one", mpn="10-00")
    assert titles(await catalog.search("1000"))[:1] == ["the one"]

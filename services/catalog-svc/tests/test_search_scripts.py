"""Words inside names that are written without blanks."""

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import Catalog, titles

from catalog_svc.search.upkeep import refresh_dirty
from pm.catalog.v1 import search_pb2

NAMES = (
    "コーヒーカップ 白磁",
    "急須 常滑焼",
    "白瓷茶杯四件套",
    "不锈钢保温杯500ml",
    "한국어컵받침 세트",
    "ﾏｸﾞｶｯﾌﾟ 大",
    "iPhone保護フィルム 2枚",
    "ถ้วยกาแฟเซรามิก",
    "Kaffeetasse weiß",
)
QUERIES = [
    ("コーヒー", {NAMES[0]}),
    ("カップ", {NAMES[0], NAMES[5]}),
    ("コーヒーカップ", {NAMES[0]}),
    ("急須", {NAMES[1]}),
    ("茶杯", {NAMES[2]}),
    ("四件套", {NAMES[2]}),
    ("保温杯", {NAMES[3]}),
    ("保温杯500ml", {NAMES[3]}),
    ("保温杯 500ml", {NAMES[3]}),
    ("500ml", {NAMES[3]}),
    ("杯", {NAMES[2], NAMES[3]}),
    ("套", {NAMES[2]}),
    ("컵받침", {NAMES[4]}),
    ("マグカップ", {NAMES[5]}),
    ("保護", {NAMES[6]}),
    ("iphone フィルム", {NAMES[6]}),
    ("2枚", {NAMES[6]}),
    ("กาแฟ", {NAMES[7]}),
    ("茶温", set()),
    ("コーヒーコップ", set()),
]


async def test_a_word_inside_a_name(catalog: Catalog) -> None:
    for name in NAMES:
        await catalog.product(title=name)
    for query, wanted in QUERIES:
        response = await catalog.search(query)
        assert (set(titles(response)), response.corrected_query) == (wanted, ""), query


async def test_so_are_imported_ones_and_brands(bulk: BulkClient, catalog: Catalog) -> None:
    rows = [
        {"ref": f"R{chr(65 + place)}", "title": name, "brand": "瓷匠坊" if place == 2 else "Acme"}
        for place, name in enumerate(NAMES)
    ]
    await bulk.load("Nord", rows)
    for query, wanted in [*QUERIES, ("匠坊", {NAMES[2]})]:
        assert set(titles(await catalog.search(query))) == wanted, query


async def test_a_row_of_before_is_indexed_anew_by_the_upkeep(bulk: BulkClient, sql: asyncpg.Connection, catalog: Catalog) -> None:
    await bulk.load("Nord", [{"ref": "A", "title": NAMES[2]}])
    await sql.execute("UPDATE product_search SET fts = to_tsvector('words', $1)", NAMES[2])
    assert (await catalog.search("茶杯")).total == 0
    await sql.execute("INSERT INTO search_dirty (product_id) SELECT product_id FROM product_search")
    assert await refresh_dirty(sql) == 1
    assert (await catalog.search("茶杯")).total == 1


@pytest.mark.parametrize(("typed", "queries"), [("コー", ["コーヒーカップ"]), ("急須", [])])
async def test_pieces_of_names_are_not_suggested(catalog: Catalog, typed: str, queries: list[str]) -> None:
    for name in NAMES:
        await catalog.product(title=name)
    assert list((await catalog("SuggestSearch", search_pb2.SuggestSearchRequest(query=typed))).queries) == queries

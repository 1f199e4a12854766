"""What is written in one word or in several."""

import json

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import Catalog, titles

from catalog_svc.search.dictionary import _LOOK_UP, _SPELLINGS
from catalog_svc.search.repository import SEARCH_SETTINGS

GOODS = (
    "HDMI cable 3 m, gold plated",
    "HDMI cable 5 m, gold plated",
    "HDMI cable 3m, black",
    "Memory card 16GB",
    "Memory card 32 GB",
    "Hex bolt M8x40 zinc",
    "Hex bolt M8 x 60 zinc",
    "Hex bolt M8×70 zinc",
    "Shampoo nettle 500 ml",
    "Water hose 1/2 inch",
    "Water hose 3/4 inch",
    "Milk 1.5 l",
    "Oil 2,5l",
    "Paper A4 white",
    "Мыло 250мл",
    "Wi-Fi repeater",
    "WiFi antenna",
    "Wi-Fi antenna outdoor",
    "T-shirt plain",
    "AC/DC adapter 12V",
    "Ear phones",
    "iPhone14 cover",
    "Wife and husband",
)
QUERIES = [
    ("hdmi cable 3m", {GOODS[0], GOODS[2]}),
    ("hdmi cable 3 m", {GOODS[0], GOODS[2]}),
    ("3m hdmi", {GOODS[0], GOODS[2]}),
    ("5m cable", {GOODS[1]}),
    ("memory 16 gb", {GOODS[3]}),
    ("memory 16gb", {GOODS[3]}),
    ("32gb", {GOODS[4]}),
    ("M8 x 40", {GOODS[5]}),
    ("m8 x40", {GOODS[5]}),
    ("m8x 40", {GOODS[5]}),
    ("M8x60", {GOODS[6]}),
    ("m8 x 60 zinc", {GOODS[6]}),
    ("M8×60", {GOODS[6]}),
    ("M8x70", {GOODS[7]}),
    ("m8 * 40", {GOODS[5]}),
    ("shampoo 500ml", {GOODS[8]}),
    ("500ML", {GOODS[8]}),
    ("3/4 inch hose", {GOODS[10]}),
    ("1.5l milk", {GOODS[11]}),
    ("1,5 l", {GOODS[11]}),
    ("2.5 l oil", {GOODS[12]}),
    ("a 4 paper", {GOODS[13]}),
    ("мыло 250 мл", {GOODS[14]}),
    ("wifi repeater", {GOODS[15]}),
    ("wi fi repeater", {GOODS[15]}),
    ("wi-fi antenna", {GOODS[16], GOODS[17]}),
    ("wifi antenna", {GOODS[16], GOODS[17]}),
    ("tshirt", {GOODS[18]}),
    ("t shirt", {GOODS[18]}),
    ("t-shirt", {GOODS[18]}),
    ("acdc adapter", {GOODS[19]}),
    ("12 v adapter", {GOODS[19]}),
    ("earphones", {GOODS[20]}),
    ("iphone 14", {GOODS[21]}),
]


async def test_words_and_measures_in_any_spelling(catalog: Catalog) -> None:
    for title in GOODS:
        await catalog.product(title=title)
    for query, wanted in QUERIES:
        response = await catalog.search(query)
        assert (set(titles(response)), response.corrected_query) == (wanted, ""), query


async def test_so_are_imported_ones(bulk: BulkClient, catalog: Catalog) -> None:
    await bulk.load("Nord", [{"ref": f"R{chr(65 + place)}", "title": title} for place, title in enumerate(GOODS)])
    for query, wanted in QUERIES:
        response = await catalog.search(query)
        assert (set(titles(response)), response.corrected_query) == (wanted, ""), query


@pytest.mark.parametrize(
    "query", ["3x", "x 3", "x", "3 x", "× ×", "1 x 2 x 3 x 4 x 5 x 6 m", "1,2,3,4.5.6x7", "a 1 b 2 c 3", "²x³"]
)
async def test_odd_numbers_are_no_error(catalog: Catalog, query: str) -> None:
    await catalog.product(title="something else")
    assert (await catalog.search(query)).total == 0


async def test_a_word_is_not_two_unless_they_stand_side_by_side(catalog: Catalog) -> None:
    for title in ("sil lamp", "vr glasses", "silver"):
        await catalog.product(title=title)
    response = await catalog.search("silvr")
    assert (titles(response), response.corrected_query) == (["silver"], "silver")


@pytest.mark.parametrize("statement", [_LOOK_UP, _SPELLINGS])
async def test_words_are_looked_up_by_indexes_alone(sql: asyncpg.Connection, statement: str) -> None:
    # The dictionary of a large catalogue holds millions of words: to read all of them once a query is the end of it.
    settings = " ".join(f"SET LOCAL {name} = '{value}';" for name, value in SEARCH_SETTINGS.items())
    await sql.execute(f"BEGIN; {settings}")
    await sql.execute(f"PREPARE look_up (text[]) AS {statement}")
    told = json.loads(await sql.fetchval("EXPLAIN (FORMAT JSON) EXECUTE look_up ('{wifi}')"))
    await sql.execute("ROLLBACK; DEALLOCATE look_up")
    nodes, scans = [told[0]["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node.get("Relation Name") == "search_words":
            scans.append(node)
    assert scans
    assert [scan for scan in scans if "Index Cond" not in scan and "Recheck Cond" not in scan] == []

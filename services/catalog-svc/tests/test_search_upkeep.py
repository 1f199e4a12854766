"""What the upkeep loop does, step by step and as a loop."""

import asyncio

import asyncpg
import pytest
from catalog_client import PERMISSIONS, Catalog

from catalog_svc.main import registrations
from catalog_svc.search import ranking, rollups
from catalog_svc.search.dictionary import Dictionary
from catalog_svc.search.ranking import rank, rank_if_due
from catalog_svc.search.refresh import mark_dirty
from catalog_svc.search.rollups import roll_up, roll_up_if_due
from catalog_svc.search.service import Limits, Search
from catalog_svc.search.upkeep import Upkeep, keep_house, refresh_dirty
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import products_pb2
from pm.common.v1.money_pb2 import Money

SUPPLIED = "SELECT id FROM products"
# Everything is too much to be counted exactly.
LIMITS = Limits(total=1, exact_facets=0)


@pytest.fixture
async def catalog(committed_database, keys_dir, as_user, sql):
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def rows(sql: asyncpg.Connection) -> list[asyncpg.Record]:
    return await sql.fetch(
        "SELECT product_id, popularity, hot, in_sample, vals, fts::text FROM product_search ORDER BY product_id"
    )


async def found(catalog: Catalog, query: str) -> None:
    """Wait until the query finds something; the test's own timeout ends it."""
    while not (await catalog.search(query)).total:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def test_dirty_products_are_refreshed_once_per_cause(catalog, sql):
    for number in range(3):
        await catalog.product(title=f"hammer {number}", brand="Bosch")
    before = await rows(sql)
    await sql.execute("UPDATE brands SET name = 'Makita'")
    await mark_dirty(sql, SUPPLIED)
    await mark_dirty(sql, SUPPLIED)
    assert await rows(sql) == before
    assert await refresh_dirty(sql) == 6
    assert await refresh_dirty(sql) == 0
    assert (await catalog.search("makita hammer")).total == 3
    assert (await catalog.search("bosch hammer")).corrected_query == ""
    assert await sql.fetchval("SELECT count(*) FROM search_words WHERE word = 'makita'") == 1


async def test_a_rolled_back_refresh_leaves_its_causes(catalog, sql):
    await catalog.product(title="hammer")
    await mark_dirty(sql, SUPPLIED)
    transaction = sql.transaction()
    await transaction.start()
    assert await refresh_dirty(sql) == 1
    await transaction.rollback()
    assert await refresh_dirty(sql) == 1


async def test_two_replicas_share_the_dirty_rows(catalog, sql, database_url):
    for number in range(2):
        await catalog.product(title=f"hammer {number}")
    await mark_dirty(sql, SUPPLIED)
    other = await asyncpg.connect(database_url)
    async with other.transaction():
        assert await refresh_dirty(other) == 2
        assert await asyncio.wait_for(refresh_dirty(sql), 10) == 0
    await other.close()


async def test_the_loop_is_woken_and_wakes_again_by_itself(catalog, sql, database_url):
    await catalog.product(title="hammer", brand="Bosch")
    database = Database.connect(database_url, pool_size=2, statement_seconds=None)
    announced: list[str] = []

    async def announce(topics):
        announced.extend(topics)

    upkeep = Upkeep(database, announce)
    await upkeep.start()
    for brand in ("Makita", "Hilti"):
        await sql.execute("UPDATE brands SET name = $1", brand)
        async with sql.transaction():
            if brand == "Makita":
                await mark_dirty(sql, SUPPLIED)
            else:
                await sql.execute(f"INSERT INTO search_dirty (product_id) {SUPPLIED}")
        await found(catalog, brand)
        while announced != ["catalog"]:  # noqa: ASYNC110 - it is announced after the commit that is found
            await asyncio.sleep(0.01)
        announced.clear()
    await upkeep.stop()
    await database.close()


async def test_the_most_popular_become_hot_and_stay_a_while(catalog, sql, monkeypatch):
    monkeypatch.setattr(ranking, "LEAST_HOT", 1)
    monkeypatch.setattr(ranking, "ENTER_SHARE", 0.25)
    monkeypatch.setattr(ranking, "STAY_SHARE", 0.5)
    suppliers = [await catalog.supplier(name) for name in ("Nord", "Sud")]
    for number in range(4):
        await catalog.product(title=f"hammer {number}", gtin="04006381333931" if number == 0 else "")
    await rank(sql)
    [first] = await sql.fetch("SELECT title FROM products JOIN product_search ON product_id = id WHERE hot")
    assert first["title"] == "hammer 0"
    for supplier in suppliers:
        await catalog.offer(supplier, "R", title="lamp", gtin="04006381333948", stock=1, price=Money(amount="1", currency="EUR"))
    await rank(sql)
    hot = await sql.fetch("SELECT title FROM products JOIN product_search ON product_id = id WHERE hot ORDER BY title")
    assert [row["title"] for row in hot] == ["hammer 0", "lamp"]


async def test_stock_changes_popularity_only_when_ranked(catalog, sql):
    nord = await catalog.supplier("Nord")
    await catalog.offer(nord, "R", title="lamp", stock=0)
    [before] = await rows(sql)
    await catalog.offer(nord, "R", title="lamp", stock=5)
    assert await rows(sql) == [before]
    await rank(sql)
    [after] = await rows(sql)
    assert after["popularity"] == pytest.approx(before["popularity"] + 0.5)


async def test_house_is_kept_when_due_and_by_one(catalog, sql, database_url):
    await catalog.product(title="hammer")
    await keep_house(sql)
    assert await sql.fetchval("SELECT rank_time FROM search_upkeep") is not None
    await sql.execute("UPDATE product_search SET hot = false")
    written = await sql.fetchval("SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'product_search'")
    await sql.execute("UPDATE search_upkeep SET rank_time = now() - interval '1 hour', written = $1", written)
    other = await asyncpg.connect(database_url)
    await other.execute("SELECT pg_advisory_lock(hashtext('search_housekeeping'))")
    await sql.execute("UPDATE search_upkeep SET rank_time = NULL")
    await keep_house(sql)
    assert await sql.fetchval("SELECT rank_time FROM search_upkeep") is None
    await other.close()
    await rank_if_due(sql)
    assert await sql.fetchval("SELECT hot FROM product_search")


async def test_facets_of_everything_are_kept_and_counted_anew_when_much_changes(catalog, sql, monkeypatch):
    monkeypatch.setattr(rollups, "_COMMON", rollups._COMMON.replace(str(rollups.ROLLED_UP_FROM), "1"))
    for number in range(3):
        await catalog.product(title=f"hammer {number}", brand="Bosch", category="Tools > Hammers")
    await catalog.product(title="lamp", brand="Philips")
    await sql.execute("UPDATE product_search SET in_sample = true")
    await roll_up(sql)
    [bosch] = await sql.fetch("SELECT id FROM brands WHERE name = 'Bosch'")

    async def counted(**fields):
        request = products_pb2.SearchProductsRequest(facets=["FACET_CATEGORY", "FACET_BRAND"], **fields)
        found = await Search(sql, request, Dictionary(), LIMITS).run(20)
        assert [(facet.facet, facet.approximate) for facet in found.facets] == [(2, True), (1, True)]
        return [(value.label, value.count) for value in found.facets[1].values]

    assert await counted() == [("Bosch", 48), ("Philips", 16)]
    assert await counted(brand_id=str(bosch["id"])) == [("Bosch", 48)]
    await sql.execute("UPDATE product_search SET in_sample = false")
    # Kept counts are shown as they were; with a word, or a filter that is not kept, they are made.
    assert await counted() == [("Bosch", 48), ("Philips", 16)]
    assert await counted(brand_id=str(bosch["id"])) == [("Bosch", 48)]
    assert await counted(query="hammer") == []
    assert await counted(in_stock=False) == []
    await roll_up_if_due(sql)
    assert await counted() == []
    unknown = products_pb2.SearchProductsRequest(facets=["FACET_UNSPECIFIED", "FACET_STOCK"])
    assert [facet.facet for facet in (await Search(sql, unknown, Dictionary(), LIMITS).run(20)).facets] == [0, 4]

"""The feed of changed products: what each way to change a product tells, and where a cursor goes on."""

from collections import Counter
from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from catalog_client import INK, NOWHERE, PEN, PERMISSIONS, Catalog
from follower import Follower, everything, matches, refused, told
from google.protobuf.field_mask_pb2 import FieldMask
from placing import placed

from catalog_svc.changes.models import RING
from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import FailedPrecondition
from chassis.testing import serving
from pm.catalog.v1 import changes_pb2, products_pb2, suppliers_pb2, taxonomy_pb2
from pm.catalog.v1.events_pb2 import ProductsChanged
from pm.common.v1.money_pb2 import Money

USER = "01890000-0000-7000-8000-000000000001"
CREATED = (frozenset({"CREATED"}), frozenset[str]())


@pytest.fixture
async def catalog(committed_database: Database, keys_dir, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


@pytest.fixture
def follower(catalog: Catalog) -> Follower:
    return Follower(catalog)


def eur(amount: str) -> Money:
    return Money(amount=amount, currency="EUR")


async def test_edits_of_a_product(catalog, follower):
    made = await catalog.product(title="old", brand="Bosch")
    (entry,) = await follower.until(1)
    assert told([entry]) == [CREATED]
    assert (entry.product_id, entry.user_id, entry.run_id, entry.HasField("time")) == (made.id, USER, "", True)
    for title in ("old", "new"):
        wanted = products_pb2.Product(id=made.id, title=title)
        await catalog("UpdateProduct", products_pb2.UpdateProductRequest(product=wanted))
    # The first edit changed nothing.
    assert told(await follower.until(1)) == [({"CHANGED"}, {"title"})]
    assert await follower.catch_up() == []


async def test_from_now_is_behind_what_there_is_and_before_what_comes(catalog, follower):
    await catalog.product(title="there")
    now = await catalog("ListChanges", changes_pb2.ListChangesRequest(from_now=True))
    assert (len(now.changes), now.more) == (0, False)
    later = await catalog.product(title="later")
    page = await catalog("ListChanges", changes_pb2.ListChangesRequest(cursor=now.cursor))
    assert [entry.product_id for entry in page.changes] == [later.id]


async def test_a_released_field_is_told_with_what_offers_say_of_others(catalog, follower):
    nord = await catalog.supplier("Nord")
    made = (await catalog.offer(nord, "1", gtin=PEN, title="Pen", description="Blue")).product_id
    await catalog("UpdateProduct", products_pb2.UpdateProductRequest(product=products_pb2.Product(id=made, title="Ours")))
    await follower.until(2)
    released = products_pb2.UpdateProductRequest(
        product=products_pb2.Product(id=made), update_mask=FieldMask(paths=["locked_fields"])
    )
    await catalog("UpdateProduct", released)
    assert told(await follower.until(1)) == [({"CHANGED"}, {"locked_fields", "title"})]


async def test_offers_put_by_hand(catalog, follower):
    nord, sud = await catalog.supplier("Nord", priority=1), await catalog.supplier("Sud", priority=2)
    pen = await catalog.offer(nord, "1", gtin=PEN, title="Pen", price=eur("1"))
    assert told(await follower.until(1)) == [CREATED]
    await catalog.offer(nord, "1", gtin=PEN, title="Pen", price=eur("2"))
    assert told(await follower.until(1)) == [({"PRICE", "OFFERS"}, {"price", "offers"})]
    await catalog.offer(nord, "1", gtin=PEN, title="Pen", price=eur("2"), list_price=eur("3"))
    assert told(await follower.until(1)) == [({"OFFERS"}, {"offers"})]
    await catalog.offer(nord, "1", gtin=PEN, title="Biro", price=eur("2"), list_price=eur("3"), stock=1)
    assert told(await follower.until(1)) == [({"CHANGED", "STOCK", "OFFERS"}, {"title", "stock", "offers"})]
    # A second offer that wins nothing but adds to what there is.
    await catalog.offer(sud, "9", gtin=PEN, title="Stylo", price=eur("1"))
    assert told(await follower.until(1)) == [({"OFFERS"}, {"offers", "offer_count"})]
    assert {entry.product_id for entry in follower.entries} == {pen.product_id}
    ink = await catalog.offer(nord, "2", gtin=INK, title="Ink")
    await follower.until(1)
    # It leaves one product for another.
    await catalog.offer(sud, "9", gtin=INK, title="Stylo", price=eur("1"))
    moved = await follower.until(2)
    assert {entry.product_id for entry in moved} == {pen.product_id, ink.product_id}
    assert all({"offers", "offer_count"} <= fields for _, fields in told(moved))
    await matches(follower, catalog)


async def test_the_last_offer_leaves_a_product(catalog, follower):
    nord = await catalog.supplier("Nord")
    pen = await catalog.offer(nord, "1", gtin=PEN, price=eur("1"), stock=2)
    await catalog.offer(nord, "2", gtin=INK)
    await follower.until(2)
    await catalog.offer(nord, "1", gtin=INK, price=eur("1"), stock=2)
    left = [entry for entry in await follower.until(3) if entry.product_id == pen.product_id]
    assert told(left) == [
        ({"PRICE", "STOCK", "OFFERS"}, {"offers", "offer_count", "winning_offer_id", "price", "stock"}),
        ({"MERGED"}, frozenset()),
    ]
    await matches(follower, catalog)


async def test_a_new_rank(catalog, follower):
    first, second = await catalog.supplier("first", priority=1), await catalog.supplier("second", priority=2)
    shared = await catalog.offer(first, "1", gtin=PEN, title="First's", price=eur("1"))
    await catalog.offer(second, "2", gtin=PEN, title="Second's", price=eur("1"))
    await catalog.offer(first, "3", title="Alone")
    await follower.until(3)
    await catalog("UpdateSupplier", suppliers_pb2.UpdateSupplierRequest(supplier=suppliers_pb2.Supplier(id=first.id, priority=3)))
    (entry,) = await follower.until(1)
    assert (entry.product_id, told([entry])) == (
        shared.product_id,
        [({"CHANGED", "OFFERS"}, {"title", "winning_offer_id"})],
    )


async def test_a_category_that_is_renamed_or_moved_changes_the_products_below_it(catalog, follower, committed_database):
    made = [(await catalog.product(title=name, category=f"Tools > {name}")).id for name in ("Saws", "Axes")]
    await catalog.product(title="elsewhere", category="Books")
    paths = (await catalog("ListCategories", taxonomy_pb2.ListCategoriesRequest())).categories
    ids = {category.path: category.id for category in paths}
    await follower.until(3)
    renamed = taxonomy_pb2.Category(id=ids["Tools"], name="Werkzeug")
    await catalog("UpdateCategory", taxonomy_pb2.UpdateCategoryRequest(category=renamed))
    await placed(committed_database)
    entries = await follower.until(2)
    assert sorted(entry.product_id for entry in entries) == sorted(made)
    assert told(entries) == [({"CHANGED"}, {"category"})] * 2
    await catalog("MoveCategory", taxonomy_pb2.MoveCategoryRequest(id=ids["Tools > Saws"], parent_id=ids["Books"]))
    await placed(committed_database)
    assert [entry.product_id for entry in await follower.until(1)] == made[:1]
    await matches(follower, catalog)


async def test_brands_that_become_one_and_two_again(catalog, follower):
    nord = await catalog.supplier("Nord")
    made = (await catalog.offer(nord, "1", title="Drill", brand="BOSCH GmbH")).product_id
    await catalog.offer(nord, "2", title="Saw", brand="Bosch")
    brands = {brand.name: brand.id for brand in (await catalog("ListBrands", taxonomy_pb2.ListBrandsRequest())).brands}
    await follower.until(2)
    await catalog("MergeBrand", taxonomy_pb2.MergeBrandRequest(id=brands["BOSCH GmbH"], into_id=brands["Bosch"]))
    await catalog("SplitBrand", taxonomy_pb2.SplitBrandRequest(id=brands["BOSCH GmbH"]))
    entries = await follower.until(2)
    assert ([entry.product_id for entry in entries], told(entries)) == ([made] * 2, [({"CHANGED"}, {"brand"})] * 2)


async def test_a_run(sql: asyncpg.Connection, bulk: BulkClient, catalog, follower):
    rows = [offer(f"R{number}", gtin=PEN if number == 1 else None) for number in range(1, 8)]
    first = await bulk.load("Nord", rows)
    entries = await follower.until(7)
    assert told(entries) == [CREATED] * 7
    assert {(entry.run_id, entry.user_id) for entry in entries} == {(first.id, "")}
    rows[1] |= {"price": "2.00"}
    rows[2] |= {"stock": 9}
    rows[3] |= {"title": "Other", "price": "3.00"}
    await bulk.load("Nord", rows)
    changed = {entry.product_id: entry for entry in await follower.until(3)}
    titles = {follower.products[id].title: told([entry])[0] for id, entry in changed.items()}
    assert titles == {
        "Title of R2": ({"PRICE", "OFFERS"}, {"price", "offers"}),
        "Title of R3": ({"STOCK", "OFFERS"}, {"stock", "offers"}),
        "Other": ({"CHANGED", "PRICE", "OFFERS"}, {"title", "price", "offers"}),
    }
    await bulk.load("Nord", rows)
    assert await follower.catch_up() == []
    # A second supplier joins one product and makes another.
    await bulk.load("Sud", [offer("S1", gtin=PEN, price="1.00"), offer("S2", gtin=INK)])
    joined = await follower.until(2)
    assert Counter(told(joined)) == Counter(
        [CREATED, (frozenset({"STOCK", "OFFERS"}), frozenset({"stock", "offer_count", "offers"}))]
    )
    # A known offer moves to another product.
    await bulk.load("Sud", [offer("S1", gtin=INK, price="1.00"), offer("S2", gtin=INK)])
    assert len({entry.product_id for entry in await follower.until(2)}) == 2
    await matches(follower, catalog)


async def test_a_product_that_a_batch_creates_and_joins_is_told_once(sql, bulk, catalog, follower):
    await bulk.load("Nord", [offer("A", gtin=PEN), offer("B", gtin=PEN), offer("C", gtin=INK)])
    assert told(await follower.until(2)) == [CREATED] * 2
    assert await follower.catch_up() == []
    await matches(follower, catalog)


async def test_only_some_kinds(sql, bulk, catalog):
    rows = [offer(f"R{number}") for number in range(6)]
    await bulk.load("Nord", rows)
    rows[0] |= {"price": "2.00"}
    rows[1] |= {"title": "Other"}
    rows[2] |= {"title": "Another", "price": "2.00", "stock": 1}
    await bulk.load("Nord", rows)
    counts = {}
    for kinds in (("CREATED",), ("PRICE",), ("STOCK",), ("CHANGED",), ("OFFERS",), ("PRICE", "STOCK"), ()):
        follower = Follower(catalog, limit=2, kinds=kinds)
        await follower.catch_up()
        counts[kinds] = len(follower.entries)
    assert counts == {
        ("CREATED",): 6,
        ("PRICE",): 2,
        ("STOCK",): 1,
        ("CHANGED",): 2,
        ("OFFERS",): 3,
        ("PRICE", "STOCK"): 2,
        (): 9,
    }


async def test_what_an_older_transaction_adds_is_not_passed_by(sql, catalog, follower, database_url):
    late = await asyncpg.connect(database_url)
    transaction = late.transaction()
    await transaction.start()
    await late.execute(
        "INSERT INTO change_feed (kind, fields, product_count, product_ids) VALUES (2, '{title}', 1, ARRAY[$1::uuid])", NOWHERE
    )
    made = await catalog.product(title="committed first")
    assert await follower.catch_up() == []
    await transaction.commit()
    await late.close()
    wanted = changes_pb2.ListChangesRequest(cursor=follower.cursor)
    assert [change.product_id for change in (await catalog("ListChanges", wanted)).changes] == [NOWHERE, made.id]


async def test_a_page_may_end_anywhere(sql, bulk, catalog):
    rows = [offer(f"R{number}", price=f"{number % 3}.00") for number in range(20)]
    await bulk.load("Nord", rows)
    await bulk.load("Nord", [row | {"title": f"New {number % 2}"} for number, row in enumerate(rows)])
    for limit in (1, 7, 20, 39, 40, 41, 5_000):
        follower = Follower(catalog, limit=limit)
        await follower.catch_up()
        assert len(follower.entries) == 40
        assert follower.products == await everything(catalog)


async def test_a_cursor_behind_which_entries_are_gone_is_refused(sql, catalog, follower):
    await catalog.product(title="old")
    await follower.until(1)
    await catalog.product(title="gone")
    behind = follower.cursor
    await follower.until(1)
    await sql.execute("INSERT INTO change_feed_horizon SELECT 0, max(txid) FROM change_feed")
    try:
        error = await refused(catalog, behind)
        assert (type(error), error.reason) == (FailedPrecondition, "CHANGES_LOST")
        assert "products:export" in error.message
        # What is kept is still read, by whoever has seen what is gone, and from the beginning.
        await catalog.product(title="new")
        assert told(await follower.until(1)) == [CREATED]
        await Follower(catalog).catch_up()
    finally:
        await sql.execute("DELETE FROM change_feed_horizon")


async def test_the_oldest_week_is_emptied(sql, committed_database):
    slot = await sql.fetchval(f"SELECT ({RING.slot} + 1) % {RING.slots}")
    await sql.execute(
        "INSERT INTO change_feed (slot, create_time, kind, fields, product_count, product_ids)"
        " VALUES ($1, now() - interval '35 days', 2, '{title}', 1, ARRAY[$2::uuid])",
        slot,
        NOWHERE,
    )
    await RING.clear_next(committed_database)
    assert await sql.fetchval("SELECT count(*) FROM change_feed") == 0
    assert await sql.fetchval("SELECT slot FROM change_feed_horizon") == slot


async def test_a_cursor_of_another_database_is_refused(catalog, follower):
    await follower.turn()
    source, txid, rest = follower.cursor.split(".", 2)
    other = f"{(int(source) + 1) % 1_000_000}.{txid}.{rest}"
    ahead = f"{source}.{int(txid) + 1_000_000}.{rest}"
    assert {(await refused(catalog, cursor)).reason for cursor in (other, ahead)} == {"CHANGES_LOST"}
    assert (await refused(catalog, "yesterday")).reason == "INVALID_MESSAGE"


async def test_the_event_of_a_batch_leads_into_the_feed(sql, bulk, catalog):
    await bulk.load("Nord", [offer("R1")])
    run = await bulk.load("Nord", [offer("R1", price="2.00"), offer("R2")])
    payload = await sql.fetchval("SELECT payload FROM outbox ORDER BY id DESC LIMIT 1")
    follower = Follower(catalog)
    follower.cursor = ProductsChanged.FromString(payload).changes_cursor
    entries = await follower.until(2)
    assert {entry.run_id for entry in entries} == {run.id}
    assert Counter(told(entries)) == Counter([CREATED, (frozenset({"PRICE", "OFFERS"}), frozenset({"price", "offers"}))])

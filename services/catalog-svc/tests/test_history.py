"""What the record of change remembers is enough to write back: every value of offers and products at any step of their lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from bulk_client import BulkClient, offer
from busy_shop import Shop
from catalog_client import INK, PEN, PERMISSIONS, Catalog
from google.protobuf.field_mask_pb2 import FieldMask

from catalog_svc.fields.registry import REGISTRY
from catalog_svc.fields.sets import SETS
from catalog_svc.golden.survivorship import TOUCHED, lock_products, refresh_best, refresh_golden
from catalog_svc.history.errors import HistoryTooOld
from catalog_svc.history.restoring import Creator, OfferPast, Past
from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.testing import serving
from pm.catalog.v1 import offers_pb2, products_pb2, taxonomy_pb2
from pm.common.v1.money_pb2 import Money

USER = UUID("01890000-0000-7000-8000-000000000001")
# What no before-image holds: it counts and dates the changes themselves.
OF_CHANGES = ("version", "update_time", "create_time", "run_id", "file_row")
COLUMNS = (
    "ref", "gtin", "title", "description", "brand", "category", "mpn", "image_url", "price", "list_price", "currency", "stock",
    "pack_size", "our_sku", "price[type=sale]", "price[min=10]", "stock[location=lyon]",
)  # fmt: skip
FROM, UNTIL = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), datetime(2027, 6, 30, tzinfo=UTC)


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Any, as_user: Callable) -> AsyncIterator[Catalog]:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


async def rows(sql: asyncpg.Connection, query: str, *parameters: object) -> list[dict[str, Any]]:
    return [dict(row) for row in await sql.fetch(query, *parameters)]


async def offers(sql: asyncpg.Connection) -> dict[UUID, OfferPast]:
    found = {}
    for row in await rows(sql, "SELECT * FROM supplier_products"):
        sets = {}
        for values in SETS:
            columns, keys = ", ".join(values.columns), ", ".join(values.keys)
            held = await sql.fetch(f"SELECT {columns} FROM {values.table} WHERE offer_id = $1 ORDER BY {keys}", row["id"])
            sets[values.name] = [tuple(one) for one in held]
        columns = {name: value for name, value in row.items() if name not in (*OF_CHANGES, "id", "supplier_id", "supplier_ref")}
        found[row["id"]] = OfferPast(columns, sets)
    return found


async def products(sql: asyncpg.Connection) -> dict[UUID, dict[str, Any]]:
    apart = (*OF_CHANGES, "id", "run_created", "winning_offer_id")
    found = await rows(sql, "SELECT * FROM products")
    return {row["id"]: {name: value for name, value in row.items() if name not in apart} for row in found}


async def update(catalog: Catalog, product_id: UUID, paths: list[str], **fields: object) -> None:
    wanted = products_pb2.Product(id=str(product_id), **fields)
    await catalog("UpdateProduct", products_pb2.UpdateProductRequest(product=wanted, update_mask=FieldMask(paths=paths)))


async def a_life(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog) -> list[Callable[[], Awaitable[object]]]:
    """Each of these changes something of a few offers and products, by hand or by a run."""
    nord, own = await catalog.supplier("Nord"), await catalog.supplier("Shop", own_list=True)

    def sale(amount: str) -> list[offers_pb2.OfferPrice]:
        price = offers_pb2.OfferPrice(
            type=offers_pb2.OfferPrice.TYPE_SALE, amount=Money(amount=amount, currency="CHF"), min_quantity=5, tax_included=True
        )
        price.valid_from.FromDatetime(FROM)
        price.valid_to.FromDatetime(UNTIL)
        return [price, offers_pb2.OfferPrice(type=offers_pb2.OfferPrice.TYPE_MAP, amount=Money(amount="1", currency="EUR"))]

    def lyon(quantity: int) -> list[offers_pb2.OfferStock]:
        stock = offers_pb2.OfferStock(location="lyon", quantity=quantity)
        stock.restock_time.FromDatetime(UNTIL)
        return [stock]

    async def put(ref: str, supplier: Any = nord, **fields: Any) -> None:
        await catalog.offer(supplier, ref, **fields)

    async def load(*given: dict[str, Any]) -> None:
        await bulk.load("Sud", list(given), COLUMNS)

    async def product(title: str) -> UUID:
        return await sql.fetchval("SELECT id FROM products WHERE title = $1", title)

    async def brand(name: str) -> str:
        return str(await sql.fetchval("SELECT id FROM brands WHERE name = $1", name))

    async def merge() -> None:
        ids = {"id": await brand("BOSCH GmbH"), "into_id": await brand("Acme")}
        await catalog("MergeBrand", taxonomy_pb2.MergeBrandRequest(**ids))

    async def rename() -> None:
        id = str(await sql.fetchval("SELECT id FROM categories WHERE path = 'Tools > Pens'"))
        wanted = taxonomy_pb2.UpdateCategoryRequest(
            category=taxonomy_pb2.Category(id=id, name="Writing"), update_mask=FieldMask(paths=["name"])
        )
        await catalog("UpdateCategory", wanted)

    async def trash(method: str) -> None:
        request = {"DeleteProduct": products_pb2.DeleteProductRequest, "RestoreProduct": products_pb2.RestoreProductRequest}[
            method
        ]
        await catalog(method, request(id=str(await product("Ours"))))

    full = offer("1", gtin=PEN, mpn="M-1", image_url="https://example.com/1.jpg", description="Blue", list_price="2", pack_size=6)
    return [
        lambda: load(
            full | {"price[type=sale]": "1.25", "price[min=10]": "1.000001", "stock[location=lyon]": 0},
            offer("2"),
            offer("3", gtin=INK),
        ),
        # Nobody takes an offer out of the catalogue yet; what brings it back is told.
        lambda: sql.execute("UPDATE supplier_products SET active = false WHERE supplier_ref = '2'"),
        lambda: put(
            "N", title="Pen of Nord", gtin=PEN, price=Money(amount="1.10", currency="EUR"), prices=sale("9.5"), stocks=lyon(2)
        ),
        lambda: put(
            "N", title="Pen of Nord", gtin=PEN, price=Money(amount="1.1", currency="CHF"), prices=sale("8"), stocks=lyon(0)
        ),
        lambda: put("N", title="Pen of Nord", gtin=PEN, brand="BOSCH GmbH"),
        lambda: load(offer("1", gtin=PEN, title="Other", brand="BOSCH GmbH", category="Ink"), offer("2")),
        lambda: load(offer("1", price="3", stock=None) | {"price[min=10]": "2"}, offer("2", price=None, pack_size=3)),
        lambda: load(offer("1", gtin=INK), offer("2", gtin=INK, mpn="X")),
        lambda: put("N", title="Pen of Nord", gtin=INK, our_sku="S-1"),
        lambda: put("S-1", own, title="Ours", gtin=PEN, category="Tools > Pens > Blue"),
        lambda: load(offer("1", gtin=INK, our_sku="S-1"), offer("2", gtin=PEN)),
        merge,
        rename,
        lambda: catalog.product(title="By hand", sku="H-1", brand="Acme"),
        lambda: update(catalog, asked["By hand"], ["title", "brand", "description"], title="Mine", brand="New brand"),
        lambda: update(catalog, asked["By hand"], ["gtin", "sku", "locked_fields"], gtin="04006381333955", locked_fields=["mpn"]),
        lambda: trash("DeleteProduct"),
        lambda: trash("RestoreProduct"),
        lambda: trash("DeleteProduct"),
    ]


asked: dict[str, UUID] = {}


async def test_every_value_of_every_step_is_restored(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog) -> None:
    steps = []
    for act in await a_life(sql, bulk, catalog):
        await act()
        asked.update({row["title"]: row["id"] for row in await sql.fetch("SELECT title, id FROM products")})
        steps.append((await sql.fetchval("SELECT coalesce(max(seq), 0) FROM change_log"), await offers(sql), await products(sql)))
    # Before its second step nothing tells that an offer was active.
    steps = steps[1:]
    past, last = Past(sql), steps[-1]
    moved = await sql.fetchval("SELECT count(*) FROM change_log WHERE kind = 5")
    assert moved >= 3, "offers by hand and of runs went to other products"
    by_hand = {
        row["offer_id"] or row["product_id"]
        for row in await sql.fetch("SELECT offer_id, product_id FROM change_log WHERE kind = 1")
    }
    for number, (seq, held_offers, held_products) in enumerate(steps):
        for id, held in held_offers.items():
            assert await past.offer(id, seq + 1) == held, f"step {number}"
        for id, held in held_products.items():
            assert await past.product(id, seq + 1) == held, f"step {number}"
        for id in last[1].keys() & by_hand - held_offers.keys():
            assert await past.offer(id, seq + 1) is None
        for id in last[2].keys() & by_hand - held_products.keys():
            assert await past.product(id, seq + 1) is None


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_people_and_imports_do_is_restored(
    sql: asyncpg.Connection, served_bulk: Any, catalog: Catalog, seed: int
) -> None:
    async with served_bulk(batch_rows=3) as bulk:
        shop, steps = Shop(seed, catalog, bulk), []
        await shop.open()
        for _ in range(6):
            await asyncio.gather(shop.edits(5), shop.edits(5), shop.imports(2))
            steps.append(
                (await sql.fetchval("SELECT coalesce(max(seq), 0) FROM change_log"), await offers(sql), await products(sql))
            )
    assert await sql.fetchval("SELECT count(*) FROM change_log WHERE kind = 5"), "offers went to other products"
    past = Past(sql)
    for seq, held_offers, held_products in steps:
        for id, held in held_offers.items():
            assert await past.offer(id, seq + 1) == held
        for id, held in held_products.items():
            assert await past.product(id, seq + 1) == held


async def test_a_product_with_its_offers_is_written_back(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog) -> None:
    complete = "SELECT * FROM {table} WHERE {key} = $1"
    acts = await a_life(sql, bulk, catalog)
    for act in acts[:4]:
        await act()
    product_id = await sql.fetchval("SELECT id FROM products WHERE gtin = $1", PEN)
    seq = await sql.fetchval("SELECT max(seq) FROM change_log")
    ids = [row["id"] for row in await sql.fetch("SELECT id FROM supplier_products WHERE product_id = $1", product_id)]
    assert len(ids) == 2

    async def everything() -> list[dict[str, Any]]:
        found = await rows(sql, complete.format(table="products", key="id"), product_id)
        found += await rows(sql, complete.format(table="product_best", key="product_id"), product_id)
        for id in sorted(ids):
            found += await rows(sql, complete.format(table="supplier_products", key="id"), id)
            found += [
                row
                for values in SETS
                for row in await rows(
                    sql, f"SELECT * FROM {values.table} WHERE offer_id = $1 ORDER BY {', '.join(values.keys)}", id
                )
            ]
        return [{name: value for name, value in row.items() if name not in OF_CHANGES} for row in found]

    before = await everything()
    for act in acts[4:9]:
        await act()
    assert await everything() != before
    past = Past(sql)
    async with sql.transaction():
        for id in ids:
            was = await past.offer(id, seq + 1)
            await write(sql, "supplier_products", id, was.columns)
            for values in SETS:
                await sql.execute(f"DELETE FROM {values.table} WHERE offer_id = $1", id)
                numbers = ", ".join(f"${number}" for number in range(1, len(values.columns) + 2))
                columns = ", ".join(("offer_id", *values.columns))
                await sql.executemany(
                    f"INSERT INTO {values.table} ({columns}) VALUES ({numbers})", [(id, *row) for row in was.sets[values.name]]
                )
        await write(sql, "products", product_id, await past.product(product_id, seq + 1))
        await lock_products(sql, TOUCHED, [product_id])
        assert await refresh_golden(sql, TOUCHED, [product_id], user_id=USER) == {}, (
            "survivorship agrees with what is written back"
        )
        await refresh_best(sql, TOUCHED, [product_id])
    assert await everything() == before


async def write(sql: asyncpg.Connection, table: str, id: UUID, columns: dict[str, Any]) -> None:
    assignments = ", ".join(f"{column} = ${number}" for number, column in enumerate(columns, 2))
    await sql.execute(f"UPDATE {table} SET {assignments} WHERE id = $1", id, *columns.values())


async def test_who_added_it_is_known(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog) -> None:
    run = await bulk.load("Sud", [offer("1", gtin=PEN)])
    nord = await catalog.supplier("Nord")
    put = await catalog.offer(nord, "N", title="Ink", gtin=INK)
    await catalog.offer(nord, "N", title="Ink", gtin=PEN)
    made = await catalog.product(title="By hand")
    past = Past(sql)
    row = await sql.fetchrow("SELECT id, product_id FROM supplier_products WHERE supplier_ref = '1'")
    assert await past.creator_of_offer(row["id"]) == Creator(UUID(run.id), None)
    assert await past.creator_of_product(row["product_id"]) == Creator(UUID(run.id), None)
    assert await past.creator_of_offer(UUID(put.id)) == Creator(None, USER), "also of one that went to another product"
    assert await past.creator_of_product(UUID(put.product_id)) == Creator(None, USER)
    assert await past.creator_of_product(UUID(made.id)) == Creator(None, USER)


async def test_what_was_recorded_as_text_is_shown_and_not_restored(sql: asyncpg.Connection, catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    put = await catalog.offer(nord, "N", title="Pen")
    await sql.execute(
        "INSERT INTO change_log (product_id, offer_id, user_id, fields, before)"
        " VALUES ($1, $2, $3, '{brand,price}', '{\"brand\": \"\", \"price\": \"1.000000\"}')",
        put.product_id, put.id, USER,
    )  # fmt: skip
    [change] = await catalog.changes(put.product_id)
    assert (list(change.fields), dict(change.before)) == (["brand", "price"], {"brand": "", "price": "1.000000"})
    with pytest.raises(HistoryTooOld):
        await Past(sql).offer(UUID(put.id), 0)


async def test_changes_are_shown_as_text(bulk: BulkClient, sql: asyncpg.Connection, catalog: Catalog) -> None:
    await bulk.load("Sud", [offer("1", gtin=PEN, price="1.50") | {"price[min=10]": "1", "stock[location=lyon]": 2}])
    await sql.execute("UPDATE supplier_products SET active = false")
    await bulk.load("Sud", [offer("1", gtin=INK, price=None, brand=None) | {"price[min=10]": None, "stock[location=lyon]": 3}])
    product_id = await sql.fetchval("SELECT id FROM products WHERE gtin = $1", INK)
    of_offer = next(change for change in await catalog.changes(str(product_id)) if change.offer_id)
    assert dict(of_offer.before) == {
        "gtin": PEN,
        "brand": "Acme",
        "price": "1.500000",
        "currency": "EUR",
        "prices": "purchase 10+ 1.000000 EUR",
        "stocks": "lyon 2",
        "state": "vanished",
    }
    assert {field.code for field in REGISTRY.golden} >= {"brand", "gtin"}

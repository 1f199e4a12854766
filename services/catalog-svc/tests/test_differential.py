"""The same rows through single edits and through the bulk path must leave the same catalogue and be refused alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bulk_client import BulkClient
from catalog_client import PERMISSIONS, Catalog

from catalog_svc.main import registrations
from chassis.client import DecodeErrors
from chassis.db import Database
from chassis.errors import InvalidArgument
from chassis.testing import serving
from pm.catalog.v1 import offers_pb2 as pb
from pm.common.v1.money_pb2 import Money

PEN, INK, CAP = "04006381333931", "04006381333948", "04006381333955"
COLUMNS = (
    "ref",
    "gtin",
    "title",
    "description",
    "brand",
    "category",
    "mpn",
    "image_url",
    "price",
    "list_price",
    "currency",
    "stock",
    "pack_size",
    "our_sku",
    "price[type=sale]",
    "price[currency=USD,min=10]",
    "stock[location=lyon]",
    "stock[location=l'île]",
)
Row = dict[str, Any]
# The shop's own list.
OWN = "Shop"

# Deliveries in order: what is new, changed, taken back, moved to another barcode, said by two suppliers, in every script.
DELIVERIES: list[tuple[str, list[Row]]] = [
    (
        "Nord",
        [
            {
                "ref": "A",
                "gtin": PEN,
                "title": "Füller blau",
                "brand": "Pelikan",
                "category": "Büro > Stifte",
                "price": "12.50",
                "currency": "EUR",
                "stock": 7,
                "price[type=sale]": "11.00",
                "price[currency=USD,min=10]": "10.5",
                "stock[location=lyon]": 3,
                "stock[location=l'île]": 0,
            },
            {"ref": "B", "gtin": INK, "title": "Tinte", "brand": "PELIKAN", "price": "0.000001", "currency": "EUR", "stock": 0},
            {"ref": "C", "title": "Ручка «Союз» №5", "brand": "Союз", "mpn": "SU-5/AB", "pack_size": 12},
            {
                "ref": "d" * 128,
                "title": "T" * 500,
                "description": "x" * 32000,
                "price": "999999999999.999999",
                "currency": "JPY",
                "stock": 2147483647,
            },
        ],
    ),
    (
        "Sud",
        [
            {
                "ref": "A",
                "gtin": PEN,
                "title": "Stylo bleu",
                "price": "11.00",
                "list_price": "15.00",
                "currency": "CHF",
                "stock": 3,
            },
            {"ref": "9", "gtin": CAP, "title": "Capuchon", "category": "Bureau"},
        ],
    ),
    (
        "Nord",
        [
            {
                "ref": "A",
                "gtin": PEN,
                "title": "Füller blau",
                "brand": "Pelikan",
                "category": "Büro > Stifte",
                "price": "12.50",
                "currency": "EUR",
                "stock": 7,
                "price[type=sale]": "10.00",
                "stock[location=lyon]": 3,
                "stock[location=l'île]": 4,
            },
            {"ref": "B", "gtin": INK, "title": "Tinte schwarz", "price": None, "stock": None},
            {"ref": "C", "gtin": CAP, "title": "Ручка", "brand": "Союз", "mpn": "SU-5/AB", "pack_size": 10},
        ],
    ),
    ("Sud", [{"ref": "A", "gtin": INK, "title": "Encre", "price": "4.00", "currency": "CHF", "stock": 1}]),
    # Our own list: known by its barcode, new, and known to a supplier who named its SKU before.
    ("Sud", [{"ref": "K", "title": "Crayon", "our_sku": "1003"}]),
    (
        OWN,
        [
            {"ref": "1001", "gtin": PEN, "title": "Our pen"},
            {"ref": "1002", "title": "Our ruler", "stock": 2},
            {"ref": "1003", "title": "Our pencil", "category": "Büro > Stifte"},
        ],
    ),
    # A known offer goes where our SKU says, with a value that changes or without one; an unknown SKU changes nothing.
    ("Sud", [{"ref": "L", "title": "Règle"}, {"ref": "M", "title": "Gomme", "our_sku": "9"}]),
    ("Sud", [{"ref": "L", "title": "Règle", "our_sku": "1002"}, {"ref": "M", "title": "Gomme", "our_sku": "9"}]),
    (OWN, [{"ref": "9", "title": "Our rubber", "gtin": "04006381333962"}]),
    ("Sud", [{"ref": "M", "title": "Gomme", "our_sku": "1003"}]),
]

# Rows that neither way may take in.
REFUSED: list[Row] = [
    {"ref": "R", "title": "T" * 501},
    {"ref": "r" * 129, "title": "Long reference"},
    {"ref": "R", "gtin": "123", "title": "Short barcode"},
    {"ref": "R", "title": "Negative", "price": "-1.00", "currency": "EUR"},
    {"ref": "R", "title": "Negative stock", "stock": -1},
    {"ref": "R", "title": "Empty pack", "pack_size": 0},
    {"ref": "R", "title": "Odd currency", "price": "1.00", "currency": "Eur"},
    {"ref": "R", "title": "No currency of ISO 4217", "price": "1.00", "currency": "XXX"},
    {"ref": "R", "title": "Currency alone", "currency": "ABC", "price[type=sale]": "1.00"},
    {"ref": "R", "title": "Negative tier", "currency": "EUR", "price[type=sale]": "-1.00"},
    {"ref": "R", "title": "Negative location", "stock": 1, "stock[location=lyon]": -1},
    {"ref": "R", "title": "Long SKU of ours", "our_sku": "s" * 129},
    {"ref": "R", "title": "Too dear", "price": "1000000000000.00", "currency": "EUR"},
]

SNAPSHOT = """
SELECT s.name, o.supplier_ref, o.gtin, o.title, o.description, o.brand, o.category, o.mpn, o.image_url, o.price, o.list_price,
       o.currency, o.stock, o.pack_size, o.our_sku, o.active, o.version,
       (SELECT array_agg((t.type, t.min_quantity, t.currency, t.amount)::text ORDER BY t.type) FROM product_prices t
        WHERE t.offer_id = o.id) AS prices,
       (SELECT array_agg((t.location, t.quantity)::text ORDER BY t.location) FROM product_stocks t
        WHERE t.offer_id = o.id) AS stocks,
       p.sku AS product_sku, p.gtin AS product_gtin, p.title AS product_title,
       p.description AS product_description, p.mpn AS product_mpn, b.name AS product_brand, c.path AS product_category,
       (SELECT w.supplier_ref FROM supplier_products w WHERE w.id = p.winning_offer_id) AS winner,
       t.price AS best_price, t.currency AS best_currency, t.stock AS best_stock, t.offer_count, c.depth,
       f.fts::text AS words, cardinality(f.vals) AS filters
FROM supplier_products o JOIN suppliers s ON s.id = o.supplier_id JOIN products p ON p.id = o.product_id
JOIN product_best t ON t.product_id = p.id JOIN product_search f ON f.product_id = p.id
LEFT JOIN brands b ON b.id = p.brand_id LEFT JOIN categories c ON c.id = p.category_id
ORDER BY s.name, o.supplier_ref
"""
# What a run adds is known by its ids, so it records no creations. Ids are other ones each time.
CHANGES = """
SELECT coalesce(s.name || ' ' || o.supplier_ref, 'product') AS what, l.kind, ARRAY(SELECT unnest(l.fields) ORDER BY 1) AS fields,
       (((l.before #- '{brand,id}') #- '{category,id}') - 'product_id')::text AS before
FROM change_log l LEFT JOIN supplier_products o ON o.id = l.offer_id LEFT JOIN suppliers s ON s.id = o.supplier_id
WHERE l.kind <> 1
ORDER BY 1, 2, 3
"""
EMPTY = (
    "TRUNCATE suppliers, brands, categories, category_paths, products, product_best, product_search, supplier_products,"
    " product_prices, product_stocks, change_log, change_feed, outbox, runs, run_chunks, run_batches,"
    " search_words, search_dirty, search_upkeep, product_selections CASCADE"
)


@pytest.fixture
async def catalog(committed_database: Database, keys_dir: Path, as_user: Callable) -> Any:
    async with serving("catalog-svc", keys_dir, registrations(committed_database, "EUR"), DecodeErrors()) as channel:
        yield Catalog(channel, as_user(*PERMISSIONS))


def message(row: Row) -> dict[str, Any]:
    """A row as the fields of an Offer."""
    fields = {name: value for name, value in row.items() if value is not None and name in COLUMNS[1:14] and name != "currency"}
    for name in ("price", "list_price"):
        if name in fields:
            fields[name] = Money(amount=fields[name], currency=row["currency"])
    amounts = {
        pb.OfferPrice.TYPE_SALE: ("price[type=sale]", row.get("currency"), None),
        pb.OfferPrice.TYPE_PURCHASE: ("price[currency=USD,min=10]", "USD", 10),
    }
    fields["prices"] = [
        pb.OfferPrice(type=kind, amount=Money(amount=row[name], currency=currency), min_quantity=least)
        for kind, (name, currency, least) in amounts.items()
        if row.get(name) is not None
    ]
    fields["stocks"] = [
        pb.OfferStock(location=location, quantity=row[f"stock[location={location}]"])
        for location in ("lyon", "l'île")
        if row.get(f"stock[location={location}]") is not None
    ]
    return fields


async def state(sql: asyncpg.Connection) -> tuple[list[Row], list[Row]]:
    return [dict(row) for row in await sql.fetch(SNAPSHOT)], [dict(row) for row in await sql.fetch(CHANGES)]


async def test_the_same_deliveries_leave_the_same_catalogue(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog) -> None:
    suppliers: dict[str, Any] = {}
    for name, rows in DELIVERIES:
        suppliers[name] = suppliers.get(name) or await catalog.supplier(name, own_list=name == OWN)
        for row in rows:
            await catalog.offer(suppliers[name], row["ref"], **message(row))
    by_hand = await state(sql)
    await sql.execute(EMPTY)
    await catalog.supplier(OWN, own_list=True)
    for name, rows in DELIVERIES:
        await bulk.load(name, rows, COLUMNS, partial=True)
    in_bulk = await state(sql)
    assert in_bulk[0] == by_hand[0]
    assert in_bulk[1] == by_hand[1]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["title"][:20])
async def test_the_same_rows_are_refused(sql: asyncpg.Connection, bulk: BulkClient, catalog: Catalog, row: Row) -> None:
    with pytest.raises(InvalidArgument):
        await catalog.offer(await catalog.supplier("By hand"), row["ref"], **message(row))
    with pytest.raises(InvalidArgument):
        await bulk.load("In bulk", [row], COLUMNS)
    assert await sql.fetchval("SELECT count(*) FROM supplier_products") == 0

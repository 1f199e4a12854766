"""Prices and stocks that an offer may have many of, by the bulk path and by hand."""

from datetime import UTC, datetime

import asyncpg
import pytest
from bulk_client import BulkClient, ledger
from catalog_client import Catalog

from catalog_svc.bulk.sets import PriceName, StockName, read_name
from catalog_svc.history.texts import shown
from chassis.errors import InvalidArgument
from pm.catalog.v1 import offers_pb2 as pb
from pm.common.v1.money_pb2 import Money

TIERS = ("ref", "price", "price[min=10]", "price[min=100]")


def tiers(ref: str, *amounts: str | None) -> dict[str, object]:
    return dict(zip(TIERS, (ref, *amounts), strict=True))


async def prices(sql: asyncpg.Connection) -> list[str]:
    rows = await sql.fetch(
        "SELECT o.supplier_ref, t.type, t.min_quantity, trim_scale(t.amount) AS amount, t.currency"
        " FROM product_prices t JOIN supplier_products o ON o.id = t.offer_id ORDER BY 1, 2, 3, 5"
    )
    return [f"{ref} {kind} {least}+ {amount} {currency}" for ref, kind, least, amount, currency in rows]


async def stocks(sql: asyncpg.Connection) -> list[str]:
    rows = await sql.fetch(
        "SELECT o.supplier_ref, t.location, t.quantity FROM product_stocks t"
        " JOIN supplier_products o ON o.id = t.offer_id ORDER BY 1, 2"
    )
    return [f"{ref} {location} {quantity}" for ref, location, quantity in rows]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("price[min=10]", PriceName(min_quantity=10)),
        ("price[type=sale,currency=USD,min=10]", PriceName("sale", "USD", 10)),
        ("price[currency=USD]", PriceName(currency="USD")),
        ("stock[location=paris nord]", StockName("paris nord")),
        # One price has one name.
        ("price[min=10,type=sale]", None),
        ("price[type=purchase,min=10]", None),
        ("price[min=1]", None),
        ("price[min=010]", None),
        ("price[]", None),
        ("price[type=gift]", None),
        ("price[currency=usd]", None),
        ("price[colour=red]", None),
        ("stock[location=Paris]", None),
        ("stock[location= paris]", None),
        (f"stock[location={'x' * 65}]", None),
        ("stock[location=a=b]", None),
        ("title[min=2]", None),
    ],
)
def test_names(name: str, read: object) -> None:
    assert read_name(name) == read


async def test_tiers_are_created_changed_and_taken_back(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [tiers("A", "5", "4", "3"), tiers("B", "5", "4", None), tiers("C", "5", None, None)])
    assert await prices(sql) == ["A purchase 10+ 4 EUR", "A purchase 100+ 3 EUR", "B purchase 10+ 4 EUR"]
    again = [tiers("A", "5", "4.00", "3"), tiers("B", "5", "4", None), tiers("C", "5", None, None)]
    assert ledger(await bulk.load("Nord", again)) == {"staged": 3, "unchanged": 3}
    run = await bulk.plan("Nord", [tiers("A", "5", "4", "2.5"), tiers("B", "5", None, None), tiers("C", "5", "4", None)])
    assert {row.ref: [(c.field, c.before, c.after) for c in row.changes] for row in await bulk.plan_rows(run)} == {
        "A": [
            (
                "prices",
                "purchase 10+ 4.000000 EUR, purchase 100+ 3.000000 EUR",
                "purchase 10+ 4.000000 EUR, purchase 100+ 2.500000 EUR",
            )
        ],
        "B": [("prices", "purchase 10+ 4.000000 EUR", "")],
        "C": [("prices", "", "purchase 10+ 4.000000 EUR")],
    }
    before = await sql.fetchval("SELECT xmin FROM product_prices t WHERE min_quantity = 10 AND amount = 4 LIMIT 1")
    assert ledger(await bulk.apply(run)) == {"staged": 3, "updated": 3}
    assert await prices(sql) == ["A purchase 10+ 4 EUR", "A purchase 100+ 2.5 EUR", "C purchase 10+ 4 EUR"]
    kept = await sql.fetchval(
        "SELECT t.xmin FROM product_prices t JOIN supplier_products o ON o.id = t.offer_id"
        " WHERE o.supplier_ref = 'A' AND min_quantity = 10"
    )
    assert kept == before, "a row that stays the same is not written"
    log = await sql.fetch("SELECT kind, fields, before::text FROM change_log ORDER BY length(before::text)")
    assert [shown(row["kind"], row["fields"], row["before"]) for row in log] == [
        {"prices": ""},
        {"prices": "purchase 10+ 4.000000 EUR"},
        {"prices": "purchase 10+ 4.000000 EUR, purchase 100+ 3.000000 EUR"},
    ]


async def test_a_run_leaves_what_its_columns_do_not_name(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    await bulk.load("Nord", [{"ref": "A", "price[type=sale]": "4", "price[type=map]": "6", "stock[location=lyon]": 1}])
    await bulk.load("Nord", [{"ref": "A", "price[type=sale]": "3", "stock[location=paris]": 2}])
    assert await prices(sql) == ["A map 1+ 6 EUR", "A sale 1+ 3 EUR"]
    assert await stocks(sql) == ["A lyon 1", "A paris 2"]
    await sql.execute("UPDATE product_prices SET tax_included = true")
    await bulk.load("Nord", [{"ref": "A", "price[type=sale]": "2"}])
    assert await sql.fetchval("SELECT bool_and(tax_included) FROM product_prices"), "an import says nothing of taxes"


async def test_a_price_without_a_currency_is_in_that_of_its_row(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    columns = ("ref", "currency", "price[min=10]", "price[currency=USD,min=10]")
    await bulk.load("Nord", [dict(zip(columns, ("A", "CHF", "4", "5"), strict=True))])
    await bulk.load("Nord", [dict(zip(columns, ("B", None, "4", None), strict=True))])
    assert await prices(sql) == ["A purchase 10+ 4 CHF", "A purchase 10+ 5 USD", "B purchase 10+ 4 EUR"]
    await bulk.load("Nord", [dict(zip(columns, ("A", "EUR", "4", "5"), strict=True))])
    assert await prices(sql) == ["A purchase 10+ 4 EUR", "A purchase 10+ 5 USD", "B purchase 10+ 4 EUR"]
    # Where a row is in the currency that another column names, that column speaks.
    same = await bulk.load("Nord", [dict(zip(columns, ("A", "USD", "9", "5"), strict=True))])
    assert ledger(same)["updated"] == 1
    assert await prices(sql) == ["A purchase 10+ 5 USD", "B purchase 10+ 4 EUR"]


async def test_locations_sum_to_the_stock_unless_the_feed_says_it(bulk: BulkClient, sql: asyncpg.Connection) -> None:
    columns = ("ref", "stock[location=lyon]", "stock[location=paris]")
    rows = [("A", 2**31 - 1, 5), ("B", 2, None), ("C", None, None)]
    await bulk.load("Nord", [dict(zip(columns, row, strict=True)) for row in rows])
    totals = "SELECT array_agg(stock ORDER BY supplier_ref) FROM supplier_products"
    assert await sql.fetchval(totals) == [2**31 - 1, 2, None]
    assert (
        await sql.fetchval(
            "SELECT b.stock FROM product_best b JOIN supplier_products o USING (product_id) WHERE o.supplier_ref = 'B'"
        )
        == 2
    )
    assert await stocks(sql) == ["A lyon 2147483647", "A paris 5", "B lyon 2"]
    await bulk.load("Nord", [{"ref": "B", "stock": 9, "stock[location=lyon]": 2}])
    assert await sql.fetchval("SELECT stock FROM supplier_products WHERE supplier_ref = 'B'") == 9


async def test_unknown_columns_are_refused(bulk: BulkClient) -> None:
    with pytest.raises(InvalidArgument, match="price\\[min=0\\]"):
        await bulk.open("Nord", ["ref", "price[min=0]"])


async def test_an_offer_by_hand_has_prices_and_stocks(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    until = datetime(2026, 12, 31, tzinfo=UTC)
    sale = pb.OfferPrice(type=pb.OfferPrice.TYPE_SALE, amount=Money(amount="4.5", currency="EUR"), tax_included=True)
    sale.valid_to.FromDatetime(until)
    tier = pb.OfferPrice(type=pb.OfferPrice.TYPE_PURCHASE, amount=Money(amount="4", currency="EUR"), min_quantity=10)
    lyon = pb.OfferStock(location=" Lyon ", quantity=3)
    paris = pb.OfferStock(location="paris", quantity=4)
    paris.restock_time.FromDatetime(until)
    made = await catalog.offer(nord, "A", prices=[sale, tier], stocks=[paris, lyon])
    assert [(p.type, p.min_quantity, p.amount.amount, p.tax_included) for p in made.prices] == [
        (pb.OfferPrice.TYPE_PURCHASE, 10, "4.00", False),
        (pb.OfferPrice.TYPE_SALE, 1, "4.50", True),
    ]
    assert made.prices[1].valid_to.ToDatetime(UTC) == until
    assert not made.prices[1].HasField("valid_from")
    assert [(s.location, s.quantity) for s in made.stocks] == [("lyon", 3), ("paris", 4)]
    assert made.stock == 7
    assert await catalog.offer(nord, "A", prices=[tier, sale], stocks=[lyon, paris]) == made
    less = await catalog.offer(nord, "A", prices=[tier])
    assert (less.version, len(less.prices), len(less.stocks), less.HasField("stock")) == (2, 1, 0, False)
    [change] = await catalog.changes(made.product_id)
    assert dict(change.before) == {
        "prices": "purchase 10+ 4.000000 EUR, sale 1+ 4.500000 EUR",
        "stock": "7",
        "stocks": "lyon 3, paris 4",
    }


async def test_prices_and_stocks_that_are_refused(catalog: Catalog) -> None:
    nord = await catalog.supplier("Nord")
    euro = Money(amount="1", currency="EUR")
    sale = pb.OfferPrice(type=pb.OfferPrice.TYPE_SALE, amount=euro)
    paris = pb.OfferStock(location="Paris")
    for fields, reason in (
        ({"prices": [pb.OfferPrice(amount=euro)]}, "PRICE_TYPE_MISSING"),
        ({"prices": [sale, sale]}, "GIVEN_TWICE"),
        ({"stocks": [paris, pb.OfferStock(location="paris")]}, "GIVEN_TWICE"),
        ({"stocks": [pb.OfferStock(location="a=b")]}, "INVALID_MESSAGE"),
        ({"prices": [pb.OfferPrice(type=pb.OfferPrice.TYPE_SALE)]}, "INVALID_MESSAGE"),
    ):
        request = pb.PutOfferRequest(offer=pb.Offer(supplier_id=nord.id, ref="A", **fields))
        assert (await catalog.refused("PutOffer", request)).reason == reason

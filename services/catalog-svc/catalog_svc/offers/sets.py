"""What a single edit makes of an offer's prices and stocks: they replace what it had."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from catalog_svc.fields.sets import PRICE_SET, PRICE_TYPES, STOCK_SET
from catalog_svc.offers.errors import GivenTwice, NegativePrice, PriceTypeMissing
from chassis.currencies import check_currency
from chassis.db import Connection
from chassis.times import moment_of
from pm.catalog.v1 import offers_pb2 as pb
from pm.common.v1.money_pb2 import Money


class Price(NamedTuple):
    """A row of product_prices but its offer."""

    type: str
    min_quantity: int
    currency: str
    amount: Decimal
    tax_included: bool
    valid_from: datetime | None
    valid_to: datetime | None


class Stock(NamedTuple):
    """A row of product_stocks but its offer."""

    location: str
    quantity: int
    restock_time: datetime | None


def offer_prices(wanted: pb.Offer) -> list[Price]:
    """Raises PriceTypeMissing, UnknownCurrency, NegativePrice, GivenTwice."""
    prices = [_price(number, price) for number, price in enumerate(wanted.prices)]
    _check_once("offer.prices", [price[:3] for price in prices])
    return sorted(prices)


def _price(number: int, price: pb.OfferPrice) -> Price:
    field = f"offer.prices[{number}]"
    if not price.type:
        raise PriceTypeMissing(field)
    return Price(
        PRICE_TYPES[price.type - 1],
        price.min_quantity if price.HasField("min_quantity") else 1,
        price.amount.currency,
        amount(price.amount, f"{field}.amount"),
        price.tax_included,
        _time(price, "valid_from"),
        _time(price, "valid_to"),
    )


def offer_stocks(wanted: pb.Offer) -> list[Stock]:
    """Locations without regard to case, as a feed's are. Raises GivenTwice."""
    stocks = [Stock(stock.location.strip().lower(), stock.quantity, _time(stock, "restock_time")) for stock in wanted.stocks]
    _check_once("offer.stocks", [stock[:1] for stock in stocks])
    return sorted(stocks)


def amount(money: Money, field: str) -> Decimal:
    """The amount of a price. Raises UnknownCurrency, NegativePrice."""
    check_currency(money.currency, f"{field}.currency")
    read = Decimal(money.amount)
    if read < 0:
        raise NegativePrice(field)
    return read


def _check_once(field: str, keys: Sequence[tuple[object, ...]]) -> None:
    if len(set(keys)) < len(keys):
        raise GivenTwice(field)


def _time(message: pb.OfferPrice | pb.OfferStock, field: str) -> datetime | None:
    return moment_of(getattr(message, field), field) if message.HasField(field) else None  # type: ignore[arg-type]  # the names are those above


_PRICES = """
SELECT type, min_quantity, currency, amount, tax_included, valid_from, valid_to FROM product_prices WHERE offer_id = $1
ORDER BY type, min_quantity, currency
"""
_STOCKS = "SELECT location, quantity, restock_time FROM product_stocks WHERE offer_id = $1 ORDER BY location"
_ADD_PRICE = """
INSERT INTO product_prices (offer_id, type, min_quantity, currency, amount, tax_included, valid_from, valid_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ADD_STOCK = "INSERT INTO product_stocks (offer_id, location, quantity, restock_time) VALUES ($1, $2, $3, $4)"


class SetRepository:
    """The prices and stocks of one offer whose row is locked, or new."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def differing(self, offer_id: UUID, prices: list[Price], stocks: list[Stock]) -> set[str]:
        """The names of the sets that are not as wanted."""
        differing = set()
        for values, query, wanted in ((PRICE_SET, _PRICES, prices), (STOCK_SET, _STOCKS, stocks)):
            held = [tuple(row) for row in await self._connection.fetch(query, offer_id)]
            if sorted(held) != wanted:
                differing.add(values.name)
        return differing

    async def replace(self, offer_id: UUID, prices: list[Price], stocks: list[Stock]) -> None:
        """Leave the offer with these prices and stocks."""
        await self._connection.execute("DELETE FROM product_prices WHERE offer_id = $1", offer_id)
        await self._connection.execute("DELETE FROM product_stocks WHERE offer_id = $1", offer_id)
        await self._connection.executemany(_ADD_PRICE, [(offer_id, *price) for price in prices])
        await self._connection.executemany(_ADD_STOCK, [(offer_id, *stock) for stock in stocks])

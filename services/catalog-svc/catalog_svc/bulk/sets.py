"""What an offer may have many of, prices and stocks: how a feed's columns name them and how a set is compared and written.

A column such as `price[type=sale,min=10]` is one row of the set of each offer. A run owns the rows its columns name and leaves
the others of the set as they are.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from catalog_svc.bulk.source import Source
from catalog_svc.fields.sets import PRICE_TYPES, ValueSet
from chassis.currencies import CODES
from chassis.rules import rules
from pm.catalog.v1.offers_pb2 import OfferStock

PURCHASE = "purchase"

_NAME = re.compile(r"(price|stock)\[([^\[\]]+)\]")
_LOCATION = rules(OfferStock.DESCRIPTOR)["location"]
_QUANTITY = re.compile("[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class PriceName:
    """What stands in the brackets of a price; without a currency it is in that of its row."""

    type: str = PURCHASE
    currency: str | None = None
    min_quantity: int = 1

    def others(self, prices: Iterable["PriceName"]) -> list[str]:
        """The currencies that these prices name for the same kind and quantity."""
        alike = (price for price in prices if (price.type, price.min_quantity) == (self.type, self.min_quantity))
        return sorted({price.currency for price in alike if price.currency and price.currency != self.currency})

    def __str__(self) -> str:
        parameters = {
            "type": self.type if self.type != PURCHASE else None,
            "currency": self.currency,
            "min": self.min_quantity if self.min_quantity != 1 else None,
        }
        return f"price[{','.join(f'{key}={value}' for key, value in parameters.items() if value is not None)}]"


@dataclass(frozen=True)
class StockName:
    """What stands in the brackets of a stock."""

    location: str

    def __str__(self) -> str:
        return f"stock[location={self.location}]"


def read_name(name: str) -> PriceName | StockName | None:
    """The price or stock a column names; None for any other name and for any other spelling: each has one."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    parameters = dict(pair.partition("=")[::2] for pair in match[2].split(","))
    read = _price(parameters) if match[1] == "price" else _stock(parameters)
    return read if str(read) == name else None


def _price(parameters: dict[str, str]) -> PriceName | None:
    kind, currency, least = parameters.get("type", PURCHASE), parameters.get("currency"), parameters.get("min", "1")
    if kind not in PRICE_TYPES or not _QUANTITY.fullmatch(least) or (currency and currency not in CODES):
        return None
    return PriceName(kind, currency, int(least))


def _stock(parameters: dict[str, str]) -> StockName | None:
    location = parameters.get("location", "")
    plain = location == location.strip().lower() and re.fullmatch(_LOCATION.pattern or "", location)
    return StockName(location) if plain and len(location) <= (_LOCATION.max_len or 0) else None


@dataclass(frozen=True)
class Cell:
    """One column as a row of its set, in SQL: `s` is the staged row, `t` a row of the set's table.

    `owned`: whether `t` is this cell's row. `key` and `value`: what the row would hold. `held`: the aggregates that make one
    row of an offer's set, and `differs` compares that with what is staged.
    """

    owned: str
    key: str
    value: str
    held: str
    differs: str


def price_cell(staged: str, price: PriceName, currency: str, named: Sequence[str]) -> Cell:
    """`currency` is that of a row in SQL; `named` are those that columns of the feed name for the same kind and quantity."""
    owned, value = f"t.type = '{price.type}' AND t.min_quantity = {price.min_quantity}", f"s.{staged}"
    key = f"'{price.type}', {price.min_quantity}"
    if price.currency:
        owned = f"{owned} AND t.currency = '{price.currency}'"
        return _amount(staged, owned, f"{key}, '{price.currency}'", value)
    if named:
        others = ", ".join(f"'{other}'" for other in named)
        owned = f"{owned} AND t.currency NOT IN ({others})"
        value = f"CASE WHEN {currency} NOT IN ({others}) THEN {value} END"
    cell = _amount(staged, owned, f"{key}, {currency}", value)
    return replace(
        cell,
        held=f"{cell.held}, max(t.currency) FILTER (WHERE {owned}) AS {staged}_currency,"
        f" count(*) FILTER (WHERE {owned}) AS {staged}_rows",
        differs=f"{cell.differs} OR h_prices.{staged}_rows > 1"
        f" OR h_prices.{staged}_currency IS DISTINCT FROM CASE WHEN {value} IS NOT NULL THEN {currency} END",
    )


def stock_cell(staged: str, stock: StockName) -> Cell:
    location = "'" + stock.location.replace("'", "''") + "'"
    owned = f"t.location = {location}"
    held = f"max(t.quantity) FILTER (WHERE {owned}) AS {staged}"
    return Cell(owned, location, f"s.{staged}", held, f"h_stocks.{staged} IS DISTINCT FROM s.{staged}")


def _amount(staged: str, owned: str, key: str, value: str) -> Cell:
    held = f"max(t.amount) FILTER (WHERE {owned}) AS {staged}"
    return Cell(owned, key, value, held, f"h_prices.{staged} IS DISTINCT FROM {value}")


@dataclass(frozen=True)
class StagedSet:
    """A set of values with the cells that one run has of it."""

    values: ValueSet
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def held(self) -> str:
        """The join that gives each offer `o` of the supplier $1 its rows as columns."""
        aggregates = ", ".join(cell.held for cell in self.cells)
        return f"""
LEFT JOIN (SELECT t.offer_id, {aggregates} FROM {self.values.table} t JOIN supplier_products w ON w.id = t.offer_id
           WHERE w.supplier_id = $1 GROUP BY t.offer_id) h_{self.name} ON h_{self.name}.offer_id = o.id"""

    @property
    def differs(self) -> str:
        """Whether what is staged is not what the offer holds."""
        return f"({' OR '.join(cell.differs for cell in self.cells)})"

    @property
    def shown_held(self) -> str:
        """What the offer `o` holds of the rows this run owns, as text; NULL for none."""
        return self.values.shown("o.id", " OR ".join(f"({cell.owned})" for cell in self.cells))

    @property
    def shown_staged(self) -> str:
        """What is staged, as text; NULL for none."""
        return f"""(SELECT string_agg({self.values.text}, ', ' ORDER BY t.{", t.".join(self.values.keys)})
                    FROM {self.staged} WHERE t.{self.values.value} IS NOT NULL)"""

    @property
    def staged(self) -> str:
        """A staged row `s` as rows `t` of the set."""
        values = ", ".join(f"({cell.key}, {cell.value})" for cell in self.cells)
        return f"(VALUES {values}) t ({', '.join(self.values.keys)}, {self.values.value})"

    def delete(self, rows: Source) -> str:
        """Delete what this run owns and no longer says. `rows` are the plan's `p` and staging's `s`."""
        gone = " OR ".join(
            f"({cell.owned} AND ({cell.value} IS NULL OR (t.{', t.'.join(self.values.keys)}) <> ({cell.key})))"
            for cell in self.cells
        )
        return f"DELETE FROM {self.values.table} t USING {rows.that('t.offer_id = p.offer_id', f'({gone})')}"

    def insert(self, rows: Source) -> str:
        """Write what is staged; a row that would stay the same is not written."""
        keys, value = ", ".join(self.values.keys), self.values.value
        return f"""
INSERT INTO {self.values.table} AS held (offer_id, {keys}, {value})
SELECT p.offer_id, t.{", t.".join(self.values.keys)}, t.{value}
FROM {rows.join(f"CROSS JOIN LATERAL {self.staged}").that(f"t.{value} IS NOT NULL")}
ORDER BY p.offer_id
ON CONFLICT (offer_id, {keys}) DO UPDATE SET {value} = excluded.{value}
  WHERE held.{value} <> excluded.{value}"""

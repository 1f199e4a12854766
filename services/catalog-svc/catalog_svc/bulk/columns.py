"""The columns of the bulk path, declared once: what a feed may carry and where it goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from catalog_svc.bulk.sets import PRICE_SET, STOCK_SET, Cell, PriceName, StockName, ValueSet, price_cell, read_name, stock_cell


@dataclass(frozen=True)
class Column:
    """A column of a feed. `name` is what staging calls it, `offer` is its column in supplier_products, `kind` its SQL type.

    `golden`: a change of it may change the golden record.
    """

    name: str
    kind: str
    golden: bool = False
    offer: str = ""

    @property
    def target(self) -> str:
        return self.offer or self.name


REF = Column("ref", "text", offer="supplier_ref")
# The order gives each column its bit in a plan row's mask.
VALUES = (
    Column("gtin", "text", golden=True),
    Column("title", "text", golden=True),
    Column("description", "text", golden=True),
    Column("brand", "text", golden=True),
    Column("category", "text", golden=True),
    Column("mpn", "text", golden=True),
    Column("image_url", "text", golden=True),
    Column("price", "numeric(18,6)"),
    Column("list_price", "numeric(18,6)"),
    Column("currency", "text"),
    Column("stock", "integer"),
    Column("pack_size", "integer"),
)
OUR_SKU = Column("our_sku", "text")
# What an offer holds of its own.
HELD = (*VALUES, OUR_SKU)
# A supplier and his reference in the shop's own list: it is the same article. Of offers they say nothing.
TIES = (Column("tie_supplier", "text"), Column("tie_ref", "text"))
BY_NAME = {column.name: column for column in (REF, *HELD, *TIES)}
# A set has one bit, however many columns a feed gives it.
BIT = {name: 1 << position for position, name in enumerate((*(column.name for column in VALUES), PRICE_SET.name, STOCK_SET.name))}
# The offer was taken out of the catalogue and is back.
REACTIVATED = 1 << len(BIT)
# Behind it, because plans of before the column have the others where they are.
BIT[OUR_SKU.name] = REACTIVATED << 1
# Our SKU says which product the offer is of, whatever its GTIN says; of one that is known, that it is another one than before.
DECIDED = REACTIVATED << 2
# By these an offer leaves its product for another one.
MOVING_MASK = BIT["gtin"] | DECIDED
# By these an offer becomes one of its product's.
JOINING_MASK = MOVING_MASK | REACTIVATED
# What an only offer passes on to its product without survivorship.
AMOUNTS_MASK = BIT["price"] | BIT["currency"] | BIT["stock"]
GOLDEN_MASK = sum(BIT[column.name] for column in VALUES if column.golden)
# What a product shows of an offer, by the product's names for it.
SHOWN = {column.name: column.name for column in VALUES if column.golden}
SHOWN |= {"price": "price", "currency": "price", "stock": "stock"}
# What else may change when a product gains or loses an offer.
JOINED = frozenset({"offer_count", "winning_offer_id"})
PRICED = frozenset({"price", "list_price"})
MAX_STOCK = 2**31 - 1


def known(name: str) -> bool:
    """Whether a run may carry a column of this name."""
    return name in BY_NAME or read_name(name) is not None


def shown(names: Iterable[str]) -> set[str]:
    """The fields of a product that these columns of an offer may change."""
    return {SHOWN[name] for name in names if name in SHOWN}


def names_of(mask: int) -> list[str]:
    """The names of the columns whose bits are set."""
    return [name for name, bit in BIT.items() if mask & bit]


@dataclass(frozen=True)
class Layout:
    """The columns one run carries and what each is worth in SQL, `s` being the staged row.

    A price without a currency is in `default_currency`; a column the feed does not carry keeps what the offer holds.
    `own_list`: the references are our SKUs. `tied`: the table of the rows that the own list ties to our SKUs, "" for none.
    """

    columns: tuple[str, ...]
    default_currency: str
    own_list: bool = False
    tied: str = ""

    @property
    def ties(self) -> bool:
        """Whether the run is the own list's and ties suppliers' references to our SKUs."""
        return self.own_list and all(column.name in self.columns for column in TIES)

    @property
    def said_sku(self) -> str | None:
        """The SQL expression of the SKU that a row itself says; None where the run carries none."""
        return "s.ref" if self.own_list else "s.our_sku" if OUR_SKU.name in self.columns else None

    @property
    def our_sku(self) -> str | None:
        """The SQL expression of our SKU, as the row or a tie of the own list says; None where neither says anything."""
        if not self.tied:
            return self.said_sku
        tied = f"(SELECT y.our_sku FROM {self.tied} y WHERE y.row_no = s.row_no)"
        return f"coalesce({self.said_sku}, {tied})" if self.said_sku else tied

    @cached_property
    def staged(self) -> dict[str, str]:
        """The columns of staging by the names they were announced with. What stands in brackets has no limit fit for a column."""
        return {name: name if name in BY_NAME else f"x{number}" for number, name in enumerate(self.columns)}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The SQL types of the staged columns by their announced names."""
        return {name: BY_NAME[name].kind if name in BY_NAME else _kind(name) for name in self.columns}

    @cached_property
    def carried(self) -> list[Column]:
        """The value columns this run writes: a price always with its currency, which alone says nothing, and locations with
        their sum."""
        names = {name for name in self.columns if name != "currency"}
        names |= {"currency"} if names & PRICED else set()
        names |= {"stock"} if any(values.name == STOCK_SET.name for values in self.sets) else set()
        return [column for column in HELD if column.name in names]

    @cached_property
    def sets(self) -> list[ValueSet]:
        """The prices and stocks in brackets that this run writes."""
        read = {name: read_name(name) for name in self.columns if name not in BY_NAME}
        prices = {name: price for name, price in read.items() if isinstance(price, PriceName)}
        currency = (
            f"coalesce(s.currency, '{self.default_currency}')" if "currency" in self.columns else f"'{self.default_currency}'"
        )
        price_cells = [
            price_cell(self.staged[name], price, currency, price.others(prices.values())) for name, price in prices.items()
        ]
        stock_cells = [stock_cell(self.staged[name], stock) for name, stock in read.items() if isinstance(stock, StockName)]
        return [values for values in (PRICE_SET.of(price_cells), STOCK_SET.of(stock_cells)) if values.cells]

    def value(self, column: Column) -> str:
        """The SQL expression of a column's staged value."""
        if column.name == "currency":
            priced = " OR ".join(f"s.{name} IS NOT NULL" for name in sorted(PRICED & set(self.columns))) or "false"
            given = "s.currency" if "currency" in self.columns else "NULL"
            return f"CASE WHEN {priced} THEN coalesce({given}, '{self.default_currency}') END"
        if column.name == "stock" and "stock" not in self.columns:
            return _sum([cell for values in self.sets if values.name == STOCK_SET.name for cell in values.cells])
        return f"s.{column.name}" if column.name in self.columns else f"NULL::{column.kind}"


def _kind(name: str) -> str:
    return "numeric(18,6)" if isinstance(read_name(name), PriceName) else "integer"


def _sum(cells: list[Cell]) -> str:
    """The total over locations, NULL where no location says anything."""
    if not cells:
        return "NULL::integer"
    given = ", ".join(cell.value for cell in cells)
    total = " + ".join(f"coalesce({cell.value}, 0)::bigint" for cell in cells)
    return f"CASE WHEN coalesce({given}) IS NOT NULL THEN least({total}, {MAX_STOCK})::integer END"

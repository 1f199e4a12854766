"""What a run carries: columns of the registry's fields, and what each is worth in SQL."""

from dataclasses import dataclass
from functools import cached_property

from catalog_svc.bulk.sets import Cell, PriceName, StagedSet, StockName, price_cell, read_name, stock_cell
from catalog_svc.fields.kinds import Kind
from catalog_svc.fields.masks import DECIDED, REACTIVATED, Masks
from catalog_svc.fields.registry import REGISTRY, Field
from catalog_svc.fields.sets import MAX_STOCK, PRICE_SET, STOCK_SET

# A supplier and his reference in the shop's own list: it is the same article.
TIES = ("tie_supplier", "tie_ref")
# By these an offer leaves its product for another one.
MOVING = frozenset({"gtin", DECIDED})
# By these an offer becomes one of its product's.
JOINING = MOVING | {REACTIVATED}
# What an only offer passes on to its product without survivorship.
AMOUNTS = frozenset({"price", "currency", "stock"})
GOLDEN = frozenset(field.code for field in REGISTRY.golden)
PRICED = tuple(field.code for field in REGISTRY.values if field.kind is Kind.AMOUNT)


def known(name: str) -> bool:
    """Whether a run may carry a column of this name."""
    return name in REGISTRY.run_columns or read_name(name) is not None


@dataclass(frozen=True)
class Layout:
    """The columns one run carries and what each is worth in SQL, `s` being the staged row.

    A price without a currency is in `default_currency`; a column the feed does not carry keeps what the offer holds.
    `own_list`: the references are our SKUs. `tied`: the table of the rows that the own list ties to our SKUs, "" for none.
    `partial`: the rows are not all that the supplier offers.
    """

    columns: tuple[str, ...]
    default_currency: str
    own_list: bool = False
    tied: str = ""
    partial: bool = False

    @property
    def ties(self) -> bool:
        """Whether the run is the own list's and ties suppliers' references to our SKUs."""
        return self.own_list and all(name in self.columns for name in TIES)

    @property
    def said_sku(self) -> str | None:
        """The SQL expression of the SKU that a row itself says; None where the run carries none."""
        return "s.ref" if self.own_list else "s.our_sku" if "our_sku" in self.columns else None

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
        return {name: name if name in REGISTRY.run_columns else f"x{number}" for number, name in enumerate(self.columns)}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The SQL types of the staged columns by their announced names."""
        return {name: _kind(name) for name in self.columns}

    @cached_property
    def carried(self) -> list[Field]:
        """The value columns this run writes: a price always with its currency, which alone says nothing, and locations with
        their sum."""
        names = {name for name in self.columns if name != "currency"}
        names |= {"currency"} if not names.isdisjoint(PRICED) else set()
        names |= {"stock"} if any(values.name == STOCK_SET.name for values in self.sets) else set()
        return [field for field in REGISTRY.values if field.code in names]

    @cached_property
    def sets(self) -> list[StagedSet]:
        """The prices and stocks in brackets that this run writes."""
        read = {name: read_name(name) for name in self.columns if name not in REGISTRY.run_columns}
        prices = {name: price for name, price in read.items() if isinstance(price, PriceName)}
        currency = (
            f"coalesce(s.currency, '{self.default_currency}')" if "currency" in self.columns else f"'{self.default_currency}'"
        )
        price_cells = [
            price_cell(self.staged[name], price, currency, price.others(prices.values())) for name, price in prices.items()
        ]
        stock_cells = [stock_cell(self.staged[name], stock) for name, stock in read.items() if isinstance(stock, StockName)]
        staged = (StagedSet(PRICE_SET, tuple(price_cells)), StagedSet(STOCK_SET, tuple(stock_cells)))
        return [values for values in staged if values.cells]

    @cached_property
    def masks(self) -> Masks:
        """How its plan says what differs."""
        return Masks.of([*(field.code for field in self.carried), *(values.name for values in self.sets)])

    def value(self, field: Field) -> str:
        """The SQL expression of a field's staged value."""
        if field.code == "currency":
            priced = " OR ".join(f"s.{name} IS NOT NULL" for name in PRICED if name in self.columns) or "false"
            given = "s.currency" if "currency" in self.columns else "NULL"
            return f"CASE WHEN {priced} THEN coalesce({given}, '{self.default_currency}') END"
        if field.code == "stock" and "stock" not in self.columns:
            return _sum([cell for values in self.sets if values.name == STOCK_SET.name for cell in values.cells])
        return f"s.{field.code}" if field.code in self.columns else f"NULL::{field.kind.sql}"


def _kind(name: str) -> str:
    if name in REGISTRY.run_columns:
        return REGISTRY[name].kind.sql
    return (Kind.AMOUNT if isinstance(read_name(name), PriceName) else Kind.COUNT).sql


def _sum(cells: list[Cell]) -> str:
    """The total over locations, NULL where no location says anything."""
    if not cells:
        return "NULL::integer"
    given = ", ".join(cell.value for cell in cells)
    total = " + ".join(f"coalesce({cell.value}, 0)::bigint" for cell in cells)
    return f"CASE WHEN coalesce({given}) IS NOT NULL THEN least({total}, {MAX_STOCK})::integer END"

"""The columns of the bulk path, declared once: what a feed may carry and where it goes."""

from collections.abc import Iterable
from dataclasses import dataclass


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
BY_NAME = {column.name: column for column in (REF, *VALUES)}
BIT = {column.name: 1 << position for position, column in enumerate(VALUES)}
GOLDEN_MASK = sum(BIT[column.name] for column in VALUES if column.golden)
# What a product shows of an offer, by the product's names for it.
SHOWN = {column.name: column.name for column in VALUES if column.golden}
SHOWN |= {"price": "price", "currency": "price", "stock": "stock"}
# What else may change when a product gains or loses an offer.
JOINED = frozenset({"offer_count", "winning_offer_id"})
PRICED = frozenset({"price", "list_price"})


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
    """

    columns: tuple[str, ...]
    default_currency: str

    @property
    def carried(self) -> list[Column]:
        """The value columns this run writes; a price always comes with its currency."""
        names = set(self.columns)
        return [column for column in VALUES if column.name in names or (column.name == "currency" and names & PRICED)]

    def value(self, column: Column) -> str:
        """The SQL expression of a column's staged value."""
        if column.name != "currency":
            return f"s.{column.name}" if column.name in self.columns else f"NULL::{column.kind}"
        priced = " OR ".join(f"s.{name} IS NOT NULL" for name in sorted(PRICED & set(self.columns))) or "false"
        given = "s.currency" if "currency" in self.columns else "NULL"
        return f"CASE WHEN {priced} THEN coalesce({given}, '{self.default_currency}') END"
